package library_test

import (
	"strings"
	"testing"

	"commonplace/internal/library"
)

var worth = map[string]float64{"wyh-carers-2018": 260000, "a": 2, "b-2": 0.1, "nothing": 0}

func value(key string) (float64, bool) { v, ok := worth[key]; return v, ok }

func TestWorkingsAreReckoned(t *testing.T) {
	for working, want := range map[string]string{
		"260000 * 19000": "4,940,000,000", "260,000 x 19,000": "4,940,000,000", "wyh-carers-2018 × 19000": "4,940,000,000",
		"53413098 - 48734833": "4,678,265", "2600000 / 10": "260,000", "1 + 2 * 3": "7", "(1 + 2) * 3": "9", "10 - 2 - 3": "5", "8 / 4 / 2": "1",
		"7 / 2": "3.5", "b-2 + a/10": "0.3", "14% x 200": "28", "100 / 50%": "200", "-3 + 1": "−2", "−3 + 1": "−2", "1÷8": "0.13", "a-b": "!", "a - 1": "1",
		"12,345.67": "12,345.67", "9007199254740993 + 1": "9,007,199,254,740,994",
	} {
		s, err := library.Reckon(working, value)
		if want == "!" {
			if err == nil {
				t.Errorf("%s comes to something", working)
			}
			continue
		}
		if err != nil || library.Exact(s.Value) != want {
			t.Errorf("%s: %v, not %s; %v", working, s.Value, want, err)
		}
	}
}

// TestWorkingsAreOnlySums: nothing but arithmetic is read, and nothing that takes long.
func TestWorkingsAreOnlySums(t *testing.T) {
	for _, working := range []string{
		"", "1 +", "* 2", "1 2", "(1", "1)", "1 << 40", "2 ** 9", "1 == 1", "f0", "nobody", "1e999999999", "0x10", "1_000", `"a"`, "'a'", "func() {}", "a.b", "a[0]",
		"a(1)", "!1", "^1", "&a", "1 / 0", "1 / nothing", "1 % 2", "1;2", "[]int{1}", "x", "x x x", "1,00 + 1", "١ + ١", "123456789012345678901",
		strings.Repeat("(", 240) + "1" + strings.Repeat(")", 240), strings.Repeat("1+", 100) + "1", strings.Repeat("9", 600),
	} {
		if s, err := library.Reckon(working, value); err == nil {
			t.Errorf("%q comes to %v", working, s.Value)
		}
	}
}

func TestAWorkingComesToAsMuchAsItsFigureSays(t *testing.T) {
	for _, c := range []struct {
		working string
		value   float64
		agrees  bool
	}{
		{"53413098 - 48734833", 4700000, true}, {"53413098 - 48734833", 4678265, true}, {"53413098 - 48734833", 4600000, false},
		{"260000 * 19000", 4300000000, false}, {"260000 * 19000", 4940000000, true}, {"260000 * 19000", 4900000000, true}, {"260000 * 19000", 5000000000, true},
		{"1 / 3", 0.33, true}, {"1 / 3", 0.3, true}, {"1 / 3", 0.34, false}, {"2 - 2", 0, true}, {"1 - 3", -2, true}, {"1 / 3", 0, true},
	} {
		s, err := library.Reckon(c.working, value)
		if err != nil || s.Agrees(c.value) != c.agrees {
			t.Errorf("%s is %v: %v %v", c.working, c.value, s.Agrees(c.value), err)
		}
	}
	s, _ := library.Reckon("260000 * 19000", value)
	for want, got := range map[string]string{
		"£4.94 billion": library.Amount(s.Value, "GBP"), "−£640 million": library.Amount(s.Difference(4300000000), "GBP"), "£86.45 a week": library.Amount(library.Rat(86.45), "GBP a week"),
		"14% of carers surveyed": library.Amount(library.Rat(14), "% of carers surveyed"), "260,000 people": library.Amount(library.Rat(260000), "people"), "£81.90 a week": library.Amount(library.Rat(81.90), "GBP a week"),
	} {
		if got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}
