package content_test

import (
	"regexp"
	"strings"
	"unicode"
)

// gradeOf is a rough Flesch-Kincaid grade of a Markdown body's prose: sentences of paragraphs and lists. Headings,
// tables, code and sentences of fewer than five words are left out, because short labels flatter the score.
func gradeOf(body string) float64 {
	for _, r := range notProse {
		body = r.from.ReplaceAllString(body, r.to)
	}
	sentences, words, syllables := 0, 0, 0
	for _, s := range sentencesOf(body) {
		own := word.FindAllString(s, -1)
		if len(own) < 5 {
			continue
		}
		sentences++
		words += len(own)
		for _, w := range own {
			syllables += syllablesOf(w)
		}
	}
	if sentences == 0 {
		return 0
	}
	return 0.39*float64(words)/float64(sentences) + 11.8*float64(syllables)/float64(words) - 15.59
}

var notProse = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile("(?s)```.*?```"), ""},
	{regexp.MustCompile(`(?m)^\|.*$`), ""},
	{regexp.MustCompile(`(?m)^#+ .*$`), ""},
	{regexp.MustCompile(`\{\{[^}]*\}\}`), ""},
	{regexp.MustCompile(`\[![A-Z]+\]`), ""},
	{regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`), "$1"},
	{regexp.MustCompile("[*_`>#]"), ""},
	{regexp.MustCompile(`(?m)^\s*(?:[-+]|\d+\.)\s+`), ""},
}

var word = regexp.MustCompile(`[A-Za-z][A-Za-z'’-]*`)

// sentencesOf cuts a text behind a stop, at an empty line, and where a line begins with a capital.
func sentencesOf(text string) []string {
	var all []string
	start := 0
	r := []rune(text)
	for i := 1; i < len(r); i++ {
		afterStop := unicode.IsSpace(r[i]) && strings.ContainsRune(".!?:", r[i-1])
		newLine := r[i-1] == '\n' && (r[i] == '\n' || unicode.IsUpper(r[i]))
		if afterStop || newLine {
			all = append(all, string(r[start:i]))
			start = i
		}
	}
	return append(all, string(r[start:]))
}

var (
	silentEnd = regexp.MustCompile(`(?:[^laeiouy]es|[^td]ed|[^laeiouy]e)$`)
	vowels    = regexp.MustCompile(`[aeiouy]{1,2}`)
)

func syllablesOf(w string) int {
	w = strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, strings.ToLower(w))
	if len(w) <= 3 {
		return min(len(w), 1)
	}
	w = strings.TrimPrefix(silentEnd.ReplaceAllString(w, ""), "y")
	return max(1, len(vowels.FindAllString(w, -1)))
}
