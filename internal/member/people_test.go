package member_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
)

// TestPeople narrows the list of people in every way.
func TestPeople(t *testing.T) {
	h := hubtest.New(t)
	person(t, h.App, "newcomer", member.RoleMember)
	gone := person(t, h.App, "gone", member.RoleMember)
	if err := member.Leave(h.App, gone, ""); err != nil {
		t.Fatal(err)
	}
	suspended := person(t, h.App, "suspended", member.RoleModerator)
	suspended.Set("suspended", true)
	if err := h.App.Save(suspended); err != nil {
		t.Fatal(err)
	}
	leeds := h.Record("organisations", "slug", "leeds-partner-example").Id
	for _, c := range []struct {
		asked member.PeopleAsked
		want  string
	}{
		{member.PeopleAsked{}, " Ada Lee Max Mel Mo newcomer Pat suspended"},
		{member.PeopleAsked{Words: "@Example o"}, "Ada Lee Max Mel Mo newcomer Pat suspended"},
		{member.PeopleAsked{Words: "leeds max"}, "Max"},
		{member.PeopleAsked{Words: "MEMBER2@"}, "Max"},
		{member.PeopleAsked{Words: "%"}, ""},
		{member.PeopleAsked{Words: "_"}, ""},
		{member.PeopleAsked{Words: "'; DROP TABLE users; --"}, ""},
		{member.PeopleAsked{Organisation: leeds}, "Max"},
		{member.PeopleAsked{Role: member.RoleModerator}, "Mo suspended"},
		{member.PeopleAsked{Role: member.RoleModerator, State: member.PersonActive}, "Mo"},
		{member.PeopleAsked{State: member.PersonSuspended}, "suspended"},
		{member.PeopleAsked{State: member.PersonNew}, "newcomer"},
		{member.PeopleAsked{State: member.PersonLeft}, ""},
		{member.PeopleAsked{Page: 2}, ""},
	} {
		rows, total, err := member.People(h.App, c.asked)
		if err != nil {
			t.Fatalf("%+v: %v", c.asked, err)
		}
		var names []string
		for _, r := range rows {
			first, _, _ := strings.Cut(r.Name, " ")
			names = append(names, first)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%+v: %q, not %q", c.asked, got, c.want)
		}
		if c.asked.Page == 2 && total != 9 || c.asked.Page == 0 && total != len(rows) {
			t.Errorf("%+v: %d in all", c.asked, total)
		}
	}
}

// TestPeopleAtTenThousand asks for pages of a hub of that size, each within a tenth of a second.
func TestPeopleAtTenThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("fills 10,000 rows")
	}
	h := hubtest.New(t)
	fillPeople(t, h, 10_000)
	for what, asked := range map[string]member.PeopleAsked{
		"the first page": {}, "a name": {Words: "person 777"}, "an organisation": {Words: "leeds"}, "nobody": {Words: "zzzz yyyy"},
		"a role": {Role: member.RoleMember}, "a state": {State: member.PersonNew}, "the last page": {Page: 201},
	} {
		best := time.Hour
		for tries := 0; tries < 30 && best > 100*time.Millisecond; tries++ { // others use the machine too
			start := time.Now()
			if _, _, err := member.People(h.App, asked); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(start))
		}
		if t.Logf("%s: %v", what, best); best > 100*time.Millisecond {
			t.Errorf("%s takes %v", what, best)
		}
	}
}

func fillPeople(t *testing.T, h *hubtest.Hub, n int) {
	t.Helper()
	_, err := h.App.DB().NewQuery(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {:n})
		INSERT INTO users (id, email, name, role, role_title, password, tokenKey, verified, welcomed, organisation)
		SELECT 'person' || substr('000000000' || i, -9), 'person' || i || '@example.com', 'Person ' || i, 'member', 'Carers lead', 'x', 'key' || i, TRUE,
			CASE i % 3 WHEN 0 THEN '' ELSE '2026-01-01 00:00:00.000Z' END, CASE i % 5 WHEN 0 THEN (SELECT id FROM organisations WHERE slug = 'leeds-partner-example') ELSE '' END FROM n`).
		Bind(dbx.Params{"n": n}).Execute()
	if err != nil {
		t.Fatal(fmt.Errorf("fill: %w", err))
	}
}
