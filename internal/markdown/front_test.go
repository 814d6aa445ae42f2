package markdown

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestSplit(t *testing.T) {
	for name, c := range map[string]struct{ file, front, body string }{
		"both":                        {"---\ntitle: A\n---\n\nText.\n", "title: A", "\nText.\n"},
		"ends with three dots":        {"---\ntitle: A\n...\nText.\n", "title: A", "Text.\n"},
		"no front matter":             {"Text.\n\n---\n\nMore.\n", "", "Text.\n\n---\n\nMore.\n"},
		"a rule, and never another":   {"---\nText.\n", "", "---\nText.\n"},
		"empty front matter":          {"---\n---\nText.\n", "", "Text.\n"},
		"empty front matter, no body": {"---\n---", "", ""},
		"only front matter":           {"---\ntitle: A\n---", "title: A", ""},
		"only front matter, line end": {"---\ntitle: A\n---\n", "title: A", ""},
		"empty file":                  {"", "", ""},
		"byte order mark":             {"\xEF\xBB\xBF---\ntitle: A\n---\nText.\n", "title: A", "Text.\n"},
		"line ends of Windows":        {"---\r\ntitle: A\r\n---\r\nOne.\r\n\r\nTwo.\r\n", "title: A", "One.\n\nTwo.\n"},
		"line ends of old Macs":       {"---\rtitle: A\r---\rOne.\r", "title: A", "One.\n"},
		"NUL":                         {"---\ntit\x00le: A\n---\nTe\x00xt.\n", "title: A", "Text.\n"},
		"no UTF-8":                    {"---\ntitle: caf\xe9\n---\n\xff\xfe text\n", "title: caf\uFFFD", "\uFFFD text\n"},
		"hyphens in the text":         {"---\ntitle: A\n---\nOne.\n\n---\n\nTwo.\n", "title: A", "One.\n\n---\n\nTwo.\n"},
		"four hyphens":                {"----\nText.\n", "", "----\nText.\n"},
		"not at the start":            {"\n---\ntitle: A\n---\n", "", "\n---\ntitle: A\n---\n"},
		"Japanese":                    {"---\ntitle: 価値観\n---\nようこそ。\n", "title: 価値観", "ようこそ。\n"},
	} {
		front, body := Split([]byte(c.file))
		if front != c.front || body != c.body {
			t.Errorf("%s: got %q and %q, want %q and %q", name, front, body, c.front, c.body)
		}
	}
}

// A fault in front matter is reported with its line, and costs no more than the entry it is in.
func TestFront(t *testing.T) {
	type fields = map[string]any
	for name, c := range map[string]struct {
		front    string
		want     fields
		problems []string // each in one of the problems
	}{
		"good":              {"title: A\ntags: [a, b]\nn: 3\non: true", fields{"title": "A", "tags": []any{"a", "b"}, "n": uint64(3), "on": true}, nil},
		"empty":             {"\n \n", fields{}, nil},
		"nested":            {"period: {from: 2026-04-01}\nlist:\n  - a: 1\n", fields{"period": fields{"from": "2026-04-01"}, "list": []any{fields{"a": uint64(1)}}}, nil},
		"duplicate key":     {"title: A\nsummary: S\ntitle: B", fields{"title": "B", "summary": "S"}, []string{"line 3"}},
		"bad indent":        {"title: A\n  summary: S\nstate: draft", fields{"state": "draft"}, []string{"line 1", "line 1: left out"}},
		"a tab":             {"title: A\nlist:\n\t- a\nstate: draft", fields{"title": "A", "state": "draft"}, []string{"line 3", "line 2: left out"}},
		"unclosed":          {"title: \"A\nstate: draft", fields{"state": "draft"}, []string{"line 1: left out"}},
		"unclosed list":     {"title: A\ntags: [a, b\nstate: draft", fields{"title": "A", "state": "draft"}, []string{"line 2: left out"}},
		"a colon in words":  {"title: One: two\nstate: draft", fields{"state": "draft"}, []string{"line 1: left out"}},
		"an at sign":        {"title: A\nby: @someone\nstate: draft", fields{"title": "A", "state": "draft"}, []string{"line 2: left out"}},
		"an alias":          {"title: &t A\nsummary: *t\nstate: draft", fields{"state": "draft"}, []string{"line 1: references", "line 1: left out", "line 2: left out"}},
		"a merge":           {"a: {b: c}\n<<: {d: e}\nstate: draft", fields{"a": fields{"b": "c"}, "state": "draft"}, []string{"line 2: references", "line 2: left out"}},
		"an ampersand":      {"title: Salt & pepper * two", fields{"title": "Salt & pepper * two"}, nil},
		"words, no fields":  {"just words", fields{}, []string{"line 1"}},
		"a list, no fields": {"- a\n- b", fields{}, []string{"line 1"}},
		"a comment":         {"# hello\ntitle: A # b", fields{"title": "A"}, nil},
		"deep":              {"title: A\ndeep: " + strings.Repeat("[", 30) + strings.Repeat("]", 30) + "\nstate: draft", fields{"title": "A", "state": "draft"}, []string{"line 2: nested", "line 2: left out"}},
	} {
		got, problems := Front(c.front)
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %#v, want %#v", name, got, c.want)
		}
		if (len(problems) == 0) != (len(c.problems) == 0) {
			t.Errorf("%s: problems %v, want %v", name, problems, c.problems)
		}
		for _, want := range c.problems {
			if !strings.Contains(fmt.Sprint(problems), want) {
				t.Errorf("%s: %v says nothing of %q", name, problems, want)
			}
		}
		// Whatever is left out comes back word for word.
		for _, p := range problems {
			if !strings.Contains(c.front, p.Raw) {
				t.Errorf("%s: %q never stood there", name, p.Raw)
			}
			if strings.Contains(p.Text, "left out") && p.Raw == "" {
				t.Errorf("%s: left out, and nobody knows what: %v", name, p)
			}
		}
	}
}

// M01 to M14 of front matter, so to speak: small files that would become huge or take minutes.
func TestFrontBombs(t *testing.T) {
	laughs := "a0: &a0 [lol]\n"
	for i := 1; i < 12; i++ {
		laughs += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	fill := func(s string) string { return "title: A\n" + strings.Repeat(s, (maxFront-20)/len(s)) + "\n" }
	for name, c := range map[string]struct {
		front string
		title bool // whether the title before it is read
	}{
		"aliases that multiply":  {"title: A\n" + laughs, true},
		"an alias of itself":     {"title: A\na: &a [*a]\n", true},
		"brackets":               {fill("["), false},
		"brackets of one entry":  {"title: A\na: " + strings.Repeat("[", 15_000), true},
		"braces":                 {"title: A\na: " + strings.Repeat("{a: ", 4_000), true},
		"hyphens":                {"title: A\na:\n  " + strings.Repeat("- ", 9_000) + "\n", true},
		"question marks":         {"title: A\n" + strings.Repeat("? ", 9_000) + "\n", true},
		"too long":               {fill("a: b\n") + strings.Repeat("x", 100), false},
		"too many words":         {fill("a: b\n"), false},
		"thousands of bad lines": {"title: A\n" + strings.Repeat("a: [\n", 3_000), true},
	} {
		var fields map[string]any
		var problems []Problem
		soon(t, name, 300*time.Millisecond, func() { fields, problems = Front(c.front) })
		if len(problems) == 0 || problems[0].Line < 1 {
			t.Errorf("%s: problems %v", name, problems)
		}
		if _, read := fields["title"]; read != c.title {
			t.Errorf("%s: title read: %v, and it should be %v", name, read, c.title)
		}
		if len(fmt.Sprint(fields)) > 2*len(c.front) {
			t.Errorf("%s: grew to %d bytes", name, len(fmt.Sprint(fields)))
		}
	}
}

// What is written as front matter is read back the same, whatever it is and however deep it stands.
func TestFrontComesBack(t *testing.T) {
	values := strings.Fields(`yes no on null ~ true 1 1.5 017 1e3 1_000 0x1F 2026-11-22 12:30 .inf NaN ' " 'a' \ !a &a *a *a* %a @a | > {a} [a] [ ] , ? : a: --- ... = <<
		+ - . 0 日本語 العربية 😀 #b`)
	values = append(values, "", " a", "a ", "a: b", "a #b", "- a", "a\nb", "a\n", "\na", "a\n\nb\n\n", "  a\n b", "a\tb", "\t", "\n", "\n\n", "a\r\nb", "? a", ": a", "---\na",
		"|\n a", "\u00a0", "\u2028", "\u0085", "\x01", "a\n  # b", "a \n b", strings.Repeat("long ", 60))
	for _, s := range values {
		for name, v := range map[string]any{
			"alone": s, "in a list": []any{s, "b"}, "in an object": map[string]any{"x": s}, "deep": []any{map[string]any{"x": []any{s}}},
		} {
			comesBackAs(t, name, v, v)
		}
		comesBackAs(t, "in a list of words", []string{s}, []any{s})
	}
	comesBackAs(t, "numbers", []any{8400, 0.1, -3, math.MaxInt32}, []any{uint64(8400), 0.1, int64(-3), uint64(math.MaxInt32)})
}

func comesBackAs(t *testing.T, name string, v, want any) {
	t.Helper()
	raw, err := WriteFront([]Pair{{"first", "a"}, {"key", v}, {"last", "z"}})
	if err != nil {
		t.Errorf("%s: %#v: %v", name, v, err)
		return
	}
	fields, problems := Front(raw)
	if !reflect.DeepEqual(fields, map[string]any{"first": "a", "key": want, "last": "z"}) || len(problems) > 0 {
		t.Errorf("%s: %#v was written as %q and read as %#v %v", name, v, raw, fields, problems)
	}
	front, body := Split([]byte("---\n" + raw + "---\nText.\n"))
	if front+"\n" != raw || body != "Text.\n" {
		t.Errorf("%s: %q comes out of a file as %q", name, raw, front)
	}
}

func FuzzFrontComesBack(f *testing.F) {
	for _, s := range []string{"a", "a: b\n - c", "'x\"", "a\tb", "- \n", "? |", "#\n%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if utf8.ValidString(s) && !strings.Contains(s, "\x00") {
			comesBackAs(t, "fuzz", s, s)
		}
	})
}

// Any bytes at all end as fields, problems, or both.
func FuzzFront(f *testing.F) {
	for _, s := range []string{"title: a\nb: c", "a: &x 1\nb: *x", "a: [1, 2", "a: |\n  x\n y", "- a", "? a\n: b", "<<: {a: b}", "a: \"\\u12\"", "%YAML 1.2\n---\na", "a:\n\tb: c", "a: b: c"} {
		f.Add([]byte("---\n" + s + "\n---\nText."))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		front, body := Split(file)
		if !utf8.ValidString(front) || !utf8.ValidString(body) || strings.ContainsAny(front+body, "\r\x00") {
			t.Errorf("%q and %q are not clean", front, body)
		}
		fields, problems := Front(front)
		for _, p := range problems {
			if p.Line < 1 || p.Text == "" {
				t.Errorf("a problem without a place: %+v in %q", p, front)
			}
		}
		if strings.TrimSpace(front) == "" && (len(fields) > 0 || len(problems) > 0) {
			t.Errorf("nothing became %v %v", fields, problems)
		}
	})
}

func TestOrderedKeepsOrder(t *testing.T) {
	pairs, err := Ordered([]byte(`{"z": 1, "a": {"k": [1, {"c": 1, "b": 2}], "e": null}, "m": "t"}`))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := WriteFront(pairs)
	if err != nil {
		t.Fatal(err)
	}
	if want := "z: 1\na:\n  k:\n    - 1\n    - c: 1\n      b: 2\n  e: null\nm: t\n"; raw != want {
		t.Errorf("got %q, want %q", raw, want)
	}
	if _, err := Ordered([]byte(`[1]`)); err == nil {
		t.Error("a list is no object")
	}
}

func TestYAMLRefusesUnknownKeys(t *testing.T) {
	var v struct {
		Name string `yaml:"name"`
	}
	if err := YAML([]byte("name: a"), &v); err != nil || v.Name != "a" {
		t.Errorf("%v %v", v, err)
	}
	if err := YAML([]byte("nmae: a"), &v); err == nil {
		t.Error("a slip in a key went through")
	}
}
