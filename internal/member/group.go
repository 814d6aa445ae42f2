package member

import (
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Group is a board, forum or committee that takes decisions. It is no space: it has no members and no rights here.
type Group struct{ Named }

// GroupKinds lists the kinds of groups in the order of a form.
var GroupKinds = []struct{ Kind, Word string }{
	{"board", "Board"}, {"forum", "Forum"}, {"committee", "Committee"}, {"network", "Network"},
}

func (g *Group) Kind() string         { return g.GetString("kind") }
func (g *Group) Organisation() string { return g.GetString("organisation") }
func (g *Group) Places() []string     { return g.GetStringSlice("places") }
func (g *Group) Programmes() []string { return g.GetStringSlice("programmes") }

// KindWord says what kind of group it is.
func (g *Group) KindWord() string {
	for _, k := range GroupKinds {
		if k.Kind == g.Kind() {
			return k.Word
		}
	}
	return ""
}

// Groups returns the groups that match, by title; nil matches all.
func Groups(app core.App, where dbx.Expression) ([]*Group, error) {
	var gs []*Group
	q := app.RecordQuery("groups").OrderBy("[[title]] COLLATE NOCASE")
	if where != nil {
		q.AndWhere(where)
	}
	return gs, q.All(&gs)
}

// GroupBySlug finds a group; the error is sql.ErrNoRows when there is none.
func GroupBySlug(app core.App, slug string) (*Group, error) {
	g := &Group{}
	return g, app.RecordQuery("groups").AndWhere(dbx.HashExp{"slug": slug}).Limit(1).One(g)
}

// Decision is what a group decided, in its words.
type Decision struct{ core.BaseRecordProxy }

func (d *Decision) Group() string    { return d.GetString("group") }
func (d *Decision) Text() string     { return d.GetString("text") }
func (d *Decision) Document() string { return d.GetString("document") }
func (d *Decision) Thread() string   { return d.GetString("thread") }
func (d *Decision) Source() string   { return d.GetString("source") }
func (d *Decision) Example() bool    { return d.GetBool("example") }

// Decided is the day of the decision, zero when it is not known.
func (d *Decision) Decided() time.Time { return d.GetDateTime("decided").Time() }

// Decisions returns what a group decided, the newest first; what has no date comes last.
func Decisions(app core.App, group string) ([]*Decision, error) {
	var ds []*Decision
	err := app.RecordQuery("decisions").AndWhere(dbx.HashExp{"group": group}).OrderBy("decided DESC", "created DESC", "id").All(&ds)
	return ds, err
}

// DecisionCounts is how many decisions each group took, by the group's id.
func DecisionCounts(app core.App) (map[string]int, error) {
	var rows []struct {
		Group string `db:"g"`
		N     int    `db:"n"`
	}
	err := app.DB().NewQuery("SELECT [[group]] AS g, COUNT(*) AS n FROM {{decisions}} GROUP BY [[group]]").All(&rows)
	counts := make(map[string]int, len(rows))
	for _, r := range rows {
		counts[r.Group] = r.N
	}
	return counts, err
}
