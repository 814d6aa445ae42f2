package intake

import (
	"fmt"
	"html"
	"regexp"
	"strings"

	"commonplace/internal/markdown"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
)

// rawHTML turns the HTML in a text into Markdown, because the hub shows none: blocks through the converter, tags within
// a line one by one. What has no words (frames, scripts) is left out by name.
func (p *piece) rawHTML(body string) string {
	spans := markdown.RawHTML(body)
	if len(spans) == 0 {
		return body
	}
	h := htmlTurning{body: body}
	for i := 0; i < len(spans); i++ {
		s := spans[i]
		if s.Start < h.from {
			continue
		}
		if s.Block {
			h.block(s)
		} else {
			h.tag(s)
		}
	}
	h.out.WriteString(body[h.from:])
	if len(h.left) > 0 {
		p.Problems = append(p.Problems, fmt.Sprintf("HTML without a counterpart was left out (%d): %s", len(h.left), strings.Join(h.left, "; ")))
	}
	return h.out.String()
}

// htmlTurning walks through a text and writes it out again without HTML.
type htmlTurning struct {
	body  string
	from  int // everything before is written
	out   strings.Builder
	links []string // addresses of the links that are open
	left  []string
}

var (
	tableOpens  = regexp.MustCompile(`(?i)<table[\s>]`)
	tableCloses = regexp.MustCompile(`(?i)</table\s*>`)
	frame       = regexp.MustCompile(`(?is)<(iframe|video|audio|object|embed|script|style|form|input|button|select|svg|textarea)\b[^>]*>(?:.*?</(?:script|style|svg|select|textarea)>)?`)
	frameSource = regexp.MustCompile(`(?i)\bsrc\s*=\s*["']?(https?:[^"'\s>]+)`)
	onlySpace   = regexp.MustCompile(`^[ \t]*$`)

	// The converter writes a line break in a cell as a tag. A row of Markdown cannot be broken.
	rowWithBreak = regexp.MustCompile(`(?m)^\|.*<br.*$`)
	lineBreak    = regexp.MustCompile(`[ \t]*<br ?/?>[ \t]*`)
)

// block turns a block of HTML. A table runs to its end, even when empty lines make several blocks of it.
func (h *htmlTurning) block(s markdown.HTMLSpan) {
	h.out.WriteString(h.body[h.from:s.Start])
	raw := h.body[s.Start:s.Stop]
	if tableOpens.MatchString(raw) && !tableCloses.MatchString(raw) {
		if end := tableCloses.FindStringIndex(h.body[s.Stop:]); end != nil {
			raw = h.body[s.Start : s.Stop+end[1]]
		}
	}
	h.from = s.Start + len(raw)
	raw = anyTag.ReplaceAllStringFunc(h.withoutFrames(raw), func(tag string) string {
		m := tagName.FindStringSubmatch(tag)
		switch {
		case h.meantAsWords(tag):
			return html.EscapeString(tag)
		case m != nil && m[1] == "" && !elements[strings.ToLower(m[2])]:
			h.left = append(h.left, oneLine(tag))
		}
		return tag
	})
	md, err := markdownOfHTML(raw)
	if err != nil {
		h.left = append(h.left, oneLine(raw))
		return
	}
	indent := ""
	if i := strings.LastIndexByte(h.body[:s.Start], '\n'); onlySpace.MatchString(h.body[i+1 : s.Start]) {
		indent = h.body[i+1 : s.Start]
	}
	md = rowWithBreak.ReplaceAllStringFunc(strings.TrimSpace(md), func(row string) string { return lineBreak.ReplaceAllString(row, " ") })
	if md == "" {
		h.out.WriteString("\n")
		return
	}
	h.out.WriteString(strings.ReplaceAll(md, "\n", "\n"+indent) + "\n\n")
}

// markdownOfHTML turns a block that was cut out of a text.
func markdownOfHTML(raw string) (string, error) {
	root, err := parse(raw)
	if err != nil {
		return "", err
	}
	boundTables(root)
	md, err := htmlConverter.ConvertNode(root)
	return string(md), err
}

// withoutFrames takes out what shows nothing here; a frame that leads somewhere becomes a link.
func (h *htmlTurning) withoutFrames(raw string) string {
	return frame.ReplaceAllStringFunc(raw, func(m string) string {
		h.left = append(h.left, oneLine(m))
		if src := frameSource.FindStringSubmatch(m); src != nil {
			return `<a href="` + src[1] + `">` + src[1] + `</a>`
		}
		return ""
	})
}

var (
	tagName   = regexp.MustCompile(`^<(/?)([A-Za-z][A-Za-z0-9]*)`)
	hrefValue = regexp.MustCompile(`(?i)\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))`)
	srcValue  = regexp.MustCompile(`(?i)\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))`)
	altValue  = regexp.MustCompile(`(?i)\balt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))`)
)

// marks are the Markdown for tags that stand around words.
var marks = map[string]string{
	"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`", "kbd": "`", "samp": "`", "tt": "`", "del": "~~", "s": "~~",
}

// tag turns one tag within a line.
func (h *htmlTurning) tag(s markdown.HTMLSpan) {
	raw := h.body[s.Start:s.Stop]
	h.out.WriteString(h.body[h.from:s.Start])
	h.from = s.Stop
	m := tagName.FindStringSubmatch(raw)
	if m == nil { // a comment or declaration
		if !strings.HasPrefix(raw, "<!--") {
			h.left = append(h.left, oneLine(raw))
		}
		return
	}
	closing, name := m[1] == "/", strings.ToLower(m[2])
	switch {
	case h.meantAsWords(raw):
		h.out.WriteString(`\` + raw)
	case name == "br":
		h.newline(s.Start)
	case name == "a" && !closing:
		h.links = append(h.links, attribute(hrefValue, raw))
		if h.links[len(h.links)-1] != "" {
			h.out.WriteString("[")
		}
	case name == "a" && len(h.links) > 0:
		if address := h.links[len(h.links)-1]; address != "" {
			h.out.WriteString("](" + strings.ReplaceAll(address, " ", "%20") + ")")
		}
		h.links = h.links[:len(h.links)-1]
	case name == "img":
		h.out.WriteString("![" + attribute(altValue, raw) + "](" + strings.ReplaceAll(attribute(srcValue, raw), " ", "%20") + ")")
	case marks[name] != "":
		if h.beside(s, closing) {
			h.out.WriteString(marks[name])
		}
	case frame.MatchString(raw), !elements[name] && !closing:
		h.left = append(h.left, oneLine(raw))
	}
}

// meantAsWords says whether what looks like a tag is a gap to fill in, such as <name of the carer>: no element of HTML,
// without a value, never closed.
func (h *htmlTurning) meantAsWords(tag string) bool {
	m := tagName.FindStringSubmatch(tag)
	return m != nil && m[1] == "" && !elements[strings.ToLower(m[2])] && !strings.ContainsAny(tag, "=/") && !strings.Contains(h.body, "</"+m[2])
}

// elements are those of HTML, also the ones that went out of use.
var elements = func() map[string]bool {
	known := map[string]bool{}
	for _, name := range strings.Fields(`a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink
		blockquote body br button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl
		dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i
		iframe img input ins kbd label legend li link main map mark marquee math menu meta meter nav nobr noframes noscript
		object ol optgroup option output p param picture pre progress q rp rt ruby s samp script search section select slot small
		source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track
		tt u ul var video wbr`) {
		known[name] = true
	}
	return known
}()

// beside says whether a mark would stand right at a word: otherwise it would be shown as a star.
func (h *htmlTurning) beside(s markdown.HTMLSpan, closing bool) bool {
	if closing {
		return s.Start > 0 && !strings.ContainsRune(" \t\n", rune(h.body[s.Start-1]))
	}
	return s.Stop < len(h.body) && !strings.ContainsRune(" \t\n", rune(h.body[s.Stop]))
}

// newline breaks the line, except in a table, whose rows cannot be broken.
func (h *htmlTurning) newline(at int) {
	line := h.body[strings.LastIndexByte(h.body[:at], '\n')+1 : at]
	if strings.Contains(line, "|") {
		h.out.WriteString(" ")
		return
	}
	h.out.WriteString("\\\n")
}

func attribute(re *regexp.Regexp, tag string) string {
	m := re.FindStringSubmatch(tag)
	if m == nil {
		return ""
	}
	return m[1] + m[2] + m[3]
}

var htmlConverter = converter.NewConverter(converter.WithPlugins(
	base.NewBasePlugin(), commonmark.NewCommonmarkPlugin(),
	table.NewTablePlugin(table.WithHeaderPromotion(true), table.WithNewlineBehavior(table.NewlineBehaviorPreserve), table.WithCellPaddingBehavior(table.CellPaddingBehaviorMinimal)),
))
