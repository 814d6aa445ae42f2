package hub

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/notify"

	"github.com/pocketbase/pocketbase/core"
)

// fewPages is up to how many pages somebody is told of one by one, each with its own link. Of more they are told in one
// mail that counts them.
const fewPages = 5

// Remind writes the mails about pages that have to be checked, as of now. Whom it cannot write to today it tries again the
// next time; nobody is told the same twice, see library.Reminders.
func (h *Hub) Remind(now time.Time) error {
	list, err := library.Reminders(h.app, now)
	if err != nil {
		return err
	}
	byPerson, order := map[string][]library.Reminder{}, []string{}
	for _, r := range list {
		who := r.Person + fmt.Sprint(r.Keeper)
		if byPerson[who] == nil {
			order = append(order, who)
		}
		byPerson[who] = append(byPerson[who], r)
	}
	for _, who := range order {
		theirs := byPerson[who]
		err := h.app.RunInTransaction(func(tx core.App) error { return h.remindOne(tx, theirs, now) })
		if err != nil {
			h.app.Logger().Error("reminders: to one person", "person", theirs[0].Person, "error", err)
		}
	}
	return nil
}

// remindOne tells one person of all that is due, in the transaction that keeps that they were told.
func (h *Hub) remindOne(tx core.App, due []library.Reminder, now time.Time) error {
	person, err := tx.FindRecordById("users", due[0].Person)
	if err != nil {
		return err
	}
	if !due[0].Keeper || len(due) > fewPages {
		return h.remindOfMany(tx, person, due, now)
	}
	for _, r := range due {
		d, err := library.ByID(tx, r.Document)
		if err != nil {
			return err
		}
		token, err := library.CheckLink(person, d)
		if err != nil {
			return err
		}
		key := reminderKey("check-due", person, []library.Reminder{r})
		err = h.Mail.Put(tx, notify.Mail{
			Key: key, To: person.Email(), Person: person.Id, Kind: "check-due", About: "documents", Record: d.Id, Expires: outOfDate(r, now),
			Data: map[string]any{
				"Name": person.GetString("name"), "Title": d.Title(), "Due": d.CheckBy(), "Overdue": d.Overdue(now), "Page": h.Mail.Base() + d.Address(),
				"URL": h.Mail.Base() + "/checked/" + token, "All": h.Mail.Base() + "/me/pages",
			},
		})
		if err != nil {
			return err
		}
		if err := r.Told(tx, key); err != nil {
			return err
		}
	}
	return nil
}

// remindOfMany counts pages and names none, so that nothing is told of one that the reader may not see by the time the
// mail arrives.
func (h *Hub) remindOfMany(tx core.App, person *core.Record, due []library.Reminder, now time.Time) error {
	key, overdue := reminderKey("checks-due", person, due), 0
	for _, r := range due {
		if r.Days == 0 {
			overdue++
		}
		if err := r.Told(tx, key); err != nil {
			return err
		}
	}
	page := "/me/pages"
	if !due[0].Keeper {
		page = "/manage/freshness?show=no-owner"
	}
	return h.Mail.Put(tx, notify.Mail{
		Key: key, To: person.Email(), Person: person.Id, Kind: "checks-due",
		Data: map[string]any{
			"Name": person.GetString("name"), "Count": len(due), "Overdue": overdue, "Nobody": !due[0].Keeper, "URL": h.Mail.Base() + page,
		},
	})
}

// reminderKey makes one mail of what one run tells somebody.
func reminderKey(kind string, person *core.Record, due []library.Reminder) string {
	var all strings.Builder
	for _, r := range due {
		fmt.Fprintf(&all, "%s %s %d\n", r.Document, r.CheckBy.Format(time.DateOnly), r.Days)
	}
	sum := sha256.Sum256([]byte(all.String()))
	return kind + ":" + person.Id + ":" + hex.EncodeToString(sum[:12])
}

// outOfDate is when the next reminder says it better; zero for the last one.
func outOfDate(r library.Reminder, now time.Time) time.Time {
	next := map[int]int{30: 7, 7: 0}
	days, more := next[r.Days]
	if at := r.CheckBy.AddDate(0, 0, -days); more && at.After(now) {
		return at
	}
	return time.Time{}
}
