package guard

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// cases are the lines of testdata/*.txt: a text, a tab, and what is found in it as "kind: words", with "; " between two.
// In a text \n stands for a line break and \u{200B} for the character of that number. Lines with # are remarks.
func cases(t testing.TB) map[string]string {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	all := map[string]string{}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			text, want, cut := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			switch {
			case text == "" || strings.HasPrefix(text, "#"):
			case !cut:
				t.Errorf("%s: a line without a tab: %q", name, text)
			default:
				all[unescape(text)] = unescape(want)
			}
		}
	}
	return all
}

func unescape(s string) string {
	s = strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t").Replace(s)
	for {
		start := strings.Index(s, `\u{`)
		if start < 0 {
			return s
		}
		end := start + strings.IndexByte(s[start:], '}')
		var r rune
		fmt.Sscanf(s[start+3:end], "%x", &r)
		s = s[:start] + string(r) + s[end+1:]
	}
}

func listed(text string, findings []Finding) string {
	var all []string
	for _, f := range findings {
		all = append(all, string(f.Kind)+": "+text[f.Start:f.End])
	}
	return strings.Join(all, "; ")
}

func TestFind(t *testing.T) {
	for text, want := range cases(t) {
		if got := listed(text, Find(text)); got != want {
			t.Errorf("%q\ngot  %q\nwant %q", text, got, want)
		}
	}
}

// Each case is found in the middle of other text, too, and at the same words.
func TestFindAmongOtherText(t *testing.T) {
	for text, want := range cases(t) {
		if long := "Ünïcode first.\n\n" + text + "\n\nAnd last."; listed(long, Find(long)) != want {
			t.Errorf("%q\ngot  %q\nwant %q", long, listed(long, Find(long)), want)
		}
	}
}

func TestCheckDigit(t *testing.T) {
	for digits, want := range map[string]bool{
		"9434765919": true, "9434765918": false, "4505577104": true, "9876543210": true, "4010232137": true,
		"1000000010": false, // its check digit would be 10
	} {
		if checkDigitFits(digits) != want {
			t.Errorf("%s: %v", digits, !want)
		}
	}
}

func TestACalledNumberWithASlipIsSaidAsSuch(t *testing.T) {
	for text, slip := range map[string]bool{"NHS number: 943 476 5918": true, "NHS number: 943 476 5919": false} {
		got := Find(text)
		if len(got) != 1 || strings.Contains(got[0].Says, "slip") != slip {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestAllow(t *testing.T) {
	const text = "Ring +44 (0)113 496 0000 or 07700 900123, write to Info@Carers.example or jo@carers.example, LS1 4AP or BD1 1HY."
	got := listed(text, Find(text, "Tel: 0113-4960000", "info@carers.example, ls1 4ap"))
	if want := "phone: 07700 900123; email: jo@carers.example; postcode: BD1 1HY"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		"Jo (jo@a.example) was born on 3 March 1960, NHS number 943 476 5919.": "Jo ([email address]) was born on [date of birth], NHS number [NHS number].",
		"Ring **07700 900123** at LS1 4AP, AB 12 34 56 C.":                     "Ring **[phone number]** at [postcode], [National Insurance number].",
		"Sort code 12-34-56, account 12345678":                                 "Sort code [bank details]",
		"Nothing here.":                                                        "Nothing here.",
	} {
		if got := Redact(text, Find(text)); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	if got := Redact("abc", []Finding{{Phone, 1, 2, ""}, {Phone, 1, 3, ""}, {Phone, -1, 0, ""}, {Phone, 2, 9, ""}}); got != "a[phone number]c" {
		t.Errorf("findings of another text: %q", got)
	}
}

func TestWords(t *testing.T) {
	for _, k := range []Kind{NHSNumber, Phone, Postcode, BirthDate, Email, NationalInsurance, Bank} {
		if k.Words() == "" || says[k] == "" {
			t.Errorf("%s has no words", k)
		}
	}
}

// hostile texts make a slow finder slow.
var hostile = []string{
	"0", "07", "0 ", "1234567890 ", "943 476 5919 ", "12345678 ", "12-34-56 12345678 ", "@", "a@a.", "a.", "a@", "born ", "born 1 ", "| dob ", "|---", "dob 1/1/1 ", "ab12",
	"ab 12 34 56 ", "LS1 ", "(0", "+44 (0) ", "+", "nhs number ", "&#8203;", "&", "<", "<b>", "\u200b", "*", "\\", "://", "www.", "4", "44", "9434765919", "\n", "\n| dob\n|---\n",
}

// The bar is 20 ms for what people write. What somebody made to be slow may take longer, but no more than in proportion to
// its length; a machine that has much else to do is slow with the quarter too.
func TestTimeIsLinear(t *testing.T) {
	var all []string
	for text := range cases(t) {
		all = append(all, text)
	}
	slices.Sort(all)
	const prose = "Carers in Leeds can ask for a break. Ring us, or write by 3 March 2026 if you like.\n"
	for _, piece := range append([]string{prose, strings.Join(all, "\n")}, hostile...) {
		bar := 200 * time.Millisecond
		if piece == prose {
			bar = 20 * time.Millisecond
		}
		text := strings.Repeat(piece, 256<<10/len(piece))
		best := fastest(text, bar)
		if best <= bar {
			continue
		}
		if quarter := fastest(text[:len(text)/4], 0); piece == prose || best > 6*quarter {
			t.Errorf("256 KiB of %.20q take %v, a quarter of it %v", piece, best, quarter)
		}
	}
}

// fastest is the best of five, or the first that is within enough.
func fastest(text string, enough time.Duration) time.Duration {
	best := time.Hour
	for range 5 {
		start := spent()
		Find(text)
		if best = min(best, spent()-start); best < enough {
			break
		}
	}
	return best
}

func BenchmarkFind(b *testing.B) {
	text := strings.Repeat("Carers in Leeds can ask for a break, 24 hours a day. Ring 0113 496 0000 by 3 March 2026.\n", 256<<10/90)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Find(text)
	}
}

func FuzzFind(f *testing.F) {
	for text := range cases(f) {
		f.Add(text)
	}
	for _, text := range hostile {
		f.Add(text + text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		findings := Find(text)
		last := 0
		for _, g := range findings {
			if g.Start < last || g.End <= g.Start || g.End > len(text) || g.Says == "" || g.Kind.Words() == "" {
				t.Fatalf("%+v in %q", findings, text)
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[g.Start:g.End]) {
				t.Fatalf("%+v cuts a letter of %q", g, text)
			}
			last = g.End
		}
		if len(Find(text, text)) > 0 {
			t.Errorf("what is allowed is found in %q", text)
		}
		if clean := Redact(text, findings); len(findings) > 0 && clean == text {
			t.Errorf("%q is not redacted", text)
		}
	})
}
