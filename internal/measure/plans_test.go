//go:build measure

package measure

import (
	"fmt"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/plan"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// TestMeasurePlansAtScale has 100 plans with 2,000 measures, 50,000 readings and 4,000 actions. A plan's page from cold, with
// all of its goals, takes under 20 ms of server time; the list of plans, the grid and the home of a lead under 100 ms.
func TestMeasurePlansAtScale(t *testing.T) {
	const (
		plans, goals, measures, readings, actions = 100, 4, 5, 25, 10 // of each of what is before it
		page, list                                = 20 * time.Millisecond, 100 * time.Millisecond
	)
	h := hubtest.New(t)
	slugs := manyPlans(t, h, plans, goals, measures, readings, actions)
	h.Settle()
	guest, lead := h.Guest(), h.As("lead")
	ask := func(by *hubtest.Client, address string) time.Duration {
		began := time.Now()
		if a := by.Get(address); a.Status != 200 {
			t.Fatalf("%s: %d", address, a.Status)
		}
		return time.Since(began)
	}
	var cold []time.Duration
	for _, slug := range slugs { // each once, so that none comes from memory
		cold = append(cold, ask(guest, "/plans/"+slug))
	}
	t.Logf("plan page from cold: median %v, 95%% %v", quantile(cold, 0.5), quantile(cold, 0.95))
	bar(t, "a plan's page from cold", quantile(cold, 0.5), page)
	for _, p := range []struct {
		name, address string
		by            *hubtest.Client
	}{{"the list of plans", "/plans", guest}, {"the grid", "/coverage", guest}, {"the home of a lead", "/manage/overview", lead}} {
		var took []time.Duration
		for i := range 9 {
			took = append(took, ask(p.by, fmt.Sprintf("%s?n=%d", p.address, i))) // an address with a question is never from memory
		}
		t.Logf("%s: median %v", p.name, quantile(took, 0.5))
		bar(t, p.name, quantile(took, 0.5), list)
	}
	began := time.Now()
	due, err := plan.DueActions(h.App, time.Date(2027, 3, 20, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d actions are due, found in %v", len(due), time.Since(began))
}

// manyPlans writes the rows by themselves: the hooks are not what is measured.
func manyPlans(t *testing.T, h *hubtest.Hub, plans, goals, measures, readings, actions int) (slugs []string) {
	t.Helper()
	c, err := h.App.FindCollectionByNameOrId("documents")
	if err != nil {
		t.Fatal(err)
	}
	space := h.Record("spaces", "slug", "library").Id
	var ids []string
	for i := range plans {
		r := core.NewRecord(c)
		r.Load(map[string]any{"kind": "action-plan", "title": fmt.Sprintf("Scale plan %d", i), "slug": fmt.Sprintf("scale-plan-%d", i), "summary": "A summary.", "body": "Words.", "state": "published", "space": space})
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
		ids, slugs = append(ids, r.Id), append(slugs, r.GetString("slug"))
	}
	n := 0
	id := func() string { n++; return fmt.Sprintf("scale%010d", n) }
	err = h.App.RunInTransaction(func(tx core.App) error {
		put := func(table string, row dbx.Params) error {
			_, err := tx.DB().Insert(table, row).Execute()
			return err
		}
		for p, document := range ids {
			for g := range goals {
				goal := id()
				if err := put("goals", dbx.Params{"id": goal, "document": document, "key": fmt.Sprintf("g%d", g), "title": fmt.Sprintf("Goal %d of plan %d", g, p), "status": "on-track", "position": g, "programmes": "[]"}); err != nil {
					return err
				}
				for a := range actions {
					if err := put("actions", dbx.Params{"id": id(), "goal": goal, "key": fmt.Sprintf("a%d", a), "title": fmt.Sprintf("Action %d", a), "owner_role": "Lead", "status": "on-track", "due": "2027-03-31 00:00:00.000Z", "position": a}); err != nil {
						return err
					}
				}
				for m := range measures {
					measure := id()
					if err := put("measures", dbx.Params{"id": measure, "goal": goal, "key": fmt.Sprintf("m%d", m), "title": fmt.Sprintf("Measure %d", m), "unit": "people", "direction": "up", "baseline": `{"value":1,"as_of":"2020-01-01"}`, "target": `{"value":900,"by":"2028-03-31"}`, "position": m}); err != nil {
						return err
					}
					for r := range readings {
						day := time.Date(2020, time.Month(2+3*r), 1, 0, 0, 0, 0, time.UTC)
						if err := put("readings", dbx.Params{"id": id(), "measure": measure, "value": 10 * r, "as_of": day.Format("2006-01-02 15:04:05.000Z")}); err != nil {
							return err
						}
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return slugs
}
