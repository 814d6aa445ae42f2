package markdown

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// read collects what a page needs besides its HTML.
func read(doc ast.Node, src []byte, o Options) Page {
	var p Page
	var plain strings.Builder
	line := func(words string) {
		if words = strings.TrimSpace(words); words != "" {
			plain.WriteString(words)
			plain.WriteByte('\n')
			p.Words += len(strings.Fields(words))
		}
	}
	ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			words := wordsOf(n, src)
			line(words)
			if id, ok := n.AttributeString("id"); ok {
				p.Outline = append(p.Outline, Heading{Level: n.Level, ID: id.(string), Text: words})
			}
		case *ast.Paragraph:
			words := wordsOf(n, src)
			line(words)
			if key, ok := n.AttributeString("data-q"); ok {
				p.Paragraphs = append(p.Paragraphs, Paragraph{Key: key.(string), Text: words})
			}
		case *ast.ListItem:
			if key, ok := n.AttributeString("data-q"); ok {
				p.Paragraphs = append(p.Paragraphs, Paragraph{Key: key.(string), Text: wordsOf(n.FirstChild(), src)})
			}
		case *callout:
			line(n.title)
		case *ast.TextBlock, *extast.TableCell, *extast.DefinitionTerm:
			line(wordsOf(n, src))
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			line(string(n.Lines().Value(src)))
		case *ast.Link:
			p.Links = append(p.Links, string(n.Destination))
		case *ast.AutoLink:
			p.Links = append(p.Links, string(n.URL(src)))
		}
		return ast.WalkContinue, nil
	})
	p.Plain = strings.TrimRight(plain.String(), "\n")
	return p
}
