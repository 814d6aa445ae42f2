package intake

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"commonplace/internal/word"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// reader is what makes pieces of a file that another program wrote, by its ending; nil for others.
func reader(ending string) func(*piece, context.Context, []byte, Options) []*piece {
	switch ending {
	case ".docx":
		return (*piece).takeDocx
	case ".odt":
		return (*piece).takeODT
	case ".html", ".htm":
		return (*piece).takeHTML
	case ".txt":
		return (*piece).takeText
	case ".csv":
		return (*piece).takeCSV
	}
	return nil
}

// isForeign says whether files of an ending are those of other programs.
func isForeign(ending string) bool {
	switch ending {
	case ".docx", ".odt", ".html", ".htm", ".txt", ".csv":
		return true
	}
	return false
}

// advice says of endings that bring nothing in what to do instead.
var advice = map[string]string{
	".doc": "is a Word file of before 2007. Open it in Word and save it as .docx", ".docm": "is a Word file with macros. Save it as .docx",
	".dotx": "is a Word template. Save it as .docx", ".rtf": "is rich text. Open it in a word processor and save it as .docx",
	".pages": "is a Pages file. Export it as .docx", ".pdf": "is a PDF, which has no text that could become a page. Add it to a page as an attachment, or bring in the file it was made from",
	".xlsx": "is a sheet. Save it as .csv to make pages or a table of it, or add it to a page as an attachment", ".xls": "is a sheet. Save it as .csv to make pages or a table of it",
	".pptx": "is a set of slides. Add it to a page as an attachment", ".ppt": "is a set of slides. Add it to a page as an attachment",
	".zip": "is an archive within the source. Bring it in by itself", ".7z": "is an archive. Only .zip is opened", ".rar": "is an archive. Only .zip is opened",
	".gz": "is an archive. Only .zip is opened", ".tar": "is an archive. Only .zip is opened", ".tgz": "is an archive. Only .zip is opened",
}

// foreignReading is the version of how files of other programs are read.
const foreignReading = "2"

// takeDocx reads a Word file, in a child process.
func (p *piece) takeDocx(ctx context.Context, raw []byte, o Options) []*piece {
	d, err := word.Docx(ctx, raw)
	return p.takeWord(d, err, o)
}

// takeODT reads a text of LibreOffice and its kin.
func (p *piece) takeODT(_ context.Context, raw []byte, o Options) []*piece {
	d, err := word.ODT(raw)
	return p.takeWord(d, err, o)
}

func (p *piece) takeWord(d word.Document, err error, o Options) []*piece {
	var why word.Refusal
	if errors.As(err, &why) {
		return []*piece{p.out(Refused, string(why))}
	}
	if err != nil {
		p.fault = err
		return []*piece{p}
	}
	p.front = map[string]any{}
	p.Problems = append(p.Problems, d.Notes...)
	if len(d.Comments) > 0 {
		p.Problems = append(p.Problems, fmt.Sprintf("Comments in the margin stay out (%d): %s", len(d.Comments), strings.Join(d.Comments, " | ")))
	}
	p.takePictures(d.Pictures)
	root, err := parse(d.HTML)
	if err != nil {
		return []*piece{p.out(Refused, "cannot be read: "+err.Error())}
	}
	p.takeTree(root, d.Title, nil, o)
	return []*piece{p}
}

// takeTree makes the body of a tree, and finds its title.
func (p *piece) takeTree(root *html.Node, title string, chrome []string, o Options) {
	body, problems, err := turn(root)
	if err != nil {
		p.out(Refused, "cannot be made into a page: "+err.Error())
		return
	}
	p.Problems = append(p.Problems, problems...)
	p.takeBody(body, title, chrome, o)
}

// takeBody takes a body that is Markdown by now.
func (p *piece) takeBody(body, title string, chrome []string, o Options) {
	p.body = body
	p.noteChrome(o, chrome)
	if strings.TrimSpace(p.body) == "" {
		p.out(Skipped, "holds no words")
		return
	}
	p.nameIt(title)
	p.finish(p.body)
	p.study(o.As)
}

// generic are titles that programs give by themselves.
var generic = regexp.MustCompile(`(?i)^(document ?\d*|untitled.*|microsoft word.*|powerpoint.*|.*\.(docx?|dotx?|odt)|template|title|home|index|\d+)?$`)

// nameIt finds the title of a text from elsewhere: its first line when that is a heading or stands alone, else what the
// file says of itself, else its first heading, else the file's name.
func (p *piece) nameIt(said string) {
	blocks := blocksOf(p.body)
	level, words, _ := headingOf(blocks[0])
	title := ""
	if isTitle(blocks, generic.MatchString(said)) {
		title = wordsOnly(words)
		blocks = blocks[1:]
		p.body = strings.Join(blocks, "\n\n") + "\n"
	}
	if title == "" && !generic.MatchString(said) {
		title = oneLine(said)
	}
	if title == "" {
		for _, b := range blocks {
			if level, words, _ = headingOf(b); level > 0 && studyPart(words) == "" {
				title = wordsOnly(words)
				p.Problems = append(p.Problems, "There is no title. The first heading became the title.")
				break
			}
		}
	}
	if title == "" {
		title = titleOfName(p.Path)
		p.Problems = append(p.Problems, "There is no title. The file's name became the title.")
	}
	p.front["title"] = title
	p.sayOnce(title)
}

// isTitle says whether the first block of a text is its title: a heading of the first level, a line in bold, or a line that
// stands alone when the file has no better name.
func isTitle(blocks []string, nameless bool) bool {
	first := blocks[0]
	level, words, _ := headingOf(first)
	if strings.Contains(first, "\n") || footnoteCall.MatchString(first) || strings.Contains(first, "![") || studyPart(first) != "" || wordsOnly(words) == "" {
		return false
	}
	alone := level == 0 && nameless && len(blocks) > 1 && utf8.RuneCountInString(first) <= longestSummary && !strings.HasSuffix(first, ".") &&
		!strings.HasSuffix(first, ":") && !strings.HasPrefix(first, "|") && !strings.HasPrefix(first, "- ")
	return level == 1 || boldLine.MatchString(first) || alone
}

// sayOnce takes out the day under the title, and the title where it is said a second time at the head.
func (p *piece) sayOnce(title string) {
	blocks := blocksOf(p.body)
	for len(blocks) > 0 {
		line := wordsOnly(blocks[0])
		m := postedOn.FindStringSubmatch(line)
		switch {
		case m != nil && dayOf(m[1]) != "":
			p.front["date"] = dayOf(m[1])
		case !strings.EqualFold(line, title):
			p.body = strings.Join(blocks, "\n\n") + "\n"
			return
		}
		blocks = blocks[1:]
	}
	p.body = ""
}

// dayOf reads a day in the ways in which people and programs write one; "" when it is none.
func dayOf(s string) string {
	s = strings.TrimSpace(ordinal.ReplaceAllString(s, "$1"))
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "02/01/2006", "2/1/2006", "02/01/2006 15:04", "2 January 2006", "2 Jan 2006", "January 2 2006", "January 2, 2006", "Jan 2, 2006", "Monday 2 January 2006", "Monday, 2 January 2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	return ""
}

var ordinal = regexp.MustCompile(`\b(\d{1,2})(?:st|nd|rd|th)\b`)

// takeHTML reads a web page that somebody saved.
func (p *piece) takeHTML(_ context.Context, raw []byte, o Options) []*piece {
	root, err := parse(decoded(raw))
	if err != nil {
		return []*piece{p.out(Refused, "cannot be read: "+err.Error())}
	}
	p.front = map[string]any{}
	title := p.readHead(root)
	p.readOld(root, raw)
	body := find(root, atom.Body)
	if body == nil {
		return []*piece{p.out(Skipped, "holds no words")}
	}
	chrome := takePageChrome(body, !o.keeps(p.Path))
	if main := find(body, atom.Main); main != nil && !o.keeps(p.Path) {
		body = main
	}
	if h1 := find(body, atom.H1); h1 != nil && strings.TrimSpace(textOf(h1)) != "" {
		title = oneLine(textOf(h1)) // which says what the page is called, and not what the site is
		h1.Parent.RemoveChild(h1)
	}
	p.takeInside(body)
	p.takeTree(body, title, chrome, o)
	return []*piece{p}
}

// readHead takes from the head of a page what it says of itself.
func (p *piece) readHead(root *html.Node) (title string) {
	for _, n := range elementsIn(root) {
		switch {
		case n.DataAtom == atom.Html && attr(n, "lang") != "":
			p.front["lang"] = attr(n, "lang")
		case n.DataAtom == atom.Title && title == "" && n.Parent != nil && n.Parent.DataAtom == atom.Head:
			title = oneLine(textOf(n))
		case n.DataAtom == atom.Meta && attr(n, "content") != "":
			switch strings.ToLower(attr(n, "name") + attr(n, "property")) {
			case "description":
				p.front["description"] = oneLine(attr(n, "content"))
			case "article:published_time", "dcterms.date", "dcterms.issued", "date":
				p.front["date"] = dayOf(attr(n, "content"))
			case "og:title":
				title = oneLine(attr(n, "content"))
			}
		}
	}
	for _, name := range []string{" | ", " – ", " — ", " - "} { // "Page | Site"
		if before, _, ok := strings.Cut(title, name); ok && utf8.RuneCountInString(before) > 10 {
			return before
		}
	}
	return title
}

var savedFrom = regexp.MustCompile(`<!-- saved from url=\(\d+\)(\S+) -->`)

// readOld takes from a page the address where it stood, so that links to it find it again.
func (p *piece) readOld(root *html.Node, raw []byte) {
	for _, n := range elementsIn(root) {
		if n.DataAtom == atom.Link && strings.EqualFold(attr(n, "rel"), "canonical") {
			p.old = append(p.old, attr(n, "href"))
		}
		if n.DataAtom == atom.Meta && attr(n, "property") == "og:url" {
			p.old = append(p.old, attr(n, "content"))
		}
	}
	if m := savedFrom.FindSubmatch(raw); m != nil {
		p.old = append(p.old, string(m[1]))
	}
}

// takeText reads plain text.
func (p *piece) takeText(_ context.Context, raw []byte, o Options) []*piece {
	p.front = map[string]any{}
	p.takeBody(markdownOf(decoded(raw)), "", nil, o)
	return []*piece{p}
}

func (p *piece) takeCSV(_ context.Context, raw []byte, o Options) []*piece {
	return sheetPieces(p, raw, o)
}
