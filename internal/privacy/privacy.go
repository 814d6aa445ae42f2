// Package privacy keeps what tells one private person from another out of what everybody can read: before a document goes
// out in an open space, or changes while it is out, and before anything is said there, its words are looked through
// (package guard). Whoever writes then decides of each passage: take it out, change it, or keep it with a reason, which is
// remembered for that passage of that thing and stands in the journal.
//
// The rule is kept in record hooks, so that a page, REST and the dashboard are held to it alike. Imports by an operator and
// the shipped content pass, and say in their report what they brought. A draft is nobody's business but its writer's.
//
// What somebody takes out of a document is taken out of its versions and of changes suggested to it as well: it is in no
// comparison and on no page as it was on a day. A space, a discussion or a document that becomes open is looked through
// with all that is in it (opening.go).
//
// What was found is never written down: the journal says only of which kind it was, and a decision knows the passage by a
// sum over it.
package privacy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"commonplace/internal/guard"
	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/types"
)

// looked are the fields that are looked through. Those meant for contact details are not among them.
var looked = map[string][]string{
	"documents":         {"title", "summary", "challenge", "action", "result", "body", "tried_stopped", "meta"},
	"revisions":         {"note"}, // readers see it under "What changed"
	"reviews":           {"words"},
	"suggestions":       {"note", "answer"}, // taken, the note stands under "What changed"
	"attachments":       {"title", "alt", "credit", "summary"},
	"threads":           {"title", "wording"},
	"posts":             {"body"},
	"comments":          {"words"},
	"answers":           {"words"},
	"adoptions":         {"kept", "changed", "dropped", "result", "reason", "results"},
	"events":            {"title", "summary", "body", "needs_words", "how_to_join", "reason", "outcome"},
	"passport_counts":   {"by_role", "working"},
	"champions":         {"role", "helps"},
	"assessments":       {"title", "answers", "history"},
	"champion_messages": {"words"}, // of guests: how to reach them has a field of its own
}

const (
	before = -300 // all that is made of the words: a rendered page must not hold what was taken out
	within = -50  // the transaction of the journal
)

// Bind has every write to something public looked through.
func Bind(app core.App, j *journal.Journal) {
	for collection := range looked {
		for _, h := range []*hook.TaggedHook[*core.RecordEvent]{app.OnRecordCreate(collection), app.OnRecordUpdate(collection)} {
			h.Bind(&hook.Handler[*core.RecordEvent]{Id: "privacy.look." + collection, Priority: before, Func: func(e *core.RecordEvent) error {
				if err := check(e.App, e.Record); err != nil {
					return err
				}
				return e.Next()
			}})
			h.Bind(&hook.Handler[*core.RecordEvent]{Id: "privacy.settle." + collection, Priority: within, Func: func(e *core.RecordEvent) error {
				if err := e.Next(); err != nil {
					return err
				}
				return settle(e.App, e.Record)
			}})
		}
	}
	bindOpening(app)
	j.Keep(journal.Kept{Collection: decisions, Row: func(_ core.App, r *core.Record, row *journal.Row) {
		row.Parent, row.Data = r.GetString("record"), journal.Said(map[string]any{"kind": r.GetString("kind"), "decision": r.GetString("decision"), "subject": r.GetString("subject")})
	}})
}

// Passage is one personal detail in a field. Text is for whoever wrote it, and goes nowhere else.
type Passage struct {
	Collection    string // of the thing that it stands in
	Record        string // "" when it is new
	Title         string // of the thing, where another one is opened with it
	Field         string
	Kind          guard.Kind
	Says          string
	Line          int
	Text          string
	Before, After string // what stands around it
	Sum           string // names it in a decision
	start, end    int
	value         int // which of the values of a field of several
}

// Refusal is the error of a write that would make personal details public. It says where they stand, never what they are.
type Refusal struct {
	collection, record string
	passages           []Passage
}

// Error names the kinds only: errors end in logs.
func (r *Refusal) Error() string {
	kinds := make([]string, len(r.passages))
	for i, p := range r.passages {
		kinds[i] = string(p.Kind)
	}
	return "privacy: not made public: " + strings.Join(kinds, ", ")
}

// Collection and Record are what was refused; the record has no id when it is new.
func (r *Refusal) Collection() string { return r.collection }
func (r *Refusal) Record() string     { return r.record }

// Opens says whether the passages stand in what would become open with the record, and not in its own words.
func (r *Refusal) Opens() bool {
	return len(r.passages) > 0 && r.passages[0].Collection != r.collection
}

// Passages are what somebody has to decide about.
func (r *Refusal) Passages() []Passage { return r.passages }

// Unwrap lets programs read the refusal as what is wrong with each field.
func (r *Refusal) Unwrap() error {
	byField := map[string][]string{}
	for _, p := range r.passages {
		byField[p.Field] = append(byField[p.Field], fmt.Sprintf("%s It stands in line %d, characters %d to %d.", p.Says, p.Line, p.start+1, p.end))
	}
	faults := validation.Errors{}
	for field, sentences := range byField {
		faults[field] = validation.NewError("validation_private", strings.Join(sentences, " ")+" Take it out, or decide about it on the page.")
	}
	return faults
}

// As finds a refusal in an error.
func As(err error) (*Refusal, bool) {
	var r *Refusal
	ok := errors.As(err, &r)
	return r, ok
}

// trusted are those who bring in what others answer for: their reports say what was found.
var trusted = []string{"content", "import", "demo"}

// check refuses a write that makes something public about which nobody has decided, and takes out what somebody has
// decided to take out.
func check(app core.App, r *core.Record) error {
	if slices.Contains(trusted, journal.Actor(r)) || !touches(app, r) {
		return nil
	}
	if open, err := public(app, r); !open || err != nil {
		return err
	}
	found, err := Look(app, r)
	if err != nil || len(found) == 0 {
		return err
	}
	decided, err := decisionsFor(app, r)
	if err != nil {
		return err
	}
	undecided, used := apply(r, found, decided)
	if len(undecided) > 0 {
		return &Refusal{collection: r.Collection().Name, record: idOf(r), passages: undecided}
	}
	r.SetRaw(usedKey, used)
	return nil
}

// apply takes out what somebody decided to take out, and gives the passages about which nobody has decided.
func apply(r *core.Record, found []Passage, decided map[string]decision) (undecided []Passage, used []string) {
	for _, p := range slices.Backward(found) { // from behind, so that places stay what they are
		d, ok := decided[p.Sum]
		if !ok {
			undecided = append(undecided, p)
			continue
		}
		used = append(used, d.ID)
		switch {
		case d.Decision == Change && p.Field == inFile:
			r.Set("removed", types.NowDateTime()) // its words are what they are
		case d.Decision == Change:
			change(r, p, d.Instead)
		}
	}
	slices.Reverse(undecided)
	return undecided, used
}

// idOf is the id of a record that is there already.
func idOf(r *core.Record) string {
	if r.IsNew() {
		return ""
	}
	return r.Id
}

const usedKey = "@passages"

// touches says whether a write changes the words, or who reads them.
func touches(app core.App, r *core.Record) bool {
	if r.IsNew() {
		return true
	}
	was := r.Original()
	if was.Id == "" { // this process has just made it, and saves it again
		stored, err := app.FindRecordById(r.Collection(), r.Id)
		if err != nil {
			return true
		}
		was = stored
	}
	for _, f := range append([]string{"state", "space", "hidden", "publish_at", "removed", "out", inFile}, looked[r.Collection().Name]...) {
		if fmt.Sprint(r.GetRaw(f)) != fmt.Sprint(was.GetRaw(f)) {
			return true
		}
	}
	return false
}

// public says whether everybody will be able to read the record: at once, or once its hour comes or a moderator lets it.
func public(app core.App, r *core.Record) (bool, error) {
	state, space := r.GetString("state"), r.GetString("space")
	switch r.Collection().Name {
	case "documents":
		if state != "published" && state != "withdrawn" && r.GetDateTime("publish_at").IsZero() {
			return false, nil
		}
	case "events":
		if state == "draft" {
			return false, nil
		}
	case "attachments":
		if state != "published" || r.GetString("removed") != "" {
			return false, nil
		}
		space = spaceOf(app, "documents", r.GetString("document"))
		if p := r.GetString("post"); p != "" {
			space = spaceOfPost(app, p)
		}
	case "revisions":
		if r.GetDateTime("out").IsZero() {
			return false, nil
		}
		space = spaceOf(app, "documents", r.GetString("document"))
	case "reviews":
		if r.GetString("act") != "withdraw" {
			return false, nil // the rest is between writers and reviewers
		}
		space = spaceOf(app, "documents", r.GetString("document"))
	case "suggestions":
		space = spaceOf(app, "documents", r.GetString("document"))
	case "posts":
		if state == "removed" || state == "hidden" {
			return false, nil
		}
		space = spaceOf(app, "threads", r.GetString("thread"))
	case "comments", "answers":
		if d := r.GetString("document"); d != "" {
			space = spaceOf(app, "documents", d)
		}
	case "threads":
		if d := r.GetString("document"); d != "" {
			space = spaceOf(app, "documents", d)
		}
	case "adoptions":
		space = spaceOf(app, "documents", r.GetString("document"))
	case "assessments":
		if state != "shared" {
			return false, nil
		}
		space = spaceOf(app, "documents", r.GetString("document"))
	case "champions":
		return r.GetBool("out"), nil
	case "champion_messages":
		return r.GetString("author") == "", nil
	}
	if space == "" {
		return true, nil // the library, unless it is refused for being nowhere
	}
	s, err := app.FindRecordById("spaces", space)
	if err != nil {
		return true, nil //nolint:nilerr // the room itself says that there is no such space
	}
	return s.GetString("level") == "open", nil
}

func spaceOfPost(app core.App, id string) string {
	p, err := app.FindRecordById("posts", id)
	if err != nil {
		return ""
	}
	return spaceOf(app, "threads", p.GetString("thread"))
}

func spaceOf(app core.App, collection, id string) string {
	r, err := app.FindRecordById(collection, id)
	if err != nil {
		return ""
	}
	return r.GetString("space")
}

// around is how much is shown on each side of a passage.
const around = 60

// Look lists the personal details in a record's words, whoever may read them. Numbers of helplines, and what the pages of
// partners and places give as contacts, are none. Of what is withdrawn readers see the reason only.
func Look(app core.App, r *core.Record) ([]Passage, error) {
	var all []Passage
	var allowed []string
	for _, field := range looked[r.Collection().Name] {
		for at, text := range valuesOf(r, field) {
			if len(guard.Find(text)) == 0 || r.GetString("state") == "withdrawn" && !isReason(r, field, text) {
				continue
			}
			if allowed == nil {
				var err error
				if allowed, err = contacts(app); err != nil {
					return nil, err
				}
			}
			for _, f := range guard.Find(text, allowed...) {
				p := passage(field, text, f)
				p.Collection, p.Record, p.value = r.Collection().Name, idOf(r), at
				all = append(all, p)
			}
		}
	}
	file, err := ofFile(r, func() ([]string, error) { return contacts(app) })
	if file != nil {
		all = append(all, *file)
	}
	return all, err
}

// Undecided lists those about which nobody has decided yet: what a writer will be asked about.
func Undecided(app core.App, r *core.Record) ([]Passage, error) {
	found, err := Look(app, r)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	decided, err := decisionsFor(app, r)
	return slices.DeleteFunc(found, func(p Passage) bool { return decided[p.Sum].Decision == Keep }), err
}

// isReason says whether a text is why a document was withdrawn.
func isReason(r *core.Record, field, text string) bool {
	var m struct {
		Note string `json:"withdrawn_note"`
	}
	return field == "meta" && r.UnmarshalJSONField("meta", &m) == nil && m.Note == text
}

// inJSON says whether a field holds more than one text, as meta, the numbers of a place and the answers of a check do.
func inJSON(field string) bool {
	return slices.Contains([]string{"meta", "results", "answers", "history"}, field)
}

// valuesOf are the texts of a field: of one that holds an object, each text in it.
func valuesOf(r *core.Record, field string) []string {
	if !inJSON(field) {
		return []string{r.GetString(field)}
	}
	return textsIn(r.GetString(field))
}

func passage(field, text string, f guard.Finding) Passage {
	p := Passage{Field: field, Kind: f.Kind, Says: f.Says, Text: text[f.Start:f.End], Sum: sum(f.Kind, text[f.Start:f.End]), start: f.Start, end: f.End}
	p.Line = 1 + strings.Count(text[:f.Start], "\n")
	from, to := max(0, f.Start-around), min(len(text), f.End+around)
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	p.Before, p.After = text[from:f.Start], text[f.End:to]
	return p
}

// sum names a passage however it is spelt.
func sum(kind guard.Kind, text string) string {
	bare := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(text))
	s := sha256.Sum256([]byte(string(kind) + " " + bare))
	return hex.EncodeToString(s[:12])
}

// contacts are the texts that are meant to be rung, written to and visited.
func contacts(app core.App) ([]string, error) {
	all := []string{}
	for _, from := range []struct{ collection, columns string }{
		{"helplines", "[[number]] || ' ' || [[tel]]"},
		{"organisations", "[[summary]] || ' ' || [[contact_role]] || ' ' || [[website]]"},
		{"local_answers", "[[value]] || ' ' || [[body]] || ' ' || [[visiting]] || ' ' || [[passport]] || ' ' || [[parking]]"},
	} {
		var texts []string
		if err := app.DB().NewQuery("SELECT " + from.columns + " FROM {{" + from.collection + "}}").Column(&texts); err != nil {
			return nil, err
		}
		all = append(all, texts...)
	}
	return all, nil
}

// change puts other words in the place of a passage.
func change(r *core.Record, p Passage, instead string) {
	text := valuesOf(r, p.Field)[p.value]
	changed := text[:p.start] + insteadOf(p.Kind, instead) + text[p.end:]
	if inJSON(p.Field) {
		r.Set(p.Field, types.JSONRaw(withText(r.GetString(p.Field), p.value, changed)))
		return
	}
	r.Set(p.Field, changed)
}

// insteadOf is what stands in the place of a passage.
func insteadOf(kind guard.Kind, instead string) string {
	if instead == "" {
		return "[" + kind.Words() + "]"
	}
	return instead
}

// What somebody decides about a passage.
const (
	Keep   = "keep"
	Change = "change"
)

// decisions is the collection of what was decided.
const decisions = "passages"

// decision is what somebody decided about a passage: for one record, or for what they are about to send.
type decision struct {
	ID       string `db:"id"`
	Sum      string `db:"sum"`
	Decision string `db:"decision"`
	Instead  string `db:"instead"`
}

// done marks what was taken out. It holds for a moment longer, for what the same save brings out besides: a picture's words,
// what changed.
const (
	done    = "done"
	lingers = 30 * time.Second
)

// waits is how long a decision waits for what it was made for.
const waits = time.Hour

// parents are the fields that name what a record goes out with: what was kept there is kept in it as well.
var parents = map[string]string{"attachments": "document", "revisions": "document", "reviews": "document", "posts": "thread"}

func decisionsFor(app core.App, r *core.Record) (map[string]decision, error) {
	where := dbx.Expression(dbx.HashExp{"by": journal.Actor(r), "record": ""})
	where = dbx.And(where, dbx.NewExp("[[by]] != ''"), dbx.NewExp("[[created]] > {:since} AND ([[subject]] != {:done} OR [[updated]] > {:just})",
		dbx.Params{"since": ago(waits), "done": done, "just": ago(lingers)}))
	if id := idOf(r); id != "" {
		where = dbx.Or(where, dbx.HashExp{"record": id, "subject": r.Collection().Name})
	}
	if parent := parents[r.Collection().Name]; parent != "" {
		where = dbx.Or(where, dbx.HashExp{"record": r.GetString(parent), "subject": parent + "s", "decision": Keep})
	}
	var rows []decision
	if err := app.DB().Select("id", "sum", "decision", "instead").From(decisions).Where(where).OrderBy("created").All(&rows); err != nil {
		return nil, err
	}
	bySum := map[string]decision{}
	for _, d := range rows {
		bySum[d.Sum] = d
	}
	return bySum, nil
}

func ago(d time.Duration) string { return time.Now().Add(-d).UTC().Format(types.DefaultDateLayout) }

// settle ties the decisions that a write rests on to what was written; those that changed the words have done their work.
func settle(app core.App, r *core.Record) error {
	used, _ := r.GetRaw(usedKey).([]string)
	r.SetRaw(usedKey, nil)
	for _, id := range used {
		d, err := app.FindRecordById(decisions, id)
		if err != nil {
			continue // two passages of one sum
		}
		journal.By(d, journal.Actor(r))
		switch {
		case d.GetString("decision") == Change:
			if err := forget(app, r, d.GetString("sum"), d.GetString("instead")); err != nil {
				return err
			}
			d.Set("subject", done)
		case d.GetString("record") != "":
			continue // it was remembered before, for this or for what it goes out with
		default:
			d.Set("subject", r.Collection().Name)
			d.Set("record", r.Id)
		}
		if err := app.Save(d); err != nil {
			return err
		}
	}
	return nil
}

// ErrNoReason is what Decide says of a passage that is to stay for no reason.
var ErrNoReason = errors.New("say why it has to stay")

// Decision is what somebody says about a passage before they send the same again.
type Decision struct {
	Sum, Kind, Decision string
	Reason              string // for Keep
	Instead             string // for Change; "" says what it was in brackets
}

// Decide keeps decisions of a person for what they send within the hour.
func Decide(app core.App, person string, all []Decision) error {
	c, err := app.FindCachedCollectionByNameOrId(decisions)
	if err != nil {
		return err
	}
	return app.RunInTransaction(func(tx core.App) error {
		if err := Tidy(tx); err != nil {
			return err
		}
		for _, d := range all {
			if d.Decision == Keep && strings.TrimSpace(d.Reason) == "" {
				return ErrNoReason
			}
			r := core.NewRecord(c)
			r.Load(map[string]any{"by": person, "sum": d.Sum, "kind": d.Kind, "decision": d.Decision, "reason": strings.TrimSpace(d.Reason), "instead": d.Instead})
			journal.By(r, person)
			if err := tx.Save(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// Tidy drops decisions for what never came.
func Tidy(app core.App) error {
	_, err := app.DB().Delete(decisions, dbx.And(dbx.HashExp{"record": ""}, dbx.NewExp("[[created]] < {:since} OR [[subject]] = {:done} AND [[updated]] < {:just}",
		dbx.Params{"since": ago(24 * waits), "done": done, "just": ago(lingers)}))).Execute()
	return err
}
