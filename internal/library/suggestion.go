package library

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"commonplace/internal/difference"
	"commonplace/internal/journal"
	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// What became of a suggestion.
const (
	SuggestionOpen     = "open"
	SuggestionTaken    = "taken"
	SuggestionDeclined = "declined"
)

// Suggestion is a change to a document that somebody asks its editors to make: the fields that it changes, and the revision
// that it was made on. One without an author comes from the file that the document came from.
type Suggestion struct{ core.BaseRecordProxy }

func (s *Suggestion) Document() string { return s.GetString("document") }
func (s *Suggestion) Author() string   { return s.GetString("author") }
func (s *Suggestion) Base() int        { return s.GetInt("base") }
func (s *Suggestion) Note() string     { return s.GetString("note") }
func (s *Suggestion) Answer() string   { return s.GetString("answer") }
func (s *Suggestion) State() string    { return s.GetString("state") }
func (s *Suggestion) Open() bool       { return s.State() == SuggestionOpen }
func (s *Suggestion) At() time.Time    { return s.GetDateTime("created").Time() }

// ErrSaysTheSame says that a suggestion changes nothing.
var ErrSaysTheSame = errors.New("the suggestion changes nothing")

// fixed are the fields that nobody changes by a suggestion: what a document is and where it stands.
var fixed = []string{"kind", "space", "slug", "chapter"}

// Suggest keeps what d says, which is not saved, as a change that somebody suggests to the document; base is the number of
// the revision that they had before them. Of one author there is one open suggestion for each document, the newest.
func Suggest(app core.App, d *Document, base int, author, note string) (*Suggestion, error) {
	before, err := RevisionOf(app, d.Id, base)
	if err != nil {
		return nil, err
	}
	was, err := before.Content()
	if err != nil {
		return nil, err
	}
	d.tidy()
	changed := map[string]any{}
	for f, v := range d.Content() {
		if !slices.Contains(fixed, f) && canonical(v) != canonical(orEmpty(was[f], v)) {
			changed[f] = v
		}
	}
	if len(changed) == 0 {
		return nil, ErrSaysTheSame
	}
	s := &Suggestion{}
	err = app.RunInTransaction(func(tx core.App) error {
		if err := dropOpenSuggestions(tx, d.Id, author); err != nil {
			return err
		}
		c, err := tx.FindCachedCollectionByNameOrId("suggestions")
		if err != nil {
			return err
		}
		s.SetProxyRecord(core.NewRecord(c))
		s.Load(map[string]any{"document": d.Id, "author": author, "base": base, "state": SuggestionOpen, "note": clip(tidyText(note), 1000), "content": changed})
		journal.By(s.Record, author)
		return tx.Save(s)
	})
	return s, err
}

// orEmpty is a value that a revision holds; one that was kept before the field was known holds the empty one.
func orEmpty(v, like any) any {
	if _, text := like.(string); v == nil && text {
		return ""
	}
	return v
}

func dropOpenSuggestions(tx core.App, document, author string) error {
	old, err := tx.FindAllRecords("suggestions", dbx.HashExp{"document": document, "author": author, "state": SuggestionOpen})
	for _, r := range old {
		journal.By(r, author)
		err = errors.Join(err, tx.Delete(r))
	}
	return err
}

// Imported is the number of the revision that a document's file left last: a new version of the file was made on that. It
// is the newest one when there is none.
func Imported(app core.App, document string) (int, error) {
	var n int
	err := app.DB().NewQuery(`SELECT COALESCE(MAX([[number]]), 0) FROM {{revisions}} WHERE [[document]] = {:d} AND [[author]] = '' AND NOT [[open]]`).
		Bind(dbx.Params{"d": document}).Row(&n)
	if err != nil || n > 0 {
		return n, err
	}
	return Newest(app, document)
}

// SuggestionByID returns a suggestion; the error is sql.ErrNoRows when there is none.
func SuggestionByID(app core.App, id string) (*Suggestion, error) {
	s := &Suggestion{}
	err := app.RecordQuery("suggestions").AndWhere(dbx.HashExp{"id": id}).Limit(1).One(s)
	return s, err
}

// Suggestions lists those that match, the newest first, at most limit.
func Suggestions(app core.App, where dbx.Expression, limit int64) ([]*Suggestion, error) {
	var list []*Suggestion
	err := app.RecordQuery("suggestions").AndWhere(where).OrderBy("created DESC", "id").Limit(limit).All(&list)
	return list, err
}

// Viewable says whether the viewer may see a suggestion: its author while they may read the document, and the document's
// editors.
func (s *Suggestion) Viewable(v *member.Viewer, d *Document) bool {
	return v.SignedIn() && d.Viewable(v) && (s.Author() == v.ID() || d.Editable(v))
}

// Clash is a field that was changed since in another way than the suggestion would.
type Clash struct {
	Field, Title string
	Now          []difference.Line // how the document has changed since the suggestion was made
	Suggested    []difference.Line // what the suggestion changes
}

// Onto puts a suggestion onto a document as it is now: texts are joined line by line. Where that cannot be done, the field
// stays as it is and comes back as a clash; take says of a clash that the suggestion's words are wanted all the same.
func (s *Suggestion) Onto(app core.App, d *Document, take func(field string) bool) ([]Clash, error) {
	var theirs map[string]any
	if err := s.UnmarshalJSONField("content", &theirs); err != nil {
		return nil, err
	}
	before, err := RevisionOf(app, s.Document(), s.Base())
	if err != nil {
		return nil, err
	}
	base, err := before.Content()
	if err != nil {
		return nil, err
	}
	now := d.Content()
	wanted, clashing := maps.Clone(base), []string{}
	for _, f := range written {
		v, ok := theirs[f]
		if !ok || slices.Contains(fixed, f) {
			continue
		}
		wanted[f] = v
		joined, clean := join3(base[f], now[f], v)
		switch {
		case clean:
			d.Set(f, joined)
		case take(f):
			d.Set(f, v)
			clashing = append(clashing, f)
		default:
			clashing = append(clashing, f)
		}
	}
	return clashes(app, clashing, base, now, wanted)
}

func clashes(app core.App, fields []string, base, now, wanted map[string]any) ([]Clash, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	since, err := Compare(app, base, now)
	if err != nil {
		return nil, err
	}
	asked, err := Compare(app, base, wanted)
	if err != nil {
		return nil, err
	}
	list := make([]Clash, len(fields))
	for i, f := range fields {
		list[i].Field, list[i].Title = f, upperWords(f)
		for _, x := range since {
			if x.Field == f {
				list[i].Title, list[i].Now = x.Title, x.Lines
			}
		}
		for _, x := range asked {
			if x.Field == f {
				list[i].Title, list[i].Suggested = x.Title, x.Lines
			}
		}
	}
	return list, nil
}

func upperWords(field string) string { return capital(strings.ReplaceAll(field, "_", " ")) }

// join3 joins two changes of one value. Texts are joined by line, objects by key, and anything else as a whole.
func join3(base, mine, theirs any) (joined any, clean bool) {
	b, m, t := canonical(base), canonical(mine), canonical(theirs)
	switch {
	case m == t, t == b:
		return mine, true
	case m == b:
		return theirs, true
	}
	x, text := mine.(string)
	y, also := theirs.(string)
	z, _ := base.(string)
	if text && also {
		return difference.Merge(z, x, y)
	}
	return joinKeys(b, m, t)
}

// canonical writes a value as JSON whose keys are in order, however it is held.
func canonical(v any) string {
	var known any
	if json.Unmarshal([]byte(plainValue(v)), &known) != nil {
		return ""
	}
	return plainValue(known)
}

func joinKeys(base, mine, theirs string) (any, bool) {
	var b, m, t map[string]any
	if json.Unmarshal([]byte(mine), &m) != nil || json.Unmarshal([]byte(theirs), &t) != nil || m == nil || t == nil || json.Unmarshal([]byte(base), &b) != nil {
		return nil, false
	}
	joined := map[string]any{}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		joined[k] = m[k]
	}
	for k := range t {
		joined[k] = nil
	}
	for k := range joined {
		v, clean := join3(b[k], m[k], t[k])
		if !clean {
			return nil, false
		}
		if joined[k] = v; v == nil {
			delete(joined, k)
		}
	}
	return joined, true
}

// Take makes the change that was suggested, on behalf of by, as far as it can be made; take decides about clashes. On a
// document beside which work waits, it goes into that work; so does what somebody suggested themselves, where a second person
// has to look. It says whether readers see it at once.
func (s *Suggestion) Take(app core.App, by, answer string, take func(field string) bool) (out bool, err error) {
	err = app.RunInTransaction(func(tx core.App) error {
		d, err := s.answerable(tx, by)
		if err != nil {
			return err
		}
		work, err := Work(tx, d.Id)
		if err != nil {
			return err
		}
		if work != nil {
			if err := d.Apply(work); err != nil {
				return err
			}
		}
		if _, err := s.Onto(tx, d, take); err != nil {
			return err
		}
		Because(d, strings.TrimSpace("A suggested change. "+s.Note()))
		Credit(d, s.Author())
		journal.By(d.Record, by)
		alone, err := s.alone(tx, d, by)
		if err != nil {
			return err
		}
		if out = d.State() == Published && work == nil && !alone; out || !d.Out() {
			err = tx.Save(d.Record)
		} else {
			_, err = SaveWork(tx, d, by)
		}
		if err != nil {
			return err
		}
		return s.answer(tx, SuggestionTaken, by, answer)
	})
	return out, err
}

// alone says whether nobody but the one who suggested the change would have looked at it before everybody reads it. A
// reviewer who takes somebody else's is the second person.
func (s *Suggestion) alone(tx core.App, d *Document, by string) (bool, error) {
	u, err := tx.FindRecordById("users", by)
	if err != nil {
		return false, nil //nolint:nilerr // the hub itself
	}
	v, err := member.For(tx, u)
	if err != nil {
		return false, err
	}
	if s.Author() != by {
		if v.MayReview(d.Space()) && d.SecondCheckBy().IsZero() {
			d.SetRaw(deedKey, deed{seconded: true})
		}
		return false, nil
	}
	others, err := reviewedByOthers(tx, d.Space(), by)
	return others && v.IsPublic(d.Space()), err
}

var errAnsweredAlready = validation.Errors{"do": validation.NewError("validation_answered", "Somebody has answered this suggestion already.")}

// answerable is the document, while the suggestion waits for an answer and by may give it; "" is the hub itself. What counts
// is what is kept: somebody else may have answered while this one was open.
func (s *Suggestion) answerable(tx core.App, by string) (*Document, error) {
	now, err := SuggestionByID(tx, s.Id)
	if err != nil {
		return nil, err
	}
	if !now.Open() {
		return nil, errAnsweredAlready
	}
	d, err := ByID(tx, s.Document())
	if err != nil || by == "" {
		return d, err
	}
	u, err := tx.FindRecordById("users", by)
	if err != nil || member.Barred(u) {
		return nil, refused("do", notYours)
	}
	v, err := member.For(tx, u)
	if err == nil && !d.Editable(v) {
		err = refused("do", notYours)
	}
	return d, err
}

// Decline says no, with thanks.
func (s *Suggestion) Decline(app core.App, by, answer string) error {
	return app.RunInTransaction(func(tx core.App) error {
		if _, err := s.answerable(tx, by); err != nil {
			return err
		}
		return s.answer(tx, SuggestionDeclined, by, answer)
	})
}

func (s *Suggestion) answer(app core.App, state, by, answer string) error {
	s.Load(map[string]any{"state": state, "answer": clip(tidyText(answer), 1000), "answered_by": by, "answered": time.Now().UTC()})
	journal.By(s.Record, by)
	return app.Save(s.Record)
}

// Parts takes a body apart at its headings of the second level, for a form; put together again they are its very bytes.
func Parts(body string) (titles, texts []string) {
	for _, p := range parts(body) {
		titles, texts = append(titles, p.title), append(texts, p.raw)
	}
	return titles, texts
}

// Faults says what keeps the document from being published, a sentence a field; what it says is not looked at otherwise.
func (d *Document) Faults() error {
	then := Wrap(d.Record.Clone())
	then.Set("state", Published)
	if faults := then.faults(); len(faults) > 0 {
		return faults
	}
	if len(d.Body()) > markdown.MaxBytes {
		return validation.Errors{"body": validation.NewError("validation_too_long", fmt.Sprintf("The text is longer than %d KiB.", markdown.MaxBytes>>10))}
	}
	_, _, err := then.Render()
	return err
}
