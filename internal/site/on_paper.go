package site

import (
	"database/sql"
	"errors"
	"html/template"
	"net/http"
	"regexp"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/paper"

	"github.com/pocketbase/pocketbase/core"
)

// shortAddress leads from what stands on paper to the page, through the place for which it was printed.
func (s *Site) shortAddress(e *core.RequestEvent) error {
	d, err := library.ByShortAddress(s.app, "/h/"+e.Request.PathValue("code"))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !d.Viewable(viewer(e)) {
		return notFound(e)
	}
	if err != nil {
		return err
	}
	to := d.Address()
	if slug := e.Request.PathValue("place"); slug != "" {
		place, err := member.BySlug(s.app, "places", slug)
		if err != nil {
			return found(e, err)
		}
		to = "/in/" + place.GetString("slug") + to
	}
	return e.Redirect(http.StatusFound, to)
}

// printable are the addresses that paper carries a code of. What stands there is not looked up: a code says no more than the
// address that was asked for.
var printable = regexp.MustCompile(`^((?:h/[a-z0-9]{5}(?:/[a-z0-9-]{1,120})?)|refer/[a-z0-9-]{1,120}|(?:in/[a-z0-9-]{1,120}/)?handbook)\.(svg|png)$`)

// codeOf is the QR code of an address of the site.
func (s *Site) codeOf(e *core.RequestEvent) error {
	m := printable.FindStringSubmatch(e.Request.PathValue("path"))
	if m == nil {
		return notFound(e)
	}
	code, err := paper.Encode(s.base(e) + "/" + m[1])
	if err != nil {
		return err
	}
	kept := newStored([]byte(code.SVG()), "image/svg+xml", true)
	if m[2] == "png" {
		kept = newStored(code.PNG(), "image/png", true)
	}
	kept.header.Set("Cache-Control", "public, max-age=86400")
	kept.header.Set("Vary", "Accept-Encoding")
	kept.serve(e.Response, e.Request, http.StatusOK)
	return nil
}

// onPaper is what a page of the handbook says at its foot when it is printed.
type onPaper struct {
	Short, QR string
	On        time.Time
	Next      string // the address of the next step
	Booklet   string // of the chapter
	Whole     string // where the handbook offers itself as a whole
}

// onPaperOf spells out, besides, where the links of the page's own text within the site lead.
func (s *Site) onPaperOf(e *core.RequestEvent, d *library.Document, l lens, chapters []library.Chapter, v *handbookPageView) {
	f := &folded{lens: l, base: s.base(e), short: map[string]string{}}
	for _, c := range chapters {
		for _, p := range c.Pages {
			f.short[p.Address()] = f.shortOf(p.ID)
		}
	}
	short := f.shortOf(d.Id)
	v.Paper = &onPaper{Short: typed(f.base) + short, QR: "/qr" + short + ".svg", On: time.Now().In(london),
		Booklet: l.Base + "/handbook/" + d.Chapter() + "/booklet", Whole: l.Base + "/handbook#take"}
	if v.NextStep != nil {
		v.Paper.Next = f.link(v.NextStep.URL).Note
	}
	v.Body = template.HTML(paper.Spell(string(v.Body), func(href string) string {
		if strings.HasPrefix(href, library.Glossary.Base()+"/") || strings.HasPrefix(href, "/in/") && l.Place == nil {
			return "" // a word of the text, or one of the places to choose from
		}
		return f.link(href).Note
	}))
}
