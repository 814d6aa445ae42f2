package site

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/search"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// followable is the part of a search's address that can be followed: its words and what narrows it, in one order, so that
// the same search is the same text whoever follows it. "" is none.
func followable(q url.Values) string {
	kept := url.Values{}
	if words := strings.Join(strings.Fields(q.Get("q")), " "); words != "" {
		kept.Set("q", words)
	}
	for _, name := range searchParams {
		for _, value := range slices.Sorted(slices.Values(q[name])) {
			if value != "" && !slices.Contains(kept[name], value) {
				kept.Add(name, value)
			}
		}
	}
	return kept.Encode()
}

// mostFollowed is how long a followed search may be.
const mostFollowed = 1000

// QueryOf is a followed search as a query.
func QueryOf(followed string) search.Query {
	q, err := url.ParseQuery(followed)
	if err != nil {
		return search.Query{}
	}
	filters := map[string][]string{}
	for _, name := range searchParams {
		filters[name] = q[name]
	}
	return search.Query{Text: q.Get("q"), Filters: filters}
}

// SearchWords is a followed search in words, as its follower asked it.
func SearchWords(followed string) string {
	q, err := url.ParseQuery(followed)
	if err != nil {
		return ""
	}
	var parts []string
	if words := q.Get("q"); words != "" {
		parts = append(parts, words)
	}
	for _, name := range searchParams {
		for _, value := range q[name] {
			parts = append(parts, strings.ReplaceAll(value, "-", " "))
		}
	}
	return strings.Join(parts, ", ")
}

// followView is the button that follows a search, or a topic where the search asks for nothing else.
type followView struct {
	Query    string // as it is posted
	Here     string // where a guest comes back to
	SignedIn bool
	Followed string // the id of the follow, when there is one
	Feed     string
	Just     string // what was done just now
}

// followed fills in the button. What is followed is the search that was answered, its typing mistakes mended.
func (s *Site) followed(e *core.RequestEvent, q url.Values, instead string) (followView, error) {
	asked := url.Values{}
	for name, values := range q {
		asked[name] = values
	}
	if instead != "" {
		asked.Set("q", instead)
	}
	v := followView{Query: followable(asked), SignedIn: viewer(e).SignedIn(), Here: "/search?" + followable(q), Feed: "/search.atom" + with(q, "page", "")}
	if !v.SignedIn || v.Query == "" || len(v.Query) > mostFollowed {
		return v, nil
	}
	f, err := notify.FollowOf(s.app, viewer(e).ID(), searched(v.Query))
	if f != nil {
		v.Followed = f.Id
	}
	return v, err
}

// searched is what one follows with a search: a topic, where that is all that it asks for.
func searched(query string) notify.Followed {
	if topic, alone := strings.CutPrefix(query, "topic="); alone && !strings.Contains(topic, "&") {
		return notify.Followed{Kind: notify.Topic, Record: topic}
	}
	return notify.Followed{Kind: notify.Search, Query: query}
}

// follow begins or ends following a search, from its page.
func (s *Site) follow(e *core.RequestEvent) error {
	q, err := url.ParseQuery(e.Request.FormValue("search"))
	asked := followable(q)
	if err != nil || asked == "" || len(asked) > mostFollowed {
		return e.BadRequestError("There is no search to follow. Search for something first.", err)
	}
	if id := e.Request.FormValue("stop"); id != "" {
		if _, err := notify.StopFollowing(s.app, viewer(e).ID(), id); err != nil {
			return err
		}
		return e.Redirect(http.StatusSeeOther, "/search?"+asked+"&follow=stopped")
	}
	_, err = notify.Begin(s.app, viewer(e).ID(), searched(asked), notify.Everything)
	if faultsOf(err) != nil { // a topic that is not on the list
		_, err = notify.Begin(s.app, viewer(e).ID(), notify.Followed{Kind: notify.Search, Query: asked}, notify.Everything)
	}
	if errors.Is(err, notify.ErrTooMany) {
		return e.Redirect(http.StatusSeeOther, "/me/follows?full")
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/search?"+asked+"&follow=on")
}

// thingFollow is the button that follows the thing of a page, and says how much of it.
type thingFollow struct {
	Action string // where it is posted
	Word   string // what it is
	Level  string // "" when it is not followed
}

// followOf is the button of a thing, nil for guests: what they are shown is the same for all of them.
func (s *Site) followOf(e *core.RequestEvent, what notify.Followed, address, word string) *thingFollow {
	v := viewer(e)
	if v == nil || !v.SignedIn() {
		return nil
	}
	b := &thingFollow{Action: address + "/follow", Word: word}
	f, err := notify.FollowOf(s.app, v.ID(), what)
	if err != nil {
		s.app.Logger().Error("what somebody follows", "error", err)
	}
	if f != nil {
		b.Level = f.Level()
	}
	return b
}

// followThing sets how much somebody wants to be told of the thing of a page.
func (s *Site) followThing(e *core.RequestEvent, what notify.Followed, address string) error {
	level := e.Request.FormValue("level")
	if level == "stop" {
		f, err := notify.FollowOf(s.app, viewer(e).ID(), what)
		if f != nil {
			_, err = notify.StopFollowing(s.app, viewer(e).ID(), f.Id)
		}
		if err != nil {
			return err
		}
		return e.Redirect(http.StatusSeeOther, address+"#follow")
	}
	if !notify.KnownLevel(level) {
		return e.BadRequestError("Say how much you want to be told: everything, mentions or nothing.", nil)
	}
	_, err := notify.Begin(s.app, viewer(e).ID(), what, level)
	if errors.Is(err, notify.ErrTooMany) {
		return e.Redirect(http.StatusSeeOther, "/me/follows?full")
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, address+"#follow")
}

func (s *Site) discussionFollow(e *core.RequestEvent) error {
	t, err := s.openThread(e)
	if err != nil {
		return err
	}
	return s.followThing(e, notify.Followed{Kind: notify.Thread, Record: t.Id}, "/discussions/"+t.Id)
}

func (s *Site) spaceFollow(e *core.RequestEvent) error {
	sp, err := member.SpaceBySlug(s.app, e.Request.PathValue("slug"))
	if err != nil {
		return found(e, err)
	}
	if !viewer(e).Lists(sp) {
		return notFound(e)
	}
	return s.followThing(e, notify.Followed{Kind: notify.Space, Record: sp.Id}, "/spaces/"+sp.Slug())
}

// pageFollow is for the pages of one kind.
func (s *Site) pageFollow(kind library.Kind) func(*core.RequestEvent) error {
	return func(e *core.RequestEvent) error {
		name := e.Request.PathValue("slug")
		if name == "" {
			name = e.Request.PathValue("page")
		}
		d, _, err := s.openDocument(e, kind, e.Request.PathValue("chapter"), name)
		if err != nil {
			return answered(err)
		}
		return s.followThing(e, notify.Followed{Kind: notify.Document, Record: d.Id}, d.Address())
	}
}

// followsView lists what somebody follows, and how they are told.
type followsView struct {
	Follows                    []followLine
	Stopped, Full, Saved, None bool
	Most                       int
	Mail                       []Choice
	Pause, Paused              string // a day
	Errors                     fieldErrors
}

type followLine struct {
	ID, Kind, Words, URL, Feed string
	Since                      time.Time
	Levels                     []Choice
}

// levelChoices are the levels in words.
var levelChoices = []Choice{{Value: notify.Everything, Title: "Everything"}, {Value: notify.Mentions, Title: "Only what speaks to me"}, {Value: notify.Nothing, Title: "Nothing"}}

func (s *Site) meFollows(e *core.RequestEvent) error {
	q := e.Request.URL.Query()
	u := viewer(e).User()
	v := followsView{Stopped: q.Has("stopped"), Full: q.Has("full"), Saved: q.Has("saved")}
	v.Mail = pick(mailChoices, orElse(u.GetString("mail"), standardMail))
	if until := notify.Paused(u, time.Now()); !until.IsZero() {
		v.Pause, v.Paused = until.In(london).Format(time.DateOnly), day(until.In(london))
	}
	return s.showFollows(e, http.StatusOK, v)
}

func (s *Site) showFollows(e *core.RequestEvent, status int, v followsView) error {
	list, err := notify.Follows(s.app, viewer(e).ID())
	if err != nil {
		return err
	}
	v.Most = notify.MostFollows
	for _, f := range list {
		l, err := s.followLineOf(viewer(e), f)
		if err != nil {
			return err
		}
		v.Follows = append(v.Follows, l)
	}
	return render(s, e, status, "me-follows", Page{Title: "What you follow", Crumbs: meCrumbs, NoIndex: true}, v)
}

// followLine describes what is followed as it is now. Of what somebody may not see any more they see that, and nothing else.
func (s *Site) followLineOf(v *member.Viewer, f *notify.Follow) (followLine, error) {
	choices := levelChoices
	if f.FollowKind() == notify.Search || f.FollowKind() == notify.Topic { // nothing there speaks to anybody
		choices = []Choice{choices[0], choices[2]}
	}
	l := followLine{ID: f.Id, Since: f.Since(), Words: "Something that you can no longer see", Levels: pick(choices, f.Level())}
	switch f.FollowKind() {
	case notify.Search:
		l.Kind, l.Words, l.URL, l.Feed = "A search", SearchWords(f.Query()), "/search?"+f.Query(), "/search.atom?"+f.Query()
	case notify.Topic:
		topics, err := library.Vocabulary(s.app, "topic")
		if err != nil {
			return l, err
		}
		l.Kind, l.URL = "A topic", "/search?topic="+url.QueryEscape(f.Of())
		if l.Words = topics[f.Of()]; l.Words == "" {
			l.Words = strings.ReplaceAll(f.Of(), "-", " ")
		}
	case notify.Thread:
		l.Kind = "A discussion"
		t, err := thread.ByID(s.app, f.Of())
		if err != nil || !t.Viewable(v) {
			return l, unlessGone(err)
		}
		l.Words, l.URL = t.Title(), "/discussions/"+t.Id
	case notify.Document:
		l.Kind = "A page"
		d, err := library.ByID(s.app, f.Of())
		if err != nil || !d.Viewable(v) {
			return l, unlessGone(err)
		}
		l.Words, l.URL = d.Title(), d.Address()
	case notify.Space:
		l.Kind = "A group"
		sp, err := member.SpaceByID(s.app, f.Of())
		if err != nil || !v.Lists(sp) {
			return l, unlessGone(err)
		}
		l.Words, l.URL = sp.Title(), "/spaces/"+sp.Slug()
	}
	return l, nil
}

// meFollowsSave takes the one form of all that somebody follows, or one button that stops one. What is not theirs is not
// there.
func (s *Site) meFollowsSave(e *core.RequestEvent) error {
	if stop := e.Request.FormValue("stop"); stop != "" {
		was, err := notify.StopFollowing(s.app, viewer(e).ID(), stop)
		if err != nil {
			return err
		}
		if !was {
			return notFound(e)
		}
		return e.Redirect(http.StatusSeeOther, "/me/follows?stopped")
	}
	if e.Request.FormValue("do") == "mail" {
		return s.mailSave(e)
	}
	list, err := notify.Follows(s.app, viewer(e).ID())
	if err != nil {
		return err
	}
	err = s.app.RunInTransaction(func(tx core.App) error {
		for _, f := range list {
			level := e.Request.FormValue("level-" + f.Id)
			if !notify.KnownLevel(level) || level == f.Level() {
				continue
			}
			f.Set("level", level)
			if err := tx.Save(f.Record); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/me/follows?saved")
}

// mailSave takes how often somebody wants mail, and until when none at all.
func (s *Site) mailSave(e *core.RequestEvent) error {
	u, until := viewer(e).User(), strings.TrimSpace(e.Request.FormValue("pause"))
	v := followsView{Pause: until, Mail: pick(mailChoices, e.Request.FormValue("mail"))}
	at, err := time.ParseInLocation(time.DateOnly, until, london)
	switch {
	case until == "":
		at, err = time.Time{}, nil
	case err != nil:
		v.Errors = fieldErrors{{"pause", "Give a day, such as 2030-05-31."}}
	}
	if err == nil {
		if err = notify.Pause(u, at); err == nil {
			u.Set("mail", e.Request.FormValue("mail"))
			err = saveAs(s.app, u, u.Id)
		}
		if err == nil {
			return e.Redirect(http.StatusSeeOther, "/me/follows?saved")
		}
		if v.Errors = faultsOf(err); v.Errors == nil {
			return err
		}
	}
	return s.showFollows(e, http.StatusUnprocessableEntity, v)
}
