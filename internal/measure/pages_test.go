//go:build measure

package measure

import (
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const handbookPage = "/handbook/adult-carers/carers-assessment"

// TestMeasureAgainstNginx compares a handbook page for a guest with nginx serving the same bytes as a static file, in
// turn, in the same run: requests a second with 32 connections, and the slowest hundredth.
func TestMeasureAgainstNginx(t *testing.T) {
	for _, tool := range []string{"nginx", "wrk"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is not installed (Debian: apt-get install wrk nginx-light)", tool)
		}
	}
	s := serve(t, filepath.Join(t.TempDir(), "pb_data"))
	static := nginx(t, s.body(t, handbookPage))
	wrk(t, s.url+handbookPage) // warm
	var ratios []float64
	var slowest []time.Duration
	for range 5 {
		ours, p99 := wrk(t, s.url+handbookPage)
		theirs, nginxP99 := wrk(t, static)
		t.Logf("ours %.0f/s p99 %v, nginx %.0f/s p99 %v: %.2f", ours, p99, theirs, nginxP99, ours/theirs)
		ratios, slowest = append(ratios, ours/theirs), append(slowest, p99)
	}
	slices.Sort(ratios)
	atLeast(t, "a handbook page's requests/s against nginx, median", ratios[len(ratios)/2], .4)
	bar(t, "p99 of a handbook page, median", quantile(slowest, .5), 15*time.Millisecond)
}

func (s *server) body(t *testing.T, path string) []byte {
	t.Helper()
	res, err := client.Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(path, res.Status, err)
	}
	return raw
}

// nginx serves bytes as a static file on loopback until the test ends.
func nginx(t *testing.T, page []byte) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "commonplace-nginx-*")
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o755)
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	conf := strings.NewReplacer("DIR", dir, "PORT", strconv.Itoa(port)).Replace(`
worker_processes auto; pid DIR/nginx.pid; error_log DIR/err.log; daemon off; events { worker_connections 4096; }
http { access_log off; sendfile on; keepalive_requests 1000000; types { text/html html; }
 client_body_temp_path DIR/b; proxy_temp_path DIR/p; fastcgi_temp_path DIR/f; uwsgi_temp_path DIR/u; scgi_temp_path DIR/s;
 server { listen 127.0.0.1:PORT; root DIR; } }`)
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "page.html"), page, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("nginx", "-c", filepath.Join(dir, "nginx.conf"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	url := fmt.Sprintf("http://127.0.0.1:%d/page.html", port)
	for range 100 {
		if res, err := client.Get(url); err == nil {
			res.Body.Close()
			return url
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("nginx does not answer")
	return ""
}

var (
	perSecond = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	ninetyNin = regexp.MustCompile(`99%\s+([\d.]+)(us|ms|s)`)
)

// wrk loads an address for a few seconds.
func wrk(t *testing.T, url string) (requests float64, p99 time.Duration) {
	t.Helper()
	out, err := exec.Command("wrk", "-t2", "-c32", "-d3s", "--latency", url).CombinedOutput()
	if err != nil || strings.Contains(string(out), "Non-2xx") {
		t.Fatalf("wrk: %v\n%s", err, out)
	}
	if m := perSecond.FindSubmatch(out); m != nil {
		requests, _ = strconv.ParseFloat(string(m[1]), 64)
	}
	if m := ninetyNin.FindSubmatch(out); m != nil {
		p99, _ = time.ParseDuration(string(m[1]) + string(m[2]))
	}
	return requests, p99
}

var linked = regexp.MustCompile(`(?:href|src)="(/static/[^"]+\.(?:css|js))"`)

// TestMeasureWeight counts what a guest's browser fetches for the first handbook page.
func TestMeasureWeight(t *testing.T) {
	s := serve(t, filepath.Join(t.TempDir(), "pb_data"))
	total, scripts := s.wire(t, handbookPage), 0
	for _, m := range linked.FindAllStringSubmatch(string(s.body(t, handbookPage)), -1) {
		n := s.wire(t, m[1])
		total += n
		if strings.HasSuffix(m[1], ".js") {
			scripts += n
		}
	}
	bar(t, "first handbook page over the wire, styles and scripts included, bytes", total, 40_000)
	bar(t, "its scripts, compressed, bytes", scripts, 10_000)
	all := 0
	for _, m := range linked.FindAllStringSubmatch(string(s.body(t, "/case-studies/a-passport-that-moves-with-you")), -1) {
		if strings.HasSuffix(m[1], ".js") {
			all += s.wire(t, m[1])
		}
	}
	bar(t, "scripts of a case study with its thread, compressed, bytes", all, 10_000)
}

// wire is the size of an answer's body as a browser without brotli gets it.
func (s *server) wire(t *testing.T, path string) int {
	t.Helper()
	r, err := http.NewRequest("GET", s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := (&http.Transport{DisableCompression: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(path, res.Status, err)
	}
	if res.Header.Get("Content-Encoding") == "gzip" {
		if _, err := gzip.NewReader(strings.NewReader(string(raw))); err != nil {
			t.Fatal(err)
		}
	}
	return len(raw)
}
