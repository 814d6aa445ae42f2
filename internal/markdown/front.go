package markdown

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// maxFront is the most front matter that is read.
const maxFront = 128 << 10

// Split takes a file apart into its front matter, without the lines of hyphens, and its body. Line ends become "\n" and
// bytes that are not UTF-8 become the replacement character; a file without front matter has an empty one.
func Split(file []byte) (front, body string) {
	s := string(bytes.TrimPrefix(file, []byte("\uFEFF")))
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	s = strings.ReplaceAll(s, "\x00", "")
	rest, ok := strings.CutPrefix(s, "---\n")
	if !ok {
		return "", s
	}
	if strings.HasPrefix(rest, "---\n") || rest == "---" {
		return "", strings.TrimPrefix(rest[3:], "\n")
	}
	for _, end := range []string{"\n---\n", "\n...\n"} {
		if front, body, ok := strings.Cut(rest, end); ok {
			return front, body
		}
	}
	if front, ok := strings.CutSuffix(rest, "\n---"); ok {
		return front, ""
	}
	return "", s
}

// Problem is something in front matter that could not be read as it stands.
type Problem struct {
	Line int    // 1 is the first line of the front matter
	Text string // what is wrong, in a few words
	Raw  string // the lines that were left out, "" when nothing was
}

func (p Problem) String() string {
	return fmt.Sprintf("front matter, line %d: %s", p.Line, p.Text)
}

// Front reads front matter. What is wrong with it comes back as problems and never stops the rest from being read: a
// key that stands twice keeps its last value, and lines that are no YAML are left out one entry at a time.
func Front(front string) (map[string]any, []Problem) {
	fields := map[string]any{}
	if strings.TrimSpace(front) == "" {
		return fields, nil
	}
	if len(front) > maxFront {
		return fields, []Problem{{Line: 1, Text: fmt.Sprintf("longer than %d KiB", maxFront>>10), Raw: front}}
	}
	if line := aliasIn(front); line > 0 {
		return byEntry(front, Problem{Line: line, Text: "references (& and *) are not read"})
	}
	err := yaml.Unmarshal([]byte(front), &fields)
	if err == nil {
		return fields, nil
	}
	first := problemOf(err)
	fields = map[string]any{}
	if yaml.UnmarshalWithOptions([]byte(front), &fields, yaml.AllowDuplicateMapKey()) == nil {
		return fields, []Problem{first}
	}
	return byEntry(front, first)
}

// byEntry reads each top-level entry by itself and leaves out those that cannot be read.
func byEntry(front string, first Problem) (map[string]any, []Problem) {
	fields, problems := map[string]any{}, []Problem{first}
	var entry []string
	start := 1
	flush := func(next int) {
		raw := strings.Join(entry, "\n")
		if strings.TrimSpace(raw) != "" {
			one := map[string]any{}
			if aliasIn(raw) > 0 || yaml.Unmarshal([]byte(raw), &one) != nil {
				problems = append(problems, Problem{Line: start, Text: "left out, because it is not readable", Raw: raw})
			}
			for k, v := range one {
				fields[k] = v
			}
		}
		entry, start = nil, next
	}
	for i, line := range strings.Split(front, "\n") {
		if len(entry) > 0 && line != "" && line[0] != ' ' && line[0] != '\t' && line[0] != '-' && line[0] != '#' {
			flush(i + 1)
		}
		entry = append(entry, line)
	}
	flush(0)
	return fields, problems
}

// aliasIn is the line of the first anchor or alias, 0 when there is none: they can make a small file huge.
func aliasIn(src string) int {
	for _, t := range lexer.Tokenize(src) {
		if t.Type == token.AliasType || t.Type == token.AnchorType || t.Type == token.MergeKeyType {
			return t.Position.Line
		}
	}
	return 0
}

// problemOf turns the library's error into one line with its place.
func problemOf(err error) Problem {
	var line, column int
	text := strings.SplitN(err.Error(), "\n", 2)[0]
	if n, _ := fmt.Sscanf(text, "[%d:%d]", &line, &column); n == 2 {
		_, text, _ = strings.Cut(text, "] ")
	}
	return Problem{Line: max(line, 1), Text: text}
}

// YAML reads one of the hub's own files into v; unknown keys are an error.
func YAML(src []byte, v any) error {
	return yaml.UnmarshalWithOptions(src, v, yaml.DisallowUnknownField())
}

// Pair is one entry of front matter; entries are written in their order.
type Pair struct {
	Key   string
	Value any
}

// WriteFront writes entries as YAML, without the lines of hyphens around them.
func WriteFront(pairs []Pair) (string, error) {
	items := make(yaml.MapSlice, len(pairs))
	for i, p := range pairs {
		items[i] = yaml.MapItem{Key: p.Key, Value: p.Value}
	}
	raw, err := yaml.MarshalWithOptions(items, yaml.UseJSONMarshaler(), yaml.IndentSequence(true))
	return string(raw), err
}

// Ordered reads a JSON object without losing the order of its keys, at any depth.
func Ordered(object []byte) ([]Pair, error) {
	var items yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(object, &items, yaml.UseOrderedMap()); err != nil {
		return nil, err
	}
	pairs := make([]Pair, len(items))
	for i, it := range items {
		pairs[i] = Pair{Key: fmt.Sprint(it.Key), Value: it.Value}
	}
	return pairs, nil
}
