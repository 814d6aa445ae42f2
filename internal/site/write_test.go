package site_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
)

// wakefield is the id of a place to write about.
func wakefield(h *hubtest.Hub) string { return h.Record("places", "slug", "wakefield").Id }

// seekers are those who must not come across a draft of the partner's, and what each of them reads.
func seekers(t *testing.T, h *hubtest.Hub) map[string]*hubtest.Client {
	t.Helper()
	another(t, h, "rival", "Another partner", "editor")
	people := map[string]*hubtest.Client{}
	for _, who := range []string{"guest", "member", "member2", "moderator", "rival"} {
		people[who] = h.As(who)
	}
	return people
}

// findsNothing looks everywhere where a case study could show.
func findsNothing(t *testing.T, who string, c *hubtest.Client, d *library.Document, words ...string) {
	t.Helper()
	for _, address := range []string{
		d.Address(), d.Address() + ".md", d.Address() + "/adopt", "/write/case-study/" + d.Id, "/write/case-study/" + d.Id + "/preview",
		"/discussions/new?document=" + d.Id,
	} {
		if a := c.Get(address); a.Status != http.StatusNotFound && a.Header.Get("Location") == "" {
			t.Errorf("%s: %s answers %d", who, address, a.Status)
		}
	}
	if a := c.REST("GET", "/api/collections/documents/records/"+d.Id, nil); a.Status != http.StatusNotFound {
		t.Errorf("%s: REST answers %d", who, a.Status)
	}
	for _, address := range []string{
		"/", "/case-studies", "/places/wakefield", "/search?q=zebracrossing", "/search.json?q=zebracrossing", "/search.csv?q=zebracrossing",
		"/search?place=wakefield&kind=case-study", "/-/suggest?q=zebra", "/write", "/discussions", "/spaces/library",
	} {
		a := c.Get(address)
		for _, w := range words {
			if strings.Contains(a.Body, w) {
				t.Errorf("%s: %s says %q", who, address, w)
			}
		}
	}
	for _, address := range []string{
		"/api/hub/search?q=zebracrossing", "/api/hub/suggest?q=zebra", "/api/collections/documents/records?perPage=500",
		"/api/collections/revisions/records?perPage=500", "/api/collections/documents/records?filter=" + url.QueryEscape("title ~ 'zebra'"),
	} {
		a := c.REST("GET", address, nil)
		for _, w := range words {
			if strings.Contains(strings.ToLower(a.Body), strings.ToLower(w)) {
				t.Errorf("%s: %s says %q", who, address, w)
			}
		}
	}
}

// TestACaseStudyFromDraftToPage follows one case study from the first save to its second publishing.
func TestACaseStudyFromDraftToPage(t *testing.T) {
	h := hubtest.New(t)
	partner, people := h.As("partner"), seekers(t, h)

	// Saved as a draft: the writer and reviewers see it, nobody else, anywhere.
	form := sevenFields(wakefield(h), "The zebracrossing ward", url.Values{
		"section-in-short": {"We put one **question** into the form."}, "others": {"## What others can borrow\n\nThe question."},
		"sources": {""}, "sources-0-title": {"Ward report"}, "sources-0-url": {"https://example.org/report"}, "sources-1-title": {"https://www.example.com/page"}, "sources-2-title": {"A talk in spring"}, "partners": {"Ward 7\nCarers Wakefield"},
		"topics": {"hospital", "recording"}, "involvement_grade": {"asked"},
	})
	to := ledTo(t, partner.Post("/write/case-study", form))
	id := idIn(t, to, `^/write/case-study/([a-z0-9]{15})\?saved=1$`)
	has(t, partner.Get(to), "The draft is saved.", `value="The zebracrossing ward"`, "Measured: 212 carers found\nIt takes a minute", "We put one **question** into the form.")
	d, err := library.ByID(h.App, id)
	if err != nil {
		t.Fatal(err)
	}
	if d.State() != library.Draft || d.OrganisationID() == "" || d.Author() != h.Record("users", "email", "partner@example.org").Id {
		t.Errorf("saved as %s of %q by %q", d.State(), d.OrganisationID(), d.Author())
	}
	h.Settle()
	for who, c := range people {
		findsNothing(t, who, c, d, "The zebracrossing ward", "the-zebracrossing-ward", "Ward 7")
	}
	has(t, partner.Get("/write"), "The zebracrossing ward")
	has(t, partner.Get("/me"), "The zebracrossing ward")
	has(t, want(t, partner.Get(d.Address()), http.StatusOK), "This is a draft")
	for _, reviewer := range []string{"lead", "admin"} {
		want(t, h.As(reviewer).Get(d.Address()), http.StatusOK)
	}

	// The preview shows what the page will: the same pipeline.
	preview := want(t, partner.Get("/write/case-study/"+id+"/preview"), http.StatusOK)
	shown := []string{
		">Nobody asked<", ">Carers were not written down<", ">One question at each admission<",
		`212 carers found <span class="cp-kind cp-kind--measured">Measured</span>`, "It takes a minute", `<h2 id="synopsis">In short</h2>`,
		"We put one <strong>question</strong> into the form.", `<h2 id="what-others-can-borrow">What others can borrow</h2>`, "Ward 7, Carers Wakefield.",
		`<a href="https://example.org/report" rel="nofollow noopener">Ward report</a>`, `<a href="https://www.example.com/page" rel="nofollow noopener">example.com</a>`,
		"A talk in spring.", "Reported by the partner", "Carers: asked", "Carers lead", "Wakefield partner (example)",
	}
	has(t, preview, append(shown, "This is a preview")...)

	// Published from the preview: everybody reads it, finds it, and sees it in the lists.
	if to := ledTo(t, partner.Post("/write/case-study/"+id, url.Values{"do": {"publish-saved"}})); to != "/case-studies/the-zebracrossing-ward" {
		t.Fatalf("published, it leads to %s", to)
	}
	h.Settle()
	for who, c := range people {
		page := want(t, c.Get(d.Address()), http.StatusOK)
		has(t, page, shown...)
		hasNot(t, page, "This is a draft", "This is a preview")
		for _, list := range []string{"/", "/case-studies", "/case-studies?place=wakefield&topic=hospital", "/places/wakefield", "/search?q=zebracrossing", "/search.json?q=zebracrossing", "/-/suggest?q=zebra"} {
			if a := c.Get(list); !strings.Contains(a.Body, "/case-studies/the-zebracrossing-ward") {
				t.Errorf("%s does not see it in %s", who, list)
			}
		}
		want(t, c.REST("GET", "/api/collections/documents/records/"+id, nil), http.StatusOK)
	}

	// Edited beside the page: the public keeps the old text, everywhere.
	edit := formOf(want(t, partner.Get("/write/case-study/"+id), http.StatusOK))
	edit.Set("summary", "Quaggas everywhere now.")
	edit.Set("result", edit.Get("result")+"\r\nReported: quaggas are content")
	edit.Set("do", "save")
	has(t, partner.Get(ledTo(t, partner.Post("/write/case-study/"+id, edit))), "is saved beside the page", "Quaggas everywhere now.")
	h.Settle()
	for who, c := range people {
		page := c.Get(d.Address())
		has(t, page, shown...)
		hasNot(t, page, "uagga")
		for _, a := range []hubtest.Answer{
			c.Get("/"), c.Get("/case-studies"), c.Get("/search.json?q=quaggas"), c.Get(d.Address() + ".md"),
			c.REST("GET", "/api/collections/documents/records/"+id, nil), c.REST("GET", "/api/collections/revisions/records?perPage=500", nil),
		} {
			hasNot(t, a, "uagga")
		}
		if who != "rival" && who != "guest" {
			want(t, c.Get("/write/case-study/"+id), http.StatusSeeOther) // to suggesting a change
		}
	}
	has(t, partner.Get("/write/case-study/"+id), "You are looking at work that is not published.", "Quaggas everywhere now.")
	has(t, partner.Get("/write/case-study/"+id+"/preview"), "The public still reads the page as it was.", "Quaggas everywhere now.", "quaggas are content")

	// Published again, the work is done.
	ledTo(t, partner.Post("/write/case-study/"+id, url.Values{"do": {"publish-saved"}}))
	h.Settle()
	guest := people["guest"]
	has(t, guest.Get(d.Address()), "Quaggas everywhere now.", `quaggas are content <span class="cp-kind cp-kind--reported">Reported</span>`)
	has(t, guest.Get("/search.json?q=quaggas"), `"total":1`)
	hasNot(t, partner.Get("/write/case-study/"+id), "work that is not published")
	numbers, err := library.Newest(h.App, id)
	if err != nil || numbers != 4 {
		t.Errorf("%d revisions, not one for each of four saves: %v", numbers, err)
	}
}

// TestAFailingFormComesBackFilledIn publishes with faults in every field: each is named, and nothing typed is lost.
func TestAFailingFormComesBackFilledIn(t *testing.T) {
	h := hubtest.New(t)
	partner := h.As("partner")
	wide := "|" + strings.Repeat("a|", 350) + "\n|" + strings.Repeat("-|", 350) + "\n|" + strings.Repeat("1|", 350)
	for _, c := range []struct {
		name   string
		form   url.Values
		faults map[string]string
	}{
		{"nothing but a press on publish", url.Values{"do": {"publish"}}, map[string]string{
			"title": "Give it a title.", "summary": "Give a summary: one or two sentences that say what was done and for whom.", "challenge": "Say what the challenge was.",
			"action": "Say what was done.", "result": "Say what the result was. If it is too early to tell, say that.", "places": "Choose at least one place.",
			"contact_role": `Give a role that people can contact, such as "Carers lead".`,
		}},
		{"a draft without a title", url.Values{"summary": {"Kept"}, "do": {"save"}}, map[string]string{"title": "Give it a title."}},
		{"a long summary", sevenFields(wakefield(h), "Long", url.Values{"summary": {strings.Repeat("é", 201)}}),
			map[string]string{"summary": "The summary is 201 characters long, and 200 is the most."}},
		{"a long title", sevenFields(wakefield(h), strings.Repeat("t", 301), nil), map[string]string{"title": "The title is 301 characters long, and 300 is the most."}},
		{"a long contact", sevenFields(wakefield(h), "Contact", url.Values{"contact_role": {strings.Repeat("c", 201)}}),
			map[string]string{"contact_role": "The contact is 201 characters long, and 200 is the most."}},
		{"a long reason", sevenFields(wakefield(h), "Reason", url.Values{"tried_stopped": {strings.Repeat("r", 2001)}}),
			map[string]string{"tried_stopped": "The reason is 2001 characters long, and 2000 is the most."}},
		{"a body over 256 KiB", sevenFields(wakefield(h), "Huge", url.Values{"others": {strings.Repeat("b", 256<<10+1)}}),
			map[string]string{"others": "The text is 257 KiB long, and 256 KiB is the most."}},
		{"a table of 350 columns", sevenFields(wakefield(h), "Wide", url.Values{"others": {wide}, "do": {"publish"}}),
			map[string]string{"others": "The text has a shape that cannot be shown: the table at line 2 has 350 columns, and 30 is the most."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := want(t, partner.Post("/write/case-study", c.form), http.StatusUnprocessableEntity)
			if got := faultsOn(page); fmt.Sprint(got) != fmt.Sprint(c.faults) {
				t.Errorf("faults %v, not %v", got, c.faults)
			}
			back := formOf(page)
			for name, values := range c.form {
				if name == "do" {
					continue
				}
				if got := strings.ReplaceAll(strings.Join(slices.DeleteFunc(back[name], func(v string) bool { return v == "" }), "|"), "\r\n", "\n"); got != strings.Join(values, "|") {
					t.Errorf("%s comes back as %.100q, not as %.100q", name, got, values)
				}
			}
			for field := range c.faults {
				has(t, page, `id="`+field+`"`, `id="`+field+`-error"`)
			}
			if n := len(records(t, h, "documents", "title", c.form.Get("title"))); n != 0 {
				t.Errorf("%d half-written case studies", n)
			}
		})
	}
	t.Run("put right, the same form is taken", func(t *testing.T) {
		page := want(t, partner.Post("/write/case-study", url.Values{"title": {"Put right"}, "do": {"publish"}}), http.StatusUnprocessableEntity)
		action := idIn(t, page.Body, `<form class="cp-form" method="post" action="([^"]+)"`)
		form := sevenFields(wakefield(h), "Put right", url.Values{"do": {"publish"}, "revision": {formOf(page).Get("revision")}})
		if to := ledTo(t, partner.Post(action, form)); to != "/case-studies/put-right" {
			t.Errorf("leads to %s", to)
		}
	})
	t.Run("a draft with a table of 350 columns says so at its preview", func(t *testing.T) {
		to := ledTo(t, partner.Post("/write/case-study", sevenFields(wakefield(h), "Wide draft", url.Values{"others": {wide}, "do": {"preview"}})))
		page := want(t, partner.Get(to), http.StatusUnprocessableEntity)
		if got := faultsOn(page)["others"]; !strings.Contains(got, "350 columns") {
			t.Errorf("faults %v", faultsOn(page))
		}
		if !strings.Contains(formOf(page).Get("others"), "|a|a|") {
			t.Error("the table is lost")
		}
	})
}

// TestTwoWritersLoseNothing has two people save over the same revision: the second is told, and both texts are kept.
func TestTwoWritersLoseNothing(t *testing.T) {
	h := hubtest.New(t)
	partner, lead := h.As("partner"), h.As("lead")
	to := ledTo(t, partner.Post("/write/case-study", sevenFields(wakefield(h), "Two hands", url.Values{"do": {"publish"}})))
	id := h.Record("documents", "slug", strings.TrimPrefix(to, "/case-studies/")).Id
	address := "/write/case-study/" + id
	mine, theirs := formOf(partner.Get(address)), formOf(lead.Get(address))
	mine.Set("summary", "The partner wrote this.")
	theirs.Set("summary", "The lead wrote that.")
	for _, f := range []url.Values{mine, theirs} {
		f.Set("do", "save")
	}
	ledTo(t, lead.Post(address, theirs))
	page := want(t, partner.Post(address, mine), http.StatusUnprocessableEntity)
	has(t, page, "saved this case study", "while you were writing.", "The <mark>partner</mark> wrote <mark>this</mark>.", "The <mark>lead</mark> wrote <mark>that</mark>.")
	// Sent without a choice, it asks for one; nothing is written.
	again := formOf(page)
	again.Set("do", "save")
	page = want(t, partner.Post(address, again), http.StatusUnprocessableEntity)
	if got := faultsOn(page)["take-summary"]; got != "Summary: choose which words to keep." {
		t.Errorf("faults %v", faultsOn(page))
	}
	has(t, lead.Get(address), "The lead wrote that.")
	// Saved knowingly.
	again = formOf(page)
	again.Set("do", "save")
	again.Set("take-summary", "mine")
	ledTo(t, partner.Post(address, again))
	texts := ""
	for _, r := range records(t, h, "revisions", "document", id) {
		texts += r.GetString("content")
	}
	for _, words := range []string{"The partner wrote this.", "The lead wrote that."} {
		if !strings.Contains(texts, words) {
			t.Errorf("no revision keeps %q", words)
		}
	}
	has(t, partner.Get(address), "The partner wrote this.")

	// At the very same moment, too: what was taken is kept.
	base := formOf(partner.Get(address))
	var wg sync.WaitGroup
	taken := make([]bool, 6)
	for i := range taken {
		form := url.Values{}
		for k, v := range base {
			form[k] = v
		}
		form.Set("summary", fmt.Sprintf("Writer number %d.", i))
		form.Set("do", "save")
		wg.Go(func() { taken[i] = partner.Post(address, form).Status == http.StatusSeeOther })
	}
	wg.Wait()
	texts = ""
	for _, r := range records(t, h, "revisions", "document", id) {
		texts += r.GetString("content")
	}
	if n := len(slices.DeleteFunc(slices.Clone(taken), func(ok bool) bool { return !ok })); n != 1 {
		t.Errorf("%d of six that began together were told that their text is saved", n)
	}
	for i, ok := range taken {
		if ok && !strings.Contains(texts, fmt.Sprintf("Writer number %d.", i)) {
			t.Errorf("writer %d was told that the text is saved, and it is nowhere", i)
		}
	}
}

// TestGoingBackToWhatIsOut saves work beside a page and then publishes what the page said all along: nothing waits any more.
func TestGoingBackToWhatIsOut(t *testing.T) {
	h := hubtest.New(t)
	partner := h.As("partner")
	ledTo(t, partner.Post("/write/case-study", sevenFields(wakefield(h), "There and back", url.Values{"do": {"publish"}})))
	address := "/write/case-study/" + h.Record("documents", "title", "There and back").Id
	for _, do := range []string{"publish", "save"} {
		form := formOf(partner.Get(address))
		before := form.Get("summary")
		form.Set("summary", "Another thought.")
		form.Set("do", "save")
		ledTo(t, partner.Post(address, form))
		has(t, partner.Get(address), "work that is not published")
		form = formOf(partner.Get(address))
		form.Set("summary", before)
		form.Set("do", do)
		ledTo(t, partner.Post(address, form))
		hasNot(t, partner.Get(address), "work that is not published", "Another thought.")
	}
}

// TestOpenAndSaveAltersNoByte opens every shipped document and awkward ones in the form and sends the form back as a
// browser does: the Markdown file stays the same, and nothing waits to be published. Over real input see package measure.
func TestOpenAndSaveAltersNoByte(t *testing.T) {
	t.Parallel()
	h := hubtest.New(t)
	lead := h.As("lead")
	awkward, err := library.New(h.App, library.CaseStudy, "")
	if err != nil {
		t.Fatal(err)
	}
	front := map[string]any{
		"title": "Awkward to edit", "summary": "Everything a form could lose.", "contact_role": "Carers lead", "places": []any{"wakefield", "bradford", "leeds"},
		"topics": []any{"workforce", "not-in-any-list", "breaks"}, "programmes": []any{"workforce", "cancer"}, "partners": []any{"Ward 7, Pinderfields", "Carers Wakefield"},
		"challenge": []any{"2. step of many", "- a dash", "Plain"}, "action": []any{"Did: this", "Reported: that"},
		"result": []any{
			"Reported: by whom?", map[string]any{"text": "40% more", "kind": "measured", "value": 40, "unit": "%", "source": "s9"},
			map[string]any{"text": "No kind, but a source", "source": "s9"}, map[string]any{"text": "A kind of their own", "kind": "observed"},
		},
		"sources": []any{
			map[string]any{"id": "s9", "title": "One | two", "url": "https://example.org/a"}, map[string]any{"id": "s8", "title": "Same", "note": "first"},
			map[string]any{"id": "s7", "title": "Same", "note": "second"}, map[string]any{"id": "s6", "title": "", "note": "a note alone"},
		},
		"period": map[string]any{"from": 2020}, "something": map[string]any{"else": []any{1, "two"}},
	}
	body := "Before all headings.  \n\n## In short\n\n    indented code\n\n## In short\n\nTwice.\n\n##  Spaced   ##\nNo gap\n## What they did\n\n\n\nMany gaps.\n\n```\n## Not a heading\n```\n\n## What changed\n"
	if problems, err := library.Fill(h.App, awkward, front, body); err != nil || len(problems) > 0 {
		t.Fatalf("%v %v", problems, err)
	}
	awkward.Set("result", strings.ReplaceAll(awkward.GetString("result"), "- ", "*  ")) // as somebody wrote it over REST
	awkward.Set("state", library.Published)
	save(t, h, awkward.Record)
	for kind, front := range awkwardFronts {
		d, err := library.New(h.App, kind, "")
		if err != nil {
			t.Fatal(err)
		}
		front["title"], front["summary"], front["chapter"] = "Awkward "+string(kind), "Everything a form could lose.", "adult-carers"
		if problems, err := library.Fill(h.App, d, front, "\n\n    indented\r\n\r\n## A heading ##\n\nwords  \n\n\n"); err != nil || len(problems) > 0 {
			t.Fatalf("%s: %v %v", kind, problems, err)
		}
		d.Set("state", library.Published)
		save(t, h, d.Record)
	}
	all := records(t, h, "documents", "state", library.Published)
	if len(all) < 60 {
		t.Fatalf("%d documents", len(all))
	}
	for _, r := range all {
		before := library.Wrap(r)
		t.Run(before.Key(), func(t *testing.T) {
			source := want(t, lead.Get(before.Address()+".md"), http.StatusOK).Body
			address := "/write/" + string(before.DocKind()) + "/" + r.Id
			for _, do := range []string{"save", "publish"} {
				form := formOf(want(t, lead.Get(address), http.StatusOK))
				form.Set("do", do)
				ledTo(t, lead.Post(address, form))
				if after := lead.Get(before.Address() + ".md").Body; after != source {
					t.Errorf("%s changed the file:\n%s", do, firstDifference(source, after))
				}
				hasNot(t, lead.Get(address), "You are looking at work that is not published")
			}
			if n := len(records(t, h, "revisions", "document", r.Id)); n != 1 {
				t.Errorf("%d revisions of something that nobody changed", n)
			}
		})
	}
}

// awkwardFronts are front matters of each kind that its form could spoil.
var awkwardFronts = map[library.Kind]map[string]any{
	library.Handbook: {
		"order": -3, "audience": []any{"nobody-known", "adult-carer"}, "lang": "kw", "country": "wales", "urgent": true, "next_step": map[string]any{"label": "", "url": "/x"},
		"sources": []any{map[string]any{"id": "", "title": ""}, map[string]any{"id": "s1", "title": "Two\nlines", "kind": "rumour", "accessed": 2020}},
	},
	library.Guidance: {"evidence": "illustrative", "illustrative_note": " spaced ", "period": map[string]any{}, "also": []any{"a\nb"}},
	library.ActionPlan: {
		"period": map[string]any{"from": 2026, "to": "", "note": "n"}, "review_every": "3 months",
		"updates": []any{map[string]any{"date": 2025, "text": "One\n\ntwo", "by_role": ""}, map[string]any{"date": "", "text": ""}},
	},
	library.Template: {"template_kind": "novel", "prints_to_one_page": true, "fields": []any{
		map[string]any{"key": "", "label": ""}, map[string]any{"key": "k", "label": "L", "choices": []any{"a, b", " c ", ""}, "kind": "odd", "private": true}, map[string]any{"key": "k", "label": "L"},
	}},
	library.Glossary: {"see": []any{"gl-nowhere", "gl-pip", "gl-pip"}, "also": []any{"", "one", " two "}},
	library.SitePage: {"lang": "en", "audience": "adult-carer"},
}

// TestResultAndSourceLines holds what the two fields with lines of their own take.
func TestResultAndSourceLines(t *testing.T) {
	h := hubtest.New(t)
	partner := h.As("partner")
	to := ledTo(t, partner.Post("/write/case-study", sevenFields(wakefield(h), "Lines", url.Values{
		"result":  {"measured : 12 more\r\n- Reported: people say so\r\n\r\n2) Projected: a hundred\r\nillustrative: made up\r\nWorth it: yes\r\nPlain"},
		"sources": {""}, "sources-0-title": {"Report"}, "sources-0-url": {"https://example.org/r "}, "sources-1-title": {"https://www.example.com/x"}, "sources-2-title": {"A talk"},
		"sources-3-title": {"javascript:alert(1)"}, "sources-7-title": {"Trick"}, "sources-7-url": {"javascript:alert(1)"}, "sources-8-title": {"  "},
		"do": {"publish"},
	})))
	page := want(t, partner.Get(to), http.StatusOK)
	has(t, page,
		`12 more <span class="cp-kind cp-kind--measured">Measured</span>`, `people say so <span class="cp-kind cp-kind--reported">Reported</span>`,
		`a hundred <span class="cp-kind cp-kind--projected">Projected</span>`, `made up <span class="cp-kind cp-kind--illustrative">Illustrative</span>`,
		"Worth it: yes", "Plain", `<a href="https://example.org/r" rel="nofollow noopener">Report</a>`, `>example.com</a>`, "A talk.",
	)
	hasNot(t, page, `href="javascript:`)
	id := h.Record("documents", "title", "Lines").Id
	form := formOf(partner.Get("/write/case-study/" + id))
	wantLines := "Measured: 12 more\nReported: people say so\nProjected: a hundred\nIllustrative: made up\nWorth it: yes\nPlain"
	if got := strings.ReplaceAll(form.Get("result"), "\r\n", "\n"); got != wantLines {
		t.Errorf("the results come back as %q", got)
	}
	sources := []string{}
	for n := range 6 {
		at := fmt.Sprintf("sources-%d-", n)
		sources = append(sources, strings.Join([]string{form.Get(at + "id"), form.Get(at + "title"), form.Get(at + "url")}, " "))
	}
	if got := fmt.Sprintf("%q", sources); got != `["s1 Report https://example.org/r" "s2 example.com https://www.example.com/x" "s3 A talk " "s4 javascript:alert(1) " "s5 Trick javascript:alert(1)" "  "]` {
		t.Errorf("the sources come back as %s", got)
	}
}
