package plan_test

import (
	"strings"
	"testing"

	"commonplace/internal/plan"
)

// TestReadValue takes numbers as people write them, and says what is wrong with the others.
func TestReadValue(t *testing.T) {
	for _, c := range []struct {
		typed, unit string
		value       float64
		fault       string
	}{
		{"12", "people", 12, ""}, {" 1,250 ", "people", 1250, ""}, {"12.5", "", 12.5, ""}, {"-3", "days", -3, ""}, {"45%", "% of carers", 45, ""}, {"45 % of carers", "% of carers", 45, ""},
		{"12 people", "people", 12, ""}, {"12 PEOPLE", "people", 12, ""}, {"£300", "£ a year", 300, ""}, {"0", "", 0, ""}, {"1000000", "", 1e6, ""},
		{"", "people", 0, "Write the number."}, {"many", "people", 0, "not a number"}, {"1e400", "people", 0, "not a number"}, {"1e3", "", 0, "not a number"}, {"0x10", "", 0, "unit"},
		{"=1+1", "", 0, "not a number"}, {"+4", "", 0, "not a number"}, {"NaN", "", 0, "not a number"}, {"Inf", "", 0, "not a number"}, {"1,25", "", 0, "not a number"}, {"1.250,5", "", 0, "not a number"},
		{"45%", "people", 0, "another unit: this is counted in people"}, {"12 surgeries", "people", 0, "another unit"}, {"9999999999999", "people", 0, "too large"}, {"101", "% of carers", 0, "from 0 to 100"},
		{"120", "% more than before", 120, ""}, {"-1", "% of carers", 0, "from 0 to 100"}, {strings.Repeat("9", 400), "", 0, "too large"}, {strings.Repeat("x", 400), "", 0, "…"},
		{"12", "£ a year", 12, ""}, {"é", "é", 0, "not a number"},
	} {
		got, err := plan.ReadValue(c.typed, c.unit)
		switch {
		case c.fault == "" && (err != nil || got != c.value):
			t.Errorf("%q in %q: %v, %v", c.typed, c.unit, got, err)
		case c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)):
			t.Errorf("%q in %q: %v, %v, not %q", c.typed, c.unit, got, err, c.fault)
		}
	}
}
