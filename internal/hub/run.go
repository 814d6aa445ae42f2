package hub

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"strings"

	"commonplace/internal/child"
	"commonplace/internal/extract"
	"commonplace/internal/word"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/cmd"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/plugins/migratecmd"
	"github.com/spf13/cobra"

	_ "modernc.org/sqlite"
)

// Connect opens SQLite so that an answered write survives a power cut (synchronous FULL) and a transaction takes its
// lock when it begins, which keeps the journal's numbers in order across processes. What is deleted is overwritten, so
// that nobody who was erased can be read out of the file. Each connection keeps 2 MB of pages, for the system keeps the
// rest: with 8 MB idle memory grew by 60 MB and nothing became faster.
func Connect(path string) (*dbx.DB, error) {
	return dbx.Open("sqlite", path+"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=journal_size_limit(200000000)"+
		"&_pragma=synchronous(FULL)&_pragma=secure_delete(ON)&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-2000)")
}

// measureTables lets SQLite count what it plans by, where that has changed much: a table that was small when it was last
// counted is otherwise read from end to end when it is large. See https://sqlite.org/pragma.html#pragma_optimize.
func measureTables(app core.App) error {
	_, err := app.NonconcurrentDB().NewQuery("PRAGMA optimize=0x10002").Execute()
	return err
}

// memoryLimit makes the collector work harder before the process grows past it; GOMEMLIMIT sets another.
const memoryLimit = 192 << 20

// AsChild does a child's work where this process is one, and says so.
func AsChild(args []string) (code int, is bool) { return child.Serve(args, word.Work, extract.Work) }

// Run registers PocketBase's commands and our own, runs the one that was asked for, and returns the exit code.
func Run(app *pocketbase.PocketBase, cfg Config) int {
	if code, is := AsChild(os.Args); is {
		return code
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	c := &commands{pb: app, out: os.Stdout, err: os.Stderr}
	c.hub = Attach(app, cfg)
	root := app.RootCmd
	root.Use, root.Short, root.Version = "commonplace", "Commonplace: where a partnership keeps, reads, finds and discusses its good practice", cfg.Version
	root.SilenceUsage, root.SilenceErrors = true, true
	root.AddCommand(cmd.NewSuperuserCommand(app), c.serve(cmd.NewServeCommand(app, false)))
	migratecmd.MustRegister(app, root, migratecmd.Config{Automigrate: false})
	c.register(root)
	for _, sub := range root.Commands() {
		c.watch(sub)
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return c.misused(cmd, err) })
	root.InitDefaultHelpFlag()
	root.InitDefaultVersionFlag()
	if _, _, err := root.Find(os.Args[1:]); err != nil {
		c.misused(root, err)
		return c.code
	}
	if bare(root) {
		root.Execute()
	} else if err := app.Execute(); err != nil {
		c.fail(err)
	}
	return c.code
}

// bare says whether the command that was asked for needs no data folder.
func bare(root *cobra.Command) bool {
	sub, _, err := root.Find(os.Args[1:])
	return err == nil && sub.Annotations[needsNothing] != ""
}

// needsNothing marks commands that must not open, or make, a data folder.
const needsNothing = "needs-nothing"

// commands are the hub's own commands, and what became of the one that ran.
type commands struct {
	pb       *pocketbase.PocketBase
	hub      *Hub
	out, err io.Writer
	code     int
}

// watch keeps a command's error, which PocketBase's Execute drops: it becomes one sentence and the exit code.
func (c *commands) watch(command *cobra.Command) {
	if check := command.Args; check != nil {
		command.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return c.misused(cmd, err)
			}
			return nil
		}
	}
	if run := command.RunE; run != nil {
		command.RunE = func(cmd *cobra.Command, args []string) error {
			err := run(cmd, args)
			if err != nil {
				c.fail(err)
			}
			return err
		}
	}
	for _, sub := range command.Commands() {
		c.watch(sub)
	}
}

// misused says what is wrong with a command line, and where to read more.
func (c *commands) misused(cmd *cobra.Command, err error) error {
	first, _, _ := strings.Cut(err.Error(), "\n")
	c.fail(fmt.Errorf("%s; see %s --help", first, cmd.CommandPath()))
	return err
}

func (c *commands) fail(err error) {
	c.code = 1
	fmt.Fprintln(c.err, "commonplace: "+strings.TrimSpace(err.Error()))
}

// serve adds our flags to PocketBase's serve.
func (c *commands) serve(command *cobra.Command) *cobra.Command {
	cfg := &c.hub.cfg
	command.Flags().BoolVar(&cfg.Demo, "demo", false, "add the demo cast and say on every page that this is a demonstration")
	command.Flags().BoolVar(&cfg.DemoAnywhere, "demo-anywhere", false, "let the demo listen on an address that others reach")
	run := command.RunE
	command.RunE = func(cmd *cobra.Command, args []string) error {
		address := cmd.Flag("http").Value.String()
		if err := c.check(address, cmd.Flag("https").Value.String(), args); err != nil {
			return err
		}
		lock, err := c.lock(orDefault(address, "127.0.0.1:8090"))
		if err != nil {
			return err
		}
		defer lock.Unlock()
		for _, name := range unknownSettings(os.Environ()) {
			fmt.Fprintf(c.err, "There is no setting %s. \"commonplace config\" lists them.\n", name)
		}
		c.hub.cfg.address = orDefault(address, "127.0.0.1:8090")
		return run(cmd, args)
	}
	return command
}

func orDefault(s, standard string) string {
	if s == "" {
		return standard
	}
	return s
}

// check refuses what would be unsafe: a demo that others reach, or one without limits that is none.
func (c *commands) check(http, https string, domains []string) error {
	cfg := c.hub.cfg
	loopback := https == "" && len(domains) == 0 && isLoopback(orDefault(http, "127.0.0.1:8090"))
	if cfg.Demo && !loopback && !cfg.DemoAnywhere {
		return errors.New("--demo has accounts whose password everybody knows, so it listens on this machine only; add --demo-anywhere if you mean it")
	}
	if !cfg.Limits && !(cfg.Demo && loopback) {
		return errors.New("COMMONPLACE_LIMITS=off is for measuring: with --demo, on this machine only")
	}
	return nil
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// open applies the migrations, which PocketBase does for serve alone.
func (c *commands) open() (core.App, error) { return c.pb, c.pb.RunAllMigrations() }
