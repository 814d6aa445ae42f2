package site

import (
	"html/template"
	"net/http"
	"strings"
	"time"

	"commonplace/internal/library"

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
	p := Page{Title: "Glossary", Description: "The words that forms and meetings use, in plain English."}
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
	p := Page{Title: d.Title(), Description: d.Summary(), Crumbs: []Link{{"Glossary", "/glossary"}}, Scripts: []string{quoteScript}, NoIndex: d.State() != library.Published}
	return render(s, e, http.StatusOK, "glossary-term", p, v, v.Kept.Said.shownTags(tagLibrary, "document:"+d.Id)...)
}
