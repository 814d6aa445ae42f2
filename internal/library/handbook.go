package library

import (
	"slices"
	"strings"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Handbook is a page of the carers' handbook.
const Handbook Kind = "handbook"

var handbook = rules{
	word: "handbook page", plural: "Handbook", base: "/handbook", prefix: "hb",
	publish: []need{
		{"summary", "Give a summary: the answer in one or two sentences."},
		{"chapter", "Choose the chapter that the page belongs to."},
		{"body", "Write the page."},
	},
}

// Chapter is a part of the handbook with its pages.
type Chapter struct {
	Slug, Title, Summary string
	Pages                []Card
}

// Address is where the chapter's contents stand.
func (c Chapter) Address() string { return "/handbook/" + c.Slug }

// ForCarers says whether some page of the chapter is for people who look after someone. A chapter for professionals only is
// not in what carers take with them.
func (c Chapter) ForCarers() bool { return slices.ContainsFunc(c.Pages, Card.forCarers) }

func (c Card) forCarers() bool { return forCarers(c.Audience) }

// ForCarers says whether the document is one that carers read or fill in, for themselves.
func (d *Document) ForCarers() bool {
	return slices.Contains([]Kind{Handbook, Template, Glossary}, d.DocKind()) && forCarers(d.Audience())
}

// forCarers is true of an audience that names carers, or nobody.
func forCarers(audience []string) bool {
	return len(audience) == 0 || slices.ContainsFunc(audience, func(slug string) bool { return strings.HasSuffix(slug, "-carer") })
}

// Chapters returns the chapters in their order with the pages the viewer may see, each in its original only. Chapters without
// a page are left out.
func Chapters(app core.App, v *member.Viewer) ([]Chapter, error) {
	var rows []struct {
		Slug    string `db:"slug"`
		Title   string `db:"title"`
		Summary string `db:"summary"`
	}
	err := app.DB().Select("slug", "title", "summary").From("vocabulary").
		Where(dbx.HashExp{"list": "chapter"}).OrderBy("position", "title").All(&rows)
	if err != nil {
		return nil, err
	}
	pages, err := Cards(app, v, Originals(dbx.HashExp{"kind": string(Handbook), "state": Published}))
	if err != nil {
		return nil, err
	}
	byChapter := map[string][]Card{}
	for _, p := range pages {
		byChapter[p.Chapter] = append(byChapter[p.Chapter], p)
	}
	var chapters []Chapter
	for _, r := range rows {
		if own := byChapter[r.Slug]; len(own) > 0 {
			chapters = append(chapters, Chapter{Slug: r.Slug, Title: r.Title, Summary: r.Summary, Pages: own})
		}
	}
	return chapters, nil
}
