package site

import (
	"slices"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/search"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// mostMore is how much more of the same a page offers.
const mostMore = 5

// moreLink leads to something like the page.
type moreLink struct {
	Link
	Kind string
}

// more is what else there is like the thing with an entry in the search, in what the reader may see. A page does without it
// rather than fail.
func (s *Site) more(e *core.RequestEvent, entry string, forCarers bool) []moreLink {
	found, err := s.like(entry, viewer(e).Keys(), forCarers)
	if err != nil {
		s.app.Logger().Error("more like this", "entry", entry, "error", err)
		return nil
	}
	links := make([]moreLink, len(found))
	var tags []string
	for i, l := range found {
		to := l.URL
		if place := e.Request.PathValue("place"); place != "" && l.Kind == string(library.Handbook) {
			to = "/in/" + place + to
		}
		links[i] = moreLink{Link{l.Title, to}, s.kindWord(l.Kind)}
		if id, ok := strings.CutPrefix(discussionOf(l.URL), "/discussions/"); ok {
			tags = append(tags, "thread:"+id) // goes from memory with what it names
		}
	}
	e.Set(moreTags, tags)
	return links
}

// like is what is like an entry: of what carers read, only what is for them, too. It is looked for among more then.
func (s *Site) like(entry string, keys []string, forCarers bool) ([]search.Likeness, error) {
	found, err := s.o.Search.More(entry, keys, 5*mostMore)
	if err != nil {
		return nil, err
	}
	if !forCarers {
		found = eachDiscussionOnce(found)
		return found[:min(len(found), mostMore)], nil
	}
	var ids []string
	for _, l := range found {
		if id, is := strings.CutPrefix(l.ID, library.EntryPrefix); is {
			ids = append(ids, id)
		}
	}
	documents, err := library.ByIDs(s.app, ids)
	if err != nil {
		return nil, err
	}
	theirs := slices.DeleteFunc(found, func(l search.Likeness) bool {
		d := documents[strings.TrimPrefix(l.ID, library.EntryPrefix)]
		return d == nil || !d.ForCarers()
	})
	return theirs[:min(len(theirs), mostMore)], nil
}

// moreTags is where a request keeps the tags of what its page names besides itself.
const moreTags = "more-tags"

// eachDiscussionOnce leaves of a discussion and its posts, which search finds one by one, what is most like the page.
func eachDiscussionOnce(found []search.Likeness) []search.Likeness {
	seen := map[string]bool{}
	return slices.DeleteFunc(found, func(l search.Likeness) bool {
		page := discussionOf(l.URL)
		again := seen[page]
		seen[page] = true
		return again
	})
}

// discussionOf is where the discussion of a post stands; another page stands where it stands.
func discussionOf(url string) string {
	page, _, _ := strings.Cut(url, "/posts/")
	return page
}

// moreOfDocument is more of the same for a document that is out.
func (s *Site) moreOfDocument(e *core.RequestEvent, d *library.Document) []moreLink {
	if d.State() != library.Published {
		return nil
	}
	return s.more(e, library.EntryPrefix+d.Id, d.ForCarers())
}

func (s *Site) moreOfThread(e *core.RequestEvent, t *thread.Thread) []moreLink {
	return s.more(e, thread.EntryPrefix+t.Id, false)
}
