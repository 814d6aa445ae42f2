package library

import (
	"database/sql"
	"errors"
	"time"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// setTime sets when the document is to come out; zero leaves it to the approval.
func (d *Document) setTime(at time.Time, by string) error {
	switch {
	case at.IsZero():
		d.Set("publish_at", "")
		d.Set("scheduled_by", "")
		return nil
	case !at.After(time.Now()):
		return refused("publish_at", "That time is over. Choose one that is still to come.")
	case at.After(time.Now().Add(farthest)):
		return refused("publish_at", "Choose a time within the next year.")
	}
	d.Set("publish_at", at.UTC())
	d.Set("scheduled_by", by)
	return nil
}

// Schedule sets when the newest words come out, zero for not by themselves. What waits for approval comes out when it is
// approved and its time has come; all else is looked at afterwards.
func Schedule(app core.App, v *member.Viewer, id string, at time.Time) error {
	return inLife(app, id, func(tx core.App, d *Document, r *Revision) error {
		if err := d.editableBy(v); err != nil {
			return err
		}
		if r == nil {
			return refused("state", nothingNew)
		}
		act := ActSchedule
		if at.IsZero() {
			act = ActUnschedule
		}
		if err := d.setTime(at, v.ID()); err != nil {
			return err
		}
		if act == ActUnschedule && !d.Approved().IsZero() { // or it would wait for nobody
			return refused("publish_at", "It is approved for that time. Take it back, or choose another time.")
		}
		if err := d.ready(r); err != nil {
			return err
		}
		return d.save(tx, v.ID(), deed{act: act, revision: r.Id})
	})
}

// PublishDue brings out what was set to come out by now, at most a few at a time, and says how many. It may run as often
// as it likes: what came out has no time any more.
func PublishDue(app core.App, now time.Time) (int, error) {
	at, err := types.ParseDateTime(now)
	if err != nil {
		return 0, err
	}
	var ids []string
	err = app.DB().Select("id").From("documents").Where(dbx.And(
		dbx.NewExp("[[publish_at]] != '' AND [[publish_at]] <= {:now}", dbx.Params{"now": at.String()}),
		dbx.NewExp("([[approved]] != '' OR [[submitted]] = '')"), notBinned,
	)).OrderBy("publish_at").Limit(fewChosen).Column(&ids)
	if err != nil {
		return 0, err
	}
	out := 0
	for _, id := range ids {
		came := false
		err := inLife(app, id, func(tx core.App, d *Document, r *Revision) (err error) {
			came, err = d.comeOut(tx, r, now)
			return err
		})
		var faults validation.Errors
		switch {
		case errors.Is(err, sql.ErrNoRows): // deleted meanwhile
			continue
		case errors.As(err, &faults): // such as a field that is missing by now: it must not be tried every minute
			came = false
			err = inLife(app, id, func(tx core.App, d *Document, _ *Revision) error { return d.failed(tx, lacks) })
		}
		if err != nil {
			return out, err
		}
		if came {
			out++
		}
	}
	return out, nil
}

// comeOut publishes one document whose time has come. Whoever set the time must still be allowed to publish.
func (d *Document) comeOut(tx core.App, r *Revision, now time.Time) (bool, error) {
	if d.PublishAt().IsZero() || d.PublishAt().After(now) || r == nil || d.Waits() {
		return false, nil
	}
	if !d.Approved().IsZero() {
		return true, d.bringOut(tx, "", r, deed{act: ActPublish, revision: r.Id, seconded: d.SecondCheckBy().IsZero()})
	}
	u, err := tx.FindRecordById("users", d.GetString("scheduled_by"))
	if err != nil {
		return false, d.failed(tx, barred)
	}
	v, err := member.For(tx, u)
	if err != nil {
		return false, err
	}
	if !d.Editable(v) {
		return false, d.failed(tx, barred)
	}
	return true, d.bringOut(tx, v.ID(), r, deed{act: ActPublish, revision: r.Id, seconded: v.MayReview(d.Space()) && !wroteIt(d, r, v.ID())})
}

// failed takes back the time of what could not come out, and says so to its writer.
func (d *Document) failed(tx core.App, why string) error {
	d.unsubmit()
	return d.save(tx, "", deed{act: ActFailed, words: why})
}
