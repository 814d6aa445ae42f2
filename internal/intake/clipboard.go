package intake

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// What a clipboard holds after a copy from Word, Outlook or a web page is HTML with the marks of its program: lists that
// are paragraphs with a bullet typed before them, bold that is a style, links that lead through a mail scanner. Clipboard
// makes of it what the writer saw, in Markdown.

// Pasted says what to make of a paste.
type Pasted struct {
	Heading int  // the highest level that a heading may have; 0 means any
	Points  bool // the field has one point on each line, without marks
}

// Clipboard turns HTML into Markdown, and says in words what was left out.
func Clipboard(source string, p Pasted) (text string, left []string, err error) {
	root, err := parse(source)
	if err != nil {
		return "", nil, err
	}
	c := clip{root: root}
	c.sweep()
	c.lists()
	c.marks()
	c.headings(p.Heading)
	c.cells()
	raw, err := pageConverter.ConvertNode(root)
	if err != nil {
		return "", nil, err
	}
	text = strings.TrimSpace(emptyLine.ReplaceAllString(tidy(string(raw)), ""))
	if p.Points {
		text = asPoints(text)
	}
	if c.pictures > 0 {
		left = append(left, map[bool]string{true: "1 picture", false: fmt.Sprintf("%d pictures", c.pictures)}[c.pictures == 1])
	}
	return text, left, nil
}

var (
	emptyLine = regexp.MustCompile(`(?m)^[ \t]+$`)
	pointMark = regexp.MustCompile(`^(?:\s*(?:[-*+]|\d+\.|#+|>)\s+)+`)
	tableRule = regexp.MustCompile(`^\|[-:| ]+\|$`)
)

// asPoints takes the marks of Markdown off the start of each line.
func asPoints(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case tableRule.MatchString(line):
			continue
		case strings.HasPrefix(line, "|"):
			var cells []string
			for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
				if cell = strings.TrimSpace(cell); cell != "" {
					cells = append(cells, cell)
				}
			}
			line = strings.Join(cells, ": ")
		default:
			line = strings.TrimSuffix(pointMark.ReplaceAllString(line, ""), "  ")
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// clip is the tree of what was copied, while it is tidied.
type clip struct {
	root     *html.Node
	pictures int
}

// unpasted are elements that say nothing on a page.
var unpasted = map[string]bool{
	"head": true, "style": true, "script": true, "noscript": true, "template": true, "meta": true, "link": true, "title": true, "xml": true,
	"svg": true, "iframe": true, "object": true, "embed": true, "video": true, "audio": true, "canvas": true, "button": true, "input": true,
	"select": true, "textarea": true, "form": false, "o:p": false,
}

// sweep takes out what is not text, and the bodies of links that lead nowhere from here.
func (c *clip) sweep() {
	for _, n := range c.all() {
		switch {
		case n.Parent == nil:
		case n.Type == html.CommentNode, n.Type == html.ElementNode && unpasted[n.Data], isSet(n, "display", "none"), isSet(n, "mso-hide", "all"):
			n.Parent.RemoveChild(n)
		case n.DataAtom == atom.Img || n.Data == "v:imagedata":
			c.pictures++
			n.Parent.RemoveChild(n)
		case n.Type == html.ElementNode && strings.Contains(n.Data, ":"): // o:p, st1:place, v:shape
			unwrap(n)
		case n.DataAtom == atom.A:
			c.link(n)
		}
	}
}

func (c *clip) link(a *html.Node) {
	u, err := url.Parse(strings.TrimSpace(attr(a, "href")))
	if err == nil && strings.HasSuffix(strings.ToLower(u.Hostname()), ".safelinks.protection.outlook.com") {
		u, err = url.Parse(u.Query().Get("url")) // where the scanner of mails would lead
	}
	if err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" && u.Scheme != "tel" || strings.TrimSpace(textOf(a)) == "" {
		unwrap(a)
		return
	}
	a.Attr = []html.Attribute{{Key: "href", Val: u.String()}}
}

// wordList is how Word says that a paragraph belongs to a list, and on which level.
var (
	wordList  = regexp.MustCompile(`(?i)mso-list:\s*(l\d+)\s+level(\d+)\s+(lfo\d+)`)
	countedBy = regexp.MustCompile(`^\(?(?:\d+|[a-zA-Z]|[ivxIVX]+)[.)]`)
)

// listed is an item of a list while it is being built.
type listed struct {
	level int
	which string
	list  *html.Node
}

// lists makes lists of Word's paragraphs that look like one.
func (c *clip) lists() {
	var open []listed
	var last *html.Node
	for _, p := range c.all() {
		m := wordList.FindStringSubmatch(attr(p, "style"))
		if m == nil || p.Parent == nil || p.DataAtom != atom.P && p.DataAtom != atom.Div {
			continue
		}
		level, which := int(m[2][0]-'0'), m[1]+m[3]
		if last == nil || nextElement(last) != p {
			open = nil
		}
		for len(open) > 0 && (open[len(open)-1].level > level || open[len(open)-1].level == level && open[len(open)-1].which != which) {
			open = open[:len(open)-1]
		}
		mark := c.takeMark(p)
		if len(open) == 0 || open[len(open)-1].level < level {
			list := &html.Node{Type: html.ElementNode, DataAtom: atom.Ul, Data: "ul"}
			if countedBy.MatchString(mark) {
				list.DataAtom, list.Data = atom.Ol, "ol"
			}
			if len(open) == 0 {
				p.Parent.InsertBefore(list, p)
			} else {
				open[len(open)-1].list.LastChild.AppendChild(list)
			}
			open = append(open, listed{level, which, list})
		}
		p.Parent.RemoveChild(p)
		p.DataAtom, p.Data, p.Attr = atom.Li, "li", nil
		open[len(open)-1].list.AppendChild(p)
		last = open[0].list
	}
	for _, n := range c.all() { // marks of paragraphs that are in no list, such as headings with a number
		if n.Parent != nil && isSet(n, "mso-list", "ignore") {
			n.Parent.RemoveChild(n)
		}
	}
}

// takeMark takes the bullet or number out that Word typed before an item.
func (c *clip) takeMark(p *html.Node) string {
	mark := ""
	for _, n := range elementsIn(p) {
		if n.Parent != nil && isSet(n, "mso-list", "ignore") {
			mark += textOf(n)
			n.Parent.RemoveChild(n)
		}
	}
	return strings.TrimSpace(strings.ReplaceAll(mark, "\u00a0", " "))
}

// nextElement is what follows a node, but for space.
func nextElement(n *html.Node) *html.Node {
	for n = n.NextSibling; n != nil && n.Type == html.TextNode && strings.TrimSpace(n.Data) == ""; {
		n = n.NextSibling
	}
	return n
}

func noElementBefore(n *html.Node) bool {
	for n = n.PrevSibling; n != nil; n = n.PrevSibling {
		if n.Type == html.ElementNode {
			return false
		}
	}
	return true
}

// marks makes elements of styles that mean something, and takes out those that mean nothing.
func (c *clip) marks() {
	for _, n := range c.all() {
		if n.Parent == nil || n.Type != html.ElementNode {
			continue
		}
		switch n.DataAtom {
		case atom.B, atom.Strong:
			if isSet(n, "font-weight", "normal") || isSet(n, "font-weight", "400") { // what wraps a copy from a web office
				unwrap(n)
			}
		case atom.Span, atom.Font, 0:
			c.mark(n)
		case atom.P, atom.Div:
			if strings.Contains(strings.ToLower(attr(n, "class")), "msotitle") {
				n.DataAtom, n.Data = atom.H1, "h1"
			}
		}
	}
	for _, n := range c.all() {
		inline := n.DataAtom == atom.B || n.DataAtom == atom.Strong || n.DataAtom == atom.I || n.DataAtom == atom.Em || n.DataAtom == atom.Del || n.DataAtom == atom.U
		if n.Parent != nil && inline && (strings.TrimSpace(strings.ReplaceAll(textOf(n), "\u00a0", " ")) == "" || n.DataAtom == atom.U) {
			unwrap(n)
		}
	}
}

func (c *clip) mark(n *html.Node) {
	var into atom.Atom
	switch {
	case isSet(n, "font-weight", "bold") || isSet(n, "font-weight", "700") || isSet(n, "font-weight", "600"):
		into = atom.Strong
	case isSet(n, "font-style", "italic"):
		into = atom.Em
	case isSet(n, "text-decoration", "line-through"):
		into = atom.Del
	default:
		unwrap(n)
		return
	}
	n.DataAtom, n.Data, n.Attr = into, into.String(), nil
}

// headings are not bold within, say something, and begin at the level that the field has room for.
func (c *clip) headings(highest int) {
	var found []*html.Node
	top := 7
	for _, n := range c.all() {
		if level := headingLevel(n); level > 0 && n.Parent != nil {
			for _, inner := range elementsIn(n) {
				if inner.DataAtom == atom.B || inner.DataAtom == atom.Strong {
					unwrap(inner)
				}
			}
			found, top = append(found, n), min(top, level)
		}
	}
	for _, n := range found {
		level := min(6, headingLevel(n)+max(0, highest-top))
		n.Data = fmt.Sprintf("h%d", level)
		n.DataAtom = atom.Lookup([]byte(n.Data))
	}
}

func headingLevel(n *html.Node) int {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return int(n.Data[1] - '0')
	}
	return 0
}

// cells hold one line each.
func (c *clip) cells() {
	boundTables(c.root)
	for _, n := range c.all() {
		if n.DataAtom != atom.Td && n.DataAtom != atom.Th {
			continue
		}
		n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key != "colspan" && a.Key != "rowspan" })
		first := n.Parent != nil && noElementBefore(n.Parent) // the row that becomes the head, which is bold by itself
		for _, inner := range elementsIn(n) {
			switch inner.DataAtom {
			case atom.B, atom.Strong:
				if first {
					unwrap(inner)
				}
			case atom.P, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Br:
				inner.Parent.InsertBefore(&html.Node{Type: html.TextNode, Data: " "}, inner)
				unwrap(inner)
			}
		}
	}
}

func (c *clip) all() []*html.Node { return elementsIn(c.root) }

// isSet says whether a node's own style gives a property a value.
func isSet(n *html.Node, property, value string) bool {
	for part := range strings.SplitSeq(strings.ToLower(attr(n, "style")), ";") {
		name, is, _ := strings.Cut(part, ":")
		if strings.TrimSpace(name) == property && strings.TrimSpace(is) == value {
			return true
		}
	}
	return false
}
