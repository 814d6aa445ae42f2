// Package paper makes of what a screen shows what paper can hold: links become numbered notes, headings and anchors of many
// pages fit into one, what only works on a screen goes; and an address becomes a QR code (rsc.io/qr: small, without
// dependencies, and the only maker of codes we need).
//
// It takes the safe HTML that the markdown room made and knows nothing of documents.
package paper

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Link says what becomes of a link.
type Link struct {
	To   string // where it leads on a screen still; "" makes plain words of it
	Word string // what follows in brackets, such as the number of another page of the booklet
	Note string // what the notes spell out; "" for none
}

// Fold is how a page goes onto paper.
type Fold struct {
	Prefix   string                 // before each anchor, so that those of many pages differ
	Deeper   int                    // how many levels its headings go down
	Link     func(href string) Link // for every link that leads off the page
	Ask      string                 // what stands in place of a list of places to choose from
	Pictures bool                   // keeps pictures; otherwise their words stand there
}

// Sheet is a page for paper.
type Sheet struct {
	HTML  string
	Notes []string // in the order of their numbers
	Size  int      // what it takes of the paper, in letters
}

// blockTakes is what a paragraph, an entry of a list or a heading takes besides its letters, for its last line is not full and
// there is room before it. Measured on the handbook's pages in two columns of A4.
const blockTakes = 40

// Onto puts the HTML of a page onto paper.
func (f Fold) Onto(page string) (Sheet, error) {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(page), body)
	if err != nil {
		return Sheet{}, fmt.Errorf("paper: %w", err)
	}
	var s Sheet
	for _, n := range nodes {
		body.AppendChild(n)
	}
	f.children(&s, body)
	dropUnused(body)
	var b strings.Builder
	for n := range body.ChildNodes() {
		if err := html.Render(&b, n); err != nil {
			return Sheet{}, fmt.Errorf("paper: %w", err)
		}
	}
	s.HTML, s.Size = b.String(), size(body)
	return s, nil
}

func size(n *html.Node) (letters int) {
	if n.Type == html.TextNode {
		return utf8.RuneCountInString(strings.Join(strings.Fields(n.Data), " "))
	}
	switch n.DataAtom {
	case atom.P, atom.Li, atom.Tr, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		letters = blockTakes
	}
	for c := range n.ChildNodes() {
		letters += size(c)
	}
	return letters
}

func (f Fold) children(s *Sheet, n *html.Node) {
	for _, c := range slices.Collect(n.ChildNodes()) {
		f.node(s, c)
	}
}

func (f Fold) node(s *Sheet, n *html.Node) {
	if n.Type != html.ElementNode {
		return
	}
	switch {
	case hasClass(n, "cp-screen"), n.DataAtom == atom.Button, n.DataAtom == atom.Form, n.DataAtom == atom.Script:
		n.Parent.RemoveChild(n)
		return
	case hasClass(n, "cp-local__places"):
		replace(n, element(atom.P, f.Ask))
		return
	case n.DataAtom == atom.Img && !f.Pictures:
		if alt := value(n, "alt"); alt != "" {
			replace(n, &html.Node{Type: html.TextNode, Data: "[Picture: " + alt + "]"})
		} else {
			n.Parent.RemoveChild(n)
		}
		return
	case n.DataAtom == atom.Section, value(n, "role") == "region":
		unmark(n)
	case n.DataAtom == atom.Details:
		n.Attr = append(n.Attr, html.Attribute{Key: "open"})
	}
	f.deepen(n)
	f.children(s, n)
	f.anchors(n)
	if n.DataAtom == atom.A {
		f.link(s, n)
	}
}

var headings = []atom.Atom{atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6}

func (f Fold) deepen(n *html.Node) {
	if level := slices.Index(headings, n.DataAtom); level >= 0 {
		n.DataAtom = headings[min(level+f.Deeper, len(headings)-1)]
		n.Data = n.DataAtom.String()
	}
}

// dropUnused takes out the ids that nothing on the page leads to: a file of many pages is smaller without them.
func dropUnused(body *html.Node) {
	used := map[string]bool{}
	for n := range body.Descendants() {
		used[strings.TrimPrefix(value(n, "href"), "#")] = true
		for _, key := range []string{"for", "aria-labelledby", "aria-describedby"} {
			for id := range strings.FieldsSeq(value(n, key)) {
				used[id] = true
			}
		}
	}
	for n := range body.Descendants() {
		n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "id" && !used[a.Val] })
	}
}

// unmark makes a part of a page that was a region of its own a plain one: those of many pages have the same names.
func unmark(n *html.Node) {
	n.DataAtom, n.Data = atom.Div, atom.Div.String()
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool {
		return a.Key == "role" || a.Key == "aria-label" || a.Key == "aria-labelledby"
	})
}

var ownLink = regexp.MustCompile(`<a href="(/[^"]*)"`)

// Spell gives the links of a page to other pages of the site the words that stand behind them when it is printed; "" for none.
func Spell(page string, at func(href string) string) string {
	return ownLink.ReplaceAllStringFunc(page, func(link string) string {
		words := at(html.UnescapeString(ownLink.FindStringSubmatch(link)[1]))
		if words == "" {
			return link
		}
		return link + ` data-at="` + html.EscapeString(words) + `"`
	})
}

// anchors gives the page's own ids, and what refers to them, the prefix. What only a page of the site needs goes; a table can
// be wider than a phone in a booklet, too, and is then moved with the keyboard.
func (f Fold) anchors(n *html.Node) {
	table := value(n, "class") == "cp-table"
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool {
		return a.Key == "tabindex" && !table || a.Key == "rel" || a.Key == "loading" || strings.HasPrefix(a.Key, "data-")
	})
	for i, a := range n.Attr {
		switch a.Key {
		case "id", "for":
			n.Attr[i].Val = f.Prefix + a.Val
		case "aria-labelledby", "aria-describedby":
			n.Attr[i].Val = f.Prefix + strings.ReplaceAll(a.Val, " ", " "+f.Prefix)
		}
	}
}

func (f Fold) link(s *Sheet, n *html.Node) {
	href := value(n, "href")
	if within, is := strings.CutPrefix(href, "#"); is {
		set(n, "href", "#"+f.Prefix+within)
		return
	}
	l := f.Link(href)
	if l.Note != "" {
		at := slices.Index(s.Notes, l.Note)
		if at < 0 {
			at = len(s.Notes)
			s.Notes = append(s.Notes, l.Note)
		}
		after(n, marked(atom.Sup, "cp-note", fmt.Sprint(at+1)))
	}
	if l.Word != "" {
		after(n, marked(atom.Span, "cp-see", " ("+l.Word+")"))
	}
	if l.To != "" {
		set(n, "href", l.To)
		return
	}
	for _, c := range slices.Collect(n.ChildNodes()) {
		n.RemoveChild(c)
		n.Parent.InsertBefore(c, n)
	}
	n.Parent.RemoveChild(n)
}

func after(n, next *html.Node) { n.Parent.InsertBefore(next, n.NextSibling) }

func replace(n, by *html.Node) {
	n.Parent.InsertBefore(by, n)
	n.Parent.RemoveChild(n)
}

func element(a atom.Atom, words string) *html.Node {
	n := &html.Node{Type: html.ElementNode, DataAtom: a, Data: a.String()}
	n.AppendChild(&html.Node{Type: html.TextNode, Data: words})
	return n
}

func marked(a atom.Atom, class, words string) *html.Node {
	n := element(a, words)
	n.Attr = []html.Attribute{{Key: "class", Val: class}}
	return n
}

func value(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func set(n *html.Node, key, to string) {
	for i, a := range n.Attr {
		if a.Key == key {
			n.Attr[i].Val = to
		}
	}
}

func hasClass(n *html.Node, class string) bool {
	return slices.Contains(strings.Fields(value(n, "class")), class)
}
