package site

import (
	"net/http"
	"strings"
	"time"

	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// commentedView is a document as it is being written with what its writers and reviewers say about its passages.
type commentedView struct {
	Action      string
	Open        int
	Parts       []commentedPart
	Gone        []reviewComment // on fields that are empty by now
	Fields      []Choice
	Quote, Text string
	Errors      fieldErrors
}

type commentedPart struct {
	Field, Title string
	Paragraphs   []string
	Comments     []reviewComment
}

type reviewComment struct {
	ID, Quote, Text string
	Who             speaker
	At, Resolved    time.Time
	Changed         bool // the passage does not stand there any more
	Action          string
}

// commentsOn shows a document as it is being written, work beside the page included, with the comments on it. It is for
// those who may change it: the caller has asked.
func (s *Site) commentsOn(e *core.RequestEvent, d *library.Document) (commentedView, error) {
	v := commentedView{Action: writeAddress(d) + "/comments"}
	d, err := s.asWritten(d)
	if err != nil {
		return v, err
	}
	all, err := library.ReviewComments(s.app, d.Id)
	if err != nil {
		return v, err
	}
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return v, err
	}
	byField := map[string][]*library.ReviewComment{}
	for _, c := range all {
		byField[c.Field()] = append(byField[c.Field()], c)
		if c.Resolved().IsZero() {
			v.Open++
		}
	}
	view := func(c *library.ReviewComment, text string) (reviewComment, error) {
		who, err := s.speaker(e, c.Author(), organisations, "")
		evened := strings.Join(strings.Fields(text), " ")
		return reviewComment{
			ID: c.Id, Quote: c.Quote(), Text: c.Text(), Who: who, At: c.At(), Resolved: c.Resolved(), Action: v.Action,
			Changed: !strings.Contains(evened, strings.Join(strings.Fields(c.Quote()), " ")),
		}, err
	}
	for _, p := range d.Passages() {
		part := commentedPart{Field: p.Field, Title: p.Title}
		for paragraph := range strings.SplitSeq(p.Text, "\n") {
			if strings.TrimSpace(paragraph) != "" {
				part.Paragraphs = append(part.Paragraphs, paragraph)
			}
		}
		for _, c := range byField[p.Field] {
			x, err := view(c, p.Text)
			if err != nil {
				return v, err
			}
			part.Comments = append(part.Comments, x)
		}
		delete(byField, p.Field)
		v.Parts = append(v.Parts, part)
		v.Fields = append(v.Fields, Choice{Value: p.Field, Title: p.Title, Chosen: p.Field == "body"})
	}
	for _, c := range all {
		if byField[c.Field()] != nil {
			x, err := view(c, "")
			if err != nil {
				return v, err
			}
			v.Gone = append(v.Gone, x)
		}
	}
	return v, nil
}

// asWritten is a document with the work that waits beside it.
func (s *Site) asWritten(d *library.Document) (*library.Document, error) {
	work, err := library.Work(s.app, d.Id)
	if err != nil || work == nil {
		return d, err
	}
	written := library.Wrap(d.Record.Clone())
	return written, written.Apply(work)
}

type commentsView struct {
	Title, Write string
	Comments     commentedView
	Done         string
}

// comments is the page of a document with the comments beside its text.
func (s *Site) comments(e *core.RequestEvent) error {
	d, err := s.openForEditors(e)
	if err != nil {
		return err
	}
	v := commentsView{Done: map[string]string{"kept": "Your comment is kept.", "settled": "The comment is settled.", "open": "The comment is open again."}[e.Request.URL.Query().Get("done")]}
	if v.Comments, err = s.commentsOn(e, d); err != nil {
		return err
	}
	return s.showComments(e, http.StatusOK, d, v)
}

func (s *Site) showComments(e *core.RequestEvent, status int, d *library.Document, v commentsView) error {
	v.Title, v.Write = d.Title(), writeAddress(d)
	p := Page{Title: "Comments: " + d.Title(), Crumbs: []Link{{"Write", "/write"}, {d.Title(), v.Write}}, NoIndex: true}
	return render(s, e, status, "comments", p, v)
}

// commentSave keeps a comment, or settles one.
func (s *Site) commentSave(e *core.RequestEvent) error {
	d, err := s.openForEditors(e)
	if err != nil {
		return err
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("The form could not be read.", err)
	}
	form, done := e.Request.PostForm, "kept"
	switch do := form.Get("do"); do {
	case "settle", "open":
		done = map[string]string{"settle": "settled", "open": "open"}[do]
		err = found(e, library.Resolve(s.app, d.Id, form.Get("comment"), viewer(e).ID(), do == "settle"))
	default:
		var written *library.Document
		if written, err = s.asWritten(d); err == nil {
			err = library.Comment(s.app, written, viewer(e).ID(), form.Get("field"), form.Get("quote"), form.Get("text"))
		}
	}
	if faults := faultsOf(err); faults != nil {
		v := commentsView{}
		if v.Comments, err = s.commentsOn(e, d); err != nil {
			return err
		}
		v.Comments.Errors, v.Comments.Quote, v.Comments.Text = faults, form.Get("quote"), form.Get("text")
		for i := range v.Comments.Fields {
			v.Comments.Fields[i].Chosen = v.Comments.Fields[i].Value == form.Get("field")
		}
		return s.showComments(e, http.StatusUnprocessableEntity, d, v)
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, writeAddress(d)+"/comments?done="+done)
}
