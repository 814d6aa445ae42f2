package site_test

import (
	"testing"
	"time"

	"commonplace/internal/site"
)

// TestVoicesOfADay: one address can tell so much in a day, and the next day nothing is known of it.
func TestVoicesOfADay(t *testing.T) {
	take, day := site.Voices(), time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC)
	for i := range 31 {
		if got := take("192.0.2.1", day); got != (i < 30) {
			t.Fatalf("message %d: %v", i+1, got)
		}
	}
	if !take("192.0.2.2", day) {
		t.Error("another address has to wait")
	}
	if !take("192.0.2.1", day.Add(2*time.Hour)) {
		t.Error("it is still known the next day")
	}
}
