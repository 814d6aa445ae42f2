package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Signoff is a place, a programme or another plan that signed a plan, or one goal that it shares. One that ended stays.
type Signoff struct {
	ID, Document, Goal     string
	Place, Programme, Plan string // ids, one of them
	Role                   string // of who signed; "" for a sharer who was asked and has not said anything yet
	Signed, Asked          Day
	Confirmed, Ended       Day
	Reason                 string // why it ended
	Author                 string
	words                  string
}

// By is who signed: the collection and the id.
func (s Signoff) By() (collection, id string) {
	switch {
	case s.Place != "":
		return "places", s.Place
	case s.Programme != "":
		return "programmes", s.Programme
	}
	return "documents", s.Plan
}

// Last is when it was last said that it holds.
func (s Signoff) Last() Day {
	if s.Confirmed.After(s.Signed.Time) {
		return s.Confirmed
	}
	return s.Signed
}

// Unsure says whether it was not confirmed for two quarters.
func (s Signoff) Unsure(now time.Time) bool {
	return s.Ended.IsZero() && !s.Last().IsZero() && Today(now).After(s.Last().plusMonths(6).Time)
}

// ToAsk says whether the signer is asked now: once in a quarter in which nothing was said yet.
func (s Signoff) ToAsk(now time.Time) bool {
	began := Quarter(Today(now))
	return s.Goal == "" && s.Ended.IsZero() && s.Last().Before(began.Time) && s.Asked.Before(began.Time)
}

// Changed says whether the words are others than those that were signed. Of what came from another hub that is not known.
func (s Signoff) Changed(goals []Goal) bool {
	return s.words != "" && s.words != wordsOf(goals, s.Goal)
}

// wordsOf is a fingerprint of what a plan, or one goal of it, promises: the titles and the whys.
func wordsOf(goals []Goal, only string) string {
	var b strings.Builder
	for _, g := range goals {
		if only == "" && g.Status != Dropped || g.ID == only {
			fmt.Fprintf(&b, "%q %q\n", g.Title, g.Why)
		}
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:16])
}

// Signoffs are those that fit, the oldest first: of a plan by "document", of who signed by "place", "programme" or "plan".
func Signoffs(app core.App, field, id string) ([]Signoff, error) {
	if !slices.Contains([]string{"id", "document", "place", "programme", "plan"}, field) {
		return nil, fmt.Errorf("plan: sign-offs are not looked for by %q", field)
	}
	return signoffs(app, dbx.HashExp{field: id})
}

func signoffs(app core.App, where dbx.Expression) ([]Signoff, error) {
	var rows []*core.Record
	if err := app.RecordQuery("signoffs").AndWhere(where).OrderBy("signed_on", "created", "id").All(&rows); err != nil {
		return nil, err
	}
	all := make([]Signoff, len(rows))
	for i, r := range rows {
		on := func(field string) Day { return dayOf(r.GetDateTime(field)) }
		all[i] = Signoff{
			ID: r.Id, Document: r.GetString("document"), Goal: r.GetString("goal"), Place: r.GetString("place"), Programme: r.GetString("programme"), Plan: r.GetString("plan"),
			Role: r.GetString("role"), Signed: on("signed_on"), Asked: on("asked_on"), Confirmed: on("confirmed_on"), Ended: on("ended_on"), Reason: r.GetString("reason"),
			Author: r.GetString("author"), words: r.GetString("words"),
		}
		if all[i].Role == notSaid {
			all[i].Role = ""
		}
	}
	return all, nil
}

// OpenSignoffs are all that hold, of every plan.
func OpenSignoffs(app core.App) ([]Signoff, error) {
	return signoffs(app, dbx.HashExp{"ended_on": ""})
}

// notSaid stands for the role of a sharer who was asked and has not said anything: the row needs one.
const notSaid = "(not said yet)"

// Sign signs a plan for a place, a programme or another plan.
func Sign(app core.App, s Signoff, now time.Time) error {
	return app.RunInTransaction(func(tx core.App) error {
		words, err := wordsNow(tx, s)
		if err != nil {
			return err
		}
		same, err := tx.CountRecords("signoffs", dbx.HashExp{"document": s.Document, "goal": s.Goal, "place": s.Place, "programme": s.Programme, "plan": s.Plan, "ended_on": ""})
		if err != nil {
			return err
		}
		if same > 0 {
			return refused("who", "It has signed already.")
		}
		c, err := tx.FindCachedCollectionByNameOrId("signoffs")
		if err != nil {
			return err
		}
		r := core.NewRecord(c)
		r.Load(map[string]any{
			"document": s.Document, "goal": s.Goal, "place": s.Place, "programme": s.Programme, "plan": s.Plan, "role": s.Role, "author": s.Author,
			"signed_on": Today(now).Stored(), "words": words,
		})
		journal.By(r, s.Author)
		return tx.Save(r)
	})
}

func wordsNow(app core.App, s Signoff) (string, error) {
	goals, err := Load(app, s.Document)
	return wordsOf(goals, s.Goal), err
}

// Confirm says that a sign-off still holds, for the words as they are now.
func Confirm(app core.App, s Signoff, role, by string, now time.Time) error {
	words, err := wordsNow(app, s)
	if err != nil {
		return err
	}
	return s.set(app, by, map[string]any{"confirmed_on": Today(now).Stored(), "words": words}, role)
}

// End ends a sign-off. It stays, and says why.
func End(app core.App, s Signoff, reason, role, by string, now time.Time) error {
	if strings.TrimSpace(reason) == "" {
		return refused("reason", "Say why it ends.")
	}
	return s.set(app, by, map[string]any{"ended_on": Today(now).Stored(), "reason": reason}, role)
}

// Ask keeps that the signer was asked.
func (s Signoff) Ask(tx core.App, now time.Time) error {
	return s.set(tx, "", map[string]any{"asked_on": Today(now).Stored()}, "")
}

func (s Signoff) set(app core.App, by string, values map[string]any, role string) error {
	r, err := app.FindRecordById("signoffs", s.ID)
	if err != nil {
		return err
	}
	if !r.GetDateTime("ended_on").IsZero() {
		return refused("who", "It has ended already.")
	}
	r.Load(values)
	if role != "" && r.GetString("role") == notSaid {
		r.Set("role", role)
	}
	if by != "" {
		r.Set("author", by)
	}
	journal.By(r, by)
	return app.Save(r)
}

// askSharers asks every programme and plan that shares a goal to confirm it, when its words are others now: what they had
// before is what they agreed to.
func askSharers(tx core.App, r *core.Record) error {
	was := r.Original()
	if was.GetString("title") == r.GetString("title") && was.GetString("why") == r.GetString("why") {
		return nil
	}
	if out, err := wasOut(tx, r.GetString("document")); err != nil || !out { // nobody agreed to a draft
		return err
	}
	before := wordsOf([]Goal{{ID: r.Id, Title: was.GetString("title"), Why: was.GetString("why")}}, r.Id)
	for _, programme := range r.GetStringSlice("programmes") {
		if err := askSharer(tx, r, before, "programme", programme); err != nil {
			return err
		}
	}
	var keys []string
	if err := readJSON(r, "shared_with", &keys); err != nil {
		return err
	}
	for _, key := range keys {
		if d, err := tx.FindFirstRecordByData("documents", "key", key); err == nil {
			if err := askSharer(tx, r, before, "plan", d.Id); err != nil {
				return err
			}
		}
	}
	return nil
}

func askSharer(tx core.App, goal *core.Record, before, field, id string) error {
	who := dbx.HashExp{"document": goal.GetString("document"), "goal": goal.Id, "place": "", "programme": "", "plan": "", "ended_on": ""}
	who[field] = id
	rows, err := tx.FindAllRecords("signoffs", who)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		c, err := tx.FindCachedCollectionByNameOrId("signoffs")
		if err != nil {
			return err
		}
		r := core.NewRecord(c)
		r.Load(who)
		r.Load(map[string]any{"role": notSaid, "words": before})
		rows = append(rows, r)
	}
	rows[0].Set("asked_on", "") // whoever was asked about other words is asked anew
	journal.By(rows[0], journal.Actor(goal))
	return tx.Save(rows[0])
}
