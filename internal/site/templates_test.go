package site_test

import (
	"regexp"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
)

var control = regexp.MustCompile(`<(?:input|textarea|select|button)\b[^>]*>`)

// TestPrivateFieldsHaveNoName looks at every template that ships: a browser sends what has a name, so nothing private has one,
// and the form has no address.
func TestPrivateFieldsHaveNoName(t *testing.T) {
	h := hubtest.New(t)
	var all []*library.Document
	if err := h.App.RecordQuery("documents").AndWhere(dbx.HashExp{"kind": string(library.Template)}).All(&all); err != nil || len(all) < 10 {
		t.Fatalf("%d templates, %v", len(all), err)
	}
	for _, d := range all {
		body := h.Guest().Get(d.Address()).Body
		_, form, found := strings.Cut(body, `<form class="cp-fill`)
		form, _, _ = strings.Cut(form, "</form>")
		if !found || strings.Contains(form, "action=") || strings.Contains(form, "method=") {
			t.Errorf("%s has no form, or one that can be sent", d.Address())
		}
		controls := strings.Join(control.FindAllString(form, -1), "\n")
		for _, f := range d.Meta().Fields {
			if !strings.Contains(controls, `id="f-`+f.Key) {
				t.Errorf("%s does not ask %s", d.Address(), f.Key)
			}
			if f.Private && strings.Contains(controls, `name="`+f.Key) {
				t.Errorf("%s: the private field %s has a name", d.Address(), f.Key)
			}
		}
		if strings.Contains(controls, "value=") {
			t.Errorf("%s: a field has a value", d.Address())
		}
	}
}
