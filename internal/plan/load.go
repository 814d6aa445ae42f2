package plan

import (
	"encoding/json"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Load returns the goals of a plan with all that hangs from them, in their order, as Apply takes them. It asks the database
// five questions, however long the plan is.
func Load(app core.App, document string) ([]Goal, error) {
	l := loading{app: app, documents: []any{document}, whole: true, measured: true}
	all, err := l.goals()
	return all[document], err
}

// LoadAll returns the goals of many plans, by plan, as far as it takes to say how they stand: what is called how, who owns it,
// its days, and the newest reading of each measure. Nothing that was said before, no aim and no note.
func LoadAll(app core.App, documents []string) (map[string][]Goal, error) {
	return many(app, documents, true)
}

// LoadActions is the same without the measures: enough to count.
func LoadActions(app core.App, documents []string) (map[string][]Goal, error) {
	return many(app, documents, false)
}

func many(app core.App, documents []string, measured bool) (map[string][]Goal, error) {
	l := loading{app: app, measured: measured}
	for _, d := range documents {
		l.documents = append(l.documents, d)
	}
	return l.goals()
}

// loading reads the rows of plans, each collection at once.
type loading struct {
	app       core.App
	documents []any
	whole     bool // each row with all that it says, and every reading
	measured  bool // with measures
}

// columns are those that are always read, and the others of a row that is read whole.
func (l loading) columns(always, more []string) []string {
	if !l.whole {
		return always
	}
	return append(always, more...)
}

const newestReading = `{{readings}}.[[id]] = (SELECT [[id]] FROM {{readings}} {{r}} WHERE {{r}}.[[measure]] = {{measures}}.[[id]] AND {{r}}.[[dropped]] = '' ORDER BY {{r}}.[[as_of]] DESC LIMIT 1)`

func (l loading) goals() (map[string][]Goal, error) {
	var rows []struct {
		ID         string                  `db:"id"`
		Document   string                  `db:"document"`
		Key        string                  `db:"key"`
		Title      string                  `db:"title"`
		Why        string                  `db:"why"`
		OwnerRole  string                  `db:"owner_role"`
		Status     string                  `db:"status"`
		Reason     string                  `db:"reason"`
		Strategy   string                  `db:"strategy"`
		Programmes types.JSONArray[string] `db:"programmes"`
		SharedWith types.JSONArray[string] `db:"shared_with"`
		DrawsOn    types.JSONArray[string] `db:"draws_on"`
		DroppedOn  types.DateTime          `db:"dropped_on"`
	}
	err := l.app.DB().Select("id", "document", "key", "title", "why", "owner_role", "status", "reason", "strategy", "dropped_on",
		"COALESCE([[programmes]], '[]') AS programmes", "COALESCE([[shared_with]], '[]') AS shared_with", "COALESCE([[draws_on]], '[]') AS draws_on").
		From("goals").Where(dbx.In("document", l.documents...)).OrderBy("document", "position", "created", "id").All(&rows)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	slugs, err := l.programmes()
	if err != nil {
		return nil, err
	}
	var measures map[string][]Measure
	if l.measured {
		if measures, err = l.measures(); err != nil {
			return nil, err
		}
	}
	actions, err := l.actions()
	if err != nil {
		return nil, err
	}
	all := map[string][]Goal{}
	for _, r := range rows {
		g := Goal{
			ID: r.ID, Key: r.Key, Title: r.Title, Why: r.Why, OwnerRole: r.OwnerRole, Status: Status(r.Status), Reason: r.Reason, Strategy: r.Strategy,
			SharedWith: listed(r.SharedWith), DrawsOn: listed(r.DrawsOn), DroppedOn: dayOf(r.DroppedOn), Measures: measures[r.ID], Actions: actions[r.ID],
		}
		for _, id := range r.Programmes {
			if slugs[id] != "" {
				g.Programmes = append(g.Programmes, slugs[id])
			}
		}
		all[r.Document] = append(all[r.Document], g)
	}
	return all, nil
}

// listed is nil for an empty list, as a file has none then.
func listed(keys []string) []string {
	if len(keys) == 0 {
		return nil
	}
	return keys
}

func (l loading) programmes() (map[string]string, error) {
	var rows []struct {
		ID   string `db:"id"`
		Slug string `db:"slug"`
	}
	err := l.app.DB().Select("id", "slug").From("programmes").All(&rows)
	slugs := make(map[string]string, len(rows))
	for _, r := range rows {
		slugs[r.ID] = r.Slug
	}
	return slugs, err
}

// ofPlans are the goals that measures and actions hang from.
func (l loading) ofPlans() dbx.Expression {
	return dbx.In("goals.document", l.documents...)
}

func (l loading) measures() (map[string][]Measure, error) {
	var rows []struct {
		ID        string         `db:"id"`
		Goal      string         `db:"goal"`
		Key       string         `db:"key"`
		Title     string         `db:"title"`
		Unit      string         `db:"unit"`
		Direction string         `db:"direction"`
		Baseline  types.JSONRaw  `db:"baseline"`
		Target    types.JSONRaw  `db:"target"`
		Source    string         `db:"source_of_data"`
		Every     string         `db:"every"`
		Moved     types.JSONRaw  `db:"moved"`
		Restated  types.JSONRaw  `db:"restated"`
		Dropped   string         `db:"dropped"`
		DroppedOn types.DateTime `db:"dropped_on"`
	}
	err := l.app.DB().Select(l.columns([]string{"measures.id", "measures.goal", "measures.key", "measures.title", "every", "dropped"}, []string{"unit", "direction", "baseline", "target", "source_of_data", "moved", "restated", "measures.dropped_on"})...).
		From("measures").InnerJoin("goals", dbx.NewExp("{{goals}}.[[id]] = {{measures}}.[[goal]]")).
		Where(l.ofPlans()).OrderBy("measures.goal", "measures.position", "measures.created", "measures.id").All(&rows)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	readings, err := l.readingsOf()
	if err != nil {
		return nil, err
	}
	all := map[string][]Measure{}
	for _, r := range rows {
		m := Measure{
			ID: r.ID, Key: r.Key, Title: r.Title, Unit: r.Unit, Direction: r.Direction, Source: r.Source, Every: r.Every, Dropped: r.Dropped, DroppedOn: dayOf(r.DroppedOn), Readings: readings[r.ID],
		}
		for _, field := range []struct {
			raw  types.JSONRaw
			into any
		}{{r.Baseline, &m.Baseline}, {r.Target, &m.Target}, {r.Moved, &m.Moved}, {r.Restated, &m.Restated}} {
			if err := unpack(field.raw, field.into); err != nil {
				return nil, err
			}
		}
		all[r.Goal] = append(all[r.Goal], m)
	}
	return all, nil
}

// unpack reads a column of JSON, of which there may be nothing.
func unpack(raw types.JSONRaw, into any) error {
	if len(raw) == 0 {
		return nil
	}
	return json.Unmarshal(raw, into)
}

func (l loading) readingsOf() (map[string][]Reading, error) {
	var rows []struct {
		ID        string         `db:"id"`
		Measure   string         `db:"measure"`
		Value     float64        `db:"value"`
		AsOf      types.DateTime `db:"as_of"`
		Note      string         `db:"note"`
		Corrected types.JSONRaw  `db:"corrected"`
		Dropped   string         `db:"dropped"`
	}
	var which dbx.Expression // all of them
	if !l.whole {
		which = dbx.NewExp(newestReading)
	}
	err := l.app.DB().Select(l.columns([]string{"readings.id", "measure", "value", "as_of"}, []string{"note", "corrected", "readings.dropped"})...).From("readings").
		InnerJoin("measures", dbx.NewExp("{{measures}}.[[id]] = {{readings}}.[[measure]]")).
		InnerJoin("goals", dbx.NewExp("{{goals}}.[[id]] = {{measures}}.[[goal]]")).
		Where(dbx.And(l.ofPlans(), which)).OrderBy("measure", "as_of").All(&rows)
	if err != nil {
		return nil, err
	}
	all := map[string][]Reading{}
	for _, r := range rows {
		reading := Reading{ID: r.ID, Value: r.Value, AsOf: dayOf(r.AsOf), Note: r.Note, Dropped: r.Dropped}
		if err := unpack(r.Corrected, &reading.Corrected); err != nil {
			return nil, err
		}
		all[r.Measure] = append(all[r.Measure], reading)
	}
	return all, nil
}

func (l loading) actions() (map[string][]Action, error) {
	var rows []struct {
		ID         string         `db:"id"`
		Goal       string         `db:"goal"`
		Key        string         `db:"key"`
		Title      string         `db:"title"`
		Due        types.DateTime `db:"due"`
		OwnerRole  string         `db:"owner_role"`
		Status     string         `db:"status"`
		DoneOn     types.DateTime `db:"done_on"`
		Note       string         `db:"note"`
		Reason     string         `db:"reason"`
		Moved      types.JSONRaw  `db:"moved"`
		ImpactOn   types.DateTime `db:"impact_on"`
		ImpactLink string         `db:"impact_link"`
		Thread     string         `db:"thread"`
		DroppedOn  types.DateTime `db:"dropped_on"`
	}
	err := l.app.DB().Select(l.columns([]string{"actions.id", "actions.goal", "actions.key", "actions.title", "due", "actions.owner_role", "actions.status"},
		[]string{"done_on", "note", "actions.reason", "moved", "impact_on", "impact_link", "thread", "actions.dropped_on"})...).From("actions").InnerJoin("goals", dbx.NewExp("{{goals}}.[[id]] = {{actions}}.[[goal]]")).
		Where(l.ofPlans()).OrderBy("actions.goal", "actions.position", "actions.created", "actions.id").All(&rows)
	if err != nil {
		return nil, err
	}
	all := map[string][]Action{}
	for _, r := range rows {
		a := Action{
			ID: r.ID, Key: r.Key, Title: r.Title, Due: dayOf(r.Due), OwnerRole: r.OwnerRole, Status: Status(r.Status), DoneOn: dayOf(r.DoneOn), Note: r.Note, Reason: r.Reason,
			ImpactOn: dayOf(r.ImpactOn), ImpactLink: r.ImpactLink, Thread: r.Thread, DroppedOn: dayOf(r.DroppedOn),
		}
		if err := unpack(r.Moved, &a.Moved); err != nil {
			return nil, err
		}
		all[r.Goal] = append(all[r.Goal], a)
	}
	return all, nil
}
