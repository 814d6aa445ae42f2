package site_test

import (
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"
	"commonplace/internal/site"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// TestNumbersAreCalledWhereCarersRead: on every page with a text of its own, and in the copy on a phone.
func TestNumbersAreCalledWhereCarersRead(t *testing.T) {
	h := hubtest.New(t)
	place := h.Record("places", "slug", "leeds")
	place.Set("note", "If nobody answers, call NHS 111 <now>.")
	answer, err := h.App.FindFirstRecordByFilter("local_answers", "place = {:place} && key = 'council_phone'", dbx.Params{"place": place.Id})
	if err != nil {
		t.Fatal(err)
	}
	answer.Load(map[string]any{"body": "Ring Samaritans on 116 123.", "status": "verified", "seen": time.Now()})
	for _, r := range []*core.Record{place, answer} {
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
	}
	for address, want := range map[string]string{
		"/templates/young-carers-card":           `<a href="tel:116123">116 123</a>`,
		"/glossary/safeguarding":                 `<a href="tel:999">999</a>`,
		"/how-we-moderate":                       `<a href="tel:116123">116 123</a>`,
		"/places/leeds":                          `call NHS <a href="tel:111">111</a> &lt;now&gt;.`,
		"/in/leeds/handbook/start-here/help-now": `<a href="tel:01132224401">0113 222 4401</a>`,
		"/handbook/booklet":                      `In danger: call <a href="tel:999">999</a>`,
	} {
		if page := h.Guest().Get(address); page.Status != 200 || !strings.Contains(page.Body, want) {
			t.Errorf("%s: %d, no %s", address, page.Status, want)
		}
	}
	if page := h.Guest().Get("/places/leeds"); !strings.Contains(page.Body, `Ring Samaritans on <a href="tel:116123">116 123</a>.`) {
		t.Error("a local answer has no number to tap")
	}
}

func TestCallable(t *testing.T) {
	h := hubtest.New(t)
	var lines []*member.Helpline
	if err := h.App.RecordQuery("helplines").All(&lines); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"<p>Call <strong>Childline</strong> on <strong>0800 1111</strong>.</p>": `<p>Call <strong>Childline</strong> on <strong><a href="tel:08001111">0800 1111</a></strong>.</p>`,
		"<p>If in danger, call 999.</p>":                                        `<p>If in danger, call <a href="tel:999">999</a>.</p>`,
		"<p>Call <strong>111</strong></p>":                                      `<p>Call <strong><a href="tel:111">111</a></strong></p>`,
		"<p>There are 999 of them, or 1,111.</p>":                               "<p>There are 999 of them, or 1,111.</p>",
		`<p><a href="/x">Samaritans 116 123</a></p>`:                            `<p><a href="/x">Samaritans 116 123</a></p>`,
		"<p>Room 0800 11112 &amp; more</p>":                                     "<p>Room 0800 11112 &amp; more</p>",
		"<p>Ask 01234 567890, a number we never saw.":                           "<p>Ask 01234 567890, a number we never saw.",
	} {
		if got := site.Callable(text, lines); got != want {
			t.Errorf("%s\n gives %s\n not   %s", text, got, want)
		}
	}
}
