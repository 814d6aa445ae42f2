package markdown

import (
	"errors"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

var namesLine = regexp.MustCompile(`\bline \d+\b`)

// isRefusal fails unless an error tells the writer what is wrong and where.
func isRefusal(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, ErrShape) && !errors.Is(err, ErrTooLong) {
		t.Errorf("%s: was not refused: %v", what, err)
		return
	}
	if !namesLine.MatchString(err.Error()) {
		t.Errorf("%s: no line is named: %v", what, err)
	}
}

// soon fails unless f ends within a time of work. A busy machine makes one run slow, but hardly three.
func soon(t *testing.T, what string, within time.Duration, f func()) {
	t.Helper()
	var took time.Duration
	for range 3 {
		began := spent()
		f()
		if took = spent() - began; took <= within {
			return
		}
	}
	t.Errorf("%s: took %v", what, took)
}

func table(columns, rows int) string {
	return strings.Repeat("|a", columns) + "|\n" + strings.Repeat("|-", columns) + "|\n" + strings.Repeat("|b\n", rows)
}

func bullets(deep, step int) string {
	var b strings.Builder
	for i := range deep {
		b.WriteString(strings.Repeat(" ", i*step) + "- a\n")
	}
	return b.String()
}

// Each limit lets its last value through and refuses the next.
func TestLimits(t *testing.T) {
	long := strings.Repeat("word ", MaxBytes/5)
	for _, c := range []struct{ name, fits, over, line string }{
		{"body", long + strings.Repeat("x", MaxBytes-len(long)), "a\n\n" + long + "xx", "line 3"},
		{"columns", table(MaxColumns, 3), "text\n\n" + table(MaxColumns+1, 3), "line 4"},
		{"columns without outer marks", strings.Repeat("a|", MaxColumns-1) + "a\n" + strings.Repeat("-|", MaxColumns-1) + "-", strings.Repeat("a|", MaxColumns) + "a\n" + strings.Repeat("-|", MaxColumns) + "-", "line 2"},
		{"rows", table(2, MaxRows), "text\n\n" + table(2, MaxRows+1), "line 4"},
		{"rows of one column", table(1, MaxRows), table(1, MaxRows+1), "line 2"},
		{"cells", table(MaxColumns, 1000) + "\n" + table(MaxColumns, 1000), strings.Repeat(table(MaxColumns, 1000)+"\n", 7), "line 6680"},
		{"columns after what looks like code", table(2, 2), "    ```\n\n" + table(MaxColumns+1, 3), "line 3"},
		{"rows after what looks like code", table(2, 2), "    ```\n\n" + table(2, MaxRows+1), "line 3"},
		{"quotes", strings.Repeat("> ", MaxDepth) + "a", "a\n\n" + strings.Repeat("> ", MaxDepth+1) + "a", "line 3"},
		{"bullets in a line", strings.Repeat("- ", MaxDepth) + "a", strings.Repeat("- ", MaxDepth+1) + "a", "line 1"},
		{"numbers in a line", strings.Repeat("1. ", MaxDepth) + "a", strings.Repeat("1)\t", MaxDepth+1) + "a", "line 1"},
		{"bullets by two spaces", bullets(MaxDepth, 2), bullets(MaxDepth+1, 2), "line 21"},
		{"bullets by four spaces", bullets(MaxDepth, 4), bullets(MaxDepth+1, 4), "line 21"},
		{"quotes in bullets", strings.Repeat("> - ", MaxDepth/2) + "a", strings.Repeat("> - ", MaxDepth/2) + "> a", "line 1"},
		{"callouts", strings.Repeat(">", MaxDepth) + "[!NOTE]\n", strings.Repeat(">", MaxDepth+1) + "[!NOTE]\n", "line 1"},
		{"page", strings.Repeat("[^1]", 3_000) + "\n\n[^1]: a", "a\n\n" + strings.Repeat("[^1]", 45_000) + "\n\n[^1]: a", "line 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Render(c.fits, Options{}); err != nil {
				t.Errorf("what just fits is refused: %v", err)
			}
			var err error
			soon(t, "refusal", 300*time.Millisecond, func() { _, err = Render(c.over, Options{}) })
			isRefusal(t, c.name, err)
			if err != nil && !strings.Contains(err.Error(), c.line) {
				t.Errorf("%v, and it should name %s", err, c.line)
			}
		})
	}
}

// What only looks like a limit's business is none.
func TestNoLimit(t *testing.T) {
	for name, source := range map[string]string{
		"a long rule":           strings.Repeat("- ", 60) + "\n\n" + strings.Repeat("* ", 60) + "\n\n> " + strings.Repeat("* ", 60),
		"a rule in a bullet":    "+ " + strings.Repeat("- ", 60),
		"marks in code":         "```\n" + strings.Repeat("> ", 60) + "\n" + strings.Repeat("-|", 60) + "\n```",
		"a long table in code":  "~~~\n" + table(3, MaxRows+100) + "~~~",
		"a far indented bullet": "text\n" + strings.Repeat(" ", 100) + "- still the same paragraph",
		"a number in words":     strings.Repeat("1.5 ", 50) + strings.Repeat("2026. ", 1),
		"many small tables":     strings.Repeat(table(3, 40)+"\n", 80),
		"a long quote":          strings.Repeat("> line\n", 5_000),
	} {
		if _, err := Render(source, Options{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if page, err := Render("+ "+strings.Repeat("- ", 60), Options{}); err != nil || !strings.Contains(page.HTML, "<hr/>") {
		t.Errorf("a rule is no rule: %s %v", page.HTML, err)
	}
}

// unclosed takes goldmark a time that grows with its square, and no limit of shape holds it.
var unclosed = "first\n\n" + strings.Repeat("[a]((", 50_000)

// goldmark cannot be told to stop: the clock among its parsers has to end the work, not only the wait for it.
func TestTimeEndsTheWork(t *testing.T) {
	before := runtime.NumGoroutine()
	var err error
	soon(t, "refusal", 500*time.Millisecond, func() { _, err = renderBy(time.Now().Add(150*time.Millisecond), unclosed, Options{}) })
	isRefusal(t, "time", err)
	if err != nil && !strings.Contains(err.Error(), "line 3") {
		t.Errorf("the wrong line: %v", err)
	}
	for deadline := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the work goes on after the answer")
		}
	}
}

// Texts that once took the renderer seconds or minutes, each within the limits of shape: whatever it makes of them, the
// answer comes in time.
func TestAnsweredInTime(t *testing.T) {
	upTo := func(s string) string { return strings.Repeat(s, MaxBytes/len(s)) }
	for name, source := range map[string]string{
		"equal headings": upTo("# a\n"), "unclosed links": unclosed, "unclosed angles": upTo("[a](<b"),
	} {
		soon(t, name, 500*time.Millisecond, func() { renderBy(time.Now().Add(150*time.Millisecond), source, Options{}) })
	}
	// The numbers of equal anchors are found at once, not by trying all before them.
	soon(t, "20,000 equal anchors", 200*time.Millisecond, func() {
		a := newAnchors()
		for range 20_000 {
			a.id("a b", nil)
		}
	})
}

// A list that cannot be laid out comes back whole, for Render to refuse it, and an importer leaves such a file's HTML be.
func TestLimitsOfListsAndRawHTML(t *testing.T) {
	deep := strings.Repeat("> ", 5_000) + "<b>"
	if got := Items(deep); len(got) != 1 || got[0] != deep {
		t.Errorf("%d items", len(got))
	}
	if got := RawHTML(deep); got != nil {
		t.Errorf("raw HTML: %v", got)
	}
	if got := RawHTML(strings.Repeat("<b>a</b> ", MaxBytes/8)); got != nil {
		t.Errorf("raw HTML of a text that is too long: %d", len(got))
	}
}
