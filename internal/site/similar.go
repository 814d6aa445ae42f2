package site

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/search"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// maxSimilar is how much similar work is offered: more is not read by somebody who wants to write.
const maxSimilar = 4

// asked is the text for which somebody looks for similar work.
type asked struct {
	Title string `json:"title"`
	Text  string `json:"text"`
	Self  string `json:"self"` // the document that is being written, which is like itself
}

// similarTo lists work that is like a text, in what the viewer may see.
func (s *Site) similarTo(v *member.Viewer, a asked) ([]search.Likeness, error) {
	found, err := s.o.Search.Similar(a.Title, a.Text, v.Keys(), maxSimilar+1)
	if err != nil {
		return nil, err
	}
	list := make([]search.Likeness, 0, len(found))
	for _, l := range found {
		if l.ID != library.EntryPrefix+a.Self && len(list) < maxSimilar {
			list = append(list, l)
		}
	}
	return list, nil
}

// likenessJSON is similar work as the hub's JSON gives it.
type likenessJSON struct {
	ID           string   `json:"id"`
	Kind         string   `json:"kind"`
	Title        string   `json:"title"`
	URL          string   `json:"url"`
	Organisation string   `json:"organisation"`
	Score        float64  `json:"score"`
	Reason       string   `json:"reason"`
	Words        []string `json:"words"`
}

func (s *Site) apiSimilar(e *core.RequestEvent) error {
	v, err := s.tokenViewer(e)
	if err != nil {
		return err
	}
	var a asked
	if err := e.BindBody(&a); err != nil {
		return e.BadRequestError("Send a JSON object with title and text.", err)
	}
	found, err := s.similarTo(v, a)
	if err != nil {
		return err
	}
	hits := make([]likenessJSON, len(found))
	for i, l := range found {
		hits[i] = likenessJSON{ID: idOf(l), Kind: l.Kind, Title: l.Title, URL: l.URL, Organisation: l.Organisation, Score: l.Score, Reason: l.Reason(), Words: l.Words}
		if hits[i].Words == nil {
			hits[i].Words = []string{}
		}
	}
	return e.JSON(http.StatusOK, map[string]any{"hits": hits})
}

// idOf is the record that a likeness leads to: of a post, its thread.
func idOf(l search.Likeness) string {
	if id, ok := strings.CutPrefix(l.URL, "/discussions/"); ok && strings.HasPrefix(l.ID, thread.PostEntryPrefix) {
		return id
	}
	_, id, _ := strings.Cut(l.ID, "/")
	return id
}

// similarView is the part of a form that offers similar work.
type similarView struct {
	Found []likeView
	Build string // where the saved document says what it has to do with them; "" where nothing is saved yet
}

// likeView is one offer.
type likeView struct {
	Title, URL, Kind, Organisation, Summary, Reason string
	Document                                        string // its id, where it can be built on
	Join, JoinWord                                  string // where one joins in
}

// likeViews says of each how one can join in: a thread is joined, a case study adopted, another page read.
func (s *Site) likeViews(found []search.Likeness) []likeView {
	views := make([]likeView, len(found))
	for i, l := range found {
		v := likeView{Title: l.Title, URL: l.URL, Kind: s.kindWord(l.Kind), Organisation: l.Organisation, Summary: l.Summary, Reason: l.Reason()}
		switch l.Kind {
		case "thread":
			v.Join, v.JoinWord = l.URL+"#reply", "Join the discussion"
		case string(library.CaseStudy):
			v.Join, v.JoinWord = l.URL+"/adopt", "Say that you do this too"
			v.Document = idOf(l)
		default:
			v.Document = idOf(l)
		}
		views[i] = v
	}
	return views
}

// similar answers a form's script with the part that offers similar work, empty when there is none.
func (s *Site) similar(e *core.RequestEvent) error {
	if !viewer(e).SignedIn() {
		return e.ForbiddenError("Sign in to look for similar work.", nil)
	}
	var a asked
	if err := e.BindBody(&a); err != nil {
		return e.BadRequestError("Send the title and the text.", err)
	}
	found, err := s.similarTo(viewer(e), a)
	if err != nil {
		return err
	}
	e.Response.Header().Set("Cache-Control", "no-store")
	if len(found) == 0 {
		return e.NoContent(http.StatusNoContent)
	}
	var b bytes.Buffer
	if err := s.pages[partPost].ExecuteTemplate(&b, "similar", similarView{s.likeViews(found), s.buildOn(viewer(e), a.Self)}); err != nil {
		return fmt.Errorf("part similar: %w", err)
	}
	return e.HTML(http.StatusOK, b.String())
}

// unseen is what a form's hidden field says as long as no script has offered similar work.
const unseen = "unseen"

// similarOnce is what a form shows once before it does what it was sent for, nil for nothing.
func (s *Site) similarOnce(e *core.RequestEvent, a asked) (*similarView, error) {
	found, err := s.similarTo(viewer(e), a)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &similarView{s.likeViews(found), s.buildOn(viewer(e), a.Self)}, nil
}

// buildOn is where a document that the viewer writes says what it has to do with others, "" for none.
func (s *Site) buildOn(v *member.Viewer, document string) string {
	d, err := library.ByID(s.app, document)
	if document == "" || err != nil || !d.Editable(v) {
		return ""
	}
	return writeAddress(d) + "/relations"
}
