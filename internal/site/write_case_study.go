package site

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"commonplace/internal/library"

	validation "github.com/pocketbase/ozzo-validation/v4"
)

// caseStudyForm asks for seven things, and then for what makes a case study one that others can trust.
var caseStudyForm = kindForm{
	lead: "Seven answers are enough to begin with. Use roles, not names.",
	first: []question{
		title("Title", "What you would say to a colleague in one breath."),
		summary("Summary", "One sentence: who did what, and for whom."),
		columnPoints(question{name: "challenge", label: "Challenge", hint: "What was wrong, or missing. One line for each point.", tall: 4}),
		columnPoints(question{name: "action", label: "Action", hint: "What you did. One line for each point.", tall: 5}),
		{
			name: "result", label: "Result", hint: "What came of it. Begin a line with “Measured:”, “Reported:” or “Projected:” if you know which it is.", as: asPoints, tall: 5,
			read:  func(_ *Site, d *library.Document) []string { return []string{d.ResultLines()} },
			write: func(_ *Site, d *library.Document, a []string) error { return d.SetResultLines(a[0]) },
		},
		askPlaces, askElsewhere, askContact,
	},
	stronger: []questionGroup{
		{"How you know", "Numbers are trusted when they say of how many, where and when.", []question{askResults, askEvidence, askSources, askCautions}},
		{"The longer story", "Write the parts that you have. An empty one does not show.", sectionQuestions()},
		{"Who took part", "", []question{
			column(question{name: "involvement_grade", label: "How carers took part", as: asRadios, miss: "how carers took part", offer: offered(
				Choice{Value: "told", Title: "Told"}, Choice{Value: "asked", Title: "Asked"}, Choice{Value: "worked with", Title: "Worked with"}, Choice{Value: "led by carers", Title: "Led by carers"})}),
			metaList(question{name: "partners", label: "Partners", hint: "Organisations, one on each line.", tall: 3, miss: "partners"}, func(m *library.Meta) *[]string { return &m.Partners }),
			askProgrammes,
		}},
		{"More about it", "", []question{
			askTopics, askAudience,
			column(question{name: "tried_stopped", label: "If you stopped: why", hint: "A practice that was stopped helps the next place as much as one that works.", as: asText, tall: 2}),
			meta(question{name: "period_note", label: "When it was", hint: "In a few words, such as “April to June 2025, in two surgeries”.", as: asLine, miss: "when it was"}, func(m *library.Meta) *string { return &orNew(&m.Period).Note }),
			meta(question{name: "award_name", label: "Award", hint: "Its full name.", as: asLine}, func(m *library.Meta) *string { return &orNew(&m.Award).Name }),
			meta(question{name: "award_year", label: "Year of the award", as: asLine}, func(m *library.Meta) *library.Loose { return &orNew(&m.Award).Year }),
			meta(question{name: "award_result", label: "What came of it", as: asSelect, empty: "Not said", offer: offered(
				Choice{Value: "won", Title: "Won"}, Choice{Value: "highly-commended", Title: "Highly commended"}, Choice{Value: "shortlisted", Title: "Shortlisted"})}, func(m *library.Meta) *string { return &orNew(&m.Award).Result }),
			askOwner, askLanguage, askNote,
		}},
	},
}

// askResults says more about each line of the result. The lines themselves are written above, and a row is known by its
// line.
var askResults = question{
	name: "results", label: "Each result", hint: "What you have written under Result stands here line by line once it is saved.", as: asRows, one: "result", follows: "result",
	miss: "how you know each result", lacks: func(d *library.Document) bool {
		return len(d.Results()) == 0 || slices.ContainsFunc(d.Results(), func(r library.Result) bool { return r.Kind == "" })
	},
	cells: []cell{
		{name: cellWas, as: asHidden}, {name: "text", label: "Result", as: asLine, wide: true},
		{name: "kind", label: "How you know", as: asSelect, choices: resultKinds(), empty: "Not said"},
		{name: "value", label: "Number", as: asLine}, {name: "unit", label: "Unit", hint: "Such as carers, or %", as: asLine},
		{name: "base", label: "Out of", hint: "Such as 240 asked", as: asLine}, {name: "place", label: "Where", as: asLine},
		{name: "period", label: "When", as: asLine}, {name: cellSource, label: "Source", hint: "One of those below", as: asSelect, empty: "Not said"}, {name: "caution", as: asHidden},
	},
	rows: func(d *library.Document) [][]string {
		var rows [][]string
		for _, r := range d.Results() {
			rows = append(rows, []string{r.Text, r.Text, r.Kind, numberText(r.Value), r.Unit, string(r.Base), string(r.Place), string(r.Period), r.Source, r.Caution})
		}
		return rows
	},
	writeRows: writeResults,
}

func resultKinds() []Choice {
	var list []Choice
	for _, k := range library.ResultKinds {
		list = append(list, Choice{Value: k.Kind, Title: upperFirst(k.Kind) + ": " + k.Means})
	}
	return list
}

func numberText(n *float64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(*n, 'f', -1, 64)
}

// writeResults puts what rows say onto the lines of the result, which may have been changed by the same form. A row
// belongs to the line that says what it said or, where no line came or went, to the one that stands in its place.
func writeResults(d *library.Document, shown [][]string, rows []row) error {
	results, faults := d.Results(), validation.Errors{}
	inPlace := len(results) == len(shown)
	for _, r := range rows {
		if r.same {
			continue
		}
		was := r.cells[0]
		i := slices.IndexFunc(results, func(x library.Result) bool { return x.Text == was })
		switch {
		case was == "" && r.cells[1] == "":
			faults[cellName("results", r.at, "text")] = validation.NewError("validation_text", "Write the result that this belongs to.")
			continue
		case was == "":
			results, i = append(results, library.Result{Text: r.cells[1]}), len(results)
		case i < 0 && inPlace && r.at < len(results):
			i = r.at
		case i < 0:
			continue // its line is gone
		}
		if err := setResult(&results[i], r.cells); err != nil {
			faults[cellName("results", r.at, "value")] = err
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return d.SetResults(results)
}

func setResult(x *library.Result, cells []string) (err error) {
	if cells[1] != cells[0] && cells[1] != "" {
		x.Text = cells[1]
	}
	x.Kind, x.Unit, x.Source, x.Caution = cells[2], cells[4], cells[8], cells[9]
	x.Base, x.Place, x.Period = library.Loose(cells[5]), library.Loose(cells[6]), library.Loose(cells[7])
	x.Value, err = number(cells[3])
	return err
}

// askCautions is what a reader must know before quoting a number.
var askCautions = metaRows(question{
	name: "cautions", label: "What to know before quoting a number", one: "caution",
	cells: []cell{{name: "text", label: "Caution", as: asLine, wide: true}, {name: "id", as: asHidden}},
}, func(m *library.Meta) *[]library.Caution { return &m.Cautions },
	func(c library.Caution) []string { return []string{c.Text, c.ID} },
	func(all []library.Caution, cells []string) (library.Caution, error) {
		c := library.Caution{Text: cells[0], ID: cells[1]}
		if c.ID == "" {
			c.ID = freeID("c", func(id string) bool {
				return slices.ContainsFunc(all, func(other library.Caution) bool { return other.ID == id })
			})
		}
		return c, nil
	})

// others is the section of everything that stands below a heading of the writer's own.
const others = "*"

// sectionQuestions are the longer parts of a case study.
func sectionQuestions() []question {
	var list []question
	for _, sec := range library.CaseStudySections {
		q := question{name: sectionName(sec.Title), label: sec.Title, hint: sec.Hint, as: asMarkdown, tall: 4, section: sec.Title}
		if sec.Title == "In short" {
			q.miss = "the story in short"
		}
		if sec.Title == "What they did" {
			q.miss = "what you did, step by step"
		}
		list = append(list, q)
	}
	return append(list, question{
		name: "others", label: "Anything else", hint: "Further sections, each below a line such as “## What others can borrow”.", as: asMarkdown, tall: 4, section: others,
	})
}

func sectionName(title string) string {
	return "section-" + strings.ReplaceAll(strings.ToLower(title), " ", "-")
}

func sectionText(d *library.Document, title string) string {
	texts, rest := library.Sections(d.Body())
	if title == others {
		return rest
	}
	return texts[title]
}

// writeSections puts the sections that were changed into the body, all at once: a section may hold headings of its own.
func writeSections(d *library.Document, changed map[string]string) {
	texts, rest := library.Sections(d.Body())
	if other, ok := changed[others]; ok {
		rest = sent(other)
	}
	texts = maps.Clone(texts)
	for title, text := range changed {
		if title != others {
			texts[title] = sent(text)
		}
	}
	d.Set("body", library.WithSections(d.Body(), texts, rest))
}
