package site_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/web"

	"github.com/pocketbase/pocketbase/core"
)

// phoneList is what a phone is told of the copy.
type phoneList struct {
	At, Whole, Frame, Words string
	Assets                  []string
	Pages                   map[string]string
}

func phoneCopy(t *testing.T, c *hubtest.Client, base string) (list phoneList, etag string) {
	t.Helper()
	a := want(t, c.Get(base+"/offline/list.json"), http.StatusOK)
	a.Into(t, &list)
	return list, a.Header.Get("Etag")
}

func gzipped(t *testing.T, text string) int {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}

// TestOfflineCopy saves the handbook as a phone does, and follows what becomes of it.
func TestOfflineCopy(t *testing.T) {
	t.Parallel()
	h := hubtest.New(t)
	h.Settle()
	guest := h.As("guest")
	space := h.Record("spaces", "slug", "library").Id
	list, _ := phoneCopy(t, guest, "")

	t.Run("is small", func(t *testing.T) {
		raw := want(t, guest.Get(list.At+list.Whole+".json"), http.StatusOK).Body
		n := gzipped(t, raw)
		assets, err := web.Assets()
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range assets {
			if slices.Contains(list.Assets, a.Path) {
				n += len(a.GZ)
			}
		}
		t.Logf("%d addresses: %d bytes compressed, with styles and search", len(list.Pages), n)
		if n > 300_000 {
			t.Errorf("a first save moves %d bytes", n)
		}
	})

	t.Run("is whole and asks for nothing", func(t *testing.T) {
		var whole map[string]json.RawMessage
		guest.Get(list.At+list.Whole+".json").Into(t, &whole)
		for _, sum := range append(slices.Collect(maps.Values(list.Pages)), list.Frame, list.Words) {
			if one := want(t, guest.Get(list.At+sum+".json"), http.StatusOK).Body; one != string(whole[sum]) {
				t.Errorf("%s says something else alone", sum)
			}
			if whole[sum] == nil {
				t.Errorf("%s is not in the whole copy", sum)
			}
		}
		for at, sum := range list.Pages {
			var page struct{ Title, HTML string }
			if err := json.Unmarshal(whole[sum], &page); err != nil || page.Title == "" {
				t.Errorf("%s: %v, title %q", at, err, page.Title)
			}
			// What is for paper says on which day it was printed: with it, each page would be a new one each day.
			form := `<form class="cp-fill` // is filled in on the phone, and has nowhere to go
			if is := strings.Contains(page.HTML, form); is != strings.HasPrefix(at, "/templates/") || strings.Contains(page.HTML, " action=") {
				t.Errorf("%s: it has a form: %v, or one that is sent", at, is)
			}
			page.HTML = strings.Replace(page.HTML, form, "", 1)
			for _, none := range []string{"<img", "<form", "<script", "/files/", "{{", "cp-paper"} {
				if strings.Contains(page.HTML, none) {
					t.Errorf("%s has %s", at, none)
				}
			}
		}
	})

	t.Run("moves only what changed", func(t *testing.T) {
		d := h.Record("documents", "slug", "carers-allowance-and-work")
		change(t, h, d, map[string]any{"body": d.GetString("body") + "\n\nOne more thing.\n"})
		h.Settle()
		now, _ := phoneCopy(t, guest, "")
		for at, sum := range now.Pages {
			if changed := sum != list.Pages[at]; changed != (at == "/handbook/adult-carers/carers-allowance-and-work") {
				t.Errorf("%s: changed %v", at, changed)
			}
		}
		list = now
	})

	page := func(values map[string]any) *core.Record {
		t.Helper()
		d, err := library.New(h.App, library.Handbook, space)
		if err != nil {
			t.Fatal(err)
		}
		d.Load(map[string]any{"title": "A page for phones", "summary": "Zanzibar in short.", "chapter": "start-here", "body": "Zanzibar.", "slug": "a-page-for-phones", "state": library.Published})
		d.Load(values)
		save(t, h, d.Record)
		h.Settle()
		return d.Record
	}
	const at = "/handbook/start-here/a-page-for-phones"
	out := func(t *testing.T, what string) {
		t.Helper()
		now, _ := phoneCopy(t, guest, "")
		if now.Pages[at] != "" || strings.Contains(guest.Get(now.At+now.Whole+".json").Body, "Zanzibar") {
			t.Errorf("%s is in the copy", what)
		}
	}
	t.Run("loses at once what is taken back", func(t *testing.T) {
		d := page(nil)
		for what, change := range map[string]func() error{
			"withdrawn": func() error {
				d.Set("state", library.Withdrawn)
				return h.App.Save(d)
			},
			"moved to a closed space": func() error {
				d.Set("space", h.Record("spaces", "slug", "programme-board").Id)
				return h.App.Save(d)
			},
			"a story taken back": func() error {
				c, err := library.NewConsent(h.App, d.Id)
				if err != nil {
					return err
				}
				c.Load(map[string]any{"what": library.Story, "whose": "A carer", "how": "In writing", "given": "2026-01-01 00:00:00.000Z"})
				if err := h.App.Save(c.Record); err != nil {
					return err
				}
				return c.Withdraw(h.App, "")
			},
		} {
			had, _ := phoneCopy(t, guest, "")
			if had.Pages[at] == "" {
				t.Fatalf("%s: it is not in the copy to begin with", what)
			}
			if err := change(); err != nil {
				t.Fatal(what, err)
			}
			for _, sum := range []string{had.Pages[at], had.Whole} {
				want(t, guest.Get(had.At+sum+".json"), http.StatusNotFound)
			}
			out(t, what)
			if err := h.App.Delete(h.Record("documents", "id", d.Id)); err != nil {
				t.Fatal(err)
			}
			d = page(nil)
		}
		if err := h.App.Delete(d); err != nil {
			t.Fatal(err)
		}
	})

	t.Run("never has what is not everybody's", func(t *testing.T) {
		for what, values := range map[string]map[string]any{
			"a draft":                   {"state": library.Draft, "author": h.Record("users", "email", "partner@example.org").Id},
			"a page of members":         {"space": h.Record("spaces", "slug", "passport-group").Id},
			"a page of a private space": {"space": h.Record("spaces", "slug", "programme-board").Id},
		} {
			d := page(values)
			for _, role := range []string{"guest", "member", "admin"} {
				now, _ := phoneCopy(t, h.As(role), "")
				if now.Pages[at] != "" {
					t.Errorf("%s is in the copy of the %s", what, role)
				}
			}
			out(t, what)
			if err := h.App.Delete(d); err != nil {
				t.Fatal(err)
			}
		}
	})

	t.Run("can be ordered back", func(t *testing.T) {
		if err := member.Set(h.App, h.Record("users", "email", "admin@example.org").Id, member.OfflineCopies, "no"); err != nil {
			t.Fatal(err)
		}
		h.Settle()
		for _, address := range []string{"/offline/list.json", "/in/leeds/offline/list.json", list.At + list.Frame + ".json"} {
			want(t, guest.Get(address), http.StatusGone)
		}
		a := want(t, guest.Get("/sw.js"), http.StatusOK)
		if !strings.Contains(a.Body, "unregister") || strings.Contains(a.Body, `"fetch"`) {
			t.Errorf("the worker does not go: %.300s", a.Body)
		}
		has(t, guest.Get("/offline"), "cannot be saved to phones at the moment")
	})
}
