package site

import (
	"html"
	"html/template"
	"net/http"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// keptView is the foot of every document: who keeps it, when it was checked, where it comes from.
type keptView struct {
	Reviewed, Next                  time.Time
	Overdue                         bool
	KeptBy, Ask, TrueFor, When, Use string
	Check, Keeper                   string // where one says that it is still correct, and changes who keeps it; "" for those who may not
	Needs                           bool   // nobody keeps it; only they are told
	Report                          string // where the page is reported, "" before it is out
	Cite, At                        string // the page in a citation, and where it is kept day by day; "" before it is out
	Changes, Suggest                string // what changed, and suggesting a change; "" before it is out
	Sources                         []library.Source
	More                            []moreLink // what is like it
	Said                            saidView   // about the page and its paragraphs
}

// quoteScript offers to copy a passage with its source.
const quoteScript = "quote.js"

// keptOf is the foot for one reader: those who keep, edit or review the page can say there that it is still correct.
func (s *Site) keptOf(e *core.RequestEvent, d *library.Document, now time.Time) keptView {
	k := keptOf(d, now)
	if takingOf(e) != nil { // what needs signal stays out of the copy
		k.Use, k.Report, k.Changes, k.Suggest = "", "", "", ""
		return k
	}
	k.More = s.moreOfDocument(e, d)
	var err error
	if k.Said, err = s.saidOn(viewer(e), d); err != nil {
		s.app.Logger().Error("what was said about a page", "document", d.Id, "error", err)
	}
	if d.State() == library.Published {
		k.Cite, k.At = s.cited(d), d.Address()+"/at/"
	}
	if d.Checkable(viewer(e)) {
		k.Check, k.Keeper = writeAddress(d)+"/checked", writeAddress(d)+"/keeper"
		k.Needs = d.Owner() == "" || member.Gone(s.app, d.Owner())
	}
	return k
}

func keptOf(d *library.Document, now time.Time) keptView {
	m := d.Meta()
	k := keptView{
		Reviewed: d.Reviewed(), Next: d.CheckBy(), Overdue: d.Overdue(now), KeptBy: d.OwnerRole(), Ask: d.ContactRole(),
		Use: "/use" + d.Address(), Sources: m.Sources,
	}
	if d.DocKind() == library.SitePage {
		k.Use = ""
	}
	if d.Out() {
		k.Report = reportAddress("document:" + d.Id)
		k.Changes = d.Address() + "/changes"
	}
	if d.State() == library.Published {
		k.Suggest = suggestAddress(d)
	}
	if d.GetString("country") == "england" {
		k.TrueFor = "england" // as the catalogue has it
	}
	if m.Period != nil {
		k.When = m.Period.Note
	}
	return k
}

// openDocument finds the document that an address names and says whether its source is wanted. What the viewer may not
// see is not there.
func (s *Site) openDocument(e *core.RequestEvent, kind library.Kind, chapter, name string) (d *library.Document, source bool, err error) {
	name, source = strings.CutSuffix(name, ".md")
	name, word := strings.CutSuffix(name, ".docx")
	d, err = library.Find(s.app, kind, chapter, name)
	if err != nil || !d.Viewable(viewer(e)) {
		return nil, source, s.movedOr404(e, kind.Address(chapter, name))
	}
	if word {
		if err := s.sendWord(e, d); err != nil {
			return nil, false, err
		}
		return nil, false, errAnswered
	}
	return d, source, nil
}

// movedOr404 leads from an old address to the new one, of a document or of anything else that has a page.
func (s *Site) movedOr404(e *core.RequestEvent, path string) error {
	to, err := library.MovedTo(s.app, viewer(e), path)
	if to == "" && err == nil {
		to, err = member.MovedTo(s.app, viewer(e), path)
	}
	if err != nil {
		return err
	}
	if to == "" {
		return notFound(e)
	}
	if strings.HasSuffix(e.Request.URL.Path, ".md") && !strings.HasSuffix(path, ".md") {
		to += ".md"
	}
	if place := e.Request.PathValue("place"); place != "" && strings.HasPrefix(to, library.Handbook.Base()+"/") {
		to = "/in/" + place + to
	}
	if err := e.Redirect(http.StatusMovedPermanently, to); err != nil {
		return err
	}
	return errAnswered
}

// sendSource answers with the document as a Markdown file.
func (s *Site) sendSource(e *core.RequestEvent, d *library.Document) error {
	text, err := s.o.Source(d)
	if err != nil {
		return err
	}
	kept := newStored([]byte(text), "text/markdown; charset=utf-8", !viewer(e).SignedIn())
	kept.serve(e.Response, e.Request, http.StatusOK)
	return nil
}

// body is bodyFor the public.
func (s *Site) body(rendered string, place *member.Place, here string) (template.HTML, error) {
	guest, err := member.Guest(s.app)
	if err != nil {
		return "", err
	}
	return s.bodyFor(guest, rendered, place, here)
}

// bodyFor is a document's HTML as the viewer reads it: with figures as they are today, local answers for the place of the
// lens, numbers that a phone calls, and the pictures that are theirs to see.
func (s *Site) bodyFor(v *member.Viewer, rendered string, place *member.Place, here string) (template.HTML, error) {
	rendered, err := s.pictures(v, rendered)
	if err == nil && len(markdown.Slots(rendered)) > 0 {
		rendered, err = s.fillSlots(rendered, place, here)
	}
	if err != nil {
		return "", err
	}
	lines, err := member.Helplines(s.app)
	return template.HTML(callable(rendered, lines)), err
}

// fillSlots puts figures and local answers into their slots.
func (s *Site) fillSlots(rendered string, place *member.Place, here string) (string, error) {
	figures, err := library.Quoted(s.app, markdown.Slots(rendered))
	if err != nil {
		return "", err
	}
	var answers map[string]*member.LocalAnswer
	if place != nil {
		if answers, err = member.LocalAnswers(s.app, place.Id); err != nil {
			return "", err
		}
	}
	now := time.Now()
	filled := markdown.Fill(rendered, func(name, key string) string {
		if name == "figure" {
			return figureHTML(figures[key], key, now)
		}
		part, partErr := s.localPart(key, place, answers[key], here, now)
		if partErr != nil {
			err = partErr
		}
		return part
	})
	return filled, err
}

// figureHTML writes a figure, and says so when its time is over, or of when it is.
func figureHTML(f *library.Figure, key string, now time.Time) string {
	if f == nil {
		return "[no figure “" + html.EscapeString(key) + "”]"
	}
	text := `<span class="cp-figure">` + html.EscapeString(f.Text()) + `</span>`
	text += f.AsItWas()
	if f.Expired(now) {
		text += ` (this amount may be out of date: it held until ` + day(f.Until()) + `)`
	}
	return text
}

// plainView is a page with a title and a text: guidance, the site's own pages.
type plainView struct {
	Head    headView
	Body    template.HTML
	Outline []markdown.Heading
	Kept    keptView
	Carried carriedView
	Talk    *talkView
	Lines   []strategyLine // of a strategy
}

// headView is the head of a document's page.
type headView struct {
	Title, Summary string
	Lang, Dir      string
	Kicker         string
	Who            string // leads to who can see it; "" for guests
	Draft          string // where the document can be edited, "" for those who may not
	Anew           []Link // where it is written in other words, for those who write where it stands
	Word           string // what the document is called
	State          string
	Illustrative   bool
	Note           string // what the example label says besides
	Overdue        time.Time
	Unchecked      bool   // it came out without approval, and nobody has looked at it in time
	Withdrawn      string // why
	WithdrawnOn    time.Time
	ReplacedBy     Link                    // what stands in its place, as far as the one who reads may know
	Changed        []library.ChangedFigure // since somebody checked the page
	Relations      []library.Relation
	Follow         *thingFollow // nil for guests
	Editions       editionsView
}

func (s *Site) headOf(e *core.RequestEvent, d *library.Document, now time.Time) headView {
	h := headView{Word: d.DocKind().Word(), Title: d.Title(), Summary: d.Summary(), State: d.State(), Illustrative: d.Illustrative(), Note: d.Meta().Note}
	if l := d.Language(); l != "en" {
		h.Lang, h.Dir = l, d.Direction()
	}
	if viewer(e).SignedIn() {
		h.Who = aboutDocument(d).link("/who")
		if d.DocKind() != library.SitePage && d.State() == library.Published {
			h.Follow = s.followOf(e, notify.Followed{Kind: notify.Document, Record: d.Id}, d.Address(), "page")
		}
		s.noticed(e, "documents", d.Id)
	}
	if viewer(e).MayWrite(d.Space()) {
		h.Anew = s.anew(d)
	}
	h.Relations = s.relationsOf(e, d)
	h.Editions = s.editionsOf(e, d)
	if d.Overdue(now) {
		h.Overdue = d.CheckBy()
	}
	h.Unchecked = d.Unchecked(now)
	if d.State() == library.Withdrawn {
		h.Withdrawn, h.WithdrawnOn = d.Meta().WithdrawnNote, d.WithdrawnOn()
		if h.ReplacedBy.Text, h.ReplacedBy.URL = d.ReplacedBy(s.app, viewer(e)); h.ReplacedBy.Text == "" {
			h.ReplacedBy.Text = host(h.ReplacedBy.URL)
		}
	}
	if len(d.Quotes()) > 0 {
		var err error
		if h.Changed, err = library.ChangedFigures(s.app, d.Id); err != nil {
			s.app.Logger().Error("figures that changed", "document", d.Id, "error", err)
		}
	}
	if d.Editable(viewer(e)) {
		h.Draft = writeAddress(d)
	}
	return h
}

func (s *Site) plainPage(kind library.Kind) func(*core.RequestEvent) error {
	return func(e *core.RequestEvent) error {
		d, source, err := s.openDocument(e, kind, "", e.Request.PathValue("slug"))
		if err != nil {
			return answered(err)
		}
		if source {
			return s.sendSource(e, d)
		}
		r, err := d.Rendered()
		if err != nil {
			return err
		}
		now := time.Now()
		v := plainView{Head: s.headOf(e, d, now), Kept: s.keptOf(e, d, now)}
		if v.Body, err = s.bodyFor(viewer(e), r.Body, nil, d.Address()); err != nil {
			return err
		}
		v.Body = v.Kept.Said.put(v.Body)
		if v.Carried, err = s.carried(e, d, v.Body); err != nil {
			return err
		}
		tags := v.Kept.Said.shownTags(tagLibrary, "document:"+d.Id)
		p := Page{Title: d.Title(), Description: d.Summary(), Lang: v.Head.Lang, Dir: v.Head.Dir, Scripts: []string{quoteScript}, NoIndex: d.State() != library.Published, Alternates: s.alternates(e, d, v.Head.Editions)}
		if kind == library.Guidance {
			v.Outline = longOutline(r.Outline)
			if v.Lines, err = s.linesOf(e, d, r.Outline); err != nil {
				return err
			}
			if v.Talk, err = s.talkOn(e, d); err != nil {
				return err
			}
			tags = append(tags, v.Talk.tags()...)
			p.Scripts = append(p.Scripts, v.Talk.scripts()...)
		}
		return render(s, e, http.StatusOK, "plain", p, v, tags...)
	}
}

// longOutline is the contents of a page that has enough sections for a list of them to help.
func longOutline(all []markdown.Heading) []markdown.Heading {
	var top []markdown.Heading
	for _, h := range all {
		if h.Level == 2 {
			top = append(top, h)
		}
	}
	if len(top) < 3 {
		return nil
	}
	return top
}

// names are the names that pages show for ids.
func (s *Site) names(collection, column string) (map[string]string, error) {
	return member.Names(s.app, collection, column)
}

// published restricts a list to one kind of what is out.
func published(kind library.Kind) dbx.Expression {
	return library.Originals(dbx.HashExp{"kind": string(kind), "state": library.Published})
}
