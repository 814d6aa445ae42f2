//go:build measure

package measure

import (
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"commonplace/internal/hub"

	"golang.org/x/net/html"
)

// TestMeasureOpenAndSave opens every document of the real input in its form, sends the form back as a browser does, and
// compares the exported Markdown: not a byte may differ.
func TestMeasureOpenAndSave(t *testing.T) {
	dir, input := hubWithInput(t)
	s := serve(t, dir)
	defer s.stop()
	cookie := signIn(t, s, "lead@example.org")
	seen, altered, bytes := 0, 0, 0
	for _, f := range input.Files {
		if f.Address == "" {
			continue
		}
		source := fetch(t, s, cookie, f.Address+".md")
		page := fetch(t, s, cookie, f.Address)
		at := strings.Index(page, `<a href="/write/`)
		if at < 0 {
			t.Errorf("%s: no form", f.Address)
			continue
		}
		address, _, _ := strings.Cut(page[at+len(`<a href="`):], `"`)
		form := formIn(t, fetch(t, s, cookie, address))
		form.Set("do", "publish")
		r, _ := http.NewRequest("POST", s.url+address, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if status, body := answer(t, r, cookie); status != http.StatusSeeOther {
			t.Errorf("%s: %d %.300s", address, status, body)
		}
		seen, bytes = seen+1, bytes+len(source)
		if after := fetch(t, s, cookie, f.Address+".md"); after != source {
			altered++
			t.Errorf("%s (%s) was altered: %d bytes, then %d", f.Address, filepath.Base(f.Path), len(source), len(after))
		}
	}
	t.Logf("%d documents, %d bytes of Markdown", seen, bytes)
	if seen < 2200 {
		t.Errorf("%d documents only", seen)
	}
	bar(t, "documents altered by open and save", altered, 0)
}

// signIn gives the session cookie of one of the cast.
func signIn(t *testing.T, s *server, email string) string {
	t.Helper()
	form := url.Values{"email": {email}, "password": {hub.DemoPassword}}
	r, _ := http.NewRequest("POST", s.url+"/sign-in", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		return c.Name + "=" + c.Value
	}
	t.Fatalf("no session: %d", res.StatusCode)
	return ""
}

func fetch(t *testing.T, s *server, cookie, address string) string {
	t.Helper()
	r, err := http.NewRequest("GET", s.url+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	status, body := answer(t, r, cookie)
	if status != http.StatusOK {
		t.Errorf("%s: %d", address, status)
	}
	return body
}

func answer(t *testing.T, r *http.Request, cookie string) (int, string) {
	t.Helper()
	r.Header.Set("Cookie", cookie)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// formIn reads the form of a page the way a browser would send it back.
func formIn(t *testing.T, page string) url.Values {
	t.Helper()
	_, main, _ := strings.Cut(page, "<main")
	root, err := html.Parse(strings.NewReader(main))
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{}
	for n := range root.Descendants() {
		at := map[string]string{}
		for _, a := range n.Attr {
			at[a.Key] = a.Val
		}
		_, checked := at["checked"]
		box := at["type"] == "radio" || at["type"] == "checkbox"
		switch {
		case at["name"] == "":
		case n.Data == "textarea" && n.FirstChild != nil:
			form.Add(at["name"], strings.ReplaceAll(n.FirstChild.Data, "\n", "\r\n"))
		case n.Data == "textarea":
			form.Add(at["name"], "")
		case n.Data == "input" && (!box || checked):
			form.Add(at["name"], strings.NewReplacer("\r", "", "\n", "").Replace(at["value"]))
		case n.Data == "select":
			form.Add(at["name"], chosenIn(n))
		}
	}
	return form
}

// chosenIn is the value of a select: the option that is chosen, or the first.
func chosenIn(n *html.Node) string {
	first, value := true, ""
	for o := range n.Descendants() {
		if o.Data != "option" {
			continue
		}
		own, chosen := "", false
		for _, a := range o.Attr {
			if a.Key == "value" {
				own = a.Val
			}
			chosen = chosen || a.Key == "selected"
		}
		if chosen {
			return own
		}
		if first {
			first, value = false, own
		}
	}
	return value
}
