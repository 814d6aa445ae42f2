package site

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/pocketbase/core"
)

// requestRow is somebody who asked to join the hub.
type requestRow struct {
	ID, Name, Email, RoleTitle, Organisation, Why string
	Asked, Decided                                time.Time
	State, By, Reason                             string
	Organisations                                 []Choice // to join as one of
	Error                                         string
}

type requestsView struct {
	Waiting, Decided []requestRow
	Notice           string
	Errors           fieldErrors
}

// shownRequests is how many requests the page shows, those that wait and those that were decided.
const shownRequests = 100

// admitters lets in who decides about requests to join; for others these pages are not there.
func admitters(e *core.RequestEvent) error {
	if !viewer(e).MayAdmit() {
		return notFound(e)
	}
	return e.Next()
}

func (s *Site) requests(e *core.RequestEvent) error {
	v := requestsView{}
	switch q := e.Request.URL.Query(); {
	case q.Has("accepted"):
		v.Notice = "Accepted. An invitation is on the way."
	case q.Has("known"):
		v.Notice = "Closed. This person has an account already, and was told."
	case q.Has("declined"):
		v.Notice = "Declined. The person is told the reason."
	}
	return s.showRequests(e, http.StatusOK, v, "", "")
}

// showRequests lists the requests; the one with this id has a reason typed already.
func (s *Site) showRequests(e *core.RequestEvent, status int, v requestsView, id, reason string) error {
	waiting, decided, err := member.HubRequests(s.app, shownRequests)
	if err != nil {
		return err
	}
	users, err := s.names("users", "name")
	if err != nil {
		return err
	}
	row := func(r *member.HubRequest) requestRow {
		return requestRow{
			ID: r.Id, Name: r.Name(), Email: r.Email(), RoleTitle: r.RoleTitle(), Organisation: r.Organisation(), Why: r.Why(), State: r.State(), Reason: r.Reason(),
			Asked: r.GetDateTime("created").Time(), Decided: r.GetDateTime("decided").Time(), By: users[r.GetString("decided_by")],
		}
	}
	organisations, err := s.organisationChoices("")
	if err != nil {
		return err
	}
	for _, r := range waiting {
		w := row(r)
		for _, o := range organisations {
			o.Chosen = strings.EqualFold(o.Title, w.Organisation)
			w.Organisations = append(w.Organisations, o)
		}
		if w.ID == id {
			w.Reason, w.Error = reason, v.Errors.first()
		}
		v.Waiting = append(v.Waiting, w)
	}
	for _, r := range decided {
		v.Decided = append(v.Decided, row(r))
	}
	return render(s, e, status, "requests", managing(e, "Requests to join"), v)
}

func (s *Site) requestDecide(e *core.RequestEvent) error {
	r, err := member.HubRequestByID(s.app, e.Request.PathValue("id"))
	if err != nil {
		return notFound(e)
	}
	form := e.Request.FormValue
	accept, reason := form("do") == "accept", strings.TrimSpace(form("reason"))
	if !accept && form("do") != "decline" {
		return e.BadRequestError("Accept or decline.", nil)
	}
	if !accept && reason == "" {
		v := requestsView{Errors: fieldErrors{{"reason-" + r.Id, "Say why. The person is told."}}}
		return s.showRequests(e, http.StatusUnprocessableEntity, v, r.Id, reason)
	}
	to := "declined"
	err = s.app.RunInTransaction(func(tx core.App) error {
		if err := r.Decide(tx, viewer(e).ID(), accept, reason); err != nil {
			return err
		}
		if !accept {
			return s.o.Mail.Put(tx, notify.Mail{
				Key: "join-declined:" + r.Id, To: r.Email(), Kind: "join-declined",
				Data: map[string]any{"Name": r.Name(), "Reason": reason, "URL": s.o.Mail.Base() + "/case-studies"},
			})
		}
		known, err := s.tellOwner(tx, r.Email())
		if err != nil || known {
			to = "known"
			return err
		}
		to = "accepted"
		n := member.Invite{Email: r.Email(), Name: r.Name(), Role: member.RoleMember, Organisation: form("as"), Words: reason}
		i, token, err := n.Write(tx, viewer(e).ID())
		if err != nil {
			return err
		}
		return s.mailInvitation(tx, i, viewer(e).Name(), token)
	})
	if errors.Is(err, member.ErrDecided) {
		return e.BadRequestError("Somebody else has decided about this request already.", err)
	}
	if faults := faultsOf(err); faults != nil {
		return s.showRequests(e, http.StatusUnprocessableEntity, requestsView{Errors: faults.at("reason-" + r.Id)}, r.Id, reason)
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/manage/requests?"+to)
}
