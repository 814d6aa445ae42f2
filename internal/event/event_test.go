package event_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"commonplace/internal/event"
	"commonplace/internal/hubtest"

	"github.com/emersion/go-ical"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

func TestMoment(t *testing.T) {
	for _, c := range []struct {
		day, clock, want string
		err              error
	}{
		{"2026-01-15", "14:30", "2026-01-15T14:30:00Z", nil},
		{"2026-07-15", "14:30", "2026-07-15T13:30:00Z", nil},
		{"2026-07-15", " 9.05", "2026-07-15T08:05:00Z", nil},
		{"2026-03-29", "00:59", "2026-03-29T00:59:00Z", nil},
		{"2026-03-29", "01:30", "", event.ErrGap},
		{"2026-03-29", "02:00", "2026-03-29T01:00:00Z", nil},
		{"2026-10-25", "01:30", "2026-10-25T00:30:00Z", nil}, // it comes twice
		{"2026-10-25", "02:00", "2026-10-25T02:00:00Z", nil},
		{"2028-02-29", "", "2028-02-29T00:00:00Z", nil},
		{"2027-02-29", "10:00", "", event.ErrDay},
		{"2026-06-31", "10:00", "", event.ErrDay},
		{"tomorrow", "10:00", "", event.ErrDay},
		{"2026-06-30", "25:00", "", event.ErrTime},
		{"2026-06-30", "ten", "", event.ErrTime},
	} {
		at, err := event.Moment(c.day, c.clock)
		got := ""
		if err == nil {
			got = at.UTC().Format(time.RFC3339)
		}
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s %s is %s, %v; want %s, %v", c.day, c.clock, got, err, c.want, c.err)
		}
	}
}

func at(t *testing.T, day, clock string) time.Time {
	t.Helper()
	m, err := event.Moment(day, clock)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// made is an event that was not saved, as far as what follows from its fields needs one.
func made(h *hubtest.Hub, t *testing.T, values map[string]any) *event.Event {
	t.Helper()
	e, err := event.New(h.App, "")
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]any{"title": "Tea", "venue": "The hall", "state": event.Published, "starts": at(t, "2026-06-01", "14:00"), "ends": at(t, "2026-06-01", "16:00")} {
		e.Set(k, v)
	}
	for k, v := range values {
		e.Set(k, v)
	}
	return e
}

func save(h *hubtest.Hub, t *testing.T, values map[string]any) *event.Event {
	t.Helper()
	e := made(h, t, values)
	if err := h.App.Save(e.Record); err != nil {
		t.Fatal(err)
	}
	return again(h, t, e)
}

func again(h *hubtest.Hub, t *testing.T, e *event.Event) *event.Event {
	t.Helper()
	e, err := event.ByID(h.App, e.Id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEvents(t *testing.T) {
	h := hubtest.New(t)
	t.Run("promises", func(t *testing.T) { promises(t, h) })
	t.Run("life", func(t *testing.T) { life(t, h) })
	t.Run("calendar", func(t *testing.T) { calendar(t, h) })
	t.Run("rooms", func(t *testing.T) { rooms(t, h) })
	t.Run("asking", func(t *testing.T) { asking(t, h) })
}

// promises hold whoever saves.
func promises(t *testing.T, h *hubtest.Hub) {
	for _, c := range []struct {
		what, fault string
		values      map[string]any
	}{
		{"nothing wrong", "", nil},
		{"no day", "starts", map[string]any{"starts": nil}},
		{"no end", "ends", map[string]any{"ends": nil}},
		{"it ends when it begins", "ends", map[string]any{"ends": at(t, "2026-06-01", "14:00")}},
		{"it ends before", "ends", map[string]any{"ends": at(t, "2026-05-31", "14:00")}},
		{"all of one day", "", map[string]any{"all_day": true, "ends": at(t, "2026-06-01", "")}},
		{"longer than a month", "ends", map[string]any{"ends": at(t, "2026-07-03", "14:00")}},
		{"a year long ago", "starts", map[string]any{"starts": at(t, "1926-06-01", "14:00")}},
		{"a year far away", "starts", map[string]any{"starts": at(t, "2226-06-01", "14:00"), "ends": at(t, "2226-06-01", "15:00")}},
		{"nowhere", "venue", map[string]any{"venue": ""}},
		{"nowhere yet", "", map[string]any{"venue": "", "state": event.Draft}},
		{"online", "", map[string]any{"venue": "", "online": "https://meet.example.org/a"}},
		{"an address that is a script", "online", map[string]any{"online": "javascript:alert(1)"}},
		{"cancelled without a word", "reason", map[string]any{"state": event.Cancelled}},
		{"a need that nobody knows", "needs", map[string]any{"needs": []string{"free-beer"}}},
		{"people whom nobody knows", "audience", map[string]any{"audience": []string{"astronaut"}}},
		{"people", "", map[string]any{"audience": []string{"young-carer"}}},
		{"a title that is too long", "title", map[string]any{"title": strings.Repeat("é", 201)}},
		{"a summary that is too long", "summary", map[string]any{"summary": strings.Repeat("x", 201)}},
		{"an outcome of what has not been", "outcome", map[string]any{"starts": time.Now().Add(time.Hour), "ends": time.Now().Add(2 * time.Hour), "outcome": "All is well."}},
	} {
		var faults validation.Errors
		err := h.App.Save(made(h, t, c.values).Record)
		if err != nil && !errors.As(err, &faults) {
			t.Fatal(err)
		}
		if _, found := faults[c.fault]; c.fault == "" && err != nil || c.fault != "" && !found {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// life is how an event changes: its address stays, calendars are told, and what was announced is not taken back.
func life(t *testing.T, h *hubtest.Hub) {
	e := save(h, t, map[string]any{"title": "Coffee\r\n\x07 for  carers", "state": event.Draft})
	if e.Title() != "Coffee for carers" || e.Address() != "/events/coffee-for-carers" {
		t.Errorf("%q stands at %s", e.Title(), e.Address())
	}
	if other := save(h, t, map[string]any{"title": "Coffee for carers"}); other.Address() != "/events/coffee-for-carers-2" {
		t.Errorf("another one stands at %s", other.Address())
	}
	for _, step := range []struct {
		what     string
		set      map[string]any
		sequence int
		fault    string
	}{
		{"a draft is not cancelled", map[string]any{"state": event.Cancelled, "reason": "Rain."}, 0, "state"},
		{"it is announced under another title", map[string]any{"state": event.Published, "title": "Tea"}, 1, ""},
		{"more is said of it", map[string]any{"body": "Bring a cup."}, 1, ""},
		{"it moves", map[string]any{"starts": at(t, "2026-06-01", "15:00")}, 2, ""},
		{"it is not taken back", map[string]any{"state": event.Draft}, 2, "state"},
		{"it is cancelled", map[string]any{"state": event.Cancelled, "reason": "Rain."}, 3, ""},
		{"it takes place after all", map[string]any{"state": event.Published}, 4, ""},
	} {
		e = again(h, t, e)
		for k, v := range step.set {
			e.Set(k, v)
		}
		var faults validation.Errors
		if err := h.App.Save(e.Record); err != nil && !errors.As(err, &faults) {
			t.Fatal(err)
		}
		if len(faults) > 0 != (step.fault != "") || step.fault != "" && faults[step.fault] == nil {
			t.Errorf("%s: %v", step.what, faults)
		}
		if n := again(h, t, e).GetInt("sequence"); n != step.sequence {
			t.Errorf("%s: it is version %d, not %d", step.what, n, step.sequence)
		}
	}
	if e = again(h, t, e); e.Address() != "/events/coffee-for-carers" || e.Reason() != "" || !e.GetDateTime("cancelled").IsZero() {
		t.Errorf("it stands at %s, cancelled %v for %q", e.Address(), e.GetDateTime("cancelled"), e.Reason())
	}
}

// calendar is what programs read, byte for byte where it matters.
func calendar(t *testing.T, h *hubtest.Hub) {
	long := "Tea; coffee, cake\\biscuits “and” " + strings.Repeat("größer 🫖 ", 20)
	hostile := save(h, t, map[string]any{"title": "Tea\r\nEND:VEVENT\r\nX-EVIL:1", "summary": string([]rune(long)[:180]), "how_to_join": "Ask.\nEND:VCALENDAR", "venue": "Hall, room 2", "address": "High Street\nLeeds",
		"starts": at(t, "2026-07-01", "10:00"), "ends": at(t, "2026-07-01", "11:00")})
	winter := save(h, t, map[string]any{"starts": at(t, "2026-03-28", "14:00"), "ends": at(t, "2026-03-28", "16:00")})
	summer := save(h, t, map[string]any{"starts": at(t, "2026-03-29", "14:00"), "ends": at(t, "2026-03-29", "16:00")})
	leap := save(h, t, map[string]any{"starts": at(t, "2028-02-28", ""), "ends": at(t, "2028-02-29", ""), "all_day": true})
	change := save(h, t, map[string]any{"starts": at(t, "2026-10-24", ""), "ends": at(t, "2026-10-25", ""), "all_day": true})
	off := save(h, t, map[string]any{"state": event.Cancelled, "reason": "Rain."})
	var b bytes.Buffer
	if err := event.Calendar(&b, "Events", "https://hub.example.org", []*event.Event{hostile, winter, summer, leap, change, off}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(b.String(), "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d bytes: %q", len(line), line)
		}
	}
	whole := strings.ReplaceAll(b.String(), "\r\n ", "")
	for _, want := range []string{
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "\r\nMETHOD:PUBLISH\r\n", "SUMMARY:Tea END:VEVENT X-EVIL:1\r\n", `LOCATION:Hall\, room 2\, High Street\, Leeds`, `How to join: Ask.\nEND:VCALENDAR`,
		"DTSTART;TZID=Europe/London:20260328T140000\r\n", "DTEND;TZID=Europe/London:20260329T160000\r\n", "UID:" + summer.Id + "@commonplace\r\n",
		"DTSTART;VALUE=DATE:20280228\r\n", "DTEND;VALUE=DATE:20280301\r\n", "DTSTART;VALUE=DATE:20261024\r\n", "DTEND;VALUE=DATE:20261026\r\n",
		"STATUS:CANCELLED\r\n", "SEQUENCE:0\r\n", "LAST-MODIFIED:", "DTSTAMP:", "URL:https://hub.example.org" + summer.Address() + "\r\n",
		"BEGIN:VTIMEZONE\r\nTZID:Europe/London\r\n", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n",
	} {
		if !strings.Contains(whole, want) {
			t.Errorf("no %q in it", want)
		}
	}
	if n := strings.Count(whole, "\r\nEND:VEVENT\r\n"); n != 6 {
		t.Errorf("%d entries end", n)
	}
	readAgain(t, b.String(), map[*event.Event][2]string{winter: {"2026-03-28T14:00:00Z", "2026-03-28T16:00:00Z"}, summer: {"2026-03-29T13:00:00Z", "2026-03-29T15:00:00Z"}, hostile: {"2026-07-01T09:00:00Z", "2026-07-01T10:00:00Z"}})
}

// readAgain takes a calendar in with another program's parser than the one whose library writes it.
func readAgain(t *testing.T, text string, times map[*event.Event][2]string) {
	t.Helper()
	cal, err := ical.NewDecoder(strings.NewReader(text)).Decode()
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]ical.Event{}
	for _, entry := range cal.Events() {
		id, err := entry.Props.Text(ical.PropUID)
		if err != nil {
			t.Error(err)
		}
		read[id] = entry
	}
	if len(read) != 6 {
		t.Errorf("it reads %d events", len(read))
	}
	for e, want := range times {
		entry := read[e.Id+"@commonplace"]
		from, err1 := entry.DateTimeStart(time.UTC)
		to, err2 := entry.DateTimeEnd(time.UTC)
		if got := [2]string{from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339)}; got != want || err1 != nil || err2 != nil {
			t.Errorf("%v is read as %v (%v, %v)", want, got, err1, err2)
		}
		says, err := entry.Props.Text(ical.PropDescription)
		if err != nil || !strings.Contains(says, e.Summary()) || !strings.HasSuffix(says, e.Address()) {
			t.Errorf("%q is read as %q (%v)", e.Summary(), says, err)
		}
	}
}

// asking is done on the morning after, once more after two weeks, and never again.
func asking(t *testing.T, h *hubtest.Hub) {
	author := h.Record("users", "email", "partner@example.org")
	ask := func(now time.Time) {
		t.Helper()
		if _, err := event.AskOutcomes(h.App, now); err != nil {
			t.Fatal(err)
		}
	}
	e := save(h, t, map[string]any{"author": author.Id, "starts": at(t, "2026-07-01", "18:00"), "ends": at(t, "2026-07-01", "23:30")})
	told := save(h, t, map[string]any{"author": author.Id, "starts": at(t, "2026-07-01", "18:00"), "ends": at(t, "2026-07-01", "20:00"), "outcome": "There is a card now."})
	off := save(h, t, map[string]any{"author": author.Id, "starts": at(t, "2026-07-01", "18:00"), "ends": at(t, "2026-07-01", "20:00"), "state": event.Cancelled, "reason": "Rain."})
	for _, c := range []struct {
		now  time.Time
		want int
	}{
		{at(t, "2026-07-02", "07:59"), 0}, {at(t, "2026-07-02", "08:00"), 1}, {at(t, "2026-07-02", "09:00"), 1}, {at(t, "2026-07-15", "23:00"), 1},
		{at(t, "2026-07-16", "08:00"), 2}, {at(t, "2026-08-01", "08:00"), 2},
	} {
		ask(c.now)
		if n := again(h, t, e).GetInt("asked"); n != c.want {
			t.Errorf("until %v it was asked %d times, not %d", c.now, n, c.want)
		}
	}
	if again(h, t, told).GetInt("asked")+again(h, t, off).GetInt("asked") > 0 {
		t.Error("it was asked about what was told or called off")
	}
	if e = again(h, t, e); !e.GivenUp(at(t, "2026-08-02", "")) || e.GivenUp(at(t, "2026-07-01", "20:00")) || e.GetInt("sequence") != 0 {
		t.Error("it is not given up when it is, or calendars are told")
	}
	if keepers, err := e.Keepers(h.App); err != nil || len(keepers) != 1 || keepers[0] != author.Id {
		t.Errorf("%v are asked, %v", keepers, err)
	}
	gone := save(h, t, map[string]any{"author": ""})
	if keepers, err := gone.Keepers(h.App); err != nil || len(keepers) == 0 {
		t.Errorf("where nobody is left, %v are asked, %v", keepers, err)
	}
}

// rooms that hold events stay: without a space they would be everybody's.
func rooms(t *testing.T, h *hubtest.Hub) {
	c, err := h.App.FindCollectionByNameOrId("spaces")
	if err != nil {
		t.Fatal(err)
	}
	space := core.NewRecord(c)
	space.Load(map[string]any{"slug": "small-room", "title": "Small room", "level": "confidential"})
	if err := h.App.Save(space); err != nil {
		t.Fatal(err)
	}
	e := save(h, t, map[string]any{"space": space.Id})
	if err := h.App.Delete(space); err == nil {
		t.Error("the space is gone, and its event is in the library")
	}
	if e = again(h, t, e); e.Space() != space.Id {
		t.Errorf("the event is in %s", e.Space())
	}
	if err := h.App.Delete(e.Record); err != nil {
		t.Fatal(err)
	}
	if err := h.App.Delete(space); err != nil {
		t.Error(err)
	}
}
