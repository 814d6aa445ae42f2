// Package child has work on what strangers made done by another process: this program, started again, with little memory,
// little time and none of the server's secrets. Whatever becomes of it there, the server goes on. It is the one way in
// which the program starts itself, and knows nothing of what is read.
//
// The bytes go in by standard input behind their length, the answer comes out by standard output. Standard input stays open
// until the answer is there: when it closes before, the child knows that nobody waits for it any more, and ends.
package child

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"time"
)

// Work is what a child can be started for.
type Work struct {
	Name   string
	Memory int64         // bytes: the system refuses the child more
	CPU    uint64        // seconds of a processor, after which the system ends it
	Within time.Duration // by the clock, on a machine that has other things to do too
	Bytes  int64         // the most that it is given
	Answer int64         // the most that it says
	// Do is the work itself, in the child.
	Do func(raw []byte, args []string, out io.Writer) error
}

// Why no answer came.
var (
	ErrTime   = errors.New("it takes too long")
	ErrMemory = errors.New("it takes too much memory")
)

// variable is set for this program where it is its own child.
const variable = "COMMONPLACE_CHILD"

// Is says whether this process is a child.
func Is() bool { return os.Getenv(variable) != "" }

// Start has the work done on size bytes of in, and returns the answer. The error is ErrTime or ErrMemory where the child was
// ended for that, and the context's own where that was given up.
func (w Work) Start(ctx context.Context, in io.Reader, size int64, args ...string) ([]byte, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	outer := ctx
	ctx, cancel := context.WithTimeout(ctx, w.Within)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append([]string{w.Name}, args...)...)
	cmd.Env = []string{variable + "=1", "GOTRACEBACK=none", "GOMAXPROCS=1"}
	cmd.Dir = os.TempDir()
	cmd.WaitDelay = time.Second
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &bounded{&out, w.Answer}, &bounded{&said, 64 << 10}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("a child process cannot be started: %w", err)
	}
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		io.Copy(pipe, io.MultiReader(bytes.NewReader(binary.BigEndian.AppendUint64(nil, uint64(size))), io.LimitReader(in, size)))
	}()
	err = cmd.Wait()
	pipe.Close()
	<-fed // whoever gave in may close it now
	switch {
	case outer.Err() != nil:
		return nil, outer.Err()
	case err != nil && killed(cmd.ProcessState):
		return nil, ErrTime
	case err != nil && ranOut(said.String()):
		return nil, ErrMemory
	case err != nil:
		return nil, fmt.Errorf("the child process ended: %w: %s", err, firstLine(said.String()))
	}
	return out.Bytes(), nil
}

// Serve does a child's work where this process is a child, and says so. The program and test binaries, which are started
// again just so, ask before they do anything else.
func Serve(args []string, works ...Work) (code int, is bool) {
	if !Is() {
		return 0, false
	}
	for _, w := range works {
		if len(args) > 1 && args[1] == w.Name {
			if err := w.serve(os.Stdin, args[2:], os.Stdout); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1, true
			}
			return 0, true
		}
	}
	fmt.Fprintln(os.Stderr, "there is no such child")
	return 1, true
}

// serve is the child. The collector works ever harder below four fifths of what it may have.
func (w Work) serve(in io.Reader, args []string, out io.Writer) error {
	debug.SetMemoryLimit(w.Memory / 5 * 4)
	if err := limitSelf(uint64(w.Memory), w.CPU); err != nil {
		return fmt.Errorf("memory and time cannot be bounded: %w", err)
	}
	raw, err := w.receive(in)
	if err != nil {
		return fmt.Errorf("the file did not arrive: %w", err)
	}
	go func() { // the parent writes nothing more: this returns when it is gone
		io.Copy(io.Discard, in)
		os.Exit(1)
	}()
	return w.Do(raw, args, out)
}

func (w Work) receive(in io.Reader) ([]byte, error) {
	var size uint64
	if err := binary.Read(in, binary.BigEndian, &size); err != nil {
		return nil, err
	}
	if size > uint64(w.Bytes) {
		return nil, errors.New("it is too long")
	}
	raw := make([]byte, size)
	_, err := io.ReadFull(in, raw)
	return raw, err
}

// killed says whether a process was ended from outside: by the clock, or by the limit on its work.
func killed(p *os.ProcessState) bool { return p != nil && strings.Contains(p.String(), "killed") }

// ranOut says whether the child's last words are about memory.
func ranOut(said string) bool {
	return strings.Contains(said, "out of memory") || strings.Contains(said, "cannot allocate memory") || strings.Contains(said, "stack overflow")
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// bounded keeps what is written up to a number of bytes, and fails the writer after that.
type bounded struct {
	to   *bytes.Buffer
	left int64
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, errors.New("too much was said")
	}
	return b.to.Write(p)
}
