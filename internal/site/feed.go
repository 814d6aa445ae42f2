package site

import (
	"database/sql"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// inFeed is how many posts and pages a feed holds, and longestInFeed how much of each.
const (
	inFeed        = 50
	longestInFeed = 2000
)

// discussionAtom is a thread as a feed, for those who may read it.
func (s *Site) discussionAtom(e *core.RequestEvent) error {
	return s.feed(e, viewer(e), member.ThreadFeed, e.Request.PathValue("id"))
}

// spaceAtom is what is new in a space.
func (s *Site) spaceAtom(e *core.RequestEvent) error {
	sp, err := member.SpaceBySlug(s.app, e.Request.PathValue("slug"))
	if err != nil {
		return found(e, err)
	}
	return s.feed(e, viewer(e), member.SpaceFeed, sp.Id)
}

// personAtom is what a person wrote lately. Guests meet no persons.
func (s *Site) personAtom(e *core.RequestEvent) error {
	return s.feed(e, viewer(e), member.PersonFeed, e.Request.PathValue("id"))
}

// feedByToken is a feed for a reader that cannot sign in. Its person's rights are asked now; one that they may not read any
// more is not there, just as a token that does not exist.
func (s *Site) feedByToken(e *core.RequestEvent) error {
	f, v, err := member.FeedBy(s.app, strings.TrimSuffix(e.Request.PathValue("token"), ".atom"))
	if err != nil {
		return found(e, err)
	}
	return s.feed(e, v, f.Kind(), f.Of())
}

// feed answers with one, as far as the viewer may read it.
func (s *Site) feed(e *core.RequestEvent, v *member.Viewer, kind, record string) error {
	about, where, err := s.feedOf(v, kind, record)
	if errors.Is(err, sql.ErrNoRows) {
		return notFound(e)
	}
	if err != nil {
		return err
	}
	f := atomFeed{
		Lang: "en-GB", ID: s.base(e) + about.URL, Title: about.Text, Author: "Commonplace",
		Links: []atomLink{{"self", "application/atom+xml", s.base(e) + e.Request.URL.Path}, {"alternate", "text/html", s.base(e) + about.URL}},
	}
	posts, titles, err := thread.Lately(s.app, v, inFeed, where)
	if err != nil {
		return err
	}
	views, err := s.postViews(v, posts)
	if err != nil {
		return err
	}
	for _, p := range views {
		f.Entries = append(f.Entries, s.postEntry(e, p, titles[p.Thread]))
	}
	if kind != member.ThreadFeed {
		if err := s.pageEntries(e, v, &f, map[string]string{member.SpaceFeed: "space", member.PersonFeed: "author"}[kind], record); err != nil {
			return err
		}
	}
	return sendAtom(e, f)
}

// feedOf is what a feed is about, and which posts are in it; sql.ErrNoRows where the viewer may not know of it.
func (s *Site) feedOf(v *member.Viewer, kind, record string) (about Link, where dbx.Expression, err error) {
	switch kind {
	case member.ThreadFeed:
		t, err := thread.ByID(s.app, record)
		if err != nil {
			return about, nil, err
		}
		if !t.Viewable(v) {
			return about, nil, sql.ErrNoRows
		}
		return Link{t.Title(), "/discussions/" + t.Id}, dbx.HashExp{"posts.thread": t.Id}, nil
	case member.SpaceFeed:
		sp, err := member.SpaceByID(s.app, record)
		if err != nil {
			return about, nil, err
		}
		if v.In(sp.Id) < member.Look {
			return about, nil, sql.ErrNoRows
		}
		return Link{sp.Title(), spaceAddress(sp.Slug())}, dbx.HashExp{"threads.space": sp.Id}, nil
	}
	u, err := s.app.FindRecordById("users", record)
	if err != nil {
		return about, nil, err
	}
	if !v.SignedIn() || member.HasLeft(u) {
		return about, nil, sql.ErrNoRows
	}
	meets, err := s.meets(v, u.Id)
	if err == nil && !meets {
		err = sql.ErrNoRows
	}
	return Link{u.GetString("name"), "/people/" + u.Id}, dbx.HashExp{"posts.author": u.Id}, err
}

// meets says whether the viewer meets a person: in a space, or in what they wrote.
func (s *Site) meets(v *member.Viewer, person string) (bool, error) {
	if member.Meets(s.app, v, person) {
		return true, nil
	}
	if wrote, err := thread.Wrote(s.app, v, person); wrote || err != nil {
		return wrote, err
	}
	published, err := library.Latest(s.app, v, 1, dbx.HashExp{"author": person})
	return len(published) > 0, err
}

func (s *Site) postEntry(e *core.RequestEvent, p postView, title string) atomEntry {
	at := s.base(e) + "/discussions/" + p.Thread + "#post-" + p.ID
	by := p.By()
	if name := p.Speaker(); name != "" {
		by = name + ", " + by
	}
	return atomEntry{
		ID: at, Title: title, Updated: later(p.At, p.Edited).UTC().Format(time.RFC3339), Published: p.At.UTC().Format(time.RFC3339),
		Link: atomLink{"alternate", "text/html", at}, Author: &atomAuthor{by}, Summary: thread.Shorten(markdown.Words(p.Words(p.Members)), longestInFeed),
	}
}

// pageEntries adds the pages of a space or a person that came out lately.
func (s *Site) pageEntries(e *core.RequestEvent, v *member.Viewer, f *atomFeed, field, record string) error {
	cards, err := library.Latest(s.app, v, inFeed, dbx.HashExp{field: record, "state": library.Published})
	if err != nil {
		return err
	}
	for _, c := range cards {
		f.Entries = append(f.Entries, s.cardEntry(e, c))
	}
	slices.SortStableFunc(f.Entries, func(a, b atomEntry) int { return strings.Compare(b.Updated, a.Updated) })
	return nil
}

// cardEntry is a page that came out.
func (s *Site) cardEntry(e *core.RequestEvent, c library.Card) atomEntry {
	at := s.base(e) + c.Address()
	return atomEntry{
		ID: at, Title: c.Title, Updated: c.Published.UTC().Format(time.RFC3339), Link: atomLink{"alternate", "text/html", at},
		Category: &atomCategory{string(c.Kind), s.kindWord(string(c.Kind))}, Summary: c.Summary,
	}
}

// feedAddress is where a feed is: below its page for what everybody may read, else where an address for it is made.
func (s *Site) feedAddress(page, kind, record string) (string, error) {
	guest, err := member.Guest(s.app)
	if err != nil {
		return "", err
	}
	if _, _, err = s.feedOf(guest, kind, record); err == nil {
		return page + "/feed.atom", nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return "/me/feeds?kind=" + kind + "&record=" + record, err
}

// feedLink is the address of a feed for a page's head, "" where it has to be made first.
func feedLink(address string) string {
	if strings.HasSuffix(address, ".atom") {
		return address
	}
	return ""
}

// meFeedsView lists the feeds that a person's reader is let into by a token.
type meFeedsView struct {
	Feeds []feedLine
	Made  string // the address of the one that was just made; it is shown once
	For   *feedLine
}

type feedLine struct {
	ID, Kind, Record, Word string
	About                  Link
	At                     time.Time
	Dead                   bool // one may not read it any more
}

var feedWords = map[string]string{member.ThreadFeed: "Discussion", member.SpaceFeed: "Space", member.PersonFeed: "Person"}

func (s *Site) meFeeds(e *core.RequestEvent) error {
	v, q := viewer(e), e.Request.URL.Query()
	feeds, err := member.Feeds(s.app, v.ID())
	if err != nil {
		return err
	}
	var view meFeedsView
	for _, f := range feeds {
		line := feedLine{ID: f.Id, Kind: f.Kind(), Word: feedWords[f.Kind()], At: f.GetDateTime("created").Time()}
		if line.About, _, err = s.feedOf(v, f.Kind(), f.Of()); errors.Is(err, sql.ErrNoRows) {
			line.Dead, line.About = true, Link{}
		} else if err != nil {
			return err
		}
		view.Feeds = append(view.Feeds, line)
	}
	if token := q.Get("made"); token != "" {
		if _, whose, err := member.FeedBy(s.app, token); err == nil && whose.ID() == v.ID() {
			view.Made = s.base(e) + "/feeds/" + token + ".atom"
		}
	}
	if kind := q.Get("kind"); feedWords[kind] != "" {
		about, _, err := s.feedOf(v, kind, q.Get("record"))
		if err != nil {
			return found(e, err)
		}
		view.For = &feedLine{Kind: kind, Record: q.Get("record"), Word: feedWords[kind], About: about}
	}
	return render(s, e, http.StatusOK, "me-feeds", Page{Title: "Your feeds", Crumbs: meCrumbs, NoIndex: true}, view)
}

// meFeedsSave makes the address of a feed, or revokes one.
func (s *Site) meFeedsSave(e *core.RequestEvent) error {
	v, form := viewer(e), e.Request.PostFormValue
	if id := form("revoke"); id != "" {
		if err := member.CloseFeed(s.app, v.ID(), id); err != nil {
			return found(e, err)
		}
		return e.Redirect(http.StatusSeeOther, "/me/feeds")
	}
	if feedWords[form("kind")] == "" {
		return notFound(e)
	}
	if _, _, err := s.feedOf(v, form("kind"), form("record")); err != nil {
		return found(e, err)
	}
	token, err := member.OpenFeed(s.app, v.ID(), form("kind"), form("record"))
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/me/feeds?made="+token)
}
