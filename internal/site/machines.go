package site

import (
	"encoding/xml"
	"net/http"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// What programs ask a site for: a map of its pages, how to search it, and a feed of what came out. They are answered as
// the public is, whoever asks: what they hold is kept and passed on.

// mostInMap is how many pages a map may hold (sitemaps.org).
const mostInMap = 50_000

// out are the documents that everybody may read and that came out, the newest first.
func (s *Site) out(n int64) ([]library.Card, error) {
	guest, err := member.Guest(s.app)
	if err != nil {
		return nil, err
	}
	return library.Latest(s.app, guest, n, dbx.NewExp("1 = 1"))
}

type siteMap struct {
	XMLName xml.Name  `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	Pages   []mapPage `xml:"url"`
}

type mapPage struct {
	Address string `xml:"loc"`
	Changed string `xml:"lastmod,omitempty"`
}

// startPages lead to everything else.
var startPages = []string{"/", "/handbook", "/case-studies", "/plans", "/events", "/glossary", "/places", "/partners", "/programmes", "/groups", "/coverage", "/figures", "/discussions", "/changed-because-you-said"}

func (s *Site) siteMap(e *core.RequestEvent) error {
	cards, err := s.out(mostInMap - int64(len(startPages)))
	if err != nil {
		return err
	}
	var m siteMap
	for _, p := range startPages {
		m.Pages = append(m.Pages, mapPage{Address: s.base(e) + p})
	}
	for _, c := range cards {
		m.Pages = append(m.Pages, mapPage{s.base(e) + c.Address(), later(c.Published, c.Reviewed).UTC().Format(time.DateOnly)})
	}
	return sendXML(e, "application/xml; charset=utf-8", m)
}

type openSearch struct {
	XMLName xml.Name      `xml:"http://a9.com/-/spec/opensearch/1.1/ OpenSearchDescription"`
	Name    string        `xml:"ShortName"`
	About   string        `xml:"Description"`
	Coding  string        `xml:"InputEncoding"`
	Ways    []searchAsked `xml:"Url"`
}

type searchAsked struct {
	Type     string `xml:"type,attr"`
	Template string `xml:"template,attr"`
}

func (s *Site) openSearch(e *core.RequestEvent) error {
	return sendXML(e, "application/opensearchdescription+xml; charset=utf-8", openSearch{
		Name: "Commonplace", About: "The carers’ handbook, good practice, plans and discussions", Coding: "UTF-8",
		Ways: []searchAsked{{"text/html", s.base(e) + "/search?q={searchTerms}"}, {"application/atom+xml", s.base(e) + "/search.atom?q={searchTerms}"}},
	})
}

func sendXML(e *core.RequestEvent, kind string, v any) error {
	raw, err := xml.Marshal(v)
	if err != nil {
		return err
	}
	e.Response.Header().Set("Cache-Control", "public, max-age=3600")
	return e.Blob(http.StatusOK, kind, append([]byte(xml.Header), raw...))
}

// outAtom is what came out lately, as a feed.
func (s *Site) outAtom(e *core.RequestEvent) error {
	cards, err := s.out(inFeed)
	if err != nil {
		return err
	}
	f := atomFeed{
		Lang: "en-GB", ID: s.base(e) + "/", Title: "Commonplace: what came out", Author: "Commonplace",
		Links: []atomLink{{"self", "application/atom+xml", s.base(e) + "/feed.atom"}, {"alternate", "text/html", s.base(e) + "/"}},
	}
	for _, c := range cards {
		if c.Of == "" {
			f.Entries = append(f.Entries, s.cardEntry(e, c))
		}
	}
	return sendAtom(e, f)
}

// jsonFeed is a feed in the shape of jsonfeed.org, version 1.1.
type jsonFeed struct {
	Version string     `json:"version"`
	Title   string     `json:"title"`
	Home    string     `json:"home_page_url"`
	Self    string     `json:"feed_url"`
	Lang    string     `json:"language"`
	Items   []jsonItem `json:"items"`
}

type jsonItem struct {
	ID        string   `json:"id"`
	URL       string   `json:"url"`
	Title     string   `json:"title"`
	Text      string   `json:"content_text"`
	Published string   `json:"date_published"`
	Tags      []string `json:"tags"`
}

func (s *Site) outJSON(e *core.RequestEvent) error {
	cards, err := s.out(inFeed)
	if err != nil {
		return err
	}
	base := s.base(e)
	f := jsonFeed{"https://jsonfeed.org/version/1.1", "Commonplace: what came out", base + "/", base + "/feed.json", "en-GB", []jsonItem{}}
	for _, c := range cards {
		if c.Of == "" {
			at := base + c.Address()
			f.Items = append(f.Items, jsonItem{at, at, c.Title, c.Summary, c.Published.UTC().Format(time.RFC3339), []string{s.kindWord(string(c.Kind))}})
		}
	}
	e.Response.Header().Set("Content-Type", "application/feed+json")
	e.Response.Header().Set("Cache-Control", "public, max-age=3600")
	return e.JSON(http.StatusOK, f)
}
