package site

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"html/template"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"
	"commonplace/internal/plan"
	"commonplace/internal/thread"
	"commonplace/web"

	"github.com/pocketbase/pocketbase/core"
	"golang.org/x/net/html"
)

// TestEveryWordOfTheCatalogue is used, and every word that is used is there.
func TestEveryWordOfTheCatalogue(t *testing.T) {
	all, err := newTongues()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{"england": true} // a document says it
	for _, key := range []string{"where-hospital", "where-you", "where-child", "where-adult", "ask-hospital"} {
		used[key] = true
	}
	for _, key := range answersOnPage {
		used["ask-"+key] = true
	}
	for _, r := range routes {
		used[r.who] = true
	}
	for _, order := range sorts {
		used[order.Title] = true
	}
	knows := func(key string) bool {
		_, plain := all.english.english[key]
		_, counts := all.english.english[key+".other"]
		return plain != counts
	}
	calls := regexp.MustCompile(`[{(](?:t|site|bare) "([^"]+)"`)
	err = fs.WalkDir(web.Templates, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(web.Templates, name)
		for _, m := range calls.FindAllSubmatch(raw, -1) {
			used[string(m[1])] = true
			if !knows(string(m[1])) {
				t.Errorf("%s says %q, which is not in the catalogue", name, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for key := range used {
		if !knows(key) {
			t.Errorf("there is no word %q, or one that counts and one that does not", key)
		}
	}
	inCode, beginnings := readRoom(t).asked()
	asked := func(key string) bool {
		for b := range beginnings {
			if strings.HasPrefix(key, b) {
				return true
			}
		}
		return used[key] || inCode[key]
	}
	forms := slices.Collect(maps.Values(pluralForms))
	for lang, words := range allOf(all) {
		for key := range words {
			whole, form, counts := strings.Cut(key, ".")
			if counts && !slices.Contains(forms, form) {
				t.Errorf("%s has %q: languages have no such form", lang, key)
			}
			if !asked(whole) {
				t.Errorf("%s: nothing says %q", lang, key)
			}
			if counts != (all.english.english[whole] == "") {
				t.Errorf("%s has %q, which English has not", lang, key)
			}
		}
	}
}

// allOf are the words of all languages, with English.
func allOf(all *tongues) map[string]map[string]string {
	languages := maps.Clone(all.others)
	languages[library.English] = all.english.english
	return languages
}

// shown are the templates that a function answers with: its pages, and what it names where it fills parts by themselves.
func (s *ownCode) shown(f *ast.FuncDecl) (pages, parts []string) {
	fills := false
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			fills = fills || n.Sel.Name == "ExecuteTemplate"
		case *ast.CallExpr:
			if to, is := n.Fun.(*ast.Ident); is && to.Name == "render" {
				for _, name := range literal(n.Args[3]) {
					pages = append(pages, strings.Trim(name.Value, `"`))
				}
			}
		case *ast.BasicLit:
			parts = append(parts, strings.Trim(n.Value, `"`))
		}
		return true
	})
	if !fills {
		parts = nil
	}
	return pages, parts
}

// publicTemplates are the templates that public handlers fill and all that these call, by their file and name.
func publicTemplates(t *testing.T) map[string]*template.Template {
	t.Helper()
	assets, err := web.Assets()
	if err != nil {
		t.Fatal(err)
	}
	words, err := newTongues()
	if err != nil {
		t.Fatal(err)
	}
	all, err := readPages(assets, words.english)
	if err != nil {
		t.Fatal(err)
	}
	parts, list := all[partPost], map[string]*template.Template{}
	add := func(with *template.Template) {
		for _, one := range with.Templates() {
			if one.Tree == nil {
				continue
			}
			folder := "page/"
			if part := parts.Lookup(one.Name()); part != nil && part.Tree.ParseName == one.Tree.ParseName {
				folder = "part/"
			}
			list[folder+one.Tree.ParseName+" "+one.Name()] = one
		}
	}
	s := readRoom(t)
	for _, f := range s.public() {
		pages, named := s.shown(f)
		for _, name := range pages {
			add(all[name])
		}
		for _, name := range named {
			alone := template.New("alone")
			if err := lend(alone, parts, name, map[string]bool{"": true}); err != nil {
				t.Fatal(err)
			}
			add(alone)
		}
	}
	return list
}

// sayings are the words that stand in a template outright: in its text, in attributes that are read out, and in what it
// hands to parts and functions. What it compares with, and how it writes a day, is not said.
func sayings(one *template.Template) (list []string) {
	source := compared.ReplaceAllString(one.Tree.Root.String(), "")
	for _, action := range inBraces.FindAllString(source, -1) {
		for _, m := range handed.FindAllStringSubmatch(action, -1) {
			if m[3] != "" || slices.Contains([]string{"label", "hint", "title", "text", "empty", "none"}, m[1]) {
				list = append(list, m[2]+m[3])
			}
		}
		for _, m := range inQuotes.FindAllStringSubmatch(action, -1) {
			if strings.Contains(strings.TrimSpace(m[1]), " ") {
				list = append(list, m[1])
			}
		}
	}
	text := inBraces.ReplaceAllString(source, "|")
	for _, m := range readOut.FindAllStringSubmatch(text, -1) {
		list = append(list, m[1])
	}
	for line := range strings.Lines(inMarks.ReplaceAllString(text, "|")) {
		for said := range strings.SplitSeq(line, "|") {
			list = append(list, strings.TrimSpace(said))
		}
	}
	return slices.DeleteFunc(list, func(said string) bool {
		return !spoken.MatchString(said) || said == "Commonplace" || said == "- Commonplace"
	})
}

var (
	inBraces = regexp.MustCompile(`(?s)\{\{.*?\}\}|\{\w+\}`)
	inMarks  = regexp.MustCompile(`(?s)<!?[a-z/][^>]*>`)
	inQuotes = regexp.MustCompile(`"([^"]*)"`)
	compared = regexp.MustCompile(`\b(?:eq|ne) (?:\S+ )?"[^"]*"|\bFormat "[^"]*"`)
	handed   = regexp.MustCompile(`"(\w+)" "([^"]*)"|[^.\w](count) `)
	readOut  = regexp.MustCompile(` (?:aria-label|placeholder|alt|title)="([^"]*)"`)
	spoken   = regexp.MustCompile(`\p{L}{2}`)
)

// TestPublicTemplatesSayNothingOutright. Their words stand in the catalogue.
func TestPublicTemplatesSayNothingOutright(t *testing.T) {
	templates := publicTemplates(t)
	if len(templates) < 100 {
		t.Fatalf("the public reads only %d templates", len(templates))
	}
	for name, one := range templates {
		for _, said := range sayings(one) {
			t.Errorf("%s says %q outright; put it into web/words/en.yaml", name, said)
		}
	}
}

// TestWordsThatCount take the form that their language has for the number, and are English where it has none.
func TestWordsThatCount(t *testing.T) {
	english := map[string]string{"pages.one": "{1} page", "pages.other": "{1} pages"}
	polish := map[string]string{"pages.one": "{1} strona", "pages.few": "{1} strony", "pages.many": "{1} stron", "pages.other": "{1} strony"}
	for _, c := range []struct {
		catalogue
		n    int
		want string
	}{
		{catalogue{"", nil, english}, 1, "1 page"}, {catalogue{"", nil, english}, 0, "0 pages"}, {catalogue{"", nil, english}, 21, "21 pages"},
		{catalogue{"pl", polish, english}, 1, "1 strona"}, {catalogue{"pl", polish, english}, 22, "22 strony"}, {catalogue{"pl", polish, english}, 12, "12 stron"},
		{catalogue{"ur", map[string]string{"pages.other": "{1} ص"}, english}, 1, "1 ص"},
		{catalogue{"ur", map[string]string{}, english}, 1, `<span lang="en" dir="ltr">1 page</span>`},
	} {
		say := c.functions()["t"].(func(string, ...any) (template.HTML, error))
		if got, err := say("pages", c.n); string(got) != c.want || err != nil {
			t.Errorf("%s, %d: %q, %v", c.lang, c.n, got, err)
		}
	}
	if _, err := (catalogue{english: english}).functions()["t"].(func(string, ...any) (template.HTML, error))("nothing", 1); err == nil {
		t.Error("a word that is not there is said")
	}
}

// TestLinksInSentencesRunNothing, whatever address a record holds.
func TestLinksInSentencesRunNothing(t *testing.T) {
	for to, want := range map[string]string{
		"/handbook?a=1&b=2": `<a href="/handbook?a=1&amp;b=2">&lt;b&gt;</a>`, "https://x.example": `<a href="https://x.example">&lt;b&gt;</a>`,
		"javascript:alert(1)": `<a href="#">&lt;b&gt;</a>`, `/"><script>`: `<a href="/&#34;&gt;&lt;script&gt;">&lt;b&gt;</a>`,
	} {
		if got := linkHTML(to, "<b>", ""); string(got) != want {
			t.Errorf("%s: %s", to, got)
		}
	}
}

// TestPartsOfSentencesFillNothing: a name with a number in braces took in the next part, a link too, wherever it stood.
func TestPartsOfSentencesFillNothing(t *testing.T) {
	say := (catalogue{english: map[string]string{"both": "{1} and {2}"}}).functions()["t"].(func(string, ...any) (template.HTML, error))
	got, err := say("both", linkHTML("/x?{2}", "a", ""), linkHTML("/y", "b", ""))
	if want := `<a href="/x?{2}">a</a> and <a href="/y">b</a>`; string(got) != want || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

// full is a page of the handbook whose own words are all numbers, so that letters are the frame's.
func full() *document[handbookPageView] {
	day := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	head := headView{
		Title: "1", Summary: "2", Lang: "qps", State: library.Withdrawn, Illustrative: true, Overdue: day, Unchecked: true, WithdrawnOn: day, ReplacedBy: Link{"3", "/3"},
		Changed:  []library.ChangedFigure{{Key: "4", Label: "5"}},
		Editions: editionsView{Of: "6", Behind: day, List: []editionLink{{Link: Link{"7", "/7"}, Lang: "ur", Dir: "rtl"}, {Link: Link{"8", "/8"}, Lang: "en", Easy: true}}},
	}
	return &document[handbookPageView]{
		Page: Page{Title: "1", Lang: "qps", Section: "/handbook", Within: []Link{{"handbook", "/9"}}, Crumbs: []Link{{"9", "/9"}}, Help: []*member.Helpline{}},
		V: handbookPageView{
			Head: head, Here: "/", Urgent: true, Exit: true, Outline: []markdown.Heading{{Level: 2, ID: "a", Text: "10"}}, Body: "11", Words: []library.Card{{Title: "12"}},
			NextStep: &library.NextStep{Label: "13", URL: "/13"}, Previous: &Link{"14", "/14"}, Next: &Link{"15", "/15"}, Paper: &onPaper{Short: "16", On: day, Booklet: "/17"},
			Kept: keptView{Reviewed: day, Next: day, Overdue: true, KeptBy: "18", Ask: "19", TrueFor: "england", When: "20", Use: "/u", Report: "/r", Changes: "/c", Suggest: "/s", Sources: []library.Source{{ID: "a", Title: "21"}}, More: []moreLink{{Link{"22", "/22"}, "23"}}},
			Talk: &talkView{Topic: "24", ID: "25", Title: "26", Total: 1, Open: true, SignIn: "/27", Posts: []postView{{Post: thread.Post{ID: "28", ByRole: "29", HTML: "30", At: day, Edited: day}}}},
		},
	}
}

// otherPages are the handbook's lists and a search with all that it can say, in numbers too.
func otherPages() map[string]any {
	page := Page{Title: "1", Lang: "qps", Section: "/handbook", Help: []*member.Helpline{}, Demo: true, BigFind: true}
	place := &member.Place{}
	r := core.NewRecord(core.NewBaseCollection("places"))
	place.SetProxyRecord(r)
	chapter := library.Chapter{Slug: "2", Title: "3", Pages: []library.Card{{Title: "4"}}}
	facets := []facetView{{Name: "5", Title: "6", Values: []facetValue{{Title: "7"}}, More: []facetValue{{Title: "8"}}}}
	copied := page
	copied.Copy = true
	found := searchView{
		Query: "9", Asked: true, Instead: "10", Meant: &Link{"11", "/11"}, Total: 12, Facets: facets, Chosen: []Link{{"13", "/13"}}, Clear: "/", Sorts: []Choice{{Title: "sort-best", Hint: "/"}},
		Hits: []hitView{{Title: "15", Snippet: "16", Section: Link{"17", "/17"}, Kind: "18", Places: []string{"1", "2", "3"}, Reviewed: time.Now(), Example: true, WhyURL: "/w", Why: []string{"19"}}},
		Cut:  20, Rebuilding: true, ShownFrom: 1, To: 2, CSV: "/c", JSON: "/j", Follow: followView{Feed: "/f"},
	}
	nothing := searchView{Query: "9", Asked: true, Meant: &Link{"11", "/11"}, Looser: []looserLink{{Link{"12", "/12"}, 13}}, Topics: []Link{{"14", "/14"}}, Places: []Link{{"15", "/15"}}, Meanwhile: true, Discuss: "/d"}
	return map[string]any{
		"handbook":         &document[handbookView]{Page: page, V: handbookView{Routes: []Link{{"route-adult", "/"}}, Chapters: []library.Chapter{chapter}, Apart: []library.Chapter{chapter}, Print: true}},
		"handbook copy":    &document[handbookView]{Page: copied, V: handbookView{Apart: []library.Chapter{chapter}}},
		"handbook place":   &document[handbookView]{Page: page, V: handbookView{Lens: lens{Place: place, Base: "/in/x"}}},
		"handbook-chapter": &document[chapterView]{Page: page, V: chapterView{Lens: lens{Place: place}, Route: true, Exit: true, Also: chapter.Pages, Chapter: chapter, Print: true, Next: &Link{"5", "/5"}}},
		"offline":          &document[offlineView]{Page: page, V: offlineView{Ready: true, Size: 1, File: 2, Day: time.Now(), Places: []*member.Place{place}}},
		"template":         &document[templateView]{Page: page, V: templateView{Head: headView{Title: "1"}, Form: &sheetView{Title: "2", From: "3", Rows: []sheetRow{{Fields: []library.TemplateField{{Key: "4", Label: "5", Kind: "text", Required: true}}}}, Urgent: true, Reviewed: time.Now()}, Keep: keepView{"/k", "/o"}}},
		"plain":            &document[plainView]{Page: page, V: plainView{Kept: keptView{Said: saidView{Answers: []answerView{{Words: "5", Changed: true, Link: "/6"}}, Open: []commentView{{Words: "7"}}, Tell: "/8", Choose: "/9"}}, Lines: []strategyLine{{Link: Link{"10", "/10"}}}}},
		"frozen":           &document[frozenView]{Page: page, V: frozenView{Until: time.Now(), Withdrawn: true, Figures: true, Plan: true, Challenge: []template.HTML{"1"}, Action: []template.HTML{"2"}, Result: []template.HTML{"3"}, Head: headView{Illustrative: true}}},
		"search":           &document[searchView]{Page: page},
		"search found":     &document[searchView]{Page: page, V: found},
		"search nothing":   &document[searchView]{Page: page, V: nothing},
	}
}

// framed renders the page in a language.
func framed(t *testing.T, words map[string]string) string {
	t.Helper()
	return framedAs(t, words, "handbook-page", full())
}

func framedAs(t *testing.T, words map[string]string, name string, data any) string {
	t.Helper()
	assets, err := web.Assets()
	if err != nil {
		t.Fatal(err)
	}
	s := &Site{assets: assets}
	if s.tongues, err = newTongues(); err != nil {
		t.Fatal(err)
	}
	if words != nil {
		s.tongues.others["qps"] = words
	}
	page, err := s.pageIn("qps", name)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, "layout", data); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// english lists the words that a page says in letters of ours and does not mark as English.
func english(t *testing.T, page string) (list []string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`[A-Za-z]{2,}`)
	allowed := []string{"Commonplace", "November"}
	var walk func(n *html.Node, strange bool)
	note := func(text string, strange bool) {
		for _, word := range said.FindAllString(text, -1) {
			if !strange && !slices.Contains(allowed, word) {
				list = append(list, word)
			}
		}
	}
	walk = func(n *html.Node, strange bool) {
		if n.Type == html.ElementNode && (n.Data == "head" || n.Data == "script") {
			return
		}
		if n.Type == html.TextNode {
			note(n.Data, strange)
		}
		for _, a := range n.Attr {
			switch a.Key {
			case "lang":
				strange = a.Val == "en"
			case "aria-label", "placeholder", "alt", "title":
				note(a.Val, false)
			case "data-says":
				var words map[string]string
				if err := json.Unmarshal([]byte(a.Val), &words); err != nil {
					t.Errorf("%s: %v", a.Val, err)
				}
				for _, word := range words {
					note(word, words["lang"] == "en-GB" || word == words["lang"])
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, strange)
		}
	}
	walk(doc, false)
	return list
}

// TestAPageInAnotherLanguage has no English word left that does not say so, with a whole catalogue of an invented language
// and with half of one.
func TestAPageInAnotherLanguage(t *testing.T) {
	all, err := newTongues()
	if err != nil {
		t.Fatal(err)
	}
	whole, half := map[string]string{}, map[string]string{}
	spaces := regexp.MustCompile(`[A-Za-z’]+`)
	for key, words := range all.english.english {
		whole[key] = spaces.ReplaceAllString(words, "ł")
		if len(key)%2 == 0 {
			half[key] = whole[key]
		}
	}
	page := framed(t, whole)
	if left := english(t, page); len(left) > 0 {
		t.Errorf("English is left: %q", left)
	}
	for _, want := range []string{`<html lang="qps">`, "ł ł ł", `"lang":"qps"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if regexp.MustCompile(`<span lang="en" dir="ltr">[^0-9<]`).MatchString(page) {
		t.Error("a word of its own is marked as English")
	}
	for name, data := range otherPages() {
		template, _, _ := strings.Cut(name, " ")
		page := framedAs(t, whole, template, data)
		if left := english(t, page); len(left) > 0 {
			t.Errorf("%s: English is left: %q", name, left)
		}
		if strings.Contains(page, `"lang":"en-GB"`) {
			t.Errorf("%s: its scripts speak English", name)
		}
	}
	page = framed(t, half)
	if !strings.Contains(page, `<span lang="en" dir="ltr">Last reviewed</span>`) && half["last-reviewed"] == "" {
		t.Error("a missing word is not English")
	}
}

// TestWordsInDrawingsHaveNoMark, which would end the drawing.
func TestWordsInDrawingsHaveNoMark(t *testing.T) {
	measured := goalView{Measures: []measureView{{Picture: &plan.Picture{Target: "80", TargetY: "9"}}}}
	page := framedAs(t, nil, "plan", &document[planView]{Page: Page{Title: "1", Lang: "qps"}, V: planView{Goals: []goalView{measured}}})
	drawing := regexp.MustCompile(`(?s)<svg class="cp-chart".*?</svg>`).FindString(page)
	if !strings.Contains(drawing, ">target 80</text>") || strings.Contains(drawing, "<span") {
		t.Errorf("%s", drawing)
	}
}

// TestAPageWithoutCatalogue keeps the site's head and foot as they are and marks what is English in the page.
func TestAPageWithoutCatalogue(t *testing.T) {
	page := framed(t, nil)
	for _, want := range []string{`<html lang="en-GB">`, `>Skip to main content</a>`, `<main id="main" class="nhsuk-width-container" lang="qps">`, `<dt><span lang="en" dir="ltr">Last reviewed</span></dt>`, `aria-label="On this page"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	body := page[strings.Index(page, "<main"):strings.Index(page, "</main>")]
	if left := english(t, body); slices.Contains(left, "reviewed") || slices.Contains(left, "Where") {
		t.Errorf("not marked: %q", left)
	}
}
