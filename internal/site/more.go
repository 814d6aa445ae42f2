package site

import (
	"strings"

	"commonplace/internal/library"
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
func (s *Site) more(e *core.RequestEvent, entry string) []moreLink {
	found, err := s.o.Search.More(entry, viewer(e).Keys(), mostMore)
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
		links[i] = moreLink{Link{l.Title, to}, kindWord(l.Kind)}
		if id, ok := strings.CutPrefix(l.URL, "/discussions/"); ok {
			tags = append(tags, "thread:"+id) // goes from memory with what it names
		}
	}
	e.Set(moreTags, tags)
	return links
}

// moreTags is where a request keeps the tags of what its page names besides itself.
const moreTags = "more-tags"

// moreOfDocument is more of the same for a document that is out.
func (s *Site) moreOfDocument(e *core.RequestEvent, d *library.Document) []moreLink {
	if d.State() != library.Published {
		return nil
	}
	return s.more(e, library.EntryPrefix+d.Id)
}

func (s *Site) moreOfThread(e *core.RequestEvent, t *thread.Thread) []moreLink {
	return s.more(e, thread.EntryPrefix+t.Id)
}
