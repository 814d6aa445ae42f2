package member_test

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// TestPlaces reads the places that the hub was shipped with, and odd ones.
func TestPlaces(t *testing.T) {
	h := hubtest.New(t)
	places, err := member.Places(h.App)
	if err != nil {
		t.Fatal(err)
	}
	var slugs []string
	for _, p := range places {
		slugs = append(slugs, p.Slug())
	}
	want := []string{"bradford", "calderdale", "harrogate", "kirklees", "leeds", "wakefield", "hertfordshire", "west-essex"}
	if !slices.Equal(slugs, want) {
		t.Errorf("the places are %v", slugs)
	}
	bradford, err := member.PlaceBySlug(h.App, "bradford")
	if err != nil {
		t.Fatal(err)
	}
	councils := bradford.Councils()
	if bradford.Title() != "Bradford District and Craven" || bradford.NHSArea() == "" || bradford.CouncilPage() == "" || bradford.Note() == "" || len(councils) != 2 {
		t.Errorf("Bradford is %v", bradford.FieldsData())
	}
	for _, c := range councils { // one place, two councils
		if c.Slug == "" || c.Title == "" || c.URL == "" {
			t.Errorf("a council of Bradford is %+v", c)
		}
	}
	for _, slug := range []string{"", "nowhere", "Bradford", "%", "bradford "} {
		if _, err := member.PlaceBySlug(h.App, slug); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("the place %q: %v", slug, err)
		}
	}

	// Same position: by title. What is no list of councils is none.
	for slug, title := range map[string]string{"zennor": "Zennor", "aberdare": "Aberdare"} {
		add(t, h.App, "places", map[string]any{"slug": slug, "title": title, "position": 500, "councils": map[string]any{"slug": "not a list"}})
	}
	places, err = member.Places(h.App)
	if err != nil {
		t.Fatal(err)
	}
	last := places[len(places)-2:]
	if last[0].Title() != "Aberdare" || last[1].Title() != "Zennor" || len(last[0].Councils()) != 0 {
		t.Errorf("the last two are %s and %s with %v", last[0].Title(), last[1].Title(), last[0].Councils())
	}
}

// TestNumbersAreShownOnlyWhenChecked holds for how long a local answer may be trusted.
func TestNumbersAreShownOnlyWhenChecked(t *testing.T) {
	h := hubtest.New(t)
	place := add(t, h.App, "places", map[string]any{"slug": "somewhere", "title": "Somewhere"}).Id
	const number = "0113 496 0000"
	day := func(s string) time.Time {
		d, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	keys := []string{"council_page", "council_phone", "carers_org", "young_carers", "parent_forum", "emergency_card", "hospital"}
	for i, c := range []struct {
		name, status, due, now string
		shown                  bool
	}{
		{"nobody has called", "unverified", "2026-12-01", "2026-11-22 12:00", false},
		{"it was called", "verified", "2026-12-01", "2026-11-22 12:00", true},
		{"the check is due today", "verified", "2026-11-22", "2026-11-22 23:59", true},
		{"the check was due yesterday", "verified", "2026-11-21", "2026-11-22 00:00", false},
		{"the check was due long ago", "verified", "2025-11-22", "2026-11-22 12:00", false},
		{"no next check is planned", "verified", "", "2026-11-22 12:00", true},
		{"it was checked too long ago", "stale", "", "2026-11-22 12:00", false},
	} {
		key := keys[i]
		values := map[string]any{
			"place": place, "key": key, "value": number, "label": "A service", "body": "Words.", "status": c.status, "url": "https://example.org/page",
			"source": "https://example.org/source", "seen": "2026-11-01 00:00:00.000Z",
		}
		if c.due != "" {
			values["review_due"] = c.due + " 00:00:00.000Z"
		}
		add(t, h.App, "local_answers", values)
		answers, err := member.LocalAnswers(h.App, place)
		if err != nil {
			t.Fatal(err)
		}
		a := answers[key]
		if a == nil || len(answers) != i+1 || a.Key() != key {
			t.Fatalf("%s: the answers are %v", c.name, answers)
		}
		shown := a.Number(day(c.now))
		if a.Checked(day(c.now)) != c.shown || (shown == number) != c.shown || (shown == "") == c.shown {
			t.Errorf("%s: checked %v, shown %q", c.name, a.Checked(day(c.now)), shown)
		}
		if a.Label() != "A service" || a.Body() != "Words." || a.URL() != "https://example.org/page" || a.Source() != "https://example.org/source" || !a.Seen().Equal(day("2026-11-01 00:00")) {
			t.Errorf("%s: the answer is %v", c.name, a.FieldsData())
		}
	}
	if none, err := member.LocalAnswers(h.App, "nothingnothing1"); err != nil || len(none) != 0 {
		t.Errorf("a place that is none answers %v, %v", none, err)
	}
}

// TestHospitals of a place are by name, and no answer of the place itself.
func TestHospitals(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	place := add(t, h.App, "places", map[string]any{"slug": "somewhere", "title": "Somewhere"}).Id
	for _, name := range []string{"", "Moor Hospital", "Dale Hospital"} {
		add(t, h.App, "local_answers", map[string]any{"place": place, "key": "hospital", "hospital": name, "status": "unverified", "body": "Of " + name,
			"visiting": "Ask the ward.", "passport": "A card.", "parking": "Ask."})
	}
	hospitals, err := member.Hospitals(h.App, place)
	if err != nil || len(hospitals) != 2 || hospitals[0].Hospital() != "Dale Hospital" || hospitals[1].Hospital() != "Moor Hospital" {
		t.Fatalf("%v, %v", hospitals, err)
	}
	if d := hospitals[0]; d.Visiting() != "Ask the ward." || d.Passport() != "A card." || d.Parking() != "Ask." {
		t.Errorf("%v", d.FieldsData())
	}
	answers, err := member.LocalAnswers(h.App, place)
	if err != nil || len(answers) != 1 || answers["hospital"].Body() != "Of " {
		t.Errorf("the place answers %v, %v", answers, err)
	}
	if none, err := member.Hospitals(h.App, "nothingnothing1"); err != nil || len(none) != 0 {
		t.Errorf("a place that is none has %v, %v", none, err)
	}
	again := core.NewRecord(hospitals[0].Collection())
	again.Load(map[string]any{"place": place, "key": "hospital", "hospital": "Dale Hospital", "status": "unverified"})
	if h.App.Save(again) == nil {
		t.Error("a hospital answers twice")
	}
}

// TestCrisisLines are those for somebody who cannot wait, in the order in which they should be tried.
func TestCrisisLines(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	for _, l := range []struct {
		name     string
		position int
		crisis   bool
	}{{"Third", 3, true}, {"Advice", 1, false}, {"First", 1, true}, {"Second", 2, true}} {
		add(t, h.App, "helplines", map[string]any{"slug": strings.ToLower(l.name), "name": l.name, "number": "999", "tel": "999", "purpose": "Help", "hours": "Always", "crisis": l.crisis, "position": l.position})
	}
	lines, err := member.CrisisLines(h.App)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range lines {
		names = append(names, l.Name())
		if l.Number() != "999" || l.Tel() != "999" || l.Purpose() != "Help" || l.Hours() != "Always" {
			t.Errorf("the line is %v", l.FieldsData())
		}
	}
	if !slices.Equal(names, []string{"First", "Second", "Third"}) {
		t.Errorf("the lines are %v", names)
	}
}

// TestOrganisations finds an organisation by its name, and makes it once.
func TestOrganisations(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	made, err := member.OrganisationNamed(h.App, "  Carers Trust of Elmet ", "carers-trust-of-elmet")
	if err != nil {
		t.Fatal(err)
	}
	if made.GetString("name") != "Carers Trust of Elmet" || made.GetString("slug") != "carers-trust-of-elmet" {
		t.Errorf("it is %v", made.FieldsData())
	}
	for _, name := range []string{"Carers Trust of Elmet", "carers trust of ELMET", "\tCarers Trust of Elmet\n"} {
		again, err := member.OrganisationNamed(h.App, name, "another-slug")
		if err != nil || again.Id != made.Id || again.GetString("slug") != "carers-trust-of-elmet" {
			t.Errorf("%q is another one: %v", name, err)
		}
	}
	if _, err := member.OrganisationNamed(h.App, "Carers Trust of Elmet and York", "carers-trust-of-elmet-and-york"); err != nil {
		t.Error("a longer name:", err)
	}
	for what, c := range map[string][2]string{"no name": {" ", "no-name"}, "a slug that is taken": {"Someone else", "carers-trust-of-elmet"}} {
		if _, err := member.OrganisationNamed(h.App, c[0], c[1]); err == nil {
			t.Errorf("%s: it is made", what)
		}
	}
	names, err := member.Names(h.App, "organisations", "name")
	if err != nil || len(names) != 2 || names[made.Id] != "Carers Trust of Elmet" {
		t.Errorf("the names are %v, %v", names, err)
	}
	if _, err := member.Names(h.App, "nothing", "name"); err == nil {
		t.Error("a collection that is none has names")
	}
}
