package site

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

type reportView struct {
	Thing   thingView
	What    string
	Reasons []Choice
	Words   string
	Errors  fieldErrors
	Sent    bool
	Members bool
}

// reportAddress is where a thing is reported.
func reportAddress(what string) string { return "/report?what=" + url.QueryEscape(what) }

// reportable finds what the address names. What the viewer may not see is not there.
func (s *Site) reportable(e *core.RequestEvent) (*thread.Thing, error) {
	t, err := thread.ThingNamed(s.app, e.Request.URL.Query().Get("what"))
	if errors.Is(err, thread.ErrNoThing) || err == nil && !t.Reportable(viewer(e)) {
		return nil, notFound(e)
	}
	return t, err
}

func (s *Site) reportForm(e *core.RequestEvent) error {
	if e.Request.URL.Query().Get("sent") != "" { // says the same whatever became of the thing
		return s.showReport(e, http.StatusOK, reportView{Sent: true})
	}
	t, err := s.reportable(e)
	if err != nil {
		return err
	}
	return s.showReportOf(e, http.StatusOK, t, reportView{})
}

func (s *Site) showReportOf(e *core.RequestEvent, status int, t *thread.Thing, v reportView) error {
	var err error
	if v.Thing, err = s.thingView(t); err != nil {
		return err
	}
	v.What, v.Members = t.What(), viewer(e).SignedIn()
	chosen := e.Request.PostFormValue("reason")
	for _, r := range thread.Reasons {
		v.Reasons = append(v.Reasons, Choice{Value: r.Reason, Title: r.Word, Hint: r.Hint, Chosen: r.Reason == chosen})
	}
	return s.showReport(e, status, v)
}

func (s *Site) showReport(e *core.RequestEvent, status int, v reportView) error {
	return render(s, e, status, "report", Page{Title: s.say("title-report"), NoIndex: true}, v)
}

// report keeps a report, and sends one of harm on its way in the same breath. Every report is thanked for alike.
func (s *Site) report(e *core.RequestEvent) error {
	t, err := s.reportable(e)
	if err != nil {
		return err
	}
	reason, words := e.Request.PostFormValue("reason"), e.Request.PostFormValue("words")
	err = s.app.RunInTransaction(func(tx core.App) error {
		r, err := thread.Tell(tx, viewer(e), t, reason, words, e.RealIP())
		if err != nil || r == nil || r.Reason() != thread.Harm {
			return err
		}
		return s.alarm(tx, t, r)
	})
	if faults := faultsOf(err); faults != nil {
		return s.showReportOf(e, http.StatusUnprocessableEntity, t, reportView{Words: words, Errors: faults})
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, reportAddress(t.What())+"&sent=1")
}

// alarm writes to those on duty that somebody may come to harm: once an hour for each thing, however many say so.
func (s *Site) alarm(tx core.App, t *thread.Thing, r *thread.Report) error {
	to, err := onDuty(tx, t.Author)
	if err != nil {
		return err
	}
	for who, address := range to {
		err := s.o.Mail.Put(tx, notify.Mail{
			Key: fmt.Sprintf("report-of-harm:%s:%s:%s", t.What(), time.Now().UTC().Format("2006010215"), who),
			To:  address, Person: who, Kind: "report-of-harm",
			Data: map[string]any{"Thing": thingWords[t.Kind], "Words": r.Words(), "URL": s.o.Mail.Base() + moderateAddress(t.What())},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// onDuty is where reports of harm go: to the mailbox that the hub has for them, else to every administrator but the one
// whom it concerns, unless there is nobody else. The keys are the ids of people, "" for the mailbox.
func onDuty(app core.App, concerns string) (map[string]string, error) {
	settings, err := member.SettingsOf(app)
	if err != nil {
		return nil, err
	}
	if to := settings[member.DutyMailbox]; to != "" {
		return map[string]string{"": to}, nil
	}
	admins, err := app.FindAllRecords("users", dbx.HashExp{"role": member.RoleAdministrator, "suspended": false})
	if err != nil {
		return nil, err
	}
	to := map[string]string{}
	for _, u := range admins {
		if u.Email() != "" && (u.Id != concerns || len(admins) == 1) {
			to[u.Id] = u.Email()
		}
	}
	return to, nil
}
