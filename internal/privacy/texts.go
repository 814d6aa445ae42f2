package privacy

import (
	"encoding/json"
	"strings"
)

// The front matter that has no column of its own is kept as JSON, in which a text may stand at any depth and is written with
// signs of its own. It is looked through text by text, and all that is not changed keeps its very bytes.

// textsIn lists the texts of a JSON value in their order: keys, texts, and numbers as they are written.
func textsIn(raw string) []string {
	var all []string
	for _, at := range tokensIn(raw) {
		all = append(all, textOf(raw[at.from:at.to]))
	}
	return all
}

// withText puts another text in the place of one.
func withText(raw string, n int, text string) string {
	tokens := tokensIn(raw)
	if n >= len(tokens) {
		return raw
	}
	var written strings.Builder
	to := json.NewEncoder(&written)
	to.SetEscapeHTML(false)
	if to.Encode(text) != nil {
		return raw
	}
	return raw[:tokens[n].from] + strings.TrimSpace(written.String()) + raw[tokens[n].to:]
}

type token struct{ from, to int }

// tokensIn finds the texts and numbers of a JSON value.
func tokensIn(raw string) []token {
	var all []token
	for i := 0; i < len(raw); i++ {
		from := i
		switch c := raw[i]; {
		case c == '"':
			for i++; i < len(raw) && raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
			all = append(all, token{from, min(i+1, len(raw))})
		case c >= '0' && c <= '9':
			for i < len(raw) && strings.IndexByte("0123456789.+-eE", raw[i]) >= 0 {
				i++
			}
			all = append(all, token{from, i})
			i--
		}
	}
	return all
}

func textOf(literal string) string {
	var text string
	if !strings.HasPrefix(literal, `"`) || json.Unmarshal([]byte(literal), &text) != nil {
		return literal
	}
	return text
}
