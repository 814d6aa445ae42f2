package champion

import (
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// KeepMessages is for how many days what was written to a champion is kept.
const KeepMessages = 180

// How many messages a day one member may write, and guests may write to one champion.
const (
	mostOfMember = 20
	mostOfGuests = 10
)

// Message is what somebody wrote to a champion.
type Message struct{ core.BaseRecordProxy }

func (m *Message) Champion() string    { return m.GetString("champion") }
func (m *Message) Words() string       { return m.GetString("words") }
func (m *Message) Contact() string     { return m.GetString("contact") }
func (m *Message) Answer() string      { return m.GetString("answer") }
func (m *Message) Answered() time.Time { return m.GetDateTime("answered").Time() }
func (m *Message) At() time.Time       { return m.GetDateTime("created").Time() }

// Person is to whom it was written, and Author by whom, "" for a guest.
func (m *Message) Person() string { return m.GetString("person") }
func (m *Message) Author() string { return m.GetString("author") }

// Address is its page.
func (m *Message) Address() string { return "/champions/" + m.Champion() + "/messages/" + m.Id }

// Viewable says whether the viewer may read it: whoever wrote it and whoever it was written to.
func (m *Message) Viewable(v *member.Viewer) bool {
	return v.SignedIn() && (v.ID() == m.Person() || v.ID() == m.Author())
}

// Answerable says whether the viewer may answer it here: a guest is answered where they said.
func (m *Message) Answerable(app core.App, v *member.Viewer) bool {
	return v.SignedIn() && v.ID() == m.Person() && m.Author() != "" && m.Answer() == "" && !member.Gone(app, m.Author())
}

// MessageByID finds a message; the error is sql.ErrNoRows when there is none.
func MessageByID(app core.App, id string) (*Message, error) {
	m := &Message{}
	err := app.RecordQuery("champion_messages").AndWhere(dbx.HashExp{"id": id}).Limit(1).One(m)
	return m, err
}

// MessagesTo are those that were written to a person, the newest first.
func MessagesTo(app core.App, v *member.Viewer) ([]*Message, error) {
	var list []*Message
	err := app.RecordQuery("champion_messages").AndWhere(dbx.HashExp{"person": v.ID()}).OrderBy("created DESC", "id").Limit(50).All(&list)
	return list, err
}

// Writing is a message that somebody sends. A second one of the same key is the first one.
type Writing struct{ Words, Contact, ClientKey string }

// Send keeps what the viewer writes to a champion; the journal brings it to them.
func (w Writing) Send(app core.App, v *member.Viewer, to *Champion, now time.Time) error {
	c, err := app.FindCachedCollectionByNameOrId("champion_messages")
	if err != nil {
		return err
	}
	if sent, err := app.CountRecords(c, dbx.HashExp{"client_key": w.ClientKey}); w.ClientKey != "" && (sent > 0 || err != nil) {
		return err
	}
	if err := oftenEnough(app, v, to, now); err != nil {
		return err
	}
	r := core.NewRecord(c)
	r.Load(map[string]any{"champion": to.Id, "author": v.ID(), "words": w.Words, "contact": w.Contact, "client_key": w.ClientKey})
	journal.By(r, v.ID())
	return app.Save(r)
}

// oftenEnough refuses a flood.
func oftenEnough(app core.App, v *member.Viewer, to *Champion, now time.Time) error {
	from, most := dbx.HashExp{"author": v.ID()}, mostOfMember
	if !v.SignedIn() {
		from["champion"], most = to.Id, mostOfGuests
	}
	lately := dbx.NewExp("[[created]] > {:since}", dbx.Params{"since": now.AddDate(0, 0, -1).UTC().Format("2006-01-02 15:04:05.000Z")})
	n, err := app.CountRecords("champion_messages", from, lately)
	if err == nil && int(n) >= most {
		err = validation.Errors{"words": validation.NewError("validation_too_many", "There were many messages today. Please try again tomorrow. Your words are still here: you can copy them.")}
	}
	return err
}

// Say answers a message.
func (m *Message) Say(app core.App, v *member.Viewer, words string, now time.Time) error {
	if words = strings.TrimSpace(words); words == "" {
		return validation.Errors{"answer": validation.NewError("validation_required", "Write your answer.")}
	}
	m.Set("answer", words)
	m.Set("answered", now.UTC())
	journal.By(m.Record, v.ID())
	return app.Save(m.Record)
}

// Answers is the journal's verb for an answer.
const Answers = "answer"

func bindMessages(app core.App, j *journal.Journal) {
	app.OnRecordCreate("champion_messages").Bind(&hook.Handler[*core.RecordEvent]{Id: "champion.message", Priority: -310, Func: func(e *core.RecordEvent) error {
		to, err := ByID(e.App, e.Record.GetString("champion"))
		if err != nil || to.Person() == "" {
			return validation.Errors{"champion": validation.NewError("validation_missing", "Nobody can be written to here.")}
		}
		e.Record.Set("person", to.Person())
		for _, f := range []string{"words", "contact"} {
			e.Record.Set(f, strings.TrimSpace(strings.ReplaceAll(e.Record.GetString(f), "\r\n", "\n")))
		}
		return e.Next()
	}})
	j.Keep(journal.Kept{Collection: "champion_messages", Row: func(_ core.App, r *core.Record, row *journal.Row) {
		row.Parent = r.GetString("champion")
		if row.Verb == "update" && r.GetString("answer") != r.Original().GetString("answer") {
			row.Verb = Answers
		}
	}})
}
