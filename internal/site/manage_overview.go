package site

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"commonplace/internal/gap"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/plan"
	"commonplace/internal/spread"

	"github.com/pocketbase/pocketbase/core"
)

// overviewView is the first page of a lead: a number for each thing that may want them, and its list.
type overviewView struct {
	Numbers []overviewNumber
	Since   time.Time // when the quarter of what spread began
	Late    []overviewLine
	Soon    []overviewLine
	NoData  []overviewLine
	Spread  []spreadLine
	More    bool // a list is longer than the page shows
}

type overviewNumber struct {
	N     int
	Words string
	URL   string // its list
}

// overviewLine is an action or a measure that wants somebody.
type overviewLine struct {
	Link
	Plan, Owner, Says string
	at                time.Time
}

type spreadLine struct {
	spread.Moment
	Study Link
}

const (
	mostInOverview = 50
	soonIs         = 14 * 24 * time.Hour
)

// overview shows a lead where things stand.
func (s *Site) overview(e *core.RequestEvent) error {
	if !seesOverview(viewer(e)) {
		return notFound(e)
	}
	now := time.Now()
	today := plan.Today(now)
	v := overviewView{Since: plan.LastQuarter(today).Time}
	if err := s.plansWant(e, &v, now); err != nil {
		return err
	}
	if err := s.spreadSince(e, &v); err != nil {
		return err
	}
	counts, err := library.BoardCounts(s.app, library.Reviewed(viewer(e)), library.BoardAsked{Show: library.ShowOverdue}, now)
	if err != nil {
		return err
	}
	asked, err := gap.All(s.app)
	if err != nil {
		return err
	}
	v.Numbers = []overviewNumber{
		{len(v.Late), "late", "#late"}, {len(v.Soon), "due within 14 days", "#soon"}, {len(v.NoData), "without data", "#no-data"},
		{len(v.Spread), "spread since " + day(v.Since), "#spread"}, {counts[library.ShowOverdue], "pages overdue for review", "/manage/freshness"}, {len(asked), "asked for, not written yet", "/gaps"},
	}
	for _, list := range []*[]overviewLine{&v.Late, &v.Soon, &v.NoData} {
		slices.SortStableFunc(*list, func(a, b overviewLine) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.Text, b.Text)) })
		v.More = v.More || len(*list) > mostInOverview
		*list = (*list)[:min(len(*list), mostInOverview)]
	}
	return render(s, e, http.StatusOK, "overview", managing(e, "Where things stand"), v)
}

// seesOverview says whether somebody is asked how the plans are going.
func seesOverview(v *member.Viewer) bool {
	return v.Is(member.RoleLead) || v.Is(member.RoleAdministrator)
}

// plansWant lists what is late, due soon and without data in the plans that the viewer may see.
func (s *Site) plansWant(e *core.RequestEvent, v *overviewView, now time.Time) error {
	cards, err := library.Cards(s.app, viewer(e), published(library.ActionPlan))
	if err != nil {
		return err
	}
	ids := make([]string, len(cards))
	for i, c := range cards {
		ids[i] = c.ID
	}
	all, err := plan.LoadAll(s.app, ids)
	if err != nil {
		return err
	}
	today := plan.Today(now)
	for _, c := range cards {
		for _, g := range all[c.ID] {
			if g.Status == plan.Dropped {
				continue
			}
			at := c.Address() + "#" + g.Anchor()
			for _, a := range g.Actions {
				line := overviewLine{Link: Link{a.Title, at}, Plan: c.Title, Owner: a.OwnerRole, at: a.Due.Time}
				open := a.Status != plan.Done && a.Status != plan.Dropped && !a.Due.IsZero()
				switch {
				case a.Late(now):
					line.Says = counted(int(today.Sub(a.Due.Time).Hours()/24), "day", "days") + " past " + a.Due.Words()
					v.Late = append(v.Late, line)
				case open && a.Due.Sub(today.Time) <= soonIs:
					line.Says = "due " + a.Due.Words()
					v.Soon = append(v.Soon, line)
				}
			}
			for _, m := range g.Measures {
				if m.NoData(now) {
					last, read := m.Latest()
					line := overviewLine{Link: Link{m.Title, at}, Plan: c.Title, Owner: g.OwnerRole, Says: "nobody has counted it yet", at: last.AsOf.Time}
					if read {
						line.Says = "last counted " + last.AsOf.Words()
					}
					v.NoData = append(v.NoData, line)
				}
			}
		}
	}
	return nil
}

// spreadSince tells which places took something up, or stopped, since the quarter began, the newest first.
func (s *Site) spreadSince(e *core.RequestEvent, v *overviewView) error {
	all, err := spread.All(s.app, viewer(e))
	if err != nil {
		return err
	}
	studies, err := library.Cards(s.app, viewer(e), published(library.CaseStudy))
	if err != nil {
		return err
	}
	for _, c := range studies {
		for _, m := range spread.Story(all[c.ID]) {
			if !m.At.Before(v.Since) {
				v.Spread = append(v.Spread, spreadLine{m, Link{c.Title, c.Address() + "#spread"}})
			}
		}
	}
	slices.SortStableFunc(v.Spread, func(a, b spreadLine) int { return b.At.Compare(a.At) })
	return nil
}
