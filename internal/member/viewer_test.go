package member_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// rightsTable says what each person may do in each kind of space, by the membership they have in it. It is meant to be
// read beside CONTRIBUTING; a dash means nothing at all.
//
//	l  knows that the space exists           p  posts, opens threads, adopts
//	r  reads what is out                     w  writes and publishes
//	m  reads own work that is not out        e  changes an own document
//	o  reads others' work that is not out    c  changes a document of the own organisation
//	h  reads what moderators hid             x  changes anybody's
//	                                         v  approves      d  moderates
const rightsTable = `
space         person         none        reader   editor     owner
library       guest          lr          lr       lr         lr
library       suspended      lr          lr       lr         lr
library       operator       lr          lr       lr         lr
library       member         lrmp        lrmp     lrmpwec    lrmohpwecxvd
library       moderator      lrmhpd      lrmhpd   lrmhpwecd  lrmohpwecxvd
library       lead           lrmohpwecxvd lrmohpwecxvd lrmohpwecxvd lrmohpwecxvd
library       administrator  lrmohpwecxvd lrmohpwecxvd lrmohpwecxvd lrmohpwecxvd

open          guest          lr          lr       lr         lr
open          suspended      lr          lr       lr         lr
open          operator       lr          lr       lr         lr
open          member         lrmp        lrmp     lrmpwec    lrmohpwecxvd
open          moderator      lrmhpd      lrmhpd   lrmhpwecd  lrmohpwecxvd
open          lead           lrmp        lrmp     lrmpwec    lrmohpwecxvd
open          administrator  lrmohpwecxvd lrmohpwecxvd lrmohpwecxvd lrmohpwecxvd

restricted    guest          -           -        -          -
restricted    suspended      -           -        -          -
restricted    operator       -           -        -          -
restricted    member         lrm         lrmp     lrmpwec    lrmohpwecxvd
restricted    moderator      lrmhd       lrmhpd   lrmhpwecd  lrmohpwecxvd
restricted    lead           lrm         lrmp     lrmpwec    lrmohpwecxvd
restricted    administrator  lrmohpwecxvd lrmohpwecxvd lrmohpwecxvd lrmohpwecxvd

private       guest          -           -        -          -
private       suspended      -           -        -          -
private       operator       -           -        -          -
private       member         l           lrmp     lrmpwec    lrmohpwecxvd
private       moderator      l           lrmhpd   lrmhpwecd  lrmohpwecxvd
private       lead           l           lrmp     lrmpwec    lrmohpwecxvd
private       administrator  lrmohpwecxvd lrmohpwecxvd lrmohpwecxvd lrmohpwecxvd

confidential  guest          -           -        -          -
confidential  suspended      -           -        -          -
confidential  operator       -           -        -          -
confidential  member         -           lrmp     lrmpwec    lrmohpwecxvd
confidential  moderator      -           lrmhpd   lrmhpwecd  lrmohpwecxvd
confidential  lead           -           lrmp     lrmpwec    lrmohpwecxvd
confidential  administrator  lrmohpwecxvd lrmohpwecxvd lrmohpwecxvd lrmohpwecxvd
`

// world is a space of each level, and whoever is asked for.
type world struct {
	t            *testing.T
	app          core.App
	spaces       map[string]*member.Space
	people       map[string]*core.Record
	organisation string
}

var (
	levels      = []string{"library", "open", "restricted", "private", "confidential"}
	persons     = []string{"guest", "suspended", "operator", "member", "moderator", "lead", "administrator"}
	memberships = []string{"none", "reader", "editor", "owner"}
)

func newWorld(t *testing.T) *world {
	app := hubtest.New(t, hubtest.Empty()).App
	w := &world{t: t, app: app, spaces: map[string]*member.Space{}, people: map[string]*core.Record{}}
	w.organisation = add(t, app, "organisations", map[string]any{"name": "A trust", "slug": "a-trust"}).Id
	for _, level := range levels {
		slug := level
		if level != member.LibrarySlug {
			slug = "a-" + level + "-space"
			add(t, app, "spaces", map[string]any{"slug": slug, "title": level, "level": level})
		}
		s, err := member.SpaceBySlug(app, slug)
		if err != nil {
			t.Fatal(err)
		}
		w.spaces[level] = s
	}
	return w
}

// of is somebody such as "moderator reader": a role in the hub, and one membership in every space.
func (w *world) of(who string) *core.Record {
	w.t.Helper()
	if _, known := w.people[who]; !known {
		role, membership, _ := strings.Cut(who, " ")
		w.people[who] = w.somebody(w.t, role, membership)
	}
	return w.people[who]
}

func (w *world) somebody(t *testing.T, who, membership string) *core.Record {
	t.Helper()
	switch who {
	case "guest":
		return nil
	case "operator":
		return add(t, w.app, core.CollectionNameSuperusers, map[string]any{"email": membership + "@example.net", "password": "a long password"})
	}
	role := who
	if who == "suspended" { // even an administrator
		role = member.RoleAdministrator
	}
	u := person(t, w.app, who+"-"+membership, role)
	u.Set("organisation", w.organisation)
	u.Set("suspended", who == "suspended")
	if err := w.app.Save(u); err != nil {
		t.Fatal(err)
	}
	if membership != "none" {
		for _, s := range w.spaces {
			add(t, w.app, "memberships", map[string]any{"user": u.Id, "space": s.Id, "role": membership})
		}
	}
	return u
}

// letters asks the viewer everything that the table knows.
func letters(v *member.Viewer, s *member.Space, organisation string) string {
	var b strings.Builder
	for _, may := range []struct {
		letter string
		is     bool
	}{
		{"l", v.Lists(s)},
		{"r", v.Sees(s.Id, "published", "somebody") && v.Sees(s.Id, "withdrawn", "somebody")},
		{"m", v.Sees(s.Id, "draft", v.ID()) && v.Sees(s.Id, "in-review", v.ID())},
		{"o", v.Sees(s.Id, "draft", "somebody") && v.Sees(s.Id, "in-review", "somebody")},
		{"h", v.Sees(s.Id, "hidden", "somebody")},
		{"p", v.MayPost(s.Id)},
		{"w", v.MayWrite(s.Id)},
		{"e", v.MayEdit(s.Id, v.ID(), "")},
		{"c", v.MayEdit(s.Id, "somebody", organisation)},
		{"x", v.MayEdit(s.Id, "somebody", "another")},
		{"v", v.MayReview(s.Id)},
		{"d", v.MayModerate(s.Id)},
	} {
		if may.is {
			b.WriteString(may.letter)
		}
	}
	if b.Len() == 0 {
		return "-"
	}
	return b.String()
}

// TestRights asks for every space level, person and membership.
func TestRights(t *testing.T) {
	w := newWorld(t)
	t.Run("the table", func(t *testing.T) { theTable(t, w) })
	t.Run("what a query finds is what may be seen", func(t *testing.T) { queries(t, w) })
	t.Run("the spaces one may know of", func(t *testing.T) { lists(t, w) })
}

func theTable(t *testing.T, w *world) {
	seen := 0
	for _, line := range strings.Split(rightsTable, "\n") {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "space" {
			continue
		}
		for i, membership := range memberships {
			who := f[1] + " " + membership
			if got, want := letters(viewer(t, w.app, w.of(who)), w.spaces[f[0]], w.organisation), f[2+i]; got != want {
				t.Errorf("%s in the %s space: %s, not %s", who, f[0], got, want)
			}
			seen++
		}
	}
	if want := len(levels) * len(persons) * len(memberships); seen != want {
		t.Errorf("the table has %d cells, not %d", seen, want)
	}
}

// queries holds the three ways of asking together: one thing, the keys of a search, and a condition in SQL.
func queries(t *testing.T, w *world) {
	authors := []*core.Record{person(t, w.app, "somebody-else", member.RoleMember)}
	for _, p := range persons[3:] {
		authors = append(authors, w.of(p+" none"), w.of(p+" reader"))
	}
	for level, s := range w.spaces {
		for _, state := range []string{"draft", "in-review", "published", "withdrawn"} {
			for _, author := range authors {
				title := fmt.Sprint(level, " ", state, " ", author.GetString("name"))
				add(t, w.app, "documents", map[string]any{
					"kind": "guidance", "title": title, "space": s.Id, "state": state, "author": author.Id, "body": "Words.", "summary": "A summary.",
				})
			}
		}
	}
	everything, err := w.app.FindAllRecords("documents")
	if err != nil || len(everything) != len(levels)*4*len(authors) {
		t.Fatalf("%d documents, %v", len(everything), err)
	}
	for _, p := range persons {
		for _, membership := range memberships {
			asked(t, w, p+" "+membership, everything)
		}
	}
}

// asked compares the answers that one person gets.
func asked(t *testing.T, w *world, who string, everything []*core.Record) {
	v := viewer(t, w.app, w.of(who))
	held, found := v.Keys(), titles(t, w.app, v)
	if !slices.IsSorted(held) {
		t.Errorf("%s: the keys are not in order", who)
	}
	var seen []string
	for _, d := range everything {
		space, state, author := d.GetString("space"), d.GetString("state"), d.GetString("author")
		if v.Sees(space, state, author) {
			seen = append(seen, d.GetString("title"))
		}
		if got, want := slices.Contains(held, d.GetString("access")), v.Sees(space, state, "somebody"); got != want {
			t.Errorf("%s holds the key of %s: %v", who, d.GetString("title"), got)
		}
	}
	slices.Sort(seen)
	if !slices.Equal(found, seen) {
		t.Errorf("%s finds %d, and may see %d:\n%v\n%v", who, len(found), len(seen), found, seen)
	}
}

func titles(t *testing.T, app core.App, v *member.Viewer) []string {
	t.Helper()
	var records []*core.Record
	if err := app.RecordQuery("documents").AndWhere(v.Where("documents.")).OrderBy("title").All(&records); err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, r := range records {
		found = append(found, r.GetString("title"))
	}
	slices.Sort(found)
	return found
}

// TestWhoSomebodyIs reads what a viewer says of itself.
func TestWhoSomebodyIs(t *testing.T) {
	h := hubtest.New(t)
	guest, err := member.Guest(h.App)
	if err != nil {
		t.Fatal(err)
	}
	lead := viewer(t, h.App, h.Record("users", "email", "lead@example.org"))
	for _, c := range []struct {
		who                    string
		v                      *member.Viewer
		signedIn               bool
		id, name, organisation string
		roles                  []string
	}{
		{"a guest", guest, false, "", "", "", nil},
		{"an operator", viewer(t, h.App, h.Record(core.CollectionNameSuperusers, "email", "operator@example.org")), false, "", "", "", nil},
		{"the lead", lead, true, h.Record("users", "email", "lead@example.org").Id, "Lee Lead", h.Record("organisations", "name", "Kirklees partner (example)").Id, []string{member.RoleLead}},
	} {
		if c.v.SignedIn() != c.signedIn || c.v.ID() != c.id || c.v.Name() != c.name || c.v.Organisation() != c.organisation || (c.v.User() != nil) != c.signedIn {
			t.Errorf("%s is %v %q %q %q", c.who, c.v.SignedIn(), c.v.ID(), c.v.Name(), c.v.Organisation())
		}
		for _, role := range []string{member.RoleMember, member.RoleLead, member.RoleModerator, member.RoleAdministrator, ""} {
			if got := c.v.Is(role); got != slices.Contains(c.roles, role) {
				t.Errorf("%s has the role %q: %v", c.who, role, got)
			}
		}
	}
	if !lead.Is(member.RoleAdministrator, member.RoleLead) {
		t.Error("one of two roles is not enough")
	}
	if lead.Library() != h.Record("spaces", "slug", "library").Id || guest.Library() != lead.Library() {
		t.Error("the library is not known")
	}
}

// TestNobodysThingsAreNotAGuests covers what has neither author nor organisation, as what the hub was shipped with.
func TestNobodysThingsAreNotAGuests(t *testing.T) {
	w := newWorld(t)
	library := w.spaces["library"].Id
	editor := person(t, w.app, "editor-of-nowhere", member.RoleMember)
	add(t, w.app, "memberships", map[string]any{"user": editor.Id, "space": library, "role": "editor"})
	guest, alone := viewer(t, w.app, nil), viewer(t, w.app, editor)
	if guest.Sees(library, "draft", "") || guest.MayEdit(library, "", "") || guest.MayModerate(library) {
		t.Error("a guest is taken for the author of what has none")
	}
	if alone.MayEdit(library, "", "") {
		t.Error("two who belong to no organisation are taken for one organisation")
	}
	if !alone.MayEdit(library, editor.Id, "") {
		t.Error("an editor without an organisation cannot change their own")
	}
	for _, id := range []string{"", "nothingnothing1"} {
		admin := viewer(t, w.app, w.of("administrator owner"))
		if admin.In(id) != member.None || admin.Sees(id, "published", "somebody") || admin.MayPost(id) {
			t.Errorf("there is a right in the space %q", id)
		}
	}
	for _, state := range []string{"", "erased", "PUBLISHED"} {
		if viewer(t, w.app, w.of("administrator none")).Sees(library, state, "somebody") {
			t.Errorf("a thing in the state %q is seen", state)
		}
	}
	if own := w.of("member reader"); viewer(t, w.app, own).Sees(library, "hidden", own.Id) {
		t.Error("one's own is still seen when it was hidden")
	}
}

// TestAChangeOfRightsCountsAtOnce takes a membership, a role and a level away.
func TestAChangeOfRightsCountsAtOnce(t *testing.T) {
	w := newWorld(t)
	private := w.spaces["private"]
	u := w.of("member editor")
	if got := viewer(t, w.app, u).In(private.Id); got != member.Editor {
		t.Fatalf("to begin with: %v", got)
	}
	for _, m := range all(t, w.app, "memberships", "user", u.Id) {
		if m.GetString("space") != private.Id {
			continue
		}
		if err := w.app.Delete(m); err != nil {
			t.Fatal(err)
		}
	}
	if got := viewer(t, w.app, u).In(private.Id); got != member.None {
		t.Errorf("without the membership: %v", got)
	}
	private.Set("level", string(member.Open))
	if err := w.app.Save(private); err != nil {
		t.Fatal(err)
	}
	if got := viewer(t, w.app, u).In(private.Id); got != member.Reader {
		t.Errorf("in a space that was opened: %v", got)
	}
}

// lists has the library first, then by title, and never what one may not know of.
func lists(t *testing.T, w *world) {
	for who, want := range map[string]string{
		"guest none":         "library open",
		"operator none":      "library open",
		"suspended owner":    "library open",
		"member none":        "library open private restricted",
		"moderator none":     "library open private restricted",
		"member reader":      "library confidential open private restricted",
		"administrator none": "library confidential open private restricted",
	} {
		listed, err := member.ListedSpaces(w.app, viewer(t, w.app, w.of(who)))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range listed {
			got = append(got, strings.ToLower(s.Title()))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, not %s", who, got, want)
		}
	}
}
