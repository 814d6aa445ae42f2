package site

import (
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// dateHTML writes a day; dates of documents have no time of day and no zone.
func dateHTML(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`, t.Format(time.DateOnly), day(t)))
}

// dayHTML writes a day that a document gives in words of its own; what is no date stays as it is.
func dayHTML(said any) template.HTML {
	text := fmt.Sprint(said)
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return dateHTML(t)
	}
	return template.HTML(template.HTMLEscapeString(text))
}

func day(t time.Time) string { return t.Format("2 January 2006") }

// momentHTML writes a moment in the time of the hub's readers.
func momentHTML(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	l := t.In(london)
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s, %s</time>`, t.UTC().Format(time.RFC3339), day(l), clock(l)))
}

// momentText is the same in plain words.
func momentText(t time.Time) string { return day(t.In(london)) + ", " + clock(t.In(london)) }

// clock writes a time of day the way public services do: 9:42am, 4pm.
func clock(t time.Time) string {
	if t.Minute() == 0 {
		return t.Format("3pm")
	}
	return t.Format("3:04pm")
}

// counted writes a number with its noun: "1 reply", "3 replies".
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

var webAddress = regexp.MustCompile(`https?://[^\s<>"]*[^\s<>".,;:)]`)

// linked is plain text as HTML, with addresses that lead somewhere.
func linked(text string) template.HTML {
	return template.HTML(webAddress.ReplaceAllString(template.HTMLEscapeString(text), `<a href="$0" rel="nofollow">$0</a>`))
}

func upperFirst(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}

// host is the name of the site that an address leads to, for source lines.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Host, "www.")
}
