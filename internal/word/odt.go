package word

import (
	"encoding/xml"
	"fmt"
	"html"
	"path"
	"slices"
	"strconv"
	"strings"
)

// ODT reads a text of LibreOffice and its kin. The error is a Refusal when the file is to blame.
func ODT(raw []byte) (Document, error) {
	if err := plausible(raw); err != nil {
		return Document{}, err
	}
	p, err := unpack(raw)
	if err != nil {
		return Document{}, err
	}
	switch {
	case p["content.xml"] == nil:
		return Document{}, Refusal("It is no text document, whatever its name says.")
	case strings.Contains(string(p["META-INF/manifest.xml"]), "encryption-data"):
		return Document{}, Refusal("It is locked with a password. Save it without one.")
	}
	o := &openText{parts: p, styles: map[string]look{}, ordered: map[string]bool{}}
	for _, name := range []string{"styles.xml", "content.xml"} {
		if p[name] == nil {
			continue
		}
		if err := walk(p[name], o.readStyle); err != nil {
			return Document{}, err
		}
	}
	if err := walk(p["content.xml"], o.see); err != nil {
		return Document{}, err
	}
	if p["meta.xml"] != nil {
		titles, err := words(p["meta.xml"], "title")
		if err != nil {
			return Document{}, err
		}
		o.doc.Title = strings.Join(titles, " ")
	}
	return o.document(), nil
}

// look is what a style does that is kept.
type look struct{ bold, italic, struck bool }

// openText is the reading of one document.
type openText struct {
	parts   parts
	doc     Document
	styles  map[string]look
	ordered map[string]bool // list styles that number

	style  string // that is being read
	out    strings.Builder
	notes  []string // of footnotes, as HTML
	stack  []string // what closes each element that is open
	hidden int      // depth within what is not text
	body   bool
	lists  []string        // styles of the lists that are open
	within []string        // what was written before the footnotes that are open
	margin strings.Builder // the comment that is being read
	inside bool            // a comment
	alts   []string        // of the pictures
	naming bool            // a picture is being described
	header bool            // rows of a table's head

	deleted, formulas, objects int
}

// readStyle notes which styles are bold, and which lists are numbered.
func (o *openText) readStyle(t xml.Token) error {
	e, ok := t.(xml.StartElement)
	if !ok {
		return nil
	}
	switch e.Name.Local {
	case "style", "list-style":
		o.style = attribute(e, "name")
	case "text-properties":
		l := o.styles[o.style]
		l.bold = l.bold || attribute(e, "font-weight") == "bold"
		l.italic = l.italic || attribute(e, "font-style") == "italic"
		l.struck = l.struck || !slices.Contains([]string{"", "none"}, attribute(e, "text-line-through-style"))
		o.styles[o.style] = l
	case "list-level-style-number":
		if attribute(e, "level") == "1" && attribute(e, "num-format") != "" {
			o.ordered[o.style] = true
		}
	}
	return nil
}

func (o *openText) see(t xml.Token) error {
	switch t := t.(type) {
	case xml.StartElement:
		o.open(t)
	case xml.EndElement:
		o.close(t)
	case xml.CharData:
		if o.body && o.hidden == 0 {
			o.write(html.EscapeString(string(t)))
		} else if o.inside {
			o.margin.Write(t)
		} else if o.naming && len(o.alts) > 0 {
			o.alts[len(o.alts)-1] += " " + string(t)
		}
	}
	return nil
}

func (o *openText) write(s string) { o.out.WriteString(s) }

// open begins an element: what is to be written when it closes waits on the stack.
func (o *openText) open(e xml.StartElement) {
	closing := ""
	switch name := e.Name.Local; {
	case name == "text" && e.Name.Space == "urn:oasis:names:tc:opendocument:xmlns:office:1.0":
		o.body = true
	case !o.body:
	case o.hidden > 0 || unread[name] || isDescription(e.Name):
		o.naming = isDescription(e.Name)
		o.hide(name)
	default:
		closing = o.begin(e)
	}
	o.stack = append(o.stack, closing)
}

// unread are elements whose text is none of the document's.
var unread = map[string]bool{
	"tracked-changes": true, "annotation": true, "sequence-decls": true, "forms": true, "note-citation": true, "table-of-content": true,
	"alphabetical-index": true, "object": true, "bibliography": true, "illustration-index": true, "ruby-text": true,
}

// isDescription says whether an element describes a picture.
func isDescription(name xml.Name) bool {
	return strings.Contains(name.Space, "svg-compatible") && (name.Local == "title" || name.Local == "desc")
}

func (o *openText) hide(name string) {
	o.hidden++
	switch name {
	case "deletion":
		o.deleted++
	case "annotation":
		o.inside = true
	case "object":
		o.objects++
	case "p":
		if o.inside {
			o.margin.WriteByte(' ')
		}
	}
}

func (o *openText) begin(e xml.StartElement) (closing string) {
	switch e.Name.Local {
	case "h":
		level, err := strconv.Atoi(attribute(e, "outline-level"))
		if err != nil || level < 1 {
			level = 1
		}
		level = min(level, 6)
		o.write(fmt.Sprintf("<h%d>", level))
		return fmt.Sprintf("</h%d>", level)
	case "p":
		switch style := attribute(e, "style-name"); {
		case style == "Title":
			o.write("<h1>")
			return "</h1>"
		case o.styles[style] != look{}:
			return o.looks("<p>", style, "</p>")
		}
		o.write("<p>")
		return "</p>"
	case "span":
		return o.looks("", attribute(e, "style-name"), "")
	case "a":
		o.write(`<a href="` + html.EscapeString(attribute(e, "href")) + `">`)
		return "</a>"
	case "list":
		return o.list(attribute(e, "style-name"))
	case "list-item", "list-header":
		o.write("<li>")
		return "</li>"
	case "table":
		o.write("<table>")
		return "</table>"
	case "table-header-rows":
		o.header = true
	case "table-row":
		o.write("<tr>")
		return "</tr>"
	case "table-cell":
		return o.cell(e)
	case "covered-table-cell":
		o.write("<td></td>")
	case "s":
		n, _ := strconv.Atoi(attribute(e, "c"))
		o.write(strings.Repeat(" ", min(max(n, 1), 100)))
	case "tab":
		o.write(" ")
	case "line-break":
		o.write("<br>")
	case "note":
		o.within = append(o.within, o.out.String())
		o.out.Reset()
	case "image":
		o.image(attribute(e, "href"))
	case "bookmark", "bookmark-start":
		o.write(`<a id="` + html.EscapeString(attribute(e, "name")) + `"></a>`)
	}
	return ""
}

// looks writes what a style does around a text.
func (o *openText) looks(before, style, after string) string {
	l := o.styles[style]
	for _, mark := range []struct {
		on  bool
		tag string
	}{{l.bold, "strong"}, {l.italic, "em"}, {l.struck, "s"}} {
		if mark.on {
			before, after = before+"<"+mark.tag+">", "</"+mark.tag+">"+after
		}
	}
	o.write(before)
	return after
}

// list begins a list; one within another has its style unless it names one.
func (o *openText) list(style string) string {
	if style == "" && len(o.lists) > 0 {
		style = o.lists[len(o.lists)-1]
	}
	o.lists = append(o.lists, style)
	if o.ordered[style] {
		o.write("<ol>")
		return "</ol>"
	}
	o.write("<ul>")
	return "</ul>"
}

func (o *openText) cell(e xml.StartElement) string {
	tag := "td"
	if o.header {
		tag = "th"
	}
	span := ""
	if n, err := strconv.Atoi(attribute(e, "number-columns-spanned")); err == nil && n > 1 && n < 50 {
		span = fmt.Sprintf(` colspan="%d"`, n)
	}
	o.write("<" + tag + span + ">")
	return "</" + tag + ">"
}

// pictureWaits stands for the description of a picture, which comes after it.
const pictureWaits = "\uE002"

// image keeps a picture that is in the file; one that is elsewhere is not fetched.
func (o *openText) image(href string) {
	href = strings.TrimPrefix(href, "./")
	raw := o.parts[href]
	switch {
	case strings.Contains(href, "://"):
		o.doc.Notes = append(o.doc.Notes, "A picture is only linked to and did not come along. It is not fetched.")
		return
	case raw == nil || strings.HasPrefix(href, "ObjectReplacements/") || len(o.doc.Pictures) >= maxPictures:
		return
	}
	kind := strings.TrimPrefix(strings.ToLower(path.Ext(href)), ".")
	address := fmt.Sprintf("picture-%d%s", len(o.doc.Pictures)+1, ending("image/"+kind))
	o.doc.Pictures = append(o.doc.Pictures, Picture{Address: address, Type: "image/" + kind, Bytes: raw})
	o.alts = append(o.alts, "")
	o.write(`<img alt="` + pictureWaits + `" src="` + address + `">`)
}

func (o *openText) close(e xml.EndElement) {
	if len(o.stack) == 0 {
		return
	}
	closing := o.stack[len(o.stack)-1]
	o.stack = o.stack[:len(o.stack)-1]
	if o.hidden > 0 {
		o.hidden--
		if e.Name.Local == "annotation" && o.inside {
			o.inside = false
			if s := strings.Join(strings.Fields(o.margin.String()), " "); s != "" {
				o.doc.Comments = append(o.doc.Comments, s)
			}
			o.margin.Reset()
		}
		return
	}
	o.write(closing)
	switch e.Name.Local {
	case "text":
		if e.Name.Space == "urn:oasis:names:tc:opendocument:xmlns:office:1.0" {
			o.body = false
		}
	case "list":
		if len(o.lists) > 0 {
			o.lists = o.lists[:len(o.lists)-1]
		}
	case "table-header-rows":
		o.header = false
	case "note-body":
		o.note()
	}
}

// note puts a footnote's text aside and its sign into the text.
func (o *openText) note() {
	if len(o.within) == 0 {
		return
	}
	text := o.out.String()
	o.out.Reset()
	o.write(o.within[len(o.within)-1])
	o.within = o.within[:len(o.within)-1]
	o.notes = append(o.notes, text)
	o.write(fmt.Sprintf(`<sup><a href="#footnote-%d">[%d]</a></sup>`, len(o.notes), len(o.notes)))
}

func (o *openText) document() Document {
	d := o.doc
	d.HTML = o.out.String()
	if len(o.notes) > 0 {
		d.HTML += "<ol>"
		for i, text := range o.notes {
			d.HTML += fmt.Sprintf(`<li id="footnote-%d">%s</li>`, i+1, text)
		}
		d.HTML += "</ol>"
	}
	for _, alt := range o.alts {
		d.HTML = strings.Replace(d.HTML, pictureWaits, html.EscapeString(strings.Join(strings.Fields(alt), " ")), 1)
	}
	a := aside{deleted: o.deleted, objects: o.objects}
	d.Notes = append(slices.Compact(d.Notes), a.notes()...)
	return d
}
