package privacy

import (
	"strings"

	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// bindOpening has all that is in a space looked through when everybody becomes able to look into it, and what belongs to a
// document or a discussion when that is moved to where everybody can: whoever opens it decides, or it stays as it was.
func bindOpening(app core.App) {
	for _, collection := range []string{"spaces", "documents", "threads"} {
		app.OnRecordUpdate(collection).Bind(&hook.Handler[*core.RecordEvent]{Id: "privacy.open." + collection, Priority: within, Func: func(e *core.RecordEvent) error {
			opens, err := opening(e.App, e.Record)
			if err != nil {
				return err
			}
			if err := e.Next(); err != nil || !opens {
				return err
			}
			return open(e.App, e.Record)
		}})
	}
}

// opening says whether a save lets everybody look into what is in a record.
func opening(app core.App, r *core.Record) (bool, error) {
	was, err := app.FindRecordById(r.Collection(), r.Id)
	if err != nil {
		return false, nil //nolint:nilerr // it is new
	}
	if r.Collection().Name == "spaces" {
		return r.GetString("level") == "open" && was.GetString("level") != "open", nil
	}
	if r.GetString("space") == was.GetString("space") {
		return false, nil
	}
	space, err := app.FindRecordById("spaces", r.GetString("space"))
	return err == nil && space.GetString("level") == "open", nil
}

// insides are what becomes open with a record: collection, and how it is found.
var insides = map[string][]struct{ collection, where string }{
	"spaces": {
		{"documents", "space = {:id}"}, {"attachments", "document.space = {:id}"}, {"attachments", "post.thread.space = {:id}"}, {"threads", "space = {:id}"}, {"posts", "thread.space = {:id}"},
		{"events", "space = {:id}"}, {"adoptions", "document.space = {:id}"}, {"assessments", "document.space = {:id}"}, {"revisions", "document.space = {:id} && out != ''"},
	},
	"documents": {
		{"attachments", "document = {:id}"}, {"attachments", "post.thread.document = {:id}"}, {"threads", "document = {:id}"}, {"posts", "thread.document = {:id}"}, {"adoptions", "document = {:id}"}, {"assessments", "document = {:id}"},
		{"revisions", "document = {:id} && out != ''"},
	},
	"threads": {{"posts", "thread = {:id}"}, {"attachments", "post.thread = {:id}"}},
}

// open looks through what a record holds, in the transaction in which it was opened.
func open(app core.App, r *core.Record) error {
	if journal.Actor(r) == "import" || journal.Actor(r) == "content" || journal.Actor(r) == "demo" {
		return nil
	}
	var asked []Passage
	var changed, kept []*core.Record
	keeps := map[string][]Passage{}
	for _, in := range insides[r.Collection().Name] {
		records, err := app.FindRecordsByFilter(in.collection, in.where, "created", 0, 0, dbx.Params{"id": r.Id})
		if err != nil {
			return err
		}
		for _, x := range records {
			if shown, err := public(app, x); !shown || err != nil {
				continue
			}
			found, err := Look(app, x)
			if err != nil {
				return err
			}
			if len(found) == 0 {
				continue
			}
			journal.By(x, journal.Actor(r))
			decided, err := decisionsFor(app, x)
			if err != nil {
				return err
			}
			for i := range found {
				found[i].Title = titleOf(app, x)
				if decided[found[i].Sum].Decision == Keep {
					keeps[x.Id] = append(keeps[x.Id], found[i])
				}
			}
			undecided, used := apply(x, found, decided)
			asked = append(asked, undecided...)
			if len(used) > len(keeps[x.Id]) {
				changed = append(changed, x)
			}
			if len(keeps[x.Id]) > 0 {
				kept = append(kept, x)
			}
		}
	}
	if len(asked) > 0 {
		return &Refusal{collection: r.Collection().Name, record: r.Id, passages: asked}
	}
	for _, x := range kept {
		if err := keep(app, x, keeps[x.Id]); err != nil {
			return err
		}
	}
	return saveChanged(app, r, changed)
}

// titleOf is what people call the thing that a passage stands in.
func titleOf(app core.App, r *core.Record) string {
	of := map[string]string{"posts": "thread", "attachments": "document", "adoptions": "document", "revisions": "document"}[r.Collection().Name]
	if of != "" {
		if parent, err := app.FindRecordById(map[string]string{"thread": "threads", "document": "documents"}[of], r.GetString(of)); err == nil {
			r = parent
		}
	}
	return strings.TrimSpace(r.GetString("title"))
}

// keep remembers for a record what somebody decided to leave in all that they open.
func keep(app core.App, r *core.Record, passages []Passage) error {
	for _, p := range passages {
		d, err := app.FindFirstRecordByFilter(decisions, "sum = {:sum} && decision = 'keep' && (record = {:record} || record = '' && by = {:by})",
			dbx.Params{"sum": p.Sum, "record": r.Id, "by": journal.Actor(r)})
		if err != nil || d.GetString("record") == r.Id {
			continue
		}
		own := core.NewRecord(d.Collection())
		own.Load(map[string]any{"subject": r.Collection().Name, "record": r.Id, "by": d.GetString("by"), "sum": p.Sum, "kind": string(p.Kind), "decision": Keep, "reason": d.GetString("reason")})
		journal.By(own, journal.Actor(r))
		if err := app.Save(own); err != nil {
			return err
		}
	}
	return nil
}

// saveChanged keeps the words without what was taken out of them. The decisions wait until the last of them is saved.
func saveChanged(app core.App, opened *core.Record, changed []*core.Record) error {
	who := journal.Actor(opened)
	for _, x := range changed {
		if err := app.Save(x); err != nil {
			return err
		}
		if x.Collection().Name != "documents" {
			continue
		}
		var rows []decision
		if err := app.DB().Select("id", "sum", "decision", "instead").From(decisions).Where(dbx.HashExp{"by": who, "record": "", "decision": Change}).All(&rows); err != nil {
			return err
		}
		for _, d := range rows {
			if err := forget(app, x, d.Sum, d.Instead); err != nil {
				return err
			}
		}
	}
	_, err := app.DB().Delete(decisions, dbx.And(dbx.HashExp{"by": who, "record": ""}, dbx.NewExp("[[by]] != ''"))).Execute()
	return err
}
