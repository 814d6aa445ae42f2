package site

import (
	"net/http"
	"net/url"
	"strings"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// decisionFields are what the form asks about a decision. What it led to is named by its address on this hub.
var decisionFields = []managedField{
	{"text", "What was decided", "In the group's own words, as far as they are for everybody to read.", "text"},
	{"decided", "When", "Such as 31 March 2026. Leave it empty if nobody knows.", "day"},
	{"source", "Where this comes from", "The page that says so. Beginning with https://.", "line"},
	{"example", "Is it real?", "", "tick"},
}

type decisionFormView struct {
	Action, Group, Page string
	Fields              []formField
	Document, Thread    string
	Errors              fieldErrors
	Old                 bool
}

// decision finds the group of the address and its decision; a new one when the address names none.
func (s *Site) decision(e *core.RequestEvent) (*member.Group, *core.Record, error) {
	r, err := s.managedRecord(e, managedGroups)
	if err != nil {
		return nil, nil, err
	}
	g := &member.Group{}
	g.SetProxyRecord(r)
	if id := e.Request.PathValue("decision"); id != "" {
		d, err := s.recordWhere("decisions", dbx.HashExp{"id": id, "group": g.Id})
		if d == nil && err == nil {
			err = notFound(e)
		}
		return g, d, err
	}
	c, err := s.app.FindCachedCollectionByNameOrId("decisions")
	if err != nil {
		return nil, nil, err
	}
	d := core.NewRecord(c)
	d.Set("group", g.Id)
	return g, d, nil
}

func (s *Site) decisionForm(e *core.RequestEvent) error {
	g, d, err := s.decision(e)
	if err != nil {
		return err
	}
	v := decisionFormView{Document: s.seenDocument(e, d.GetString("document")).URL, Thread: s.seenThread(e, d.GetString("thread")).URL}
	return s.showDecision(e, http.StatusOK, g, d, v, nil)
}

func (s *Site) showDecision(e *core.RequestEvent, status int, g *member.Group, d *core.Record, v decisionFormView, typed url.Values) error {
	v.Group, v.Page, v.Old = g.Title(), g.Address(), !d.IsNew()
	v.Action = "/manage/groups/" + g.Id + "/decisions/new"
	title := "New decision of " + g.Title()
	if v.Old {
		v.Action = "/manage/groups/" + g.Id + "/decisions/" + d.Id
		title = "Change “" + firstWords(d.Original().GetString("text"), 8) + "”"
	}
	var err error
	if v.Fields, err = s.formFields(decisionFields, d, typed, v.Errors); err != nil {
		return err
	}
	p := Page{Title: title, Crumbs: managedGroups.crumbs(e, Link{g.Title(), "/manage/groups/" + g.Id}), NoIndex: true}
	return render(s, e, status, "manage-decision", p, v)
}

// firstWords is how a text begins.
func firstWords(text string, n int) string {
	words := strings.Fields(text)
	if len(words) <= n {
		return strings.Join(words, " ")
	}
	return strings.Join(words[:n], " ") + "…"
}

func (s *Site) decisionSave(e *core.RequestEvent) error {
	g, d, err := s.decision(e)
	if err != nil {
		return err
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("", err)
	}
	form := e.Request.PostForm
	v := decisionFormView{Document: strings.TrimSpace(form.Get("document")), Thread: strings.TrimSpace(form.Get("thread"))}
	v.Errors = append(missing(field{"text", form.Get("text"), "Write down what was decided."}), readForm(decisionFields, d, form)...)
	v.Errors = append(v.Errors, s.readLinks(e, d, v)...)
	if len(v.Errors) == 0 {
		journal.By(d, viewer(e).ID())
		err := s.app.Save(d)
		if err == nil {
			return e.Redirect(http.StatusSeeOther, g.Address()+"#decision-"+d.Id)
		}
		if v.Errors = faultsInOrder(decisionFields, faultsOf(err)); v.Errors == nil {
			return err
		}
	}
	return s.showDecision(e, http.StatusUnprocessableEntity, g, d, v, form)
}

// readLinks puts in what a decision led to. A link that this person may not see stays as it is when the field is empty.
func (s *Site) readLinks(e *core.RequestEvent, d *core.Record, v decisionFormView) fieldErrors {
	var faults fieldErrors
	switch id := s.documentAt(e, v.Document); {
	case v.Document != "" && id == "":
		faults = append(faults, fieldError{"document", "There is no page at that address that you can see."})
	case v.Document != "" || s.seenDocument(e, d.GetString("document")).URL != "":
		d.Set("document", id)
	}
	switch id := s.threadAt(e, v.Thread); {
	case v.Thread != "" && id == "":
		faults = append(faults, fieldError{"thread", "There is no discussion at that address that you can see."})
	case v.Thread != "" || s.seenThread(e, d.GetString("thread")).URL != "":
		d.Set("thread", id)
	}
	return faults
}

// documentAt is the id of the document that stands at an address and that the viewer may see, else "".
func (s *Site) documentAt(e *core.RequestEvent, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	for _, k := range library.Kinds() {
		rest, ok := strings.CutPrefix(u.Path, strings.TrimSuffix(k.Base(), "/")+"/")
		if !ok {
			continue
		}
		chapter := ""
		if k == library.Handbook {
			chapter, rest, _ = strings.Cut(rest, "/")
		}
		if d, err := library.Find(s.app, k, chapter, rest); err == nil && s.seenDocument(e, d.Id).URL != "" {
			return d.Id
		}
	}
	return ""
}

// threadAt is the id of the thread that stands at an address and that the viewer may see, else "".
func (s *Site) threadAt(e *core.RequestEvent, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	id, ok := strings.CutPrefix(u.Path, "/discussions/")
	if !ok {
		return ""
	}
	if t, err := thread.ByID(s.app, id); err == nil && t.Viewable(viewer(e)) {
		return t.Id
	}
	return ""
}

func (s *Site) decisionDelete(e *core.RequestEvent) error {
	g, d, err := s.decision(e)
	if err != nil {
		return err
	}
	journal.By(d, viewer(e).ID())
	if err := s.app.Delete(d); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, g.Address())
}
