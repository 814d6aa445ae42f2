package check

import (
	"fmt"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Standing is how far a check is with the markers of its template.
type Standing struct {
	Met, Of int
	Unmet   []Group // the markers below the top, the answered and the others, in order
}

// Word says it: "4 of 6 markers met".
func (s Standing) Word() string {
	if s.Of == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d markers met", s.Met, s.Of)
}

// Stands weighs answers against the markers of a template.
func (t *Template) Stands(answers Answers) (s Standing) {
	for _, g := range t.Groups() {
		if !g.Marker() {
			continue
		}
		s.Of++
		if step, said := g.Step(answers[g.Key]); said && step == g.Top() {
			s.Met++
		} else {
			s.Unmet = append(s.Unmet, g)
		}
	}
	return s
}

// Marked is a shared check of a template with markers, for whoever lists places by what they have.
type Marked struct {
	Check    *Check
	Template *Template
	Standing Standing
}

// Marks are the shared checks with markers that the viewer may see, the newest first, by the id of the place; of one
// organisation the newest of a template and title only. A place that is not in it has shared none.
func Marks(app core.App, v *member.Viewer) (map[string][]Marked, error) {
	all, err := List(app, v, dbx.And(dbx.HashExp{"assessments.state": Shared, "assessments.hidden": false}, dbx.Not(dbx.HashExp{"assessments.place": ""})))
	if err != nil {
		return nil, err
	}
	templates, seen, by := map[string]*Template{}, map[[4]string]bool{}, map[string][]Marked{}
	for _, c := range all {
		t, known := templates[c.Document()]
		if !known {
			if t, err = TemplateOf(app, c.Document()); err != nil {
				return nil, err
			}
			templates[c.Document()] = t
		}
		same := [4]string{c.Place(), c.Document(), c.Organisation(), c.Title()}
		if t == nil || seen[same] {
			continue
		}
		if m := (Marked{c, t, t.Stands(c.Answers())}); m.Standing.Of > 0 {
			by[c.Place()], seen[same] = append(by[c.Place()], m), true
		}
	}
	return by, nil
}

// CellWord says for a place how its checks stand, in a few words; "" for none.
func CellWord(marks []Marked) string {
	switch len(marks) {
	case 0:
		return ""
	case 1:
		return marks[0].Standing.Word()
	}
	low, high := marks[0].Standing, marks[0].Standing
	for _, m := range marks {
		if m.Standing.Met*low.Of < low.Met*m.Standing.Of {
			low = m.Standing
		}
		if m.Standing.Met*high.Of > high.Met*m.Standing.Of {
			high = m.Standing
		}
	}
	if low.Met*high.Of == high.Met*low.Of {
		return fmt.Sprintf("%d checks, %s each", len(marks), low.Word())
	}
	return fmt.Sprintf("%d checks, from %d of %d to %d of %d markers met", len(marks), low.Met, low.Of, high.Met, high.Of)
}
