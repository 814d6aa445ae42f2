package site_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"

	"golang.org/x/net/html"
)

// Attacks on the search, over each of its exits, each test named after its attack. What the index itself holds back is
// held in package search.

// exitsOf are all answers that a search for some words has, and what is offered while they are typed.
func exitsOf(c *hubtest.Client, words string) map[string]hubtest.Answer {
	q := "?q=" + url.QueryEscape(words)
	exits := map[string]hubtest.Answer{}
	for _, page := range []string{"/search", "/search.json", "/search.csv", "/-/suggest"} {
		exits[page] = c.Get(page + q)
	}
	for _, page := range []string{"/api/hub/search", "/api/hub/suggest"} {
		exits[page] = c.REST("GET", page+q, nil)
	}
	return exits
}

var tookMS = regexp.MustCompile(`"took_ms":[0-9.]+`)

// asIfNever puts a word that never was in the place of the one that was asked for, and leaves out how long it took.
func asIfNever(body, word, never string) string {
	return tookMS.ReplaceAllString(strings.ReplaceAll(body, word, never), "")
}

// found is what the JSON of a search says.
type found struct {
	Total int
	Hits  []struct {
		ID, Title, URL, Kind string
		Score                float64
		SnippetHTML          string `json:"snippet_html"`
	}
	Facets     map[string][]struct{ Value string }
	DidYouMean string `json:"did_you_mean"`
	Page       int
	PerPage    int `json:"per_page"`
}

func search(t *testing.T, c *hubtest.Client, query string) (f found) {
	t.Helper()
	want(t, c.Get("/search.json?"+query), http.StatusOK).Into(t, &f)
	return f
}

// never stands nowhere, and has as many letters as each of the hidden words.
const never = "qxvzkjwq"

// hideWords writes words of eight letters that stand nowhere else, each where somebody may not read it, and says who
// may. Everybody finds the open ones, so that nothing is hidden because nothing is found.
func hideWords(t *testing.T, h *hubtest.Hub) (hidden map[string]string, open []string) {
	t.Helper()
	partner, lead, member := h.As("partner"), h.As("lead"), h.As("member")
	study := func(word, do string) url.Values {
		return sevenFields(wakefield(h), "A case of "+word, url.Values{"summary": {word + " in short"}, "section-in-short": {"More of " + word}, "do": {do}})
	}
	talk := func(c *hubtest.Client, space, word string) string {
		return ledTo(t, c.Post("/discussions/new", url.Values{"title": {"About " + word}, "space": {space}, "body": {"We speak of " + word}}))
	}
	ledTo(t, partner.Post("/write/case-study", study("vraxonib", "save")))

	published := ledTo(t, partner.Post("/write/case-study", study("quxobrel", "publish")))
	id := h.Record("documents", "slug", strings.TrimPrefix(published, "/case-studies/")).Id
	ledTo(t, partner.Post("/write/case-study/"+id, study("plomuzek", "save")))

	ledTo(t, partner.Post("/write/case-study", study("gwixotar", "publish")))
	change(t, h, h.Record("documents", "title", "A case of gwixotar"), map[string]any{"state": "withdrawn"})

	board := h.Record("spaces", "slug", "programme-board").Id
	moved := ledTo(t, partner.Post("/write/case-study", study("fnuqelop", "publish")))
	change(t, h, h.Record("documents", "slug", strings.TrimPrefix(moved, "/case-studies/")), map[string]any{"space": board})
	talk(lead, "programme-board", "zhobatuk")
	secret := make1(t, h, "spaces", map[string]any{"slug": "secret", "title": "Secret", "level": "confidential"})
	make1(t, h, "memberships", map[string]any{"user": h.Record("users", "email", "lead@example.org").Id, "space": secret.Id, "role": "owner"})
	talk(lead, "secret", "kveripom")

	about := talk(member, "library", "mivzotak")
	for word, state := range map[string]string{"jubxodal": "removed", "tyqofemb": "hidden"} {
		ledTo(t, member.Post(about, url.Values{"body": {"We speak of " + word}}))
		change(t, h, h.Record("posts", "body", "We speak of "+word), map[string]any{"state": state})
	}
	talk(member, "library", "wopzigan")
	change(t, h, h.Record("threads", "title", "About wopzigan"), map[string]any{"state": "hidden"})
	h.Settle()
	// A draft, its revision, what was withdrawn, two of a private space, one of a space that is not even listed, two posts
	// and a thread.
	return map[string]string{
		"vraxonib": "", "plomuzek": "", "gwixotar": "", "fnuqelop": "lead", "zhobatuk": "lead", "kveripom": "lead", "jubxodal": "", "tyqofemb": "", "wopzigan": "",
	}, []string{"quxobrel", "mivzotak"}
}

// TestS01WordsOnlyInWhatIsHidden searches for words that stand only in a draft, a revision, something withdrawn, a
// private space, one that is not even listed, and posts and threads that were removed or wait: every answer is that to a
// word that never was.
func TestS01WordsOnlyInWhatIsHidden(t *testing.T) {
	t.Parallel()
	h := hubtest.New(t)
	hidden, open := hideWords(t, h)
	readers := map[string]*hubtest.Client{"guest": h.As("guest"), "member2": h.As("member2"), "lead": h.As("lead")}
	for _, word := range open {
		for name, a := range exitsOf(readers["guest"], word) {
			if strings.Contains(a.Body, "Nothing found") || !strings.Contains(a.Body, word) {
				t.Errorf("%s does not find %s", name, word)
			}
		}
	}
	for word, reader := range hidden {
		for who, c := range readers {
			if who == reader {
				if f := search(t, c, "q="+word); f.Total == 0 {
					t.Errorf("%s does not find %s", who, word)
				}
				continue
			}
			for _, ask := range []string{"%s", "carers %s", `"%s"`, "%ss", "A case of %s", "About %s"} {
				words, none := fmt.Sprintf(ask, word), fmt.Sprintf(ask, never)
				as, bs := exitsOf(c, words), exitsOf(c, none)
				for exit := range as {
					if a, b := asIfNever(as[exit].Body, word, never), asIfNever(bs[exit].Body, word, never); as[exit].Status != bs[exit].Status || a != b {
						t.Errorf("%s as %s: %q is told apart from %q:\n%s", exit, who, words, none, firstDifference(b, a))
					}
				}
			}
			if f := search(t, c, "q="+word); f.Total != 0 || len(f.Hits) != 0 || f.DidYouMean != "" {
				t.Errorf("%s finds %s: %+v", who, word, f)
			}
		}
	}
}

// TestS01CountsAndFacets compares every count before there is anything hidden with the same ones after.
func TestS01CountsAndFacets(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	guest, lead := h.As("guest"), h.As("lead")
	asked := []string{"q=", "q=carers", "q=passport", "kind=case-study", "place=wakefield", "kind=thread", "kind=post", "evidence=reported-by-partner", "audience=professional", "q=case&sort=newest"}
	counts := func(c *hubtest.Client) (all []string) {
		for _, q := range asked {
			var f struct {
				Total  int
				Facets map[string]any
			}
			want(t, c.Get("/search.json?"+q), http.StatusOK).Into(t, &f)
			all = append(all, fmt.Sprint(q, f.Total, f.Facets))
		}
		return all
	}
	before, ofLead := counts(guest), counts(lead)
	board := h.Record("spaces", "slug", "programme-board").Id
	for i := range 5 {
		make1(t, h, "documents", map[string]any{
			"kind": "case-study", "title": fmt.Sprint("A case about carers and a passport ", i), "slug": fmt.Sprint("hidden-", i), "state": []string{"published", "draft", "in-review", "withdrawn", "published"}[i],
			"space": []string{board, "", "", "", board}[i], "summary": "x", "challenge": "- a", "action": "- b", "result": "- c", "contact_role": "d", "places": []string{wakefield(h)}, "evidence": "reported-by-partner", "body": "carers",
		})
	}
	ledTo(t, lead.Post("/discussions/new", url.Values{"title": {"Carers and a passport"}, "space": {"programme-board"}, "body": {"carers"}}))
	h.Settle()
	if after := counts(guest); !slices.Equal(before, after) {
		t.Error(firstDifference(strings.Join(before, "\n"), strings.Join(after, "\n")))
	}
	if slices.Equal(ofLead, counts(lead)) {
		t.Error("those of the space have the same counts as before, too")
	}
}

// TestS01SameTiming asks for a hidden word and one that never was in turn: the quickest answers of both take as long.
// The machine may be busy, so it may be right once in a few tries.
func TestS01SameTiming(t *testing.T) {
	h := hubtest.New(t)
	hidden, _ := hideWords(t, h)
	guest := h.As("guest")
	quickest := func(words []string) map[string]time.Duration {
		best := map[string]time.Duration{}
		for range 25 {
			for _, w := range words {
				began := time.Now()
				guest.Get("/search.json?q=" + w)
				if took := time.Since(began); best[w] == 0 || took < best[w] {
					best[w] = took
				}
			}
		}
		return best
	}
	words := []string{never}
	for w := range hidden {
		words = append(words, w)
	}
	var apart []string
	for range 8 {
		apart = nil
		best := quickest(words)
		for w, took := range best {
			if share := float64(took) / float64(best[never]); share < 0.8 || share > 1.2 {
				apart = append(apart, fmt.Sprintf("%s takes %v, %s %v", w, took, never, best[never]))
			}
		}
		if len(apart) == 0 {
			return
		}
	}
	t.Error(apart)
}

// TestS02NoPrivateTermIsOffered types private titles letter by letter, and with slips that would be mended.
func TestS02NoPrivateTermIsOffered(t *testing.T) {
	h := hubtest.New(t)
	lead, guest, member2 := h.As("lead"), h.As("guest"), h.As("member2")
	for range 4 { // so that the words are common where they stand
		ledTo(t, lead.Post("/discussions/new", url.Values{"title": {"Quokka merger with Wombat"}, "space": {"programme-board"}, "body": {"Redundancies"}}))
	}
	ledTo(t, h.As("partner").Post("/write/case-study", sevenFields(wakefield(h), "Numbat on the ward", nil)))
	h.Settle()
	private := []string{"quokka", "merger", "wombat", "redundancies", "numbat"}
	for _, title := range []string{"Quokka merger with Wombat", "Numbat on the ward", "Redundancies"} {
		for n := range len(title) + 1 {
			typed := url.QueryEscape(title[:n])
			for who, a := range map[string]hubtest.Answer{
				"guest": guest.Get("/-/suggest?q=" + typed), "member2": member2.Get("/-/suggest?q=" + typed),
				"the public's program": guest.REST("GET", "/api/hub/suggest?q="+typed, nil), "member2's program": member2.REST("GET", "/api/hub/suggest?q="+typed, nil),
			} {
				for _, word := range private {
					if strings.Contains(strings.ToLower(want(t, a, http.StatusOK).Body), word) {
						t.Errorf("%s is offered %s for %q", who, word, title[:n])
					}
				}
			}
		}
	}
	for _, slip := range []string{"quoka", "quokkka", "qoukka", "mergr", "wombet", "redundencies", "numbet"} {
		for who, c := range map[string]*hubtest.Client{"guest": guest, "member2": member2} {
			for exit, a := range exitsOf(c, "carers "+slip) {
				for _, word := range private {
					if strings.Contains(strings.ToLower(a.Body), word) {
						t.Errorf("%s as %s: %s is mended to %s", exit, who, slip, word)
					}
				}
			}
		}
	}
	// Those of the space are offered all of it.
	has(t, lead.Get("/-/suggest?q=quo"), "Quokka merger with Wombat")
	has(t, lead.REST("GET", "/api/hub/suggest?q=merger+wi", nil), "Quokka merger with Wombat")
	if f := search(t, lead, "q=quoka"); f.DidYouMean != "quokka" || f.Total == 0 {
		t.Errorf("the lead is offered %q", f.DidYouMean)
	}
}

// maxBody is the longest answer that any query may have: a page has some 80 links with its query in each.
const maxBody = 3 << 19

// TestS05QueryBombs sends what costs an unwary search much: it is refused or cut to the limits, within 300 ms, and the
// answer is no bomb itself. A page repeated 900 kB of query in each of its links once.
func TestS05QueryBombs(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	guest := h.As("guest")
	long := func(s string, n int) string { return url.QueryEscape(strings.Repeat(s, n)) }
	for name, query := range map[string]string{
		"500 clauses": "q=" + long("a* OR b* OR ", 500), "patterns": "q=" + long(".*.*.* ", 300), "fuzzy words": "q=" + long("carrs~9 ", 125), "slips": "q=" + long("carrs brekas passprt workign ", 30),
		"10 MB": "q=" + strings.Repeat("x", 10<<20), "900 kB of blanks": "q=carers" + strings.Repeat("+", 900_000), "900 kB of another parameter": "q=carers&x=" + strings.Repeat("x", 900_000),
		"900 kB of a filter": "q=carers&place=" + strings.Repeat("x", 900_000), "70,000 filters": "q=carers" + strings.Repeat("&place=leeds", 70_000), "as long as may be": "q=carers" + strings.Repeat("+", 4000),
		"a page far away": "q=carers&page=999999999&size=100000&per_page=100000", "a page too far to count": "q=carers&page=99999999999999999999999", "a page before the first": "q=carers&page=-5", "no page": "q=carers&page=x",
		"quotation marks": "q=" + long(`"`, 1000), "signs": "q=" + long("家族の介護", 100), "zeros": "q=" + long("\x00", 1000), "no UTF-8": "q=" + strings.Repeat("%ff", 1000), "broken escapes": "q=%zz%", "semicolons": "q=carers;;;;" + strings.Repeat(";", 1000),
	} {
		for _, exit := range []string{"/search", "/search.json", "/search.csv", "/-/suggest", "/api/hub/search", "/api/hub/suggest", "/case-studies"} {
			took, a := time.Hour, hubtest.Answer{}
			for range 10 { // the best of some, for the machine may be busy
				began := time.Now()
				if a = guest.Get(exit + "?" + query); strings.HasPrefix(exit, "/api") {
					began, a = time.Now(), guest.REST("GET", exit+"?"+query, nil)
				}
				if took = min(took, time.Since(began)); took < 300*time.Millisecond {
					break
				}
			}
			switch a.Status {
			case http.StatusOK, http.StatusBadRequest, http.StatusRequestHeaderFieldsTooLarge:
			default:
				t.Errorf("%s %s: status %d", exit, name, a.Status)
			}
			if a.Status == http.StatusRequestHeaderFieldsTooLarge {
				took = 0 // sending it took that long; nobody read it
			}
			if took > 300*time.Millisecond || len(a.Body) > maxBody {
				t.Errorf("%s %s: %d kB in %v", exit, name, len(a.Body)>>10, took)
			}
		}
	}
	if f := search(t, guest, "q=carers&page=999999999&size=100000&per_page=100000"); f.PerPage != 20 || f.Page > 500 || len(f.Hits) != 0 || f.Total == 0 {
		t.Errorf("far away: page %d of %d each, %d hits of %d", f.Page, f.PerPage, len(f.Hits), f.Total)
	}
	// A page behind the last one leads back to it.
	far := want(t, guest.Get("/search?q=carers&page=999999999"), http.StatusOK)
	last := (search(t, guest, "q=carers").Total + 19) / 20
	has(t, far, fmt.Sprintf("Page %d of %d", last, last), fmt.Sprintf(`href="/search?page=%d&amp;q=carers"`, last))
	if rows := strings.Count(guest.Get("/search.csv?kind=glossary&kind=handbook&kind=page&page=7").Body, "\n"); rows > 1001 {
		t.Errorf("a table of %d rows", rows)
	}
}

// TestS06OnlyNamedParametersNarrow asks by fields that are nobody's, in the query and as parameters: they narrow
// nothing, widen nothing, and sort nothing.
func TestS06OnlyNamedParametersNarrow(t *testing.T) {
	h := hubtest.New(t)
	hideWords(t, h)
	guest := h.As("guest")
	board, library := h.Record("spaces", "slug", "programme-board").Id, h.Record("spaces", "slug", "library").Id
	ids := func(f found) (all []string) {
		for _, hit := range f.Hits {
			all = append(all, hit.ID)
		}
		return all
	}
	plain := search(t, guest, "q=carers")
	if plain.Total == 0 {
		t.Fatal("nothing is found")
	}
	for _, extra := range []string{
		"access=" + board + ":published", "access=*", "keys=" + board + ":published", "Keys=" + board + ":published", "space=programme-board", "space=" + board, "state=draft", "visibility=private", "author=partner@example.org",
		"internal_notes=x", "filter=state%3D%27draft%27", "fields=*", "facets=access", "facet=words", "expand=author", "sort=access", "sort=-access", "sort=author_email", "sort=_id", "explain=true", "highlight=access", "per_page=1", "perPage=1", "url=/x", "id=x",
	} {
		if f := search(t, guest, "q=carers&"+extra); f.Total != plain.Total || !slices.Equal(ids(f), ids(plain)) || len(f.Facets) != len(plain.Facets) || f.PerPage != 20 {
			t.Errorf("%s changes what is found: %d and %v, not %d", extra, f.Total, f.Facets, plain.Total)
		}
	}
	for _, q := range []string{
		"internal_notes:x", "author_email:partner", "author_email:x", "+visibility:private", "access:" + board + ":published", board + ":published", library + ":draft", `"` + library + `:published"`, "state:draft", "kind:case-study",
		"fnuqelop OR access:" + board, "+fnuqelop", "body:zhobatuk", "words:kveripom", "_all:vraxonib", "*:*", "title:*", "partner@example.org", "source:" + h.Record("documents", "title", "A case of vraxonib").Id, "reported-by-partner:x",
	} {
		for _, exit := range []string{"/search.json?q=", "/search.json?sort=newest&q="} {
			a := want(t, guest.Get(exit+url.QueryEscape(q)), http.StatusOK)
			hasNot(t, a, board, library, "A case of vraxonib", "A case of fnuqelop", "About zhobatuk", "About kveripom")
		}
	}
	for field := range plain.Facets {
		if !slices.Contains([]string{"kind", "place", "topic", "programme", "organisation", "evidence", "audience"}, field) {
			t.Errorf("%s is counted", field)
		}
	}
	var raw struct{ Hits []map[string]any }
	if err := json.Unmarshal([]byte(guest.Get("/search.json?q=carers").Body), &raw); err != nil || len(raw.Hits) == 0 {
		t.Fatal(err)
	}
	for field := range raw.Hits[0] {
		if !slices.Contains([]string{"id", "kind", "title", "url", "snippet_html", "score", "place", "organisation", "published", "last_reviewed", "section"}, field) {
			t.Errorf("a hit has %s", field)
		}
	}
}

// TestM16OnlyMarksInSnippets writes markup that would end a mark, and asks with markup.
func TestM16OnlyMarksInSnippets(t *testing.T) {
	h := hubtest.New(t)
	const evil = `</mark><img src=x onerror=alert(1)> zebra <mark><script>alert(1)</script>`
	partner, guest := h.As("partner"), h.As("guest")
	ledTo(t, partner.Post("/write/case-study", sevenFields(wakefield(h), "Zebra "+evil, url.Values{
		"summary": {"Quokka " + evil}, "others": {"Wombat `" + evil + "`\n\n    " + evil}, "do": {"publish"},
	})))
	talk := ledTo(t, partner.Post("/discussions/new", url.Values{"title": {"Koala " + evil}, "space": {"library"}, "body": {"Numbat `" + evil + "`"}}))
	change(t, h, h.Record("threads", "id", strings.TrimPrefix(talk, "/discussions/")), map[string]any{"pinned": true})
	h.Settle()
	for _, q := range []string{"zebra", "quokka", "wombat", "koala", "numbat", "zebre", "alert", "onerror", "mark", "script", "img src", "<b>", "</mark>", evil, `"` + evil + `"`, `zebra "onerror=alert(1)"`, "zebra <b>", "zebra </mark><script>"} {
		marked := 0
		for exit, a := range exitsOf(guest, q) {
			switch exit {
			case "/search":
				if faults := hostilePage(want(t, a, http.StatusOK).Body); len(faults) > 0 {
					t.Errorf("%s %q: %v", exit, q, faults)
				}
				for n := range elements(parsed(a.Body)) {
					if n.Data == "article" {
						marked += marks(t, n)
					}
				}
			case "/search.json", "/api/hub/search":
				var f found
				want(t, a, http.StatusOK).Into(t, &f)
				for _, hit := range f.Hits {
					for n := range elements(parsed(hit.SnippetHTML)) {
						if !slices.Contains([]string{"html", "head", "body", "mark"}, n.Data) {
							t.Errorf("%s %q: <%s> in %s", exit, q, n.Data, hit.SnippetHTML)
						}
					}
				}
			}
		}
		if marked == 0 && len(q) > 4 && !strings.HasPrefix(q, "<") {
			t.Errorf("%q: nothing is marked", q)
		}
	}
}

// marks counts the marks of a hit, and finds what else its words became.
func marks(t *testing.T, hit *html.Node) (n int) {
	t.Helper()
	for e := range elements(hit) {
		switch e.Data {
		case "mark":
			n++
			for inner := range elements(e) {
				if inner != e {
					t.Errorf("<%s> in a mark", inner.Data)
				}
			}
		case "img", "script", "svg", "b":
			t.Errorf("<%s> in a hit", e.Data)
		}
	}
	return n
}
