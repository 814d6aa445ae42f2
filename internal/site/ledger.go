package site

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/spread"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// ledgerView is who says "we do this too" of a case study: the sums, the story in order of time, and the entries, place by
// place.
type ledgerView struct {
	Sums         []spread.Sum
	Story        []storyMonth
	Ledger       []adoptionView
	LedgerByHand bool   // some entries are examples
	StoryByHand  bool   // all are
	All          int    // entries, chosen or not
	Whole        string // where all entries are, when some are left out; "" is this page
	Filters      []facetValue
	Reasons      []facetValue // why places stopped, where that is what was chosen
}

// storyMonth is a month in the story of a practice.
type storyMonth struct {
	Title   string
	Moments []spread.Moment
}

// adoptionView is an entry of the ledger.
type adoptionView struct {
	spread.Adoption
	Anchor string // only the first entry of a place is the place's anchor
	Edit   bool
	Answer string // where the first place confirms or asks, "" for everybody else
	Asks   Link   // the discussion in which it does
}

// spreadOf tells the story of the practice, place by place.
func (s *Site) spreadOf(e *core.RequestEvent, d *library.Document, v *caseStudyView) error {
	places, err := member.Places(s.app)
	if err != nil {
		return err
	}
	adoptions, err := spread.Of(s.app, viewer(e), d.Id)
	if err != nil {
		return err
	}
	v.Spread = spread.Summarise(adoptions, d.Places(), places)
	v.ledgerView = ledgerOf(adoptions, viewer(e), e.Request.URL.Query(), d.Address())
	asks, err := s.asks(viewer(e), adoptions)
	for i, a := range v.Ledger {
		v.Ledger[i].Asks = asks[a.ID]
		if spread.MayAnswer(viewer(e), d.Record, a.Adoption) {
			v.Ledger[i].Answer = AnswerAddress(d.Address(), a.ID)
		}
	}
	return err
}

// asks are the discussions in which the first place asks about adoptions, as far as the viewer may see them.
func (s *Site) asks(viewer *member.Viewer, adoptions []spread.Adoption) (map[string]Link, error) {
	asks := map[string]Link{}
	for _, a := range adoptions {
		if a.Thread == "" {
			continue
		}
		t, err := thread.ByID(s.app, a.Thread)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if t.Viewable(viewer) {
			asks[a.ID] = Link{t.Title(), "/discussions/" + t.Id}
		}
	}
	return asks, nil
}

// ledgerOf shows the adoptions that the address asks for: all, those that work, or those that did not and why.
func ledgerOf(adoptions []spread.Adoption, viewer *member.Viewer, q url.Values, address string) ledgerView {
	v := ledgerView{Sums: spread.Sums(adoptions), Story: monthsOf(spread.Story(adoptions)), All: len(adoptions)}
	want, why := q.Get("ledger"), spread.Why(q.Get("why"))
	v.filters(adoptions, want, why, address)
	if ledgerFilters[want] != nil {
		v.Whole = address
	}
	v.StoryByHand = !slices.ContainsFunc(adoptions, func(a spread.Adoption) bool { return !a.Example })
	seen := map[string]bool{}
	for _, a := range adoptions {
		entry := adoptionView{Adoption: a, Edit: viewer.SignedIn() && (a.Author == viewer.ID() || viewer.Organisation() != "" && a.OrganisationID == viewer.Organisation())}
		if !seen[a.PlaceSlug] {
			entry.Anchor = "place-" + a.PlaceSlug
			seen[a.PlaceSlug] = true
		}
		v.LedgerByHand = v.LedgerByHand || a.Example
		if ledgerFilters[want] == nil || ledgerFilters[want](a) && (why == "" || want != "stopped" || a.For == why) {
			v.Ledger = append(v.Ledger, entry)
		}
	}
	return v
}

// ledgerFilters are what one may ask for of a ledger.
var ledgerFilters = map[string]func(spread.Adoption) bool{
	"working": func(a spread.Adoption) bool { return a.Stage == spread.Doing },
	"stopped": func(a spread.Adoption) bool { return a.Stage == spread.Stopped },
}

// filters are links to the parts of a ledger that have something in them.
func (v *ledgerView) filters(adoptions []spread.Adoption, want string, why spread.Why, address string) {
	count := func(match func(spread.Adoption) bool) (n int) {
		for _, a := range adoptions {
			if match(a) {
				n++
			}
		}
		return n
	}
	link := func(title, query string, n int, chosen bool) facetValue {
		return facetValue{Title: title, URL: address + query + "#ledger", Count: n, Chosen: chosen}
	}
	working, stopped := count(ledgerFilters["working"]), count(ledgerFilters["stopped"])
	if stopped == 0 && want == "" || len(adoptions) < 2 {
		return
	}
	v.Filters = []facetValue{
		link("All", "", len(adoptions), ledgerFilters[want] == nil), link("Working", "?ledger=working", working, want == "working"),
		link("Did not work", "?ledger=stopped", stopped, want == "stopped" && why == ""),
	}
	for _, k := range spread.Whys {
		n := count(func(a spread.Adoption) bool { return a.Stage == spread.Stopped && a.For == k.Why })
		if want == "stopped" && n > 0 {
			v.Reasons = append(v.Reasons, link(k.Word, "?ledger=stopped&why="+string(k.Why), n, why == k.Why))
		}
	}
}

// monthsOf gathers a story by the month.
func monthsOf(story []spread.Moment) []storyMonth {
	var months []storyMonth
	for _, m := range story {
		title := m.At.Format("January 2006")
		if n := len(months); n == 0 || months[n-1].Title != title {
			months = append(months, storyMonth{Title: title})
		}
		last := &months[len(months)-1]
		last.Moments = append(last.Moments, m)
	}
	return months
}

// sumWords say what places counted together: "Counted in 3 places: 214 staff kept."
func sumWords(s spread.Sum) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Counted in %s: %s.", counted(s.Places, "place", "places"), s.Says())
	if s.Few > 0 {
		fmt.Fprintf(&b, " In %s more it is fewer than five, which is left out.", counted(s.Few, "place", "places"))
	}
	switch s.Silent {
	case 0:
	case 1:
		b.WriteString(" 1 other place has not counted.")
	default:
		fmt.Fprintf(&b, " %d other places have not counted.", s.Silent)
	}
	return b.String()
}

// stop is why somebody who tried a practice does it no more, on the card of its case study.
type stop struct {
	Who  string
	For  spread.Why // "" where nobody chose one
	Says string
}

// longestWhy is how much of a reason a card shows; the ledger has all of it.
const longestWhy = 180

// stopsOf are the reasons that the case study itself and its ledger give.
func stopsOf(c library.Card, adoptions []spread.Adoption) []stop {
	var stops []stop
	if c.TriedStopped != "" {
		stops = append(stops, stop{Who: "Tried, and stopped", Says: clip(c.TriedStopped, longestWhy)})
	}
	for _, a := range adoptions {
		if a.Stage != spread.Stopped || a.Hidden {
			continue
		}
		says := a.Reason
		if a.For != "" && a.For != spread.OtherWhy {
			says = a.For.Word() + ". " + says
		}
		stops = append(stops, stop{Who: a.PlaceTitle + " stopped", For: a.For, Says: clip(says, longestWhy)})
	}
	return stops
}

// clip is a text's beginning, cut between words.
func clip(text string, most int) string {
	words := strings.Fields(text)
	for i, n := 0, 0; i < len(words); i++ {
		if n += len([]rune(words[i])) + 1; n > most {
			return strings.Join(words[:i], " ") + " …"
		}
	}
	return strings.Join(words, " ")
}
