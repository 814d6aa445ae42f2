package markdown

import (
	"bufio"
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// nodes renders what goldmark does not know or would render otherwise.
type nodes struct{}

func (nodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindSlot, renderSlot)
	r.Register(kindCallout, renderCallout)
	r.Register(ast.KindLink, renderLink)
	r.Register(ast.KindAutoLink, renderAutoLink)
	r.Register(extast.KindTable, renderTable)
	r.Register(extast.KindTaskCheckBox, renderTask)
}

func renderSlot(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		s := n.(*slotNode)
		w.WriteString(slotOpen + s.name + " " + s.key + slotClose)
	}
	return ast.WalkContinue, nil
}

var calloutWords = map[string]string{
	"note": "Note", "tip": "Tip", "important": "Important", "warning": "Warning", "urgent": "Urgent",
}

func renderCallout(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		w.WriteString("</div>\n")
		return ast.WalkContinue, nil
	}
	c := n.(*callout)
	w.WriteString(`<div class="cp-callout cp-callout--` + c.name + `">`)
	word := calloutWords[c.name]
	if c.title == "" {
		w.WriteString(`<p class="cp-callout__title">` + word + "</p>\n")
		return ast.WalkContinue, nil
	}
	w.WriteString(`<p class="cp-callout__title"><span class="nhsuk-u-visually-hidden">` + word + `: </span>`)
	w.Write(util.EscapeHTML([]byte(c.title)))
	w.WriteString("</p>\n")
	return ast.WalkContinue, nil
}

// writer writes a writer's words, with the character references in them resolved but for those of a slot's marks.
var writer html.Writer = words{html.NewWriter()}

type words struct{ html.Writer }

func (ws words) Write(w util.BufWriter, source []byte) {
	if !bytes.ContainsRune(source, '&') {
		ws.Writer.Write(w, source)
		return
	}
	var b bytes.Buffer
	buffered := bufio.NewWriter(&b)
	ws.Writer.Write(buffered, source)
	buffered.Flush()
	w.WriteString(withoutMarks(b.String()))
}

func openLink(w util.BufWriter, address []byte, title []byte) {
	w.WriteString(`<a href="`)
	w.Write(util.EscapeHTML(util.URLEscape(address, false)))
	w.WriteByte('"')
	if len(title) > 0 {
		w.WriteString(` title="`)
		writer.Write(w, title)
		w.WriteByte('"')
	}
	if external(string(address)) {
		w.WriteString(` rel="nofollow noopener noreferrer ugc"`)
	}
	w.WriteByte('>')
}

func renderLink(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	l := n.(*ast.Link)
	switch {
	case html.IsDangerousURL(l.Destination):
	case entering:
		openLink(w, l.Destination, l.Title)
	default:
		w.WriteString("</a>")
	}
	return ast.WalkContinue, nil
}

func renderAutoLink(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	l := n.(*ast.AutoLink)
	address := l.URL(src)
	if l.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(string(address)), "mailto:") {
		address = append([]byte("mailto:"), address...)
	}
	openLink(w, address, nil)
	w.Write(util.EscapeHTML(l.Label(src)))
	w.WriteString("</a>")
	return ast.WalkContinue, nil
}

// renderTable gives a table a region of its own that scrolls on a narrow screen and can be reached by keyboard.
func renderTable(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		w.WriteString("</table></div>\n")
		return ast.WalkContinue, nil
	}
	label, _ := n.AttributeString("aria-label")
	w.WriteString(`<div class="cp-table" role="region" tabindex="0" aria-label="`)
	w.Write(util.EscapeHTML([]byte(label.(string))))
	w.WriteString("\"><table>\n")
	return ast.WalkContinue, nil
}

func renderTask(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		word := "To do: "
		if n.(*extast.TaskCheckBox).IsChecked {
			word = "Done: "
		}
		w.WriteString(`<span class="cp-task">` + word + `</span>`)
	}
	return ast.WalkContinue, nil
}
