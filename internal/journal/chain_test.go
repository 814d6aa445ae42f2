package journal_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

func TestMain(m *testing.M) { hubtest.Main(m) }

// note writes n rows.
func note(t testing.TB, app core.App, n int) {
	t.Helper()
	for range n {
		if err := journal.Note(app, journal.Row{Subject: "tests", Verb: "note", Actor: "somebody", Data: journal.Said(map[string]any{"n": 1})}); err != nil {
			t.Fatal(err)
		}
	}
}

// byHand does what nobody may: it takes the database's own guards away first.
func byHand(t *testing.T, app core.App, query string, values dbx.Params) {
	t.Helper()
	for _, q := range []string{"DROP TRIGGER IF EXISTS journal_stands", "DROP TRIGGER IF EXISTS journal_stays"} {
		if _, err := app.DB().NewQuery(q).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := app.DB().NewQuery(query).Bind(values).Execute(); err != nil {
		t.Fatal(err)
	}
}

func first(t *testing.T, app core.App) int64 {
	t.Helper()
	n, _, err := journal.Range(app)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestD06ARowThatWasForgedIsFound changes, takes out and puts in rows by hand: the walk names the first that does not fit.
func TestD06ARowThatWasForgedIsFound(t *testing.T) {
	for what, c := range map[string]struct {
		query string
		names int64 // counted from the first row
	}{
		"the actor":           {"UPDATE {{journal}} SET [[actor]] = 'somebodyelse' WHERE [[seq]] = {:seq} + 5", 5},
		"the time":            {"UPDATE {{journal}} SET [[at]] = '2020-01-01T00:00:00Z' WHERE [[seq]] = {:seq} + 5", 5},
		"the data":            {"UPDATE {{journal}} SET [[data]] = '{\"n\":2}' WHERE [[seq]] = {:seq} + 5", 5},
		"between two fields":  {"UPDATE {{journal}} SET [[verb]] = 'not', [[subject]] = 'etests' WHERE [[seq]] = {:seq} + 5", 5},
		"the sum":             {"UPDATE {{journal}} SET [[sum]] = '' WHERE [[seq]] = {:seq} + 5", 5},
		"one row goes":        {"DELETE FROM {{journal}} WHERE [[seq]] = {:seq} + 5", 5},
		"two change places":   {"UPDATE {{journal}} SET [[seq]] = CASE [[seq]] WHEN {:seq} + 5 THEN -6 ELSE -5 END WHERE [[seq]] IN ({:seq} + 5, {:seq} + 6)", 5},
		"the first row":       {"UPDATE {{journal}} SET [[actor]] = 'x' WHERE [[seq]] = {:seq}", 0},
		"the last row's verb": {"UPDATE {{journal}} SET [[verb]] = 'x' WHERE [[seq]] = (SELECT MAX([[seq]]) FROM {{journal}})", 9},
	} {
		t.Run(what, func(t *testing.T) {
			app := hubtest.New(t, hubtest.Empty()).App
			byHand(t, app, "DELETE FROM {{journal}}", nil)
			note(t, app, 10)
			if n, err := journal.Verify(app); n != 10 || err != nil {
				t.Fatalf("before: %d rows, %v", n, err)
			}
			byHand(t, app, c.query, dbx.Params{"seq": first(t, app)})
			if what == "two change places" {
				byHand(t, app, "UPDATE {{journal}} SET [[seq]] = 1 - [[seq]] WHERE [[seq]] < 0", nil)
			}
			var broken *journal.Broken
			if _, err := journal.Verify(app); !errors.As(err, &broken) || broken.Seq != c.names+1 {
				t.Errorf("found %v, not row %d", err, c.names+1)
			}
		})
	}
}

// TestD06NobodyChangesTheJournal asks the database itself, as the dashboard or a script would.
func TestD06NobodyChangesTheJournal(t *testing.T) {
	app := hubtest.New(t, hubtest.Empty()).App
	note(t, app, 1)
	for _, q := range []string{"UPDATE {{journal}} SET [[actor]] = 'x'", "DELETE FROM {{journal}}"} {
		if _, err := app.DB().NewQuery(q).Execute(); err == nil || !strings.Contains(err.Error(), "the journal is") {
			t.Errorf("%s: %v", q, err)
		}
	}
	r := &core.Record{}
	if err := app.RecordQuery("journal").Limit(1).One(r); err != nil {
		t.Fatal(err)
	}
	r.Set("actor", "x")
	if app.Save(r) == nil || app.Delete(r) == nil {
		t.Error("the record is changed or deleted")
	}
}

// TestTheChainBeginsAfterOldRows has rows from before the chain, and then the oldest dropped in their time.
func TestTheChainBeginsAfterOldRows(t *testing.T) {
	app := hubtest.New(t, hubtest.Empty()).App
	byHand(t, app, "DELETE FROM {{journal}}", nil)
	note(t, app, 10)
	byHand(t, app, "UPDATE {{journal}} SET [[sum]] = ''", nil)
	note(t, app, 10)
	if n, err := journal.Verify(app); n != 10 || err != nil {
		t.Fatalf("after rows without sums: %d, %v", n, err)
	}
	// The last row of before was written when there were no sums, so the first of the chain stands on nothing.
	byHand(t, app, "UPDATE {{journal}} SET [[at]] = '2020-01-01T00:00:00Z' WHERE [[seq]] <= 10", nil)
	for _, want := range []int{8, 2, 0} {
		if got, err := journal.Trim(app, 1, 8); got != want || err != nil {
			t.Fatalf("dropped %d, not %d: %v", got, want, err)
		}
	}
	if got := first(t, app); got != 11 {
		t.Errorf("the first row is %d", got)
	}
	if n, err := journal.Verify(app); n != 12 || err != nil {
		t.Errorf("after the old ones went: %d, %v", n, err)
	}
}

// TestTheFirstRowLeftIsHeldToo drops rows of the chain: what the first one left must fit was noted.
func TestTheFirstRowLeftIsHeldToo(t *testing.T) {
	app := hubtest.New(t, hubtest.Empty()).App
	byHand(t, app, "DELETE FROM {{journal}}", nil)
	old := time.Now().AddDate(-2, 0, 0).UTC().Format(time.RFC3339Nano)
	note(t, app, 10)
	// Rows that are two years old, in a chain of their own time.
	rows, err := journal.After(app, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	before := ""
	for _, r := range rows {
		if r.Seq <= 6 {
			r.At = old
		}
		before = journal.SumOf(r, before)
		byHand(t, app, "UPDATE {{journal}} SET [[at]] = {:at}, [[sum]] = {:sum} WHERE [[seq]] = {:seq}", dbx.Params{"at": r.At, "sum": before, "seq": r.Seq})
	}
	if got, err := journal.Trim(app, 400, 100); got != 6 || err != nil {
		t.Fatalf("dropped %d: %v", got, err)
	}
	if n, err := journal.Verify(app); n != 5 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	byHand(t, app, "UPDATE {{journal}} SET [[actor]] = 'x' WHERE [[seq]] = 7", nil)
	var broken *journal.Broken
	if _, err := journal.Verify(app); !errors.As(err, &broken) || broken.Seq != 7 {
		t.Errorf("the first row left was changed, and found is %v", err)
	}
}

// TestNothingIsDroppedBeforeItsTime trims with less than a year, and never the newest row.
func TestNothingIsDroppedBeforeItsTime(t *testing.T) {
	app := hubtest.New(t, hubtest.Empty()).App
	note(t, app, 3)
	if n, err := journal.Trim(app, 1, 100); n != 0 || err != nil {
		t.Errorf("dropped %d, %v", n, err)
	}
	byHand(t, app, "UPDATE {{journal}} SET [[at]] = '2020-01-01T00:00:00Z'", nil)
	_, last, _ := journal.Range(app)
	if _, err := journal.Trim(app, 1, 100_000); err != nil {
		t.Fatal(err)
	}
	if from, to, err := journal.Range(app); from != last+1 || to != last+1 || err != nil {
		t.Errorf("left are %d to %d, and the newest was %d", from, to, last)
	}
}

// TestValuesThatDecideAreWrittenDown changes a role, a level and a suspension, and a name.
func TestValuesThatDecideAreWrittenDown(t *testing.T) {
	h := hubtest.New(t)
	u := h.Record("users", "email", "member@example.org")
	u.Set("role", "lead")
	u.Set("suspended", true)
	u.Set("name", "Uniquelynamed Person")
	if err := h.App.Save(u); err != nil {
		t.Fatal(err)
	}
	rows, err := journal.Of(h.App, "users", u.Id, 0, 1000)
	if err != nil || len(rows) == 0 {
		t.Fatal(err)
	}
	var r journal.Row
	for _, row := range rows {
		if row.Subject == "users" && row.Verb == "update" {
			r = row
		}
	}
	fields, was, now := r.Change()
	if got := fmt.Sprint(was, now); got != "map[role:member suspended:false] map[role:lead suspended:true]" {
		t.Errorf("%s says %s", r.Data, got)
	}
	if !strings.Contains(fmt.Sprint(fields), "name") || strings.Contains(string(r.Data), "Uniquelynamed") {
		t.Errorf("data are %s", r.Data)
	}
	m := h.Record("memberships", "user", h.Record("users", "email", "partner@example.org").Id)
	if err := h.App.Delete(m); err != nil {
		t.Fatal(err)
	}
	rows, _ = journal.Of(h.App, "memberships", m.Id, 0, 1000)
	if _, was, _ := rows[len(rows)-1].Change(); was["role"] != m.GetString("role") {
		t.Errorf("a membership that ended: %s", rows[len(rows)-1].Data)
	}
}

// BenchmarkNote is what one row costs besides the sync of its transaction.
func BenchmarkNote(b *testing.B) {
	app := hubtest.New(b, hubtest.Empty()).App
	err := app.RunInTransaction(func(tx core.App) error {
		for b.Loop() {
			note(b, tx, 1)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
