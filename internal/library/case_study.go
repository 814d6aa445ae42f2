package library

import (
	"regexp"
	"slices"
	"strings"

	"commonplace/internal/markdown"
)

// CaseStudy is a document about good practice: challenge, action, result, and the story behind them.
const CaseStudy Kind = "case-study"

var caseStudy = rules{
	word: "case study", plural: "Good practice", base: "/case-studies", prefix: "cs",
	publish: []need{
		{"summary", "Give a summary: one or two sentences that say what was done and for whom."},
		{"challenge", "Say what the challenge was."},
		{"action", "Say what was done."},
		{"result", "Say what the result was. If it is too early to tell, say that."},
		{"places", "Choose at least one place."},
		{"contact_role", "Give a role that people can contact, such as \"Carers lead\"."},
	},
	anchors: map[string]string{
		"in short": "synopsis", "synopsis": "synopsis",
		"what they set out to do": "ambitions", "ambitions": "ambitions",
		"what changed": "outcomes", "outcomes": "outcomes",
		"how it spread": "spread", "spread": "spread",
		"what it is worth": "value", "value": "value",
		"who was involved": "involvement", "involvement": "involvement",
	},
}

// Section is one of the longer parts of a case study, with the question it answers.
type Section struct{ Title, Hint string }

// CaseStudySections are the headings of a case study's body, in their order.
var CaseStudySections = []Section{
	{"In short", "The whole story in a paragraph."},
	{"The place", "Where it happened and who lives there."},
	{"What they set out to do", "The aim, and how people knew it was the right one."},
	{"What they did", "Step by step, so that somebody else could do it."},
	{"What changed", "For carers, for staff, for services. Say how you know."},
	{"How it spread", "Who else took it up, and what helped."},
	{"What it is worth", "Money, time, and what carers say it is worth."},
	{"Who was involved", "Partners, and how carers took part."},
}

// ResultKinds says how far a result can be trusted, with what each word means.
var ResultKinds = []struct{ Kind, Means string }{
	{"measured", "counted, with a base, a place, a period and a source"},
	{"reported", "said by those who did it"},
	{"projected", "hoped for or planned"},
	{"illustrative", "made up, to show how it works"},
}

// Lines writes bullets for a form, one a line.
func Lines(bullets string) string { return strings.Join(markdown.Items(bullets), "\n") }

// FromLines makes bullets of what was typed on a form, one a line; marks that people put before a point are taken off.
func FromLines(text string) string {
	var items []string
	for line := range strings.SplitSeq(text, "\n") {
		items = append(items, bulletMark.ReplaceAllString(strings.TrimSpace(line), ""))
	}
	return Bullets(items)
}

var bulletMark = regexp.MustCompile(`^(?:[-*•–]|\d{1,2}[.)])\s+`)

// ResultLines writes results for a form: "Measured: 212 passports".
func (d *Document) ResultLines() string {
	rows := map[string]Result{}
	for _, r := range d.Meta().Results {
		rows[r.Text] = r
	}
	var lines []string
	for _, text := range markdown.Items(d.GetString("result")) {
		if kind := rows[text].Kind; kind != "" {
			text = strings.ToUpper(kind[:1]) + kind[1:] + ": " + text
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n")
}

// SetResultLines reads them back. What was known about a result besides its kind stays with it while its words do.
func (d *Document) SetResultLines(text string) error {
	m := d.Meta()
	known := map[string]Result{}
	for _, r := range m.Results {
		known[r.Text] = r
	}
	var texts []string
	m.Results = nil
	for _, line := range markdown.Items(FromLines(text)) {
		kind, words := kindBefore(line)
		texts = append(texts, words)
		r := known[words]
		if r.Text, r.Kind = words, kind; kind != "" {
			m.Results = append(m.Results, r)
		}
	}
	d.Set("result", Bullets(texts))
	return d.SetMeta(m)
}

func kindBefore(line string) (kind, words string) {
	before, after, ok := strings.Cut(line, ":")
	for _, k := range ResultKinds {
		if ok && strings.EqualFold(strings.TrimSpace(before), k.Kind) {
			return k.Kind, strings.TrimSpace(after)
		}
	}
	return "", line
}

// part is a stretch of a body: a heading of the second level with what follows it, or what stands before the first.
type part struct{ title, raw string }

var secondHeading = regexp.MustCompile(`(?m)^##[ \t]+(.+?)[ \t]*#*[ \t]*$`)

func parts(body string) []part {
	at := secondHeading.FindAllStringSubmatchIndex(body, -1)
	start := len(body)
	if len(at) > 0 {
		start = at[0][0]
	}
	list := []part{{raw: body[:start]}}
	for i, m := range at {
		end := len(body)
		if i < len(at)-1 {
			end = at[i+1][0]
		}
		list = append(list, part{title: body[m[2]:m[3]], raw: body[m[0]:end]})
	}
	return list
}

// text is what stands below the part's heading.
func (p part) text() string {
	if p.title == "" {
		return strings.TrimSpace(p.raw)
	}
	_, text, _ := strings.Cut(p.raw, "\n")
	return strings.TrimSpace(text)
}

func (p part) known() bool {
	return slices.ContainsFunc(CaseStudySections, func(s Section) bool { return s.Title == p.title })
}

// Sections takes a case study's body apart for a form: the text of each known section by its title, and the Markdown of
// everything else.
func Sections(body string) (texts map[string]string, others string) {
	texts = map[string]string{}
	var rest []string
	for _, p := range parts(body) {
		if _, twice := texts[p.title]; p.known() && !twice {
			texts[p.title] = p.text()
		} else if s := strings.TrimSpace(p.raw); s != "" {
			rest = append(rest, s)
		}
	}
	return texts, strings.Join(rest, "\n\n")
}

// WithSections puts a body together again. A section that says what it said keeps its very bytes and its place; a new
// one follows the known sections before it.
func WithSections(body string, texts map[string]string, others string) string {
	before, othersBefore := Sections(body)
	same := func(a, b string) bool { return normal(a) == normal(b) }
	var kept []part
	for _, p := range parts(body) {
		switch {
		case p.known() && same(texts[p.title], before[p.title]):
			kept = append(kept, p)
		case p.known() && normal(texts[p.title]) != "":
			kept = append(kept, part{p.title, "## " + p.title + "\n\n" + normal(texts[p.title]) + "\n\n"})
		case !p.known() && same(others, othersBefore):
			kept = append(kept, p)
		}
	}
	for i, s := range CaseStudySections {
		if before[s.Title] == "" && normal(texts[s.Title]) != "" {
			kept = slices.Insert(kept, after(kept, CaseStudySections[:i]), part{s.Title, "## " + s.Title + "\n\n" + normal(texts[s.Title]) + "\n\n"})
		}
	}
	if !same(others, othersBefore) && normal(others) != "" {
		kept = append(kept, part{raw: normal(others) + "\n"})
	}
	var b strings.Builder
	for _, p := range kept {
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n\n") {
			b.WriteString(strings.Repeat("\n", 2-min(1, strings.Count(b.String()[b.Len()-1:], "\n"))))
		}
		b.WriteString(p.raw)
	}
	return b.String()
}

// after is the place behind the last part that has one of the given titles, or behind the text before all headings.
func after(kept []part, sections []Section) int {
	at := 0
	for i, p := range kept {
		if p.title == "" || slices.ContainsFunc(sections, func(s Section) bool { return s.Title == p.title }) {
			at = i + 1
		}
	}
	return at
}

func normal(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
