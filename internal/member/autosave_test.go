package member_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"
)

func TestAutosave(t *testing.T) {
	h := hubtest.New(t)
	app, me, other := h.App, h.Record("users", "email", "partner@example.org").Id, h.Record("users", "email", "lead@example.org").Id
	const page = "/write/case-study"
	keep := func(person, window, from, title string) (*member.Autosave, error) {
		time.Sleep(2 * time.Millisecond) // the newest comes first, and a moment is a millisecond
		return member.KeepAutosave(app, member.Typing{Person: person, Address: page, Window: window, From: from, Form: url.Values{"title": {title}, "revision": {"7"}, "topics": {"a", "b"}}})
	}
	must := func(a *member.Autosave, err error) *member.Autosave {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	waiting := func(person string) string {
		t.Helper()
		all, err := member.Autosaves(app, person, page)
		if err != nil {
			t.Fatal(err)
		}
		var titles []string
		for _, a := range all {
			form, err := a.Form()
			if err != nil {
				t.Fatal(err)
			}
			titles = append(titles, form.Get("title"))
		}
		return strings.Join(titles, " ")
	}
	is := func(person, want string) {
		t.Helper()
		if got := waiting(person); got != want {
			t.Errorf("what waits is %q, not %q", got, want)
		}
	}

	first := must(keep(me, "window01", "", "one"))
	must(keep(me, "window01", "", "two"))
	is(me, "two")
	is(other, "")
	if form, err := must(member.AutosaveByID(app, me, first.Id)).Form(); err != nil || strings.Join(form["topics"], " ") != "a b" || first.Base() != 7 {
		t.Errorf("the form came back as %v (%v), base %d", form, err, first.Base())
	}
	if _, err := member.AutosaveByID(app, other, first.Id); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("somebody else finds it: %v", err)
	}
	if _, err := member.ThrowAutosave(app, other, first.Id); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("somebody else throws it away: %v", err)
	}

	// A second window keeps its own. What it took up goes, unless the first window went on typing.
	old := must(member.AutosaveByID(app, me, first.Id)).Mark()
	must(keep(me, "window01", "", "three"))
	must(keep(me, "window02", old, "beside"))
	is(me, "beside three")
	must(keep(me, "window03", must(member.AutosaveByID(app, me, first.Id)).Mark(), "instead"))
	is(me, "instead beside")
	if _, err := keep(me, "window01", "", "late"); !errors.Is(err, member.ErrAutosaveEnded) {
		t.Errorf("the window whose writing was taken up goes on as if nothing was: %v", err)
	}

	// Saving ends what the window kept, and a message that was under way begins nothing anew.
	if err := member.EndAutosave(app, member.Typing{Person: me, Address: page, Window: "window02"}); err != nil {
		t.Fatal(err)
	}
	if _, err := keep(me, "window02", "", "late"); !errors.Is(err, member.ErrAutosaveEnded) {
		t.Errorf("a late message: %v", err)
	}
	if err := member.EndAutosave(app, member.Typing{Person: me, Address: page, Window: "window04"}); err != nil {
		t.Fatal(err)
	}
	if _, err := keep(me, "window04", "", "late"); !errors.Is(err, member.ErrAutosaveEnded) {
		t.Errorf("the first message of a window comes after it was saved: %v", err)
	}
	is(me, "instead")
	var left int
	if err := app.DB().NewQuery("SELECT COUNT(*) FROM {{autosaves}} WHERE [[form]] LIKE '%beside%' OR [[form]] LIKE '%three%'").Row(&left); err != nil || left != 0 {
		t.Errorf("%d rows still hold words that were saved (%v)", left, err)
	}

	for _, bad := range []member.Typing{
		{Person: me, Address: "//elsewhere.example", Window: "window09"}, {Person: me, Address: "https://elsewhere.example/", Window: "window09"},
		{Person: me, Address: "/write?to=x", Window: "window09"}, {Person: me, Address: page, Window: "no"}, {Person: me, Address: page, Window: "window 9' --"},
	} {
		if _, err := member.KeepAutosave(app, bad); !errors.Is(err, member.ErrAutosave) {
			t.Errorf("%s in %q: %v", bad.Address, bad.Window, err)
		}
	}
	if _, err := keep(me, "window09", "", strings.Repeat("a", 1<<20)); err == nil {
		t.Error("a form of more than a megabyte is kept")
	}
	for i := range 60 {
		must(keep(me, fmt.Sprintf("many%04d", i), "", fmt.Sprint(i)))
	}
	if all, err := member.Autosaves(app, me, ""); err != nil || len(all) != 40 || waiting(me)[:2] != "59" {
		t.Errorf("%d are kept (%v)", len(all), err)
	}
}
