package hub_test

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
	"commonplace/internal/library"

	"github.com/gorilla/websocket"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// neighbours are two confidential spaces: the member of the cast owns the one, and knows nothing of the other.
type neighbours struct {
	*matrix
	mine, theirs *core.Record
	own          map[string]*core.Record // one of each collection in the own space
	other        map[string]*core.Record // and in the other
	client       *hubtest.Client
	secret       string // stands in everything of the other space
}

func newNeighbours(t *testing.T) *neighbours {
	m := &matrix{t: t, h: hubtest.New(t), users: map[string]*core.Record{}, spaces: map[string]*core.Record{}}
	m.org = m.make("organisations", map[string]any{"name": "Neighbour trust", "slug": "neighbour-trust"})
	m.place = m.h.Record("places", "slug", "leeds")
	n := &neighbours{matrix: m, client: m.h.As("member"), secret: "zebraduskq"}
	m.users["me"], m.users["them"] = m.h.Record("users", "email", "member@example.org"), m.h.Record("users", "email", "partner@example.org")
	n.mine, n.own = n.furnish("mine", "me", "quietwordq")
	n.theirs, n.other = n.furnish("theirs", "them", n.secret)
	return n
}

// furnish makes a space with one of everything, owned by somebody.
func (n *neighbours) furnish(name, owner, word string) (*core.Record, map[string]*core.Record) {
	space := n.make("spaces", map[string]any{"slug": name + "-" + word, "title": word + " space", "level": "confidential"})
	n.spaces[name] = space
	u := n.users[owner]
	has := map[string]*core.Record{"spaces": space}
	has["memberships"] = n.make("memberships", map[string]any{"user": u.Id, "space": space.Id, "role": "owner"})
	has["documents"] = n.document("case-study", name, library.Published, owner, word)
	has["revisions"] = n.h.Record("revisions", "document", has["documents"].Id)
	has["threads"] = n.make("threads", map[string]any{"title": word, "space": space.Id, "author": u.Id})
	has["posts"] = n.make("posts", map[string]any{"thread": has["threads"].Id, "body": word, "author": u.Id})
	has["adoptions"] = n.make("adoptions", map[string]any{"document": has["documents"].Id, "place": n.place.Id, "organisation": u.GetString("organisation"), "stage": "doing", "kept": word, "author": u.Id})
	has["join_requests"] = n.make("join_requests", map[string]any{"space": space.Id, "person": n.h.Record("users", "email", "member2@example.org").Id, "state": "pending"})
	has["goals"] = n.make("goals", map[string]any{"document": n.document("action-plan", name, library.Published, owner, word+"plan").Id, "key": "g1", "title": word, "owner_role": "Lead", "status": "on-track"})
	return space, has
}

// state is everything in the other space, as it is stored.
func (n *neighbours) state() string {
	var b strings.Builder
	for collection, where := range map[string]dbx.Expression{
		"spaces": dbx.HashExp{"id": n.theirs.Id}, "memberships": dbx.HashExp{"space": n.theirs.Id}, "documents": dbx.HashExp{"space": n.theirs.Id},
		"threads": dbx.HashExp{"space": n.theirs.Id}, "posts": dbx.HashExp{"thread": n.other["threads"].Id}, "adoptions": dbx.HashExp{"document": n.other["documents"].Id},
		"join_requests": dbx.HashExp{"space": n.theirs.Id}, "revisions": dbx.HashExp{"document": n.other["documents"].Id}, "goals": dbx.HashExp{"id": n.other["goals"].Id},
	} {
		records, err := n.h.App.FindAllRecords(collection, where)
		if err != nil {
			n.t.Fatal(err)
		}
		var lines []string
		for _, r := range records {
			raw, err := json.Marshal(r.FieldsData())
			if err != nil {
				n.t.Fatal(err)
			}
			lines = append(lines, collection+" "+string(raw))
		}
		slices.Sort(lines)
		b.WriteString(strings.Join(lines, "\n") + "\n")
	}
	lines := strings.Split(b.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// unchanged compares the other space with how it was.
func (n *neighbours) unchanged(what, was string) {
	n.t.Helper()
	if now := n.state(); now != was {
		n.t.Errorf("%s changed the other space:\nwas %s\nis  %s", what, was, now)
	}
}

// refused wants an answer that gives and does nothing.
func (n *neighbours) refused(what string, a hubtest.Answer, statuses ...int) {
	n.t.Helper()
	if !slices.Contains(statuses, a.Status) {
		n.t.Errorf("%s: %d %.300s", what, a.Status, a.Header.Get("Location")+" "+a.Body)
	}
	if strings.Contains(a.Body, n.secret) && !strings.Contains(what, n.secret) {
		n.t.Errorf("%s: the answer says the secret", what)
	}
}

// names are all that a thing of the other space is called in an address.
func (n *neighbours) names() []string {
	names := []string{n.theirs.GetString("slug"), n.other["documents"].GetString("slug")}
	for _, r := range n.other {
		names = append(names, r.Id)
	}
	return names
}

// everyField is a form that has something for every form there is.
func (n *neighbours) everyField() url.Values {
	return url.Values{
		"to": {n.mine.GetString("slug")}, "space": {n.mine.GetString("slug")}, "level": {"confidential"}, "confirm": {"open"}, "title": {"Taken over"}, "summary": {"Taken over"},
		"body": {"Taken over"}, "email": {"member@example.org"}, "role": {"owner"}, "user": {n.users["me"].Id}, "request": {n.other["join_requests"].Id}, "do": {"accept"},
		"reason": {"Because"}, "place": {"leeds"}, "stage": {"doing"}, "why": {"Please"}, "challenge": {"a"}, "action": {"b"}, "result": {"c"}, "contact_role": {"d"},
	}
}

// TestA01NoIDOfAnotherSpaceDoesAnything takes every route of the source with every name of a thing in a space that one
// does not belong to, and every collection with every verb.
func TestA01NoIDOfAnotherSpaceDoesAnything(t *testing.T) {
	n := newNeighbours(t)
	n.h.Settle()
	was := n.state()
	parameter := regexp.MustCompile(`\{\w+\}`)
	fixed := strings.NewReplacer("{chapter}", "adult-carers", "{place}", "leeds")
	asked := 0
	for _, r := range routes(t) {
		pattern := fixed.Replace(r.pattern)
		if !strings.Contains(r.pattern, "{") || r.pattern == "/{$}" || strings.HasPrefix(pattern, "/static/") || !parameter.MatchString(pattern) {
			continue
		}
		for _, name := range n.names() {
			path := parameter.ReplaceAllString(pattern, name)
			for _, method := range []string{"GET", "POST"} {
				if method == "POST" && r.method == "GET" {
					continue
				}
				a := n.client.Get(path)
				if method == "POST" {
					a = n.client.Post(path, n.everyField())
				}
				asked++
				n.refused(method+" "+path, a, 403, 404)
			}
		}
	}
	if asked < 200 {
		t.Errorf("only %d requests", asked)
	}
	for _, name := range n.names() {
		for _, page := range []string{"/who?document=", "/who?thread=", "/who?space=", "/move?document=", "/move?thread=", "/discussions/new?document=", "/search.json?space="} {
			n.refused("GET "+page+name, n.client.Get(page+name), 200, 403, 404)
			n.refused("POST "+page+name, n.client.Post(page+name, n.everyField()), 303, 403, 404, 405) // a start in one's own space leads on
		}
	}
	n.unchanged("a page", was)
	n.overREST(was)
	n.deaf()
}

// overREST tries every verb of every collection.
func (n *neighbours) overREST(was string) {
	collections, err := n.h.App.FindAllCollections()
	if err != nil {
		n.t.Fatal(err)
	}
	for _, c := range collections {
		base := "/api/collections/" + c.Name + "/records"
		for _, name := range n.names() {
			for _, method := range []string{"GET", "PATCH", "PUT", "DELETE"} {
				body := map[string]any{"space": n.mine.Id, "title": "Taken", "body": "Taken", "state": "removed", "role": "owner", "user": n.users["me"].Id, "stage": "stopped", "reason": "x"}
				n.refused(method+" "+base+"/"+name, n.client.REST(method, base+"/"+name, body), 400, 403, 404, 405)
			}
		}
		body := map[string]any{"title": "Put in", "body": "Put in", "kind": "guidance", "state": "published", "role": "owner", "user": n.users["me"].Id, "stage": "doing", "place": n.place.Id, "summary": "s", "client_key": c.Name}
		for _, f := range c.Fields {
			relation, ok := f.(*core.RelationField)
			if !ok {
				continue
			}
			for collection, r := range n.other {
				if r.Collection().Id == relation.CollectionId {
					body[f.GetName()] = n.other[collection].Id
				}
			}
		}
		n.refused("POST "+base, n.client.REST("POST", base, body), 400, 403, 404)
		n.unchanged("REST of "+c.Name, was)
	}
}

// deaf tries to listen.
func (n *neighbours) deaf() {
	c, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(n.h.URL, "http")+"/live", http.Header{"Origin": {n.h.URL}, "Cookie": {n.client.Cookie()}})
	if err != nil {
		n.t.Fatal(err)
	}
	defer c.Close()
	for _, name := range n.names() {
		for _, kind := range []string{"document", "thread", "space", "me", "post"} {
			if err := c.WriteJSON(map[string]any{"op": "join", "topic": kind + ":" + name}); err != nil {
				n.t.Fatal(err)
			}
			c.SetReadDeadline(time.Now().Add(time.Minute))
			_, raw, err := c.ReadMessage()
			if err != nil || !strings.Contains(string(raw), `"op":"error"`) {
				n.t.Fatalf("joining %s:%s: %s %v", kind, name, raw, err)
			}
		}
	}
}

// TestA02EveryIDIsChecked sends one's own id and somebody else's together: in either order, in the address, the form and
// in JSON.
func TestA02EveryIDIsChecked(t *testing.T) {
	n := newNeighbours(t)
	was := n.state()
	mine, theirs := n.own, n.other
	doc := func(r map[string]*core.Record) string { return r["documents"].Id }
	talk := func(r map[string]*core.Record) string { return r["threads"].Id }
	slug := func(r *core.Record) string { return r.GetString("slug") }
	for _, page := range []string{"/who", "/move"} {
		for _, q := range []string{
			"document=" + doc(mine) + "&document=" + doc(theirs), "document=" + doc(theirs) + "&document=" + doc(mine),
			"document=" + doc(mine) + "&thread=" + talk(theirs), "thread=" + talk(theirs) + "&document=" + doc(mine), "thread=" + talk(mine) + "&space=" + n.theirs.Id,
			"document=" + talk(mine), "thread=" + doc(mine), "document[]=" + doc(mine), "document=" + doc(mine) + "," + doc(theirs), "document=" + doc(mine) + "%00",
		} {
			n.refused("GET "+page+"?"+q, n.client.Get(page+"?"+q), 404)
			n.refused("POST "+page+"?"+q, n.client.Post(page+"?"+q, n.everyField()), 404, 405)
		}
	}
	form := func(pairs ...string) url.Values {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		return v
	}
	posts := []struct {
		address  string
		form     url.Values
		statuses []int
	}{
		{"/move?document=" + doc(theirs), form("document", doc(mine), "to", slug(n.mine), "level", "confidential"), []int{404}},
		{"/move?document=" + doc(mine), form("document", doc(theirs), "to", slug(n.theirs), "level", "confidential"), []int{422}},
		{"/move?document=" + doc(mine), form("to", slug(n.theirs), "to", "library", "level", "confidential"), []int{422}},
		{"/move?document=" + doc(mine) + "&to=" + slug(n.theirs), form("level", "confidential"), []int{422}},
		{"/move?document=" + doc(mine), form("to", "passport-group", "level", "restricted"), []int{422}}, // there one only reads and posts
		{"/discussions/new", form("title", "x", "body", "x", "space", slug(n.mine), "document", doc(theirs)), []int{403, 404}},
		{"/discussions/new", form("title", "x", "body", "x", "space", slug(n.theirs), "document", doc(mine)), []int{403, 404}},
		{"/discussions/new?document=" + doc(theirs), form("title", "x", "body", "x", "space", slug(n.theirs)), []int{403, 404}},
		{"/discussions/" + talk(mine), form("body", "x", "reply_to", theirs["posts"].Id), []int{422}},
		{"/discussions/" + talk(theirs), form("body", "x", "thread", talk(mine)), []int{404}},
		{library.Wrap(mine["documents"]).Address() + "/discuss", form("body", "x", "thread", talk(theirs)), []int{403, 404}},
		{library.Wrap(theirs["documents"]).Address() + "/discuss", form("body", "x", "thread", talk(mine)), []int{404}},
		{"/spaces/" + slug(n.mine) + "/manage/requests", form("request", theirs["join_requests"].Id, "do", "accept", "role", "reader"), []int{404}},
		{"/spaces/" + slug(n.mine) + "/manage/requests", form("request", mine["join_requests"].Id, "request", theirs["join_requests"].Id, "do", "decline", "reason", "x"), []int{303}},
		{"/spaces/" + slug(n.theirs) + "/manage/requests", form("request", mine["join_requests"].Id, "do", "accept", "role", "reader"), []int{404}},
		{"/spaces/" + slug(n.mine) + "/manage/members?slug=" + slug(n.theirs), form("user", n.users["them"].Id, "do", "remove"), []int{303}},
		{"/spaces/" + slug(n.mine) + "/manage/members", form("user", theirs["memberships"].Id, "do", "remove"), []int{303}},
	}
	for _, p := range posts {
		what := fmt.Sprint("POST ", p.address, " ", p.form)
		n.refused(what, n.client.Post(p.address, p.form), p.statuses...)
		n.unchanged(what, was)
	}
	for collection, id := range map[string]string{"documents": doc(mine), "threads": talk(mine)} {
		if r, err := n.h.App.FindRecordById(collection, id); err != nil || r.GetString("space") != n.mine.Id {
			t.Errorf("one's own of %s is elsewhere: %v", collection, err)
		}
	}
	type object = map[string]any
	for _, r := range []struct {
		method, path string
		body         object
	}{
		{"POST", "posts/records", object{"thread": talk(mine), "reply_to": theirs["posts"].Id, "body": "x"}},
		{"POST", "posts/records", object{"thread": []string{talk(mine), talk(theirs)}, "body": "x"}},
		{"POST", "posts/records", object{"thread": []string{talk(theirs), talk(mine)}, "reply_to": mine["posts"].Id, "body": "x"}},
		{"POST", "posts/records?thread=" + talk(mine), object{"thread": talk(theirs), "body": "x"}},
		{"POST", "threads/records", object{"space": n.mine.Id, "document": doc(theirs), "title": "x"}},
		{"POST", "threads/records", object{"space": []string{n.theirs.Id}, "document": "", "title": "x"}},
		{"POST", "adoptions/records", object{"document": []string{doc(mine), doc(theirs)}, "place": n.place.Id, "stage": "doing"}},
		{"POST", "documents/records", object{"space": []string{n.mine.Id, n.theirs.Id}, "kind": "guidance", "title": "x", "body": "x"}},
		{"PATCH", "documents/records/" + doc(mine), object{"space": n.theirs.Id}},
		{"PATCH", "documents/records/" + doc(mine), object{"id": doc(theirs), "space": n.theirs.Id}},
		{"PATCH", "posts/records/" + mine["posts"].Id, object{"thread": talk(theirs), "body": "x"}},
		{"PATCH", "adoptions/records/" + mine["adoptions"].Id, object{"document": doc(theirs)}},
		{"PATCH", "threads/records/" + talk(mine), object{"space": n.theirs.Id}},
	} {
		what := fmt.Sprint(r.method, " ", r.path, " ", r.body)
		a := n.client.REST(r.method, "/api/collections/"+r.path, r.body)
		n.refused(what, a, 200, 400, 403, 404)
		n.unchanged(what, was)
		raw := url.Values{}
		for k, v := range r.body {
			raw.Set(k, fmt.Sprint(v))
		}
		a = n.client.Do(r.method, "/api/collections/"+r.path, "application/x-www-form-urlencoded", strings.NewReader(raw.Encode()), http.Header{"Authorization": {n.client.Token}})
		n.refused("as a form: "+what, a, 200, 400, 403, 404)
		n.unchanged("as a form: "+what, was)
	}
}

// TestA06NothingIsNestedWhereOneMayNotBe replies, starts and adopts below parents in a space that one cannot see, and in
// one that one may only look at. What is refused reads the same as for a parent that never was.
func TestA06NothingIsNestedWhereOneMayNotBe(t *testing.T) {
	n := newNeighbours(t)
	was := n.state()
	client := n.client
	type object = map[string]any
	for _, c := range []struct {
		what string
		body func(thread, document, post string) (string, object)
	}{
		{"a reply", func(thread, _, post string) (string, object) {
			return "posts", object{"thread": thread, "reply_to": post, "body": "x", "client_key": "a06"}
		}},
		{"a post", func(thread, _, _ string) (string, object) { return "posts", object{"thread": thread, "body": "x"} }},
		{"a thread on a document", func(_, document, _ string) (string, object) {
			return "threads", object{"document": document, "title": "x"}
		}},
		{"an adoption", func(_, document, _ string) (string, object) {
			return "adoptions", object{"document": document, "place": n.place.Id, "stage": "doing"}
		}},
		{"a revision", func(_, document, _ string) (string, object) {
			return "revisions", object{"document": document, "number": 9, "content": object{}}
		}},
		{"a goal", func(_, document, _ string) (string, object) {
			return "goals", object{"document": document, "key": "x", "title": "x"}
		}},
	} {
		collection, body := c.body(n.other["threads"].Id, n.other["documents"].Id, n.other["posts"].Id)
		a := client.REST("POST", "/api/collections/"+collection+"/records", body)
		n.refused(c.what, a, 400, 403, 404)
		collection, body = c.body(missing, missing, missing)
		if none := client.REST("POST", "/api/collections/"+collection+"/records", body); none.Status != a.Status || none.Body != a.Body {
			t.Errorf("%s: %d %s below what is not there, and %d %s below what may not be seen", c.what, none.Status, none.Body, a.Status, a.Body)
		}
		n.unchanged(c.what, was)
	}
	// Whoever may only look: a restricted space that member2 does not belong to.
	looker := n.h.As("member2")
	study := n.h.Record("threads", "title", "One page or four?")
	posts, err := n.h.App.CountRecords("posts")
	if err != nil {
		t.Fatal(err)
	}
	a := looker.REST("POST", "/api/collections/posts/records", object{"thread": study.Id, "body": "x"})
	n.refused("a post where one may look", a, 400, 403)
	a = looker.Post("/discussions/"+study.Id, url.Values{"body": {"x"}})
	n.refused("a post where one may look, on the page", a, 403)
	if now, err := n.h.App.CountRecords("posts"); err != nil || now != posts {
		t.Errorf("%d posts became %d, %v", posts, now, err)
	}
}
