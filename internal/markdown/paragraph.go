package markdown

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	"regexp"
	"strconv"
	"strings"
)

// Paragraph is a piece of text that a discussion can be anchored to. Its key comes from its words alone, so it stays
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

// quotable finds a paragraph of rendered HTML that has a key.
var quotable = regexp.MustCompile(`(?s)<p data-q="([0-9a-f]{8}(?:-[0-9]+)?)">(.*?)</p>`)

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
		words := anySlot.ReplaceAllString(anyTag.ReplaceAllString(strings.ReplaceAll(m[2], "<br />", " "), ""), "{{$1 $2}}")
		words = strings.Join(strings.Fields(html.UnescapeString(words)), " ")
		if words != "" && !slotOnly.MatchString(words) {
			list = append(list, Paragraph{Key: m[1], Text: words})
		}
	}
	return list
}

// ParagraphID is the anchor of a paragraph beside which something stands.
func ParagraphID(key string) string { return "p-" + key }

// Beside puts something behind paragraphs of rendered HTML, which get an anchor then: what it answers for the paragraph's key
// must be safe HTML, "" for nothing.
func Beside(rendered string, put func(key string) string) string {
	return quotable.ReplaceAllStringFunc(rendered, func(p string) string {
		key := quotable.FindStringSubmatch(p)[1]
		beside := put(key)
		if beside == "" {
			return p
		}
		return `<p id="` + ParagraphID(key) + `"` + strings.TrimPrefix(p, "<p") + beside
	})
}

// blockEnd is where a block of rendered HTML ends.
var blockEnd = regexp.MustCompile(`</(?:p|li|h[1-6]|dt|dd|td|th|pre|div)>|<br />`)

// Words are the words of rendered HTML that has no slots, on one line.
func Words(rendered string) string {
	plain := anyTag.ReplaceAllString(blockEnd.ReplaceAllString(rendered, " "), "")
	return strings.Join(strings.Fields(html.UnescapeString(plain)), " ")
}
