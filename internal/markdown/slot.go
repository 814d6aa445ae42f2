package markdown

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// A slot is a place in a text that is filled when the page is served: {{figure KEY}} and {{local KEY}}. In rendered
// HTML it is a mark between two private characters, which cannot come from a writer.
const (
	slotOpen  = "\uE000"
	slotClose = "\uE001"
)

var slotSource = regexp.MustCompile(`^\{\{(figure|local) ([a-z0-9][a-z0-9_-]*)\}\}`)

// slotMark finds a mark, and the paragraph around it when it stands alone in one.
var slotMark = regexp.MustCompile(`(?:<p[^>]*>)?` + slotOpen + `(figure|local) ([a-z0-9_-]+)` + slotClose + `(?:</p>)?`)

// forbidden are the characters that no writer may set: the marks of slots, NUL, and the two that turn the direction of
// what follows them, with which a text can be made to read otherwise than it is written.
const forbidden = slotOpen + slotClose + "\x00\u202D\u202E"

// withoutMarks takes out the forbidden characters.
func withoutMarks(source string) string {
	if !strings.ContainsAny(source, forbidden) {
		return source
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(forbidden, r) {
			return -1
		}
		return r
	}, source)
}

// Fill replaces every slot of rendered HTML by what fill answers for its name ("figure" or "local") and key. A local
// answer is a block of its own, so the paragraph around its slot goes with it. What fill returns must be safe HTML.
func Fill(html string, fill func(name, key string) string) string {
	if !strings.Contains(html, slotOpen) {
		return html
	}
	return slotMark.ReplaceAllStringFunc(html, func(m string) string {
		parts := slotMark.FindStringSubmatch(m)
		filled := fill(parts[1], parts[2])
		alone := strings.HasPrefix(m, "<p") && strings.HasSuffix(m, "</p>")
		if parts[1] == "local" && alone {
			return filled
		}
		mark := slotOpen + parts[1] + " " + parts[2] + slotClose
		return strings.Replace(m, mark, filled, 1)
	})
}

var slotInWords = regexp.MustCompile(`\{\{(figure|local) ([a-z0-9][a-z0-9_-]*)\}\}`)

// FillPlain does for plain text what Fill does for HTML.
func FillPlain(plain string, fill func(name, key string) string) string {
	return slotInWords.ReplaceAllStringFunc(plain, func(m string) string {
		parts := slotInWords.FindStringSubmatch(m)
		return fill(parts[1], parts[2])
	})
}

// Slots lists the slots of a rendered text as "figure KEY" and "local KEY".
func Slots(html string) []string {
	if !strings.Contains(html, slotOpen) {
		return nil
	}
	return named(slotMark, html)
}

// SlotsInWords lists the slots of plain text likewise.
func SlotsInWords(plain string) []string {
	if !strings.Contains(plain, "{{") {
		return nil
	}
	return named(slotInWords, plain)
}

func named(slot *regexp.Regexp, text string) []string {
	var slots []string
	for _, m := range slot.FindAllStringSubmatch(text, -1) {
		slots = append(slots, m[1]+" "+m[2])
	}
	return slots
}

var kindSlot = ast.NewNodeKind("Slot")

type slotNode struct {
	ast.BaseInline
	name, key string
}

func (n *slotNode) source() string     { return "{{" + n.name + " " + n.key + "}}" }
func (n *slotNode) Kind() ast.NodeKind { return kindSlot }
func (n *slotNode) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"name": n.name, "key": n.key}, nil)
}

type slotParser struct{}

func (slotParser) Trigger() []byte { return []byte{'{'} }

func (slotParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	m := slotSource.FindSubmatch(line)
	if m == nil {
		return nil
	}
	block.Advance(len(m[0]))
	return &slotNode{name: string(m[1]), key: string(m[2])}
}
