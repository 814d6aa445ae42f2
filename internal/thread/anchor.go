package thread

import (
	"strings"
	"unicode"

	"commonplace/internal/markdown"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// Paragraph is the key of the paragraph that the thread is about, "" for none; Wording is what it said when the thread began.
func (t *Thread) Paragraph() string { return t.GetString("quote") }
func (t *Thread) Wording() string   { return t.GetString("wording") }

// Place finds the thread's paragraph among those of its document as it is now.
func (t *Thread) Place(paragraphs []markdown.Paragraph) (at int, how Found) {
	return Locate(paragraphs, t.Paragraph(), t.Wording())
}

// anchor writes down what the paragraph says that a thread is about. What was written down stays: the thread is about those
// words, whatever becomes of them.
func anchor(app core.App, r *core.Record) error {
	if !r.IsNew() && r.Original().GetString("quote") == r.GetString("quote") {
		return nil
	}
	if r.GetString("quote") == "" || r.GetString("wording") != "" {
		return nil
	}
	d, err := app.FindRecordById("documents", r.GetString("document"))
	if err == nil {
		for _, p := range paragraphsOf(d) {
			if p.Key == r.GetString("quote") {
				r.Set("wording", p.Text)
				return nil
			}
		}
	}
	return validation.Errors{"quote": validation.NewError("validation_missing", "This paragraph is not on the page as it is now. Choose it again.")}
}

// paragraphsOf are the paragraphs of a document's text as it stands, and the points of a case study.
func paragraphsOf(d *core.Record) []markdown.Paragraph {
	var list []markdown.Paragraph
	for _, field := range []string{"challenge", "action", "result"} {
		var points []string
		for _, item := range markdown.StoredItems(d.GetString(field)) {
			if point, err := markdown.Inline(item); err == nil {
				points = append(points, point)
			}
		}
		list = append(list, markdown.Points(field, points)...)
	}
	page, err := markdown.Render(d.GetString("body"), markdown.Options{})
	if err != nil {
		return list
	}
	return append(list, markdown.Paragraphs(page.HTML)...)
}

// Found says how sure it is that a paragraph is the one that a thread is about.
type Found int

// The three answers. What is not found is shown with its own words, as about an earlier wording.
const (
	Lost    Found = iota // no paragraph is near enough
	Near                 // the paragraph was rewritten in part
	Exactly              // the words stand there as they were
)

// fewShingles is how many pairs of words a wording needs to be looked for by them: what is shorter must stand there exactly.
const fewShingles = 4

// Locate finds the paragraph that a wording is about, among those of a document as it is now: the same words first, then
// the paragraph that has most of the wording's pairs of neighbouring words, if that is at least half of them. key tells equal
// paragraphs apart. Two paragraphs that are equally near are no answer: nothing is moved to a place that may be wrong.
func Locate(paragraphs []markdown.Paragraph, key, wording string) (at int, how Found) {
	words := wordsOf(wording)
	if len(words) == 0 {
		return -1, Lost
	}
	said := strings.Join(words, " ")
	if at = same(paragraphs, key, said); at >= 0 {
		return at, Exactly
	}
	pairs := shingles(words)
	if len(pairs) < fewShingles {
		return -1, Lost
	}
	if at = holding(paragraphs, said); at >= 0 {
		return at, Exactly
	}
	return nearest(paragraphs, pairs)
}

// same finds the paragraph of just these words; of several, the one with the key, else the first.
func same(paragraphs []markdown.Paragraph, key, said string) int {
	at := -1
	for i, p := range paragraphs {
		if strings.Join(wordsOf(p.Text), " ") != said {
			continue
		}
		if p.Key == key {
			return i
		}
		if at < 0 {
			at = i
		}
	}
	return at
}

// holding finds the one paragraph in which the words stand among others.
func holding(paragraphs []markdown.Paragraph, said string) int {
	at := -1
	for i, p := range paragraphs {
		if !strings.Contains(" "+strings.Join(wordsOf(p.Text), " ")+" ", " "+said+" ") {
			continue
		}
		if at >= 0 {
			return -1
		}
		at = i
	}
	return at
}

// nearest finds the paragraph with most of the pairs, at least half; of two with as many, the one that says less besides.
func nearest(paragraphs []markdown.Paragraph, pairs map[[2]string]bool) (at int, how Found) {
	at, most, besides, tied := -1, 0, 0, false
	for i, p := range paragraphs {
		theirs := shingles(wordsOf(p.Text))
		n := 0
		for pair := range pairs {
			if theirs[pair] {
				n++
			}
		}
		more := len(theirs) - n
		switch {
		case 2*n < len(pairs) || n < most || n == most && more > besides:
		case n == most && more == besides && at >= 0:
			tied = true
		default:
			at, most, besides, tied = i, n, more, false
		}
	}
	if at < 0 || tied {
		return -1, Lost
	}
	return at, Near
}

// wordsOf are the words of a text in lower case, without marks.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r)
	})
}

// shingles are the pairs of neighbouring words.
func shingles(words []string) map[[2]string]bool {
	pairs := map[[2]string]bool{}
	for i := 1; i < len(words); i++ {
		pairs[[2]string{words[i-1], words[i]}] = true
	}
	return pairs
}
