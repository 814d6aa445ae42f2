package site

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// answerView is an answer to readers, as it stands beside the paragraph, at the page's foot and in the list.
type answerView struct {
	ID      string
	Page    Link
	Changed bool
	Words   string
	Wording string // of the paragraph, where it is not seen beside it
	At      time.Time
	Who     string // how many said so, in words that give nobody away
	Link    string // what changed
}

// whoSaid is how many people said something. A few could be known by their number.
func whoSaid(n int) string {
	if n < thread.Few {
		return "Fewer than five people told us."
	}
	return counted(n, "person", "people") + " told us."
}

func answerViewOf(a *thread.Answer, n int, about Link) answerView {
	v := answerView{ID: a.Id, Page: about, Changed: a.Changed(), Words: a.Words(), At: a.At(), Who: whoSaid(n)}
	if a.Changed() && a.Document() != "" {
		v.Link = about.URL + "/changes"
	}
	return v
}

type changedView struct {
	Answers []answerView
	Pages   []Choice
	Only    *Link // the page whose answers are shown
}

// answersShown is how many answers the list and its feed hold.
const answersShown = 200

// answersFor are the answers that a viewer may read, the newest first.
func (s *Site) answersFor(v *member.Viewer) ([]answerView, error) {
	answers, err := thread.Answers(s.app, "", answersShown)
	if err != nil {
		return nil, err
	}
	counts, err := thread.AnsweredBy(s.app, answers)
	if err != nil {
		return nil, err
	}
	var list []answerView
	for _, a := range answers {
		title, _, err := s.toldTitle(v, a.Page())
		if err != nil {
			return nil, err
		}
		about := Link{title, a.Page()}
		if a.Document() == "" && title == "" { // an event that is gone, or not for everybody any more
			continue
		}
		if a.Document() != "" {
			d, err := library.ByID(s.app, a.Document())
			if unlessGone(err) != nil { // who asks next is not shown less
				return nil, err
			}
			if err != nil || !d.Viewable(v) || d.State() != library.Published {
				continue
			}
			about = Link{d.Title(), d.Address()}
		}
		list = append(list, answerViewOf(a, counts[a.Id], about))
	}
	return list, nil
}

func (s *Site) changedBecause(e *core.RequestEvent) error {
	all, err := s.answersFor(viewer(e))
	if err != nil {
		return err
	}
	v, only, seen := changedView{}, e.Request.URL.Query().Get("page"), map[string]bool{}
	for _, a := range all {
		if !seen[a.Page.URL] {
			seen[a.Page.URL] = true
			v.Pages = append(v.Pages, Choice{Value: a.Page.URL, Title: a.Page.Text, Chosen: a.Page.URL == only})
		}
		if only != "" && a.Page.URL != only {
			continue
		}
		if only != "" {
			v.Only = &a.Page
		}
		v.Answers = append(v.Answers, a)
	}
	if only != "" && v.Only == nil {
		to, err := library.MovedTo(s.app, viewer(e), only)
		if err != nil {
			return err
		}
		if to != "" {
			return e.Redirect(http.StatusMovedPermanently, "/changed-because-you-said?page="+url.QueryEscape(to))
		}
	}
	p := Page{Title: s.say("you-said"), Description: s.say("about-you-said"), Feed: "/changed-because-you-said.atom"}
	return render(s, e, http.StatusOK, "changed-because-you-said", p, v, tagLibrary, tagTold)
}

func (s *Site) changedAtom(e *core.RequestEvent) error {
	all, err := s.answersFor(viewer(e))
	if err != nil {
		return err
	}
	f := atomFeed{
		Lang: "en-GB", ID: s.base(e) + "/changed-because-you-said", Title: s.say("you-said"), Author: "Commonplace",
		Links: []atomLink{{"self", "application/atom+xml", s.base(e) + "/changed-because-you-said.atom"}, {"alternate", "text/html", s.base(e) + "/changed-because-you-said"}},
	}
	for _, a := range all {
		title := "Changed: " + a.Page.Text
		if !a.Changed {
			title = "Not changed: " + a.Page.Text
		}
		at := s.base(e) + a.Page.URL
		f.Entries = append(f.Entries, atomEntry{
			ID: s.base(e) + "/changed-because-you-said#" + a.ID, Title: title, Updated: a.At.UTC().Format(time.RFC3339), Published: a.At.UTC().Format(time.RFC3339),
			Link: atomLink{"alternate", "text/html", at}, Summary: a.Words + " " + a.Who,
		})
	}
	return sendAtom(e, f)
}

// sendAtom answers with a feed whose entries have the newest first.
func sendAtom(e *core.RequestEvent, f atomFeed) error {
	f.Updated = time.Time{}.Format(time.RFC3339)
	for _, entry := range f.Entries {
		if strings.Compare(entry.Updated, f.Updated) > 0 {
			f.Updated = entry.Updated
		}
	}
	body, err := xml.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	e.Response.Header().Set("Cache-Control", "private, no-cache")
	return e.Blob(http.StatusOK, "application/atom+xml; charset=utf-8", append([]byte(xml.Header), body...))
}
