package site

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/plan"

	"github.com/pocketbase/pocketbase/core"
)

// keepForm is one small form about one row of a plan, or about a row that it adds.
type keepForm struct {
	collection string // of the row
	under      string // of what a new row hangs from: documents, goals or measures; "" for a form that changes one
	title      string
	lead       string
	button     string
	ask        []keepField
	set        map[string]any                    // what the form says without asking
	fits       func(r *core.Record) bool         // whether the row can take it; nil for any
	extra      func(k *kept, set map[string]any) // puts together what several answers make
}

// keepField is one question of such a form. Its kind is line, text, day, number, address, radios, documents or role.
type keepField struct {
	id, label, hint, kind string
	need                  string                      // what is said when it is empty; "" may be empty
	choices               []Choice                    // of radios
	begins                func(r *core.Record) string // what stands in it at first; nil for what the row holds
	apart                 bool                        // it is no field of the row: extra takes it, or the reason
}

// why is the question for the reason of a slip.
func why(need string) keepField {
	return keepField{id: "why", label: "Why?", hint: "One sentence. It is shown to everybody, beside what was said before.", kind: "text", need: need, apart: true}
}

var (
	askTitle     = keepField{id: "title", label: "What is it?", kind: "line", need: "Say what it is."}
	askOwnerRole = keepField{id: "owner_role", label: "Which role owns it?", hint: "One role, not a name. An action that two own is nobody’s.", kind: "line", need: "Say which role owns it."}
	askWhyGoal   = keepField{id: "why", label: "Why it matters", kind: "text"}
	askAsOf      = keepField{id: "as_of", label: "Counted on", hint: "Such as 1 October 2026.", kind: "day", need: "Say on which day it was counted."}
	askValue     = keepField{id: "value", label: "The number", kind: "number", need: "Write the number."}
	askNoteLine  = keepField{id: "note", label: "Note", hint: "What somebody must know who reads the number. You can leave it empty.", kind: "line"}
	askDropped   = keepField{id: "reason", label: "Why is it given up?", hint: "It stays on the page, with the reason.", kind: "text", need: "Say why it was dropped."}

	directions = []Choice{{Value: "up", Title: "More is better"}, {Value: "down", Title: "Less is better"}}
	stands     = []Choice{{Value: "not-started", Title: "Not started"}, {Value: "on-track", Title: "On track"}, {Value: "at-risk", Title: "At risk"}}
)

var (
	periods      = []Choice{{Value: "month", Title: "Every month"}, {Value: "quarter", Title: "Every 3 months"}, {Value: "half-year", Title: "Every 6 months"}, {Value: "year", Title: "Every year"}}
	askEvery     = keepField{id: "every", label: "How often is it counted?", kind: "radios", choices: periods, begins: func(r *core.Record) string { return plan.Every(r.GetString("every")) }}
	askDirection = keepField{id: "direction", label: "Which way is better?", kind: "radios", choices: directions}
	askSource    = keepField{id: "source_of_data", label: "Where does the number come from?", kind: "line"}
	askUnit      = keepField{id: "unit", label: "What is counted?", hint: "Such as people, or % of surgeries.", kind: "line"}
	askTarget    = []keepField{
		{id: "target_value", label: "The aim", hint: "A number.", kind: "number", apart: true, begins: func(r *core.Record) string { return pointOf(r, "target").number() }},
		{id: "target_by", label: "By when", hint: "Such as 31 March 2028.", kind: "day", apart: true, begins: func(r *core.Record) string { return pointOf(r, "target").day() }},
	}
	askBaseline = []keepField{
		{id: "baseline_value", label: "Where it begins", hint: "The number today, if anybody has counted it. You can leave it empty.", kind: "number", apart: true, begins: nothingYet},
		{id: "baseline_on", label: "Counted on", kind: "day", apart: true, begins: nothingYet},
	}
)

// askBegan are the same of a measure that is there.
var askBegan = []keepField{
	{id: "baseline_value", label: "Where it begins", hint: "A number.", kind: "number", apart: true, begins: func(r *core.Record) string { return pointOf(r, "baseline").number() }},
	{id: "baseline_on", label: "Counted on", hint: "Such as 1 October 2026.", kind: "day", apart: true, begins: func(r *core.Record) string { return pointOf(r, "baseline").day() }},
	{id: "baseline_note", label: "Note", kind: "line", apart: true, begins: func(r *core.Record) string { return pointOf(r, "baseline").Note }},
}

func nothingYet(*core.Record) string { return "" }

func hasBegun(r *core.Record) bool { return pointOf(r, "baseline").Value != nil }

func today(*core.Record) string { return plan.Today(time.Now()).Format("2 January 2006") }

// keepForms are all there are, by the word in their address.
var keepForms = map[string]keepForm{
	"reading": {collection: "readings", under: "measures", title: "Add a reading", button: "Add this reading", ask: []keepField{askValue, askAsOf, askNoteLine}, extra: notInTheFuture("as_of")},
	"correct": {collection: "readings", title: "Correct a reading", lead: "What it was said to be stays on the page.", button: "Correct it",
		ask: []keepField{askValue, why("Say why it changes."), askNoteLine}, set: map[string]any{"dropped": ""}},
	"strike": {collection: "readings", title: "This reading does not count", lead: "It stays in the table, struck through.", button: "It does not count",
		ask: []keepField{{id: "dropped", label: "Why does it not count?", kind: "text", need: "Say why it does not count."}}, fits: func(r *core.Record) bool { return r.GetString("dropped") == "" }},

	"goal":      {collection: "goals", under: "documents", title: "Add a goal", button: "Add this goal", ask: []keepField{askTitle, askWhyGoal, askOwnerRole}, set: map[string]any{"status": "not-started"}},
	"goal-text": {collection: "goals", title: "Change the words of a goal", lead: "Whoever signed or shares it is asked whether they still do.", button: "Save", ask: []keepField{askTitle, askWhyGoal, askOwnerRole}},
	"goal-stands": {collection: "goals", title: "How the goal stands", button: "Save",
		ask: []keepField{{id: "status", label: "How does it stand?", kind: "radios", choices: append(stands[:len(stands):len(stands)], Choice{Value: "done", Title: "Done"}), need: "Choose how it stands."}}, set: map[string]any{"reason": ""}},
	"goal-drop": {collection: "goals", title: "Give up a goal", lead: "Nobody is reminded of its actions any more.", button: "Give it up", ask: []keepField{askDropped}, set: map[string]any{"status": "dropped"}, fits: isOpen},
	"goal-from": {collection: "goals", title: "Where the goal comes from", button: "Save", ask: []keepField{
		{id: "strategy", label: "The line of the strategy", hint: "The address of a page of guidance here, with the heading behind #, such as /guidance/our-strategy#breaks.", kind: "strategy"},
		{id: "draws_on", label: "Good practice that it draws on", hint: "The addresses of case studies, one a line.", kind: "case-study"},
		{id: "shared_with", label: "Other plans that share it", hint: "The addresses of plans, one a line. Whoever keeps them is asked to confirm when its words change.", kind: "action-plan"},
	}},

	"measure": {collection: "measures", under: "goals", title: "Add a measure", lead: "A number that shows whether the goal is kept.", button: "Add this measure",
		ask: append(append([]keepField{askTitle, askUnit, askDirection}, askBaseline...), append(askTarget[:len(askTarget):len(askTarget)], askEvery, askSource)...), extra: withPoints("baseline", "target")},
	"measure-text": {collection: "measures", title: "Change the words of a measure", lead: "What was counted before, and which way was better, stay on the page, struck through.", button: "Save",
		ask: []keepField{askTitle, askUnit, askDirection, askEvery, askSource, {id: "why", label: "Why?", hint: "When something else is counted now, or the other way is better. It is shown to everybody.", kind: "text", apart: true}}},
	"begin": {collection: "measures", title: "Say where it begins", button: "Save", ask: askBegan, extra: withPoints("baseline"), fits: func(r *core.Record) bool { return !hasBegun(r) }},
	"begin-again": {collection: "measures", title: "Correct where it began", lead: "What it was said to be stays on the page, struck through.", button: "Correct it",
		ask: append(askBegan[:len(askBegan):len(askBegan)], why("Say why it changes.")), extra: withPoints("baseline"), fits: hasBegun},
	"target":         {collection: "measures", title: "Move a target", lead: "What the target was stays on the page, struck through.", button: "Move it", ask: append(askTarget[:len(askTarget):len(askTarget)], why("Say why the target moves.")), extra: withPoints("target")},
	"measure-drop":   {collection: "measures", title: "Stop following a measure", lead: "It stays on the page with its readings, and says that nobody counts it any more.", button: "Stop following it", ask: []keepField{{id: "dropped", label: "Why is it no longer followed?", kind: "text", need: "Say why."}}, fits: func(r *core.Record) bool { return r.GetString("dropped") == "" }},
	"measure-follow": {collection: "measures", title: "Follow a measure again", button: "Follow it again", set: map[string]any{"dropped": ""}, fits: func(r *core.Record) bool { return r.GetString("dropped") != "" }},

	"action": {collection: "actions", under: "goals", title: "Add an action", button: "Add this action",
		ask: []keepField{askTitle, askOwnerRole, {id: "due", label: "By when?", hint: "Such as 31 March 2027.", kind: "day"}}, set: map[string]any{"status": "not-started"}},
	"action-text": {collection: "actions", title: "Change the words of an action", button: "Save", ask: []keepField{askTitle, askOwnerRole, {id: "note", label: "Note", kind: "text"}}},
	"date": {collection: "actions", title: "Move a date", lead: "What the date was stays on the page, struck through, with the reason.", button: "Move it",
		ask: []keepField{{id: "due", label: "The new date", hint: "Such as 31 March 2027.", kind: "day", need: "Write the new date."}, why("Say why it moves.")}},
	"done": {collection: "actions", title: "Done", button: "It is done", ask: []keepField{{id: "done_on", label: "When was it done?", hint: "Such as 12 November 2026.", kind: "day", need: "Say when it was done.", begins: today}, {id: "note", label: "Note", kind: "text"}},
		set: map[string]any{"status": "done", "reason": ""}, fits: isOpen, extra: notInTheFuture("done_on")},
	"again":         {collection: "actions", title: "Not done after all", button: "Save", ask: []keepField{{id: "status", label: "How does it stand?", kind: "radios", choices: stands, need: "Choose how it stands."}}, set: map[string]any{"done_on": "", "reason": ""}, fits: func(r *core.Record) bool { return !isOpen(r) }},
	"action-stands": {collection: "actions", title: "How the action stands", button: "Save", ask: []keepField{{id: "status", label: "How does it stand?", kind: "radios", choices: stands, need: "Choose how it stands."}}, fits: isOpen},
	"drop":          {collection: "actions", title: "Give up an action", button: "Give it up", ask: []keepField{askDropped}, set: map[string]any{"status": "dropped"}, fits: isOpen},
	"impact": {collection: "actions", title: "Impact check done", lead: "That somebody looked at what it means for different people.", button: "Save",
		ask: []keepField{{id: "impact_on", label: "When was it done?", hint: "Such as 12 November 2026.", kind: "day", need: "Say when it was done."}, {id: "impact_link", label: "Where can people read it?", hint: "An address that begins with https://. You can leave it empty.", kind: "address"}}, extra: notInTheFuture("impact_on")},

	"update": {collection: "plan_updates", under: "documents", title: "Write an update", button: "Add this update", ask: []keepField{
		{id: "on", label: "Which day is it about?", hint: "Such as 12 November 2026.", kind: "day", need: "Say which day it is about.", begins: today}, askSaidBy, askSaid}, extra: notInTheFuture("on")},
	"said": {collection: "plan_updates", title: "Change an update", button: "Save", ask: []keepField{askSaidBy, askSaid}},
}

var (
	askSaid   = keepField{id: "text", label: "What happened?", hint: "In plain words: carers read this.", kind: "text", need: "Say what happened."}
	askSaidBy = keepField{id: "by_role", label: "Who says so?", hint: "A role, not a name.", kind: "role", need: "Say which role says so."}
)

func isOpen(r *core.Record) bool {
	s := plan.Status(r.GetString("status"))
	return s != plan.Done && s != plan.Dropped
}

// notInTheFuture takes no day that is still to come.
func notInTheFuture(field string) func(*kept, map[string]any) {
	return func(k *kept, set map[string]any) {
		if day, ok := set[field].(time.Time); ok && day.After(plan.Today(time.Now()).Time) {
			k.errors = append(k.errors, fieldError{field, "That day is still to come."})
		}
	}
}

// point is a number and a day, as a measure begins or should end.
type point struct {
	Value *float64 `json:"value"`
	By    plan.Day `json:"by"`
	AsOf  plan.Day `json:"as_of"`
	Note  string   `json:"note"`
}

func pointOf(r *core.Record, field string) point {
	var p point
	if r.GetString(field) == "" || r.UnmarshalJSONField(field, &p) != nil {
		return point{}
	}
	return p
}

func (p point) number() string {
	if p.Value == nil {
		return ""
	}
	return exactly(*p.Value)
}

// exactly is a number as somebody would type it.
func exactly(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func (p point) day() string {
	for _, on := range []plan.Day{p.By, p.AsOf} {
		if !on.IsZero() {
			return day(on.Time)
		}
	}
	return ""
}

// withPoints puts baseline and target together from their parts.
func withPoints(fields ...string) func(*kept, map[string]any) {
	return func(k *kept, set map[string]any) {
		for _, field := range fields {
			var value *float64
			if v, ok := k.apart[field+"_value"].(float64); ok {
				value = &v
			}
			on, _ := k.apart[field+map[string]string{"baseline": "_on", "target": "_by"}[field]].(time.Time)
			if value == nil && on.IsZero() && k.form.under == "" {
				k.errors = append(k.errors, fieldError{field + "_value", "Write the number, or the day, or both."})
			}
			if field == "baseline" {
				note, _ := k.apart["baseline_note"].(string)
				set[field] = plan.Point{Value: value, AsOf: plan.Day{Time: on}, Note: note}
			} else {
				set[field] = plan.Target{Value: value, By: plan.Day{Time: on}}
			}
		}
	}
}

// faultOf is what is wrong with one answer.
func faultOf(err error) string {
	var f plan.Fault
	if errors.As(err, &f) {
		return string(f)
	}
	return upperFirst(strings.TrimSuffix(err.Error(), ".")) + "."
}
