package notify

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/mailer"
	"github.com/pocketbase/pocketbase/tools/types"
)

// States of a mail.
const (
	Waiting = "waiting" // for its time, or for a mail server
	Sending = "sending" // handed over just now
	Sent    = "sent"    // taken by the mail server
	Failed  = "failed"  // given up, or not known to have been taken
	Dropped = "dropped" // too late, or its reader may not see any more what it is about
)

const (
	look    = time.Second      // how often the outbox is looked into
	patient = time.Minute      // how long a mail server may take
	batch   = 20               // mails at a time
	useless = 10 * time.Second // between looks when there is nobody to send through
)

// waits lie between the tries of one mail; after the last it has failed.
var waits = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour}

// Run sends what is due until ctx ends. Only one process of a hub may.
func (o *Outbox) Run(ctx context.Context) {
	if err := o.settleInterrupted(); err != nil {
		o.app.Logger().Error("outbox: what was being sent", "error", err)
	}
	for {
		wait := look
		if !o.app.Settings().SMTP.Enabled {
			wait = useless
		} else if sent, err := o.sendDue(ctx); err != nil {
			o.app.Logger().Error("outbox", "error", err)
		} else if sent == batch { // there may be more
			wait = 0
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// settleInterrupted gives up what was being sent when the program ended: whether it arrived is not known, and no mail is
// sent twice by itself. An administrator may send it again.
func (o *Outbox) settleInterrupted() error {
	_, err := o.app.DB().Update("outbox", dbx.Params{"state": Failed, "error": perhaps}, dbx.HashExp{"state": Sending}).Execute()
	return err
}

const perhaps = "It may have arrived: the connection ended while it was being sent."

// SendDue sends what is due now, one after the other, at most a batch.
func (o *Outbox) SendDue(ctx context.Context) error {
	_, err := o.sendDue(ctx)
	return err
}

func (o *Outbox) sendDue(ctx context.Context) (int, error) {
	var due []*core.Record
	err := o.app.RecordQuery("outbox").
		AndWhere(dbx.HashExp{"state": Waiting}).AndWhere(dbx.NewExp("[[due]] <= {:now}", dbx.Params{"now": types.NowDateTime().String()})).
		OrderBy("due").Limit(batch).All(&due)
	if err != nil {
		return 0, err
	}
	for _, r := range due {
		if ctx.Err() != nil {
			return 0, nil
		}
		if err := o.send(r); err != nil {
			return 0, err
		}
	}
	return len(due), nil
}

// send tries one mail. It is marked before it leaves, so that a crash makes one mail too few rather than two.
func (o *Outbox) send(r *core.Record) error {
	why, err := o.unwanted(r)
	if err == nil && why == "" {
		why, err = o.compose(r)
	}
	switch {
	case err != nil: // an error of the store takes nobody's mail from them
		o.app.Logger().Error("outbox: put a mail into words", "mail", r.Id, "error", err)
		return o.later(r, "It could not be put into words.")
	case why != "":
		return o.settle(r, dbx.Params{"state": Dropped, "error": why})
	}
	claimed, err := o.app.DB().Update("outbox", dbx.Params{"state": Sending, "to": r.GetString("to")}, dbx.HashExp{"id": r.Id, "state": Waiting}).Execute()
	if err != nil {
		return err
	}
	if n, err := claimed.RowsAffected(); err != nil || n == 0 {
		return err
	}
	err = o.hand(o.message(r))
	switch again, why := verdict(err); {
	case err == nil:
		return o.settle(r, dbx.Params{"state": Sent, "sent": types.NowDateTime().String(), "tries": r.GetInt("tries") + 1, "error": ""})
	case again:
		return o.later(r, why)
	default:
		_, err := o.app.DB().Update("outbox", dbx.Params{"state": Failed, "tries": r.GetInt("tries") + 1, "error": why}, dbx.HashExp{"id": r.Id}).Execute()
		return err
	}
}

// later puts a mail back for another try, or gives it up after the last.
func (o *Outbox) later(r *core.Record, why string) error {
	tries := r.GetInt("tries") + 1
	values := dbx.Params{"state": Failed, "tries": tries, "error": why}
	if tries <= len(waits) {
		due, _ := types.ParseDateTime(time.Now().Add(waits[tries-1]))
		values["state"], values["due"] = Waiting, due.String()
	}
	_, err := o.app.DB().Update("outbox", values, dbx.HashExp{"id": r.Id}).Execute()
	return err
}

// compose puts a mail into words that has none yet, and says why when nothing is left to say.
func (o *Outbox) compose(r *core.Record) (why string, err error) {
	if r.GetString("text") != "" || o.late == nil || !hasParts(r) {
		return "", nil
	}
	said, err := o.late(r)
	if err != nil || said == nil {
		return "There is nothing left to tell.", err
	}
	subject, text, html, err := o.words(o.app, r.GetString("kind"), said.Data)
	if err != nil {
		return "", err
	}
	headers, err := json.Marshal(said.Headers)
	r.Load(map[string]any{"subject": subject, "text": text, "html": html, "headers": string(headers)})
	return "", err
}

func hasParts(r *core.Record) bool {
	parts := r.GetString("parts")
	return parts != "" && parts != "null"
}

// settle ends a mail; its words go.
func (o *Outbox) settle(r *core.Record, values dbx.Params) error {
	values["text"], values["html"] = "", ""
	_, err := o.app.DB().Update("outbox", values, dbx.HashExp{"id": r.Id}).Execute()
	return err
}

// unwanted says why a mail must not go out any more, "" when it may. What is not about somebody's account alone goes to the
// address that they have by now: the one before may be another's.
func (o *Outbox) unwanted(r *core.Record) (why string, err error) {
	if until := r.GetDateTime("expires"); !until.IsZero() && time.Now().After(until.Time()) {
		return "It was too late.", nil
	}
	person := r.GetString("person")
	if person == "" {
		return "", nil
	}
	u, err := o.app.FindRecordById("users", person)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !u.GetDateTime("left").IsZero() {
		return "The person has left.", nil
	}
	about := r.GetString("about")
	if err != nil || about == "" && !hasParts(r) {
		return "", err
	}
	may := !u.GetBool("suspended")
	if may && about != "" {
		may, err = o.may(person, about, r.GetString("record"))
	}
	if err == nil && !may {
		why = "The person may not see what it is about."
	}
	r.Set("to", u.Email())
	return why, err
}

// message is what goes to the mail server. Its id comes from the key, so that a server which is handed one twice knows.
func (o *Outbox) message(r *core.Record) *mailer.Message {
	meta := o.app.Settings().Meta
	sum := sha256.Sum256([]byte(r.GetString("key") + r.Id))
	_, host, _ := strings.Cut(meta.SenderAddress, "@")
	headers := map[string]string{}
	if r.UnmarshalJSONField("headers", &headers) != nil || headers == nil {
		headers = map[string]string{}
	}
	headers["Message-ID"] = "<" + hex.EncodeToString(sum[:12]) + "@" + host + ">"
	headers["Auto-Submitted"] = "auto-generated"
	return &mailer.Message{
		From: mail.Address{Name: meta.SenderName, Address: meta.SenderAddress}, To: []mail.Address{{Address: r.GetString("to")}},
		Subject: r.GetString("subject"), Text: r.GetString("text"), HTML: r.GetString("html"), Headers: headers,
	}
}

// errSilent says that the mail server did not answer in time.
var errSilent = errors.New("no answer within a minute")

func (o *Outbox) hand(m *mailer.Message) error {
	done := make(chan error, 1)
	go func() { done <- o.app.NewMailClient().Send(m) }()
	select {
	case err := <-done:
		return err
	case <-time.After(o.patience):
		return errSilent
	}
}

// verdict says whether a mail may be tried again after an error, and the error in words that hold nothing of the mail.
// It may when the server surely did not take it: nobody was there, or it said "not now" (RFC 5321, 4.2.1).
func verdict(err error) (again bool, why string) {
	var said *textproto.Error
	var network *net.OpError
	var unknown *net.DNSError
	switch {
	case err == nil:
		return false, ""
	case errors.As(err, &said):
		return said.Code < 500, fmt.Sprintf("The mail server answered %d.", said.Code)
	case errors.As(err, &unknown), errors.As(err, &network) && network.Op == "dial":
		return true, "The mail server cannot be reached."
	}
	return false, perhaps
}

// Again puts a failed mail back, as an administrator asks for.
func (o *Outbox) Again(id string) error {
	_, err := o.app.DB().Update("outbox", dbx.Params{"state": Waiting, "tries": 0, "due": types.NowDateTime().String()}, dbx.HashExp{"id": id, "state": Failed}).Execute()
	return err
}

// Count returns how many mails are in each state.
func (o *Outbox) Count() (map[string]int, error) {
	var rows []struct {
		State string `db:"state"`
		N     int    `db:"n"`
	}
	err := o.app.DB().Select("state", "COUNT(*) AS n").From("outbox").GroupBy("state").All(&rows)
	counts := map[string]int{}
	for _, r := range rows {
		counts[r.State] = r.N
	}
	return counts, err
}

// Words is what a mail says if it leaves now, for those who look after the outbox; "" when nothing is left to say.
func (o *Outbox) Words(r *core.Record) (string, error) {
	r = r.Clone()
	if why, err := o.compose(r); why != "" || err != nil {
		return "", err
	}
	return r.GetString("text"), nil
}
