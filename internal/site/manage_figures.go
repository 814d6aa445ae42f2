package site

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// figureFields are what is asked for on the form of a figure. Those of the source stand in one column.
var figureFields = []managedField{
	{"label", "What it is of", "Such as “Carer's Allowance, a week”.", "line"},
	{"key", "Key", "Pages quote the figure by it: {{figure carers-allowance-week}}. It stays for good. Small letters, digits and hyphens.", "line"},
	{"text", "As pages show it", "Such as “£86.45 a week” or “5.0 million people”.", "line"},
	{"value", "Value", "The number alone, such as 86.45. Workings reckon with it.", "line"},
	{"unit", "Unit", "Such as GBP a week, people, or % of carers.", "line"},
	{"area", "Where", "Such as England and Wales.", "line"},
	{"from", "From", "The first day on which it holds, such as 6 April 2026.", "day"},
	{"until", "Until", "The last day. Leave it empty when none is known. After that day every page says so, beside the number.", "day"},
	{"of_its_time", "Is it quoted as history?", "", "its-time"},
	{"source_title", "Source", "The title of the page or report.", "line"},
	{"source_publisher", "Publisher", "", "line"},
	{"source_url", "Address of the source", "Beginning with https://.", "line"},
	{"source_date", "Date of the source", "As the source gives it.", "line"},
	{"working", "How it was worked out", "A sum of numbers and other figures' keys, such as wyh-carers-2018 x 19,000. It is reckoned anew wherever it is shown.", "line"},
	{"note", "To know", "What a reader must know before using it. When the working comes to something else, say why.", "text"},
}

type manageFiguresView struct {
	Query   string
	Figures []managedFigure
	Total   int
	Waiting int // with words of a release beside them
	Saved   bool
}

type managedFigure struct {
	figureRow
	ID              string
	Pages           int
	Waits, Unagreed bool
}

func (s *Site) manageFigures(e *core.RequestEvent) error {
	list, err := library.Ledger(s.app)
	if err != nil {
		return err
	}
	v := manageFiguresView{Query: strings.TrimSpace(e.Request.URL.Query().Get("q")), Total: len(list), Saved: e.Request.URL.Query().Has("saved")}
	all, now := byKey(list), time.Now()
	for _, f := range list {
		waits, err := f.Suggested()
		if err != nil {
			return err
		}
		if waits != nil {
			v.Waiting++
		}
		if !strings.Contains(strings.ToLower(f.Label()+" "+f.Key()), strings.ToLower(v.Query)) {
			continue
		}
		m := managedFigure{figureRow: rowOf(f, all, now), ID: f.Id, Waits: waits != nil}
		m.Unagreed = m.Working != nil && !m.Working.Agrees
		if m.Pages, err = library.CountUses(s.app, f.Key()); err != nil {
			return err
		}
		v.Figures = append(v.Figures, m)
	}
	return render(s, e, http.StatusOK, "manage-figures", managing(e, "Change figures"), v)
}

type manageFigureView struct {
	ID, Label, Page string
	Pages           int
	Fields          []formField
	Working         *workingView
	Base            string             // the figure as the form was filled from it
	Meanwhile       []figureDifference // what somebody saved since, beside what was typed
	Release         []figureDifference // what the last release says otherwise
	Errors          fieldErrors
}

// figureDifference is a field of which the hub and a release say different things, or two people.
type figureDifference struct{ Label, Here, There string }

// figureRecord finds the figure of the address, a new one when the address names none.
func (s *Site) figureRecord(e *core.RequestEvent) (*library.Figure, error) {
	id := e.Request.PathValue("id")
	if id == "" {
		c, err := s.app.FindCachedCollectionByNameOrId("figures")
		if err != nil {
			return nil, err
		}
		return library.WrapFigure(core.NewRecord(c)), nil
	}
	r, err := s.app.FindRecordById("figures", id)
	if err != nil {
		return nil, found(e, err)
	}
	return library.WrapFigure(r), nil
}

func (s *Site) manageFigureForm(e *core.RequestEvent) error {
	f, err := s.figureRecord(e)
	if err != nil {
		return err
	}
	return s.showManagedFigure(e, http.StatusOK, f, nil, nil)
}

// showManagedFigure shows the form: as the figure is stored, or as it was typed when the form comes back.
func (s *Site) showManagedFigure(e *core.RequestEvent, status int, f *library.Figure, typed url.Values, faults fieldErrors) error {
	v := manageFigureView{Errors: faults}
	title := "New figure"
	fields := figureFields
	if !f.IsNew() {
		stored, err := s.figureRecord(e)
		if err != nil {
			return err
		}
		all, err := library.Figures(s.app)
		if err != nil {
			return err
		}
		v.Base = stored.GetString("updated")
		if base := typed.Get("base"); base != "" && base != v.Base {
			v.Meanwhile = meanwhile(stored, typed)
		}
		v.ID, v.Label, v.Page, v.Working = f.Id, stored.Label(), stored.Address(), workingOf(stored, all)
		title = "Change the figure " + v.Label
		if v.Pages, err = library.CountUses(s.app, stored.Key()); err != nil {
			return err
		}
		if v.Release, err = releaseSays(stored); err != nil {
			return err
		}
		fields = append([]managedField{figureFields[0]}, figureFields[2:]...) // the key stays
	}
	spreadSource(f)
	var err error
	if v.Fields, err = s.formFields(fields, f.Record, typed, faults); err != nil {
		return err
	}
	p := managing(e, title, Link{"Figures", "/manage/figures"})
	return render(s, e, status, "manage-figure", p, v)
}

// meanwhile lists what was typed otherwise than it is stored.
func meanwhile(stored *library.Figure, typed url.Values) []figureDifference {
	stored = library.WrapFigure(stored.Clone())
	spreadSource(stored)
	var list []figureDifference
	for _, field := range figureFields {
		here, there := sent(typed.Get(field.id)), storedText(stored.Record, field)
		if field.id == "value" {
			here = strings.ReplaceAll(here, ",", "")
		}
		if field.id != "key" && here != there {
			list = append(list, figureDifference{field.label, here, there})
		}
	}
	return list
}

// errMeanwhile says that somebody saved a figure after the form of another was filled from it.
var errMeanwhile = errors.New("somebody saved this figure meanwhile")

// saveFigure saves a figure as long as it is the one that the form was filled from.
func (s *Site) saveFigure(f *library.Figure, base string) error {
	return s.app.RunInTransaction(func(tx core.App) error {
		if base != "" && !f.IsNew() {
			now, err := tx.FindRecordById("figures", f.Id)
			if err != nil {
				return err
			}
			if now.GetString("updated") != base {
				return errMeanwhile
			}
		}
		return tx.Save(f)
	})
}

// spreadSource puts the parts of the source where the form looks for them.
func spreadSource(f *library.Figure) {
	source := f.Source()
	for field, value := range map[string]string{"source_title": source.Title, "source_publisher": source.Publisher, "source_url": source.URL, "source_date": string(source.Date)} {
		f.SetRaw(field, value)
	}
	if f.IsNew() && f.Value() == 0 {
		f.SetRaw("value", "")
	}
}

// releaseSays lists what the last release says otherwise than the hub.
func releaseSays(f *library.Figure) ([]figureDifference, error) {
	release, err := f.Suggested()
	if err != nil || release == nil {
		return nil, err
	}
	f, release = library.WrapFigure(f.Clone()), library.WrapFigure(release.Clone())
	spreadSource(f)
	spreadSource(release)
	var list []figureDifference
	for _, field := range figureFields {
		here, there := storedText(f.Record, field), storedText(release.Record, field)
		if here != there && field.id != "key" {
			list = append(list, figureDifference{field.label, here, there})
		}
	}
	return list, nil
}

// manageFigureSave makes or changes a figure.
func (s *Site) manageFigureSave(e *core.RequestEvent) error {
	f, err := s.figureRecord(e)
	if err != nil {
		return err
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("", err)
	}
	form := e.Request.PostForm
	key := f.Key()
	faults := readForm(figureFields, f.Record, form)
	if key != "" {
		f.Set("key", key)
	}
	number := strings.ReplaceAll(strings.TrimSpace(form.Get("value")), ",", "")
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || value > 1e18 || value < -1e18 || value != value {
		faults = append(faults, fieldError{"value", "Write the number alone, such as 86.45 or 4,300,000,000."})
	}
	f.Set("value", value)
	if err := gatherSource(f, form); err != nil {
		return err
	}
	if len(faults) == 0 {
		journal.By(f.Record, viewer(e).ID())
		err := s.saveFigure(f, form.Get("base"))
		if err == nil {
			return e.Redirect(http.StatusSeeOther, f.Address())
		}
		if errors.Is(err, errMeanwhile) {
			return s.showManagedFigure(e, http.StatusUnprocessableEntity, f, form, fieldErrors{{"meanwhile", "Somebody saved this figure while you were typing. Look at both before you save."}})
		}
		if faults = faultsOf(err); faults == nil {
			return err
		}
	}
	return s.showManagedFigure(e, http.StatusUnprocessableEntity, f, form, faultsInOrder(figureFields, faults))
}

// gatherSource makes one source of its parts, and keeps what the form does not ask for.
func gatherSource(f *library.Figure, form url.Values) error {
	source := f.Source()
	part := func(name string) string { return strings.TrimSpace(form.Get("source_" + name)) }
	source.Title, source.Publisher, source.URL, source.Date = part("title"), part("publisher"), part("url"), library.Loose(part("date"))
	raw, err := json.Marshal(source)
	if err != nil {
		return err
	}
	f.Set("source", string(raw))
	return nil
}

// manageFigureAnswer takes what a release says of a figure, or leaves the figure as it is.
func (s *Site) manageFigureAnswer(e *core.RequestEvent) error {
	f, err := s.figureRecord(e)
	if err != nil {
		return err
	}
	if err := f.Answer(s.app, e.Request.FormValue("do") == "take", viewer(e).ID()); err != nil {
		if faults := faultsOf(err); faults != nil {
			return s.showManagedFigure(e, http.StatusUnprocessableEntity, f, nil, faults)
		}
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/manage/figures?saved")
}

func (s *Site) manageFigureDelete(e *core.RequestEvent) error {
	f, err := s.figureRecord(e)
	if err != nil {
		return err
	}
	if !viewer(e).Is(member.RoleAdministrator) {
		return notFound(e)
	}
	journal.By(f.Record, viewer(e).ID())
	if err := s.app.Delete(f); err != nil {
		if faults := faultsOf(err); faults != nil {
			return s.showManagedFigure(e, http.StatusUnprocessableEntity, f, nil, fieldErrors{{"delete", faults.first()}})
		}
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/manage/figures?saved")
}
