package plain

import (
	"bufio"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// lines are the lines of a file in testdata without its remarks.
func lines(t testing.TB, name string) []string {
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := s.Text(); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, strings.ReplaceAll(line, `\n`, "\n"))
		}
	}
	return all
}

func TestSentences(t *testing.T) {
	for _, line := range lines(t, "sentences.txt") {
		var want, got []string
		for s := range strings.SplitSeq(line, "|") {
			want = append(want, strings.Trim(strings.TrimSpace(s), `"“()`))
		}
		sentences := Read(strings.ReplaceAll(line, "|", ""), "en").Sentences
		slices.SortFunc(sentences, func(a, b Sentence) int { return a.Start - b.Start })
		for _, s := range sentences {
			got = append(got, strings.Trim(s.Text, `"“()`))
		}
		if strings.Join(got, " | ") != strings.Join(want, " | ") {
			t.Errorf("%q\ngot  %q\nwant %q", line, got, want)
		}
	}
}

func TestSyllables(t *testing.T) {
	for _, line := range lines(t, "syllables.txt") {
		words := strings.Fields(line)
		want, _ := strconv.Atoi(words[0])
		for _, w := range words[1:] {
			if got := (word{text: w}).syllables(); got != want {
				t.Errorf("%s: %d syllables, want %d", w, got, want)
			}
		}
	}
	for w, want := range map[string]int{"NHS": 3, "ICB": 3, "PCN": 3, "WRES": 1, "well-being": 3, "260,000": 1, "www.example.org/help": 1, "jo@example.org": 1, "Carer’s": 2, "É": 1} {
		if got := (word{text: w}).syllables(); got != want {
			t.Errorf("%s: %d syllables, want %d", w, got, want)
		}
	}
}

// The grade is worked out by hand: 13 words, 2 sentences, 15 syllables.
func TestGrade(t *testing.T) {
	r := Read("The cat sat on the mat all day. My mother went home again.", "en")
	if want := 0.39*13/2 + 11.8*15/13 - 15.59; r.Words != 13 || r.Syllables != 15 || math.Abs(r.Grade-want) > 1e-9 {
		t.Errorf("%d words, %d syllables, grade %v, want %v", r.Words, r.Syllables, r.Grade, want)
	}
	for _, c := range []struct {
		text     string
		from, to int
	}{
		{"You can ask for help. The council will talk to you about it.", 5, 8},
		{"Organisations participating in multidisciplinary collaboration demonstrate considerable administrative responsibility.", 25, 60},
		{"Multidisciplinary collaboration\nYou can ask for help at any time.", 5, 8},
	} {
		if r := Read(c.text, "en"); r.Age < c.from || r.Age > c.to {
			t.Errorf("%q: age %d, want %d to %d", c.text, r.Age, c.from, c.to)
		}
	}
}

func TestWorstFirst(t *testing.T) {
	text := "You can ask us for help. Participating organisations demonstrate considerable administrative responsibility. We like to be asked for it."
	r := Read(text, "en-GB")
	if len(r.Sentences) != 3 || !strings.HasPrefix(r.Sentences[0].Text, "Participating") || text[r.Sentences[0].Start:r.Sentences[0].End] != r.Sentences[0].Text {
		t.Errorf("%+v", r.Sentences)
	}
}

func TestLong(t *testing.T) {
	for n, want := range map[int]bool{20: false, 21: true} {
		r := Read(strings.TrimSpace(strings.Repeat("word ", n))+".", "")
		if len(r.Sentences) != 1 || r.Sentences[0].Words != n || r.Sentences[0].Long() != want {
			t.Errorf("%d words: %+v", n, r.Sentences)
		}
	}
}

// Headings, items and cells are lines of their own, and short ones count for nothing.
func TestBlocks(t *testing.T) {
	r := Read("Getting help\nName\nPlace\nLeeds\nwashing\ndressing\nYou can ask for help at any time.", "en")
	if len(r.Sentences) != 1 || r.Words != 8 {
		t.Errorf("%+v", r)
	}
}

func TestHard(t *testing.T) {
	for _, line := range lines(t, "hard.txt") {
		text, want, _ := strings.Cut(line, "\t")
		var got []string
		for _, h := range Read(text, "en").Hard {
			if text[h.Start:h.End] != h.Text {
				t.Errorf("%q: %+v is not there", text, h)
			}
			got = append(got, h.Text+": "+h.Offer)
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%q\ngot  %q\nwant %q", text, strings.Join(got, "; "), want)
		}
	}
}

func TestHardWordsStandWithTheirSentence(t *testing.T) {
	r := Read("Ask us to utilise the EQIA soon. We like to be asked for it.", "en")
	for _, s := range r.Sentences {
		if want := strings.HasPrefix(s.Text, "Ask"); want != (len(s.Hard) == 2) {
			t.Errorf("%+v", s)
		}
	}
	if len(r.Hard) != 2 || r.Hard[0].Abbreviation || !r.Hard[1].Abbreviation {
		t.Errorf("%+v", r.Hard)
	}
}

// The lists are well formed, and an offer is not hard itself.
func TestLists(t *testing.T) {
	seen, n := map[string]bool{}, 0
	for words, says := range entries(hardList) {
		n++
		if says == "" || seen[words] || words != lower(words) {
			t.Errorf("%q: %q", words, says)
		}
		seen[words] = true
		for _, h := range Read(says, "en").Hard {
			t.Errorf("%q: the offer %q is hard: %q", words, says, h.Text)
		}
	}
	if n < 150 {
		t.Errorf("%d hard words", n)
	}
	for short := range meanings {
		if got, ok := abbreviation(short); !ok || got != short {
			t.Errorf("%q is never found", short)
		}
	}
}

func TestOtherLanguagesGetAnEmptyReport(t *testing.T) {
	const text = "Gofalwyr di-dâl yn gofalu am rywun. Utilise the EQIA for the plan."
	for language, english := range map[string]bool{"": true, "en": true, "EN-gb": true, "cy": false, "ur": false, "enm": false} {
		r := Read(text, language)
		if english != (r.Note == "") || english != (len(r.Sentences) > 0) || !english && (r.Words != 0 || r.Age != 0 || r.Hard != nil) {
			t.Errorf("%q: %+v", language, r)
		}
	}
	if r := Read("Short.", "en"); r.Note == "" || r.Age != 0 {
		t.Errorf("nothing to read: %+v", r)
	}
}

var hostile = []string{"a. ", "A. ", "((", "(A) ", "EQIA ", "in the event ", "in the ", "a", "a/", "a—", ".", "…", "! ", "a! b ", "\n", "e", "ia", "é", "\xff", "a'", "-", "a-"}

// What people write is read within 50 ms, which is about the time that finding its words twenty times takes; a busy machine is
// slow with both. What somebody made to be slow may take longer, in proportion.
func TestTimeIsLinear(t *testing.T) {
	const prose = "Carers in Leeds can ask for a break from caring. Ring us, or write by 3 March 2026 if you like. We utilise the EQIA.\n"
	for _, piece := range append([]string{prose}, hostile...) {
		text := strings.Repeat(piece, 256<<10/len(piece))
		read := func(text string) func() { return func() { Read(text, "en") } }
		if piece == prose {
			words := func() {
				for range 20 {
					strings.Fields(strings.ToLower(text))
				}
			}
			if took, bar := best(read(text)), max(50*time.Millisecond, best(words)); took > bar {
				t.Errorf("256 KiB of prose take %v, not %v", took, bar)
			}
			continue
		}
		if took, bar := best(read(text)), max(200*time.Millisecond, 6*best(read(text[:len(text)/4]))); took > bar {
			t.Errorf("256 KiB of %.20q take %v, not %v", piece, took, bar)
		}
	}
}

// best is the shortest of five times.
func best(what func()) time.Duration {
	shortest := time.Hour
	for range 5 {
		began := spent()
		what()
		shortest = min(shortest, spent()-began)
	}
	return shortest
}

func BenchmarkRead(b *testing.B) {
	text := strings.Repeat("Carers in Leeds can ask for a break from caring. Ring us, or write by 3 March 2026 if you like. We utilise the EQIA.\n", 256<<10/117)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Read(text, "en")
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"sentences.txt", "hard.txt"} {
		for _, line := range lines(f, name) {
			f.Add(line)
		}
	}
	for _, s := range hostile {
		f.Add(s + s + s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := Read(text, "en")
		words, last := 0, 0
		inOrder := slices.SortedFunc(slices.Values(r.Sentences), func(a, b Sentence) int { return a.Start - b.Start })
		for _, s := range inOrder {
			if s.Start < last || s.End <= s.Start || s.End > len(text) || text[s.Start:s.End] != s.Text || s.Words < fewest || s.Syllables < s.Words {
				t.Fatalf("%+v in %q", s, text)
			}
			if utf8.ValidString(text) && !utf8.ValidString(s.Text) {
				t.Fatalf("%+v cuts a letter of %q", s, text)
			}
			last = s.End
			words += s.Words
		}
		if words != r.Words || math.IsNaN(r.Grade) || (r.Note == "") != (len(r.Sentences) > 0) {
			t.Fatalf("%+v", r)
		}
		for _, h := range r.Hard {
			if text[h.Start:h.End] != h.Text {
				t.Fatalf("%+v in %q", h, text)
			}
		}
	})
}
