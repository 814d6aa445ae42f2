package site

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// manageWordsView is the list of rows of words that mean the same, and the form for one more.
type manageWordsView struct {
	Rows  []Link
	Query string
	Saved bool
	Row   wordsRow
	Past  []wordsChange
}

// wordsChange is that somebody changed a row. What a row said before is kept nowhere; what it says now stands beside it.
type wordsChange struct {
	Who, Did string
	Row      *Link // nil when it is gone
	At       time.Time
}

// changesShown is how many of them the page lists.
const changesShown = 20

// didWords are the journal's verbs as one says them.
var didWords = map[string]string{"create": "added", "update": "changed", "delete": "deleted"}

// wordsPast lists who changed the rows, the newest first.
func (s *Site) wordsPast(rows []*library.Words) ([]wordsChange, error) {
	past, err := journal.Find(s.app, journal.Filter{Subjects: []string{"words"}}, changesShown)
	if err != nil {
		return nil, err
	}
	said, err := s.inWords(past)
	if err != nil {
		return nil, err
	}
	list := make([]wordsChange, len(past))
	for i, r := range past {
		list[i] = wordsChange{Who: said[i].Who, Did: didWords[r.Verb], At: said[i].At}
		for _, row := range rows {
			if row.Id == r.Record {
				list[i].Row = &Link{row.Line(), "/manage/words/" + row.Id}
			}
		}
	}
	return list, nil
}

// wordsRow is one row on its form.
type wordsRow struct {
	ID, Was, Line string
	Reach         []wordReach
	All           int
	Errors        fieldErrors
}

// wordReach is how many pages say a word, and how many more the row finds for whoever looks for it.
type wordReach struct {
	Word       string
	Says, More int
}

func (s *Site) manageWords(e *core.RequestEvent) error {
	return s.showWordRows(e, http.StatusOK, manageWordsView{Saved: e.Request.URL.Query().Has("saved")})
}

func (s *Site) showWordRows(e *core.RequestEvent, status int, v manageWordsView) error {
	rows, err := library.WordRows(s.app)
	if err != nil {
		return err
	}
	v.Query = strings.TrimSpace(e.Request.URL.Query().Get("q"))
	for _, r := range rows {
		if strings.Contains(strings.ToLower(r.Line()), strings.ToLower(v.Query)) {
			v.Rows = append(v.Rows, Link{r.Line(), "/manage/words/" + r.Id})
		}
	}
	if v.Past, err = s.wordsPast(rows); err != nil {
		return err
	}
	return render(s, e, status, "manage-words", Page{Title: "Words that mean the same", Crumbs: manageCrumbs, NoIndex: true}, v)
}

// wordsAdd adds a row, or shows what it would find.
func (s *Site) wordsAdd(e *core.RequestEvent) error {
	w, err := library.NewWords(s.app)
	if err != nil {
		return err
	}
	row, status, err := s.takeWords(e, w)
	if err != nil || status == http.StatusSeeOther {
		return err
	}
	return s.showWordRows(e, status, manageWordsView{Row: row})
}

// takeWords reads a row from a form and saves it, unless the form asks what it would find.
func (s *Site) takeWords(e *core.RequestEvent, w *library.Words) (row wordsRow, status int, err error) {
	row = wordsRow{ID: w.Id, Was: w.Line(), Line: strings.TrimSpace(e.Request.FormValue("words"))}
	if e.Request.FormValue("do") == "preview" {
		return row, http.StatusOK, s.reach(e, &row)
	}
	w.Set("words", row.Line)
	journal.By(w.Record, viewer(e).ID())
	err = s.app.Save(w.Record)
	if err == nil {
		return row, http.StatusSeeOther, e.Redirect(http.StatusSeeOther, "/manage/words?saved=1")
	}
	if row.Errors = faultsOf(err).at("words"); row.Errors == nil {
		return row, 0, err
	}
	return row, http.StatusUnprocessableEntity, nil
}

// reach counts what each word of a row finds by itself, and what it finds with the row.
func (s *Site) reach(e *core.RequestEvent, row *wordsRow) error {
	words := library.SplitWords(row.Line)
	words = words[:min(len(words), 20)]
	each, all, err := s.o.Search.Reach(words, viewer(e).Keys())
	row.All = all
	for i, n := range each {
		row.Reach = append(row.Reach, wordReach{words[i], n, all - n})
	}
	return err
}

// wordsOf finds the row of the address.
func (s *Site) wordsOf(e *core.RequestEvent) (*library.Words, error) {
	w, err := library.WordsByID(s.app, e.Request.PathValue("id"))
	if err != nil {
		return nil, found(e, err)
	}
	return w, nil
}

func (s *Site) wordsForm(e *core.RequestEvent) error {
	w, err := s.wordsOf(e)
	if err != nil {
		return err
	}
	row := wordsRow{ID: w.Id, Was: w.Line(), Line: w.Line()}
	if err := s.reach(e, &row); err != nil {
		return err
	}
	return s.showWords(e, http.StatusOK, row)
}

func (s *Site) showWords(e *core.RequestEvent, status int, row wordsRow) error {
	p := Page{Title: "Change a row of words", Crumbs: slices.Concat(manageCrumbs, []Link{{"Words that mean the same", "/manage/words"}}), NoIndex: true}
	return render(s, e, status, "manage-words-form", p, row)
}

func (s *Site) wordsSave(e *core.RequestEvent) error {
	w, err := s.wordsOf(e)
	if err != nil {
		return err
	}
	row, status, err := s.takeWords(e, w)
	if err != nil || status == http.StatusSeeOther {
		return err
	}
	return s.showWords(e, status, row)
}

func (s *Site) wordsDelete(e *core.RequestEvent) error {
	w, err := s.wordsOf(e)
	if err != nil {
		return err
	}
	journal.By(w.Record, viewer(e).ID())
	if err := s.app.Delete(w.Record); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/manage/words?saved=1")
}
