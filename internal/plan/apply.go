package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Read takes goals as they stand in front matter. What does not fit comes back as problems, a sentence each that names
// the row.
func Read(front any) (goals []Goal, problems []string) {
	list, ok := front.([]any)
	if !ok {
		return nil, []string{"goals: expected a list"}
	}
	seen := map[string]bool{}
	for i, e := range list {
		var g Goal
		raw, err := json.Marshal(e)
		if err == nil {
			err = json.Unmarshal(raw, &g)
		}
		switch {
		case err != nil:
			problems = append(problems, fmt.Sprintf("goals: the %d. one is not in the shape of a goal: %s", i+1, reason(err)))
			continue
		case g.Key == "" || g.Title == "":
			problems = append(problems, fmt.Sprintf("goals: the %d. one has no id or title, or is not in the shape of a goal", i+1))
			continue
		case seen[g.Key]:
			problems = append(problems, fmt.Sprintf("goals: the %d. one has the id %s, which another one has already", i+1, g.Key))
			continue
		}
		seen[g.Key] = true
		problems = append(problems, g.tidy()...)
		goals = append(goals, g)
	}
	return goals, problems
}

// reason says what is wrong with a goal without speaking of programs.
func reason(err error) string {
	var e *json.UnmarshalTypeError
	if errors.As(err, &e) {
		return e.Field + " does not take a " + e.Value
	}
	return err.Error()
}

// tidy leaves out what cannot be told from another row, or belongs to no day, and names it.
func (g *Goal) tidy() (problems []string) {
	leftOut := func(what, why string) {
		problems = append(problems, fmt.Sprintf("goals: %s of goal %s stays out: %s", what, g.Key, why))
	}
	seen := map[string]bool{}
	once := func(what, key string) bool {
		if key != "" && seen[what+key] {
			leftOut(what+" "+key, "another one has its id already")
			return false
		}
		seen[what+key] = true
		return true
	}
	g.Actions = slices.DeleteFunc(g.Actions, func(a Action) bool { return !once("action", a.Key) })
	g.Measures = slices.DeleteFunc(g.Measures, func(m Measure) bool { return !once("measure", m.Key) })
	for i := range g.Measures {
		m, days := &g.Measures[i], map[Day]bool{}
		m.Readings = slices.DeleteFunc(m.Readings, func(r Reading) bool {
			switch {
			case r.AsOf.IsZero():
				leftOut("a reading of measure "+m.Key, "it has no day")
			case days[r.AsOf]:
				leftOut("a reading of measure "+m.Key, "there is another one of "+r.AsOf.Format(time.DateOnly))
			default:
				days[r.AsOf] = true
				return false
			}
			return true
		})
	}
	return problems
}

// noReason stands where somebody dropped something and a file does not say why.
const noReason = "No reason was given."

// Unsaid names what goals drop without saying why, and says that.
func Unsaid(goals []Goal) (problems []string) {
	for i := range goals {
		problems = append(problems, goals[i].reasons()...)
	}
	return problems
}

func (g *Goal) reasons() (problems []string) {
	unsaid := func(what string, reason *string) {
		*reason = noReason
		problems = append(problems, fmt.Sprintf("goals: %s is dropped, and the file does not say why; give it a reason", what))
	}
	if g.Status == Dropped && strings.TrimSpace(g.Reason) == "" {
		unsaid("goal "+g.Key, &g.Reason)
	}
	for i := range g.Actions {
		if a := &g.Actions[i]; a.Status == Dropped && strings.TrimSpace(a.Reason+a.Note) == "" {
			unsaid("action "+a.Key+" of goal "+g.Key, &a.Reason)
		}
	}
	return problems
}

// Apply makes a plan's rows equal to goals, by their keys: what is new is added, what differs is changed, what is gone
// is deleted, or dropped when the plan was out already: nobody takes a promise back by leaving it out of a text. Run it in a
// transaction. Programmes are given by slug.
func Apply(tx core.App, document, actor string, goals []Goal) error {
	w := &applying{app: tx, actor: actor, today: Today(time.Now())}
	w.begin(document)
	kept := map[string]bool{}
	for i, g := range goals {
		id := w.upsert("goals", dbx.HashExp{"document": document, "key": g.Key}, map[string]any{
			"title": g.Title, "why": g.Why, "owner_role": g.OwnerRole, "status": string(g.Status), "reason": g.Reason, "position": i + 1,
			"programmes": w.programmes(g.Programmes), "strategy": g.Strategy, "shared_with": g.SharedWith, "draws_on": g.DrawsOn,
			"dropped_on": g.DroppedOn.Stored(),
		})
		kept[id] = true
		w.within = "goal " + g.Key + ", "
		w.measures(id, g.Measures)
		w.actions(id, g.Actions)
		w.within = ""
	}
	w.leaveOut("goals", dbx.HashExp{"document": document}, kept)
	return w.err
}

// applying writes rows until the first error, which it keeps.
type applying struct {
	app   core.App
	actor string
	today Day
	out   bool // the plan has been published
	err   error

	within string // what the row hangs from, for who is told what does not fit
}

func (w *applying) begin(document string) {
	w.out, w.err = wasOut(w.app, document)
}

// wasOut says whether a plan has been published: from then on it hides nothing.
func wasOut(app core.App, document string) (bool, error) {
	d, err := app.FindRecordById("documents", document)
	if err != nil {
		return false, err
	}
	return d.GetString("published_revision") != "" || slices.Contains([]string{"published", "withdrawn"}, d.GetString("state")), nil
}

func (w *applying) measures(goal string, ms []Measure) {
	kept := map[string]bool{}
	for i, m := range ms {
		id := w.upsert("measures", dbx.HashExp{"goal": goal, "key": m.Key}, map[string]any{
			"title": m.Title, "unit": m.Unit, "direction": m.Direction, "baseline": m.Baseline, "target": m.Target,
			"source_of_data": m.Source, "every": m.Every, "moved": m.Moved, "restated": m.Restated, "dropped": m.Dropped, "dropped_on": m.DroppedOn.Stored(), "position": i + 1,
		})
		kept[id] = true
		of := w.within
		w.within += "measure " + m.Key + ", "
		readings := map[string]bool{}
		for _, r := range m.Readings {
			readings[w.upsert("readings", dbx.HashExp{"measure": id, "as_of": r.AsOf.UTC().Format("2006-01-02 15:04:05.000Z")}, map[string]any{
				"value": r.Value, "note": r.Note, "corrected": r.Corrected, "dropped": r.Dropped,
			})] = true
		}
		w.leaveOut("readings", dbx.HashExp{"measure": id}, readings)
		w.within = of
	}
	w.leaveOut("measures", dbx.HashExp{"goal": goal}, kept)
}

func (w *applying) actions(goal string, as []Action) {
	kept := map[string]bool{}
	for i, a := range as {
		kept[w.upsert("actions", dbx.HashExp{"goal": goal, "key": a.Key}, map[string]any{
			"title": a.Title, "due": a.Due.Stored(), "owner_role": a.OwnerRole, "status": string(a.Status),
			"done_on": a.DoneOn.Stored(), "note": a.Note, "reason": a.Reason, "moved": a.Moved, "impact_on": a.ImpactOn.Stored(),
			"impact_link": a.ImpactLink, "thread": a.Thread, "dropped_on": a.DroppedOn.Stored(), "position": i + 1,
		})] = true
	}
	w.leaveOut("actions", dbx.HashExp{"goal": goal}, kept)
}

func (w *applying) programmes(slugs []string) []string {
	var ids []string
	for _, s := range slugs {
		if r, err := w.app.FindFirstRecordByData("programmes", "slug", s); err == nil {
			ids = append(ids, r.Id)
		}
	}
	return ids
}

// upsert finds the row with the given identity, or makes it, and saves it when something differs.
func (w *applying) upsert(collection string, identity dbx.HashExp, values map[string]any) string {
	if w.err != nil {
		return ""
	}
	rows, err := w.app.FindAllRecords(collection, identity)
	if err != nil {
		w.err = err
		return ""
	}
	var r *core.Record
	if len(rows) > 0 {
		r = rows[0]
	} else {
		c, err := w.app.FindCachedCollectionByNameOrId(collection)
		if err != nil {
			w.err = err
			return ""
		}
		r = core.NewRecord(c)
		r.Load(identity)
	}
	return w.put(r, values)
}

// put has a row say values, and saves it when something differs.
func (w *applying) put(r *core.Record, values map[string]any) string {
	if w.err != nil {
		return ""
	}
	before := fingerprint(r, values)
	r.Load(values)
	if keep := keepers[r.Collection().Name]; keep != nil && !r.IsNew() {
		w.err = keep(r, w.today) // so that slips which a file leaves out are no change
	}
	if w.err == nil && !r.IsNew() && before == fingerprint(r, values) {
		return r.Id
	}
	w.save(r)
	return r.Id
}

func (w *applying) save(r *core.Record) {
	journal.By(r, w.actor)
	if w.err == nil {
		w.err = w.app.Save(r)
	}
	if w.err != nil {
		w.err = fmt.Errorf("%s%s %s: %w", w.within, strings.TrimSuffix(r.Collection().Name, "s"), nameOf(r), w.err)
	}
}

// nameOf is what people call a row by.
func nameOf(r *core.Record) string {
	for _, field := range []string{"key", "title"} {
		if s := r.GetString(field); s != "" {
			return s
		}
	}
	return "of " + r.GetDateTime("as_of").Time().Format(time.DateOnly)
}

func fingerprint(r *core.Record, of map[string]any) string {
	values := make(map[string]any, len(of))
	for k := range of {
		values[k] = r.Get(k)
	}
	raw, err := json.Marshal(values)
	if err != nil {
		return ""
	}
	return string(raw)
}

// leaveOut takes away what a text does not have any more. Of a plan that was out it is dropped instead, behind the others.
func (w *applying) leaveOut(collection string, where dbx.HashExp, kept map[string]bool) {
	if w.err != nil {
		return
	}
	rows, err := w.app.FindAllRecords(collection, where)
	if err != nil {
		w.err = err
		return
	}
	for _, r := range rows {
		switch {
		case w.err != nil:
			return
		case kept[r.Id]:
		case w.out:
			w.drop(r, len(kept)+1)
		default:
			journal.By(r, w.actor)
			w.err = w.app.Delete(r)
		}
	}
}

// drop gives up a row, unless it was given up before.
func (w *applying) drop(r *core.Record, position int) {
	field := reasonField(r)
	if r.GetString(field) != "" && (field == "dropped" || Status(r.GetString("status")) == Dropped) {
		return
	}
	r.Set(field, "Left out of the plan’s text on "+w.today.Format("2 January 2006")+".")
	if field == "reason" {
		r.Set("status", string(Dropped))
	}
	if r.Collection().Fields.GetByName("position") != nil {
		r.Set("position", position)
	}
	w.save(r)
}

// reasonField is where a row says why it was given up.
func reasonField(r *core.Record) string {
	if r.Collection().Fields.GetByName("status") != nil {
		return "reason"
	}
	return "dropped"
}
