package markdown

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
)

// HTMLSpan is a stretch of raw HTML in a source, in bytes. Inline spans are single tags.
type HTMLSpan struct {
	Start, Stop int
	Block       bool
}

// RawHTML finds the raw HTML in a source, which Render does not show, so that an importer can turn it into Markdown
// before. Code is left alone, and so is a text that Render would refuse for its length or shape.
func RawHTML(source string) []HTMLSpan {
	doc, err := outline(source, extension.Table)
	if err != nil {
		return nil
	}
	var spans []HTMLSpan
	ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.HTMLBlock:
			for i := range n.Lines().Len() {
				l := n.Lines().At(i)
				spans = append(spans, HTMLSpan{l.Start, l.Stop, true})
			}
			if n.HasClosure() {
				spans = append(spans, HTMLSpan{n.ClosureLine.Start, n.ClosureLine.Stop, true})
			}
		case *ast.RawHTML:
			for i := range n.Segments.Len() {
				s := n.Segments.At(i)
				spans = append(spans, HTMLSpan{s.Start, s.Stop, false})
			}
		}
		return ast.WalkContinue, nil
	})
	return joined(spans)
}

// joined puts the lines of one block together again.
func joined(spans []HTMLSpan) []HTMLSpan {
	var out []HTMLSpan
	for _, s := range spans {
		if n := len(out); n > 0 && s.Start == out[n-1].Stop && s.Block == out[n-1].Block {
			out[n-1].Stop = s.Stop
			continue
		}
		out = append(out, s)
	}
	return out
}
