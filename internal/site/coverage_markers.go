package site

import (
	"fmt"

	"commonplace/internal/check"
	"commonplace/internal/member"
	"commonplace/internal/spread"

	"github.com/pocketbase/pocketbase/core"
)

// markerRows are the markers of the templates that places have filled in and shared, and how far each place is with them.
func (s *Site) markerRows(e *core.RequestEvent, places []*member.Place) ([]spread.Row, error) {
	marks, err := check.Marks(s.app, viewer(e))
	if err != nil {
		return nil, err
	}
	var rows []spread.Row
	for _, t := range templatesOf(marks, places) {
		for _, g := range t.Groups() {
			if !g.Marker() {
				continue
			}
			row := spread.Row{Title: g.Name(), URL: t.Address(), Example: madeUp(t, marks), Cells: make([]spread.Cell, len(places))}
			for i, p := range places {
				row.Cells[i] = markerCell(g, t, marks[p.Id])
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// templatesOf are the templates of shared checks, in the order of the places.
func templatesOf(marks map[string][]check.Marked, places []*member.Place) []*check.Template {
	var list []*check.Template
	seen := map[string]bool{}
	for _, p := range places {
		for _, m := range marks[p.Id] {
			if !seen[m.Template.ID] {
				list, seen[m.Template.ID] = append(list, m.Template), true
			}
		}
	}
	return list
}

// madeUp says whether all checks of a template are examples.
func madeUp(t *check.Template, marks map[string][]check.Marked) bool {
	for _, of := range marks {
		for _, m := range of {
			if m.Template.ID == t.ID && !m.Check.Example() {
				return false
			}
		}
	}
	return true
}

// markerCell says how far a place is with a marker: of several checks there, how many meet it.
func markerCell(g check.Group, t *check.Template, marks []check.Marked) spread.Cell {
	met, said, best, address := 0, 0, -1, ""
	for _, m := range marks {
		if m.Template.ID != t.ID {
			continue
		}
		if address == "" {
			address = m.Check.Address()
		}
		if step, ok := g.Step(m.Check.Answers()[g.Key]); ok {
			said, best = said+1, max(best, step)
			if step == g.Top() {
				met++
			}
		}
	}
	switch {
	case said == 0:
		return spread.Cell{Word: "Not said", Hole: true}
	case met == said:
		return spread.Cell{Word: "Met", URL: address, Stage: string(spread.Doing)}
	case met > 0:
		return spread.Cell{Word: fmt.Sprintf("Met in %d of %d checks", met, said), URL: address, Stage: string(spread.Trying)}
	case best == 0:
		return spread.Cell{Word: "Not begun", URL: address, Stage: string(spread.Looking), Hole: true}
	}
	return spread.Cell{Word: fmt.Sprintf("Step %d of %d", best, g.Top()), URL: address, Stage: string(spread.Trying)}
}
