//go:build measure

package hub_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
)

// kills are how often the program is ended without a warning: by turns while it indexes what six people change, and while
// it also builds its index anew.
const kills = 25

// TestMeasureKills ends the program while six people write, change, withdraw and bring back documents, and compares every
// time what the database has with what the index has: entry by entry, and what each says.
func TestMeasureKills(t *testing.T) {
	dir := folder(t)
	app := open(t, dir)
	random := rand.New(rand.NewPCG(3, 4))
	changes, building, slowest := int64(0), 0, time.Duration(0)
	p := serve(t, dir)
	token := p.token("lead")
	for round := range kills {
		var n atomic.Int64
		var people sync.WaitGroup
		for i := range 6 {
			w := &changer{name: fmt.Sprintf("r%dw%d", round, i), token: token}
			people.Go(func() {
				for w.change(p) {
					n.Add(1)
				}
			})
		}
		p.await("the first changes", func() bool { return n.Load() > 6 })
		if round%2 == 1 {
			program(t, nil, "reindex", "--dir", dir)
			p.await("the new index to be begun", func() bool { s, err := p.ready(); return err == nil && s.Search == "rebuilding" })
			time.Sleep(time.Duration(random.IntN(80)) * time.Millisecond) // the moment of the kill is what is tried
		} else {
			time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
		}
		p.kill()
		if beside, err := os.ReadDir(filepath.Join(dir, "search")); err == nil && len(beside) > 1 {
			building++ // the new index was there, and had not taken the old one's place
		}
		people.Wait()
		changes += n.Load()

		began := time.Now()
		p = serve(t, dir)
		p.caughtUp()
		slowest = max(slowest, time.Since(began))
		p.stop()
		equalSearch(t, app)
		documents, err := app.CountRecords("documents", dbx.HashExp{"state": "published"})
		if t.Failed() || err != nil {
			t.Fatalf("after kill %d: %v", round+1, err)
		}
		t.Logf("kill %d: %d changes before it, %d published documents in the database and in the index", round+1, n.Load(), documents)
		p = serve(t, dir)
	}
	t.Logf("%d kills, %d of them with a new index half built, among %d changes; whole again after %v at most", kills, building, changes, slowest)
	if building < kills/4 {
		t.Error("too few of them met a build")
	}
	if slowest > 30*time.Second {
		t.Error("that is too long")
	}
}

// changer is somebody who writes documents and changes them.
type changer struct {
	name, token, document string
	sent                  int
}

// change says whether it was answered.
func (c *changer) change(p *process) bool {
	c.sent++
	method, path := "PATCH", "/api/collections/documents/records/"+c.document
	body := map[string]any{"summary": "It says " + c.name + "x" + strconv.Itoa(c.sent) + "."}
	switch c.sent % 8 {
	case 1:
		method, path, c.document = "POST", "/api/collections/documents/records", ""
		body["title"], body["kind"], body["body"], body["state"] = "Work of "+c.name, "guidance", "Words of "+c.name+".", "published"
	case 5:
		body = map[string]any{"state": "withdrawn"}
	case 6:
		body = map[string]any{"state": "published"}
	}
	status, answer, err := p.rest(method, path, c.token, body)
	if err != nil {
		return false
	}
	if status != 200 {
		p.t.Errorf("%s %s %v is answered %d %v", method, path, body, status, answer)
		return false
	}
	c.document = fmt.Sprint(answer["id"])
	return true
}
