package journal_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"

	"github.com/pocketbase/pocketbase/core"
)

// fresh is a new record, not saved.
func fresh(t testing.TB, app core.App, collection string, values map[string]any) *core.Record {
	t.Helper()
	c, err := app.FindCollectionByNameOrId(collection)
	if err != nil {
		t.Fatal(err)
	}
	r := core.NewRecord(c)
	r.Load(values)
	return r
}

func save(t testing.TB, app core.App, r *core.Record) *core.Record {
	t.Helper()
	if err := app.Save(r); err != nil {
		t.Fatalf("%s: %v", r.Collection().Name, err)
	}
	return r
}

func last(t testing.TB, app core.App) int64 {
	t.Helper()
	_, seq, err := journal.Range(app)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

// since are the rows that f leaves, which must be numbered without a gap.
func since(t testing.TB, app core.App, f func()) []journal.Row {
	t.Helper()
	from := last(t, app)
	f()
	rows, err := journal.After(app, from, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		if r.Seq != from+int64(i)+1 {
			t.Errorf("row %d after %d has the number %d", i+1, from, r.Seq)
		}
	}
	return rows
}

// about picks the rows of one record.
func about(rows []journal.Row, r *core.Record) []journal.Row {
	return slices.DeleteFunc(slices.Clone(rows), func(row journal.Row) bool {
		return row.Subject != r.Collection().Name || row.Record != r.Id
	})
}

// TestEveryChangeLeavesOneRow makes, changes and deletes a record of every kept collection.
func TestEveryChangeLeavesOneRow(t *testing.T) {
	h := hubtest.New(t)
	id := func(collection, field, value string) string { return h.Record(collection, field, value).Id }
	library, mel := id("spaces", "slug", "library"), id("users", "email", "member@example.org")
	study := id("documents", "slug", "a-carer-friendly-system")
	plan := id("documents", "key", "ap-adult-carers-2026-28")
	thread := h.Record("threads", "title", "Does your impact check ask about carers?")
	goal := save(t, h.App, fresh(t, h.App, "goals", map[string]any{"document": plan, "key": "g99", "title": "A goal"})).Id
	measure := save(t, h.App, fresh(t, h.App, "measures", map[string]any{"goal": goal, "key": "m99", "title": "A measure"})).Id
	group := save(t, h.App, fresh(t, h.App, "spaces", map[string]any{"slug": "a-group", "title": "A group", "level": "private"})).Id
	for _, c := range []struct {
		collection    string
		values        map[string]any
		field, to     string // what is changed
		parent, space string
	}{
		{"organisations", map[string]any{"name": "A trust", "slug": "a-trust"}, "contact_role", "Lead", "", ""},
		{"places", map[string]any{"title": "Somewhere", "slug": "somewhere"}, "note", "A note", "", ""},
		{"programmes", map[string]any{"title": "A programme", "slug": "a-programme"}, "title", "Another", "", ""},
		{"users", map[string]any{"email": "new@example.com", "name": "New", "role": "member", "password": "a long password"}, "role_title", "Lead", "", ""},
		{"spaces", map[string]any{"slug": "b-group", "title": "B group", "level": "open"}, "summary", "Words", "", "itself"},
		{"memberships", map[string]any{"user": mel, "space": group, "role": "reader"}, "role", "editor", mel, group},
		{"documents", map[string]any{"kind": "guidance", "space": library, "state": "published", "title": "Guidance", "summary": "A summary.", "body": "Words."}, "body", "Other words.", "itself", library},
		{"threads", map[string]any{"title": "A thread", "space": library, "author": mel}, "title", "A better title", "", library},
		{"posts", map[string]any{"thread": thread.Id, "body": "Words", "author": mel}, "body", "Other words", thread.Id, library},
		{"adoptions", map[string]any{"document": study, "place": id("places", "slug", "leeds"), "stage": "doing", "author": mel}, "kept", "All of it", study, library},
		{"goals", map[string]any{"document": plan, "key": "g98", "title": "A goal"}, "why", "Because", plan, ""},
		{"measures", map[string]any{"goal": goal, "key": "m98", "title": "A measure"}, "unit", "people", plan, ""},
		{"readings", map[string]any{"measure": measure, "value": 3, "as_of": "2026-01-01 00:00:00.000Z"}, "note", "A note", plan, ""},
		{"actions", map[string]any{"goal": goal, "key": "a98", "title": "An action", "owner_role": "Lead"}, "note", "A note", plan, ""},
	} {
		r := fresh(t, h.App, c.collection, c.values)
		do := map[string]func(){
			"create": func() { save(t, h.App, r) },
			"update": func() {
				stored, err := h.App.FindRecordById(c.collection, r.Id)
				if err != nil {
					t.Fatal(err)
				}
				stored.Set(c.field, c.to)
				save(t, h.App, stored)
			},
			"delete": func() {
				if err := h.App.Delete(r); err != nil {
					t.Errorf("%s: %v", c.collection, err)
				}
			},
		}
		for _, verb := range []string{"create", "update", "delete"} {
			rows := about(since(t, h.App, do[verb]), r)
			if len(rows) != 1 {
				t.Errorf("%s: %s leaves %d rows", c.collection, verb, len(rows))
				continue
			}
			row, itself := rows[0], strings.NewReplacer("itself", r.Id)
			if parent, space := itself.Replace(c.parent), itself.Replace(c.space); row.Parent != parent || row.Space != space || row.Actor != "" {
				t.Errorf("%s: %s is of parent %q and space %q, not %q and %q; by %q", c.collection, verb, row.Parent, row.Space, parent, space, row.Actor)
			}
			if own := c.collection == "documents" || c.collection == "threads" || c.collection == "posts"; !own && row.Verb != verb { // these have words of their own
				t.Errorf("%s: %s is called %s", c.collection, verb, row.Kind())
			}
			decides := c.collection == "memberships" // what decides who may do what is written down with its value
			if verb == "update" && (!strings.Contains(string(row.Data), `"`+c.field+`"`) || strings.Contains(string(row.Data), `"id"`) || strings.Contains(string(row.Data), c.to) != decides) {
				t.Errorf("%s: the row of the update says %s", c.collection, row.Data)
			}
		}
	}
}

// TestNoSecretStandsInTheJournal changes a password and signs in.
func TestNoSecretStandsInTheJournal(t *testing.T) {
	h := hubtest.New(t)
	mel := h.Record("users", "email", "member@example.org")
	rows := since(t, h.App, func() {
		mel.SetPassword("correct horse battery")
		save(t, h.App, mel)
		h.As("lead")
	})
	if len(about(rows, mel)) != 1 {
		t.Errorf("%d rows of the person", len(about(rows, mel)))
	}
	lead := h.Record("users", "email", "lead@example.org")
	session := h.Record("sessions", "user", lead.Id)
	if got := about(rows, session); len(got) != 1 || got[0].Actor != lead.Id || got[0].Parent != lead.Id {
		t.Errorf("the session is %+v", got)
	}
	for _, row := range rows {
		for what, secret := range map[string]string{
			"password": "correct horse", "hash of the password": mel.GetString("password:hash"), "token key": mel.TokenKey(), "hash of a session": session.GetString("hash"),
		} {
			if secret == "" || strings.Contains(fmt.Sprintf("%s %+v", row.Data, row), secret) {
				t.Errorf("the %s %q stands in %+v %s", what, secret, row, row.Data)
			}
		}
	}
}

// TestARowAndItsChangeShareTheirFate has changes fail in every way; neither half may stay alone.
func TestARowAndItsChangeShareTheirFate(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	undone := errors.New("undone")
	organisation := func(slug string) *core.Record {
		return fresh(t, h.App, "organisations", map[string]any{"name": "Of " + slug, "slug": slug})
	}
	neither := func(t *testing.T, slug string, f func() error) {
		t.Helper()
		rows := since(t, h.App, func() {
			if f() == nil {
				t.Error("it does not fail")
			}
		})
		if _, err := h.App.FindFirstRecordByData("organisations", "slug", slug); err == nil {
			t.Error("the change is there")
		}
		if len(rows) != 0 {
			t.Errorf("the journal says %+v", rows)
		}
	}
	t.Run("it is not valid", func(t *testing.T) {
		neither(t, "no-name", func() error {
			return h.App.Save(fresh(t, h.App, "organisations", map[string]any{"slug": "no-name"}))
		})
	})
	t.Run("a transaction around it is undone", func(t *testing.T) {
		neither(t, "one", func() error {
			return h.App.RunInTransaction(func(tx core.App) error {
				one := save(t, tx, organisation("one"))
				one.Set("name", "Changed")
				save(t, tx, one)
				save(t, tx, organisation("two"))
				if got := last(t, tx) - last(t, h.App); got != 3 {
					t.Errorf("inside, %d rows more than outside", got)
				}
				return undone
			})
		})
	})
	t.Run("a later hook fails", func(t *testing.T) {
		id := h.App.OnRecordCreate("organisations").BindFunc(func(e *core.RecordEvent) error {
			if err := e.Next(); err != nil {
				return err
			}
			return undone
		})
		defer h.App.OnRecordCreate("organisations").Unbind(id)
		neither(t, "too-late", func() error { return h.App.Save(organisation("too-late")) })
	})
	t.Run("the journal cannot be written", func(t *testing.T) {
		rename := func(from, to string) error {
			_, err := h.App.NonconcurrentDB().NewQuery("ALTER TABLE " + from + " RENAME TO " + to).Execute()
			return err
		}
		neither(t, "no-journal", func() error {
			if err := rename("journal", "journal_away"); err != nil {
				t.Fatal(err)
			}
			return errors.Join(h.App.Save(organisation("no-journal")), rename("journal_away", "journal"))
		})
	})
	t.Run("what comes after the row fails", func(t *testing.T) {
		var numbered int64
		h.Hub.Journal.Keep(journal.Kept{Collection: "helplines", After: func(_ core.App, _ *core.Record, row journal.Row) error {
			numbered = row.Seq
			return undone
		}})
		rows := since(t, h.App, func() {
			if err := h.App.Save(fresh(t, h.App, "helplines", map[string]any{"slug": "a-line", "name": "A line", "number": "999"})); !errors.Is(err, undone) {
				t.Error(err)
			}
		})
		if _, err := h.App.FindFirstRecordByData("helplines", "slug", "a-line"); err == nil || len(rows) != 0 || numbered == 0 {
			t.Errorf("number %d, rows %+v, %v", numbered, rows, err)
		}
	})
	t.Run("and the next number is not lost", func(t *testing.T) {
		if rows := since(t, h.App, func() { save(t, h.App, organisation("at-last")) }); len(rows) != 1 {
			t.Errorf("rows %+v", rows)
		}
	})
}

// TestWhoMadeIt names the one behind a change on each way that leads to the database.
func TestWhoMadeIt(t *testing.T) {
	h := hubtest.New(t)
	partner, mel := h.Record("users", "email", "partner@example.org"), h.Record("users", "email", "member@example.org")
	operator := h.Record(core.CollectionNameSuperusers, "email", "operator@example.org")
	superuser := h.Guest()
	token, err := operator.NewAuthToken()
	if err != nil {
		t.Fatal(err)
	}
	superuser.Token = token
	onPage, byREST := h.As("partner"), h.As("member")
	thread := h.Record("threads", "title", "Does your impact check ask about carers?").Id
	posts, places := "/api/collections/posts/records", "/api/collections/places/records"
	must := func(a hubtest.Answer, status int) string {
		t.Helper()
		if a.Status != status {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if status == http.StatusOK {
			return a.ID(t)
		}
		return ""
	}
	var post, place string
	for _, c := range []struct {
		way   string
		do    func()
		kind  string
		actor string
	}{
		{"a form", func() {
			must(onPage.Post("/discussions/"+thread, url.Values{"body": {"From a page"}}), http.StatusSeeOther)
		}, "posts.create", partner.Id},
		{"an adoption's form", func() {
			must(onPage.Post("/case-studies/a-carer-friendly-system/adopt", url.Values{"place": {"hertfordshire"}, "stage": {"doing"}}), http.StatusSeeOther)
		}, "adoptions.create", partner.Id},
		{"REST", func() {
			post = must(byREST.REST("POST", posts, map[string]any{"thread": thread, "body": "From REST", "@actor": partner.Id}), http.StatusOK)
		}, "posts.create", mel.Id},
		{"REST, a change", func() {
			must(byREST.REST("PATCH", posts+"/"+post, map[string]any{"body": "Changed", "@actor": partner.Id}), http.StatusOK)
		}, "posts.update", mel.Id},
		{"an operator", func() {
			place = must(superuser.REST("POST", places, map[string]any{"slug": "somewhere", "title": "Somewhere"}), http.StatusOK)
		}, "places.create", "operator:" + operator.Id},
		{"an operator, a change", func() {
			must(superuser.REST("PATCH", places+"/"+place, map[string]any{"note": "A note"}), http.StatusOK)
		}, "places.update", "operator:" + operator.Id},
		{"an operator, the end", func() { must(superuser.REST("DELETE", places+"/"+place, nil), http.StatusNoContent) }, "places.delete", "operator:" + operator.Id},
		{"a command", func() {
			r := fresh(t, h.App, "programmes", map[string]any{"slug": "a-programme", "title": "A programme"})
			journal.By(r, "import")
			save(t, h.App, r)
		}, "programmes.create", "import"},
		{"the hub itself", func() {
			save(t, h.App, fresh(t, h.App, "programmes", map[string]any{"slug": "b-programme", "title": "B"}))
		}, "programmes.create", ""},
	} {
		rows := slices.DeleteFunc(since(t, h.App, c.do), func(r journal.Row) bool { return !strings.HasPrefix(r.Kind(), strings.Split(c.kind, ".")[0]+".") })
		if len(rows) != 1 || rows[0].Actor != c.actor {
			t.Errorf("%s: by %q expected: %+v", c.way, c.actor, rows)
		} else if strings.HasPrefix(c.kind, "p") && !strings.HasPrefix(c.kind, "posts") && rows[0].Kind() != c.kind {
			t.Errorf("%s: %s, not %s", c.way, rows[0].Kind(), c.kind)
		}
	}
}

// TestNobodyWritesTheJournal tries to read and to change it as everybody who is no operator.
func TestNobodyWritesTheJournal(t *testing.T) {
	h := hubtest.New(t)
	row := h.Record("journal", "seq", fmt.Sprint(last(t, h.App)))
	const records = "/api/collections/journal/records"
	for _, who := range []string{"guest", "member", "lead", "moderator", "admin"} {
		c := h.As(who)
		for _, r := range []struct{ method, path string }{{"GET", records}, {"GET", records + "/" + row.Id}, {"POST", records}, {"PATCH", records + "/" + row.Id}, {"DELETE", records + "/" + row.Id}} {
			var body any
			if r.method == "POST" || r.method == "PATCH" {
				body = map[string]any{"seq": 1, "verb": "create", "subject": "documents"}
			}
			if a := c.REST(r.method, r.path, body); a.Status < 400 {
				t.Errorf("%s: %s %s answers %d", who, r.method, r.path, a.Status)
			}
		}
	}
}

// TestWhatIsAboutOneRecord reads what a reader of one page has missed.
func TestWhatIsAboutOneRecord(t *testing.T) {
	h := hubtest.New(t)
	from := last(t, h.App)
	for _, row := range []journal.Row{
		{Subject: "threads", Record: "thread-one", Verb: "create"},
		{Subject: "posts", Record: "post-one", Parent: "thread-one", Verb: "create"},
		{Subject: "posts", Record: "post-two", Parent: "thread-two", Verb: "create"},
		{Subject: "documents", Record: "thread-one", Verb: "create"}, // the same id, of something else
		{Subject: "posts", Record: "post-one", Parent: "thread-one", Verb: "update"},
	} {
		if err := h.Hub.Journal.Note(row); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		after int64
		limit int
		want  string
	}{
		{0, 10, "threads.create posts.create posts.update"}, {1, 10, "posts.create posts.update"}, {2, 10, "posts.update"}, {5, 10, ""}, {0, 2, "threads.create posts.create"},
	} {
		rows, err := journal.Of(h.App, "threads", "thread-one", from+c.after, c.limit)
		if err != nil {
			t.Fatal(err)
		}
		var kinds []string
		for _, r := range rows {
			kinds = append(kinds, r.Kind())
		}
		if got := strings.Join(kinds, " "); got != c.want {
			t.Errorf("at most %d after %d: %q, not %q", c.limit, c.after, got, c.want)
		}
	}
}

// TestAnEpochIsOfOneFolder survives a restart, and is another one after a restore and elsewhere.
func TestAnEpochIsOfOneFolder(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	epoch := func() string {
		t.Helper()
		e, err := journal.Epoch(h.App)
		if err != nil || len(e) != 12 {
			t.Fatalf("the epoch is %q: %v", e, err)
		}
		return e
	}
	first := epoch()
	h.Stop()
	h.Start()
	if epoch() != first {
		t.Error("a restart changes the epoch")
	}
	if err := journal.Mint(h.App); err != nil {
		t.Fatal(err)
	}
	if epoch() == first {
		t.Error("a restore keeps the epoch")
	}
}
