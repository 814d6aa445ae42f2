package plan

import (
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// reminded is how many days ahead the owner of an action is told, the first time first.
var reminded = []int{14, 3, 0}

// Due is an action whose owner is told that it is due.
type Due struct {
	Document, Space, Keeper string
	Example                 bool // the plan shows how plans are made: nobody keeps it but those who were named
	Action                  string
	Title, OwnerRole        string
	By                      Day
	Days                    int    // one of reminded
	Holder                  string // who holds the role, "" when nobody was named
}

// DueActions lists the open actions of published plans of which the owners are told at a moment. What was missed while the
// program was down is told once, in the words of now: each reminder lasts until the next.
func DueActions(app core.App, now time.Time) ([]Due, error) {
	today := Today(now)
	var rows []struct {
		ID        string         `db:"id"`
		Title     string         `db:"title"`
		OwnerRole string         `db:"owner_role"`
		Due       types.DateTime `db:"due"`
		Document  string         `db:"document"`
		Space     string         `db:"space"`
		Owner     string         `db:"owner"`
		Evidence  string         `db:"evidence"`
	}
	err := app.DB().Select("actions.id", "actions.title", "actions.owner_role", "actions.due", "goals.document", "documents.space", "documents.owner", "documents.evidence").From("actions").
		InnerJoin("goals", dbx.NewExp("{{goals}}.[[id]] = {{actions}}.[[goal]]")).
		InnerJoin("documents", dbx.NewExp("{{documents}}.[[id]] = {{goals}}.[[document]]")).
		Where(dbx.HashExp{"documents.state": "published"}).
		AndWhere(dbx.NotIn("actions.status", string(Done), string(Dropped))).AndWhere(dbx.NotIn("goals.status", string(Done), string(Dropped))).
		AndWhere(dbx.NewExp("{{actions}}.[[due]] >= {:today} AND {{actions}}.[[due]] < {:last}", dbx.Params{"today": today.Format(time.DateOnly), "last": today.AddDate(0, 0, reminded[0]+1).Format(time.DateOnly)})).
		OrderBy("actions.due", "actions.id").All(&rows)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	holders, err := holdersOf(app)
	if err != nil {
		return nil, err
	}
	list := make([]Due, len(rows))
	for i, r := range rows {
		by := dayOf(r.Due)
		list[i] = Due{
			Document: r.Document, Space: r.Space, Keeper: r.Owner, Example: r.Evidence == "illustrative", Action: r.ID, Title: r.Title, OwnerRole: r.OwnerRole,
			By: by, Days: step(by, today), Holder: holders[holding{r.Document, sameRole(r.OwnerRole)}],
		}
	}
	return list, nil
}

// step is the last of reminded that has come.
func step(due, today Day) int {
	days := reminded[0]
	for _, n := range reminded {
		if !today.Before(due.AddDate(0, 0, -n)) {
			days = n
		}
	}
	return days
}

// holding is a role of a plan.
type holding struct{ document, role string }

// sameRole is a role however people write it.
func sameRole(role string) string { return strings.ToLower(strings.Join(strings.Fields(role), " ")) }

func holdersOf(app core.App) (map[holding]string, error) {
	var rows []struct {
		Document string `db:"document"`
		Role     string `db:"role"`
		User     string `db:"user"`
	}
	err := app.DB().Select("document", "role", "user").From("role_holders").All(&rows)
	all := make(map[holding]string, len(rows))
	for _, r := range rows {
		all[holding{r.Document, sameRole(r.Role)}] = r.User
	}
	return all, err
}

// Holders are those who hold the roles of a plan, by role.
func Holders(app core.App, document string) (map[string]string, error) {
	all, err := holdersOf(app)
	mine := map[string]string{}
	for of, user := range all {
		if of.document == document {
			mine[of.role] = user
		}
	}
	return mine, err
}

// Roles are the roles that own what is open in a plan, each once, in the order of its goals.
func Roles(goals []Goal) []string {
	var roles []string
	add := func(role string) {
		if role != "" && !slices.ContainsFunc(roles, func(r string) bool { return sameRole(r) == sameRole(role) }) {
			roles = append(roles, role)
		}
	}
	for _, g := range goals {
		add(g.OwnerRole)
		for _, a := range g.Actions {
			add(a.OwnerRole)
		}
	}
	return roles
}

// Holds says whether a person holds the role that owns an action of a plan.
func Holds(app core.App, document, role, person string) (bool, error) {
	holders, err := Holders(app, document)
	return person != "" && holders[sameRole(role)] == person, err
}

// Hold gives a role to a person, or to nobody, when it was held by whom the writer thinks it was.
func Hold(tx core.App, document, role, was, person string) error {
	rows, err := tx.FindAllRecords("role_holders", dbx.HashExp{"document": document})
	if err != nil {
		return err
	}
	at := slices.IndexFunc(rows, func(r *core.Record) bool { return sameRole(r.GetString("role")) == sameRole(role) })
	var now string
	if at >= 0 {
		now = rows[at].GetString("user")
	}
	switch {
	case now == person:
		return nil
	case now != was:
		return ErrMeanwhile
	case person == "":
		return tx.Delete(rows[at])
	case at >= 0:
		rows[at].Set("user", person)
		return tx.Save(rows[at])
	}
	c, err := tx.FindCachedCollectionByNameOrId("role_holders")
	if err != nil {
		return err
	}
	r := core.NewRecord(c)
	r.Load(map[string]any{"document": document, "role": strings.Join(strings.Fields(role), " "), "user": person})
	return tx.Save(r)
}

// HolderOf is who holds a role among those that Holders found.
func HolderOf(holders map[string]string, role string) string { return holders[sameRole(role)] }
