package spread_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"
	"commonplace/internal/spread"
)

// TestSummary tells the story of a practice in one sentence. An adoption is written "place stage, what was changed".
func TestSummary(t *testing.T) {
	h := hubtest.New(t)
	places, err := member.Places(h.App)
	if err != nil {
		t.Fatal(err)
	}
	bySlug := map[string]*member.Place{}
	for _, p := range places {
		bySlug[p.Slug()] = p
	}
	const six = "bradford - calderdale - harrogate - kirklees - leeds - wakefield -"
	for _, c := range []struct {
		name   string
		home   string
		said   string
		want   string
		stages string
	}{
		{"nobody", "leeds kirklees", "", "No place has said yet that it does this", six},
		{"the one-minute test", "bradford calderdale harrogate kirklees leeds wakefield",
			"wakefield doing; bradford doing; calderdale doing; kirklees trying, The form: one page instead of four; leeds stopped",
			"Working in 3 of 6 places: Kirklees is trying it and changed the form; Leeds stopped, here is why",
			"bradford doing calderdale doing harrogate - kirklees trying leeds stopped wakefield doing"},
		{"all", "leeds kirklees", "bradford doing; calderdale doing; harrogate doing; kirklees doing; leeds doing; wakefield doing", "Working in 6 of 6 places",
			"bradford doing calderdale doing harrogate doing kirklees doing leeds doing wakefield doing"},
		{"only looked at", "leeds kirklees", "leeds looking", "Working in 0 of 6 places: Leeds is looking at it", strings.Replace(six, "leeds -", "leeds looking", 1)},
		{"only stopped", "leeds kirklees", "leeds stopped", "Working in 0 of 6 places: Leeds stopped, here is why", strings.Replace(six, "leeds -", "leeds stopped", 1)},
		{"where it began", "leeds", "", "Working in 1 of 6 places", strings.Replace(six, "leeds -", "leeds doing*", 1)},
		{"where it began, it ended", "leeds", "leeds stopped", "Working in 0 of 6 places: Leeds stopped, here is why", strings.Replace(six, "leeds -", "leeds stopped*", 1)},
		{"where it began says so too", "leeds", "leeds doing", "Working in 1 of 6 places", strings.Replace(six, "leeds -", "leeds doing*", 1)},
		{"another partnership", "hertfordshire west-essex", "west-essex doing", "Working in 1 of 2 places", "hertfordshire - west-essex doing"},
		{"two partnerships", "hertfordshire leeds", "west-essex doing", "Working in 1 of 8 places", six + " hertfordshire - west-essex doing"},
		{"no home", "", "west-essex doing", "Working in 1 of 8 places", six + " hertfordshire - west-essex doing"},
		{"a home that is gone", "nowhere", "leeds doing", "Working in 1 of 8 places", strings.Replace(six, "leeds -", "leeds doing", 1) + " hertfordshire - west-essex -"},

		// One place, two organisations.
		{"the further one counts", "leeds kirklees", "leeds stopped; leeds doing", "Working in 1 of 6 places", strings.Replace(six, "leeds -", "leeds doing", 1)},
		{"whichever comes first", "leeds kirklees", "leeds doing; leeds looking", "Working in 1 of 6 places", strings.Replace(six, "leeds -", "leeds doing", 1)},
		{"both do it, and it is one place", "leeds kirklees", "leeds doing; leeds doing", "Working in 1 of 6 places", strings.Replace(six, "leeds -", "leeds doing", 1)},
		{"stopped here, tried there", "leeds kirklees", "leeds stopped; leeds trying", "Working in 0 of 6 places: Leeds is trying it", strings.Replace(six, "leeds -", "leeds trying", 1)},
		{"both changed something", "leeds kirklees", "leeds trying, The form; leeds trying, The rota", "Working in 0 of 6 places: Leeds is trying it and changed the form; Leeds is trying it and changed the rota", strings.Replace(six, "leeds -", "leeds trying", 1)},
		{"the same twice is said once", "leeds kirklees", "leeds looking; leeds looking", "Working in 0 of 6 places: Leeds is looking at it", strings.Replace(six, "leeds -", "leeds looking", 1)},
		{"stopped twice is said once", "leeds kirklees", "leeds stopped; leeds stopped", "Working in 0 of 6 places: Leeds stopped, here is why", strings.Replace(six, "leeds -", "leeds stopped", 1)},

		// Places outside are named, and not counted.
		{"outside on trial", "leeds kirklees", "leeds doing; west-essex trying", "Working in 1 of 6 places: West Essex is trying it", strings.Replace(six, "leeds -", "leeds doing", 1)},
		{"outside stopped", "leeds kirklees", "west-essex stopped", "Working in 0 of 6 places: West Essex stopped, here is why", six},
		{"outside it is done", "leeds kirklees", "west-essex doing", "Working in 0 of 6 places: West Essex does it too", six},

		// What was changed, so that it reads on.
		{"tried first, then stopped, then looked at", "leeds kirklees", "wakefield looking; leeds stopped; kirklees trying", "Working in 0 of 6 places: Kirklees is trying it; Leeds stopped, here is why; Wakefield is looking at it",
			"bradford - calderdale - harrogate - kirklees trying leeds stopped wakefield looking"},
		{"an abbreviation", "leeds kirklees", "leeds trying, NHS form", "Working in 0 of 6 places: Leeds is trying it and changed NHS form", strings.Replace(six, "leeds -", "leeds trying", 1)},
		{"a long story", "leeds kirklees", "leeds trying, " + strings.Repeat("a long story ", 10), "Working in 0 of 6 places: Leeds is trying it", strings.Replace(six, "leeds -", "leeds trying", 1)},
		{"several lines", "leeds kirklees", "leeds trying, \n The form\nand the rota", "Working in 0 of 6 places: Leeds is trying it and changed the form", strings.Replace(six, "leeds -", "leeds trying", 1)},
		{"only a stop", "leeds kirklees", "leeds trying, ....", "Working in 0 of 6 places: Leeds is trying it", strings.Replace(six, "leeds -", "leeds trying", 1)},
		{"one letter", "leeds kirklees", "leeds trying, É", "Working in 0 of 6 places: Leeds is trying it and changed É", strings.Replace(six, "leeds -", "leeds trying", 1)},
		{"Japanese", "leeds kirklees", "leeds trying, 申請書の形式", "Working in 0 of 6 places: Leeds is trying it and changed 申請書の形式", strings.Replace(six, "leeds -", "leeds trying", 1)},
		{"a stage of some later release", "leeds kirklees", "leeds pondering", "No place has said yet that it does this", six},
	} {
		var home []string
		for _, slug := range strings.Fields(c.home) {
			if p := bySlug[slug]; p != nil {
				slug = p.Id
			}
			home = append(home, slug)
		}
		s := spread.Summarise(said(bySlug, c.said), home, places)
		if got := sentence(s); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if got := stages(s); got != c.stages {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.stages)
		}
	}
	if s := spread.Summarise(nil, nil, nil); s.Lead() != "No place has said yet that it does this" {
		t.Errorf("without places: %s", s.Lead())
	}
	if s := spread.Summarise(said(bySlug, "leeds doing"), nil, []*member.Place{bySlug["leeds"]}); s.Lead() != "Working in 1 of 1 place" {
		t.Errorf("of one place: %s", s.Lead())
	}
}

// said reads adoptions.
func said(places map[string]*member.Place, list string) []spread.Adoption {
	var as []spread.Adoption
	for _, one := range strings.Split(list, "; ") {
		who, changed, _ := strings.Cut(one, ", ")
		slug, stage, ok := strings.Cut(who, " ")
		if p := places[slug]; ok && p != nil {
			as = append(as, spread.Adoption{Place: p.Id, PlaceTitle: p.Title(), PlaceSlug: p.Slug(), Stage: spread.Stage(stage), Changed: changed})
		}
	}
	return as
}

// sentence puts a summary together the way the page does.
func sentence(s spread.Summary) string {
	var clauses []string
	for _, c := range s.Clauses {
		says := c.Place + " " + c.Says
		if c.Why {
			says += ", here is why"
		}
		clauses = append(clauses, says)
	}
	if len(clauses) == 0 {
		return s.Lead()
	}
	return s.Lead() + ": " + strings.Join(clauses, "; ")
}

// stages lists how the places stand, a star where the practice began.
func stages(s spread.Summary) string {
	var list []string
	for _, p := range s.Places {
		stage, origin := p.Stage, ""
		if stage == "" {
			stage = "-"
		}
		if p.Origin {
			origin = "*"
		}
		list = append(list, fmt.Sprint(p.Slug, " ", stage, origin))
	}
	return strings.Join(list, " ")
}

// TestWords are what readers see of a stage.
func TestWords(t *testing.T) {
	var offered []spread.Stage
	for _, s := range spread.Stages {
		offered = append(offered, s.Stage)
		if s.Word == "" || s.Says == "" || s.Stage.Word() != s.Word || s.Stage.Said() != string(s.Stage) {
			t.Errorf("%s: %q, %q, %q", s.Stage, s.Word, s.Says, s.Stage.Said())
		}
	}
	if !slices.Equal(offered, []spread.Stage{spread.Looking, spread.Trying, spread.Doing, spread.Stopped}) {
		t.Errorf("offered are %v", offered)
	}
	for _, other := range []spread.Stage{"", "Doing", "pondering"} {
		if other.Said() != "" || other.Word() != "Not said" {
			t.Errorf("%q: %q, %q", other, other.Said(), other.Word())
		}
	}
	for _, c := range []struct {
		p    spread.PlaceStage
		want string
	}{
		{spread.PlaceStage{Origin: true, Stage: spread.Doing}, "Where it began"},
		{spread.PlaceStage{Origin: true, Stage: spread.Stopped}, "Stopped"},
		{spread.PlaceStage{Stage: spread.Doing}, "Doing it"},
		{spread.PlaceStage{}, "Not said"},
	} {
		if got := c.p.Word(); got != c.want {
			t.Errorf("%+v: %s", c.p, got)
		}
	}
	for _, c := range []struct{ role, organisation, want string }{
		{"Carers lead", "A trust", "Carers lead, A trust"}, {"", "A trust", "A trust"}, {"Carers lead", "", "a member in Leeds"}, {"", "", "a member in Leeds"},
	} {
		if got := (spread.Adoption{ByRole: c.role, Organisation: c.organisation, PlaceTitle: "Leeds"}).By(); got != c.want {
			t.Errorf("%q of %q: %s", c.role, c.organisation, got)
		}
	}
}
