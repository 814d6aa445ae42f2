package library_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

func figure(t testing.TB, h *hubtest.Hub, key string) *library.Figure {
	t.Helper()
	f, err := library.FigureByKey(h.App, key)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func flagged(t testing.TB, h *hubtest.Hub, d *library.Document) string {
	t.Helper()
	list, err := library.ChangedFigures(h.App, d.Id)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, f := range list {
		keys = append(keys, f.Key)
	}
	return strings.Join(keys, " ")
}

// TestAChangedFigureFlagsEveryPageThatQuotesIt until somebody has checked the page.
func TestAChangedFigureFlagsEveryPageThatQuotesIt(t *testing.T) {
	h := hubtest.New(t)
	quotes := mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, map[string]any{"title": "Quotes", "body": "It is {{figure carers-allowance-week}}, and {{figure herts-passports}}."})))
	bullet := mustSave(t, h.App, fresh(t, h.App, library.CaseStudy, complete(h.App, map[string]any{"title": "In a bullet", "result": "- {{figure carers-allowance-week}}"})))
	other := mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, map[string]any{"title": "Other", "body": "`{{figure carers-allowance-week}}` and {{figure herts-passports}}"})))
	f := figure(t, h, "carers-allowance-week")
	was := f.Text()
	f.Set("note", "Another note.")
	if err := h.App.Save(f); err != nil || flagged(t, h, quotes) != "" || len(f.History()) != 0 {
		t.Errorf("a note flags %q and is remembered: %v; %v", flagged(t, h, quotes), f.History(), err)
	}
	f = figure(t, h, f.Key())
	f.Load(map[string]any{"text": "£99.95 a week", "value": 99.95})
	if err := h.App.Save(f); err != nil {
		t.Fatal(err)
	}
	for d, want := range map[*library.Document]string{quotes: f.Key(), bullet: f.Key(), other: ""} {
		if got := flagged(t, h, d); got != want {
			t.Errorf("%s: %q", d.Title(), got)
		}
	}
	if plain := reload(t, h.App, quotes).GetString("plain"); !strings.Contains(plain, "£99.95 a week") || strings.Contains(plain, was) {
		t.Errorf("search still reads %q", plain)
	}
	old := figure(t, h, f.Key()).History()
	if len(old) != 1 || old[0].Text != was || time.Since(old[0].At) > time.Minute {
		t.Errorf("it remembers %+v", old)
	}
	h.Settle()
	// A save that is no check leaves the flag; a check takes it, and only from that page.
	d := reload(t, h.App, quotes)
	d.Set("summary", "Another summary.")
	d = mustSave(t, h.App, d)
	if flagged(t, h, d) == "" {
		t.Error("any save takes the flag away")
	}
	if err := library.Check(h.App, d, "", time.Time{}); err != nil || flagged(t, h, d) != "" || flagged(t, h, bullet) == "" {
		t.Errorf("after a check: %q and %q, %v", flagged(t, h, d), flagged(t, h, bullet), err)
	}
	// A page that quotes it no more is none of them.
	b := reload(t, h.App, bullet)
	b.Set("result", "- nothing")
	b = mustSave(t, h.App, b)
	if flagged(t, h, b) != "" {
		t.Error("the flag stays on a page that quotes it no more")
	}
	if n, err := library.CountUses(h.App, "herts-passports"); n < 2 || err != nil {
		t.Error(n, err)
	}
}

func TestOnlyPagesThatOneMaySeeQuoteAFigure(t *testing.T) {
	h := hubtest.New(t)
	mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, map[string]any{"title": "Of the board", "space": h.Record("spaces", "slug", "programme-board").Id, "body": "{{figure herts-passports}}"})))
	for who, sees := range map[string]bool{"guest": false, "member": false, "lead": true} {
		cards, err := library.QuotedOn(h.App, viewerOf(t, h, who), "herts-passports")
		if got := strings.Contains(fmt.Sprint(cards), "Of the board"); err != nil || got != sees {
			t.Errorf("%s: %v, %v", who, got, err)
		}
	}
}

// TestAFigureOfItsTimeIsNotOutOfDate: it says of when it is, and it has to know.
func TestAFigureOfItsTimeIsNotOutOfDate(t *testing.T) {
	h := hubtest.New(t)
	for _, c := range []struct {
		from, until, says string
		past, expired     bool
	}{
		{"2018-11-22", "2021-05-01", "", false, true},
		{"2018-11-22", "2021-05-01", " (as it was in November 2018)", true, false},
		{"2017-01-01", "2019-02-01", " (as it was in 2017)", true, false},
		{"2018-11-22", "", "of_its_time", true, false},
		{"", "2021-05-01", "of_its_time", true, false},
	} {
		f := figure(t, h, "martha-calls")
		f.Load(map[string]any{"from": c.from, "until": c.until, "of_its_time": c.past})
		says := ""
		if err := h.App.Save(f); err != nil {
			says = strings.Join(keysOf(faultsIn(t, err)), " ")
		} else {
			says = f.AsItWas()
		}
		if says != c.says || f.Expired(time.Now()) != c.expired {
			t.Errorf("%+v: %q, expired %v", c, says, f.Expired(time.Now()))
		}
	}
}

func TestFiguresKeepWhatTheyPromise(t *testing.T) {
	h := hubtest.New(t)
	for _, c := range []struct{ field, value, fault string }{
		{"key", "other-key", "key"}, {"label", " ", "label"}, {"text", "", "text"}, {"until", "2001-01-01", "until"},
		{"source", `{"title":"x","url":"javascript:alert(1)"}`, "source_url"}, {"working", "1 +", "working"}, {"working", "nobody * 2", "working"},
		{"working", "carers-allowance-week * 2", "working"}, {"working", "herts-passports * 2", ""}, {"working", "", ""},
	} {
		f := figure(t, h, "carers-allowance-week")
		f.Set(c.field, c.value)
		faults := ""
		if err := h.App.Save(f); err != nil {
			faults = strings.Join(keysOf(faultsIn(t, err)), " ")
		}
		if faults != c.fault {
			t.Errorf("%s %q: faults %q", c.field, c.value, faults)
		}
	}
	f := figure(t, h, "carers-allowance-week")
	if err := h.App.Delete(f); err == nil {
		t.Error("a figure that pages quote can be deleted")
	}
	c := f.Collection()
	unused := core.NewRecord(c)
	unused.Load(map[string]any{"key": "unused", "label": "Unused", "text": "1"})
	if err := h.App.Save(unused); err != nil {
		t.Fatal(err)
	}
	if err := h.App.Delete(unused); err != nil {
		t.Error(err)
	}
}

func keysOf(m map[string]string) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

// TestReleasesAndEditors: a figure that nobody changed follows the release; the words of an editor stay, with the release's
// beside them.
func TestReleasesAndEditors(t *testing.T) {
	h := hubtest.New(t)
	key := "herts-passports"
	ship := func(text string) {
		t.Helper()
		f := figure(t, h, key)
		values := map[string]any{}
		for _, field := range []string{"label", "value", "unit", "area", "from", "until", "source", "working", "note"} {
			values[field] = f.Get(field)
		}
		values["text"] = text
		if err := library.ShipFigure(h.App, key, values, "content"); err != nil {
			t.Fatal(err)
		}
	}
	state := func() string {
		f := figure(t, h, key)
		s, err := f.Suggested()
		if err != nil {
			t.Fatal(err)
		}
		if s == nil {
			return f.Text()
		}
		return f.Text() + " beside " + s.Text()
	}
	step := func(want string) {
		t.Helper()
		if got := state(); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
	ship("release 2")
	step("release 2")
	f := figure(t, h, key)
	f.Set("text", "an editor's")
	if err := h.App.Save(f); err != nil {
		t.Fatal(err)
	}
	ship("release 2")
	step("an editor's")
	ship("release 3")
	step("an editor's beside release 3")
	ship("release 3")
	step("an editor's beside release 3")
	if err := figure(t, h, key).Answer(h.App, false, ""); err != nil {
		t.Fatal(err)
	}
	ship("release 3")
	step("an editor's")
	ship("release 4")
	step("an editor's beside release 4")
	if err := figure(t, h, key).Answer(h.App, true, ""); err != nil {
		t.Fatal(err)
	}
	step("release 4")
	ship("release 5")
	step("release 5")
	if err := library.ShipFigure(h.App, "deleted-here", nil, "content"); err != nil {
		t.Error(err)
	}
}
