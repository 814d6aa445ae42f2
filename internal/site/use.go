package site

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/spread"

	"github.com/pocketbase/pocketbase/core"
)

// Everything that one may take out of a page stands at /use/ and the page's own address: files, citations, something to
// put on one's own site, a pack for the press, an award submission.

type useView struct {
	Title, URL  string
	Plain, Word string // addresses of files; the pack is "" for what is not out
	Press       string
	Citation    string
	Adoptions   []quotation
	Frame, Text string // what is put into another site: a card in a frame, or words alone
	List        string
	Award       []awardPart
	AwardWords  int
	AwardText   string
	Example     bool
}

// quotation is a sentence with its source.
type quotation struct{ Place, Text string }

// awardPart is a heading of an award submission.
type awardPart struct {
	Title, Text string
	Words       int
}

// pressPack is what stands behind the address of a page where its pack lies.
const pressPack = "/press-pack.zip"

func (s *Site) use(e *core.RequestEvent) error {
	address, pack := strings.CutSuffix("/"+e.Request.PathValue("path"), pressPack)
	d, err := library.At(s.app, address)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (!d.Viewable(viewer(e)) || d.DocKind() == library.SitePage) {
		return notFound(e)
	}
	if err != nil {
		return err
	}
	if pack {
		return s.pressPack(e, d)
	}
	v, err := s.useView(e, d)
	if err != nil {
		return err
	}
	p := Page{Title: s.say("title-use", d.DocKind().Word(), d.Title()), Crumbs: []Link{{d.Title(), d.Address()}}, NoIndex: true, Scripts: []string{"copy.js"}}
	return render(s, e, http.StatusOK, "use", p, v, tagLibrary, tagSpread, "document:"+d.Id)
}

func (s *Site) useView(e *core.RequestEvent, d *library.Document) (useView, error) {
	base := s.base(e)
	v := useView{
		Title: d.Title(), URL: d.Address(), Plain: d.Address() + ".md", Word: d.Address() + ".docx",
		Citation: s.citation(d, base, time.Now()), Example: d.Illustrative(),
	}
	if d.State() == library.Published {
		v.Press = "/use" + d.Address() + pressPack
	}
	if open, err := s.readByAll(d); err != nil {
		return v, err
	} else if open {
		v.Frame = fmt.Sprintf("<iframe src=%q title=%q width=\"100%%\" height=\"320\" loading=\"lazy\"></iframe>",
			base+"/embed"+d.Address(), template.HTMLEscapeString(d.Title()))
		v.Text = fmt.Sprintf("<p><a href=%q>%s</a>: %s</p>", base+d.Address(), template.HTMLEscapeString(d.Title()), template.HTMLEscapeString(d.Summary()))
		v.List = fmt.Sprintf("<iframe src=%q title=\"Good practice\" width=\"100%%\" height=\"480\" loading=\"lazy\"></iframe>", base+"/embed/case-studies")
	}
	if d.DocKind() != library.CaseStudy {
		return v, nil
	}
	v.award(d)
	adoptions, err := spread.Of(s.app, viewer(e), d.Id)
	for _, a := range adoptions {
		if !a.Hidden {
			v.Adoptions = append(v.Adoptions, quotation{a.PlaceTitle, adoptionCited(a, d, base)})
		}
	}
	return v, err
}

// readByAll says whether a guest reads the document, so that other sites may show it.
func (s *Site) readByAll(d *library.Document) (bool, error) {
	guest, err := member.Guest(s.app)
	return err == nil && d.State() == library.Published && d.Viewable(guest), err
}

// citation says who wrote what, when it came out and was looked over, and where it stands.
func (s *Site) citation(d *library.Document, base string, now time.Time) string {
	return s.cited(d) + " " + base + d.Address() + " (read " + day(now) + ")"
}

// cited is the same without where it stands.
func (s *Site) cited(d *library.Document) string {
	var who string
	if o, err := s.app.FindRecordById("organisations", d.OrganisationID()); err == nil {
		who = o.GetString("name") + ". "
	}
	text := who + "“" + d.Title() + "”."
	if !d.Published().IsZero() {
		text += " Published " + day(d.Published())
		if !d.Reviewed().IsZero() {
			text += ", reviewed " + day(d.Reviewed())
		}
		text += "."
	}
	if d.Illustrative() {
		text += " An example, made up to show how something could work."
	}
	return text
}

// adoptionCited is what a place says of itself, with where it says so.
func adoptionCited(a spread.Adoption, d *library.Document, base string) string {
	said := []string{a.PlaceTitle + ": " + strings.ToLower(a.Stage.Word()) + " “" + d.Title() + "”."}
	for _, part := range []struct{ what, text string }{{"Kept", a.Kept}, {"Changed", a.Changed}, {"Dropped", a.Dropped}, {"Result", a.Result}, {"Why", a.Reason}} {
		if part.text != "" {
			said = append(said, part.what+": "+strings.TrimRight(part.text, ". ")+".")
		}
	}
	if a.Example {
		said = append(said, "An example.")
	}
	return strings.Join(said, " ") + " Said on " + day(a.At) + ". " + base + d.Address() + "#place-" + a.PlaceSlug
}

// award writes a case study in the layout of an award submission: its headings in their order, each with its words.
func (v *useView) award(d *library.Document) {
	texts, others := library.Sections(d.Body())
	add := func(title, text string) {
		if text = strings.TrimSpace(text); text != "" {
			v.Award = append(v.Award, awardPart{title, text, len(strings.Fields(text))})
		}
	}
	add("Summary", d.Summary())
	add("Challenge", library.Lines(d.GetString("challenge")))
	add("Action", library.Lines(d.GetString("action")))
	add("Result", library.Lines(d.GetString("result")))
	for _, sec := range library.CaseStudySections {
		add(sec.Title, texts[sec.Title])
	}
	add("More", others)
	var whole strings.Builder
	whole.WriteString(d.Title() + "\n")
	for _, p := range v.Award {
		v.AwardWords += p.Words
		whole.WriteString("\n" + strings.ToUpper(p.Title) + "\n" + p.Text + "\n")
	}
	v.AwardText = whole.String()
}

// pressPack is a ZIP with the words and a Word file.
func (s *Site) pressPack(e *core.RequestEvent, d *library.Document) error {
	if d.State() != library.Published {
		return notFound(e)
	}
	var b bytes.Buffer
	if err := s.o.PressPack(d, s.base(e), s.citation(d, s.base(e), time.Now()), &b); err != nil {
		return err
	}
	return attached(e, "application/zip", d.Slug()+"-press-pack.zip", b.Bytes())
}

// sendWord answers with the document as a Word file, for board papers.
func (s *Site) sendWord(e *core.RequestEvent, d *library.Document) error {
	var b bytes.Buffer
	if err := s.o.Word(d, s.base(e), &b); err != nil {
		return err
	}
	return attached(e, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", d.Slug()+".docx", b.Bytes())
}

// attached answers with a file that is made whole before it is sent.
func attached(e *core.RequestEvent, contentType, name string, content []byte) error {
	h := e.Response.Header()
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "private, no-cache")
	return e.Blob(http.StatusOK, contentType, content)
}

// takeOutForm says what an administrator, or the owner of a space, may take out whole.
func (s *Site) takeOutForm(e *core.RequestEvent) error {
	space, err := s.toTakeOut(e)
	if err != nil {
		return err
	}
	p := Page{Title: "Take everything out", NoIndex: true}
	return render(s, e, http.StatusOK, "take-out", p, takeOutView{Space: space})
}

type takeOutView struct{ Space Link }

// toTakeOut is the space of the address, none for the whole hub, when the viewer may take it out.
func (s *Site) toTakeOut(e *core.RequestEvent) (Link, error) {
	if e.Request.PathValue("slug") == "" {
		return Link{}, nil // the group of routes has asked
	}
	space, err := s.managedSpace(e)
	if err != nil {
		return Link{}, err
	}
	return Link{space.Title(), space.Slug()}, nil
}

// takeOut sends the archive as it is made: it may be large. It holds what the viewer may see.
func (s *Site) takeOut(e *core.RequestEvent) error {
	space, err := s.toTakeOut(e)
	if err != nil {
		return err
	}
	name := "commonplace.zip"
	if space.URL != "" {
		name = space.URL + ".zip"
	}
	if err := member.Took(s.app, viewer(e), "hub "+space.URL, 0); err != nil {
		return err
	}
	h := e.Response.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
	return s.o.TakeOut(viewer(e), space.URL, struct{ io.Writer }{e.Response})
}
