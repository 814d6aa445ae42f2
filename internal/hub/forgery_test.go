package hub_test

import (
	"net/http"
	"strings"
	"testing"

	"commonplace/internal/journal"
)

// TestL10Forgery sends every form as another site would make a browser of an administrator send it, and looks whether
// reading any page changes anything.
func TestL10Forgery(t *testing.T) {
	m := newMatrix(t)
	things, ids := m.toVisit()
	m.h.Settle()
	admin := m.clients["admin"]
	forms, pages := 0, 0
	for _, r := range routes(t) {
		if strings.HasPrefix(r.pattern, "/api/") || r.pattern == "/live" {
			continue // programs send a token, never the cookie
		}
		for _, address := range m.visits(r) {
			path, before := filled(address, things, ids), m.last()
			if r.method == http.MethodGet || r.method == "Any" {
				pages++
				admin.Get(path)
				m.clients["member"].Get(path)
			} else {
				forms++
				m.forge(r.method, path)
			}
			for _, row := range m.rowsSince(before) {
				if row.Subject != journal.Access { // that somebody took a table is noted
					t.Errorf("%s %s: %s by %s", r.method, path, row.Kind(), row.Actor)
				}
			}
		}
	}
	if forms < 20 || pages < 60 {
		t.Errorf("%d forms and %d pages only", forms, pages)
	}
	if a := admin.Get("/me"); a.Status != http.StatusOK {
		t.Errorf("the administrator was signed out: %d", a.Status)
	}
}

// forge sends what browsers let another site send: forms, and text that looks like JSON.
func (m *matrix) forge(method, path string) {
	for _, header := range []http.Header{
		{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}, {"Origin": {"null"}}, {"Origin": {"http://127.0.0.1:1"}},
	} {
		for _, kind := range []string{"application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"} {
			a := m.clients["admin"].Do(method, path, kind, strings.NewReader(`{"title":"x"}`), header)
			if a.Status != http.StatusForbidden {
				m.t.Errorf("%s %s from another site (%v, %s) is answered %d", method, path, header, kind, a.Status)
			}
		}
	}
}

func (m *matrix) last() int64 {
	_, last, err := journal.Range(m.h.App)
	if err != nil {
		m.t.Fatal(err)
	}
	return last
}

func (m *matrix) rowsSince(seq int64) []journal.Row {
	rows, err := journal.After(m.h.App, seq, 100)
	if err != nil {
		m.t.Fatal(err)
	}
	return rows
}
