// Package markdown turns a writer's Markdown into HTML that is safe to show, with its outline, plain text, links and
// quotable paragraphs; and takes files apart into front matter and body. It owns goldmark, bluemonday and the YAML
// library, and knows nothing of documents.
//
// Two walls stand between a writer and a reader: goldmark in its safe mode (no raw HTML at all), and after it a
// bluemonday policy that lets through only what our renderer emits. One bug is not enough.
package markdown

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Version is the renderer's: HTML that was stored by another one is made anew.
const Version = 2

// Limits of one text; see "Markdown pipeline results" in the reliability notes for what they keep out.
const (
	MaxBytes     = 256 << 10
	MaxColumns   = 30
	MaxRows      = 2000
	MaxDepth     = 20
	MaxHTML      = 4 << 20
	renderWithin = time.Second
)

// Errors that a writer can do something about start with one of these.
var (
	ErrTooLong = errors.New("the text is too long")
	ErrShape   = errors.New("the text has a shape that cannot be shown")
)

// Page is what Render makes of a text.
type Page struct {
	HTML       string      // safe; may hold slot marks, see Fill
	Outline    []Heading   // headings that have an anchor, in order
	Paragraphs []Paragraph // what a discussion can be anchored to
	Plain      string      // words only, one block a line: what search reads
	Links      []string    // every address linked to
	Words      int
}

// Heading is one entry of a contents list.
type Heading struct {
	Level int    `json:"level"` // 2 and up
	ID    string `json:"id"`
	Text  string `json:"text"`
}

// Options say where the HTML will stand.
type Options struct {
	// Anchors gives some headings, by their text in lower case, a fixed anchor: {"what changed": "outcomes"}.
	Anchors map[string]string
	// Prefix goes before every id, for pages that show several texts; headings then get none.
	Prefix string
	// LowestHeading is the level that a first-level heading becomes; 0 means 2.
	LowestHeading int
}

// Render turns source into a page. Its errors wrap ErrTooLong or ErrShape and name the line.
func Render(source string, o Options) (Page, error) {
	return renderBy(time.Now().Add(renderWithin), source, o)
}

// renderBy is Render with the moment at which the time is up. Should the clock not be asked for a while, the caller
// waits no longer than that either.
func renderBy(deadline time.Time, source string, o Options) (Page, error) {
	if err := checkLength(source); err != nil {
		return Page{}, err
	}
	source = withoutMarks(strings.ToValidUTF8(source, "\uFFFD"))
	if err := checkShape(source); err != nil {
		return Page{}, err
	}
	type outcome struct {
		page Page
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		page, err := render(&clock{deadline: deadline}, []byte(source), o)
		done <- outcome{page, err}
	}()
	select {
	case r := <-done:
		return r.page, r.err
	case <-time.After(time.Until(deadline) + grace):
		return Page{}, tooSlow(1)
	}
}

// grace is how long after the deadline the clock may still say at which line it stopped.
const grace = 100 * time.Millisecond

func checkLength(source string) error {
	if len(source) <= MaxBytes {
		return nil
	}
	line := 1 + strings.Count(source[:MaxBytes], "\n")
	return fmt.Errorf("%w: %d KiB, and %d KiB is the most, which it reaches at line %d", ErrTooLong, (len(source)+1023)>>10, MaxBytes>>10, line)
}

// render makes the page, without its own limits of length and shape but with the clock's.
func render(c *clock, src []byte, o Options) (page Page, err error) {
	err = guarded(func() error {
		md := engine(o, c)
		doc := md.Parser().Parse(text.NewReader(src))
		if err := checkTree(doc, src); err != nil {
			return err
		}
		page = read(doc, src, o)
		out := limited{max: MaxHTML}
		for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
			if err := md.Renderer().Render(&out, src, n); err != nil {
				return fmt.Errorf("%w at line %d", err, lineOf(n, src))
			}
		}
		page.HTML = strings.TrimSpace(policy.Sanitize(out.String()))
		return nil
	})
	if err != nil {
		return Page{}, err
	}
	return page, nil
}

// engine puts goldmark together: GitHub's Markdown, footnotes, definition lists, and our own callouts, slots and tables.
// The attribute parser stays off: nothing a writer types sets an id or a class.
func engine(o Options, c *clock) goldmark.Markdown {
	return goldmark.New(
		goldmark.WithParserOptions(
			parser.WithASTTransformers(util.Prioritized(shaper{o}, 900)),
			parser.WithInlineParsers(util.Prioritized(slotParser{}, 150)),
		),
		c.option(),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(nodes{}, 100)), html.WithXHTML(), html.WithWriter(writer)),
		goldmark.WithExtensions(
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignNone)),
			extension.Strikethrough, extension.TaskList, extension.DefinitionList,
			extension.NewLinkify(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:", "mailto:"})),
			extension.NewFootnote(
				extension.WithFootnoteIDPrefix(o.Prefix+"note-"),
				extension.WithFootnoteBacklinkHTML("back to the text"),
			),
		),
	)
}

// Inline renders one line, such as a bullet of a case study: the inside of a paragraph without the paragraph. The
// title of a text that cannot be rendered is its plain words.
func Inline(line string) (string, error) {
	page, err := Render(line, Options{Prefix: "x-"})
	if err != nil {
		return "", err
	}
	h := page.HTML
	if i := strings.IndexByte(h, '>'); strings.HasPrefix(h, "<p") && strings.HasSuffix(h, "</p>") && strings.Count(h, "<p") == 1 && i > 0 {
		h = h[i+1 : len(h)-len("</p>")]
	}
	return h, nil
}

// Items splits a Markdown list into its entries; a text without bullets is one entry per paragraph. A list that Render
// would refuse for its length or shape is one entry as it stands, for Render to refuse.
func Items(list string) []string {
	src := []byte(list)
	doc, err := outline(list)
	if err != nil {
		return []string{list}
	}
	var items []string
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if l, ok := n.(*ast.List); ok {
			for li := l.FirstChild(); li != nil; li = li.NextSibling() {
				items = append(items, sourceOf(li, src))
			}
			continue
		}
		items = append(items, sourceOf(n, src))
	}
	return clean(items)
}

// StoredItems are the entries of a list as it is stored. In one that was written with a "- " before each line, each line is an
// entry, whatever it says: Markdown would take "- 2. step" for a list within a list.
func StoredItems(bullets string) []string {
	lines := strings.Split(bullets, "\n")
	if slices.ContainsFunc(lines, func(l string) bool { return !strings.HasPrefix(l, "- ") }) {
		return Items(bullets)
	}
	var items []string
	for _, l := range lines {
		if l = strings.TrimSpace(l[2:]); l != "" {
			items = append(items, l)
		}
	}
	return items
}

// outline parses a text for what it is made of, within the limits of Render.
func outline(source string, extensions ...goldmark.Extender) (doc ast.Node, err error) {
	if err := checkLength(source); err != nil {
		return nil, err
	}
	if err := checkShape(source); err != nil {
		return nil, err
	}
	c := &clock{deadline: time.Now().Add(renderWithin)}
	md := goldmark.New(goldmark.WithExtensions(extensions...), c.option())
	err = guarded(func() error {
		doc = md.Parser().Parse(text.NewReader([]byte(source)))
		return nil
	})
	return doc, err
}

// sourceOf joins the source lines below a block into one.
func sourceOf(n ast.Node, src []byte) string {
	var lines []string
	ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering || n.Type() == ast.TypeInline {
			return ast.WalkContinue, nil
		}
		for i := range n.Lines().Len() {
			l := n.Lines().At(i)
			lines = append(lines, strings.TrimSpace(string(l.Value(src))))
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(lines, " ")
}

func clean(items []string) []string {
	kept := items[:0]
	for _, s := range items {
		if s = strings.TrimSpace(s); s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// limited is a buffer that refuses to grow past max.
type limited struct {
	bytes.Buffer
	max int
}

func (l *limited) room(n int) error {
	if l.Len()+n > l.max {
		return fmt.Errorf("%w: it becomes more than %d MiB of page", ErrShape, l.max>>20)
	}
	return nil
}

func (l *limited) Write(p []byte) (int, error) {
	if err := l.room(len(p)); err != nil {
		return 0, err
	}
	return l.Buffer.Write(p)
}
