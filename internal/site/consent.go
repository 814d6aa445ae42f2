package site

import (
	"net/http"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// consentView is the page of what people agreed to have told of them in a document. Its writers and reviewers see it.
type consentView struct {
	Title, Action, Write string
	Consents             []consentRow
	Whats                []Choice
	Errors               fieldErrors
	Saved                bool

	Whose, How, Given, Until, Passage string
}

type consentRow struct {
	*library.Consent
	Word string
	Over bool
	Days int // until it ends, when that is soon
}

var consentWhats = []Choice{
	{Value: library.Story, Title: "The whole story", Hint: "If it is taken back, the page says so and nothing else."},
	{Value: library.Picture, Title: "A picture", Hint: "If it is taken back, the picture goes."},
	{Value: library.Quote, Title: "A quotation", Hint: "If it is taken back, those words go."},
}

func consentWord(what string) string {
	for _, c := range consentWhats {
		if c.Value == what {
			return c.Title
		}
	}
	return what
}

func (s *Site) consentForm(e *core.RequestEvent) error {
	d, _, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	return s.showConsents(e, http.StatusOK, d, consentView{Saved: e.Request.URL.Query().Get("saved") != "", Given: time.Now().Format(time.DateOnly)}, library.Story)
}

// soon is how many days ahead a page says that a consent ends.
const soon = 60

func (s *Site) showConsents(e *core.RequestEvent, status int, d *library.Document, v consentView, what string) error {
	list, err := library.Consents(s.app, d.Id)
	if err != nil {
		return err
	}
	now := time.Now()
	for _, c := range list {
		row := consentRow{Consent: c, Word: consentWord(c.What()), Over: c.Over(now)}
		if days := int(c.Until().Sub(now).Hours() / 24); !row.Over && !c.Until().IsZero() && days < soon {
			row.Days = days + 1
		}
		v.Consents = append(v.Consents, row)
	}
	for _, c := range consentWhats {
		c.Chosen = c.Value == what
		v.Whats = append(v.Whats, c)
	}
	v.Title, v.Write = d.Title(), writeAddress(d)
	v.Action = v.Write + "/consent"
	p := Page{Title: "Consents: " + d.Title(), Crumbs: []Link{{"Write", "/write"}, {d.Title(), v.Write}}, NoIndex: true}
	return render(s, e, status, "consent", p, v)
}

// consentSave records a consent, or takes one back.
func (s *Site) consentSave(e *core.RequestEvent) error {
	d, _, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	form := e.Request.FormValue
	if id := form("withdraw"); id != "" {
		c, err := library.ConsentByID(s.app, d.Id, id)
		if err != nil {
			return found(e, err)
		}
		if err := c.Withdraw(s.app, viewer(e).ID()); err != nil {
			return err
		}
		return e.Redirect(http.StatusSeeOther, writeAddress(d)+"/consent?saved=1")
	}
	c, err := library.NewConsent(s.app, d.Id)
	if err != nil {
		return err
	}
	c.Load(map[string]any{"what": form("what"), "whose": form("whose"), "how": form("how"), "given": dayTyped(form("given")), "until": dayTyped(form("until")), "recorded_by": viewer(e).ID()})
	if form("what") != library.Story {
		c.Set("passage", form("passage"))
	}
	journal.By(c.Record, viewer(e).ID())
	if err := s.app.Save(c.Record); err != nil {
		v := consentView{Errors: faultsOf(err), Whose: form("whose"), How: form("how"), Given: form("given"), Until: form("until"), Passage: form("passage")}
		if v.Errors == nil {
			return err
		}
		return s.showConsents(e, http.StatusUnprocessableEntity, d, v, form("what"))
	}
	return e.Redirect(http.StatusSeeOther, writeAddress(d)+"/consent?saved=1")
}

// dayTyped is a day as a browser's date field sends it, none for anything else.
func dayTyped(s string) types.DateTime {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return types.DateTime{}
	}
	d, _ := types.ParseDateTime(t)
	return d
}
