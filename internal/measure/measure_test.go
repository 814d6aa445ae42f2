//go:build measure

// Package measure runs the program on real input and under load, and holds the figures that are promised. It is not
// part of the ordinary suite: "make measure DATA=FOLDER" runs it, and FOLDER holds markdown/, attacks/ and relevance/.
// Figures on a busy machine are noise; where a bar is a ratio, both sides are measured in the same run.
package measure

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// data is the folder of real input.
func data(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("DATA")
	if dir == "" {
		t.Fatal("DATA names no folder: make measure DATA=FOLDER")
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is not there", path)
	}
	return path
}

// binary is the program, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "commonplace-measure-*")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "commonplace")
	out, err := exec.Command("go", "build", "-o", path, "commonplace/cmd/commonplace").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	if address := os.Getenv(bareAt); address != "" {
		fmt.Fprintln(os.Stderr, serveBare(address))
		os.Exit(1)
	}
	code := m.Run()
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// program runs a command of the program on a data folder and returns what it printed and what it cost.
func program(t testing.TB, dir string, args ...string) (out string, took time.Duration, peakMB int) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append(args, "--dir", dir)...)
	began := time.Now()
	raw, err := cmd.CombinedOutput()
	took = time.Since(began)
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, raw)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return string(raw), took, int(usage.Maxrss >> 10)
}

// server is the program serving.
type server struct {
	t   testing.TB
	url string
	cmd *exec.Cmd
	log bytes.Buffer
}

// serve starts the demonstration on a data folder, without limits, and ends it with the test.
func serve(t testing.TB, dir string) *server {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	s := &server{t: t, url: "http://" + address, cmd: exec.Command(path, "serve", "--demo", "--http", address, "--dir", dir)}
	s.cmd.Env = append(os.Environ(), "COMMONPLACE_LIMITS=off", "COMMONPLACE_OPERATOR_LISTEN=off")
	s.cmd.Stderr = &s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	s.await("to be ready", 60*time.Second, func() bool {
		var r ready
		return s.get("/readyz", &r) == nil && r.Ready
	})
	return s
}

func (s *server) stop() {
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.cmd.Wait()
}

type ready struct {
	Ready          bool
	Journal, Index int64
	Search         string
}

// caughtUp waits until search has read the whole journal and says how long it took.
func (s *server) caughtUp(within time.Duration) time.Duration {
	s.t.Helper()
	began := time.Now()
	s.await("search to catch up", within, func() bool {
		var r ready
		return s.get("/readyz", &r) == nil && r.Search == "ready" && r.Index >= r.Journal
	})
	return time.Since(began)
}

// rests waits until search has caught up and its segments are merged: until the server has used no processor for 50 ms.
func (s *server) rests() {
	s.t.Helper()
	s.caughtUp(time.Minute)
	used := s.ticks()
	s.await("the server to rest", time.Minute, func() bool {
		time.Sleep(50 * time.Millisecond)
		before := used
		used = s.ticks()
		return used == before
	})
}

// ticks is how much of the processor the server has used, in the kernel's hundredths of a second.
func (s *server) ticks() int {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), ") ") // the program's name stands in brackets, and may hold anything
	fields := strings.Fields(rest)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return user + system
}

func (s *server) await(what string, within time.Duration, is func() bool) {
	s.t.Helper()
	for end := time.Now().Add(within); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("waited %v for %s\n%s", within, what, s.log.String())
		}
	}
}

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 60 * time.Second}

func (s *server) get(path string, into any) error {
	res, err := client.Get(s.url + path)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s %v", path, res.Status, err)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}

// post sends JSON and reads the JSON of a success.
func (s *server) post(path, token string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequest("POST", s.url+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", token)
	}
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s %s %v", path, res.Status, answer, err)
	}
	return json.Unmarshal(answer, into)
}

// token signs one of the cast in.
func (s *server) token(name string) string {
	s.t.Helper()
	var auth struct{ Token string }
	err := s.post("/api/collections/users/auth-with-password", "", map[string]string{"identity": name + "@example.org", "password": "commonplace-demo"}, &auth)
	if err != nil {
		s.t.Fatal(err)
	}
	return auth.Token
}

// memoryMB is the process's resident memory.
func (s *server) memoryMB() int {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				s.t.Fatal(err)
			}
			return kb >> 10
		}
	}
	s.t.Fatal("no VmRSS")
	return 0
}

// quantile is the q-th part of the times, which it sorts.
func quantile(times []time.Duration, q float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[min(len(times)-1, int(q*float64(len(times))))]
}

// bar says what was measured and fails when it is over what is promised.
func bar[N int | float64 | time.Duration](t testing.TB, what string, got, most N) {
	t.Helper()
	verdict := "ok  "
	if got > most {
		verdict = "OVER"
		t.Errorf("%s: %v, and %v is the most", what, got, most)
	}
	t.Logf("%s %-60s %v (at most %v)", verdict, what, got, most)
}

// atLeast is bar the other way round.
func atLeast[N int | float64](t testing.TB, what string, got, least N) {
	t.Helper()
	verdict := "ok  "
	if got < least {
		verdict = "LOW "
		t.Errorf("%s: %v, and %v is the least", what, got, least)
	}
	t.Logf("%s %-60s %v (at least %v)", verdict, what, got, least)
}
