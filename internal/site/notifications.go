package site

import (
	"bytes"
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/search"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// mostNotices is how many are shown; mostRung is up to how many the bell counts.
const (
	mostNotices = 200
	mostRung    = 20
)

type noticesView struct {
	Notices []noticeLine
	Unread  int
	Until   string // what was shown, so that "all read" means no more
	Marked  bool
}

// noticeLine is something that somebody was told, as it is now.
type noticeLine struct {
	Says             string // before the title
	Title, URL, Kind string
	Note             string // what changed, in the writer's words
	Why, Search      string // the search that found it
	Posts            int    // that are new, in a thread
	At               time.Time
	New              bool

	kind string // of the notice
}

// notifications lists what the viewer was told of, as far as they may see it now.
func (s *Site) notifications(e *core.RequestEvent) error {
	list, err := notify.Notices(s.app, viewer(e).ID(), mostNotices)
	if err != nil {
		return err
	}
	lines, err := s.noticeLines(viewer(e), list)
	if err != nil {
		return err
	}
	v := noticesView{Notices: lines, Until: untilNow(), Marked: e.Request.URL.Query().Has("read")}
	for _, l := range lines {
		if l.New {
			v.Unread++
		}
	}
	return render(s, e, http.StatusOK, "notifications", Page{Title: "Notifications", NoIndex: true}, v)
}

func untilNow() string { return strconv.FormatInt(time.Now().UnixMilli(), 10) }

// noticeLines describes notices as their things are now. What is gone, or not theirs to see, is left out.
func (s *Site) noticeLines(v *member.Viewer, list []*notify.Notice) ([]noticeLine, error) {
	about, err := s.thingsOf(list)
	if err != nil {
		return nil, err
	}
	follows, err := notify.Follows(s.app, v.ID())
	if err != nil {
		return nil, err
	}
	queries := map[string]string{}
	for _, f := range follows {
		queries[f.Id] = f.Query()
	}
	var lines []noticeLine
	for _, n := range list {
		l, shown, err := s.noticeLine(v, n, about)
		if err == nil && shown && l.kind == notify.Changed {
			l.Note, err = s.lastChange(v, about.documents[n.Of()])
		}
		if err != nil {
			return nil, err
		}
		if !shown {
			continue
		}
		if q := queries[n.Follow()]; q != "" {
			l.Why, l.Search = SearchWords(q), "/search?"+q
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// rooms are the collections whose things a notice is described by itself. All others are described as they are found.
var rooms = []string{"threads", "posts", "documents", "spaces", "champion_messages"}

// things are what notices are about, read at once: with twenty of them each page of somebody who has news asked the database
// forty times.
type things struct {
	threads   map[string]*thread.Thread
	documents map[string]*library.Document
	found     map[string]search.Entry
}

func (s *Site) thingsOf(list []*notify.Notice) (about things, err error) {
	ids := map[string][]string{}
	for _, n := range list {
		ids[n.About()] = append(ids[n.About()], n.Of())
	}
	if about.threads, err = thread.ByIDs(s.app, ids["threads"]); err != nil {
		return about, err
	}
	if about.documents, err = library.ByIDs(s.app, ids["documents"]); err != nil {
		return about, err
	}
	about.found, err = s.entriesFor(list)
	return about, err
}

// entriesFor describes what can only be described as it is found.
func (s *Site) entriesFor(list []*notify.Notice) (map[string]search.Entry, error) {
	var ids []string
	for _, n := range list {
		if !slices.Contains(rooms, n.About()) {
			ids = append(ids, n.Entry())
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return s.o.Entries(ids)
}

// noticeLine describes one notice, if the viewer may see what it is about.
func (s *Site) noticeLine(v *member.Viewer, n *notify.Notice, about things) (l noticeLine, shown bool, err error) {
	l = noticeLine{At: n.At(), New: !n.Read(), kind: n.NoticeKind()}
	switch n.About() {
	case "threads":
		return s.threadLine(v, n, about.threads[n.Of()], l)
	case "posts":
		return s.postLine(v, n, l)
	case "documents":
		return s.documentLine(v, n, about.documents[n.Of()], l)
	case "champion_messages":
		return s.messageLine(v, n, l)
	case "spaces":
		if n.NoticeKind() == notify.Waits {
			l.Title, err = s.WaitingWords(v, n.Of())
			l.URL, l.Kind = "/moderate?reason="+thread.Held, "For those who moderate"
			return l, l.Title != "", err
		}
		sp, err := member.SpaceByID(s.app, n.Of())
		if err != nil || !v.Lists(sp) {
			return l, false, unlessGone(err)
		}
		l.Says, l.Title, l.URL, l.Kind = "Who may see it, or what you may do there, has changed:", sp.Title(), "/spaces/"+sp.Slug(), "Group"
		return l, true, nil
	}
	e, there := about.found[n.Entry()]
	if !there || !slices.Contains(v.Keys(), e.Access) {
		return l, false, nil
	}
	l.Title, l.URL, l.Kind = e.Title, e.URL, s.kindWord(e.Kind)
	if l.kind == notify.Asked {
		l.Says, l.URL = "What changed because of it?", e.URL+"/outcome"
	}
	switch l.kind {
	case notify.Adopted:
		l.Says, l.URL = "They do this too. You can confirm it, or ask:", AnswerAddress(e.URL, n.Of())
	case notify.Confirmed:
		l.Says = "The place where it began has confirmed what you said:"
	}
	return l, true, nil
}

// WaitingWords say what waits in a space for the viewer to let it through, "" when nothing does. Nothing of what was said is in
// them, for nobody has checked it yet.
func (s *Site) WaitingWords(v *member.Viewer, space string) (string, error) {
	if !v.MayModerate(space) {
		return "", nil
	}
	n, c, err := thread.WaitingIn(s.app, space)
	if n == 0 || err != nil {
		return "", err
	}
	page, _, err := s.toldTitle(v, c.Page())
	if err != nil {
		return "", err
	}
	if d, err := library.ByID(s.app, c.Document()); err == nil && d.Viewable(v) {
		page = d.Title()
	}
	if page == "" {
		return counted(n, "comment of a reader waits", "comments of readers wait"), nil
	}
	if n == 1 {
		return "A comment on “" + page + "” waits", nil
	}
	return fmt.Sprintf("%d comments wait, the first on “%s”", n, page), nil
}

// unlessGone is an error of the store: that something is not there any more is none.
func unlessGone(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

func (s *Site) threadLine(v *member.Viewer, n *notify.Notice, t *thread.Thread, l noticeLine) (noticeLine, bool, error) {
	if t == nil || !t.Viewable(v) {
		return l, false, nil // it is gone
	}
	l.Title, l.URL, l.Kind = t.Title(), "/discussions/"+t.Id, "Discussion"
	switch n.NoticeKind() {
	case notify.Access:
		l.Says = "Who may see it has changed:"
	case notify.Confirmed:
		l.Says = "The place where it began asks about what yours does:"
	}
	if n.NoticeKind() != notify.NewPosts {
		return l, true, nil
	}
	posts, count, err := thread.NewPosts(s.app, v, t.Id, n.First(), math.MaxInt64, 1)
	if err != nil || count == 0 { // they were taken back, or are told of by themselves
		return l, false, err
	}
	l.Posts, l.URL = count, thread.PostAddress(t.Id, posts[0].ID)
	return l, true, nil
}

// speaking is how a notice about a post begins, after who wrote it.
var speaking = map[string]string{
	notify.Mentioned: "mentioned you in", notify.Answered: "answered you in", notify.Decided: "said what was decided in", notify.Found: "wrote in",
}

func (s *Site) postLine(v *member.Viewer, n *notify.Notice, l noticeLine) (noticeLine, bool, error) {
	p, there, err := thread.PostByID(s.app, n.Of())
	if err != nil || !there || !p.Out() {
		return l, false, err
	}
	t, err := thread.ByID(s.app, p.Thread)
	if err != nil || !t.Viewable(v) {
		return l, false, unlessGone(err)
	}
	l.Says, l.Title, l.URL, l.Kind = cmp.Or(p.Name, p.By())+" "+speaking[n.NoticeKind()], t.Title(), thread.PostAddress(t.Id, p.ID), "Post"
	return l, true, nil
}

func (s *Site) documentLine(v *member.Viewer, n *notify.Notice, d *library.Document, l noticeLine) (noticeLine, bool, error) {
	if d == nil || d.State() != library.Published || !d.Viewable(v) {
		return l, false, nil // it is gone
	}
	l.Title, l.URL, l.Kind = d.Title(), d.Address(), s.kindWord(string(d.DocKind()))
	switch n.NoticeKind() {
	case notify.Access:
		l.Says = "Who may see it has changed:"
	case notify.Changed:
		l.Says = "Changed:"
	}
	return l, true, nil
}

// lastChange is what changed in a document, in the writer's words.
func (s *Site) lastChange(v *member.Viewer, d *library.Document) (string, error) {
	if d == nil {
		return "", nil
	}
	public, err := library.Public(s.app, v, d)
	if err != nil || len(public) == 0 {
		return "", err
	}
	return public[0].Note, nil
}

// notificationsRead marks all as read that was on the page.
func (s *Site) notificationsRead(e *core.RequestEvent) error {
	if err := s.allRead(e); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/notifications?read")
}

func (s *Site) allRead(e *core.RequestEvent) error {
	until := time.Now()
	if ms, err := strconv.ParseInt(e.Request.FormValue("until"), 10, 64); err == nil && time.UnixMilli(ms).Before(until) {
		until = time.UnixMilli(ms)
	}
	return notify.AllRead(s.app, viewer(e).ID(), until)
}

// noticed marks what somebody was told of a thing as read: they are looking at it.
func (s *Site) noticed(e *core.RequestEvent, about, record string) {
	v := viewer(e)
	if !v.SignedIn() || shownAs(e) != nil || e.Request.Method != http.MethodGet {
		return
	}
	if err := notify.Seen(s.app, v.ID(), about, record); err != nil {
		s.app.Logger().Error("what somebody has seen", "error", err)
	}
}

// rings is what the bell shows: how many there are that the viewer may see and has not. Mostly there are none, and that is
// all that is asked.
func (s *Site) rings(v *member.Viewer) (int, error) {
	list, err := notify.Unread(s.app, v.ID(), mostRung)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	about, err := s.thingsOf(list)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, one := range list {
		_, shown, err := s.noticeLine(v, one, about)
		if err != nil {
			return 0, err
		}
		if shown {
			n++
		}
	}
	return n, nil
}

// BellPart is the bell by itself, for pages that are open.
func (s *Site) BellPart(v *member.Viewer) (string, error) {
	n, err := s.rings(v)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = s.pages[partPost].ExecuteTemplate(&b, "bell", n)
	return strings.TrimSpace(b.String()), err
}
