package intake

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A text that was copied from a web page brings along what stood around it: notes on cookies and browsers, menus, buttons.
// It is taken for that only at the head and the foot of a text, or where the page itself says so, and always named.

// around are lines that a web page says of itself.
var around = regexp.MustCompile(`(?i)^(your browser is (no longer|not) |for the best (possible )?experience |by continuing to (browse|use) |` +
	`we use (some )?(essential )?cookies|this (web)?site uses cookies|(accept|reject|manage) (all |additional |analytics )*cookies|cookies on |` +
	`(please )?enable (cookies|javascript)|javascript is (disabled|not|required)|you need to enable javascript|skip to (main |the )?(content|navigation)|` +
	`you are (currently )?using an? (old|outdated|unsupported) browser|(all rights reserved|© ?(copyright )?\d{4}|copyright ©))`)

// buttons are words that stand beside such lines; alone they could be anybody's.
var buttons = func() map[string]bool {
	m := map[string]bool{}
	for word := range strings.SplitSeq("close|learn more|find out more|menu|search|home|back|back to top|sign in|log in|register|subscribe|accept|reject|ok|got it|dismiss|"+
		"print|print this page|share|share this page|share this|email|facebook|twitter|x|linkedin|whatsapp|next|previous|skip|hide this message|cookie policy|privacy policy|"+
		"privacy|terms|terms and conditions|accessibility|contact us|sitemap|more|read more|loading|settings|cookie settings|cookies|view cookies", "|") {
		m[word] = true
	}
	return m
}()

// takeChrome separates what a web page put around a text from the text.
func takeChrome(body string) (kept string, chrome []string) {
	blocks := blocksOf(body)
	from, to := headRun(blocks), len(blocks)
	if from < to {
		backwards := slices.Clone(blocks[from:])
		slices.Reverse(backwards)
		to -= headRun(backwards)
	}
	for _, b := range append(slices.Clone(blocks[:from]), blocks[to:]...) {
		for line := range strings.SplitSeq(b, "\n") {
			chrome = append(chrome, plainLine(line))
		}
	}
	if len(chrome) == 0 {
		return body, nil
	}
	return strings.Join(blocks[from:to], "\n\n") + "\n", chrome
}

// headRun counts the blocks at the head of a text that are a web page's: lines that can be nothing else, and buttons among
// them.
func headRun(blocks []string) int {
	end := 0
	for i, block := range blocks {
		sure, maybe := false, true
		for line := range strings.SplitSeq(block, "\n") {
			words := plainLine(line)
			switch {
			case around.MatchString(words):
				sure = true
			case !buttons[strings.ToLower(words)]:
				maybe = false
			}
		}
		switch {
		case sure && len(block) < 600:
			end = i + 1
		case !maybe:
			return afterButtons(blocks, end)
		}
	}
	return end
}

// afterButtons moves the end of a run behind the buttons that follow its last sure line.
func afterButtons(blocks []string, end int) int {
	for end > 0 && end < len(blocks) && buttons[strings.ToLower(plainLine(blocks[end]))] {
		end++
	}
	return end
}

// plainLine is a line without what Markdown puts around its words.
func plainLine(line string) string {
	line = linkInLine.ReplaceAllString(strings.TrimSpace(line), "$1")
	return strings.ReplaceAll(strings.Trim(line, "*_#>-• \t"), "\\", "")
}

var linkInLine = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// chromeNames are names that web pages give to what stands around their text.
var chromeNames = regexp.MustCompile(`(?i)(^|[-_ ])(cookies?|consent|breadcrumbs?|skip|skip-?link|navbar|nav|menu|sidebar|share|sharing|social|newsletter|site-?header|site-?footer|page-?footer|masthead|global-?header|phase-?banner|back-?to-?top)([-_ ]|$)`)

// takePageChrome takes out of a web page's tree what the page itself says is not its text, and returns the words.
func takePageChrome(root *html.Node, take bool) (words []string) {
	for _, n := range elementsIn(root) {
		if n.Parent == nil || !within(n, root) || !isChrome(n) {
			continue
		}
		for line := range strings.SplitSeq(linesOf(n), "\n") {
			if line = oneLine(line); line != "" && !slices.Contains(words, line) {
				words = append(words, line)
			}
		}
		if take {
			n.Parent.RemoveChild(n)
		}
	}
	return words
}

func isChrome(n *html.Node) bool {
	if n.Type != html.ElementNode || inArticle(n) {
		return false
	}
	switch n.DataAtom {
	case atom.Nav, atom.Footer, atom.Header, atom.Dialog:
		return find(n, atom.H1) == nil
	case atom.Html, atom.Body, atom.Main, atom.Article, atom.P, atom.A, atom.Span, atom.Img, atom.Table, atom.Tr, atom.Td, atom.H1, atom.H2, atom.H3, atom.H4, atom.Strong, atom.Em, atom.Li:
		return false
	}
	switch strings.ToLower(attr(n, "role")) {
	case "navigation", "banner", "contentinfo", "search", "alertdialog", "dialog":
		return true
	}
	return find(n, atom.H1) == nil && (chromeNames.MatchString(attr(n, "class")) || chromeNames.MatchString(attr(n, "id")))
}

// inArticle says whether an element stands within the text proper, where a header or footer is the text's.
func inArticle(n *html.Node) bool {
	if n.DataAtom == atom.Nav {
		return false
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == atom.Article {
			return true
		}
	}
	return false
}

// linesOf is the text of a node, a line for each of its parts.
func linesOf(n *html.Node) string {
	var b strings.Builder
	var visit func(*html.Node)
	visit = func(n *html.Node) {
		switch {
		case unshown[n.DataAtom] && n.DataAtom != atom.Button:
			return
		case n.Type == html.TextNode:
			b.WriteString(strings.Join(strings.Fields(n.Data), " ") + " ")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
		switch n.DataAtom {
		case atom.P, atom.Li, atom.Div, atom.Br, atom.Button, atom.A, atom.H1, atom.H2, atom.H3, atom.H4, atom.Tr:
			b.WriteByte('\n')
		}
	}
	visit(n)
	return b.String()
}

// noteChrome takes what a web page put around the text out of the body, unless the file's is to stay, and says so.
func (p *piece) noteChrome(o Options, structural []string) {
	body, lines := takeChrome(p.body)
	p.Chrome = append(structural, lines...)
	if len(p.Chrome) == 0 {
		return
	}
	said := "Left out, because it looks like what a web page puts around its text"
	if o.keeps(p.Path) {
		said = "Stays, because it was asked for, though it looks like what a web page puts around its text"
	} else {
		p.body = body
	}
	if o.Viewer == nil { // a person sees the lines beside a box to tick
		p.Problems = append(p.Problems, fmt.Sprintf("%s (%d lines): %s", said, len(p.Chrome), strings.Join(p.Chrome, " | ")))
	}
}
