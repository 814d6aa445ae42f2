package hub_test

import (
	"archive/zip"
	"bytes"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"commonplace/internal/export"
	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

const face = "quokkaface"

// shownStudy is a published case study with pictures that rest on one consent, each shown in another way, by versions, work
// beside it, a suggested change and a comment too.
func shownStudy(t *testing.T, h *hubtest.Hub) (*library.Document, *library.Consent, []*library.Attachment) {
	t.Helper()
	save := func(r core.Model) {
		t.Helper()
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
	}
	d, err := library.New(h.App, library.CaseStudy, "")
	if err != nil {
		t.Fatal(err)
	}
	partner := h.Record("users", "email", "partner@example.org").Id
	d.Load(map[string]any{"title": "What the team looks like", "summary": "In short.", "challenge": "- A", "action": "- B", "result": "- C", "body": "Before.", "contact_role": "Carers team",
		"places": []string{h.Record("places", "slug", "wakefield").Id}, "author": partner, "slug": "what-the-team-looks-like"})
	save(d)
	c, err := library.NewConsent(h.App, d.Id)
	if err != nil {
		t.Fatal(err)
	}
	c.Load(map[string]any{"what": library.Picture, "whose": "A carer", "how": "In writing", "given": types.NowDateTime().AddDate(-1, 0, 0), "passage": "Before."})
	save(c)
	var all []*library.Attachment
	for n := range 3 {
		all = append(all, attach(t, h, d.Record, aPicture(t, 1400+n, 700), face+".jpg", map[string]any{"alt": "The " + face + " at home", "credit": "By " + face, "title": "A " + face, "agreed": c.Id, "author": partner}))
	}
	at := func(n int) string { return all[n].Address() }
	d.Set("body", "Before.\n\n![The "+face+" [left] at home]("+at(0)+" \"Our "+face+"\")\n\nMiddle.\n\n![The "+face+"][one]\n\n[one]: "+at(1)+" \"More of "+face+"\"\n\n<img src=\""+at(2)+"\" alt=\"The "+face+"\">\n\nAfter.")
	d.Set("state", library.Published)
	save(d)
	if d, err = library.ByID(h.App, d.Id); err != nil {
		t.Fatal(err)
	}
	then := library.Wrap(d.Record.Clone())
	then.Set("body", d.Body()+"\n\nOnce more ![the "+face+"]("+at(0)+")")
	if _, err := library.Suggest(h.App, then, 2, h.Record("users", "email", "member@example.org").Id, "Better"); err != nil {
		t.Fatal(err)
	}
	if err := library.Comment(h.App, d, partner, "body", "Middle.", "See ![the "+face+"]("+at(0)+")"); err != nil {
		t.Fatal(err)
	}
	then.Set("body", d.Body()+"\n\nWork on ![the "+face+"]("+at(0)+")")
	if _, err := library.SaveWork(h.App, then, partner); err != nil {
		t.Fatal(err)
	}
	return d, c, all
}

// TestAPictureThatIsTakenBackIsNowhere looks for it through every exit, before and after: in words (what it shows, whose it
// is) and by each of its addresses.
func TestAPictureThatIsTakenBackIsNowhere(t *testing.T) {
	h := hubtest.New(t)
	d, c, pictures := shownStudy(t, h)
	h.Settle()
	day := time.Now().Format(time.DateOnly)
	pages := []string{d.Address(), d.Address() + ".md", d.Address() + ".docx", d.Address() + "/at/" + day, d.Address() + "/changes", d.Address() + "/changes/2", "/use" + d.Address(), "/use" + d.Address() + "/press-pack.zip",
		"/embed" + d.Address(), "/search?q=" + face, "/search.json?q=" + face, "/search.csv?q=" + face, "/search.atom?q=" + face, "/-/suggest?q=quokka", "/feed.atom", "/feed.json", "/case-studies", "/", "/in/wakefield" + d.Address(),
		"/write/case-study/" + d.Id, "/write/case-study/" + d.Id + "/history", "/write/case-study/" + d.Id + "/files", "/write/case-study/" + d.Id + "/comments", "/write/case-study/" + d.Id + "/preview", "/suggestions", "/suggestions/new?document=" + d.Id, "/review"}
	for _, a := range pictures {
		pages = append(pages, a.Address(), a.Address()+"?download=1", "/api"+a.Address(), "/api/files/attachments/"+a.Id+"/"+a.File())
		for _, s := range a.Sizes() {
			pages = append(pages, path.Dir(a.Address())+"/"+s.File)
		}
	}
	for _, s := range []string{"documents", "revisions", "attachments"} {
		pages = append(pages, "/api/collections/"+s+"/records?perPage=500")
	}
	suggestion := h.Record("suggestions", "document", d.Id)
	pages = append(pages, "/suggestions/"+suggestion.Id)
	shows := func(address string, a hubtest.Answer) bool {
		if a.Status != http.StatusOK {
			return false
		}
		body := opened(a.Body)
		switch { // what repeats the question is no answer
		case strings.HasPrefix(address, "/search?"):
			body = hitsOnly(body)
		case strings.HasPrefix(address, "/search.atom"):
			_, body, _ = strings.Cut(body, "<entry>")
		}
		return strings.HasPrefix(body, "\xff\xd8\xff") || strings.Contains(body, "\xff\xd8\xff\xe0") || strings.Contains(strings.NewReplacer("<mark>", "", "</mark>", "", "q="+face, "").Replace(body), face) || strings.Contains(body, pictures[0].Id)
	}
	readers := map[string]*hubtest.Client{"guest": h.Guest(), "member": h.As("member"), "partner": h.As("partner"), "admin": h.As("admin")}
	archives := func(who string) string {
		return opened(readers[who].Post("/manage/take-out", url.Values{}).Body) + opened(readers[who].Post("/me/export", url.Values{}).Body)
	}
	seen := map[string]bool{}
	for who, reader := range readers {
		for _, address := range pages {
			seen[address] = seen[address] || shows(address, reader.Get(address)) || shows(address, reader.REST("GET", address, nil))
		}
		seen[who] = strings.Contains(archives(who), face)
	}
	shown := 0
	for _, yes := range seen {
		if yes {
			shown++
		}
	}
	if shown < 25 || !seen["admin"] || !seen["partner"] || !seen["/use"+d.Address()+"/press-pack.zip"] {
		t.Fatalf("only %d exits show it while it is agreed to: %v", shown, seen)
	}
	if err := c.Withdraw(h.App, d.Author()); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	for who, reader := range readers {
		for _, address := range pages {
			if shows(address, reader.Get(address)) || shows(address, reader.REST("GET", address, nil)) {
				t.Errorf("the %s sees it at %s", who, address)
			}
		}
		if said := archives(who); strings.Contains(said, face) {
			at := strings.Index(said, face)
			t.Errorf("the %s takes it out in an archive: %q", who, said[max(0, at-200):min(len(said), at+100)])
		}
	}
	if body := h.Guest().Get(d.Address()).Body; !strings.Contains(body, "Middle.") || !strings.Contains(body, "After.") || !strings.Contains(body, "[taken back]") {
		t.Error("the rest of the page is gone too")
	}
	for _, table := range []string{"documents", "revisions", "attachments", "suggestions", "review_comments", "journal", "autosaves"} {
		rows, err := h.App.FindAllRecords(table)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if raw, err := r.MarshalJSON(); err != nil || strings.Contains(string(raw), face) {
				t.Errorf("%s %s keeps it: %v %s", table, r.Id, err, raw)
			}
		}
	}
}

// TestWhatBreaksAPressPack: a file that is gone from the disk, names that are none, two who ask at once, and a page that is not
// out any more.
func TestWhatBreaksAPressPack(t *testing.T) {
	h := hubtest.New(t)
	d := h.Record("documents", "slug", "a-passport-that-moves-with-you")
	yes := map[string]any{"alt": "A room", "consent": true, "state": library.Published}
	gone := attach(t, h, d, aPicture(t, 700, 300), "gone.jpg", yes)
	for _, name := range []string{"../../etc/passwd.jpg", `C:\pictures\con.jpg`, "a\r\nb: c\x00.jpg", "‮gpj.exe.jpg", strings.Repeat("n", 300) + ".jpg"} {
		attach(t, h, d, aPicture(t, 600, 300+len(name)), name, yes)
	}
	store, err := h.App.NewFilesystem()
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Delete(gone.Key(gone.File())); err != nil {
		t.Fatal(err)
	}
	address := "/use/case-studies/a-passport-that-moves-with-you/press-pack.zip"
	var packs [2]hubtest.Answer
	var both sync.WaitGroup
	for i := range packs {
		guest := h.Guest()
		both.Go(func() { packs[i] = guest.Get(address) })
	}
	both.Wait()
	for i, a := range packs {
		if a.Status != http.StatusOK {
			t.Fatalf("pack %d: %d", i, a.Status)
		}
		said := opened(a.Body)
		if !strings.Contains(said, "gone.jpg: the file is not there any more") || strings.Count(said, "\xff\xd8\xff") != 5 {
			t.Errorf("pack %d has %d pictures, or does not say what is missing", i, strings.Count(said, "\xff\xd8\xff"))
		}
		for _, name := range namesIn(t, a.Body) {
			if strings.Contains(name, "..") || strings.ContainsAny(name, "\\:\r\n\x00‮") || len(name) > 200 || path.IsAbs(name) {
				t.Errorf("a file is called %q", name)
			}
		}
	}
	hidden := library.Wrap(h.Record("documents", "id", d.Id))
	hidden.Set("state", library.Withdrawn)
	journal.By(hidden.Record, "import")
	if err := h.App.Save(hidden); err != nil {
		t.Fatal(err)
	}
	if a := h.Guest().Get(address); a.Status != http.StatusNotFound {
		t.Errorf("of a page that was withdrawn: %d", a.Status)
	}
	var b bytes.Buffer
	if err := export.PressPack(h.App, hidden, "https://hub.example.org", "Cited.", &b); err != nil {
		t.Error(err)
	}
}

// namesIn are the names of an archive's files.
func namesIn(t *testing.T, raw string) (names []string) {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	return names
}
