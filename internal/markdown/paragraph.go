package markdown

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	"regexp"
	"strconv"
	"strings"
)

// Paragraph is a piece of text that a discussion can be anchored to: a paragraph, or an item of a list. Its key comes from its words alone, so it stays
// the same when the paragraph moves and changes when it is rewritten.
type Paragraph struct {
	Key  string `json:"key"`
	Text string `json:"text"`
}

// keyring gives keys to paragraphs; the second of two equal paragraphs gets a number.
type keyring map[string]int

func (k keyring) key(words string) string {
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(strings.ToLower(words)), " ")))
	key := hex.EncodeToString(sum[:4])
	k[key]++
	if n := k[key]; n > 1 {
		return key + "-" + strconv.Itoa(n)
	}
	return key
}

// quotable finds a paragraph of rendered HTML that has a key: its tag, the key, its words, and what ends them, which in an item
// of a list may be a block within it.
var quotable = regexp.MustCompile(`(?s)<(p|li) data-q="([0-9a-f]{8}(?:-[0-9]+)?)">(.*?)(</p>|</li>|<(?:ul|ol|blockquote|pre|div|dl|table|h[2-6])\b|\z)`)

var (
	anyTag   = regexp.MustCompile(`<[^>]*>`)
	anySlot  = regexp.MustCompile(slotOpen + `(figure|local) ([a-z0-9_-]+)` + slotClose)
	slotOnly = regexp.MustCompile(`^\{\{local [a-z0-9_-]+\}\}$`)
)

// Paragraphs reads the paragraphs that can be discussed from rendered HTML, in their order. Slots stand in their words as
// in the source. A paragraph that is nothing but a local answer is none.
func Paragraphs(rendered string) []Paragraph {
	var list []Paragraph
	for _, m := range quotable.FindAllStringSubmatch(rendered, -1) {
		if words := plainOf(m[3]); words != "" && !slotOnly.MatchString(words) {
			list = append(list, Paragraph{Key: m[2], Text: words})
		}
	}
	return list
}

// Points are the paragraphs of a field that holds points, from the HTML that Inline made of each.
func Points(field string, rendered []string) []Paragraph {
	keys, list := keyring{}, make([]Paragraph, len(rendered))
	for i, point := range rendered {
		words := plainOf(point)
		list[i] = Paragraph{Key: keys.key(field + " " + words), Text: words}
	}
	return list
}

// plainOf are the words of a piece of rendered HTML, with its slots as in the source.
func plainOf(rendered string) string {
	words := anySlot.ReplaceAllString(anyTag.ReplaceAllString(strings.ReplaceAll(rendered, "<br />", " "), ""), "{{$1 $2}}")
	return strings.Join(strings.Fields(html.UnescapeString(words)), " ")
}

// ParagraphID is the anchor of a paragraph beside which something stands.
func ParagraphID(key string) string { return "p-" + key }

// calledOut is a callout, or the beginning of one that has a table.
var calledOut = regexp.MustCompile(`(?s)<div class="cp-callout[^>]*>.*?</div>`)

// Beside puts something behind paragraphs of rendered HTML, which get an anchor then: what put answers for the paragraph's
// key must be safe HTML, "" for nothing. It stands behind a callout and not in it: what is urgent stays short.
func Beside(rendered string, put func(key string) string) string {
	var b strings.Builder
	done := 0
	for _, at := range calledOut.FindAllStringIndex(rendered, -1) {
		b.WriteString(beside(rendered[done:at[0]], put))
		var behind strings.Builder
		b.WriteString(beside(rendered[at[0]:at[1]], func(key string) string { return take(&behind, put(key)) }))
		b.WriteString(behind.String())
		done = at[1]
	}
	b.WriteString(beside(rendered[done:], put))
	return b.String()
}

// onlyAnchor says that there is something, and that it stands elsewhere.
const onlyAnchor = "\x00"

// take keeps what belongs to a paragraph for later.
func take(later *strings.Builder, what string) string {
	if what == "" {
		return ""
	}
	later.WriteString(what)
	return onlyAnchor
}

func beside(rendered string, put func(key string) string) string {
	return quotable.ReplaceAllStringFunc(rendered, func(p string) string {
		m := quotable.FindStringSubmatch(p)
		tag, key, words, end := m[1], m[2], m[3], m[4]
		what := put(key)
		if what == "" {
			return p
		}
		what = strings.TrimPrefix(what, onlyAnchor)
		if tag == "li" {
			end, what = what+end, ""
		}
		return `<` + tag + ` id="` + ParagraphID(key) + `" data-q="` + key + `">` + words + end + what
	})
}

// blockEnd is where a block of rendered HTML ends.
var blockEnd = regexp.MustCompile(`</(?:p|li|h[1-6]|dt|dd|td|th|pre|div)>|<br />`)

// Words are the words of rendered HTML that has no slots, on one line.
func Words(rendered string) string {
	plain := anyTag.ReplaceAllString(blockEnd.ReplaceAllString(rendered, " "), "")
	return strings.Join(strings.Fields(html.UnescapeString(plain)), " ")
}
