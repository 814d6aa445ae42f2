package library

import (
	"errors"
	"fmt"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/golang-jwt/jwt/v5"
	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/pocketbase/pocketbase/tools/types"
)

// months says how long a page of each kind is taken to be right, unless somebody sets another day.
var months = map[Kind]int{
	Handbook: 6, ActionPlan: 6, CaseStudy: 12, Guidance: 12, Template: 12, SitePage: 12, Glossary: 24,
}

// NextCheck proposes the day by which a page of a kind is to be checked again.
func NextCheck(kind Kind, from time.Time) time.Time { return from.AddDate(0, months[kind], 0) }

// DateCheck proposes the day of the next check to a document that comes out, or whose words change, without one.
func (d *Document) DateCheck(now time.Time) {
	came := d.Original().GetString("state") != Published
	if d.CheckBy().IsZero() && (came || d.reworded()) {
		d.Set("check_by", dayOf(NextCheck(d.DocKind(), now)))
	}
}

// Owner is the person who keeps the document, by id; "" when nobody does.
func (d *Document) Owner() string { return d.GetString("owner") }

// KeepVerb is the journal's word for a change of who keeps a document and when it was checked; CheckVerb for having
// looked at it and found it right.
const (
	KeepVerb  = "keep"
	CheckVerb = "check"
)

// keptKey marks a save that changes only who keeps a document and its dates: it leaves no revision, renders nothing and
// leaves work in progress open. It carries the journal's verb.
const keptKey = "@kept"

// Keeping is who keeps a document, in which role, and until when it is taken to be right.
type Keeping struct {
	Owner, Role       string
	Reviewed, CheckBy time.Time
}

// Keeping is the document's own.
func (d *Document) Keeping() Keeping {
	return Keeping{d.Owner(), d.OwnerRole(), d.Reviewed(), d.CheckBy()}
}

// Checkable says whether the viewer may say that the document is still correct: who keeps it, edits it or reviews it.
func (d *Document) Checkable(v *member.Viewer) bool {
	return v.SignedIn() && d.State() == Published && d.Viewable(v) && (d.Owner() == v.ID() || d.Editable(v))
}

// Check writes down that somebody has looked at a document today and found it right; next is when it is to be looked at
// again, the kind's own time when it is zero.
func Check(app core.App, d *Document, by string, next time.Time) error {
	k := d.Keeping()
	k.Reviewed, k.CheckBy = today(), next
	if next.IsZero() {
		k.CheckBy = NextCheck(d.DocKind(), today())
	}
	return keep(app, d, k, CheckVerb, by)
}

// Keep changes who keeps a document, and its dates.
func Keep(app core.App, d *Document, k Keeping, by string) error {
	return keep(app, d, k, KeepVerb, by)
}

// keep saves a document as it is now with another keeping, and has work in progress say the same.
func keep(app core.App, d *Document, k Keeping, verb, by string) error {
	return app.RunInTransaction(func(tx core.App) error {
		now, err := ByID(tx, d.Id)
		if err != nil {
			return err
		}
		now.Set("owner", k.Owner)
		now.Set("owner_role", k.Role)
		now.Set("last_reviewed", dayOf(k.Reviewed))
		now.Set("check_by", dayOf(k.CheckBy))
		now.SetRaw(keptKey, verb)
		journal.By(now.Record, by)
		if err := tx.Save(now.Record); err != nil {
			return err
		}
		_, err = tx.DB().NewQuery(`UPDATE {{revisions}} SET [[content]] = json_set([[content]],
			'$.owner_role', {:role}, '$.last_reviewed', {:reviewed}, '$.check_by', {:check}) WHERE [[document]] = {:id} AND [[open]] AND json_valid([[content]])`).
			Bind(dbx.Params{"id": d.Id, "role": now.OwnerRole(), "reviewed": now.GetString("last_reviewed"), "check": now.GetString("check_by")}).Execute()
		return err
	})
}

// dayOf is a day as a row keeps it; nothing for none.
func dayOf(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Truncate(24 * time.Hour)
}

// owned gives a new document to who wrote it, where they may keep it.
func (d *Document) owned(app core.App) error {
	if !d.IsNew() || d.Owner() != "" || d.Author() == "" {
		return nil
	}
	may, err := mayKeep(app, d.Author(), d.Space())
	if may {
		d.Set("owner", d.Author())
	}
	return err
}

// ownerFault refuses to hand a document to somebody who may not look at it.
func (d *Document) ownerFault(app core.App) error {
	if d.Owner() == "" || d.Owner() == d.Original().GetString("owner") {
		return nil
	}
	may, err := mayKeep(app, d.Owner(), d.Space())
	if err != nil || may {
		return err
	}
	return validation.Errors{"owner": validation.NewError("validation_owner", "Choose somebody who is here and may read the page.")}
}

// mayKeep says whether a person is here and may look into a space.
func mayKeep(app core.App, person, space string) (bool, error) {
	u, err := app.FindRecordById("users", person)
	if err != nil || member.Barred(u) {
		return false, nil
	}
	v, err := member.For(app, u)
	return err == nil && v.In(space) >= member.Look, err
}

// CountKept counts the documents that a person keeps.
func CountKept(app core.App, person string) (int, error) {
	n, err := app.CountRecords("documents", dbx.HashExp{"owner": person})
	return int(n), err
}

// perHandOver is how many documents change hands in one transaction.
const perHandOver = 100

// HandOver gives documents to another person, and says how many. Those that they may not read stay where they are.
func HandOver(app core.App, ids []string, to, by string) (handed int, err error) {
	for len(ids) > 0 {
		part := ids[:min(perHandOver, len(ids))]
		ids = ids[len(part):]
		err := app.RunInTransaction(func(tx core.App) error {
			for _, id := range part {
				d, err := ByID(tx, id)
				if err != nil || d.Owner() == to {
					continue
				}
				k := d.Keeping()
				k.Owner = to
				switch err := Keep(tx, d, k, by); {
				case err == nil:
					handed++
				case !errors.As(err, new(validation.Errors)):
					return err
				}
			}
			return nil
		})
		if err != nil {
			return handed, err
		}
	}
	return handed, nil
}

// KeptBy lists the ids of the documents that a person keeps.
func KeptBy(app core.App, person string) (ids []string, err error) {
	err = app.DB().Select("id").From("documents").Where(dbx.HashExp{"owner": person}).Column(&ids)
	return ids, err
}

// CheckLinkLife is how long the link of a reminder works.
const CheckLinkLife = 60 * 24 * time.Hour

// checkLinkKey signs the links of one person; signing out everywhere ends them all.
func checkLinkKey(person *core.Record) string {
	return person.TokenKey() + person.Collection().AuthToken.Secret + "still correct"
}

// CheckLink is a token with which a person may say, once and without signing in, that a document is still correct, as long
// as it is to be checked by the day that it is to be checked by now.
func CheckLink(person *core.Record, d *Document) (string, error) {
	return security.NewJWT(jwt.MapClaims{"id": person.Id, "document": d.Id, "check_by": d.CheckBy().Format(time.DateOnly)}, checkLinkKey(person), CheckLinkLife)
}

// ErrCheckLink says that a link is not, or no longer, one of a reminder.
var ErrCheckLink = errors.New("that is no link to say that a page is still correct")

// ErrChecked says that nothing is left to do with a link: the page was given another day since.
var ErrChecked = errors.New("that page has been checked since")

// OpenCheckLink returns whom and what a link is for, if it still holds: the person is here and may check the document.
// ErrChecked comes with both when the document has been checked meanwhile.
func OpenCheckLink(app core.App, token string) (person *core.Record, d *Document, err error) {
	claims, err := security.ParseUnverifiedJWT(token)
	if err != nil {
		return nil, nil, ErrCheckLink
	}
	person, err = app.FindRecordById("users", fmt.Sprint(claims["id"]))
	if err != nil || member.Barred(person) {
		return nil, nil, ErrCheckLink
	}
	if claims, err = security.ParseJWT(token, checkLinkKey(person)); err != nil {
		return nil, nil, ErrCheckLink
	}
	d, err = ByID(app, fmt.Sprint(claims["document"]))
	if err != nil {
		return nil, nil, ErrCheckLink
	}
	v, err := member.For(app, person)
	if err != nil {
		return nil, nil, err
	}
	if !d.Checkable(v) {
		return nil, nil, ErrCheckLink
	}
	if d.CheckBy().Format(time.DateOnly) != claims["check_by"] {
		return person, d, ErrChecked
	}
	return person, d, nil
}

// CheckedBy is who said last that a document is still correct, by id; "" when nobody is known to have.
func CheckedBy(app core.App, document string) (string, error) {
	rows, err := journal.Find(app, journal.Filter{About: document, Verbs: []string{CheckVerb}}, 1)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0].Actor, nil
}

// reminded are the days ahead on which somebody is told that a page is to be checked.
var reminded = []int{30, 7, 0}

// Reminder is a document that is to be checked and somebody who has not been told yet.
type Reminder struct {
	Document string
	Person   string
	Keeper   bool // the person keeps it; else nobody does, and they review what stands there
	CheckBy  time.Time
	Days     int // one of reminded
}

// Reminders lists what is to be told at a moment. Whoever was told that a page is due in 7 days is not told later that it
// is due in 30, whatever the clock does; and what was missed while the program was down is told once, in the words of now.
func Reminders(app core.App, now time.Time) ([]Reminder, error) {
	var rows []struct {
		ID      string         `db:"id"`
		Space   string         `db:"space"`
		Owner   string         `db:"owner"`
		CheckBy types.DateTime `db:"check_by"`
	}
	err := app.DB().Select("id", "space", "owner", "check_by").From("documents").Where(dbx.HashExp{"state": Published}).
		AndWhere(dbx.NewExp("[[check_by]] != '' AND [[check_by]] < {:soon}", dbx.Params{"soon": now.UTC().AddDate(0, 0, reminded[0]+1).Format(time.DateOnly)})).
		OrderBy("check_by", "id").All(&rows)
	if err != nil {
		return nil, err
	}
	told, err := toldOfChecks(app)
	if err != nil {
		return nil, err
	}
	who := &keepers{app: app, may: map[[2]string]bool{}, reviewers: map[string][]string{}}
	var list []Reminder
	for _, row := range rows {
		people, keeper, err := who.of(row.Owner, row.Space)
		if err != nil {
			return nil, err
		}
		days := daysAhead(row.CheckBy.Time(), now)
		for _, person := range people {
			r := Reminder{row.ID, person, keeper, row.CheckBy.Time(), days}
			if before, was := told[r.key()]; !was || before > days {
				list = append(list, r)
			}
		}
	}
	return list, nil
}

// daysAhead is the last of reminded that has come.
func daysAhead(due, now time.Time) int {
	days := reminded[0]
	for _, n := range reminded {
		if !now.Before(due.AddDate(0, 0, -n)) {
			days = n
		}
	}
	return days
}

func (r Reminder) key() [3]string {
	return [3]string{r.Document, r.Person, r.CheckBy.Format(time.DateOnly)}
}

// toldOfChecks is how many days ahead somebody was last told, by document, person and day.
func toldOfChecks(app core.App) (map[[3]string]int, error) {
	var rows []struct {
		Document string         `db:"document"`
		Person   string         `db:"person"`
		CheckBy  types.DateTime `db:"check_by"`
		Days     int            `db:"days"`
	}
	err := app.DB().Select("document", "person", "check_by", "MIN([[days]]) AS days").From("reminders").GroupBy("document", "person", "check_by").All(&rows)
	told := make(map[[3]string]int, len(rows))
	for _, r := range rows {
		told[[3]string{r.Document, r.Person, r.CheckBy.Time().Format(time.DateOnly)}] = r.Days
	}
	return told, err
}

// Told keeps that somebody was reminded, by the mail of that key; it belongs into the mail's own transaction.
func (r Reminder) Told(tx core.App, mail string) error {
	c, err := tx.FindCachedCollectionByNameOrId("reminders")
	if err != nil {
		return err
	}
	kept := core.NewRecord(c)
	kept.Load(map[string]any{"document": r.Document, "person": r.Person, "check_by": r.CheckBy, "days": r.Days, "mail": mail})
	return tx.Save(kept)
}

// WhoKeeps is who keeps what stands in a space or, where its owner cannot, those who review there.
func WhoKeeps(app core.App, owner, space string) (people []string, err error) {
	k := &keepers{app: app, may: map[[2]string]bool{}, reviewers: map[string][]string{}}
	people, _, err = k.of(owner, space)
	return people, err
}

// keepers finds who is told of documents, and remembers it.
type keepers struct {
	app       core.App
	may       map[[2]string]bool
	reviewers map[string][]string
}

// of is who keeps a document or, where nobody can, those who review what stands in its space.
func (k *keepers) of(owner, space string) (people []string, keeper bool, err error) {
	key := [2]string{owner, space}
	may, known := k.may[key]
	if !known && owner != "" {
		if may, err = mayKeep(k.app, owner, space); err != nil {
			return nil, false, err
		}
		k.may[key] = may
	}
	if may {
		return []string{owner}, true, nil
	}
	if _, known := k.reviewers[space]; !known {
		if k.reviewers[space], err = member.Reviewers(k.app, space); err != nil {
			return nil, false, err
		}
	}
	return k.reviewers[space], false, nil
}
