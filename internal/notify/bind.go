package notify

import (
	"net/url"
	"time"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// collections of what can be followed by its id.
var collections = map[string]string{Thread: "threads", Document: "documents", Space: "spaces", Topic: "topics"}

// longestSearch is how long a followed search may be.
const longestSearch = 1000

// bind keeps what a follow and a notice promise on every save, whoever saves.
func (o *Outbox) bind() {
	o.app.OnRecordCreate("follows").BindFunc(func(e *core.RecordEvent) error {
		if err := o.prepareFollow(e.App, e.Record); err != nil {
			return err
		}
		return e.Next()
	})
	o.app.OnRecordUpdate("follows").BindFunc(func(e *core.RecordEvent) error {
		for _, field := range []string{"user", "kind", "record", "query"} { // another thing is another follow
			e.Record.Set(field, e.Record.Original().Get(field))
		}
		if e.Record.GetString("level") == "" {
			e.Record.Set("level", Everything)
		}
		return e.Next()
	})
	o.app.OnRecordUpdateRequest("notifications").BindFunc(func(e *core.RecordRequestEvent) error {
		for _, f := range e.Record.Collection().Fields { // whether it is read, and nothing else
			if name := f.GetName(); name != "read" && name != "updated" && !e.HasSuperuserAuth() {
				e.Record.Set(name, e.Record.Original().Get(name))
			}
		}
		return e.Next()
	})
	o.app.OnRecordCreate("posts").BindFunc(func(e *core.RecordEvent) error {
		if err := e.Next(); err != nil || e.Record.GetString("author") == "" || e.Record.GetBool("example") {
			return err
		}
		return TakesPart(e.App, e.Record.GetString("author"), e.Record.GetString("thread"))
	})
	o.app.OnRecordUpdate("users").BindFunc(func(e *core.RecordEvent) error {
		was, is := e.Record.Original().GetString("mail"), e.Record.GetString("mail")
		if err := e.Next(); err != nil || was != "never" || is == was {
			return err
		}
		return Mailed(e.App, e.Record.Id)
	})
}

// prepareFollow sees to it that a new follow is of something that its person may see, and not one too many.
func (o *Outbox) prepareFollow(app core.App, r *core.Record) error {
	if r.GetString("level") == "" {
		r.Set("level", Everything)
	}
	user, kind := r.GetString("user"), r.GetString("kind")
	if kind == Search {
		r.Set("record", "")
		if q, err := url.ParseQuery(r.GetString("query")); err != nil || len(q) == 0 || len(r.GetString("query")) > longestSearch {
			return refused("query", "There is no such search.")
		}
	} else {
		r.Set("query", "")
		if !r.GetBool(seenKey) {
			may, err := o.may(user, collections[kind], r.GetString("record"))
			if err != nil {
				return err
			}
			if !may {
				return refused("record", "There is no such thing to follow.")
			}
		}
	}
	n, err := app.CountRecords("follows", dbx.And(dbx.HashExp{"user": user}, ofKind(kind)))
	if err != nil {
		return err
	}
	if most := map[bool]int64{true: MostFollows, false: MostOthers}[kind == Search]; n >= most {
		return ErrTooMany
	}
	return nil
}

func ofKind(kind string) dbx.Expression {
	searches := dbx.HashExp{"kind": Search}
	if kind == Search {
		return searches
	}
	return dbx.Not(searches)
}

func refused(field, sentence string) error {
	return validation.Errors{field: validation.NewError("validation_follow", sentence)}
}

// Pause keeps mail from somebody until a day; the zero time ends it. What came meanwhile is in one mail afterwards.
func Pause(u *core.Record, until time.Time) error {
	if until.IsZero() {
		u.Set("mail_pause", "")
		return nil
	}
	if until.After(time.Now().AddDate(1, 0, 0)) {
		return refused("pause", "Choose a day within a year.")
	}
	at, err := types.ParseDateTime(until.UTC())
	u.Set("mail_pause", at)
	return err
}

// Paused is until when somebody wants no mail; zero when they do.
func Paused(u *core.Record, now time.Time) time.Time {
	if until := u.GetDateTime("mail_pause").Time(); until.After(now) {
		return until
	}
	return time.Time{}
}
