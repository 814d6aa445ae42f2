package site_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"commonplace/internal/hubtest"
)

// TestTwoChangeOneFigure has two people save one figure at once: one of them is shown both, and nothing is overwritten.
func TestTwoChangeOneFigure(t *testing.T) {
	h := hubtest.New(t)
	lead, admin := h.As("lead"), h.As("admin")
	address := "/manage/figures/" + h.Record("figures", "key", "carers-allowance-week").Id
	typed := []map[string]string{{"text": "£90.10 a week", "value": "90.10"}, {"text": "£91.20 a week", "value": "91.20"}}
	forms := []url.Values{formOf(lead.Get(address)), formOf(admin.Get(address))} // both are open before either is saved
	var answers [2]hubtest.Answer
	var both sync.WaitGroup
	for i, c := range []*hubtest.Client{lead, admin} {
		for name, value := range typed[i] {
			forms[i].Set(name, value)
		}
		both.Go(func() { answers[i] = c.Post(address, forms[i]) })
	}
	both.Wait()
	second := 0
	if answers[0].Status == http.StatusSeeOther {
		second = 1
	}
	if answers[1-second].Status != http.StatusSeeOther {
		t.Fatalf("they are answered %d and %d", answers[0].Status, answers[1].Status)
	}
	page := want(t, answers[second], http.StatusUnprocessableEntity)
	has(t, page, "Somebody saved this figure while you were typing.", "<td>"+typed[1-second]["text"]+"</td><td>"+typed[second]["text"]+"</td>", `value="`+typed[second]["text"]+`"`)
	if now := h.Record("figures", "key", "carers-allowance-week").GetString("text"); now != typed[1-second]["text"] {
		t.Errorf("it says %q", now)
	}
	// Having seen both, they save theirs.
	again := []*hubtest.Client{lead, admin}[second].Post(address, formOf(page))
	if now := h.Record("figures", "key", "carers-allowance-week").GetString("text"); again.Status != http.StatusSeeOther || now != typed[second]["text"] {
		t.Errorf("status %d, it says %q", again.Status, now)
	}
}

// TestAQuotationSaysDaysInWords, as its reader would write them.
func TestAQuotationSaysDaysInWords(t *testing.T) {
	h := hubtest.New(t)
	page := want(t, h.As("guest").Get("/figures/attendance-allowance-lower-week"), http.StatusOK).Body
	quoted := regexp.MustCompile(`cp-cite">(.*?)</p>`).FindStringSubmatch(page)
	if len(quoted) == 0 || !strings.Contains(quoted[1], "12 January 2026") || strings.Contains(quoted[1], "2026-01-12") {
		t.Errorf("it is quoted as %q", quoted)
	}
}
