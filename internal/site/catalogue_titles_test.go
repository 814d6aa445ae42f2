package site

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// ownCode is the room's own code: its functions by name, and the values of its variables.
type ownCode struct {
	files token.FileSet
	funcs map[string][]*ast.FuncDecl
	vars  map[string]ast.Expr
}

func readRoom(t *testing.T) *ownCode {
	t.Helper()
	s := &ownCode{funcs: map[string][]*ast.FuncDecl{}, vars: map[string]ast.Expr{}}
	written := func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }
	rooms, err := parser.ParseDir(&s.files, ".", written, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range rooms["site"].Files {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				s.funcs[d.Name.Name] = append(s.funcs[d.Name.Name], d)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, is := spec.(*ast.ValueSpec); is && len(v.Values) == len(v.Names) {
						for i, name := range v.Names {
							s.vars[name.Name] = v.Values[i]
						}
					}
				}
			}
		}
	}
	return s
}

// called are the functions that a piece of code names: those of the site, and those that it calls outright.
func (s *ownCode) called(n ast.Node) (names []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if of, is := n.X.(*ast.Ident); is && of.Name == "s" {
				names = append(names, n.Sel.Name)
			}
		case *ast.CallExpr:
			switch f := n.Fun.(type) {
			case *ast.Ident:
				names = append(names, f.Name)
			case *ast.SelectorExpr:
				names = append(names, f.Sel.Name)
			}
		}
		return true
	})
	return names
}

// public are the functions that answer somebody who is not signed in: the handlers of the group of routes that reads, and
// all that they call. What answers in other groups only is left out: other things have the same names.
func (s *ownCode) public() []*ast.FuncDecl {
	var todo []string
	seen := map[string]bool{}
	ast.Inspect(s.funcs["Routes"][0], func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is || len(call.Args) < 2 {
			return true
		}
		handlers := s.called(call.Args[len(call.Args)-1])
		if group, is := call.Fun.(*ast.SelectorExpr); is && fmt.Sprint(group.X) == "read" {
			todo = append(todo, handlers...)
			return true
		}
		for _, name := range handlers {
			seen[name] = true
		}
		return true
	})
	for _, name := range todo {
		delete(seen, name)
	}
	var list []*ast.FuncDecl
	for len(todo) > 0 {
		name := todo[0]
		if todo = todo[1:]; seen[name] {
			continue
		}
		seen[name] = true
		for _, f := range s.funcs[name] {
			list = append(list, f)
			todo = append(todo, s.called(f)...)
		}
	}
	return list
}

// spoken are the words that stand in a value outright, without what it hands to a function; a variable of the function
// says all that is ever put into it.
func (s *ownCode) spoken(in *ast.FuncDecl, value ast.Expr) (words []*ast.BasicLit) {
	ast.Inspect(value, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			return false
		case *ast.BasicLit:
			if n.Kind == token.STRING && strings.ContainsFunc(n.Value, unicode.IsLetter) {
				words = append(words, n)
			}
		case *ast.Ident:
			ast.Inspect(in, func(set ast.Node) bool {
				if a, is := set.(*ast.AssignStmt); is && len(a.Lhs) == len(a.Rhs) {
					for i, to := range a.Lhs {
						if id, is := to.(*ast.Ident); is && id.Name == n.Name && a.Rhs[i] != value {
							words = append(words, literal(a.Rhs[i])...)
						}
					}
				}
				return true
			})
		}
		return true
	})
	return words
}

func literal(value ast.Expr) []*ast.BasicLit {
	switch v := value.(type) {
	case *ast.BasicLit:
		if v.Kind == token.STRING && strings.ContainsFunc(v.Value, unicode.IsLetter) {
			return []*ast.BasicLit{v}
		}
	case *ast.BinaryExpr:
		return slices.Concat(literal(v.X), literal(v.Y))
	}
	return nil
}

// parts are the things of one kind that a composite makes, itself or a list of them.
func parts(c *ast.CompositeLit) (kind string, list []*ast.CompositeLit) {
	of := ""
	switch t := c.Type.(type) {
	case *ast.Ident:
		if of = map[string]string{"fieldErrors": "fieldError"}[t.Name]; of == "" {
			return t.Name, []*ast.CompositeLit{c}
		}
	case *ast.ArrayType:
		if e, is := t.Elt.(*ast.Ident); is {
			of = e.Name
		}
	}
	for _, e := range c.Elts {
		if one, is := e.(*ast.CompositeLit); is && one.Type == nil {
			list = append(list, one)
		}
	}
	return of, list
}

// readFields are the fields that a reader reads, of what handlers put together. Where they stand without names, the first
// number is the place of the first.
var readFields = map[string]struct {
	at     int
	fields []string
}{
	"Page": {-1, []string{"Title", "Description"}}, "Link": {0, []string{"Text"}}, "Choice": {-1, []string{"Title", "Hint"}},
	"fieldError": {1, []string{"Sentence"}}, "facetView": {-1, []string{"Title"}},
}

// refusals are the methods with which a handler refuses something in a sentence.
var refusals = []string{"BadRequestError", "ForbiddenError", "NotFoundError", "TooManyRequestsError"}

// wordsOutright are what a function of a public page says in English instead of asking the catalogue: in titles, in what
// is said about the page, in links, choices and faults of a form. keys are the sections that it is said to be in.
func (s *ownCode) wordsOutright(f *ast.FuncDecl) (words, keys []*ast.BasicLit) {
	sections := map[ast.Node]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if name, is := n.Key.(*ast.Ident); is && name.Name == "Within" {
				sections[n.Value] = true
			}
		case *ast.AssignStmt:
			if to, is := n.Lhs[0].(*ast.SelectorExpr); is && to.Sel.Name == "Within" {
				sections[n.Rhs[0]] = true
			}
		case *ast.CallExpr:
			if to, is := n.Fun.(*ast.SelectorExpr); is && slices.Contains(refusals, to.Sel.Name) {
				words = append(words, s.spoken(f, n.Args[0])...)
			}
		case *ast.CompositeLit:
			kind, list := parts(n)
			read, is := readFields[kind]
			if !is {
				return true
			}
			for _, one := range list {
				for i, e := range one.Elts {
					name, value := "", e
					if kv, is := e.(*ast.KeyValueExpr); is {
						name, value = fmt.Sprint(kv.Key), kv.Value
					}
					if name == "" && i == read.at || slices.Contains(read.fields, name) {
						said := s.spoken(f, value)
						if sections[n] {
							keys = append(keys, said...)
						} else {
							words = append(words, said...)
						}
					}
				}
			}
		}
		return true
	})
	return words, keys
}

// asked are the keys that the code names, and the beginnings of those that it puts together.
func (s *ownCode) asked() (keys, beginnings map[string]bool) {
	keys, beginnings = map[string]bool{}, map[string]bool{}
	for _, list := range s.funcs {
		for _, f := range list {
			ast.Inspect(f, func(n ast.Node) bool {
				if l, is := n.(*ast.BasicLit); is && l.Kind == token.STRING {
					word := strings.Trim(l.Value, `"`)
					keys[word] = true
					if strings.HasSuffix(word, "-") {
						beginnings[word] = true
					}
				}
				return true
			})
		}
	}
	for _, value := range s.vars {
		ast.Inspect(value, func(n ast.Node) bool {
			if l, is := n.(*ast.BasicLit); is && l.Kind == token.STRING {
				keys[strings.Trim(l.Value, `"`)] = true
			}
			return true
		})
	}
	return keys, beginnings
}

// TestPublicPagesAskTheCatalogue for what handlers put into them. Whoever adds a page that anybody may read, and writes its
// title outright, finds it here.
func TestPublicPagesAskTheCatalogue(t *testing.T) {
	s := readRoom(t)
	english, err := newTongues()
	if err != nil {
		t.Fatal(err)
	}
	public := s.public()
	if len(public) < 200 {
		t.Fatalf("only %d functions answer the public", len(public))
	}
	for _, f := range public {
		if slices.Contains([]string{"row", "slowChoices"}, f.Name.Name) { // of the forms of writers, and a tool of moderators
			continue
		}
		words, keys := s.wordsOutright(f)
		for _, w := range words {
			t.Errorf("%s: %s says %s outright; put it into web/words/en.yaml and ask s.say for it", s.files.Position(w.Pos()), f.Name.Name, w.Value)
		}
		for _, k := range keys {
			if english.english.english[strings.Trim(k.Value, `"`)] == "" {
				t.Errorf("%s: Within speaks of %s, which is not in the catalogue", s.files.Position(k.Pos()), k.Value)
			}
		}
	}
}
