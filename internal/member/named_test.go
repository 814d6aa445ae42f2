package member_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// TestNamedPromises saves what people and programs write, past every form.
func TestNamedPromises(t *testing.T) {
	h := hubtest.New(t)
	for _, c := range []struct {
		collection string
		values     map[string]any
		wrong      []string // the fields that are refused
	}{
		{"organisations", map[string]any{"name": "A", "slug": "Not A Slug"}, []string{"slug"}},
		{"organisations", map[string]any{"name": "A", "slug": "a", "mailbox": "nobody", "website": "javascript:alert(1)", "source_page": "ftp://example.org/x"}, []string{"mailbox", "source_page", "website"}},
		{"organisations", map[string]any{"name": "  "}, []string{"name"}},
		{"organisations", map[string]any{"name": "CARERS in Hertfordshire"}, []string{"name"}},
		{"organisations", map[string]any{"name": "Another", "slug": "carers-in-hertfordshire"}, []string{"slug"}},
		{"places", map[string]any{"title": "Leeds", "slug": "leeds"}, []string{"slug"}},
		{"places", map[string]any{"title": "Selby", "council_page": "data:text/html,x"}, []string{"council_page"}},
		{"groups", map[string]any{"title": "Board"}, []string{"kind"}},
		{"groups", map[string]any{"title": "Board", "kind": "board", "mailbox": "a b@example.org"}, []string{"mailbox"}},
		{"decisions", map[string]any{"group": h.Record("groups", "slug", "clinical-forum").Id, "text": " \n "}, []string{"text"}},
		{"decisions", map[string]any{"group": h.Record("groups", "slug", "clinical-forum").Id, "text": "x", "source": "javascript:alert(1)"}, []string{"source"}},
		{"vocabulary", map[string]any{"list": "topic", "title": "dementia"}, []string{"title"}},
	} {
		err := h.App.Save(unsaved(t, h.App, c.collection, c.values))
		var faults validation.Errors
		if !errors.As(err, &faults) {
			t.Errorf("%s %v: %v", c.collection, c.values, err)
			continue
		}
		var fields []string
		for f := range faults {
			fields = append(fields, f)
		}
		slices.Sort(fields)
		if !slices.Equal(fields, c.wrong) {
			t.Errorf("%s %v: refused for %v", c.collection, c.values, faults)
		}
	}
	p := add(t, h.App, "organisations", map[string]any{"name": " Two\nlines \u202Eand\tmore ", "contact_role": "Lead\r\nof carers"})
	if p.GetString("name") != "Two lines and more" || p.GetString("contact_role") != "Lead of carers" || p.GetString("slug") != "two-lines-and-more" {
		t.Errorf("%v", p.FieldsData())
	}
	if again := add(t, h.App, "programmes", map[string]any{"title": "Workforce"}); again.GetString("slug") != "workforce-2" {
		t.Errorf("a second programme of that name stands at %s", again.GetString("slug"))
	}
}

func unsaved(t *testing.T, app core.App, collection string, values map[string]any) *core.Record {
	t.Helper()
	c, err := app.FindCollectionByNameOrId(collection)
	if err != nil {
		t.Fatal(err)
	}
	r := core.NewRecord(c)
	r.Load(values)
	return r
}

// TestOldAddresses follows things that have pages from address to address.
func TestOldAddresses(t *testing.T) {
	h := hubtest.New(t)
	for _, c := range []struct {
		collection, base string
		values           map[string]any
	}{
		{"organisations", "/partners/", map[string]any{"name": "First"}}, {"places", "/places/", map[string]any{"title": "First"}},
		{"programmes", "/programmes/", map[string]any{"title": "First"}}, {"groups", "/groups/", map[string]any{"title": "First", "kind": "forum"}},
		{"spaces", "/spaces/", map[string]any{"title": "First", "slug": "first", "level": "open"}},
	} {
		r := add(t, h.App, c.collection, c.values)
		for _, slug := range []string{"second", "third"} {
			r = h.Record(c.collection, "id", r.Id)
			r.Set("slug", slug)
			if err := h.App.Save(r); err != nil {
				t.Fatal(err)
			}
		}
		led := func(from string) string {
			to, err := member.MovedTo(h.App, viewer(t, h.App, nil), c.base+from)
			if err != nil {
				t.Fatal(err)
			}
			return to
		}
		if led("first") != c.base+"third" || led("second") != c.base+"third" || led("third") != "" || led("fourth") != "" {
			t.Errorf("%s: %q %q %q", c.collection, led("first"), led("second"), led("third"))
		}
		if a := h.Guest().Get(c.base + "first"); a.Status != 301 || a.Header.Get("Location") != c.base+"third" {
			t.Errorf("%sfirst answers %d %s", c.base, a.Status, a.Header.Get("Location"))
		}
		if found, err := member.BySlug(h.App, c.collection, "first"); err != nil || found.Id != r.Id {
			t.Errorf("%s first: %v %v", c.collection, found, err)
		}
		values := map[string]any{"slug": "second"}
		for k, v := range c.values {
			if k != "slug" {
				values[k] = v
			}
		}
		values["name"], values["title"] = "Other", "Other"
		if err := h.App.Save(unsaved(t, h.App, c.collection, values)); err == nil {
			t.Errorf("%s: another takes the address that leads on", c.collection)
		}
		r = h.Record(c.collection, "id", r.Id) // back to where it was
		r.Set("slug", "first")
		if err := h.App.Save(r); err != nil || led("first") != "" || led("third") != c.base+"first" {
			t.Errorf("%s: back, and third leads to %q, %v", c.collection, led("third"), err)
		}
	}
}

// TestOldAddressOfAHiddenSpace: an address leads nobody to a space that they may not know of.
func TestOldAddressOfAHiddenSpace(t *testing.T) {
	h := hubtest.New(t)
	for slug, level := range map[string]string{"quiet-one": "confidential", "shut-one": "private"} {
		r := add(t, h.App, "spaces", map[string]any{"title": "Quiet", "slug": slug, "level": level})
		r.Set("slug", slug+"-now")
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
	}
	for who, sees := range map[string]map[string]int{"guest": {"quiet-one": 404, "shut-one": 404}, "member": {"quiet-one": 404, "shut-one": 301}, "admin": {"quiet-one": 301, "shut-one": 301}} {
		c := h.As(who)
		for slug, status := range sees {
			a := c.Get("/spaces/" + slug)
			if a.Status != status || status == 404 && strings.Contains(a.Header.Get("Location")+a.Body, slug+"-now") {
				t.Errorf("%s asks for %s: %d %s", who, slug, a.Status, a.Header.Get("Location"))
			}
		}
	}
}

// TestUsedStays: what something points to is not deleted, whoever tries, and the refusal counts.
func TestUsedStays(t *testing.T) {
	h := hubtest.New(t)
	for collection, slug := range map[string]string{"organisations": "kirklees-partner-example", "places": "leeds", "programmes": "workforce", "groups": "hr-directors-of-the-acute-trusts", "vocabulary": "carers-passport"} {
		r := h.Record(collection, "slug", slug)
		err := h.App.Delete(r)
		var used *member.InUse
		if !errors.As(err, &used) || len(used.Uses) == 0 || !strings.Contains(used.Error(), "cannot be deleted, because it is still used: by ") {
			t.Errorf("%s %s: %v", collection, slug, err)
		}
		h.Record(collection, "slug", slug)
	}
	lone := add(t, h.App, "organisations", map[string]any{"name": "Nobody's"})
	if err := h.App.Delete(lone); err != nil {
		t.Error(err)
	}
}

// TestRenameIsFormer keeps the name that a partner had, once, and drops it when it comes back.
func TestRenameIsFormer(t *testing.T) {
	h := hubtest.New(t)
	r := add(t, h.App, "organisations", map[string]any{"name": "One"})
	rename := func(name string) []string {
		r = h.Record("organisations", "id", r.Id)
		r.Set("name", name)
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
		p, err := member.PartnerByID(h.App, r.Id)
		if err != nil {
			t.Fatal(err)
		}
		return p.Formerly()
	}
	for _, c := range []struct{ name, formerly string }{{"ONE", ""}, {"Two", "ONE"}, {"Three", "Two ONE"}, {"One", "Three Two"}, {"Two", "One Three"}} {
		if got := strings.Join(rename(c.name), " "); got != c.formerly {
			t.Errorf("%s was formerly %q, not %q", c.name, got, c.formerly)
		}
	}
	h.Settle()
	if a := h.Guest().Get("/search.json?q=three&kind=partner"); !strings.Contains(a.Body, "/partners/one") {
		t.Errorf("the old name does not find it: %s", a.Body)
	}
}

// TestNobodyWritesThroughREST: pages are the only way to change what everybody reads.
func TestNobodyWritesThroughREST(t *testing.T) {
	h := hubtest.New(t)
	for _, who := range []string{"guest", "member", "lead", "moderator", "admin"} {
		c := h.As(who)
		for collection, slug := range map[string]string{"organisations": "carers-first", "places": "leeds", "programmes": "workforce", "groups": "clinical-forum"} {
			id := h.Record(collection, "slug", slug).Id
			path := "/api/collections/" + collection + "/records"
			if a := c.REST("GET", path+"/"+id, nil); a.Status != 200 {
				t.Errorf("%s reads %s: %d", who, slug, a.Status)
			}
			for method, address := range map[string]string{"POST": path, "PATCH": path + "/" + id, "DELETE": path + "/" + id} {
				if a := c.REST(method, address, map[string]any{"name": "Mine", "title": "Mine", "slug": "mine", "kind": "forum"}); a.Status != 403 {
					t.Errorf("%s: %s %s answers %d", who, method, address, a.Status)
				}
			}
		}
	}
}
