package main_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"commonplace/internal/hubtest"

	"github.com/gorilla/websocket"
)

func TestServeRefuses(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pb_data")
	for _, c := range []struct {
		env   string
		words string
		args  []string
	}{
		{"", "--demo-anywhere", []string{"--demo", "--http", "0.0.0.0:0"}},
		{"", "--demo-anywhere", []string{"--demo", "--http", ":0"}},
		{"", "--demo-anywhere", []string{"--demo", "--http", "192.0.2.1:0"}},
		{"", "--demo-anywhere", []string{"--demo", "--https", "127.0.0.1:0"}},
		{"", "--demo-anywhere", []string{"--demo", "hub.example.org"}},
		{"COMMONPLACE_LIMITS=off", "with --demo", []string{"--http", "127.0.0.1:0"}},
		{"COMMONPLACE_LIMITS=off", "on this machine only", []string{"--demo", "--demo-anywhere", "--http", "0.0.0.0:0"}},
		{"COMMONPLACE_LIMITS=maybe", "COMMONPLACE_LIMITS must be on or off", []string{"--http", "127.0.0.1:0"}},
		{"COMMONPLACE_URL=hub.example.org", "COMMONPLACE_URL must start with https://", []string{"--http", "127.0.0.1:0"}},
		{"", "unknown flag: --demoo", []string{"--demoo"}},
	} {
		var env []string
		if c.env != "" {
			env = append(env, c.env)
		}
		fails(t, env, c.words, append([]string{"serve", "--dir", dir}, c.args...)...)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	fails(t, nil, "cannot listen on "+taken.Addr().String(), "serve", "--dir", demoFolder(t), "--demo", "--http", taken.Addr().String())
}

func TestSecondServerIsRefused(t *testing.T) {
	t.Parallel()
	p := serve(t, demoFolder(t))
	fails(t, nil, "another process serves", "serve", "--demo", "--dir", p.dir, "--http", hubtest.FreeAddress())
	p.state() // the first goes on
}

// An unknown setting is most likely a typing mistake: it is said, and is no reason not to start.
func TestServeSaysWhereItIs(t *testing.T) {
	t.Parallel()
	operators := hubtest.FreeAddress()
	p := serveWith(t, demoFolder(t), []string{"COMMONPLACE_LIMTIS=on", "COMMONPLACE_OPERATOR_LISTEN=" + operators}, "--demo")
	for _, words := range []string{"There is no setting COMMONPLACE_LIMTIS", "This is a demonstration", p.url, "http://" + operators + "/_/", version} {
		// It answers before it has said everything.
		p.await("it to say "+words, func() bool { return strings.Contains(p.err.String()+p.out.String(), words) })
	}
	res, err := http.Get("http://" + operators + "/_/")
	if err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("the operators' side: %v %v", res, err)
	}
	if res, err := http.Get(p.url + "/_/"); err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("the operators' side in public: %v %v", res, err)
	}
}

// SIGTERM: a slow request finishes, sockets are sent away with 1012, nobody new comes in, and the exit code is 0.
func TestDrain(t *testing.T) {
	t.Parallel()
	p := serve(t, demoFolder(t))
	token, thread := p.signIn("member@example.org"), p.thread()
	status, answered := p.rest("POST", "/api/collections/posts/records", token, map[string]any{"thread": thread, "body": "Before.", "client_key": "before"})
	if status != http.StatusOK {
		t.Fatal(answered)
	}

	socket, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(p.url, "http")+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if err := socket.WriteJSON(map[string]any{"op": "join", "topic": "thread:" + thread}); err != nil {
		t.Fatal(err)
	}
	var joined struct{ Op string }
	if err := socket.ReadJSON(&joined); err != nil || joined.Op != "joined" {
		t.Fatalf("%+v %v", joined, err)
	}

	slow, reader := slowPost(t, p, token, `{"thread":"`+thread+`","body":"A slow one.","client_key":"slow"}`)
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	socket.SetReadDeadline(time.Now().Add(time.Minute))
	for err = nil; err == nil; {
		_, _, err = socket.ReadMessage()
	}
	if !websocket.IsCloseError(err, websocket.CloseServiceRestart) {
		t.Errorf("the socket was closed with %v, want 1012", err)
	}
	if c, err := net.DialTimeout("tcp", strings.TrimPrefix(p.url, "http://"), time.Second); err == nil {
		c.Close()
		t.Error("the door is open while the program drains")
	}
	time.Sleep(3*time.Second - time.Since(began)) // PocketBase alone would have cut it off after one
	if answer := slow(); !strings.HasPrefix(answer, "HTTP/1.1 200") {
		rest, _ := reader.ReadString('\n')
		t.Errorf("the slow request was answered with %s %s", answer, rest)
	}
	o := p.wait()
	if took := time.Since(began); o.code != 0 || took > time.Minute {
		t.Errorf("exit code %d after %s\n%s%s", o.code, took, o.out, o.err)
	}

	p = serve(t, p.dir)
	for _, key := range []string{"before", "slow"} {
		_, found := p.rest("GET", "/api/collections/posts/records?filter="+fmt.Sprintf("client_key%%3D'%s'", key), token, nil)
		if found["totalItems"] != 1.0 {
			t.Errorf("the post %q was answered and is not there: %v", key, found["totalItems"])
		}
	}
}

// slowPost begins a request whose handler waits for the body, and returns what sends the body and reads the status line.
func slowPost(t *testing.T, p *process, token, body string) (finish func() string, r *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(30 * time.Second))
	fmt.Fprintf(c, "POST /api/collections/posts/records HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		strings.TrimPrefix(p.url, "http://"), token, len(body))
	r = bufio.NewReader(c)
	line, err := r.ReadString('\n') // "100 Continue" says that the handler has begun to read
	if err != nil || !strings.Contains(line, "100") {
		t.Fatalf("%q %v", line, err)
	}
	r.ReadString('\n')
	return func() string {
		fmt.Fprint(c, body)
		line, err := r.ReadString('\n')
		if err != nil {
			return err.Error()
		}
		return strings.TrimSpace(line)
	}, r
}

// The accounts of a demo have a password that everybody knows: a start without --demo shuts them out.
func TestDemoAccountsAreShutOutWithoutDemo(t *testing.T) {
	t.Parallel()
	dir := demoFolder(t)
	operators := hubtest.FreeAddress()
	env := []string{"COMMONPLACE_OPERATOR_LISTEN=" + operators}
	operator := func() int {
		status, _ := restAt(t, "http://"+operators, "POST", "/api/collections/_superusers/auth-with-password", "", map[string]any{"identity": "operator@example.org", "password": "commonplace-demo"})
		return status
	}
	cast := []string{"partner", "lead", "member", "member2", "moderator", "admin"}

	p := serveWith(t, dir, env, "--demo")
	token := p.signIn("lead@example.org")
	if token == "" || operator() != http.StatusOK {
		t.Error("with --demo they cannot sign in")
	}
	p.terminate()
	if out := ok(t, "doctor", "--dir", dir); !strings.Contains(out, "7 demo accounts") && !strings.Contains(out, "6 demo accounts") {
		t.Errorf("doctor does not warn of the demo accounts:\n%s", out)
	}

	p = serveWith(t, dir, env)
	for _, name := range cast {
		if p.signIn(name+"@example.org") != "" {
			t.Errorf("%s can sign in to a hub that is no demo", name)
		}
	}
	if status, _ := p.rest("POST", "/api/collections/users/auth-refresh", token, nil); status == http.StatusOK {
		t.Error("a token from before is still good")
	}
	if status := operator(); status == http.StatusOK {
		t.Error("the demo's operator can sign in to a hub that is no demo")
	}
	p.terminate()
	if out := ok(t, "doctor", "--dir", dir); !strings.Contains(out, "no demo account can sign in") {
		t.Errorf("doctor:\n%s", out)
	}

	p = serveWith(t, dir, env, "--demo")
	if p.signIn("partner@example.org") == "" || operator() != http.StatusOK {
		t.Error("with --demo again they cannot sign in")
	}
}
