package site_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// TestTheReviewTellsWhatChanged does everything that changes who sees what, and reads it back with who did it.
func TestTheReviewTellsWhatChanged(t *testing.T) {
	h := hubtest.New(t)
	admin, lead := h.As("admin"), h.As("lead")
	id := func(email string) string { return h.Record("users", "email", email+"@example.org").Id }
	thread := h.Record("threads", "title", "One page or four?")
	members := "/spaces/passport-group/manage/members"
	ledTo(t, lead.Post(members, url.Values{"email": {"member2@example.org"}, "role": {"reader"}}))
	ledTo(t, lead.Post(members, url.Values{"user": {id("member2")}, "role": {"editor"}, "do": {"role"}}))
	ledTo(t, lead.Post(members, url.Values{"user": {id("partner")}, "do": {"remove"}}))
	ledTo(t, h.As("member").Post("/spaces/passport-group/leave", nil))
	ledTo(t, lead.Post("/move?thread="+thread.Id, url.Values{"to": {"programme-board"}, "level": {"private"}}))
	ledTo(t, lead.Post("/spaces/passport-group/manage", url.Values{"title": {"Working carers passport group"}, "level": {"private"}}))
	change(t, h, h.Record("users", "id", id("member2")), map[string]any{"role": "lead"})
	change(t, h, h.Record("users", "id", id("partner")), map[string]any{"suspended": true})
	has(t, admin.Get("/manage/review?since=2026-01-01"),
		"Max Member came into “Working carers passport group” as reader", "Max Member in “Working carers passport group”: from reader to editor",
		"Pat Partner was taken out of “Working carers passport group”, and was editor", "Mel Member left “Working carers passport group”, and was reader",
		"The discussion “One page or four?” moved from “Working carers passport group” to “Programme board”", "The space “Working carers passport group”: from restricted to private",
		"Max Member: from member to lead", "Pat Partner: suspended", "<td>Lee Lead</td>", "<td>Mel Member</td>")
	hasNot(t, admin.Get("/manage/review?since="+time.Now().AddDate(0, 0, 2).Format(time.DateOnly)), "Max Member came into")
	board := admin.Get("/manage/review?since=2026-01-01&space=programme-board")
	has(t, board, "moved from “Working carers passport group” to “Programme board”")
	hasNot(t, board, "Max Member in “Working")
	mine := admin.Get("/manage/review?since=2026-01-01&person=" + id("member2"))
	has(t, mine, "What <bdi>Max Member</bdi> can see.", "Programme lead of the hub.", "Max Member: from member to lead", "Reads, posts, writes and publishes", "Knows that it is there")
	hasNot(t, mine, "Pat Partner: suspended", ">One page or four?</a>")
	has(t, admin.Get("/manage/review?person="+id("partner")), "Is suspended, and sees no more than the public.")
	table := want(t, admin.Get("/manage/review.csv?table=changes&since=2026-01-01"), http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(table.Body)).ReadAll()
	if err != nil || len(rows) < 9 || len(rows[1]) != 3 {
		t.Errorf("%d rows: %v", len(rows), err)
	}
	taken := h.Record("journal", "subject", "access")
	if taken.GetString("actor") == "" {
		t.Error("nobody is written down as who took the file")
	}
}

// TestTheReviewIsQuick also where the rest of the suite runs beside it; TestMeasureReview holds the bar.
func TestTheReviewIsQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a hub with 10,000 people")
	}
	reviewWithin(t, 500*time.Millisecond)
}

// reviewWithin reads the review of 10,000 people in 200 spaces, each page until it came within the time.
func reviewWithin(t *testing.T, most time.Duration) {
	t.Helper()
	h := hubtest.New(t)
	crowd(t, h.App, 10_000, 200, 5_000)
	admin := h.As("admin")
	for _, page := range []string{
		"/manage/review", "/manage/review?level=private", "/manage/review?space=space-7", "/manage/review?person=person000000042", "/manage/review?since=2020-01-01", "/manage/spaces",
		"/who?space=space0000000007", "/who?space=" + h.Record("spaces", "slug", "programme-board").Id, "/spaces/space-7",
	} {
		best := time.Hour
		for tries := 0; tries < 30 && best > most; tries++ { // others use the machine too
			began := time.Now()
			want(t, admin.Get(page), http.StatusOK)
			best = min(best, time.Since(began))
		}
		if t.Logf("%s: %v", page, best); best > most {
			t.Errorf("%s takes %v, and %v is the most", page, best, most)
		}
	}
}

// crowd fills a hub past the hooks: people in three spaces each, spaces of all levels in turn, and things in them.
func crowd(t *testing.T, app core.App, people, spaces, things int) {
	t.Helper()
	levels := []string{"open", "restricted", "private", "confidential"}
	err := app.RunInTransaction(func(tx core.App) error {
		put := func(table string, values map[string]any) {
			values["created"], values["updated"] = "2026-01-01 00:00:00.000Z", "2026-01-01 00:00:00.000Z"
			if _, err := tx.DB().Insert(table, values).Execute(); err != nil {
				t.Fatal(err)
			}
		}
		for i := range spaces {
			put("spaces", map[string]any{"id": fmt.Sprintf("space%010d", i), "slug": fmt.Sprintf("space-%d", i), "title": fmt.Sprintf("Space %d", i), "level": levels[i%4]})
		}
		seq := 100_000
		for i := range people {
			id := fmt.Sprintf("person%09d", i)
			put("users", map[string]any{"id": id, "email": id + "@example.org", "tokenKey": id, "password": "x", "name": fmt.Sprintf("Person %d", i), "role": "member"})
			for k := range 3 {
				space, role := fmt.Sprintf("space%010d", (i+k*50)%spaces), "reader"
				if i < spaces {
					role = "owner"
				}
				put("memberships", map[string]any{"id": fmt.Sprintf("m%013d%d", i, k), "user": id, "space": space, "role": role})
				seq++
				put("journal", map[string]any{"id": fmt.Sprintf("j%014d", seq), "seq": seq, "at": "2026-01-01T00:00:00Z", "actor": id, "verb": "create", "subject": "memberships",
					"parent": id, "space": space, "data": `{"now":{"role":"reader"}}`, "record": fmt.Sprintf("m%013d%d", i, k)})
			}
		}
		for i := range things {
			space := fmt.Sprintf("space%010d", i%spaces)
			put("documents", map[string]any{"id": fmt.Sprintf("document%07d", i), "key": fmt.Sprintf("k%d", i), "kind": "guidance", "slug": fmt.Sprintf("d-%d", i), "title": fmt.Sprintf("Document %d", i),
				"space": space, "state": "published", "access": member.Access(space, "published"), "body": strings.Repeat("words ", 500)})
			put("threads", map[string]any{"id": fmt.Sprintf("thread%09d", i), "title": fmt.Sprintf("Talk %d", i), "space": space, "state": "open", "access": member.Access(space, "published")})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	member.DropRights(app)
}
