package intake

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"commonplace/internal/markdown"
)

// convert makes a file written for some other program into a title, a summary and a body that the hub can show. What
// has no counterpart is left out by name, in the report.
func (p *piece) convert() {
	p.old = oldAddresses(p.front)
	body := p.shortcodes(p.body)
	body = p.rawHTML(body)
	p.finish(withoutMarkers(body))
}

// finish gives a body in Markdown its title, language and summary, and leaves of the front matter what may stay.
func (p *piece) finish(body string) {
	p.title(&body)
	p.Language = languageOf(p.front, p.Title+"\n"+body)
	kept := map[string]any{}
	for k, v := range p.front {
		if !reserved[k] {
			kept[k] = v
		}
	}
	kept["title"] = p.Title
	if day := dateOf(p.front); day != "" {
		kept["published"] = day
	}
	from, summary, whole := p.summary()
	if summary != "" {
		kept["summary"] = summary
		if whole != "" {
			body = whole + "\n\n" + body
		}
	}
	p.leftOut("title", from)
	p.front, p.body = kept, strings.TrimLeft(body, "\n")
}

// leftOut reports the reserved fields that were not used.
func (p *piece) leftOut(used ...string) {
	var left []string
	for _, k := range slices.Sorted(maps.Keys(p.front)) {
		v := oneLine(fmt.Sprint(p.front[k]))
		empty := p.front[k] == nil || v == "" || v == "[]"
		if !reserved[k] || empty || slices.Contains(used, k) || strings.EqualFold(v, p.Language) {
			continue
		}
		if r := []rune(v); len(r) > longestShown {
			v = string(r[:longestShown]) + " …"
		}
		left = append(left, k+": "+v)
	}
	if len(left) > 0 {
		p.Problems = append(p.Problems, fmt.Sprintf("Fields that mean something else here were left out (%d): %s", len(left), strings.Join(left, "; ")))
	}
}

// longestShown is how much of a field a report repeats.
const longestShown = 80

// reserved are fields whose names mean something else here, or that only the hub's own files may set.
var reserved = func() map[string]bool {
	m := map[string]bool{}
	for _, k := range strings.Fields(`id type schema state space title summary description excerpt lang language audience topics
		places programmes organisation chapter order evidence published last_reviewed review_due challenge action result goals
		urgent country contact_role owner_role involvement_grade tried_stopped cautions sources figures related next_step
		partners period award also see fields updates population system_type record slug term short`) {
		m[k] = true
	}
	return m
}()

var (
	firstHeading = regexp.MustCompile(`(?m)^(?:#[ \t]+(.+?)[ \t]*#*[ \t]*|([^\s#>|*+-][^\n]*)\n=+[ \t]*)$`)
	anyHeading   = regexp.MustCompile(`(?m)^#{2,6}[ \t]+(.+?)[ \t]*#*[ \t]*$`)
)

const longestTitle = 300

// title takes the title from the front matter, else from the first heading, else from the file's name. A first heading
// that says the same as the title goes from the body, because the page shows the title itself.
func (p *piece) title(body *string) {
	title, _ := p.front["title"].(string)
	if n, ok := p.front["title"]; ok && title == "" && n != nil {
		title = fmt.Sprint(n)
	}
	if p.foreign { // what a person wrote in another program is no Markdown
		title = oneLine(title)
	} else {
		title = wordsOnly(title)
	}
	if m := firstHeading.FindStringSubmatchIndex(*body); m != nil && strings.TrimSpace((*body)[:m[0]]) == "" {
		heading := wordsOnly(firstHeading.FindStringSubmatch(*body)[1] + firstHeading.FindStringSubmatch(*body)[2])
		if title == "" || strings.EqualFold(title, heading) {
			if title == "" {
				p.Problems = append(p.Problems, "There is no title in the front matter. The first heading became the title.")
				title = heading
			}
			*body = (*body)[m[1]:]
		}
	}
	if title == "" {
		for _, re := range []*regexp.Regexp{firstHeading, anyHeading} {
			if m := re.FindStringSubmatch(*body); m != nil && title == "" {
				title = wordsOnly(strings.Join(m[1:], ""))
				p.Problems = append(p.Problems, "There is no title in the front matter. The first heading became the title.")
			}
		}
	}
	if title == "" {
		title = titleOfName(p.Path)
		p.Problems = append(p.Problems, "There is no title. The file's name became the title.")
	}
	if r := []rune(title); len(r) > longestTitle {
		*body = "**" + title + "**\n\n" + *body
		title = strings.TrimSpace(string(r[:longestTitle-2])) + " …"
		p.Problems = append(p.Problems, fmt.Sprintf("The title is longer than %d characters. It was shortened; the whole of it stands at the head of the text.", longestTitle))
	}
	p.Title = title
}

// wordsOnly takes the marks and tags out of a heading.
func wordsOnly(s string) string {
	s = headingAttributes.ReplaceAllString(strings.TrimSpace(s), "")
	if s == "" {
		return ""
	}
	if strings.ContainsAny(s, "<") {
		s = anyTag.ReplaceAllString(s, "")
	}
	page, err := markdown.Render("# "+strings.Join(strings.Fields(s), " "), markdown.Options{})
	if err != nil || page.Plain == "" {
		return strings.Join(strings.Fields(s), " ")
	}
	return strings.Join(strings.Fields(page.Plain), " ")
}

var (
	anyTag            = regexp.MustCompile(`</?[A-Za-z][^<>]*>`)
	headingAttributes = regexp.MustCompile(`[ \t]*\{:?\s*[#.][^}\n]*\}[ \t]*$`)
	attributeLine     = regexp.MustCompile(`(?m)^[ \t]*\{:[^}\n]*\}[ \t]*$\n?`)
	attributeTail     = regexp.MustCompile(`(?m)^(#{1,6}[ \t].*?)[ \t]*\{:?\s*[#.][^}\n]*\}[ \t]*$`)
	attributeInline   = regexp.MustCompile(`([)\]*_])\{:[^}\n]*\}`)
)

// withoutMarkers takes out the attribute lists that other dialects put behind headings and paragraphs.
func withoutMarkers(body string) string {
	return outsideCode(body, func(s string) string {
		s = attributeLine.ReplaceAllString(s, "")
		s = attributeTail.ReplaceAllString(s, "$1")
		return attributeInline.ReplaceAllString(s, "$1")
	})
}

// titleOfName makes "our-approach.md" into "Our approach"; an index is called like its folder.
func titleOfName(name string) string {
	parts := strings.Split(name, "/")
	base := parts[len(parts)-1]
	if ending := strings.ToLower(path.Ext(base)); isMarkdown(base) || isForeign(ending) {
		base = base[:len(base)-len(ending)]
	}
	if l := strings.ToLower(base); len(parts) > 1 && (l == "index" || l == "_index" || l == "readme") {
		base = parts[len(parts)-2]
	}
	words := strings.Join(strings.FieldsFunc(base, func(r rune) bool { return r == '-' || r == '_' || unicode.IsSpace(r) }), " ")
	if words == "" {
		return name
	}
	r := []rune(words)
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}

const longestSummary = 200

// summary takes the summary from the fields that other programs use for it. One that is too long is shortened at a
// word, and the whole of it comes back too. From is the field it was.
func (p *piece) summary() (from, summary, whole string) {
	for _, k := range []string{"summary", "description", "excerpt", "subtitle", "lead"} {
		s, ok := p.front[k].(string)
		if s = wordsOnly(strings.Join(strings.Fields(s), " ")); !ok || s == "" {
			continue
		}
		r := []rune(s)
		if len(r) <= longestSummary {
			return k, s, ""
		}
		short := string(r[:longestSummary-2])
		if i := strings.LastIndexByte(short, ' '); i > longestSummary/2 {
			short = short[:i]
		}
		p.Problems = append(p.Problems, fmt.Sprintf("The summary is longer than %d characters. It was shortened; the whole of it stands at the head of the text.", longestSummary))
		return k, short + " …", s
	}
	return "", "", ""
}

// dateOf is the day on which the page says it was published, "" when it says none or one to come.
func dateOf(front map[string]any) string {
	s := fmt.Sprint(front["date"])
	if len(s) < len(time.DateOnly) {
		return ""
	}
	t, err := time.Parse(time.DateOnly, s[:len(time.DateOnly)])
	if err != nil || t.After(time.Now()) || t.Year() < 1990 {
		return ""
	}
	return t.Format(time.DateOnly)
}

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// languageOf is what the page says, else what its letters say: English when they are Latin.
func languageOf(front map[string]any, text string) string {
	for _, k := range []string{"lang", "language", "locale"} {
		if s, ok := front[k].(string); ok && languageTag.MatchString(s) {
			return strings.ToLower(s)
		}
	}
	counts := map[string]int{}
	letters := 0
	for _, r := range text {
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		for _, s := range scripts {
			if unicode.Is(s.table, r) {
				counts[s.language]++
				break
			}
		}
	}
	if counts["ja"] > 0 && (counts["ja"]+counts["zh"])*3 > letters {
		return "ja"
	}
	for language, n := range counts {
		if n*2 > letters {
			return language
		}
	}
	return ""
}

var scripts = []struct {
	table    *unicode.RangeTable
	language string
}{
	{unicode.Hiragana, "ja"}, {unicode.Katakana, "ja"}, {unicode.Han, "zh"}, {unicode.Hangul, "ko"}, {unicode.Arabic, "ar"},
	{unicode.Hebrew, "he"}, {unicode.Cyrillic, "ru"}, {unicode.Greek, "el"}, {unicode.Devanagari, "hi"}, {unicode.Bengali, "bn"}, {unicode.Tamil, "ta"},
}

var picture = regexp.MustCompile(`!\[[^\]]*\]\(\s*<?([^)\s>]+)`)

// leftPictures reports those that do not come in: pictures from elsewhere are shown as links, and others are not there.
func (p *piece) leftPictures() {
	seen := map[string]bool{}
	for _, w := range p.media {
		seen[w.called] = true
	}
	var names []string
	for _, m := range picture.FindAllStringSubmatch(p.body, -1) {
		if !seen[m[1]] {
			seen[m[1]] = true
			names = append(names, m[1])
		}
	}
	if len(names) > 0 {
		p.Problems = append(p.Problems, "Pictures do not come in; their descriptions do: "+strings.Join(names, "; "))
	}
}

// replace is a regular expression's ReplaceAllStringFunc that leaves what begins within a span of code alone.
func replace(re *regexp.Regexp, s string, f func(string) string) string {
	spans := codeSpans(s)
	var out strings.Builder
	from := 0
	for _, m := range re.FindAllStringIndex(s, -1) {
		for len(spans) > 0 && spans[0][1] <= m[0] {
			spans = spans[1:]
		}
		if len(spans) > 0 && spans[0][0] <= m[0] {
			continue
		}
		out.WriteString(s[from:m[0]] + f(s[m[0]:m[1]]))
		from = m[1]
	}
	return out.String() + s[from:]
}

// codeSpans finds the code within lines: what stands between two runs of equally many backticks in a paragraph.
func codeSpans(s string) (spans [][2]int) {
	runs := backticks.FindAllStringIndex(s, -1)
	for i := 0; i < len(runs); i++ {
		open := runs[i]
		for j := i + 1; j < len(runs); j++ {
			if strings.Contains(s[open[1]:runs[j][0]], "\n\n") {
				break
			}
			if runs[j][1]-runs[j][0] == open[1]-open[0] {
				spans = append(spans, [2]int{open[0], runs[j][1]})
				i = j
				break
			}
		}
	}
	return spans
}

var backticks = regexp.MustCompile("`+")

// outsideCode applies f to the parts of a text that are not fenced code.
func outsideCode(body string, f func(string) string) string {
	var out strings.Builder
	var prose []string
	fence := ""
	flush := func() {
		if len(prose) > 0 {
			out.WriteString(f(strings.Join(prose, "")))
			prose = nil
		}
	}
	for line := range strings.Lines(body) {
		trimmed := strings.TrimLeft(line, " \t")
		mark := fenceOf(trimmed)
		switch {
		case fence == "" && mark != "":
			flush()
			fence = mark
			out.WriteString(line)
		case fence != "":
			out.WriteString(line)
			if mark != "" && mark[0] == fence[0] && len(mark) >= len(fence) && strings.Trim(trimmed, mark[:1]+" \t\n") == "" {
				fence = ""
			}
		default:
			prose = append(prose, line)
		}
	}
	flush()
	return out.String()
}

func fenceOf(line string) string {
	for _, c := range []string{"`", "~"} {
		if rest := strings.TrimLeft(line, c); len(line)-len(rest) >= 3 {
			return line[:len(line)-len(rest)]
		}
	}
	return ""
}
