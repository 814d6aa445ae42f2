package event

import (
	"errors"
	"strings"
	"time"

	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/tools/types"
)

// What is wrong with a time that somebody typed.
var (
	ErrDay  = errors.New("that is not a day")
	ErrTime = errors.New("that is not a time of day")
	ErrGap  = errors.New("the clocks go forward in that hour, so it does not exist")
)

// Moment is a day and a time of day in London, as a form sends them: 2026-03-29 and 14:30. Without a time it is the day's
// beginning. When the clocks go back an hour comes twice, and the first is meant.
func Moment(day, clock string) (time.Time, error) {
	d, err := time.Parse(time.DateOnly, strings.TrimSpace(day))
	if err != nil {
		return time.Time{}, ErrDay
	}
	var c time.Time
	if clock = strings.TrimSpace(clock); clock != "" {
		if c, err = time.Parse("15:04", strings.Replace(clock, ".", ":", 1)); err != nil {
			return time.Time{}, ErrTime
		}
	}
	at := time.Date(d.Year(), d.Month(), d.Day(), c.Hour(), c.Minute(), 0, 0, member.London)
	if at.Hour() != c.Hour() || at.Minute() != c.Minute() {
		return time.Time{}, ErrGap
	}
	if before := at.Add(-time.Hour); before.Hour() == at.Hour() {
		return before, nil
	}
	return at, nil
}

// midnight is the beginning of a day in London.
func midnight(t time.Time) time.Time {
	t = t.In(member.London)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, member.London)
}

// stamp is a moment as the database keeps it.
func stamp(t time.Time) string {
	d, _ := types.ParseDateTime(t.UTC())
	return d.String()
}

const day = "2 January 2006"

// Clock is a time of day as people say it: 2:30pm, midday, midnight.
func Clock(t time.Time) string {
	switch {
	case t.Hour() == 12 && t.Minute() == 0:
		return "midday"
	case t.Hour() == 0 && t.Minute() == 0:
		return "midnight"
	case t.Minute() == 0:
		return t.Format("3pm")
	}
	return t.Format("3:04pm")
}

// When says in words when it is: "Saturday 28 March 2026, 2pm to 4pm".
func (e *Event) When() string {
	from, to := e.Starts(), e.Ends()
	same := midnight(from).Equal(midnight(to))
	switch {
	case e.AllDay() && same:
		return from.Format("Monday "+day) + ", all day"
	case e.AllDay():
		return from.Format("Monday "+day) + " to " + to.Format("Monday "+day)
	case same:
		return from.Format("Monday "+day) + ", " + Clock(from) + " to " + Clock(to)
	}
	return from.Format("Monday "+day) + ", " + Clock(from) + ", to " + to.Format("Monday "+day) + ", " + Clock(to)
}
