package export

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Word is a document for a board paper: what a Word file says, and where the page stands.
type Word struct {
	Title, Summary string
	Language       string
	Note           string // "" or what must be read before the rest, such as that all of it is an example
	Body           string // our renderer's HTML, its slots filled
	Base           string // what stands before addresses on the site, to make them whole
	From           string // the page's own address, at the end
}

// Write writes the .docx. It holds headings, lists, tables, quotations, links and the words of pictures; the styles are
// Word's own names, so that a board's template takes hold of them. There is no library for this that is both free for
// us to use and kept up; the format is ECMA-376, and these few parts of it have not changed since 2006.
func (d Word) Write(w io.Writer) error {
	root, err := html.Parse(strings.NewReader(d.Body))
	if err != nil {
		return err
	}
	p := &paper{base: d.Base}
	p.paragraph("Title", func() { p.text(d.Title) })
	if d.Note != "" {
		p.paragraph("IntenseQuote", func() { p.text(d.Note) })
	}
	if d.Summary != "" {
		p.paragraph("Subtitle", func() { p.text(d.Summary) })
	}
	p.blocks(root)
	p.paragraph("", func() {
		p.text("From ")
		p.link(d.From, func() { p.text(d.From) })
	})
	z := zip.NewWriter(w)
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", contentTypes}, {"_rels/.rels", rootRels}, {"word/styles.xml", fmt.Sprintf(styles, escape(d.Language))},
		{"word/numbering.xml", p.numbering()}, {"word/_rels/document.xml.rels", p.rels()},
		{"word/document.xml", documentHead + p.out.String() + documentFoot},
		{"docProps/core.xml", fmt.Sprintf(coreProps, escape(d.Title), escape(d.Language))},
	} {
		f, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate})
		if err == nil {
			_, err = io.WriteString(f, xml.Header+part.text)
		}
		if err != nil {
			return err
		}
	}
	return z.Close()
}

// paper is the text of a Word file while it is written.
type paper struct {
	out    strings.Builder
	base   string
	links  []string // their relationships are rId10 and up
	lists  []bool   // whether each list that was begun is numbered; their numbers are 1 and up
	depth  []int    // the lists that we are in, by number
	marks  string   // run properties of the text at hand
	quoted bool
	inside bool // a paragraph is open
}

func escape(s string) string {
	var b strings.Builder
	if xml.EscapeText(&b, []byte(s)) != nil {
		return ""
	}
	return b.String()
}

// paragraph writes one of a style; "" is the text of the page.
func (p *paper) paragraph(style string, inside func()) {
	p.open(style)
	inside()
	p.close()
}

func (p *paper) open(style string) {
	p.close()
	p.inside = true
	if style == "" && p.quoted {
		style = "Quote"
	}
	p.out.WriteString("<w:p><w:pPr>")
	if style != "" {
		p.out.WriteString(`<w:pStyle w:val="` + style + `"/>`)
	}
	if n := len(p.depth); n > 0 && style == "ListParagraph" {
		fmt.Fprintf(&p.out, `<w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr>`, min(n, 9)-1, p.depth[n-1])
	}
	if n := len(p.depth); n > 0 && style == "" { // goes on below the entry's first paragraph
		fmt.Fprintf(&p.out, `<w:ind w:left="%d"/>`, 360*n)
	}
	p.out.WriteString("</w:pPr>")
}

func (p *paper) close() {
	if p.inside {
		p.out.WriteString("</w:p>")
		p.inside = false
	}
}

func (p *paper) text(s string) {
	if s == "" {
		return
	}
	if !p.inside {
		if strings.TrimSpace(s) == "" {
			return
		}
		p.open("")
	}
	p.out.WriteString(`<w:r><w:rPr>` + p.marks + `</w:rPr><w:t xml:space="preserve">` + escape(s) + `</w:t></w:r>`)
}

// marked writes what is inside with more properties, in the order in which the schema wants them.
func (p *paper) marked(mark string, inside func()) {
	before := p.marks
	if !strings.Contains(before, mark) {
		p.marks += mark
	}
	inside()
	p.marks = before
}

func (p *paper) link(to string, inside func()) {
	if strings.HasPrefix(to, "/") {
		to = p.base + to
	}
	if !strings.HasPrefix(to, "http") && !strings.HasPrefix(to, "mailto:") && !strings.HasPrefix(to, "tel:") {
		inside()
		return
	}
	if !p.inside {
		p.open("")
	}
	p.links = append(p.links, to)
	fmt.Fprintf(&p.out, `<w:hyperlink r:id="rId%d">`, len(p.links)+9)
	p.marked(`<w:rStyle w:val="Hyperlink"/>`, inside)
	p.out.WriteString(`</w:hyperlink>`)
}

// blocks writes what is inside a node.
func (p *paper) blocks(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.node(c)
	}
}

var headings = map[atom.Atom]string{atom.H1: "Heading1", atom.H2: "Heading1", atom.H3: "Heading2", atom.H4: "Heading3", atom.H5: "Heading4", atom.H6: "Heading5"}

func (p *paper) node(n *html.Node) {
	if n.Type == html.TextNode {
		p.text(breaks.Replace(n.Data))
		return
	}
	inside := func() { p.blocks(n) }
	if style := headings[n.DataAtom]; style != "" {
		p.paragraph(style, inside)
		return
	}
	switch n.DataAtom {
	case atom.P:
		if p.inside && len(p.depth) > 0 { // the first one of a list's entry
			inside()
			p.close()
			return
		}
		p.paragraph("", inside)
	case atom.Ul, atom.Ol:
		p.list(n.DataAtom == atom.Ol, inside)
	case atom.Li:
		if len(p.depth) == 0 {
			p.list(false, func() { p.paragraph("ListParagraph", inside) })
			return
		}
		p.paragraph("ListParagraph", inside)
	case atom.Blockquote:
		before := p.quoted
		p.close()
		p.quoted = true
		inside()
		p.close()
		p.quoted = before
	case atom.Table:
		p.table(n)
	case atom.Strong, atom.B:
		p.marked("<w:b/>", inside)
	case atom.Em, atom.I:
		p.marked("<w:i/>", inside)
	case atom.Br:
		if p.inside {
			p.out.WriteString("<w:r><w:br/></w:r>")
		}
	case atom.A:
		if holdsBlocks(n) { // a link lies within a paragraph
			inside()
			return
		}
		p.link(attribute(n, "href"), inside)
	case atom.Img:
		if alt := attribute(n, "alt"); alt != "" {
			p.text("[Picture: " + alt + "]")
		}
	case atom.Pre:
		for line := range strings.SplitSeq(strings.TrimRight(textOf(n), "\n"), "\n") {
			p.paragraph("HTMLPreformatted", func() { p.text(line) })
		}
	case atom.Script, atom.Style, atom.Head, atom.Button, atom.Form:
	case atom.Div, atom.Section, atom.Article, atom.Figure, atom.Details, atom.Dl, atom.Dt, atom.Dd, atom.Summary, atom.Figcaption:
		p.close()
		inside()
		p.close()
	default:
		inside()
	}
}

func holdsBlocks(n *html.Node) bool {
	for d := range n.Descendants() {
		switch d.DataAtom {
		case atom.P, atom.Div, atom.Ul, atom.Ol, atom.Li, atom.Table, atom.Blockquote, atom.Pre, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			return true
		}
	}
	return false
}

// breaks are line ends inside a paragraph, which are spaces.
var breaks = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ")

func (p *paper) list(numbered bool, inside func()) {
	p.close()
	p.lists = append(p.lists, numbered)
	p.depth = append(p.depth, len(p.lists))
	inside()
	p.close()
	p.depth = p.depth[:len(p.depth)-1]
}

// table writes rows of cells; a row needs as many as the widest.
func (p *paper) table(n *html.Node) {
	p.close()
	var rows [][]*html.Node
	width := 0
	for tr := range n.Descendants() {
		if tr.DataAtom != atom.Tr || tr.Type != html.ElementNode {
			continue
		}
		var cells []*html.Node
		for c := range tr.ChildNodes() {
			if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
				cells = append(cells, c)
			}
		}
		width = max(width, len(cells))
		rows = append(rows, cells)
	}
	if width == 0 {
		return
	}
	p.out.WriteString(`<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="5000" w:type="pct"/></w:tblPr><w:tblGrid>` + strings.Repeat(`<w:gridCol w:w="2400"/>`, width) + `</w:tblGrid>`)
	for _, cells := range rows {
		p.out.WriteString("<w:tr>")
		if len(cells) > 0 && cells[0].DataAtom == atom.Th && cells[len(cells)-1].DataAtom == atom.Th {
			p.out.WriteString("<w:trPr><w:tblHeader/></w:trPr>")
		}
		for i := range width {
			p.out.WriteString("<w:tc><w:tcPr/>")
			p.open("")
			if i < len(cells) {
				p.cell(cells[i])
			}
			p.close()
			p.out.WriteString("</w:tc>")
		}
		p.out.WriteString("</w:tr>")
	}
	p.out.WriteString("</w:tbl>")
	p.paragraph("", func() {}) // Word wants one after a table
}

func (p *paper) cell(n *html.Node) {
	if n.DataAtom == atom.Th {
		p.marked("<w:b/>", func() { p.blocks(n) })
		return
	}
	p.blocks(n)
	if !p.inside { // a list or a second paragraph closed it, and a cell ends with one
		p.open("")
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// numbering has one definition of bullets, one of numbers, and a list of its own for each that the text began, so that
// every one counts from 1.
func (p *paper) numbering() string {
	var b strings.Builder
	b.WriteString(`<w:numbering xmlns:w="` + wordSpace + `">`)
	for kind, format := range []string{"bullet", "decimal"} {
		fmt.Fprintf(&b, `<w:abstractNum w:abstractNumId="%d"><w:multiLevelType w:val="multilevel"/>`, kind)
		for level := range 9 {
			sign := "•"
			if kind == 1 {
				sign = fmt.Sprintf("%%%d.", level+1)
			}
			fmt.Fprintf(&b, `<w:lvl w:ilvl="%d"><w:start w:val="1"/><w:numFmt w:val="%s"/><w:lvlText w:val="%s"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="%d" w:hanging="360"/></w:pPr></w:lvl>`,
				level, format, sign, 360*(level+1))
		}
		b.WriteString(`</w:abstractNum>`)
	}
	for i, numbered := range p.lists {
		kind := 0
		if numbered {
			kind = 1
		}
		fmt.Fprintf(&b, `<w:num w:numId="%d"><w:abstractNumId w:val="%d"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>`, i+1, kind)
	}
	b.WriteString(`</w:numbering>`)
	return b.String()
}

func (p *paper) rels() string {
	var b strings.Builder
	b.WriteString(`<Relationships xmlns="` + relSpace + `">`)
	for i, name := range []string{"styles", "numbering"} {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s/%s" Target="%s.xml"/>`, i+1, relType, name, name)
	}
	for i, to := range p.links {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s/hyperlink" Target="%s" TargetMode="External"/>`, i+10, relType, escape(to))
	}
	b.WriteString(`</Relationships>`)
	return b.String()
}

const (
	wordSpace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
	relSpace  = "http://schemas.openxmlformats.org/package/2006/relationships"
	relType   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

	contentTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
		`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
		`<Override PartName="/word/numbering.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"/>` +
		`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`
	rootRels = `<Relationships xmlns="` + relSpace + `"><Relationship Id="rId1" Type="` + relType + `/officeDocument" Target="word/document.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`
	coreProps = `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>%s</dc:title><dc:language>%s</dc:language></cp:coreProperties>`

	documentHead = `<w:document xmlns:w="` + wordSpace + `" xmlns:r="` + relType + `"><w:body>`
	documentFoot = `<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="708" w:footer="708" w:gutter="0"/></w:sectPr></w:body></w:document>`

	styles = `<w:styles xmlns:w="` + wordSpace + `"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/><w:sz w:val="24"/><w:lang w:val="%s"/></w:rPr></w:rPrDefault>` +
		`<w:pPrDefault><w:pPr><w:spacing w:after="160" w:line="276" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>` +
		`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/><w:basedOn w:val="Normal"/><w:rPr><w:b/><w:sz w:val="44"/></w:rPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Subtitle"><w:name w:val="Subtitle"/><w:basedOn w:val="Normal"/><w:rPr><w:sz w:val="28"/></w:rPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:pPr><w:keepNext/><w:spacing w:before="320"/><w:outlineLvl w:val="0"/></w:pPr><w:rPr><w:b/><w:sz w:val="32"/></w:rPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:pPr><w:keepNext/><w:spacing w:before="240"/><w:outlineLvl w:val="1"/></w:pPr><w:rPr><w:b/><w:sz w:val="28"/></w:rPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Heading3"><w:name w:val="heading 3"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:pPr><w:keepNext/><w:outlineLvl w:val="2"/></w:pPr><w:rPr><w:b/></w:rPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Heading4"><w:name w:val="heading 4"/><w:basedOn w:val="Heading3"/><w:next w:val="Normal"/><w:pPr><w:outlineLvl w:val="3"/></w:pPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Heading5"><w:name w:val="heading 5"/><w:basedOn w:val="Heading3"/><w:next w:val="Normal"/><w:pPr><w:outlineLvl w:val="4"/></w:pPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="ListParagraph"><w:name w:val="List Paragraph"/><w:basedOn w:val="Normal"/><w:pPr><w:spacing w:after="80"/></w:pPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Quote"><w:name w:val="Quote"/><w:basedOn w:val="Normal"/><w:pPr><w:ind w:left="567" w:right="567"/></w:pPr><w:rPr><w:i/></w:rPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="IntenseQuote"><w:name w:val="Intense Quote"/><w:basedOn w:val="Normal"/><w:pPr><w:pBdr><w:left w:val="single" w:sz="24" w:space="8" w:color="B55C00"/></w:pBdr></w:pPr><w:rPr><w:b/></w:rPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="HTMLPreformatted"><w:name w:val="HTML Preformatted"/><w:basedOn w:val="Normal"/><w:pPr><w:spacing w:after="0"/></w:pPr><w:rPr><w:rFonts w:ascii="Courier New" w:hAnsi="Courier New"/><w:sz w:val="20"/></w:rPr></w:style>` +
		`<w:style w:type="character" w:styleId="Hyperlink"><w:name w:val="Hyperlink"/><w:rPr><w:color w:val="005EB8"/><w:u w:val="single"/></w:rPr></w:style>` +
		`<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:tblPr><w:tblBorders><w:top w:val="single" w:sz="4" w:color="768692"/><w:left w:val="single" w:sz="4" w:color="768692"/><w:bottom w:val="single" w:sz="4" w:color="768692"/><w:right w:val="single" w:sz="4" w:color="768692"/><w:insideH w:val="single" w:sz="4" w:color="768692"/><w:insideV w:val="single" w:sz="4" w:color="768692"/></w:tblBorders></w:tblPr></w:style></w:styles>`
)
