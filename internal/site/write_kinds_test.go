package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
)

// TestEveryKindIsWritten writes one document of each kind with all that its form asks, publishes it, and reads the page
// and the file.
func TestEveryKindIsWritten(t *testing.T) {
	h := hubtest.New(t)
	lead := h.As("lead")
	for _, c := range []struct {
		kind        library.Kind
		form        url.Values
		page        string
		shows, file []string
	}{
		{library.Handbook, url.Values{
			"chapter": {"adult-carers"}, "audience": {"", "adult-carer"}, "body": {"Ask early.\r\n\r\n## What to say\r\n\r\nSay it."}, "next_label": {"Find help"}, "next_url": {"/handbook"},
			"urgent": {"", "yes"}, "position": {"7"}, "sources": {""}, "sources-0-title": {"Care Act"}, "sources-0-kind": {"law"}, "country": {"england"}, "owner_role": {"Handbook editor"},
		}, "/handbook/adult-carers/a-wombat-page", []string{"Need help today?", `<h2 id="what-to-say">What to say</h2>`, "Find help", "Care Act.", "Handbook editor"},
			[]string{"chapter: adult-carers\n", "order: 7\n", "urgent: true\n", "country: england\n", "next_step:\n", "kind: law\n", "\n---\nAsk early.\n\n## What to say\n\nSay it.\n"}},
		{library.Guidance, url.Values{"body": {"Words."}, "topics": {"", "hospital"}, "language": {"ur"}, "evidence": {"published"}},
			"/guidance/a-wombat-page", []string{">Words.</p>", `dir="rtl"`}, []string{"topics:\n  - hospital\n", "lang: ur\n", "evidence: published\n"}},
		{library.ActionPlan, url.Values{
			"body": {"Why."}, "period_from": {"2026-04"}, "period_to": {"2028-03"}, "board_sponsor_role": {"Chief nurse"}, "coproduced_with": {"Twelve carers"}, "review_every": {"3 months"},
			"places": {"", wakefield(h)},
		}, "/plans/a-wombat-page", []string{"Chief nurse", "Twelve carers"}, []string{"board_sponsor_role: Chief nurse\n", "review_every: 3 months\n"}},
		{library.Template, url.Values{
			"template_kind": {"notes"}, "fields": {""}, "fields-0-label": {"What helps?"}, "fields-0-kind": {"choice"}, "fields-0-choices": {"Rest\r\nTalk"}, "fields-0-private": {"yes"},
			"fields-2-label": {"What helps?"}, "prints_to_one_page": {"", "yes"},
		}, "/templates/a-wombat-page", []string{"What helps?", ">Rest<"}, []string{"key: what_helps\n", "key: what_helps_2\n", "private: true\n", "prints_to_one_page: true\n"}},
		{library.Glossary, url.Values{"also": {"wombats\r\nwombatt"}, "see": {"Personal Independence Payment (PIP)"}, "body": {"More."}},
			"/glossary/a-wombat-page", []string{"wombats, wombatt.", `href="/glossary/pip"`, ">More.</p>"}, []string{"also:\n  - wombats\n  - wombatt\n", "see:\n  - gl-pip\n"}},
		{library.SitePage, url.Values{"body": {"About us."}}, "/a-wombat-page", []string{">About us.</p>"}, []string{"type: page\n"}},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			c.form.Set("title", "A wombat page")
			c.form.Set("summary", "One sentence.")
			c.form.Set("do", "preview")
			to := ledTo(t, lead.Post("/write/"+string(c.kind), c.form))
			has(t, want(t, lead.Get(to), http.StatusOK), "This is a preview", "A wombat page")
			form := formOf(lead.Get(strings.TrimSuffix(to, "/preview")))
			for name, values := range c.form {
				if name == "do" || strings.HasPrefix(name, "fields-") || strings.HasPrefix(name, "audience") {
					continue
				}
				if got := strings.TrimSuffix(strings.Join(form[name], "|"), "\r\n"); got != strings.Join(values, "|") {
					t.Errorf("%s comes back as %q, not as %q", name, got, values)
				}
			}
			form.Set("do", "publish")
			if at := ledTo(t, lead.Post(strings.TrimSuffix(to, "/preview"), form)); at != c.page {
				t.Fatalf("published, it leads to %s", at)
			}
			has(t, want(t, lead.Get(c.page), http.StatusOK), append(c.shows, "Edit this "+c.kind.Word())...)
			has(t, lead.Get(c.page+".md"), c.file...)
		})
	}
}

// TestRowsWithoutScripts adds and removes rows by the round trip that a browser without scripts makes.
func TestRowsWithoutScripts(t *testing.T) {
	h := hubtest.New(t)
	partner := h.As("partner")
	form := sevenFields(wakefield(h), "Rows", url.Values{"sources": {""}, "sources-0-title": {"One"}, "do": {"add sources"}})
	to := ledTo(t, partner.Post("/write/case-study", form))
	address, _, _ := strings.Cut(to, "?")
	if !strings.HasSuffix(to, "?add=sources#sources") {
		t.Errorf("adding leads to %s", to)
	}
	form = formOf(want(t, partner.Get(to), http.StatusOK))
	if _, there := form["sources-1-title"]; !there || form.Get("sources-0-id") != "s1" {
		t.Fatalf("no row was added: %v", form)
	}
	form.Set("sources-1-title", "Two")
	form.Set("do", "add results")
	form = formOf(partner.Get(ledTo(t, partner.Post(address, form))))
	if form.Get("results-0-text") != "212 carers found" || form.Get("results-0-kind") != "measured" || form.Get("results-1-text") != "It takes a minute" {
		t.Errorf("the results are %v", form)
	}
	for name, value := range map[string]string{
		"results-0-value": "212", "results-0-unit": "carers", "results-0-source": "s2", "results-1-kind": "reported", "results-2-text": "A third", "results-2-kind": "projected", "results-2-value": "many",
		"result": form.Get("result") + "\r\nAnd a fourth",
	} {
		form.Set(name, value)
	}
	form.Set("do", "save")
	page := want(t, partner.Post(address, form), http.StatusUnprocessableEntity)
	if got := faultsOn(page)["results-2-value"]; !strings.HasPrefix(got, "“many” is not a number.") || formOf(page).Get("results-2-value") != "many" || !strings.Contains(page.Body, `id="results-2-value"`) {
		t.Errorf("faults %v", faultsOn(page))
	}
	form = formOf(page)
	form.Set("results-2-value", "1,200")
	form.Set("do", "remove results-1")
	ledTo(t, partner.Post(address, form))
	d, err := library.ByID(h.App, strings.TrimPrefix(address, "/write/case-study/"))
	if err != nil {
		t.Fatal(err)
	}
	if got := d.ResultLines(); got != "Measured: 212 carers found\nAnd a fourth\nProjected: A third" {
		t.Errorf("the results are %q", got)
	}
	r := d.Results()
	if r[0].Value == nil || *r[0].Value != 212 || r[0].Unit != "carers" || r[0].Source != "s2" || r[2].Value == nil || *r[2].Value != 1200 {
		t.Errorf("the rows are %+v", r)
	}

	// A line that is put right keeps what is known about it, and so does one that moves.
	form = formOf(partner.Get(address))
	form.Set("result", "And a fourth\r\nMeasured: 212 carers found in a year\r\nProjected: A third")
	form.Set("do", "remove sources-0")
	ledTo(t, partner.Post(address, form))
	form = formOf(partner.Get(address))
	if form.Get("sources-0-title") != "Two" || form.Get("sources-1-title") != "" {
		t.Errorf("the sources are %v", form)
	}
}

// TestMergingFieldByField has two people change different answers and the same ones: the page shows what differs and
// takes for each what was chosen.
func TestMergingFieldByField(t *testing.T) {
	h := hubtest.New(t)
	partner, lead := h.As("partner"), h.As("lead")
	to := ledTo(t, partner.Post("/write/case-study", sevenFields(wakefield(h), "Merging", url.Values{"sources": {""}, "sources-0-title": {"First"}, "section-in-short": {"Short."}})))
	address, _, _ := strings.Cut(to, "?")
	mine, theirs := formOf(partner.Get(address)), formOf(lead.Get(address))
	for name, values := range map[string][2]string{
		"title": {"Merging, by me", ""}, "summary": {"", "By them."}, "challenge": {"Nobody asked\r\nMine", "Nobody asked\r\nTheirs"}, "contact_role": {"My team", "Their team"},
		"section-in-short": {"My short.", "Their short."}, "sources-1-title": {"My source", "Their source"}, "results-1-kind": {"reported", ""}, "topics": {"hospital", "breaks"},
	} {
		for i, form := range []url.Values{mine, theirs} {
			if values[i] != "" && name == "topics" {
				form[name] = []string{"", values[i]}
			} else if values[i] != "" {
				form.Set(name, values[i])
			}
		}
	}
	theirs.Set("do", "save")
	ledTo(t, lead.Post(address, theirs))
	mine.Set("do", "publish")
	page := want(t, partner.Post(address, mine), http.StatusUnprocessableEntity)
	has(t, page, "Two people saved", ">Merging, by me<", ">Merging<", "By them.", "<mark>My</mark> team", "<mark>Their</mark> team", "<mark>My</mark> short.", "<mark>Their</mark> short.", "My source", "Their source", "Publish this")
	form := formOf(page)
	if form.Get("take-title") != "mine" || form.Get("take-summary") != "theirs" || form.Get("take-contact_role") != "" {
		t.Errorf("chosen from the start: %v", form)
	}
	has(t, page, `name="challenge"`, "Nobody asked\nTheirs\nMine")
	for name, take := range map[string]string{"challenge": "both", "contact_role": "theirs", "section-in-short": "mine", "sources": "both", "topics": "both", "result": "mine"} {
		form.Set("take-"+name, take)
	}
	form.Set("both-challenge", "Nobody asked\r\nTheirs\r\nMine too")
	form.Set("do", "publish")
	if to := ledTo(t, partner.Post(address, form)); to != "/case-studies/merging-by-me" {
		t.Fatalf("leads to %s", to)
	}
	d := library.Wrap(h.Record("documents", "title", "Merging, by me"))
	texts, _ := library.Sections(d.Body())
	var sources []string
	for _, s := range d.Meta().Sources {
		sources = append(sources, s.Title)
	}
	if d.Summary() != "By them." || library.Lines(d.GetString("challenge")) != "Nobody asked\nTheirs\nMine too" || d.ContactRole() != "Their team" || texts["In short"] != "My short." {
		t.Errorf("merged: %q %q %q %q", d.Summary(), d.GetString("challenge"), d.ContactRole(), texts["In short"])
	}
	if strings.Join(sources, ",") != "First,Their source,My source" || strings.Join(d.Topics(), ",") != "breaks,hospital" || d.Results()[1].Kind != "reported" {
		t.Errorf("merged: %v %v %v", sources, d.Topics(), d.Results())
	}
}

// TestADraftInTheBin puts a draft away, looks for it as everybody, and takes it out again.
func TestADraftInTheBin(t *testing.T) {
	h := hubtest.New(t)
	partner, people := h.As("partner"), seekers(t, h)
	to := ledTo(t, partner.Post("/write/case-study", sevenFields(wakefield(h), "The zebracrossing ward", nil)))
	address, _, _ := strings.Cut(to, "?")
	id := strings.TrimPrefix(address, "/write/case-study/")
	for who, c := range people {
		if a := c.Post(address, url.Values{"do": {"bin"}}); a.Status != http.StatusNotFound && who != "guest" && who != "rival" { // who are led to sign in, or to be welcomed
			t.Errorf("%s puts it into the bin: %d", who, a.Status)
		}
	}
	after := ledTo(t, partner.Post(address, url.Values{"do": {"bin"}}))
	has(t, want(t, partner.Get(after), http.StatusOK), "“The zebracrossing ward” is in the bin.", "Undo", `action="/write/bin/`+id+`"`)
	d := library.Wrap(h.Record("documents", "id", id))
	h.Settle()
	people["lead"], people["admin"] = h.As("lead"), h.As("admin")
	for who, c := range people {
		if strings.HasPrefix(who, "m") { // leads may take it out; the others are led to sign in, or to be welcomed
			has(t, c.Get("/write/bin"), "The bin is empty.")
			want(t, c.Post("/write/bin/"+id, nil), http.StatusNotFound)
		}
		findsNothing(t, who, c, d, "The zebracrossing ward", "the-zebracrossing-ward")
	}
	for _, page := range []string{d.Address(), d.Address() + ".md", "/who?document=" + id, "/move?document=" + id} {
		want(t, partner.Get(page), http.StatusNotFound)
	}
	for _, page := range []string{"/write", "/me"} {
		hasNot(t, partner.Get(page), "zebracrossing")
	}
	if led := ledTo(t, partner.Get(address)); led != "/write/bin" {
		t.Errorf("the form leads to %s", led)
	}
	has(t, partner.Get("/write/bin"), "The zebracrossing ward", "Case study", "Take out")
	if led := ledTo(t, partner.Post("/write/bin/"+id, nil)); led != address {
		t.Errorf("taken out, it leads to %s", led)
	}
	has(t, want(t, partner.Get(address), http.StatusOK), "The zebracrossing ward")
	has(t, partner.Get("/write"), "The zebracrossing ward")

	// What was published once stays out of it, also as a draft again.
	ledTo(t, partner.Post(address, url.Values{"do": {"publish-saved"}}))
	hasNot(t, partner.Get(address), "Put it into the bin")
	has(t, want(t, partner.Post(address, url.Values{"do": {"bin"}}), http.StatusUnprocessableEntity), "Withdraw the page instead.")
	want(t, people["guest"].Get(d.Address()), http.StatusOK)
}
