package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	if out := ok(t, "version"); !strings.Contains(out, version) || !strings.Contains(out, runtime.Version()) {
		t.Error(out)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	o := run(t, []string{"COMMONPLACE_URL=https://hub.example.org/", "COMMONPLACE_OPERATOR_LISTEN=127.0.0.1:9999"}, "config", "--dir", "somewhere")
	lines := map[string][]string{}
	for line := range strings.Lines(o.out) {
		if words := regexp.MustCompile(`\s{2,}`).Split(strings.TrimSpace(line), -1); len(words) >= 3 {
			lines[words[0]] = words
		}
	}
	for name, want := range map[string][2]string{
		"COMMONPLACE_URL":             {`"https://hub.example.org/"`, "environment"},
		"COMMONPLACE_OPERATOR_LISTEN": {`"127.0.0.1:9999"`, "environment"},
		"COMMONPLACE_LIMITS":          {`"on"`, "default"},
		"COMMONPLACE_PROXY_HEADER":    {`""`, "default"},
		"--dir":                       {`"somewhere"`, "command line"},
	} {
		if got := lines[name]; o.code != 0 || len(got) < 3 || got[1] != want[0] || got[2] != want[1] {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// Commands that only tell something make no data folder.
func TestTellingMakesNoDataFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pb_data")
	ok(t, "version", "--dir", dir)
	ok(t, "config", "--dir", dir)
	fails(t, nil, "nothing serves", "health", "--dir", dir)
	fails(t, nil, "cannot be opened as a backup", "verify", "missing.zip", "--dir", dir)
	fails(t, nil, "cannot be opened as a backup", "restore", "missing.zip", "--dir", dir)
	if _, err := os.Stat(dir); err == nil {
		t.Error("a data folder was made")
	}
}

func TestHealthAndDoctor(t *testing.T) {
	t.Parallel()
	dir := demoFolder(t)
	fails(t, nil, "nothing serves", "health", "--dir", dir)
	checks := []string{"disk", "clock", "database", "mail", "rules", "rate limit", "operators", "demo", "journal", "index"}
	doctor := func(want map[string]string) {
		t.Helper()
		out := ok(t, "doctor", "--dir", dir)
		rows := strings.Split(strings.TrimSpace(out), "\n")
		if len(rows) != len(checks) {
			t.Fatalf("%d lines for %d checks:\n%s", len(rows), len(checks), out)
		}
		for i, row := range rows {
			state, name := strings.TrimSpace(row[:4]), strings.TrimSpace(row[6:16])
			wanted := want[name]
			if wanted == "" {
				wanted = "ok"
			}
			if name != checks[i] || state != wanted || len(strings.TrimSpace(row[16:])) == 0 {
				t.Errorf("%q, want %s %s", row, wanted, checks[i])
			}
		}
	}
	doctor(map[string]string{"mail": "warn", "demo": "warn"})
	p := serve(t, dir)
	p.caughtUp()
	if out := ok(t, "health", "--dir", dir); !regexp.MustCompile(`^ready: journal \d+, index \d+, search ready\n$`).MatchString(out) {
		t.Errorf("health: %q", out)
	}
	doctor(map[string]string{"mail": "warn", "demo": "warn"})
	p.terminate()
	fails(t, nil, "nothing serves", "health", "--dir", dir)
}

// A data folder that something is wrong with: doctor says what, and fails.
func TestDoctorFindsFaults(t *testing.T) {
	t.Parallel()
	dir := demoFolder(t)
	p := start(t, nil, "superuser", "upsert", "boss@example.org", "a-long-password", "--dir", dir)
	p.wait()
	operators := hubtest.FreeAddress()
	s := serveWith(t, dir, []string{"COMMONPLACE_OPERATOR_LISTEN=" + operators}, "--demo")
	_, auth := restAt(t, "http://"+operators, "POST", "/api/collections/_superusers/auth-with-password", "", map[string]any{"identity": "boss@example.org", "password": "a-long-password"})
	token, _ := auth["token"].(string)
	for path, body := range map[string]any{
		"/api/settings":             map[string]any{"rateLimits": map[string]any{"enabled": false}},
		"/api/collections/sessions": map[string]any{"listRule": ""},
	} {
		if status, answer := restAt(t, "http://"+operators, "PATCH", path, token, body); status != 200 {
			t.Fatalf("%s: %d %v", path, status, answer)
		}
	}
	s.terminate()
	o := run(t, nil, "doctor", "--dir", dir)
	for _, words := range []string{"fail  rules       sessions can be reached", "fail  rate limit  off"} {
		if !strings.Contains(o.out, words) {
			t.Errorf("doctor does not say %q:\n%s", words, o.out)
		}
	}
	if o.code != 1 || o.err != "commonplace: 2 of the checks failed\n" {
		t.Errorf("exit code %d, %q", o.code, o.err)
	}
}

func TestUnknownCommandsAndHelp(t *testing.T) {
	t.Parallel()
	fails(t, nil, `unknown command "exprot"`, "exprot")
	fails(t, nil, "unknown flag: --publsih", "import", "x", "--publsih")
	fails(t, nil, "accepts 1 arg(s), received 0", "backup")
	fails(t, nil, "unknown command", "doctor", "me")

	root := ok(t, "--help")
	for _, own := range []string{"serve", "import", "reindex", "doctor", "backup", "restore", "verify", "health", "config", "version"} {
		if !strings.Contains(root, "\n  "+own+" ") {
			t.Errorf("--help does not name %s", own)
		}
		out := ok(t, own, "--help")
		if !strings.Contains(out, "Usage:\n  commonplace "+own) || !strings.Contains(out, "--dir") {
			t.Errorf("%s --help:\n%s", own, out)
		}
	}
	for _, theirs := range []string{"superuser", "migrate"} {
		if !strings.Contains(root, "\n  "+theirs+" ") {
			t.Errorf("--help does not name %s", theirs)
		}
	}
}
