package plan

import (
	"encoding/json"
	"reflect"
	"slices"
)

// Slip is what a day, a target or a reading was before somebody changed it. Slips are kept in the order in which they were
// made; the newest value is the row's own.
type Slip[T any] struct {
	On     Day    `json:"on"`
	Was    T      `json:"was"`
	Reason string `json:"reason,omitempty"`
	ByRole string `json:"by_role,omitempty"`
}

// grown are the slips that a row has after a save: those before, whatever the writer says, with the ones that the writer
// brings. A change without one leaves its trace all the same. Where no reason was given, one may still be.
func grown[T any](before, given []Slip[T], was *T, today Day) []Slip[T] {
	after, left := slices.Clone(before), slices.Clone(given)
	for i, b := range after {
		at := slices.IndexFunc(left, func(g Slip[T]) bool { return g.On.Equal(b.On.Time) && same(g.Was, b.Was) })
		if at < 0 {
			continue
		}
		if b.Reason == "" {
			after[i].Reason, after[i].ByRole = left[at].Reason, left[at].ByRole
		}
		left = slices.Delete(left, at, at+1)
	}
	after = append(after, left...)
	if was != nil && !slices.ContainsFunc(left, func(g Slip[T]) bool { return same(g.Was, *was) }) {
		after = append(after, Slip[T]{On: today, Was: *was})
	}
	return after
}

// same compares two values as a file says them.
func same(a, b any) bool {
	one, err := json.Marshal(a)
	if err != nil {
		return false
	}
	other, err := json.Marshal(b)
	return err == nil && reflect.DeepEqual(one, other)
}
