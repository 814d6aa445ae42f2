package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"commonplace/internal/hubtest"
)

// work is a folder for what all tests of the binary share.
var work string

// The program is built once, as people get it, and tried from outside.
func TestMain(m *testing.M) {
	var err error
	if work, err = os.MkdirTemp("", "commonplace-binary-*"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(work)
	os.Exit(code)
}

const version = "9.8.7"

var binary = sync.OnceValues(func() (string, error) {
	name := filepath.Join(work, "commonplace")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	out, err := exec.Command("go", "build", "-ldflags", "-X main.version="+version, "-o", name, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return name, nil
})

// patience is how long something is waited for: long, because success ends the wait and the machine may be busy.
const patience = 2 * time.Minute

// filled is a demo's data folder as its first start leaves it.
var filled = sync.OnceValues(func() (string, error) {
	name, err := binary()
	if err != nil {
		return "", err
	}
	dir, address := filepath.Join(work, "filled"), hubtest.FreeAddress()
	cmd := exec.Command(name, "serve", "--demo", "--dir", dir, "--http", address)
	cmd.Env = environment()
	if err := cmd.Start(); err != nil {
		return "", err
	}
	defer cmd.Wait()
	defer cmd.Process.Signal(os.Interrupt)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if s, err := readiness("http://" + address); err == nil && s.Lag == 0 && s.Search == "ready" {
			return dir, nil
		}
	}
	return "", fmt.Errorf("the first start does not become ready")
})

// demoFolder is a copy of it.
func demoFolder(t *testing.T) string {
	t.Helper()
	from, err := filled()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "pb_data")
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// environment is this process's, without settings of the hub's that somebody may have.
func environment(more ...string) []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "COMMONPLACE_") {
			env = append(env, e)
		}
	}
	return append(append(env, "COMMONPLACE_OPERATOR_LISTEN=off"), more...)
}

// outcome is how a command ended.
type outcome struct {
	code     int
	out, err string
}

// run runs a command to its end.
func run(t *testing.T, env []string, args ...string) outcome {
	t.Helper()
	p := start(t, env, args...)
	return p.wait()
}

// ok runs a command that must succeed, and returns what it says.
func ok(t *testing.T, args ...string) string {
	t.Helper()
	o := run(t, nil, args...)
	if o.code != 0 || o.err != "" {
		t.Fatalf("%s: exit code %d\n%s%s", strings.Join(args, " "), o.code, o.out, o.err)
	}
	return o.out
}

// fails runs a command that must fail with one sentence that has words in it.
func fails(t *testing.T, env []string, words string, args ...string) {
	t.Helper()
	o := run(t, env, args...)
	said := strings.TrimRight(o.err, "\n")
	if o.code != 1 || !strings.Contains(said, words) || strings.Contains(said, "\n") || o.out != "" {
		t.Errorf("%s: exit code %d, want 1 and one sentence with %q\n%s%s", strings.Join(args, " "), o.code, words, o.out, o.err)
	}
}

// process is the program, running.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	url, dir string
	out, err lines
	done     chan struct{}
}

// lines collects what a process says, while it does.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	name, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: exec.Command(name, args...), done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = t.TempDir(), environment(env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.done
	})
	return p
}

func (p *process) wait() outcome {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("%v does not end\n%s%s", p.cmd.Args, &p.out, &p.err)
	}
	return outcome{p.cmd.ProcessState.ExitCode(), p.out.String(), p.err.String()}
}

// serve starts a server without limits and waits until it answers.
func serve(t *testing.T, dir string) *process {
	t.Helper()
	return serveWith(t, dir, []string{"COMMONPLACE_LIMITS=off"}, "--demo")
}

func serveWith(t *testing.T, dir string, env []string, flags ...string) *process {
	t.Helper()
	address := hubtest.FreeAddress()
	p := start(t, env, append([]string{"serve", "--dir", dir, "--http", address}, flags...)...)
	p.url, p.dir = "http://"+address, dir
	p.await("to be ready", func() bool { _, err := readiness(p.url); return err == nil })
	return p
}

func (p *process) await(what string, is func() bool) {
	p.t.Helper()
	deadline := time.After(patience)
	for !is() {
		select {
		case <-p.done:
			p.t.Fatalf("ended while it was waited for %s\n%s%s", what, &p.out, &p.err)
		case <-deadline:
			p.t.Fatalf("waited %v for %s\n%s%s", patience, what, &p.out, &p.err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// terminate asks the server to end and waits until it has.
func (p *process) terminate() outcome {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	return p.wait()
}

// state is what /readyz says.
type state struct {
	Ready          bool
	Journal, Index int64
	Search         string
	Lag            int64
}

func readiness(url string) (state, error) {
	var s state
	res, err := http.Get(url + "/readyz")
	if err != nil {
		return s, err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&s); err != nil {
		return s, err
	}
	if !s.Ready {
		return s, fmt.Errorf("not ready: %d", res.StatusCode)
	}
	return s, nil
}

func (p *process) state() state {
	p.t.Helper()
	s, err := readiness(p.url)
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

func (p *process) caughtUp() {
	p.t.Helper()
	p.await("search to catch up", func() bool {
		s, err := readiness(p.url)
		return err == nil && s.Search == "ready" && s.Lag == 0
	})
}

// rest sends JSON with a token.
func (p *process) rest(method, path, token string, body any) (int, map[string]any) {
	p.t.Helper()
	return restAt(p.t, p.url, method, path, token, body)
}

func restAt(t *testing.T, url, method, path, token string, body any) (int, map[string]any) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(method, url+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, answer
}

// signIn returns a token, "" when the person is not let in.
func (p *process) signIn(email string) string {
	p.t.Helper()
	_, answer := p.rest("POST", "/api/collections/users/auth-with-password", "", map[string]any{"identity": email, "password": "commonplace-demo"})
	token, _ := answer["token"].(string)
	return token
}

// found says how many things search finds for the public.
func (p *process) found(query string) int {
	p.t.Helper()
	_, answer := p.rest("GET", "/api/hub/search?q="+strings.ReplaceAll(query, " ", "+"), "", nil)
	total, _ := answer["total"].(float64)
	return int(total)
}

// thread is the id of an open thread of the library.
func (p *process) thread() string {
	p.t.Helper()
	_, answer := p.rest("GET", "/api/collections/threads/records?filter=document%3D''", "", nil)
	items, _ := answer["items"].([]any)
	if len(items) == 0 {
		p.t.Fatal("no thread")
	}
	first, _ := items[0].(map[string]any)
	return fmt.Sprint(first["id"])
}

// writeFiles makes files below a folder.
func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
