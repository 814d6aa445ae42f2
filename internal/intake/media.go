package intake

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/word"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A medium is a picture or another file that becomes no page: it belongs to one. It comes in with the page whose text calls
// for it, or with the only one that lies beside it. It is read when that page is written, and not before: all pictures of a
// large archive at once would fill the memory.
type medium struct {
	path string // in the source, or the name it has within a document
	sum  string
	read func() ([]byte, error)
	own  *piece // its line in the report, nil for one that came within a document
}

// wanted is a medium as a page calls for it.
type wanted struct {
	*medium
	called string // its address in the text, "" where it only lies beside
	alt    string // what the text says that it shows
}

// media are the files of a source that can be added to a page.
type media struct {
	byPath addresses
	files  map[string]*medium
	spool  string // a folder for pictures that came within documents
}

func newMedia() *media {
	return &media{byPath: addresses{exact: map[string]string{}, tails: map[string]string{}}, files: map[string]*medium{}}
}

func (m *media) Close() error {
	if m.spool == "" {
		return nil
	}
	return os.RemoveAll(m.spool)
}

// isMedium says whether files of an ending can be added to a page, and make none themselves.
func isMedium(ending string) bool {
	switch ending {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf", ".xlsx", ".pptx", ".ods", ".odp":
		return true
	}
	return false
}

// add puts a file of the source on the shelf.
func (m *media) add(p *piece, e entry, raw []byte) {
	p.Outcome = Attached // unless no page wants it
	m.files[p.Path] = &medium{path: p.Path, sum: hash(raw), own: p, read: func() ([]byte, error) { return e.bytes(maxForeign) }}
	m.byPath.add(strings.ToLower(p.Path), p.Path)
	m.byPath.exact[p.Path] = p.Path
}

// keep lays a picture aside that came within a document.
func (m *media) keep(name string, raw []byte) (*medium, error) {
	if m.spool == "" {
		dir, err := os.MkdirTemp("", "commonplace-import-*")
		if err != nil {
			return nil, err
		}
		m.spool = dir
	}
	f, err := os.CreateTemp(m.spool, "*")
	if err != nil {
		return nil, err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return &medium{path: name, sum: hash(raw), read: func() ([]byte, error) { return os.ReadFile(f.Name()) }}, nil
}

// find is the file that an address in a page leads to, nil when there is none.
func (m *media) find(p *piece, address string) *medium {
	if within := p.within[address]; within != nil {
		return within
	}
	u, err := url.Parse(strings.ReplaceAll(address, `\`, "/"))
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" {
		return nil
	}
	here := path.Join(path.Dir(p.Path), u.Path)
	rooted := strings.Trim(path.Clean(u.Path), "/")
	for _, name := range []string{m.byPath.exact[here], m.byPath.exact[strings.ToLower(here)], m.byPath.exact[rooted], m.byPath.tails[strings.ToLower(rooted)]} {
		if f := m.files[name]; f != nil {
			return f
		}
	}
	return nil
}

// want notes that the page's text calls for a file.
func (p *piece) want(m *medium, called, alt string) {
	if nameOfPicture.MatchString(alt) {
		alt = "" // what a program wrote there says nothing of what is seen
	}
	for i := range p.media {
		if w := &p.media[i]; w.medium == m && w.called == called {
			if w.alt == "" {
				w.alt = alt
			}
			return
		}
	}
	p.media = append(p.media, wanted{m, called, alt})
}

// nameOfPicture is what programs write where nobody said what a picture shows.
var nameOfPicture = regexp.MustCompile(`(?i)^\s*(\S+\.(png|jpe?g|gif|webp|tiff?|bmp|emf|wmf)|(image|picture|graphic|bild)[ _-]*\d*)\s*$`)

// shelve gives the files that no text calls for to the only page beside them, and says of the others that they stay out.
func (m *media) shelve(pieces []*piece) {
	beside := map[string][]*piece{}
	wants := map[*medium]bool{}
	for _, p := range pieces {
		if p.Outcome != "" {
			continue
		}
		beside[path.Dir(p.Path)] = append(beside[path.Dir(p.Path)], p)
		for _, w := range p.media {
			wants[w.medium] = true
		}
		for _, name := range p.pictures {
			if within := p.within[name]; !wants[within] {
				p.want(within, "", "")
			}
		}
	}
	for _, p := range pieces {
		f := m.files[p.Path]
		if f == nil || wants[f] {
			continue
		}
		near := beside[path.Dir(p.Path)]
		if len(near) == 1 {
			near[0].want(f, "", "")
			continue
		}
		p.out(Skipped, fmt.Sprintf("belongs to no page: none calls for it, and %s beside it", map[bool]string{true: "none lies", false: fmt.Sprint(len(near), " lie")}[len(near) == 0]))
		if tip := advice[strings.ToLower(path.Ext(p.Path))]; tip != "" {
			p.Problems = append(p.Problems, tip)
		}
	}
	for _, p := range pieces { // a page whose picture is another one is another page
		for _, w := range p.media {
			if w.own != nil && w.called != "" {
				p.sum = hash([]byte(p.sum + w.called + w.sum))
			}
		}
	}
}

// settleMedia says of the files of pages that all stayed as they were that they did so too.
func settleMedia(pieces []*piece) {
	same := map[*piece]bool{}
	for _, p := range pieces {
		for _, w := range p.media {
			if w.own != nil {
				before, known := same[w.own]
				same[w.own] = p.Outcome == Unchanged && (before || !known)
			}
		}
	}
	for own, same := range same {
		if same && own.Outcome == Attached {
			own.Outcome = Unchanged
		}
	}
}

// takePictures keeps the pictures that came in a file. Those that no browser shows are named.
func (p *piece) takePictures(pictures []word.Picture) {
	for _, pic := range pictures {
		switch path.Ext(pic.Address) {
		case ".emf", ".wmf", ".tiff", ".bmp", ".svg", ".bin":
			p.Problems = append(p.Problems, fmt.Sprintf("The picture %s is of a kind that browsers do not show. Save it as PNG and add it.", pic.Address))
			continue
		}
		m, err := p.shelf.keep(pic.Address, pic.Bytes)
		if err != nil {
			p.fault = err
			return
		}
		if p.within == nil {
			p.within = map[string]*medium{}
		}
		p.within[pic.Address] = m
		p.pictures = append(p.pictures, pic.Address)
	}
}

// What a page may carry within itself.
const (
	mostInside     = 100
	mostInsideSize = 40 << 20
)

// takeInside takes out the pictures that a web page carries within itself.
func (p *piece) takeInside(root *html.Node) {
	var pictures []word.Picture
	all := 0
	for _, n := range elementsIn(root) {
		if n.DataAtom != atom.Img {
			continue
		}
		head, data, is := strings.Cut(strings.TrimSpace(attr(n, "src")), ",")
		kind, encoded := strings.CutSuffix(strings.ToLower(strings.TrimPrefix(head, "data:")), ";base64")
		if !is || !encoded || !strings.HasPrefix(kind, "image/") {
			continue
		}
		data = strings.Join(strings.Fields(data), "")
		if unescaped, err := url.PathUnescape(data); err == nil {
			data = unescaped
		}
		raw, err := base64.StdEncoding.DecodeString(data)
		if all += len(raw); err != nil || len(raw) == 0 || len(pictures) >= mostInside || all > mostInsideSize {
			p.Problems = append(p.Problems, "A picture that the page carries within itself could not be read, or is one too many.")
			replaceNode(n, &html.Node{Type: html.TextNode, Data: attr(n, "alt")})
			continue
		}
		address := fmt.Sprintf("picture-%d%s", len(pictures)+1, pictureEnding(kind))
		pictures = append(pictures, word.Picture{Address: address, Type: kind, Bytes: raw})
		setAttr(n, "src", address)
	}
	p.takePictures(pictures)
}

func pictureEnding(kind string) string {
	kind, _, _ = mime.ParseMediaType(kind)
	switch kind {
	case "image/png", "image/gif", "image/webp", "image/bmp", "image/tiff":
		return "." + strings.TrimPrefix(kind, "image/")
	case "image/svg+xml":
		return ".svg"
	}
	return ".jpg"
}

// ready are files of a page that wait for it to be written.
type ready struct {
	wanted
	there *library.Attachment // it was brought in before
	new   *library.Ready
}

func (r ready) address() string {
	if r.there != nil {
		return r.there.Address()
	}
	return r.new.Address()
}

// described says whether it is said what a picture shows.
func (r ready) described() bool {
	if r.there != nil {
		return r.there.Described() || r.alt != ""
	}
	return !r.new.IsPicture() || r.alt != ""
}

// prepare reads the files that belong to a page and makes what is kept of them, before there is a transaction. One that is
// there already stays the one it is; of a page that says what it said, only those that lie beside it can be new.
func (p *piece) prepare(ctx context.Context, app core.App, o Options) error {
	if p.Outcome != "" {
		return nil
	}
	same := p.before != nil && p.before.unchanged(p.sum, o)
	bySum := map[string]ready{}
	for _, w := range p.media {
		if same && w.called != "" {
			continue
		}
		r, known := bySum[w.sum]
		if !known {
			var err error
			if r, err = p.prepareOne(ctx, app, w); err != nil {
				return err
			}
			bySum[w.sum] = r
		}
		r.wanted = w
		if r.there != nil || r.new != nil {
			p.ready = append(p.ready, r)
		}
	}
	return nil
}

// addBeside adds what is new beside a page that says what it said.
func (p *piece) addBeside(tx core.App, o Options, actor string) error {
	p.Outcome = Unchanged
	if !slices.ContainsFunc(p.ready, func(r ready) bool { return r.there == nil }) {
		return nil
	}
	doc, err := library.ByID(tx, p.before.ID)
	if err != nil {
		return err
	}
	p.Outcome, p.Title = Updated, doc.Title()
	p.askForWords()
	return p.attach(tx, doc, o, actor)
}

func (p *piece) prepareOne(ctx context.Context, app core.App, w wanted) (r ready, err error) {
	if p.before != nil {
		r.there, err = library.AttachmentOf(app, p.before.ID, w.sum)
		if err != nil || r.there != nil && (w.called == "" || r.there.Removed().IsZero()) {
			return r, err
		}
		r.there = nil // it was taken off, and the text calls for it again
	}
	raw, err := w.read()
	if err == nil && w.own == nil && len(bytes.TrimSpace(raw)) == 0 {
		return r, nil
	}
	if err == nil {
		r.new, err = library.Prepare(ctx, app, raw, path.Base(w.path))
	}
	var faults validation.Errors
	if errors.As(err, &faults) {
		p.without(w, sentenceOf(faults))
		r.new, err = nil, nil
	}
	return r, err
}

// without says that a file could not be added, and why.
func (p *piece) without(w wanted, why string) {
	p.Problems = append(p.Problems, fmt.Sprintf("%s was not added: %s", w.path, why))
	if w.own != nil && w.own.Outcome == Attached {
		w.own.out(Skipped, why)
	}
	if w.own == nil && w.called != "" { // there is nothing behind its address: what it shows in words stays
		p.eachText(func(s string) string { return withoutPicture(s, w.called) })
	}
}

// withoutPicture leaves of a picture what is said of it.
func withoutPicture(text, called string) string {
	return outsideCode(text, func(s string) string {
		return replace(inlineLink, s, func(m string) string {
			parts := inlineLink.FindStringSubmatch(m)
			if !strings.HasPrefix(parts[1], "!") || strings.Trim(parts[2], "<>") != called {
				return m
			}
			return strings.TrimSuffix(strings.TrimPrefix(parts[1], "!["), "](")
		})
	})
}

func sentenceOf(faults validation.Errors) string {
	for _, f := range faults {
		return f.Error()
	}
	return ""
}

// attach adds what is ready to the document, which is saved by now. What does not fit is named, and stays out of the text.
func (p *piece) attach(tx core.App, doc *library.Document, o Options, actor string) error {
	done := map[string]string{} // what became of each
	for _, r := range p.ready {
		if _, known := done[r.sum]; known || r.there != nil || o.DryRun {
			continue
		}
		_, err := library.AttachReady(tx, doc, r.new, func(a *library.Attachment) {
			a.Set("alt", clipped(r.alt, 500))
			if o.Viewer != nil {
				a.Set("author", o.Viewer.ID())
			}
			journal.By(a.Record, actor)
		})
		done[r.sum] = ""
		var faults validation.Errors
		if errors.As(err, &faults) {
			done[r.sum] = sentenceOf(faults)
		} else if err != nil {
			return err
		}
	}
	kept := p.ready[:0]
	for _, r := range p.ready {
		if why := done[r.sum]; why != "" {
			p.without(r.wanted, why)
			p.swapIn(doc, r.address(), r.called)
			continue
		}
		kept = append(kept, r)
	}
	p.ready = kept
	return nil
}

// undescribed names the pictures of which nobody has said what they show.
func (p *piece) undescribed() (names []string) {
	seen := map[string]bool{}
	for _, r := range p.ready {
		if !r.described() && !seen[r.sum] {
			seen[r.sum] = true
			names = append(names, path.Base(r.path))
		}
	}
	return names
}

// askForWords flags the pictures that have no description. None is made up.
func (p *piece) askForWords() {
	if names := p.undescribed(); len(names) > 0 {
		p.Problems = append(p.Problems, fmt.Sprintf("Nobody has said what these pictures show (%d): %s. “Pictures and files” of the page asks for it before the page goes out.", len(names), strings.Join(names, "; ")))
	}
}

// swap gives every file that the text calls for the address that it has here.
func (p *piece) swap() {
	for _, r := range p.ready {
		if r.called != "" {
			p.eachText(func(s string) string { return swapped(s, r.called, r.address()) })
		}
	}
}

// swapIn does so in a document that was filled.
func (p *piece) swapIn(doc *library.Document, from, to string) {
	for _, f := range []string{"body", "challenge", "action", "result"} {
		doc.Set(f, swapped(doc.GetString(f), from, to))
	}
}

// swapped turns links to one address, outside code, into links to another.
func swapped(text, from, to string) string {
	turn := func(re *regexp.Regexp) func(string) string {
		return func(s string) string {
			return replace(re, s, func(m string) string {
				parts := re.FindStringSubmatch(m)
				if strings.Trim(parts[2], "<>") != from {
					return m
				}
				return parts[1] + to + parts[3]
			})
		}
	}
	return outsideCode(outsideCode(text, turn(inlineLink)), turn(referenceLink))
}

// eachText turns the texts of the page: its body, and the parts of a case study.
func (p *piece) eachText(f func(string) string) {
	p.body = f(p.body)
	for _, part := range []string{challenge, action, result} {
		switch v := p.front[part].(type) {
		case string:
			p.front[part] = f(v)
		case []string:
			for i := range v {
				v[i] = f(v[i])
			}
		case []any:
			for i := range v {
				if s, is := v[i].(string); is {
					v[i] = f(s)
				}
			}
		}
	}
}

func clipped(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
