package site

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

const reviewsPerPage = 20

// waitingView is the queue of a reviewer.
type waitingView struct {
	Done           string
	Cases          []waitingLine
	Total, Page    int
	Previous, Next string
	From           int
}

// waitingLine is one thing that waits.
type waitingLine struct {
	Title, URL, Kind, Space, By, Words, Asked string
	Since, Until, Comes                       time.Time
	Age                                       string
	Check, Late, Own, Changes                 bool // Check: it is out already; Changes: to something that is out
}

var reviewedDone = map[string]string{
	"approve": "It is approved. Its writer gets a mail.", "changes": "It went back to its writer, with your words.", "check": "It is checked. Its writer gets a mail.",
}

// queue lists what waits for the one who reads.
func (s *Site) queue(e *core.RequestEvent) error {
	q := e.Request.URL.Query()
	v := waitingView{Done: reviewedDone[q.Get("done")], Page: 1}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 1 && n < 10_000 {
		v.Page = n
	}
	v.From = (v.Page-1)*reviewsPerPage + 1
	docs, total, err := library.Queue(s.app, viewer(e), v.From-1, reviewsPerPage)
	if err != nil {
		return err
	}
	v.Total = total
	if v.Page > 1 && len(docs) == 0 {
		return e.Redirect(http.StatusSeeOther, "/review")
	}
	for _, d := range docs {
		line, err := s.waitingLine(e, d, time.Now())
		if err != nil {
			return err
		}
		v.Cases = append(v.Cases, line)
	}
	if v.Page > 1 {
		v.Previous = "/review?page=" + strconv.Itoa(v.Page-1)
	}
	if v.Page*reviewsPerPage < total {
		v.Next = "/review?page=" + strconv.Itoa(v.Page+1)
	}
	return render(s, e, http.StatusOK, "review", Page{Title: "Review", NoIndex: true}, v)
}

func (s *Site) waitingLine(e *core.RequestEvent, d *library.Document, now time.Time) (waitingLine, error) {
	l := waitingLine{Title: d.Title(), URL: "/review/" + d.Id, Kind: upperFirst(d.DocKind().Word()), Since: d.Submitted(), Comes: d.PublishAt(), Changes: d.Out()}
	writer := d.SubmittedBy()
	r, err := library.Pending(s.app, d)
	if err != nil {
		return l, err
	}
	if !d.Waits() {
		l.Check, l.Until, l.Late, l.Changes = true, d.SecondCheckBy(), d.Unchecked(now), false
		l.Since = l.Until.Add(-library.SecondCheck)
		writer = d.Author()
	} else if last, err := library.LastReview(s.app, d.Id, library.ActSubmit); err != nil {
		return l, err
	} else if last != nil {
		l.Words = last.Words()
		if last.Asked() == viewer(e).ID() {
			l.Asked = "You were asked"
		} else if last.Asked() != "" {
			l.Asked = s.nameOf(last.Asked(), "Somebody who left") + " was asked"
		}
	}
	if d.Out() && r != nil {
		shown := library.Wrap(d.Record.Clone())
		if err := shown.Apply(r); err != nil {
			return l, err
		}
		l.Title = shown.Title()
	}
	l.By, l.Age = s.nameOf(writer, "somebody who left"), age(l.Since, now)
	if sp, err := member.SpaceByID(s.app, d.Space()); err == nil {
		l.Space = sp.Title()
	}
	if l.Own, err = library.OwnWork(s.app, viewer(e), d, r); l.Check {
		l.Own = d.Author() == viewer(e).ID()
	}
	return l, err
}

// age is how long something has waited, in words.
func age(since, now time.Time) string {
	days := int(now.Sub(since).Hours() / 24)
	switch {
	case days >= 1:
		return counted(days, "day", "days")
	case now.Sub(since) < time.Hour:
		return "less than an hour"
	}
	return counted(int(now.Sub(since).Hours()), "hour", "hours")
}

// judgeView is the page on which a reviewer decides about one thing.
type judgeView struct {
	Line      waitingLine
	Here      string
	Revision  string
	Words     readView
	Changed   []library.FieldDifference
	Compared  bool // there is something out to compare with
	Checklist []string
	History   []reviewLine
	Errors    fieldErrors
	Note      string
	Write     string
	Publish   string
}

// checklist is what a reviewer looks at in any text, and in a kind of document.
func checklist(d *library.Document) []string {
	list := []string{
		"Nobody can be recognised who has not agreed to it: no names of carers, no small facts that together tell who it is.",
		"It is plain: short sentences, and no words that need a dictionary.",
		"Names, numbers and dates are right, and it says where they come from.",
	}
	switch d.DocKind() {
	case library.CaseStudy:
		return append(list, "The result says whether it was measured, reported or hoped for.", "Somebody else could do it after reading this, and knows whom to ask.")
	case library.Handbook, library.Guidance:
		return append(list, "It is true where it says it is true, such as in England only.", "A carer in a hurry finds what to do at the top.")
	case library.ActionPlan:
		return append(list, "Each action has a role that does it, and a date.")
	}
	return list
}

// openToJudge finds what a reviewer decides about. For those who do not review there it is not there.
func (s *Site) openToJudge(e *core.RequestEvent) (*library.Document, error) {
	d, err := library.ByID(s.app, e.Request.PathValue("id"))
	if err != nil || !d.Viewable(viewer(e)) || !viewer(e).MayReview(d.Space()) {
		return nil, notFound(e)
	}
	return d, nil
}

func (s *Site) judgeForm(e *core.RequestEvent) error {
	d, err := s.openToJudge(e)
	if err != nil {
		return err
	}
	return s.showJudge(e, http.StatusOK, d, nil)
}

func (s *Site) showJudge(e *core.RequestEvent, status int, d *library.Document, faults fieldErrors) error {
	if !d.Waits() && (d.State() != library.Published || d.SecondCheckBy().IsZero()) && faults == nil { // decided meanwhile
		return e.Redirect(http.StatusSeeOther, writeAddress(d)+"/publish")
	}
	line, err := s.waitingLine(e, d, time.Now())
	if err != nil {
		return err
	}
	v := judgeView{Line: line, Here: "/review/" + d.Id, Revision: d.GetString("published_revision"), Checklist: checklist(d), Errors: faults,
		Note: e.Request.PostForm.Get("words"), Write: writeAddress(d), Publish: writeAddress(d) + "/publish"}
	if d.Waits() {
		r, err := library.Pending(s.app, d)
		if err != nil || r == nil {
			return errOr(err, notFound(e))
		}
		v.Revision = r.Id
		before := d.Content()
		if err := d.Apply(r); err != nil {
			return err
		}
		if v.Compared = d.Out(); v.Compared {
			if v.Changed, err = library.Compare(s.app, before, d.Content()); err != nil {
				return err
			}
		}
	}
	if v.Words, err = s.readView(d); err != nil {
		return err
	}
	if v.History, err = s.reviewLines(d.Id); err != nil {
		return err
	}
	p := Page{Title: "Review: " + line.Title, Crumbs: []Link{{"Review", "/review"}}, NoIndex: true}
	return render(s, e, status, "review-page", p, v)
}

func errOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func (s *Site) judge(e *core.RequestEvent) error {
	d, err := s.openToJudge(e)
	if err != nil {
		return err
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("The form could not be read.", err)
	}
	do, err := s.judged(viewer(e), d, e.Request.PostForm)
	if err == nil {
		return e.Redirect(http.StatusSeeOther, "/review?done="+do)
	}
	if faults := faultsOf(err); faults != nil {
		return s.showJudge(e, http.StatusUnprocessableEntity, d, faults)
	}
	return err
}

func (s *Site) judged(v *member.Viewer, d *library.Document, form url.Values) (do string, err error) {
	words, revision := strings.TrimSpace(strings.ReplaceAll(form.Get("words"), "\r\n", "\n")), form.Get("revision")
	switch do = form.Get("do"); do {
	case "approve":
		return do, library.Approve(s.app, v, d.Id, revision, words)
	case "changes":
		return do, library.AskForChanges(s.app, v, d.Id, revision, words)
	case "check":
		return do, library.Confirm(s.app, v, d.Id, revision, words)
	}
	return "", oneFault("words", "Press one of the buttons.")
}
