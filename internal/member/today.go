package member

import (
	"time"
	_ "time/tzdata" // an hour in June is not one in January, also where the machine has no zone files
)

// London is where the hub's people live: its days are theirs. With the zones built in there is no way that it cannot be read.
var London = func() *time.Location {
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		return time.UTC
	}
	return l
}()

// Today is the day that it is there, as rows keep days: at midnight of UTC.
func Today(now time.Time) time.Time {
	y, m, d := now.In(London).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
