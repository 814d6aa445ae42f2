package library

import (
	"strings"
	"time"

	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// What somebody agrees to.
const (
	Story   = "story"   // the document as a whole
	Picture = "picture" // a picture in it
	Quote   = "quote"   // words in it
)

// Consent is the typed coat of a consents record: what somebody agreed to have told of them. Only those who write the
// document and those who review it see it.
//
// When it is withdrawn, or its time is over, what it stood for is taken out of the document itself and out of all that was
// kept of it before, so that no way out of the hub has it, none of today and none that is still to come: a story leaves
// its page with a neutral note, withdrawn; of a picture or a quotation the passage goes. Words whose time is over wait as
// work beside the page, for writers and reviewers, in case there is a new consent; words that were taken back are gone.
type Consent struct{ core.BaseRecordProxy }

func (c *Consent) Document() string     { return c.GetString("document") }
func (c *Consent) What() string         { return c.GetString("what") }
func (c *Consent) Whose() string        { return c.GetString("whose") }
func (c *Consent) How() string          { return c.GetString("how") }
func (c *Consent) Passage() string      { return c.GetString("passage") }
func (c *Consent) Given() time.Time     { return c.GetDateTime("given").Time() }
func (c *Consent) Until() time.Time     { return c.GetDateTime("until").Time() }
func (c *Consent) Withdrawn() time.Time { return c.GetDateTime("withdrawn").Time() }

// Over says whether the consent holds no more.
func (c *Consent) Over(now time.Time) bool {
	until := c.Until()
	return !c.Withdrawn().IsZero() || !until.IsZero() && now.After(until.AddDate(0, 0, 1))
}

// Consents lists what is kept for a document, the newest first.
func Consents(app core.App, document string) ([]*Consent, error) {
	return consents(app, dbx.HashExp{"document": document})
}

func consents(app core.App, where dbx.Expression) ([]*Consent, error) {
	var list []*Consent
	return list, app.RecordQuery("consents").AndWhere(where).OrderBy("created DESC", "id").All(&list)
}

// ConsentByID returns one of a document's; the error is sql.ErrNoRows when it has no such.
func ConsentByID(app core.App, document, id string) (*Consent, error) {
	c := &Consent{}
	return c, app.RecordQuery("consents").AndWhere(dbx.HashExp{"id": id, "document": document}).Limit(1).One(c)
}

// NewConsent returns one that is not saved yet.
func NewConsent(app core.App, document string) (*Consent, error) {
	collection, err := app.FindCachedCollectionByNameOrId("consents")
	if err != nil {
		return nil, err
	}
	c := &Consent{}
	c.SetProxyRecord(core.NewRecord(collection))
	c.Set("document", document)
	return c, nil
}

// bindConsents keeps the promises of consents, and of documents that rest on one.
func bindConsents(app core.App, j *journal.Journal) {
	app.OnRecordValidate("consents").BindFunc(func(e *core.RecordEvent) error {
		c := &Consent{}
		c.SetProxyRecord(e.Record)
		if faults := c.faults(e.App); len(faults) > 0 {
			return faults
		}
		return e.Next()
	})
	app.OnRecordValidate("documents").BindFunc(func(e *core.RecordEvent) error {
		if d := Wrap(e.Record); d.State() == Published {
			if err := d.consented(e.App, time.Now()); err != nil {
				return err
			}
		}
		return e.Next()
	})
	app.OnRecordUpdate("consents").BindFunc(func(e *core.RecordEvent) error {
		if err := e.Next(); err != nil || e.Record.GetDateTime("withdrawn").IsZero() || !e.Record.GetDateTime("taken_out").IsZero() {
			return err
		}
		c := &Consent{}
		c.SetProxyRecord(e.Record)
		return c.takeOut(e.App, journal.Actor(e.Record))
	})
	j.Keep(journal.Kept{Collection: "consents", Row: func(_ core.App, r *core.Record, row *journal.Row) {
		row.Parent = r.GetString("document")
		if row.Verb == "update" && !r.GetDateTime("withdrawn").IsZero() && r.Original().GetDateTime("withdrawn").IsZero() {
			row.Verb = "withdraw"
		}
	}})
}

func (c *Consent) faults(app core.App) validation.Errors {
	faults := validation.Errors{}
	say := func(field, sentence string) { faults[field] = validation.NewError("validation_consent", sentence) }
	if strings.TrimSpace(c.Whose()) == "" {
		say("whose", "Say whose consent it is, by their role: “a carer of her mother”.")
	}
	if strings.TrimSpace(c.How()) == "" {
		say("how", "Say how it was given, and where the form is kept.")
	}
	switch given, until := c.Given(), c.Until(); {
	case given.IsZero():
		say("given", "Say on which day it was given.")
	case given.After(time.Now().AddDate(0, 0, 1)):
		say("given", "That day has not come yet.")
	case !until.IsZero() && until.Before(given):
		say("until", "It ends before it was given.")
	}
	if c.What() != Story && c.Withdrawn().IsZero() {
		d, err := ByID(app, c.Document())
		switch {
		case strings.TrimSpace(c.Passage()) == "":
			say("passage", "Copy the words of the quotation, or the line of the picture, from the text as it stands there.")
		case err == nil && c.IsNew() && !d.says(c.Passage()):
			say("passage", "The text does not have these words. Copy them as they stand there.")
		}
	}
	return faults
}

// storied are the fields that hold what a document says.
var storied = []string{"title", "summary", "challenge", "action", "result", "body", "tried_stopped", "meta"}

// says tells whether some words stand in a document, or in the work beside it.
func (d *Document) says(words string) bool {
	for _, f := range storied {
		if strings.Contains(d.GetString(f), words) {
			return true
		}
	}
	return false
}

// consented refuses to bring out a story whose consents are all over, and passages that were taken out.
func (d *Document) consented(app core.App, now time.Time) error {
	if d.IsNew() {
		return nil
	}
	list, err := Consents(app, d.Id)
	if err != nil {
		return err
	}
	story, holds := false, false
	for _, c := range list {
		switch over := c.Over(now); {
		case c.What() == Story:
			story, holds = true, holds || !over
		case over && c.Passage() != "" && d.says(c.Passage()) && !again(list, c, now):
			return validation.Errors{"body": validation.NewError("validation_consent", "The text has a "+c.What()+" again whose consent is over. Take it out, or record a new consent.")}
		}
	}
	if story && !holds {
		return validation.Errors{"state": validation.NewError("validation_consent", "The consent for this story is over. Record a new one before it goes out again.")}
	}
	return nil
}

// again says whether a newer consent holds for the same passage.
func again(list []*Consent, over *Consent, now time.Time) bool {
	for _, c := range list {
		if c.Id != over.Id && c.Passage() == over.Passage() && !c.Over(now) {
			return true
		}
	}
	return false
}

// Withdraw takes a consent back, and with it what it stood for.
func (c *Consent) Withdraw(app core.App, by string) error {
	c.Set("withdrawn", types.NowDateTime())
	journal.By(c.Record, by)
	return app.Save(c)
}

// Lapse takes out what consents stand for whose time is over, and says how many there were.
func Lapse(app core.App, now time.Time) (int, error) {
	list, err := consents(app, dbx.And(dbx.HashExp{"taken_out": "", "withdrawn": ""}, dbx.NewExp("[[until]] != '' AND [[until]] < {:now}", dbx.Params{"now": dayBefore(now)})))
	if err != nil {
		return 0, err
	}
	for _, c := range list {
		if err := app.RunInTransaction(func(tx core.App) error { return c.takeOut(tx, "consents") }); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

// dayBefore is the last day on which a consent ended that holds no more now.
func dayBefore(now time.Time) string {
	return now.UTC().AddDate(0, 0, -1).Format(types.DefaultDateLayout)
}

// Ending lists the consents that end within some days and hold until then.
func Ending(app core.App, now time.Time, days int) ([]*Consent, error) {
	return consents(app, dbx.And(dbx.HashExp{"withdrawn": "", "taken_out": ""}, dbx.NewExp("[[until]] >= {:from} AND [[until]] <= {:to}",
		dbx.Params{"from": dayBefore(now), "to": now.UTC().AddDate(0, 0, days).Format(types.DefaultDateLayout)})))
}
