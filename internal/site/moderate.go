package site

import (
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/spread"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// moderators keeps the pages of moderation to those who decide anywhere. For everybody else they are not there.
func moderators(e *core.RequestEvent) error {
	if !viewer(e).Moderates() {
		return notFound(e)
	}
	return e.Next()
}

// thingWords name kinds of things in a sentence.
var thingWords = map[string]string{
	"post": "a post", "thread": "a discussion", "document": "a page", "adoption": "what a place says it does", "person": "a person", "comment": "what a reader told us",
	"message": "a message to a champion", "check": "a self-check",
}

// thingView is a thing as its readers see it, and who wrote it.
type thingView struct {
	What, Kind, Title, URL string
	HTML                   template.HTML
	Lines                  []string // of what has no HTML of its own
	By                     string   // role and organisation
	Name, Person           string   // for moderators and members
	At                     time.Time
	State, Space           string
}

// standingWords say how a thing stands where that is worth a word.
var standingWords = map[string]string{
	thread.Hidden: "Hidden", thread.Held: "Waits for a moderator", thread.Removed: "Taken back by its writer", thread.Closed: "Closed", library.Withdrawn: "Withdrawn",
	"suspended": "Suspended",
}

func moderateAddress(what string) string {
	if id, ok := strings.CutPrefix(what, "person:"); ok {
		return "/moderate/people/" + id
	}
	return "/moderate/things/" + what
}

func (s *Site) thingView(t *thread.Thing) (thingView, error) {
	v := thingView{What: t.What(), Kind: thingWords[t.Kind], State: standingWords[t.State], Person: t.Author, At: t.Record.GetDateTime("created").Time()}
	if sp, err := member.SpaceByID(s.app, t.Space); err == nil {
		v.Space = sp.Title()
	}
	if u, err := s.app.FindRecordById("users", t.Author); err == nil {
		v.Name = u.GetString("name")
	}
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return v, err
	}
	v.By = strings.Trim(t.Record.GetString("by_role")+", "+organisations[t.Record.GetString("organisation")], ", ")
	return v, s.words(t, &v, organisations)
}

// words fills in what the thing says.
func (s *Site) words(t *thread.Thing, v *thingView, organisations map[string]string) error {
	switch t.Kind {
	case "post":
		v.Title, v.URL = t.Thread().Title(), thread.PostAddress(t.Thread().Id, t.Record.Id)
		if t.State != thread.Removed { // what was taken back is read by nobody
			v.HTML = template.HTML(t.Record.GetString("html")) // of our own renderer
		}
	case "thread":
		v.Title, v.URL = t.Thread().Title(), "/discussions/"+t.Record.Id
		first, err := thread.Posts(s.app, t.Record.Id, 0, 1)
		if err != nil {
			return err
		}
		if len(first) > 0 {
			v.HTML = template.HTML(first[0].HTML)
		}
	case "document":
		d := library.Wrap(t.Record)
		v.Title, v.URL, v.Lines = d.Title(), d.Address(), []string{d.Summary()}
	case "adoption":
		d := library.Wrap(t.Document())
		v.Title, v.URL = d.Title(), d.Address()+"#adoptions"
		a, _, err := spread.ByID(s.app, t.Record.Id)
		if err != nil {
			return err
		}
		v.Lines = []string{a.PlaceTitle + ": " + a.Stage.Word()}
		for _, part := range []struct{ word, text string }{{"Kept", a.Kept}, {"Changed", a.Changed}, {"Dropped", a.Dropped}, {"Result", a.Result}, {"Why", a.Reason}, {"Ask", a.ContactRole}} {
			if part.text != "" {
				v.Lines = append(v.Lines, part.word+": "+part.text)
			}
		}
		for _, r := range a.Results {
			v.Lines = append(v.Lines, strings.TrimSuffix(r.Title()+": "+r.Says()+". "+r.Source, ". "))
		}
	case "comment":
		return s.wordsOfComment(t, v)
	case "check":
		return s.wordsOfCheck(t, v)
	case "message":
		v.Title, v.Lines = "To a carers champion", []string{t.Record.GetString("words")}
	case "person":
		v.Title, v.URL = v.Name, moderateAddress(t.What())
		v.By = strings.Trim(t.Record.GetString("role_title")+", "+organisations[t.Record.GetString("organisation")], ", ")
	}
	return nil
}

// wordsOfComment fills in what a reader said, and about which words.
func (s *Site) wordsOfComment(t *thread.Thing, v *thingView) error {
	v.URL = t.Record.GetString("page")
	guest, err := member.Guest(s.app)
	if err != nil {
		return err
	}
	if v.Title, _, err = s.toldTitle(guest, v.URL); err != nil {
		return err
	}
	if v.Title == "" {
		v.Title = v.URL
	}
	if d := t.Document(); d != nil {
		v.Title, v.URL = d.GetString("title"), library.Wrap(d).Address()
	}
	wording, err := s.withFigures(t.Record.GetString("wording"))
	if wording != "" {
		v.Lines = append(v.Lines, "About: “"+wording+"”")
	}
	v.Lines = append(v.Lines, t.Record.GetString("words"))
	return err
}

// reportLine is one report as moderators read it.
type reportLine struct {
	Reason, Words, By, Outcome string
	About                      *Link
	Open                       bool
	At                         time.Time
}

// actLine is one act in a list.
type actLine struct {
	Done, Reason, Why, By string
	About                 *Link
	At                    time.Time
}

// actDone are acts in the words of a log.
var actDone = map[string]string{
	thread.Keep: "Left as it is", thread.Hide: "Hidden", thread.Restore: "Shown again", thread.Release: "Released", thread.Warn: "Warned", thread.Suspend: "Suspended",
	thread.Unsuspend: "Suspension ended", thread.Close: "Closed", thread.Reopen: "Opened again",
}

// actTold are acts in the words of those whom they concern.
var actTold = map[string]string{
	thread.Keep: "A moderator looked at what you wrote and left it as it is", thread.Hide: "A moderator hid what you wrote",
	thread.Restore: "What you wrote is shown again", thread.Release: "What you wrote is shown now", thread.Warn: "A moderator has a word with you about what you wrote",
	thread.Suspend: "Your account was suspended", thread.Unsuspend: "Your account is open again",
	thread.Close: "A discussion that you began was closed", thread.Reopen: "A discussion that you began was opened again",
}

// nameOf is somebody's name, otherwise when there is nobody.
func (s *Site) nameOf(person, otherwise string) string {
	if u, err := s.app.FindRecordById("users", person); err == nil && u.GetString("name") != "" {
		return u.GetString("name")
	}
	return otherwise
}

func (s *Site) actLines(v *member.Viewer, acts []*thread.Act) ([]actLine, error) {
	lines := make([]actLine, len(acts))
	for i, a := range acts {
		lines[i] = actLine{Done: actDone[a.Act()], Reason: a.Reason(), Why: thread.ReasonWord(a.Why()), By: s.nameOf(a.By(), "An operator"), At: a.At()}
		t, err := a.Thing(s.app)
		if errors.Is(err, thread.ErrNoThing) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !t.Moderable(v) { // it has gone where this moderator may not follow
			continue
		}
		seen, err := s.thingView(t)
		if err != nil {
			return nil, err
		}
		lines[i].About = &Link{upperFirst(seen.Kind) + ": " + seen.Title, moderateAddress(t.What())}
	}
	return lines, nil
}

func (s *Site) reportLines(v *member.Viewer, reports []*thread.Report, about bool) ([]reportLine, error) {
	var lines []reportLine
	for _, r := range reports {
		l := reportLine{Reason: thread.ReasonWord(r.Reason()), Words: r.Words(), By: s.nameOf(r.Reporter(), "a guest"), Outcome: r.Outcome(), Open: r.Open(), At: r.At()}
		if about {
			t, err := r.Thing(s.app)
			if err != nil || !t.Moderable(v) {
				continue
			}
			seen, err := s.thingView(t)
			if err != nil {
				return nil, err
			}
			l.About = &Link{upperFirst(seen.Kind) + ": " + seen.Title, moderateAddress(t.What())}
		}
		lines = append(lines, l)
	}
	return lines, nil
}

type queueView struct {
	Cases           []caseView
	More            int
	Spaces, Reasons []Choice
	Chosen          bool
	Done            string
	Told            bool // and the person it concerns
	People          bool
}

type caseView struct {
	Thing   thingView
	Reports []reportLine
	Acts    []actLine
	Harm    bool
	Since   time.Time
	Decide  string
}

// casesShown is how many cases the queue shows at once.
const casesShown = 30

func (s *Site) moderate(e *core.RequestEvent) error {
	q, v := e.Request.URL.Query(), viewer(e)
	view := queueView{Chosen: q.Get("space") != "" || q.Get("reason") != "", Done: actDone[q.Get("done")], Told: q.Get("of") != "comment", People: v.Is(member.RoleModerator, member.RoleAdministrator)}
	spaces, err := member.ListedSpaces(s.app, v)
	if err != nil {
		return err
	}
	space := ""
	for _, sp := range spaces {
		if v.MayModerate(sp.Id) {
			chosen := sp.Slug() == q.Get("space")
			view.Spaces = append(view.Spaces, Choice{Value: sp.Slug(), Title: sp.Title(), Chosen: chosen})
			if chosen {
				space = sp.Id
			}
		}
	}
	view.Reasons = append(reasonChoices(q.Get("reason")), Choice{Value: thread.Held, Title: "Waits to be seen", Chosen: q.Get("reason") == thread.Held})
	cases, err := thread.Queue(s.app, v)
	if err != nil {
		return err
	}
	cases = slices.DeleteFunc(cases, func(c *thread.Case) bool {
		return q.Get("space") != "" && c.Thing.Space != space || q.Get("reason") != "" && !c.Of(q.Get("reason"))
	})
	view.More = max(0, len(cases)-casesShown)
	for _, c := range cases[:min(len(cases), casesShown)] {
		shown, err := s.caseView(v, c.Thing, c.Reports)
		if err != nil {
			return err
		}
		shown.Since, shown.Harm = c.Since, c.Of(thread.Harm)
		view.Cases = append(view.Cases, shown)
	}
	return render(s, e, http.StatusOK, "moderate", Page{Title: "Moderation", NoIndex: true}, view)
}

func reasonChoices(chosen string) []Choice {
	var list []Choice
	for _, r := range thread.Reasons {
		list = append(list, Choice{Value: r.Reason, Title: r.Word, Chosen: r.Reason == chosen})
	}
	return list
}

func (s *Site) caseView(v *member.Viewer, t *thread.Thing, reports []*thread.Report) (c caseView, err error) {
	c.Decide = moderateAddress(t.What())
	if c.Thing, err = s.thingView(t); err != nil {
		return c, err
	}
	if c.Reports, err = s.reportLines(v, reports, false); err != nil {
		return c, err
	}
	acts, err := t.Acts(s.app)
	if err != nil {
		return c, err
	}
	c.Acts, err = s.actLines(v, acts)
	return c, err
}

// decideView is the page on which something is decided about a thing or a person.
type decideView struct {
	Case    caseView
	Choices []Choice
	Kinds   []Choice
	Reason  string
	Errors  fieldErrors
	Written []actLine    // of a person: what was decided about them and what they wrote
	Told    []reportLine // of a person: reports of what they wrote
	People  bool         // the writer has a page here that the viewer may see
}

// actOffers are acts as the form offers them.
var actOffers = map[string]Choice{
	thread.Keep:      {Title: "Leave it as it is", Hint: "Closes the reports."},
	thread.Hide:      {Title: "Hide it", Hint: "Nobody sees it but its writer and those who moderate here."},
	thread.Restore:   {Title: "Show it again", Hint: "It comes back as it was."},
	thread.Release:   {Title: "Let it be seen", Hint: "It appears for everybody who reads there. You need not say why."},
	thread.Warn:      {Title: "Warn the person", Hint: "They are told by mail. Nothing else changes."},
	thread.Suspend:   {Title: "Suspend the person", Hint: "They are signed out everywhere at once and cannot sign in."},
	thread.Unsuspend: {Title: "End the suspension", Hint: "They can sign in again."},
	thread.Close:     {Title: "Close the discussion", Hint: "It can be read. Nobody can post in it."},
	thread.Reopen:    {Title: "Open the discussion again"},
}

// decided finds what the address names, if it is this viewer who decides about such a thing.
func (s *Site) decided(e *core.RequestEvent) (*thread.Thing, error) {
	what := e.Request.PathValue("what")
	if id := e.Request.PathValue("id"); id != "" {
		what = "person:" + id
	} else if strings.HasPrefix(what, "person:") {
		return nil, notFound(e) // people have pages of their own
	}
	t, err := thread.ThingNamed(s.app, what)
	if errors.Is(err, thread.ErrNoThing) || err == nil && !t.Moderable(viewer(e)) {
		return nil, notFound(e)
	}
	if err == nil && t.Own(viewer(e)) && !(t.Kind == "thread") {
		return nil, e.ForbiddenError("Somebody else decides about what you wrote.", nil)
	}
	return t, err
}

func (s *Site) decideForm(e *core.RequestEvent) error {
	if e.Request.PathValue("id") == viewer(e).ID() { // about oneself one reads what everybody reads about themselves
		return e.Redirect(http.StatusSeeOther, "/me#moderation")
	}
	t, err := s.decided(e)
	if err != nil {
		return err
	}
	return s.showDecide(e, http.StatusOK, t, decideView{})
}

func (s *Site) showDecide(e *core.RequestEvent, status int, t *thread.Thing, v decideView) error {
	var reports []*thread.Report
	var err error
	if !t.Own(viewer(e)) { // who began a discussion may close it, and reads nothing of who reported it
		if reports, err = t.Reports(s.app); err != nil {
			return err
		}
	}
	if v.Case, err = s.caseView(viewer(e), t, reports); err != nil {
		return err
	}
	choices, err := t.Choices(s.app, viewer(e))
	if err != nil {
		return err
	}
	for _, act := range choices {
		c := actOffers[act]
		if t.Kind == "document" && act == thread.Hide {
			c = Choice{Title: "Withdraw it", Hint: "It stays with a note that it was withdrawn. Nothing finds it any more."}
		}
		c.Value, c.Chosen = act, act == e.Request.PostFormValue("act")
		v.Choices = append(v.Choices, c)
	}
	v.People = t.Kind != "person" && viewer(e).Is(member.RoleModerator, member.RoleAdministrator)
	v.Kinds = reasonChoices(e.Request.PostFormValue("kind"))
	if t.Kind == "person" {
		if err := s.historyOf(e, t, &v); err != nil {
			return err
		}
	}
	p := Page{Title: upperFirst(v.Case.Thing.Kind) + ": " + v.Case.Thing.Title, NoIndex: true, Crumbs: []Link{{"Moderation", "/moderate"}}}
	return render(s, e, status, "moderate-thing", p, v)
}

// historyOf lists what a person's writing led to, as far as the viewer decides there.
func (s *Site) historyOf(e *core.RequestEvent, t *thread.Thing, v *decideView) error {
	acts, err := thread.ActsConcerning(s.app, t.Record.Id)
	if err != nil {
		return err
	}
	acts = slices.DeleteFunc(acts, func(a *thread.Act) bool {
		return a.Subject() == "users" || a.Space() != "" && !viewer(e).MayModerate(a.Space())
	})
	if v.Written, err = s.actLines(viewer(e), acts); err != nil {
		return err
	}
	reports, err := thread.ReportsConcerning(s.app, t.Record.Id)
	if err != nil {
		return err
	}
	v.Told, err = s.reportLines(viewer(e), reports, true)
	return err
}

// decide does what a moderator decided, and tells the person whom it concerns.
func (s *Site) decide(e *core.RequestEvent) error {
	t, err := s.decided(e)
	if err != nil {
		return err
	}
	form := e.Request.PostFormValue
	err = s.decideAndTell(viewer(e), t, form("act"), form("kind"), form("reason"))
	if faults := faultsOf(err); faults != nil {
		return s.showDecide(e, http.StatusUnprocessableEntity, t, decideView{Reason: form("reason"), Errors: faults})
	}
	if err != nil {
		return err
	}
	if t.Kind == "person" {
		return e.Redirect(http.StatusSeeOther, moderateAddress(t.What()))
	}
	return e.Redirect(http.StatusSeeOther, "/moderate?done="+form("act")+"&of="+t.Kind)
}

func (s *Site) decideAndTell(v *member.Viewer, t *thread.Thing, act, why, reason string) error {
	return s.app.RunInTransaction(func(tx core.App) error {
		a, err := thread.Decide(tx, v, t, act, why, reason)
		if err != nil {
			return err
		}
		return s.tellOf(tx, t, a)
	})
}

// tellOf writes to whom an act concerns, unless they did it themselves.
func (s *Site) tellOf(tx core.App, t *thread.Thing, a *thread.Act) error {
	u, err := tx.FindRecordById("users", a.Concerns())
	if err != nil || u.Id == a.By() || u.Email() == "" || !u.GetDateTime("left").IsZero() {
		return nil // nobody is there to be told
	}
	seen, err := s.thingView(t)
	if err != nil {
		return err
	}
	data := map[string]any{
		"Name": u.GetString("name"), "Done": toldOf(t.Kind, a.Act()), "Reason": a.Reason(), "Why": strings.ToLower(thread.ReasonWord(a.Why())),
		"URL": s.o.Mail.Base() + "/me#moderation", "Object": s.o.Mail.Base() + objectAddress,
	}
	if t.Kind != "person" {
		data["About"] = seen.Title
	}
	if a.Act() == thread.Suspend {
		delete(data, "URL") // they cannot sign in to read it there
	}
	return s.o.Mail.Put(tx, notify.Mail{Key: "moderation:" + a.Id, To: u.Email(), Person: u.Id, Kind: "moderation", Data: data})
}

// objectAddress is where it says how to object.
const objectAddress = "/how-we-moderate#if-you-do-not-agree"

func toldOf(kind, act string) string {
	if kind == "document" && act == thread.Hide {
		return "A page of yours was withdrawn"
	}
	return actTold[act]
}

type actsView struct{ Acts []actLine }

func (s *Site) moderationActs(e *core.RequestEvent) error {
	acts, err := thread.ActsSeen(s.app, viewer(e), 200)
	if err != nil {
		return err
	}
	lines, err := s.actLines(viewer(e), acts)
	if err != nil {
		return err
	}
	return render(s, e, http.StatusOK, "moderate-acts", Page{Title: "What was decided", NoIndex: true, Crumbs: []Link{{"Moderation", "/moderate"}}}, actsView{lines})
}

// ownActs lists what moderators decided about what somebody wrote, for themselves to read: no names of others.
func (s *Site) ownActs(v *member.Viewer) ([]actLine, error) {
	acts, err := thread.ActsConcerning(s.app, v.ID())
	if err != nil {
		return nil, err
	}
	var lines []actLine
	for _, a := range acts {
		if a.By() == v.ID() {
			continue
		}
		l := actLine{Reason: a.Reason(), Why: thread.ReasonWord(a.Why()), At: a.At(), Done: toldOf("", a.Act())}
		t, err := a.Thing(s.app)
		if err != nil && !errors.Is(err, thread.ErrNoThing) {
			return nil, err
		}
		if t != nil {
			seen, err := s.thingView(t)
			if err != nil {
				return nil, err
			}
			l.Done = toldOf(t.Kind, a.Act())
			l.About = s.ownLink(v, t, seen)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// ownLink leads to what the act was about, where its writer still sees it; else it is named by its kind alone.
func (s *Site) ownLink(v *member.Viewer, t *thread.Thing, seen thingView) *Link {
	switch {
	case t.Kind == "person":
		return nil
	case t.Kind == "post" && t.Thread().Shows(v, t.Record), t.Reportable(v), (t.Kind == "adoption" || t.Kind == "check") && library.Wrap(t.Document()).Viewable(v):
		return &Link{seen.Title, seen.URL}
	}
	return &Link{Text: upperFirst(seen.Kind)}
}

// threadTools is the small form with which moderators close, open and pin a discussion where it stands.
type threadTools struct {
	Action, Thing  string
	Closed, Pinned bool
	Slow           []Choice
	Reason, Error  string
}

func toolsOf(v *member.Viewer, t *thread.Thread) *threadTools {
	if !v.MayModerate(t.Space()) || t.State() != thread.Open && t.State() != thread.Closed {
		return nil
	}
	return &threadTools{Action: "/discussions/" + t.Id + "/moderate", Thing: moderateAddress("thread:" + t.Id), Closed: t.State() == thread.Closed, Pinned: t.Pinned(), Slow: slowChoices(t)}
}

// slowChoices are the paces of a discussion.
func slowChoices(t *thread.Thread) []Choice {
	list := []Choice{{Value: "0", Title: "As often as they like", Chosen: t.Slow() == 0}}
	for _, n := range []int{1, 5, 10, 30, 60} {
		list = append(list, Choice{Value: strconv.Itoa(n), Title: "Once every " + counted(n, "minute", "minutes"), Chosen: t.Slow() == n})
	}
	return list
}

func (s *Site) discussionModerate(e *core.RequestEvent) error {
	t, err := s.openThread(e)
	if err != nil {
		return err
	}
	v := viewer(e)
	if !v.MayModerate(t.Space()) {
		return e.ForbiddenError("Only those who moderate here can do that.", nil)
	}
	switch act := e.Request.PostFormValue("act"); act {
	case "pin", "unpin":
		err = t.Pin(s.app, v, act == "pin")
	case "slow":
		minutes, _ := strconv.Atoi(e.Request.PostFormValue("minutes"))
		err = t.SetSlow(s.app, v, minutes)
	case thread.Close, thread.Reopen:
		var thing *thread.Thing
		if thing, err = thread.ThingNamed(s.app, "thread:"+t.Id); err == nil {
			err = s.decideAndTell(v, thing, act, "", e.Request.PostFormValue("reason"))
		}
	default:
		return e.BadRequestError("Choose what to do.", nil)
	}
	if faults := faultsOf(err); faults != nil {
		view, err := s.discussionView(e, t)
		if err != nil {
			return err
		}
		view.Errors = faults.at("close-reason")
		if view.Tools != nil {
			view.Tools.Reason, view.Tools.Error = e.Request.PostFormValue("reason"), faults.first()
		}
		return s.showDiscussion(e, http.StatusUnprocessableEntity, t, view)
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/discussions/"+t.Id)
}
