package site

import (
	"time"

	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// editionsView leads from a page to the other languages in which it stands, and to easy read.
type editionsView struct {
	List   []editionLink
	Of     string    // what the original is to this edition: "English", or "full"; "" on an original
	Behind time.Time // since when the original says something else; zero when this one was checked since
}

// editionLink is named in its own language, for those who cannot read this one.
type editionLink struct {
	Link
	Lang, Dir  string
	Easy, Full bool // in easy read; the page at full length, seen from its easy read
}

// alternate is the same page in another language, for programs.
type alternate struct{ Lang, URL string }

// editionsOf are those of a document that the one who reads may see, through the place of the lens. The page does without
// rather than fail.
func (s *Site) editionsOf(e *core.RequestEvent, d *library.Document) editionsView {
	var v editionsView
	list, err := library.Editions(s.app, viewer(e), d)
	if err == nil {
		v.Behind, err = d.BehindSince(s.app)
	}
	if err != nil {
		s.app.Logger().Error("editions of a page", "document", d.Id, "error", err)
		return editionsView{}
	}
	for _, other := range list {
		link := editionLink{Link: Link{library.OwnName(other.Language), other.Address()}, Lang: other.Language, Dir: library.Direction(other.Language), Easy: other.Easy}
		link.Full = d.Easy() && !other.Easy && other.Language == d.Language()
		if place := e.Request.PathValue("place"); place != "" && d.DocKind() == library.Handbook {
			link.URL = "/in/" + place + link.URL
		}
		if other.Of == "" {
			v.Of = library.LanguageName(other.Language)
			if link.Full {
				v.Of = "full"
			}
		}
		v.List = append(v.List, link)
	}
	return v
}

// alternates are the page and its other languages; easy read is another text in the same one.
func (s *Site) alternates(e *core.RequestEvent, d *library.Document, v editionsView) []alternate {
	if len(v.List) == 0 || d.Easy() {
		return nil
	}
	list := []alternate{{d.Language(), s.base(e) + e.Request.URL.Path}}
	for _, other := range v.List {
		if !other.Easy {
			list = append(list, alternate{other.Lang, s.base(e) + other.URL})
		}
	}
	if len(list) == 1 {
		return nil
	}
	return list
}
