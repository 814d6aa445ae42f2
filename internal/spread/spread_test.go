package spread_test

import (
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/member"
	"commonplace/internal/spread"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

func TestMain(m *testing.M) { hubtest.Main(m) }

const adoptions = "/api/collections/adoptions/records"

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

func add(t testing.TB, app core.App, collection string, values map[string]any) *core.Record {
	t.Helper()
	r := fresh(t, app, collection, values)
	if err := app.Save(r); err != nil {
		t.Fatalf("%s: %v", collection, err)
	}
	return r
}

// study is a case study that is out, in a space.
func study(t testing.TB, h *hubtest.Hub, title, space string) *core.Record {
	t.Helper()
	return add(t, h.App, "documents", map[string]any{
		"kind": "case-study", "title": title, "summary": "A summary.", "challenge": "- a", "action": "- b", "result": "- c", "contact_role": "Lead",
		"places": []string{place(h, "leeds")}, "space": h.Record("spaces", "slug", space).Id, "state": "published",
	})
}

func place(h *hubtest.Hub, slug string) string { return h.Record("places", "slug", slug).Id }

func user(h *hubtest.Hub, name string) *core.Record {
	return h.Record("users", "email", name+"@example.org")
}

func viewer(t testing.TB, app core.App, u *core.Record) *member.Viewer {
	t.Helper()
	v, err := member.For(app, u)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// signedIn signs each of the cast in once.
func signedIn(h *hubtest.Hub) func(name string) *hubtest.Client {
	clients := map[string]*hubtest.Client{}
	return func(name string) *hubtest.Client {
		if clients[name] == nil {
			clients[name] = h.As(name)
		}
		return clients[name]
	}
}

// TestRules holds what no way of saving gets round.
func TestRules(t *testing.T) {
	h := hubtest.New(t)
	practice := study(t, h, "A practice", "library")
	trust := add(t, h.App, "organisations", map[string]any{"name": "A trust", "slug": "a-trust"}).Id
	other := add(t, h.App, "organisations", map[string]any{"name": "Another trust", "slug": "another-trust"}).Id
	leeds := place(h, "leeds")
	handbook := h.Record("documents", "kind", "handbook").Id
	for _, c := range []struct {
		name   string
		values map[string]any
		faults string // the fields, "" when it is taken
	}{
		{"a place does it", map[string]any{"organisation": trust, "stage": "doing"}, ""},
		{"it says so twice", map[string]any{"organisation": trust, "stage": "trying"}, "document organisation place"},
		{"in another place", map[string]any{"organisation": trust, "stage": "trying", "place": place(h, "kirklees")}, ""},
		{"of another practice", map[string]any{"organisation": trust, "stage": "trying", "document": study(t, h, "Another practice", "library").Id}, ""},
		{"another organisation", map[string]any{"organisation": other, "stage": "looking"}, ""},
		{"no organisation", map[string]any{"stage": "looking"}, ""},
		{"somebody else of none, who is erased", map[string]any{"stage": "trying"}, ""},
		{"no stage", map[string]any{"place": place(h, "wakefield")}, "stage"},
		{"another stage", map[string]any{"place": place(h, "wakefield"), "stage": "pondering"}, "stage"},
		{"no place", map[string]any{"stage": "doing", "place": ""}, "place"},
		{"a place that is none", map[string]any{"stage": "doing", "place": "nothingnothing1"}, "place"},
		{"no document", map[string]any{"stage": "doing", "document": ""}, "document"},
		{"a document that is none", map[string]any{"stage": "doing", "document": "nothingnothing1"}, "document"},
		{"a handbook page", map[string]any{"stage": "doing", "document": handbook}, "document"},
		{"stopped, and why", map[string]any{"stage": "stopped", "place": place(h, "bradford"), "reason": "The money ended."}, ""},
		{"stopped, and no word why", map[string]any{"stage": "stopped", "place": place(h, "calderdale")}, "reason"},
		{"stopped, and only spaces", map[string]any{"stage": "stopped", "place": place(h, "calderdale"), "reason": " \n\t "}, "reason"},
		{"stopped, and why in the wrong field", map[string]any{"stage": "stopped", "place": place(h, "calderdale"), "result": "It did not help."}, "reason"},
		{"more than fits", map[string]any{"stage": "doing", "place": place(h, "calderdale"), "kept": strings.Repeat("k", 2001), "changed": strings.Repeat("é", 2001)}, "changed kept"},
		{"as much as fits", map[string]any{"stage": "doing", "place": place(h, "calderdale"), "kept": strings.Repeat("é", 2000)}, ""},
	} {
		r := fresh(t, h.App, "adoptions", map[string]any{"document": practice.Id, "place": leeds})
		r.Load(c.values)
		if got := faultsIn(t, h.App.Save(r)); got != c.faults {
			t.Errorf("%s: faults in %q, not in %q", c.name, got, c.faults)
		}
	}
	r := fresh(t, h.App, "adoptions", map[string]any{"document": practice.Id, "place": place(h, "wakefield"), "stage": "doing", "kept": "  the form \n", "space": "x", "access": "everybody"})
	if err := h.App.Save(r); err != nil {
		t.Fatal(err)
	}
	if r.GetString("kept") != "the form" || r.GetString("space") != practice.GetString("space") || r.GetString("access") != practice.GetString("access") {
		t.Errorf("it is kept as %v", r.FieldsData())
	}
}

// faultsIn are the fields that a save complains of, in order.
func faultsIn(t testing.TB, err error) string {
	t.Helper()
	var faults validation.Errors
	if err != nil && !errors.As(err, &faults) {
		t.Fatalf("not for a writer: %v", err)
	}
	var fields []string
	for f := range faults {
		fields = append(fields, f)
	}
	slices.Sort(fields)
	return strings.Join(fields, " ")
}

// TestStoppedAndStartedAgain follows one place through its stages; the last word counts, and each leaves its trace.
func TestStoppedAndStartedAgain(t *testing.T) {
	h := hubtest.New(t)
	practice := study(t, h, "A practice", "library")
	places, err := member.Places(h.App)
	if err != nil {
		t.Fatal(err)
	}
	_, from, err := journal.Range(h.App)
	if err != nil {
		t.Fatal(err)
	}
	r := fresh(t, h.App, "adoptions", map[string]any{"document": practice.Id, "place": place(h, "kirklees")})
	for _, step := range []struct{ stage, reason, want string }{
		{"looking", "", "Working in 1 of 6 places: Kirklees is looking at it"}, {"trying", "", "Working in 1 of 6 places: Kirklees is trying it"},
		{"doing", "", "Working in 2 of 6 places"}, {"stopped", "The money ended.", "Working in 1 of 6 places: Kirklees stopped, here is why"},
		{"trying", "", "Working in 1 of 6 places: Kirklees is trying it"}, {"doing", "", "Working in 2 of 6 places"},
	} {
		r.Load(map[string]any{"stage": step.stage, "reason": step.reason})
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
		list, err := spread.Of(h.App, viewer(t, h.App, nil), practice.Id)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d adoptions, %v", len(list), err)
		}
		if list[0].Reason != step.reason || list[0].PlaceSlug != "kirklees" || list[0].PlaceTitle != "Kirklees" || list[0].At.IsZero() {
			t.Errorf("%s: the ledger has %+v", step.stage, list[0])
		}
		if got := sentence(spread.Summarise(list, practice.GetStringSlice("places"), places)); got != step.want {
			t.Errorf("%s:\n got %s\nwant %s", step.stage, got, step.want)
		}
	}
	rows, err := journal.Of(h.App, "documents", practice.Id, from, 100)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(rows); n != 6 || rows[0].Kind() != "adoptions.create" || rows[5].Kind() != "adoptions.update" {
		t.Errorf("the journal has %d rows: %+v", n, rows)
	}
}

// TestWhoMaySpeak has people speak for themselves and for others over REST.
func TestWhoMaySpeak(t *testing.T) {
	h := hubtest.New(t)
	as := signedIn(h)
	trust := add(t, h.App, "organisations", map[string]any{"name": "A trust", "slug": "a-trust"}).Id
	own := func(name string) string { return user(h, name).GetString("organisation") }
	loner := user(h, "member2")
	loner.Set("organisation", "")
	if err := h.App.Save(loner); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who, space, claims string
		status             int
		organisation       string
	}{
		{"guest", "library", "", http.StatusBadRequest, ""},
		{"guest", "library", trust, http.StatusBadRequest, ""},
		{"member", "library", "", http.StatusOK, own("member")},
		{"member", "library", trust, http.StatusOK, own("member")},
		{"moderator", "library", trust, http.StatusOK, own("moderator")},
		{"partner", "library", trust, http.StatusOK, own("partner")}, // an editor is no reviewer
		{"lead", "library", "", http.StatusOK, own("lead")},
		{"lead", "library", trust, http.StatusOK, trust},
		{"admin", "library", trust, http.StatusOK, trust},
		{"member2", "library", "", http.StatusOK, ""},
		{"member2", "library", trust, http.StatusOK, ""},
		{"member", "passport-group", "", http.StatusOK, own("member")},
		{"member2", "passport-group", "", http.StatusBadRequest, ""},
		{"member", "programme-board", "", http.StatusBadRequest, ""},
		{"lead", "programme-board", trust, http.StatusOK, trust},
	} {
		practice := study(t, h, "Practice of "+c.who+c.space+c.claims, c.space)
		a := as(c.who).REST("POST", adoptions, map[string]any{
			"document": practice.Id, "place": place(h, "leeds"), "stage": "doing", "organisation": c.claims,
			"author": user(h, "admin").Id, "by_role": "Chief", "example": true,
		})
		if a.Status != c.status {
			t.Errorf("%s in %s for %q: %d %.200s", c.who, c.space, c.claims, a.Status, a.Body)
			continue
		}
		if c.status != http.StatusOK {
			continue
		}
		r, u := h.Record("adoptions", "document", practice.Id), user(h, c.who)
		if r.GetString("organisation") != c.organisation || r.GetString("author") != u.Id || r.GetString("by_role") != u.GetString("role_title") || r.GetBool("example") {
			t.Errorf("%s in %s for %q: it is %v", c.who, c.space, c.claims, r.FieldsData())
		}
	}
	for state, status := range map[string]int{"published": http.StatusOK, "withdrawn": http.StatusBadRequest, "draft": http.StatusBadRequest, "in-review": http.StatusBadRequest} {
		practice := study(t, h, "Practice that is "+state, "library")
		practice.Set("state", state)
		if err := h.App.Save(practice); err != nil {
			t.Fatal(err)
		}
		if a := as("lead").REST("POST", adoptions, map[string]any{"document": practice.Id, "place": place(h, "leeds"), "stage": "doing"}); a.Status != status {
			t.Errorf("of one that is %s: %d", state, a.Status)
		}
	}
	if err := spread.May(h.App, viewer(t, h.App, user(h, "admin")), "nothingnothing1"); err == nil {
		t.Error("what is not there may be adopted")
	}
}

// TestWhoMayChangeIt has others change what an organisation said.
func TestWhoMayChangeIt(t *testing.T) {
	h := hubtest.New(t)
	as := signedIn(h)
	practice := study(t, h, "A practice", "library")
	another := study(t, h, "Another practice", "library")
	partner := as("partner")
	id := partner.REST("POST", adoptions, map[string]any{"document": practice.Id, "place": place(h, "leeds"), "stage": "doing"}).ID(t)
	colleague := user(h, "member2") // of the same organisation from now on
	colleague.Set("organisation", user(h, "partner").GetString("organisation"))
	if err := h.App.Save(colleague); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who    string
		status int
	}{
		{"guest", http.StatusNotFound}, {"member", http.StatusForbidden}, {"moderator", http.StatusForbidden}, {"partner", http.StatusOK}, {"member2", http.StatusOK},
		{"lead", http.StatusOK}, {"admin", http.StatusOK},
	} {
		a := as(c.who).REST("PATCH", adoptions+"/"+id, map[string]any{
			"kept": "Said by " + c.who, "document": another.Id, "organisation": user(h, "member").GetString("organisation"), "author": user(h, "member").Id, "by_role": "Chief", "example": true,
		})
		r := h.Record("adoptions", "id", id)
		if a.Status != c.status || (r.GetString("kept") == "Said by "+c.who) != (c.status == http.StatusOK) {
			t.Errorf("%s: %d, and it says %q", c.who, a.Status, r.GetString("kept"))
		}
		if r.GetString("document") != practice.Id || r.GetString("author") != user(h, "partner").Id || r.GetString("organisation") != user(h, "partner").GetString("organisation") || r.GetString("by_role") != "Workforce lead" || r.GetBool("example") {
			t.Errorf("%s: it has become %v", c.who, r.FieldsData())
		}
		if a := as(c.who).REST("DELETE", adoptions+"/"+id, nil); a.Status < 400 {
			t.Errorf("%s deletes it: %d", c.who, a.Status)
		}
	}
	if a := partner.REST("PATCH", adoptions+"/"+id, map[string]any{"stage": "stopped"}); a.Status != http.StatusBadRequest || !strings.Contains(a.Body, "Say why you stopped") {
		t.Errorf("stopped without a word: %d %s", a.Status, a.Body)
	}
	practice.Set("state", "withdrawn")
	if err := h.App.Save(practice); err != nil {
		t.Fatal(err)
	}
	if a := partner.REST("PATCH", adoptions+"/"+id, map[string]any{"kept": "Too late"}); a.Status != http.StatusBadRequest {
		t.Errorf("of a withdrawn practice: %d", a.Status)
	}
}

// TestAnotherDocumentLendsNoRights has the owner of a group change what an organisation said in the library, and a member
// what they said in a space that is closed to them now, by naming a document that they have rights on.
func TestAnotherDocumentLendsNoRights(t *testing.T) {
	h := hubtest.New(t)
	as := signedIn(h)
	owner := user(h, "member2")
	add(t, h.App, "memberships", map[string]any{"user": owner.Id, "space": h.Record("spaces", "slug", "passport-group").Id, "role": "owner"})
	owned := study(t, h, "Practice of the group", "passport-group")
	open := study(t, h, "Practice of everybody", "library")
	said := as("partner").REST("POST", adoptions, map[string]any{"document": open.Id, "place": place(h, "leeds"), "stage": "doing", "kept": "All"}).ID(t)
	if a := as("member2").REST("PATCH", adoptions+"/"+said, map[string]any{"document": owned.Id, "kept": "Nothing"}); a.Status != http.StatusForbidden {
		t.Errorf("the owner of a group: %d %s", a.Status, a.Body)
	}
	mine := as("member").REST("POST", adoptions, map[string]any{"document": owned.Id, "place": place(h, "leeds"), "stage": "doing", "kept": "All"}).ID(t)
	owned.Set("space", h.Record("spaces", "slug", "programme-board").Id)
	if err := h.App.Save(owned); err != nil {
		t.Fatal(err)
	}
	if a := as("member").REST("PATCH", adoptions+"/"+mine, map[string]any{"document": open.Id, "kept": "Nothing"}); a.Status != http.StatusBadRequest {
		t.Errorf("who was sent out: %d %s", a.Status, a.Body)
	}
	for _, id := range []string{said, mine} {
		if got := h.Record("adoptions", "id", id).GetString("kept"); got != "All" {
			t.Errorf("it says %q", got)
		}
	}
}

// TestOwnWordsOnly looks for what somebody's organisation has said. Two who belong to none are not one.
func TestOwnWordsOnly(t *testing.T) {
	h := hubtest.New(t)
	practice, leeds := study(t, h, "A practice", "library"), place(h, "leeds")
	own := func(u *core.Record) *core.Record {
		t.Helper()
		r, err := spread.Own(h.App, viewer(t, h.App, u), practice.Id, leeds)
		if err != nil || r.GetString("document") != practice.Id || r.GetString("place") != leeds {
			t.Fatalf("%v, %v", r, err)
		}
		return r
	}
	say := func(u *core.Record) *core.Record {
		t.Helper()
		r := own(u)
		r.Set("stage", "doing")
		spread.Sign(r, viewer(t, h.App, u))
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	partner, mel := user(h, "partner"), user(h, "member")
	if !own(partner).IsNew() {
		t.Error("nobody has said anything, and it is found")
	}
	said := say(partner)
	colleague := user(h, "member2")
	colleague.Set("organisation", partner.GetString("organisation"))
	if err := h.App.Save(colleague); err != nil {
		t.Fatal(err)
	}
	if own(partner).Id != said.Id || own(colleague).Id != said.Id || !own(mel).IsNew() {
		t.Error("it is not found by its organisation, or by another one")
	}
	for _, u := range []*core.Record{partner, mel} {
		u.Set("organisation", "")
		if err := h.App.Save(u); err != nil {
			t.Fatal(err)
		}
	}
	alone := say(partner)
	if alone.Id == said.Id || own(partner).Id != alone.Id {
		t.Error("who left an organisation speaks for it, or not for themselves")
	}
	if !own(mel).IsNew() {
		t.Error("somebody without an organisation is given another one's words")
	}
}

// TestWhoSeesIt follows an adoption with its case study from state to state and into another space.
func TestWhoSeesIt(t *testing.T) {
	h := hubtest.New(t)
	practice := study(t, h, "A practice", "library")
	add(t, h.App, "adoptions", map[string]any{"document": practice.Id, "place": place(h, "leeds"), "stage": "doing", "kept": "The form"})
	for _, c := range []struct{ space, state, seenBy string }{
		{"library", "published", "guest member2 member lead"}, {"library", "withdrawn", "guest member2 member lead"}, {"library", "draft", "lead"}, {"library", "in-review", "lead"},
		{"passport-group", "published", "member2 member lead"}, {"programme-board", "published", "lead"}, {"library", "published", "guest member2 member lead"},
	} {
		practice.Load(map[string]any{"space": h.Record("spaces", "slug", c.space).Id, "state": c.state})
		if err := h.App.Save(practice); err != nil {
			t.Fatal(err)
		}
		var seenBy []string
		for _, who := range []string{"guest", "member2", "member", "lead"} {
			var u *core.Record
			if who != "guest" {
				u = user(h, who)
			}
			of, err := spread.Of(h.App, viewer(t, h.App, u), practice.Id)
			if err != nil {
				t.Fatal(err)
			}
			all, err := spread.All(h.App, viewer(t, h.App, u))
			if err != nil || len(of)+len(all[practice.Id]) > 0 && !reflect.DeepEqual(all[practice.Id], of) {
				t.Errorf("%s: of all %v, of one %v, %v", who, all[practice.Id], of, err)
			}
			if len(of) == 1 && of[0].Kept == "The form" {
				seenBy = append(seenBy, who)
			}
		}
		if got := strings.Join(seenBy, " "); got != c.seenBy {
			t.Errorf("%s in %s is seen by %s, not by %s", c.state, c.space, got, c.seenBy)
		}
	}
}

// TestTheLedgerIsInThePlacesOrder, and in the order of saying within a place.
func TestTheLedgerIsInThePlacesOrder(t *testing.T) {
	h := hubtest.New(t)
	practice := study(t, h, "A practice", "library")
	trust := add(t, h.App, "organisations", map[string]any{"name": "A trust", "slug": "a-trust"}).Id
	for i, said := range []struct{ place, organisation string }{{"west-essex", ""}, {"leeds", trust}, {"leeds", ""}, {"bradford", ""}} {
		r := fresh(t, h.App, "adoptions", map[string]any{"document": practice.Id, "place": place(h, said.place), "organisation": said.organisation, "stage": "doing"})
		r.SetRaw("created", "2026-01-0"+string(rune('1'+i))+" 00:00:00.000Z")
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
	}
	list, err := spread.Of(h.App, viewer(t, h.App, nil), practice.Id)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, a := range list {
		order = append(order, a.PlaceSlug+"/"+a.Organisation)
	}
	if got := strings.Join(order, " "); got != "bradford/ leeds/A trust leeds/ west-essex/" {
		t.Errorf("the order is %s", got)
	}
}
