package intake

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"commonplace/internal/library"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The parts of a case study that are fields of their own.
const (
	challenge = "challenge"
	action    = "action"
	result    = "result"
)

// studyHeadings says which part of a case study a heading begins, by its words: a field, or the title of one of the longer
// sections. They are the words of the case studies that partners wrote for awards, and of our own form.
var studyHeadings = func() map[string]string {
	m := map[string]string{}
	for part, words := range map[string]string{
		challenge:                 "challenge|the challenge|challenges|our challenge|problem|the problem|what was the problem|what was wrong",
		action:                    "action|actions|the action|action taken|actions taken|our action|solution|the solution|our solution",
		result:                    "result|results|the result|the results|our results",
		"In short":                "in short|synopsis|overview|in brief|executive summary",
		"The place":               "the place|setting|context|background|about the place",
		"What they set out to do": "what they set out to do|what we set out to do|ambition|ambitions|aim|aims|our aims|aims and objectives|objectives",
		"What they did":           "what they did|what we did|how we did it|approach|our approach",
		"What changed":            "what changed|outcome|outcomes|impact|the impact|what difference it made",
		"How it spread":           "how it spread|spread|scale and spread|spread and adoption",
		"What it is worth":        "what it is worth|value|value for money|costs and savings",
		"Who was involved":        "who was involved|involvement|partners involved|stakeholder involvement|how carers were involved",
	} {
		for w := range strings.SplitSeq(words, "|") {
			m[w] = part
		}
	}
	return m
}()

// studyPart is the part that a heading begins, "" for other headings.
func studyPart(heading string) string {
	words := strings.ToLower(strings.Join(strings.Fields(strings.Trim(heading, "*_#: \t\u00a0")), " "))
	return studyHeadings[strings.TrimRight(numbered.ReplaceAllString(words, ""), ":. ")]
}

var numbered = regexp.MustCompile(`^\d{1,2}[.)]\s*`)

// studyTables takes a form apart that has its headings in the first column of a table, as many templates have.
func (t *pageTurning) studyTables() {
	for _, n := range elementsIn(t.root) {
		if n.Parent == nil || n.DataAtom != atom.Table || inTable(n) {
			continue
		}
		known := 0
		for _, row := range rowsOf(n) {
			if len(row) == 2 && studyPart(textOf(row[0])) != "" {
				known++
			}
		}
		if known < 3 {
			continue
		}
		for _, row := range rowsOf(n) {
			h := element(atom.H2)
			h.AppendChild(&html.Node{Type: html.TextNode, Data: oneLine(textOf(row[0]))})
			n.Parent.InsertBefore(h, n)
			for _, cell := range row[1:] {
				n.Parent.InsertBefore(detached(cell), n)
			}
		}
		n.Parent.RemoveChild(n)
	}
}

// rowsOf lists the cells of a table, row by row.
func rowsOf(table *html.Node) [][]*html.Node {
	var rows [][]*html.Node
	for _, tr := range elementsIn(table) {
		if tr.DataAtom != atom.Tr {
			continue
		}
		var row []*html.Node
		for c := tr.FirstChild; c != nil; c = c.NextSibling {
			if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
				row = append(row, c)
			}
		}
		if len(row) > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// study takes a text apart that is written under the headings of a case study. It does when the file is to be one, or says
// so by having challenge, action and result.
func (p *piece) study(as library.Kind) {
	asked := as == library.CaseStudy
	if as != "" && !asked {
		return
	}
	parts := studyParts(p.body)
	has := func(name string) bool {
		return slices.ContainsFunc(parts, func(s studyText) bool { return s.part == name && len(s.blocks) > 0 })
	}
	if !asked && !(has(challenge) && has(action) && has(result)) {
		return
	}
	p.kind = library.CaseStudy
	notes := footnotesIn(p.body)
	var body []string
	titled := map[string]bool{}
	for _, s := range parts {
		switch {
		case s.part == "":
			body = append(body, lowered(s.blocks, 2)...)
		case s.part == challenge || s.part == action || s.part == result:
			body = append(body, p.points(s, notes)...)
		default:
			if !titled[s.part] {
				body = append(body, "## "+s.part)
			}
			titled[s.part] = true
			body = append(body, lowered(s.blocks, 3)...)
		}
	}
	p.body = strings.Join(body, "\n\n") + "\n"
}

// lowered has headings of a level at least, so that those of the second are the parts of a case study.
func lowered(blocks []string, least int) []string {
	for i, b := range blocks {
		if m := markdownHeading.FindStringSubmatch(b); m != nil && len(m[1]) < least {
			blocks[i] = strings.Repeat("#", least) + " " + m[2]
		}
	}
	return blocks
}

// studyText is a stretch of a text below one heading of a case study; part is "" for what stands elsewhere.
type studyText struct {
	part   string
	blocks []string
}

// studyParts takes a text apart at its headings. What follows a heading that is no case study's belongs to itself, unless
// the heading is a lower one.
func studyParts(body string) []studyText {
	parts := []studyText{{}}
	level := 0
	for _, block := range blocksOf(body) {
		at, words, rest := headingOf(block)
		switch part := studyPart(words); {
		case part != "":
			level = at
			parts = append(parts, studyText{part: part})
			if rest != "" {
				parts[len(parts)-1].blocks = append(parts[len(parts)-1].blocks, rest)
			}
			continue
		case at > 0 && parts[len(parts)-1].part != "" && (level == 0 || at <= level):
			parts = append(parts, studyText{})
		case isFootnote.MatchString(block) && parts[len(parts)-1].part != "":
			parts = append(parts, studyText{})
		}
		last := &parts[len(parts)-1]
		last.blocks = append(last.blocks, block)
	}
	return parts
}

var (
	markdownHeading = regexp.MustCompile(`^(#{1,6})[ \t]+(.+?)[ \t]*#*$`)
	boldLine        = regexp.MustCompile(`^\*\*([^*\n]+)\*\*[ \t]*:?$`)
	boldStart       = regexp.MustCompile(`^\*\*([^*\n]+?):?\*\*:?[ \t\n]+(\S[\s\S]*)$`)
	isFootnote      = regexp.MustCompile(`^\[\^\d+\]: `)
	footnoteCall    = regexp.MustCompile(`\[\^(\d+)\]`)
)

// headingOf is what a block says when it is a heading: one of Markdown's with its level, or a line in bold or on its own
// that begins a part of a case study. A bold beginning of a paragraph is one too; the rest is its text.
func headingOf(block string) (level int, words, rest string) {
	if m := markdownHeading.FindStringSubmatch(block); m != nil {
		return len(m[1]), m[2], ""
	}
	if m := boldLine.FindStringSubmatch(block); m != nil {
		return 0, m[1], ""
	}
	if m := boldStart.FindStringSubmatch(block); m != nil && studyPart(m[1]) != "" {
		return 0, m[1], m[2]
	}
	if !strings.Contains(block, "\n") && utf8.RuneCountInString(block) <= longestSummary {
		return 0, block, ""
	}
	return 0, "", ""
}

// blocksOf takes a text apart at its empty lines; code and lists with empty lines between their entries stay whole enough
// to be put together again.
func blocksOf(body string) []string {
	var blocks []string
	var lines []string
	fence := ""
	flush := func() {
		if b := strings.TrimRight(strings.Join(lines, "\n"), " \t\n"); strings.TrimSpace(b) != "" {
			blocks = append(blocks, b)
		}
		lines = nil
	}
	for line := range strings.SplitSeq(body, "\n") {
		mark := fenceOf(strings.TrimLeft(line, " \t"))
		if mark != "" && fence == "" {
			fence = mark
		} else if mark != "" && strings.HasPrefix(mark, fence) {
			fence = ""
		}
		switch {
		case fence == "" && strings.TrimSpace(line) == "":
			flush()
		case fence == "" && markdownHeading.MatchString(line):
			flush()
			lines = append(lines, line)
			flush()
		default:
			lines = append(lines, line)
		}
	}
	flush()
	return blocks
}

// footnotesIn lists the texts of a text's footnotes by their numbers.
func footnotesIn(body string) map[string]string {
	notes := map[string]string{}
	for _, block := range blocksOf(body) {
		for line := range strings.SplitSeq(block, "\n") {
			if isFootnote.MatchString(line) {
				number, text, _ := strings.Cut(strings.TrimPrefix(line, "[^"), "]: ")
				notes[number] = text
			}
		}
	}
	return notes
}

// points makes the bullets of a field of what stands below its heading. What is no list and no paragraph, such as a table,
// comes back for the body.
func (p *piece) points(s studyText, notes map[string]string) (rest []string) {
	var bullets []any
	for _, item := range already(p.front[s.part]) {
		bullets = append(bullets, item)
	}
	for _, block := range s.blocks {
		if strings.HasPrefix(block, "|") || fenceOf(block) != "" || strings.HasPrefix(block, "![") {
			rest = append(rest, block)
			continue
		}
		if level, words, _ := headingOf(block); level > 0 {
			block = "**" + words + "**"
		}
		for _, item := range library.Items(block) {
			item = footnoteCall.ReplaceAllStringFunc(item, func(call string) string {
				return " (" + strings.TrimRight(notes[footnoteCall.FindStringSubmatch(call)[1]], ". ") + ")"
			})
			bullets = append(bullets, item)
		}
	}
	if len(bullets) > 0 {
		p.front[s.part] = bullets
	}
	if len(rest) > 0 {
		p.Problems = append(p.Problems, fmt.Sprintf("What stands under %q and is no point of a list went into the body.", s.part))
		rest = append([]string{"## More about the " + s.part}, rest...)
	}
	return rest
}

func already(v any) []any {
	list, _ := v.([]any)
	return list
}
