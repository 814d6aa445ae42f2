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

// Items are the entries of a list as it is stored.
func Items(bullets string) []string { return markdown.StoredItems(bullets) }

// Lines writes bullets for a form, one a line.
func Lines(bullets string) string { return strings.Join(Items(bullets), "\n") }

// FromLines makes bullets of what was typed on a form, one a line. Marks that people put before a point are taken off,
// but for lines that stood there before.
func FromLines(text, before string) string {
	known := Items(before)
	var items []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); !slices.Contains(known, line) {
			line = bulletMark.ReplaceAllString(line, "")
		}
		items = append(items, line)
	}
	return Bullets(items)
}

var bulletMark = regexp.MustCompile(`^(?:[-*•–]|\d{1,2}[.)])\s+`)

// ResultLines writes results for a form: "Measured: 212 passports".
func (d *Document) ResultLines() string {
	var lines []string
	for _, r := range d.results() {
		lines = append(lines, r.line())
	}
	return strings.Join(lines, "\n")
}

// Results are the bullets of the result, each with what is known about it.
func (d *Document) Results() []Result { return d.results() }

// SetResults writes them back, the bullets and what is known about each.
func (d *Document) SetResults(rows []Result) error {
	m := d.Meta()
	m.Results = nil
	var texts []string
	for _, r := range rows {
		r.Text = strings.Join(strings.Fields(r.Text), " ")
		texts = append(texts, r.Text)
		if !r.bare() {
			m.Results = append(m.Results, r)
		}
	}
	d.Set("result", Bullets(texts))
	return d.SetMeta(m)
}

// results joins the bullets of the result with what is known about each.
func (d *Document) results() []Result {
	known := map[string]Result{}
	for _, r := range d.Meta().Results {
		known[r.Text] = r
	}
	var rows []Result
	for _, text := range Items(d.GetString("result")) {
		r := known[text]
		r.Text = text
		rows = append(rows, r)
	}
	return rows
}

func (r Result) line() string {
	if r.Kind == "" {
		return r.Text
	}
	return strings.ToUpper(r.Kind[:1]) + r.Kind[1:] + ": " + r.Text
}

// bare says that nothing is known about a result but its words.
func (r Result) bare() bool { return r == Result{Text: r.Text} }

// SetResultLines reads them back. A line that stood there before means what it meant; what was known about a result
// besides its kind stays with it while its words do.
func (d *Document) SetResultLines(text string) error {
	byLine, byText := map[string]Result{}, map[string]Result{}
	for _, r := range d.results() {
		byLine[r.line()], byText[r.Text] = r, r
	}
	m := d.Meta()
	m.Results = nil
	var texts []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.Join(strings.Fields(line), " ")
		r, ok := byLine[line]
		if !ok {
			kind, words := kindBefore(bulletMark.ReplaceAllString(line, ""))
			r = byText[words]
			r.Text, r.Kind = words, kind
		}
		texts = append(texts, r.Text)
		if !r.bare() {
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
type part struct {
	title, raw string
	own        bool // the first section with a title of CaseStudySections
	at         int  // which part of its body it is, counted from 1; new for one that was put together here
}

const newPart = -1

var secondHeading = regexp.MustCompile(`(?m)^##[ \t]+(.+?)[ \t]*#*[ \t]*$`)

// parts takes a body apart; put together again they are its very bytes. The first has no heading.
func parts(body string) []part {
	at := secondHeading.FindAllStringSubmatchIndex(body, -1)
	start := len(body)
	if len(at) > 0 {
		start = at[0][0]
	}
	list := []part{{raw: body[:start], at: 1}}
	seen := map[string]bool{}
	for i, m := range at {
		end := len(body)
		if i < len(at)-1 {
			end = at[i+1][0]
		}
		p := part{title: body[m[2]:m[3]], raw: body[m[0]:end], at: i + 2}
		p.own = !seen[p.title] && slices.ContainsFunc(CaseStudySections, func(s Section) bool { return s.Title == p.title })
		seen[p.title] = true
		list = append(list, p)
	}
	return list
}

// text is what stands below the part's heading.
func (p part) text() string {
	_, text, _ := strings.Cut(p.raw, "\n")
	return strings.TrimSpace(text)
}

func section(title, text string) part {
	return part{title: title, raw: "## " + title + "\n\n" + normal(text) + "\n", own: true, at: newPart}
}

// Sections takes a case study's body apart for a form: the text of each known section by its title, and the Markdown of
// everything else.
func Sections(body string) (texts map[string]string, others string) {
	texts = map[string]string{}
	var rest []string
	for _, p := range parts(body) {
		if p.own {
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
		case p.own && same(texts[p.title], before[p.title]), !p.own && same(others, othersBefore):
			kept = append(kept, p)
		case p.own && normal(texts[p.title]) != "":
			kept = append(kept, section(p.title, texts[p.title]))
		}
	}
	for i, s := range CaseStudySections {
		if _, there := before[s.Title]; !there && normal(texts[s.Title]) != "" {
			kept = slices.Insert(kept, after(kept, CaseStudySections[:i]), section(s.Title, texts[s.Title]))
		}
	}
	if !same(others, othersBefore) {
		rest := parts(normal(others) + "\n")
		for i := range rest {
			rest[i].at = newPart
		}
		kept = append(append(rest[:1:1], kept...), rest[1:]...) // words without a heading would become a section's
	}
	return join(kept)
}

// join puts parts one after the other, with an empty line between those that did not stand together before.
func join(kept []part) string {
	var b strings.Builder
	last := 0
	for _, p := range kept {
		if strings.TrimSpace(p.raw) == "" && p.at == newPart {
			continue
		}
		for p.at != last+1 && b.Len() > 0 && !strings.HasSuffix(b.String(), "\n\n") {
			b.WriteByte('\n')
		}
		b.WriteString(p.raw)
		last = p.at
	}
	return b.String()
}

// after is the place behind the last part that has one of the given titles, or behind the text before all headings.
func after(kept []part, sections []Section) int {
	at := 0
	for i, p := range kept {
		if p.title == "" || p.own && slices.ContainsFunc(sections, func(s Section) bool { return s.Title == p.title }) {
			at = i + 1
		}
	}
	return at
}

func normal(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
