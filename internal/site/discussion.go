package site

import (
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

type discussionView struct {
	More    []moreLink
	Talk    *talkView
	About   *Link
	Space   *Link
	Who     string // leads to who can see it; "" for guests
	Kind    string
	Started time.Time
	Closed  bool
	Pinned  bool
	Posts   int
	Errors  []fieldError
	Earlier string // leads to the posts before the ones shown
	Later   string // and after
	Newest  string
	Unread  *thread.Unread
	First   string // leads to the first of them
	Slow    int
	Hidden  bool   // by a moderator; only those who moderate see it
	Waits   bool   // for a moderator; only they and who began it see it
	Why     string // it was closed
	Report  string
	Tools   *threadTools
	Quote   *quoteView   // the paragraph that it is about
	Decided *decidedView // what was decided
	Feed    string       // where it is read as a feed, or an address for that is made
	Become  string       // where something is made of it, "" for those who may not
	Draft   *Link        // what it became, for those who may see that
	Edit    string       // where title and kind are changed, "" for those who may not
	Follow  *thingFollow // nil for guests
}

// shownInThread is how many posts one page of a thread shows, the last ones first to be seen.
const shownInThread = 50

func (s *Site) discussion(e *core.RequestEvent) error {
	t, err := s.openThread(e)
	if err != nil {
		return err
	}
	view, err := s.discussionView(e, t)
	if err != nil {
		return err
	}
	if reply := e.Request.URL.Query().Get("reply"); reply != "" {
		view.Talk.ReplyTo = s.answers(t, view.Talk, reply)
	}
	if quoted := s.answers(t, view.Talk, e.Request.URL.Query().Get("quote")); quoted != nil {
		if view.Talk.Text, err = thread.Quoted(s.app, quoted.Post); err != nil {
			return err
		}
	}
	return s.showDiscussion(e, http.StatusOK, t, view)
}

// answers is the post that a reply is meant for, nil for none.
func (s *Site) answers(t *thread.Thread, talk *talkView, post string) *postView {
	if post == "" || !talk.MayPost {
		return nil
	}
	p, ok, err := thread.PostByID(s.app, post)
	if err != nil || !ok || p.Thread != t.Id || !p.Out() {
		return nil
	}
	return &postView{Post: p, Members: true}
}

func (s *Site) showDiscussion(e *core.RequestEvent, status int, t *thread.Thread, view discussionView) error {
	view.More = s.moreOfThread(e, t)
	p := Page{
		Feed: feedLink(view.Feed), Title: t.Title(), Section: "/discussions", Within: []Link{{"discussions", "/discussions"}}, Scripts: view.Talk.scripts(), NoIndex: view.Later != "",
	}
	if e.Request.URL.Query().Has("print") {
		p.Scripts = []string{"print.js"}
	}
	return render(s, e, status, "discussion", p, view, append(view.Talk.tags(), tagLibrary)...)
}

// openThread finds the thread of the address. What the viewer may not see is not there.
func (s *Site) openThread(e *core.RequestEvent) (*thread.Thread, error) {
	t, err := thread.ByID(s.app, e.Request.PathValue("id"))
	if err != nil {
		return nil, found(e, err)
	}
	if !t.Viewable(viewer(e)) {
		return nil, notFound(e)
	}
	return t, nil
}

func (s *Site) discussionView(e *core.RequestEvent, t *thread.Thread) (discussionView, error) {
	v := viewer(e)
	talk := &talkView{Action: "/discussions/" + t.Id, Key: newKey(), SignIn: signInFor(v, "/discussions/"+t.Id+"#reply")}
	if err := s.position(talk); err != nil {
		return discussionView{}, err
	}
	view := discussionView{Talk: talk, Kind: t.ThreadKind(), Started: t.Started(), Closed: t.State() == thread.Closed, Pinned: t.Pinned(), Posts: t.Posts(), Slow: t.Slow()}
	if v.SignedIn() {
		view.Who = aboutThread(t).link("/who")
		view.Follow = s.followOf(e, notify.Followed{Kind: notify.Thread, Record: t.Id}, "/discussions/"+t.Id, "discussion")
		s.noticed(e, "threads", t.Id)
	}
	stretch, err := s.stretchOf(e, t)
	if err != nil {
		return view, err
	}
	if err := s.show(talk, t, v, stretch.Posts); err != nil {
		return view, err
	}
	view.around(stretch, t)
	if err := s.unread(e, &view, t); err != nil {
		return view, err
	}
	if err := s.standing(&view, t, v); err != nil {
		return view, err
	}
	if t.Document() != "" {
		d, err := library.ByID(s.app, t.Document())
		if unlessGone(err) != nil {
			return view, err
		}
		if err == nil && d.Viewable(v) {
			view.About = &Link{d.Title(), d.Address()}
			if t.Paragraph() != "" {
				if view.Quote, err = s.quoteOf(t, d); err != nil {
					return view, err
				}
			}
		}
	}
	if view.Feed, err = s.feedAddress("/discussions/"+t.Id, member.ThreadFeed, t.Id); err != nil {
		return view, err
	}
	view.Draft = s.draftOf(e, t)
	if v.MayPost(t.Space()) && t.Sight() == library.Published {
		view.Become = "/discussions/" + t.Id + "/become"
	}
	if view.Decided, err = s.decidedOf(e, t); err != nil {
		return view, err
	}
	if t.Renamable(v) {
		view.Edit = "/discussions/" + t.Id + "/edit"
	}
	sp, err := member.SpaceByID(s.app, t.Space())
	if err == nil {
		view.Space = &Link{sp.Title(), "/spaces/" + sp.Slug()}
	}
	return view, unlessGone(err)
}

// standing says how a thread stands with those who moderate.
func (s *Site) standing(view *discussionView, t *thread.Thread, v *member.Viewer) error {
	view.Hidden, view.Waits, view.Tools = t.State() == thread.Hidden, t.State() == thread.Held, toolsOf(v, t)
	if !view.Hidden && !view.Waits {
		view.Report = reportAddress("thread:" + t.Id)
	}
	if !view.Closed {
		return nil
	}
	last, err := thread.LastClosed(s.app, t.Id)
	if last != nil {
		view.Why = last.Reason()
	}
	return err
}

// discussionPost is the composer of a thread's page, with scripts or without.
func (s *Site) discussionPost(e *core.RequestEvent) error {
	t, err := s.openThread(e)
	if err != nil {
		return err
	}
	if !t.Postable(viewer(e)) {
		return s.closedMeanwhile(e, t)
	}
	up, err := s.sentPost(e)
	defer up.drop()
	if err != nil {
		return s.postRefused(e, t, err)
	}
	if e.Request.FormValue("do") == "preview" {
		return s.discussionPreview(e, t)
	}
	id, err := s.posting(e, up, func(tx core.App) (string, error) {
		form := e.Request.FormValue
		p, err := thread.Say(tx, viewer(e), t.Id, form("body"), form("reply_to"), form("client_key"))
		if err != nil {
			return "", err
		}
		return p.Id, nil
	})
	if err != nil {
		return s.postRefused(e, t, err)
	}
	if err := s.endAutosave(e); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/discussions/"+t.Id+"#post-"+id)
}

// closedMeanwhile refuses a post, and gives its words back to whoever wrote them while the discussion was being closed.
func (s *Site) closedMeanwhile(e *core.RequestEvent, t *thread.Thread) error {
	const sentence = "You may not post in this discussion. It may have been closed."
	text := e.Request.FormValue("body")
	if text == "" || !viewer(e).SignedIn() {
		return e.ForbiddenError(sentence, nil)
	}
	view, err := s.discussionView(e, t)
	if err != nil {
		return err
	}
	view.Talk.Text, view.Errors = text, fieldErrors{{"body", sentence}}
	return s.showDiscussion(e, http.StatusForbidden, t, view)
}

// postRefused shows the form again with what was wrong.
func (s *Site) postRefused(e *core.RequestEvent, t *thread.Thread, err error) error {
	faults := postFaults(err)
	if faults == nil {
		return err
	}
	view, err := s.discussionView(e, t)
	if err != nil {
		return err
	}
	talk := view.Talk
	talk.ReplyTo = s.answers(t, talk, e.Request.FormValue("reply_to"))
	view.Errors = talk.again(e, faults)
	return s.showDiscussion(e, http.StatusUnprocessableEntity, t, view)
}

// discussionPreview shows a post as it is going to stand, with the form as it was filled in.
func (s *Site) discussionPreview(e *core.RequestEvent, t *thread.Thread) error {
	view, err := s.discussionView(e, t)
	if err != nil {
		return err
	}
	view.Talk.Text, view.Talk.Key = e.Request.FormValue("body"), e.Request.FormValue("client_key")
	view.Talk.ReplyTo = s.answers(t, view.Talk, e.Request.FormValue("reply_to"))
	if view.Talk.Preview, err = previewOf(view.Talk.Text); err != nil {
		view.Talk.Error = upperFirst(err.Error()) + "."
		view.Errors = fieldErrors{{"body", view.Talk.Error}}
		return s.showDiscussion(e, http.StatusUnprocessableEntity, t, view)
	}
	return s.showDiscussion(e, http.StatusOK, t, view)
}

// previewOf is a text as a post shows it.
func previewOf(text string) (template.HTML, error) {
	page, err := markdown.Render(text, markdown.Options{Prefix: "preview-", LowestHeading: 3})
	return template.HTML(page.HTML), err
}

// stretchOf is the part of a thread that the address asks for: before a number, from one on, around a post, or its end.
func (s *Site) stretchOf(e *core.RequestEvent, t *thread.Thread) (thread.Stretch, error) {
	q, v := e.Request.URL.Query(), viewer(e)
	if seq, err := strconv.ParseInt(q.Get("before"), 10, 64); err == nil {
		return t.Before(s.app, v, seq, shownInThread)
	}
	if seq, err := strconv.ParseInt(q.Get("from"), 10, 64); err == nil {
		return t.From(s.app, v, seq, shownInThread)
	}
	if q.Has("all") {
		all, err := t.PostsFor(s.app, v, -1)
		return thread.Stretch{Posts: all}, err
	}
	if post := q.Get("around"); post != "" {
		p, found, err := thread.PostByID(s.app, post)
		if err != nil {
			return thread.Stretch{}, err
		}
		if found && p.Thread == t.Id {
			return t.Around(s.app, v, p.Seq, shownInThread)
		}
	}
	return t.Last(s.app, v, shownInThread)
}

// around fills in the ways to the posts on either side. Only at its end a thread is live.
func (v *discussionView) around(s thread.Stretch, t *thread.Thread) {
	address := "/discussions/" + t.Id
	if s.Earlier && len(s.Posts) > 0 {
		v.Earlier = fmt.Sprintf("%s?before=%d", address, s.Posts[0].Seq)
	}
	if s.Later {
		v.Newest, v.Talk.Later = address, true
		if len(s.Posts) > 0 {
			v.Later = fmt.Sprintf("%s?from=%d", address, s.Posts[len(s.Posts)-1].Seq+1)
		}
	}
}

// unread fills in what the viewer has not seen of the thread, and what they typed into it and did not send.
func (s *Site) unread(e *core.RequestEvent, view *discussionView, t *thread.Thread) error {
	v := viewer(e)
	if !v.SignedIn() || shownAs(e) != nil {
		return nil
	}
	seq, opened, err := thread.SeenUpTo(s.app, v.ID(), t.Id)
	if err != nil {
		return err
	}
	view.Talk.Reads, view.Talk.Seen = true, seq
	list, err := thread.UnreadOf(s.app, v, 1, t.Id)
	if err != nil {
		return err
	}
	if opened && len(list) > 0 {
		view.Unread, view.First = &list[0], list[0].Address()
		for i, p := range view.Talk.Posts {
			if p.ID == list[0].First {
				view.Talk.Posts[i].Fresh, view.First = true, "#post-"+p.ID
			}
		}
	}
	typed, fields, err := s.autosaveOf(e, 0)
	typed.Address = "/discussions/" + t.Id
	if fields != nil {
		view.Talk.Text, view.Talk.ReplyTo = fields.Get("body"), s.answers(t, view.Talk, fields.Get("reply_to"))
	}
	view.Talk.Typed = &typed
	return err
}
