package site_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	slashes "path"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
)

// Attacks that look for what one may not read, each test named after its attack.

// TestS03 asks for what is private or not out in every form that there is: the answer is that of a page that never was.
func TestS03PrivateIsAsNeverThere(t *testing.T) {
	h := hubtest.New(t)
	lead := h.As("lead")
	board := h.Record("spaces", "slug", "programme-board").Id
	fields := map[string]any{"summary": "x", "challenge": "- a", "action": "- b", "result": "- c", "contact_role": "d", "places": []string{wakefield(h)}, "body": "Words."}
	add := func(kind, slug, chapter, state, space string) *library.Document {
		values := map[string]any{"kind": kind, "title": "Never " + slug, "slug": slug, "chapter": chapter, "state": state, "space": space}
		for k, v := range fields {
			values[k] = v
		}
		return library.Wrap(make1(t, h, "documents", values))
	}
	var hidden []string
	for _, d := range []*library.Document{
		add("case-study", "private-one", "", "published", board), add("case-study", "draft-one", "", "draft", ""), add("case-study", "review-one", "", "in-review", ""),
		add("handbook", "private-one", "adult-carers", "published", board), add("handbook", "draft-one", "adult-carers", "draft", ""), add("guidance", "private-one", "", "published", board),
		add("action-plan", "private-one", "", "published", board), add("glossary", "private-one", "", "published", board), add("template", "private-one", "", "draft", ""), add("page", "private-one", "", "published", board),
	} {
		hidden = append(hidden, d.Address(), d.Address()+".md")
		if d.DocKind() == library.Handbook {
			hidden = append(hidden, "/in/leeds"+d.Address())
		}
	}
	hidden = append(hidden, "/spaces/programme-board", ledTo(t, lead.Post("/discussions/new", url.Values{"title": {"Never"}, "space": {"programme-board"}, "body": {"x"}})))
	guest, member2 := h.As("guest"), h.As("member2")
	for _, address := range hidden {
		for who, c := range map[string]*hubtest.Client{"guest": guest, "member2": member2} {
			if who == "member2" && address == "/spaces/programme-board" {
				continue // members know that it is there
			}
			folder, name := slashes.Split(strings.TrimSuffix(address, ".md"))
			other := strings.Repeat("z", len(name))
			never := folder + other + strings.TrimPrefix(address, folder+name)
			got, missing := want(t, c.Get(address), http.StatusNotFound), want(t, c.Get(never), http.StatusNotFound)
			if strings.ReplaceAll(got.Body, name, other) != missing.Body {
				t.Errorf("%s as %s is told apart from %s", address, who, never)
			}
			for name := range missing.Header {
				if name != "Date" && got.Header.Get(name) != missing.Header.Get(name) && name != "Etag" && name != "Content-Length" {
					t.Errorf("%s as %s: the header %s tells it apart", address, who, name)
				}
			}
		}
	}
	for _, address := range []string{"/", "/handbook/adult-carers", "/case-studies", "/glossary", "/plans", "/search?q=never", "/places/wakefield", "/robots.txt"} {
		hasNot(t, guest.Get(address), "Never ", "private-one", "draft-one", "review-one")
	}
}

// TestS04 moves a document into a private space: within two seconds nobody outside finds it, and the page that guests
// were given from memory is gone.
func TestS04MovedIntoAPrivateSpace(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	guest, member, lead := h.As("guest"), h.As("member"), h.As("lead")
	study := h.Record("documents", "slug", "a-passport-that-moves-with-you")
	about := h.Record("threads", "title", "How did you get the HR directors to agree?").Id
	shown := []string{passportPage, passportPage + ".md", "/discussions/" + about}
	for _, address := range shown {
		a := want(t, guest.Get(address), http.StatusOK)
		if a.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s may be kept: %q", address, a.Header.Get("Cache-Control"))
		}
	}
	etag := guest.Get(passportPage).Header.Get("Etag")
	began := time.Now()
	lead.REST("PATCH", "/api/collections/documents/records/"+study.Id, map[string]any{"space": h.Record("spaces", "slug", "programme-board").Id}).ID(t)
	words := []string{"A passport that moves", "How did you get the HR directors", "far fewer", "Kirklees is trying it"}
	gone := func(c *hubtest.Client) string {
		for _, address := range shown {
			if a := c.Get(address); a.Status != http.StatusNotFound {
				return address
			}
		}
		if a := h.Guest().Do("GET", passportPage, "", nil, http.Header{"If-None-Match": {etag}}); a.Status != http.StatusNotFound {
			return fmt.Sprintf("the page that a reader has already (%d)", a.Status)
		}
		for _, address := range []string{
			"/", "/case-studies", "/discussions", "/places/leeds", "/spaces/library", "/search?q=passport+moves", "/search.json?q=%22far+fewer%22", "/search.json?q=HR+directors", "/search.csv?q=passport+moves", "/-/suggest?q=a+passport",
			"/case-studies/a-carer-friendly-system",
		} {
			for _, w := range words {
				if strings.Contains(c.Get(address).Body, w) {
					return address + " says " + w
				}
			}
		}
		for _, address := range []string{"/api/hub/search?q=passport+moves", "/api/hub/suggest?q=a+passport", "/api/collections/documents/records?perPage=500", "/api/collections/posts/records?perPage=500", "/api/collections/threads/records?perPage=500", "/api/collections/adoptions/records?perPage=500"} {
			for _, w := range append(words[1:], study.Id, `"title":"`+words[0]) { // other pages speak of it
				if strings.Contains(c.REST("GET", address, nil).Body, w) {
					return address + " says " + w
				}
			}
		}
		return ""
	}
	for name, c := range map[string]*hubtest.Client{"guest": guest, "member": member} {
		left := gone(c)
		for left != "" && time.Since(began) < followed {
			time.Sleep(5 * time.Millisecond)
			left = gone(c)
		}
		if left != "" {
			t.Errorf("after %v, %s still: %s", followed, name, left)
		}
	}
	// Those of the space go on reading, and nobody keeps it for them.
	page := want(t, lead.Get(passportPage), http.StatusOK)
	if page.Header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("it may be kept: %q", page.Header.Get("Cache-Control"))
	}
	has(t, page, "One page that the carer keeps", "Kirklees is trying it")
	h.Settle()
	has(t, lead.Get("/search.json?q=%22far+fewer%22"), `"total":1`)
}

// TestS07 asks REST questions whose answers would give away what one may not read: filters, sorting and expansion over
// relations, and fields that are nobody's.
func TestS07FiltersGiveNothingAway(t *testing.T) {
	t.Parallel()
	h := hubtest.New(t)
	h.Settle()
	guest, member2 := h.As("guest"), h.As("member2")
	total := func(a hubtest.Answer) int {
		var r struct{ TotalItems int }
		if a.Status != http.StatusOK || json.Unmarshal([]byte(a.Body), &r) != nil {
			return 0
		}
		return r.TotalItems
	}
	list := func(c *hubtest.Client, collection, param, value string) hubtest.Answer {
		return c.REST("GET", "/api/collections/"+collection+"/records?"+param+"="+url.QueryEscape(value), nil)
	}
	t.Run("filters over relations", func(t *testing.T) {
		if total(list(guest, "posts", "filter", "body ~ 'paper'")) == 0 || total(list(member2, "posts", "filter", "author.name ~ 'Max'")) == 0 {
			t.Fatal("the filters that one may use find nothing")
		}
		for _, q := range []struct{ collection, yes, no string }{
			{"posts", "author.name ~ 'Max'", "author.name ~ 'Qqq'"}, {"posts", "author.email ~ 'member2'", "author.email ~ 'qqq'"}, {"posts", "author.role = 'lead'", "author.role = 'nobody'"},
			{"threads", "author.name ~ 'Lee'", "author.name ~ 'Qqq'"}, {"adoptions", "author.name ~ 'Pat'", "author.name ~ 'Qqq'"}, {"adoptions", "author.email ~ 'partner'", "author.email ~ 'qqq'"},
			{"organisations", "users_via_organisation.email ~ 'partner'", "users_via_organisation.email ~ 'qqq'"}, {"organisations", "users_via_organisation.name ~ 'Pat'", "users_via_organisation.name ~ 'Qqq'"},
			{"places", "users_via_place.name ~ 'Pat'", "users_via_place.name ~ 'Qqq'"}, {"spaces", "memberships_via_space.role = 'editor'", "memberships_via_space.role = 'qqq'"},
			{"spaces", "memberships_via_space.user.email ~ 'lead'", "memberships_via_space.user.email ~ 'qqq'"}, {"spaces", "threads_via_space.title ~ 'HR'", "threads_via_space.title ~ 'qqq'"},
			{"posts", "@collection.users.email ~ 'member2'", "@collection.users.email ~ 'qqq'"}, {"documents", "@collection.revisions.content ~ 'x'", "@collection.revisions.content ~ 'qqq'"},
			{"documents", "@request.auth.id = ''", "@request.auth.id = 'x'"},
		} {
			yes, no := list(guest, q.collection, "filter", q.yes), list(guest, q.collection, "filter", q.no)
			if total(yes) != total(no) && !openToAll(q.yes) {
				t.Errorf("guest: %s: %s finds %d, %s finds %d", q.collection, q.yes, total(yes), q.no, total(no))
			}
		}
	})
	t.Run("hidden threads of others", func(t *testing.T) {
		lead := h.As("lead")
		ledTo(t, lead.Post("/discussions/new", url.Values{"title": {"Quokka"}, "space": {"programme-board"}, "body": {"Wombat"}}))
		for _, c := range []*hubtest.Client{guest, member2} {
			for _, q := range []struct{ collection, filter string }{
				{"spaces", "threads_via_space.title ~ 'Quokka'"}, {"threads", "title ~ 'Quokka'"}, {"posts", "body ~ 'Wombat'"}, {"posts", "thread.title ~ 'Quokka'"},
				{"spaces", "threads_via_space.posts_via_thread.body ~ 'Wombat'"}, {"organisations", "threads_via_organisation.title ~ 'Quokka'"}, {"organisations", "posts_via_organisation.body ~ 'Wombat'"},
			} {
				if n := total(list(c, q.collection, "filter", q.filter)); n != 0 {
					t.Errorf("%s: %s finds %d", q.collection, q.filter, n)
				}
			}
		}
	})
	t.Run("drafts of others", func(t *testing.T) {
		partner := h.As("partner")
		ledTo(t, partner.Post("/write/case-study", sevenFields(wakefield(h), "Numbat", nil)))
		for _, c := range []*hubtest.Client{guest, member2} {
			for _, q := range []struct{ collection, filter string }{
				{"documents", "title ~ 'Numbat'"}, {"organisations", "documents_via_organisation.title ~ 'Numbat'"}, {"places", "documents_via_places.title ~ 'Numbat'"},
				{"spaces", "documents_via_space.title ~ 'Numbat'"}, {"places", "documents_via_places.state = 'draft'"}, {"organisations", "documents_via_organisation.revisions_via_document.number > 0 && documents_via_organisation.title ~ 'Numbat'"},
			} {
				if n := total(list(c, q.collection, "filter", q.filter)); n != 0 {
					t.Errorf("%s: %s finds %d", q.collection, q.filter, n)
				}
			}
		}
	})
	t.Run("sorting and expansion", func(t *testing.T) {
		for _, q := range [][3]string{
			{"posts", "sort", "author.email"}, {"posts", "sort", "author.name"}, {"adoptions", "sort", "author.name"}, {"posts", "sort", "access"}, {"documents", "sort", "source"},
			{"organisations", "sort", "users_via_organisation.email"},
		} {
			up, down := list(guest, q[0], q[1], q[2]), list(guest, q[0], q[1], "-"+q[2])
			if up.Status == http.StatusOK && firstID(up) != firstID(down) && total(up) > 1 {
				t.Errorf("guest: sorting %s by %s gives away an order", q[0], q[2])
			}
		}
		for _, q := range [][2]string{
			{"posts", "author"}, {"posts", "thread.author"}, {"documents", "author"}, {"documents", "revisions_via_document"}, {"adoptions", "author,document.author"}, {"spaces", "memberships_via_space.user"},
			{"organisations", "users_via_organisation"}, {"places", "users_via_place"},
		} {
			a := list(guest, q[0], "perPage=500&expand", q[1])
			for _, word := range []string{"@example.org", "Pat Partner", "Max Member", "Lee Lead", "HR business", `"number":`, "tokenKey", "passwordHash"} {
				if strings.Contains(a.Body, word) && !(word == "HR business" && q[0] != "organisations" && q[0] != "places") {
					t.Errorf("guest: %s expanded by %s says %s", q[0], q[1], word)
				}
			}
		}
		// Members see names, and nobody's address but their own.
		for _, q := range [][2]string{{"posts", "author"}, {"adoptions", "author"}, {"users", "organisation"}} {
			a := list(member2, q[0], "perPage=500&expand", q[1])
			for _, address := range []string{"partner@example.org", "lead@example.org", "admin@example.org"} {
				if strings.Contains(a.Body, address) {
					t.Errorf("a member reads %s in %s", address, q[0])
				}
			}
		}
		if list(member2, "users", "filter", "email ~ 'lead'"); total(list(member2, "users", "filter", "email ~ 'lead'")) != 0 {
			t.Error("a member can guess addresses")
		}
	})
	t.Run("fields that are nobody's", func(t *testing.T) {
		for _, collection := range []string{"documents", "threads", "posts", "adoptions", "users", "organisations", "places", "spaces", "figures"} {
			a := list(member2, collection, "perPage", "500")
			for _, field := range []string{`"access"`, `"plain"`, `"rendered"`, `"source_sum"`, `"tokenKey"`, `"password"`, `"hash"`} {
				if strings.Contains(a.Body, field) {
					t.Errorf("%s gives out %s", collection, field)
				}
			}
			for _, field := range []string{"access", "plain", "rendered", "source", "tokenKey", "password"} {
				if a := list(member2, collection, "filter", field+" ~ 'a'"); total(a) != 0 && collection != "figures" {
					t.Errorf("%s can be filtered by %s", collection, field)
				}
			}
		}
	})
	t.Run("collections that are closed", func(t *testing.T) {
		for _, collection := range []string{"sessions", "journal", "redirects", "local_answers", "vocabulary", "helplines", "suggestions", "review_comments", "_superusers", "_params", "_externalAuths"} {
			for who, c := range map[string]*hubtest.Client{"guest": guest, "member2": member2} {
				if a := list(c, collection, "perPage", "5"); total(a) != 0 {
					t.Errorf("%s reads %s", who, collection)
				}
			}
		}
	})
}

// openToAll says whether a filter asks for what everybody may read anyway.
func openToAll(filter string) bool { return strings.Contains(filter, "threads_via_space.title") }

func firstID(a hubtest.Answer) string {
	var r struct{ Items []struct{ ID string } }
	if json.Unmarshal([]byte(a.Body), &r) != nil || len(r.Items) == 0 {
		return ""
	}
	return r.Items[0].ID
}

// TestFormulaInjection keeps a spreadsheet from running what somebody wrote.
func TestFormulaInjection(t *testing.T) {
	h := hubtest.New(t)
	study := h.Record("documents", "slug", "a-carer-friendly-system")
	for _, title := range []string{`=cmd|' /C calc'!A0`, "+1+1", "-2+3", "@SUM(1)", `=HYPERLINK("https://evil.example")`} {
		change(t, h, study, map[string]any{"title": title, "summary": title + " zebra"})
		h.Settle()
		table := h.As("guest").Get("/search.csv?q=zebra")
		for line := range strings.Lines(table.Body) {
			if strings.ContainsAny(line[:1], "=+-@\t") || strings.HasPrefix(line, `"=`) || strings.Contains(line, ",=") || strings.Contains(line, `,"=`) || strings.Contains(line, ",+") || strings.Contains(line, ",@") {
				t.Errorf("a cell of %q can run: %s", title, line)
			}
		}
		has(t, table, "'"+title[:1])
	}
}
