package site

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"commonplace/internal/check"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// templateView is a form that is filled in on the page and nowhere else: what is typed stays in the browser.
type templateView struct {
	Head    headView
	Body    template.HTML
	Kept    keptView
	Carried carriedView
	Form    *sheetView // nil where the template asks nothing
	Keep    keepView   // where its answers can be kept here
	Instead Link       // where what it asks can be written and kept, "" when there is no such page
}

// keepView leads to the form whose answers are kept, and to what others kept; empty for a template that is not kept here.
type keepView struct{ New, Others string }

// sheetView is the form as it stands on the page, on paper and in a file.
type sheetView struct {
	ID, Title, Summary string
	Lang, Dir          string
	Rows               []sheetRow
	OnePage            bool
	Own                bool   // carers write of their own lives in it
	Urgent             bool   // its page says whom to call in danger, and so does the sheet
	From, File         string // the address in words, and of the form as a file
	Reviewed           time.Time
	Style              template.CSS // in a file, which stands by itself
}

// sheetRow is what stands beside each other on paper: one question, or two or three short ones.
type sheetRow struct {
	Fields []library.TemplateField
	Grows  string // long, text or none: what room is left on the page goes to where much is written
}

// kindOf has what nobody said for a line of text.
func kindOf(f library.TemplateField) string {
	if f.Kind == "" {
		return "text"
	}
	return f.Kind
}

func short(f library.TemplateField) bool { return kindOf(f) == "text" || kindOf(f) == "date" }

// sheetRows puts short questions beside each other, and a date that would stand alone to the two before it.
func sheetRows(fields []library.TemplateField) (rows []sheetRow) {
	for len(fields) > 0 {
		n := 0
		for n < 2 && n < len(fields) && short(fields[n]) {
			n++
		}
		if n == 2 && len(fields) > 2 && kindOf(fields[2]) == "date" && (len(fields) == 3 || !short(fields[3])) {
			n = 3
		}
		row := sheetRow{Fields: fields[:max(n, 1)], Grows: "none"}
		for _, f := range row.Fields {
			if k := kindOf(f); k == "text" || k == "long" {
				row.Grows = k
			}
		}
		rows, fields = append(rows, row), fields[len(row.Fields):]
	}
	return rows
}

// keptElsewhere are the pages on which signed-in people write what a template asks, and keep it, with their words in the catalogue.
var keptElsewhere = map[string]Link{
	"case-study": {"write-study-here", "/write/case-study"},
	"plan":       {"write-plan-here", "/write/action-plan"},
}

// sheetOf is nil where the template asks nothing.
func (s *Site) sheetOf(e *core.RequestEvent, d *library.Document, body string) *sheetView {
	m := d.Meta()
	if len(m.Fields) == 0 {
		return nil
	}
	private := func(f library.TemplateField) bool { return f.Private }
	v := &sheetView{
		ID: d.Id, Title: d.Title(), Summary: d.Summary(), Rows: sheetRows(m.Fields), OnePage: m.OnePage, Own: slices.ContainsFunc(m.Fields, private),
		From: typed(s.base(e)) + d.Address(), File: d.Address() + "/form.html", Reviewed: d.Reviewed(),
		Urgent: strings.Contains(body, "cp-callout--urgent"),
	}
	if l := d.Language(); l != "en" {
		v.Lang, v.Dir = l, d.Direction()
	}
	return v
}

// template is the page of a template. Where it has a form, the browser is told that nothing on the page may talk to
// anybody.
func (s *Site) template(e *core.RequestEvent) error {
	d, source, err := s.openDocument(e, library.Template, "", e.Request.PathValue("slug"))
	if err != nil {
		return answered(err)
	}
	if source {
		return s.sendSource(e, d)
	}
	r, err := d.Rendered()
	if err != nil {
		return err
	}
	now := time.Now()
	v := templateView{Head: s.headOf(e, d, now), Kept: s.keptOf(e, d, now), Form: s.sheetOf(e, d, r.Body)}
	if v.Body, err = s.bodyFor(viewer(e), r.Body, nil, d.Address()); err != nil {
		return err
	}
	v.Body = v.Kept.Said.put(v.Body)
	if v.Carried, err = s.carried(e, d, v.Body); err != nil {
		return err
	}
	p := Page{Title: d.Title(), Description: d.Summary(), Lang: v.Head.Lang, Dir: v.Head.Dir, NoIndex: d.State() != library.Published}
	p.Within = []Link{{"good-practice", "/case-studies"}}
	if d.ForCarers() {
		p.Within = []Link{{"handbook", "/handbook"}}
	}
	if v.Form != nil {
		p.Scripts, p.Apart = []string{fillScript}, true
		if slug := d.Slug(); check.WordOf(d.Meta().TemplateKind) != "" && d.State() == library.Published {
			v.Keep = keepView{newSelfCheck(slug), "/self-checks?" + url.Values{"template": {slug}}.Encode()}
		}
		if !v.Form.Own {
			v.Instead = keptElsewhere[d.Meta().TemplateKind]
		}
	}
	if takingOf(e) != nil && (v.Form == nil || !v.Form.Own) {
		return nil // on a phone are the forms that carers fill in for themselves
	}
	return render(s, e, http.StatusOK, "template", p, v, v.Kept.Said.shownTags(tagLibrary, "document:"+d.Id)...)
}

// templateFile is the empty form as a file that opens without a server.
func (s *Site) templateFile(e *core.RequestEvent) error {
	d, _, err := s.openDocument(e, library.Template, "", strings.TrimSuffix(e.Request.PathValue("slug"), ".md"))
	if err != nil {
		return answered(err)
	}
	r, err := d.Rendered()
	if err != nil {
		return err
	}
	v := s.sheetOf(e, d, r.Body)
	if v == nil {
		return notFound(e)
	}
	v.Style = template.CSS(s.assets["form.css"].Body)
	body, err := s.execute(e, "template-file", &document[sheetView]{Page: Page{Title: v.Title, Lang: v.Lang, Dir: v.Dir}, V: *v})
	if err != nil {
		return err
	}
	kept := newStored(body, "text/html; charset=utf-8", !viewer(e).SignedIn())
	kept.header.Set("Content-Disposition", `attachment; filename="`+d.GetString("slug")+`.html"`)
	return s.sendStored(e, http.StatusOK, kept, []string{tagLibrary, "document:" + d.Id})
}
