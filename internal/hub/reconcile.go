package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/search"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// The journal's words for what keeps the index true: the comparison of a night, and what it asks to be described anew.
const (
	reconcileVerb = "compare"
	repairVerb    = "repair"
)

// manyDifferences are so many that the index is built anew.
const manyDifferences = 1000

// compared is what a comparison of the index with the database found.
type compared struct {
	Entries  int    `json:"entries"`
	Missing  int    `json:"missing"`  // from the index
	Left     int    `json:"left"`     // in the index, of what is gone
	Differ   int    `json:"differ"`   // that say something else
	Damaged  bool   `json:"damaged"`  // the files are not as they were written
	Rebuilds bool   `json:"rebuilds"` // too much differs to be repaired one by one
	At       string `json:"-"`
}

func (c compared) differences() int { return c.Missing + c.Left + c.Differ }

// reconcile compares the index with the database, entry by entry, asks for what differs to be described anew, and notes
// how much that was. The repair is the follower's, as any change is: nothing is written past it.
func (h *Hub) reconcile() error {
	var c compared
	if err := h.Search.Check(); err != nil {
		c.Damaged = true // it is built anew by now
		return h.noteCompared(c)
	}
	first, err := h.differences(&compared{})
	if err != nil {
		return err
	}
	if len(first) > 0 {
		h.awaitIndex(30 * time.Second) // some of them were only on their way
	}
	again, err := h.differences(&c)
	if err != nil {
		return err
	}
	var ids []string
	for id := range again {
		if first[id] {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		c.Missing, c.Left, c.Differ = 0, 0, 0
		return h.noteCompared(c)
	}
	ask := journal.Row{Subject: "index", Verb: repairVerb, Actor: "reconcile", Data: journal.Said(map[string]any{"ids": ids})}
	if len(ids) > manyDifferences {
		c.Rebuilds = true
		ask = journal.Row{Subject: "index", Verb: rebuildVerb, Actor: "reconcile"}
	}
	h.app.Logger().Warn("search: the index differs from the database", "missing", c.Missing, "left", c.Left, "differ", c.Differ)
	return errors.Join(h.Journal.Note(ask), h.noteCompared(c))
}

// differences are the ids of the entries that differ.
func (h *Hub) differences(c *compared) (map[string]bool, error) {
	has := map[string]uint64{}
	err := h.Search.Sums(func(id string, sum uint64) { has[id] = sum })
	if err != nil {
		return nil, err
	}
	differ := map[string]bool{}
	err = h.allEntries(func(e search.Entry) error {
		c.Entries++
		switch sum, there := has[e.ID]; {
		case !there:
			c.Missing++
			differ[e.ID] = true
		case sum != e.Sum():
			c.Differ++
			differ[e.ID] = true
		}
		delete(has, e.ID)
		return nil
	})
	for id := range has {
		c.Left++
		differ[id] = true
	}
	return differ, err
}

// awaitIndex waits until the index has read what the journal says now.
func (h *Hub) awaitIndex(wait time.Duration) {
	_, last, err := journal.Range(h.app)
	for end := time.Now().Add(wait); err == nil && h.Search.Position() < last && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
}

func (h *Hub) noteCompared(c compared) error {
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	h.app.Logger().Info("search: compared with the database", "result", string(raw))
	return h.Journal.Note(journal.Row{Subject: "index", Verb: reconcileVerb, Actor: "reconcile", Data: raw})
}

// toRepair are the ids that a row asks to be described anew.
func toRepair(r journal.Row) []string {
	var asks struct{ IDs []string }
	if json.Unmarshal(r.Data, &asks) != nil {
		return nil
	}
	return asks.IDs
}

// lastCompared is what the newest comparison found, false when there was none.
func lastCompared(app core.App) (c compared, found bool) {
	var rows []journal.Row
	err := app.DB().Select("at", "data").From("journal").Where(dbx.HashExp{"subject": "index", "verb": reconcileVerb}).OrderBy("seq DESC").Limit(1).All(&rows)
	if err != nil || len(rows) == 0 || json.Unmarshal(rows[0].Data, &c) != nil {
		return c, false
	}
	c.At = rows[0].At
	return c, true
}

// String says it for the doctor.
func (c compared) String() string {
	day, _, _ := strings.Cut(c.At, "T")
	switch {
	case c.Damaged:
		return fmt.Sprintf("on %s its files were damaged, and it was built anew", day)
	case c.Rebuilds:
		return fmt.Sprintf("on %s %d of %d entries differed from the database, and it was built anew", day, c.differences(), c.Entries)
	case c.differences() > 0:
		return fmt.Sprintf("on %s %d of %d entries differed from the database and were repaired (%d missing, %d left over, %d changed)", day, c.differences(), c.Entries, c.Missing, c.Left, c.Differ)
	}
	return fmt.Sprintf("on %s all %d entries were as in the database", day, c.Entries)
}
