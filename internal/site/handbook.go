package site

import (
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// errAnswered says that a look-up has answered the request itself, with a redirect.
var errAnswered = errors.New("answered")

// answered is the error of a handler whose look-up failed: none when the answer is out already.
func answered(err error) error {
	if errors.Is(err, errAnswered) {
		return nil
	}
	return err
}

// lens is the place through which the handbook is read, nil for none, and the beginning of every address in it.
type lens struct {
	Place *member.Place
	Base  string
}

// slug is the place's, "" for none.
func (l lens) slug() string {
	if l.Place == nil {
		return ""
	}
	return l.Place.Slug()
}

// lensOf reads the place of an address below /in/.
func (s *Site) lensOf(e *core.RequestEvent) (lens, error) {
	slug := e.Request.PathValue("place")
	if slug == "" {
		return lens{}, nil
	}
	p, err := member.PlaceBySlug(s.app, slug)
	if err != nil {
		return lens{}, s.movedLens(e, slug, err)
	}
	return lens{Place: p, Base: "/in/" + p.Slug()}, nil
}

// movedLens leads from the handbook through a place's old address to the handbook through the new one.
func (s *Site) movedLens(e *core.RequestEvent, slug string, err error) error {
	if found(e, err) == err {
		return err
	}
	to, err := member.MovedTo(s.app, viewer(e), "/places/"+slug)
	if err != nil || to == "" {
		return errors.Join(err, notFound(e))
	}
	rest := strings.TrimPrefix(e.Request.URL.Path, "/in/"+slug)
	if err := e.Redirect(http.StatusMovedPermanently, "/in/"+strings.TrimPrefix(to, "/places/")+rest); err != nil {
		return err
	}
	return errAnswered
}

// routes are the chapters in which carers begin, by whom they look after, in a word of the catalogue.
var routes = []struct{ chapter, who string }{
	{"adult-carers", "route-adult"}, {"working-carers", "route-working"}, {"young-carers", "route-young"}, {"parent-carers", "route-parent"},
}

// firstChapter is for every carer, whichever way they came.
const firstChapter = "start-here"

type handbookView struct {
	Lens     lens
	Routes   []Link
	Chapters []library.Chapter
	Places   []*member.Place
	Print    bool              // offer what is for paper
	Apart    []library.Chapter // not for carers, and so not in what they take with them
}

func (s *Site) handbook(e *core.RequestEvent) error {
	l, err := s.lensOf(e)
	if err != nil {
		return answered(err)
	}
	v := handbookView{Lens: l, Print: takingOf(e) == nil}
	if v.Chapters, v.Apart, err = s.chapters(e); err != nil {
		return err
	}
	if v.Places, err = member.Places(s.app); err != nil {
		return err
	}
	v.Routes = ways(v.Chapters, l)
	p := Page{Title: s.say("handbook-title"), Description: s.say("booklet-lead"), Section: "/handbook", In: l.slug()}
	return render(s, e, http.StatusOK, "handbook", p, v, tagLibrary)
}

// chapters are those of the handbook, and apart those that are not for carers: the copy on a phone has only the others.
func (s *Site) chapters(e *core.RequestEvent) (all, apart []library.Chapter, err error) {
	all, err = library.Chapters(s.app, viewer(e))
	for _, c := range all {
		if !c.ForCarers() {
			apart = append(apart, c)
		}
	}
	if takingOf(e) != nil {
		all = slices.DeleteFunc(all, func(c library.Chapter) bool { return !c.ForCarers() })
	}
	return all, apart, err
}

// ways are the routes whose chapters are there.
func ways(chapters []library.Chapter, l lens) (links []Link) {
	for _, r := range routes {
		for _, c := range chapters {
			if c.Slug == r.chapter {
				links = append(links, Link{r.who, l.Base + c.Address()})
			}
		}
	}
	return links
}

type chapterView struct {
	Lens           lens
	Route          bool // carers begin here
	Exit           bool
	Also           []library.Card // what is for every carer
	Chapter        library.Chapter
	Previous, Next *Link
	Print          bool
}

func (s *Site) handbookChapter(e *core.RequestEvent) error {
	l, err := s.lensOf(e)
	if err != nil {
		return answered(err)
	}
	chapters, _, err := s.chapters(e)
	if err != nil {
		return err
	}
	for i, c := range chapters {
		if c.Slug != e.Request.PathValue("chapter") {
			continue
		}
		v := chapterView{Lens: l, Chapter: c, Print: takingOf(e) == nil}
		v.take(chapters, i)
		if i > 0 && !v.Route {
			v.Previous = &Link{chapters[i-1].Title, l.Base + chapters[i-1].Address()}
		}
		if i < len(chapters)-1 && !v.Route { // a route leads nowhere else
			v.Next = &Link{chapters[i+1].Title, l.Base + chapters[i+1].Address()}
		}
		p := Page{Title: c.Title, Description: c.Summary, Section: "/handbook", In: l.slug(), Within: []Link{{"handbook", l.Base + "/handbook"}}}
		if v.Exit {
			p.Scripts = append(p.Scripts, exitScript)
		}
		return render(s, e, http.StatusOK, "handbook-chapter", p, v, tagLibrary)
	}
	return answered(s.movedOr404(e, e.Request.URL.Path))
}

// take makes a chapter of a route its start page.
func (v *chapterView) take(chapters []library.Chapter, at int) {
	for _, r := range routes {
		v.Route = v.Route || r.chapter == chapters[at].Slug
	}
	v.Exit = chapters[at].Slug == "young-carers"
	if v.Route && chapters[0].Slug == firstChapter {
		v.Also = chapters[0].Pages
	}
}

// exitTopic is the topic of pages that may have to be left in a hurry.
const exitTopic = "safeguarding"

// exitScript takes the page out of the browser's history.
const exitScript = "exit.js"

type handbookPageView struct {
	Head           headView
	Lens           lens
	Here           string // the page's address without a place
	Urgent         bool
	Exit           bool // somebody may be looking over the reader's shoulder
	Words          []library.Card
	Help           []*member.Helpline
	Outline        []markdown.Heading
	Body           template.HTML
	NextStep       *library.NextStep
	Previous, Next *Link
	Kept           keptView
	Carried        carriedView
	Talk           *talkView
	Paper          *onPaper
}

func (s *Site) handbookPage(e *core.RequestEvent) error {
	l, err := s.lensOf(e)
	if err != nil {
		return answered(err)
	}
	d, source, err := s.openDocument(e, library.Handbook, e.Request.PathValue("chapter"), e.Request.PathValue("page"))
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
	v := handbookPageView{
		Head: s.headOf(e, d, now), Lens: l, Here: d.Address(), Urgent: d.GetBool("urgent"), Outline: longOutline(r.Outline),
		NextStep: d.Meta().NextStep, Kept: s.keptOf(e, d, now),
	}
	if v.Body, err = s.bodyFor(viewer(e), r.Body, l.Place, d.Address()); err != nil {
		return err
	}
	if v.Words, err = s.wordsIn(e, v.Body); err != nil {
		return err
	}
	v.Exit = slices.Contains(d.Topics(), exitTopic)
	v.Body = v.Kept.Said.put(v.Body)
	if v.Carried, err = s.carried(e, d, v.Body); err != nil {
		return err
	}
	if v.Help, err = member.CrisisLines(s.app); err != nil {
		return err
	}
	v.Body = inTheirLanguage(d, v.Body)
	chapters, err := library.Chapters(s.app, viewer(e))
	if err != nil {
		return err
	}
	chapter := neighbours(chapters, d, l, &v)
	if takingOf(e) == nil { // a copy on a phone is not printed, and may not change with every day
		s.onPaperOf(e, d, l, chapters, &v)
	}
	if v.Talk, err = s.talkOn(e, d); err != nil {
		return err
	}
	p := Page{
		Title: d.Title(), Description: d.Summary(), Section: "/handbook", In: l.slug(), Lang: v.Head.Lang, Dir: v.Head.Dir, NoIndex: d.State() != library.Published, Scripts: []string{quoteScript},
		Alternates: s.alternates(e, d, v.Head.Editions),
		Within:     []Link{{"handbook", l.Base + "/handbook"}},
		Crumbs:     []Link{{chapter, l.Base + "/handbook/" + d.Chapter()}},
	}
	if v.Exit {
		p.Scripts = append(p.Scripts, exitScript)
	}
	if len(v.Words) > 0 {
		p.Scripts = append(p.Scripts, "explain.js")
	}
	if v.Talk.Topic != "" {
		p.Scripts = append(p.Scripts, v.Talk.scripts()...)
	}
	return render(s, e, http.StatusOK, "handbook-page", p, v, v.Kept.Said.shownTags(append(v.Talk.tags(), tagLibrary, "document:"+d.Id)...)...)
}

// neighbours finds the pages before and after in the chapter, and the chapter's title.
func neighbours(chapters []library.Chapter, d *library.Document, l lens, v *handbookPageView) (chapter string) {
	for _, c := range chapters {
		if c.Slug != d.Chapter() {
			continue
		}
		for i, page := range c.Pages {
			if page.ID != d.Id {
				continue
			}
			if i > 0 {
				v.Previous = &Link{c.Pages[i-1].Title, l.Base + c.Pages[i-1].Address()}
			}
			if i < len(c.Pages)-1 {
				v.Next = &Link{c.Pages[i+1].Title, l.Base + c.Pages[i+1].Address()}
			}
		}
		return c.Title
	}
	return upperFirst(d.Chapter())
}
