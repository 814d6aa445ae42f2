package site

import (
	"cmp"
	"encoding/json"
	"net/http"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// threadJSON is a discussion as a file that opens elsewhere. Names are in it as far as the one who takes it reads them.
type threadJSON struct {
	ID      string     `json:"id"`
	URL     string     `json:"url"`
	Title   string     `json:"title"`
	Kind    string     `json:"kind"`
	State   string     `json:"state"`
	Space   string     `json:"space"`
	About   *linkJSON  `json:"about,omitempty"`
	Wording string     `json:"wording,omitempty"` // of the paragraph that it is about, when it began
	Started time.Time  `json:"started"`
	Decided *time.Time `json:"decided,omitempty"`
	Outcome string     `json:"outcome,omitempty"` // the id of the post that says what was decided
	Posts   []postJSON `json:"posts"`
}

type linkJSON struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

type postJSON struct {
	ID      string     `json:"id"`
	URL     string     `json:"url"`
	By      string     `json:"by"`
	Name    string     `json:"name,omitempty"`
	At      time.Time  `json:"at"`
	Edited  *time.Time `json:"edited,omitempty"`
	ReplyTo string     `json:"reply_to,omitempty"`
	Removed bool       `json:"removed,omitempty"`
	HTML    string     `json:"html,omitempty"`
	Text    string     `json:"text,omitempty"`
	Files   []fileJSON `json:"files,omitempty"`
}

// fileJSON names a file of a post: who may read the post gets it at its address.
type fileJSON struct {
	Name  string `json:"name"`
	URL   string `json:"url"`
	What  string `json:"what"`
	Shows string `json:"shows,omitempty"` // of a picture, for those who cannot see it
}

// discussionJSON is the whole discussion, as all its readers see it.
func (s *Site) discussionJSON(e *core.RequestEvent) error {
	t, err := s.openThread(e)
	if err != nil {
		return err
	}
	v := viewer(e)
	file := threadJSON{
		ID: t.Id, URL: s.base(e) + "/discussions/" + t.Id, Title: t.Title(), Kind: t.ThreadKind(), State: t.State(), Started: t.Started(), Posts: []postJSON{},
	}
	sp, err := member.SpaceByID(s.app, t.Space())
	if err == nil {
		file.Space = sp.Title()
	}
	d, failed := library.ByID(s.app, t.Document())
	if err := cmp.Or(unlessGone(err), unlessGone(failed)); err != nil {
		return err
	}
	if failed == nil && d.Viewable(v) {
		file.About = &linkJSON{d.Title(), s.base(e) + d.Address()}
		if file.Wording, err = s.withFigures(t.Wording()); err != nil {
			return err
		}
	}
	posts, err := thread.Posts(s.app, t.Id, -1, -1)
	if err != nil {
		return err
	}
	views, err := s.postViews(v, posts)
	if err != nil {
		return err
	}
	for _, p := range views {
		file.Posts = append(file.Posts, postInFile(p, s.base(e), file.URL))
		if p.ID == t.Outcome() && p.Out() {
			at := t.Decided()
			file.Outcome, file.Decided = p.ID, &at
		}
	}
	body, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	h := e.Response.Header()
	h.Set("Content-Disposition", `attachment; filename="discussion-`+t.Id+`.json"`)
	h.Set("Cache-Control", "no-store")
	return e.Blob(http.StatusOK, "application/json; charset=utf-8", body)
}

func postInFile(p postView, base, thread string) postJSON {
	f := postJSON{ID: p.ID, URL: thread + "#post-" + p.ID, At: p.At, ReplyTo: p.ReplyTo, Removed: p.Gone()}
	if p.Gone() {
		return f
	}
	f.By, f.Name, f.HTML, f.Text = p.By(), p.Speaker(), p.Words(p.Members), markdown.Words(p.Words(p.Members))
	if !p.Edited.IsZero() {
		f.Edited = &p.Edited
	}
	for _, a := range p.Files {
		f.Files = append(f.Files, fileJSON{a.Title, base + a.Address, a.What, a.Alt})
	}
	return f
}
