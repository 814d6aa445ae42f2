package site

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// subject is what somebody asks "Who can see this?" about: a document, a thread or a space.
type subject struct {
	what                 string // document, thread or space, as in an address
	id, title, address   string
	space, state, author string // as Viewer is asked
	document             *library.Document
	thread               *thread.Thread
}

// word is what people call it.
func (b *subject) word() string {
	return map[string]string{"document": "document", "thread": "discussion", "space": "space"}[b.what]
}

func (b *subject) link(page string) string { return page + "?" + b.what + "=" + b.id }

func aboutDocument(d *library.Document) *subject {
	return &subject{what: "document", id: d.Id, title: d.Title(), address: d.Address(), space: d.Space(), state: d.State(), author: d.Author(), document: d}
}

func aboutThread(t *thread.Thread) *subject {
	return &subject{what: "thread", id: t.Id, title: t.Title(), address: "/discussions/" + t.Id, space: t.Space(), state: t.Sight(), thread: t}
}

func aboutSpace(sp *member.Space) *subject {
	return &subject{what: "space", id: sp.Id, title: sp.Title(), address: spaceAddress(sp.Slug()), space: sp.Id, state: library.Published}
}

// seen says whether the viewer may know of it.
func (s *Site) seen(v *member.Viewer, b *subject) bool {
	switch {
	case b.document != nil:
		return b.document.Viewable(v)
	case b.thread != nil:
		return b.thread.Viewable(v)
	}
	sp, err := member.SpaceByID(s.app, b.space)
	return err == nil && v.Lists(sp)
}

// asked finds the one thing that an address asks about, such as /who?document=ID. Naming several asks about nothing.
func (s *Site) asked(e *core.RequestEvent) (*subject, error) {
	q := e.Request.URL.Query()
	var b *subject
	named := 0
	for what, find := range map[string]func(string) (*subject, error){"document": s.documentByID, "thread": s.threadByID, "space": s.spaceByID} {
		named += len(q[what])
		if len(q[what]) != 1 {
			continue
		}
		found, err := find(q.Get(what))
		if err != nil {
			return nil, notFound(e)
		}
		b = found
	}
	if named != 1 || b == nil || !s.seen(viewer(e), b) {
		return nil, notFound(e)
	}
	return b, nil
}

func (s *Site) documentByID(id string) (*subject, error) {
	d, err := library.ByID(s.app, id)
	if err != nil {
		return nil, err
	}
	return aboutDocument(d), nil
}

func (s *Site) threadByID(id string) (*subject, error) {
	t, err := thread.ByID(s.app, id)
	if err != nil {
		return nil, err
	}
	return aboutThread(t), nil
}

func (s *Site) spaceByID(id string) (*subject, error) {
	sp, err := member.SpaceByID(s.app, id)
	if err != nil {
		return nil, err
	}
	return aboutSpace(sp), nil
}

// subjectAt finds what stands at an address.
func (s *Site) subjectAt(path string) (*subject, error) {
	if id, ok := strings.CutPrefix(path, "/discussions/"); ok {
		return s.threadByID(id)
	}
	if slug, ok := strings.CutPrefix(path, "/spaces/"); ok {
		sp, err := member.SpaceBySlug(s.app, slug)
		if err != nil {
			return nil, err
		}
		return aboutSpace(sp), nil
	}
	if rest, ok := strings.CutPrefix(path, "/in/"); ok { // the handbook through the lens of a place
		_, page, _ := strings.Cut(rest, "/")
		path = "/" + page
	}
	d, err := library.At(s.app, path)
	if err != nil {
		return nil, err
	}
	return aboutDocument(d), nil
}

// seeingRow is somebody in a list of who sees something, and why.
type seeingRow struct{ Name, Organisation, Why string }

type whoView struct {
	Title, Address, Word string
	Answer               string
	More                 []string
	Space                Link
	Level, Means         string
	Own, Others          []seeingRow
	Beyond               int // people who are not listed one by one
	Groups               []string
	Names                bool // the viewer may know them
	Public, Member       string
	Move                 string
	Manage               string
}

// listedPeople is how many people a page names.
const listedPeople = 300

// who answers "Who can see this?".
func (s *Site) who(e *core.RequestEvent) error {
	b, err := s.asked(e)
	if err != nil {
		return err
	}
	sp, err := member.SpaceByID(s.app, b.space)
	if err != nil {
		return err
	}
	a, err := member.AudienceOf(s.app, sp, b.state, b.author)
	if err != nil {
		return err
	}
	v := viewer(e)
	view := whoView{
		Title: b.title, Address: b.address, Word: b.word(), Answer: audienceWords(a), Space: Link{sp.Title(), spaceAddress(sp.Slug())},
		Level: sp.Level().Word(), Means: sp.Level().Means(), Names: v.KnowsMembers(sp.Id), Groups: groupsOf(a),
		Public: b.address + "?as=public", Member: b.address + "?as=member",
	}
	if view.More, err = s.moreOf(b); err != nil {
		return err
	}
	if view.Names {
		view.name(a, b.author)
	}
	if s.mayMove(v, b) {
		view.Move = b.link("/move")
	}
	if b.what == "space" && v.MayManage(sp.Id) {
		view.Manage = b.address + "/manage"
	}
	p := Page{Title: s.say("title-who", b.title), NoIndex: true, Crumbs: []Link{{b.title, b.address}}}
	return render(s, e, http.StatusOK, "who", p, view)
}

// name lists the people, those of the space first.
func (w *whoView) name(a *member.Audience, author string) {
	for _, b := range a.Own() {
		w.Own = append(w.Own, seeingRow{b.Name, b.Organisation, b.Word()})
	}
	for _, b := range a.Others() {
		why := roleWords[b.HubRole]
		if b.User == author && (b.HubRole == member.RoleMember || b.HubRole == member.RoleLead) {
			why = "Wrote it"
		}
		w.Others = append(w.Others, seeingRow{b.Name, b.Organisation, why})
	}
	if a.Hub {
		w.Others = nil // they are no more than all others
	}
	if len(w.Own) > listedPeople {
		w.Beyond, w.Own = len(w.Own)-listedPeople, w.Own[:listedPeople]
	}
}

// moreOf says what else there is to know of who sees a thing.
func (s *Site) moreOf(b *subject) ([]string, error) {
	switch {
	case b.thread != nil && b.thread.State() == thread.Held:
		return []string{"It waits for somebody who moderates. Until then its writer sees it too."}, nil
	case b.thread != nil && b.thread.Document() != "":
		return []string{"It is about a document, and whoever can see the document once it is published can see it."}, nil
	case b.document == nil:
		return nil, nil
	}
	work, err := library.Work(s.app, b.id)
	if err != nil || work == nil || !b.document.Out() {
		return nil, err
	}
	return []string{"Changes to it that are not published yet are seen by those who write and review it, and nobody else."}, nil
}

// audienceWords is the answer in a sentence.
func audienceWords(a *member.Audience) string {
	title := "“" + a.Space.Title() + "”"
	own := len(a.Own())
	switch {
	case a.Everyone:
		return "Everyone, without signing in."
	case a.Hub:
		return fmt.Sprintf("All %s, once they have signed in.", counted(a.Total, "member of the hub", "members of the hub"))
	case a.State == library.Draft || a.State == library.InReview:
		return fmt.Sprintf("Only its writer and those who review the work in %s: %s.", title, counted(len(a.People), "person", "people"))
	case a.State == thread.Hidden:
		return fmt.Sprintf("Only those who moderate %s can see it: %s.", title, counted(len(a.People), "person", "people"))
	case own == 0:
		return "Only administrators: nobody belongs to the space " + title + " yet."
	}
	return fmt.Sprintf("The %s of %s, and administrators.", counted(own, "person", "people"), title)
}

// groupsOf lists the groups that an audience is made of, with their size.
func groupsOf(a *member.Audience) []string {
	if a.Everyone {
		return []string{"The public", counted(a.Total, "member of the hub", "members of the hub")}
	}
	if a.Hub {
		return []string{counted(a.Total, "member of the hub", "members of the hub")}
	}
	var groups []string
	add := func(n int, one, many string) {
		if n > 0 {
			groups = append(groups, counted(n, one, many))
		}
	}
	roles, others := map[string]int{}, map[string]int{}
	for _, b := range a.Own() {
		roles[b.Role]++
	}
	for _, b := range a.Others() {
		others[b.HubRole]++
	}
	add(roles["owner"], "owner of the space", "owners of the space")
	add(roles["editor"], "editor of the space", "editors of the space")
	add(roles["reader"], "reader of the space", "readers of the space")
	add(others[member.RoleLead], "programme lead", "programme leads")
	add(others[member.RoleModerator], "moderator", "moderators")
	add(others[member.RoleAdministrator], "administrator", "administrators")
	add(others[member.RoleMember], "writer of it", "writers of it")
	return groups
}

// asView says as whom a page is shown to somebody else.
type asView struct {
	Public    bool
	Back, Who string
	Gone      bool // they would not see it at all
}

const asKey = "as"

// viewAs gives the viewer of ?as=public or ?as=member to whoever may see the very thing at the address, and asks to read
// it. For everybody else the parameter means nothing.
func (s *Site) viewAs(e *core.RequestEvent, v *member.Viewer) (*member.Viewer, error) {
	as := e.Request.URL.Query().Get("as")
	reading := e.Request.Method == http.MethodGet || e.Request.Method == http.MethodHead
	if as != "public" && as != "member" || !reading || !v.SignedIn() {
		return v, nil
	}
	b, err := s.subjectAt(e.Request.URL.Path)
	if err != nil || !s.seen(v, b) {
		return v, nil
	}
	other, err := map[string]func(core.App) (*member.Viewer, error){"public": member.AsPublic, "member": member.AsMember}[as](s.app)
	if err != nil {
		return nil, errors.Join(errors.New("view as "+as), err)
	}
	e.Set(asKey, &asView{Public: as == "public", Back: (&url.URL{Path: e.Request.URL.Path}).String(), Who: b.link("/who"), Gone: !s.seen(other, b)})
	return other, nil
}

// shownAs is as whom the page is shown, nil for the one who asks.
func shownAs(e *core.RequestEvent) *asView {
	a, _ := e.Get(asKey).(*asView)
	return a
}
