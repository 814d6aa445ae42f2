package library

import (
	"fmt"
	"slices"
	"strings"

	"commonplace/internal/journal"
	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// VocabularyLists are the controlled lists, in the order of their page.
var VocabularyLists = []struct{ List, Title, One, Means string }{
	{"audience", "Audiences", "audience", "Who a page is for."},
	{"topic", "Topics", "topic", "What a page is about. People narrow lists and searches by them."},
	{"chapter", "Chapters of the handbook", "chapter", "In the order in which the handbook shows them."},
}

// Term is a word of a controlled list. Documents name it by its slug, so a new title shows everywhere at once.
type Term struct{ core.BaseRecordProxy }

func (t *Term) List() string    { return t.GetString("list") }
func (t *Term) Slug() string    { return t.GetString("slug") }
func (t *Term) Title() string   { return t.GetString("title") }
func (t *Term) Summary() string { return t.GetString("summary") }
func (t *Term) Position() int   { return t.GetInt("position") }

// Vocabulary returns the titles of a controlled list ("audience", "topic", "chapter") by slug.
func Vocabulary(app core.App, list string) (map[string]string, error) {
	terms, err := Terms(app, list)
	titles := make(map[string]string, len(terms))
	for _, t := range terms {
		titles[t.Slug()] = t.Title()
	}
	return titles, err
}

// Terms returns the words of a controlled list in their order.
func Terms(app core.App, list string) ([]*Term, error) {
	var ts []*Term
	err := app.RecordQuery("vocabulary").AndWhere(dbx.HashExp{"list": list}).OrderBy("position", "title").All(&ts)
	return ts, err
}

// TermByID returns a word of a controlled list; the error is sql.ErrNoRows when there is none.
func TermByID(app core.App, id string) (*Term, error) {
	t := &Term{}
	return t, app.RecordQuery("vocabulary").AndWhere(dbx.HashExp{"id": id}).Limit(1).One(t)
}

// NewTerm returns a word that is not saved yet, the last of its list.
func NewTerm(app core.App, list string) (*Term, error) {
	c, err := app.FindCachedCollectionByNameOrId("vocabulary")
	if err != nil {
		return nil, err
	}
	t := &Term{}
	t.SetProxyRecord(core.NewRecord(c))
	t.Set("list", list)
	return t, nil
}

// MoveTerm puts a word one place up (by -1) or down (by 1) in its list.
func MoveTerm(app core.App, t *Term, by int, actor string) error {
	return app.RunInTransaction(func(tx core.App) error {
		all, err := Terms(tx, t.List())
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(o *Term) bool { return o.Id == t.Id })
		if to := i + by; i >= 0 && to >= 0 && to < len(all) {
			all[i], all[to] = all[to], all[i]
		}
		for i, o := range all {
			if o.Position() == i+1 {
				continue
			}
			o.Set("position", i+1)
			journal.By(o.Record, actor)
			if err := tx.Save(o.Record); err != nil {
				return err
			}
		}
		return nil
	})
}

// termColumns are the columns of documents that name words of a list.
var termColumns = map[string]string{"audience": "audience", "topic": "topics", "chapter": "chapter"}

// TermUses counts the documents that name a word, by the slug of the word.
func TermUses(app core.App, list string) (map[string]int, error) {
	column := termColumns[list]
	query := "SELECT [[json_each.value]] AS slug, COUNT(*) AS n FROM {{documents}}, json_each(CASE WHEN json_valid({{documents}}.[[" + column + "]]) THEN {{documents}}.[[" + column + "]] ELSE '[]' END) GROUP BY 1"
	if list == "chapter" {
		query = "SELECT [[chapter]] AS slug, COUNT(*) AS n FROM {{documents}} WHERE [[chapter]] != '' GROUP BY 1"
	}
	var rows []struct {
		Slug string `db:"slug"`
		N    int    `db:"n"`
	}
	err := app.DB().NewQuery(query).All(&rows)
	uses := make(map[string]int, len(rows))
	for _, r := range rows {
		uses[r.Slug] = r.N
	}
	return uses, err
}

// bindVocabulary keeps the promises of words, whoever saves: one line, an address that stays, and no deletion while a
// document names it.
func bindVocabulary(app core.App) {
	for _, h := range []*hook.TaggedHook[*core.RecordEvent]{app.OnRecordCreate("vocabulary"), app.OnRecordUpdate("vocabulary")} {
		h.Bind(&hook.Handler[*core.RecordEvent]{Id: "library.prepare.vocabulary", Priority: first, Func: func(e *core.RecordEvent) error {
			if err := prepareTerm(e.App, e.Record); err != nil {
				return err
			}
			return e.Next()
		}})
	}
	app.OnRecordDelete("vocabulary").BindFunc(func(e *core.RecordEvent) error {
		uses, err := TermUses(e.App, e.Record.GetString("list"))
		if err != nil {
			return err
		}
		if n := uses[e.Record.GetString("slug")]; n > 0 {
			return &member.InUse{Name: e.Record.GetString("title"), Uses: []member.Use{{Collection: "documents", Count: n}}}
		}
		return e.Next()
	})
}

func prepareTerm(app core.App, r *core.Record) error {
	for _, f := range []string{"title", "summary"} {
		r.Set(f, strings.Join(strings.Fields(invisible.ReplaceAllString(r.GetString(f), "")), " "))
	}
	if !r.IsNew() && r.GetString("slug") != r.Original().GetString("slug") {
		return validation.Errors{"slug": validation.NewError("validation_fixed", "The address of a word stays: documents and links name it.")}
	}
	if !r.IsNew() {
		return nil
	}
	if r.GetString("slug") == "" {
		r.Set("slug", markdown.Slug(r.GetString("title")))
	}
	var n, last int
	where := dbx.HashExp{"list": r.GetString("list")}
	if err := app.DB().Select("COUNT(*)", "COALESCE(MAX([[position]]), 0)").From("vocabulary").Where(where).Row(&n, &last); err != nil {
		return err
	}
	if r.GetInt("position") == 0 {
		r.Set("position", last+1)
	}
	same := dbx.NewExp("(LOWER([[title]]) = LOWER({:title}) OR [[slug]] = {:slug})", dbx.Params{"title": r.GetString("title"), "slug": r.GetString("slug")})
	if err := app.DB().Select("COUNT(*)").From("vocabulary").Where(where).AndWhere(same).Row(&n); err != nil {
		return err
	}
	if n > 0 {
		return validation.Errors{"title": validation.NewError("validation_not_unique", fmt.Sprintf("“%s” is in the list already.", r.GetString("title")))}
	}
	return nil
}
