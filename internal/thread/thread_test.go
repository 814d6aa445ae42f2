package thread_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"
	"commonplace/internal/search"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

func TestMain(m *testing.M) { hubtest.Main(m) }

func viewerOf(t testing.TB, h *hubtest.Hub, name string) *member.Viewer {
	t.Helper()
	var user *core.Record
	if name != "guest" {
		user = h.Record("users", "email", name+"@example.org")
	}
	v, err := member.For(h.App, user)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// started is a new thread in a space, with a first post of the viewer's.
func started(t testing.TB, h *hubtest.Hub, v *member.Viewer, space, title string) *thread.Thread {
	t.Helper()
	th, err := thread.New(h.App)
	if err != nil {
		t.Fatal(err)
	}
	th.Set("title", title)
	th.Set("space", h.Record("spaces", "slug", space).Id)
	if _, err := thread.Start(h.App, v, th, "The first words", ""); err != nil {
		t.Fatal(err)
	}
	return again(t, h, th)
}

func again(t testing.TB, h *hubtest.Hub, th *thread.Thread) *thread.Thread {
	t.Helper()
	fresh, err := thread.ByID(h.App, th.Id)
	if err != nil {
		t.Fatal(err)
	}
	return fresh
}

func say(t testing.TB, h *hubtest.Hub, v *member.Viewer, th *thread.Thread, body string) *core.Record {
	t.Helper()
	p, err := thread.Say(h.App, v, th.Id, body, "", "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func change(t testing.TB, h *hubtest.Hub, collection, id string, values map[string]any) {
	t.Helper()
	r, err := h.App.FindRecordById(collection, id)
	if err != nil {
		t.Fatal(err)
	}
	r.Load(values)
	if err := h.App.Save(r); err != nil {
		t.Fatal(err)
	}
}

// TestPostsStandInTheOrderOfTheJournal posts while clocks jump, and at once: seq decides, and only grows.
func TestPostsStandInTheOrderOfTheJournal(t *testing.T) {
	h := hubtest.New(t)
	partner := viewerOf(t, h, "partner")
	th := started(t, h, partner, "library", "In order")
	posts, err := h.App.FindCollectionByNameOrId("posts")
	if err != nil {
		t.Fatal(err)
	}
	for i, hours := range []int{0, -48, 24, -1} {
		p := core.NewRecord(posts)
		p.Load(map[string]any{"thread": th.Id, "body": fmt.Sprintf("post %d", i)})
		p.SetRaw("created", time.Now().Add(time.Duration(hours)*time.Hour).UTC().Format("2006-01-02 15:04:05.000Z"))
		thread.SignAs(p, partner)
		if err := h.App.Save(p); err != nil {
			t.Fatal(err)
		}
		if p.GetInt("seq") == 0 {
			t.Error("a post does not know its number")
		}
	}
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			if _, err := thread.Say(h.App, partner, th.Id, fmt.Sprintf("at once %d", i), "", fmt.Sprint("key", i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	all, err := thread.Posts(h.App, th.Id, 0, -1)
	if err != nil || len(all) != 17 {
		t.Fatalf("%d posts: %v", len(all), err)
	}
	for i, p := range all {
		if i > 0 && p.Seq <= all[i-1].Seq {
			t.Errorf("post %d has the number %d, the one before %d", i, p.Seq, all[i-1].Seq)
		}
		if i > 0 && i < 5 && !strings.Contains(p.HTML, fmt.Sprintf("post %d", i-1)) {
			t.Errorf("at %d stands %s", i, p.HTML)
		}
	}
	if th = again(t, h, th); th.Posts() != 17 {
		t.Errorf("the thread counts %d", th.Posts())
	}
	after, err := thread.Posts(h.App, th.Id, all[2].Seq, 3)
	if err != nil || len(after) != 3 || after[0].ID != all[3].ID {
		t.Errorf("after the third: %d: %v", len(after), err)
	}
	last, err := thread.LastPosts(h.App, th.Id, 2)
	if err != nil || len(last) != 2 || last[0].ID != all[15].ID || last[1].ID != all[16].ID {
		t.Errorf("the last two: %d: %v", len(last), err)
	}
	one, ok, err := thread.PostByID(h.App, all[4].ID)
	if err != nil || !ok || one.ID != all[4].ID || one.By() != "Workforce lead, Wakefield partner (example)" || one.Name != "Pat Partner" {
		t.Errorf("by its id: %+v %v", one, err)
	}
	if _, ok, err := thread.PostByID(h.App, "nothing"); ok || err != nil {
		t.Errorf("what is not there: %v %v", ok, err)
	}
}

// TestCounts follows a thread's count and date through posts that come, go and come back.
func TestCounts(t *testing.T) {
	h := hubtest.New(t)
	partner := viewerOf(t, h, "partner")
	th := started(t, h, partner, "library", "Counted")
	first, err := thread.LastPosts(h.App, th.Id, 1)
	if err != nil {
		t.Fatal(err)
	}
	counts := func(n int) {
		t.Helper()
		if got := again(t, h, th).Posts(); got != n {
			t.Errorf("it counts %d, not %d", got, n)
		}
	}
	counts(1)
	p := say(t, h, partner, th, "Two")
	counts(2)
	if got := again(t, h, th).LastPost(); !got.Equal(p.GetDateTime("created").Time().Truncate(time.Millisecond)) {
		t.Errorf("the last post was at %v, not at %v", got, p.GetDateTime("created"))
	}
	change(t, h, "posts", p.Id, map[string]any{"body": "Two, edited"})
	counts(2)
	change(t, h, "posts", p.Id, map[string]any{"state": thread.Removed})
	counts(1)
	change(t, h, "posts", p.Id, map[string]any{"state": thread.Visible, "body": "Two, again"}) // the words had gone
	counts(2)
	r, err := h.App.FindRecordById("posts", first[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.App.Delete(r); err != nil {
		t.Fatal(err)
	}
	counts(1)
	gone, ok, err := thread.PostByID(h.App, p.Id)
	if err != nil || !ok || gone.Edited.IsZero() || gone.Gone() {
		t.Errorf("edited: %+v %v", gone, err)
	}
	// A post that cannot be made counts for nothing.
	if _, err := thread.Say(h.App, partner, th.Id, " ", "", ""); err == nil {
		t.Error("an empty post is taken")
	}
	counts(1)
}

// TestThreadsMoveWithTheirDocument moves a document: its threads, their posts and who may read them go along.
func TestThreadsMoveWithTheirDocument(t *testing.T) {
	h := hubtest.New(t)
	guest, lead, mod := viewerOf(t, h, "guest"), viewerOf(t, h, "lead"), viewerOf(t, h, "moderator")
	d := h.Record("documents", "slug", "a-passport-that-moves-with-you")
	th, err := thread.New(h.App)
	if err != nil {
		t.Fatal(err)
	}
	th.Set("title", "Moves along")
	th.Set("document", d.Id)
	if _, err := thread.Start(h.App, lead, th, "Words", "k"); err != nil {
		t.Fatal(err)
	}
	hidden := say(t, h, lead, th, "Taken away")
	change(t, h, "posts", hidden.Id, map[string]any{"state": thread.Removed})
	board, open := h.Record("spaces", "slug", "programme-board").Id, h.Record("spaces", "slug", "library").Id
	check := func(space string, seen bool) {
		t.Helper()
		fresh := again(t, h, th)
		if fresh.Space() != space || fresh.GetString("access") != space+":published" || fresh.Viewable(guest) != seen || !fresh.Viewable(lead) {
			t.Errorf("the thread is in %s with %s; a guest sees it: %v", fresh.Space(), fresh.GetString("access"), fresh.Viewable(guest))
		}
		var keys []string
		if err := h.App.DB().Select("access").From("posts").Where(dbx.HashExp{"thread": th.Id}).OrderBy("seq").Column(&keys); err != nil || !slices.Equal(keys, []string{space + ":published", space + ":hidden"}) {
			t.Errorf("its posts have %v: %v", keys, err)
		}
		of, err := thread.Of(h.App, guest, d.Id)
		if err != nil || slices.ContainsFunc(of, func(o *thread.Thread) bool { return o.Id == th.Id }) != seen {
			t.Errorf("listed for guests: %d threads: %v", len(of), err)
		}
	}
	check(open, true)
	change(t, h, "documents", d.Id, map[string]any{"space": board})
	check(board, false)
	if again(t, h, th).Viewable(mod) {
		t.Error("a moderator follows it into a space that is not theirs")
	}
	change(t, h, "documents", d.Id, map[string]any{"space": open})
	check(open, true)
	// A thread cannot be put elsewhere than its document.
	change(t, h, "threads", th.Id, map[string]any{"space": board})
	check(open, true)
}

// TestMayStart asks who may start a thread where.
func TestMayStart(t *testing.T) {
	h := hubtest.New(t)
	spaces := map[string]string{}
	for _, slug := range []string{"library", "passport-group", "programme-board"} {
		spaces[slug] = h.Record("spaces", "slug", slug).Id
	}
	documents, err := h.App.FindCollectionByNameOrId("documents")
	if err != nil {
		t.Fatal(err)
	}
	on := map[string]string{}
	for _, state := range []string{"draft", "published", "withdrawn"} {
		for slug, space := range spaces {
			d := core.NewRecord(documents)
			d.Load(map[string]any{"kind": "guidance", "title": slug + " " + state, "summary": "x", "body": "y", "state": state, "space": space, "author": h.Record("users", "email", "lead@example.org").Id})
			if err := h.App.Save(d); err != nil {
				t.Fatal(err)
			}
			on[slug+" "+state] = d.Id
		}
	}
	for who, where := range map[string][]string{
		"guest": nil, "member2": {"library"}, "moderator": {"library"}, "member": {"library", "passport-group"}, "partner": {"library", "passport-group"},
		"lead": {"library", "passport-group", "programme-board"}, "admin": {"library", "passport-group", "programme-board"},
	} {
		v := viewerOf(t, h, who)
		may := func(space, document string) bool {
			th, err := thread.New(h.App)
			if err != nil {
				t.Fatal(err)
			}
			th.Set("space", space)
			th.Set("document", document)
			return thread.MayStart(h.App, v, th) == nil
		}
		for slug, space := range spaces {
			want := slices.Contains(where, slug)
			if may(space, "") != want {
				t.Errorf("%s may start in %s: %v", who, slug, !want)
			}
			if may(space, on[slug+" published"]) != want {
				t.Errorf("%s may start on a document of %s: %v", who, slug, !want)
			}
			for _, state := range []string{"draft", "withdrawn"} {
				if may(space, on[slug+" "+state]) {
					t.Errorf("%s may start on a %s of %s", who, state, slug)
				}
			}
		}
		if may(spaces["library"], on["programme-board published"]) && who != "lead" && who != "admin" {
			t.Errorf("%s may start on a hidden document by naming another space", who)
		}
		if may("nothing", "") || may(spaces["library"], "nothingnothing1") {
			t.Errorf("%s may start where nothing is", who)
		}
	}
}

// TestPostsAndThreadsHoldTheirPromises saves what no form would send.
func TestPostsAndThreadsHoldTheirPromises(t *testing.T) {
	h := hubtest.New(t)
	partner := viewerOf(t, h, "partner")
	th, other := started(t, h, partner, "library", "  Two   lines\n\u202Eof\u200B it "), started(t, h, partner, "library", "Other")
	if th.Title() != "Two lines of it" || th.ThreadKind() != "question" || th.State() != thread.Open || th.Started().IsZero() {
		t.Errorf("it is %q, %s, %s", th.Title(), th.ThreadKind(), th.State())
	}
	answer := say(t, h, partner, th, "answer me")
	for name, c := range map[string]struct {
		body, to string
		field    string
		says     string
	}{
		"empty":             {" \n\t", "", "body", "Write something first."},
		"too long":          {strings.Repeat("a", thread.MaxPost+1), "", "body", "The post is 65 KiB long, and 64 KiB is the most."},
		"too deep":          {strings.Repeat("> ", 50) + "x", "", "body", "the text has a shape that cannot be shown"},
		"to another thread": {"x", say(t, h, partner, other, "elsewhere").Id, "reply_to", "The post you answer is not in this thread."},
		"to nothing":        {"x", "nothingnothing1", "reply_to", "The post you answer is not in this thread."},
	} {
		_, err := thread.Say(h.App, partner, th.Id, c.body, c.to, "")
		var faults validation.Errors
		if !errors.As(err, &faults) || !strings.Contains(fmt.Sprint(faults[c.field]), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := thread.Say(h.App, partner, "nothingnothing1", "x", "", ""); err == nil {
		t.Error("a post without a thread is taken")
	}
	p, err := thread.Say(h.App, partner, th.Id, "  **Yes**\r\n\r\nand # no  ", answer.Id, "")
	if err != nil {
		t.Fatal(err)
	}
	if p.GetString("body") != "**Yes**\n\nand # no" || !strings.Contains(p.GetString("html"), "<strong>Yes</strong>") || p.GetString("state") != thread.Visible || p.GetString("access") != th.Space()+":published" || p.GetString("author") != partner.ID() || p.GetString("by_role") != "Workforce lead" || p.GetString("organisation") != partner.Organisation() {
		t.Errorf("the post is %v", p.PublicExport())
	}
	big, err := thread.Say(h.App, partner, th.Id, strings.Repeat("é", thread.MaxPost/2), "", "")
	if err != nil || len(big.GetString("body")) != thread.MaxPost {
		t.Errorf("the longest post: %v", err)
	}
	// Two posts of one page never share an id.
	for _, body := range []string{"a[^1]\n\n[^1]: b", "c[^1]\n\n[^1]: d"} {
		if html := say(t, h, partner, th, body).GetString("html"); strings.Contains(html, `id="note-`) || strings.Contains(html, `id="fn`) {
			t.Errorf("a footnote has an id of its own accord: %s", html)
		}
	}
	// Removed, its words are gone from what pages show.
	change(t, h, "posts", p.Id, map[string]any{"state": thread.Removed})
	shown, _, err := thread.PostByID(h.App, p.Id)
	if err != nil || !shown.Gone() || shown.HTML != "" {
		t.Errorf("removed, it shows %q: %v", shown.HTML, err)
	}
	for by, want := range map[[2]string]string{{"Nurse", "A trust"}: "Nurse, A trust", {"", "A trust"}: "A member of A trust", {"Nurse", ""}: "Nurse", {}: "A member"} {
		if p := (thread.Post{ByRole: by[0], Organisation: by[1]}); p.By() != want {
			t.Errorf("%q speaks as %q", by, p.By())
		}
	}
}

// TestWhoReadsAndPosts asks who reads and posts in a thread that is open, closed or hidden.
func TestWhoReadsAndPosts(t *testing.T) {
	h := hubtest.New(t)
	lead := viewerOf(t, h, "lead")
	type rights struct{ reads, posts bool }
	for _, c := range []struct {
		space, state string
		want         map[string]rights
	}{
		{"library", thread.Open, map[string]rights{"guest": {true, false}, "member2": {true, true}, "moderator": {true, true}, "lead": {true, true}}},
		{"library", thread.Closed, map[string]rights{"guest": {true, false}, "member2": {true, false}, "moderator": {true, false}, "lead": {true, false}}},
		{"library", thread.Hidden, map[string]rights{"guest": {}, "member2": {}, "moderator": {true, false}, "lead": {true, false}, "admin": {true, false}}},
		{"passport-group", thread.Open, map[string]rights{"guest": {}, "member2": {true, false}, "member": {true, true}, "partner": {true, true}}},
		{"programme-board", thread.Open, map[string]rights{"guest": {}, "member2": {}, "moderator": {}, "partner": {}, "lead": {true, true}, "admin": {true, true}}},
	} {
		th := started(t, h, lead, c.space, c.space+" "+c.state)
		change(t, h, "threads", th.Id, map[string]any{"state": c.state})
		th = again(t, h, th)
		for who, want := range c.want {
			v := viewerOf(t, h, who)
			if got := (rights{th.Viewable(v), th.Postable(v)}); got != want {
				t.Errorf("%s, %s, %s: %+v, not %+v", c.space, c.state, who, got, want)
			}
			in, err := thread.In(h.App, v, th.Space())
			if err != nil || slices.ContainsFunc(in, func(o *thread.Thread) bool { return o.Id == th.Id }) != want.reads {
				t.Errorf("%s, %s, %s: listed otherwise: %v", c.space, c.state, who, err)
			}
		}
	}
}

// TestTheLiveliestComesFirst lists threads: pinned ones, then by their last post.
func TestTheLiveliestComesFirst(t *testing.T) {
	h := hubtest.New(t)
	partner, guest := viewerOf(t, h, "partner"), viewerOf(t, h, "guest")
	a, b, c := started(t, h, partner, "library", "A"), started(t, h, partner, "library", "B"), started(t, h, partner, "library", "C")
	for i, id := range []string{b.Id, c.Id, a.Id} { // clocks of one millisecond may be alike
		if _, err := h.App.DB().Update("threads", dbx.Params{"last_post_at": fmt.Sprintf("2999-01-0%d 00:00:00.000Z", i+1)}, dbx.HashExp{"id": id}).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	change(t, h, "threads", b.Id, map[string]any{"pinned": true})
	latest, err := thread.Latest(h.App, guest, 3)
	if err != nil || len(latest) != 3 || latest[0].Id != b.Id || latest[1].Id != a.Id || latest[2].Id != c.Id {
		var titles []string
		for _, th := range latest {
			titles = append(titles, th.Title())
		}
		t.Errorf("they stand as %v: %v", titles, err)
	}
	all, err := thread.Latest(h.App, guest, -1)
	if err != nil || len(all) != 5 {
		t.Errorf("%d in all: %v", len(all), err)
	}
}

// TestStartedTwice starts a thread again with the same key: it is the first one.
func TestStartedTwice(t *testing.T) {
	h := hubtest.New(t)
	partner, lead := viewerOf(t, h, "partner"), viewerOf(t, h, "lead")
	start := func(v *member.Viewer, title, key string) string {
		t.Helper()
		th, err := thread.New(h.App)
		if err != nil {
			t.Fatal(err)
		}
		th.Set("title", title)
		if _, err := thread.Start(h.App, v, th, "x", key); err != nil {
			t.Fatal(err)
		}
		return th.Id
	}
	first := start(partner, "Once", "k")
	if second := start(partner, "Twice", "k"); second != first {
		t.Error("with the same key it is another thread")
	}
	if start(lead, "Mine", "k") == first || start(partner, "No key", "") == start(partner, "No key", "") {
		t.Error("another's key, or none, leads to a thread of before")
	}
	// A first post that is refused leaves no thread behind.
	th, err := thread.New(h.App)
	if err != nil {
		t.Fatal(err)
	}
	th.Set("title", "Left behind")
	if _, err := thread.Start(h.App, partner, th, " ", ""); err == nil {
		t.Error("a thread without words is started")
	}
	if left, err := h.App.FindAllRecords("threads", dbx.HashExp{"title": "Left behind"}); err != nil || len(left) != 0 {
		t.Errorf("%d threads are left behind: %v", len(left), err)
	}
	if p, err := thread.Again(h.App, "", "k"); p != nil || err != nil {
		t.Error("nobody has posted something")
	}
}

// TestWhatIsFoundOfThreads asks for the search entries of threads and posts.
func TestWhatIsFoundOfThreads(t *testing.T) {
	h := hubtest.New(t)
	partner := viewerOf(t, h, "partner")
	th := started(t, h, partner, "passport-group", "Found here")
	p := say(t, h, partner, th, "Some **bold** words")
	found := func(ids []string, of func(core.App, []string, func(search.Entry) error) error) map[string]search.Entry {
		t.Helper()
		all := map[string]search.Entry{}
		if err := of(h.App, ids, func(e search.Entry) error { all[e.ID] = e; return nil }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	key := th.Space() + ":published"
	e := found([]string{th.Id}, thread.Entries)[thread.EntryPrefix+th.Id]
	if e.Title != "Found here" || e.URL != "/discussions/"+th.Id || e.Access != key || e.Kind != "thread" {
		t.Errorf("the thread is found as %+v", e)
	}
	e = found(nil, thread.PostEntries)[thread.PostEntryPrefix+p.Id]
	if e.Title != "Found here" || e.Body != "Some bold words" || e.URL != thread.PostAddress(th.Id, p.Id) || e.Access != key || e.Organisation != "Wakefield partner (example)" {
		t.Errorf("the post is found as %+v", e)
	}
	if ids, err := thread.PostsOf(h.App, th.Id); err != nil || len(ids) != 2 {
		t.Errorf("its posts are %v: %v", ids, err)
	}
	change(t, h, "posts", p.Id, map[string]any{"state": thread.Removed})
	if _, ok := found(nil, thread.PostEntries)[thread.PostEntryPrefix+p.Id]; ok {
		t.Error("a removed post is found")
	}
	change(t, h, "threads", th.Id, map[string]any{"state": thread.Hidden})
	if len(found([]string{th.Id}, thread.Entries)) != 0 {
		t.Error("a hidden thread is found")
	}
	ids, err := thread.PostsOf(h.App, th.Id)
	if err != nil || len(found(ids, thread.PostEntries)) != 0 {
		t.Errorf("posts of a hidden thread are found: %v", err)
	}
}
