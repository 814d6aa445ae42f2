package site_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"commonplace/internal/hub"
	"commonplace/internal/hubtest"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"golang.org/x/net/html"
)

func TestMain(m *testing.M) { hubtest.Main(m) }

const passportPage = "/case-studies/a-passport-that-moves-with-you"

// sevenFields is the form of a case study with its seven fields, for the place with the given id. More goes on top.
func sevenFields(place, title string, more url.Values) url.Values {
	form := url.Values{
		"title": {title}, "summary": {"How a ward in Wakefield asked who looks after whom."},
		"challenge": {"Nobody asked\nCarers were not written down"}, "action": {"One question at each admission"},
		"result": {"Measured: 212 carers found\nIt takes a minute"}, "places": {place}, "contact_role": {"Carers lead"},
		"evidence": {"reported-by-partner"}, "do": {"save"},
	}
	maps.Copy(form, more)
	return form
}

// formOf reads the form of a page the way a browser would send it back: every field with what it holds.
func formOf(page hubtest.Answer) url.Values {
	form := url.Values{}
	main := page.Body
	if _, after, ok := strings.Cut(main, "<main"); ok {
		main = after
	}
	for n := range elements(parsed(main)) {
		name := attr(n, "name")
		if name == "" {
			continue
		}
		switch n.Data {
		case "textarea":
			text := ""
			if n.FirstChild != nil {
				text = n.FirstChild.Data
			}
			form.Add(name, strings.ReplaceAll(text, "\n", "\r\n"))
		case "input":
			_, checked := attrOK(n, "checked")
			if kind := attr(n, "type"); kind != "radio" && kind != "checkbox" || checked {
				form.Add(name, attr(n, "value"))
			}
		case "select":
			var sent *html.Node
			for o := range elements(n) {
				if _, chosen := attrOK(o, "selected"); o.Data == "option" && (chosen || sent == nil) {
					sent = o
				}
			}
			if sent != nil {
				form.Add(name, attr(sent, "value"))
			}
		}
	}
	return form
}

// faultsOn are the sentences of a page's list of errors, each with where it leads.
func faultsOn(page hubtest.Answer) map[string]string {
	faults := map[string]string{}
	for n := range elements(parsed(page.Body)) {
		if strings.Contains(attr(n, "class"), "error-summary__list") {
			for a := range elements(n) {
				if a.Data == "a" {
					faults[strings.TrimPrefix(attr(a, "href"), "#")] = textOf(a)
				}
			}
		}
	}
	return faults
}

// another adds somebody to the cast: the same password, another organisation, and a role in the library.
func another(t *testing.T, h *hubtest.Hub, name, organisation, role string) *core.Record {
	t.Helper()
	o := make1(t, h, "organisations", map[string]any{"name": organisation, "slug": name + "-organisation"})
	u := make1(t, h, "users", map[string]any{
		"email": name + "@example.org", "name": "Nat " + name, "role_title": "Nurse", "organisation": o.Id, "role": "member",
		"verified": true, "password": hub.DemoPassword, "passwordConfirm": hub.DemoPassword,
	})
	if role != "" {
		make1(t, h, "memberships", map[string]any{"user": u.Id, "space": h.Record("spaces", "slug", "library").Id, "role": role})
	}
	return u
}

// make1 saves a new record the way the dashboard would.
func make1(t *testing.T, h *hubtest.Hub, collection string, values map[string]any) *core.Record {
	t.Helper()
	c, err := h.App.FindCollectionByNameOrId(collection)
	if err != nil {
		t.Fatal(err)
	}
	r := core.NewRecord(c)
	r.Load(values)
	save(t, h, r)
	return r
}

func save(t *testing.T, h *hubtest.Hub, r *core.Record) {
	t.Helper()
	if err := h.App.Save(r); err != nil {
		t.Fatalf("save %s: %v", r.Collection().Name, err)
	}
}

// change sets fields of a record that may have changed since it was read.
func change(t *testing.T, h *hubtest.Hub, r *core.Record, values map[string]any) {
	t.Helper()
	fresh, err := h.App.FindRecordById(r.Collection().Name, r.Id)
	if err != nil {
		t.Fatal(err)
	}
	fresh.Load(values)
	save(t, h, fresh)
}

// want ends the test unless an answer has a status.
func want(t *testing.T, a hubtest.Answer, status int) hubtest.Answer {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, not %d: %s %.800s", a.Status, status, a.Header.Get("Location"), short(a.Body, ""))
	}
	return a
}

// ledTo is where an answer leads after a form was taken.
func ledTo(t *testing.T, a hubtest.Answer) string {
	t.Helper()
	return want(t, a, http.StatusSeeOther).Header.Get("Location")
}

// has and hasNot look for words on a page.
func has(t *testing.T, a hubtest.Answer, all ...string) {
	t.Helper()
	for _, s := range all {
		if !strings.Contains(a.Body, s) {
			t.Errorf("it should say %q:\n%s", s, short(a.Body, s))
		}
	}
}

func hasNot(t *testing.T, a hubtest.Answer, none ...string) {
	t.Helper()
	for _, s := range none {
		if strings.Contains(a.Body, s) {
			t.Errorf("it should not say %q:\n%s", s, short(a.Body, s))
		}
	}
}

// idIn is what stands in the brackets of a pattern.
func idIn(t *testing.T, text, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if len(m) < 2 {
		t.Fatalf("nothing in %q matches %s", text, pattern)
	}
	return m[1]
}

// records are all that have a value, the oldest first.
func records(t *testing.T, h *hubtest.Hub, collection, field, value string) []*core.Record {
	t.Helper()
	var all []*core.Record
	err := h.App.RecordQuery(collection).AndWhere(dbx.HashExp{field: value}).OrderBy("rowid").All(&all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// firstDifference shows where two texts part.
func firstDifference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range as {
		if i >= len(bs) || as[i] != bs[i] {
			return "line " + strconv.Itoa(i+1) + "\n- " + as[i] + "\n+ " + strings.Join(bs[min(i, len(bs)-1):min(i+2, len(bs))], "\n+ ")
		}
	}
	return "+ " + strings.Join(bs[len(as):], "\n+ ")
}
