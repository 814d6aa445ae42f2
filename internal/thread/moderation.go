package thread

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// What moderators decide.
const (
	Keep      = "keep"
	Hide      = "hide" // a document is withdrawn
	Restore   = "restore"
	Release   = "release"
	Warn      = "warn"
	Suspend   = "suspend"
	Unsuspend = "unsuspend"
	Close     = "close"
	Reopen    = "reopen"
)

// Reasons to report or to hide something, in the order in which a form offers them.
var Reasons = []struct{ Reason, Word, Hint string }{
	{"harm", "Somebody may come to harm", "You fear for a person’s safety."},
	{"private", "It points to a person", "Names, health facts, or small facts that together tell who it is."},
	{"unkind", "It is unkind or threatening", "Abuse, threats, or an attack on a group of people."},
	{"wrong", "It is wrong or out of date", "Say what is right, and where that stands."},
	{"advert", "It is an advert, or asks for money", ""},
	{"other", "Something else", "Say in a few words what it is."},
}

// ReasonWord is a reason in the words of the form.
func ReasonWord(reason string) string {
	for _, r := range Reasons {
		if r.Reason == reason {
			return r.Word
		}
	}
	return ""
}

// collections are the things that can be reported and decided about, by the word for them in addresses.
var collections = map[string]string{"post": "posts", "thread": "threads", "document": "documents", "adoption": "adoptions", "person": "users", "comment": "comments", "message": "champion_messages", "check": "assessments"}

// withdrawn, published and suspended are states of what other rooms own.
const (
	withdrawn = "withdrawn"
	published = "published"
	suspended = "suspended"
	draft     = "draft"
)

// Thing is something that can be reported or decided about, whichever room it is of.
type Thing struct {
	Kind          string // post, thread, document, adoption, check, person, comment, or message to a champion
	Record        *core.Record
	Space, Author string // a person is their own author
	State         string
	thread        *Thread      // of a post, or the thread itself
	document      *core.Record // of an adoption, a check or a comment, or the document itself
	told          bool         // of a message, that whoever got it has reported it: nobody else reads it before
}

// What names the thing in addresses, as in "post:ID".
func (t *Thing) What() string { return t.Kind + ":" + t.Record.Id }

// Collection is where its record is.
func (t *Thing) Collection() string { return collections[t.Kind] }

// ThingNamed finds what "post:ID" and the like name; the error is errNoThing when there is none.
func ThingNamed(app core.App, what string) (*Thing, error) {
	kind, id, _ := strings.Cut(what, ":")
	return thingOf(app, collections[kind], id)
}

// ErrNoThing says that nothing of the kind is there.
var ErrNoThing = errors.New("there is no such thing")

// thingOf finds a thing by its record.
func thingOf(app core.App, collection, id string) (*Thing, error) {
	t := &Thing{}
	for kind, name := range collections {
		if name == collection {
			t.Kind = kind
		}
	}
	if t.Kind == "" {
		return nil, ErrNoThing
	}
	r, err := app.FindRecordById(collection, id)
	if err != nil {
		return nil, ErrNoThing
	}
	t.Record, t.Author, t.State = r, r.GetString("author"), r.GetString("state")
	return t, t.place(app)
}

// place finds out where the thing stands and what its room calls its state.
func (t *Thing) place(app core.App) (err error) {
	switch t.Kind {
	case "post":
		t.thread, err = ByID(app, t.Record.GetString("thread"))
	case "thread":
		t.thread = Wrap(t.Record)
	case "document":
		t.document = t.Record
	case "adoption", "check":
		t.document, err = app.FindRecordById("documents", t.Record.GetString("document"))
		t.State = map[bool]string{true: Hidden, false: Visible}[t.Record.GetBool("hidden")]
		if t.Record.GetString("state") == draft { // of a check: nobody but its writers knows of it
			t.State = draft
		}
	case "comment":
		t.Space = t.Record.GetString("space")
		if of := t.Record.GetString("document"); of != "" {
			t.document, err = app.FindRecordById("documents", of)
		}
	case "message":
		err = t.placeMessage(app)
	case "person":
		t.Author = t.Record.Id
		t.State = map[bool]string{true: suspended, false: Visible}[t.Record.GetBool("suspended")]
	}
	if err != nil {
		return ErrNoThing
	}
	if t.thread != nil {
		t.Space = t.thread.Space()
	}
	if t.document != nil {
		t.Space = t.document.GetString("space")
	}
	return nil
}

// placeMessage has a message belong to the library, as the register does. Whoever got it may report it, and then those who
// moderate there read it.
func (t *Thing) placeMessage(app core.App) error {
	n, err := count(app, "flags", dbx.HashExp{"subject": t.Collection(), "record": t.Record.Id})
	if err != nil {
		return err
	}
	library, err := member.Library(app)
	if err != nil {
		return err
	}
	t.Space, t.State, t.told = library.Id, Visible, n > 0
	return nil
}

// Thread is the thread of a post, or the thread itself; nil for other things.
func (t *Thing) Thread() *Thread { return t.thread }

// Document is the record of the document that an adoption is of, or the document itself; nil for other things.
func (t *Thing) Document() *core.Record { return t.document }

// Out says whether the thing stands where its readers see it.
func (t *Thing) Out() bool {
	switch t.State {
	case Visible:
		return true
	case Open, Closed:
		return t.Kind == "thread"
	case published, withdrawn:
		return t.Kind == "document"
	}
	return false
}

// Reportable says whether the viewer sees the thing, and so may report it.
func (t *Thing) Reportable(v *member.Viewer) bool {
	switch {
	case t.Kind == "person" || !t.Out():
		return false
	case t.Kind == "message":
		return v.SignedIn() && t.Record.GetString("person") == v.ID()
	case t.thread != nil:
		return t.thread.Viewable(v)
	}
	d := t.document
	if d == nil { // about a page that is no document
		return v.In(t.Space) >= member.Look
	}
	return v.Sees(d.GetString("space"), d.GetString("state"), d.GetString("author"))
}

// Moderable says whether the viewer is one of those who decide about things like this one here: nobody decides about a
// draft but those who review it. People are decided about by the hub's moderators and administrators.
func (t *Thing) Moderable(v *member.Viewer) bool {
	if t.Kind == "person" {
		return v.Is(member.RoleModerator, member.RoleAdministrator)
	}
	if t.Kind == "message" && !t.told || t.Kind == "check" && t.State == draft {
		return false
	}
	if d := t.document; d != nil && !v.Sees(d.GetString("space"), d.GetString("state"), d.GetString("author")) {
		return false
	}
	return v.MayModerate(t.Space)
}

// Own says whether the thing is the viewer's own doing: somebody else decides about it.
func (t *Thing) Own(v *member.Viewer) bool { return v.SignedIn() && t.Author == v.ID() }

// standing lists what can be decided about a thing as it stands.
var standing = map[string]map[string][]string{
	"post":     {Visible: {Keep, Hide, Warn}, Held: {Release, Hide, Warn}, Hidden: {Restore, Warn}, Removed: {Keep, Warn}},
	"thread":   {Open: {Keep, Hide, Warn, Close}, Closed: {Keep, Hide, Warn, Reopen}, Hidden: {Restore, Warn}},
	"document": {published: {Keep, Hide, Warn}, withdrawn: {Keep, Restore, Warn}},
	"adoption": {Visible: {Keep, Hide, Warn}, Hidden: {Restore, Warn}},
	"comment":  {Visible: {Keep, Hide}, Held: {Release, Hide}, Hidden: {Restore}},
	"check":    {Visible: {Keep, Hide, Warn}, Hidden: {Restore, Warn}},
	"message":  {Visible: {Keep, Warn}},
	"person":   {Visible: {Warn, Suspend}, suspended: {Warn, Unsuspend}},
}

// Choices lists what the viewer may decide about the thing as it stands.
func (t *Thing) Choices(app core.App, v *member.Viewer) ([]string, error) {
	may := func(act string) bool { return t.may(v, act) }
	return t.choices(app, may)
}

func (t *Thing) choices(app core.App, may func(act string) bool) ([]string, error) {
	var list []string
	for _, act := range standing[t.Kind][t.State] {
		possible := act != Warn || t.Author != ""
		if act == Restore {
			_, hidden, err := t.before(app)
			if err != nil {
				return nil, err
			}
			possible = hidden || t.Kind != "document"
		}
		if possible && may(act) {
			list = append(list, act)
		}
	}
	return list, nil
}

// may says whether the viewer may decide so, were it possible. Nobody decides about themselves; only closing is no
// judgement on who began.
func (t *Thing) may(v *member.Viewer, act string) bool {
	if !t.Moderable(v) || t.Own(v) && act != Close && act != Reopen {
		return false
	}
	switch {
	case act == Suspend || act == Unsuspend:
		return t.Record.GetString("role") != member.RoleAdministrator || v.Is(member.RoleAdministrator)
	case t.Kind == "document" && (act == Hide || act == Restore):
		return v.MayReview(t.Space)
	}
	return true
}

// before is the state from which the thing was hidden last, and whether a moderator hid it at all.
func (t *Thing) before(app core.App) (state string, hidden bool, err error) {
	acts, err := acts(app, 1, dbx.HashExp{"subject": t.Collection(), "record": t.Record.Id}, dbx.In("act", Hide, Restore))
	if err != nil || len(acts) == 0 || acts[0].Act() != Hide {
		return "", false, err
	}
	return acts[0].GetString("was"), true, nil
}

// Act is the typed coat of a moderations record: what somebody decided, and why.
type Act struct{ core.BaseRecordProxy }

func (a *Act) Act() string       { return a.GetString("act") }
func (a *Act) Reason() string    { return a.GetString("reason") }
func (a *Act) Why() string       { return a.GetString("kind") }
func (a *Act) By() string        { return a.GetString("by") }
func (a *Act) Concerns() string  { return a.GetString("concerns") }
func (a *Act) Space() string     { return a.GetString("space") }
func (a *Act) At() time.Time     { return a.GetDateTime("created").Time() }
func (a *Act) Subject() string   { return a.GetString("subject") }
func (a *Act) SubjectID() string { return a.GetString("record") }

// Thing is what was decided about, ErrNoThing when it is not there any more.
func (a *Act) Thing(app core.App) (*Thing, error) { return thingOf(app, a.Subject(), a.SubjectID()) }

func acts(app core.App, n int64, where ...dbx.Expression) ([]*Act, error) {
	var all []*Act
	q := app.RecordQuery("moderations").OrderBy("created DESC", "rowid DESC").Limit(n)
	for _, w := range where {
		q.AndWhere(w)
	}
	return all, q.All(&all)
}

// Acts lists what was decided about the thing, the newest first.
func (t *Thing) Acts(app core.App) ([]*Act, error) {
	return acts(app, -1, dbx.HashExp{"subject": t.Collection(), "record": t.Record.Id})
}

// LastHidden is the act that hid a record last, nil for none.
func LastHidden(app core.App, collection, id string) (*Act, error) {
	found, err := acts(app, 1, dbx.HashExp{"subject": collection, "record": id, "act": Hide})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// LastClosed is the act that closed a thread last, nil for none.
func LastClosed(app core.App, thread string) (*Act, error) {
	found, err := acts(app, 1, dbx.HashExp{"subject": "threads", "record": thread, "act": Close})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// ActsConcerning lists what was decided about a person and what they wrote, the newest first.
func ActsConcerning(app core.App, person string) ([]*Act, error) {
	return acts(app, 200, dbx.HashExp{"concerns": person})
}

// ActsSeen lists the latest acts that the viewer may know as one of those who moderate there.
func ActsSeen(app core.App, v *member.Viewer, n int) ([]*Act, error) {
	all, err := acts(app, 2000)
	if err != nil {
		return nil, err
	}
	everywhere := v.Is(member.RoleModerator, member.RoleAdministrator)
	all = slices.DeleteFunc(all, func(a *Act) bool {
		return a.Space() == "" && !everywhere || a.Space() != "" && !v.MayModerate(a.Space())
	})
	return all[:min(n, len(all))], nil
}

// Decide does what the viewer decided about a thing, and why. The record of the act is the act itself: whoever saves one
// does what it says, in the same transaction, and nothing is done without a reason.
func Decide(app core.App, v *member.Viewer, t *Thing, act, why, reason string) (*Act, error) {
	c, err := app.FindCachedCollectionByNameOrId("moderations")
	if err != nil {
		return nil, err
	}
	a := &Act{}
	a.SetProxyRecord(core.NewRecord(c))
	a.Load(map[string]any{"subject": t.Collection(), "record": t.Record.Id, "act": act, "kind": why, "reason": reason, "by": v.ID()})
	journal.By(a.Record, v.ID())
	return a, app.Save(a)
}

// bindModeration keeps reports and acts in the journal, and what they promise.
func bindModeration(app core.App, j *journal.Journal) {
	app.OnRecordCreate("moderations").BindFunc(func(e *core.RecordEvent) error {
		if err := prepareAct(e.App, e.Record); err != nil {
			return err
		}
		return e.Next()
	})
	app.OnRecordUpdate("moderations").BindFunc(func(e *core.RecordEvent) error {
		for _, f := range []string{"subject", "record", "act", "kind", "reason", "was"} {
			if e.Record.GetString(f) != e.Record.Original().GetString(f) {
				return validation.Errors{f: validation.NewError("validation_act_stands", "An act stands as it was done. Do another one.")}
			}
		}
		return e.Next()
	})
	j.Keep(journal.Kept{
		Collection: "moderations",
		Row: func(_ core.App, r *core.Record, row *journal.Row) {
			row.Parent, row.Space = r.GetString("concerns"), r.GetString("space")
			if row.Verb == "create" {
				row.Verb = r.GetString("act")
			}
		},
		After: func(tx core.App, r *core.Record, row journal.Row) error {
			if row.Verb == "update" || row.Verb == "delete" {
				return nil
			}
			return apply(tx, r)
		},
	})
	bindReports(app, j)
	for _, collection := range []string{"posts", "threads", "documents", "adoptions", "assessments", "comments", "champion_messages"} {
		app.OnRecordDelete(collection).BindFunc(func(e *core.RecordEvent) error {
			if err := e.Next(); err != nil {
				return err
			}
			return closeReports(e.App, e.Record.Collection().Name, e.Record.Id, "acted", "", "It is not there any more.")
		})
	}
	for _, collection := range []string{"threads", "documents"} {
		app.OnRecordUpdate(collection).BindFunc(func(e *core.RecordEvent) error {
			if err := e.Next(); err != nil || e.Record.GetString("space") == e.Record.Original().GetString("space") {
				return err
			}
			return moveModeration(e.App, e.Record)
		})
	}
	app.OnRecordUpdate("documents").BindFunc(staysWithdrawn)
}

// staysWithdrawn keeps writers from bringing back what was withdrawn for a reason: those who review do that.
func staysWithdrawn(e *core.RecordEvent) error {
	r := e.Record
	if r.GetString("state") != published || r.Original().GetString("state") != withdrawn || journal.Actor(r) == "" {
		return e.Next()
	}
	u, err := e.App.FindRecordById("users", journal.Actor(r))
	if err != nil { // an operator or a command
		return e.Next()
	}
	v, err := member.For(e.App, u)
	if err != nil {
		return err
	}
	last, err := acts(e.App, 1, dbx.HashExp{"subject": "documents", "record": r.Id}, dbx.In("act", Hide, Restore))
	if err == nil && len(last) > 0 && last[0].Act() == Hide && !v.MayReview(r.GetString("space")) {
		return validation.Errors{"state": validation.NewError("validation_withdrawn", "This page was withdrawn for a reason. Ask those who review here to bring it back.")}
	}
	if err != nil {
		return err
	}
	return e.Next()
}

// maxReason is the longest reason, in characters.
const maxReason = 1000

// prepareAct refuses an act without a reason, one that does not fit the thing as it stands, and one that whoever decides may
// not decide. It runs within the transaction of the act.
func prepareAct(app core.App, r *core.Record) error {
	r.Set("reason", reasonOf(r))
	t, err := thingOf(app, r.GetString("subject"), r.GetString("record"))
	if err != nil {
		return validation.Errors{"record": validation.NewError("validation_missing", "There is no such thing.")}
	}
	r.Set("space", t.Space)
	r.Set("concerns", t.Author)
	r.Set("was", t.State)
	faults := validation.Errors{}
	if r.GetString("reason") == "" {
		faults["reason"] = validation.NewError("validation_required", "Say why, in words that the person can understand.")
	} else if utf8.RuneCountInString(r.GetString("reason")) > maxReason {
		faults["reason"] = validation.NewError("validation_too_long", "The reason can have up to 1,000 characters.")
	}
	if r.GetString("act") == Hide && r.GetString("kind") == "" {
		faults["kind"] = validation.NewError("validation_required", "Choose what is wrong with it.")
	}
	possible, err := t.choicesOf(app, r.GetString("by"))
	if err != nil {
		return err
	}
	if !slices.Contains(possible, r.GetString("act")) {
		faults["act"] = validation.NewError("validation_act", "Choose one of these. Somebody else may have decided meanwhile.")
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// choicesOf lists what a person may decide; without one it is the hub's own operators, who may decide all that is possible.
func (t *Thing) choicesOf(app core.App, by string) ([]string, error) {
	if by == "" {
		return t.choices(app, func(string) bool { return true })
	}
	u, err := app.FindRecordById("users", by)
	if err != nil {
		return nil, err
	}
	v, err := member.For(app, u)
	if err != nil {
		return nil, err
	}
	return t.Choices(app, v)
}

// apply does what an act says.
func apply(tx core.App, r *core.Record) error {
	t, err := thingOf(tx, r.GetString("subject"), r.GetString("record"))
	if err != nil {
		return err
	}
	by, act := r.GetString("by"), r.GetString("act")
	journal.By(t.Record, by)
	if err := t.turn(tx, act); err != nil {
		return err
	}
	switch act {
	case Keep:
		return closeReports(tx, t.Collection(), t.Record.Id, "kept", by, r.GetString("reason"))
	case Hide, Warn, Release, Close:
		return closeReports(tx, t.Collection(), t.Record.Id, "acted", by, r.GetString("reason"))
	}
	return nil
}

// turn changes how the thing stands.
func (t *Thing) turn(tx core.App, act string) error {
	switch act {
	case Keep, Warn:
		return nil
	case Suspend, Unsuspend:
		t.Record.Set("suspended", act == Suspend)
		return tx.Save(t.Record)
	case Close:
		return t.become(tx, Closed)
	case Reopen:
		return t.become(tx, Open)
	case Restore:
		was, err := t.hiddenFrom(tx)
		if err != nil {
			return err
		}
		return t.become(tx, was)
	case Release:
		return t.become(tx, Visible)
	}
	if t.Kind == "document" {
		return t.become(tx, withdrawn)
	}
	return t.become(tx, Hidden)
}

// hiddenFrom is the state to which restoring leads: as it was, and what had waited need not wait again.
func (t *Thing) hiddenFrom(tx core.App) (string, error) {
	found, err := acts(tx, 1, dbx.HashExp{"subject": t.Collection(), "record": t.Record.Id, "act": Hide})
	if err != nil {
		return "", err
	}
	if len(found) > 0 && found[0].GetString("was") != Held {
		return found[0].GetString("was"), nil
	}
	if t.Kind == "thread" {
		return Open, nil
	}
	return Visible, nil
}

func (t *Thing) become(tx core.App, state string) error {
	if t.Kind == "adoption" || t.Kind == "check" {
		t.Record.Set("hidden", state == Hidden)
	} else {
		t.Record.Set("state", state)
	}
	if err := tx.Save(t.Record); err != nil || t.Kind != "post" {
		return err
	}
	return t.threadFollows(tx, state)
}

// threadFollows opens or hides a thread that waits with its first post.
func (t *Thing) threadFollows(tx core.App, state string) error {
	th, err := ByID(tx, t.thread.Id) // the post's save has counted in it
	if err != nil {
		return err
	}
	hiddenByItself, err := LastHidden(tx, "threads", th.Id)
	if err != nil {
		return err
	}
	switch {
	case th.State() == Held && state == Hidden:
		th.Set("state", Hidden)
	case state == Visible && (th.State() == Held || th.State() == Hidden && hiddenByItself == nil && th.Posts() == 1):
		th.Set("state", Open)
	default:
		return nil
	}
	journal.By(th.Record, journal.Actor(t.Record))
	return tx.Save(th)
}

// parts are the collections whose records move with another, and the field that names it.
var parts = map[string][]struct{ collection, of string }{
	"threads": {{"posts", "thread"}}, "documents": {{"adoptions", "document"}, {"assessments", "document"}, {"comments", "document"}},
}

// moveModeration takes reports and acts along with what they are about.
func moveModeration(app core.App, r *core.Record) error {
	subject := r.Collection().Name
	for _, table := range []string{"flags", "moderations"} {
		move := "UPDATE {{" + table + "}} SET [[space]] = {:space} WHERE [[subject]] = {:subject} AND [[record]] "
		names := dbx.Params{"space": r.GetString("space"), "subject": subject, "id": r.Id}
		if _, err := app.DB().NewQuery(move + "= {:id}").Bind(names).Execute(); err != nil {
			return err
		}
		for _, part := range parts[subject] {
			names["subject"] = part.collection
			_, err := app.DB().NewQuery(move + "IN (SELECT [[id]] FROM {{" + part.collection + "}} WHERE [[" + part.of + "]] = {:id})").Bind(names).Execute()
			if err != nil {
				return err
			}
		}
	}
	return nil
}
