package site

import (
	"errors"
	"html/template"
	"net/http"
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

type handbookView struct {
	Lens     lens
	Chapters []library.Chapter
	Places   []*member.Place
}

func (s *Site) handbook(e *core.RequestEvent) error {
	l, err := s.lensOf(e)
	if err != nil {
		return answered(err)
	}
	v := handbookView{Lens: l}
	if v.Chapters, err = library.Chapters(s.app, viewer(e)); err != nil {
		return err
	}
	if v.Places, err = member.Places(s.app); err != nil {
		return err
	}
	p := Page{Title: "The carers’ handbook", Description: "Plain answers for people who look after someone.", Section: "/handbook"}
	return render(s, e, http.StatusOK, "handbook", p, v, tagLibrary)
}

type chapterView struct {
	Lens           lens
	Chapter        library.Chapter
	Previous, Next *Link
}

func (s *Site) handbookChapter(e *core.RequestEvent) error {
	l, err := s.lensOf(e)
	if err != nil {
		return answered(err)
	}
	chapters, err := library.Chapters(s.app, viewer(e))
	if err != nil {
		return err
	}
	for i, c := range chapters {
		if c.Slug != e.Request.PathValue("chapter") {
			continue
		}
		v := chapterView{Lens: l, Chapter: c}
		if i > 0 {
			v.Previous = &Link{chapters[i-1].Title, l.Base + chapters[i-1].Address()}
		}
		if i < len(chapters)-1 {
			v.Next = &Link{chapters[i+1].Title, l.Base + chapters[i+1].Address()}
		}
		p := Page{Title: c.Title, Description: c.Summary, Section: "/handbook", Crumbs: []Link{{"Handbook", l.Base + "/handbook"}}}
		return render(s, e, http.StatusOK, "handbook-chapter", p, v, tagLibrary)
	}
	return answered(s.movedOr404(e, e.Request.URL.Path))
}

type handbookPageView struct {
	Head           headView
	Lens           lens
	Here           string // the page's address without a place
	Urgent         bool
	Help           []*member.Helpline
	Outline        []markdown.Heading
	Body           template.HTML
	NextStep       *library.NextStep
	Previous, Next *Link
	Kept           keptView
	Carried        carriedView
	Talk           *talkView
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
	v.Body = v.Kept.Said.put(v.Body)
	if v.Carried, err = s.carried(e, d, v.Body); err != nil {
		return err
	}
	if v.Help, err = member.CrisisLines(s.app); err != nil {
		return err
	}
	chapter, err := s.neighbours(e, d, l, &v)
	if err != nil {
		return err
	}
	if v.Talk, err = s.talkOn(e, d); err != nil {
		return err
	}
	p := Page{
		Title: d.Title(), Description: d.Summary(), Section: "/handbook", Lang: v.Head.Lang, Dir: v.Head.Dir, NoIndex: d.State() != library.Published, Scripts: []string{quoteScript},
		Crumbs: []Link{{"Handbook", l.Base + "/handbook"}, {chapter, l.Base + "/handbook/" + d.Chapter()}},
	}
	if v.Talk.Topic != "" {
		p.Scripts = append(p.Scripts, v.Talk.scripts()...)
	}
	return render(s, e, http.StatusOK, "handbook-page", p, v, v.Kept.Said.shownTags(append(v.Talk.tags(), tagLibrary, "document:"+d.Id)...)...)
}

// neighbours finds the pages before and after in the chapter, and the chapter's title.
func (s *Site) neighbours(e *core.RequestEvent, d *library.Document, l lens, v *handbookPageView) (chapter string, err error) {
	chapters, err := library.Chapters(s.app, viewer(e))
	if err != nil {
		return "", err
	}
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
		return c.Title, nil
	}
	return upperFirst(d.Chapter()), nil
}
