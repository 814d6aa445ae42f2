package site

import (
	"regexp"
	"strings"

	"commonplace/internal/member"

	"golang.org/x/net/html"
)

// callable makes the numbers of helplines in a page's text ones that a phone calls when they are tapped. Writers type the
// number as people read it; numbers that the hub does not know stay words, for nobody checked them.
func callable(text string, lines []*member.Helpline) string {
	numbers, tels := numbersOf(lines)
	if numbers == nil || !numbers.MatchString(text) {
		return text
	}
	var b strings.Builder
	inLink := 0
	for z := html.NewTokenizer(strings.NewReader(text)); z.Next() != html.ErrorToken; {
		raw := string(z.Raw())
		switch token := z.Token(); {
		case token.Type == html.TextToken && inLink == 0:
			raw = numbers.ReplaceAllStringFunc(raw, func(found string) string {
				at := strings.IndexAny(found, "0123456789")
				n := found[at:]
				if len(n) <= 3 && at == 0 && strings.TrimSpace(raw) != n { // "999" may count something
					return found
				}
				return found[:at] + `<a href="tel:` + tels[strings.ReplaceAll(n, " ", "")] + `">` + n + `</a>`
			})
		case token.Type == html.StartTagToken && token.Data == "a":
			inLink++
		case token.Type == html.EndTagToken && token.Data == "a":
			inLink--
		}
		b.WriteString(raw)
	}
	return b.String()
}

// dialled is a number as phones take it: people write it with spaces.
func dialled(number string) string {
	return strings.Map(func(r rune) rune {
		if r == '+' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, number)
}

// numbersOf are a pattern of the numbers, short ones with the word before that says to call them, and what to dial.
func numbersOf(lines []*member.Helpline) (*regexp.Regexp, map[string]string) {
	tels, ways := map[string]string{}, []string{}
	for _, l := range lines {
		n := l.Number()
		if n == "" || l.Tel() == "" {
			continue
		}
		tels[strings.ReplaceAll(n, " ", "")] = l.Tel()
		ways = append(ways, strings.ReplaceAll(regexp.QuoteMeta(n), " ", " ?"))
	}
	if len(ways) == 0 {
		return nil, nil
	}
	return regexp.MustCompile(`(?:\b(?i:call|ring|dial|phone) (?:NHS )?)?\b(?:` + strings.Join(ways, "|") + `)\b`), tels
}
