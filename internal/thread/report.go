package thread

import (
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
)

// Harm is the reason that cannot wait.
const Harm = "harm"

const (
	maxWords      = 2000 // of a report, in characters
	reportsAnHour = 20   // by one person
	reportsOfOne  = 100  // open ones of one thing: more would say nothing new
)

// errTooManyReports is a sentence for the person and a status for programs.
var errTooManyReports = router.NewApiError(http.StatusTooManyRequests,
	"You have sent many reports in a short time. We have them. If someone is in danger, call 999. Otherwise wait an hour before you send more.", nil)

// Report is the typed coat of a flags record: somebody says that something should be looked at. Who said so is for those
// who decide about it, and never for whom it concerns.
type Report struct{ core.BaseRecordProxy }

func (r *Report) Reason() string   { return r.GetString("reason") }
func (r *Report) Words() string    { return r.GetString("words") }
func (r *Report) Reporter() string { return r.GetString("reporter") }
func (r *Report) Open() bool       { return r.GetString("state") == "open" }
func (r *Report) Outcome() string  { return r.GetString("outcome") }
func (r *Report) At() time.Time    { return r.GetDateTime("created").Time() }

// Thing is what the report is about, ErrNoThing when it is not there any more.
func (r *Report) Thing(app core.App) (*Thing, error) {
	return thingOf(app, r.GetString("subject"), r.GetString("record"))
}

// Tell keeps a report of a thing: one for each person, however often it is sent; a guest is known by the address, for a day. That
// somebody may come to harm is heard besides: whoever shares the address, or the person, may have said less before.
// It is nil when there is nothing new in it. The viewer must be able to see the thing.
func Tell(app core.App, v *member.Viewer, t *Thing, reason, words, address string) (*Report, error) {
	if !t.Reportable(v) {
		return nil, ErrNoThing
	}
	key, err := reporterKey(app, v, reason, address)
	if err != nil {
		return nil, err
	}
	r, err := newReport(app, map[string]any{
		"subject": t.Collection(), "record": t.Record.Id, "reason": reason, "words": words, "reporter": v.ID(), "reporter_key": key, "state": "open",
	})
	if err != nil {
		return nil, err
	}
	err = app.RunInTransaction(func(tx core.App) error {
		enough, err := toldEnough(tx, t, reason, key)
		if err != nil || enough {
			r = nil
			return err
		}
		return tx.Save(r)
	})
	return r, err
}

func newReport(app core.App, values map[string]any) (*Report, error) {
	c, err := app.FindCachedCollectionByNameOrId("flags")
	if err != nil {
		return nil, err
	}
	r := &Report{}
	r.SetProxyRecord(core.NewRecord(c))
	r.Load(values)
	return r, prepareReport(app, r.Record)
}

// toldEnough says whether one more report would say nothing new, and refuses a flood of them.
func toldEnough(tx core.App, t *Thing, reason, key string) (bool, error) {
	thing := dbx.HashExp{"subject": t.Collection(), "record": t.Record.Id}
	again, err := count(tx, "flags", thing, dbx.HashExp{"reporter_key": key})
	if err != nil || again > 0 {
		return true, err
	}
	like := dbx.HashExp{"state": "open"}
	if reason == Harm {
		like["reason"] = Harm
	}
	open, err := count(tx, "flags", thing, like)
	if err != nil || open >= reportsOfOne {
		return true, err
	}
	since := time.Now().Add(-time.Hour).UTC().Format("2006-01-02 15:04:05.000Z")
	lately, err := count(tx, "flags", dbx.HashExp{"reporter_key": key}, dbx.NewExp("[[created]] > {:since}", dbx.Params{"since": since}))
	if err == nil && lately >= reportsAnHour {
		err = errTooManyReports
	}
	return false, err
}

// reporterKey knows a person again, and a guest for a day, without saying who they are.
func reporterKey(app core.App, v *member.Viewer, reason, address string) (string, error) {
	var secret string
	err := app.DB().NewQuery("SELECT [[value]] FROM {{_params}} WHERE [[id]] = 'commonplace_secret'").Row(&secret)
	if errors.Is(err, sql.ErrNoRows) || secret == "" {
		return "", errors.New("the data folder has no secret")
	}
	if err != nil {
		return "", err
	}
	who := "person " + v.ID()
	if !v.SignedIn() {
		who = "guest " + network(address) + time.Now().UTC().Format(" 2006-01-02")
	}
	if reason == Harm {
		who += " harm"
	}
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(who))
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// network is the address, or of the newer ones the part that one household has to itself.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Unmap().Is4() {
		return address
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// bindReports keeps reports in the journal. Their rows name no actor: the audit trail is read by people whom a report may
// concern.
func bindReports(app core.App, j *journal.Journal) {
	app.OnRecordCreate("flags").BindFunc(func(e *core.RecordEvent) error {
		journal.By(e.Record, "")
		if err := prepareReport(e.App, e.Record); err != nil {
			return err
		}
		return e.Next()
	})
	j.Keep(journal.Kept{Collection: "flags", Row: func(_ core.App, r *core.Record, row *journal.Row) {
		row.Space = r.GetString("space")
	}})
}

// prepareReport writes down where the thing is and whom it concerns, whatever the report says itself.
func prepareReport(app core.App, r *core.Record) error {
	r.Set("words", strings.TrimSpace(strings.ReplaceAll(r.GetString("words"), "\r\n", "\n")))
	faults := validation.Errors{}
	if ReasonWord(r.GetString("reason")) == "" {
		faults["reason"] = validation.NewError("validation_required", "Choose what is wrong.")
	}
	if utf8.RuneCountInString(r.GetString("words")) > maxWords {
		faults["words"] = validation.NewError("validation_too_long", "You can use up to 2,000 characters.")
	}
	if len(faults) > 0 {
		return faults
	}
	t, err := thingOf(app, r.GetString("subject"), r.GetString("record"))
	if err != nil || t.Kind == "person" {
		return validation.Errors{"record": validation.NewError("validation_missing", "There is no such thing.")}
	}
	r.Set("space", t.Space)
	r.Set("concerns", t.Author)
	return nil
}

func closeReports(app core.App, subject, record, state, by, outcome string) error {
	_, err := app.DB().Update("flags", dbx.Params{
		"state": state, "handled_by": by, "handled": time.Now().UTC().Format("2006-01-02 15:04:05.000Z"), "outcome": outcome,
	}, dbx.HashExp{"subject": subject, "record": record, "state": "open"}).Execute()
	return err
}

// Reports lists what people said about the thing, the oldest first.
func (t *Thing) Reports(app core.App) ([]*Report, error) {
	return reports(app, dbx.HashExp{"subject": t.Collection(), "record": t.Record.Id})
}

// ReportsConcerning lists the reports about what a person wrote, the oldest first.
func ReportsConcerning(app core.App, person string) ([]*Report, error) {
	return reports(app, dbx.HashExp{"concerns": person})
}

func reports(app core.App, where dbx.Expression) ([]*Report, error) {
	var all []*Report
	err := app.RecordQuery("flags").AndWhere(where).OrderBy("created", "rowid").Limit(2000).All(&all)
	return all, err
}

// Case is a thing that waits for a moderator, with the open reports of it; a held post may have none.
type Case struct {
	Thing   *Thing
	Reports []*Report
	Since   time.Time
}

// Of says whether the case is about a reason; "held" are posts that wait to be seen.
func (c *Case) Of(reason string) bool {
	if reason == Held {
		return c.Thing.State == Held
	}
	return slices.ContainsFunc(c.Reports, func(r *Report) bool { return r.Reason() == reason })
}

// Queue lists what the viewer is to decide about: harm first, then the oldest. What is their own doing is left out, even
// that it was reported.
func Queue(app core.App, v *member.Viewer) ([]*Case, error) {
	open, err := reports(app, dbx.HashExp{"state": "open"})
	if err != nil {
		return nil, err
	}
	var cases []*Case
	byWhat := map[string]*Case{}
	for _, r := range open {
		what := r.GetString("subject") + " " + r.GetString("record")
		c, known := byWhat[what]
		if !known {
			t, err := r.Thing(app)
			if errors.Is(err, ErrNoThing) {
				continue
			} else if err != nil {
				return nil, err
			}
			c = &Case{Thing: t, Since: r.At()}
			byWhat[what], cases = c, append(cases, c)
		}
		c.Reports = append(c.Reports, r)
	}
	held, err := heldCases(app, byWhat)
	if err != nil {
		return nil, err
	}
	cases = slices.DeleteFunc(append(cases, held...), func(c *Case) bool { return !c.Thing.Moderable(v) || c.Thing.Own(v) })
	slices.SortStableFunc(cases, func(a, b *Case) int {
		if a.Of(Harm) != b.Of(Harm) {
			return map[bool]int{true: -1, false: 1}[a.Of(Harm)]
		}
		return a.Since.Compare(b.Since)
	})
	return cases, nil
}

// heldCases are the posts and comments that wait and were not reported as well.
func heldCases(app core.App, known map[string]*Case) ([]*Case, error) {
	var cases []*Case
	for _, collection := range []string{"posts", "comments"} {
		var held []*core.Record
		if err := app.RecordQuery(collection).AndWhere(dbx.HashExp{"state": Held}).OrderBy("created").Limit(500).All(&held); err != nil {
			return nil, err
		}
		for _, r := range held {
			if known[collection+" "+r.Id] != nil {
				continue
			}
			t, err := thingOf(app, collection, r.Id)
			if err != nil {
				return nil, err
			}
			cases = append(cases, &Case{Thing: t, Since: r.GetDateTime("created").Time()})
		}
	}
	return cases, nil
}
