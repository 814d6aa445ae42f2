package intake

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"commonplace/internal/markdown"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/strikethrough"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// pageTurning makes Markdown of a whole document in HTML: what a word processor's file or a web page holds. The tree is
// tidied first, so that only what the hub shows is left; what was left out is named.
type pageTurning struct {
	root     *html.Node
	notes    map[string]string // the text of each footnote, by the address of its entry
	order    []string          // of the footnotes, as they are called
	problems []string
	refused  []string // addresses of links that lead nowhere safe
	toc      int      // lines of a table of contents
	inside   int      // links to places in the document that no heading marks
	anchors  map[string]string
}

var pageConverter = converter.NewConverter(converter.WithPlugins(
	base.NewBasePlugin(), commonmark.NewCommonmarkPlugin(commonmark.WithListEndComment(false)), strikethrough.NewStrikethroughPlugin(),
	table.NewTablePlugin(table.WithHeaderPromotion(true), table.WithNewlineBehavior(table.NewlineBehaviorPreserve),
		table.WithCellPaddingBehavior(table.CellPaddingBehaviorMinimal), table.WithSkipEmptyRows(true), table.WithPresentationTables(true)),
))

// Marks for footnotes that the converter leaves alone, from the part of Unicode that means nothing.
const (
	noteOpen  = "\uE000"
	noteClose = "\uE001"
)

var noteMark = regexp.MustCompile(noteOpen + `(\d+)` + noteClose)

// turn makes Markdown of the tree below a node.
func turn(root *html.Node) (md string, problems []string, err error) {
	t := &pageTurning{root: root, notes: map[string]string{}, anchors: map[string]string{}}
	t.strip()
	t.studyTables()
	t.takeNotes()
	t.readAnchors()
	t.links()
	boundTables(t.root)
	t.tables()
	raw, err := pageConverter.ConvertNode(root)
	if err != nil {
		return "", nil, err
	}
	md = tidy(string(raw))
	md = noteMark.ReplaceAllString(md, "[^$1]")
	for i, id := range t.order {
		md += fmt.Sprintf("\n[^%d]: %s\n", i+1, t.notes[id])
	}
	return md, t.report(), nil
}

// tidy makes rows of tables whole and takes out what only filled space.
func tidy(md string) string {
	md = rowWithBreak.ReplaceAllStringFunc(md, func(row string) string { return lineBreak.ReplaceAllString(row, " ") })
	md = strings.ReplaceAll(md, "\u00a0", " ")
	return strings.TrimSpace(manyLines.ReplaceAllString(md, "\n\n")) + "\n"
}

var manyLines = regexp.MustCompile(`\n[ \t]*\n(?:[ \t]*\n)+`)

func (t *pageTurning) report() []string {
	problems := t.problems
	if t.toc > 0 {
		problems = append(problems, fmt.Sprintf("The table of contents (%d lines) was left out: the page makes its own.", t.toc))
	}
	if len(t.refused) > 0 {
		problems = append(problems, fmt.Sprintf("Links that lead nowhere safe became words (%d): %s", len(t.refused), strings.Join(t.refused, "; ")))
	}
	if t.inside > 0 {
		problems = append(problems, fmt.Sprintf("Links within the document that lead to no heading became words (%d).", t.inside))
	}
	return problems
}

// unshown are elements whose content is no text.
var unshown = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Template: true, atom.Svg: true, atom.Math: true, atom.Object: true,
	atom.Embed: true, atom.Iframe: true, atom.Frame: true, atom.Frameset: true, atom.Video: true, atom.Audio: true, atom.Canvas: true,
	atom.Select: true, atom.Input: true, atom.Button: true, atom.Textarea: true, atom.Link: true, atom.Meta: true, atom.Base: true,
}

// strip takes out what is not shown here; a frame or film that leads somewhere becomes a link.
func (t *pageTurning) strip() {
	var left []string
	for _, n := range elementsIn(t.root) {
		if n.Parent == nil || !unshown[n.DataAtom] && n.Type != html.CommentNode {
			continue
		}
		src := attr(n, "src")
		switch n.DataAtom {
		case atom.Iframe, atom.Video, atom.Audio, atom.Embed:
			if safe(src) && strings.Contains(src, "://") {
				a := element(atom.A, "href", src)
				a.AppendChild(&html.Node{Type: html.TextNode, Data: src})
				n.Parent.InsertBefore(a, n)
			}
			left = append(left, n.Data)
		case atom.Object, atom.Svg, atom.Math, atom.Canvas, atom.Select, atom.Input, atom.Button, atom.Textarea:
			left = append(left, n.Data)
		}
		n.Parent.RemoveChild(n)
	}
	if len(left) > 0 {
		t.problems = append(t.problems, fmt.Sprintf("Parts that a page here cannot hold were left out (%d): %s", len(left), strings.Join(left, ", ")))
	}
}

// safe says whether an address may be linked to.
func safe(address string) bool {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "", "http", "https", "mailto", "tel":
		return true
	}
	return false
}

// takeNotes finds footnotes, the way mammoth and most word processors write them: a link to an entry of a list that leads
// back. Their texts go out of the tree.
func (t *pageTurning) takeNotes() {
	entries := map[string]*html.Node{}
	for _, n := range elementsIn(t.root) {
		if id := attr(n, "id"); id != "" && (n.DataAtom == atom.Li || n.DataAtom == atom.Div || n.DataAtom == atom.P || n.DataAtom == atom.Aside) && noteID.MatchString(id) {
			entries["#"+id] = n
		}
	}
	for _, n := range elementsIn(t.root) {
		entry := entries[attr(n, "href")]
		if n.DataAtom != atom.A || entry == nil || within(n, entry) {
			continue
		}
		id := attr(n, "href")
		i := slices.Index(t.order, id)
		if i < 0 {
			i, t.order = len(t.order), append(t.order, id)
		}
		replaceNode(outermost(n, atom.Sup), &html.Node{Type: html.TextNode, Data: fmt.Sprintf("%s%d%s", noteOpen, i+1, noteClose)})
	}
	for _, id := range t.order {
		t.notes[id] = t.noteText(entries[id])
		list := entries[id].Parent
		list.RemoveChild(entries[id])
		if strings.TrimSpace(textOf(list)) == "" && list.Parent != nil && list != t.root {
			list.Parent.RemoveChild(list)
		}
	}
}

var noteID = regexp.MustCompile(`(?i)^_?(foot|end|ftn|edn|fn|sdfoot|sdend|cite_note)`)

// noteText is a footnote's text on one line, without the arrow that leads back.
func (t *pageTurning) noteText(entry *html.Node) string {
	for _, n := range elementsIn(entry) {
		if words := strings.TrimSpace(textOf(n)); n.DataAtom == atom.A && n.Parent != nil && strings.HasPrefix(attr(n, "href"), "#") && (len([]rune(words)) <= 2 || strings.Trim(words, "[]0123456789") == "") {
			n.Parent.RemoveChild(n)
		}
	}
	raw, err := pageConverter.ConvertNode(detached(entry))
	if err != nil {
		return oneLine(textOf(entry))
	}
	return oneLine(string(raw))
}

// detached is a copy of a node's children below a plain block.
func detached(n *html.Node) *html.Node {
	div := element(atom.Div)
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		n.RemoveChild(c)
		div.AppendChild(c)
		c = next
	}
	return div
}

// readAnchors finds which heading each marked place of the document belongs to.
func (t *pageTurning) readAnchors() {
	var waiting []string
	for _, n := range elementsIn(t.root) {
		for _, id := range []string{attr(n, "id"), attr(n, "name")} {
			if id != "" {
				waiting = append(waiting, id)
			}
		}
		if isHeading(n) {
			for _, inner := range elementsIn(n) {
				if id := attr(inner, "id"); id != "" {
					waiting = append(waiting, id)
				}
			}
			for _, id := range waiting {
				t.anchors["#"+id] = "#" + markdown.Slug(textOf(n))
			}
			waiting = nil
		} else if n.DataAtom == atom.P && strings.TrimSpace(textOf(n)) != "" && attr(n, "id") == "" {
			waiting = nil
		}
	}
}

func isHeading(n *html.Node) bool {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

// links lets no address through that is not safe, turns links within the document, and takes a table of contents out.
func (t *pageTurning) links() {
	for _, n := range elementsIn(t.root) {
		switch {
		case n.Parent == nil:
		case isHeading(n) && strings.TrimSpace(textOf(n)) == "":
			n.DataAtom, n.Data = atom.P, "p"
		case n.DataAtom == atom.P && isContentsLine(n):
			t.toc++
			n.Parent.RemoveChild(n)
		case n.DataAtom == atom.Img:
			t.picture(n)
		case n.DataAtom == atom.A:
			t.link(n)
		}
	}
}

// isContentsLine says whether a paragraph is a line of Word's own table of contents.
func isContentsLine(p *html.Node) bool {
	links := 0
	for c := p.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode && strings.Trim(c.Data, " \t\n.0123456789ivxlc") == "":
		case c.DataAtom == atom.A && strings.HasPrefix(attr(c, "href"), "#_Toc"):
			links++
		case c.DataAtom == atom.A && attr(c, "href") == "":
		default:
			return false
		}
	}
	return links > 0
}

func (t *pageTurning) link(n *html.Node) {
	href := strings.TrimSpace(attr(n, "href"))
	switch to := t.anchors[href]; {
	case href == "" || strings.TrimSpace(textOf(n)) == "" && find(n, atom.Img) == nil:
		unwrap(n)
	case to != "":
		setAttr(n, "href", to)
	case strings.HasPrefix(href, "#"):
		t.inside++
		unwrap(n)
	case !safe(href):
		t.refused = append(t.refused, shortened(href))
		unwrap(n)
	}
}

// picture keeps a picture that has an address here; another one leaves its description.
func (t *pageTurning) picture(n *html.Node) {
	src := strings.TrimSpace(attr(n, "src"))
	setAttr(n, "alt", strings.Join(strings.Fields(attr(n, "alt")), " "))
	if src != "" && safe(src) && len(src) < 2000 {
		return
	}
	if src != "" {
		t.refused = append(t.refused, shortened(src))
	}
	replaceNode(n, &html.Node{Type: html.TextNode, Data: attr(n, "alt")})
}

func shortened(s string) string {
	if r := []rune(oneLine(s)); len(r) > longestShown {
		return string(r[:longestShown]) + " …"
	}
	return oneLine(s)
}

// What a table may claim: mostSpanned is how many cells those that reach over others take up in all, widestSpan how far one
// reaches, and mostCells how many there are once every row is as long as the longest. One of a few bytes that claims a
// million of each would fill the memory.
const (
	mostSpanned = 10_000
	widestSpan  = 50
	mostCells   = 250_000
)

// boundTables makes a tree fit to be converted: cells reach over no more others than fit, and a table that is too large
// becomes words.
func boundTables(root *html.Node) {
	boundSpans(root)
	for _, table := range elementsIn(root) {
		if table.DataAtom != atom.Table {
			continue
		}
		rows, cells, widest := 0, 0, 0
		parts := elementsIn(table)
		for _, n := range parts {
			switch n.DataAtom {
			case atom.Tr:
				rows, cells = rows+1, 0
			case atom.Td, atom.Th:
				cells += span(n, "colspan")
				widest = max(widest, cells)
			}
		}
		if (rows+1)*widest <= mostCells {
			continue
		}
		for _, n := range parts {
			switch n.DataAtom {
			case atom.Table, atom.Thead, atom.Tbody, atom.Tfoot, atom.Tr, atom.Td, atom.Th:
				n.Data, n.DataAtom = "div", atom.Div
			}
		}
	}
}

func boundSpans(root *html.Node) {
	room := mostSpanned
	for _, n := range elementsIn(root) {
		if n.DataAtom != atom.Td && n.DataAtom != atom.Th {
			continue
		}
		across, down := span(n, "colspan"), span(n, "rowspan")
		n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "colspan" || a.Key == "rowspan" })
		if takes := across * down; takes > 1 && takes <= room {
			room -= takes
			n.Attr = append(n.Attr, html.Attribute{Key: "colspan", Val: strconv.Itoa(across)}, html.Attribute{Key: "rowspan", Val: strconv.Itoa(down)})
		}
	}
}

// span is how far a cell reaches, 1 where it claims too much.
func span(cell *html.Node, name string) int {
	n, err := strconv.Atoi(attr(cell, name))
	if err != nil || n < 1 || n > widestSpan {
		return 1
	}
	return n
}

// tables makes cells fit into the rows of Markdown: one line each, no table within a table. A table of one cell is a box,
// and its content a text.
func (t *pageTurning) tables() {
	nested := 0
	for _, n := range elementsIn(t.root) {
		if n.Parent == nil || n.DataAtom != atom.Table {
			continue
		}
		if inTable(n) {
			nested++
			replaceNode(n, &html.Node{Type: html.TextNode, Data: oneLine(textOf(n))})
			continue
		}
		cells := cellsOf(n)
		if isBox(n, cells) {
			for _, c := range cells {
				n.Parent.InsertBefore(detached(c), n)
			}
			n.Parent.RemoveChild(n)
			continue
		}
		for _, c := range cells {
			flatten(c)
		}
	}
	if nested > 0 {
		t.problems = append(t.problems, fmt.Sprintf("Tables within tables became text (%d). Look whether it still reads well.", nested))
	}
}

// isBox says whether a table is a frame around a text: one column, with more in it than a line.
func isBox(table *html.Node, cells []*html.Node) bool {
	for _, row := range rowsOf(table) {
		if len(row) > 1 {
			return false
		}
	}
	if len(cells) < 2 {
		return true
	}
	for _, c := range cells {
		if inner := c.FirstChild; inner != nil && inner.NextSibling != nil && (inner.DataAtom == atom.P || inner.DataAtom == atom.Ul || inner.DataAtom == atom.Ol) {
			return true
		}
	}
	return false
}

func inTable(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == atom.Table {
			return true
		}
	}
	return false
}

// cellsOf lists the cells of a table, without those of tables in it.
func cellsOf(table *html.Node) []*html.Node {
	var cells []*html.Node
	for _, n := range elementsIn(table) {
		if n.DataAtom == atom.Td || n.DataAtom == atom.Th {
			cells = append(cells, n)
		}
	}
	return cells
}

// flatten puts what stands below each other in a cell behind each other.
func flatten(cell *html.Node) {
	for _, n := range elementsIn(cell) {
		if n == cell || n.Parent == nil {
			continue
		}
		switch n.DataAtom {
		case atom.Li:
			n.Parent.InsertBefore(&html.Node{Type: html.TextNode, Data: " • "}, n)
			unwrap(n)
		case atom.P, atom.Div, atom.Ul, atom.Ol, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Br, atom.Pre:
			n.Parent.InsertBefore(&html.Node{Type: html.TextNode, Data: " "}, n)
			unwrap(n)
		}
	}
}

// elementsIn lists a node and all nodes below it, in order, as they stand now: the tree may be changed meanwhile.
func elementsIn(root *html.Node) []*html.Node {
	var list []*html.Node
	var visit func(*html.Node)
	visit = func(n *html.Node) {
		if n.Type == html.ElementNode || n.Type == html.CommentNode {
			list = append(list, n)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(root)
	return list
}

func find(root *html.Node, what atom.Atom) *html.Node {
	for _, n := range elementsIn(root) {
		if n.DataAtom == what {
			return n
		}
	}
	return nil
}

func within(n, root *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == root {
			return true
		}
	}
	return false
}

// outermost is the element of a kind around a node that holds nothing else, or the node.
func outermost(n *html.Node, what atom.Atom) *html.Node {
	if p := n.Parent; p != nil && p.DataAtom == what && p.FirstChild == n && n.NextSibling == nil {
		return p
	}
	return n
}

func element(what atom.Atom, attributes ...string) *html.Node {
	n := &html.Node{Type: html.ElementNode, DataAtom: what, Data: what.String()}
	for i := 0; i+1 < len(attributes); i += 2 {
		n.Attr = append(n.Attr, html.Attribute{Key: attributes[i], Val: attributes[i+1]})
	}
	return n
}

func replaceNode(n, by *html.Node) {
	n.Parent.InsertBefore(by, n)
	n.Parent.RemoveChild(n)
}

// unwrap puts a node's children in its place.
func unwrap(n *html.Node) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		n.RemoveChild(c)
		n.Parent.InsertBefore(c, n)
		c = next
	}
	n.Parent.RemoveChild(n)
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

func setAttr(n *html.Node, name, value string) {
	for i := range n.Attr {
		if n.Attr[i].Key == name {
			n.Attr[i].Val = value
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: name, Val: value})
}

func textOf(n *html.Node) string {
	var b strings.Builder
	var visit func(*html.Node)
	visit = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
		switch n.DataAtom {
		case atom.P, atom.Br, atom.Li, atom.Td, atom.Th, atom.Div, atom.Tr:
			b.WriteByte(' ')
		}
	}
	visit(n)
	return b.String()
}

// parse reads HTML.
func parse(text string) (*html.Node, error) {
	return html.Parse(bytes.NewReader([]byte(text)))
}
