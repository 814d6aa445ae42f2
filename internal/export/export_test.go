package export_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/export"
	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

func TestMain(m *testing.M) { hubtest.Main(m) }

func add(t *testing.T, app core.App, collection string, values map[string]any) *core.Record {
	t.Helper()
	c, err := app.FindCollectionByNameOrId(collection)
	if err != nil {
		t.Fatal(err)
	}
	r := core.NewRecord(c)
	r.Load(values)
	if err := app.Save(r); err != nil {
		t.Fatalf("%s: %v", collection, err)
	}
	return r
}

// unpack reads the files of an export.
func unpack(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(in)
		in.Close()
		all[f.Name] = string(text)
	}
	return all
}

func exported(t *testing.T, app core.App, user string) map[string]string {
	t.Helper()
	var b bytes.Buffer
	if err := export.Person(app, user, &b); err != nil {
		t.Fatal(err)
	}
	return unpack(t, b.Bytes())
}

// TestD05OnlyOnesOwnData plants words of one person and of another in everything there is, and looks for both in the
// first one's export.
func TestD05OnlyOnesOwnData(t *testing.T) {
	h := hubtest.New(t)
	app := h.App
	own, other := h.Record("users", "email", "partner@example.org"), h.Record("users", "email", "member2@example.org")
	other.Set("name", "Zzothername Person")
	other.Set("role_title", "zzotherrole")
	other.SetEmail("zzotheraddress@example.org")
	if err := app.Save(other); err != nil {
		t.Fatal(err)
	}
	library1 := h.Record("spaces", "slug", "library").Id
	board := h.Record("spaces", "slug", "programme-board").Id
	open := add(t, app, "threads", map[string]any{"title": "zzownthreadtitle", "space": library1, "author": own.Id})
	shut := add(t, app, "threads", map[string]any{"title": "zzothertitle", "space": board, "author": other.Id})
	for _, p := range []struct {
		thread, author, body string
	}{{open.Id, own.Id, "zzownpost"}, {open.Id, other.Id, "zzotherpost"}, {shut.Id, own.Id, "zzownpostinboard"}} {
		add(t, app, "posts", map[string]any{"thread": p.thread, "author": p.author, "body": p.body, "client_key": p.body})
	}
	document := func(by *core.Record, title string) *core.Record {
		c, _ := app.FindCollectionByNameOrId("documents")
		r := core.NewRecord(c)
		r.Load(map[string]any{"kind": "guidance", "title": title, "space": library1, "state": "draft", "author": by.Id, "summary": title + "summary", "body": title + "body"})
		journal.By(r, by.Id)
		if err := app.Save(r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	edit := func(r *core.Record, by, body string) {
		fresh, _ := app.FindRecordById("documents", r.Id)
		fresh.Set("body", body)
		journal.By(fresh, by)
		if err := app.Save(fresh); err != nil {
			t.Fatal(err)
		}
	}
	document(own, "zzownalone")
	shared := document(own, "zzownshared")
	edit(shared, other.Id, "zzownsharedbody\n\nzzotherline\n")
	edit(shared, own.Id, "zzownsharedbody\n\nzzotherline\n\nzzownline\n")
	theirs := document(other, "zzotherdocument")
	edit(theirs, own.Id, "zzotherdocumentbody\n\nzzowncorrection\n")
	document(other, "zzotheralone")
	for _, who := range []struct {
		user *core.Record
		word string
	}{{own, "zzown"}, {other, "zzother"}} {
		h.Row("flags", map[string]any{"subject": "posts", "record": "r" + who.word, "reason": "other", "words": who.word + "report", "reporter": who.user.Id, "concerns": other.Id, "state": "acted", "reporter_key": who.word, "outcome": "zzotheroutcome", "handled_by": other.Id})
		h.Row("moderations", map[string]any{"subject": "posts", "record": "x", "act": "hide", "reason": who.word + "reason", "by": other.Id, "concerns": who.user.Id})
		add(t, app, "join_requests", map[string]any{"person": who.user.Id, "space": board, "state": "accepted", "why": who.word + "why", "decided_by": other.Id, "reason": "zzotherreasoning"})
		add(t, app, "invitations", map[string]any{"email": who.word + "invited@example.org", "role": "member", "person": who.user.Id, "hash": who.word + "hash", "invited_by": other.Id, "words": "zzothergreeting"})
		add(t, app, "outbox", map[string]any{"key": who.word, "state": "sent", "to": who.word + "mail@example.org", "person": who.user.Id, "kind": "x", "subject": who.word + "subject", "text": "zzothertext"})
		add(t, app, "adoptions", map[string]any{"document": h.Record("documents", "slug", "a-carer-friendly-system").Id, "place": h.Record("places", "slug", "leeds").Id, "organisation": who.user.GetString("organisation"), "stage": "trying", "kept": who.word + "kept", "author": who.user.Id})
	}
	if _, err := member.OpenSession(app, own, "zzownbrowser"); err != nil {
		t.Fatal(err)
	}
	if _, err := member.OpenSession(app, other, "zzotherbrowser"); err != nil {
		t.Fatal(err)
	}

	files := exported(t, app, own.Id)
	everything := ""
	for name, text := range files {
		everything += name + "\n" + text
		if i := strings.Index(text, "zzother"); i >= 0 {
			t.Errorf("%s has something of another person's: %.80s", name, text[i:])
		}
	}
	for _, secret := range []string{other.Id, other.Email(), own.TokenKey(), own.GetString("password:hash"), `"hash"`} {
		if strings.Contains(everything, secret) {
			t.Errorf("it holds %q", secret)
		}
	}
	for _, word := range []string{
		own.Email(), own.GetString("name"), "zzownthreadtitle", "zzownpost", "zzownpostinboard", "zzownalonebody", "zzownaloneSUMMARY", "zzownsharedbody", "zzownline", "zzowncorrection",
		"zzownreport", "zzownreason", "zzownwhy", "zzowninvited@example.org", "zzownsubject", "zzownkept", "zzownbrowser", "documents.create",
	} {
		if !strings.Contains(everything, strings.ToLower(word)) && !strings.Contains(everything, word) {
			t.Errorf("it has no %q", word)
		}
	}
	var data map[string]json.RawMessage
	if err := json.Unmarshal([]byte(files["data.json"]), &data); err != nil {
		t.Fatal(err)
	}
	for name := range data {
		if !strings.Contains(files["README.txt"], name) && name != "account" && name != "externalAuths" && name != "authOrigins" && name != "follows" && name != "notifications" {
			t.Errorf("README.txt says nothing of %s", name)
		}
	}
	if !strings.HasPrefix(files["documents/"+h.Record("documents", "title", "zzownalone").Id+".md"], "---\n") {
		t.Error("a document of one's own is no Markdown file with front matter")
	}
}

// TestNothingOfAPersonIsForgotten goes through every collection that names a person: each is in the export, or here with
// the reason why it is not.
func TestNothingOfAPersonIsForgotten(t *testing.T) {
	app := hubtest.New(t, hubtest.Empty()).App
	elsewhere := map[string]string{
		"documents.author": "documents", "documents.owner": "what one keeps is on /me/pages, and the page is not one's own", "revisions.author": "documents", "threads.author": "threads", "posts.author": "posts",
		"codes.user": "a code that runs out within the hour", "users.id": "account",
		"revisions.suggested_by": "suggestions", "suggestions.answered_by": "what one did is in acts", "review_comments.resolved_by": "what one did is in acts",
		"flags.concerns": "what others said in confidence", "champion_messages.person": "what others wrote to one",
		"reviews.asked":          "what one was asked for is another's act, and what one answered is in reviews",
		"invitations.invited_by": "what one did is in acts", "join_requests.decided_by": "what one did is in acts", "flags.handled_by": "what one did is in acts", "moderations.by": "what one did is in acts",
	}
	users, err := app.FindCollectionByNameOrId("users")
	if err != nil {
		t.Fatal(err)
	}
	collections, err := app.FindAllCollections()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range collections {
		for _, f := range c.Fields {
			relation, ok := f.(*core.RelationField)
			if !ok || relation.CollectionId != users.Id {
				continue
			}
			name := c.Name + "." + f.GetName()
			owned := slices.ContainsFunc(export.Owned, func(o export.Own) bool { return o.Collection == c.Name && o.Person == f.GetName() })
			if !owned && elsewhere[name] == "" {
				t.Errorf("%s names a person: put it into export.Owned, or say here why it is not a person's own", name)
			}
		}
	}
}

// TestWhatOneTypedIsOnesOwn has a form that was full of somebody else's words when it was opened.
func TestWhatOneTypedIsOnesOwn(t *testing.T) {
	h := hubtest.New(t)
	own, other := h.Record("users", "email", "partner@example.org"), h.Record("users", "email", "lead@example.org")
	d := add(t, h.App, "documents", map[string]any{"kind": "case-study", "state": "draft", "space": h.Record("spaces", "slug", "library").Id, "author": other.Id, "title": "zztheirs",
		"challenge": "- zzpoint of theirs\n", "meta": map[string]any{"sources": []any{map[string]any{"id": "s1", "title": "zzbook", "url": "https://example.org/zzbook"}}}})
	keep := func(address string, form url.Values) {
		t.Helper()
		if _, err := member.KeepAutosave(h.App, member.Typing{Person: own.Id, Address: address, Window: "window01", Form: form}); err != nil {
			t.Fatal(err)
		}
	}
	keep("/write/case-study/"+d.Id, url.Values{"title": {"zztheirs"}, "challenge": {"zzpoint of theirs\nzzpoint of mine"}, "sources": {"zzbook | https://example.org/zzbook"}})
	keep("/write/case-study/nothing", url.Values{"title": {"zztheirs that is gone"}})
	keep("/write/case-study", url.Values{"title": {"zznew of mine"}})
	data := exported(t, h.App, own.Id)["data.json"]
	for _, mine := range []string{"zzpoint of mine", "zznew of mine"} {
		if !strings.Contains(data, mine) {
			t.Errorf("%q is missing", mine)
		}
	}
	for _, theirs := range []string{"zztheirs", "zzpoint of theirs", "zzbook"} {
		if strings.Contains(data, theirs) {
			t.Errorf("%q is somebody else's", theirs)
		}
	}
}

// TestWhatOneMayNotSeeAnyMore has a title that changed after somebody lost the right to read it.
func TestWhatOneMayNotSeeAnyMore(t *testing.T) {
	h := hubtest.New(t)
	own := h.Record("users", "email", "member@example.org")
	shut := add(t, h.App, "threads", map[string]any{"title": "zztitle of the board", "space": h.Record("spaces", "slug", "programme-board").Id})
	add(t, h.App, "posts", map[string]any{"thread": shut.Id, "author": own.Id, "body": "zzmine", "client_key": "k"})
	v, err := member.For(h.App, own)
	if err != nil || thread.Wrap(shut).Viewable(v) {
		t.Fatalf("the member may read the board: %v", err)
	}
	files := exported(t, h.App, own.Id)
	if !strings.Contains(files["data.json"], "zzmine") || strings.Contains(files["data.json"], "zztitle") {
		t.Error(files["data.json"])
	}
}
