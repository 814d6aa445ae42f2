//go:build measure

package site_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"commonplace/internal/hubtest"

	"github.com/chromedp/chromedp/kb"
)

// aged is what a browser of 2015 does with a style sheet: conditions and rules that it does not know go as a whole, and
// so does each declaration that it cannot read.
func aged(css []byte) []byte {
	css = withoutSupports(css)
	css = unknownRules.ReplaceAll(css, []byte("$1"))
	for was := -1; was != len(css); { // declarations stand next to each other, and share the sign between them
		was = len(css)
		css = unknownDeclarations.ReplaceAll(css, []byte("$1"))
	}
	return css
}

var (
	unknownRules        = regexp.MustCompile(`([{}]|^)[^{}]*:(?:is|where|has|focus-visible|focus-within|:details-content)\b[^{}]*\{[^{}]*\}`)
	unknownDeclarations = regexp.MustCompile(`([{;])\s*(?:` +
		`--[\w-]+\s*:[^;{}]*|[\w-]+\s*:[^;{}]*(?:\bvar|\bmin|\bmax|\bclamp|\bfit-content)\([^;{}]*|display\s*:\s*(?:inline-)?(?:grid|contents|flow-root)[^;{}]*|grid(?:-[\w-]+)?\s*:[^;{}]*|` +
		`(?:gap|row-gap|column-gap|inset|aspect-ratio|accent-color|color-scheme|scroll-margin[\w-]*|place-[\w-]+|[\w-]*-(?:inline|block)(?:-[\w-]+)?|(?:inline|block)-size)\s*:[^;{}]*` +
		`);?`)
)

// withoutSupports takes out what is said to newer browsers only.
func withoutSupports(css []byte) []byte {
	for {
		from := bytes.Index(css, []byte("@supports"))
		if from < 0 {
			return css
		}
		to := from + bytes.IndexByte(css[from:], '{') + 1
		for open := 1; open > 0 && to < len(css); to++ {
			switch css[to] {
			case '{':
				open++
			case '}':
				open--
			}
		}
		css = append(css[:from:from], css[to:]...)
	}
}

var (
	sheetInPage = regexp.MustCompile(`(?s)<style[^>]*>.*?</style>`)
	newer       = regexp.MustCompile(`var\(|[{;]--|display:(inline-)?grid|@supports`)
)

// oldBrowser stands between a hub and a Chromium that is to have no more abilities than a browser of 2015. Cookies go no
// way; it counts those that the hub wanted to set.
func oldBrowser(t *testing.T, h *hubtest.Hub) (address string, cookies *atomic.Int64) {
	t.Helper()
	to, err := url.Parse(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	cookies = new(atomic.Int64)
	s := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
			r.Out.Header.Del("Cookie")
			r.Out.Header.Set("Accept-Encoding", "identity")
		},
		ModifyResponse: func(res *http.Response) error {
			cookies.Add(int64(len(res.Header.Values("Set-Cookie"))))
			res.Header.Del("Set-Cookie")
			raw, err := io.ReadAll(res.Body)
			if err != nil {
				return err
			}
			switch kind := res.Header.Get("Content-Type"); {
			case strings.HasPrefix(kind, "text/css"):
				raw = aged(raw)
				if m := newer.Find(raw); m != nil {
					t.Errorf("%s still has %s", res.Request.URL, m)
				}
			case strings.HasPrefix(kind, "text/html"):
				raw = sheetInPage.ReplaceAllFunc(raw, aged)
				res.Header.Del("Content-Security-Policy") // it names the sheet that stood in the page
			}
			res.Body = io.NopCloser(bytes.NewReader(raw))
			res.ContentLength = int64(len(raw))
			res.Header.Del("Content-Length")
			return nil
		},
	})
	t.Cleanup(s.Close)
	return s.URL, cookies
}

// TestMeasureOldBrowser reads every public page with the abilities of a browser of 2015: no scripts, no custom properties,
// no grid, no cookies.
func TestMeasureOldBrowser(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	address, cookies := oldBrowser(t, h)
	b := startBrowser(t, chromium())
	w := b.guest(t, address, scriptsOff)
	w.may(404)
	addresses := publicPages(t, h)
	for _, address := range addresses {
		t.Run(address, func(t *testing.T) {
			w.t = t
			w.visit(address)
			eval[bool](w, unfold)
			w.isReadable("desktop")
			w.saysNothingOfBrowsers()
			w.turn(phone)
			w.isReadable("phone")
			w.turn(paper)
			w.isReadable("paper")
			w.turn(still)
			w.turn(desktop)
		})
	}
	w.t = t
	t.Run("search", func(t *testing.T) {
		w.t = t
		w.visit("/")
		w.tabTo("#find")
		w.write("flu jab")
		w.leads("search", func() { w.press(kb.Enter) })
		w.mustBeAt("/search?q=flu+jab")
		w.must("it is found", `!!$('main a[href$="/adult-carers/your-own-health"]')`)
	})
	w.t = t
	if n := cookies.Load(); n > 0 {
		t.Errorf("public pages set %d cookies", n)
	}
	t.Logf("%d pages", len(addresses))
}

// isReadable holds that the words of the main part are seen, stand out, and do not lie on each other.
func (w *window) isReadable(where string) {
	w.t.Helper()
	w.picture(where)
	if seen := eval[float64](w, seenOfMain); seen < .9 {
		w.t.Errorf("%s: %.2f of the words are seen", where, seen)
	}
	w.must(where+": it has a heading", `$$("h1, h2, .cp-fill__title").some((h) => h.checkVisibility() && clean(h.textContent) !== "")`) // the sheet of a form has its own
	for _, faint := range eval[[]string](w, faintWords) {
		w.t.Errorf("%s: too faint: %s", where, faint)
	}
	for _, two := range eval[[]string](w, overlapping) {
		w.t.Errorf("%s: one lies on another: %s", where, two)
	}
}

// saysNothingOfBrowsers holds that no banner stands above or below what was asked for, and no page asks for another browser.
func (w *window) saysNothingOfBrowsers() {
	w.t.Helper()
	w.must("nobody is told off for their browser", `!/browser is\b|your browser (does|cannot|is|must)|(upgrade|update) your browser|(enable|turn on) (javascript|scripts|cookies)/i.test(document.body.innerText)`)
	w.must("no banner of cookies", `$$("body > *:not(main):not(:has(main))").filter((el) => !el.matches("footer, .cp-footer")).every((el) => !/cookie|browser/i.test(el.innerText || ""))`)
}

const (
	// How much of the words of the main part is seen. What is hidden from everybody, or is meant for the other of paper and screen, does not count:
	// the head and foot of a form's sheet say on paper what the page around it says on a screen.
	seenOfMain = `(() => {
		const main = $("main") || document.body, paper = matchMedia("print").matches, elsewhere = paper ? ".cp-screen" : ".cp-paper, .cp-fill__top, .cp-fill__lead, .cp-fill__foot";
		const all = (n) => n.nodeType === 3 ? n.data.replace(/\s+/g, "").length :
			n.nodeType !== 1 || n.hidden || n.matches("script, style, template, noscript, option, textarea") || n.matches(elsewhere) || (paper && n.matches("form, nav, a, button, details") && !n.checkVisibility()) ? 0 :
			[...n.childNodes].reduce((sum, c) => sum + all(c), 0);
		const seen = (n) => n.nodeType === 3 ? n.data.replace(/\s+/g, "").length :
			n.nodeType !== 1 || n.hidden || n.matches("script, style, template, noscript, option, textarea") || n.matches(elsewhere) || !n.checkVisibility({ visibilityProperty: true, opacityProperty: true }) ? 0 :
			[...n.childNodes].reduce((sum, c) => sum + seen(c), 0);
		return all(main) ? seen(main) / all(main) : 0;
	})()`

	// Words whose contrast with what they stand on is below 4.5, or 3 when they are large.
	faintWords = `(() => {
		const parse = (s) => { const m = s.match(/[\d.]+/g).map(Number); return [m[0], m[1], m[2], m[3] ?? 1]; };
		const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
		const behind = (el) => { const on = []; for (let e = el; e; e = e.parentElement) on.push(parse(getComputedStyle(e).backgroundColor)); return on.reverse().reduce((under, c) => over(c, under), [255, 255, 255, 1]); };
		const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
		const faint = new Set();
		const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		for (let n; (n = walk.nextNode()); ) {
			const el = n.parentElement, box = el.getBoundingClientRect();
			if (!n.data.trim() || faint.has(el) || el.closest("script, style, svg, option, :disabled") || !el.checkVisibility({ visibilityProperty: true }) || box.width < 2 || box.height < 2) continue;
			const s = getComputedStyle(el), on = behind(el), words = over(parse(s.color), on), size = parseFloat(s.fontSize);
			const [a, b] = [light(words), light(on)].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
			if (ratio < (size >= 24 || (size >= 18.66 && s.fontWeight >= 700) ? 3 : 4.5)) faint.add(el).ratio = ratio;
		}
		return [...faint].map((el) => el.outerHTML.slice(0, 120) + " " + getComputedStyle(el).color + " on " + behind(el).slice(0, 3));
	})()`

	// Headings and paragraphs of which one lies on another.
	overlapping = `(() => {
		const all = $$("h1, h2, h3, h4, h5, h6, p, dt, legend, table, main ul, main ol, main dl").filter((el) => el.checkVisibility({ visibilityProperty: true })).filter((el) => clean(el.textContent) !== "").map((el) => [el, [...el.getClientRects()].filter((b) => b.width > 2 && b.height > 2)]); // several where it goes on in the next column
		const faults = [];
		all.forEach(([el, b], i) => all.slice(i + 1).forEach(([other, o]) => {
			if (el.contains(other) || other.contains(el)) return;
			if (b.some((b) => o.some((o) => Math.min(b.right, o.right) - Math.max(b.left, o.left) > 2 && Math.min(b.bottom, o.bottom) - Math.max(b.top, o.top) > 2))) faults.push(el.outerHTML.slice(0, 90) + " / " + other.outerHTML.slice(0, 90));
		}));
		return faults.slice(0, 5);
	})()`
)

func TestMeasureAged(t *testing.T) {
	for _, c := range []struct{ css, want string }{
		{"a{color:red;color:var(--x)}", "a{color:red;}"},
		{":root{--a:1;--b:2}b{display:flex;display:grid;gap:1px}", ":root{}b{display:flex;}"},
		{"@supports (margin:max(0px)){a{b:c}d{e:f}}g{h:i}", "g{h:i}"},
		{"x{y:z}a:has(b),c{d:e}f{g:h}", "x{y:z}f{g:h}"},
		{"a{grid-template-columns:1fr;margin:0;width:min(1px,2px)}", "a{margin:0;}"},
	} {
		if got := string(aged([]byte(c.css))); got != c.want {
			t.Errorf("%s: %s, want %s", c.css, got, c.want)
		}
	}
}
