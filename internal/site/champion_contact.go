package site

import (
	"net/http"
	"strings"
	"time"

	"commonplace/internal/champion"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/privacy"

	"github.com/pocketbase/pocketbase/core"
)

// championContactView is the form with which anybody writes to a champion, without an address of either being shown.
type championContactView struct {
	Champion            championCard
	Words, Contact, Key string
	Own, Sent           bool
	Found               []privacy.Passage
	Errors              fieldErrors
}

// championHere finds the champion of the address. Who left the register, or this hub, is not there.
func (s *Site) championHere(e *core.RequestEvent) (championCard, error) {
	c, err := champion.ByID(s.app, e.Request.PathValue("id"))
	if err != nil {
		return championCard{}, found(e, err)
	}
	n, err := s.championNames()
	return s.championCard(n, c), err
}

func (s *Site) championContactForm(e *core.RequestEvent) error {
	c, err := s.championHere(e)
	if err != nil {
		return err
	}
	return s.showChampionContact(e, http.StatusOK, c, championContactView{Key: newKey(), Sent: e.Request.URL.Query().Has("sent")})
}

func (s *Site) showChampionContact(e *core.RequestEvent, status int, c championCard, v championContactView) error {
	v.Champion, v.Own = c, viewer(e).SignedIn() && c.Person() == viewer(e).ID()
	p := Page{Title: s.say("title-champion-contact", championTitle(c)), Section: "/case-studies", Within: []Link{{"champions", "/champions"}}, NoIndex: true}
	return render(s, e, status, "champion-contact", p, v)
}

// championContact sends what somebody writes. A machine that fills in every field is thanked as everybody is.
func (s *Site) championContact(e *core.RequestEvent) error {
	c, err := s.championHere(e)
	if err != nil {
		return err
	}
	form, who := e.Request.PostFormValue, viewer(e)
	v := championContactView{Words: form("words"), Contact: form("contact"), Key: form("client_key")}
	sent := func() error { return e.Redirect(http.StatusSeeOther, c.Address()+"?sent") }
	if form("leave-empty") != "" {
		return sent()
	}
	if !who.SignedIn() && !s.limits.voice(e) {
		v.Errors = fieldErrors{{"words", s.say("told-enough")}}
		return s.showChampionContact(e, http.StatusTooManyRequests, c, v)
	}
	if v.Errors = missing(field{"words", v.Words, s.say("champion-ask")}); v.Errors != nil {
		return s.showChampionContact(e, http.StatusUnprocessableEntity, c, v)
	}
	err = champion.Writing{Words: v.Words, Contact: v.Contact, ClientKey: v.Key}.Send(s.app, who, c.Champion, time.Now())
	if err == nil {
		return sent()
	}
	if refusal, private := privacy.As(err); private {
		v.Found = refusal.Passages()
		v.Errors = fieldErrors{{"words", s.say("champion-private")}}
	} else if v.Errors = faultsOf(err); v.Errors == nil {
		return err
	}
	return s.showChampionContact(e, http.StatusUnprocessableEntity, c, v)
}

// championMessageView is one message, for whoever wrote it and whoever it was written to.
type championMessageView struct {
	*champion.Message
	To, From, By string // By is the role and the organisation of whoever wrote
	Lines        []string
	Answers      []string
	Mine, May    bool // the viewer wrote it; the viewer may answer it
	Guest        bool
	Report       string
	Typed        string
	Errors       fieldErrors
}

// messageHere finds the message of the address, for the two whom it concerns.
func (s *Site) messageHere(e *core.RequestEvent) (*champion.Message, error) {
	m, err := champion.MessageByID(s.app, e.Request.PathValue("message"))
	if err != nil {
		return nil, found(e, err)
	}
	if !m.Viewable(viewer(e)) || m.Champion() != e.Request.PathValue("id") {
		return nil, notFound(e)
	}
	return m, nil
}

func (s *Site) championMessage(e *core.RequestEvent) error {
	m, err := s.messageHere(e)
	if err != nil {
		return err
	}
	s.noticed(e, "champion_messages", m.Id)
	return s.showChampionMessage(e, http.StatusOK, m, championMessageView{})
}

func (s *Site) showChampionMessage(e *core.RequestEvent, status int, m *champion.Message, v championMessageView) error {
	v.Message, v.Mine, v.May, v.Guest = m, m.Author() == viewer(e).ID(), m.Answerable(s.app, viewer(e)), m.Author() == ""
	v.Lines, v.Answers = lines(m.Words()), lines(m.Answer())
	v.To = s.championOf(m)
	v.From = "Somebody without an account"
	if !v.Guest {
		v.From = s.nameOf(m.Author(), "Somebody who has left")
	}
	if u, err := s.app.FindRecordById("users", m.Author()); err == nil {
		organisations, err := s.names("organisations", "name")
		if err != nil {
			return err
		}
		v.By = strings.Trim(u.GetString("role_title")+", "+organisations[u.GetString("organisation")], ", ")
	}
	if !v.Mine {
		v.Report = reportAddress("message:" + m.Id)
	}
	p := Page{Title: s.say("title-champion-message"), Section: "/case-studies", Within: []Link{{"champions", "/champions"}}, NoIndex: true}
	return render(s, e, status, "champion-message", p, v)
}

// championOf is the role to which a message was written, also when it is not in the register any more.
func (s *Site) championOf(m *champion.Message) string {
	r, err := s.app.FindRecordById("champions", m.Champion())
	if err != nil {
		return "a carers champion"
	}
	return r.GetString("role")
}

// championAnswer sends the answer of a champion back to the member who wrote.
func (s *Site) championAnswer(e *core.RequestEvent) error {
	m, err := s.messageHere(e)
	if err != nil {
		return err
	}
	if !m.Answerable(s.app, viewer(e)) {
		return e.BadRequestError("This cannot be answered here.", nil)
	}
	v := championMessageView{Typed: e.Request.PostFormValue("answer")}
	err = m.Say(s.app, viewer(e), v.Typed, time.Now())
	if err == nil {
		return e.Redirect(http.StatusSeeOther, m.Address())
	}
	if v.Errors = faultsOf(err); v.Errors == nil {
		return err
	}
	m.Set("answer", "")
	return s.showChampionMessage(e, http.StatusUnprocessableEntity, m, v)
}

// MessageWords say of a message, or of the answer to it, what a notice says, "" for those whom it does not concern. What was
// written is not in it: it is read on its page.
func (s *Site) MessageWords(v *member.Viewer, id string) (title, address string, err error) {
	m, err := champion.MessageByID(s.app, id)
	if err != nil || !m.Viewable(v) {
		return "", "", nil //nolint:nilerr // it is gone
	}
	if m.Author() == v.ID() {
		return "An answer from " + s.championOf(m), m.Address(), nil
	}
	return "A message to you as " + s.championOf(m), m.Address(), nil
}

func (s *Site) messageLine(v *member.Viewer, n *notify.Notice, l noticeLine) (noticeLine, bool, error) {
	var err error
	l.Title, l.URL, err = s.MessageWords(v, n.Of())
	l.Kind = "Carers champions"
	return l, l.Title != "", err
}
