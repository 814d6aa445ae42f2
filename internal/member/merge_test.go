package member_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// pair is a partner that goes, with something of everything, and the one that stays.
type pair struct{ gone, stays *core.Record }

func newPair(t *testing.T, h *hubtest.Hub) pair {
	t.Helper()
	p := pair{
		gone:  add(t, h.App, "organisations", map[string]any{"name": "Numbat carers", "slug": "numbat", "summary": "They help.", "places": []string{h.Record("places", "slug", "leeds").Id}}),
		stays: add(t, h.App, "organisations", map[string]any{"name": "Quokka carers", "slug": "quokka", "contact_role": "Carers lead", "places": []string{h.Record("places", "slug", "wakefield").Id}}),
	}
	study := add(t, h.App, "documents", map[string]any{"kind": "guidance", "title": "Wombat guidance", "summary": "x", "body": "Words.", "state": "published", "organisation": p.gone.Id})
	person := add(t, h.App, "users", map[string]any{"email": "numbat@example.org", "name": "Person", "role": "member", "organisation": p.gone.Id, "password": "commonplace-demo", "passwordConfirm": "commonplace-demo"})
	thread := add(t, h.App, "threads", map[string]any{"title": "Bilby talk", "document": study.Id, "organisation": p.gone.Id, "author": person.Id})
	add(t, h.App, "posts", map[string]any{"thread": thread.Id, "body": "Potoroo words.", "organisation": p.gone.Id, "author": person.Id})
	passport := h.Record("documents", "key", "cs-wy-working-carers-passport").Id
	for place, organisations := range map[string][]string{"leeds": {p.gone.Id, p.stays.Id}, "kirklees": {p.gone.Id}} {
		for _, o := range organisations { // of those in Leeds one has to go
			add(t, h.App, "adoptions", map[string]any{"document": passport, "place": h.Record("places", "slug", place).Id, "organisation": o, "stage": "doing", "kept": "By " + o})
		}
	}
	add(t, h.App, "programmes", map[string]any{"title": "Numbat programme", "organisation": p.gone.Id})
	add(t, h.App, "groups", map[string]any{"title": "Numbat board", "kind": "board", "organisation": p.gone.Id})
	add(t, h.App, "invitations", map[string]any{"email": "new@example.org", "role": "member", "organisation": p.gone.Id, "hash": "numbat"})
	add(t, h.App, "approved_domains", map[string]any{"domain": "numbat.example.org", "organisation": p.gone.Id})
	return p
}

// pointing lists what points to a partner, read from every relation of every collection.
func pointing(t *testing.T, app core.App, id string) (all []string) {
	t.Helper()
	collections, err := app.FindAllCollections()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range collections {
		for _, f := range c.Fields {
			if f.Type() != core.FieldTypeRelation {
				continue
			}
			var n int
			err := app.DB().Select("COUNT(*)").From(c.Name).Where(dbx.NewExp("[["+f.GetName()+"]] LIKE {:id}", dbx.Params{"id": "%" + id + "%"})).Row(&n)
			if err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				all = append(all, fmt.Sprintf("%d %s", n, c.Name))
			}
		}
	}
	slices.Sort(all)
	return all
}

// TestMerge makes one partner of two: everything moves, search follows, the old address and the old name lead on.
func TestMerge(t *testing.T) {
	h := hubtest.New(t)
	p := newPair(t, h)
	h.Settle()
	before := pointing(t, h.App, p.gone.Id)
	if want := []string{"1 approved_domains", "1 documents", "1 groups", "1 invitations", "1 posts", "1 programmes", "1 threads", "1 users", "2 adoptions"}; !slices.Equal(before, want) {
		t.Fatalf("beforehand %v", before)
	}
	// It has moved once before, so it has an older address too.
	p.gone.Set("slug", "numbat-carers")
	if err := h.App.Save(p.gone); err != nil {
		t.Fatal(err)
	}
	admin := h.Record("users", "email", "admin@example.org").Id
	twice, err := member.SaidTwice(h.App, p.gone.Id, p.stays.Id)
	if err != nil || twice != 1 {
		t.Errorf("%d adoptions twice, %v", twice, err)
	}
	moved, err := member.Merge(h.App, admin, p.gone.Id, p.stays.Id)
	if err != nil {
		t.Fatal(err)
	}
	if says := member.SayUses(moved); !strings.Contains(says, "2 “we do this too”") || !strings.Contains(says, "1 person") {
		t.Errorf("it moved %s", says)
	}
	if left := pointing(t, h.App, p.gone.Id); len(left) > 0 {
		t.Errorf("still there: %v", left)
	}
	after := pointing(t, h.App, p.stays.Id)
	if want := []string{"1 approved_domains", "1 documents", "1 groups", "1 invitations", "1 posts", "1 programmes", "1 threads", "1 users", "2 adoptions"}; !slices.Equal(after, want) {
		t.Errorf("afterwards %v", after)
	}
	now := h.Record("organisations", "id", p.stays.Id)
	if now.GetString("summary") != "They help." || now.GetString("contact_role") != "Carers lead" || len(now.GetStringSlice("places")) != 2 {
		t.Errorf("what stays says %v", now.FieldsData())
	}
	v, err := member.Guest(h.App)
	if err != nil {
		t.Fatal(err)
	}
	for _, old := range []string{"/partners/numbat", "/partners/numbat-carers"} {
		if to, err := member.MovedTo(h.App, v, old); to != "/partners/quokka" || err != nil {
			t.Errorf("%s leads to %q, %v", old, to, err)
		}
	}
	for _, name := range []string{"Numbat carers", "numbat  CARERS", "Quokka carers"} {
		if r, err := member.OrganisationNamed(h.App, name, "numbat-again"); err != nil || r.Id != p.stays.Id {
			t.Errorf("%q is %v, %v", name, r, err)
		}
	}
	revisions(t, h, p)
	h.Settle()
	guest := h.Guest()
	for q, finds := range map[string]string{
		"q=Numbat+carers&kind=partner": "/partners/quokka", "organisation=quokka&q=wombat": "/guidance/wombat-guidance",
		"organisation=quokka&q=potoroo": "/discussions/", "organisation=quokka&kind=group": "/groups/numbat-board", "organisation=quokka&kind=programme": "/programmes/numbat-programme",
	} {
		if a := guest.Get("/search.json?" + q); !strings.Contains(a.Body, finds) {
			t.Errorf("%s does not find %s: %s", q, finds, a.Body)
		}
	}
	if a := guest.Get("/search.json?organisation=numbat-carers"); !strings.Contains(a.Body, `"total":0`) {
		t.Errorf("the old partner is found: %s", a.Body)
	}
	rows, err := journal.After(h.App, 0, 100000)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(rows, func(r journal.Row) bool { return r.Kind() == "organisations.merge" })
	if i < 0 || rows[i].Actor != admin || rows[i].Record != p.gone.Id || rows[i].Parent != p.stays.Id {
		t.Errorf("the journal says nothing of it")
	}
}

// revisions that named the partner name the other: an old one can be put back.
func revisions(t *testing.T, h *hubtest.Hub, p pair) {
	t.Helper()
	var contents []string
	if err := h.App.DB().Select("content").From("revisions").Where(dbx.HashExp{"document": h.Record("documents", "title", "Wombat guidance").Id}).Column(&contents); err != nil || len(contents) == 0 {
		t.Fatalf("%d revisions, %v", len(contents), err)
	}
	for _, raw := range contents {
		var content map[string]any
		if err := json.Unmarshal([]byte(raw), &content); err != nil || content["organisation"] != p.stays.Id {
			t.Errorf("a revision names %v, %v", content["organisation"], err)
		}
	}
}

// TestMergeIsAllOrNothing: when something refuses on the way, everything is as it was.
func TestMergeIsAllOrNothing(t *testing.T) {
	h := hubtest.New(t)
	p := newPair(t, h)
	before := pointing(t, h.App, p.gone.Id)
	refuse := errors.New("not now")
	h.App.OnRecordUpdate("organisations").BindFunc(func(*core.RecordEvent) error { return refuse })
	if _, err := member.Merge(h.App, "", p.gone.Id, p.stays.Id); !errors.Is(err, refuse) {
		t.Fatalf("%v", err)
	}
	if after := pointing(t, h.App, p.gone.Id); !slices.Equal(before, after) {
		t.Errorf("%v and then %v", before, after)
	}
	if a := h.Guest().Get("/partners/numbat"); a.Status != 200 {
		t.Errorf("its page answers %d", a.Status)
	}
	for _, into := range []string{p.gone.Id, "nobody", ""} {
		if _, err := member.Merge(h.App, "", p.gone.Id, into); err == nil {
			t.Errorf("merged into %q", into)
		}
	}
}

// TestMergeCountsEverything: the page says how many things will move before anything does, and the page of the one that
// stays is new to guests at once.
func TestMergePage(t *testing.T) {
	h := hubtest.New(t)
	p := newPair(t, h)
	h.Settle()
	admin, guest := h.As("admin"), h.Guest()
	if a := guest.Get("/partners/quokka"); a.Status != 200 || strings.Contains(a.Body, "Wombat guidance") {
		t.Fatalf("%d, or it has what it has not yet", a.Status)
	}
	a := admin.Get("/manage/partners/" + p.gone.Id + "/merge?into=" + p.stays.Id)
	for _, says := range []string{"1 person", "1 document", "1 discussion", "1 post", "2 “we do this too”", "1 group", "1 programme", "1 invitation", "1 approved domain", "1 time both partners said"} {
		if !strings.Contains(a.Body, says) {
			t.Errorf("it does not say %q", says)
		}
	}
	if a := admin.Post("/manage/partners/"+p.gone.Id+"/merge", url.Values{"into": {p.stays.Id}}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	h.Settle()
	if a := guest.Get("/partners/quokka"); !strings.Contains(a.Body, "Wombat guidance") || !strings.Contains(a.Body, "Formerly Numbat carers") {
		t.Errorf("its page has not followed")
	}
}
