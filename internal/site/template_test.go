package site_test

import (
	"testing"

	"commonplace/internal/site"

	"github.com/jba/templatecheck"
)

// TestTemplatesFitTheirViews checks every page's template, and the parts that are sent by themselves, against the type
// of what it is given: a field that is not there is found before a reader finds it.
func TestTemplatesFitTheirViews(t *testing.T) {
	templates, err := site.Templates()
	if err != nil {
		t.Fatal(err)
	}
	if len(templates) != len(site.Views)+1 {
		t.Errorf("%d templates for %d views", len(templates)-1, len(site.Views))
	}
	for name, view := range site.Views {
		if err := templatecheck.CheckHTML(templates[name].Lookup("layout"), view); err != nil {
			t.Errorf("page %s: %v", name, err)
		}
	}
	for name, view := range site.PartViews {
		if err := templatecheck.CheckHTML(templates[""].Lookup(name), view); err != nil {
			t.Errorf("part %s: %v", name, err)
		}
	}
}
