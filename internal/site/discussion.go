package site

import (
	"net/http"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

type discussionView struct {
	More     []moreLink
	Talk     *talkView
	About    *Link
	Space    *Link
	Who      string // leads to who can see it; "" for guests
	Kind     string
	Started  time.Time
	Closed   bool
	Pinned   bool
	Posts    int
	Errors   []fieldError
	Earlier  string // leads to the posts before the ones shown
	ShownAll bool
	Hidden   bool   // by a moderator; only those who moderate see it
	Waits    bool   // for a moderator; only they and who began it see it
	Why      string // it was closed
	Report   string
	Tools    *threadTools
	Quote    *quoteView   // the paragraph that it is about
	Decided  *decidedView // what was decided
	Feed     string       // where it is read as a feed, or an address for that is made
	Become   string       // where something is made of it, "" for those who may not
	Draft    *Link        // what it became, for those who may see that
	Edit     string       // where title and kind are changed, "" for those who may not
	Follow   *thingFollow // nil for guests
}

// shownInThread is how many posts one page of a thread shows, the last ones first to be seen.
const shownInThread = 200

func (s *Site) discussion(e *core.RequestEvent) error {
	t, err := s.openThread(e)
	if err != nil {
		return err
	}
	view, err := s.discussionView(e, t)
	if err != nil {
		return err
	}
	view.Talk.ReplyTo = s.answers(t, view.Talk, e.Request.URL.Query().Get("reply"))
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
		Feed: feedLink(view.Feed), Title: t.Title(), Section: "/discussions", Crumbs: []Link{{"Discussions", "/discussions"}}, Scripts: []string{"live.js"},
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
	view := discussionView{Talk: talk, Kind: t.ThreadKind(), Started: t.Started(), Closed: t.State() == thread.Closed, Pinned: t.Pinned(), Posts: t.Posts()}
	if v.SignedIn() {
		view.Who = aboutThread(t).link("/who")
		view.Follow = s.followOf(e, notify.Followed{Kind: notify.Thread, Record: t.Id}, "/discussions/"+t.Id, "discussion")
		s.noticed(e, "threads", t.Id)
	}
	var posts []thread.Post
	var err error
	if e.Request.URL.Query().Get("all") != "" {
		posts, err = t.PostsFor(s.app, v, -1)
	} else {
		posts, err = t.PostsFor(s.app, v, shownInThread)
	}
	if err != nil {
		return view, err
	}
	if err := s.show(talk, t, v, posts); err != nil {
		return view, err
	}
	if err := s.standing(&view, t, v); err != nil {
		return view, err
	}
	if len(posts) == shownInThread && t.Posts() > shownInThread {
		view.Earlier = "/discussions/" + t.Id + "?all=1"
	}
	if t.Document() != "" {
		if d, err := library.ByID(s.app, t.Document()); err == nil && d.Viewable(v) {
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
	if sp, err := member.SpaceByID(s.app, t.Space()); err == nil {
		view.Space = &Link{sp.Title(), "/spaces/" + sp.Slug()}
	}
	return view, nil
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
	v := viewer(e)
	if !t.Postable(v) {
		return e.ForbiddenError("You may not post in this discussion. It may have been closed.", nil)
	}
	body, key, replyTo := e.Request.FormValue("body"), e.Request.FormValue("client_key"), e.Request.FormValue("reply_to")
	p, err := thread.Say(s.app, v, t.Id, body, replyTo, key)
	if err == nil {
		return e.Redirect(http.StatusSeeOther, "/discussions/"+t.Id+"#post-"+p.Id)
	}
	faults := faultsOf(err)
	if faults == nil {
		return err
	}
	view, err := s.discussionView(e, t)
	if err != nil {
		return err
	}
	view.Talk.Text, view.Talk.Key, view.Talk.Error = body, key, faults.first()
	view.Talk.ReplyTo = s.answers(t, view.Talk, replyTo)
	view.Errors = faults.at("body")
	return s.showDiscussion(e, http.StatusUnprocessableEntity, t, view)
}
