package hub_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"commonplace/content"
	"commonplace/internal/hub"
	"commonplace/internal/hubtest"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
)

// childArgs is set for a copy of this test binary that is to be the program: its command line, one word a line.
const childArgs = "HUB_TEST_CHILD"

// childFault is what a child does at a fault point while the file named after it is there: "kill index.before FILE" ends
// it as a power cut would, "panic index.before FILE" panics once.
const childFault = "HUB_TEST_FAULT"

// child is the program, put together as main does it, with a fault and with routes and a job that panic.
func child(args string) int {
	os.Args = append(os.Args[:1], strings.Split(args, "\n")...)
	cfg, err := hub.FromEnvironment(os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	cfg.Content, cfg.Version, cfg.Fault = content.FS, "test", faultOf(os.Getenv(childFault))
	app := pocketbase.NewWithConfig(pocketbase.Config{HideStartBanner: true, DBConnect: hub.Connect})
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.GET("/test-panic", func(*core.RequestEvent) error { panic("a handler") })
		e.Router.GET("/test-nil", func(*core.RequestEvent) error { return *(*error)(nil) })
		e.App.Cron().MustAdd("test.panic", "* * * * *", func() {
			os.WriteFile(filepath.Join(e.App.DataDir(), "job-ran"), nil, 0o644)
			panic("a job")
		})
		if os.Getenv("HUB_TEST_JOBS") != "" {
			e.App.Cron().SetInterval(50 * time.Millisecond)
		}
		return e.Next()
	})
	return hub.Run(app, cfg)
}

func faultOf(fault string) func(string) {
	if fault == "" {
		return nil
	}
	words := strings.SplitN(fault, " ", 3)
	return func(point string) {
		if _, err := os.Stat(words[2]); point != words[1] || err != nil {
			return
		}
		if words[0] == "panic" {
			os.Remove(words[2])
			panic("fault at " + point)
		}
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			self.Kill()
		}
		select {}
	}
}

// process is a copy of the program that is running.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	dir  string
	out  *output
	done chan struct{} // closed when it has ended
}

// output collects what a process says, while it does.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// program starts a copy of the program with a command line.
func program(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0]), out: &output{}, done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), append(env, childArgs+"="+strings.Join(args, "\n"), "COMMONPLACE_OPERATOR_LISTEN=off")...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
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

// serve starts a server on a data folder and waits until it answers.
func serve(t *testing.T, dir string, env ...string) *process {
	t.Helper()
	address := hubtest.FreeAddress()
	p := program(t, append(env, "COMMONPLACE_LIMITS=off"), "serve", "--demo", "--dir", dir, "--http", address)
	p.dir, p.url = dir, "http://"+address
	p.await("to be ready", func() bool {
		_, err := p.ready()
		return err == nil && strings.Contains(p.out.String(), " is at "+p.url) // and it is this one that answers
	})
	return p
}

// patience is how long something is waited for: long, because success ends the wait and the machine may be busy.
const patience = 2 * time.Minute

// await waits until something is so, or fails the test.
func (p *process) await(what string, is func() bool) {
	p.t.Helper()
	deadline := time.After(patience)
	for !is() {
		select {
		case <-p.done:
			p.t.Fatalf("the program ended while it was waited for %s:\n%s", what, p.out)
		case <-deadline:
			p.t.Fatalf("waited %v for %s:\n%s", patience, what, p.out)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// gone waits until the process has ended.
func (p *process) gone() {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("it does not end:\n%s", p.out)
	}
}

// kill ends the process without a warning.
func (p *process) kill() {
	p.cmd.Process.Kill()
	p.gone()
}

// stop ends the process in peace.
func (p *process) stop() {
	p.t.Helper()
	p.cmd.Process.Signal(os.Interrupt)
	p.gone()
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("exit code %d:\n%s", code, p.out)
	}
}

// state is what /readyz says.
type state struct {
	Ready          bool
	Journal, Index int64
	Search         string
	Lag            int64
}

func (p *process) ready() (state, error) {
	var s state
	res, err := http.Get(p.url + "/readyz")
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

// caughtUp waits until search has read the whole journal.
func (p *process) caughtUp() {
	p.t.Helper()
	p.await("search to catch up", func() bool {
		s, err := p.ready()
		return err == nil && s.Search == "ready" && s.Lag == 0 && s.Index == s.Journal
	})
}

// rest sends JSON with a token. An error is the connection's.
func (p *process) rest(method, path, token string, body any) (int, map[string]any, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequest(method, p.url+path, bytes.NewReader(raw))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	var answer map[string]any
	err = json.NewDecoder(res.Body).Decode(&answer)
	return res.StatusCode, answer, err
}

// token signs somebody of the cast in.
func (p *process) token(name string) string {
	p.t.Helper()
	status, answer, err := p.rest("POST", "/api/collections/users/auth-with-password", "", map[string]any{"identity": name + "@example.org", "password": hub.DemoPassword})
	token, _ := answer["token"].(string)
	if err != nil || token == "" {
		p.t.Fatalf("%s cannot sign in: %d %v %v", name, status, answer, err)
	}
	return token
}
