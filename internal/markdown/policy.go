package markdown

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

// ownFile is the address of a file of this site, which no ".." leads out of.
var ownFile = regexp.MustCompile(`^/files/[A-Za-z0-9_-]+(?:[./][A-Za-z0-9_-]+)*$`)

// policy is the second wall: it lets through what the renderer above emits, and nothing else. Whoever adds an element
// to the renderer adds it here, with the values it may have.
var policy = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "code",
		"strong", "em", "del", "sup", "br", "hr", "table", "thead", "tbody", "tr", "th", "td", "div", "span", "section", "a", "img")

	id := regexp.MustCompile(`^[a-z0-9]+(?:[-:][a-z0-9]+)*$`)
	p.AllowAttrs("id").Matching(id).OnElements("h2", "h3", "h4", "h5", "h6", "li", "sup")
	p.AllowAttrs("data-q").Matching(regexp.MustCompile(`^[0-9a-f]{8}(?:-[0-9]+)?$`)).OnElements("p", "li")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowAttrs("scope").Matching(regexp.MustCompile(`^col$`)).OnElements("th")

	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(?:cp-callout cp-callout--(?:note|tip|important|warning|urgent)|cp-table|footnotes)$`)).OnElements("div")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^cp-callout__title$`)).OnElements("p")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(?:cp-task|nhsuk-u-visually-hidden)$`)).OnElements("span")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[A-Za-z0-9+#.-]{1,30}$`)).OnElements("code")
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^(?:region|doc-endnotes)$`)).OnElements("div")
	p.AllowAttrs("tabindex").Matching(regexp.MustCompile(`^0$`)).OnElements("div")
	p.AllowAttrs("aria-label").OnElements("div")

	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("title").OnElements("a", "img")
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^nofollow noopener noreferrer ugc$`)).OnElements("a")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^footnote-(?:ref|backref)$`)).OnElements("a")
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^doc-(?:noteref|backlink)$`)).OnElements("a")
	p.AllowAttrs("src").Matching(ownFile).OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
	return p
}()
