package site_test

import (
	"testing"
	"time"

	"commonplace/internal/site"
)

// TestTimesAreThoseOfTheReaders writes moments in the time of the United Kingdom, and days as they are.
func TestTimesAreThoseOfTheReaders(t *testing.T) {
	for at, want := range map[string]string{
		"2026-01-02T09:05:00Z": `<time datetime="2026-01-02T09:05:00Z">2 January 2026, 9:05am</time>`,
		"2026-07-02T09:00:59Z": `<time datetime="2026-07-02T09:00:59Z">2 July 2026, 10am</time>`,
		"2026-07-02T23:30:00Z": `<time datetime="2026-07-02T23:30:00Z">3 July 2026, 12:30am</time>`,
		"2026-12-31T12:00:00Z": `<time datetime="2026-12-31T12:00:00Z">31 December 2026, 12pm</time>`,
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(site.MomentHTML(moment)); got != want {
			t.Errorf("%s is %s", at, got)
		}
	}
	if got := site.DateHTML(time.Date(2026, 7, 2, 0, 0, 0, 0, time.UTC)); got != `<time datetime="2026-07-02">2 July 2026</time>` {
		t.Errorf("a day is %s", got)
	}
	if site.MomentHTML(time.Time{}) != "" || site.DateHTML(time.Time{}) != "" {
		t.Error("no time is some time")
	}
}

func TestWordsOfNumbersAndHosts(t *testing.T) {
	for n, want := range map[int]string{0: "0 replies", 1: "1 reply", 2: "2 replies"} {
		if got := site.Counted(n, "reply", "replies"); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
	for address, want := range map[string]string{"https://www.example.org/a?b": "example.org", "http://sub.example.org:80/": "sub.example.org:80", "words": "", "://": "", "": ""} {
		if got := site.Host(address); got != want {
			t.Errorf("%q is of %q", address, got)
		}
	}
	for cell, want := range map[string]string{"=1+1": "'=1+1", "+44": "'+44", "-1": "'-1", "@a": "'@a", "\ta": "'\ta", "\ra": "'\ra", "a=b": "a=b", "": "", "é": "é"} {
		if got := site.NotFormula(cell); got != want {
			t.Errorf("%q becomes %q", cell, got)
		}
	}
}
