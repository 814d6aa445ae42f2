package hub_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"commonplace/internal/hub"
	"commonplace/internal/hubtest"
	"commonplace/internal/search"

	"github.com/gorilla/websocket"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// folder is a filled data folder with the demo's cast, and nobody in it.
func folder(t *testing.T) string {
	t.Helper()
	h := hubtest.New(t)
	h.Stop()
	return h.Dir
}

// open reads a data folder, beside a server or without one.
func open(t *testing.T, dir string) core.App {
	t.Helper()
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir, DBConnect: hub.Connect})
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { app.ResetBootstrapState() })
	return app
}

// writer posts again and again, and remembers what was answered.
type writer struct {
	name, token, thread string
	sent                int
	answered            map[string]string // the post's id by its key
}

// post sends one post and says whether it was answered.
func (w *writer) post(p *process) bool {
	w.sent++
	key := fmt.Sprintf("%s-%d", w.name, w.sent)
	status, answer, err := p.rest("POST", "/api/collections/posts/records", w.token, map[string]any{
		"thread": w.thread, "body": "Post " + key + " says " + strings.ReplaceAll(key, "-", "x"), "client_key": key,
	})
	if err != nil {
		return false
	}
	if status != 200 {
		p.t.Errorf("a post was answered with %d %v", status, answer)
		return false
	}
	w.answered[key] = fmt.Sprint(answer["id"])
	return true
}

// writers are six people at once, each signed in.
func writers(p *process, thread string) []*writer {
	var all []*writer
	token := p.token("member")
	for i := range 6 {
		all = append(all, &writer{name: "w" + strconv.Itoa(i), token: token, thread: thread, answered: map[string]string{}})
	}
	return all
}

// write lets all of them post until the server is gone, or until stop.
func write(p *process, all []*writer, stop <-chan struct{}) *sync.WaitGroup {
	var running sync.WaitGroup
	for _, w := range all {
		running.Go(func() {
			for w.post(p) {
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	return &running
}

// whole checks a data folder after a crash: every answered post is there once, the journal has no gap, the file is sound.
func whole(t *testing.T, app core.App, all []*writer) {
	t.Helper()
	var rows []struct {
		ID  string `db:"id"`
		Key string `db:"client_key"`
		Seq int64  `db:"seq"`
	}
	if err := app.DB().Select("id", "client_key", "seq").From("posts").Where(dbx.NewExp("[[client_key]] != ''")).OrderBy("seq").All(&rows); err != nil {
		t.Fatal(err)
	}
	byKey, last := map[string]string{}, int64(0)
	for _, r := range rows {
		if byKey[r.Key] != "" {
			t.Errorf("post %s is there twice", r.Key)
		}
		if byKey[r.Key] = r.ID; r.Seq <= last {
			t.Errorf("post %s has the number %d after %d", r.Key, r.Seq, last)
		}
		last = r.Seq
	}
	answered := 0
	for _, w := range all {
		for key, id := range w.answered {
			answered++
			if byKey[key] != id {
				t.Errorf("post %s was answered as %s, and is %q now", key, id, byKey[key])
			}
		}
	}
	if len(all) > 0 && answered == 0 {
		t.Error("no post was answered at all, so nothing was shown")
	}
	var journal struct {
		Rows, First, Last, Posts int64
	}
	err := app.DB().NewQuery(`SELECT COUNT(*) AS rows, MIN([[seq]]) AS first, MAX([[seq]]) AS last,
		COALESCE(SUM([[subject]] = 'posts' AND [[verb]] = 'create'), 0) AS posts FROM {{journal}}`).One(&journal)
	if err != nil || journal.Rows != journal.Last-journal.First+1 {
		t.Errorf("the journal has %d rows from %d to %d (%v)", journal.Rows, journal.First, journal.Last, err)
	}
	var posts int64
	if err := app.DB().NewQuery("SELECT COUNT(*) FROM {{posts}}").Row(&posts); err != nil || posts != journal.Posts {
		t.Errorf("%d posts, and %d in the journal (%v)", posts, journal.Posts, err)
	}
	var verdict string
	if err := app.DB().NewQuery("PRAGMA integrity_check").Row(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity: %s (%v)", verdict, err)
	}
}

// equalSearch checks that the index of a folder that nobody serves has just the entries that the tables have, and that each
// says what they say.
func equalSearch(t *testing.T, app core.App) {
	t.Helper()
	want := map[string]uint64{}
	err := hub.Entries(app, func(e search.Entry) error {
		want[e.ID] = e.Sum()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(app.DataDir(), "search")
	if inside, err := os.ReadDir(folder); err != nil || len(inside) != 1 {
		t.Fatalf("%d index folders, %v", len(inside), err)
	}
	index, err := search.Open(folder, epochOf(t, app), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer index.Close()
	has := map[string]uint64{}
	if err := index.Sums(func(id string, sum uint64) { has[id] = sum }); err != nil {
		t.Fatal(err)
	}
	for id, sum := range has {
		if want[id] != sum {
			t.Errorf("search says of %s what the tables do not", id)
		}
	}
	for id := range want {
		if _, is := has[id]; !is {
			t.Errorf("search does not have %s", id)
		}
	}
	var last int64
	app.DB().NewQuery("SELECT MAX([[seq]]) FROM {{journal}}").Row(&last)
	if index.Position() != last {
		t.Errorf("the index stands at %d and the journal at %d", index.Position(), last)
	}
	if len(want) < 60 {
		t.Errorf("only %d entries in the tables", len(want))
	}
}

// libraryThread is an open thread of the library.
func libraryThread(t *testing.T, app core.App) string {
	t.Helper()
	r, err := app.FindFirstRecordByFilter("threads", "space.slug = 'library' && document = ''")
	if err != nil {
		t.Fatal(err)
	}
	return r.Id
}

// A kill between the commit and the index's batch, and one right after it.
func TestKillAtTheIndex(t *testing.T) {
	for _, point := range []string{"index.before", "index.after", "pages"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			dir := folder(t)
			armed := filepath.Join(t.TempDir(), "armed")
			p := serve(t, dir, childFault+"=kill "+point+" "+armed)
			all := writers(p, libraryThread(t, open(t, dir)))
			before := listen(t, p, all[0].thread, 0, "")
			for _, w := range all {
				w.post(p)
			}
			p.caughtUp()
			if err := os.WriteFile(armed, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			write(p, all, nil).Wait()
			p.gone()
			if err := os.Remove(armed); err != nil {
				t.Fatal(err)
			}

			p = serve(t, dir)
			p.caughtUp()
			after := listen(t, p, all[0].thread, before.seq, before.epoch)
			if after.epoch != before.epoch {
				t.Errorf("the epoch was %s and is %s", before.epoch, after.epoch)
			}
			if now := listen(t, p, all[0].thread, 0, ""); now.seq <= before.seq {
				t.Errorf("the topic's number was %d and is %d", before.seq, now.seq)
			}
			missed(t, open(t, dir), after, before.seq)
			whole(t, open(t, dir), all)
			p.caughtUp()
			p.stop()
			equalSearch(t, open(t, dir))
		})
	}
}

// heard is what a socket was told on joining a topic.
type heard struct {
	seq    int64
	epoch  string
	events []int64 // the numbers of the events that were missed
}

// frame is what the server says.
type frame struct {
	Op, Topic, Kind, ID, Epoch, Code string
	Seq                              int64
}

// listen joins a thread on a socket, and hears everything after since.
func listen(t *testing.T, p *process, thread string, since int64, epoch string) heard {
	t.Helper()
	c, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(p.url, "http")+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(time.Minute))
	for _, say := range []map[string]any{
		{"op": "auth", "token": p.token("member")},
		{"op": "join", "topic": "thread:" + thread, "since": since, "epoch": epoch},
	} {
		if err := c.WriteJSON(say); err != nil {
			t.Fatal(err)
		}
	}
	var h heard
	end := ""
	for {
		var f frame
		if err := c.ReadJSON(&f); err != nil {
			t.Fatalf("after %+v: %v", h, err)
		}
		switch f.Op {
		case "joined":
			if h.seq, h.epoch = f.Seq, f.Epoch; since == 0 {
				return h
			}
			// A post of its own comes last: everything missed has been heard before it.
			w := &writer{name: fmt.Sprintf("last-%d", time.Now().UnixNano()), token: p.token("member2"), thread: thread, answered: map[string]string{}}
			if !w.post(p) {
				t.Fatal("cannot post")
			}
			end = w.answered[w.name+"-1"]
		case "event":
			if f.ID == end {
				return h
			}
			h.events = append(h.events, f.Seq)
		case "reset", "error":
			t.Fatalf("%+v", f)
		}
	}
}

// missed checks that a socket that came back was told of every post since, in order, none missing and none twice.
func missed(t *testing.T, app core.App, h heard, since int64) {
	t.Helper()
	var want []int64
	err := app.DB().NewQuery("SELECT [[seq]] FROM {{posts}} WHERE [[seq]] > {:since} AND [[client_key]] NOT LIKE 'last-%' ORDER BY [[seq]]").
		Bind(dbx.Params{"since": since}).Column(&want)
	if err != nil {
		t.Fatal(err)
	}
	if len(want) == 0 || !slices.Equal(want, h.events) {
		t.Errorf("posts since %d: %v\nand the socket was told of %v", since, want, h.events)
	}
}

// Twenty kills at any moment while six people post.
func TestKillWhilePosting(t *testing.T) {
	t.Parallel()
	const rounds = 20
	dir := folder(t)
	app := open(t, dir)
	topic := libraryThread(t, app)
	random := rand.New(rand.NewPCG(1, 2))
	var all []*writer
	for round := range rounds {
		p := serve(t, dir)
		if all == nil {
			all = writers(p, topic)
		}
		running := write(p, all, nil)
		time.Sleep(time.Duration(20+random.IntN(180)) * time.Millisecond) // the moment of the kill is what is tried
		p.kill()
		running.Wait()
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	p := serve(t, dir)
	p.caughtUp()
	whole(t, app, all)
	p.stop()
	equalSearch(t, app)
}

// A kill of the server while another process imports, and of the importer, and of both.
func TestKillWhileImporting(t *testing.T) {
	t.Parallel()
	const pages = 260
	dir := folder(t)
	app := open(t, dir)
	source := filepath.Join(t.TempDir(), "pages")
	if err := os.MkdirAll(source, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range pages {
		text := fmt.Sprintf("---\ntitle: Page number %d\n---\n\nWords of page %d. See [the next](%d.md).\n", i, i, (i+1)%pages)
		if err := os.WriteFile(filepath.Join(source, strconv.Itoa(i)+".md"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	imported := func() int64 {
		n, err := app.CountRecords("documents", dbx.Like("source", "pages/").Match(false, true))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	run := func() *process { return program(t, nil, "import", source, "--dir", dir, "--publish") }

	p := serve(t, dir)
	all := writers(p, libraryThread(t, app))
	stop := make(chan struct{})
	running := write(p, all, stop)
	i := run()
	i.await("the first pages", func() bool { return imported() > 0 })
	i.kill() // the importer, while the server and six people write
	if n := imported(); n == 0 || n == pages {
		t.Logf("the importer was killed at %d of %d pages", n, pages)
	}
	i = run()
	before := imported()
	i.await("more pages", func() bool { return imported() > before || imported() == pages })
	p.kill() // the server, while the importer goes on
	running.Wait()
	close(stop)
	i.gone()
	if code := i.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the import ended with %d:\n%s", code, i.out)
	}

	p = serve(t, dir)
	i = run()
	i.gone()
	if out := i.out.String(); imported() != pages || !strings.Contains(out, fmt.Sprintf("%d unchanged", pages)) {
		t.Errorf("%d of %d pages:\n%s", imported(), pages, out)
	}
	p.caughtUp()
	whole(t, app, all)
	for _, n := range []int{0, pages / 2, pages - 1} {
		status, answer, err := p.rest("GET", fmt.Sprintf("/api/hub/search?q=%%22page+number+%d%%22", n), "", nil)
		if hits, _ := answer["hits"].([]any); err != nil || status != 200 || len(hits) == 0 {
			t.Errorf("page %d is not found: %d %v %v", n, status, answer, err)
		}
	}
	p.stop()
	equalSearch(t, app)
}

// A kill while an empty hub is being filled leaves something that the next start completes.
func TestKillWhileFilling(t *testing.T) {
	t.Parallel()
	h := hubtest.New(t, hubtest.Empty())
	h.Stop()
	app := open(t, h.Dir)
	count := func() int64 {
		n, err := app.CountRecords("documents")
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	p := program(t, []string{"COMMONPLACE_LIMITS=off"}, "serve", "--demo", "--dir", h.Dir, "--http", hubtest.FreeAddress())
	p.await("the first documents", func() bool { return count() > 0 })
	p.kill()
	p = serve(t, h.Dir)
	p.caughtUp()
	full := open(t, folder(t))
	for _, c := range []string{"documents", "places", "figures", "local_answers", "vocabulary", "goals", "readings", "users", "adoptions", "threads", "posts"} {
		want, err1 := full.CountRecords(c)
		got, err2 := app.CountRecords(c)
		if err1 != nil || err2 != nil || want != got {
			t.Errorf("%d %s, and a start without a kill makes %d (%v %v)", got, c, want, err1, err2)
		}
	}
	p.stop()
	equalSearch(t, app)
}

// A panic in a handler, a follower or a job ends nothing.
func TestPanics(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	app := open(t, dir)
	armed := filepath.Join(t.TempDir(), "armed")
	for _, point := range []string{"index.before", "index.after", "pages"} {
		p := serve(t, dir, childFault+"=panic "+point+" "+armed, "HUB_TEST_JOBS=1")
		for _, path := range []string{"/test-panic", "/test-nil"} {
			if status, _, err := p.rest("GET", path, "", nil); err != nil || status < 400 {
				t.Errorf("%s: %d %v", path, status, err)
			}
		}
		if err := os.WriteFile(armed, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		w := &writer{name: strings.ReplaceAll(point, ".", ""), token: p.token("member"), thread: libraryThread(t, app), answered: map[string]string{}}
		if !w.post(p) {
			t.Fatalf("%s: cannot post", point)
		}
		p.await("the panic", func() bool { _, err := os.Stat(armed); return err != nil })
		p.caughtUp()
		p.await("the job to panic", func() bool { _, err := os.Stat(filepath.Join(dir, "job-ran")); return err == nil })
		if heard := listen(t, p, w.thread, 1, epochOf(t, app)); len(heard.events) == 0 {
			t.Errorf("%s: no events after the panic", point)
		}
		whole(t, app, []*writer{w})
		p.caughtUp()
		p.stop()
		equalSearch(t, app)
	}
}

func epochOf(t *testing.T, app core.App) string {
	t.Helper()
	var epoch string
	if err := app.DB().NewQuery("SELECT [[value]] FROM {{_params}} WHERE [[id]] = 'commonplace_epoch'").Row(&epoch); err != nil {
		t.Fatal(err)
	}
	return strings.Trim(epoch, `"`)
}

// What breaks while the index is built is tried again: the hub starts, and search is whole a moment later.
func TestPanicWhileTheIndexIsBuilt(t *testing.T) {
	var broke atomic.Int32
	h := hubtest.New(t, hubtest.Fault(func(point string) {
		if point == "index.before" && broke.Add(1) <= 2 {
			panic("while the index is built")
		}
	}))
	h.Stop()
	if err := os.RemoveAll(filepath.Join(h.Dir, "search")); err != nil {
		t.Fatal(err)
	}
	h.Start()
	h.Settle()
	if n := broke.Load(); n < 3 {
		t.Errorf("the follower ran %d times", n)
	}
	a := h.Guest().Get("/search.json?q=passport")
	if a.Status != 200 || !strings.Contains(a.Body, "/case-studies/a-passport-that-moves-with-you") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// Kills in the middle of building the index anew, one of the first index and one beside a whole one: what is there
// afterwards is whole, and one.
func TestKillWhileRebuilding(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	app := open(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, "search")); err != nil { // there is no first index yet
		t.Fatal(err)
	}
	armed := filepath.Join(t.TempDir(), "armed")
	if err := os.WriteFile(armed, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	p := program(t, []string{"COMMONPLACE_LIMITS=off", childFault + "=kill index.rebuild " + armed}, "serve", "--demo", "--dir", dir, "--http", hubtest.FreeAddress())
	p.gone()
	os.Remove(armed)
	p = serve(t, dir, childFault+"=kill index.rebuild "+armed)
	p.caughtUp()
	if err := os.WriteFile(armed, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	program(t, nil, "reindex", "--dir", dir).gone()
	p.gone()
	os.Remove(armed)
	p = serve(t, dir)
	p.caughtUp()
	p.stop()
	equalSearch(t, app)
}
