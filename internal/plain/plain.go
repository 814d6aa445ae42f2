// Package plain reads English as a tired reader would: how long the sentences are, how hard the words, and which
// sentence to mend first. It is an instrument, and what it says is a hint: a formula knows nothing of sense.
//
// The lists beside it are ours: hard.txt has words with an easier offer, short.txt abbreviations, syllables.txt words
// that the rule for syllables gets wrong. Passive voice is not counted: it is often right.
package plain

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// LongSentence is the most words that a sentence should have.
const LongSentence = 20

// fewest is how many words make a sentence: shorter ones are labels, headings and cells, which flatter every score.
const fewest = 5

// Report is what a text is like to read.
type Report struct {
	Note      string // why there is nothing else in the report
	Words     int    // in sentences
	Syllables int
	Grade     float64    // of school in the United States
	Age       int        // of a reader who can follow: the grade and 5, at least 5
	Sentences []Sentence // the worst first
	Hard      []Hard     // as they stand in the text, headings and cells too
}

// Sentence is one sentence of five words or more: text[Start:End].
type Sentence struct {
	Text             string
	Start, End       int // bytes
	Words, Syllables int
	Grade            float64
	Hard             []Hard
}

// Long says whether the sentence has more words than it should.
func (s Sentence) Long() bool { return s.Words > LongSentence }

// Hard is a word or a few at text[Start:End] that could be easier. An abbreviation is one that the text does not
// explain; its offer is what it stands for, and empty where the list does not know it.
type Hard struct {
	Text, Offer  string
	Start, End   int // bytes
	Abbreviation bool
}

// Read reports on the plain text of a page, in which each line is a block: a paragraph, an item, a heading, a cell.
// language is a tag such as "en-GB"; none means English, and any other language gets a report that says so.
func Read(text, language string) Report {
	if tag, _, _ := strings.Cut(strings.ToLower(language), "-"); tag != "" && tag != "en" {
		return Report{Note: "Only English can be checked. This text is in another language."}
	}
	var r Report
	explained, said := explanations(text), map[string]int{}
	start := 0
	for line := range strings.SplitAfterSeq(text, "\n") {
		words := wordsOf(line, start)
		abbreviate := strings.ContainsFunc(line, func(c rune) bool { return 'a' <= c && c <= 'z' })
		for from := 0; from < len(words); {
			to := sentenceEnd(words, from)
			own := words[from:to]
			hard := easier(text, own)
			if abbreviate {
				hard = append(hard, explained.missing(text, own)...)
				slices.SortStableFunc(hard, func(a, b Hard) int { return cmp.Compare(a.Start, b.Start) })
			}
			r.Hard = append(r.Hard, hard...)
			if len(own) >= fewest {
				r.add(text, own, hard, said)
			}
			from = to
		}
		start += len(line)
	}
	r.Grade = grade(r.Words, len(r.Sentences), r.Syllables)
	r.Age = max(5, 5+int(math.Round(r.Grade)))
	slices.SortStableFunc(r.Sentences, func(a, b Sentence) int { return cmp.Compare(b.Grade, a.Grade) })
	if len(r.Sentences) == 0 {
		r.Note, r.Age = "There is no whole sentence to check yet.", 0
	}
	return r
}

// add counts a sentence. said keeps the syllables of words that came before: most come again.
func (r *Report) add(text string, own []word, hard []Hard, said map[string]int) {
	s := Sentence{Start: own[0].from, End: own[len(own)-1].end, Words: len(own), Hard: hard}
	s.Text = text[s.Start:s.End]
	for _, w := range own {
		n, ok := said[w.text]
		if !ok {
			n = w.syllables()
			said[w.text] = n
		}
		s.Syllables += n
	}
	s.Grade = grade(s.Words, 1, s.Syllables)
	r.Words += s.Words
	r.Syllables += s.Syllables
	r.Sentences = append(r.Sentences, s)
}

// grade is the Flesch-Kincaid grade level: J. P. Kincaid, R. P. Fishburne, R. L. Rogers and B. S. Chissom, "Derivation of
// new readability formulas (Automated Readability Index, Fog Count and Flesch Reading Ease Formula) for Navy enlisted
// personnel", Research Branch Report 8-75, Chief of Naval Technical Training, 1975. A pupil enters grade g at g + 5 years.
func grade(words, sentences, syllables int) float64 {
	if words == 0 || sentences == 0 {
		return 0
	}
	return 0.39*float64(words)/float64(sentences) + 11.8*float64(syllables)/float64(words) - 15.59
}
