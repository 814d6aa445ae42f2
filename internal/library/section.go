package library

import (
	"strings"

	"commonplace/internal/search"
)

// videosAnchor is where the videos of a page and what is said in them stand.
const videosAnchor = "videos"

// sections are the parts of the text that is searched, as far as the page has a heading with an anchor for them. A heading
// that quotes a figure is not found, and what follows it counts to the part before.
func (d *Document) sections(plain string) []search.Section {
	r, err := d.Rendered()
	if err != nil {
		return nil // a page that cannot be rendered is found as a whole
	}
	var all []search.Section
	at := 0
	for _, h := range r.Outline {
		i := lineAt(plain, at, h.Text)
		if i < 0 {
			continue
		}
		all = append(all, search.Section{Title: h.Text, Anchor: h.ID, At: i})
		at = i + len(h.Text)
	}
	if videos := d.Meta().Videos; len(videos) > 0 {
		if i := lineAt(plain, at, videos[0].Title); i >= 0 {
			all = append(all, search.Section{Title: "Videos", Anchor: videosAnchor, At: i})
		}
	}
	return all
}

// lineAt is where a line stands in a text behind a place, -1 for nowhere.
func lineAt(text string, from int, line string) int {
	for at := from; line != "" && at < len(text); {
		i := strings.Index(text[at:], line)
		if i < 0 {
			return -1
		}
		begin, end := at+i, at+i+len(line)
		if (begin == 0 || text[begin-1] == '\n') && (end == len(text) || text[end] == '\n') {
			return begin
		}
		at = end
	}
	return -1
}
