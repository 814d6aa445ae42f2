package spread_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/spread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// TestTheHistoryIsKept by the hook, whoever writes: steps are added and never taken away, and the last one is the record.
func TestTheHistoryIsKept(t *testing.T) {
	h := hubtest.New(t)
	practice := study(t, h, "A practice", "library")
	id := add(t, h.App, "adoptions", map[string]any{"document": practice.Id, "place": place(h, "leeds"), "stage": "looking", "since": "2026-03-10"}).Id
	today := time.Now().UTC().Format(time.DateOnly)
	for _, c := range []struct {
		name   string
		values map[string]any
		want   string // the steps, "" where it is refused
		faults string
	}{
		{"another word changes nothing", map[string]any{"kept": "The form"}, "looking 2026-03-10", ""},
		{"the day is put right", map[string]any{"since": "2026-03-01"}, "looking 2026-03-01", ""},
		{"a stage, and since when", map[string]any{"stage": "trying", "since": "2026-06-02"}, "looking 2026-03-01, trying 2026-06-02", ""},
		{"a day before the last stage", map[string]any{"stage": "doing", "since": "2026-05-31"}, "", "since"},
		{"a day to come", map[string]any{"since": "2999-01-01"}, "", "since"},
		{"it stops, and why", map[string]any{"stage": "stopped", "since": "2026-11-01", "stopped_for": "money", "reason": "The grant ended."},
			"looking 2026-03-01, trying 2026-06-02, stopped 2026-11-01 money The grant ended.", ""},
		{"the reason is put right", map[string]any{"stopped_for": "time"}, "looking 2026-03-01, trying 2026-06-02, stopped 2026-11-01 time The grant ended.", ""},
		{"no such reason", map[string]any{"stopped_for": "boredom"}, "", "stopped_for"},
		{"somebody rewrites it", map[string]any{"history": `[{"stage":"stopped","on":"2020-01-01"}]`}, "looking 2026-03-01, trying 2026-06-02, stopped 2026-11-01 time The grant ended.", ""},
		{"somebody empties it", map[string]any{"history": nil}, "looking 2026-03-01, trying 2026-06-02, stopped 2026-11-01 time The grant ended.", ""},
		{"it goes on again, today", map[string]any{"stage": "doing"}, "looking 2026-03-01, trying 2026-06-02, stopped 2026-11-01 time The grant ended., doing " + today, ""},
	} {
		r := h.Record("adoptions", "id", id)
		r.Load(c.values)
		if got := faultsIn(t, h.App.Save(r)); got != c.faults {
			t.Errorf("%s: faults in %q, not in %q", c.name, got, c.faults)
		}
		if got := stepsIn(h.Record("adoptions", "id", id)); c.want != "" && got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
	if r := h.Record("adoptions", "id", id); r.GetString("reason") != "" || r.GetString("stopped_for") != "" || !strings.HasPrefix(r.GetString("since"), today) {
		t.Errorf("what goes on again keeps %v", r.FieldsData())
	}
}

func stepsIn(r *core.Record) string {
	var steps []spread.Step
	if err := r.UnmarshalJSONField("history", &steps); err != nil {
		return err.Error()
	}
	var list []string
	for _, s := range steps {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", s.Stage, s.On, s.For, s.Why)))
	}
	return strings.ReplaceAll(strings.Join(list, ", "), "  ", " ")
}

// TestTheStory tells what the places of a ledger did in order of time.
func TestTheStory(t *testing.T) {
	step := func(stage spread.Stage, on string, why ...string) spread.Step {
		s := spread.Step{Stage: stage, On: on}
		if len(why) > 0 {
			s.For, s.Why = spread.Why(why[0]), why[1]
		}
		return s
	}
	ledger := []spread.Adoption{
		{Place: "1", PlaceTitle: "Leeds", Organisation: "A trust", History: []spread.Step{step("looking", "2026-03-10"), step("trying", "2026-06-02"), step("stopped", "2026-11-01", "money", "The grant ended.")}},
		{Place: "1", PlaceTitle: "Leeds", Organisation: "A council", History: []spread.Step{step("doing", "2028-02-29")}},
		{Place: "2", PlaceTitle: "Kirklees", History: []spread.Step{step("looking", "2026-06-01"), step("trying", "2026-06-01"), step("doing", "2026-06-01")}},
		{Place: "3", PlaceTitle: "Wakefield", History: []spread.Step{step("stopped", "2026-01-01", "other", "Nobody came.")}, Hidden: true},
		{Place: "4", PlaceTitle: "Calderdale", History: []spread.Step{step("stopped", "2026-12-01", "other", "Nobody came.")}},
	}
	var told []string
	for _, m := range spread.Story(ledger) {
		told = append(told, strings.TrimSpace(fmt.Sprintf("%s %s %s %s %s", m.At.Format("2 Jan 2006"), m.Place, m.Organisation, m.Says(), m.Why)))
	}
	want := `10 Mar 2026 Leeds A trust began to look at it
1 Jun 2026 Kirklees  took it up
2 Jun 2026 Leeds A trust began to try it
1 Nov 2026 Leeds A trust stopped, because there was no money The grant ended.
1 Dec 2026 Calderdale  stopped Nobody came.
29 Feb 2028 Leeds A council took it up`
	if got := strings.Join(told, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestNumbers holds what a number may be, whoever saves it, and that a small one is written down nowhere.
func TestNumbers(t *testing.T) {
	h := hubtest.New(t)
	practice := study(t, h, "A practice", "library")
	r := add(t, h.App, "adoptions", map[string]any{"document": practice.Id, "place": place(h, "leeds"), "stage": "doing"})
	for _, c := range []struct{ row, says string }{ // says is what is kept of it, "" where it is refused
		{`{"what":"staff-kept","n":214,"of":300,"how":"counted","from":"2026-04-01","to":"2026-06-30","source":"HR records"}`, "Staff kept: 214 of 300 staff, 1 April 2026 to 30 June 2026, counted, HR records"},
		{`{"what":"people-reached","n":11200}`, "People reached: 11,200 people, estimated"},
		{`{"what":"pounds","n":4300.5,"unit":"euro","how":"estimated"}`, "Money: £4,300.5, estimated"},
		{`{"what":"days","n":2.5,"unit":"bed days","how":"counted","to":"2026-06-30"}`, "Days: 2.5 bed days, up to 30 June 2026, counted"},
		{`{"what":"other","words":"Calls answered","n":3,"unit":"calls","how":"counted"}`, "Calls answered: 3 calls, counted"},
		{`{"what":"staff-kept","n":4,"of":9,"how":"counted","source":"Four wombats"}`, "Staff kept: fewer than five staff, counted"},
		{`{"what":"staff-kept","n":0,"how":"counted"}`, "Staff kept: fewer than five staff, counted"},
		{`{"what":"other","words":"Young carers in the group","n":3,"how":"counted"}`, "Young carers in the group: fewer than five, counted"},
		{`{"what":"staff-kept","n":297,"of":300,"how":"counted"}`, "Staff kept: 297 staff, counted"},
		{`{"what":"staff-kept","n":5,"of":5,"how":"counted"}`, "Staff kept: 5 of 5 staff, counted"},
		{`{"what":"wishes","n":1}`, ""}, {`{"what":"other","n":1}`, ""}, {`{"what":"staff-kept","n":-1}`, ""}, {`{"what":"staff-kept","n":7.5}`, ""},
		{`{"what":"pounds","n":1e400}`, ""}, {`{"what":"pounds","n":1e13}`, ""}, {`{"what":"staff-kept","n":9,"of":8}`, ""}, {`{"what":"days","n":9,"how":"guessed"}`, ""},
		{`{"what":"days","n":9,"from":"2026-06-31"}`, ""}, {`{"what":"days","n":9,"to":"2999-01-01"}`, ""}, {`{"what":"days","n":9,"from":"2026-06-30","to":"2026-06-01"}`, ""},
		{`{"what":"days","n":"many"}`, ""}, {`"nothing"`, ""}, {`{"what":"days","n":9,"source":"` + strings.Repeat("s", 301) + `"}`, ""},
	} {
		r.Set("results", "["+c.row+"]")
		err := h.App.Save(r)
		if c.says == "" {
			if faultsIn(t, err) != "results" || !strings.Contains(err.Error(), "umber") {
				t.Errorf("%s: %v", c.row, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.row, err)
			continue
		}
		kept := resultsIn(t, r)
		said := []string{kept[0].Title() + ": " + kept[0].Says()}
		for _, more := range []string{kept[0].Period(), kept[0].How, kept[0].Source} {
			if more != "" {
				said = append(said, more)
			}
		}
		if got := strings.Join(said, ", "); got != c.says || kept[0].ID == "" {
			t.Errorf("%s: %s", c.row, got)
		}
	}
	var told int
	if err := h.App.DB().NewQuery("SELECT COUNT(*) FROM {{adoptions}}, {{journal}} WHERE [[results]] LIKE '%wombats%' OR [[data]] LIKE '%wombats%'").Row(&told); err != nil || told > 0 {
		t.Errorf("a small number is known: %d, %v", told, err)
	}
	r.Set("results", "["+strings.Repeat(`{"what":"days","n":1},`, 20)+`{"what":"days","n":1}]`)
	if faultsIn(t, h.App.Save(r)) != "results" {
		t.Error("there is no end of numbers")
	}
}

func resultsIn(t *testing.T, r *core.Record) []spread.Result {
	t.Helper()
	var rows []spread.Result
	if err := r.UnmarshalJSONField("results", &rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestOnlyWhatWasCountedAddsUp, of the same kind and unit, each day of a place once.
func TestOnlyWhatWasCountedAddsUp(t *testing.T) {
	kept := func(n float64, more ...string) spread.Result {
		r := spread.Result{What: spread.StaffKept, N: n, How: spread.Counted}
		for i, s := range more {
			*[]*string{&r.From, &r.To, &r.How}[i] = s
		}
		return r
	}
	few := spread.Result{What: spread.StaffKept, Few: true, How: spread.Counted}
	at := func(place string, stage spread.Stage, rows ...spread.Result) spread.Adoption {
		return spread.Adoption{Place: place, Stage: stage, Results: rows}
	}
	example := at("9", spread.Doing, kept(1000))
	example.Example = true
	hidden := at("8", spread.Doing, kept(1000))
	hidden.Hidden = true
	for _, c := range []struct {
		name   string
		ledger []spread.Adoption
		want   string
	}{
		{"nothing", []spread.Adoption{at("1", spread.Doing)}, ""},
		{"three places, one silent, one looking", []spread.Adoption{at("1", spread.Doing, kept(100)), at("2", spread.Stopped, kept(14)), at("3", spread.Trying, kept(100)), at("4", spread.Doing), at("5", spread.Looking)},
			"214 staff kept in 3, few 0, silent 1"},
		{"two organisations of a place", []spread.Adoption{at("1", spread.Doing, kept(10)), at("1", spread.Doing, kept(20))}, "30 staff kept in 1, few 0, silent 0"},
		{"estimates stay out", []spread.Adoption{at("1", spread.Doing, kept(10)), at("2", spread.Doing, kept(20, "", "", spread.Estimated))}, "10 staff kept in 1, few 0, silent 1"},
		{"only estimates", []spread.Adoption{at("1", spread.Doing, kept(20, "", "", spread.Estimated))}, ""},
		{"quarters", []spread.Adoption{at("1", spread.Doing, kept(10, "2026-01-01", "2026-03-31"), kept(20, "2026-04-01", "2026-06-30"))}, "30 staff kept in 1, few 0, silent 0"},
		{"a year that holds a quarter", []spread.Adoption{at("1", spread.Doing, kept(10, "2026-01-01", "2026-03-31"), kept(50, "2026-01-01", "2026-12-31"))}, "50 staff kept in 1, few 0, silent 0"},
		{"no days", []spread.Adoption{at("1", spread.Doing, kept(10, "2026-01-01", "2026-03-31"), kept(50))}, "50 staff kept in 1, few 0, silent 0"},
		{"small ones", []spread.Adoption{at("1", spread.Doing, kept(10)), at("2", spread.Doing, few)}, "10 staff kept in 1, few 1, silent 0"},
		{"only small ones", []spread.Adoption{at("1", spread.Doing, few), at("2", spread.Doing, few)}, ""},
		{"units", []spread.Adoption{at("1", spread.Doing, spread.Result{What: spread.Days, N: 3, How: spread.Counted}, spread.Result{What: spread.Days, Unit: "bed days", N: 4, How: spread.Counted}),
			at("2", spread.Doing, spread.Result{What: spread.Days, Unit: "Bed days", N: 5, How: spread.Counted}, spread.Result{What: spread.OtherWhat, Words: "Happy", Unit: "%", N: 90, How: spread.Counted})},
			"3 days in 1, few 0, silent 1; 9 bed days in 2, few 0, silent 0"},
		{"examples", []spread.Adoption{example}, "1,000 staff kept in 1, few 0, silent 0, example"},
		{"examples beside a true one", []spread.Adoption{example, at("1", spread.Doing, kept(10)), hidden}, "10 staff kept in 1, few 0, silent 0"},
	} {
		var sums []string
		for _, s := range spread.Sums(c.ledger) {
			says := fmt.Sprintf("%s in %d, few %d, silent %d", s.Says(), s.Places, s.Few, s.Silent)
			if s.Example {
				says += ", example"
			}
			sums = append(sums, says)
		}
		if got := strings.Join(sums, "; "); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

// TestTwoAtOnceLoseNothing has people of one organisation change one adoption from what they both had read: through the
// form's words, and through records as REST saves them.
func TestTwoAtOnceLoseNothing(t *testing.T) {
	h := hubtest.New(t)
	practice, leeds := study(t, h, "A practice", "library"), place(h, "leeds")
	colleague := user(h, "member2")
	colleague.Set("organisation", user(h, "partner").GetString("organisation"))
	if err := h.App.Save(colleague); err != nil {
		t.Fatal(err)
	}
	one, two := viewer(t, h.App, user(h, "partner")), viewer(t, h.App, colleague)
	first := spread.Words{Stage: spread.Trying, Since: "2026-03-01", Kept: "The form", Changed: "The rota", Results: []spread.Result{{What: spread.Days, N: 3, How: spread.Counted}, {What: spread.Pounds, N: 9}}}
	r, err := spread.Say(h.App, one, practice.Id, leeds, first, "")
	if err != nil {
		t.Fatal(err)
	}
	read := spread.WordsOf(r)
	seen := read.Seen(leeds)
	mine, theirs := read, read
	mine.Kept, mine.Results = "The form and the talk", append([]spread.Result{{ID: read.Results[0].ID, What: spread.Days, N: 4, How: spread.Counted}}, read.Results[1:]...)
	theirs.Stage, theirs.Since, theirs.Changed, theirs.Results = spread.Doing, "2026-06-01", "The rota\r\nand the room", []spread.Result{read.Results[0], {What: spread.Reached, N: 50, How: spread.Counted}}
	for _, s := range []struct {
		words spread.Words
		by    int
	}{{mine, 1}, {theirs, 2}} {
		v := one
		if s.by == 2 {
			v = two
		}
		if r, err = spread.Say(h.App, v, practice.Id, leeds, s.words, seen); err != nil {
			t.Fatal(err)
		}
	}
	got := spread.WordsOf(h.Record("adoptions", "id", r.Id))
	if got.Kept != "The form and the talk" || got.Changed != "The rota\nand the room" || got.Stage != spread.Doing || amounts(got.Results) != "4 days, 50 people" {
		t.Errorf("it says %+v", got)
	}

	// Both write into the same answer: the second is told, and loses nothing of their own either.
	mine.Kept, theirs.Kept = "Mine", "Theirs"
	seen = got.Seen(leeds)
	mine, theirs = got, got
	mine.Kept, theirs.Kept, theirs.Dropped = "Mine", "Theirs", "The register"
	if _, err := spread.Say(h.App, one, practice.Id, leeds, mine, seen); err != nil {
		t.Fatal(err)
	}
	_, err = spread.Say(h.App, two, practice.Id, leeds, theirs, seen)
	clash, ok := err.(*spread.Clash)
	if !ok || len(clash.Theirs) != 1 || clash.Theirs["kept"] != "Mine" || clash.Now.Kept != "Theirs" || clash.Now.Dropped != "The register" {
		t.Fatalf("the second is told %v %+v", err, clash)
	}
	if got := h.Record("adoptions", "id", r.Id); got.GetString("kept") != "Mine" || got.GetString("dropped") != "" {
		t.Errorf("nothing is written yet, and it says %v", got.FieldsData())
	}
	if _, err := spread.Say(h.App, two, practice.Id, leeds, clash.Now, clash.Seen); err != nil {
		t.Fatal(err)
	}
	if got := h.Record("adoptions", "id", r.Id); got.GetString("kept") != "Theirs" || got.GetString("dropped") != "The register" {
		t.Errorf("who has seen both decides, and it says %v", got.FieldsData())
	}

	a, b := h.Record("adoptions", "id", r.Id), h.Record("adoptions", "id", r.Id)
	a.Set("kept", "By a")
	a.Set("results", withRow(t, a, `{"what":"pounds","n":1}`))
	b.Set("dropped", "By b")
	b.Set("results", withRow(t, b, `{"what":"pounds","n":2}`))
	for _, r := range []*core.Record{a, b} {
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
	}
	if got := spread.WordsOf(h.Record("adoptions", "id", r.Id)); got.Kept != "By a" || got.Dropped != "By b" || amounts(got.Results) != "4 days, 50 people, £1, £2" {
		t.Errorf("two records at once leave %+v", got)
	}
}

func withRow(t *testing.T, r *core.Record, row string) string {
	t.Helper()
	var rows []json.RawMessage
	if err := r.UnmarshalJSONField("results", &rows); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(append(rows, json.RawMessage(row)))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func amounts(rows []spread.Result) string {
	var list []string
	for _, r := range rows {
		list = append(list, r.Says())
	}
	return strings.Join(list, ", ")
}

// TestFiftyAtOnce taps fifty times in parallel, by each of three ways: one adoption each, of an organisation and of
// somebody who belongs to none.
func TestFiftyAtOnce(t *testing.T) {
	h := hubtest.New(t)
	loner := user(h, "member2")
	loner.Set("organisation", "")
	if err := h.App.Save(loner); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"partner", "member2"} {
		c, v := h.As(name), viewer(t, h.App, user(h, name))
		for way, say := range map[string]func(document string) bool{
			"form": func(document string) bool {
				_, err := spread.Say(h.App, v, document, place(h, "leeds"), spread.Words{Stage: spread.Doing}, spread.Words{}.Seen(place(h, "leeds")))
				return err == nil
			},
			"tap": func(document string) bool { return spread.SayOnce(h.App, v, document, place(h, "leeds")) == nil },
			"REST": func(document string) bool {
				c.REST("POST", adoptions, map[string]any{"document": document, "place": place(h, "leeds"), "stage": "doing"})
				return true // the first is taken, the others are told that it is there
			},
		} {
			practice := study(t, h, "Practice of "+name+" by "+way, "library")
			var all sync.WaitGroup
			for range 50 {
				all.Go(func() {
					if !say(practice.Id) {
						t.Errorf("%s by %s: one of fifty is refused", name, way)
					}
				})
			}
			all.Wait()
			if n, err := h.App.CountRecords("adoptions", dbx.HashExp{"document": practice.Id}); n != 1 || err != nil {
				t.Errorf("%s by %s: %d adoptions, %v", name, way, n, err)
			}
			if n, err := h.App.CountRecords("journal", dbx.HashExp{"parent": practice.Id, "subject": "adoptions"}); n != 1 || err != nil {
				t.Errorf("%s by %s: the journal has %d rows, %v", name, way, n, err)
			}
			if got := stepsIn(h.Record("adoptions", "document", practice.Id)); !strings.HasPrefix(got, "doing ") || strings.Contains(got, ",") {
				t.Errorf("%s by %s: %s", name, way, got)
			}
		}
	}
}
