package site

import (
	"html/template"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

type letterView struct {
	Letter string
	Terms  []library.Card
}

type glossaryView struct{ Letters []letterView }

func (s *Site) glossary(e *core.RequestEvent) error {
	cards, err := library.Cards(s.app, viewer(e), published(library.Glossary))
	if err != nil {
		return err
	}
	var v glossaryView
	for r := 'A'; r <= 'Z'; r++ {
		v.Letters = append(v.Letters, letterView{Letter: string(r)})
	}
	other := letterView{Letter: "Other"}
	for _, c := range cards {
		first := strings.ToUpper(c.Title[:min(1, len(c.Title))])
		if first >= "A" && first <= "Z" {
			i := int(first[0] - 'A')
			v.Letters[i].Terms = append(v.Letters[i].Terms, c)
			continue
		}
		other.Terms = append(other.Terms, c)
	}
	if len(other.Terms) > 0 {
		v.Letters = append(v.Letters, other)
	}
	p := Page{Title: s.say("glossary"), Description: s.say("about-glossary")}
	return render(s, e, http.StatusOK, "glossary", p, v, tagLibrary)
}

type termView struct {
	Head headView
	Body template.HTML
	Also []string
	See  []Link
	Kept keptView
}

func (s *Site) glossaryTerm(e *core.RequestEvent) error {
	d, source, err := s.openDocument(e, library.Glossary, "", e.Request.PathValue("slug"))
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
	now, m := time.Now(), d.Meta()
	v := termView{Head: s.headOf(e, d, now), Also: m.Also, Kept: s.keptOf(e, d, now)}
	if v.Body, err = s.bodyFor(viewer(e), r.Body, nil, d.Address()); err != nil {
		return err
	}
	v.Body = v.Kept.Said.put(v.Body)
	if v.See, err = s.related(e, m.See); err != nil {
		return err
	}
	p := Page{Title: d.Title(), Description: d.Summary(), Within: []Link{{"glossary", "/glossary"}}, Scripts: []string{quoteScript}, NoIndex: d.State() != library.Published}
	return render(s, e, http.StatusOK, "glossary-term", p, v, v.Kept.Said.shownTags(tagLibrary, "document:"+d.Id)...)
}

// glossaryLink is a link to a word that is explained, as pages write it.
var glossaryLink = regexp.MustCompile(`href="/glossary/([a-z0-9-]+)"`)

// wordsIn are the words of the glossary that a page's text links to, in their order: they stand explained at its foot, and a
// script shows them where they are tapped.
func (s *Site) wordsIn(e *core.RequestEvent, body template.HTML) ([]library.Card, error) {
	var slugs []string
	var asked []any
	for _, m := range glossaryLink.FindAllStringSubmatch(string(body), -1) {
		if !slices.Contains(slugs, m[1]) {
			slugs, asked = append(slugs, m[1]), append(asked, m[1])
		}
	}
	if len(slugs) == 0 {
		return nil, nil
	}
	cards, err := library.Cards(s.app, viewer(e), dbx.And(published(library.Glossary), dbx.In("slug", asked...)))
	order := func(c library.Card) int { return slices.Index(slugs, path.Base(c.Address())) }
	slices.SortFunc(cards, func(a, b library.Card) int { return order(a) - order(b) })
	return cards, err
}
