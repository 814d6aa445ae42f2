package site

import (
	"cmp"
	"database/sql"
	"errors"
	"html/template"
	"net/http"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

type discussionsView struct {
	Threads []threadCard
	Start   bool
	Spaces  []spaceCard
	More    string
}

// perPage is how many threads a list shows.
const perPage = 50

func (s *Site) discussions(e *core.RequestEvent) error {
	v := viewer(e)
	threads, err := thread.Latest(s.app, v, perPage)
	if err != nil {
		return err
	}
	view := discussionsView{Start: v.MayPost(v.Library())}
	if view.Threads, err = s.threadCards(e, threads); err != nil {
		return err
	}
	if view.Spaces, err = s.spaceCards(e); err != nil {
		return err
	}
	p := Page{Title: s.say("discussions"), Description: s.say("about-discussions"), Section: "/discussions"}
	return render(s, e, http.StatusOK, "discussions", p, view, tagTalk, tagLibrary)
}

// threadCard is a thread in a list.
type threadCard struct {
	ID, Title, Kind, About, AboutURL, Space string
	Posts                                   int
	Closed, Pinned, Example                 bool
	Last                                    time.Time
	LastBy                                  string
	Unread                                  *thread.Unread
	Decided                                 string // what was decided, in a few words
	Paragraph                               bool   // it is about one paragraph of the page
}

// Address is where the thread stands.
func (t threadCard) Address() string { return "/discussions/" + t.ID }

func (s *Site) threadCards(e *core.RequestEvent, threads []*thread.Thread) ([]threadCard, error) {
	spaces, err := s.names("spaces", "title")
	if err != nil {
		return nil, err
	}
	about := map[string]library.Card{}
	var ids []any
	for _, t := range threads {
		if t.Document() != "" {
			ids = append(ids, t.Document())
		}
	}
	if len(ids) > 0 {
		cards, err := library.Cards(s.app, viewer(e), inColumn("id", ids))
		if err != nil {
			return nil, err
		}
		for _, c := range cards {
			about[c.ID] = c
		}
	}
	unread, err := s.unreadOf(e, threads)
	if err != nil {
		return nil, err
	}
	decided, err := thread.Outcomes(s.app, threadIDs(threads))
	if err != nil {
		return nil, err
	}
	list := make([]threadCard, len(threads))
	for i, t := range threads {
		c := threadCard{
			ID: t.Id, Title: t.Title(), Kind: t.ThreadKind(), Posts: t.Posts(), Closed: t.State() == thread.Closed, Pinned: t.Pinned(),
			Example: t.Example(), Last: t.LastPost(), Space: spaces[t.Space()], Unread: unread[t.Id], Decided: thread.Shorten(decided[t.Id], 200), Paragraph: t.Paragraph() != "",
		}
		if d, ok := about[t.Document()]; ok {
			c.About, c.AboutURL = d.Title, d.Address()
		}
		last, err := thread.LastPosts(s.app, t.Id, 1)
		if err != nil {
			return nil, err
		}
		if len(last) > 0 {
			c.LastBy = last[0].By()
		}
		list[i] = c
	}
	return list, nil
}

// unreadOf is what the viewer has not seen of the threads.
func (s *Site) unreadOf(e *core.RequestEvent, threads []*thread.Thread) (map[string]*thread.Unread, error) {
	if len(threads) == 0 {
		return nil, nil
	}
	list, err := thread.UnreadOf(s.app, viewer(e), -1, threadIDs(threads)...)
	by := make(map[string]*thread.Unread, len(list))
	for i, u := range list {
		by[u.Thread] = &list[i]
	}
	return by, err
}

func threadIDs(threads []*thread.Thread) []string {
	ids := make([]string, len(threads))
	for i, t := range threads {
		ids[i] = t.Id
	}
	return ids
}

func inColumn(column string, values []any) dbx.Expression { return dbx.In(column, values...) }

type newDiscussionView struct {
	Title, Text, Kind, Space, Key string
	Document                      *Link
	DocumentID                    string
	Paragraph, Quote              string // the paragraph it is about, by its key and in its words
	Spaces                        []Choice
	Kinds                         []Choice
	File                          addedFile
	Preview                       template.HTML
	Errors                        fieldErrors
	Similar                       *similarView // offered before the thread is started, where no script could
}

func (s *Site) discussionForm(e *core.RequestEvent) error {
	q := e.Request.URL.Query()
	v := newDiscussionView{Key: newKey(), Title: q.Get("title"), Space: q.Get("space"), DocumentID: q.Get("document"), Paragraph: q.Get("paragraph"), Kind: "question"}
	return s.showNewDiscussion(e, http.StatusOK, v)
}

func (s *Site) showNewDiscussion(e *core.RequestEvent, status int, v newDiscussionView) error {
	if v.DocumentID != "" {
		d, err := library.ByID(s.app, v.DocumentID)
		if err != nil || !d.Viewable(viewer(e)) {
			return notFound(e)
		}
		v.Document = &Link{d.Title(), d.Address()}
		if v.Quote, err = s.paragraphOf(d, v.Paragraph); err != nil {
			return err
		}
		if v.Paragraph != "" && v.Quote == "" && status == http.StatusOK { // it has changed meanwhile
			return e.Redirect(http.StatusSeeOther, "/discussions/paragraph?document="+d.Id)
		}
	}
	spaces, err := member.ListedSpaces(s.app, viewer(e))
	if err != nil {
		return err
	}
	for _, sp := range spaces {
		if viewer(e).MayPost(sp.Id) {
			v.Spaces = append(v.Spaces, Choice{Value: sp.Slug(), Title: sp.Title() + ": " + levelWords[sp.Level()], Chosen: sp.Slug() == v.Space})
		}
	}
	v.Kinds = kindChoices(v.Kind)
	p := Page{Title: s.say("title-discussion-new"), Section: "/discussions", Within: []Link{{"discussions", "/discussions"}}, Scripts: []string{"similar.js", "write.js"}, NoIndex: true}
	return render(s, e, status, "discussion-new", p, v)
}

func (s *Site) discussionStart(e *core.RequestEvent) error {
	up, sent := s.sentPost(e)
	defer up.drop()
	form := e.Request.FormValue
	v := newDiscussionView{Title: form("title"), Text: form("body"), Kind: form("kind"), Space: form("space"), DocumentID: form("document"), Paragraph: form("paragraph"), Key: form("client_key"), File: fileAgain(e, nil)}
	before, err := sentBefore(e, s.app)
	if before != nil {
		return e.Redirect(http.StatusSeeOther, "/discussions/"+before.GetString("thread"))
	}
	if sent == nil {
		sent = err
	}
	t, err := s.threadToStart(e, v.Space, v.DocumentID)
	if err != nil {
		return found(e, err)
	}
	t.Set("title", v.Title)
	t.Set("kind", v.Kind)
	t.Set("quote", v.Paragraph)
	if err := thread.MayStart(s.app, viewer(e), t); err != nil {
		return e.ForbiddenError("You may not start a discussion there.", err)
	}
	again := func(err error) error {
		if v.Errors = postFaults(err); v.Errors == nil {
			return err
		}
		v.Key, v.File = keyAgain(e, v.Errors), fileAgain(e, v.Errors)
		return s.showNewDiscussion(e, http.StatusUnprocessableEntity, v)
	}
	if sent != nil {
		return again(sent)
	}
	if form("do") == "preview" {
		if v.Preview, err = previewOf(v.Text); err != nil {
			return again(validation.Errors{"body": validation.NewError("validation_markdown", err.Error())})
		}
		return s.showNewDiscussion(e, http.StatusOK, v)
	}
	if v.Errors = missing(field{"title", v.Title, "Give the discussion a title."}, field{"body", v.Text, "Write something first."}); len(v.Errors) > 0 {
		return s.showNewDiscussion(e, http.StatusUnprocessableEntity, v)
	}
	if form("similar") == unseen { // shown once, then it is started
		if v.Similar, err = s.similarOnce(e, asked{Title: v.Title, Text: v.Text}); err != nil {
			return err
		}
		if v.Similar != nil {
			return s.showNewDiscussion(e, http.StatusUnprocessableEntity, v)
		}
	}
	id, err := s.posting(e, up, func(tx core.App) (string, error) {
		p, err := thread.Start(tx, viewer(e), t, v.Text, v.Key)
		if err != nil {
			return "", err
		}
		return p.Id, nil
	})
	if err != nil {
		return again(err)
	}
	p, err := s.app.FindRecordById("posts", id)
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/discussions/"+p.GetString("thread")) // that of the post sent first, where two came at once
}

// threadToStart is a discussion that is not there yet, where a form would put it: with its document, or in a space that the viewer
// knows of.
func (s *Site) threadToStart(e *core.RequestEvent, space, document string) (*thread.Thread, error) {
	sp, err := member.SpaceBySlug(s.app, cmp.Or(space, member.LibrarySlug))
	if err != nil || !viewer(e).Lists(sp) {
		return nil, errors.Join(sql.ErrNoRows, err)
	}
	t, err := thread.New(s.app)
	if err != nil {
		return nil, err
	}
	t.Set("state", thread.Open)
	t.Set("space", sp.Id)
	t.Set("document", document)
	if d, err := library.ByID(s.app, document); err == nil {
		t.Set("space", d.Space())
	}
	return t, nil
}

// Choice is one entry of a select, a list of radio buttons or of boxes.
type Choice struct {
	Value, Title, Hint string
	Chosen             bool
}
