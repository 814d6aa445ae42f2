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

	validation "github.com/pocketbase/ozzo-validation/v4"
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
	File    addedFile
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
	if takingOf(e) != nil { // what people say changes all the time, and is no part of the copy
		return &talkView{}, nil
	}
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

// again is the composer as it was sent, with what was wrong; the faults stand where the form has their fields.
func (t *talkView) again(e *core.RequestEvent, faults fieldErrors) fieldErrors {
	t.Text, t.Key, t.File = e.Request.FormValue("body"), keyAgain(e, faults), fileAgain(e, faults)
	if t.File.FileError != "" || t.File.AltError != "" {
		return faults
	}
	t.Error = faults.first()
	return faults.at("body")
}

func newKey() string { return security.RandomString(20) }

// discuss is the composer on a case study's page: it posts in the thread shown there, or opens the first one.
func (s *Site) discuss(e *core.RequestEvent) error {
	d, _, err := s.openDocument(e, library.CaseStudy, "", e.Request.PathValue("slug"))
	if err != nil {
		return answered(err)
	}
	up, err := s.sentPost(e)
	defer up.drop()
	var id string
	if err == nil {
		id, err = s.posting(e, up, func(tx core.App) (string, error) { return sayOn(e, tx, d) })
	}
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
	view.Talk.MayPost = viewer(e).MayPost(d.Space())
	view.Talk.again(e, faults)
	p := Page{Title: d.Title(), Section: "/case-studies", Within: []Link{{"good-practice", "/case-studies"}}, Scripts: view.Talk.scripts()}
	return render(s, e, http.StatusUnprocessableEntity, "case-study", p, view)
}

// sayOn posts on a document: in the thread that the form names, else in a new one whose title is the beginning of what
// was written.
func sayOn(e *core.RequestEvent, tx core.App, d *library.Document) (post string, err error) {
	v, body, key := viewer(e), e.Request.FormValue("body"), e.Request.FormValue("client_key")
	if id := e.Request.FormValue("thread"); id != "" {
		t, err := thread.ByID(tx, id)
		if err != nil || t.Document() != d.Id || !t.Viewable(v) {
			return "", e.ForbiddenError("You may not post in this discussion.", err)
		}
		if !t.Postable(v) {
			return "", validation.Errors{"body": validation.NewError("validation_closed", "This discussion has been closed. Your words are still here.")}
		}
		p, err := thread.Say(tx, v, t.Id, body, "", key)
		if err != nil {
			return "", err
		}
		return p.Id, nil
	}
	t, err := thread.New(tx)
	if err != nil {
		return "", err
	}
	t.Set("document", d.Id)
	t.Set("space", d.Space())
	t.Set("title", firstSentence(body, d.Title()))
	if err := thread.MayStart(tx, v, t); err != nil {
		return "", e.ForbiddenError("You may not start a discussion here.", err)
	}
	p, err := thread.Start(tx, v, t, body, key)
	if err != nil {
		return "", err
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
