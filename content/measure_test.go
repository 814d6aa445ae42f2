//go:build measure

package content_test

import (
	"fmt"
	"testing"
	"time"

	"commonplace/internal/library"
)

// TestMeasureFiguresOfToday: nothing that carers read quotes a figure whose last day has passed. Others may compare years,
// and the page then says until when each figure held; those are listed. It depends on the day, so the suite leaves it out.
func TestMeasureFiguresOfToday(t *testing.T) {
	var ledger []map[string]any
	read(t, "figures.yaml", &ledger)
	until, today, over := map[string]string{}, time.Now().Format(time.DateOnly), 0
	for _, f := range ledger {
		if f["until"] != nil && f["of_its_time"] != true {
			until[fmt.Sprint(f["key"])] = fmt.Sprint(f["until"])
		}
	}
	for _, f := range files(t) {
		for _, m := range figureSlot.FindAllStringSubmatch(f.raw, -1) {
			last := until[m[1]]
			if last == "" || last >= today {
				continue
			}
			over++
			if f.forCarers() || f.kind == library.SitePage {
				t.Errorf("%s: quotes %s, which held until %s", f.path, m[1], last)
			} else {
				t.Logf("%s: compares with %s, which held until %s", f.path, m[1], last)
			}
		}
	}
	t.Logf("%d figures end one day; %d quotes are of one that is over on %s", len(until), over, today)
}
