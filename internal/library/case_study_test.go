package library_test

import (
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"pgregory.net/rapid"
)

// bodyGen draws bodies as people write them: known headings in any order, twice or never, unknown ones, text before the
// first, gaps of all sizes.
func bodyGen() *rapid.Generator[string] {
	headings := []string{"", "\n\n", "## Other\n", "## In short \n", "##\tWhat changed ##\n", "### Deeper\n", "```\n## In code\n```\n", "##No heading\n"}
	for _, s := range library.CaseStudySections {
		headings = append(headings, "## "+s.Title+"\n", "## "+s.Title+"\n\n")
	}
	piece := rapid.OneOf(rapid.SampledFrom(headings), rapid.SampledFrom([]string{"text\n", "text", "  indented\n", "- one\n- two\n\n", "\n", " \n", "é\u00A0家\n\n"}))
	return rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "") })
}

// textGen draws what somebody types into one section: without a heading of the second level, which would be another one.
func textGen() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"", " ", "New words.", "Two\n\nparagraphs", "### Deeper\n\ntext", "- a\n- b", "\r\nwith\r\nreturns\r\n", "  indented"})
}

func sameTexts(a, b map[string]string) bool {
	for _, s := range library.CaseStudySections {
		if even(a[s.Title]) != even(b[s.Title]) {
			return false
		}
	}
	return true
}

func even(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }

// TestABodyThatNobodyChangedKeepsEveryByte takes bodies apart for the form and puts them together again.
func TestABodyThatNobodyChangedKeepsEveryByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := bodyGen().Draw(t, "body")
		texts, others := library.Sections(body)
		if again := library.WithSections(body, texts, others); again != body {
			t.Fatalf("%q becomes %q", body, again)
		}
		for k, v := range texts { // as a browser sends them
			texts[k] = strings.ReplaceAll(v, "\n", "\r\n") + "\r\n"
		}
		if again := library.WithSections(body, texts, strings.ReplaceAll(others, "\n", "\r\n")); again != body {
			t.Fatalf("sent by a browser, %q becomes %q", body, again)
		}
	})
}

// TestWhatIsTypedIsWhatIsKept changes any of the sections: the form shows the next time what was typed, no more and no
// less.
func TestWhatIsTypedIsWhatIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := bodyGen().Draw(t, "body")
		texts, others := library.Sections(body)
		for _, s := range library.CaseStudySections {
			if rapid.Bool().Draw(t, "changes "+s.Title) {
				texts[s.Title] = textGen().Draw(t, s.Title)
			}
		}
		if rapid.Bool().Draw(t, "changes the rest") {
			others = rapid.SampledFrom([]string{"", "Words alone", "## Other\n\ntext", "Words\n\n## One\n\n## Two\n\nmore"}).Draw(t, "the rest")
		}
		for _, s := range library.CaseStudySections {
			if even(texts[s.Title]) == "" && strings.Contains(others, s.Title) {
				t.Skip("where a heading stands twice, taking out the first makes the second the section")
			}
		}
		again := library.WithSections(body, texts, others)
		gotTexts, gotOthers := library.Sections(again)
		if !sameTexts(texts, gotTexts) {
			t.Fatalf("%q\nbecomes %q,\nwhere the sections are %q,\nnot %q", body, again, gotTexts, texts)
		}
		if even(others) != even(gotOthers) {
			t.Fatalf("%q\nbecomes %q,\nwhere the rest is %q,\nnot %q", body, again, gotOthers, others)
		}
		if library.WithSections(again, gotTexts, gotOthers) != again {
			t.Fatalf("%q is not stable", again)
		}
	})
}

func TestSectionsStandWhereTheyBelong(t *testing.T) {
	for _, c := range []struct {
		name, body string
		texts      map[string]string
		others     string
		want       string
	}{
		{"into nothing", "", map[string]string{"What changed": "Much.", "In short": "A story."}, "", "## In short\n\nA story.\n\n## What changed\n\nMuch.\n"},
		{"between two", "## In short\n\nA.\n\n## What changed\n\nB.\n", map[string]string{"In short": "A.", "What they did": "C.", "What changed": "B."}, "", "## In short\n\nA.\n\n## What they did\n\nC.\n\n## What changed\n\nB.\n"},
		{"under a heading that stood there bare", "## In short\n\n## What changed\n\nB.\n", map[string]string{"In short": "A.", "What changed": "B."}, "", "## In short\n\nA.\n\n## What changed\n\nB.\n"},
		{"taken out", "## In short\n\nA.\n\n## What changed\n\nB.\n", map[string]string{"What changed": "B."}, "", "## What changed\n\nB.\n"},
		{"a doubled heading keeps its words", "## In short\n\nA.\n\n## In short\n\nB.\n", map[string]string{"In short": "C."}, "## In short\n\nB.", "## In short\n\nC.\n\n## In short\n\nB.\n"},
		{"words without a heading stay in front", "Hello.\n\n## In short\n\nA.\n", map[string]string{"In short": "A."}, "Hello again.", "Hello again.\n\n## In short\n\nA.\n"},
		{"the rest goes to the end", "## In short\n\nA.\n", map[string]string{"In short": "A."}, "## Thanks\n\nTo all.", "## In short\n\nA.\n\n## Thanks\n\nTo all.\n"},
	} {
		if got := library.WithSections(c.body, c.texts, c.others); got != c.want {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
	}
}

// TestPointsComeBackAsTheyWere writes points as bullets, and reads them.
func TestPointsComeBackAsTheyWere(t *testing.T) {
	point := rapid.StringMatching(`(- |\* |2\. |3\) |# |> |\[x\]: |    )?[a-z*_\[\]<>&|:]{1,8}( [a-z.]{1,5}){0,3}`)
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(point, 1, 5).Draw(t, "points")
		for i := range points {
			points[i] = strings.Join(strings.Fields(points[i]), " ")
		}
		bullets := library.Bullets(points)
		if got := library.Items(bullets); !slices.Equal(got, points) {
			t.Fatalf("%q are kept as %q and come back as %q", points, bullets, got)
		}
		if again := library.FromLines(library.Lines(bullets), bullets); again != bullets {
			t.Fatalf("opened and saved, %q becomes %q", bullets, again)
		}
	})
	for typed, want := range map[string]string{
		"one\ntwo": "- one\n- two", " - one\r\n* two\n• three\n– four\n5. five\n6) six\n\n": "- one\n- two\n- three\n- four\n- five\n- six",
		"-no mark": "- -no mark", "2026. A year": "- 2026. A year", "": "", " \n ": "",
	} {
		if got := library.FromLines(typed, ""); got != want {
			t.Errorf("%q becomes %q, not %q", typed, got, want)
		}
	}
	// Lists that others wrote, in Markdown of their own.
	for list, want := range map[string]string{"* a\n* b": "a|b", "1. a\n2. b": "a|b", "- a\n  more\n- b": "a more|b", "words": "words", "a\n\nb": "a|b", "": ""} {
		if got := strings.Join(library.Items(list), "|"); got != want {
			t.Errorf("%q has the points %q, not %q", list, got, want)
		}
	}
}

// TestResultLinesKeepWhatIsKnown edits one line of the results: what was known about the others stays with them.
func TestResultLinesKeepWhatIsKnown(t *testing.T) {
	h := hubtest.New(t)
	d, err := library.Find(h.App, library.CaseStudy, "", "a-passport-that-moves-with-you")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(d.ResultLines(), "\n")
	if len(lines) != 9 || !strings.HasPrefix(lines[0], "Reported: All six") {
		t.Fatalf("lines %q", lines)
	}
	lines[1] = "Measured: " + strings.TrimPrefix(lines[1], "Reported: ") // another kind
	lines[2] = "Something else altogether"
	lines = append(lines[:5], append([]string{"Illustrative: new"}, lines[6:]...)...)
	if err := d.SetResultLines(strings.Join(lines, "\n")); err != nil {
		t.Fatal(err)
	}
	d = mustSave(t, h.App, d)
	rows := d.Meta().Results
	if got := strings.Split(d.ResultLines(), "\n"); !slices.Equal(got, lines) {
		t.Errorf("lines %q, not %q", got, lines)
	}
	if len(rows) != 8 || rows[0].Source != "wyh-working" || rows[0].Value == nil || *rows[0].Value != 6 {
		t.Errorf("%d rows, the first one %+v", len(rows), rows[0])
	}
	if rows[1].Kind != "measured" || rows[1].Caution != "c-adopted" {
		t.Errorf("with another kind, the row is %+v", rows[1])
	}
	for _, r := range rows {
		if strings.HasPrefix(r.Text, "The project was planned") || strings.HasPrefix(r.Text, "The NHS staff record") {
			t.Errorf("a row whose words are gone is kept: %+v", r)
		}
	}
}
