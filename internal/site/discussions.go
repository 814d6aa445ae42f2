package site

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/privacy"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
)

// postView is a post as a page and a socket show it.
type postView struct {
	thread.Post
	Members bool      // names are shown
	Answers *postView // the post it replies to
	Own     bool      // the reader wrote it, and it is not out
	Why     string    // what was wrong with it, when a moderator hid it
}

// Speaker is who speaks, for the one who reads: members see the name before role and organisation.
func (p postView) Speaker() string {
	switch {
	case p.Members && p.Left:
		return "Former member"
	case p.Members:
		return p.Name
	}
	return ""
}

// Profile is the address of who speaks, "" when nobody may go there.
func (p postView) Profile() string {
	if p.Speaker() == "" || p.Left {
		return ""
	}
	return "/people/" + p.Author
}

// PostPart renders one post for those who have the page open: with names for members, without for guests.
func (s *Site) PostPart(p thread.Post, members bool) (string, error) {
	v := postView{Post: p, Members: members}
	if p.ReplyTo != "" {
		if to, ok, err := thread.PostByID(s.app, p.ReplyTo); err == nil && ok && to.Traced() {
			v.Answers = &postView{Post: to, Members: members}
		}
	}
	var b bytes.Buffer
	err := s.pages[partPost].ExecuteTemplate(&b, "post", v)
	return strings.TrimSpace(b.String()), err
}

// talkView is a thread within a page: on the page of its document, or on its own.
type talkView struct {
	Topic   string // "" when there is no thread yet
	ID      string
	Title   string
	Seq     int64
	Epoch   string
	Posts   []postView
	Total   int
	Others  []threadCard
	Open    bool
	MayPost bool
	Action  string // where the composer posts to
	Key     string // makes sending twice safe
	Text    string // what was typed, when the form comes back
	Error   string
	ReplyTo *postView
	Example bool
	SignIn  string // "" for who has done so
}

// signInFor leads guests to the sign-in page and back; who is signed in and still may not post needs something else.
func signInFor(v *member.Viewer, back string) string {
	if v.SignedIn() {
		return ""
	}
	return signInAddress(back)
}

func (t *talkView) tags() []string {
	if t == nil {
		return nil
	}
	tags := []string{tagTalk}
	if t.ID != "" {
		tags = append(tags, "thread:"+t.ID)
	}
	return tags
}

// shownOnDocument is how many of a thread's posts stand on its document's page.
const shownOnDocument = 3

// talkOn is the discussion of a document: its liveliest thread with the last posts, and the others by name.
func (s *Site) talkOn(e *core.RequestEvent, d *library.Document) (*talkView, error) {
	v := viewer(e)
	t := &talkView{Action: d.Address() + "/discuss", Key: newKey(), SignIn: signInFor(v, d.Address()+"#discussion")}
	t.MayPost = v.MayPost(d.Space()) && d.State() == library.Published
	t.Open = d.State() == library.Published
	if err := s.position(t); err != nil {
		return nil, err
	}
	threads, err := thread.Of(s.app, v, d.Id)
	if err != nil || len(threads) == 0 {
		return t, err
	}
	first := threads[0]
	if d.DocKind() != library.CaseStudy {
		t.Action = "/discussions/" + first.Id
	}
	posts, err := first.PostsFor(s.app, v, shownOnDocument)
	if err != nil {
		return nil, err
	}
	if err := s.show(t, first, v, posts); err != nil {
		return nil, err
	}
	t.Others, err = s.threadCards(e, threads[1:])
	return t, err
}

func (s *Site) show(t *talkView, th *thread.Thread, v *member.Viewer, posts []thread.Post) error {
	t.Topic, t.ID, t.Title, t.Total, t.Example = "thread:"+th.Id, th.Id, th.Title(), th.Posts(), th.Example()
	t.Open = th.State() == thread.Open
	t.MayPost = th.Postable(v)
	t.Posts = postViews(posts, v.SignedIn())
	for i, p := range t.Posts {
		if p.Out() || p.Gone() {
			continue
		}
		t.Posts[i].Own = p.Author == v.ID()
		if last, err := thread.LastHidden(s.app, "posts", p.ID); err != nil {
			return err
		} else if last != nil && p.HiddenAway() {
			t.Posts[i].Why = strings.ToLower(thread.ReasonWord(last.Why()))
		}
	}
	return nil
}

// position notes how far the page is true: an open page asks for everything after it.
func (s *Site) position(t *talkView) error {
	var err error
	if _, t.Seq, err = journal.Range(s.app); err != nil {
		return err
	}
	t.Epoch, err = journal.Epoch(s.app)
	return err
}

func postViews(posts []thread.Post, members bool) []postView {
	views := make([]postView, len(posts))
	byID := map[string]*postView{}
	for i, p := range posts {
		views[i] = postView{Post: p, Members: members}
		byID[p.ID] = &views[i]
	}
	for i := range views {
		views[i].Answers = byID[views[i].ReplyTo]
	}
	return views
}

func newKey() string { return security.RandomString(20) }

// threadCard is a thread in a list.
type threadCard struct {
	ID, Title, Kind, About, AboutURL, Space string
	Posts                                   int
	Closed, Pinned, Example                 bool
	Last                                    time.Time
	LastBy                                  string
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
	list := make([]threadCard, len(threads))
	for i, t := range threads {
		c := threadCard{
			ID: t.Id, Title: t.Title(), Kind: t.ThreadKind(), Posts: t.Posts(), Closed: t.State() == thread.Closed, Pinned: t.Pinned(),
			Example: t.Example(), Last: t.LastPost(), Space: spaces[t.Space()],
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

func inColumn(column string, values []any) dbx.Expression { return dbx.In(column, values...) }

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
	p := Page{Title: "Discussions", Description: "Partners ask each other what worked.", Section: "/discussions"}
	return render(s, e, http.StatusOK, "discussions", p, view, tagTalk, tagLibrary)
}

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
		Title: t.Title(), Section: "/discussions", Crumbs: []Link{{"Discussions", "/discussions"}}, Scripts: []string{"live.js"},
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
		}
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

// discuss is the composer on a case study's page: it posts in the thread shown there, or opens the first one.
func (s *Site) discuss(e *core.RequestEvent) error {
	d, _, err := s.openDocument(e, library.CaseStudy, "", e.Request.PathValue("slug"))
	if err != nil {
		return answered(err)
	}
	v := viewer(e)
	body, key := e.Request.FormValue("body"), e.Request.FormValue("client_key")
	id, err := s.sayOn(e, d, body, key)
	if err == nil {
		return e.Redirect(http.StatusSeeOther, d.Address()+"#post-"+id)
	}
	faults := faultsOf(err)
	if faults == nil {
		return err
	}
	view, err := s.caseStudyView(e, d)
	if err != nil {
		return err
	}
	view.Talk.Text, view.Talk.Key, view.Talk.Error, view.Talk.MayPost = body, key, faults.first(), v.MayPost(d.Space())
	p := Page{Title: d.Title(), Section: "/case-studies", Crumbs: []Link{{"Good practice", "/case-studies"}}, Scripts: []string{"live.js"}}
	return render(s, e, http.StatusUnprocessableEntity, "case-study", p, view)
}

// sayOn posts on a document: in the thread that the form names, else in a new one whose title is the beginning of what
// was written.
func (s *Site) sayOn(e *core.RequestEvent, d *library.Document, body, key string) (post string, err error) {
	v := viewer(e)
	if p, err := thread.Again(s.app, v.ID(), key); err != nil {
		return "", err
	} else if p != nil {
		return p.Id, nil
	}
	if id := e.Request.FormValue("thread"); id != "" {
		t, err := thread.ByID(s.app, id)
		if err != nil || t.Document() != d.Id || !t.Postable(v) {
			return "", e.ForbiddenError("You may not post in this discussion. It may have been closed.", err)
		}
		p, err := thread.Say(s.app, v, t.Id, body, "", key)
		if err != nil {
			return "", err
		}
		return p.Id, nil
	}
	t, err := thread.New(s.app)
	if err != nil {
		return "", err
	}
	t.Set("document", d.Id)
	t.Set("space", d.Space())
	t.Set("title", firstSentence(body, d.Title()))
	if err := thread.MayStart(s.app, v, t); err != nil {
		return "", e.ForbiddenError("You may not start a discussion here.", err)
	}
	if err := thread.Start(s.app, v, t, body, key); err != nil {
		return "", err
	}
	p, err := thread.Again(s.app, v.ID(), key)
	if err != nil || p == nil {
		return "", errors.Join(err, errors.New("the post is not there"))
	}
	return p.Id, nil
}

const longestTitle = 100

// firstSentence makes a title of the beginning of a text.
func firstSentence(body, otherwise string) string {
	line := strings.TrimSpace(strings.SplitN(strings.TrimSpace(thread.Plain(body)), "\n", 2)[0])
	if i := strings.IndexAny(line, ".?!"); i > 10 {
		line = line[:i+1]
	}
	if line = strings.TrimSuffix(line, "."); line == "" {
		line = "About " + otherwise
	}
	r := []rune(line)
	if len(r) > longestTitle {
		r = append([]rune(strings.TrimSpace(string(r[:longestTitle-2]))), ' ', '…')
	}
	return string(r)
}

type newDiscussionView struct {
	Title, Text, Kind, Space, Key string
	Document                      *Link
	DocumentID                    string
	Spaces                        []Choice
	Kinds                         []Choice
	Errors                        fieldErrors
	Similar                       *similarView // offered before the thread is started, where no script could
}

// Choice is one entry of a select, a list of radio buttons or of boxes.
type Choice struct {
	Value, Title, Hint string
	Chosen             bool
}

func (s *Site) discussionForm(e *core.RequestEvent) error {
	q := e.Request.URL.Query()
	v := newDiscussionView{Key: newKey(), Space: q.Get("space"), DocumentID: q.Get("document"), Kind: "question"}
	return s.showNewDiscussion(e, http.StatusOK, v)
}

func (s *Site) showNewDiscussion(e *core.RequestEvent, status int, v newDiscussionView) error {
	if v.DocumentID != "" {
		d, err := library.ByID(s.app, v.DocumentID)
		if err != nil || !d.Viewable(viewer(e)) {
			return notFound(e)
		}
		v.Document = &Link{d.Title(), d.Address()}
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
	for _, k := range thread.Kinds {
		v.Kinds = append(v.Kinds, Choice{Value: k.Kind, Title: k.Word, Chosen: k.Kind == v.Kind})
	}
	p := Page{Title: "Start a discussion", Section: "/discussions", Crumbs: []Link{{"Discussions", "/discussions"}}, Scripts: []string{"similar.js"}, NoIndex: true}
	return render(s, e, status, "discussion-new", p, v)
}

func (s *Site) discussionStart(e *core.RequestEvent) error {
	form := e.Request.FormValue
	v := newDiscussionView{Title: form("title"), Text: form("body"), Kind: form("kind"), Space: form("space"), DocumentID: form("document"), Key: form("client_key")}
	if p, err := thread.Again(s.app, viewer(e).ID(), v.Key); p != nil && err == nil {
		return e.Redirect(http.StatusSeeOther, "/discussions/"+p.GetString("thread"))
	}
	t, err := thread.New(s.app)
	if err != nil {
		return err
	}
	t.Set("title", v.Title)
	t.Set("kind", v.Kind)
	t.Set("document", v.DocumentID)
	space := v.Space
	if space == "" {
		space = member.LibrarySlug
	}
	sp, err := member.SpaceBySlug(s.app, space)
	if err != nil || !viewer(e).Lists(sp) {
		return notFound(e)
	}
	t.Set("space", sp.Id)
	if v.DocumentID != "" {
		if d, err := library.ByID(s.app, v.DocumentID); err == nil {
			t.Set("space", d.Space())
		}
	}
	if err := thread.MayStart(s.app, viewer(e), t); err != nil {
		return e.ForbiddenError("You may not start a discussion there.", err)
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
	if err := thread.Start(s.app, viewer(e), t, v.Text, v.Key); err != nil {
		if v.Errors = faultsOf(err); v.Errors == nil {
			return err
		}
		return s.showNewDiscussion(e, http.StatusUnprocessableEntity, v)
	}
	return e.Redirect(http.StatusSeeOther, "/discussions/"+t.Id)
}

// fieldError is what is wrong with one field of a form, in a sentence. Field is the id of the control.
type fieldError struct{ Field, Sentence string }

// fieldErrors are all that is wrong with a form, in its order.
type fieldErrors []fieldError

// For is the sentence for one field, "" when it is right.
func (f fieldErrors) For(field string) string {
	for _, e := range f {
		if e.Field == field {
			return e.Sentence
		}
	}
	return ""
}

func (f fieldErrors) first() string {
	if len(f) == 0 {
		return ""
	}
	return f[0].Sentence
}

// at says that every fault is one of the same control.
func (f fieldErrors) at(id string) []fieldError {
	list := make([]fieldError, len(f))
	for i, e := range f {
		list[i] = fieldError{id, e.Sentence}
	}
	return list
}

// field is a control that must not be empty.
type field struct{ name, value, sentence string }

func missing(fields ...field) fieldErrors {
	var errs fieldErrors
	for _, f := range fields {
		if strings.TrimSpace(f.value) == "" {
			errs = append(errs, fieldError{f.name, f.sentence})
		}
	}
	return errs
}

// faultsOf reads what a room said against a save, nil when the error is of another kind.
func faultsOf(err error) fieldErrors {
	var faults validation.Errors
	if _, refused := privacy.As(err); refused || !errors.As(err, &faults) { // about personal details is decided on a page of its own
		return nil
	}
	var errs fieldErrors
	for _, name := range formOrder {
		if f, ok := faults[name]; ok {
			errs = append(errs, fieldError{name, sentence(f)})
			delete(faults, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		errs = append(errs, fieldError{name, sentence(faults[name])})
	}
	return errs
}

func sentence(fault error) string { return upperFirst(strings.TrimSuffix(fault.Error(), ".")) + "." }

// formOrder is the order of fields on forms.
var formOrder = strings.Fields("file act kind title summary challenge action result places contact_role body place stage kept changed dropped reason")
