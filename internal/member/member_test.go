package member_test

import (
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

func TestMain(m *testing.M) { hubtest.Main(m) }

// add saves a new record, or ends the test.
func add(t testing.TB, app core.App, collection string, values map[string]any) *core.Record {
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

// person adds somebody with a role in the hub.
func person(t testing.TB, app core.App, name, role string) *core.Record {
	t.Helper()
	return add(t, app, "users", map[string]any{
		"email": name + "@example.com", "name": name, "role": role, "verified": true, "password": "a long password", "passwordConfirm": "a long password",
	})
}

func viewer(t testing.TB, app core.App, user *core.Record) *member.Viewer {
	t.Helper()
	v, err := member.For(app, user)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestTheLibraryStays holds the one space that documents cannot do without.
func TestTheLibraryStays(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty()) // in a full hub its documents would hold it
	library := h.Record("spaces", "slug", member.LibrarySlug)
	if err := h.App.Delete(library); err == nil {
		t.Fatal("the library is deleted")
	}
	if _, err := member.Library(h.App); err != nil {
		t.Error("after the attempt:", err)
	}
	group := add(t, h.App, "spaces", map[string]any{"slug": "a-group", "title": "A group", "level": "private"})
	add(t, h.App, "memberships", map[string]any{"user": person(t, h.App, "somebody", member.RoleMember).Id, "space": group.Id, "role": "reader"})
	if err := h.App.Delete(group); err != nil {
		t.Error("another space stays:", err)
	}
	if left := all(t, h.App, "memberships", "space", group.Id); len(left) != 0 {
		t.Errorf("%d people belong to a space that is gone", len(left))
	}
}

func all(t testing.TB, app core.App, collection, field, value string) []*core.Record {
	t.Helper()
	found, err := app.FindRecordsByFilter(collection, field+" = {:value}", "", 0, 0, map[string]any{"value": value})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func save(t testing.TB, app core.App, r *core.Record) {
	t.Helper()
	if err := app.Save(r); err != nil {
		t.Fatalf("%s: %v", r.Collection().Name, err)
	}
}
