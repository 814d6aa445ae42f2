package site

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/plain"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// wordsView says what a text is like to read: a hint beside the form, the part "words" of its template.
type wordsView struct {
	Asked     bool
	Note      string
	Age       int
	Easy      bool
	Sentences []hardSentence // the worst first
	More      int            // sentences that are as hard and not shown
	Hard      []hardWord
}

// hardSentence is one that a tired reader would stumble over.
type hardSentence struct {
	Field, Label, Text string
	Words              int
	Long               bool
}

// hardWord is a word with an easier one, or what the glossary says of it.
type hardWord struct {
	Text, Offer  string
	Abbreviation bool
	Means, URL   string // from the glossary
}

// wordsField is a field of a form, with what stands in it.
type wordsField struct {
	ID     string `json:"id"`
	Label  string `json:"label"`
	Text   string `json:"text"`
	Points bool   `json:"points"` // one on each line
}

const (
	// easyAge is how old a reader is who should follow; the service manual says 9 to 11.
	easyAge = 11
	// mostSentences are shown: who has mended five asks again.
	mostSentences = 5
	mostHard      = 12
	mostChecked   = 2 << 20 // bytes
)

// checkWords reads the fields of a form as one text, and names what to mend first.
func (s *Site) checkWords(e *core.RequestEvent, language string, fields []wordsField) (wordsView, error) {
	var text strings.Builder
	ends := make([]int, len(fields))
	for i, f := range fields {
		words, err := wordsIn(f)
		if err != nil {
			return wordsView{}, err
		}
		text.WriteString(words + "\n")
		ends[i] = text.Len()
	}
	r := plain.Read(text.String(), language)
	v := wordsView{Asked: true, Note: r.Note, Age: r.Age, Easy: r.Age <= easyAge}
	for _, sentence := range r.Sentences {
		if !sentence.Long() && sentence.Grade+5 <= easyAge {
			continue
		}
		if len(v.Sentences) == mostSentences {
			v.More++
			continue
		}
		f := fields[slices.IndexFunc(ends, func(end int) bool { return sentence.Start < end })]
		v.Sentences = append(v.Sentences, hardSentence{Field: f.ID, Label: f.Label, Text: sentence.Text, Words: sentence.Words, Long: sentence.Long()})
	}
	terms, err := s.glossaryWords(e)
	if err != nil {
		return v, err
	}
	v.Hard = hardWords(r.Hard, terms)
	return v, nil
}

// showChecked shows the form as it was sent, unsaved, with what its words are like to read.
func (s *Site) showChecked(e *core.RequestEvent, d *library.Document, work bool) error {
	form := e.Request.PostForm
	var fields []wordsField
	for _, q := range forms[d.DocKind()].all() {
		if (q.as == asText || q.as == asPoints || q.as == asMarkdown) && form.Get(q.name) != "" {
			fields = append(fields, wordsField{ID: q.name, Label: q.label, Text: form.Get(q.name), Points: q.as == asPoints})
		}
	}
	words, err := s.checkWords(e, orElse(form.Get("language"), d.Language()), fields)
	if err != nil {
		return err
	}
	return s.showWrite(e, http.StatusOK, d, shownAgain{work: work, form: form, words: words})
}

// wordsIn are the words of a field without the marks of Markdown.
func wordsIn(f wordsField) (string, error) {
	source := f.Text
	if f.Points {
		source = library.FromLines(strings.ReplaceAll(source, "\r\n", "\n"), "")
	}
	page, err := markdown.Render(source, markdown.Options{})
	if errors.Is(err, markdown.ErrShape) || errors.Is(err, markdown.ErrTooLong) {
		return "", nil // the form says so when it is saved
	}
	return page.Plain, err
}

// hardWords names each hard word once.
func hardWords(all []plain.Hard, terms map[string]*library.Document) []hardWord {
	var list []hardWord
	seen := map[string]bool{}
	for _, h := range all {
		key := strings.ToLower(h.Text)
		if seen[key] || len(list) == mostHard {
			continue
		}
		seen[key] = true
		w := hardWord{Text: h.Text, Offer: h.Offer, Abbreviation: h.Abbreviation}
		if d := terms[key]; d != nil {
			w.Means, w.URL = d.Summary(), d.Address()
		}
		list = append(list, w)
	}
	return list
}

// glossaryWords are the glossary, by every word that it explains.
func (s *Site) glossaryWords(e *core.RequestEvent) (map[string]*library.Document, error) {
	var all []*library.Document
	err := s.app.RecordQuery("documents").AndWhere(dbx.HashExp{"kind": string(library.Glossary), "state": library.Published}).All(&all)
	terms := map[string]*library.Document{}
	for _, d := range all {
		if !d.Viewable(viewer(e)) {
			continue
		}
		for _, word := range append([]string{d.Title()}, d.Meta().Also...) {
			if name, short, ok := strings.Cut(strings.TrimSuffix(word, ")"), " ("); ok {
				terms[strings.ToLower(name)], terms[strings.ToLower(short)] = d, d
			}
			if terms[strings.ToLower(word)] == nil {
				terms[strings.ToLower(word)] = d
			}
		}
	}
	return terms, err
}

// wordsPart answers the form's script with the part of the page: POST /-/plain {"language", "fields"}.
func (s *Site) wordsPart(e *core.RequestEvent) error {
	if !viewer(e).SignedIn() {
		return e.ForbiddenError("Sign in to have your words checked.", nil)
	}
	e.Request.Body = http.MaxBytesReader(e.Response, e.Request.Body, mostChecked)
	var in struct {
		Language string       `json:"language"`
		Fields   []wordsField `json:"fields"`
	}
	if err := e.BindBody(&in); err != nil {
		return e.BadRequestError("Send a JSON object with fields.", err)
	}
	v, err := s.checkWords(e, in.Language, in.Fields)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.pages[partPost].ExecuteTemplate(&b, "words-said", v); err != nil {
		return err
	}
	e.Response.Header().Set("Cache-Control", "no-store")
	return e.JSON(http.StatusOK, map[string]string{"html": b.String()})
}

// paste makes Markdown of what was pasted into a form: POST /-/paste {"html", "heading", "points"}.
func (s *Site) paste(e *core.RequestEvent) error {
	if !viewer(e).SignedIn() {
		return e.ForbiddenError("Sign in to paste.", nil)
	}
	e.Request.Body = http.MaxBytesReader(e.Response, e.Request.Body, mostTyped)
	var in struct {
		HTML    string `json:"html"`
		Heading int    `json:"heading"`
		Points  bool   `json:"points"`
	}
	if err := e.BindBody(&in); err != nil {
		return e.BadRequestError("Send a JSON object with html.", err)
	}
	text, left, err := s.o.Clipboard(in.HTML, in.Heading, in.Points)
	if err != nil {
		return e.BadRequestError("This cannot be read. Paste it as plain text.", err)
	}
	e.Response.Header().Set("Cache-Control", "no-store")
	return e.JSON(http.StatusOK, map[string]any{"markdown": text, "left": left})
}
