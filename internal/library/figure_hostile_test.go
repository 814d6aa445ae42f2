package library_test

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// TestHostileFigures: values that are no numbers, texts that a spreadsheet would run or a browser would, a figure that others
// are worked out with, and one that is over on a page.
func TestHostileFigures(t *testing.T) {
	h := hubtest.New(t)
	c := figure(t, h, "herts-passports").Collection()
	for _, value := range []any{math.NaN(), math.Inf(1), math.Inf(-1), 1e300, -1e300} {
		f := core.NewRecord(c)
		f.Load(map[string]any{"key": "hostile", "label": "Hostile", "text": "1"})
		f.Set("value", value)
		if err := h.App.Save(f); err == nil {
			t.Errorf("a figure can be %v", value)
			must(t, h.App.Delete(f))
		}
	}
	for _, words := range []string{"1e400", "NaN", "=1+1", "1" + strings.Repeat("0", 400), "9 / (1 - 1)", strings.Repeat("(", 200) + "1" + strings.Repeat(")", 200)} {
		f := figure(t, h, "herts-passports")
		f.Set("working", words)
		if err := h.App.Save(f); err == nil {
			t.Errorf("the working can be %.20q", words)
		}
	}
	base := core.NewRecord(c)
	base.Load(map[string]any{"key": "hostile-base", "label": "=HYPERLINK(\"http://evil.example\")", "text": "=1+1 <script>alert(1)</script>", "value": 2, "unit": "@cmd", "note": "+1", "until": "2020-01-01"})
	must(t, h.App.Save(base))
	made := core.NewRecord(c)
	made.Load(map[string]any{"key": "made-of-it", "label": "Made of it", "text": "4", "value": 4, "working": "hostile-base x 2"})
	must(t, h.App.Save(made))
	if err := h.App.Delete(base); err == nil {
		t.Error("a figure that another is worked out with can be deleted")
	}
	d := mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, map[string]any{"title": "Hostile", "body": "It is {{figure hostile-base}} and {{figure never-was}}."})))
	guest := h.Guest()
	for _, address := range []string{d.Address(), "/figures", "/figures/hostile-base", d.Address() + ".md", "/figures.json"} {
		a := guest.Get(address)
		if a.Status != http.StatusOK || !strings.HasSuffix(address, "md") && strings.Contains(a.Body, "<script>alert") {
			t.Errorf("%s: %d, or it holds a script", address, a.Status)
		}
	}
	if a := guest.Get(d.Address()); !strings.Contains(a.Body, "=1+1 &lt;script&gt;") || !strings.Contains(a.Body, "2020") {
		t.Error("the page does not say the figure, or not that it is over")
	}
	for line := range strings.Lines(guest.Get("/figures.csv").Body) {
		for cell := range strings.SplitSeq(strings.TrimSpace(line), ",") {
			if cell = strings.Trim(cell, `"`); cell != "" && strings.ContainsAny(cell[:1], "=+@") {
				t.Errorf("a spreadsheet runs %q", cell)
			}
		}
	}
	// It was removed by hand beneath the page: the page still stands.
	_, err := h.App.DB().NewQuery("DELETE FROM {{figures}} WHERE [[key]] = 'hostile-base'").Execute()
	must(t, err)
	for _, address := range []string{d.Address(), d.Address() + ".docx", "/figures", "/figures/made-of-it", d.Address() + "/at/" + time.Now().Format(time.DateOnly)} {
		if a := guest.Get(address); a.Status != http.StatusOK {
			t.Errorf("without the figure, %s: %d", address, a.Status)
		}
	}
}
