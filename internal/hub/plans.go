package hub

import (
	"fmt"
	"maps"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/plan"

	"github.com/pocketbase/pocketbase/core"
)

// RemindOfPlans writes to the owners of actions that are due, as of now. Nobody is told the same twice: a mail's key names
// the action, its day, how far ahead, and the person.
func (h *Hub) RemindOfPlans(now time.Time) error {
	due, err := plan.DueActions(h.app, now)
	if err != nil {
		return err
	}
	for _, d := range due {
		people, err := h.whoIsTold(d)
		if err != nil {
			return err
		}
		for _, person := range people {
			if err := h.app.RunInTransaction(func(tx core.App) error { return h.remindOfAction(tx, d, person) }); err != nil {
				h.app.Logger().Error("plans: reminder", "action", d.Action, "person", person, "error", err)
			}
		}
	}
	return nil
}

// whoIsTold is who holds the role that owns an action or, where nobody was named, who keeps the plan. Of plans that only
// show how plans are made, nobody else is told.
func (h *Hub) whoIsTold(d plan.Due) ([]string, error) {
	if d.Holder != "" {
		if may, err := h.maySee(d.Holder, "documents", d.Document); may || err != nil {
			return []string{d.Holder}, err
		}
	}
	if d.Example && d.Keeper == "" {
		return nil, nil
	}
	return library.WhoKeeps(h.app, d.Keeper, d.Space)
}

func (h *Hub) remindOfAction(tx core.App, due plan.Due, to string) error {
	person, err := tx.FindRecordById("users", to)
	if err != nil || person.Email() == "" {
		return err
	}
	d, err := library.ByID(tx, due.Document)
	if err != nil {
		return err
	}
	data := map[string]any{
		"Name": person.GetString("name"), "Title": d.Title(), "Action": due.Title, "Role": due.OwnerRole, "Held": due.Holder == to,
		"Due": due.By.Time, "Today": due.Days == 0, "Page": h.Mail.Base() + d.Address(),
	}
	for act, name := range map[string]string{notify.TapDone: "Done", notify.TapLate: "Late"} {
		token, err := notify.TapLink(person, act, due.Action)
		if err != nil {
			return err
		}
		data[name] = h.Mail.Base() + "/tap/" + token
	}
	return h.Mail.Put(tx, notify.Mail{
		Key: fmt.Sprintf("plan-due:%s:%s:%d:%s", due.Action, due.By.Format(time.DateOnly), due.Days, to), To: person.Email(), Person: to, Kind: "plan-due",
		About: "documents", Record: d.Id, Expires: due.By.AddDate(0, 0, 2), Data: data,
	})
}

// AskSigners asks once a quarter whether a plan's signers still are, and those who share a goal when its words changed.
func (h *Hub) AskSigners(now time.Time) error {
	open, err := plan.OpenSignoffs(h.app)
	if err != nil {
		return err
	}
	goals := map[string][]plan.Goal{}
	for _, x := range open {
		if goals[x.Document] == nil {
			if goals[x.Document], err = plan.Load(h.app, x.Document); err != nil {
				return err
			}
		}
		reworded := x.Goal != "" && x.Asked.IsZero() && x.Changed(goals[x.Document])
		if !reworded && !x.ToAsk(now) {
			continue
		}
		if err := h.app.RunInTransaction(func(tx core.App) error { return h.askSigner(tx, x, goals[x.Document], now) }); err != nil {
			h.app.Logger().Error("plans: sign-off", "signoff", x.ID, "error", err)
		}
	}
	return nil
}

func (h *Hub) askSigner(tx core.App, x plan.Signoff, goals []plan.Goal, now time.Time) error {
	d, err := library.ByID(tx, x.Document)
	if err != nil || d.State() != library.Published {
		return err
	}
	people, err := h.whoSigned(x)
	if err != nil || len(people) == 0 {
		return err
	}
	collection, id := x.By()
	who, err := tx.FindRecordById(collection, id)
	if err != nil {
		return err
	}
	data := map[string]any{"Title": d.Title(), "Who": "“" + who.GetString("title") + "”", "Last": x.Last().Time, "Changed": x.Goal != "", "Sign": h.Mail.Base() + d.Address() + "/sign"}
	for _, g := range goals {
		if g.ID == x.Goal {
			data["Goal"] = g.Title
		}
	}
	for _, to := range people {
		person, err := tx.FindRecordById("users", to)
		if err != nil || person.Email() == "" {
			continue
		}
		token, err := notify.TapLink(person, notify.TapSigned, x.ID)
		if err != nil {
			return err
		}
		mail := maps.Clone(data)
		mail["Name"], mail["URL"] = person.GetString("name"), h.Mail.Base()+"/tap/"+token
		err = h.Mail.Put(tx, notify.Mail{
			Key: fmt.Sprintf("still-signed:%s:%s:%s", x.ID, plan.Today(now).Format(time.DateOnly), to), To: person.Email(), Person: to, Kind: "still-signed", About: "documents", Record: d.Id, Data: mail,
		})
		if err != nil {
			return err
		}
	}
	return x.Ask(tx, now)
}

// whoSigned is who signed, while they may see the plan; for another plan those who keep it, and for a programme that has said
// nothing yet who writes for the organisation that leads it.
func (h *Hub) whoSigned(x plan.Signoff) ([]string, error) {
	if x.Author != "" {
		if may, err := h.maySee(x.Author, "documents", x.Document); may || err != nil {
			return []string{x.Author}, err
		}
	}
	if x.Plan != "" {
		other, err := library.ByID(h.app, x.Plan)
		if err != nil {
			return nil, nil //nolint:nilerr // it is not there any more
		}
		return library.WhoKeeps(h.app, other.Owner(), other.Space())
	}
	if x.Programme == "" {
		return nil, nil
	}
	programme, err := h.app.FindRecordById("programmes", x.Programme)
	if err != nil || programme.GetString("organisation") == "" {
		return nil, nil //nolint:nilerr // nobody leads it
	}
	colleagues, err := member.Colleagues(h.app, programme.GetString("organisation"))
	var people []string
	for _, u := range colleagues {
		v, failed := member.For(h.app, u)
		if failed != nil {
			return nil, failed
		}
		may, failed := h.maySee(u.Id, "documents", x.Document)
		if failed != nil {
			return nil, failed
		}
		if v.Writes() && may {
			people = append(people, u.Id)
		}
	}
	return people, err
}
