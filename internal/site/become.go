package site

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/plan"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// becomeView offers what a discussion can become: the draft of good practice, or an action of a plan.
type becomeView struct {
	Thread    Link
	Action    string
	Draft     *Link // there is one already
	MayDraft  bool
	Goals     []Choice
	Title     string
	OwnerRole string
	Due       string
	Errors    fieldErrors
}

// becoming finds the thread of the address for those who may make something of it.
func (s *Site) becoming(e *core.RequestEvent) (*thread.Thread, error) {
	t, err := s.openThread(e)
	if err == nil && (t.Sight() != library.Published || !viewer(e).MayPost(t.Space())) {
		err = notFound(e)
	}
	return t, err
}

func (s *Site) becomeForm(e *core.RequestEvent) error {
	t, err := s.becoming(e)
	if err != nil {
		return err
	}
	return s.showBecome(e, http.StatusOK, t, becomeView{Title: t.Title()}, "")
}

func (s *Site) showBecome(e *core.RequestEvent, status int, t *thread.Thread, v becomeView, goal string) error {
	var err error
	v.Thread, v.Action = Link{t.Title(), "/discussions/" + t.Id}, "/discussions/"+t.Id+"/become"
	v.Draft, v.MayDraft = s.draftOf(e, t), viewer(e).MayWrite(t.Space())
	if v.Goals, err = s.goalsFor(e, t, goal); err != nil {
		return err
	}
	return render(s, e, status, "discussion-become", Page{Title: "Make something of it", Section: "/discussions", Crumbs: threadCrumbs(t), NoIndex: true}, v)
}

// draftOf leads to what the thread became, for those who may see that; nil for none.
func (s *Site) draftOf(e *core.RequestEvent, t *thread.Thread) *Link {
	if t.Draft() == "" {
		return nil
	}
	d, err := library.ByID(s.app, t.Draft())
	if err != nil || !d.Viewable(viewer(e)) {
		return nil
	}
	if d.Out() {
		return &Link{d.Title(), d.Address()}
	}
	return &Link{d.Title(), writeAddress(d)}
}

// goalsFor offers the goals of plans in the thread's space that the viewer may change: words of a group do not leave it.
func (s *Site) goalsFor(e *core.RequestEvent, t *thread.Thread, chosen string) ([]Choice, error) {
	plans, err := library.Cards(s.app, viewer(e), dbx.HashExp{"kind": string(library.ActionPlan), "space": t.Space(), "state": library.Published})
	if err != nil {
		return nil, err
	}
	var list []Choice
	for _, c := range plans {
		d, err := library.ByID(s.app, c.ID)
		if err != nil || !d.Editable(viewer(e)) {
			continue
		}
		goals, err := plan.Load(s.app, d.Id)
		if err != nil {
			return nil, err
		}
		for _, g := range goals {
			list = append(list, Choice{Value: g.ID, Title: d.Title() + ": " + g.Title, Chosen: g.ID == chosen})
		}
	}
	return list, nil
}

func (s *Site) become(e *core.RequestEvent) error {
	t, err := s.becoming(e)
	if err != nil {
		return err
	}
	if e.Request.PostFormValue("do") == "action" {
		return s.becomeAction(e, t)
	}
	if !viewer(e).MayWrite(t.Space()) {
		return e.ForbiddenError("You may not write pages where this discussion is.", nil)
	}
	if made := s.draftOf(e, t); made != nil {
		return e.Redirect(http.StatusSeeOther, made.URL)
	}
	d, err := s.draftFrom(e, t)
	if err != nil {
		return err
	}
	err = s.app.RunInTransaction(func(tx core.App) error {
		journal.By(d.Record, viewer(e).ID())
		if err := tx.Save(d.Record); err != nil {
			return err
		}
		return t.Became(tx, viewer(e), d.Id)
	})
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, writeAddress(d))
}

// mostQuoted is how many posts a draft begins with.
const mostQuoted = 100

// draftFrom fills a draft with what was said. It stands in the thread's own space, where the same people read it.
func (s *Site) draftFrom(e *core.RequestEvent, t *thread.Thread) (*library.Document, error) {
	d, err := library.New(s.app, library.CaseStudy, t.Space())
	if err != nil {
		return nil, err
	}
	posts, err := thread.LastPosts(s.app, t.Id, mostQuoted)
	if err != nil {
		return nil, err
	}
	var decided, said strings.Builder
	for _, p := range posts {
		if !p.Out() {
			continue
		}
		words := markdown.Words(p.HTML)
		if p.ID == t.Outcome() {
			fmt.Fprintf(&decided, "## What we decided\n\n%s\n\n", plainMarkdown(words))
		}
		fmt.Fprintf(&said, "> %s\n>\n> [%s, %s](/discussions/%s#post-%s)\n\n", plainMarkdown(words), plainMarkdown(p.By()), day(p.At), t.Id, p.ID)
	}
	d.Load(map[string]any{
		"title": t.Title(), "author": viewer(e).ID(), "organisation": viewer(e).Organisation(),
		"body": decided.String() + "## What was said\n\n" + said.String(),
	})
	m := d.Meta()
	m.Sources = append(m.Sources, library.Source{ID: "discussion", Title: "Discussion: " + t.Title(), URL: s.base(e) + "/discussions/" + t.Id, Kind: "lived-experience"})
	return d, d.SetMeta(m)
}

// plainMarkdown writes plain words so that none of their characters is a mark.
func plainMarkdown(words string) string {
	var b strings.Builder
	for _, r := range words {
		if strings.ContainsRune("\\`*_{}[]<>#|~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// becomeAction adds an action to a plan, with a link back.
func (s *Site) becomeAction(e *core.RequestEvent, t *thread.Thread) error {
	form := e.Request.PostFormValue
	v := becomeView{Title: form("title"), OwnerRole: form("owner_role"), Due: form("due")}
	goals, err := s.goalsFor(e, t, form("goal"))
	if err != nil {
		return err
	}
	v.Errors = missing(field{"title", v.Title, "Say what is to be done."}, field{"owner_role", v.OwnerRole, "Say which role does it."})
	chosen := false
	for _, g := range goals {
		chosen = chosen || g.Chosen
	}
	if !chosen {
		v.Errors = append(fieldErrors{{"goal", "Choose the goal that it serves."}}, v.Errors...)
	}
	var due plan.Day
	if v.Due != "" {
		if due.Time, err = time.Parse(time.DateOnly, v.Due); err != nil {
			v.Errors = append(v.Errors, fieldError{"due", "Write the day like 2027-03-31."})
		}
	}
	if len(v.Errors) > 0 {
		return s.showBecome(e, http.StatusUnprocessableEntity, t, v, form("goal"))
	}
	d, err := s.planOfGoal(form("goal"))
	if err != nil {
		return err
	}
	_, err = plan.Change{Document: d.Id, Collection: "actions", Parent: form("goal"), Actor: viewer(e).ID(), Set: map[string]any{
		"title": v.Title, "owner_role": v.OwnerRole, "due": due.Stored(), "status": string(plan.NotStarted), "thread": t.Id,
		"note": "From a discussion: " + s.base(e) + "/discussions/" + t.Id,
	}}.Save(s.app)
	if faults := faultsOf(err); faults != nil {
		v.Errors = faults
		return s.showBecome(e, http.StatusUnprocessableEntity, t, v, form("goal"))
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, d.Address())
}

func (s *Site) planOfGoal(goal string) (*library.Document, error) {
	g, err := s.app.FindRecordById("goals", goal)
	if err != nil {
		return nil, err
	}
	return library.ByID(s.app, g.GetString("document"))
}
