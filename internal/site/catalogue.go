package site

import (
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/web"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// What pages say around their own text stands in one catalogue, web/words: every page that somebody who is not signed in may
// read asks it, also for what only members see there, and so does all that handlers put into such pages: titles, the way to
// a page, names of kinds, faults of forms. What scripts say to readers stands in their pages, from the catalogue too. Tests
// find what templates, handlers and scripts of public pages say outright.
//
// Pages for writing, reviewing, managing and moderating are English in their templates: those who use them work in English,
// and a half translated form is worse than none. What rooms say of their own things (kinds of events, stages, what is wrong
// with a record) is English too, because mail and REST say it as well.
//
// What counts something has forms, which golang.org/x/text chooses by the language.
//
// A page is framed in the language of its text. Where there is no catalogue for it, or a word is missing, the word is English
// and says so, for those who are read to; the site's head and foot are the page's language only with a catalogue.

// catalogue are the words of one language.
type catalogue struct {
	lang    string            // of the page; "" for English
	own     map[string]string // nil where there is no catalogue
	english map[string]string
}

// word finds the words of a key and says whether they are English in a page that is not.
func (c catalogue) word(key string) (words string, strange bool, err error) {
	if own := c.own[key]; own != "" {
		return own, false, nil
	}
	english, known := c.english[key]
	if !known {
		return "", false, fmt.Errorf("there is no word %q in web/words/en.yaml", key)
	}
	return english, c.lang != "", nil
}

// counted finds the words of a key for a number of things. They have a form for each that the language tells apart, in the
// names of CLDR: pages.one, pages.other; in Polish pages.few and pages.many too.
func (c catalogue) counted(key string, n int) (words string, strange bool, err error) {
	for _, form := range []string{pluralForm(c.lang, n), "other"} {
		if own := c.own[key+"."+form]; own != "" {
			return own, false, nil
		}
	}
	words, known := c.english[key+"."+pluralForm(library.English, n)]
	if !known {
		return "", false, fmt.Errorf("there is no word %q for %d in web/words/en.yaml", key, n)
	}
	return words, c.lang != "", nil
}

// pluralForms are CLDR's names of what languages tell apart when they count.
var pluralForms = map[plural.Form]string{plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other"}

func pluralForm(lang string, n int) string {
	return pluralForms[plural.Cardinal.MatchPlural(language.Make(lang), n, 0, 0, 0, 0)]
}

// firstCount is the count that a sentence begins with.
func firstCount(parts []any) (n int, counts bool) {
	if len(parts) > 0 {
		n, counts = parts[0].(int)
	}
	return n, counts
}

// say is a sentence of the catalogue as plain text, for what handlers put into pages that are English: titles, and what stands
// in lists. What is no key says nothing.
func (s *Site) say(key string, parts ...string) string {
	return fill(s.tongues.english.english[key], parts)
}

// fill puts parts into a sentence in one go: what a part itself says in braces stays as it is.
func fill(words string, parts []string) string {
	if len(parts) == 0 {
		return words
	}
	var pairs []string
	for i, part := range parts {
		pairs = append(pairs, "{"+strconv.Itoa(i+1)+"}", part)
	}
	return strings.NewReplacer(pairs...).Replace(words)
}

// kindWord names a kind of thing that search finds.
func (s *Site) kindWord(kind string) string {
	return orElse(s.say("kind-"+kind), upperFirst(kind))
}

// under are the words whose keys begin alike, by the rest of the key.
func (s *Site) under(prefix string) map[string]string {
	return under(s.tongues.english.english, prefix)
}

func under(words map[string]string, prefix string) map[string]string {
	all := map[string]string{}
	for key, said := range words {
		if rest, is := strings.CutPrefix(key, prefix); is {
			all[rest] = said
		}
	}
	return all
}

// says are the words of a script by their keys, with their language: of the sets "offline" and "age" all that begin with
// script-offline- and script-age-. A script puts sentences together and counts, so all are English where the page's language
// lacks one.
func (c catalogue) says(sets ...string) (map[string]string, error) {
	own, english := map[string]string{"lang": c.lang}, map[string]string{"lang": "en-GB"}
	for _, set := range sets {
		words := under(c.english, "script-"+set+"-")
		if len(words) == 0 {
			return nil, fmt.Errorf("there is nothing that begins with script-%s- in web/words/en.yaml", set)
		}
		maps.Copy(english, words)
		maps.Copy(own, under(c.own, "script-"+set+"-"))
	}
	for key := range english {
		key, _, _ = strings.Cut(key, ".")
		if own[key] == "" && own[key+".other"] == "" {
			return english, nil
		}
	}
	return own, nil
}

// saysHTML puts them where a script finds them, see web/script/words/speaker.js.
func (c catalogue) saysHTML(sets ...string) (template.HTMLAttr, error) {
	words, err := c.says(sets...)
	if err != nil {
		return "", err
	}
	raw, err := inJSON(words)
	return template.HTMLAttr(" data-says='" + strings.NewReplacer("&", "&amp;", "<", "&lt;", "'", "&#39;").Replace(string(raw)) + "'"), err
}

// linkHTML is a link in the middle of a sentence, to a page of ours or on the web and to nothing that runs.
func linkHTML(to string, text any, rel string) template.HTML {
	if !webLink.MatchString(to) {
		to = "#"
	}
	return template.HTML(`<a href="` + template.HTMLEscapeString(to) + `"` + rel + `>` + asHTML(text) + `</a>`)
}

var webLink = regexp.MustCompile(`^(?:https?://|[/?#])`)

const inEnglish = ` lang="en" dir="ltr"`

// functions are what templates call: t for what stands in the page, site for its head and foot, says for its scripts, bare
// where no mark can stand: in drawings and in lists to choose from.
func (c catalogue) functions() template.FuncMap {
	say := func(key string, marks bool, parts []any) (template.HTML, error) {
		words, strange, err := c.word(key)
		if n, counts := firstCount(parts); counts && err != nil {
			words, strange, err = c.counted(key, n)
		}
		var in []string
		for _, part := range parts {
			in = append(in, asHTML(part))
		}
		filled := fill(template.HTMLEscapeString(words), in)
		if strange && marks {
			filled = "<span" + inEnglish + ">" + filled + "</span>"
		}
		return template.HTML(filled), err
	}
	attribute := func(is bool, text template.HTMLAttr) func() template.HTMLAttr {
		if !is {
			text = ""
		}
		return func() template.HTMLAttr { return text }
	}
	months := func(when template.HTML) template.HTML { // their names are English
		if c.lang == "" {
			return when
		}
		return template.HTML(strings.Replace(string(when), "<time", "<time"+inEnglish, 1))
	}
	return template.FuncMap{
		"t":       func(key string, parts ...any) (template.HTML, error) { return say(key, true, parts) },
		"site":    func(key string, parts ...any) (template.HTML, error) { return say(key, c.own != nil, parts) },
		"bare":    func(key string, parts ...any) (template.HTML, error) { return say(key, false, parts) },
		"says":    c.saysHTML,
		"leads":   func(to, text string) template.HTML { return linkHTML(to, text, ` rel="noopener"`) },
		"outside": func(to string, text any) template.HTML { return linkHTML(to, text, ` rel="nofollow noopener"`) },
		"link":    func(to string, text any) template.HTML { return linkHTML(to, text, "") },
		"calls": func(tel, number string) template.HTML {
			return template.HTML(`<a href="tel:` + template.HTMLEscapeString(tel) + `">` + template.HTMLEscapeString(number) + `</a>`)
		},
		"strong":  func(text any) template.HTML { return template.HTML("<strong>" + asHTML(text) + "</strong>") },
		"bdi":     bdiHTML,
		"foreign": func() bool { return c.lang != "" },                // what follows is English in a page that is not
		"english": attribute(c.lang != "", inEnglish),                 // of what is English in any page
		"framed":  attribute(c.lang != "" && c.own == nil, inEnglish), // of sentences that are English without a catalogue
		"auto":    attribute(c.lang != "", ` dir="auto"`),             // of what may be in either
		"date":    func(day time.Time) template.HTML { return months(dateHTML(day)) },
		"moment":  func(at time.Time) template.HTML { return months(momentHTML(at)) },
		"day":     func(said any) template.HTML { return months(dayHTML(said)) },
		"htmlLang": func() string {
			if c.own == nil {
				return "en-GB"
			}
			return c.lang
		},
		"htmlRTL": func() bool { return c.own != nil && library.Direction(c.lang) == "rtl" },
	}
}

// bdiHTML is a name, which may be written from the right.
func bdiHTML(name string) template.HTML {
	return template.HTML("<bdi>" + template.HTMLEscapeString(name) + "</bdi>")
}

// asHTML is a part of a sentence: what is HTML stays, all else is text.
func asHTML(part any) string {
	if h, ok := part.(template.HTML); ok {
		return string(h)
	}
	return template.HTMLEscapeString(fmt.Sprint(part))
}

// tongues are the catalogues, and the pages that have been shown in another language than English. Such pages are read when
// somebody asks: all pages in all languages would fill the memory.
type tongues struct {
	english catalogue
	others  map[string]map[string]string // by language

	mu    sync.Mutex
	parts map[string]*template.Template // by language
	pages map[[2]string]*template.Template
}

func newTongues() (*tongues, error) {
	t := &tongues{others: map[string]map[string]string{}, parts: map[string]*template.Template{}, pages: map[[2]string]*template.Template{}}
	files, err := fs.Glob(web.Words, "words/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		raw, err := web.Words.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var words map[string]string
		if err := markdown.YAML(raw, &words); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		t.others[strings.TrimSuffix(path.Base(file), ".yaml")] = words
	}
	t.english = catalogue{english: t.others[library.English]}
	delete(t.others, library.English)
	return t, nil
}

// of is the catalogue for pages in a language; all languages without one share one.
func (t *tongues) of(lang string) catalogue {
	if own := t.others[lang]; own != nil {
		return catalogue{lang, own, t.english.english}
	}
	return catalogue{"und", nil, t.english.english}
}

// pageIn is the template of a page around text in a language, "" for English.
func (s *Site) pageIn(lang, name string) (*template.Template, error) {
	if lang == "" {
		return s.pages[name], nil
	}
	t := s.tongues
	words := t.of(lang)
	t.mu.Lock()
	defer t.mu.Unlock()
	key := [2]string{words.lang, name}
	if page := t.pages[key]; page != nil {
		return page, nil
	}
	var err error
	if t.parts[words.lang] == nil {
		if t.parts[words.lang], err = readParts(s.assets, words); err != nil {
			return nil, err
		}
	}
	page, err := readPage(name, s.assets, words, t.parts[words.lang])
	if err == nil {
		t.pages[key] = page
	}
	return page, err
}

// inTheirLanguage marks what a page takes from elsewhere in English, answers of places, where its own text is not.
func inTheirLanguage(d *library.Document, body template.HTML) template.HTML {
	if d.Language() == library.English {
		return body
	}
	return template.HTML(strings.ReplaceAll(string(body), `<section class="cp-local"`, `<section`+inEnglish+` class="cp-local"`))
}
