package hub_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"commonplace/internal/gap"
	"commonplace/internal/hubtest"
	"commonplace/internal/library"
)

// wanting is a hub in which people from many addresses search for things.
type wanting struct {
	*followed
	guest *hubtest.Client
}

func newWanting(t *testing.T) *wanting {
	h := &wanting{followed: &followed{hubtest.New(t, hubtest.Behind("X-Forwarded-For")), t}}
	h.Settle()
	h.guest = h.Guest()
	for strings.Contains(h.guest.Get("/readyz").Body, "rebuilding") { // until then a search that finds nothing means nothing
		time.Sleep(time.Millisecond)
	}
	return h
}

func (h *wanting) search(query string, address int) {
	h.t.Helper()
	a := h.guest.Do("GET", "/search?q="+url.QueryEscape(query), "", nil, http.Header{"X-Forwarded-For": {fmt.Sprintf("192.0.2.%d", address)}})
	if a.Status != 200 {
		h.t.Fatalf("searching for %s: %d", query, a.Status)
	}
}

func (h *wanting) listed(c *hubtest.Client, words string) bool {
	h.t.Helper()
	a := c.Get("/gaps")
	if a.Status != 200 {
		h.t.Fatalf("/gaps: %d", a.Status)
	}
	return strings.Contains(a.Body, `cp-ledger__title">`+words+"<")
}

// inFolder says in which files of a folder a word stands, in capitals or not.
func inFolder(t *testing.T, folder, word string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(bytes.ToLower(raw), []byte(word)) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestAGapTakesFive keeps nothing of a search before five different people have asked, and never one that may name somebody.
func TestAGapTakesFive(t *testing.T) {
	h := newWanting(t)
	member := h.As("member")
	for n := range 4 {
		for range 3 {
			h.search("Zebu sanctuaries", n)
			h.search("zebu  SANCTUARIES?", n)
		}
	}
	if found := inFolder(t, h.Dir, "sanctuar"); len(found) > 0 {
		t.Errorf("four have asked, and it stands in %v", found)
	}
	if n, err := h.App.CountRecords("gap_marks"); err != nil || n != 4 {
		t.Errorf("%d are counted, %v", n, err)
	}
	if h.listed(member, "Zebu sanctuaries") {
		t.Error("four are enough")
	}
	h.search("zebu sanctuaries", 5)
	if !h.listed(member, "Zebu sanctuaries") {
		t.Error("five are not enough")
	}
	if a := h.guest.Get("/gaps"); a.Status != 303 {
		t.Errorf("a guest reads the list: %d", a.Status)
	}
	for _, query := range []string{"zygmunt zelda graham", "zebedee 0113 496 0000", "Zachariah Zorblatt", "zwicky@example.org", "zeppelin kind:zebra zz", "zzxqvwj 4412 zzyq"} {
		for n := range 7 {
			h.search(query, n)
		}
	}
	if n, err := h.App.CountRecords("gaps"); err != nil || n != 1 {
		t.Errorf("%d are on the list, %v", n, err)
	}
	// Long words: one of four letters stands in the ids of a filled hub by chance, now and then.
	for _, word := range []string{"zygmunt", "zebedee", "zorblatt", "zwicky", "zeppelin", "zzxqvwj"} {
		if found := inFolder(t, h.Dir, word); len(found) > 0 {
			t.Errorf("%s stands in %v", word, found)
		}
	}

	later := time.Now().Add(gap.Window + time.Hour)
	if _, err := gap.Forget(h.App, time.Now()); err != nil {
		t.Fatal(err)
	}
	if n, _ := h.App.CountRecords("gap_marks"); n == 0 {
		t.Error("the sums go before their time")
	}
	if _, err := gap.Forget(h.App, later); err != nil {
		t.Fatal(err)
	}
	if n, _ := h.App.CountRecords("gap_marks"); n != 0 {
		t.Errorf("%d sums outlive their key", n)
	}
}

// TestWhatIsWrittenIsNoGap lists what nothing says, also where one word of it is found somewhere.
func TestWhatIsWrittenIsNoGap(t *testing.T) {
	h := newWanting(t)
	for n := range 6 {
		h.search("carers assessment", n)
		h.search("passprot", n)
		h.search("carers okapiranch", n)
	}
	member := h.As("member")
	if h.listed(member, "Carers assessment") || h.listed(member, "Passprot") || !h.listed(member, "Carers okapiranch") {
		t.Errorf("the list: %s", member.Get("/gaps").Body)
	}
}

// TestAGapIsClaimed lets one person write what was asked for, until a page that everybody may read answers it.
func TestAGapIsClaimed(t *testing.T) {
	h := newWanting(t)
	for n := range 5 {
		h.search("zebu sanctuaries", n)
		h.search("okapi lodges", n)
	}
	member, partner, lead := h.As("member"), h.As("partner"), h.As("lead")
	id := h.Record("gaps", "words", "zebu sanctuaries").Id
	claim := url.Values{"do": {"claim"}, "kind": {"guidance"}}
	if a := member.Post("/gaps/"+id, claim); a.Status != 403 {
		t.Errorf("somebody who does not write claims it: %d", a.Status)
	}
	a := partner.Post("/gaps/"+id, claim)
	draft, is := strings.CutPrefix(a.Header.Get("Location"), "/write/guidance/")
	if a.Status != 303 || !is {
		t.Fatalf("claiming: %d, to %s", a.Status, a.Header.Get("Location"))
	}
	if d := h.Record("documents", "id", draft); d.GetString("title") != "Zebu sanctuaries" || d.GetString("state") != library.Draft {
		t.Errorf("the draft: %s, %s", d.GetString("title"), d.GetString("state"))
	}
	if form := partner.Get("/write/guidance/" + draft).Body; !strings.Contains(form, "asked for and not written yet") {
		t.Error("the draft does not say where it comes from")
	}
	if page := member.Get("/gaps").Body; !strings.Contains(page, "<bdi>Pat Partner</bdi> writes this") || strings.Contains(page, draft) {
		t.Error("the claim is not shown, or its draft is")
	}
	if a := lead.Post("/gaps/"+id, claim); a.Header.Get("Location") != "/gaps?taken" {
		t.Errorf("a second claim: %d, to %s", a.Status, a.Header.Get("Location"))
	}
	if a := lead.Post("/gaps/"+id, url.Values{"do": {"stop"}}); a.Status != 404 {
		t.Errorf("somebody else gives it up: %d", a.Status)
	}
	if a := partner.Post("/gaps/"+id, url.Values{"do": {"stop"}}); a.Status != 303 || strings.Contains(member.Get("/gaps").Body, "writes this") {
		t.Errorf("giving it up: %d", a.Status)
	}
	partner.Post("/gaps/"+id, claim)

	// A closed page answers nobody who reads the list, and changes nothing on it for anybody.
	h.page("programme-board", "Okapi lodges", library.Published)
	for name, c := range map[string]*hubtest.Client{"member": member, "lead": lead} {
		if !h.listed(c, "Okapi lodges") {
			t.Errorf("the list tells the %s of a closed page", name)
		}
	}
	h.page("library", "Lodges for okapi", library.Published)
	if h.listed(member, "Okapi lodges") || h.listed(lead, "Okapi lodges") {
		t.Error("what is written is still asked for")
	}
}

// TestClosedPagesLeakThroughNoFollow plants a word in closed pages and looks for it in the bell, mail, feed, table and list.
func TestClosedPagesLeakThroughNoFollow(t *testing.T) {
	h := newFollowed(t)
	h.wants("member@example.org", "at once")
	member, lead := h.As("member"), h.As("lead")
	h.asks(member, "q=wallabytree")
	h.asks(lead, "q=wallabytree")
	h.page("programme-board", "Wallabytree of the board", library.Published)
	draft := h.page("library", "Wallabytree draft", library.Draft)
	gone := h.page("library", "Wallabytree was here", library.Published)
	mail := ""
	for end := time.Now().Add(time.Minute); mail == "" && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		mail = h.said("member@example.org")
	}
	if !strings.Contains(mail, "Wallabytree was here") || strings.Contains(mail, "Wallabytree of the board") || strings.Contains(mail, "Wallabytree draft") {
		t.Errorf("the mail: %s", mail)
	}
	h.change(gone, map[string]any{"space": h.Record("spaces", "slug", "programme-board").Id})
	exits := []string{"/notifications", "/me/follows", "/search?q=wallabytree", "/search.atom?q=wallabytree", "/search.csv?q=wallabytree", "/search.json?q=wallabytree", "/gaps", "/about", "/me/export"}
	for name, c := range map[string]*hubtest.Client{"member": member, "guest": h.As("guest")} {
		for _, address := range exits {
			if a := c.Get(address); strings.Contains(a.Body, "Wallabytree") || strings.Contains(a.Body, draft.Id) {
				t.Errorf("%s says to the %s: %s", address, name, a.Body)
			}
		}
	}
	if strings.Contains(member.Get("/about").Body, `<span class="nhsuk-u-visually-hidden"> new`) {
		t.Error("the bell counts what may not be seen")
	}
	for _, address := range exits[:6] {
		if address != "/me/follows" && !strings.Contains(lead.Get(address).Body, "Wallabytree") {
			t.Errorf("%s shows the lead nothing, so this test does not look through it", address)
		}
	}
	if mail := h.said("member@example.org"); strings.Contains(mail, "Wallabytree was here") {
		t.Errorf("the mail says what was moved away since: %s", mail)
	}
	if may, err := h.Hub.Hub.MaySee(h.Record("users", "email", "member@example.org").Id, "documents", gone.Id); may || err != nil {
		t.Error("the mail about what was moved away would still be sent")
	}
}
