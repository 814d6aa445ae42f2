package event

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"commonplace/internal/journal"
	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

const (
	firstYear   = 2000
	mostAhead   = 10 // years
	longest     = 31 * 24 * time.Hour
	longestSlug = 80
)

// Bind keeps events in the journal and their promises on every save, whoever saves.
func Bind(app core.App, j *journal.Journal) {
	for _, h := range []*hook.TaggedHook[*core.RecordEvent]{app.OnRecordCreate("events"), app.OnRecordUpdate("events")} {
		h.Bind(&hook.Handler[*core.RecordEvent]{Id: "event.prepare", Priority: -200, Func: func(e *core.RecordEvent) error {
			if err := prepare(e.App, Wrap(e.Record), time.Now()); err != nil {
				return err
			}
			return e.Next()
		}})
	}
	app.OnRecordValidate("events").BindFunc(func(e *core.RecordEvent) error {
		if faults := check(e.App, Wrap(e.Record), time.Now()); len(faults) > 0 {
			return faults
		}
		return e.Next()
	})
	j.Keep(journal.Kept{Collection: "events", Row: func(_ core.App, r *core.Record, row *journal.Row) {
		row.Space = r.GetString("space")
		if row.Verb == "update" {
			row.Verb = change(r)
		}
	}})
	bindRequests(app)
	bindSpaces(app)
}

// Ask is the journal's verb for asking whoever keeps an event what came of it.
const Ask = "ask"

// change is the journal's word for what an update did.
func change(r *core.Record) string {
	was := r.Original()
	switch {
	case r.GetInt("asked") > was.GetInt("asked"):
		return Ask
	case r.GetString("state") != was.GetString("state") && r.GetString("state") == Cancelled:
		return "cancel"
	case r.GetString("state") != was.GetString("state"):
		return "publish"
	case r.GetString("outcome") != was.GetString("outcome"):
		return "outcome"
	}
	return "update"
}

// lines are the fields of one line, texts those of several.
var (
	lines = strings.Fields("title summary venue by_role outcome_role online")
	texts = strings.Fields("address needs_words how_to_join reason outcome body")
)

// shown are the fields that stand in people's calendars: whoever changes one makes a new version of the entry there.
var shown = strings.Fields("title summary state starts ends all_day venue address online how_to_join needs reason")

func prepare(app core.App, e *Event, now time.Time) error {
	for _, f := range lines {
		e.Set(f, strings.Join(strings.Fields(printable(e.GetString(f))), " "))
	}
	for _, f := range texts {
		e.Set(f, strings.TrimSpace(printable(strings.ReplaceAll(e.GetString(f), "\r\n", "\n"))))
	}
	if e.State() == "" {
		e.Set("state", Draft)
	}
	if e.Space() == "" {
		library, err := member.Library(app)
		if err != nil {
			return err
		}
		e.Set("space", library.Id)
	}
	e.Set("access", member.Access(e.Space(), seenAs(e.State())))
	if e.AllDay() {
		for _, f := range []string{"starts", "ends"} {
			if t := e.GetDateTime(f); !t.IsZero() {
				e.Set(f, midnight(t.Time()))
			}
		}
	}
	e.dateChanges(now)
	return e.settleSlug(app)
}

// dateChanges says when it was called off and when its outcome was told, and counts what calendars have to take in anew.
func (e *Event) dateChanges(now time.Time) {
	if e.State() != Cancelled {
		e.Set("cancelled", nil)
		e.Set("reason", "")
	} else if e.GetDateTime("cancelled").IsZero() {
		e.Set("cancelled", now)
	}
	if e.IsNew() {
		if e.Outcome() != "" && e.OutcomeAt().IsZero() {
			e.Set("outcome_at", now)
		}
		return
	}
	was := e.Original()
	if e.Outcome() != was.GetString("outcome") {
		e.Set("outcome_at", now)
	}
	if e.Outcome() == "" {
		e.Set("outcome_at", nil)
		e.Set("outcome_role", "")
	}
	if slices.ContainsFunc(shown, func(f string) bool { return fmt.Sprint(e.Get(f)) != fmt.Sprint(was.Get(f)) }) {
		e.Set("sequence", was.GetInt("sequence")+1)
	}
}

// printable leaves out what no line or paragraph has: characters that control.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return -1
		}
		return r
	}, s)
}

// settleSlug makes an event's address of its title, once: people have it in their calendars.
func (e *Event) settleSlug(app core.App) error {
	if was := e.Original().GetString("slug"); !e.IsNew() && was != "" {
		e.Set("slug", was)
		return nil
	}
	if e.GetString("slug") != "" {
		return nil
	}
	base := markdown.Slug(e.Title())
	if len(base) > longestSlug {
		base = strings.TrimRight(base[:longestSlug], "-")
	}
	if base == "" {
		base = "event"
	}
	for n := 1; ; n++ {
		slug := base
		if n > 1 {
			slug = fmt.Sprintf("%s-%d", base, n)
		}
		taken, err := app.CountRecords("events", dbx.HashExp{"slug": slug})
		if err != nil || taken == 0 {
			e.Set("slug", slug)
			return err
		}
	}
}

// check says what is wrong with an event.
func check(app core.App, e *Event, now time.Time) validation.Errors {
	faults := validation.Errors{}
	say := func(field, words string) {
		if faults[field] == nil {
			faults[field] = validation.NewError("validation_event", words)
		}
	}
	e.checkTimes(now, say)
	e.checkState(say)
	if e.Online() != "" && !strings.HasPrefix(e.Online(), "https://") && !strings.HasPrefix(e.Online(), "http://") {
		say("online", "Give the whole address, with https:// before it.")
	}
	if e.State() == Published && e.Venue() == "" && e.Online() == "" {
		say("venue", "Say where it is, or give the address for joining online.")
	}
	if _, err := e.HTML(); err != nil {
		say("body", "The text cannot be shown: "+err.Error())
	}
	if e.Outcome() != "" && e.Starts().After(now) {
		say("outcome", "It has not begun yet.")
	}
	if err := checkAudience(app, e); err != nil {
		say("audience", err.Error())
	}
	return faults
}

func (e *Event) checkTimes(now time.Time, say func(field, words string)) {
	from, to := e.GetDateTime("starts"), e.GetDateTime("ends")
	switch {
	case from.IsZero():
		say("starts", "Say on which day it is, and when it begins.")
	case to.IsZero():
		say("ends", "Say when it ends.")
	case from.Time().Year() < firstYear || from.Time().After(now.AddDate(mostAhead, 0, 0)):
		say("starts", fmt.Sprintf("Look at the year. It is before %d or more than %d years away.", firstYear, mostAhead))
	case to.Time().Before(from.Time()), !e.AllDay() && !to.Time().After(from.Time()):
		say("ends", "It ends before it begins.")
	case to.Time().Sub(from.Time()) > longest:
		say("ends", "It lasts longer than a month. Make an event for each time that people meet.")
	}
}

func (e *Event) checkState(say func(field, words string)) {
	was := e.Original().GetString("state")
	if e.State() == Cancelled && e.Reason() == "" {
		say("reason", "Say why it is cancelled. People had made plans.")
	}
	switch {
	case e.IsNew(), was == "":
	case e.State() == Draft && was != Draft:
		say("state", "It was announced. Cancel it, so that those who wanted to come know.")
	case e.State() == Cancelled && was == Draft:
		say("state", "A draft was not announced, so there is nothing to cancel. Throw it away.")
	}
}

// checkAudience lets only those be named whom the hub knows.
func checkAudience(app core.App, e *Event) error {
	list := e.Audience()
	if len(list) == 0 {
		return nil
	}
	values := make([]any, len(list))
	for i, a := range list {
		values[i] = a
	}
	known, err := app.CountRecords("vocabulary", dbx.HashExp{"list": "audience"}, dbx.In("slug", values...))
	if err == nil && int(known) != len(list) {
		err = fmt.Errorf("choose from the list whom it is for")
	}
	return err
}
