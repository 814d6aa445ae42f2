package site

import (
	"cmp"
	"net/http"
	"slices"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// toldView lists what readers said that waits for an answer, or answers it on one page.
type toldView struct {
	Pages      []toldPage // of all pages, where none is chosen
	Page       Link
	Action     string
	Comments   []Choice
	Paragraphs []Choice
	Changed    string
	Words      string
	Errors     fieldErrors
}

type toldPage struct {
	Link
	Answer string
	Waits  int
}

// mayAnswer says whether the viewer answers what readers say about a page; d is nil for one that is no document.
func (s *Site) mayAnswer(v *member.Viewer, d *library.Document) bool {
	if d == nil {
		return v.Is(member.RoleModerator, member.RoleAdministrator)
	}
	return d.Viewable(v) && (d.Editable(v) || thread.Answerable(v, d.Space()))
}

// mayAnswerOf says so of a page that is no document, and gives its title: moderators answer, and of an event those who may
// change it.
func (s *Site) mayAnswerOf(v *member.Viewer, path string) (title string, may bool, err error) {
	title, one, err := s.toldTitle(v, path)
	return title, title != "" && (s.mayAnswer(v, nil) || one != nil && one.Editable(v)), err
}

// toldAddress is where readers of a page are answered.
func toldAddress(path string) string { return "/told?page=" + path }

// toldPageOf finds the page that an address of answers names, for those who answer there.
func (s *Site) toldPageOf(e *core.RequestEvent) (about Link, d *library.Document, comments []*thread.Comment, err error) {
	path := e.Request.URL.Query().Get("page")
	title, may, err := s.mayAnswerOf(viewer(e), path)
	if err != nil {
		return about, nil, nil, err
	}
	if about = (Link{title, path}); title == "" {
		if d, err = library.At(s.app, path); err != nil {
			return about, nil, nil, notFound(e)
		}
		about, may = Link{d.Title(), d.Address()}, s.mayAnswer(viewer(e), d)
	}
	if !may {
		return about, d, nil, notFound(e)
	}
	if d != nil {
		comments, err = thread.UnansweredOn(s.app, d.Id)
	} else {
		comments, err = thread.Unanswered(s.app, path)
	}
	return about, d, comments, err
}

func (s *Site) told(e *core.RequestEvent) error {
	if e.Request.URL.Query().Get("page") == "" {
		return s.toldList(e)
	}
	about, d, comments, err := s.toldPageOf(e)
	if err != nil {
		return err
	}
	chosen, paragraph := map[string]bool{}, ""
	if len(comments) > 0 {
		chosen[comments[0].Id] = true
		if paragraph, err = s.paragraphNow(d, comments[0]); err != nil {
			return err
		}
	}
	return s.showTold(e, http.StatusOK, about, d, comments, toldView{Changed: "yes"}, chosen, paragraph)
}

// paragraphNow is the key of the paragraph that a comment is about, as the page is now; "" for the whole page.
func (s *Site) paragraphNow(d *library.Document, c *thread.Comment) (string, error) {
	if d == nil || !c.About() {
		return "", nil
	}
	paragraphs, err := s.paragraphsOf(d)
	if err != nil {
		return "", err
	}
	if at, how := c.Place(paragraphs); how != thread.Lost {
		return paragraphs[at].Key, nil
	}
	return "", nil
}

func (s *Site) showTold(e *core.RequestEvent, status int, about Link, d *library.Document, comments []*thread.Comment, v toldView, chosen map[string]bool, paragraph string) error {
	v.Page, v.Action = about, toldAddress(about.URL)
	for _, c := range comments {
		wording, err := s.withFigures(c.Wording())
		if err != nil {
			return err
		}
		hint := ""
		if wording != "" {
			hint = "About: " + thread.Shorten(wording, 240)
		}
		v.Comments = append(v.Comments, Choice{Value: c.Id, Title: c.Words(), Hint: hint, Chosen: chosen[c.Id]})
	}
	if d != nil {
		var err error
		if v.Paragraphs, err = s.paragraphChoices(d, paragraph); err != nil {
			return err
		}
	}
	p := Page{Title: "Answer what readers told us", NoIndex: true, Crumbs: []Link{{"What readers told us", "/told"}}}
	return render(s, e, status, "told", p, v)
}

// toldList lists the pages on which readers wait for this viewer's answer.
func (s *Site) toldList(e *core.RequestEvent) error {
	comments, err := thread.Unanswered(s.app, "")
	if err != nil {
		return err
	}
	v, at := toldView{}, map[string]int{}
	for _, c := range comments {
		page := cmp.Or(c.Document(), c.Page()) // which may have another address by now
		i, known := at[page]
		if !known {
			title, may, err := s.mayAnswerOf(viewer(e), c.Page())
			if err != nil {
				return err
			}
			about := Link{title, c.Page()}
			if c.Document() != "" {
				d, err := library.ByID(s.app, c.Document())
				if err != nil {
					return err
				}
				about, may = Link{d.Title(), d.Address()}, s.mayAnswer(viewer(e), d)
			}
			if i = -1; may {
				i = len(v.Pages)
				v.Pages = append(v.Pages, toldPage{Link: about, Answer: toldAddress(about.URL)})
			}
			at[page] = i
		}
		if i >= 0 {
			v.Pages[i].Waits++
		}
	}
	return render(s, e, http.StatusOK, "told", Page{Title: "What readers told us", NoIndex: true}, v)
}

// toldAnswer answers those that were chosen.
func (s *Site) toldAnswer(e *core.RequestEvent) error {
	about, d, comments, err := s.toldPageOf(e)
	if err != nil {
		return err
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("This form could not be read.", err)
	}
	form := e.Request.PostForm
	chosen := map[string]bool{}
	for _, id := range form["comments"] {
		chosen[id] = true
	}
	to := slices.DeleteFunc(slices.Clone(comments), func(c *thread.Comment) bool { return !chosen[c.Id] })
	v := toldView{Words: form.Get("words"), Changed: form.Get("changed")}
	switch {
	case v.Changed != "yes" && v.Changed != "no":
		v.Errors = fieldErrors{{"changed", "Say whether something changed."}}
	case len(to) < len(form["comments"]):
		v.Errors = fieldErrors{{"comments", "Somebody has answered one of these meanwhile. Look again."}}
	default:
		_, err = thread.Reply(s.app, viewer(e), to, v.Changed == "yes", form.Get("paragraph"), v.Words)
		if err == nil {
			return e.Redirect(http.StatusSeeOther, about.URL)
		}
		if v.Errors = faultsOf(err); v.Errors == nil {
			return err
		}
	}
	return s.showTold(e, http.StatusUnprocessableEntity, about, d, comments, v, chosen, form.Get("paragraph"))
}
