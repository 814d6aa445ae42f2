package hub_test

import (
	"net/http"
	"strings"
	"testing"

	"commonplace/internal/hubtest"

	"github.com/pocketbase/pocketbase/core"
)

// TestA08OperatorsSideIsNotPublic asks the public listener for the dashboard and what belongs to it, with an operator's
// own token too: nothing of it is there.
func TestA08OperatorsSideIsNotPublic(t *testing.T) {
	h := hubtest.New(t)
	operator := h.Guest()
	r, err := h.App.FindAuthRecordByEmail("_superusers", "operator@example.org")
	if err != nil {
		t.Fatal(err)
	}
	if operator.Token, err = r.NewAuthToken(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*hubtest.Client{"guest": h.Guest(), "admin": h.As("admin"), "operator": operator} {
		for _, address := range []string{
			"/_/", "/_/#/login", "/api/collections", "/api/collections/documents", "/api/collections/meta/scaffolds", "/api/settings", "/api/logs", "/api/logs/stats",
			"/api/backups", "/api/crons", "/api/sql", "//_/", "/_%2f", "/%5f/", "/API/collections", "/api//collections", "/api/./settings", "/api/collections/../settings",
		} {
			for _, method := range []string{"GET", "POST", "PATCH", "DELETE"} {
				header := http.Header{}
				if c.Token != "" {
					header.Set("Authorization", c.Token)
				}
				a := c.Do(method, address, "application/json", strings.NewReader("{}"), header)
				if a.Status < 300 || strings.Contains(a.Body, `"smtp"`) || strings.Contains(a.Body, "PocketBase") {
					t.Errorf("%s: %s %s answers %d %.100s", name, method, address, a.Status, a.Body)
				}
			}
		}
	}
}

// TestA09NoBatch mixes what is allowed with what is not in one request: none of it is done.
func TestA09NoBatch(t *testing.T) {
	h := hubtest.New(t)
	member := h.As("member")
	thread := h.Record("threads", "title", "How did you get the HR directors to agree?").Id
	board := h.Record("spaces", "slug", "programme-board").Id
	before, err := h.App.CountRecords("posts")
	if err != nil {
		t.Fatal(err)
	}
	a := member.REST("POST", "/api/batch", map[string]any{"requests": []map[string]any{
		{"method": "POST", "url": "/api/collections/posts/records", "body": map[string]any{"thread": thread, "body": "Allowed", "client_key": "batch"}},
		{"method": "POST", "url": "/api/collections/memberships/records", "body": map[string]any{"space": board, "user": h.Record("users", "email", "member@example.org").Id, "role": "owner"}},
	}})
	after, err := h.App.CountRecords("posts")
	if err != nil || a.Status < 400 || after != before {
		t.Errorf("answered %d %.200s; %d posts before, %d after, %v", a.Status, a.Body, before, after, err)
	}
}

// TestA04NothingIsAssignedInPassing sends fields that are nobody's to set along with what one may change.
func TestA04NothingIsAssignedInPassing(t *testing.T) {
	h := hubtest.New(t)
	member, me := h.As("member"), h.Record("users", "email", "member@example.org")
	other := h.Record("users", "email", "lead@example.org")
	a := member.REST("PATCH", "/api/collections/users/records/"+me.Id, map[string]any{
		"role_title": "Nurse", "role": "administrator", "verified": false, "suspended": false, "created": "2001-01-01 00:00:00.000Z", "organisation": other.GetString("organisation"),
		"memberships": []string{"x"}, "space_ids": []string{"x"}, "left": "2001-01-01 00:00:00.000Z", "terms": "never", "welcomed": "", "id": "aaaaaaaaaaaaaaa",
	})
	is := h.Record("users", "email", "member@example.org")
	for _, field := range []string{"role", "verified", "suspended", "created", "organisation", "left", "terms", "welcomed", "id"} {
		if is.GetString(field) != me.GetString(field) {
			t.Errorf("%s became %q (answered %d)", field, is.GetString(field), a.Status)
		}
	}
	thread := h.Record("threads", "title", "How did you get the HR directors to agree?")
	p := member.REST("POST", "/api/collections/posts/records", map[string]any{
		"thread": thread.Id, "body": "Hello", "client_key": "assigned", "author": other.Id, "by_role": "Chief executive", "state": "visible", "seq": 1, "created": "2001-01-01 00:00:00.000Z",
		"access": "x", "html": "<b>x</b>", "organisation": other.GetString("organisation"), "example": true,
	})
	post := h.Record("posts", "client_key", "assigned")
	if post.GetString("author") != me.Id || post.GetString("by_role") == "Chief executive" || post.GetString("html") == "<b>x</b>" || post.GetInt("seq") == 1 || post.GetDateTime("created").Time().Year() == 2001 || post.GetBool("example") {
		t.Errorf("a post took what it should not (answered %d): %v", p.Status, post.FieldsData())
	}
}

// TestA03FilesAreProtected holds what later rooms must keep: no collection gives out a file by its mere address, and the
// route for files answers nobody about what is not there.
func TestA03FilesAreProtected(t *testing.T) {
	h := hubtest.New(t)
	collections, err := h.App.FindAllCollections()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range collections {
		for _, f := range c.Fields {
			if file, is := f.(*core.FileField); is && !file.Protected {
				t.Errorf("%s.%s gives out files to everybody who knows their address", c.Name, file.Name)
			}
		}
	}
	draft := h.As("partner").REST("POST", "/api/collections/documents/records", map[string]any{"kind": "guidance", "state": "draft", "title": "A draft", "body": "Words."}).ID(t)
	for _, name := range []string{"guest", "member", "partner", "admin"} {
		c := h.As(name)
		for _, address := range []string{"/api/files/documents/" + draft + "/a.pdf", "/api/files/documents/" + draft + "/a.png?thumb=100x100", "/api/files/users/" + draft + "/avatar.png?token=x"} {
			if a := c.REST("GET", address, nil); a.Status != http.StatusNotFound {
				t.Errorf("%s: %s answers %d", name, address, a.Status)
			}
		}
	}
}
