package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"commonplace/internal/intake"
	"commonplace/internal/journal"
	"commonplace/internal/library"

	"github.com/gofrs/flock"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// register adds the hub's own commands. This is their list.
func (c *commands) register(root *cobra.Command) {
	root.AddCommand(
		c.importCommand(),
		c.exportCommand(),
		c.inviteCommand(),
		c.relevance(),
		&cobra.Command{Use: "reindex", Short: "Build the search index anew; the old one answers meanwhile", Args: cobra.NoArgs, RunE: c.reindex},
		&cobra.Command{Use: "backup FILE.zip", Short: "Write a backup, also while the server runs", Args: cobra.ExactArgs(1), RunE: c.backup},
		&cobra.Command{Use: "restore FILE.zip", Short: "Put a backup in place of the data folder; the server must not run", Args: cobra.ExactArgs(1), RunE: c.restore, Annotations: map[string]string{needsNothing: "yes"}},
		&cobra.Command{Use: "verify FILE.zip", Short: "Check that a backup is whole and can be restored", Args: cobra.ExactArgs(1), RunE: c.verify, Annotations: map[string]string{needsNothing: "yes"}},
		&cobra.Command{Use: "doctor", Short: "Check disk, clock, mail, rules, limits and index; one line a check", Args: cobra.NoArgs, RunE: c.doctor},
		&cobra.Command{Use: "config", Short: "Show every setting, its value and where it came from", Args: cobra.NoArgs, RunE: c.config, Annotations: map[string]string{needsNothing: "yes"}},
		&cobra.Command{Use: "health", Short: "Say whether the server of this data folder answers; for containers", Args: cobra.NoArgs, RunE: c.health, Annotations: map[string]string{needsNothing: "yes"}},
		&cobra.Command{Use: "version", Short: "Show the version", Args: cobra.NoArgs, RunE: c.version, Annotations: map[string]string{needsNothing: "yes"}},
	)
}

func (c *commands) importCommand() *cobra.Command {
	var as, space, report string
	var keep bool
	o := intake.Options{Limits: intake.StandardLimits}
	cmd := &cobra.Command{
		Use: "import SOURCE", Short: "Bring in a folder, a ZIP or a file: Markdown, Word, OpenDocument, HTML, text, CSV", Args: cobra.ExactArgs(1),
		Long: "Bring in a folder, a ZIP or a file of Markdown, Word (.docx), OpenDocument (.odt), HTML, text or tables (.csv).\nEvery file ends as a document or in the report with the reason. Running it twice changes nothing.\nIt may run while the server does.",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.As, o.Space = library.Kind(as), space
			o.Keep = func(string) bool { return keep }
			if as != "" && !o.As.Known() {
				return fmt.Errorf("there is no kind of document %q; the kinds are %s", as, kindList())
			}
			return c.runImport(cmd.Context(), args[0], o, report)
		},
	}
	cmd.Flags().StringVar(&as, "as", "", "what files become that do not say: "+kindList()+" (default: guidance, or a case study where the headings say so)")
	cmd.Flags().StringVar(&space, "space", "", "the slug of the space they go to (default: the library)")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "report only, change nothing")
	cmd.Flags().BoolVar(&o.Publish, "publish", false, "publish at once, else everything comes in as a draft")
	cmd.Flags().BoolVar(&keep, "keep-chrome", false, "leave what a web page put around a text: menus, notes on cookies")
	cmd.Flags().IntVar(&o.Limits.Entries, "max-entries", o.Limits.Entries, "how many files a ZIP may hold")
	cmd.Flags().Int64Var(&o.Limits.Unpacked, "max-unpacked", o.Limits.Unpacked, "how many bytes a ZIP may hold once unpacked")
	cmd.Flags().Int64Var(&o.Limits.Entry, "max-entry", o.Limits.Entry, "how many bytes a file in a ZIP may hold")
	cmd.Flags().Int64Var(&o.Limits.Ratio, "max-ratio", o.Limits.Ratio, "how many times smaller than it is a file in a ZIP may be packed")
	cmd.Flags().StringVar(&report, "report", "", "write the report to this file, as JSON")
	return cmd
}

func kindList() string {
	var names []string
	for _, k := range library.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func (c *commands) runImport(ctx context.Context, source string, o intake.Options, report string) error {
	app, err := c.open()
	if err != nil {
		return err
	}
	if ctx == nil {
		ctx = context.Background()
	}
	o.Read, o.Step = c.progress("Reading"), c.progress("Importing")
	r, err := intake.Import(ctx, app, source, o)
	if report != "" {
		raw, e := json.MarshalIndent(r, "", "  ")
		if e == nil {
			e = os.WriteFile(report, append(raw, '\n'), 0o644)
		}
		err = errors.Join(err, e)
	}
	if err != nil {
		return err
	}
	if !r.DryRun && r.Counts[intake.Imported]+r.Counts[intake.Updated]+r.Counts[intake.Suggested] > 0 {
		if err := errors.Join(journal.Ran(app, "import", map[string]any{"files": len(r.Files)}), measureTables(app)); err != nil {
			return err
		}
	}
	withProblems := 0
	for _, f := range r.Files {
		if len(f.Problems) > 0 {
			withProblems++
		}
		if f.Outcome == intake.Refused {
			fmt.Fprintf(c.out, "refused  %s: %s\n", f.Path, strings.Join(f.Problems, " "))
		}
	}
	fmt.Fprintf(c.out, "%s%d files: %s.\n", map[bool]string{true: "Dry run. "}[r.DryRun], len(r.Files), tallyOf(r.Counts))
	if withProblems > 0 {
		hint := " Add --report FILE.json to read what."
		if report != "" {
			hint = " " + report + " says what."
		}
		fmt.Fprintf(c.out, "%d files did not come in just as they were.%s\n", withProblems, hint)
	}
	return nil
}

func tallyOf(counts map[string]int) string {
	var parts []string
	for _, o := range []string{intake.Imported, intake.Updated, intake.Suggested, intake.Attached, intake.Unchanged, intake.Skipped, intake.Refused} {
		if n := counts[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	return strings.Join(parts, ", ")
}

// progress shows a bar on a terminal and a line now and then elsewhere.
func (c *commands) progress(what string) func(done, all int) {
	if f, ok := c.out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		var bar *progressbar.ProgressBar
		return func(done, all int) {
			if bar == nil {
				bar = progressbar.NewOptions(all, progressbar.OptionSetDescription(what), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
			}
			bar.Set(done)
		}
	}
	last := time.Now()
	return func(done, all int) {
		if time.Since(last) > 5*time.Second {
			last = time.Now()
			fmt.Fprintf(c.out, "%s: %d of %d\n", what, done, all)
		}
	}
}

func (c *commands) config(cmd *cobra.Command, _ []string) error {
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "setting\tvalue\tfrom\tmeaning")
	for _, s := range Settings(os.Getenv) {
		fmt.Fprintf(w, "%s\t%q\t%s\t%s\n", s.Name, s.Value, s.From, s.Means)
	}
	dir := cmd.Flag("dir")
	from := "default"
	if dir.Changed {
		from = "command line"
	}
	fmt.Fprintf(w, "--dir\t%q\t%s\t%s\n", dir.Value, from, "the data folder")
	return w.Flush()
}

func (c *commands) version(*cobra.Command, []string) error {
	fmt.Fprintf(c.out, "commonplace %s (%s, %s/%s)\n", c.hub.cfg.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// lockName is the file in the data folder that the serving process holds, with where it listens in it.
const lockName = ".serving"

// serving is what the lock file says of the process that serves the data folder.
type serving struct {
	PID  int    `json:"pid"`
	HTTP string `json:"http"`
}

// lock takes the data folder for serving. Two servers on one folder would fight for the search index.
func (c *commands) lock(address string) (*flock.Flock, error) {
	path := filepath.Join(c.pb.DataDir(), lockName)
	l := flock.New(path)
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("cannot take the data folder: %w", err)
	}
	if !ok {
		return nil, fmt.Errorf("another process serves %s already", c.pb.DataDir())
	}
	raw, err := json.Marshal(serving{PID: os.Getpid(), HTTP: address})
	if err != nil {
		return nil, err
	}
	return l, os.WriteFile(path, raw, 0o644)
}

// serving says who serves the data folder, nil when nobody does.
func (c *commands) serving() *serving {
	path := filepath.Join(c.pb.DataDir(), lockName)
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	l := flock.New(path)
	if free, err := l.TryLock(); err != nil || free {
		l.Unlock()
		return nil
	}
	s := &serving{}
	raw, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(raw, s) != nil {
		return s
	}
	return s
}

func (c *commands) health(*cobra.Command, []string) error {
	s := c.serving()
	if s == nil {
		return fmt.Errorf("nothing serves %s", c.pb.DataDir())
	}
	r, err := readinessOf(s)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "ready: journal %d, index %d, search %s\n", r.Journal, r.Index, r.Search)
	return nil
}

func readinessOf(s *serving) (readiness, error) {
	var r readiness
	address := s.HTTP
	if host, port, err := net.SplitHostPort(address); err == nil && (host == "" || net.ParseIP(host).IsUnspecified()) {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	client := http.Client{Timeout: 5 * time.Second}
	res, err := client.Get("http://" + address + "/readyz")
	if err != nil {
		return r, fmt.Errorf("the server does not answer on %s", address)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&r); err != nil || res.StatusCode != http.StatusOK {
		return r, fmt.Errorf("the server on %s is not ready (%s)", address, res.Status)
	}
	return r, nil
}

// sortedKeys lists a map's keys in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
