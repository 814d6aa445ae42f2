package site_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/plan"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/tools/types"
)

// TestAFrozenBoardStays: what a board was shown is there as it was, whatever happens to the plan; and the hub keeps a page of
// each plan once a quarter, however often it looks.
func TestAFrozenBoardStays(t *testing.T) {
	h := hubtest.New(t)
	lead, guest := h.As("lead"), h.Guest()
	const at = "/plans/working-carers-one-trust"
	frozen := ledTo(t, lead.Post(at+"/board", nil))
	before := want(t, guest.Get(frozen), http.StatusOK)
	goal := h.Record("goals", "document", h.Record("documents", "slug", "working-carers-one-trust").Id)
	was := goal.GetString("title")
	goal.Set("title", "Another promise altogether")
	if err := h.App.Save(goal); err != nil {
		t.Fatal(err)
	}
	awaitPage(t, guest, at+"/board", "Another promise altogether")
	main := regexp.MustCompile(`(?s)<main.*</main>`)
	if after := want(t, guest.Get(frozen), http.StatusOK); main.FindString(after.Body) != main.FindString(before.Body) || !strings.Contains(after.Body, was) {
		t.Error("the page that was kept has changed")
	}
	row := h.Record("plan_boards", "key", frozen[strings.LastIndex(frozen, "/")+1:])
	row.Set("by_role", "Somebody else")
	if h.App.Save(row) == nil {
		t.Error("a page that was kept can be changed")
	}

	count := func() int {
		n, err := h.App.CountRecords("plan_boards")
		if err != nil {
			t.Fatal(err)
		}
		return int(n)
	}
	d := h.Record("documents", "slug", "adult-carers-2026-28")
	// The shipped plans came out on a day of their own; here they came out today, whatever day that is.
	_, err := h.App.DB().NewQuery("UPDATE {{documents}} SET [[published]] = {:now} WHERE [[kind]] = 'action-plan'").Bind(dbx.Params{"now": time.Now().UTC().Format(types.DefaultDateLayout)}).Execute()
	if err != nil {
		t.Fatal(err)
	}
	next := plan.Quarter(plan.Day{Time: time.Now().AddDate(0, 3, 0)})
	for _, c := range []struct {
		now  time.Time
		more int
	}{
		{next.AddDate(0, 0, -1), 0},   // all came out in this quarter
		{next.Add(2 * time.Hour), 4},  // one of each
		{next.Add(26 * time.Hour), 0}, // not again
		{next.AddDate(0, 3, 9), 4},    // the next quarter, nine days late
		{next.AddDate(0, 3, 10), 0},
	} {
		n := count()
		if err := h.Hub.Site.KeepBoards(c.now); err != nil {
			t.Fatal(err)
		}
		if more := count() - n; more != c.more {
			t.Errorf("on %s %d pages were kept, not %d", c.now.Format(time.DateOnly), more, c.more)
		}
	}
	boards, err := plan.Boards(h.App, plan.Of{Document: d.Id})
	if err != nil || len(boards) != 2 {
		t.Errorf("the plan has %d pages (%v)", len(boards), err)
	}
}
