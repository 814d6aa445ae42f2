package site

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/paper"

	"github.com/pocketbase/pocketbase/core"
)

// The handbook as one text, to print or to keep: of what everybody may read, whoever asks for it. Browsers cannot write page
// numbers into a list of contents, so chapters and pages have numbers of their own, which also stand at the head of each leaf.

type bookletView struct {
	Lens              lens
	Title, Lead       string
	Chapters          []bookletChapter
	Apart             []Link         // the chapters that are not for carers, and so not in the whole
	Words             []library.Card // of the glossary, as far as the pages use them
	Site, Home        string         // the site and the handbook in it, as one types them
	HomeURL           string
	QR                template.HTML
	On                time.Time
	Large             bool
	Sheets            string       // where the heads of its leaves stand
	Style             template.CSS // the same and all other styles, in a file that stands by itself
	Back, Plain, More Link         // on a screen: where it belongs to, the other size, and the file
}

type bookletChapter struct {
	N                    int
	Slug, Title, Summary string
	Pages                []bookletPage
}

type bookletPage struct {
	ID, No, Title, Summary string
	Lang, Dir              string
	Urgent                 bool
	Note                   string // what a reader must know first: that it is an example, or overdue
	Body                   template.HTML
	Close                  bool // set closer, or a few lines would cost a sheet
	Next                   paper.Link
	NextLabel              string
	Notes, Sources         []string
	Reviewed, CheckBy      time.Time
	KeptBy                 string
	Short                  string
	QR                     template.HTML
}

// Named leaves carry their page's number; see sheets.
func (p bookletPage) Anchor() string { return "p-" + strings.ReplaceAll(p.No, ".", "-") }

// folded is a booklet while it is put together.
type folded struct {
	site   *Site
	guest  *member.Viewer
	lens   lens
	base   string                  // of absolute addresses
	places map[string]bookletPage  // the pages in it, by their address
	short  map[string]string       // the short addresses of all pages of the handbook
	terms  map[string]library.Card // of the glossary, by address
	used   map[string]bool
	file   bool // stands by itself: no pictures, no codes
}

func (s *Site) booklet(e *core.RequestEvent) error {
	v, tags, err := s.bookletView(e, false)
	if err != nil {
		return answered(err)
	}
	p := Page{Title: s.say("title-booklet", v.Title), Description: v.Lead, Section: "/handbook", NoIndex: true, Scripts: []string{"booklet.js"}}
	return render(s, e, http.StatusOK, "booklet", p, v, tags...)
}

// handbookFile is the whole handbook as one file that opens without a server.
func (s *Site) handbookFile(e *core.RequestEvent) error {
	v, body, tags, err := s.asOneFile(e)
	if err != nil {
		return answered(err)
	}
	kept := newStored(body, "text/html; charset=utf-8", !viewer(e).SignedIn())
	name := "carers-handbook"
	if v.Lens.Place != nil {
		name += "-" + v.Lens.Place.Slug()
	}
	kept.header.Set("Content-Disposition", `attachment; filename="`+name+`.html"`)
	return s.sendStored(e, http.StatusOK, kept, tags)
}

func (s *Site) asOneFile(e *core.RequestEvent) (v bookletView, body []byte, tags []string, err error) {
	if v, tags, err = s.bookletView(e, true); err != nil {
		return v, nil, nil, err
	}
	body, err = s.execute(e, "booklet", &document[bookletView]{Page: Page{Title: v.Title}, V: v})
	return v, body, tags, err
}

// bookletSheets names the leaves of each page, for the head of each sheet of paper.
func (s *Site) bookletSheets(e *core.RequestEvent) error {
	guest, err := member.Guest(s.app)
	if err != nil {
		return err
	}
	chapters, err := library.Chapters(s.app, guest)
	if err != nil {
		return err
	}
	kept := newStored([]byte(sheets(numbered(chapters))), "text/css; charset=utf-8", !viewer(e).SignedIn())
	return s.sendStored(e, http.StatusOK, kept, []string{tagLibrary})
}

func sheets(chapters []bookletChapter) string {
	var b strings.Builder
	for _, c := range chapters {
		for _, p := range c.Pages {
			fmt.Fprintf(&b, "@page %[1]s{@top-left{content:%[2]s}@top-right{content:%[3]s}}.%[1]s{page:%[1]s}\n",
				p.Anchor(), cssText(c.Title), cssText(p.No+"  "+p.Title))
		}
	}
	return b.String()
}

// cssText is a string of a style sheet: nothing in it ends the string or the sheet.
func cssText(words string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range words {
		if r < ' ' || strings.ContainsRune(`"'\<>&`, r) {
			fmt.Fprintf(&b, `\%x `, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String() + `"`
}

// numbered gives chapters and pages the numbers that they have in every booklet.
func numbered(chapters []library.Chapter) []bookletChapter {
	all := make([]bookletChapter, len(chapters))
	for i, c := range chapters {
		all[i] = bookletChapter{N: i + 1, Slug: c.Slug, Title: c.Title, Summary: c.Summary}
		for j, p := range c.Pages {
			all[i].Pages = append(all[i].Pages, bookletPage{ID: p.ID, No: fmt.Sprintf("%d.%d", i+1, j+1), Title: p.Title, Summary: p.Summary, Urgent: p.Urgent})
		}
	}
	return all
}

// bookletView puts the handbook together, or the chapter that the address names.
func (s *Site) bookletView(e *core.RequestEvent, file bool) (v bookletView, tags []string, err error) {
	f := &folded{site: s, base: s.base(e), file: file, places: map[string]bookletPage{}, short: map[string]string{}, terms: map[string]library.Card{}, used: map[string]bool{}}
	if f.lens, err = s.lensOf(e); err != nil {
		return v, nil, err
	}
	if f.guest, err = member.Guest(s.app); err != nil {
		return v, nil, err
	}
	chapters, err := library.Chapters(s.app, f.guest)
	if err != nil {
		return v, nil, err
	}
	v = bookletView{Title: s.say("handbook-title"), Lead: s.say("booklet-lead"), Lens: f.lens, On: time.Now().In(london), Chapters: numbered(chapters)}
	address := f.lens.Base + library.Handbook.Base()
	if slug := e.Request.PathValue("chapter"); slug != "" {
		if !v.only(slug) {
			return v, nil, s.movedOr404(e, e.Request.URL.Path)
		}
		v.Title, v.Lead = v.Chapters[0].Title, v.Chapters[0].Summary
		address += "/" + slug
	} else {
		v.leaveOut(chapters, typed(f.base)+f.lens.Base)
	}
	if err := f.know(chapters, v.Chapters); err != nil {
		return v, nil, err
	}
	for i := range v.Chapters {
		for j := range v.Chapters[i].Pages {
			p := &v.Chapters[i].Pages[j]
			if err := f.page(p); err != nil {
				return v, nil, err
			}
			tags = append(tags, "document:"+p.ID)
		}
	}
	err = f.cover(&v, e, address)
	return v, append(tags, tagLibrary), err
}

// only leaves out all chapters but one, and says whether there is that one.
func (v *bookletView) only(slug string) bool {
	for _, c := range v.Chapters {
		if c.Slug == slug {
			v.Chapters = []bookletChapter{c}
			return true
		}
	}
	return false
}

// leaveOut takes the chapters that are not for carers out of the whole: they are booklets by themselves.
func (v *bookletView) leaveOut(chapters []library.Chapter, base string) {
	var in []bookletChapter
	for i, c := range chapters { // v has the same ones
		if c.ForCarers() {
			in = append(in, v.Chapters[i])
		} else {
			v.Apart = append(v.Apart, Link{c.Title, base + c.Address() + "/booklet"})
		}
	}
	v.Chapters = in
}

// know learns what links can lead to.
func (f *folded) know(all []library.Chapter, in []bookletChapter) error {
	for _, c := range all {
		for _, p := range c.Pages {
			f.short[p.Address()] = f.shortOf(p.ID)
		}
	}
	byID := map[string]bookletPage{}
	for _, c := range in {
		for _, p := range c.Pages {
			byID[p.ID] = p
		}
	}
	for _, c := range all {
		for _, p := range c.Pages {
			if page, is := byID[p.ID]; is {
				f.places[p.Address()] = page
			}
		}
	}
	terms, err := library.Cards(f.site.app, f.guest, published(library.Glossary))
	for _, t := range terms {
		f.terms[t.Address()] = t
	}
	return err
}

// shortOf is the short address of a page as it is read through the place, without the site.
func (f *folded) shortOf(id string) string { return shortThrough(f.lens, id) }

func shortThrough(l lens, id string) string {
	if l.Place == nil {
		return library.ShortAddress(id)
	}
	return library.ShortAddress(id) + "/" + l.Place.Slug()
}

// typed is an address as one types it: without what browsers add.
func typed(address string) string {
	_, rest, found := strings.Cut(address, "://")
	if !found {
		rest = address
	}
	return strings.TrimSuffix(strings.TrimPrefix(rest, "www."), "/")
}

// sheetHolds is the size of a text that just fits on a sheet with its head and foot. Set closer, a third more does.
const sheetHolds = 4400

// page fills a page of the booklet.
func (f *folded) page(p *bookletPage) error {
	d, err := library.ByID(f.site.app, p.ID)
	if err != nil {
		return err
	}
	r, err := d.Rendered()
	if err != nil {
		return err
	}
	body, err := f.site.bodyFor(f.guest, r.Body, f.lens.Place, d.Address())
	if err != nil {
		return err
	}
	fold := paper.Fold{Prefix: p.Anchor() + "-", Deeper: 2, Pictures: !f.file, Link: f.link, Ask: askOnPaper(f.base)}
	if f.file { // its links still lead on
		fold.Link = func(href string) paper.Link {
			l := f.link(href)
			l.Note = ""
			return l
		}
	}
	sheet, err := fold.Onto(string(body))
	if err != nil {
		return fmt.Errorf("%s: %w", d.Address(), err)
	}
	p.Close = sheet.Size > sheetHolds && sheet.Size < sheetHolds*4/3
	p.Body, p.Notes, p.Note = template.HTML(sheet.HTML), sheet.Notes, noteOf(d, time.Now())
	if l := d.Language(); l != "en" {
		p.Lang, p.Dir = l, d.Direction()
	}
	m := d.Meta()
	if m.NextStep != nil {
		p.NextLabel, p.Next = m.NextStep.Label, f.link(m.NextStep.URL)
	}
	for _, source := range m.Sources {
		p.Sources = append(p.Sources, strings.Trim(source.Title+", "+source.Publisher, ", "))
	}
	p.Reviewed, p.CheckBy, p.KeptBy = d.Reviewed(), d.CheckBy(), d.OwnerRole()
	p.Short = typed(f.base) + f.shortOf(p.ID)
	if !f.file {
		p.QR, err = drawn(f.base + f.shortOf(p.ID))
	}
	return err
}

// askOnPaper stands where a screen lets one choose a place.
func askOnPaper(base string) string {
	return "Ask their council. Who to ask in each place stands at " + typed(base) + "/places."
}

// noteOf is what somebody who reads a page on paper must know before they trust it.
func noteOf(d *library.Document, now time.Time) string {
	var notes []string
	if d.Illustrative() {
		notes = append(notes, strings.TrimSpace("This is an example. "+d.Meta().Note))
	}
	if d.Unchecked(now) {
		notes = append(notes, "Nobody but its writer has checked this page yet.")
	}
	if d.Overdue(now) {
		notes = append(notes, "This page was due to be checked on "+day(d.CheckBy())+". Check numbers and amounts before you rely on them.")
	}
	return strings.Join(notes, " ")
}

// link says what becomes of a link on paper.
func (f *folded) link(href string) paper.Link {
	if !strings.HasPrefix(href, "/") || strings.HasPrefix(href, "//") {
		if !strings.HasPrefix(href, "http") {
			return paper.Link{To: href} // a number to call, or an address to write to
		}
		return paper.Link{To: href, Note: typed(href)}
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(href, f.lens.Base), "#")
	if p, in := f.places[path]; in {
		return paper.Link{To: "#" + p.Anchor(), Word: p.No}
	}
	if short := f.short[path]; short != "" {
		return paper.Link{To: f.base + short, Note: typed(f.base) + short}
	}
	if t, is := f.terms[path]; is {
		f.used[path] = true
		return paper.Link{To: "#word-" + t.Slug}
	}
	return paper.Link{To: f.base + href, Note: typed(f.base) + href}
}

// cover says what the booklet is, and closes it with the words that its pages use.
func (f *folded) cover(v *bookletView, e *core.RequestEvent, address string) (err error) {
	v.Site, v.Home, v.HomeURL = typed(f.base), typed(f.base)+address, f.base+address
	v.Large = e.Request.URL.Query().Get("print") == "large"
	v.Sheets, v.Back = library.Handbook.Base()+"/booklet.css", Link{v.Title, address}
	v.Plain = Link{f.site.say("large-print-too"), address + "/booklet?print=large"}
	if v.Large {
		v.Plain = Link{f.site.say("usual-size"), address + "/booklet"}
	}
	v.More = Link{f.site.say("as-one-file"), f.lens.Base + library.Handbook.Base() + "/handbook.html"}
	cards, err := library.Cards(f.site.app, f.guest, published(library.Glossary))
	if err != nil {
		return err
	}
	for _, t := range cards {
		if f.used[t.Address()] {
			v.Words = append(v.Words, t)
		}
	}
	if f.file {
		v.Style = template.CSS(string(f.site.assets["paper.css"].Body) + sheets(v.Chapters))
		return nil
	}
	v.QR, err = drawn(v.HomeURL)
	return err
}

// drawn is the code of an address as a drawing within a page.
func drawn(address string) (template.HTML, error) {
	code, err := paper.Encode(address)
	if err != nil {
		return "", err
	}
	return template.HTML(code.SVG()), nil
}
