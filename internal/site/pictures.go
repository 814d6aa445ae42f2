package site

import (
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// pictureView is a picture in all its widths.
type pictureView struct {
	Src, Srcset   string
	Width, Height int
	Alt, Credit   string
}

func pictureViewOf(a *library.Attachment) pictureView {
	v := pictureView{Src: a.Address(), Alt: a.Alt(), Credit: a.Credit()}
	var set []string
	for _, s := range a.Sizes() {
		set = append(set, fmt.Sprintf("/files/%s/%s %dw", a.Id, s.File, s.Width))
		v.Width, v.Height = s.Width, s.Height
	}
	v.Srcset = strings.Join(set, ", ")
	return v
}

// shownPicture finds a picture of ours in rendered HTML.
var shownPicture = regexp.MustCompile(`<img src="/files/([a-z0-9]{15})/([^"]*)"([^>]*?)\s*/?>`)

// pictures is the one rule for pictures in texts: those that the viewer may see get their widths, so that a browser
// takes the smallest that does, and their size, so that the page does not jump; of the others only the words are left.
// Nothing is made here: the widths are there since the picture was sent.
func (s *Site) pictures(v *member.Viewer, rendered string) (string, error) {
	found := shownPicture.FindAllStringSubmatch(rendered, -1)
	if len(found) == 0 {
		return rendered, nil
	}
	var ids []string
	for _, m := range found {
		ids = append(ids, m[1])
	}
	by, err := library.AttachmentsByID(s.app, ids)
	if err != nil {
		return "", err
	}
	documents := map[string]*library.Document{}
	for _, a := range by {
		if a.Document() == "" || documents[a.Document()] != nil {
			continue
		}
		if documents[a.Document()], err = library.ByID(s.app, a.Document()); err != nil {
			return "", err
		}
	}
	return shownPicture.ReplaceAllStringFunc(rendered, func(img string) string {
		m := shownPicture.FindStringSubmatch(img)
		alt := altOf(m[3])
		a := by[m[1]]
		if a == nil || !a.IsPicture() || !a.Viewable(v, documents[a.Document()]) {
			return html.EscapeString(alt)
		}
		return pictureHTML(a, alt)
	}), nil
}

var altText = regexp.MustCompile(`alt="([^"]*)"`)

func altOf(attributes string) string {
	if m := altText.FindStringSubmatch(attributes); m != nil {
		return html.UnescapeString(m[1])
	}
	return ""
}

// pictureHTML is a picture of ours. What the text says of it counts more than what was written when it was sent.
func pictureHTML(a *library.Attachment, alt string) string {
	v := pictureViewOf(a)
	if alt == "" && !a.Decorative() {
		alt = v.Alt
	}
	text := fmt.Sprintf(`<img src="%s" srcset="%s" sizes="(prefers-reduced-data: reduce) 20em, (min-width: 60em) 44em, 100vw" width="%d" height="%d" loading="lazy" decoding="async" alt="%s">`,
		v.Src, v.Srcset, v.Width, v.Height, html.EscapeString(alt))
	if v.Credit != "" {
		text += `<span class="cp-credit">Picture: ` + html.EscapeString(v.Credit) + `</span>`
	}
	return text
}

// carriedView is what a page carries besides its text.
type carriedView struct {
	Pictures []fileView // that its text does not show
	Files    []fileView
	Videos   []videoView
}

// videoView is a video behind a link: nothing is loaded from there before somebody follows it.
type videoView struct {
	Title, URL, Host string
	Transcript       []string // its paragraphs
}

// carried lists what a document carries and the viewer may see.
func (s *Site) carried(e *core.RequestEvent, d *library.Document, body template.HTML) (carriedView, error) {
	var v carriedView
	all, err := library.Attachments(s.app, d.Id)
	if err != nil {
		return v, err
	}
	for _, a := range all {
		if takingOf(e) != nil { // files would make the copy many times as large
			break
		}
		if !a.Removed().IsZero() || !a.Viewable(viewer(e), d) || d.Out() && !a.Out() {
			continue
		}
		switch {
		case !a.IsPicture():
			v.Files = append(v.Files, fileViewOf(a))
		case !strings.Contains(string(body), "/files/"+a.Id+"/"):
			v.Pictures = append(v.Pictures, fileViewOf(a))
		}
	}
	for _, video := range d.Meta().Videos {
		view := videoView{Title: video.Title, URL: video.URL, Host: host(video.URL)}
		for p := range strings.SplitSeq(video.Transcript, "\n\n") {
			if p = strings.TrimSpace(p); p != "" {
				view.Transcript = append(view.Transcript, p)
			}
		}
		v.Videos = append(v.Videos, view)
	}
	return v, nil
}
