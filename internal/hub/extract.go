package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"commonplace/internal/extract"
	"commonplace/internal/journal"
	"commonplace/internal/library"

	"github.com/spf13/cobra"
)

// Reading the words of a file that a stranger made is the work of another process: this program, started again, with
// little memory and little time. Whatever becomes of it, the hub goes on, and the file is found by its title.
const (
	extractCommand = "extract-text"
	extractWithin  = 30 * time.Second
	extractMemory  = 600 << 20
)

// followFiles reads the words of new files, one at a time, until ctx ends. What was not read when the program ended is
// read when it begins.
func (h *Hub) followFiles(ctx context.Context) {
	_, last, err := journal.Range(h.app)
	if err == nil {
		err = h.readFiles(ctx)
	}
	if err != nil {
		h.app.Logger().Error("the words of files", "error", err)
	}
	h.Journal.Follow(ctx, "files", last, func(rows []journal.Row) error {
		for _, r := range rows {
			if r.Subject == "attachments" && r.Verb == "create" {
				return h.readFiles(ctx)
			}
		}
		return nil
	})
}

// readFiles reads what waits.
func (h *Hub) readFiles(ctx context.Context) error {
	for ctx.Err() == nil {
		a, err := library.NextWaiting(h.app)
		if err != nil || a == nil {
			return err
		}
		text, err := h.wordsOf(ctx, a)
		if ctx.Err() != nil {
			return nil // it waits for the next start
		}
		if err != nil {
			h.app.Logger().Warn("the words of a file could not be read", "attachment", a.Id, "error", err)
		}
		if err := a.Read(h.app, text, err != nil); err != nil {
			return err
		}
	}
	return nil
}

func (h *Hub) wordsOf(ctx context.Context, a *library.Attachment) (string, error) {
	dir, err := os.MkdirTemp("", "commonplace-words-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "file")
	if err := a.CopyTo(h.app, path); err != nil {
		return "", err
	}
	return extractInChild(ctx, a.Ends(), path)
}

// extractInChild starts this program again to read a file.
func extractInChild(ctx context.Context, kind, path string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, extractWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, extractCommand, kind, path)
	cmd.Env = []string{ChildVariable + "=1", "GOMEMLIMIT=400MiB", "GOMAXPROCS=1"}
	cmd.Dir = filepath.Dir(path)
	cmd.WaitDelay = time.Second
	var out, fault bytes.Buffer
	cmd.Stdout, cmd.Stderr = &atMost{w: &out, left: 2 * extract.MaxText}, &atMost{w: &fault, left: 4 << 10}
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", fmt.Errorf("it took more than %v", extractWithin)
		}
		first, _, _ := strings.Cut(fault.String(), "\n")
		return "", fmt.Errorf("%w: %s", err, first)
	}
	return out.String(), nil
}

// ChildVariable is set for this program where it is its own child.
const ChildVariable = "COMMONPLACE_CHILD"

// AsChild does a child's work where the command line asks for it, and says so. The program does it through its command;
// test binaries, which are started again just so, ask here before their tests.
func AsChild(args []string) (code int, child bool) {
	if os.Getenv(ChildVariable) == "" {
		return 0, false
	}
	if len(args) != 4 || args[1] != extractCommand {
		fmt.Fprintln(os.Stderr, "there is no such child")
		return 1, true
	}
	if err := extractText(os.Stdout, args[2], args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1, true
	}
	return 0, true
}

// extractText is the work of the child.
func extractText(out io.Writer, kind, path string) error {
	if err := limitMemory(extractMemory); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := extract.Words(f, kind)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, text)
	return err
}

// extractText is the command of the child, which nobody needs to know.
func (c *commands) extractText() *cobra.Command {
	return &cobra.Command{
		Use: extractCommand + " KIND FILE", Hidden: true, Args: cobra.ExactArgs(2), Annotations: map[string]string{needsNothing: "yes"},
		RunE: func(_ *cobra.Command, args []string) error { return extractText(c.out, args[0], args[1]) },
	}
}

// atMost lets so much through, and then ends the child by no longer taking what it says.
type atMost struct {
	w    io.Writer
	left int
}

func (a *atMost) Write(b []byte) (int, error) {
	if a.left -= len(b); a.left < 0 {
		return 0, errors.New("it says too much")
	}
	return a.w.Write(b)
}
