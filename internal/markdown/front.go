package markdown

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Limits of the front matter that is read: its bytes, its words and marks, and how deep it is nested. The YAML library
// takes time with the square of the last two.
const (
	maxFront  = 128 << 10
	maxTokens = 20_000
	maxNested = 20
)

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
	tokens := lexer.Tokenize(front)
	if len(tokens) > maxTokens {
		return fields, []Problem{{Line: 1, Text: fmt.Sprintf("more than %d words and marks", maxTokens), Raw: front}}
	}
	if p, bad := unread(tokens); bad {
		return byEntry(front, p)
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
			if _, bad := unread(lexer.Tokenize(raw)); bad || yaml.Unmarshal([]byte(raw), &one) != nil {
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

// unread finds what is not read because it can make a small file huge or slow: anchors and aliases, and what is nested
// deeper than anybody writes.
func unread(tokens token.Tokens) (Problem, bool) {
	nested, marks, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			marks, line = 0, t.Position.Line
		}
		switch t.Type {
		case token.AliasType, token.AnchorType, token.MergeKeyType:
			return Problem{Line: line, Text: "references (& and *) are not read"}, true
		case token.SequenceStartType, token.MappingStartType:
			nested++
		case token.SequenceEndType, token.MappingEndType:
			nested--
		case token.SequenceEntryType, token.MappingKeyType:
			marks++
		}
		if max(nested, marks) > maxNested {
			return Problem{Line: line, Text: fmt.Sprintf("nested more than %d deep", maxNested)}, true
		}
	}
	return Problem{}, false
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
		items[i] = yaml.MapItem{Key: p.Key, Value: lossless(p.Value)}
	}
	raw, err := yaml.MarshalWithOptions(items, yaml.UseJSONMarshaler(), yaml.IndentSequence(true))
	return string(raw), err
}

// lossless puts in quotation marks, at any depth, the strings that the library writes in a way that does not come back:
// it loses tabs and returns, and reads ".inf" as a number and "? a" as a key.
func lossless(v any) any {
	switch v := v.(type) {
	case string:
		if !comesBack(v) {
			return quoted(v)
		}
	case []string:
		return each(v)
	case []any:
		return each(v)
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = lossless(e)
		}
		return m
	case yaml.MapSlice:
		m := make(yaml.MapSlice, len(v))
		for i, it := range v {
			m[i] = yaml.MapItem{Key: it.Key, Value: lossless(it.Value)}
		}
		return m
	}
	return v
}

func each[T any](list []T) []any {
	all := make([]any, len(list))
	for i, e := range list {
		all[i] = lossless(e)
	}
	return all
}

func comesBack(s string) bool {
	if s == "" {
		return true
	}
	if strings.ContainsAny(s, "\t\r") || strings.TrimSpace(s) == "" {
		return false
	}
	var back any
	raw, err := yaml.Marshal(s)
	return err == nil && yaml.Unmarshal(raw, &back) == nil && back == any(s)
}

// quoted is a string that is written in quotation marks, with escapes.
type quoted string

// MarshalYAML writes JSON, which is YAML.
func (q quoted) MarshalYAML() ([]byte, error) { return json.Marshal(string(q)) }

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
