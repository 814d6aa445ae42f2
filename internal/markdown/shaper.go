package markdown

import (
	"html"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// shaper is where a parsed text becomes ours: headings get their level and anchor, paragraphs their quote key, quotes
// that start with [!NOTE] become callouts, and links and pictures that lead outside the rules lose their address.
type shaper struct{ o Options }

// fewWords is how many words an item of a list needs to be discussed: what has fewer is a name or a link.
const fewWords = 3

func (s shaper) Transform(doc *ast.Document, reader text.Reader, _ parser.Context) {
	src := reader.Source()
	var quotes []*ast.Blockquote
	var links []ast.Node
	var headings []*ast.Heading
	keys := keyring{}
	ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			headings = append(headings, n)
		case *ast.Paragraph:
			if s.o.Prefix == "" {
				n.SetAttributeString("data-q", keys.key(wordsOf(n, src)))
			}
		case *ast.ListItem:
			if said, tight := n.FirstChild().(*ast.TextBlock); tight && s.o.Prefix == "" {
				if words := wordsOf(said, src); len(strings.Fields(words)) >= fewWords {
					n.SetAttributeString("data-q", keys.key(words))
				}
			}
		case *ast.Blockquote:
			quotes = append(quotes, n)
		case *ast.Link, *ast.Image, *ast.AutoLink:
			links = append(links, n)
		case *extast.Table:
			labelTable(n, src)
		}
		return ast.WalkContinue, nil
	})
	s.level(headings, src)
	for _, q := range quotes {
		makeCallout(q, src)
	}
	for _, n := range links {
		if n.Parent() != nil { // the mark and title of a callout are taken out of the text
			tame(n, src)
		}
	}
}

// level moves the headings so that the highest one stands right below the page's title and none skips a level.
func (s shaper) level(headings []*ast.Heading, src []byte) {
	lowest := s.o.LowestHeading
	if lowest == 0 {
		lowest = 2
	}
	top := 6
	for _, h := range headings {
		top = min(top, h.Level)
	}
	ids, before := newAnchors(), lowest-1
	for _, h := range headings {
		h.Level = min(h.Level-top+lowest, before+1, 6)
		before = h.Level
		if s.o.Prefix == "" {
			h.SetAttributeString("id", ids.id(wordsOf(h, src), s.o.Anchors))
		}
	}
}

var calloutMark = regexp.MustCompile(`^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION|URGENT)\][ \t]*(.*)`)

var kindCallout = ast.NewNodeKind("Callout")

type callout struct {
	ast.BaseBlock
	name, title string
}

func (n *callout) Kind() ast.NodeKind { return kindCallout }
func (n *callout) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"name": n.name, "title": n.title}, nil)
}

// makeCallout replaces a quote whose first line is a callout's mark.
func makeCallout(q *ast.Blockquote, src []byte) {
	p, ok := q.FirstChild().(*ast.Paragraph)
	if !ok || p.Lines().Len() == 0 {
		return
	}
	first := p.Lines().At(0)
	m := calloutMark.FindStringSubmatch(strings.TrimSpace(string(first.Value(src))))
	if m == nil {
		return
	}
	name := strings.ToLower(m[1])
	if name == "caution" {
		name = "warning"
	}
	c := &callout{name: name, title: unescaped([]byte(strings.Trim(m[2], " *")))}
	for n := p.FirstChild(); n != nil; {
		next := n.NextSibling()
		if start, ok := startOf(n); ok && start >= first.Stop {
			break
		}
		p.RemoveChild(p, n)
		n = next
	}
	if p.ChildCount() == 0 {
		q.RemoveChild(q, p)
	}
	for n := q.FirstChild(); n != nil; {
		next := n.NextSibling()
		c.AppendChild(c, n)
		n = next
	}
	q.Parent().ReplaceChild(q.Parent(), q, c)
}

// startOf is where an inline node begins in the source: where its first words do, or the parser says.
func startOf(n ast.Node) (start int, ok bool) {
	ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, isText := n.(*ast.Text); isText && entering {
			start, ok = t.Segment.Start, true
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	if !ok {
		return n.Pos(), n.Pos() >= 0
	}
	return start, ok
}

// tame leaves an address only where it may lead: the web, mail, a phone, or this site. Pictures are shown only from
// this site, because showing one from elsewhere would tell that site who reads; others become links.
func tame(n ast.Node, src []byte) {
	switch n := n.(type) {
	case *ast.Link:
		n.Destination = resolved(n.Destination)
		if !allowed(string(n.Destination)) {
			unwrap(n)
		}
	case *ast.AutoLink:
		if address := string(n.URL(src)); n.AutoLinkType == ast.AutoLinkURL && !allowed(address) {
			n.Parent().ReplaceChild(n.Parent(), n, said(address))
		}
	case *ast.Image:
		n.Destination = resolved(n.Destination)
		if ownFile.Match(n.Destination) {
			return
		}
		alt := strings.TrimSpace(wordsOf(n, src))
		if alt == "" {
			alt = "no description"
		}
		if title := strings.TrimSpace(unescaped(n.Title)); title != "" && title != alt {
			alt += ". " + title
		}
		words := said("Picture: " + alt)
		if _, inLink := n.Parent().(*ast.Link); inLink || !external(string(n.Destination)) {
			n.Parent().ReplaceChild(n.Parent(), n, words)
			return
		}
		link := ast.NewLink()
		link.Destination = n.Destination
		link.AppendChild(link, words)
		n.Parent().ReplaceChild(n.Parent(), n, link)
	}
}

// resolved is an address without escapes and character references, as it will be followed: "javascript&colon;" is
// looked at as what it becomes.
func resolved(address []byte) []byte {
	return util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(address)))
}

// unescaped is the same for words. What a reference stands for may be a slot's mark, which no writer may set.
func unescaped(words []byte) string {
	return withoutMarks(html.UnescapeString(string(util.UnescapePunctuations(words))))
}

// said is a node of words that are shown as they are.
func said(words string) *ast.String {
	n := ast.NewString([]byte(words))
	n.SetRaw(true)
	return n
}

func unwrap(n ast.Node) {
	parent := n.Parent()
	for c := n.FirstChild(); c != nil; {
		next := c.NextSibling()
		parent.InsertBefore(parent, n, c)
		c = next
	}
	parent.RemoveChild(parent, n)
}

// scheme is what stands before the colon of an address, "" for one within this site.
func scheme(address string) string {
	if i := strings.IndexAny(address, ":/?#"); i >= 0 && address[i] == ':' {
		return strings.ToLower(strings.TrimSpace(address[:i]))
	}
	return ""
}

func allowed(address string) bool {
	switch scheme(address) {
	case "", "http", "https", "mailto", "tel":
		return !strings.HasPrefix(strings.TrimSpace(address), "\\")
	}
	return false
}

func external(address string) bool {
	return strings.HasPrefix(address, "//") || scheme(address) == "http" || scheme(address) == "https"
}

// labelTable names the table after its columns, for those who meet its scrolling region by keyboard or by ear.
func labelTable(t *extast.Table, src []byte) {
	var names []string
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		if _, head := row.(*extast.TableHeader); !head {
			continue
		}
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			cell.SetAttributeString("scope", "col")
			if words := wordsOf(cell, src); words != "" {
				names = append(names, words)
			}
		}
	}
	label := "Table"
	if len(names) > 0 {
		label += ": " + strings.Join(names, ", ")
	}
	if r := []rune(label); len(r) > 120 {
		label = string(r[:120])
	}
	t.SetAttributeString("aria-label", label)
}

// wordsOf is the text below a node as a reader sees it, without marks.
func wordsOf(n ast.Node, src []byte) string {
	var b strings.Builder
	ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			if n.IsRaw() {
				b.Write(n.Segment.Value(src))
			} else {
				b.WriteString(unescaped(n.Segment.Value(src)))
			}
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label(src))
		case *slotNode:
			b.WriteString(n.source())
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(b.String())
}
