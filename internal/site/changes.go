package site

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/markdown"

	"github.com/pocketbase/pocketbase/core"
)

// changesView is what readers are told of a page's history: what was published, when, by which role, and why.
type changesView struct {
	Title, Address string
	Withdrawn      bool
	Versions       []versionView
	Shown          *versionView // the one that is compared
	With           []Choice
	Against        int
	Difference     []library.FieldDifference
	Action         string
	Day            string
	Errors         fieldErrors
	History        string // for editors: every save
}

// openPublic finds the document of a public address, whatever its kind, and its versions that the viewer may read.
func (s *Site) openPublic(e *core.RequestEvent, kind library.Kind) (*library.Document, []library.Version, error) {
	name := e.Request.PathValue("slug") + e.Request.PathValue("page") // a page has one of them
	chapter := e.Request.PathValue("chapter")
	d, err := library.Find(s.app, kind, chapter, name)
	if err != nil || !d.Viewable(viewer(e)) {
		return nil, nil, s.movedBelow(e, kind.Address(chapter, name))
	}
	public, err := library.Public(s.app, viewer(e), d)
	if err == nil && len(public) == 0 {
		err = notFound(e)
	}
	return d, public, err
}

// movedBelow leads from what stood below an old address to the same below the new one.
func (s *Site) movedBelow(e *core.RequestEvent, path string) error {
	to, err := library.MovedTo(s.app, viewer(e), path)
	if err != nil {
		return err
	}
	if to == "" {
		return notFound(e)
	}
	if err := e.Redirect(http.StatusMovedPermanently, to+strings.TrimPrefix(e.Request.URL.Path, path)); err != nil {
		return err
	}
	return errAnswered
}

// changes lists what was published.
func (s *Site) changes(kind library.Kind) func(*core.RequestEvent) error {
	return func(e *core.RequestEvent) error {
		d, public, err := s.openPublic(e, kind)
		if err != nil {
			return answered(err)
		}
		v, err := s.changesView(e, d, public)
		if err != nil {
			return err
		}
		if day := e.Request.URL.Query().Get("day"); day != "" {
			if _, err := library.OutOn(public, endOf(day)); err == nil {
				return e.Redirect(http.StatusSeeOther, d.Address()+"/at/"+day)
			}
			v.Day = day
			v.Errors = fieldErrors{{"day", s.say("not-out", public[0].Out.Time().In(london).Format(time.DateOnly))}}
			return s.showChanges(e, http.StatusUnprocessableEntity, d, v)
		}
		return s.showChanges(e, http.StatusOK, d, v)
	}
}

// change says what one of them changed: against the one before it, or another.
func (s *Site) change(kind library.Kind) func(*core.RequestEvent) error {
	return func(e *core.RequestEvent) error {
		d, public, err := s.openPublic(e, kind)
		if err != nil {
			return answered(err)
		}
		v, err := s.changesView(e, d, public)
		if err != nil {
			return err
		}
		number, _ := strconv.Atoi(e.Request.PathValue("n"))
		with, _ := strconv.Atoi(e.Request.URL.Query().Get("with"))
		there := map[int]bool{}
		for i, x := range v.Versions {
			there[x.Number] = true
			if x.Number == number {
				v.Shown = &v.Versions[i]
				if with == 0 && i < len(v.Versions)-1 {
					with = v.Versions[i+1].Number
				}
			}
		}
		if v.Shown == nil || with != 0 && !there[with] {
			return notFound(e)
		}
		v.Against = with
		for _, x := range v.Versions {
			if x.Number != number {
				v.With = append(v.With, Choice{Value: strconv.Itoa(x.Number), Title: day(x.From.In(london)), Chosen: x.Number == with})
			}
		}
		if with != 0 {
			if v.Difference, err = s.between(e, d, with, number); err != nil {
				return err
			}
		}
		return s.showChanges(e, http.StatusOK, d, v)
	}
}

func (s *Site) changesView(e *core.RequestEvent, d *library.Document, public []library.Version) (changesView, error) {
	v := changesView{Title: d.Title(), Address: d.Address(), Action: d.Address() + "/changes", Withdrawn: d.State() == library.Withdrawn}
	if d.Editable(viewer(e)) {
		v.History = writeAddress(d) + "/history"
	}
	var err error
	v.Versions, err = s.versionViews(e, d, public)
	for i := range v.Versions {
		x := &v.Versions[i]
		x.Before = ""
		if i < len(v.Versions)-1 {
			x.Before = v.Action + "/" + strconv.Itoa(x.Number)
		}
		if lastOfDay := i == 0 || dayIn(v.Versions[i-1].From) != dayIn(x.From); lastOfDay && x.Says != "Withdrawn" && x.Says != "Was withdrawn" {
			x.Then = d.Address() + "/at/" + dayIn(x.From)
		}
		if i == len(v.Versions)-1 && x.Says == "Was published" {
			x.Says = "First published here"
		}
	}
	return v, err
}

func dayIn(t time.Time) string { return t.In(london).Format(time.DateOnly) }

// endOf is the end of a day in the hub's own time, zero when it is no day.
func endOf(day string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, london)
	if err != nil {
		return time.Time{}
	}
	return t.AddDate(0, 0, 1)
}

func (s *Site) showChanges(e *core.RequestEvent, status int, d *library.Document, v changesView) error {
	p := Page{Title: s.say("title-changes", d.Title()), Crumbs: []Link{{d.Title(), d.Address()}}, NoIndex: true}
	return render(s, e, status, "changes", p, v, tagLibrary, "document:"+d.Id)
}

// frozenView is a page as it was on a day.
type frozenView struct {
	Head                      headView
	Day, From, Until          time.Time
	Address, Changes          string
	Withdrawn                 bool // now
	WasWithdrawn              bool // on that day
	Figures, Plan             bool // shows what the hub keeps besides the text
	Challenge, Action, Result []template.HTML
	Body                      template.HTML
	Kept                      keptView
}

// frozen shows a page as it was published on a day. It is for quoting: search engines are sent to the page itself.
func (s *Site) frozen(kind library.Kind) func(*core.RequestEvent) error {
	return func(e *core.RequestEvent) error {
		d, public, err := s.openPublic(e, kind)
		if err != nil {
			return answered(err)
		}
		named, source := strings.CutSuffix(e.Request.PathValue("day"), ".md")
		end := endOf(named)
		if end.IsZero() || end.AddDate(0, 0, -1).After(time.Now()) {
			return notFound(e)
		}
		version, err := library.OutOn(public, end)
		if err != nil {
			return found(e, err)
		}
		r, err := library.RevisionOf(s.app, d.Id, version.Number)
		if err != nil {
			return found(e, err)
		}
		content, err := s.readable(e, d, r)
		if err != nil {
			return err
		}
		r.Set("content", content)
		if source {
			return s.frozenSource(e, d, r)
		}
		v, err := s.frozenView(d, r)
		if err != nil {
			return err
		}
		v.Day, v.From, v.Until = end.AddDate(0, 0, -1), version.Out.Time(), version.Until.Time()
		p := Page{
			Title: s.say("title-frozen", d.Title(), day(v.Day)), Crumbs: []Link{{d.Title(), d.Address()}}, NoIndex: true,
			Lang: v.Head.Lang, Dir: v.Head.Dir, Canonical: s.o.URL + d.Address(),
		}
		return render(s, e, http.StatusOK, "frozen", p, v, tagLibrary, "document:"+d.Id)
	}
}

// frozenSource is the same page as its Markdown source.
func (s *Site) frozenSource(e *core.RequestEvent, d *library.Document, r *library.Revision) error {
	then, err := d.As(r)
	if err != nil {
		return err
	}
	then.Set("slug", d.Slug()) // the address that it has now
	then.Set("chapter", d.Chapter())
	return s.sendSource(e, then)
}

func (s *Site) frozenView(d *library.Document, r *library.Revision) (frozenView, error) {
	then, err := d.As(r)
	if err != nil {
		return frozenView{}, err
	}
	v := frozenView{
		Head: headView{Title: then.Title(), Summary: then.Summary(), State: library.Published, Illustrative: then.Illustrative(), Note: then.Meta().Note},
		Kept: keptOf(then, time.Now()), Address: d.Address(), Changes: d.Address() + "/changes",
		Withdrawn: d.State() == library.Withdrawn, WasWithdrawn: then.State() == library.Withdrawn, Plan: d.DocKind() == library.ActionPlan,
	}
	v.Kept.Use, v.Kept.Report, v.Kept.Overdue, v.Kept.Changes, v.Kept.Suggest = "", "", false, "", ""
	if l := then.Language(); l != "en" {
		v.Head.Lang, v.Head.Dir = l, then.Direction()
	}
	rendered, _, err := then.Render()
	if err != nil {
		return v, err
	}
	v.Challenge, v.Action, v.Result = safe(rendered.Challenge), safe(rendered.Action), safe(rendered.Result)
	v.Figures = len(markdown.Slots(rendered.Body)) > 0
	v.Body, err = s.body(rendered.Body, nil, d.Address())
	return v, err
}

// belowSitePage answers what stands below one of the site's own pages. Patterns cannot say it: /{slug}/changes would meet
// /handbook/{chapter}.
func (s *Site) belowSitePage(e *core.RequestEvent) (answered bool, err error) {
	if e.Request.Method != http.MethodGet && e.Request.Method != http.MethodHead {
		return false, nil
	}
	parts := strings.Split(strings.TrimPrefix(e.Request.URL.Path, "/"), "/")
	if len(parts) < 2 || len(parts) > 3 {
		return false, nil
	}
	e.Request.SetPathValue("slug", parts[0])
	switch {
	case len(parts) == 2 && parts[1] == "changes":
		return true, s.changes(library.SitePage)(e)
	case len(parts) == 3 && parts[1] == "changes":
		e.Request.SetPathValue("n", parts[2])
		return true, s.change(library.SitePage)(e)
	case len(parts) == 3 && parts[1] == "at":
		e.Request.SetPathValue("day", parts[2])
		return true, s.frozen(library.SitePage)(e)
	}
	return false, nil
}
