package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
)

// half is every other sentence of what a case study says, and a title of one's own.
func half(h *hubtest.Hub, slug string) (title, text string) {
	d := h.Record("documents", "slug", slug)
	var kept []string
	for i, s := range strings.Split(d.GetString("plain"), ". ") {
		if i%2 == 0 {
			kept = append(kept, s)
		}
	}
	return "What we did", strings.Join(kept, ". ")
}

type similarJSON struct {
	Hits []struct {
		ID, Kind, Title, URL, Reason string
		Score                        float64
	}
}

func TestSimilarWork(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	title, text := half(h, "a-carer-friendly-system")
	study := h.Record("documents", "slug", "a-carer-friendly-system")

	var found similarJSON
	h.Guest().REST("POST", "/api/hub/similar", map[string]any{"title": title, "text": text}).Into(t, &found)
	if len(found.Hits) == 0 || found.Hits[0].ID != study.Id || found.Hits[0].Reason != "Nearly the same text" || found.Hits[0].Score < .5 {
		t.Fatalf("half a case study finds %+v", found)
	}
	h.Guest().REST("POST", "/api/hub/similar", map[string]any{"title": "Beekeeping", "text": "We keep bees in painted boxes by the river and sing to them on Tuesdays."}).Into(t, &found)
	if len(found.Hits) != 0 {
		t.Errorf("bees are offered %+v", found)
	}

	// A form's script is given a part: how to join in, and a box that builds on it; not the document that is being written.
	member := h.As("member")
	ask := func(body string) hubtest.Answer {
		return member.Do("POST", "/-/similar", "application/json", strings.NewReader(body), http.Header{"Sec-Fetch-Site": {"same-origin"}})
	}
	asked := `"title":"` + title + `","text":"` + strings.NewReplacer("\n", " ", `"`, "").Replace(text) + `"`
	has(t, ask("{"+asked+"}"), `href="/case-studies/a-carer-friendly-system"`, "Nearly the same text.", `href="/case-studies/a-carer-friendly-system/adopt"`)
	hasNot(t, ask("{"+asked+"}"), "/relations")
	hasNot(t, ask("{"+asked+`,"self":"`+study.Id+`"}`), `href="/case-studies/a-carer-friendly-system"`)
	if a := ask(`{"title":"","text":""}`); a.Status != http.StatusNoContent || a.Body != "" {
		t.Errorf("nothing asked: %d %s", a.Status, a.Body)
	}
	if a := h.Guest().Do("POST", "/-/similar", "application/json", strings.NewReader("{"+asked+"}"), http.Header{"Sec-Fetch-Site": {"same-origin"}}); a.Status != http.StatusForbidden {
		t.Errorf("a guest: %d", a.Status)
	}
}

// A new discussion that looks like something shows it once where no script could, then is started.
func TestANewDiscussionShowsSimilarWorkOnce(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	member := h.As("member")
	title, text := half(h, "a-carer-friendly-system")
	has(t, member.Get("/discussions/new"), `name="similar" value="unseen"`, "/static/similar", `data-similar="body"`)
	form := url.Values{"title": {title}, "body": {text}, "space": {"library"}, "similar": {"unseen"}, "client_key": {"once"}}
	page := want(t, member.Post("/discussions/new", form), http.StatusUnprocessableEntity)
	has(t, page, "Somebody may be on this already", `href="/case-studies/a-carer-friendly-system"`, `name="similar" value="seen"`, "What we did")
	hasNot(t, page, "There is a problem", "/relations")
	form.Set("similar", "seen")
	ledTo(t, member.Post("/discussions/new", form))
	form = url.Values{"title": {"Bees"}, "body": {"Do bees like singing?"}, "space": {"library"}, "similar": {"unseen"}, "client_key": {"bees"}}
	ledTo(t, member.Post("/discussions/new", form))
}
