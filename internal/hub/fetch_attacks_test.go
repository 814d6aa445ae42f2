package hub_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"commonplace/internal/hubtest"
)

// TestD03NothingIsFetched writes addresses of a private server wherever an address can be written. The hub has no
// webhooks, previews of links or pictures from elsewhere: it calls nobody.
func TestD03NothingIsFetched(t *testing.T) {
	var calls atomic.Int32
	private := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
	}))
	defer private.Close()
	h := hubtest.New(t)
	open := h.Record("threads", "title", "How did you get the HR directors to agree?")
	body := "See " + private.URL + "/a, ![a picture](" + private.URL + "/b.png), [a page](" + private.URL + "/c) and <img src=\"" + private.URL + "/d\">."
	partner := h.As("partner")
	partner.REST("POST", "/api/collections/posts/records", map[string]any{"thread": open.Id, "body": body, "client_key": "d03"}).ID(t)
	partner.REST("POST", "/api/collections/documents/records", map[string]any{"kind": "guidance", "title": "Fetch me", "body": body}).ID(t)
	for _, page := range []string{"/discussions/" + open.Id, "/discussions/" + open.Id + "/feed.atom"} {
		want := http.StatusOK
		if a := partner.Get(page); a.Status != want {
			t.Errorf("%s: %d", page, a.Status)
		}
	}
	h.Settle()
	if n := calls.Load(); n > 0 {
		t.Errorf("the hub called %d times", n)
	}
}

// TestD03WhoMayCall lists the files that may call somebody else's server: whoever adds one writes down here why it may,
// and how it keeps away from private addresses.
func TestD03WhoMayCall(t *testing.T) {
	allowed := map[string]string{
		"hub/command.go": "the health command asks its own server",
	}
	callers := map[string]bool{"Get": true, "Post": true, "PostForm": true, "Head": true, "Client": true, "DefaultClient": true, "DefaultTransport": true, "Transport": true}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "../hubtest") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if of, ok := s.X.(*ast.Ident); ok && of.Name == "http" && callers[s.Sel.Name] && allowed[strings.TrimPrefix(path, "../")] == "" {
				t.Errorf("%s:%s calls out with http.%s", path, strconv.Itoa(set.Position(n.Pos()).Line), s.Sel.Name)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
