package site

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"commonplace/internal/notify"
	"commonplace/internal/search"

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

// followView is the button that follows a search.
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
	f, err := notify.FollowOf(s.app, viewer(e).ID(), v.Query)
	if f != nil {
		v.Followed = f.Id
	}
	return v, err
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
	err = notify.FollowSearch(s.app, viewer(e).ID(), asked)
	if errors.Is(err, notify.ErrTooMany) {
		return e.Redirect(http.StatusSeeOther, "/me/follows?full")
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/search?"+asked+"&follow=on")
}

// followsView lists what somebody follows.
type followsView struct {
	Follows             []followLine
	Stopped, Full, None bool
	Most                int
	Mail                string
}

type followLine struct {
	ID, Words, URL, Feed string
	Since                time.Time
}

func (s *Site) meFollows(e *core.RequestEvent) error {
	list, err := notify.Follows(s.app, viewer(e).ID())
	if err != nil {
		return err
	}
	q := e.Request.URL.Query()
	v := followsView{Stopped: q.Has("stopped"), Full: q.Has("full"), Most: notify.MostFollows}
	for _, c := range pick(mailChoices, orElse(viewer(e).User().GetString("mail"), standardMail)) {
		if c.Chosen {
			v.Mail = c.Title
		}
	}
	for _, f := range list {
		v.Follows = append(v.Follows, followLine{ID: f.Id, Words: SearchWords(f.Query()), URL: "/search?" + f.Query(), Feed: "/search.atom?" + f.Query(), Since: f.Since()})
	}
	return render(s, e, http.StatusOK, "me-follows", Page{Title: "What you follow", Crumbs: meCrumbs, NoIndex: true}, v)
}

// meUnfollow stops one. What is not theirs is not there.
func (s *Site) meUnfollow(e *core.RequestEvent) error {
	was, err := notify.StopFollowing(s.app, viewer(e).ID(), e.Request.FormValue("stop"))
	if err != nil {
		return err
	}
	if !was {
		return notFound(e)
	}
	return e.Redirect(http.StatusSeeOther, "/me/follows?stopped")
}
