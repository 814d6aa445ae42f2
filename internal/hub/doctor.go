package hub

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/site"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"
)

// finding is what one check says.
type finding struct {
	state string // ok, warn, fail
	says  string
}

func ok(format string, a ...any) finding   { return finding{"ok", fmt.Sprintf(format, a...)} }
func warn(format string, a ...any) finding { return finding{"warn", fmt.Sprintf(format, a...)} }
func bad(format string, a ...any) finding  { return finding{"fail", fmt.Sprintf(format, a...)} }

// doctor prints one line a check and fails when one of them does.
func (c *commands) doctor(*cobra.Command, []string) error {
	app, err := c.open()
	if err != nil {
		return err
	}
	failed := 0
	for _, f := range examine(app, checkup{"index", c.checkIndex}) {
		if f.State == "fail" {
			failed++
		}
		fmt.Fprintf(c.out, "%-4s  %-10s  %s\n", f.State, f.Name, f.Says)
	}
	if failed > 0 {
		return fmt.Errorf("%d of the checks failed", failed)
	}
	return nil
}

// checkup is one thing that is looked at.
type checkup struct {
	name string
	run  func(core.App) finding
}

// examine looks at everything, and at what only the caller knows how to.
func examine(app core.App, more ...checkup) []site.Checkup {
	var all []site.Checkup
	for _, c := range append([]checkup{
		{"disk", checkDisk}, {"clock", checkClock}, {"database", checkIntegrity}, {"mail", checkMail}, {"rules", checkRules},
		{"rate limit", checkLimits}, {"operators", checkOperators}, {"demo", checkDemo}, {"journal", checkJournal},
	}, more...) {
		f := c.run(app)
		all = append(all, site.Checkup{Name: c.name, State: f.state, Says: f.says})
	}
	return all
}

// health is what the doctor says, asked from within the server.
func (h *Hub) health() []site.Checkup {
	return examine(h.app, checkup{"index", func(app core.App) finding {
		_, last, err := journal.Range(app)
		if err != nil {
			return bad("%v", err)
		}
		return indexFinding(h.rebuilding.Load() || h.Search.Away(), h.Search.Position(), last).andCompared(app)
	}})
}

func indexFinding(rebuilding bool, at, of int64) finding {
	switch {
	case rebuilding:
		return warn("being built anew")
	case of-at > 1000:
		return warn("%d rows behind the journal", of-at)
	}
	return ok("at %d of %d", min(at, of), of)
}

// andCompared adds what the last comparison of the index with the database found.
func (f finding) andCompared(app core.App) finding {
	c, found := lastCompared(app)
	if !found {
		f.says += "; not compared with the database yet, which the first night does"
		return f
	}
	if f.says += "; " + c.String(); f.state == "ok" && (c.Damaged || c.differences() > 0) {
		f.state = "warn"
	}
	return f
}

// littleDisk is how much room the data folder's disk should have.
const littleDisk = 500 << 20

func checkDisk(app core.App) finding {
	free, err := freeBytes(app.DataDir())
	if err != nil {
		return warn("cannot tell how much room is left: %v", err)
	}
	if free < littleDisk {
		return bad("%d MB are left; writing stops when none is", free>>20)
	}
	return ok("%d MB are left", free>>20)
}

func checkClock(app core.App) finding {
	now := time.Now()
	var newest string
	app.DB().NewQuery("SELECT COALESCE(MAX([[at]]), '') FROM {{journal}}").Row(&newest)
	if t, err := time.Parse(time.RFC3339Nano, newest); err == nil && t.After(now.Add(5*time.Minute)) {
		return bad("it says %s, but the journal has an entry of %s", now.UTC().Format(time.RFC3339), t.Format(time.RFC3339))
	}
	if now.Year() < 2026 {
		return bad("it says %s", now.UTC().Format(time.RFC3339))
	}
	return ok("%s", now.UTC().Format(time.RFC3339))
}

func checkIntegrity(app core.App) finding {
	var verdict string
	if err := app.DB().NewQuery("PRAGMA quick_check").Row(&verdict); err != nil || verdict != "ok" {
		return bad("damaged: %s %v", verdict, err)
	}
	return ok("whole")
}

func checkMail(app core.App) finding {
	if !app.Settings().SMTP.Enabled {
		return warn("no mail server is set, so nothing can be sent")
	}
	return ok("%s:%d", app.Settings().SMTP.Host, app.Settings().SMTP.Port)
}

// closed are the collections that REST must not open.
var closed = []string{
	"sessions",
	"journal",
	"redirects",
	"local_answers",
	"vocabulary",
	"words",
	"helplines",
	"autosaves",
	"suggestions",
	"review_comments",
	"passages",
	"consents",
	"relations",
	"gaps",
	"gap_marks",
	"comments",
	"answers",
	"feed_tokens",
	"mentions",
	"seen",
	"post_versions",
	"referrals",
	"passport_counts",
	"role_holders",
	"plan_boards",
	"champion_messages",
}

func checkRules(app core.App) finding {
	for _, name := range closed {
		c, err := app.FindCollectionByNameOrId(name)
		if err != nil {
			return bad("there is no collection %s", name)
		}
		for _, rule := range []*string{c.ListRule, c.ViewRule, c.CreateRule, c.UpdateRule, c.DeleteRule} {
			if rule != nil {
				return bad("%s can be reached through REST and should not be", name)
			}
		}
	}
	for _, name := range []string{"users", "documents", "threads", "posts"} {
		c, err := app.FindCollectionByNameOrId(name)
		if err != nil {
			return bad("there is no collection %s", name)
		}
		if c.ListRule == nil || *c.ListRule == "" || c.DeleteRule != nil {
			return bad("the rules of %s were changed; compare them with the rules matrix", name)
		}
	}
	return ok("what is closed is closed")
}

func checkLimits(app core.App) finding {
	if !app.Settings().RateLimits.Enabled {
		return bad("off: anybody can try passwords without end")
	}
	if app.Settings().Batch.Enabled {
		return warn("on, but batch requests are allowed")
	}
	return ok("on")
}

func checkOperators(app core.App) finding {
	n, err := app.CountRecords(core.CollectionNameSuperusers, dbx.Not(dbx.HashExp{"email": core.DefaultInstallerEmail}))
	if err != nil {
		return bad("%v", err)
	}
	if n == 0 {
		return warn("none; make one with: commonplace superuser create EMAIL PASSWORD")
	}
	return ok("%d", n)
}

func checkDemo(app core.App) finding {
	n, err := app.CountRecords("users", dbx.In("email", castEmails()...), dbx.HashExp{"suspended": false})
	if err != nil {
		return bad("%v", err)
	}
	if n > 0 {
		return warn("%d demo accounts can sign in; starting without --demo shuts them out", n)
	}
	return ok("no demo account can sign in")
}

func checkJournal(app core.App) finding {
	first, last, err := journal.Range(app)
	if err != nil {
		return bad("%v", err)
	}
	var broken *journal.Broken
	rows, err := journal.Verify(app)
	switch {
	case errors.As(err, &broken):
		return bad("row %d does not fit the chain: %s", broken.Seq, broken.Why)
	case err != nil:
		return bad("%v", err)
	}
	return ok("%d rows, %d of them in one unbroken chain, the newest is %d", last-first+min(last, 1), rows, last)
}

// checkIndex asks the server, which is the index's one owner.
func (c *commands) checkIndex(app core.App) finding {
	s := c.serving()
	if s == nil {
		if _, err := os.Stat(filepath.Join(app.DataDir(), indexFolder)); err != nil {
			return ok("none yet; it is built when the server starts")
		}
		return ok("the server is not running; it is brought up to date at its start").andCompared(app)
	}
	r, err := readinessOf(s)
	if err != nil {
		return bad("%v", err)
	}
	return indexFinding(r.Search != "ready", r.Index, r.Journal).andCompared(app)
}
