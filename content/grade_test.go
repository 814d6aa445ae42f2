package content_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
)

// The handbook's bar was set with a rough measure of its own, which reads the Markdown as it is typed and counts a little
// higher than plain does: carers' pages have a median grade of 5 at most and none over 7, professionals' pages 9 at most.
func TestHandbookGrades(t *testing.T) {
	var carers []float64
	for _, f := range files(t) {
		if f.kind != library.Handbook {
			continue
		}
		g, most := proseGrade(f.raw), 9.0
		if f.forCarers() {
			carers, most = append(carers, g), 7
		}
		if g > most {
			t.Errorf("%s: grade %.1f, and %.0f is the most", f.path, g, most)
		}
	}
	slices.Sort(carers)
	if median := carers[len(carers)/2]; median > 5 {
		t.Errorf("the median grade of %d carers' pages is %.1f, and 5 is the most", len(carers), median)
	} else {
		t.Logf("the median grade of %d carers' pages is %.1f, the highest %.1f", len(carers), median, carers[len(carers)-1])
	}
}

var (
	notProse = regexp.MustCompile("(?ms)^```.*?^```|^\\|[^\n]*$|^#+ [^\n]*$")
	linkText = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	marks    = regexp.MustCompile("[*_`>#]")
	points   = regexp.MustCompile(`(?m)^\s*(?:[-+]|\d+\.)\s+`)
	sentence = regexp.MustCompile(`([.!?:])\s+|\n\n+|\n([A-Z])`)
	aWord    = regexp.MustCompile(`[A-Za-z][A-Za-z'’-]*`)
	silent   = regexp.MustCompile(`(?:[^laeiouy]es|[^td]ed|[^laeiouy]e)$`)
	vowels   = regexp.MustCompile(`[aeiouy]{1,2}`)
	noLetter = regexp.MustCompile(`[^a-z]`)
)

// proseGrade is the Flesch-Kincaid grade of the sentences of five words or more: short labels would flatter it.
func proseGrade(file string) float64 {
	_, body := markdown.Split([]byte(file))
	text := marks.ReplaceAllString(linkText.ReplaceAllString(notProse.ReplaceAllString(body, ""), "$1"), "")
	text = points.ReplaceAllString(text, "")
	sentences, words, syllables := 0., 0., 0.
	for s := range strings.SplitSeq(sentence.ReplaceAllString(text, "${1}\x00${2}"), "\x00") {
		all := aWord.FindAllString(s, -1)
		if len(all) < 5 {
			continue
		}
		sentences++
		words += float64(len(all))
		for _, w := range all {
			syllables += float64(roughSyllables(w))
		}
	}
	return 0.39*words/sentences + 11.8*syllables/words - 15.59
}

func roughSyllables(w string) int {
	w = noLetter.ReplaceAllString(strings.ToLower(w), "")
	if len(w) <= 3 {
		return min(len(w), 1)
	}
	return max(1, len(vowels.FindAllString(strings.TrimPrefix(silent.ReplaceAllString(w, ""), "y"), -1)))
}
