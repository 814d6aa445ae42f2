package site

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/markdown"

	validation "github.com/pocketbase/ozzo-validation/v4"
)

// forms are what is asked for each kind of document.
var forms = map[library.Kind]kindForm{
	library.CaseStudy: caseStudyForm, library.Handbook: handbookForm, library.Guidance: guidanceForm, library.ActionPlan: planForm,
	library.Template: templateForm, library.Glossary: glossaryForm, library.SitePage: pageForm,
}

var handbookForm = kindForm{
	lead: "One page answers one question of a carer. Short sentences, plain words.",
	first: []question{
		title("Title", "The question, or what to do. Fewer than 65 characters."),
		summary("The answer in short", "What a tired reader must know, in one or two sentences."),
		column(question{name: "chapter", label: "Chapter", as: asSelect, empty: "Choose a chapter", offer: vocabulary("chapter")}),
		askAudience,
		body("The page", "Begin with what to do. A line such as “## What to say” makes a heading.", 14),
		meta(question{name: "next_label", label: "The next step", hint: "One thing to do after reading, such as “Find your local carers’ organisation”.", as: asLine}, func(m *library.Meta) *string { return &orNew(&m.NextStep).Label }),
		meta(question{name: "next_url", label: "Where the next step leads", hint: "An address, such as /handbook/start-here/find-local-help.", as: asLine}, func(m *library.Meta) *string { return &orNew(&m.NextStep).URL }),
	},
	stronger: []questionGroup{
		{"Where it comes from", "A law, a number or a quotation needs its source.", []question{askSources, askCountry, askOwner}},
		{"Where it stands", "", []question{
			askTopics, askPlaces,
			columnFlag(question{name: "urgent", label: "Help now"}, "Show who to call today at the top of the page"),
			column0(question{name: "position", label: "Place in the chapter", hint: "A number. Pages with a small one come first.", as: asLine}), askLanguage,
		}},
	},
}

var guidanceForm = kindForm{
	lead: "A page for people who support carers in their job.",
	first: []question{
		title("Title", "What you would say to a colleague in one breath."),
		summary("Summary", "What it helps with, in one or two sentences."),
		body("The page", "A line such as “## Before you begin” makes a heading.", 14),
	},
	stronger: []questionGroup{
		{"Where it comes from", "", []question{askSources, askEvidence, askNote, askCountry, askOwner, askContact}},
		{"Where it stands", "", []question{askTopics, askAudience, askPlaces, askProgrammes, askLanguage}},
	},
}

var planForm = kindForm{
	lead: "The words of the plan. Its goals, measures and actions are kept beside them and stay as they are.",
	first: []question{
		title("Title", "Whose plan it is, and for which years."),
		summary("Summary", "What the plan promises, in one or two sentences."),
		askPlaces,
		body("About the plan", "Why it was made, and how it will be kept.", 8),
	},
	stronger: []questionGroup{
		{"Who answers for it", "", []question{
			askOwner,
			meta(question{name: "board_sponsor_role", label: "Sponsor on the board", hint: "A role.", as: asLine, miss: "its sponsor"}, func(m *library.Meta) *string { return &m.BoardSponsor }),
			meta(question{name: "coproduced_with", label: "Made with", hint: "Such as “Twelve carers from three places”.", as: asLine, miss: "which carers it was made with"}, func(m *library.Meta) *string { return &m.CoproducedBy }),
			askContact,
		}},
		{"When", "", []question{
			meta(question{name: "period_from", label: "From", hint: "Such as 2026-04.", as: asLine, miss: "when it begins"}, func(m *library.Meta) *library.Loose { return &orNew(&m.Period).From }),
			meta(question{name: "period_to", label: "To", hint: "Such as 2028-03.", as: asLine, miss: "when it ends"}, func(m *library.Meta) *library.Loose { return &orNew(&m.Period).To }),
			meta(question{name: "review_every", label: "How often it is looked at", hint: "Such as 3 months.", as: asLine}, func(m *library.Meta) *string { return &m.ReviewEvery }),
		}},
		{"Where it stands", "", []question{askTopics, askAudience, askProgrammes, askEvidence, askNote, askSources, askCountry, askLanguage}},
	},
}

var templateForm = kindForm{
	lead: "A form for others to fill in or print.",
	first: []question{
		title("Title", "What it is for."),
		summary("Summary", "Who fills it in, and when, in one or two sentences."),
		meta(question{name: "template_kind", label: "Kind", as: asSelect, empty: "Not said", offer: offered(
			Choice{Value: "case-study", Title: "Case study"}, Choice{Value: "passport", Title: "Passport"}, Choice{Value: "role", Title: "Role"}, Choice{Value: "self-assessment", Title: "Self-check"},
			Choice{Value: "impact-check", Title: "Impact check"}, Choice{Value: "plan", Title: "Plan"}, Choice{Value: "notes", Title: "Notes"})}, func(m *library.Meta) *string { return &m.TemplateKind }),
		askFields,
		body("How to use it", "Shown above the questions.", 6),
	},
	stronger: []questionGroup{
		{"Where it stands", "", []question{askTopics, askAudience, askPlaces, askProgrammes, metaFlag(question{name: "prints_to_one_page", label: "On paper"}, "It prints to one page", func(m *library.Meta) *bool { return &m.OnePage }), askLanguage}},
		{"Where it comes from", "", []question{askSources, askCountry, askOwner}},
	},
}

var askFields = metaRows(question{
	name: "fields", label: "Its questions", one: "question",
	cells: []cell{
		{name: "label", label: "Question", as: asLine, wide: true}, {name: "help", label: "Help", as: asLine, wide: true},
		{name: "kind", label: "Answer", as: asSelect, choices: []Choice{{Value: "text", Title: "A line"}, {Value: "long", Title: "A few lines"}, {Value: "choice", Title: "One of a few"}, {Value: "date", Title: "A date"}, {Value: "scale", Title: "A scale"}}, empty: "A line, not said"},
		{name: "choices", label: "Answers to choose from", hint: "One on each line", as: asText}, {name: "required", label: "Must be answered", as: asFlag},
		{name: "private", label: "Private: never leaves the reader’s browser", as: asFlag}, {name: "key", as: asHidden}, {name: "topics", as: asHidden},
	},
}, func(m *library.Meta) *[]library.TemplateField { return &m.Fields },
	func(f library.TemplateField) []string {
		return []string{f.Label, f.Help, f.Kind, strings.Join(f.Choices, "\n"), firstOf(yes(f.Required)), firstOf(yes(f.Private)), f.Key, strings.Join(f.Topics, " ")}
	}, readTemplateField)

func readTemplateField(all []library.TemplateField, cells []string) (library.TemplateField, error) {
	f := library.TemplateField{Label: cells[0], Help: cells[1], Kind: cells[2], Choices: lines(cells[3]), Required: cells[4] != "", Private: cells[5] != "", Key: cells[6], Topics: strings.Fields(cells[7])}
	if f.Label == "" {
		return f, validation.NewError("validation_required", "Write the question, or remove its row.")
	}
	taken := func(key string) bool {
		return key == "" || slices.ContainsFunc(all, func(other library.TemplateField) bool { return other.Key == key })
	}
	if base := strings.ReplaceAll(markdown.Slug(f.Label), "-", "_"); f.Key == "" {
		f.Key = base
		for n := 2; taken(f.Key); n++ {
			f.Key = fmt.Sprintf("%s_%d", orElse(base, "question"), n)
		}
	}
	return f, nil
}

var glossaryForm = kindForm{
	lead: "One word, and what it means to somebody who never heard it.",
	first: []question{
		title("Term", "As people meet it in a letter or a meeting."),
		summary("What it means", "One sentence in plain words."),
		metaList(question{name: "also", label: "People also say", hint: "Other words, short forms and common misspellings, one on each line. Search finds the term by them.", tall: 3}, func(m *library.Meta) *[]string { return &m.Also }),
		askSee,
	},
	stronger: []questionGroup{
		{"More about it", "", []question{body("More about it", "Where one meets it, and what to do then.", 5), askSources, askTopics, askAudience, askCountry, askOwner, askLanguage}},
	},
}

// askSee names other terms by their titles; the document holds their keys.
var askSee = question{
	name: "see", label: "See also", hint: "Other terms of the glossary, one on each line.", as: asList, tall: 3,
	read: func(s *Site, d *library.Document) []string {
		titles, _, err := glossaryTitles(s)
		var list []string
		for _, key := range d.Meta().See {
			if titles[key] == "" || err != nil {
				list = append(list, key)
				continue
			}
			list = append(list, titles[key])
		}
		return []string{strings.Join(list, "\n")}
	},
	write: func(s *Site, d *library.Document, a []string) error {
		titles, keys, err := glossaryTitles(s)
		if err != nil {
			return err
		}
		m := d.Meta()
		known := m.See
		m.See = nil
		for _, word := range lines(a[0]) {
			key := keys[markdown.Slug(word)]
			if titles[word] != "" || slices.Contains(known, word) {
				key = word // a key that the form showed as it is
			}
			if key == "" {
				return validation.Errors{"see": validation.NewError("validation_unknown", fmt.Sprintf("There is no term “%s” in the glossary.", word))}
			}
			m.See = append(m.See, key)
		}
		return setMeta(d, m)
	},
}

var pageForm = kindForm{
	lead: "A page of the site itself.",
	first: []question{
		title("Title", ""),
		summary("Summary", "One or two sentences."),
		body("The page", "", 14),
	},
	stronger: []questionGroup{{"More about it", "", []question{askTopics, askAudience, askSources, askOwner, askLanguage}}},
}

// metaFlag is a single box for what stands in the front matter only.
func metaFlag(q question, title string, at func(m *library.Meta) *bool) question {
	q = columnFlag(q, title)
	q.read = func(_ *Site, d *library.Document) []string {
		m := d.Meta()
		return yes(*at(&m))
	}
	q.write = func(_ *Site, d *library.Document, a []string) error {
		m := d.Meta()
		*at(&m) = len(a) > 0
		return setMeta(d, m)
	}
	return q
}

// column0 is a whole number, of which 0 is none.
func column0(q question) question {
	q.read = func(_ *Site, d *library.Document) []string {
		if n := d.GetInt(q.name); n != 0 {
			return []string{strconv.Itoa(n)}
		}
		return nil
	}
	q.write = func(_ *Site, d *library.Document, a []string) error {
		n, err := strconv.Atoi(orElse(a[0], "0"))
		if err != nil || n < 0 || n > 100_000 {
			return validation.Errors{q.name: validation.NewError("validation_number", "Give a whole number, such as 10.")}
		}
		d.Set(q.name, n)
		return nil
	}
	return q
}
