package hub_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport says for each package of the module which others it may import. It is the drawing of the house: a new
// package needs a line here, and a line that nobody needs any more goes.
//
// Below hub stand doors (site, intake, notify), below them the subject (library, thread, plan, spread, event), below it the ground
// (member, then journal). Instruments (child, difference, extract, guard, live, markdown, paper, picture, plain, search, word) know none of the others,
// but that two read files in a child. Siblings never import each other:
// the one in need declares an interface or a function and hub passes it in.
var mayImport = map[string]string{
	"cmd/commonplace":  "content internal/hub migrations",
	"content":          "",
	"web":              "",
	"migrations":       "",
	"internal/hub":     "internal/champion internal/check internal/child internal/event internal/export internal/extract internal/gap internal/intake internal/journal internal/library internal/live internal/member internal/notify internal/plan internal/privacy internal/search internal/site internal/spread internal/thread internal/word",
	"internal/hubtest": "content internal/child internal/hub internal/journal internal/member migrations",

	"internal/site":   "internal/champion internal/check internal/difference internal/event internal/gap internal/journal internal/library internal/live internal/markdown internal/member internal/notify internal/paper internal/plain internal/plan internal/privacy internal/search internal/spread internal/thread web",
	"internal/notify": "internal/markdown internal/member web",
	"internal/export": "internal/check internal/event internal/journal internal/library internal/markdown internal/member internal/plan internal/thread",
	"internal/intake": "internal/journal internal/library internal/markdown internal/member internal/plan internal/privacy internal/word",

	"internal/library":  "internal/difference internal/journal internal/markdown internal/member internal/picture internal/search",
	"internal/thread":   "internal/journal internal/markdown internal/member internal/search",
	"internal/plan":     "internal/journal internal/member internal/search",
	"internal/privacy":  "internal/guard internal/journal",
	"internal/gap":      "internal/guard",
	"internal/event":    "internal/journal internal/markdown internal/member internal/search",
	"internal/spread":   "internal/journal internal/member internal/search",
	"internal/check":    "internal/journal internal/member internal/search",
	"internal/champion": "internal/journal internal/member",

	"internal/member":  "internal/journal internal/markdown internal/search",
	"internal/journal": "",

	"internal/child":      "",
	"internal/difference": "",
	"internal/markdown":   "",
	"internal/search":     "",
	"internal/live":       "",
	"internal/extract":    "internal/child",
	"internal/guard":      "",
	"internal/plain":      "",
	"internal/paper":      "",
	"internal/picture":    "",
	"internal/word":       "internal/child",
}

// owners are libraries that one package wraps for all others.
var owners = map[string]string{
	"github.com/yuin/goldmark":             "internal/markdown",
	"github.com/microcosm-cc/bluemonday":   "internal/markdown",
	"github.com/goccy/go-yaml":             "internal/markdown",
	"github.com/blevesearch/":              "internal/search",
	"github.com/gorilla/websocket":         "internal/live",
	"github.com/aymanbagabas/go-udiff":     "internal/difference",
	"github.com/JohannesKaufmann/":         "internal/intake",
	"github.com/dop251/goja":               "internal/word",
	"github.com/disintegration/imaging":    "internal/picture",
	"github.com/ledongthuc/pdf":            "internal/extract",
	"github.com/arran4/golang-ical":        "internal/event",
	"rsc.io/qr":                            "internal/paper",
	"github.com/spf13/cobra":               "internal/hub",
	"github.com/schollz/progressbar":       "internal/hub",
	"github.com/gofrs/flock":               "internal/hub",
	"modernc.org/sqlite":                   "internal/hub",
	"github.com/pocketbase/pocketbase/cmd": "internal/hub",
}

// instruments know nothing of PocketBase.
var instruments = []string{"content", "internal/child", "internal/difference", "internal/extract", "internal/guard", "internal/live", "internal/markdown", "internal/paper", "internal/picture", "internal/plain", "internal/search", "internal/word", "web"}

// refused are libraries that this house does without, tests included.
var refused = []string{"github.com/stretchr/testify", "github.com/golang/mock", "go.uber.org/mock", "github.com/onsi/"}

const longestChain = 6

func TestImportsFollowTheTable(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		allowed, known := mayImport[p.name]
		if !known {
			t.Errorf("%s is not in the table of who may import whom", p.name)
			continue
		}
		seen[p.name] = true
		may := strings.Fields(allowed)
		for _, other := range slices.Sorted(maps.Keys(p.ours)) {
			if !slices.Contains(may, other) {
				t.Errorf("%s imports %s (in %s); the table does not let it", p.name, other, p.ours[other])
			}
		}
		for _, other := range may {
			if p.ours[other] == "" {
				t.Errorf("%s does not import %s any more: take it out of the table", p.name, other)
			}
		}
	}
	for name := range mayImport {
		if !seen[name] {
			t.Errorf("the table has %s, and there is no such package", name)
		}
	}
}

func TestLibrariesHaveOneOwner(t *testing.T) {
	for _, p := range packages(t) {
		for _, lib := range slices.Sorted(maps.Keys(p.theirs)) {
			for prefix, owner := range owners {
				if strings.HasPrefix(lib, prefix) && p.name != owner {
					t.Errorf("%s imports %s (in %s); only %s may", p.name, lib, p.theirs[lib], owner)
				}
			}
			if slices.Contains(instruments, p.name) && strings.HasPrefix(lib, "github.com/pocketbase/") {
				t.Errorf("%s imports %s (in %s), and an instrument knows nothing of PocketBase", p.name, lib, p.theirs[lib])
			}
			if p.name == "migrations" && !strings.HasPrefix(lib, "github.com/pocketbase/") {
				t.Errorf("migrations import %s (in %s); frozen history imports PocketBase only", lib, p.theirs[lib])
			}
		}
		for lib, file := range p.inTests {
			for _, no := range refused {
				if strings.HasPrefix(lib, no) {
					t.Errorf("%s imports %s; tests here are tables against the real thing", file, lib)
				}
			}
		}
	}
}

func TestLongestChain(t *testing.T) {
	of := map[string]pkg{}
	for _, p := range packages(t) {
		of[p.name] = p
	}
	longest := map[string][]string{}
	var below func(name string) []string
	below = func(name string) []string {
		if chain, ok := longest[name]; ok {
			return chain
		}
		var deepest []string
		for other := range of[name].ours {
			if chain := below(other); len(chain) > len(deepest) {
				deepest = chain
			}
		}
		longest[name] = append([]string{name}, deepest...)
		return longest[name]
	}
	for name := range of {
		if chain := below(name); len(chain) > longestChain {
			t.Errorf("%d packages in a row, and %d is the most: %s", len(chain), longestChain, strings.Join(chain, " -> "))
		}
	}
}

func TestPackagesAreNamedAfterTheirSubject(t *testing.T) {
	never := strings.Fields("utils util common helpers helper models model types services service misc shared base lib")
	for _, p := range packages(t) {
		for _, word := range strings.Split(p.name, "/") {
			if slices.Contains(never, word) || slices.Contains(never, p.declared) {
				t.Errorf("%s (package %s): a package is named after what it is about", p.name, p.declared)
			}
		}
		if want := path.Base(p.name); p.declared != want && p.declared != "main" {
			t.Errorf("%s declares package %s", p.name, p.declared)
		}
	}
}

func TestNoInitOutsideMigrations(t *testing.T) {
	for _, p := range packages(t) {
		for _, f := range p.files {
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if ok && fn.Recv == nil && fn.Name.Name == "init" && p.name != "migrations" {
					t.Errorf("%s: init()", p.at(fn.Pos()))
				}
			}
		}
	}
}

// A package-level variable is a table, a compiled pattern, an error or another value that is made once. What can change
// lives in a struct that somebody holds.
func TestNoMutablePackageState(t *testing.T) {
	exempt := map[string]string{
		"internal/search.register": "tells the libraries below, once in a process, what they call when something fails",
		"internal/site.printed":    "what the program brings with it, read once in a process and never changed",
		"internal/hubtest.made":    "the folders that one test binary copies its hubs from",
		"internal/hubtest.full":    "made once for a test binary",
		"internal/hubtest.plain":   "made once for a test binary",
	}
	for _, p := range packages(t) {
		vars := p.variables()
		for v, spec := range vars {
			if exempt[p.name+"."+v.Name()] == "" && !spec.settled {
				t.Errorf("%s: %s can change: it has no value of its own, or one that is made to hold state", p.at(v.Pos()), v.Name())
			}
		}
		for _, c := range p.changes(vars) {
			if exempt[p.name+"."+c.name] == "" {
				t.Errorf("%s: changes the package's variable %s", p.at(c.pos), c.name)
			}
		}
	}
}

// The checks above find what they are made to find.
func TestChecksFindFaults(t *testing.T) {
	for _, c := range []struct{ source, fault string }{
		{`var n int`, "n"},
		{`var seen = map[string]bool{}; func f() { seen["a"] = true }`, "seen"},
		{`var mu sync.Mutex; func f() { mu.Lock() }`, "mu"},
		{`var once = sync.OnceFunc(func() {})`, "once"},
		{`var count = 1; func f() { count++ }`, "count"},
		{`var list = []int{1}; func f() { list = append(list, 2) }`, "list"},
		{`var conf = struct{ a int }{1}; func f() { conf.a = 2 }`, "conf"},
		{`var conf = struct{ a int }{1}; func f() { g(&conf) }; func g(any) {}`, "conf"},
		{`var names = map[string]int{"a": 1}; func f() { delete(names, "a") }`, "names"},
		{`var at atomic.Int64`, "at"},
		{`var c = make(chan int)`, "c"},
		{`var word = regexp.MustCompile("a"); var no = errors.New("no"); var table = []string{"a"}`, ""},
		{`var list = []int{1}; func f() { list := []int{2}; list[0] = 3 }`, ""},
	} {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "x.go", "package x\n"+c.source, 0)
		if err != nil {
			t.Fatal(err)
		}
		p := pkg{name: "x", fset: fset, files: []*ast.File{f}}
		vars := p.variables()
		found := ""
		for v, spec := range vars {
			if !spec.settled {
				found = v.Name()
			}
		}
		for _, change := range p.changes(vars) {
			found = change.name
		}
		if found != c.fault {
			t.Errorf("%s: found %q, want %q", c.source, found, c.fault)
		}
	}
}

// pkg is one package of the module, without its tests.
type pkg struct {
	name, declared string
	fset           *token.FileSet
	files          []*ast.File
	ours, theirs   map[string]string // imported packages, each with a file that imports it
	inTests        map[string]string
	info           *types.Info
}

func (p *pkg) at(pos token.Pos) string { return fmt.Sprint(p.fset.Position(pos)) }

// packages parses every package below the module's root that has more than tests in it.
func packages(t *testing.T) []pkg {
	t.Helper()
	root := filepath.Join("..", "..")
	byName := map[string]*pkg{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); file != root && (n == "testdata" || n == "node_modules" || (strings.HasPrefix(n, ".") && n != "..")) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		return addFile(byName, root, file)
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if p := byName[name]; len(p.files) > 0 {
			all = append(all, *p)
		}
	}
	if len(all) < 10 {
		t.Fatalf("only %d packages found below %s", len(all), root)
	}
	return all
}

func addFile(byName map[string]*pkg, root, file string) error {
	dir, err := filepath.Rel(root, filepath.Dir(file))
	if err != nil {
		return err
	}
	name := filepath.ToSlash(dir)
	p := byName[name]
	if p == nil {
		p = &pkg{name: name, fset: token.NewFileSet(), ours: map[string]string{}, theirs: map[string]string{}, inTests: map[string]string{}}
		byName[name] = p
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(p.fset, file, src, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return err
	}
	test := strings.HasSuffix(file, "_test.go")
	if !test {
		p.files, p.declared = append(p.files, f), f.Name.Name
	}
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		first, _, _ := strings.Cut(imported, "/")
		switch own, isOwn := strings.CutPrefix(imported, "commonplace/"); {
		case test:
			p.inTests[imported] = file
		case isOwn:
			p.ours[own] = file
		case strings.Contains(first, "."):
			p.theirs[imported] = file
		}
	}
	return nil
}

// variable says how a package-level variable begins. It is settled when its value can be all there ever is to it.
type variable struct{ settled bool }

// noImports lets the checker do without the packages that a file imports: what it then cannot know it leaves out.
type noImports struct{}

func (noImports) Import(name string) (*types.Package, error) {
	p := types.NewPackage(name, path.Base(name))
	p.MarkComplete()
	return p, nil
}

// variables finds the package-level variables.
func (p *pkg) variables() map[types.Object]variable {
	p.info = &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: noImports{}, Error: func(error) {}}
	conf.Check(p.name, p.fset, p.files, p.info)
	vars := map[types.Object]variable{}
	for _, f := range p.files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				spec := s.(*ast.ValueSpec)
				embedded := embeds(f, p.fset, g.Pos())
				for i, name := range spec.Names {
					if name.Name == "_" {
						continue
					}
					vars[p.info.Defs[name]] = variable{embedded || settled(spec, i)}
				}
			}
		}
	}
	return vars
}

// embeds says whether a go:embed line stands right above a declaration.
func embeds(f *ast.File, fset *token.FileSet, at token.Pos) bool {
	line := fset.Position(at).Line
	for _, group := range f.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//go:embed") && fset.Position(c.Pos()).Line == line-1 {
				return true
			}
		}
	}
	return false
}

// settled says whether a variable begins with a value that is not made to hold state.
func settled(spec *ast.ValueSpec, i int) bool {
	if len(spec.Values) == 0 {
		return false
	}
	value := spec.Values[min(i, len(spec.Values)-1)]
	call, ok := value.(*ast.CallExpr)
	if !ok {
		return true
	}
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		return fn.Name != "make" && fn.Name != "new"
	case *ast.SelectorExpr:
		in, ok := fn.X.(*ast.Ident)
		return !ok || in.Name != "sync" && in.Name != "atomic"
	}
	return true
}

type change struct {
	name string
	pos  token.Pos
}

// changes finds where package-level variables are assigned to, written into, or handed out by address.
func (p *pkg) changes(vars map[types.Object]variable) []change {
	var found []change
	note := func(e ast.Expr) {
		if id := rootOf(e); id != nil {
			if _, ok := vars[p.info.Uses[id]]; ok {
				found = append(found, change{id.Name, id.Pos()})
			}
		}
	}
	for _, f := range p.files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, left := range n.Lhs {
					note(left)
				}
			case *ast.IncDecStmt:
				note(n.X)
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					note(n.X)
				}
			case *ast.CallExpr:
				if fn, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && (fn.Name == "delete" || fn.Name == "clear") {
					note(n.Args[0])
				}
			}
			return true
		})
	}
	return found
}

// rootOf is the variable that an expression such as a.b[c] begins with.
func rootOf(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		default:
			return nil
		}
	}
}
