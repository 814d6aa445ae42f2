package event

import (
	"io"
	"strings"
	"time"

	"commonplace/internal/member"

	ics "github.com/arran4/golang-ical"
)

const zone = "Europe/London"

// Calendar writes events as a calendar that programs subscribe to or take in. An event keeps its number there, whatever the
// hub is called, so that a change finds the entry it is of.
func Calendar(w io.Writer, name, base string, events []*Event) error {
	cal := begin(name)
	addLondon(cal)
	for _, e := range events {
		e.addTo(cal, base)
	}
	return cal.SerializeTo(w, ics.WithNewLine("\r\n")) // by itself it writes what the machine writes
}

func begin(name string) *ics.Calendar {
	cal := ics.NewCalendarFor("Commonplace")
	cal.SetProductId("-//Commonplace//Events//EN")
	cal.SetCalscale("GREGORIAN")
	cal.SetMethod(ics.MethodPublish)
	cal.SetName(name)
	cal.SetXWRCalName(name)
	cal.SetRefreshInterval("PT6H")
	cal.SetXPublishedTTL("PT6H")
	return cal
}

// WholeDay is a day in a calendar that is no event of ours, such as one by which something is due.
type WholeDay struct {
	ID               string
	On               time.Time
	Title, Says, URL string
}

// DayCalendar writes whole days as a calendar. Changed is when any of them last did.
func DayCalendar(w io.Writer, name string, days []WholeDay, changed time.Time) error {
	cal := begin(name)
	for _, d := range days {
		entry := cal.AddEvent(d.ID + "@commonplace")
		entry.SetDtStampTime(changed)
		entry.SetSummary(d.Title)
		entry.SetDescription(d.Says)
		entry.SetURL(d.URL)
		entry.SetProperty(ics.ComponentPropertyDtStart, d.On.Format("20060102"), ics.WithValue("DATE"))
		entry.SetProperty(ics.ComponentPropertyDtEnd, d.On.AddDate(0, 0, 1).Format("20060102"), ics.WithValue("DATE"))
	}
	return cal.SerializeTo(w, ics.WithNewLine("\r\n"))
}

// addLondon explains the zone, for programs that do not know it: an hour more from the last Sunday of March, at one o'clock,
// to the last Sunday of October.
func addLondon(cal *ics.Calendar) {
	tz := cal.AddTimezone(zone)
	summer := &ics.Daylight{}
	for _, c := range []struct {
		part                  *ics.ComponentBase
		name, from, to, start string
		month                 string
	}{
		{&summer.ComponentBase, "BST", "+0000", "+0100", "19810329T010000", "3"},
		{&tz.AddStandard().ComponentBase, "GMT", "+0100", "+0000", "19961027T020000", "10"},
	} {
		c.part.SetProperty("TZNAME", c.name)
		c.part.SetProperty("TZOFFSETFROM", c.from)
		c.part.SetProperty("TZOFFSETTO", c.to)
		c.part.SetProperty(ics.ComponentPropertyDtStart, c.start)
		c.part.SetProperty(ics.ComponentPropertyRrule, "FREQ=YEARLY;BYMONTH="+c.month+";BYDAY=-1SU")
	}
	tz.Components = append(tz.Components, summer)
}

func (e *Event) addTo(cal *ics.Calendar, base string) {
	entry := cal.AddEvent(e.Id + "@commonplace")
	changed := e.GetDateTime("updated").Time()
	entry.SetDtStampTime(changed)
	entry.SetModifiedAt(changed)
	entry.SetCreatedTime(e.GetDateTime("created").Time())
	entry.SetSequence(e.GetInt("sequence"))
	entry.SetSummary(e.calendarTitle())
	entry.SetStatus(ics.ObjectStatusConfirmed)
	if e.State() == Cancelled {
		entry.SetStatus(ics.ObjectStatusCancelled)
	}
	if where := e.location(); where != "" {
		entry.SetLocation(where)
	}
	if says := e.description(base); says != "" {
		entry.SetDescription(says)
	}
	entry.SetURL(base + e.Address())
	if e.AllDay() { // the end is the first day that is not in it any more
		entry.SetProperty(ics.ComponentPropertyDtStart, e.Starts().Format("20060102"), ics.WithValue("DATE"))
		entry.SetProperty(ics.ComponentPropertyDtEnd, e.Over().Format("20060102"), ics.WithValue("DATE"))
		return
	}
	entry.SetProperty(ics.ComponentPropertyDtStart, local(e.Starts()), ics.WithTZID(zone))
	entry.SetProperty(ics.ComponentPropertyDtEnd, local(e.Ends()), ics.WithTZID(zone))
}

func local(t time.Time) string { return t.In(member.London).Format("20060102T150405") }

func (e *Event) calendarTitle() string {
	if e.State() == Cancelled {
		return "Cancelled: " + e.Title()
	}
	return e.Title()
}

// location is where it is, in one line.
func (e *Event) location() string {
	var parts []string
	for _, p := range append([]string{e.Venue()}, strings.Split(e.Where(), "\n")...) {
		if p = strings.Trim(p, " ,"); p != "" {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 && e.Online() != "" {
		return "Online"
	}
	return strings.Join(parts, ", ")
}

// description is what a calendar shows of it; for the rest it leads to the page.
func (e *Event) description(base string) string {
	var says []string
	add := func(before, words string) {
		if words != "" {
			says = append(says, before+words)
		}
	}
	if e.State() == Cancelled {
		add("Cancelled: ", e.Reason())
	}
	add("", e.Summary())
	add("Online: ", e.Online())
	add("How to join: ", e.HowToJoin())
	var needs []string
	for _, n := range e.Needs() {
		needs = append(needs, NeedWord(n))
	}
	add("Access: ", strings.Join(needs, ", "))
	add("", base+e.Address())
	return strings.Join(says, "\n\n")
}

// Changed is when anything in a list last changed.
func Changed(events []*Event) time.Time {
	var last time.Time
	for _, e := range events {
		if t := e.GetDateTime("updated").Time(); t.After(last) {
			last = t
		}
	}
	return last
}
