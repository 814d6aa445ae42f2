package plan_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/plan"
)

// TestBadTables names each fault with its row, and lets nothing of such a table in.
func TestBadTables(t *testing.T) {
	goals := mustRead(t, written)
	for i := range goals {
		for j := range goals[i].Measures {
			goals[i].Measures[j].ID = goals[i].Measures[j].Key
		}
		goals[i].ID = goals[i].Key
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, text string
		faults     []string // "row column: begins"
		lines      int
	}{
		{"nothing", "", []string{"1 : There is nothing in it."}, 0},
		{"empty lines", "\n\n \n", []string{"1 : There is nothing in it.", "3 : The first row names"}[1:], 0},
		{"columns are missing", "measure,value\nm1,5", []string{"1 : The first row names the columns. A table of readings needs measure, day, value, and day is missing."}, 0},
		{"columns of nothing", "a,b,c\n1,2,3", []string{"1 : The first row names the columns. A table of actions needs goal, title, owner_role, and goal, title, owner_role is missing."}, 0},
		{"two columns", "measure,day,value,value\n", []string{`1 value: There are two columns "value".`}, 0},
		{"a good one", "measure,day,value\nm1,2026-10-01,30", nil, 1},
		{"by its title, of another spreadsheet", "\ufeffMeasure;Date;Number\ncarers  asked;1/10/2026;30%\n", nil, 1},
		{"tabs", "measure\tday\tvalue\nm1\t1 October 2026\t30\n", nil, 1},
		{"another unit", "measure,day,value\nm1,2026-10-01,30 people\n", []string{`2 value: "30 people" is in another unit: this is counted in % of carers.`}, 0},
		{"a reading to come", "measure,day,value\nm1,2026-11-23,30\n", []string{"2 day: 23 November 2026 is still to come."}, 0},
		{"too large", "measure,day,value\nm1,2026-10-01,1e400\n", []string{`2 value: "1e400" is not a number`}, 0},
		{"a formula", "measure,day,value\nm1,2026-10-01,=SUM(A1:A9)\n=cmd|' /C calc'!A0,2026-10-02,3\n", []string{`2 value: "=SUM(A1:A9)" begins with "="`, `3 measure: "=cmd|' /C calc'!A0" begins with "="`}, 0},
		{"no measure of this plan", "measure,day,value\nm9,2026-10-01,3\n,2026-10-01,3\n", []string{`2 measure: The plan has no measure "m9".`, "3 measure: Say which measure it is"}, 0},
		{"no goal of this plan", "goal,measure,day,value\ng9,m1,2026-10-01,3\n", []string{`2 goal: The plan has no goal "g9".`, `2 measure: `}[:1], 1},
		{"a day twice", "measure,day,value\nm1,2026-10-01,3\nm1,1/10/2026,4\n", []string{"3 day: The same measure on the same day stands in row 2 too."}, 1},
		{"a day that the plan has", "measure,day,value\nm1,2026-01-01,3\n", []string{"2 value: On that day the plan has 20.5% of carers already."}, 0},
		{"and with a reason", "measure,day,value,reason\nm1,2026-01-01,3,A late list\n", nil, 1},
		{"the same again", "measure,day,value\nm1,2026-01-01,20.5\n", nil, 0},
		{"no day", "measure,day,value\nm1,,3\nm1,30 February 2026,3\n", []string{"2 day: Say on which day", `3 day: "30 February 2026" is no day.`}, 0},
		{"marks that do not fit", "measure,day,value\nm1,\"2026-10-01,3\n", []string{"2 : The marks around a cell do not fit"}, 0},
		{"not text", "measure,day,value\nm1,2026-10-01,\xff\xfe", []string{"1 : This is not text in UTF-8."}, 0},
		{"one good, one bad", "measure,day,value\nm1,2026-10-01,3\nm1,2026-10-02,many\n", []string{`3 value: "many" is not a number`}, 1},
		{"too many", "measure,day,value\n" + strings.Repeat("m1,2026-01-01,20.5\n", 1) + strings.Repeat("m9,2026-01-01,1\n", 2_001), nil, -1},
		{"a new action", "goal,title,owner_role,due\ng1,Ask twice,Ward clerk,2027-01-01\n", nil, 1},
		{"two owners", "goal,title,owner_role\ng1,Ask twice,Ward clerk; Ward manager\n", []string{"2 owner_role: Name one role"}, 0},
		{"no goal, title or owner", "goal,title,owner_role\n,Ask,Clerk\ng1,,\n", []string{"2 goal: Say which goal", "3 title: Say what", "3 owner_role: Say which role"}, 0},
		{"it is there", "goal,title,owner_role\ng1,print the  CARD,Ward clerk\n", []string{"2 title: The goal has an action of that title."}, 0},
		{"a date that moves", "goal,action,title,owner_role,due\ng1,a1,Print the card,Ward clerk,2027-01-01\n", []string{"2 reason: Its date was 1 December 2026."}, 0},
		{"and says why", "goal,action,title,owner_role,due,reason\ng1,a1,Print the card,Ward clerk,2027-01-01,No printer\n", nil, 1},
		{"a status of nobody", "goal,action,title,owner_role,status\ng1,a2,Train the team,Ward manager,wonderful\n", []string{`2 status: "wonderful" is none of`}, 0},
		{"given up", "goal,action,title,owner_role,status\ng1,a2,Train the team,Ward manager,dropped\n", []string{"2 reason: Say why it was dropped."}, 0},
		{"done tomorrow", "goal,action,title,owner_role,done_on\ng1,a2,Train the team,Ward manager,2026-11-23\n", []string{"2 done_on: 23 November 2026 is still to come."}, 0},
		{"no action of this goal", "goal,action,title,owner_role\ng1,a9,Train the team,Ward manager\n", []string{`2 action: The goal has no action "a9".`}, 0},
	} {
		got := plan.ReadTable(c.text, goals, now)
		if c.lines < 0 {
			if n := len(got.Faults); n > 2_001 || !strings.HasPrefix(got.Faults[n-1].Says, "There are more than 2000 rows") {
				t.Errorf("%s: %d faults", c.name, n)
			}
			continue
		}
		ok := len(got.Faults) == len(c.faults)
		for i := 0; ok && i < len(c.faults); i++ {
			f := got.Faults[i]
			ok = strings.HasPrefix(fmt.Sprintf("%d %s: %s", f.Row, f.Column, f.Says), c.faults[i])
		}
		if !ok || len(got.Lines) != c.lines && c.faults == nil {
			t.Errorf("%s: %+v", c.name, got)
		}
		if len(got.Faults) > 0 && got.Save(nil, "", "", "") == nil {
			t.Errorf("%s: it is saved", c.name)
		}
	}
}

// TestATableComesBack: what goes out as a table comes in as no change, and one cell that changed is one change.
func TestATableComesBack(t *testing.T) {
	h := hubtest.New(t)
	document := planIn(t, h, "published")
	if err := apply(h.App, document, mustRead(t, strings.Replace(written, "Print the card", "=Print; the \\\"card\\\"", 1))); err != nil {
		t.Fatal(err)
	}
	for of, c := range map[string]struct{ was, is, says string }{
		"readings": {",20.5,,", ",21.5,,A late list", "Carers asked: 21.5% of carers on 1 January 2026, corrected from 20.5% of carers"},
		"actions":  {"2026-12-01", "2027-02-01", "date 1 February 2027"},
	} {
		goals := load(t, h.App, document)
		text := inCSV(t, plan.Rows(of, goals))
		if got := plan.ReadTable(text, goals, time.Now()); len(got.Faults)+len(got.Lines) > 0 || got.Same == 0 || got.Of != of {
			t.Errorf("%s: the same again is %+v\n%s", of, got, text)
		}
		changed := strings.Replace(text, c.was, c.is, 1)
		if of == "actions" {
			changed = strings.Replace(changed, "Printed.,", "Printed.,No printer", 1)
		}
		got := plan.ReadTable(changed, goals, time.Now())
		if len(got.Faults) > 0 || len(got.Lines) != 1 || !strings.Contains(got.Lines[0].Says, c.says) {
			t.Fatalf("%s: %+v\n%s", of, got, changed)
		}
		from := last(t, h.App)
		if err := got.Save(h.App, document, "import", "Lead"); err != nil {
			t.Fatal(err)
		}
		if rows := rowsSince(t, h.App, document, from); !slices.Equal(rows, []string{of + ".update"}) {
			t.Errorf("%s: the journal has %v", of, rows)
		}
	}
	g := load(t, h.App, document)[0]
	if m := g.Actions[0].Moved; len(m) != 1 || m[0].Reason != "No printer" || m[0].ByRole != "Lead" || g.Actions[0].Title != `=Print; the "card"` || g.Actions[0].Reason != "" {
		t.Errorf("the action is %+v", g.Actions[0])
	}
	if r := g.Measures[0].Readings[0]; r.Value != 21.5 || len(r.Corrected) != 1 || r.Corrected[0].Reason != "A late list" {
		t.Errorf("the reading is %+v", r)
	}
	// A row that cannot be saved undoes those before it.
	goals := load(t, h.App, document)
	table := plan.ReadTable("measure,day,value\nm1,2026-10-01,3\nm1,2026-10-02,4\n", goals, time.Now())
	if err := apply(h.App, document, mustRead(t, strings.Replace(written, `"value": -3, "as_of": "2026-07-01"}`, `"value": -3, "as_of": "2026-07-01"}, {"value": 5, "as_of": "2026-10-02"}`, 1))); err != nil {
		t.Fatal(err)
	}
	if err := table.Save(h.App, document, "import", "Lead"); err == nil || !strings.Contains(err.Error(), "row 3: ") {
		t.Errorf("somebody was faster: %v", err)
	}
	if n := len(load(t, h.App, document)[0].Measures[0].Readings); n != 4 {
		t.Errorf("%d readings: half of the table is in", n)
	}
}

// inCSV writes rows as the site does.
func inCSV(t *testing.T, rows [][]string) string {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, row := range rows {
		for i, cell := range row {
			if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "-") {
				row[i] = "'" + cell
			}
		}
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return b.String()
}
