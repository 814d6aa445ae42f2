package member

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// mergedKey carries, on a record that a merge is about to delete, the id of the one that takes its place.
const mergedKey = "@merged"

// MergedInto is what takes the place of a partner, or of what it said, that is being deleted; "" when it is no merge. Rooms
// that keep ids of partners outside relations move them in their own hooks.
func MergedInto(r *core.Record) string { return r.GetString(mergedKey) }

// Merge makes one partner of two, in one transaction: everything that points to gone points to into from then on, gone's
// address leads there, and its name is a former one. What the journal says of both makes search and caches follow.
func Merge(app core.App, by, gone, into string) ([]Use, error) {
	if gone == into {
		return nil, fmt.Errorf("a partner cannot be merged into itself")
	}
	var moved []Use
	err := app.RunInTransaction(func(tx core.App) error {
		from, err := tx.FindRecordById("organisations", gone)
		if err != nil {
			return err
		}
		to, err := tx.FindRecordById("organisations", into)
		if err != nil {
			return err
		}
		if moved, err = Uses(tx, from); err != nil {
			return err
		}
		if err := joinTwice(tx, by, gone, into); err != nil {
			return err
		}
		pointers, err := pointersTo(tx, from.Collection())
		if err != nil {
			return err
		}
		for _, p := range pointers {
			if err := p.move(tx, gone, into); err != nil {
				return fmt.Errorf("move %s: %w", p.collection, err)
			}
		}
		return takeOver(tx, by, from, to)
	})
	return moved, err
}

// move makes what points to one record point to another.
func (p pointer) move(tx core.App, gone, into string) error {
	if !p.field.IsMultiple() {
		_, err := tx.DB().Update(p.collection, dbx.Params{p.field.Name: into}, dbx.HashExp{p.field.Name: gone}).Execute()
		return err
	}
	var rows []struct {
		ID   string `db:"id"`
		List string `db:"list"`
	}
	if err := tx.DB().Select("id", p.field.Name+" AS list").From(p.collection).Where(p.at(gone)).All(&rows); err != nil {
		return err
	}
	for _, r := range rows {
		var ids []string
		if err := json.Unmarshal([]byte(r.List), &ids); err != nil {
			return err
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return id == gone })
		if !slices.Contains(ids, into) {
			ids = append(ids, into)
		}
		raw, err := json.Marshal(ids)
		if err != nil {
			return err
		}
		if _, err := tx.DB().Update(p.collection, dbx.Params{p.field.Name: string(raw)}, dbx.HashExp{"id": r.ID}).Execute(); err != nil {
			return err
		}
	}
	return nil
}

// saidTwice are adoptions of both partners that speak of the same practice in the same place: only one of them can stay.
type saidTwice struct {
	Earlier string `db:"earlier"`
	Later   string `db:"later"`
}

func twiceSaid(app core.App, gone, into string) (pairs []saidTwice, err error) {
	err = app.DB().NewQuery(`SELECT CASE WHEN [[a.updated]] > [[b.updated]] THEN [[b.id]] ELSE [[a.id]] END AS [[earlier]],
		CASE WHEN [[a.updated]] > [[b.updated]] THEN [[a.id]] ELSE [[b.id]] END AS [[later]] FROM {{adoptions}} [[a]]
		INNER JOIN {{adoptions}} [[b]] ON [[b.document]] = [[a.document]] AND [[b.place]] = [[a.place]] AND [[b.organisation]] = {:into}
		WHERE [[a.organisation]] = {:gone}`).Bind(dbx.Params{"gone": gone, "into": into}).All(&pairs)
	return pairs, err
}

// SaidTwice counts the adoptions that a merge would put together, because both partners speak of the same practice in the
// same place.
func SaidTwice(app core.App, gone, into string) (int, error) {
	pairs, err := twiceSaid(app, gone, into)
	return len(pairs), err
}

// joinTwice deletes the earlier of each two. Whoever keeps them puts it together with the later, see MergedInto.
func joinTwice(tx core.App, by, gone, into string) error {
	pairs, err := twiceSaid(tx, gone, into)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		r, err := tx.FindRecordById("adoptions", p.Earlier)
		if err != nil {
			return err
		}
		r.SetRaw(mergedKey, p.Later)
		if err := deleteBy(tx, r, by); err != nil {
			return err
		}
	}
	return nil
}

// takeOver gives the one that stays what it lacks, the other's names and its addresses, and deletes the other.
func takeOver(tx core.App, by string, from, to *core.Record) error {
	for _, f := range []string{"summary", "kind", "website", "contact_role", "contact_note", "mailbox", "source_page"} {
		if to.GetString(f) == "" {
			to.Set(f, from.GetString(f))
		}
	}
	places := to.GetStringSlice("places")
	for _, p := range from.GetStringSlice("places") {
		if !slices.Contains(places, p) {
			places = append(places, p)
		}
	}
	to.Set("places", places)
	names := slices.Concat(formerly(to), []string{from.GetString("name")}, formerly(from))
	if err := setFormerly(to, names, to.GetString("name")); err != nil {
		return err
	}
	was := addressOf(from, from.GetString("slug"))
	_, err := tx.DB().Update("redirects", dbx.Params{"record": to.Id}, dbx.HashExp{"subject": "organisations", "record": from.Id}).Execute()
	if err != nil {
		return err
	}
	from.SetRaw(mergedKey, to.Id)
	if err := deleteBy(tx, from, by); err != nil {
		return err
	}
	if err := saveBy(tx, to, by); err != nil {
		return err
	}
	return redirect(tx, was, "organisations", to.Id)
}

// FormerlyNamed finds the partner that had a name before, nil when there is none.
func FormerlyNamed(app core.App, name string) (*core.Record, error) {
	name = strings.ToLower(oneLine(name))
	var found []*core.Record
	err := app.RecordQuery("organisations").AndWhere(dbx.NewExp(`EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid([[formerly]]) THEN [[formerly]] ELSE '[]' END)
		WHERE LOWER([[json_each.value]]) = {:name})`, dbx.Params{"name": name})).Limit(1).All(&found)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}
