package intake_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/intake"
)

// TestATableThatClaimsAMillionCells is read at once, whatever kind of file it stands in: the converter would make each of
// the cells.
func TestATableThatClaimsAMillionCells(t *testing.T) {
	h := hubtest.New(t)
	spans := "<table>" + strings.Repeat("<tr><td colspan=1000000 rowspan=1000000>x</td></tr>", 50) + "</table>"
	many := "<table>" + strings.Repeat("<tr><td colspan=50 rowspan=50>x</td></tr>", 2_000) + "</table>"
	wide := "<table><tr>" + strings.Repeat("<td>", 40_000) + "</tr>" + strings.Repeat("<tr>", 40_000) + "</table>"
	dir := filepath.Join(t.TempDir(), "source")
	files := map[string]string{}
	for name, table := range map[string]string{"spans": spans, "many": many, "wide": wide} {
		files[name+".md"], files[name+".html"] = "# "+name+" in Markdown\n\n"+table+"\n", "<h1>"+name+"</h1><p>Words</p>"+table
	}
	write(t, dir, files)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	done := make(chan intake.Report, 1)
	go func() {
		r, err := intake.Import(ctx, h.App, dir, intake.Options{})
		if err != nil {
			t.Error(err)
		}
		done <- r
	}()
	select {
	case r := <-done:
		for _, f := range r.Files {
			if f.Outcome != intake.Imported && len(f.Problems) == 0 {
				t.Errorf("%s: %s without a reason", f.Path, f.Outcome)
			}
		}
	case <-ctx.Done():
		t.Fatal("it is still being read after 30 seconds")
	}
}
