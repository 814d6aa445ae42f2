package spread

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"commonplace/internal/member"
)

// Summary is where a practice stands across the places it could be in.
type Summary struct {
	Working, Of int
	Places      []PlaceStage // every place it could be in, in order
	Clauses     []Clause     // what is worth saying besides the count
}

// PlaceStage is how one place stands. Origin says that the practice was described there first.
type PlaceStage struct {
	Title, Slug string
	Stage       Stage // "" when the place has said nothing
	Origin      bool
}

// Word is how the place stands, in a word or two.
func (p PlaceStage) Word() string {
	if p.Origin && p.Stage == Doing {
		return "Where it began"
	}
	return p.Stage.Word()
}

// Clause is one part of the summary's sentence: "Kirklees" "is trying it and changed the form".
type Clause struct {
	Place, Slug, Says string
	Why               bool // "here is why" leads to the entry of the ledger
}

// Summarise tells the story of a practice from its adoptions. Home are the ids of the places of its case study: the
// practice could be in every place of their partnership (in every place at all when it has no home), and one that was
// described in a single place counts as working there. What a moderator hid counts for nothing.
func Summarise(adoptions []Adoption, home []string, places []*member.Place) Summary {
	adoptions = slices.DeleteFunc(slices.Clone(adoptions), func(a Adoption) bool { return a.Hidden })
	stages := map[string]Stage{}
	for _, a := range adoptions {
		if better(a.Stage, stages[a.Place]) {
			stages[a.Place] = a.Stage
		}
	}
	var s Summary
	for _, p := range around(home, places) {
		at := PlaceStage{Title: p.Title(), Slug: p.Slug(), Stage: stages[p.Id], Origin: len(home) == 1 && home[0] == p.Id}
		if at.Origin && at.Stage == "" {
			at.Stage = Doing
		}
		if at.Stage == Doing {
			s.Working++
		}
		s.Places = append(s.Places, at)
	}
	s.Of = len(s.Places)
	for _, stage := range []Stage{Doing, Trying, Stopped, Looking} {
		for _, a := range adoptions {
			if a.Stage != stage || stages[a.Place] != stage || (stage == Doing && s.counts(a.PlaceSlug)) {
				continue
			}
			if c := clauseOf(a); !slices.Contains(s.Clauses, c) {
				s.Clauses = append(s.Clauses, c)
			}
		}
	}
	return s
}

// counts says whether a place is among those that the practice could be in. One that is not, and does it all the same,
// is named.
func (s Summary) counts(slug string) bool {
	return slices.ContainsFunc(s.Places, func(p PlaceStage) bool { return p.Slug == slug })
}

// better says whether a place that is at a is further than one that is at b.
func better(a, b Stage) bool {
	rank := map[Stage]int{"": 0, Stopped: 1, Looking: 2, Trying: 3, Doing: 4}
	return rank[a] > rank[b]
}

// around returns the places of the partnerships that home belongs to.
func around(home []string, places []*member.Place) []*member.Place {
	partnerships := map[string]bool{}
	for _, p := range places {
		for _, h := range home {
			if p.Id == h {
				partnerships[p.Partnership()] = true
			}
		}
	}
	if len(partnerships) == 0 {
		return places
	}
	var near []*member.Place
	for _, p := range places {
		if partnerships[p.Partnership()] {
			near = append(near, p)
		}
	}
	return near
}

func clauseOf(a Adoption) Clause {
	c := Clause{Place: a.PlaceTitle, Slug: a.PlaceSlug}
	switch a.Stage {
	case Doing:
		c.Says = "does it too"
	case Trying:
		c.Says = "is trying it"
		if what := phrase(a.Changed); what != "" {
			c.Says += " and changed " + what
		}
	case Stopped:
		c.Says, c.Why = "stopped", true
	case Looking:
		c.Says = "is looking at it"
	}
	return c
}

// phrase takes the beginning of what somebody wrote, up to its first stop, so that it reads on in a sentence.
func phrase(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if i := strings.IndexAny(s, ".:;,("); i >= 0 {
		s = s[:i]
	}
	r := []rune(strings.TrimSpace(s))
	if len(r) == 0 || len(r) > 60 {
		return ""
	}
	if len(r) > 1 && unicode.IsLower(r[1]) {
		r[0] = unicode.ToLower(r[0])
	}
	return string(r)
}

// Lead is the first half of the sentence: "Working in 3 of 6 places".
func (s Summary) Lead() string {
	switch {
	case s.Of == 0 || (s.Working == 0 && len(s.Clauses) == 0):
		return "No place has said yet that it does this"
	case s.Of == 1:
		return fmt.Sprintf("Working in %d of 1 place", s.Working)
	}
	return fmt.Sprintf("Working in %d of %d places", s.Working, s.Of)
}
