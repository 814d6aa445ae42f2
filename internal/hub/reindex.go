package hub

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"commonplace/internal/journal"

	"github.com/spf13/cobra"
)

// reindex asks the server to build the index anew, and says how far it is until that has taken the old one's place. Where
// no server runs, it builds the index itself: whoever holds the data folder is the index's one owner.
func (c *commands) reindex(cmd *cobra.Command, _ []string) error {
	if _, err := c.open(); err != nil {
		return err
	}
	lock, err := c.lock("")
	if err == nil {
		defer lock.Unlock()
		return c.reindexHere(cmd.Context())
	}
	s := c.serving()
	if s == nil {
		return err
	}
	if err := c.hub.Journal.Note(journal.Row{Subject: "index", Verb: rebuildVerb, Actor: "reindex"}); err != nil {
		return err
	}
	_, asked, err := journal.Range(c.pb)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out, "Asked for. The server builds the new index beside the old one, which answers meanwhile.")
	return c.awaitSwap(s, asked)
}

// awaitSwap says how far the server is, until its index is at least as new as the journal's row.
func (c *commands) awaitSwap(s *serving, asked int64) error {
	say := c.building()
	silent := 0
	for {
		r, err := readinessOf(s)
		var gone *net.OpError
		switch {
		case err != nil && (errors.As(err, &gone) || silent >= 20):
			return fmt.Errorf("the server went away; it goes on with the index when it starts again: %w", err)
		case err != nil:
			silent++
		case r.Search == "ready" && r.Index >= asked:
			say(r.Built, r.Built, true)
			return nil
		case r.Search != "ready":
			say(r.Built, r.ToBuild, false)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// building prints how far a build is, a line each second at most, and that it is done.
func (c *commands) building() func(built, of int64, done bool) {
	last := time.Time{}
	return func(built, of int64, done bool) {
		if done {
			fmt.Fprintf(c.out, "%d of %d\nDone. The new index answers.\n", built, max(built, of))
		} else if time.Since(last) > time.Second && of > 0 {
			last = time.Now()
			fmt.Fprintf(c.out, "%d of %d\n", built, max(built, of))
		}
	}
}

func (c *commands) reindexHere(ctx context.Context) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if _, err := c.hub.openIndex(); err != nil {
		return err
	}
	built := make(chan error, 1)
	go func() { built <- c.hub.rebuild(ctx) }()
	say := c.building()
	for {
		select {
		case err := <-built:
			if err == nil {
				n := c.hub.built.Load()
				say(n, n, true)
			}
			return errors.Join(err, c.hub.Search.Close())
		case <-time.After(100 * time.Millisecond):
			say(c.hub.built.Load(), c.hub.toBuild.Load(), false)
		}
	}
}
