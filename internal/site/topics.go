package site

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

type topicsView struct {
	Lists  []topicList
	Errors fieldErrors
	List   string // the list to which a word could not be added
	Typed  string
}

type topicList struct {
	List, Title, One, Means string
	Words                   []topicWord
}

type topicWord struct {
	ID, Title   string
	Uses        int
	First, Last bool
}

// topics are the controlled lists: who pages are for, what they are about, and the chapters of the handbook.
func (s *Site) topics(e *core.RequestEvent) error {
	return s.showTopics(e, http.StatusOK, topicsView{})
}

func (s *Site) showTopics(e *core.RequestEvent, status int, v topicsView) error {
	for _, l := range library.VocabularyLists {
		terms, err := library.Terms(s.app, l.List)
		if err != nil {
			return err
		}
		uses, err := library.TermUses(s.app, l.List)
		if err != nil {
			return err
		}
		list := topicList{List: l.List, Title: l.Title, One: l.One, Means: l.Means}
		for i, t := range terms {
			list.Words = append(list.Words, topicWord{ID: t.Id, Title: t.Title(), Uses: uses[t.Slug()], First: i == 0, Last: i == len(terms)-1})
		}
		v.Lists = append(v.Lists, list)
	}
	return render(s, e, status, "topics", Page{Title: "Words for sorting", Crumbs: manageCrumbs, NoIndex: true}, v)
}

func (s *Site) topicAdd(e *core.RequestEvent) error {
	list := e.Request.FormValue("list")
	if !slices.ContainsFunc(library.VocabularyLists, func(l struct{ List, Title, One, Means string }) bool { return l.List == list }) {
		return e.BadRequestError("There is no such list.", nil)
	}
	control := "title-" + list
	v := topicsView{List: list, Typed: strings.TrimSpace(e.Request.FormValue("title"))}
	v.Errors = missing(field{control, v.Typed, "Write the word."})
	if len(v.Errors) == 0 {
		t, err := library.NewTerm(s.app, list)
		if err != nil {
			return err
		}
		t.Set("title", v.Typed)
		journal.By(t.Record, viewer(e).ID())
		err = s.app.Save(t.Record)
		if err == nil {
			return e.Redirect(http.StatusSeeOther, "/manage/topics#"+list)
		}
		if v.Errors = faultsOf(err).at(control); v.Errors == nil {
			return err
		}
	}
	return s.showTopics(e, http.StatusUnprocessableEntity, v)
}

type topicView struct {
	ID, List, Was, Title, Summary string
	Errors                        fieldErrors
}

// topicOf finds the word of the address.
func (s *Site) topicOf(e *core.RequestEvent) (*library.Term, error) {
	t, err := library.TermByID(s.app, e.Request.PathValue("id"))
	if err != nil {
		return nil, found(e, err)
	}
	return t, nil
}

func (s *Site) topicForm(e *core.RequestEvent) error {
	t, err := s.topicOf(e)
	if err != nil {
		return err
	}
	return s.showTopic(e, http.StatusOK, topicView{ID: t.Id, List: t.List(), Was: t.Title(), Title: t.Title(), Summary: t.Summary()})
}

func (s *Site) showTopic(e *core.RequestEvent, status int, v topicView) error {
	p := Page{Title: "Change the " + v.List + " “" + v.Was + "”", Crumbs: slices.Concat(manageCrumbs, []Link{{"Words for sorting", "/manage/topics"}}), NoIndex: true}
	return render(s, e, status, "topic", p, v)
}

func (s *Site) topicSave(e *core.RequestEvent) error {
	t, err := s.topicOf(e)
	if err != nil {
		return err
	}
	v := topicView{ID: t.Id, List: t.List(), Was: t.Title(), Title: strings.TrimSpace(e.Request.FormValue("title")), Summary: strings.TrimSpace(e.Request.FormValue("summary"))}
	v.Errors = missing(field{"title", v.Title, "Write the word."})
	if len(v.Errors) == 0 {
		t.Set("title", v.Title)
		t.Set("summary", v.Summary)
		journal.By(t.Record, viewer(e).ID())
		err := s.app.Save(t.Record)
		if err == nil {
			return e.Redirect(http.StatusSeeOther, "/manage/topics#"+t.List())
		}
		if v.Errors = faultsOf(err); v.Errors == nil {
			return err
		}
	}
	return s.showTopic(e, http.StatusUnprocessableEntity, v)
}

// topicMove puts a word one place up or down in its list.
func (s *Site) topicMove(e *core.RequestEvent) error {
	t, err := s.topicOf(e)
	if err != nil {
		return err
	}
	by := 1
	if e.Request.FormValue("to") == "up" {
		by = -1
	}
	if err := library.MoveTerm(s.app, t, by, viewer(e).ID()); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/manage/topics#"+t.List())
}

func (s *Site) topicDelete(e *core.RequestEvent) error {
	t, err := s.topicOf(e)
	if err != nil {
		return err
	}
	journal.By(t.Record, viewer(e).ID())
	err = s.app.Delete(t.Record)
	var used *member.InUse
	if errors.As(err, &used) {
		return s.showTopics(e, http.StatusUnprocessableEntity, topicsView{Errors: fieldErrors{{t.List(), used.Error()}}})
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/manage/topics#"+t.List())
}
