package journal

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

const (
	// poll is how soon rows written by another process are seen; this process wakes its followers at once.
	poll = 250 * time.Millisecond
	// batch is how many rows a follower is given at most.
	batch = 100
	// patience is how long a follower waits before it is given the same rows again after an error.
	patience = time.Second
)

// Follow gives f every row after from, in order and in batches, until ctx ends. An error or a panic of f is logged and
// the same rows come again; only a nil moves on.
func (j *Journal) Follow(ctx context.Context, name string, from int64, f func([]Row) error) {
	j.FollowBehind(ctx, name, from, func() {}, f)
}

// FollowBehind is Follow for who may come later than others: before it looks for what woke it, hold may wait.
func (j *Journal) FollowBehind(ctx context.Context, name string, from int64, hold func(), f func([]Row) error) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		awake := j.awake()
		rows, err := After(j.app, from, batch)
		if err == nil && len(rows) > 0 {
			if err = guard(rows, f); err == nil {
				from = rows[len(rows)-1].Seq
				continue
			}
		}
		if ctx.Err() != nil {
			return
		}
		wait := (<-chan time.Time)(tick.C)
		if err != nil {
			j.app.Logger().Error("journal follower", "follower", name, "after", from, "error", err)
			wait, awake = time.After(patience), nil
		}
		select {
		case <-ctx.Done():
			return
		case <-awake:
			hold()
		case <-wait:
		}
	}
}

// guard turns a panic of a follower into an error: a fault in one reader ends nothing else.
func guard(rows []Row, f func([]Row) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f(rows)
}
