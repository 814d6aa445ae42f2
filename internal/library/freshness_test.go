package library_test

import (
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
)

// TestCheckKeepsWhatIsBeingWritten: saying that a page is still correct leaves no revision, renders nothing, and takes
// nothing from who is writing on it.
func TestCheckKeepsWhatIsBeingWritten(t *testing.T) {
	h := hubtest.New(t)
	lead := h.Record("users", "email", "lead@example.org").Id
	d := mustSave(t, h.App, fresh(t, h.App, library.CaseStudy, complete(h.App, nil)))
	before := len(revisions(t, h, d))
	d.Set("title", "Being written")
	if _, err := library.SaveWork(h.App, d, lead); err != nil {
		t.Fatal(err)
	}
	d = reload(t, h.App, d)
	rendered := d.GetString("published_revision")
	if err := library.Check(h.App, d, lead, time.Time{}); err != nil {
		t.Fatal(err)
	}
	d = reload(t, h.App, d)
	today := time.Now().UTC().Truncate(24 * time.Hour)
	if !d.Reviewed().Equal(today) || !d.CheckBy().Equal(today.AddDate(0, 12, 0)) || d.GetString("published_revision") != rendered {
		t.Errorf("reviewed %v, next %v", d.Reviewed(), d.CheckBy())
	}
	if n := len(revisions(t, h, d)); n != before+1 {
		t.Errorf("%d revisions after %d and the work", n, before)
	}
	work, err := library.Work(h.App, d.Id)
	if err != nil || work == nil {
		t.Fatal("the work is gone", err)
	}
	if err := d.Apply(work); err != nil || d.Title() != "Being written" || !d.CheckBy().Equal(today.AddDate(0, 12, 0)) {
		t.Errorf("%v: the work says %q, %v", err, d.Title(), d.CheckBy())
	}
	rows, err := journal.Find(h.App, journal.Filter{About: d.Id, Verbs: []string{library.CheckVerb}}, 5)
	if err != nil || len(rows) != 1 || rows[0].Actor != lead {
		t.Errorf("%v %v", rows, err)
	}
}

func TestWhoMaySayThatAPageIsStillCorrect(t *testing.T) {
	h := hubtest.New(t)
	keeper := h.Record("users", "email", "member@example.org")
	d := fresh(t, h.App, library.CaseStudy, complete(h.App, map[string]any{"organisation": h.Record("users", "email", "partner@example.org").GetString("organisation")}))
	d.Set("owner", keeper.Id)
	d = mustSave(t, h.App, d)
	for who, may := range map[string]bool{"guest": false, "member": true, "member2": false, "moderator": false, "partner": true, "lead": true, "admin": true} {
		if got := d.Checkable(viewerOf(t, h, who)); got != may {
			t.Errorf("%s: %v", who, got)
		}
	}
	d.Set("state", library.Withdrawn)
	if d.Checkable(viewerOf(t, h, "admin")) {
		t.Error("what is withdrawn cannot be correct")
	}
}

func TestOwners(t *testing.T) {
	h := hubtest.New(t)
	id := func(name string) string { return h.Record("users", "email", name+"@example.org").Id }
	d := mustSave(t, h.App, fresh(t, h.App, library.CaseStudy, complete(h.App, map[string]any{"author": id("partner")})))
	if d.Owner() != id("partner") {
		t.Errorf("who writes a page keeps it at first, not %q", d.Owner())
	}
	secret := mustSave(t, h.App, fresh(t, h.App, library.CaseStudy, complete(h.App, map[string]any{"space": h.Record("spaces", "slug", "programme-board").Id, "author": id("member")})))
	if secret.Owner() != "" {
		t.Error("a page is kept by somebody who may not look into its space")
	}
	n, err := library.HandOver(h.App, []string{d.Id, secret.Id, "nothing"}, id("member2"), id("lead"))
	if n != 1 || err != nil || reload(t, h.App, d).Owner() != id("member2") || reload(t, h.App, secret).Owner() != "" {
		t.Errorf("%d handed over, %v", n, err)
	}
	u := h.Record("users", "email", "member@example.org")
	if err := member.Leave(h.App, u, u.Id); err != nil {
		t.Fatal(err)
	}
	if n, err := library.HandOver(h.App, []string{d.Id}, u.Id, ""); n != 0 || err != nil {
		t.Errorf("somebody who left was given %d pages, %v", n, err)
	}
	// A page of somebody who left can still be saved.
	d = reload(t, h.App, d)
	if _, err := h.App.DB().Update("documents", dbx.Params{"owner": u.Id}, dbx.HashExp{"id": d.Id}).Execute(); err != nil {
		t.Fatal(err)
	}
	d = reload(t, h.App, d)
	d.Set("title", "Changed")
	mustSave(t, h.App, d)
}

func TestCheckLinks(t *testing.T) {
	h := hubtest.New(t)
	u := h.Record("users", "email", "member@example.org")
	d := fresh(t, h.App, library.CaseStudy, complete(h.App, map[string]any{"check_by": "2027-01-31"}))
	d.Set("owner", u.Id)
	d = mustSave(t, h.App, d)
	other := fresh(t, h.App, library.CaseStudy, complete(h.App, map[string]any{"title": "Other", "check_by": "2027-01-31"}))
	other.Set("owner", u.Id)
	other = mustSave(t, h.App, other)
	token, err := library.CheckLink(u, d)
	if err != nil {
		t.Fatal(err)
	}
	holds := func(token string) bool {
		person, found, err := library.OpenCheckLink(h.App, token)
		return err == nil && person.Id == u.Id && found.Id == d.Id
	}
	if !holds(token) || !holds(token) {
		t.Fatal("it does not hold, or only once")
	}
	second, err := library.CheckLink(u, other)
	if err != nil || holds(second) {
		t.Error("it opens another page")
	}
	parts, parts2 := strings.Split(token, "."), strings.Split(second, ".")
	auth, err := u.NewAuthToken()
	if err != nil {
		t.Fatal(err)
	}
	none := strings.Join([]string{"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0", parts[1], ""}, ".")
	for what, bad := range map[string]string{"nothing": "", "words": "nothing", "another's sum": parts[0] + "." + parts[1] + "." + parts2[2], "cut": token[:len(token)-2], "a token of REST": auth, "no sum": none} {
		if holds(bad) {
			t.Errorf("%s opens it", what)
		}
	}
	if user, err := h.App.FindAuthRecordByToken(token); err == nil {
		t.Errorf("it signs %s in", user.Id)
	}
	u.Set("suspended", true)
	if err := h.App.Save(u); err != nil {
		t.Fatal(err)
	}
	if holds(token) {
		t.Error("it holds for somebody who is suspended")
	}
	u.Set("suspended", false)
	if err := h.App.Save(u); err != nil {
		t.Fatal(err)
	}
	if token, err = library.CheckLink(u, d); err != nil || !holds(token) {
		t.Fatal("a new one does not hold", err)
	}
	if n, err := library.HandOver(h.App, []string{d.Id}, h.Record("users", "email", "member2@example.org").Id, ""); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if holds(token) {
		t.Error("it holds for somebody who keeps the page no more")
	}
	if _, err := library.HandOver(h.App, []string{d.Id}, u.Id, ""); err != nil || !holds(token) {
		t.Error("it does not hold for who keeps it again")
	}
	if err := library.Check(h.App, reload(t, h.App, d), u.Id, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if holds(token) {
		t.Error("it holds after the page was checked")
	}
}
