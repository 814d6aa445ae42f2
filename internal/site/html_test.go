package site_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"

	"github.com/pocketbase/pocketbase/core"
	"golang.org/x/net/html"
)

// TestPagesAreSound reads every page that a guest can reach, each kind of page in each role, and what forms and errors
// answer, and looks at its bones: what axe and a browser need, and what keeps scripts out. Every link within the site
// that stands on one of them is followed once.
func TestPagesAreSound(t *testing.T) {
	t.Parallel()
	h := hubtest.New(t)
	livedIn(t, h)
	h.Settle()
	titles, followed := map[string]string{}, map[string]bool{} // the kind of page that has a title; by anybody
	for _, who := range []string{"guest", "member", "partner", "lead", "admin"} {
		w := &walk{t: t, client: h.As(who), who: who, seen: map[string]bool{}, kinds: map[string]bool{}, followed: followed, titles: titles, links: map[string]string{}}
		for _, start := range []string{
			"/", "/search", "/search?q=carers", "/search?q=zzzzqqqq", "/search?q=passprot", "/places/leeds", "/in/leeds/handbook", "/in/bradford/handbook/adult-carers/breaks",
			"/templates/emergency-plan", "/spaces", "/nothing", "/sign-in", "/me", "/write", "/write/case-study", "/discussions/new", "/join", "/join/nothing", "/me/welcome", "/manage/invitations/new",
		} {
			w.visit(start, "the beginning")
		}
		w.forms(h)
		w.follow()
		if kinds := len(w.kinds); kinds < 25 {
			t.Errorf("%s reached %d kinds of pages only", who, kinds)
		}
	}
	if len(followed) < 300 {
		t.Errorf("%d pages only", len(followed))
	}
}

// livedIn adds what a young hub has not: odd titles, other languages, every state of a document, long and short threads.
func livedIn(t *testing.T, h *hubtest.Hub) {
	t.Helper()
	study := map[string]any{
		"kind": "case-study", "summary": "x", "challenge": strings.Repeat("- one\n", 7), "action": "- [two](/handbook)", "result": strings.Repeat("- three\n", 6), "contact_role": "d",
		"places": []string{wakefield(h)}, "evidence": "illustrative", "state": "published", "check_by": "2020-01-01",
		"body": "## Results\n\n#### Deep\n\n## Place Kirklees\n\n## Sources\n\n## Cautions\n\n## 結果\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\ntext[^1] and {{figure nothing}}\n\n[^1]: note\n\n> [!TIP] Try\n> this\n\n{{local carers_org}}\n\n{{local young_carers}}\n",
		"meta": map[string]any{
			"cautions": []any{map[string]any{"id": "a", "text": "b"}, map[string]any{"id": "main", "text": "c"}}, "sources": []any{map[string]any{"id": "s1", "title": "A"}},
			"results": []any{map[string]any{"text": "three", "kind": "measured", "caution": "main", "source": "s1", "base": "b"}}, "related": []any{"hb-start-am-i-a-carer"},
		},
	}
	with := func(more map[string]any) *core.Record {
		values := maps.Clone(study)
		maps.Copy(values, more)
		return make1(t, h, "documents", values)
	}
	odd := with(map[string]any{"title": "An odd one"})
	with(map[string]any{"title": "家族の介護", "language": "ja"})
	with(map[string]any{"title": "رعاية", "language": "ar"})
	with(map[string]any{"title": "Gone again", "state": "withdrawn"})
	with(map[string]any{"title": "Not yet", "state": "draft", "author": h.Record("users", "email", "partner@example.org").Id})
	with(map[string]any{"title": "Nearly", "state": "in-review", "author": h.Record("users", "email", "partner@example.org").Id})
	with(map[string]any{"title": "Guidance with much in it", "kind": "guidance"})
	with(map[string]any{"title": "A handbook page", "kind": "handbook", "chapter": "adult-carers", "urgent": true})
	with(map[string]any{"title": "1 to 1 talk", "kind": "glossary"})
	with(map[string]any{"title": "A plan without goals", "kind": "action-plan"})
	with(map[string]any{"title": "A bare page", "kind": "page", "body": ""})
	partner := h.As("partner")
	for _, about := range []*core.Record{odd, h.Record("documents", "title", "Guidance with much in it"), h.Record("documents", "title", "A handbook page")} {
		to := ledTo(t, partner.Post("/discussions/new", url.Values{"title": {"About " + about.Id}, "document": {about.Id}, "body": {"# Big\n\n### Small\n\ntext[^1]\n\n[^1]: note"}}))
		for _, body := range []string{"## Middle\n\ntext[^1]\n\n[^1]: note", "###### Least", "> a quote", "| a | b |\n|---|---|\n| 1 | 2 |"} {
			ledTo(t, partner.Post(to, url.Values{"body": {body}}))
		}
		change(t, h, h.Record("posts", "body", "> a quote"), map[string]any{"state": "removed"})
	}
	closed := ledTo(t, partner.Post("/discussions/new", url.Values{"title": {"Closed by now"}, "space": {"library"}, "body": {"x"}}))
	change(t, h, h.Record("threads", "id", strings.TrimPrefix(closed, "/discussions/")), map[string]any{"state": "closed", "pinned": true})
}

// walk is one person's way through the site.
type walk struct {
	t      *testing.T
	client *hubtest.Client
	who    string
	seen   map[string]bool
	kinds  map[string]bool
	links  map[string]string // to follow, with the page on which each stands
	titles map[string]string

	followed map[string]bool // by anybody: everybody's links lead there
}

// visit reads a page and, for one that stands by itself (without a query), all that it links to.
func (w *walk) visit(address, from string) {
	kind := kindOf(address)
	small := strings.Contains(address, "/keep/") // forms of one kind are alike but for the row that they are about
	if w.seen[address] || (w.followed[address] || small) && w.kinds[kind] {
		return
	}
	w.seen[address], w.followed[address], w.kinds[kind] = true, true, true
	a := w.client.Get(address)
	for _, fault := range faultsOfAnswer(w.who, "GET", address, a) {
		w.t.Errorf("%s as %s: %s", address, w.who, fault)
	}
	if from != "the beginning" && a.Status >= 400 {
		w.t.Errorf("%s as %s: status %d, but %s links to it", address, w.who, a.Status, from)
	}
	file := strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment")
	if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") && a.Status/100 != 3 && !file {
		w.inspect(address, a.Body)
	}
}

// follow reads what is linked to and was not read yet, until there is nothing new. Lists that are narrowed by a query
// are read, and their own links not: they would lead on for ever.
func (w *walk) follow() {
	for len(w.links) > 0 {
		links := w.links
		w.links = map[string]string{}
		for address, from := range links {
			w.visit(address, from)
		}
	}
}

// forms looks at the pages that only forms lead to: what comes back when something is wrong.
func (w *walk) forms(h *hubtest.Hub) {
	post := func(address string, form url.Values) {
		a := w.client.Post(address, form)
		if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") && a.Status/100 != 3 {
			w.inspect("POST "+address, a.Body)
		}
	}
	study := "/case-studies/a-passport-that-moves-with-you"
	about := h.Record("threads", "title", "How did you get the HR directors to agree?").Id
	post("/sign-in", url.Values{"email": {"nobody"}})
	post("/write/case-study", url.Values{"do": {"publish"}, "summary": {strings.Repeat("long ", 60)}})
	post("/discussions/new", url.Values{"space": {"library"}})
	post("/discussions/"+about, url.Values{"body": {" "}})
	post(study+"/discuss", url.Values{"body": {" "}, "thread": {about}})
	post(study+"/adopt", url.Values{})
	post(study+"/adopt", url.Values{"stage": {"stopped"}, "place": {"leeds"}})
}

// kindOf is what sort of page an address is: pages of one sort may have titles alike, such as the same page for two
// places.
func kindOf(address string) string {
	address, _, _ = strings.Cut(strings.TrimPrefix(address, "POST "), "?")
	address = strings.TrimSuffix(address, "/discuss") // the form of the page before it
	parts := strings.Split(strings.Trim(address, "/"), "/")
	if parts[0] == "in" && len(parts) > 2 {
		parts = parts[2:]
	}
	switch parts[0] {
	case "write":
		if len(parts) > 2 {
			parts = slices.Delete(parts, 2, 3)
		}
	case "manage", "moderate":
		if len(parts) > 2 && parts[2] != "new" {
			parts[2] = "one"
		}
	case "case-studies", "discussions", "plans", "glossary", "spaces", "templates", "places", "guidance":
		if len(parts) > 3 && parts[2] == "posts" {
			parts[3] = "one"
		}
		if len(parts) > 4 && parts[2] == "keep" {
			parts[4] = "one"
		}
		if len(parts) > 1 && parts[1] != "new" {
			return parts[0] + "/one" + strings.Join(parts[2:], "/")
		}
	}
	return strings.Join(parts, "/")
}

// inspect looks at one page.
func (w *walk) inspect(address, body string) {
	doc := parsed(body)
	for _, fault := range append(bonesOf(doc), w.title(address, doc)...) {
		w.t.Errorf("%s as %s: %s", address, w.who, fault)
	}
	if strings.Contains(address, "?") || strings.HasPrefix(address, "POST ") {
		return
	}
	for n := range elements(doc) {
		if n.Data != "a" && n.Data != "link" && n.Data != "script" && n.Data != "img" {
			continue
		}
		to := attr(n, "href") + attr(n, "src")
		to, _, _ = strings.Cut(to, "#")
		if strings.HasPrefix(to, "/in/") && !strings.HasPrefix(to, "/in/leeds/") && !strings.HasPrefix(to, "/in/bradford/") {
			continue // the same page for other places says the same, with their answers
		}
		if strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && !w.seen[to] {
			w.links[to] = address
		}
	}
}

// title holds that a title belongs to one kind of page.
func (w *walk) title(address string, doc *html.Node) []string {
	title := ""
	for n := range elements(doc) {
		if n.Data == "title" {
			title = textOf(n)
		}
	}
	kind := kindOf(address)
	switch title {
	case "":
		return []string{"has no title"}
	case "We cannot find that page - Commonplace", "You cannot do that - Commonplace":
		return nil
	}
	if other, ok := w.titles[title]; ok && other != kind {
		if strings.HasPrefix(other, "glossary/one") || strings.HasPrefix(kind, "glossary/one") || strings.HasPrefix(kind, "templates") {
			return nil // a word and the thing it stands for
		}
		return []string{fmt.Sprintf("has the title %q, as %s has", title, other)}
	}
	w.titles[title] = kind
	return nil
}

// parsed reads HTML the way a browser does: there is none that it refuses.
func parsed(body string) *html.Node {
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return &html.Node{Type: html.DocumentNode}
	}
	return doc
}

// elements walks over a page's elements.
func elements(n *html.Node) func(func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		for d := range n.Descendants() {
			if d.Type == html.ElementNode && !yield(d) {
				return
			}
		}
	}
}

func attr(n *html.Node, name string) string {
	v, _ := attrOK(n, name)
	return v
}

func attrOK(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// bonesOf says what is wrong with a page's structure.
func bonesOf(doc *html.Node) (faults []string) {
	say := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	ids, labels, level, firsts := map[string]bool{}, map[string]bool{}, 0, 0
	var refers [][2]string
	for n := range elements(doc) {
		if id, ok := attrOK(n, "id"); ok {
			if id == "" || ids[id] {
				say("the id %q stands twice", id)
			}
			ids[id] = true
		}
		if n.Data == "label" {
			labels[attr(n, "for")] = true
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc":
				say("<%s> has %s", n.Data, a.Key)
			case strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:"):
				say("<%s> has %s=%q", n.Data, a.Key, a.Val)
			case a.Key == "aria-labelledby", a.Key == "aria-describedby":
				for id := range strings.FieldsSeq(a.Val) {
					refers = append(refers, [2]string{n.Data + " " + a.Key, id})
				}
			case a.Key == "href" && strings.HasPrefix(a.Val, "#"):
				refers = append(refers, [2]string{"link", a.Val[1:]})
			}
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			at := int(n.Data[1] - '0')
			if at == 1 {
				firsts++
			}
			if at > level+1 {
				say("<%s> %q follows a heading of level %d", n.Data, textOf(n), level)
			}
			level = at
			if textOf(n) == "" {
				say("an empty <%s>", n.Data)
			}
		}
	}
	if firsts != 1 {
		say("%d first headings", firsts)
	}
	for _, r := range refers {
		if id, err := url.PathUnescape(r[1]); err != nil || !ids[id] {
			say("%s leads to #%s, which is not there", r[0], r[1])
		}
	}
	return append(faults, controls(doc, labels)...)
}

// controls says what is wrong with single elements: nameless controls and pictures, scripts in the page, a page that
// does not say its language.
func controls(doc *html.Node, labels map[string]bool) (faults []string) {
	say := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	named := func(n *html.Node) bool {
		return textOf(n) != "" || attr(n, "aria-label") != "" || attr(n, "aria-labelledby") != ""
	}
	for n := range elements(doc) {
		switch n.Data {
		case "html":
			if lang := attr(n, "lang"); lang == "" {
				say("no language")
			}
		case "input", "textarea", "select":
			if attr(n, "type") != "hidden" && !labels[attr(n, "id")] {
				say("<%s name=%s> has no label", n.Data, attr(n, "name"))
			}
		case "button", "a", "legend", "summary", "th", "label":
			if !named(n) {
				say("a <%s> without a name", n.Data)
			}
		case "img":
			if _, ok := attrOK(n, "alt"); !ok {
				say("<img src=%s> has no alt", attr(n, "src"))
			}
		case "nav":
			if !named(n) {
				say("a <nav> without a label")
			}
		case "svg":
			if attr(n, "aria-hidden") != "true" && !named(n) {
				say("a picture without words")
			}
		case "script":
			if attr(n, "src") == "" || textOf(n) != "" {
				say("a script in the page")
			}
		case "style", "iframe", "object", "embed", "base", "font", "center":
			say("a <%s>", n.Data)
		case "fieldset":
			if first := slices.Collect(elements(n)); len(first) == 0 || first[0].Data != "legend" {
				say("a <fieldset> without a legend")
			}
		case "form":
			if attr(n, "data-fill") != "" { // what is written in it stays in the browser
				if attr(n, "action")+attr(n, "method") != "" {
					say("a <form> to fill in that can be sent")
				}
				continue
			}
			if m := strings.ToLower(attr(n, "method")); m != "get" && m != "post" {
				say("a <form> that does not say how it is sent")
			}
			if to := attr(n, "action"); !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
				say("a <form> that is sent to %q", to)
			}
		}
	}
	return faults
}
