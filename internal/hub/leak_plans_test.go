package hub_test

import (
	"slices"
	"strings"
	"time"

	"commonplace/internal/plan"

	"github.com/pocketbase/dbx"
)

// ofPlans are the collections whose things stand on a plan's page.
var ofPlans = []string{"goals", "measures", "actions", "readings", "plan_updates"}

// planOnPaper is a plan, and a programme of plans, as the page for a board, its files, its calendar, and what was frozen.
func planOnPaper(l *leaks, role string, p plant) string {
	if !slices.Contains(ofPlans, p.collection) {
		return ""
	}
	page := l.pageOf(p, role)
	d := l.h.Record("documents", "slug", page[strings.LastIndex(page, "/")+1:])
	return l.boards(role, page, plan.Of{Document: d.Id}) + l.boards(role, "/programmes/"+l.programme.GetString("slug"), plan.Of{Programme: l.programme.Id})
}

func (l *leaks) boards(role, at string, of plan.Of) string {
	return l.once(role+" boards "+at, func() string {
		all := l.get(role, at+"/board") + l.get(role, at+"/board/now.csv") + l.unzipped(role, at+"/board/now.docx") + l.get(role, at+"/dates.ics")
		kept, err := plan.Boards(l.h.App, of)
		if err != nil {
			l.t.Error(err)
		}
		for _, k := range kept {
			all += l.get(role, at+"/board/"+k.Key) + l.get(role, at+"/board/"+k.Key+".csv") + l.unzipped(role, at+"/board/"+k.Key+".docx")
		}
		return all
	})
}

// freeze keeps a page of each plan, and one of the programme with all of them on it, as if a mistake had put them there.
func (l *leaks) freeze() {
	l.t.Helper()
	today := plan.Today(time.Now())
	all := plan.Board{AsOf: today}
	plans, err := l.h.App.FindAllRecords("documents", dbx.HashExp{"kind": "action-plan"})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, d := range plans {
		goals, err := plan.Load(l.h.App, d.Id)
		if err != nil {
			l.t.Fatal(err)
		}
		updates, err := plan.Updates(l.h.App, d.Id)
		if err != nil {
			l.t.Fatal(err)
		}
		sheet := plan.Sheet{Document: d.Id, Title: d.GetString("title"), Address: "/plans/" + d.GetString("slug"), Goals: goals, Updates: updates}
		all.Sheets = append(all.Sheets, sheet)
		if _, err := plan.Freeze(l.h.App, plan.Of{Document: d.Id}, "", "", plan.Board{AsOf: today, Sheets: []plan.Sheet{sheet}}); err != nil {
			l.t.Fatal(err)
		}
	}
	if _, err := plan.Freeze(l.h.App, plan.Of{Programme: l.programme.Id}, "", "", all); err != nil {
		l.t.Fatal(err)
	}
}
