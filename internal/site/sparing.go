package site

import (
	"net/http"
	"slices"
	"strings"

	"commonplace/internal/library"
)

// Who pays for every byte may tell their browser to save data, and it says so with each request. They get pages without the
// scripts that a page does without, and the smallest width of a picture. Nothing that keeps somebody safe, or keeps what they
// write, is left out. Pages load no fonts and no pictures from their styles, and pictures come when they are scrolled to, for
// everybody.

// sparing says whether a request asks for little.
func sparing(r *http.Request) bool {
	return strings.EqualFold(strings.TrimSpace(r.Header.Get("Save-Data")), "on")
}

// spared are the scripts that only make a page more convenient; suggest.js and bell.js, which every page has, stand in its
// layout.
var spared = []string{quoteScript, "explain.js", "live.js", "similar.js"}

// spare takes the scripts off a page that it does without.
func (p *Page) spare() {
	p.Sparing = true
	p.Scripts = slices.DeleteFunc(slices.Clone(p.Scripts), func(name string) bool { return slices.Contains(spared, name) })
}

// sparingFile is the smallest width of a picture that a page shows, for those who ask for little. Who opens the picture by
// itself wants it as it is.
func sparingFile(r *http.Request, a *library.Attachment, name string) string {
	sizes := a.Sizes()
	shown := slices.ContainsFunc(sizes, func(s library.Size) bool { return s.File == name })
	if !sparing(r) || !shown || r.Header.Get("Sec-Fetch-Dest") != "image" {
		return name
	}
	return slices.MinFunc(sizes, func(a, b library.Size) int { return a.Width - b.Width }).File
}
