package export

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"path"
	"regexp"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// page is what a written page shows. Root leads from its folder to the first one, "" or a number of "../".
type page struct {
	Title, Summary, Root string
	Lang, Dir, Address   string
	Illustrative         bool
	Note                 string
	Lists                []pageList
	Body                 template.HTML
	Kinds                []pageIndex
}

type pageList struct {
	Title string
	Items []template.HTML
}

type pageIndex struct {
	Title string
	Pages []pageLink
}

type pageLink struct{ Title, URL string }

// Pages hands over every page that is out as a web page that opens without a server: no script, nothing from elsewhere,
// links among them relative. Drafts, discussions and lists are left out.
func Pages(app core.App, o Options, put Put) error {
	h := &hub{app: app, o: o, put: put}
	if err := h.names(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := h.pages(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func (h *hub) pages() error {
	where := dbx.HashExp{"state": library.Published}
	if h.o.Space != "" {
		s, err := member.SpaceBySlug(h.app, h.o.Space)
		if err != nil {
			return fmt.Errorf("there is no space %q", h.o.Space)
		}
		where["space"] = s.Id
	}
	var all []*library.Document
	if err := h.app.RecordQuery("documents").AndWhere(where).OrderBy("kind", "chapter", "position", "title").All(&all); err != nil {
		return err
	}
	figures, err := library.Figures(h.app)
	if err != nil {
		return err
	}
	in, index := map[string]bool{}, page{Title: "All pages", Lang: "en", Dir: "ltr"}
	for _, d := range all {
		if h.o.Viewer == nil || d.Viewable(h.o.Viewer) {
			in[d.Address()] = true
			index.add(d)
		}
	}
	for _, d := range all {
		if !in[d.Address()] {
			continue
		}
		p, err := pageOf(d, figures, in)
		if err == nil {
			err = h.page(strings.TrimPrefix(d.Address(), "/")+".html", p)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", d.Address(), err)
		}
	}
	return h.page("index.html", index)
}

func (h *hub) page(name string, p page) error {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return err
	}
	return h.put(name, &b)
}

// add puts a document below its kind.
func (p *page) add(d *library.Document) {
	title := d.DocKind().Plural()
	if n := len(p.Kinds); n == 0 || p.Kinds[n-1].Title != title {
		p.Kinds = append(p.Kinds, pageIndex{Title: title})
	}
	kind := &p.Kinds[len(p.Kinds)-1]
	kind.Pages = append(kind.Pages, pageLink{d.Title(), strings.TrimPrefix(d.Address(), "/") + ".html"})
}

func pageOf(d *library.Document, figures map[string]*library.Figure, in map[string]bool) (page, error) {
	r, err := d.Rendered()
	if err != nil {
		return page{}, err
	}
	p := page{
		Title: d.Title(), Summary: d.Summary(), Lang: d.Language(), Dir: d.Direction(), Address: d.Address(),
		Illustrative: d.Illustrative(), Note: d.Meta().Note, Root: strings.Repeat("../", strings.Count(d.Address(), "/")-1),
	}
	filled := markdown.Fill(r.Body, func(name, key string) string {
		if f := figures[key]; name == "figure" && f != nil {
			return html.EscapeString(f.Text() + f.AsItWas())
		}
		return "<em>Ask your council, or look at this page in the hub.</em>"
	})
	p.Body = template.HTML(relative(filled, p.Root, in))
	for _, l := range []struct {
		title string
		items []string
	}{{"Challenge", r.Challenge}, {"Action", r.Action}, {"Result", r.Result}} {
		if len(l.items) == 0 {
			continue
		}
		list := pageList{Title: l.title}
		for _, item := range l.items {
			list.Items = append(list.Items, template.HTML(relative(item, p.Root, in)))
		}
		p.Lists = append(p.Lists, list)
	}
	return p, nil
}

var ownLink = regexp.MustCompile(`href="(/[^"#?]*)([^"]*)"`)

// relative turns links to pages that are in the export, so that they work in a folder; the others lead nowhere there and
// become plain words of a link without an address.
func relative(text, root string, in map[string]bool) string {
	return ownLink.ReplaceAllStringFunc(text, func(link string) string {
		m := ownLink.FindStringSubmatch(link)
		if address := path.Clean(html.UnescapeString(m[1])); in[address] {
			return `href="` + root + html.EscapeString(strings.TrimPrefix(address, "/")) + `.html` + m[2] + `"`
		}
		return `data-hub="` + m[1] + `"`
	})
}
