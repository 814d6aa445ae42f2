package intake

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	comment   = regexp.MustCompile(`(?s)\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}`)
	shortcode = regexp.MustCompile(`(?s)\{%.*?%\}|\{\{[<%].*?[>%]\}\}`)
	expansion = regexp.MustCompile(`\{\{[^{}\n]*\}\}`)
	aboutLink = regexp.MustCompile(`\{%-?\s*(?:link|post_url)\s+([^\s%]+)\s*-?%\}`)
	pageLink  = regexp.MustCompile(`\{%-?\s*page\s+"([^"]+)"[^%]*%\}`)
	videoCode = regexp.MustCompile(`\{\{<\s*(youtube|vimeo)\s+"?([A-Za-z0-9_-]+)"?[^>]*>\}\}`)
)

// shortcodes takes out what other programs fill in when they build a site. What stands between an opening and a closing
// one stays; what cannot be known here is reported, word for word.
func (p *piece) shortcodes(body string) string {
	var left []string
	body = outsideCode(body, func(s string) string {
		leave := func(m string) string { left = append(left, m); return "" }
		s = replace(comment, s, leave)
		s = aboutLink.ReplaceAllString(s, "$1")
		s = pageLink.ReplaceAllString(s, "$1")
		s = replace(videoCode, s, func(m string) string {
			v := videoCode.FindStringSubmatch(m)
			address := "https://www.youtube.com/watch?v=" + v[2]
			if v[1] == "vimeo" {
				address = "https://vimeo.com/" + v[2]
			}
			return "[Video](" + address + ")"
		})
		return replace(expansion, replace(shortcode, s, leave), leave)
	})
	if len(left) > 0 {
		for i := range left {
			left[i] = oneLine(left[i])
		}
		p.Problems = append(p.Problems, fmt.Sprintf("Left out, because another program fills it in (%d): %s", len(left), strings.Join(left, "; ")))
	}
	return body
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
