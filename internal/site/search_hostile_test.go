package site_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
)

// naughty are a few of the strings that programs stumble over.
var naughty = []string{
	"\x00", "\xff\xfe", "undefined", "NaN", "-", "--", "-\"", "\"", "\"\"", "\"a", "a\"b\"c", "'; DROP TABLE documents; --", "%", "%s%n%p", "_", "\\", "*", "?", "~", "^2", "a^999999", "a~9", "[a-z]*", "(((((", "/.*/",
	"<script>alert(1)</script>", "\u202egnirts", "\u200b\u200b", "\ufeff", "Ω≈ç√∫", "田中さんにあげて下さい", "הָיְתָהtest", "مُنَاقَشَةُ", "👩‍👩‍👧‍👦", "Z̮̞̠͙͔ͅḀ̗̞͈̻̗", "ﷺﷺﷺ", "1/0", "0x0", "../../etc/passwd",
	"place:", ":leeds", "place:leeds place:leeds place:", "kind:\"a b\"", "-place:leeds", "-kind:case-study", "CON", "\r\nSet-Cookie: a=b", "{{.}}", "${7*7}", "a:b:c:d", "\t", " ", "  -  ",
}

// TestHostileSearches asks every exit for what nobody would ask: a polite answer, soon, and never a fault.
func TestHostileSearches(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	guest := h.As("guest")
	ask := func(name string, path string) {
		t.Helper()
		began := time.Now()
		a := guest.Get(path)
		took := time.Since(began)
		if a.Status >= 500 || a.Status == http.StatusOK && a.Body == "" {
			t.Errorf("%s: %d", name, a.Status)
		}
		if took > 20*time.Second { // the bar of 100 ms is measured on a quiet machine
			t.Errorf("%s: %v", name, took)
		}
	}
	exits := []string{"/search", "/search.json", "/search.csv", "/-/suggest", "/api/hub/search", "/api/hub/suggest", "/search.atom"}
	for _, exit := range exits {
		for _, words := range naughty {
			ask(fmt.Sprintf("%s %q", exit, words), exit+"?q="+url.QueryEscape(words))
		}
		for name, words := range map[string]string{
			"nested quotes": strings.Repeat("\"", 200) + "carers" + strings.Repeat("\"", 200), "minuses": strings.Repeat("-", 200) + "carers", "many minuses": strings.Repeat("-carers ", 200),
			"nested operators": strings.Repeat("place:(kind:", 200), "brackets": strings.Repeat("(", 200) + strings.Repeat(")", 200), "many words": strings.Repeat("carers breaks ", 200), "one long word": strings.Repeat("a", 20_000),
			"marks on a letter": "a" + strings.Repeat("\u0301", 2000), "a phrase of 200": "\"" + strings.Repeat("the carers ", 200) + "\"",
		} {
			ask(exit+" "+name, exit+"?q="+url.QueryEscape(words))
		}
		facets := &strings.Builder{}
		for i := range 10_000 {
			fmt.Fprintf(facets, "&place=p%d", i)
		}
		ask(exit+" 10,000 facets", exit+"?q=carers"+facets.String())
		for _, odd := range []string{"page=-1", "page=99999999999999999999", "page=x", "sort=%00", "kind=%ff", "q=a&q=b", "q[]=a", "q=%zz", "place=" + strings.Repeat("x", 10_000)} {
			ask(exit+" "+odd, exit+"?q=carers&"+odd)
		}
	}
	long := "/search?q=" + strings.Repeat("carers+", 1<<20/7)
	if a := guest.Get(long); a.Status >= 500 {
		t.Errorf("1 MB: %d", a.Status)
	}
}
