package library

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Figure is a dated number that pages quote by key.
type Figure struct{ core.BaseRecordProxy }

// WrapFigure puts the coat on a record.
func WrapFigure(r *core.Record) *Figure {
	f := &Figure{}
	f.SetProxyRecord(r)
	return f
}

func (f *Figure) Key() string        { return f.GetString("key") }
func (f *Figure) Label() string      { return f.GetString("label") }
func (f *Figure) Text() string       { return f.GetString("text") }
func (f *Figure) Value() float64     { return f.GetFloat("value") }
func (f *Figure) Unit() string       { return f.GetString("unit") }
func (f *Figure) Area() string       { return f.GetString("area") }
func (f *Figure) Note() string       { return f.GetString("note") }
func (f *Figure) Working() string    { return f.GetString("working") }
func (f *Figure) From() time.Time    { return f.GetDateTime("from").Time() }
func (f *Figure) Until() time.Time   { return f.GetDateTime("until").Time() }
func (f *Figure) Changed() time.Time { return f.GetDateTime("changed").Time() }
func (f *Figure) Address() string    { return "/figures/" + f.Key() }

// OfItsTime says that the figure holds no more and is quoted as history: what a partnership said in 2018, what a report gave
// before a newer one. Pages say of when it is, and do not warn of it.
func (f *Figure) OfItsTime() bool { return f.GetBool("of_its_time") }

// AsItWas says of when a figure of its time is, to stand behind its text: the month, or the year where it begins with one.
// It is "" for a figure of today.
func (f *Figure) AsItWas() string {
	switch {
	case !f.OfItsTime():
		return ""
	case f.From().YearDay() == 1:
		return f.From().Format(" (as it was in 2006)")
	}
	return f.From().Format(" (as it was in January 2006)")
}

// Expired says whether the last day on which the figure holds is over, and a page that quotes it means today.
func (f *Figure) Expired(now time.Time) bool {
	return !f.Until().IsZero() && !f.OfItsTime() && now.After(f.Until().AddDate(0, 0, 1))
}

// Source is where the figure comes from.
func (f *Figure) Source() Source {
	var s Source
	if f.UnmarshalJSONField("source", &s) != nil {
		return Source{}
	}
	return s
}

// Former is what a figure said until it was changed.
type Former struct {
	At     time.Time `json:"at"` // when it was changed
	Value  float64   `json:"value"`
	Unit   string    `json:"unit,omitempty"`
	Text   string    `json:"text"`
	From   string    `json:"from,omitempty"`
	Until  string    `json:"until,omitempty"`
	Source Source    `json:"source"`
}

// History lists what the figure said before, the latest first.
func (f *Figure) History() []Former {
	var all []Former
	if f.UnmarshalJSONField("history", &all) != nil {
		return nil
	}
	return all
}

// Figures returns the whole ledger by key.
func Figures(app core.App) (map[string]*Figure, error) {
	all, err := Ledger(app)
	byKey := make(map[string]*Figure, len(all))
	for _, f := range all {
		byKey[f.Key()] = f
	}
	return byKey, err
}

// Ledger lists every figure by its label.
func Ledger(app core.App) ([]*Figure, error) {
	var all []*Figure
	err := app.RecordQuery("figures").OrderBy("[[label]] COLLATE NOCASE", "key").All(&all)
	return all, err
}

// Quoted returns the figures that slots name, by key: a text quotes a few of the ledger, and most texts none.
func Quoted(app core.App, slots []string) (map[string]*Figure, error) {
	keys := keysIn(slots)
	byKey := make(map[string]*Figure, len(keys))
	switch {
	case len(keys) == 0:
		return byKey, nil
	case len(keys) > 500: // more than there are, and than one question to the database may name
		return Figures(app)
	}
	var all []*Figure
	err := app.RecordQuery("figures").AndWhere(dbx.In("key", anys(keys)...)).All(&all)
	for _, f := range all {
		byKey[f.Key()] = f
	}
	return byKey, err
}

// FigureByKey finds a figure; the error is sql.ErrNoRows when there is none.
func FigureByKey(app core.App, key string) (*Figure, error) {
	r, err := app.FindFirstRecordByData("figures", "key", key)
	if err != nil {
		return nil, err
	}
	return WrapFigure(r), nil
}

// Sum reckons the figure's working with the other figures; ok is false when it has none.
func (f *Figure) Sum(all map[string]*Figure) (s Sum, ok bool, err error) {
	if strings.TrimSpace(f.Working()) == "" {
		return s, false, nil
	}
	s, err = Reckon(f.Working(), func(key string) (float64, bool) {
		other := all[key]
		if other == nil || key == f.Key() {
			return 0, false
		}
		return other.Value(), true
	})
	return s, true, err
}

// quotedMark begins the slots of figures.
const quotedMark = "figure "

// Quotes lists the keys of the figures that the published text quotes, each once.
func (d *Document) Quotes() []string { return keysIn(markdown.Slots(d.GetString("rendered"))) }

func keysIn(slots []string) (keys []string) {
	seen := map[string]bool{}
	for _, slot := range slots {
		key, is := strings.CutPrefix(slot, quotedMark)
		if is && !seen[key] {
			keys, seen[key] = append(keys, key), true
		}
	}
	return keys
}

// keepUses writes down which figures a document quotes. A flag of one that it quoted before stays until the page is checked.
func (d *Document) keepUses(tx core.App) error {
	var keys []string
	if d.Out() {
		keys = d.Quotes()
	}
	gone := dbx.Expression(dbx.HashExp{"document": d.Id})
	if len(keys) > 0 {
		gone = dbx.And(gone, dbx.NotIn("figure", anys(keys)...))
	}
	if _, err := tx.DB().Delete("figure_uses", gone).Execute(); err != nil {
		return err
	}
	for _, key := range keys {
		_, err := tx.DB().NewQuery(`INSERT OR IGNORE INTO {{figure_uses}} ([[id]], [[document]], [[figure]], [[changed]], [[created]], [[updated]])
			VALUES ({:id}, {:document}, {:figure}, '', {:now}, {:now})`).
			Bind(dbx.Params{"id": core.GenerateDefaultRandomId(), "document": d.Id, "figure": key, "now": types.NowDateTime().String()}).Execute()
		if err != nil {
			return err
		}
	}
	return nil
}

// settleUses takes the flags away from a document that somebody has checked.
func (d *Document) settleUses(tx core.App) error {
	if d.GetString("last_reviewed") == d.Original().GetString("last_reviewed") && d.GetString(keptKey) != CheckVerb {
		return nil
	}
	_, err := tx.DB().Update("figure_uses", dbx.Params{"changed": ""}, dbx.And(dbx.HashExp{"document": d.Id}, dbx.NewExp("[[changed]] != ''"))).Execute()
	return err
}

// ChangedFigure is a figure that changed since somebody checked a page that quotes it.
type ChangedFigure struct {
	Key     string         `db:"key"`
	Label   string         `db:"label"`
	Changed types.DateTime `db:"changed"`
}

// ChangedFigures lists those of one document, the latest first.
func ChangedFigures(app core.App, document string) ([]ChangedFigure, error) {
	var list []ChangedFigure
	err := app.DB().Select("f.key", "f.label", "u.changed").From("figure_uses u").InnerJoin("figures f", dbx.NewExp("{{f}}.[[key]] = {{u}}.[[figure]]")).
		Where(dbx.HashExp{"u.document": document}).AndWhere(dbx.NewExp("{{u}}.[[changed]] != ''")).OrderBy("u.changed DESC", "f.key").All(&list)
	return list, err
}

// QuotedOn lists the pages that quote a figure and that the viewer may see.
func QuotedOn(app core.App, v *member.Viewer, key string) ([]Card, error) {
	return Cards(app, v, dbx.NewExp("[[id]] IN (SELECT [[document]] FROM {{figure_uses}} WHERE [[figure]] = {:figure})", dbx.Params{"figure": key}))
}

// CountUses counts all pages that quote a figure, for those who are about to change it.
func CountUses(app core.App, key string) (int, error) {
	n, err := app.CountRecords("figure_uses", dbx.HashExp{"figure": key})
	return int(n), err
}

// bindFigures keeps what figures promise: a key that stays, a source that can be opened, a working that can be reckoned, what
// they said before, and a flag on every page that quotes one which changed.
func bindFigures(app core.App, j *journal.Journal) {
	app.OnRecordValidate("figures").BindFunc(func(e *core.RecordEvent) error {
		faults, err := WrapFigure(e.Record).faults(e.App)
		if err != nil {
			return err
		}
		if len(faults) > 0 {
			return faults
		}
		return e.Next()
	})
	app.OnRecordUpdate("figures").BindFunc(func(e *core.RecordEvent) error {
		if err := WrapFigure(e.Record).remember(); err != nil {
			return err
		}
		return e.Next()
	})
	app.OnRecordDelete("figures").BindFunc(func(e *core.RecordEvent) error {
		n, err := CountUses(e.App, e.Record.GetString("key"))
		if err != nil {
			return err
		}
		if n > 0 {
			return validation.Errors{"key": validation.NewError("figure_used", fmt.Sprintf("%d pages quote it. What is quoted cannot be deleted.", n))}
		}
		if made, err := madeOf(e.App, e.Record.GetString("key")); err != nil || made != "" {
			return cmp.Or(err, refused("key", "“"+made+"” is worked out with it. Change that one first."))
		}
		return e.Next()
	})
	j.Keep(journal.Kept{Collection: "figures", After: func(tx core.App, r *core.Record, row journal.Row) error {
		if row.Verb != "update" || !saysOther(r) {
			return nil
		}
		return flagUses(tx, r)
	}})
}

// madeOf is the label of a figure that is worked out with another one, "" when none is.
func madeOf(app core.App, key string) (string, error) {
	all, err := Figures(app)
	for _, f := range all {
		if sum, has, err := f.Sum(all); has && err == nil && slices.ContainsFunc(sum.Parts, func(p SumPart) bool { return p.Key == key }) {
			return f.Label(), nil
		}
	}
	return "", err
}

// saysOther says whether a save changes what readers are told.
func saysOther(r *core.Record) bool {
	was := r.Original()
	return r.GetFloat("value") != was.GetFloat("value") || r.GetString("text") != was.GetString("text") || r.GetString("unit") != was.GetString("unit")
}

// flagUses marks the pages that quote a figure as to be looked at, and lets search find its new words on them.
func flagUses(tx core.App, r *core.Record) error {
	key := r.GetString("key")
	if _, err := tx.DB().Update("figure_uses", dbx.Params{"changed": r.GetString("changed")}, dbx.HashExp{"figure": key}).Execute(); err != nil {
		return err
	}
	var docs []*Document
	err := tx.RecordQuery("documents").
		AndWhere(dbx.NewExp("[[id]] IN (SELECT [[document]] FROM {{figure_uses}} WHERE [[figure]] = {:figure})", dbx.Params{"figure": key})).All(&docs)
	if err != nil {
		return err
	}
	for _, d := range docs {
		_, plain, err := d.Render()
		if err == nil {
			plain, err = fillPlain(tx, plain)
		}
		if err == nil {
			_, err = tx.DB().Update("documents", dbx.Params{"plain": clip(plain, 500_000)}, dbx.HashExp{"id": d.Id}).Execute()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fillPlain puts figures into the text that is searched.
func fillPlain(app core.App, plain string) (string, error) {
	figures, err := Quoted(app, markdown.SlotsInWords(plain))
	return markdown.FillPlain(plain, func(name, key string) string {
		if f, ok := figures[key]; ok && name == "figure" {
			return f.Text()
		}
		return ""
	}), err
}

// maxHistory is how many earlier states of a figure are kept.
const maxHistory = 100

// remember keeps what the figure said before a change of what it says, how long it holds or where it comes from.
func (f *Figure) remember() error {
	was := WrapFigure(f.Original())
	if was.Id == "" {
		return nil
	}
	same := !saysOther(f.Record) && f.From().Equal(was.From()) && f.Until().Equal(was.Until()) && plainValue(f.Source()) == plainValue(was.Source())
	if same {
		return nil
	}
	now := types.NowDateTime()
	former := Former{At: now.Time(), Value: was.Value(), Unit: was.Unit(), Text: was.Text(), From: dayText(was.From()), Until: dayText(was.Until()), Source: was.Source()}
	all := append([]Former{former}, was.History()...)
	raw, err := json.Marshal(all[:min(len(all), maxHistory)])
	if err != nil {
		return err
	}
	f.Set("history", string(raw))
	f.Set("changed", now)
	return nil
}

func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

var figureKey = regexp.MustCompile(`^[a-z][a-z0-9]*([_-][a-z0-9]+)*$`)

// largestFigure is more than anybody counts here.
const largestFigure = 1e18

// faults says what keeps a figure from being saved, a sentence a field.
func (f *Figure) faults(app core.App) (validation.Errors, error) {
	faults := validation.Errors{}
	say := func(field, sentence string) { faults[field] = validation.NewError("validation_figure", sentence) }
	for _, n := range []need{{"label", "Say what the figure is of."}, {"text", "Write the figure the way pages show it."}} {
		if strings.TrimSpace(f.GetString(n.field)) == "" {
			say(n.field, n.sentence)
		}
	}
	if !figureKey.MatchString(f.Key()) {
		say("key", "A key has small letters, numbers and hyphens, such as carers-allowance-week.")
	}
	if !f.IsNew() && f.Key() != f.Original().GetString("key") {
		say("key", "The key stays: pages quote the figure by it.")
	}
	if math.Abs(f.Value()) > largestFigure {
		say("value", "Nobody can read so large a number.")
	}
	if !f.Until().IsZero() && f.Until().Before(f.From()) {
		say("until", "The last day comes before the first one.")
	}
	if f.OfItsTime() && (f.From().IsZero() || f.Until().IsZero()) {
		say("of_its_time", "A number of its time has a first day and a last one: pages say of when it is.")
	}
	if u, err := url.Parse(f.Source().URL); f.Source().URL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		say("source_url", "The address of the source begins with https://.")
	}
	all, err := Figures(app)
	if err != nil {
		return nil, err
	}
	if _, has, err := f.Sum(all); has && err != nil {
		say("working", capital(err.Error())+".")
	}
	return faults, nil
}

// shipped are the fields that a release brings.
var shipped = []string{"label", "value", "unit", "text", "area", "from", "until", "source", "working", "note", "of_its_time"}

// says is all that a figure says, in one text that can be compared.
func (f *Figure) says() (string, error) {
	all := map[string]any{}
	for _, field := range shipped {
		all[field] = f.Get(field)
	}
	if !f.OfItsTime() { // what releases said before there was such a thing still reads the same
		delete(all, "of_its_time")
	}
	var source any
	if f.UnmarshalJSONField("source", &source) == nil {
		all["source"] = source
	}
	raw, err := json.Marshal(all)
	return string(raw), err
}

// ShipFigure takes over what a release says of a figure. One that nobody changed here is changed; the words of an editor
// stay, and what the release says waits beside them as a suggestion. A figure that was deleted here stays away.
func ShipFigure(app core.App, key string, values map[string]any, by string) error {
	f, err := FigureByKey(app, key)
	if err != nil {
		return nil //nolint:nilerr // it was deleted here
	}
	news := WrapFigure(core.NewRecord(f.Collection()))
	news.Load(values)
	says, err1 := news.says()
	own, err2 := f.says()
	before := f.GetString("shipped")
	if err := errors.Join(err1, err2); err != nil || before == says {
		return err
	}
	untouched := own == before || before == "" && f.GetString("created") == f.GetString("updated")
	if own != says && untouched {
		f.Load(values)
		journal.By(f.Record, by)
		if err := app.Save(f); err != nil {
			return err
		}
		own = says
	}
	waits := "null"
	if own != says {
		waits = says
	}
	_, err = app.DB().Update("figures", dbx.Params{"shipped": says, "suggested": waits}, dbx.HashExp{"id": f.Id}).Execute()
	return err
}

// Suggested is what the last release says of a figure that was changed here; nil when nothing waits.
func (f *Figure) Suggested() (*Figure, error) {
	var values map[string]any
	if f.UnmarshalJSONField("suggested", &values) != nil || len(values) == 0 {
		return nil, nil
	}
	s := WrapFigure(core.NewRecord(f.Collection()))
	s.Set("key", f.Key())
	s.Load(values)
	return s, nil
}

// Answer takes the suggestion of a release, or leaves the figure as it is here; either way it waits no more.
func (f *Figure) Answer(app core.App, take bool, by string) error {
	s, err := f.Suggested()
	if err != nil || s == nil {
		return err
	}
	if take {
		for _, field := range shipped {
			f.Set(field, s.Get(field))
		}
	}
	f.Set("suggested", nil)
	journal.By(f.Record, by)
	return app.Save(f)
}
