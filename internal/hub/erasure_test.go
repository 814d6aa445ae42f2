package hub_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hub"
	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

const (
	erasedName  = "Zebedee Quillfeather"
	erasedEmail = "zebedee.quillfeather@example.org"
	erasedTitle = "Quillmaster in chief"
)

// someone is added, belongs to a group, reports, is written to, and posts.
func someone(t *testing.T, h *hubtest.Hub) *core.Record {
	t.Helper()
	u := save1(t, h, "users", map[string]any{
		"name": erasedName, "email": erasedEmail, "role_title": erasedTitle, "role": "member", "verified": true,
		"password": hub.DemoPassword, "passwordConfirm": hub.DemoPassword, "organisation": h.Record("users", "email", "member@example.org").GetString("organisation"),
	})
	space := h.Record("spaces", "slug", "programme-board").Id
	thread := h.Record("threads", "title", "Does your impact check ask about carers?").Id
	save1(t, h, "memberships", map[string]any{"user": u.Id, "space": space, "role": "reader"})
	p := save1(t, h, "posts", map[string]any{"thread": thread, "author": u.Id, "body": "Words that stay: umbelliferous", "client_key": "erased", "by_role": "Nurse"})
	scan, err := library.Prepare(t.Context(), h.App, []byte("A scan of something."), "scan-of-erased.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := library.AttachToPost(h.App, p.Id, scan, func(a *library.Attachment) { a.Set("author", u.Id) }); err != nil {
		t.Fatal(err)
	}
	save1(t, h, "invitations", map[string]any{"email": strings.ToUpper(erasedEmail), "name": erasedName, "role": "member", "hash": "erased"})
	save1(t, h, "join_requests", map[string]any{"email": erasedEmail, "name": erasedName, "state": "accepted", "person": u.Id})
	h.Row("flags", map[string]any{"subject": "posts", "record": "somepost1234567", "reason": "other", "reporter": u.Id, "reporter_key": "key", "state": "open"})
	entry := save1(t, h, "champions", map[string]any{"person": u.Id, "place": h.Record("places", "slug", "leeds").Id, "level": "board", "setting": "nhs", "role": erasedTitle, "helps": erasedName + " helps", "shown": true, "show_name": true})
	save1(t, h, "champion_messages", map[string]any{"champion": entry.Id, "author": h.Record("users", "email", "member@example.org").Id, "words": "Dear " + erasedName})
	save1(t, h, "champion_messages", map[string]any{"champion": h.Record("champions", "level", "clinical").Id, "author": u.Id, "words": "I am " + erasedName})
	save1(t, h, "assessments", map[string]any{"document": h.Record("documents", "slug", "impact-check").Id, "author": u.Id, "state": "draft", "answers": map[string]string{"change": erasedName + " moves"}})
	for key, values := range map[string]map[string]any{
		"to them": {"to": erasedEmail, "person": u.Id, "subject": "Hello " + erasedName}, "before": {"to": erasedEmail, "subject": "An invitation"},
		"to another": {"to": "lead@example.org", "subject": erasedName + " answered", "text": erasedName + " said", "html": "<b>" + erasedName + "</b>"},
	} {
		values["key"], values["state"], values["kind"] = key, "failed", "test"
		save1(t, h, "outbox", values)
	}
	if _, err := member.OpenSession(h.App, u, "a browser"); err != nil {
		t.Fatal(err)
	}
	return u
}

func save1(t *testing.T, h *hubtest.Hub, collection string, values map[string]any) *core.Record {
	t.Helper()
	c, err := h.App.FindCollectionByNameOrId(collection)
	if err != nil {
		t.Fatal(err)
	}
	r := core.NewRecord(c)
	r.Load(values)
	if err := h.App.Save(r); err != nil {
		t.Fatalf("%s: %v", collection, err)
	}
	return r
}

// nowhere looks for a person through every exit of a hub.
func nowhere(t *testing.T, when string, h *hubtest.Hub) {
	t.Helper()
	h.Settle()
	thread := h.Record("threads", "title", "Does your impact check ask about carers?").Id
	admin, guest := h.As("admin"), h.Guest()
	pages := []string{
		"/discussions/" + thread, "/discussions", "/search?q=Quillfeather", "/search.json?q=Zebedee", "/search.csv?q=Quillfeather", "/-/suggest?q=Quillf",
		"/manage/audit", "/manage/audit?kind=users", "/manage/audit.csv", "/manage/mail", "/manage", "/spaces/programme-board", "/champions", "/champions.csv", "/self-checks", "/",
	}
	if left, err := filepath.Glob(filepath.Join(h.App.DataDir(), "storage", "*", "*", "scan-of-erased*")); err != nil || len(left) > 0 {
		t.Errorf("%s: %v lies there", when, left)
	}
	if n, err := h.App.CountRecords("attachments", dbx.HashExp{"name": "scan-of-erased.txt"}); n > 0 || err != nil {
		t.Errorf("%s: %d files of posts stayed: %v", when, n, err)
	}
	answers := map[string]string{}
	for _, p := range pages {
		answers["admin "+p], answers["guest "+p] = admin.Get(p).Body, guest.Get(p).Body
	}
	for _, p := range []string{
		"/api/collections/users/records?perPage=500", "/api/collections/posts/records?perPage=500&expand=author", "/api/hub/search?q=Quillfeather",
		"/api/collections/users/records?filter=" + url.QueryEscape("name~'Quillfeather'"),
	} {
		answers["admin "+p] = admin.REST("GET", p, nil).Body
	}
	for exit, body := range answers {
		// What was asked for stands in the search box.
		for _, word := range []string{erasedName, erasedEmail, erasedTitle} {
			if strings.Contains(body, word) {
				t.Errorf("%s: %s says %q", when, exit, word)
			}
		}
	}
	if a := admin.REST("GET", "/api/collections/posts/records?filter="+url.QueryEscape("client_key='erased'"), nil); !strings.Contains(a.Body, "umbelliferous") {
		t.Errorf("%s: what they wrote is gone: %s", when, a.Body)
	}
}

// notInFiles reads every file of a folder for traces, as somebody with the disk could.
func notInFiles(t *testing.T, when, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(name)
		for _, word := range []string{"Quillfeather", "quillfeather", "QUILLFEATHER", "Quillmaster"} {
			if i := bytes.Index(raw, []byte(word)); i >= 0 {
				t.Errorf("%s: %s still holds %q: %q", when, filepath.Base(name), word, raw[max(0, i-60):min(len(raw), i+60)])
				break
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestD04ErasedEverywhereAndAfterARestore backs up, erases, and restores the backup of before, in both ways in which the
// list of the erased gets there: beside the backup, and in the folder that is replaced.
func TestD04ErasedEverywhereAndAfterARestore(t *testing.T) {
	h := hubtest.New(t)
	u := someone(t, h)
	h.Settle()
	backups := t.TempDir()
	old := filepath.Join(backups, "old.zip")
	if _, err := hub.Backup(h.App, old, "test"); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(backups, "*")); len(left) != 1 {
		t.Errorf("nobody was erased, and beside the backup lie %v", left)
	}
	admin := h.As("admin")
	if body := admin.Get("/discussions/" + h.Record("threads", "title", "Does your impact check ask about carers?").Id).Body; !strings.Contains(body, erasedName) {
		t.Fatal("the name is nowhere to begin with")
	}

	if a := admin.Post("/manage/people/"+u.Id+"/erase", url.Values{"sure": {"yes"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	h.Settle()
	nowhere(t, "after erasing", h)
	if f := h.Record("flags", "record", "somepost1234567"); f.GetString("reporter") != "" || f.GetString("reporter_key") == "key" {
		t.Errorf("the report still names them: %v", f.FieldsData())
	}
	if err := hub.Settle(h.App); err != nil {
		t.Fatal(err)
	}
	notInFiles(t, "after erasing", h.Dir)
	list, err := os.ReadFile(filepath.Join(h.Dir, "erased.list"))
	if want := fmt.Sprintf("%s %s\n", u.Id, time.Now().UTC().Format(time.DateOnly)); err != nil || string(list) != want {
		t.Errorf("the list says %q, not %q: %v", list, want, err)
	}

	// Another hub's list lies there already: nothing is taken out of it.
	beside := filepath.Join(backups, "erased.list")
	if err := os.WriteFile(beside, []byte("anotherhubsperson 2025-01-01\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := hub.Backup(h.App, filepath.Join(backups, "new.zip"), "test"); err != nil {
		t.Fatal(err)
	}
	if merged, _ := os.ReadFile(beside); string(merged) != "anotherhubsperson 2025-01-01\n"+string(list) {
		t.Errorf("beside the backup the list says %q", merged)
	}
	notInFiles(t, "in the new backup", unpacked(t, filepath.Join(backups, "new.zip")))
	h.Stop()

	elsewhere := filepath.Join(t.TempDir(), "pb_data")
	r, err := hub.Restore(old, elsewhere)
	if err != nil || r.ErasedAgain != 1 {
		t.Fatalf("beside the backup: %+v, %v", r, err)
	}
	notInFiles(t, "restored with the list beside the backup", elsewhere)
	again := hubtest.New(t, hubtest.In(elsewhere))
	nowhere(t, "restored with the list beside the backup", again)
	if _, err := journal.Verify(again.App); err != nil {
		t.Error(err)
	}
	again.Stop()
	if kept, _ := os.ReadFile(filepath.Join(elsewhere, "erased.list")); !strings.Contains(string(kept), u.Id) {
		t.Errorf("the restored folder's list says %q", kept)
	}

	alone := filepath.Join(t.TempDir(), "old.zip")
	raw, err := os.ReadFile(old)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(alone, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	if r, err = hub.Restore(alone, h.Dir); err != nil || r.ErasedAgain != 1 || r.Kept == "" {
		t.Fatalf("in the folder that is replaced: %+v, %v", r, err)
	}
	nowhere(t, "restored over the folder with the list", hubtest.New(t, hubtest.In(h.Dir)))
}

func unpacked(t *testing.T, backup string) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := hub.Unpack(backup, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestWhoLeftIsOnTheListAfterACrash takes the list away, as if the program had ended before it was written.
func TestWhoLeftIsOnTheListAfterACrash(t *testing.T) {
	h := hubtest.New(t)
	u := someone(t, h)
	if err := member.Leave(h.App, u, u.Id); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(h.Dir, "erased.list")
	if raw, err := os.ReadFile(list); err != nil || !strings.HasPrefix(string(raw), u.Id+" ") {
		t.Fatalf("%q %v", raw, err)
	}
	if err := os.Remove(list); err != nil {
		t.Fatal(err)
	}
	h.Stop()
	h.Start()
	if raw, err := os.ReadFile(list); err != nil || !strings.HasPrefix(string(raw), u.Id+" ") {
		t.Errorf("after the next start: %q %v", raw, err)
	}
}
