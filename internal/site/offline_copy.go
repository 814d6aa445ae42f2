package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// copied is the handbook as phones save it, read through one place or none: each page as nobody in particular gets it,
// without what needs signal. Parts stand under the sum of their bytes, so that a phone fetches only what changed.
type copied struct {
	made  time.Time
	bytes int // of a first save, as they travel
	list  *stored
	parts map[string]*stored // by sum; the whole copy is one of them
	lists uint64             // see memory
}

// copyList is what phones ask for first. Its names are the phone's too: see web/script/offline/kept.js.
type copyList struct {
	Format int               `json:"format"`
	Base   string            `json:"base"` // the beginning of addresses in the place's lens
	Place  string            `json:"place"`
	At     string            `json:"at"`     // where the parts stand
	Whole  string            `json:"whole"`  // the sum of all parts in one
	Frame  string            `json:"frame"`  // of what is around pages
	Words  string            `json:"words"`  // of the words that mean the same
	Assets []string          `json:"assets"` // addresses
	Pages  map[string]string `json:"pages"`  // sums by address
}

// copyFormat is a new number when phones have to fetch everything anew, because the worker reads another form.
const copyFormat = 2

// copyPage is a page in the copy.
type copyPage struct {
	Title   string   `json:"title"`
	HTML    string   `json:"html"`
	Scripts []string `json:"scripts,omitempty"`
	Paper   string   `json:"paper,omitempty"` // the style of a form that is filled in; nothing on its page may talk to anybody
}

// copyFrame is what the worker puts around pages, and what it says itself. In braces stand the things that it fills in.
type copyFrame struct {
	Page    string            `json:"page"`
	Banner  string            `json:"banner"`
	Old     string            `json:"old"`     // besides, when the copy is older than it should be
	Other   string            `json:"other"`   // besides, when the address is of another place
	Missing string            `json:"missing"` // the page for what is not in the copy
	Search  string            `json:"search"`
	Says    map[string]string `json:"says"` // its titles, and how old the copy is
}

// copies keeps the copies, by the beginning of their addresses, until something of the library changes.
type copies struct {
	mu   sync.Mutex
	made map[string]*copied
}

// copyFor is the copy of the handbook through a lens. It is made when somebody asks, by one at a time.
func (s *Site) copyFor(l lens) (*copied, error) {
	s.copies.mu.Lock()
	defer s.copies.mu.Unlock()
	lists := s.memory.listsAt() // before anything is read
	if c := s.copies.made[l.Base]; c != nil && c.lists == lists && time.Since(c.made) < lifetime {
		return c, nil
	}
	c, err := s.makeCopy(l)
	if err != nil {
		return nil, fmt.Errorf("offline copy: %w", err)
	}
	c.lists = lists
	maps.DeleteFunc(s.copies.made, func(_ string, old *copied) bool { return time.Since(old.made) >= lifetime })
	s.copies.made[l.Base] = c
	return c, nil
}

func (s *Site) makeCopy(l lens) (*copied, error) {
	c := &copied{made: time.Now(), parts: map[string]*stored{}}
	list := copyList{Format: copyFormat, Base: l.Base, At: l.Base + "/offline/", Pages: map[string]string{}}
	if l.Place != nil {
		list.Place = l.Place.Title()
	}
	whole := map[string]json.RawMessage{}
	add := func(v any) (string, error) {
		raw, err := inJSON(v)
		sum := sumOf(raw)
		whole[sum], c.parts[sum] = raw, publicPart(raw)
		return sum, err
	}
	pages, err := s.copyPages(l)
	if err != nil {
		return nil, err
	}
	for address, p := range pages {
		if list.Pages[address], err = add(p); err != nil {
			return nil, err
		}
	}
	frame, err := s.copyFrame(l)
	if err != nil {
		return nil, err
	}
	if list.Frame, err = add(frame); err != nil {
		return nil, err
	}
	words, err := s.copyWords()
	if err != nil {
		return nil, err
	}
	if list.Words, err = add(words); err != nil {
		return nil, err
	}
	for _, a := range copyAssets(s.assets) {
		list.Assets = append(list.Assets, a.Path)
		c.bytes += len(a.GZ)
	}
	raw, err := inJSON(whole)
	if err != nil {
		return nil, err
	}
	list.Whole = sumOf(raw)
	c.parts[list.Whole] = publicPart(raw)
	if raw, err = inJSON(list); err != nil {
		return nil, err
	}
	c.list = newStored(raw, "application/json", true)
	c.list.header.Set("Vary", "Accept-Encoding")
	for _, sent := range []*stored{c.list, c.parts[list.Whole]} {
		gz, _ := sent.compressed()
		c.bytes += len(gz)
	}
	return c, nil
}

// inJSON writes HTML as it is: nobody takes a part for a page, and it is a fifth shorter.
func inJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	w := json.NewEncoder(&b)
	w.SetEscapeHTML(false)
	err := w.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

func sumOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// publicPart may be kept by caches on the way, but not for ever, though its bytes never change: what is taken back must be
// gone everywhere after a while.
func publicPart(raw []byte) *stored {
	part := newStored(raw, "application/json", true)
	part.header.Set("Cache-Control", "public, max-age=3600")
	part.header.Set("Vary", "Accept-Encoding")
	return part
}

// taking marks a request that is not answered but taken into the copy.
type taking struct {
	page copyPage
	done bool
}

const takingKey = "taking"

// takingOf is nil for the requests of readers.
func takingOf(e *core.RequestEvent) *taking {
	t, _ := e.Get(takingKey).(*taking)
	return t
}

// nowhere is where the answer goes when a page is taken into the copy.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n nowhere) WriteHeader(int)             {}

// copyLeaf is an address of the copy, without a place, with the handler of its page.
type copyLeaf struct {
	address string
	show    func(*core.RequestEvent) error
	values  []string // of its pattern: name, value, name, value
}

// copyLeaves are all addresses of the copy. Who adds a page of the handbook that is no document adds a line.
func (s *Site) copyLeaves(guest *member.Viewer) ([]copyLeaf, error) {
	leaves := []copyLeaf{{"/handbook", s.handbook, nil}, {"/glossary", s.glossary, nil}, {"/offline", s.offline, nil}}
	chapters, err := library.Chapters(s.app, guest)
	if err != nil {
		return nil, err
	}
	in := map[string]bool{}
	for _, c := range chapters {
		if in[c.Slug] = c.ForCarers(); !in[c.Slug] {
			continue
		}
		leaves = append(leaves, copyLeaf{c.Address(), s.handbookChapter, []string{"chapter", c.Slug}})
		for _, p := range c.Pages {
			leaves = append(leaves, copyLeaf{p.Address(), s.handbookPage, []string{"chapter", c.Slug, "page", p.Slug}})
		}
	}
	editions, err := library.EditionCards(s.app, guest, library.Handbook)
	if err != nil {
		return nil, err
	}
	for _, p := range editions {
		if in[p.Chapter] {
			leaves = append(leaves, copyLeaf{p.Address(), s.handbookPage, []string{"chapter", p.Chapter, "page", p.Slug}})
		}
	}
	forms, err := library.EditionCards(s.app, guest, library.Template)
	if err != nil {
		return nil, err
	}
	for _, f := range forms {
		leaves = append(leaves, copyLeaf{f.Address(), s.template, []string{"slug", f.Slug}})
	}
	for kind, show := range map[library.Kind]func(*core.RequestEvent) error{library.Glossary: s.glossaryTerm, library.Template: s.template} {
		cards, err := library.Cards(s.app, guest, published(kind))
		if err != nil {
			return nil, err
		}
		for _, c := range cards {
			leaves = append(leaves, copyLeaf{c.Address(), show, []string{"slug", c.Slug}})
		}
	}
	return leaves, nil
}

// copyPages are the pages of the copy by their addresses.
func (s *Site) copyPages(l lens) (map[string]copyPage, error) {
	guest, err := member.Guest(s.app)
	if err != nil {
		return nil, err
	}
	leaves, err := s.copyLeaves(guest)
	if err != nil {
		return nil, err
	}
	pages := make(map[string]copyPage, len(leaves))
	for _, leaf := range leaves {
		t, err := s.take(guest, l, leaf)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", leaf.address, err)
		}
		if t.done {
			pages[leaf.address] = t.page
		}
	}
	return pages, nil
}

// take lets a handler show its page to nobody in particular, through the lens, and keeps what it shows.
func (s *Site) take(guest *member.Viewer, l lens, leaf copyLeaf) (*taking, error) {
	t := &taking{}
	e := &core.RequestEvent{App: s.app}
	e.Response = nowhere{http.Header{}}
	e.Request = &http.Request{Method: http.MethodGet, URL: &url.URL{Path: leaf.address}, Header: http.Header{}}
	for i := 0; i+1 < len(leaf.values); i += 2 {
		e.Request.SetPathValue(leaf.values[i], leaf.values[i+1])
	}
	if l.Place != nil {
		e.Request.SetPathValue("place", l.Place.Slug())
	}
	e.Set(viewerKey, guest)
	e.Set(takingKey, t)
	return t, leaf.show(e)
}

// takeIn keeps the part of a page that is its own, with the way back above it.
func (s *Site) takeIn(t *taking, name string, data interface{ base() *Page }) error {
	var b bytes.Buffer
	p := data.base()
	p.Copy = true
	page, err := s.pageIn(p.Lang, name)
	if err != nil {
		return err
	}
	if err := page.ExecuteTemplate(&b, "crumbs", p); err != nil {
		return err
	}
	if err := page.ExecuteTemplate(&b, "main", data); err != nil {
		return err
	}
	text := lineEnds.ReplaceAllString(withoutPictures(b.String()), "\n")
	if p.Lang != "" {
		text = fmt.Sprintf(`<div lang="%s" dir="%s">%s</div>`, html.EscapeString(p.Lang), p.Dir, text)
	}
	t.done, t.page = true, copyPage{Title: p.Title, HTML: text}
	for _, script := range p.Scripts {
		if script == offlineScript || script == fillScript {
			t.page.Scripts = append(t.page.Scripts, s.assets[script].Path)
		}
	}
	if p.Apart {
		t.page.Paper = s.assets[fillStyle].Path
	}
	return nil
}

var (
	lineEnds = regexp.MustCompile(`\s*\n\s*`)
	pictured = regexp.MustCompile(`<img [^>]*>`)
)

// withoutPictures leaves of each picture what it shows: pictures would make the copy many times as large.
func withoutPictures(text string) string {
	return pictured.ReplaceAllStringFunc(text, func(img string) string {
		if alt := altOf(img); alt != "" {
			return "[Picture: " + html.EscapeString(alt) + "]"
		}
		return ""
	})
}

// frameView is what the parts of the frame are made from.
type frameView struct {
	Lens lens
	Demo bool
	Help []*member.Helpline
	Find string // the address of the script that searches
}

func (s *Site) copyFrame(l lens) (f copyFrame, err error) {
	v := frameView{Lens: l, Demo: s.o.Demo, Find: s.assets[findScript].Path}
	if v.Help, err = member.CrisisLines(s.app); err != nil {
		return f, err
	}
	for part, into := range map[string]*string{"offline-page": &f.Page, "offline-banner": &f.Banner, "offline-old": &f.Old, "offline-other": &f.Other, "offline-missing": &f.Missing, "offline-search": &f.Search} {
		var b strings.Builder
		if err := s.pages[partPost].ExecuteTemplate(&b, part, v); err != nil {
			return f, err
		}
		*into = lineEnds.ReplaceAllString(b.String(), "\n")
	}
	f.Says, err = s.tongues.english.says("saved", "age")
	return f, err
}

// copyWords are the words that mean the same, as far as everybody may know them.
func (s *Site) copyWords() ([][]string, error) {
	guest, err := member.Guest(s.app)
	if err != nil {
		return nil, err
	}
	all, err := library.Meanings(s.app)
	words := [][]string{}
	for _, m := range all {
		if m.Access == "" || slices.Contains(guest.Keys(), m.Access) {
			words = append(words, m.Words)
		}
	}
	return words, err
}
