package library_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"commonplace/content"
	"commonplace/internal/hubtest"
	"commonplace/internal/library"
	"commonplace/internal/markdown"

	"github.com/pocketbase/pocketbase/core"
	"pgregory.net/rapid"
)

// read takes a file apart and puts it onto a new document, as an importer does.
func read(t testing.TB, app core.App, file string) (*library.Document, map[string]any, []string) {
	t.Helper()
	front, body := markdown.Split([]byte(file))
	fields, faults := markdown.Front(front)
	if len(faults) > 0 {
		t.Fatalf("front matter: %v\n%s", faults, front)
	}
	d := fresh(t, app, "", nil)
	problems, err := library.Fill(app, d, fields, body)
	if err != nil {
		t.Fatal(err)
	}
	if state, ok := fields["state"].(string); ok {
		d.Set("state", state)
	}
	return d, fields, problems
}

func write(t testing.TB, app core.App, d *library.Document) string {
	t.Helper()
	file, err := library.File(app, d)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// meaning is a value without what two spellings of the same thing differ in.
func meaning(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	var out any
	if json.Unmarshal(raw, &out) != nil {
		return string(raw)
	}
	return tidied(out)
}

// tidied drops what is empty, and writes a text alone for a list of one and for a row that has only a text.
func tidied(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			if e = tidied(e); e != nil {
				out[k] = e
			}
		}
		if text, ok := out["text"]; ok && len(out) == 1 {
			return text
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		var out []any
		for _, e := range v {
			if e = tidied(e); e != nil {
				out = append(out, e)
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case string:
		if v = strings.Join(strings.Fields(v), " "); v == "" {
			return nil
		}
		return v
	case float64:
		return fmt.Sprint(v)
	case bool:
		if !v {
			return nil
		}
	}
	return v
}

// TestShippedFilesComeOutAsTheyCameIn reads every shipped document and writes it: the file says the same, and once
// written it is the same bytes for ever.
func TestShippedFilesComeOutAsTheyCameIn(t *testing.T) {
	h := hubtest.New(t)
	n := 0
	err := fs.WalkDir(content.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".md") {
			return err
		}
		n++
		raw, err := content.FS.ReadFile(name)
		if err != nil {
			return err
		}
		doc, before, problems := read(t, h.App, string(raw))
		if len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
		once := write(t, h.App, doc)
		again, after, problems := read(t, h.App, once)
		if len(problems) > 0 {
			t.Errorf("%s, written: %v", name, problems)
		}
		if twice := write(t, h.App, again); twice != once {
			t.Errorf("%s: written twice it differs", name)
		}
		_, body := markdown.Split(raw)
		if again.Body() != body {
			t.Errorf("%s: the body is another", name)
		}
		for k, v := range before {
			switch k {
			case "goals", "updates", "state", "space", "chapter", "schema": // of package plan; of who imports it; written in any case
				continue
			case "term", "short": // say what title and summary say
				continue
			}
			if got := meaning(after[k]); !reflect.DeepEqual(got, meaning(v)) && !(k == "places" && meaning(v) != nil && got == nil) {
				t.Errorf("%s: %s was %v and is %v", name, k, meaning(v), got)
			}
		}
		for k := range after {
			if _, ok := before[k]; !ok && k != "state" && k != "space" && k != "schema" {
				t.Errorf("%s: %s came from nowhere: %v", name, k, after[k])
			}
		}
		return nil
	})
	if err != nil || n < 60 {
		t.Errorf("%d files: %v", n, err)
	}
}

// TestWhatTheHubHoldsIsItsFile writes every document of a hub, reads it back, and compares what a revision would hold.
func TestWhatTheHubHoldsIsItsFile(t *testing.T) {
	h := hubtest.New(t)
	all, err := h.App.FindAllRecords("documents")
	if err != nil || len(all) < 60 {
		t.Fatalf("%d documents: %v", len(all), err)
	}
	for _, r := range all {
		d := library.Wrap(r)
		file := write(t, h.App, d)
		back, _, problems := read(t, h.App, file)
		if len(problems) > 0 {
			t.Errorf("%s: %v", d.Address(), problems)
		}
		for field, v := range d.Content() {
			switch field {
			case "slug", "space", "chapter":
				continue // of the file's path and of who imports it
			}
			if got := back.Content()[field]; !reflect.DeepEqual(meaning(got), meaning(v)) {
				t.Errorf("%s: %s was %v and is %v", d.Address(), field, meaning(v), meaning(got))
			}
		}
		if back.Key() != d.Key() || !back.Published().Equal(d.Published()) {
			t.Errorf("%s: the key is %q, published %v", d.Address(), back.Key(), back.Published())
		}
	}
}

// TestAnyFileIsStable reads and writes files with fields of all sorts: nothing is lost, and the second writing is the
// first.
func TestAnyFileIsStable(t *testing.T) {
	h := hubtest.New(t)
	text := rapid.SampledFrom([]string{"Words", "a: b", "- dash", "2. step", "# not a comment", "'quoted'", `"double"`, "yes", "null", "1e3", "2026-01-02", "é家", "{{figure x}}", "trailing ", "a | b", "[x]", "{y}", "*star*", "&amp", "line\nbreak", "%", "@at", "`code`", "!bang", "?"})
	value := rapid.OneOf(text.AsAny(), rapid.SliceOfN(text.AsAny(), 0, 3).AsAny(), rapid.IntRange(-5, 3000).AsAny(), rapid.Bool().AsAny(), rapid.Just(map[string]any{"a": "b", "c": []any{"d", 1}}).AsAny())
	rapid.Check(t, func(rt *rapid.T) {
		front := map[string]any{"title": "A title", "type": "case-study"}
		for _, k := range []string{"challenge", "action", "result", "partners", "audience", "topics"} {
			if rapid.Bool().Draw(rt, k) {
				list := []any{}
				for _, s := range rapid.SliceOfN(text, 1, 3).Draw(rt, k+" list") {
					list = append(list, s)
				}
				front[k] = list
			}
		}
		for _, k := range []string{"unknown", "other_field", "zz", "cost", "redirect_from"} {
			if rapid.Bool().Draw(rt, k) {
				front[k] = value.Draw(rt, k+" value")
			}
		}
		body := rapid.SampledFrom([]string{"", "text", "text\n", "\n\ntext\n\n", "---\nnot front matter\n---\n", "## A\n\nb"}).Draw(rt, "body")
		d := fresh(t, h.App, library.CaseStudy, nil)
		if problems, err := library.Fill(h.App, d, front, body); err != nil || len(problems) > 0 {
			rt.Fatalf("%v %v", problems, err)
		}
		once := write(t, h.App, d)
		again, after, _ := read(t, h.App, once)
		if twice := write(t, h.App, again); twice != once {
			rt.Fatalf("written twice it differs:\n%s\n%s", once, twice)
		}
		if again.Body() != body {
			rt.Fatalf("the body was %q and is %q", body, again.Body())
		}
		for k, v := range front {
			if !reflect.DeepEqual(meaning(after[k]), meaning(v)) {
				rt.Fatalf("%s was %v and is %v in\n%s", k, meaning(v), meaning(after[k]), once)
			}
		}
	})
}

// TestFrontMatterProblemsAreNamed reads fields in wrong shapes: each is named in a sentence, and spoils no other.
func TestFrontMatterProblemsAreNamed(t *testing.T) {
	h := hubtest.New(t)
	front := map[string]any{
		"title": []any{"a", "b"}, "order": "third", "urgent": "perhaps", "published": "last spring", "review_due": 2026, "audience": map[string]any{"a": "b"}, "places": []any{"leeds", "atlantis"},
		"programmes": []any{"unpaid-carers", "space-travel"}, "organisation": "家族", "challenge": map[string]any{"a": "b"}, "result": []any{map[string]any{"value": 4}, "kept"},
		"sources": "a book", "cautions": []any{"not a row"}, "summary": "It goes on.", "unknown": map[string]any{"kept": true}, "contact_role": nil, "type": "case-study",
	}
	d := fresh(t, h.App, "", nil)
	problems, err := library.Fill(h.App, d, front, "Body")
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{
		"title: expected a text", "order: expected a number", "urgent: expected true or false", `published: "last spring" is not a date such as 2026-11-22`, `review_due: "2026" is not a date`,
		"audience: expected a list", `places: there is no "atlantis" here`, `programmes: there is no "space-travel" here`, `organisation: "家族" cannot be made into an address`, "challenge: expected a list",
		"result: a row without a text", "sources: not in the shape that this field has; kept as it stands", "cautions: not in the shape that this field has; kept as it stands",
	} {
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.HasPrefix(p, words) }) {
			t.Errorf("nothing says %q: %q", words, problems)
		}
	}
	if len(problems) != 13 {
		t.Errorf("%d problems: %q", len(problems), problems)
	}
	if d.Summary() != "It goes on." || len(d.Places()) != 1 || len(d.Programmes()) != 1 || d.Body() != "Body" {
		t.Errorf("the good fields are %q, %v, %v", d.Summary(), d.Places(), d.Programmes())
	}
	extra := d.Meta().Extra
	if names := slices.Sorted(maps.Keys(extra)); !slices.Equal(names, []string{"cautions", "sources", "unknown"}) {
		t.Errorf("kept as they stand: %v", names)
	}
	d.Set("title", "Now it has one")
	if file := write(t, h.App, d); !strings.Contains(file, "sources: a book") || !strings.Contains(file, "kept: true") {
		t.Errorf("the file has lost something:\n%s", file)
	}
}

// TestRowsKeepWhatTheySay reads rows with all that is known and with what is not: the one comes out again, the other is
// named.
func TestRowsKeepWhatTheySay(t *testing.T) {
	h := hubtest.New(t)
	d := fresh(t, h.App, library.CaseStudy, nil)
	front := map[string]any{"title": "Rows", "result": []any{
		"A text alone", map[string]any{"text": "Only a source", "source": "s1"},
		map[string]any{"text": "All of it", "kind": "measured", "value": 4.5, "unit": "%", "base": 212, "place": "Leeds", "period": 2020, "source": "s1", "caution": "c1"},
	}}
	if problems, err := library.Fill(h.App, d, front, ""); err != nil || len(problems) > 0 {
		t.Fatalf("%v %v", problems, err)
	}
	_, after, _ := read(t, h.App, write(t, h.App, mustSave(t, h.App, d)))
	if !reflect.DeepEqual(meaning(after["result"]), meaning(front["result"])) {
		t.Errorf("rows were %v and are %v", meaning(front["result"]), meaning(after["result"]))
	}
	problems, err := library.Fill(h.App, d, map[string]any{
		"result": []any{"x", map[string]any{"text": "y", "trend": "up"}}, "sources": []any{map[string]any{"id": "s", "title": "t", "isbn": 4}}, "period": map[string]any{"from": 2020, "until": 2021},
	}, "")
	want := []string{
		`sources: the field "isbn" in a row is not known here and was left out`, `period: the field "until" in a row is not known here and was left out`,
		`result: the field "trend" in a row is not known here and was left out`,
	}
	if err != nil || !slices.Equal(problems, want) {
		t.Errorf("problems %q: %v", problems, err)
	}
}

// TestLooseTexts takes what people write for a year, a place or nothing.
func TestLooseTexts(t *testing.T) {
	for raw, want := range map[string]string{`"2020"`: "2020", `2020`: "2020", `4.5`: "4.5", `true`: "true", `null`: "", `""`: "", `12345678`: "12345678"} {
		var l library.Loose
		if err := json.Unmarshal([]byte(raw), &l); err != nil || string(l) != want {
			t.Errorf("%s is %q: %v", raw, l, err)
		}
	}
	var l library.Loose
	if err := json.Unmarshal([]byte(`{"a":1}`), &l); err == nil {
		t.Error("an object is taken for a text")
	}
}
