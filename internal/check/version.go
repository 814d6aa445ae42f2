package check

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Answers are what was filled in, by the key of the question.
type Answers = map[string]string

// Change is a version that is not the last one: its day, the role of whoever wrote it, and what of it became something else
// afterwards. A question that had no answer was "".
type Change struct {
	Version int     `json:"version"`
	On      string  `json:"on,omitempty"`
	ByRole  string  `json:"by_role,omitempty"`
	Was     Answers `json:"was"`
}

// History are the versions before the last one, the oldest first. What was written before a check was shared is nobody's
// history: it begins with the day on which it was.
func (c *Check) History() []Change {
	var list []Change
	if c.UnmarshalJSONField("history", &list) != nil {
		return nil
	}
	return list
}

// AtVersion are the answers of a version, as far back as the history goes.
func (c *Check) AtVersion(version int) Answers {
	answers := c.Answers()
	for _, change := range slices.Backward(c.History()) {
		if change.Version < version {
			break
		}
		for key, was := range change.Was {
			if answers[key] = was; was == "" {
				delete(answers, key)
			}
		}
	}
	return answers
}

// remember adds to the history what a save changes, whoever saves.
func remember(c *Check, now time.Time) {
	was := Wrap(c.Original())
	if c.IsNew() {
		if c.Version() == 0 {
			c.Set("version", 1)
		}
		if c.GetDateTime("on").IsZero() {
			c.Set("on", now.UTC())
		}
		return
	}
	changed, before, after := Answers{}, was.Answers(), c.Answers()
	for key := range maps.Keys(before) {
		if after[key] != before[key] {
			changed[key] = before[key]
		}
	}
	for key := range maps.Keys(after) {
		if _, known := before[key]; !known {
			changed[key] = ""
		}
	}
	history := was.History()
	switch {
	case was.State() == Draft && c.State() == Shared:
		history = nil
		c.Set("shared_on", now.UTC())
	case len(changed) > 0:
		history = append(history, Change{Version: was.Version(), On: was.On().Format(time.DateOnly), ByRole: was.ByRole(), Was: changed})
	}
	c.Set("history", history)
	c.Set("version", was.Version())
	if len(changed) > 0 {
		c.Set("version", was.Version()+1)
		c.Set("on", now.UTC())
	}
}

// Conflict is a question that two people answered differently at the same time.
type Conflict struct{ Key, Mine, Theirs string }

// Writing is what somebody sends: their answers, and the version from which they began.
type Writing struct {
	Base       int
	Answers    Answers
	Place      string
	About      string
	AboutPart  string
	State      string // "" leaves it as it is
	KeepsAbout bool   // what it is about was not on the form
	ClientKey  string
}

// Save keeps what somebody wrote, in one transaction with the reading of what is there: what others changed meanwhile stays,
// and of what both changed nothing is lost: the writer is asked. The same key of one writer makes one check, however often it
// is sent.
func (w Writing) Save(app core.App, v *member.Viewer, c *Check) ([]Conflict, error) {
	var conflicts []Conflict
	err := app.RunInTransaction(func(tx core.App) error {
		conflicts = nil
		if c.IsNew() && w.ClientKey != "" {
			sent, err := tx.FindAllRecords("assessments", dbx.HashExp{"author": v.ID(), "client_key": w.ClientKey, "document": c.Document()})
			if err != nil {
				return err
			}
			if len(sent) > 0 {
				c.SetProxyRecord(sent[0])
			}
		}
		if !c.IsNew() {
			fresh, err := ByID(tx, c.Id)
			if err != nil {
				return err
			}
			c.SetProxyRecord(fresh.Record)
		}
		answers, both := merged(c.AtVersion(w.Base), w.Answers, c.Answers())
		if conflicts = both; len(conflicts) > 0 {
			return nil
		}
		maps.DeleteFunc(answers, func(_, said string) bool { return strings.TrimSpace(said) == "" })
		c.Set("answers", answers)
		c.Set("place", w.Place)
		if !w.KeepsAbout {
			c.Set("about", w.About)
			c.Set("about_part", w.AboutPart)
		}
		c.Set("state", cmp.Or(w.State, c.State()))
		if c.IsNew() {
			c.Set("author", v.ID())
			c.Set("organisation", v.Organisation())
			c.Set("client_key", w.ClientKey)
		}
		c.Set("by_role", v.User().GetString("role_title"))
		journal.By(c.Record, v.ID())
		return tx.Save(c.Record)
	})
	return conflicts, err
}

// merged puts together what two people made of the same answers. Questions that mine does not have were not on the form.
func merged(base, mine, theirs Answers) (Answers, []Conflict) {
	both := maps.Clone(theirs)
	var conflicts []Conflict
	for _, key := range slices.Sorted(maps.Keys(mine)) {
		switch {
		case mine[key] == base[key] || mine[key] == theirs[key]:
		case theirs[key] == base[key]:
			both[key] = mine[key]
		default:
			conflicts = append(conflicts, Conflict{key, mine[key], theirs[key]})
		}
	}
	return both, conflicts
}
