package site

import (
	"encoding/xml"
	"time"

	"commonplace/internal/search"

	"github.com/pocketbase/pocketbase/core"
)

// hitsInFeed is how many hits a feed holds.
const hitsInFeed = 50

// atomFeed is a feed as RFC 4287 has it.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Links   []atomLink  `xml:"link"`
	Author  string      `xml:"author>name"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string        `xml:"id"`
	Title     string        `xml:"title"`
	Updated   string        `xml:"updated"`
	Published string        `xml:"published,omitempty"`
	Link      atomLink      `xml:"link"`
	Author    *atomAuthor   `xml:"author,omitempty"`
	Category  *atomCategory `xml:"category,omitempty"`
	Summary   string        `xml:"summary,omitempty"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomCategory struct {
	Term  string `xml:"term,attr"`
	Label string `xml:"label,attr"`
}

// searchAtom is a search as a feed: the hits of its page that the viewer may see, which for a feed reader are those of
// everybody, for it has no cookie.
func (s *Site) searchAtom(e *core.RequestEvent) error {
	q := e.Request.URL.Query()
	q.Del("page")
	r, err := s.ask(viewer(e), q, hitsInFeed)
	if err != nil {
		return err
	}
	words := SearchWords(followable(q))
	f := atomFeed{
		Lang: "en-GB", ID: s.base(e) + "/search.atom" + with(q, "page", ""), Title: "Search: " + words, Author: "Commonplace",
		Links: []atomLink{{"self", "application/atom+xml", s.base(e) + "/search.atom" + with(q, "page", "")}, {"alternate", "text/html", s.base(e) + "/search" + with(q, "page", "")}},
	}
	if words == "" {
		f.Title = "Search"
	}
	for _, hit := range r.Hits {
		f.Entries = append(f.Entries, s.atomEntry(e, hit))
	}
	return sendAtom(e, f)
}

func (s *Site) atomEntry(e *core.RequestEvent, hit search.Hit) atomEntry {
	a := atomEntry{
		ID: s.base(e) + hit.URL, Title: hit.Title, Updated: later(hit.Published, hit.Reviewed).UTC().Format(time.RFC3339),
		Link: atomLink{"alternate", "text/html", s.base(e) + hit.URL}, Category: &atomCategory{hit.Kind, s.kindWord(hit.Kind)}, Summary: hit.Summary,
	}
	if !hit.Published.IsZero() {
		a.Published = hit.Published.UTC().Format(time.RFC3339)
	}
	if hit.Organisation != "" {
		a.Author = &atomAuthor{hit.Organisation}
	}
	return a
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
