package site_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
	"commonplace/internal/plan"
)

// TestTwoLeadsKeepOnePlan has two leads save fifty forms at once. Half of the forms are about one date: of those that began
// from the same date one is taken, and each other comes back with both dates. The other half add readings: all are there.
func TestTwoLeadsKeepOnePlan(t *testing.T) {
	h := hubtest.New(t)
	d, err := library.Find(h.App, library.ActionPlan, "", "young-carers-2026-28")
	if err != nil {
		t.Fatal(err)
	}
	goals, err := plan.Load(h.App, d.Id)
	if err != nil {
		t.Fatal(err)
	}
	action, measure := goals[0].Actions[0], goals[0].Measures[0]
	leads := []*hubtest.Client{h.As("lead"), h.As("admin")}
	keep := "/plans/young-carers-2026-28/keep"
	version := regexp.MustCompile(`name="version" value="([0-9a-f]+)"`).FindStringSubmatch(leads[0].Get(keep + "/date/" + action.ID).Body)
	if version == nil {
		t.Fatal("the form carries no version")
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	taken := map[string]bool{}
	for i := range 50 {
		all.Go(func() {
			lead := leads[i%2]
			if i%4 < 2 {
				a := lead.Post(fmt.Sprintf("%s/reading/%s", keep, measure.ID), url.Values{"value": {fmt.Sprint(i)}, "as_of": {fmt.Sprintf("2025-03-%02d", i%31+1)}, "note": {fmt.Sprint("reading ", i)}})
				if a.Status != http.StatusSeeOther && !strings.Contains(a.Body, "There is a reading of that day already") {
					t.Errorf("reading %d: %d", i, a.Status)
				}
				mu.Lock()
				defer mu.Unlock()
				if a.Status == http.StatusSeeOther {
					taken[fmt.Sprint("reading ", i)] = true
				}
				return
			}
			due := fmt.Sprintf("2027-05-%02d", i%28+1)
			a := lead.Post(fmt.Sprintf("%s/date/%s", keep, action.ID), url.Values{"due": {due}, "why": {fmt.Sprint("reason ", i)}, "version": {version[1]}})
			switch {
			case a.Status == http.StatusSeeOther:
				mu.Lock()
				taken[fmt.Sprint("reason ", i)] = true
				mu.Unlock()
			case a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "What it says now") || !strings.Contains(a.Body, `value="`+due+`"`):
				t.Errorf("date %d: %d", i, a.Status)
			}
		})
	}
	all.Wait()
	if goals, err = plan.Load(h.App, d.Id); err != nil {
		t.Fatal(err)
	}
	moved := 0
	for _, slip := range goals[0].Actions[0].Moved {
		moved++
		if !taken[slip.Reason] {
			t.Errorf("the reason %q was answered with no", slip.Reason)
		}
		delete(taken, slip.Reason)
	}
	if moved != 1 {
		t.Errorf("the date moved %d times from one version", moved)
	}
	for _, r := range goals[0].Measures[0].Readings {
		delete(taken, r.Note)
	}
	if len(taken) > 0 {
		t.Errorf("lost: %v", taken)
	}
}

// TestATableOfReadings looks at a table before it comes in, and lets nothing of a bad one in.
func TestATableOfReadings(t *testing.T) {
	h := hubtest.New(t)
	lead, csv := h.As("lead"), "/plans/young-carers-2026-28/csv"
	count := func() int64 {
		n, err := h.App.CountRecords("readings")
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before, good := count(), "measure,day,value\r\ng1m2,2026-11-01,330\r\ng1m2,2026-11-02,331 people\r\n"
	for _, c := range []struct {
		form   url.Values
		status int
		says   []string
		more   int64
	}{
		{url.Values{"table": {""}}, 422, []string{"Choose a file, or put the table into the box."}, 0},
		{url.Values{"table": {"measure,day,value\ng1m2,2026-11-01,330\ng1m2,2999-11-01,330\ng1m2,2026-11-02,=1+1\n"}, "do": {"save"}}, 422,
			[]string{"Nothing is brought in yet: 2 faults", `<td class="cp-number">3</td><td>day</td>`, `<td class="cp-number">4</td><td>value</td>`}, 0},
		{url.Values{"table": {good}}, 200, []string{"What would change", "330 people on 1 November 2026", "Bring in 2 changes"}, 0},
		{url.Values{"table": {good}, "do": {"save"}}, 303, nil, 2},
		{url.Values{"table": {good}, "do": {"save"}}, 303, nil, 0},
		{url.Values{"table": {strings.Repeat("x", 1<<20+1)}}, 422, []string{"larger than 1 MB"}, 0},
	} {
		from := count()
		a := lead.Post(csv, c.form)
		if a.Status != c.status || count()-from != c.more {
			t.Errorf("%.60q: %d, %d more readings", c.form.Encode(), a.Status, count()-from)
		}
		for _, says := range c.says {
			if !strings.Contains(a.Body, says) {
				t.Errorf("%.60q does not say %q", c.form.Encode(), says)
			}
		}
	}
	if count() != before+2 {
		t.Errorf("%d readings more", count()-before)
	}
	if a := lead.Do("POST", csv, "multipart/form-data; boundary=x", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"r.csv\"\r\nContent-Type: text/csv\r\n\r\nmeasure,day,value\ng1m2,2026-11-03,332\n\r\n--x--\r\n"), nil); !strings.Contains(a.Body, "332 people on 3 November 2026") {
		t.Errorf("a file: %d", a.Status)
	}
	if a := h.As("member").Post(csv, url.Values{"table": {good}}); a.Status != http.StatusForbidden {
		t.Errorf("a member: %d", a.Status)
	}
	if a := h.Guest().Get("/plans/young-carers-2026-28/readings.csv"); a.Status != 200 || !strings.Contains(a.Body, "g1,g1m2,Young carers (under 18) coded on GP records,people,2026-11-02,331,,") {
		t.Errorf("out: %d %s", a.Status, a.Body)
	}
}
