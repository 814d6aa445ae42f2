package library_test

import (
	"testing"

	"commonplace/internal/library"
)

func TestSourceSaysWhen(t *testing.T) {
	for date, want := range map[library.Loose]string{"2018-11-22": "22 November 2018", "2024-04": "April 2024", "2014": "2014", "winter 2025": "winter 2025", "": ""} {
		if got := (library.Source{Date: date}).Said(); got != want {
			t.Errorf("the date %q is said as %q, and should be %q", date, got, want)
		}
	}
	if got := (library.Source{Kind: "case-study"}).KindWord(); got != "case study" {
		t.Errorf("the kind is said as %q", got)
	}
}
