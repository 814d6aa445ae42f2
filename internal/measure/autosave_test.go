//go:build measure

package measure

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	browserpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const moments = 50

// TestMeasureAutosave ends the tab, the server (as a power cut would) or both at random moments while somebody types, and
// looks how much typing is not there when the form is opened again.
func TestMeasureAutosave(t *testing.T) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no Chromium here")
	}
	s := serve(t, filepath.Join(t.TempDir(), "pb_data"))
	w := typist{t: t, home: s.url}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.Flag("disable-dev-shm-usage", true))
	t.Cleanup(stop)
	w.ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	w.visit("/sign-in")
	w.ask(`(document.querySelector("#email").value = "partner@example.org", document.querySelector("#password").value = "commonplace-demo", document.querySelector("#password").form.requestSubmit(), true)`)
	w.await("to be signed in", `!location.pathname.startsWith("/sign-in") && document.readyState === "complete"`)

	var lost []time.Duration
	for moment := range moments {
		w.open()
		w.ask(`(document.querySelector("#challenge").focus(), true)`)
		w.said, w.at = nil, nil
		mark := fmt.Sprintf("m%d", moment)
		w.typeFor(mark, time.Duration(300+rand.IntN(6000))*time.Millisecond)
		what := []string{"the tab", "the server, then the tab", "both at once"}[moment%3]
		if what == "the server, then the tab" {
			s.kill()
			w.typeFor(mark, time.Duration(300+rand.IntN(6000))*time.Millisecond)
		}
		end := time.Now()
		w.crash()
		if what != "the tab" {
			if what == "both at once" {
				s.kill()
			}
			s.again()
		}
		w.open()
		w.ask(`(location.href = document.querySelector('a[href*="?restore="]').href, true)`)
		w.await("what was typed", `!!document.querySelector("[data-restored]") && document.readyState === "complete"`)
		d := w.lost(w.text(`document.querySelector("#challenge").value`), end)
		t.Logf("%s: %d words typed, %v lost", what, len(w.said), d.Round(time.Millisecond))
		lost = append(lost, d)
	}
	bar(t, "typing lost at the worst of 50 moments", quantile(lost, 1), 5*time.Second)
	t.Logf("median %v", quantile(lost, .5))
}

// kill ends the program as a power cut would.
func (s *server) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// again starts it at the same address.
func (s *server) again() {
	s.t.Helper()
	env := s.cmd.Env
	s.cmd = exec.Command(s.cmd.Path, s.cmd.Args[1:]...)
	s.cmd.Env, s.cmd.Stderr = env, &s.log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.await("to be ready again", 60*time.Second, func() bool {
		var r ready
		return s.get("/readyz", &r) == nil && r.Ready
	})
}

// typist is somebody at a browser, with what they typed and when.
type typist struct {
	t    *testing.T
	ctx  context.Context
	home string
	said []string
	at   []time.Time
}

// visit goes to a page, also in a window that does not know yet that it crashed.
func (w *typist) visit(path string) {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := chromedp.Do(w.ctx, chromedp.Navigate(w.home+path))
		if err == nil {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("%s: %v", path, err)
		}
	}
}

// open opens the form and waits until it has looked at what is on the device.
func (w *typist) open() {
	w.t.Helper()
	w.visit("/write/case-study")
	w.await("the form", `document.documentElement.dataset.autosaves === "all"`)
}

func (w *typist) ask(js string) bool {
	ctx, stop := context.WithTimeout(w.ctx, 10*time.Second)
	defer stop()
	ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](js))
	return err == nil && ok
}

func (w *typist) text(js string) string {
	w.t.Helper()
	text, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](js))
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

func (w *typist) await(what, js string) {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); !w.ask(js); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("waited 20 s for %s", what)
		}
	}
}

// typeFor types a word every 50 ms.
func (w *typist) typeFor(mark string, d time.Duration) {
	w.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(d); time.Now().Before(end); <-tick.C {
		word := mark + "-" + strconv.Itoa(len(w.said))
		if _, err := chromedp.Call(w.ctx, input.InsertText, input.InsertTextParams{Text: word + " "}); err != nil {
			w.t.Fatal(err)
		}
		w.said, w.at = append(w.said, word), append(w.at, time.Now())
	}
}

// crash ends the page as a fault of the browser would.
func (w *typist) crash() {
	ctx, stop := context.WithTimeout(w.ctx, 200*time.Millisecond) // the page that was asked cannot answer
	defer stop()
	chromedp.Call(ctx, browserpage.Crash, cdp.Empty{})
}

// lost is how much typing before the end is not in a text.
func (w *typist) lost(text string, end time.Time) time.Duration {
	has := map[string]bool{}
	for _, word := range strings.Fields(text) {
		has[word] = true
	}
	for i, word := range w.said {
		if !has[word] {
			return end.Sub(w.at[i])
		}
	}
	return 0
}
