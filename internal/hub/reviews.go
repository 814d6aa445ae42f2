package hub

import (
	"slices"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/pocketbase/core"
)

// bindReviews tells reviewers and writers by mail what was done about a document, in the transaction in which it was.
func (h *Hub) bindReviews() {
	h.app.OnRecordCreate("reviews").BindFunc(func(e *core.RecordEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		r := library.AsReview(e.Record)
		d, err := library.ByID(e.App, r.Document())
		if err != nil {
			return err
		}
		if err := h.tellReviewers(e.App, d, r); err != nil {
			return err
		}
		return h.tellWriter(e.App, d, r)
	})
}

// tellReviewers writes to those who have to look at something now.
func (h *Hub) tellReviewers(tx core.App, d *library.Document, r *library.Review) error {
	var urgent bool
	switch r.Act() {
	case library.ActSubmit, library.ActOvertaken:
	case library.ActPublish, library.ActApprove:
		if urgent = d.State() == library.Published && !d.SecondCheckBy().IsZero(); !urgent {
			return nil
		}
	default:
		return nil
	}
	writer := r.By()
	if writer == "" {
		writer = d.Author()
	}
	people, err := member.OtherReviewers(tx, d.Space(), writer)
	if err != nil {
		return err
	}
	one, err := chosenReviewer(tx, d, r)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(people, func(u *core.Record) bool { return u.Id == one }) {
		people = slices.DeleteFunc(people, func(u *core.Record) bool { return u.Id != one })
	} else {
		one = ""
	}
	for _, u := range people {
		data := map[string]any{"Name": u.GetString("name"), "Title": d.Title(), "By": nameOf(tx, writer), "Words": r.Words(), "Urgent": urgent, "Chosen": one != "", "URL": h.Mail.Base() + "/review/" + d.Id}
		if urgent {
			data["Until"] = londonTime(d.SecondCheckBy())
		} else if !d.PublishAt().IsZero() {
			data["At"] = londonTime(d.PublishAt())
		}
		if err := h.mailAbout(tx, d, r, u, "review-asked", data); err != nil {
			return err
		}
	}
	return nil
}

// chosenReviewer is whom a writer asked for approval, "" for any.
func chosenReviewer(tx core.App, d *library.Document, r *library.Review) (string, error) {
	if r.Act() != library.ActOvertaken {
		return r.Asked(), nil
	}
	asked, err := library.LastReview(tx, d.Id, library.ActSubmit)
	if err != nil || asked == nil {
		return "", err
	}
	return asked.Asked(), nil
}

// writersHear are the acts of others that a writer is told of.
var writersHear = map[string]bool{
	library.ActApprove: true, library.ActChanges: true, library.ActPublish: true, library.ActFailed: true, library.ActCheck: true, library.ActWithdraw: true,
}

// tellWriter writes to whoever asked for approval, or else to the author, unless they did it themselves.
func (h *Hub) tellWriter(tx core.App, d *library.Document, r *library.Review) error {
	if !writersHear[r.Act()] || r.Act() == library.ActWithdraw && r.Words() == "" { // a moderator's reason comes by another mail
		return nil
	}
	writer := d.Author()
	asked, err := library.LastReview(tx, d.Id, library.ActSubmit, library.ActSchedule)
	if err != nil {
		return err
	}
	if asked != nil && asked.By() != "" && r.Act() != library.ActWithdraw && r.Act() != library.ActCheck {
		writer = asked.By()
	}
	u, err := tx.FindRecordById("users", writer)
	if err != nil || member.Barred(u) || u.Id == r.By() && r.Act() != library.ActPublish {
		return nil // nobody is there to be told
	}
	if r.Act() == library.ActPublish && r.By() == u.Id && (asked == nil || asked.Act() != library.ActSchedule) {
		return nil // they pressed the button
	}
	by := r.Role()
	if by == "" {
		by = nameOf(tx, r.By())
	}
	data := map[string]any{"Name": u.GetString("name"), "Title": d.Title(), "By": by, "Words": r.Words(), "Act": r.Act(), "Out": d.State() == library.Published,
		"URL": h.Mail.Base() + "/write/" + string(d.DocKind()) + "/" + d.Id + "/publish"}
	if !d.PublishAt().IsZero() {
		data["At"] = londonTime(d.PublishAt())
	}
	return h.mailAbout(tx, d, r, u, "review-answer", data)
}

func (h *Hub) mailAbout(tx core.App, d *library.Document, r *library.Review, to *core.Record, kind string, data map[string]any) error {
	if to.Email() == "" {
		return nil
	}
	return h.Mail.Put(tx, notify.Mail{Key: kind + ":" + r.Id + ":" + to.Id, To: to.Email(), Person: to.Id, Kind: kind, About: "documents", Record: d.Id, Data: data})
}

func nameOf(app core.App, person string) string {
	if u, err := app.FindRecordById("users", person); err == nil {
		return u.GetString("name")
	}
	return ""
}

// londonTime is a moment in the time of the hub's people, for mails.
func londonTime(t time.Time) string {
	return strings.Replace(t.In(member.London).Format("2 January 2006, 3:04pm"), ":00", "", 1)
}
