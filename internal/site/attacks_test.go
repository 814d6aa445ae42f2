package site_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
	"commonplace/internal/thread"

	"golang.org/x/net/html"
)

// Attacks over the exits of this package, each test named after its attack. What Markdown itself must refuse is held in
// package markdown; here it is that every way out goes through the same wall.

// payloads are what writers try, one text each.
func payloads(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("testdata/attacks/payloads.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "# What people") {
			list = append(list, strings.ReplaceAll(line, `\n`, "\n"))
		}
	}
	if len(list) < 30 {
		t.Fatalf("%d payloads", len(list))
	}
	return list
}

// hostile says what in a piece of HTML could run, fetch, disguise itself or lead astray.
func hostile(fragment string) (faults []string) {
	for n := range elements(parsed(fragment)) {
		switch n.Data {
		case "iframe", "object", "embed", "base", "style", "math", "noscript", "form", "button", "meta":
			faults = append(faults, "<"+n.Data+">")
		case "script":
			if src := attr(n, "src"); !strings.HasPrefix(src, "/static/") || n.FirstChild != nil {
				faults = append(faults, "<script> "+src)
			}
		case "img":
			if !strings.HasPrefix(attr(n, "src"), "/files/") {
				faults = append(faults, "<img src="+attr(n, "src")+">")
			}
		}
		for _, a := range n.Attr {
			value := strings.ToLower(strings.Join(strings.FieldsFunc(a.Val, func(r rune) bool { return r <= ' ' }), ""))
			switch {
			case n.Data == "input" && a.Key == "value": // what was typed, to be typed again
			case strings.HasPrefix(a.Key, "on"), strings.HasPrefix(a.Key, "hx-"), strings.HasPrefix(a.Key, "data-hx"), a.Key == "style", a.Key == "srcdoc":
				faults = append(faults, n.Data+" "+a.Key+"="+a.Val)
			case strings.HasPrefix(value, "javascript:"), strings.HasPrefix(value, "vbscript:"), strings.HasPrefix(value, "data:text"):
				faults = append(faults, n.Data+" "+a.Key+"="+a.Val)
			}
		}
	}
	return faults
}

// hostilePage looks at a whole page: its own forms and buttons belong there.
func hostilePage(body string) (faults []string) {
	for _, f := range append(hostile(body), controls(parsed(body), labelsOf(parsed(body)))...) {
		if printedCode.MatchString(f) {
			continue
		}
		switch f {
		case "<form>", "<button>", "<meta>", "<noscript>": // ours
		default:
			faults = append(faults, f)
		}
	}
	return append(faults, doubled(parsed(body))...)
}

// printedCode is the code of a page of the handbook, for paper.
var printedCode = regexp.MustCompile(`^<img src=/qr/h/[a-z0-9]+(/leeds)?\.svg>$`)

func labelsOf(doc *html.Node) map[string]bool {
	labels := map[string]bool{}
	for n := range elements(doc) {
		if n.Data == "label" {
			labels[attr(n, "for")] = true
		}
	}
	return labels
}

func doubled(doc *html.Node) (faults []string) {
	ids := map[string]bool{}
	for n := range elements(doc) {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				faults = append(faults, "the id "+id+" stands twice")
			}
			ids[id] = true
		}
	}
	return faults
}

// TestM15 sends payloads through the preview of the API and of the page, a form's preview, work that waits, a published
// page, a post on a page and in a live event, snippets of a search, the error page and a refused form: one wall.
func TestM15EveryWayOutHasTheSameWall(t *testing.T) {
	t.Parallel()
	h := hubtest.New(t)
	partner, guest := h.As("partner"), h.As("guest")
	all := payloads(t)

	t.Run("previews", func(t *testing.T) {
		for _, p := range all {
			body, _ := json.Marshal(map[string]string{"markdown": p})
			answers := []hubtest.Answer{
				guest.REST("POST", "/api/hub/preview", map[string]string{"markdown": p}),
				partner.Do("POST", "/-/preview", "application/json", strings.NewReader(string(body)), http.Header{"Sec-Fetch-Site": {"same-origin"}}),
			}
			for _, a := range answers {
				var got struct{ HTML string }
				want(t, a, http.StatusOK).Into(t, &got)
				if faults := hostile(got.HTML); len(faults) > 0 {
					t.Errorf("%q becomes %q: %v", p, got.HTML, faults)
				}
			}
			if answers[0].Body != answers[1].Body {
				t.Errorf("%q has two previews", p)
			}
		}
	})
	t.Run("a case study", func(t *testing.T) {
		lines := strings.ReplaceAll(strings.Join(all, "\x00"), "\n", " ")
		lines = strings.ReplaceAll(lines, "\x00", "\r\n")
		form := sevenFields(wakefield(h), `</title><script>alert(1)</script>"><img src=x onerror=alert(1)>`, url.Values{
			"summary": {`</p><script>alert(1)</script>`}, "challenge": {lines}, "action": {lines}, "result": {"Measured: " + lines}, "contact_role": {`"><script>alert(1)</script>`},
			"section-in-short": {strings.Join(all[:20], "\n\n")}, "others": {strings.Join(all[20:], "\n\n")}, "partners": {`<script>alert(1)</script>`},
			"sources": {"<script>alert(1)</script> | javascript:alert(1)\r\nx | data:text/html,<script>alert(1)</script>"}, "tried_stopped": {`<script>alert(1)</script>`},
		})
		id := idIn(t, ledTo(t, partner.Post("/write/case-study", form)), `case-study/([a-z0-9]{15})`)
		check := func(name string, a hubtest.Answer) {
			t.Helper()
			if faults := hostilePage(want(t, a, http.StatusOK).Body); len(faults) > 0 {
				t.Errorf("%s: %v", name, faults)
			}
		}
		check("the form", partner.Get("/write/case-study/"+id))
		check("the preview", partner.Get("/write/case-study/"+id+"/preview"))
		check("the list of drafts", partner.Get("/write"))
		page := ledTo(t, partner.Post("/write/case-study/"+id, url.Values{"do": {"publish-saved"}}))
		check("the page", guest.Get(page))
		check("the page for members", partner.Get(page))
		edit := formOf(partner.Get("/write/case-study/" + id))
		edit.Set("others", edit.Get("others")+"\n\n"+strings.Join(all, "\n\n"))
		edit.Set("do", "save")
		ledTo(t, partner.Post("/write/case-study/"+id, edit))
		check("the preview of a revision", partner.Get("/write/case-study/"+id+"/preview"))
		h.Settle()
		for _, list := range []string{"/", "/case-studies", "/places/wakefield", "/search?q=alert", "/search?q=script", "/search?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E&kind=%22%3E%3Cscript%3E", "/discussions/new?document=" + id} {
			check(list, partner.Get(list))
		}
		var found struct {
			Hits []struct {
				SnippetHTML string `json:"snippet_html"`
			}
		}
		guest.Get("/search.json?q=alert").Into(t, &found)
		if len(found.Hits) == 0 {
			t.Error("the search finds nothing")
		}
		for _, hit := range found.Hits {
			for n := range elements(parsed(hit.SnippetHTML)) {
				if n.Data != "mark" && n.Data != "html" && n.Data != "head" && n.Data != "body" {
					t.Errorf("a snippet has <%s>: %s", n.Data, hit.SnippetHTML)
				}
			}
		}
	})
	t.Run("posts, on the page and over the wire", func(t *testing.T) {
		title := `"><svg onload=alert(1)> </script><script>alert(1)</script>`
		to := ledTo(t, partner.Post("/discussions/new", url.Values{"title": {title}, "space": {"library"}, "body": {all[0]}}))
		id := strings.TrimPrefix(to, "/discussions/")
		for _, p := range all {
			ledTo(t, partner.Post(to, url.Values{"body": {p}}))
		}
		posts, err := thread.Posts(h.App, id, 0, -1)
		if err != nil || len(posts) != len(all)+1 {
			t.Fatalf("%d posts: %v", len(posts), err)
		}
		for _, p := range posts {
			for _, members := range []bool{true, false} {
				part, err := h.Hub.Site.PostPart(p, members)
				ours := func(f string) bool { return f == "<form>" || f == "<button>" }
				if faults := append(hostile(p.Words(members)), slices.DeleteFunc(hostile(part), ours)...); err != nil || len(faults) > 0 {
					t.Errorf("over the wire: %v %v", faults, err)
				}
			}
		}
		for _, c := range []*hubtest.Client{guest, partner} {
			for _, address := range []string{to, "/discussions", "/"} {
				if faults := hostilePage(c.Get(address).Body); len(faults) > 0 {
					t.Errorf("%s: %v", address, faults)
				}
			}
		}
	})
	t.Run("errors and refused forms", func(t *testing.T) {
		for _, p := range all {
			q := url.QueryEscape(p)
			for _, a := range []hubtest.Answer{
				guest.Get("/nothing/" + url.PathEscape(p)), guest.Get("/nothing?q=" + q), guest.Get("/sign-in?to=/" + q), guest.Get("/search?q=" + q + "&place=" + q + "&sort=" + q),
				guest.Get("/case-studies?place=" + q), guest.Post("/sign-in", url.Values{"email": {p}, "to": {"/" + p}}),
				partner.Post("/discussions/new", url.Values{"body": {p}, "client_key": {p}, "space": {"library"}}),
				partner.Post(passportPage+"/adopt", url.Values{"kept": {p}, "changed": {p}, "contact_role": {p}}),
				partner.Post("/write/case-study", url.Values{"summary": {p}, "result": {p}, "others": {p}}),
			} {
				if faults := hostilePage(a.Body); len(faults) > 0 {
					t.Errorf("%q (status %d): %v", p, a.Status, faults)
				}
			}
		}
	})
}

// TestM15 again: what is rendered at publishing is the renderer's alone. A partner may write documents over REST, not
// the HTML that is kept with them.
func TestM15NobodyWritesRenderedHTML(t *testing.T) {
	h := hubtest.New(t)
	partner, member, guest := h.As("partner"), h.As("member"), h.As("guest")
	id := partner.REST("POST", "/api/collections/documents/records", map[string]any{
		"kind": "case-study", "title": "Rendered", "summary": "x", "challenge": "- a", "action": "- b", "result": "- c", "places": []string{wakefield(h)},
		"contact_role": "d", "state": "published", "rendered": map[string]any{"version": 1, "body": "<script>alert(1)</script>"}, "plain": "stolen words", "access": "x:published",
	}).ID(t)
	evil := map[string]any{"version": 1, "body": "<script>alert(1)</script>", "challenge": []string{"<script>alert(1)</script>"}}
	for _, body := range []map[string]any{{"rendered": evil}, {"rendered": evil, "title": "Rendered anew"}, {"rendered+": evil}, {"plain": "stolen words"}} {
		partner.REST("PATCH", "/api/collections/documents/records/"+id, body)
		if faults := hostilePage(guest.Get("/case-studies/rendered").Body); len(faults) > 0 {
			t.Errorf("%v puts %v on the page", body, faults)
		}
	}
	h.Settle()
	has(t, guest.Get("/search.json?q=%22stolen+words%22"), `"total":0`)

	about := h.Record("threads", "title", "Does your impact check ask about carers?").Id
	post := member.REST("POST", "/api/collections/posts/records", map[string]any{"thread": about, "body": "mine", "html": "<script>alert(1)</script>", "seq": 1, "by_role": "Chief", "edited": "2020-01-01 00:00:00.000Z"}).ID(t)
	member.REST("PATCH", "/api/collections/posts/records/"+post, map[string]any{"html": "<script>alert(1)</script>"})
	page := guest.Get("/discussions/" + about)
	if faults := hostilePage(page.Body); len(faults) > 0 {
		t.Errorf("a post puts %v on the page", faults)
	}
	hasNot(t, page, "Chief", ">edited<")
}

// TestM17 puts markup into everything that has a name, and reads the pages that show it.
func TestM17NamesAreWords(t *testing.T) {
	h := hubtest.New(t)
	const evil = `"><svg onload=alert(1)>'><script>alert(1)</script>`
	member := h.Record("users", "email", "member@example.org")
	for _, r := range []struct {
		collection, field, value, set string
	}{
		{"users", "id", member.Id, "name"}, {"users", "id", member.Id, "role_title"}, {"organisations", "name", "Bradford partner (example)", "name"},
		{"places", "slug", "leeds", "title"}, {"places", "slug", "leeds", "note"}, {"programmes", "slug", "workforce", "title"},
		{"spaces", "slug", "passport-group", "title"}, {"spaces", "slug", "passport-group", "summary"}, {"threads", "title", "Does your impact check ask about carers?", "title"},
		{"figures", "key", "carers-allowance-week", "text"}, {"documents", "slug", "a-carer-friendly-system", "title"}, {"documents", "slug", "a-carer-friendly-system", "owner_role"},
		{"goals", "document", h.Record("documents", "slug", "young-carers-2026-28").Id, "title"}, {"vocabulary", "slug", "workforce", "title"}, {"helplines", "crisis", "1", "name"},
	} {
		change(t, h, h.Record(r.collection, r.field, r.value), map[string]any{r.set: evil})
	}
	study := library.Wrap(h.Record("documents", "slug", "a-carer-friendly-system"))
	m := study.Meta()
	m.Cautions = append(m.Cautions, library.Caution{ID: evil, Text: evil}, library.Caution{ID: "find", Text: "a caution that would like to be the search box"})
	m.Sources = append(m.Sources, library.Source{ID: evil, Title: evil, URL: "javascript:alert(1)", Kind: evil, Note: evil, Publisher: evil})
	m.Partners = append(m.Partners, evil)
	m.Note = evil
	if err := study.SetMeta(m); err != nil {
		t.Fatal(err)
	}
	save(t, h, study.Record)
	c := h.As("member")
	ledTo(t, c.Post("/discussions/"+h.Record("threads", "title", evil).Id, url.Values{"body": {"A word"}}))
	ledTo(t, c.Post("/case-studies/a-carer-friendly-system/adopt", url.Values{"place": {"leeds"}, "stage": {"trying"}, "kept": {evil}, "changed": {evil}, "dropped": {evil}, "reason": {evil}, "contact_role": {evil}}))
	h.Settle()
	for _, who := range []*hubtest.Client{c, h.As("guest"), h.As("lead")} {
		for _, address := range []string{
			"/", "/me", "/case-studies", "/case-studies/a-carer-friendly-system", "/case-studies/a-carer-friendly-system/adopt?place=leeds", passportPage, "/places/leeds",
			"/in/leeds/handbook", "/in/leeds/handbook/adult-carers/carers-allowance-and-work", "/handbook", "/discussions", "/discussions/new", "/spaces", "/spaces/passport-group", "/spaces/library",
			"/search?q=alert", "/search?q=carers", "/plans", "/plans/young-carers-2026-28", "/write", "/write/case-study/" + study.Id, "/discussions/" + h.Record("threads", "title", evil).Id,
		} {
			a := who.Get(address)
			if faults := hostilePage(a.Body); a.Status/100 != 3 && len(faults) > 0 {
				t.Errorf("%s: %v", address, faults)
			}
		}
	}
	has(t, h.As("guest").Get("/case-studies/a-carer-friendly-system"), "&lt;svg onload=alert(1)&gt;")
}

// TestM18 gives out titles as JSON, and looks for a way out of it.
func TestM18JSONStaysJSON(t *testing.T) {
	h := hubtest.New(t)
	change(t, h, h.Record("documents", "slug", "a-carer-friendly-system"), map[string]any{"title": `Zebra </script><script>alert(1)</script> <!--`})
	h.Settle()
	guest := h.As("guest")
	for _, a := range []hubtest.Answer{
		guest.Get("/search.json?q=zebra"), guest.Get("/-/suggest?q=zebra"), guest.REST("GET", "/api/hub/search?q=zebra", nil), guest.REST("GET", "/api/hub/suggest?q=zebra", nil),
		guest.REST("POST", "/api/hub/preview", map[string]string{"markdown": "`</script><script>alert(1)</script>`"}),
		guest.REST("GET", "/api/collections/documents/records?filter="+url.QueryEscape("title ~ 'Zebra'"), nil),
	} {
		want(t, a, http.StatusOK)
		if ct := a.Header.Get("Content-Type"); ct != "application/json" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("it goes out as %s, %q", ct, a.Header.Get("X-Content-Type-Options"))
		}
		if strings.Contains(a.Body, "<") {
			t.Errorf("a < in %s", a.Body)
		}
		if !strings.Contains(a.Body, `\u003c/script\u003e`) && !strings.Contains(a.Body, `\u0026lt;/script\u0026gt;`) {
			t.Errorf("the title is not in %s", a.Body)
		}
	}
	// No page carries data inside itself.
	if strings.Contains(guest.Get("/case-studies/a-carer-friendly-system").Body, "application/json") {
		t.Error("a page carries JSON")
	}
	table := guest.Get("/search.csv?q=zebra")
	has(t, table, "Zebra </script>")
	if table.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(table.Header.Get("Content-Type"), "text/csv") {
		t.Errorf("the table goes out as %v", table.Header)
	}
}

// TestM12 writes titles and names with bidi overrides and zero widths: nothing reads other than it is.
func TestM12NothingReadsOtherThanItIs(t *testing.T) {
	h := hubtest.New(t)
	const hidden = "\u202Egnp.exe\u202C\u200B\u2066\u200F\u061C\uFEFF"
	partner := h.As("partner")
	study := ledTo(t, partner.Post("/write/case-study", sevenFields(wakefield(h), "A"+hidden+" title", url.Values{"summary": {"A" + hidden + " summary"}, "contact_role": {"A" + hidden + " role"}, "do": {"publish"}})))
	talk := ledTo(t, partner.Post("/discussions/new", url.Values{"title": {"A" + hidden + " question"}, "space": {"library"}, "body": {"x"}}))
	if study != "/case-studies/agnp-exe-title" {
		t.Errorf("the address is %q", study)
	}
	h.Settle()
	for _, address := range []string{study, talk, "/", "/case-studies", "/discussions", "/search?q=title", "/search.json?q=question", "/-/suggest?q=agnp"} {
		a := want(t, partner.Get(address), http.StatusOK)
		has(t, a, "Agnp.exe ")
		for _, r := range hidden {
			if r > 0x200A && r != 0x202F && strings.ContainsRune(a.Body, r) {
				t.Errorf("%s has %U", address, r)
			}
		}
	}
	// A name is set apart from what stands around it.
	change(t, h, h.Record("users", "email", "partner@example.org"), map[string]any{"name": "Pat \u202Erentrap"})
	ledTo(t, partner.Post(talk, url.Values{"body": {"Who am I?"}}))
	page := partner.Get(talk)
	for _, name := range namesIn(page.Body, "\u202E") {
		t.Errorf("the name %q is not set apart", name)
	}
}

// namesIn finds texts with a mark that do not stand in an element that sets them apart.
func namesIn(body, mark string) (texts []string) {
	for n := range parsed(body).Descendants() {
		if n.Type != html.TextNode || !strings.Contains(n.Data, mark) {
			continue
		}
		apart := false
		for p := n.Parent; p != nil; p = p.Parent {
			apart = apart || p.Data == "bdi" || p.Data == "textarea"
		}
		if !apart {
			texts = append(texts, n.Data)
		}
	}
	return texts
}
