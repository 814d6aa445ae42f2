package markdown

import (
	"fmt"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// A clock ends the parsing of a text that takes too long. It stands among goldmark's parsers, opens nothing and looks at
// the time whenever it is asked: goldmark itself cannot be stopped, and waiting for it no longer would leave it running.
type clock struct {
	deadline time.Time
	asked    int
}

// option puts the clock among the parsers, before all others.
func (c *clock) option() goldmark.Option {
	return goldmark.WithParserOptions(
		parser.WithBlockParsers(util.Prioritized(blockClock{c}, 1)),
		parser.WithInlineParsers(util.Prioritized(inlineClock{c}, 1)),
	)
}

// stop is what the clock panics with.
type stop struct{ err error }

// guarded turns the clock's stop, and any fault of the parser, into an error.
func guarded(f func() error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case stop:
			err = p.err
		default:
			err = fmt.Errorf("%w (%v)", ErrShape, p)
		}
	}()
	return f()
}

func (c *clock) look(src []byte, at int) {
	if c.asked++; c.asked%32 == 0 && time.Now().After(c.deadline) {
		panic(stop{tooSlow(lineAt(src, at))})
	}
}

func tooSlow(line int) error {
	return fmt.Errorf("%w: at line %d it has taken too long to lay out; shorten its lists, quotes, tables or links", ErrShape, line)
}

// blockClock is the clock among the parsers of blocks. There it also sees the text getting too deep, long before all of
// it is parsed.
type blockClock struct{ *clock }

func (blockClock) Trigger() []byte { return []byte(">-+*#=|:0123456789") }

func (c blockClock) Open(parent ast.Node, reader text.Reader, _ parser.Context) (ast.Node, parser.State) {
	_, at := reader.Position()
	c.look(reader.Source(), at.Start)
	deep := 0
	for n := parent; n != nil; n = n.Parent() {
		if deepens(n) {
			deep++
		}
	}
	if deep > MaxDepth {
		panic(stop{tooDeep(lineAt(reader.Source(), at.Start), deep)})
	}
	return nil, parser.NoChildren
}

func (blockClock) Continue(ast.Node, text.Reader, parser.Context) parser.State { return parser.Close }
func (blockClock) Close(ast.Node, text.Reader, parser.Context)                 {}
func (blockClock) CanInterruptParagraph() bool                                 { return true }
func (blockClock) CanAcceptIndentedLine() bool                                 { return true }

// inlineClock is the clock among the parsers of what stands in a line.
type inlineClock struct{ *clock }

func (inlineClock) Trigger() []byte { return []byte(" []!<`*_~&") }

func (c inlineClock) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	_, at := block.Position()
	c.look(block.Source(), at.Start)
	return nil
}
