package site

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/privacy"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// publishView is the one page for the state and dates of a document: where it stands, what happens next, and who must act.
type publishView struct {
	Title, Word, Write, Here, Address string
	Done                              string // what was done just now
	Now, Next                         string
	Waits, Scheduled, Approved        bool
	Out, Withdrawn, New               bool // New: there are words to publish
	PublishAt, Submitted, CheckBy     time.Time
	Review                            string // where the one who reads decides about it
	Others                            bool   // somebody else reviews here
	Public                            bool
	How, Reviewers                    []Choice
	Asked                             string // the reviewer who was chosen
	Errors                            fieldErrors
	Lacks                             []string
	Words, Date, Time                 string
	Role, Email, LinkWords            string
	Reason, ReplacedBy                string
	Links                             []approvalLine
	History                           []reviewLine
}

// approvalLine is an approval link that works.
type approvalLine struct {
	ID, Role    string
	Made, Until time.Time
}

// reviewLine is one thing that was done about a document.
type reviewLine struct {
	Done, By, Words string
	At              time.Time
}

// reviewDone are acts in the words of a log.
var reviewDone = map[string]string{
	library.ActSubmit: "Sent for approval", library.ActTakeBack: "Taken back by a writer", library.ActChanges: "Changes asked for",
	library.ActApprove: "Approved", library.ActOvertaken: "Changed after it was approved", library.ActSchedule: "A time was set",
	library.ActUnschedule: "The time was taken back", library.ActPublish: "Published", library.ActFailed: "Could not come out at its time",
	library.ActCheck: "Checked by a second person", library.ActWithdraw: "Withdrawn",
}

func (s *Site) reviewLines(document string) ([]reviewLine, error) {
	all, err := library.Reviews(s.app, document, 30)
	lines := make([]reviewLine, len(all))
	for i, r := range all {
		by := r.Role()
		if by != "" {
			by += ", by a link"
		} else if r.By() != "" {
			by = s.nameOf(r.By(), "somebody who left")
		}
		lines[i] = reviewLine{Done: reviewDone[r.Act()], By: by, Words: r.Words(), At: r.At()}
	}
	return lines, err
}

// publishDone says what a form of the page did.
var publishDone = map[string]string{
	"submit": "It was sent for approval. Whoever is to read it gets a mail.", "take-back": "It is yours again. Nobody is waiting for it.",
	"publish": "It is published.", "schedule": "It comes out at the time below.", "unschedule": "It does not come out by itself any more.",
	"link": "The link is on its way by mail.", "unlink": "The link does not work any more.", "withdraw": "It was withdrawn.",
}

func (s *Site) publishForm(e *core.RequestEvent) error {
	d, _, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	v, err := s.publishView(e, d)
	if err != nil {
		return err
	}
	v.Done = publishDone[e.Request.URL.Query().Get("done")]
	return s.showPublish(e, http.StatusOK, v)
}

func (s *Site) showPublish(e *core.RequestEvent, status int, v publishView) error {
	p := Page{Title: "Publish: " + v.Title, Crumbs: []Link{{"Write", "/write"}, {v.Title, v.Write}}, NoIndex: true}
	return render(s, e, status, "publish", p, v)
}

func (s *Site) publishView(e *core.RequestEvent, d *library.Document) (publishView, error) {
	as := viewer(e)
	v := publishView{
		Title: d.Title(), Word: d.DocKind().Word(), Write: writeAddress(d), Here: writeAddress(d) + "/publish", Address: d.Address(),
		Waits: d.Waits(), Approved: !d.Approved().IsZero(), Scheduled: !d.PublishAt().IsZero(), Out: d.State() == library.Published,
		Withdrawn: d.State() == library.Withdrawn, PublishAt: d.PublishAt(), Submitted: d.Submitted(), Public: as.IsPublic(d.Space()),
	}
	if v.Out {
		v.CheckBy = d.SecondCheckBy()
	}
	pending, err := library.Pending(s.app, d)
	if err != nil {
		return v, err
	}
	v.New = pending != nil || v.Withdrawn
	others, err := member.OtherReviewers(s.app, d.Space(), as.ID())
	if err != nil {
		return v, err
	}
	v.Others = len(others) > 0
	own, err := library.OwnWork(s.app, as, d, pending)
	if err != nil {
		return v, err
	}
	if v.Waits && as.MayReview(d.Space()) && !own {
		v.Review = "/review/" + d.Id
	}
	v.How = publishWays(v, len(others) == 1 && others[0].Id != "", others)
	if len(others) > 1 {
		for _, u := range others {
			v.Reviewers = append(v.Reviewers, Choice{Value: u.Id, Title: u.GetString("name")})
		}
	}
	if v.Asked, err = s.askedOf(d); err != nil {
		return v, err
	}
	v.say(d, time.Now())
	links, err := library.OpenLinks(s.app, d.Id)
	for _, l := range links {
		v.Links = append(v.Links, approvalLine{l.Id, l.Role(), l.Made(), l.Expires()})
	}
	if err != nil {
		return v, err
	}
	v.History, err = s.reviewLines(d.Id)
	return v, err
}

// askedOf is the name of the reviewer whom the writer of something that waits has chosen, "" for any.
func (s *Site) askedOf(d *library.Document) (string, error) {
	if !d.Waits() {
		return "", nil
	}
	r, err := library.LastReview(s.app, d.Id, library.ActSubmit)
	if err != nil || r == nil || r.Asked() == "" {
		return "", err
	}
	return s.nameOf(r.Asked(), ""), nil
}

// publishWays are the ways to publish that make sense for the one who reads.
func publishWays(v publishView, one bool, others []*core.Record) []Choice {
	if !v.Others {
		return nil
	}
	who := "Those who review here"
	if one {
		who = others[0].GetString("name")
	}
	now := "For things that cannot wait."
	if v.Public {
		now += " If nobody has checked it by then, the page says so."
	} else {
		now = "In this space nobody has to look at it first."
	}
	title := "Publish without approval"
	if v.Public {
		title = "Publish now, and have it checked within 3 days"
	}
	return []Choice{
		{Value: "submit", Title: "Ask for approval", Hint: who + " will read it first. You get a mail when that is done.", Chosen: true},
		{Value: "publish", Title: title, Hint: now},
	}
}

// say puts into words where the document stands, what happens next, and who must act.
func (v *publishView) say(d *library.Document, now time.Time) {
	at := ""
	if v.Scheduled {
		at = day(v.PublishAt.In(london)) + " at " + clock(v.PublishAt.In(london))
	}
	work := "It"
	switch {
	case v.Out && v.New:
		v.Now, work = "Published. You have changes that nobody else sees yet.", "The changes"
	case v.Out && d.Unchecked(now):
		v.Now, v.Next = "Published. It has not been checked in time, and the page says so.", "Somebody who reviews here has to read it."
	case v.Out && !v.CheckBy.IsZero():
		v.Now, v.Next = "Published. A second person has not read it yet.", "Somebody who reviews here reads it by "+day(v.CheckBy.In(london))+"."
	case v.Out:
		v.Now, v.Next = "Published.", "Nothing is left to do."
	case v.Withdrawn:
		v.Now, v.Next = "Withdrawn. It stays at its address with the reason.", "Nothing is left to do. You can publish it again."
	default:
		v.Now = "A draft. Only its writers and reviewers can see it."
	}
	switch {
	case v.Waits:
		v.Now = map[bool]string{true: "Published. Changes wait for approval.", false: "It waits for approval."}[v.Out]
		v.Next = orElse(v.Asked, "Somebody who reviews here") + " reads it and decides. You get a mail."
		if at != "" {
			v.Next += " Once approved, it comes out on " + at + "."
		}
	case v.Approved:
		v.Now, v.Next = "Approved.", work+" come"+map[bool]string{true: "", false: "s"}[v.Out]+" out on "+at+". Nobody has to act. If you change a word, it must be approved again."
	case v.Scheduled:
		v.Next = "It comes out on " + at + ", without approval. Nobody has to act before."
	case v.New && v.Next == "":
		v.Next = "You choose below how it comes out."
	}
}

// moment reads a day and a time of day as people in London mean them; both left empty are no moment. A fault is a
// sentence.
func moment(date, clock string) (t time.Time, fault string) {
	date, clock = strings.TrimSpace(date), strings.TrimSpace(clock)
	if date == "" && clock == "" {
		return time.Time{}, ""
	}
	if date == "" {
		return time.Time{}, "Choose a day too."
	}
	if clock == "" {
		clock = "09:00"
	}
	t, err := time.ParseInLocation("2006-01-02 15:04", date+" "+clock, london)
	switch {
	case err != nil:
		return time.Time{}, "Write the day as 2026-12-24 and the time as 14:30."
	case t.Format("15:04") != clock:
		return time.Time{}, "There is no such time on that day: the clocks go forward."
	}
	return t, ""
}

func (s *Site) publishSave(e *core.RequestEvent) error {
	d, _, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("The form could not be read.", err)
	}
	form := e.Request.PostForm
	did, err := s.publishDo(e, d, form)
	if err == nil {
		return e.Redirect(http.StatusSeeOther, writeAddress(d)+"/publish?done="+did)
	}
	faults := faultsOf(err)
	if faults == nil {
		return err
	}
	now, _, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	v, err := s.publishView(e, now)
	if err != nil {
		return err
	}
	v.refill(form, faults)
	return s.showPublish(e, http.StatusUnprocessableEntity, v)
}

// refill shows a form again as it was sent. What the text itself lacks is put right where it is written.
func (v *publishView) refill(form url.Values, faults fieldErrors) {
	here := map[string]string{"state": "how", "how": "how", "publish_at": "date", "words": "words", "reviewer": "reviewer", "role": "role", "email": "email", "reason": "reason", "replaced_by": "replaced_by"}
	for _, f := range faults {
		if id, ok := here[f.Field]; ok {
			v.Errors = append(v.Errors, fieldError{id, f.Sentence})
		} else {
			v.Lacks = append(v.Lacks, f.Sentence)
		}
	}
	v.Words, v.Date, v.Time, v.Role, v.Email = form.Get("words"), form.Get("date"), form.Get("time"), form.Get("role"), form.Get("email")
	v.Reason, v.ReplacedBy, v.LinkWords = form.Get("reason"), form.Get("replaced_by"), form.Get("note")
	for i := range v.Reviewers {
		v.Reviewers[i].Chosen = v.Reviewers[i].Value == form.Get("reviewer")
	}
	for i := range v.How {
		v.How[i].Chosen = v.How[i].Value == form.Get("how")
	}
}

// publishDo does what a form of the page asks for, and names it.
func (s *Site) publishDo(e *core.RequestEvent, d *library.Document, form url.Values) (did string, err error) {
	v, one := viewer(e), func(name string) string { return strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n")) }
	at, fault := moment(form.Get("date"), form.Get("time"))
	if fault != "" {
		return "", oneFault("publish_at", fault)
	}
	switch do := form.Get("do"); do {
	case "go":
		if form.Get("how") == "submit" {
			return "submit", s.app.RunInTransaction(func(tx core.App) error {
				if err := askBefore(tx, d, v.ID()); err != nil {
					return err
				}
				return library.SubmitTo(tx, v, d.Id, form.Get("reviewer"), one("words"), at)
			})
		}
		if form.Get("how") != "publish" {
			return "", oneFault("how", "Choose how it comes out.")
		}
		if !at.IsZero() {
			return "schedule", library.Schedule(s.app, v, d.Id, at)
		}
		return "publish", library.PublishNow(s.app, v, d.Id)
	case "schedule":
		if at.IsZero() {
			return "", oneFault("publish_at", "Choose a day.")
		}
		return do, library.Schedule(s.app, v, d.Id, at)
	case "unschedule":
		return do, library.Schedule(s.app, v, d.Id, time.Time{})
	case "take-back":
		return do, library.TakeBack(s.app, v, d.Id)
	case "link":
		return do, s.sendApprovalLink(e, d, form)
	case "unlink":
		return do, library.TakeBackLink(s.app, v, d.Id, form.Get("link"))
	case "withdraw":
		by, err := s.replacement(v, one("replaced_by"))
		if err != nil {
			return "", err
		}
		return do, library.WithdrawPage(s.app, v, d.Id, one("reason"), by)
	}
	return "", e.BadRequestError("That button is not known here.", nil)
}

// askBefore has whoever asks for approval decide about personal details, in the words that wait and in the files that go out
// with them: a reviewer need not know whose they are.
func askBefore(tx core.App, d *library.Document, person string) error {
	now, err := library.ByID(tx, d.Id)
	if err != nil {
		return err
	}
	r, err := library.Pending(tx, now)
	if err != nil {
		return err
	}
	next := library.Wrap(now.Record.Clone())
	if now.Out() && r != nil {
		if err := next.Apply(r); err != nil {
			return err
		}
	}
	state := next.State()
	next.Set("state", library.Published)
	journal.By(next.Record, person)
	changed, err := privacy.Ask(tx, next.Record)
	if err != nil {
		return err
	}
	next.Set("state", state)
	switch {
	case changed && now.Out():
		_, err = library.SaveWork(tx, next, person)
	case changed:
		err = tx.Save(next.Record)
	}
	if err != nil {
		return err
	}
	return askOfFiles(tx, d.Id, person)
}

// askOfFiles does so for the files that are not out yet.
func askOfFiles(tx core.App, document, person string) error {
	files, err := library.Attachments(tx, document)
	for _, a := range files {
		if err != nil || a.Out() || !a.Removed().IsZero() {
			continue
		}
		next := library.WrapAttachment(a.Record.Clone())
		next.Set("state", library.Published)
		journal.By(next.Record, person)
		var changed bool
		if changed, err = privacy.Ask(tx, next.Record); changed && err == nil {
			next.Set("state", library.Draft)
			err = tx.Save(next.Record)
		}
	}
	return err
}

// replacement reads the address of what replaces a page: the key of one of ours, or an address elsewhere.
func (s *Site) replacement(v *member.Viewer, typed string) (string, error) {
	if typed == "" {
		return "", nil
	}
	typed = strings.TrimPrefix(typed, s.o.Mail.Base())
	if strings.HasPrefix(typed, "/") {
		path, _, _ := strings.Cut(typed, "#")
		d, err := library.At(s.app, path)
		if err != nil || !d.Viewable(v) || d.State() != library.Published {
			return "", oneFault("replaced_by", "There is no published page at that address.")
		}
		return d.Key(), nil
	}
	u, err := url.Parse(typed)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || len(typed) > 500 {
		return "", oneFault("replaced_by", "Copy the address of the page, such as /guidance/name or https://www.example.org/name.")
	}
	return typed, nil
}

// sendApprovalLink makes a link for somebody without an account, and its mail, or neither.
func (s *Site) sendApprovalLink(e *core.RequestEvent, d *library.Document, form url.Values) error {
	address, err := member.Address(form.Get("email"))
	if err != nil {
		return oneFault("email", "Give one e-mail address.")
	}
	if _, err := member.ByAddress(s.app, address); err == nil {
		return oneFault("email", "They have an account here. Ask for approval instead, or tell them where to find it.")
	}
	v := viewer(e)
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return err
	}
	return s.app.RunInTransaction(func(tx core.App) error {
		l, token, err := library.AskByLink(tx, v, d.Id, form.Get("role"))
		if err != nil {
			return err
		}
		return s.o.Mail.Put(tx, notify.Mail{Key: "approval-link:" + l.Id, To: address, Kind: "approval-link", Expires: l.Expires(), Data: map[string]any{
			"Title": d.Title(), "By": v.Name(), "Organisation": organisations[v.Organisation()], "Role": l.Role(), "Words": form.Get("note"),
			"Until": l.Expires(), "URL": s.o.Mail.Base() + "/approve/" + token,
		}})
	})
}

// oneFault is a fault of one field of a form, in a sentence.
func oneFault(field, sentence string) error {
	return validation.Errors{field: validation.NewError("validation_form", sentence)}
}

// lifeLine is something of a writer's that waits, was sent back, comes out at a time, or is to be checked.
type lifeLine struct{ Title, URL, Now, Next, Words string }

func (s *Site) lifeLines(e *core.RequestEvent) ([]lifeLine, error) {
	docs, err := library.Underway(s.app, viewer(e), 50)
	if err != nil {
		return nil, err
	}
	var lines []lifeLine
	for _, d := range docs {
		if !d.Editable(viewer(e)) {
			continue
		}
		v, err := s.publishView(e, d)
		if err != nil {
			return nil, err
		}
		l := lifeLine{Title: v.Title, URL: v.Here, Now: v.Now, Next: v.Next}
		if len(v.History) > 0 && (v.History[0].Done == reviewDone[library.ActChanges] || v.History[0].Done == reviewDone[library.ActFailed]) {
			l.Now, l.Next, l.Words = v.History[0].Done+", "+v.History[0].By+".", "It is yours again.", v.History[0].Words
		}
		l.Now = strings.Replace(l.Now, ", .", ".", 1)
		lines = append(lines, l)
	}
	return lines, nil
}
