package site_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"commonplace/internal/hub"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestBrowser drives one real Chromium over real hubs. Each journey stands in a browser_*_test.go file; each person in it
// has a browser context of their own, so nobody shares cookies or storage with anybody.
//
// Without a Chromium it says so in one line; with COMMONPLACE_BROWSER=required it fails then. COMMONPLACE_PICTURES=FOLDER
// keeps pictures of what the journeys saw.
func TestBrowser(t *testing.T) {
	path := chromium()
	if path == "" {
		if os.Getenv("COMMONPLACE_BROWSER") == "required" {
			t.Fatal("the browser tests are required, and there is no Chromium here")
		}
		const why = "Browser tests did not run: there is no Chromium here."
		tellGoTest(why)
		t.Skip(why)
	}
	b := startBrowser(t, path)
	for _, j := range alone {
		t.Run(j.name, func(t *testing.T) { j.run(t, b) })
	}
	t.Run("together", func(t *testing.T) {
		for _, j := range together {
			t.Run(j.name, func(t *testing.T) {
				t.Parallel()
				three <- struct{}{}
				defer func() { <-three }()
				j.run(t, b)
			})
		}
	})
}

// journey is something that people do.
type journey struct {
	name string
	run  func(*testing.T, *browser)
}

// alone are the journeys that say how fast something has to be.
var alone = []journey{
	{"the one-minute test", theOneMinuteTest},
	{"two members talk", twoMembersTalk},
	{"the reader is not moved", theReaderIsNotMoved},
	{"signing out ends the other window", signingOutEndsTheOtherWindow},
}

// together are the others, three at a time where go test lets so many run: some wait more than they do.
var together = []journey{
	{"accessible to guests", accessibleToGuests},
	{"accessible to members", accessibleToMembers},
	{"accessible to administrators", accessibleToAdministrators},
	{"an administrator's day", anAdministratorsDay},
	{"the keyboard is enough", theKeyboardIsEnough},
	{"a word and the way out", aWordAndTheWayOut},
	{"a partner publishes", aPartnerPublishes},
	{"a carer reads", aCarerReads},
	{"a lead finds good practice", aLeadFindsGoodPractice},
	{"somebody searches", somebodySearches},
	{"a place says we do this too", aPlaceSaysWeDoThisToo},
	{"a plan shows its progress", aPlanShowsItsProgress},
	{"a plan is kept", aPlanIsKept},
	{"the thread catches up", theThreadCatchesUp},
	{"somebody answers", somebodyAnswers},
	{"sockets are blocked", socketsAreBlocked},
	{"nothing is silent after a gap", nothingIsSilentAfterAGap},
	{"three talk about a paragraph", threeTalkAboutAParagraph},
	{"reading without scripts", readingWithoutScripts},
	{"writing outlives the tab and the server", writingOutlivesTabAndServer},
	{"two windows write over nothing", twoWindowsWriteOverNothing},
	{"signing out leaves nothing behind", signingOutLeavesNothingBehind},
	{"writing is helped", writingIsHelped},
	{"copying a passage", copyingAPassage},
	{"on paper", onPaper},
	{"from Word to everybody", fromWordToEverybody},
	{"files and rows", filesAndRows},
	{"the handbook on a phone", theHandbookOnAPhone},
	{"a phone that cannot", aPhoneThatCannot},
	{"a form stays with its writer", aFormStaysWithItsWriter},
	{"forms on paper", formsOnPaper},
}

var three = make(chan struct{}, 3)

// chromium is where the browser stands, "" when there is none.
func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// tellGoTest writes past "go test ./...", which shows nothing of what a passing package says, to where its own words go.
// Where that cannot be done, "go test -v" still says why the test was skipped.
func tellGoTest(line string) {
	name := fmt.Sprintf("/proc/%d/fd/2", os.Getppid())
	if info, err := os.Stat(name); err != nil || info.Mode().IsRegular() || testing.Verbose() {
		return // in a file, "go test" would write over it
	}
	if out, err := os.OpenFile(name, os.O_WRONLY, 0); err == nil {
		defer out.Close()
		fmt.Fprintln(out, line)
	}
}

// browser is the one Chromium process of the tests.
type browser struct{ ctx context.Context }

func startBrowser(t *testing.T, path string) *browser {
	t.Helper()
	ctx, stop := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		// Windows that are not in front go on like the one that is.
		chromedp.Flag("disable-background-timer-throttling", true), chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
		// Nothing but the hub can be reached, should anything try.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
	t.Cleanup(stop)
	ctx, close := chromedp.NewContext(ctx)
	t.Cleanup(close)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return &browser{ctx}
}

// window is one window of one person.
type window struct {
	t    *testing.T
	ctx  context.Context
	home string // the hub's address

	mu      sync.Mutex
	faults  []string
	expects map[int64]bool // statuses, besides success, that documents may answer with
	forgive []string       // beginnings of faults that the test brings about on purpose
}

// look is how a window differs from a desktop's.
type look func(*window) error

const (
	desktopWidth, desktopHeight = 1280, 800
	phoneWidth, phoneHeight     = 320, 640
)

// Nothing moves by itself, so that what is looked at stays where it is.
func still(w *window) error { return w.media("") }

func desktop(w *window) error {
	return chromedp.Do(w.ctx, chromedp.EmulateViewport(desktopWidth, desktopHeight))
}

func phone(w *window) error {
	return chromedp.Do(w.ctx, chromedp.EmulateViewport(phoneWidth, phoneHeight, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait))
}

func scriptsOff(w *window) error {
	_, err := chromedp.Call(w.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return err
}

func dark(w *window) error {
	return w.media("", "prefers-color-scheme", "dark")
}

func (w *window) media(kind string, features ...string) error {
	p := emulation.SetEmulatedMediaParams{Media: kind}
	features = append(features, "prefers-reduced-motion", "reduce")
	for i := 0; i < len(features); i += 2 {
		p.Features = append(p.Features, &emulation.MediaFeature{Name: features[i], Value: features[i+1]})
	}
	_, err := chromedp.Call(w.ctx, emulation.SetEmulatedMedia, p)
	return err
}

// guest opens a window for somebody who is signed in nowhere, in a browser context of their own.
func (b *browser) guest(t *testing.T, home string, looks ...look) *window {
	t.Helper()
	return open(t, b.ctx, home, looks, chromedp.WithNewBrowserContext())
}

// as opens a window for one of the cast, who has signed in with the form.
func (b *browser) as(t *testing.T, home, name string, looks ...look) *window {
	t.Helper()
	w := b.guest(t, home, looks...)
	w.signIn(name)
	return w
}

// another opens a second window of the same person.
func (w *window) another(looks ...look) *window {
	w.t.Helper()
	return open(w.t, w.ctx, w.home, looks)
}

func open(t *testing.T, parent context.Context, home string, looks []look, opts ...chromedp.ContextOption) *window {
	t.Helper()
	w := &window{t: t, home: home, expects: map[int64]bool{}}
	ctx, close := chromedp.NewContext(parent, append(opts, chromedp.WithListener(w.note))...)
	w.ctx = ctx
	t.Cleanup(func() {
		w.settleFaults()
		close()
	})
	for _, l := range append([]look{still, desktop}, looks...) {
		if err := l(w); err != nil {
			t.Fatalf("a window does not open: %v", err)
		}
	}
	return w
}

// note looks at everything that the browser reports, for what must not happen.
func (w *window) note(event any) {
	switch e := event.(type) {
	case *cdpruntime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		w.fault("exception: " + text)
	case *cdpruntime.EventConsoleAPICalled:
		if e.Type == cdpruntime.ConsoleAPICalledTypeError || e.Type == cdpruntime.ConsoleAPICalledTypeAssert {
			w.fault(fmt.Sprintf("console: %s", values(e.Args)))
		}
	case *log.EventEntryAdded:
		// Statuses are judged below, where it is known whose they are.
		if e.Entry.Level == log.EntryLevelError && !strings.HasPrefix(e.Entry.Text, "Failed to load resource: the server responded") && !strings.HasSuffix(e.Entry.URL, "/-/seen") {
			w.fault(fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasPrefix(u, w.home+"/") && !strings.HasPrefix(u, "data:") {
			w.fault("request elsewhere: " + u)
		}
	case *network.EventWebSocketCreated:
		if !strings.HasPrefix(e.URL, "ws"+strings.TrimPrefix(w.home, "http")+"/") {
			w.fault("request elsewhere: " + e.URL)
		}
	case *network.EventResponseReceived:
		w.mu.Lock()
		expected := e.Type == network.ResourceTypeDocument && w.expects[e.Response.Status]
		w.mu.Unlock()
		ping := e.Type == network.ResourceTypePing // one that was on its way when its sender signed out tells nobody anything
		if e.Response.Status >= 400 && !expected && !ping {
			w.fault(fmt.Sprintf("status %d: %s", e.Response.Status, e.Response.URL))
		}
	case *network.EventLoadingFailed:
		if !e.Canceled && e.Type != network.ResourceTypePing { // by the page itself, or by leaving it; nobody waits for a ping
			w.fault(fmt.Sprintf("request failed: %s, %s %s", e.Type, e.ErrorText, e.BlockedReason))
		}
	}
}

func values(args []*cdpruntime.RemoteObject) string {
	var parts []string
	for _, a := range args {
		parts = append(parts, string(a.Value)+a.Description)
	}
	return strings.Join(parts, " ")
}

func (w *window) fault(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, what)
}

// settleFaults fails the test for what the browser complained about, when the test has not asked for it.
func (w *window) settleFaults() {
	w.t.Helper()
	try[bool](w, "true") // what was reported before the answer has been noted
	w.mu.Lock()
	defer w.mu.Unlock()
next:
	for _, f := range w.faults {
		for _, beginning := range w.forgive {
			if strings.HasPrefix(f, beginning) {
				continue next
			}
		}
		w.t.Errorf("the browser reports: %s", f)
	}
	w.faults = nil
}

// may lets documents answer with a status that is no success.
func (w *window) may(statuses ...int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range statuses {
		w.expects[s] = true
	}
}

// forgives lets happen what the test brings about.
func (w *window) forgives(beginnings ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forgive = append(w.forgive, beginnings...)
}

// do runs steps that must succeed.
func (w *window) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.ctx, patience)
	defer stop()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.t.Fatalf("%s: %v", what, err)
	}
}

// call sends one command of the browser's protocol, which must succeed.
func call[P, R any](w *window, c cdp.Command[P, R], p P) R {
	w.t.Helper()
	r, err := chromedp.Call(w.ctx, c, p)
	if err != nil {
		w.t.Fatalf("%s: %v", c.Method, err)
	}
	return r
}

// patience is how long a condition is waited for where nothing says how long it may take: a minute, because success ends the
// wait and the machine may be busy.
const patience = time.Minute

// words are what the tests' own questions to a page are made of.
const words = `
const $ = (css) => document.querySelector(css);
const $$ = (css) => [...document.querySelectorAll(css)];
const clean = (s) => s.replace(/\s+/g, " ").trim();
const text = (css) => $(css) ? clean($(css).textContent) : "";
const says = (s, css) => clean($(css || "body").innerText).includes(s);
// The smallest things that say something, and whether one of them is in the window as a whole.
const saying = (s) => $$("body *").filter((el) => clean(el.textContent).includes(s) && ![...el.children].some((c) => clean(c.textContent).includes(s)));
const inside = (el) => { const b = el.getBoundingClientRect(); return el.checkVisibility() && b.width > 1 && b.top >= 0 && b.left >= 0 && b.bottom <= innerHeight && b.right <= innerWidth; };
const inView = (s) => saying(s).some(inside);
`

func ask(js string) string { return "(() => {" + words + "return (" + js + ")})()" }

func try[T any](w *window, js string) (T, error) {
	ctx, stop := context.WithTimeout(w.ctx, patience)
	defer stop()
	return chromedp.Run(ctx, chromedp.Evaluate[T](ask(js)))
}

// eval asks the page.
func eval[T any](w *window, js string) T {
	w.t.Helper()
	v, err := try[T](w, js)
	if err != nil {
		w.t.Fatalf("%s: %v", js, err)
	}
	return v
}

// await waits until something is so.
func (w *window) await(what, js string) {
	w.t.Helper()
	end := time.Now().Add(patience)
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 40*time.Millisecond) {
		ok, err := try[bool](w, js)
		if err == nil && ok {
			return
		}
		if time.Now().After(end) {
			w.picture("failed")
			here, _ := try[string](w, "location.href")
			w.t.Fatalf("not within %v at %s: %s (%s, %v)", patience, here, what, js, err)
		}
		time.Sleep(pause) // asking takes the time of those who are asked
	}
}

// must fails when something is not so now.
func (w *window) must(what, js string) {
	w.t.Helper()
	if !eval[bool](w, js) {
		w.picture("failed")
		w.t.Errorf("at %s: not so: %s (%s)", eval[string](w, "location.href"), what, js)
	}
}

// visit goes to an address of the hub, as from a bookmark.
func (w *window) visit(path string) {
	w.t.Helper()
	w.do("visit "+path, chromedp.Navigate(w.home+path))
}

// leads waits for the page that an act leads to.
func (w *window) leads(what string, act func()) {
	w.t.Helper()
	eval[bool](w, "globalThis.stillHere = true")
	act()
	w.await(what+" leads to a page", `!globalThis.stillHere && document.readyState === "complete"`)
}

// at is the address of the page, from the hub on.
func (w *window) at() string {
	w.t.Helper()
	return strings.TrimPrefix(eval[string](w, "location.href"), w.home)
}

func (w *window) mustBeAt(want string) {
	w.t.Helper()
	if got := w.at(); got != want {
		w.t.Errorf("at %s, want %s", got, want)
	}
}

// reach brings something into the window and is where its middle is. Nothing may lie over it.
func (w *window) reach(css string) (x, y float64) {
	w.t.Helper()
	at := eval[[]float64](w, `(() => {
		const el = $(`+quote(css)+`);
		if (!el) return [0];
		el.scrollIntoView({ block: "center", behavior: "instant" });
		const b = el.getClientRects()[0], x = b.left + b.width / 2, y = b.top + b.height / 2, hit = document.elementFromPoint(x, y);
		return el.contains(hit) || (hit && hit.closest("label")?.control === el) ? [x, y] : [];
	})()`)
	if len(at) != 2 {
		w.picture("failed")
		w.t.Fatalf("at %s: %s cannot be reached: %v", w.at(), css, at)
	}
	return at[0], at[1]
}

// click presses the mouse on something.
func (w *window) click(css string) {
	w.t.Helper()
	x, y := w.reach(css)
	w.do("click "+css, chromedp.MouseClickXY(x, y))
}

// tap touches something.
func (w *window) tap(css string) {
	w.t.Helper()
	x, y := w.reach(css)
	w.do("tap "+css, chromedp.TapXY(x, y))
}

// unfold taps a summary until what it folds is open: what comes meanwhile, such as a hint under a field, moves it away from
// the finger.
func (w *window) unfold(summary string) {
	w.t.Helper()
	for range 5 {
		w.tap(summary)
		for end := time.Now().Add(patience / 10); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if open, err := try[bool](w, `$(`+quote(summary)+`).parentElement.open`); err == nil && open {
				return
			}
		}
	}
	w.t.Fatalf("at %s: %s does not unfold", w.at(), summary)
}

// reload loads the page again.
var reload = chromedp.Reload()

// back is the browser's own way back, which may bring a page out of memory without loading it.
func (w *window) back()    { w.goBy(-1) }
func (w *window) forward() { w.goBy(+1) }

func (w *window) goBy(n int) {
	w.t.Helper()
	was := call(w, page.GetNavigationHistory, cdp.Empty{})
	to := was.Entries[int(was.CurrentIndex)+n]
	call(w, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: to.ID})
	w.await("back or forward at "+to.URL, `location.href === `+quote(to.URL)+` && document.readyState === "complete"`)
}

// press presses keys one after the other.
func (w *window) press(keys ...string) {
	w.t.Helper()
	for _, k := range keys {
		if k == kb.Enter {
			w.pressEnter()
			continue
		}
		w.do("press a key", chromedp.KeyEvent(k))
	}
}

// pressEnter presses Enter as a keyboard does: a page that takes the key for itself gets no character after it.
func (w *window) pressEnter() {
	w.t.Helper()
	down := input.DispatchKeyEventParams{Type: kb.KeyDown, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13, Text: "\r", UnmodifiedText: "\r"}
	up := down
	up.Type, up.Text, up.UnmodifiedText = kb.KeyUp, "", ""
	call(w, input.DispatchKeyEvent, down)
	call(w, input.DispatchKeyEvent, up)
}

// tabTo goes forward with the Tab key until it has reached something.
func (w *window) tabTo(css string) {
	w.t.Helper()
	for range 150 {
		if w.focused(css) {
			return
		}
		w.press(kb.Tab)
	}
	w.t.Fatalf("at %s: the Tab key does not reach %s", w.at(), css)
}

func (w *window) focused(css string) bool {
	w.t.Helper()
	return eval[bool](w, "document.activeElement.matches("+quote(css)+")")
}

// write types into what has the focus.
func (w *window) write(text string) {
	w.t.Helper()
	w.do("write", chromedp.KeyEvent(text))
}

// signIn signs in with the form, by keyboard.
func (w *window) signIn(name string) {
	w.t.Helper()
	if !strings.HasPrefix(w.at(), "/sign-in") {
		w.visit("/sign-in")
	}
	w.tabTo("#email")
	w.write(name + "@example.org")
	w.press(kb.Tab)
	w.write(hub.DemoPassword)
	w.leads("signing in", func() { w.press(kb.Enter) })
	w.await("signed in", `!!$(".cp-account form")`)
}

// picture keeps what the window shows, when somebody wants to look.
func (w *window) picture(name string) {
	w.t.Helper()
	dir := os.Getenv("COMMONPLACE_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	w.keep(dir, name, png, err)
}

// wholePicture keeps the whole page.
func (w *window) wholePicture(name string) {
	w.t.Helper()
	dir := os.Getenv("COMMONPLACE_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(w.ctx, chromedp.FullScreenshot(100))
	w.keep(dir, name, png, err)
}

func (w *window) keep(dir, name string, png []byte, err error) {
	w.t.Helper()
	file := filepath.Join(dir, strings.NewReplacer("/", "-", " ", "-", "?", "-").Replace(w.t.Name()+"-"+name)+".png")
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		w.t.Logf("no picture %s: %v", file, err)
	}
}

// quote is a string as JavaScript has it.
func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
