package library

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// What is done about a document between writing and withdrawing it. Each leaves a row in reviews.
const (
	ActSubmit     = "submit"     // asked for approval
	ActTakeBack   = "take-back"  // the writer goes on writing
	ActChanges    = "changes"    // a reviewer asked for changes
	ActApprove    = "approve"    // a reviewer, or somebody with a link, approved
	ActOvertaken  = "overtaken"  // approved words were changed before they came out
	ActSchedule   = "schedule"   // comes out at a time
	ActUnschedule = "unschedule" // does not
	ActPublish    = "publish"    // came out
	ActFailed     = "failed"     // was to come out, and could not
	ActCheck      = "check"      // somebody else has looked at what came out without approval
	ActWithdraw   = "withdraw"
)

// SecondCheck is how soon somebody else looks at what came out without approval.
const SecondCheck = 3 * 24 * time.Hour

const (
	maxWords  = 1000                 // of words to a writer, in characters
	farthest  = 366 * 24 * time.Hour // how far ahead something may be set to come out
	deedKey   = "@deed"
	fewChosen = 100
)

// deed is what a save of a document does beyond writing it: the hooks check it and leave its trace.
type deed struct {
	act, words, revision string
	asked                string // the reviewer who was chosen
	role                 string // of somebody who has no account
	seconded             bool   // somebody who did not write it has looked
}

func (d *Document) deed() deed {
	did, _ := d.GetRaw(deedKey).(deed)
	return did
}

func (d *Document) Submitted() time.Time     { return d.GetDateTime("submitted").Time() }
func (d *Document) SubmittedBy() string      { return d.GetString("submitted_by") }
func (d *Document) Approved() time.Time      { return d.GetDateTime("approved").Time() }
func (d *Document) PublishAt() time.Time     { return d.GetDateTime("publish_at").Time() }
func (d *Document) SecondCheckBy() time.Time { return d.GetDateTime("second_check_by").Time() }
func (d *Document) WithdrawnOn() time.Time   { return d.GetDateTime("withdrawn").Time() }

// Waits says whether the document, or work on it, waits for a reviewer.
func (d *Document) Waits() bool { return !d.Submitted().IsZero() && d.Approved().IsZero() }

// Unchecked says whether the document came out without approval, and nobody looked at it in time.
func (d *Document) Unchecked(now time.Time) bool {
	by := d.SecondCheckBy()
	return d.State() == Published && !by.IsZero() && now.After(by)
}

// refused is a fault of a form's field, in a sentence.
func refused(field, sentence string) error {
	return validation.Errors{field: validation.NewError("validation_life", sentence)}
}

// weighed are the fields that a second person looks at: the words, not where they stand or when they were checked.
var weighed = slices.DeleteFunc(slices.Clone(written), func(f string) bool {
	return slices.Contains([]string{"space", "slug", "chapter", "position", "organisation", "owner_role", "last_reviewed", "check_by"}, f)
})

// reworded says whether a save changes what readers read.
func (d *Document) reworded() bool { return d.changes(weighed) }

// keepDates brings the dates of a document's life in line with its state.
func (d *Document) keepDates() error {
	was, now := d.Original().GetString("state"), types.NowDateTime()
	moved := d.State() != was
	clear := func(fields ...string) {
		for _, f := range fields {
			d.Set(f, "")
		}
	}
	if d.InBin() { // nothing waits for it any more
		if d.State() == InReview {
			d.Set("state", Draft)
			moved = true
		}
		clear("publish_at", "scheduled_by")
	}
	switch {
	case d.State() == Draft && moved:
		clear("submitted", "submitted_by", "approved", "approved_revision", "publish_at", "scheduled_by", "second_check_by")
	case d.State() == InReview && moved:
		d.Set("submitted", now)
		d.Set("submitted_by", journal.Actor(d.Record))
	case d.State() == InReview && !d.Approved().IsZero() && d.reworded(): // approved were other words
		clear("approved", "approved_revision")
		if d.deed().act == "" {
			d.SetRaw(deedKey, deed{act: ActOvertaken})
		}
	case d.State() == Published && d.changed(): // whatever waited is closed by it
		clear("submitted", "submitted_by", "approved", "approved_revision", "publish_at", "scheduled_by", "withdrawn")
		if was == Withdrawn {
			m := d.Meta()
			m.WithdrawnNote, m.ReplacedBy = "", ""
			return d.SetMeta(m)
		}
	case d.State() == Withdrawn && moved:
		clear("submitted", "submitted_by", "approved", "approved_revision", "publish_at", "scheduled_by", "second_check_by")
		if d.WithdrawnOn().IsZero() {
			d.Set("withdrawn", today())
		}
	}
	return nil
}

// ways are the moves that people make between states.
var ways = map[string][]string{
	"": {Draft, InReview, Published}, Draft: {InReview, Published}, InReview: {Draft, Published}, Published: {Withdrawn}, Withdrawn: {Published},
}

// mayMove says why the viewer may not move the document on from a state, "" when they may.
func (d *Document) mayMove(v *member.Viewer, was string) string {
	old := Wrap(d.Original())
	switch {
	case d.State() == was, was == "" && d.State() == Draft: // who may begin one is asked where it begins
		return ""
	case !slices.Contains(ways[was], d.State()) && (was == Published || was == Withdrawn):
		return "What was published stays at its address. Withdraw it instead."
	case !slices.Contains(ways[was], d.State()):
		return "Only what is published can be withdrawn."
	case was == "" && v.MayWrite(d.Space()), was != "" && v.MayEdit(old.Space(), old.Author(), old.OrganisationID()):
		return ""
	case (was == Published || was == Withdrawn) && v.MayModerate(old.Space()):
		return ""
	}
	return "You may not do that with this page."
}

// live keeps the life of a document within a save: nobody moves what somebody else has moved meanwhile, only those who may
// move it, and what comes out without approval is to be looked at.
func live(e *core.RecordEvent) error {
	d := Wrap(e.Record)
	was := ""
	if !d.IsNew() {
		if err := e.App.DB().Select("state").From("documents").Where(dbx.HashExp{"id": d.Id}).Row(&was); err != nil {
			return err
		}
		if old := d.Original(); old.Id != "" && old.GetString("state") != was {
			return refused("state", "Somebody moved this on while you had it open. Look at it again.")
		}
	}
	v, err := actor(e.App, d)
	if err != nil {
		return err
	}
	if v != nil {
		if why := d.mayMove(v, was); why != "" {
			return refused("state", why)
		}
	}
	if err := d.askToCheck(e.App, v, was); err != nil {
		return err
	}
	return e.Next()
}

// actor is on whose behalf a document is saved, nil for the hub itself, operators and commands.
func actor(app core.App, d *Document) (*member.Viewer, error) {
	id := journal.Actor(d.Record)
	if id == "" {
		return nil, nil
	}
	u, err := app.FindRecordById("users", id)
	if err != nil {
		return nil, nil
	}
	return member.For(app, u)
}

// askToCheck sets by when a second person has to look at what comes out. In closed spaces that is the group's own matter,
// and where nobody else reviews there is nobody to ask.
func (d *Document) askToCheck(app core.App, v *member.Viewer, was string) error {
	came := was != Published && was != Withdrawn
	switch {
	case d.deed().seconded:
		d.Set("second_check_by", "")
		return nil
	case d.State() != Published, v == nil, !came && !d.reworded(), !v.IsPublic(d.Space()):
		return nil
	}
	if came && !d.IsNew() && v.MayReview(d.Space()) && !d.reworded() {
		r, err := newestRevision(app, d.Id)
		if err != nil {
			return err
		}
		if r != nil && !wroteIt(Wrap(d.Original()), r, v.ID()) {
			d.Set("second_check_by", "")
			return nil
		}
	}
	others, err := reviewedByOthers(app, d.Space(), v.ID())
	if err == nil && others && d.SecondCheckBy().IsZero() {
		d.Set("second_check_by", time.Now().Add(SecondCheck))
	}
	return err
}

// reviewedByOthers says whether anybody but one person approves work in a space.
func reviewedByOthers(app core.App, space, person string) (bool, error) {
	all, err := member.OtherReviewers(app, space, person)
	return len(all) > 0, err
}

// wroteIt says whether somebody wrote a revision, or asked for its approval.
func wroteIt(d *Document, r *Revision, person string) bool {
	return r.Author() == person || d.SubmittedBy() == person || r.Author() == "" && d.Author() == person
}

// OwnWork says whether the words that wait are the viewer's own, and somebody else is there to approve them.
func OwnWork(app core.App, v *member.Viewer, d *Document, r *Revision) (bool, error) {
	if r == nil || !wroteIt(d, r, v.ID()) {
		return false, nil
	}
	return reviewedByOthers(app, d.Space(), v.ID())
}

func newestRevision(app core.App, document string) (*Revision, error) {
	var rs []*Revision
	err := app.RecordQuery("revisions").AndWhere(dbx.HashExp{"document": document}).OrderBy("number DESC").Limit(1).All(&rs)
	if err != nil || len(rs) == 0 {
		return nil, err
	}
	return rs[0], nil
}

// Pending is the revision that comes out next: work beside what is out, else the newest words. nil when nothing is new.
func Pending(app core.App, d *Document) (*Revision, error) {
	if d.Out() {
		return Work(app, d.Id)
	}
	return newestRevision(app, d.Id)
}

// inLife does something about a document as it is now, whole or not at all.
func inLife(app core.App, id string, do func(tx core.App, d *Document, r *Revision) error) error {
	return app.RunInTransaction(func(tx core.App) error {
		d, err := ByID(tx, id)
		if err != nil {
			return err
		}
		r, err := Pending(tx, d)
		if err != nil {
			return err
		}
		return do(tx, d, r)
	})
}

// save keeps a document with what was done about it.
func (d *Document) save(tx core.App, by string, did deed) error {
	journal.By(d.Record, by)
	d.SetRaw(deedKey, did)
	return tx.Save(d.Record)
}

const (
	nothingNew  = "There is nothing new to publish."
	notYours    = "You may not do that with this page."
	changedThen = "The text was changed after you opened it. Read it again before you decide."
	barred      = "Whoever set the time may not publish here any more."
	lacks       = "It lacks something that it needs. Open it and publish it again."
	ownWork     = "You wrote this yourself. Somebody else who reviews here has to approve it."
)

func tooLong(field, words string) error {
	if n := utf8.RuneCountInString(words); n > maxWords {
		return refused(field, fmt.Sprintf("That is %d characters long, and %d is the most.", n, maxWords))
	}
	return nil
}

func (d *Document) editableBy(v *member.Viewer) error {
	if !d.Editable(v) {
		return refused("state", notYours)
	}
	return nil
}

// ready says what the words of a revision lack to be published.
func (d *Document) ready(r *Revision) error {
	next := Wrap(d.Record.Clone())
	if d.Out() && r != nil {
		if err := next.Apply(r); err != nil {
			return err
		}
	}
	next.Set("state", Published)
	if faults := next.faults(); len(faults) > 0 {
		return faults
	}
	return nil
}

// Submit asks the reviewers for approval, with words to them, and with a time at which it is to come out, zero for at once.
func Submit(app core.App, v *member.Viewer, id, words string, at time.Time) error {
	return SubmitTo(app, v, id, "", words, at)
}

// SubmitTo asks one of the reviewers, who alone is written to; the others find it in their queue all the same.
func SubmitTo(app core.App, v *member.Viewer, id, reviewer, words string, at time.Time) error {
	return inLife(app, id, func(tx core.App, d *Document, r *Revision) error {
		if err := d.editableBy(v); err != nil {
			return err
		}
		switch {
		case r == nil:
			return refused("state", nothingNew)
		case d.Waits():
			return refused("state", "It waits for approval already.")
		}
		for _, err := range []error{d.ready(r), tooLong("words", words), reviewsHere(tx, d, v.ID(), reviewer), d.setTime(at, v.ID())} {
			if err != nil {
				return err
			}
		}
		d.Set("submitted", types.NowDateTime())
		d.Set("submitted_by", v.ID())
		d.Set("approved", "")
		d.Set("approved_revision", "")
		if !d.Out() {
			d.Set("state", InReview)
		}
		return d.save(tx, v.ID(), deed{act: ActSubmit, words: words, revision: r.Id, asked: reviewer})
	})
}

// reviewsHere refuses somebody as reviewer who may not decide about what the writer wrote; "" is anybody.
func reviewsHere(app core.App, d *Document, writer, reviewer string) error {
	if reviewer == "" {
		return nil
	}
	people, err := member.OtherReviewers(app, d.Space(), writer)
	if err != nil || slices.ContainsFunc(people, func(u *core.Record) bool { return u.Id == reviewer }) {
		return err
	}
	return refused("reviewer", "They do not review there. Choose somebody else.")
}

// unsubmit is the way back from waiting.
func (d *Document) unsubmit() {
	if !d.Out() {
		d.Set("state", Draft)
	}
	for _, f := range []string{"submitted", "submitted_by", "approved", "approved_revision", "publish_at", "scheduled_by"} {
		d.Set(f, "")
	}
}

// TakeBack lets a writer go on writing what waits, or what was approved and is not out yet.
func TakeBack(app core.App, v *member.Viewer, id string) error {
	return inLife(app, id, func(tx core.App, d *Document, _ *Revision) error {
		if err := d.editableBy(v); err != nil {
			return err
		}
		if d.Submitted().IsZero() {
			return refused("state", "It does not wait for approval.")
		}
		d.unsubmit()
		return d.save(tx, v.ID(), deed{act: ActTakeBack})
	})
}

// decides checks that the viewer may decide about the words that wait, and has read these very words.
func (d *Document) decides(app core.App, v *member.Viewer, r *Revision, revision string) error {
	switch {
	case !v.MayReview(d.Space()):
		return refused("state", notYours)
	case !d.Waits() || r == nil:
		return refused("state", "This does not wait any more. Somebody decided, or the writer took it back.")
	case r.Id != revision:
		return refused("state", changedThen)
	}
	own, err := OwnWork(app, v, d, r)
	if err == nil && own {
		err = refused("state", ownWork)
	}
	return err
}

// Approve lets come out what waits, now or at its time. The revision is the one that the reviewer has read.
func Approve(app core.App, v *member.Viewer, id, revision, words string) error {
	return inLife(app, id, func(tx core.App, d *Document, r *Revision) error {
		if err := d.decides(tx, v, r, revision); err != nil {
			return err
		}
		if err := tooLong("words", words); err != nil {
			return err
		}
		return d.approve(tx, v.ID(), r, deed{act: ActApprove, words: words, revision: r.Id, seconded: true})
	})
}

// approve brings out a revision, or keeps it for its time.
func (d *Document) approve(tx core.App, by string, r *Revision, did deed) error {
	if !d.PublishAt().After(time.Now()) {
		return d.bringOut(tx, by, r, did)
	}
	if d.Submitted().IsZero() { // approved by a link, without having been submitted
		d.Set("submitted", types.NowDateTime())
		if !d.Out() {
			d.Set("state", InReview)
		}
	}
	d.Set("approved", types.NowDateTime())
	d.Set("approved_revision", r.Id)
	did.seconded = false // that is for when it comes out
	return d.save(tx, by, did)
}

func (d *Document) bringOut(tx core.App, by string, r *Revision, did deed) error {
	if d.Out() {
		if err := d.Apply(r); err != nil {
			return err
		}
		Because(d, r.Note()) // what the writer said of the work, and whose idea it was
		Credit(d, r.GetString("suggested_by"))
	}
	d.Set("state", Published)
	d.DateCheck(time.Now())
	if err := d.save(tx, by, did); err != nil {
		return err
	}
	return closeWork(tx, d.Id)
}

// AskForChanges sends back what waits, with words to the writer.
func AskForChanges(app core.App, v *member.Viewer, id, revision, words string) error {
	return inLife(app, id, func(tx core.App, d *Document, r *Revision) error {
		if strings.TrimSpace(words) == "" {
			return refused("words", "Say what should be changed.")
		}
		if err := d.decides(tx, v, r, revision); err != nil {
			return err
		}
		if err := tooLong("words", words); err != nil {
			return err
		}
		d.unsubmit()
		return d.save(tx, v.ID(), deed{act: ActChanges, words: words, revision: r.Id})
	})
}

// PublishNow brings out the newest words. When they are the viewer's own, somebody else looks at them within SecondCheck.
func PublishNow(app core.App, v *member.Viewer, id string) error {
	return inLife(app, id, func(tx core.App, d *Document, r *Revision) error {
		if err := d.editableBy(v); err != nil {
			return err
		}
		if r == nil && d.State() == Withdrawn { // it says again what it said
			d.Set("state", Published)
			return d.save(tx, v.ID(), deed{act: ActPublish})
		}
		if r == nil {
			return refused("state", nothingNew)
		}
		seconded := v.MayReview(d.Space()) && !wroteIt(d, r, v.ID())
		return d.bringOut(tx, v.ID(), r, deed{act: ActPublish, revision: r.Id, seconded: seconded})
	})
}

// Confirm says that somebody who did not write it has looked at what came out without approval.
func Confirm(app core.App, v *member.Viewer, id, revision, words string) error {
	return inLife(app, id, func(tx core.App, d *Document, _ *Revision) error {
		switch {
		case !v.MayReview(d.Space()):
			return refused("state", notYours)
		case d.State() != Published || d.SecondCheckBy().IsZero():
			return refused("state", "Somebody has looked at it already.")
		case d.GetString("published_revision") != revision:
			return refused("state", changedThen)
		}
		by, err := d.broughtOutBy(tx)
		if err != nil {
			return err
		}
		others, err := reviewedByOthers(tx, d.Space(), v.ID())
		if err != nil {
			return err
		}
		if by == v.ID() && others {
			return refused("state", "You published this yourself. Somebody else who reviews here has to look at it.")
		}
		if err := tooLong("words", words); err != nil {
			return err
		}
		return d.save(tx, v.ID(), deed{act: ActCheck, words: words, revision: revision, seconded: true})
	})
}

// broughtOutBy is who wrote the revision that is out, as far as it is known.
func (d *Document) broughtOutBy(app core.App) (string, error) {
	var by string
	err := app.DB().NewQuery("SELECT COALESCE(MAX([[author]]), '') FROM {{revisions}} WHERE [[id]] = {:id}").
		Bind(dbx.Params{"id": d.GetString("published_revision")}).Row(&by)
	if by == "" { // the hub itself, at its time
		by = d.Author()
	}
	return by, err
}

// WithdrawPage takes a document out of lists and search. It stays at its address, with the reason, and with what
// replaces it: the key of another document or an address elsewhere, "" for nothing.
func WithdrawPage(app core.App, v *member.Viewer, id, reason, replacedBy string) error {
	return inLife(app, id, func(tx core.App, d *Document, _ *Revision) error {
		if err := d.editableBy(v); err != nil {
			return err
		}
		reason = strings.Join(strings.Fields(reason), " ")
		switch {
		case d.State() != Published:
			return refused("state", "Only what is published can be withdrawn.")
		case reason == "":
			return refused("reason", "Say why, for those who come here by a link.")
		case replacedBy == d.Key():
			return refused("replaced_by", "A page cannot replace itself.")
		}
		if err := tooLong("reason", reason); err != nil {
			return err
		}
		m := d.Meta()
		m.WithdrawnNote, m.ReplacedBy = reason, replacedBy
		if err := d.SetMeta(m); err != nil {
			return err
		}
		d.Set("state", Withdrawn)
		return d.save(tx, v.ID(), deed{act: ActWithdraw, words: reason})
	})
}

// ReplacedBy is what stands in the place of a withdrawn document, as far as the viewer may know: nothing when both are "".
func (d *Document) ReplacedBy(app core.App, v *member.Viewer) (title, address string) {
	by := d.Meta().ReplacedBy
	if strings.HasPrefix(by, "https://") || strings.HasPrefix(by, "http://") {
		return "", by
	}
	if by == "" || d.State() != Withdrawn {
		return "", ""
	}
	r, err := app.FindFirstRecordByData("documents", "key", by)
	if err != nil || Wrap(r).State() != Published || !Wrap(r).Viewable(v) {
		return "", ""
	}
	return Wrap(r).Title(), Wrap(r).Address()
}
