package privacy_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/privacy"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

func TestMain(m *testing.M) { hubtest.Main(m) }

const number, mobile = "943 476 5919", "07700 900123"

// study is what a case study takes to be published, through REST.
func study(h *hubtest.Hub, title, body, state string) map[string]any {
	return map[string]any{
		"kind": "case-study", "title": title, "summary": "We asked one question.", "challenge": "- Nobody asked.", "action": "- We asked.", "result": "- They answered.",
		"places": []string{h.Record("places", "slug", "wakefield").Id}, "contact_role": "Carers team, " + mobile, "body": body, "state": state, "evidence": "reported-by-partner",
	}
}

// TestNothingPersonalBecomesPublic: REST is told which kind stands where, and never repeats it; a draft is kept as it is;
// contact fields and helplines are meant for numbers.
func TestNothingPersonalBecomesPublic(t *testing.T) {
	h := hubtest.New(t)
	partner := h.As("partner")
	create := func(body map[string]any) hubtest.Answer {
		return partner.REST("POST", "/api/collections/documents/records", body)
	}
	a := create(study(h, "Told", "Ask for Jo.\n\nHer NHS number is "+number+".", "published"))
	if a.Status != http.StatusBadRequest || !strings.Contains(a.Body, "validation_private") || !strings.Contains(a.Body, "NHS number. It stands in line 3") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if strings.Contains(a.Body, number) {
		t.Errorf("the answer repeats the number: %s", a.Body)
	}
	draft := create(study(h, "Told", "Her NHS number is "+number+".", "draft")).ID(t)
	if a := partner.REST("PATCH", "/api/collections/documents/records/"+draft, map[string]any{"summary": "Another summary."}); a.Status != http.StatusOK {
		t.Errorf("a draft is blocked: %s", a.Body)
	}
	if a := partner.REST("PATCH", "/api/collections/documents/records/"+draft, map[string]any{"state": "published"}); a.Status != http.StatusBadRequest {
		t.Errorf("it is published: %d %s", a.Status, a.Body)
	}
	out := create(study(h, "Harmless", "Call Carers UK on "+h.Record("helplines", "slug", "carers-uk").GetString("number")+".", "published")).ID(t)
	for field, value := range map[string]any{"body": "Ring " + mobile + ".", "title": "Ask " + mobile, "result": "- Write to jo.bloggs@example.com"} {
		if a := partner.REST("PATCH", "/api/collections/documents/records/"+out, map[string]any{field: value}); a.Status != http.StatusBadRequest || !strings.Contains(a.Body, field) {
			t.Errorf("%s while it is out: %d %s", field, a.Status, a.Body)
		}
	}
	thread := partner.REST("POST", "/api/collections/threads/records", map[string]any{"title": "A question", "kind": "question"}).ID(t)
	post := func(c *hubtest.Client, thread, body string) int {
		return c.REST("POST", "/api/collections/posts/records", map[string]any{"thread": thread, "body": body, "client_key": body}).Status
	}
	if s := post(partner, thread, "Ring me on "+mobile); s != http.StatusBadRequest {
		t.Errorf("a post: %d", s)
	}
	if a := partner.REST("POST", "/api/collections/threads/records", map[string]any{"title": "Who knows " + mobile + "?", "kind": "question"}); a.Status != http.StatusBadRequest {
		t.Errorf("a title: %d", a.Status)
	}
	// What only some can read is theirs.
	closed := partner.REST("POST", "/api/collections/threads/records", map[string]any{"title": "Among us", "kind": "question", "space": h.Record("spaces", "slug", "passport-group").Id})
	if closed.Status == http.StatusOK {
		if s := post(partner, closed.ID(t), "Ring me on "+mobile); s != http.StatusOK {
			t.Errorf("in a closed space: %d", s)
		}
	}
	saysNothing(t, h, number, mobile, "jo.bloggs")
}

// saysNothing looks for what was found in the journal, the logs and what was decided.
func saysNothing(t *testing.T, h *hubtest.Hub, secrets ...string) {
	t.Helper()
	rows, err := journal.After(h.App, 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, r := range rows {
		all.Write(r.Data)
	}
	var kept []struct {
		All string `db:"all"`
	}
	if err := h.App.DB().NewQuery("SELECT [[sum]] || [[kind]] || [[reason]] || [[instead]] AS [[all]] FROM {{passages}}").All(&kept); err != nil {
		t.Fatal(err)
	}
	for _, k := range kept {
		all.WriteString(k.All)
	}
	var logs []string
	if err := h.App.AuxDB().NewQuery("SELECT [[data]] || [[message]] FROM {{_logs}}").Column(&logs); err != nil {
		t.Fatal(err)
	}
	for _, s := range secrets {
		if strings.Contains(all.String()+strings.Join(logs, "\n"), s) {
			t.Errorf("%q is written down", s)
		}
	}
}

var decided = regexp.MustCompile(`name="private-decided" value="([0-9a-f]+) ([a-z-]+)"`)

// TestSomebodyDecidesAboutEachPassage follows a discussion and its posts: the page shows the passage, takes it out, changes
// it, or keeps it with a reason, which is remembered for that thing only.
func TestSomebodyDecidesAboutEachPassage(t *testing.T) {
	h := hubtest.New(t)
	member := h.As("member")
	form := url.Values{"title": {"Who can help?"}, "body": {"Ring " + mobile + " or write to team@example.com."}, "space": {"library"}, "client_key": {"k"}}
	page := member.Post("/discussions/new", form)
	if page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Body, "<mark>"+mobile+"</mark>") || !strings.Contains(page.Body, `name="title" value="Who can help?"`) {
		t.Fatalf("%d %s", page.Status, page.Body)
	}
	sums := map[string]string{}
	for _, m := range decided.FindAllStringSubmatch(page.Body, -1) {
		sums[m[2]] = m[1]
		form.Add("private-decided", m[1]+" "+m[2])
	}
	if len(sums) != 2 {
		t.Fatalf("%v", sums)
	}
	form.Set("private-"+sums["phone"], "change")
	form.Set("private-"+sums["email"], "keep")
	if a := member.Post("/discussions/new", form); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Say why it has to stay.") {
		t.Fatalf("kept for no reason: %d", a.Status)
	}
	form.Set("private-"+sums["email"]+"-reason", "It is the team’s mailbox.")
	a := member.Post("/discussions/new", form)
	if a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	thread := strings.TrimPrefix(a.Header.Get("Location"), "/discussions/")
	post := h.Record("posts", "thread", thread)
	if got := post.GetString("body"); got != "Ring [phone number] or write to team@example.com." || strings.Contains(post.GetString("html"), mobile) {
		t.Errorf("%q %q", got, post.GetString("html"))
	}
	kept, err := h.App.FindAllRecords("passages", dbx.HashExp{"decision": "keep"})
	if err != nil || len(kept) != 1 || kept[0].GetString("record") != post.Id || kept[0].GetString("reason") != "It is the team’s mailbox." {
		t.Errorf("%v %v", kept, err)
	}
	// Remembered for that post; not for another one, and not for somebody else.
	if a := member.REST("PATCH", "/api/collections/posts/records/"+post.Id, map[string]any{"body": "Write to team@example.com."}); a.Status != http.StatusOK {
		t.Errorf("it asks again: %d %s", a.Status, a.Body)
	}
	if a := member.REST("POST", "/api/collections/posts/records", map[string]any{"thread": thread, "body": "Also team@example.com", "client_key": "2"}); a.Status != http.StatusBadRequest {
		t.Errorf("another post: %d", a.Status)
	}
	if a := h.As("member2").Post("/discussions/"+thread, url.Values{"body": {"team@example.com"}, "client_key": {"3"}}); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("somebody else: %d", a.Status)
	}
	saysNothing(t, h, mobile, "team@example.com")
}

// A case study that is published on its form is decided about on the way, and its revisions hold no more than its page.
func TestWhatIsTakenOutOfACaseStudyIsInNoRevisionOfIt(t *testing.T) {
	h := hubtest.New(t)
	partner := h.As("partner")
	form := url.Values{
		"title": {"A question at the door"}, "summary": {"We asked one question."}, "challenge": {"Nobody asked."}, "act": {"We asked " + mobile + "."}, "result": {"They answered."},
		"action": {"We asked " + mobile + "."}, "places": {h.Record("places", "slug", "wakefield").Id}, "contact_role": {"Carers team"}, "evidence": {"reported-by-partner"}, "do": {"publish"},
	}
	page := partner.Post("/write/case-study", form)
	m := decided.FindStringSubmatch(page.Body)
	if page.Status != http.StatusUnprocessableEntity || m == nil {
		t.Fatalf("%d %s", page.Status, page.Body)
	}
	form.Set("private-decided", m[1]+" "+m[2])
	form.Set("private-"+m[1], "change")
	form.Set("private-"+m[1]+"-instead", "the night team")
	if a := partner.Post("/write/case-study", form); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	d := library.Wrap(h.Record("documents", "title", "A question at the door"))
	if !strings.Contains(d.GetString("action"), "We asked the night team.") || d.State() != library.Published {
		t.Errorf("%q, %s", d.GetString("action"), d.State())
	}
	revisions, err := h.App.FindAllRecords("revisions")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range revisions {
		if r.GetString("document") == d.Id && strings.Contains(r.GetString("content"), mobile) {
			t.Error("a revision has the number")
		}
	}
	saysNothing(t, h, mobile)
}

// What an operator imports, and what is shipped, comes in and is looked through for the report.
func TestImportsPassAndSaySo(t *testing.T) {
	h := hubtest.New(t)
	d, err := library.New(h.App, library.Guidance, "")
	if err != nil {
		t.Fatal(err)
	}
	d.Load(map[string]any{"title": "Imported", "summary": "A page.", "body": "Ring " + mobile + ".", "state": "published"})
	journal.By(d.Record, "import")
	if err := h.App.Save(d.Record); err != nil {
		t.Fatal(err)
	}
	if found, err := privacy.Look(h.App, d.Record); err != nil || len(found) != 1 || found[0].Line != 1 {
		t.Errorf("%v %v", found, err)
	}
	d.Set("owner_role", "Somebody")
	journal.By(d.Record, "")
	if err := h.App.Save(d.Record); err != nil {
		t.Errorf("a save that leaves the words alone: %v", err)
	}
	d.Set("body", "Now ring "+mobile+".")
	if _, refused := privacy.As(h.App.Save(d.Record)); !refused {
		t.Error("a save that changes them")
	}
}

// decideAll answers the page about personal details: everything is kept, or taken out.
func decideAll(form url.Values, page hubtest.Answer, decision string) url.Values {
	for _, m := range decided.FindAllStringSubmatch(page.Body, -1) {
		form.Add("private-decided", m[1]+" "+m[2])
		form.Set("private-"+m[1], decision)
		form.Set("private-"+m[1]+"-reason", "It is the team’s own.")
	}
	return form
}

// TestEverythingThatReadersSeeIsLookedThrough: reasons of a withdrawal, what changed, result rows, what is said of pictures,
// transcripts, and what is said of suggestions.
func TestEverythingThatReadersSeeIsLookedThrough(t *testing.T) {
	h := hubtest.New(t)
	partner := h.As("partner")
	id := partner.REST("POST", "/api/collections/documents/records", study(h, "Looked through", "Words.", "published")).ID(t)
	by := h.Record("users", "email", "partner@example.org").Id
	record := func() *library.Document { return library.Wrap(h.Record("documents", "id", id)) }
	picture := core.NewRecord(collection(t, h, "attachments"))
	picture.Load(map[string]any{"document": id, "state": "published", "kind": "picture", "name": "a.png", "type": "image/png", "alt": "A board"})
	picture.Set("alt", "A board with "+mobile)
	suggestion := core.NewRecord(collection(t, h, "suggestions"))
	suggestion.Load(map[string]any{"document": id, "state": "open", "author": by, "base": 1, "note": "Ring " + mobile, "content": "{}"})
	for what, refused := range map[string]error{
		"a result row": func() error {
			d := record()
			d.Set("meta", `{"results":[{"text":"Ask\nthe `+"\\n"+mobile+`","kind":"measured"}]}`)
			journal.By(d.Record, by)
			return h.App.Save(d.Record)
		}(),
		"a transcript": func() error {
			d := record()
			m := d.Meta()
			m.Videos = []library.Video{{Title: "Ward", URL: "https://video.example.org/1", Transcript: "Hello.\n" + mobile + " is my number."}}
			if err := d.SetMeta(m); err != nil {
				return err
			}
			journal.By(d.Record, by)
			return h.App.Save(d.Record)
		}(),
		"what changed": func() error {
			d := record()
			d.Set("summary", "Another summary.")
			library.Because(d, "Now with "+mobile)
			journal.By(d.Record, by)
			return h.App.Save(d.Record)
		}(),
		"the reason of a withdrawal": func() error {
			v, err := member.For(h.App, h.Record("users", "id", by))
			if err != nil {
				return err
			}
			return library.WithdrawPage(h.App, v, id, "Ask "+mobile+" instead.", "")
		}(),
		"a suggestion's note": h.App.Save(suggestion),
	} {
		r, was := privacy.As(refused)
		if !was || len(r.Passages()) == 0 {
			t.Errorf("%s: %v", what, refused)
		}
	}
	if found, err := privacy.Look(h.App, picture); err != nil || len(found) != 1 || found[0].Field != "alt" {
		t.Errorf("a picture's words: %v %v", found, err)
	}
	if d := record(); d.State() != library.Published || d.Summary() != "We asked one question." {
		t.Errorf("something was written: %s %q", d.State(), d.Summary())
	}

	// The reason is decided about like any other words, and is then in no trace of the withdrawal.
	form := url.Values{"do": {"withdraw"}, "reason": {"Ask " + mobile + " instead."}}
	address := "/write/case-study/" + id + "/publish"
	page := partner.Post(address, form)
	if page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Body, "<mark>"+mobile+"</mark>") {
		t.Fatalf("%d %s", page.Status, page.Body)
	}
	if a := partner.Post(address, decideAll(form, page, "change")); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if d := record(); d.State() != library.Withdrawn || d.Meta().WithdrawnNote != "Ask [phone number] instead." {
		t.Errorf("%s %q", d.State(), d.Meta().WithdrawnNote)
	}
	if words := h.Record("reviews", "act", "withdraw").GetString("words"); strings.Contains(words, mobile) {
		t.Errorf("the trace says %q", words)
	}
	saysNothing(t, h, mobile)
}

// The same detail in the text and in what changed is decided about once.
func TestOneDecisionForTheTextAndWhatChanged(t *testing.T) {
	for _, decision := range []string{"keep", "change"} {
		h := hubtest.New(t)
		partner := h.As("partner")
		id := partner.REST("POST", "/api/collections/documents/records", study(h, "Said twice", "Words.", "published")).ID(t)
		d := library.Wrap(h.Record("documents", "id", id))
		by := h.Record("users", "email", "partner@example.org").Id
		save := func() error {
			d.Set("body", "Ring "+mobile)
			library.Because(d, "Now with "+mobile)
			journal.By(d.Record, by)
			return h.App.Save(d.Record)
		}
		r, refused := privacy.As(save())
		if !refused {
			t.Fatal("it went out")
		}
		p := r.Passages()[0]
		if err := privacy.Decide(h.App, by, []privacy.Decision{{Sum: p.Sum, Kind: string(p.Kind), Decision: decision, Reason: "The ward’s own."}}); err != nil {
			t.Fatal(err)
		}
		d = library.Wrap(h.Record("documents", "id", id))
		if err := save(); err != nil {
			t.Fatalf("%s: %v", decision, err)
		}
		note := ""
		if err := h.App.DB().NewQuery("SELECT [[note]] FROM {{revisions}} WHERE [[document]] = {:d} ORDER BY [[number]] DESC LIMIT 1").Bind(dbx.Params{"d": id}).Row(&note); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(note, mobile) != (decision == "keep") {
			t.Errorf("%s: what changed says %q", decision, note)
		}
	}
}

func collection(t *testing.T, h *hubtest.Hub, name string) *core.Collection {
	t.Helper()
	c, err := h.App.FindCollectionByNameOrId(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
