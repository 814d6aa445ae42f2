package site

import (
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/pocketbase/pocketbase/tools/security"
)

// talkView is a thread within a page: on the page of its document, or on its own.
type talkView struct {
	Topic   string // "" when there is no thread yet
	ID      string
	Title   string
	Seq     int64
	Epoch   string
	Posts   []postView
	Me      string // who reads
	Reads   bool   // and how far is noted
	Seen    int64  // the last number that they have seen
	End     int64  // and that the page shows
	Later   bool   // there are posts after the ones shown: nothing is added to the page
	Preview template.HTML
	Typed   *autosaveView // what was typed and not sent
	Total   int
	Others  []threadCard
	Open    bool
	MayPost bool
	Action  string // where the composer posts to
	Key     string // makes sending twice safe
	Text    string // what was typed, when the form comes back
	Error   string
	Alt     string // what was said of a picture

	FileError, AltError string // what is wrong with the file that came along
	ReplyTo             *postView
	Example             bool
	SignIn              string // "" for who has done so
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
	if err != nil {
		return t, err
	}
	slices.SortStableFunc(threads, func(a, b *thread.Thread) int { return len(a.Paragraph()) - len(b.Paragraph()) }) // of the whole page first
	if len(threads) == 0 || threads[0].Paragraph() != "" {
		t.Others, err = s.threadCards(e, threads)
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
	t.Me = v.ID()
	var err error
	if t.Posts, err = s.postViews(v, posts); err != nil {
		return err
	}
	if len(posts) > 0 {
		t.End = posts[len(posts)-1].Seq
	}
	decides := th.Decidable(v)
	for i, p := range t.Posts {
		t.Posts[i].Decides = decides && p.Out() && p.ID != th.Outcome()
		t.Posts[i].Change = t.MayPost && p.Author == v.ID() && (p.Out() || p.Waits())
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

// scripts are what a page with the talk needs.
func (t *talkView) scripts() []string {
	if t == nil {
		return nil
	}
	if !t.MayPost {
		return []string{"live.js"}
	}
	list := []string{"live.js", "write.js"}
	if t.Typed != nil {
		list = append(list, "autosave.js")
	}
	return list
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

// Takes says which files may be added to a post.
func (t *talkView) Takes() string { return library.Takes }

func newKey() string { return security.RandomString(20) }

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
	faults := postFaults(err)
	if faults == nil {
		return err
	}
	view, err := s.caseStudyView(e, d)
	if err != nil {
		return err
	}
	view.Talk.Text, view.Talk.Key, view.Talk.Error, view.Talk.MayPost = body, key, faults.first(), v.MayPost(d.Space())
	p := Page{Title: d.Title(), Section: "/case-studies", Crumbs: []Link{{"Good practice", "/case-studies"}}, Scripts: view.Talk.scripts()}
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

// postFaults are what is wrong with a post, nil when nothing is that its writer can do something about. Who writes too fast
// keeps what they wrote.
func postFaults(err error) fieldErrors {
	var refused *router.ApiError
	if errors.As(err, &refused) && refused.Status == http.StatusTooManyRequests {
		return fieldErrors{{"body", refused.Message}}
	}
	return faultsOf(err)
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
