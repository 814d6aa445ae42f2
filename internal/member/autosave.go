package member

import (
	"database/sql"
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// AutosaveLife is how long writing that was never saved is kept.
const AutosaveLife = 30 * 24 * time.Hour

// Errors of KeepAutosave.
var (
	// ErrAutosaveEnded says that the window's writing was saved or thrown away meanwhile.
	ErrAutosaveEnded = errors.New("this writing was saved or thrown away")
	// ErrAutosave says that a window does not name itself or its page as it should.
	ErrAutosave = errors.New("no such page or window")
)

// mostAutosaves is how many a person may have; the one that was touched longest ago goes for a new one, those that have
// ended first.
const mostAutosaves = 40

// Autosave is what a person typed into the form of a page and has not saved. It is theirs alone. Each window keeps its
// own, so that two of them never write over each other; one that has ended says so for as long as it is kept, because
// windows go on sending.
type Autosave struct{ core.BaseRecordProxy }

// Address is the page that has the form.
func (a *Autosave) Address() string { return a.GetString("address") }

// Window names the window that it was typed in.
func (a *Autosave) Window() string { return a.GetString("window") }

// Base is the number of the revision that the writer began with, 0 when there was none.
func (a *Autosave) Base() int { return a.GetInt("base") }

// At is when it was last kept.
func (a *Autosave) At() time.Time { return a.GetDateTime("updated").Time() }

// Mark names it as it stands: a window that goes on typing makes another of it.
func (a *Autosave) Mark() string { return a.Id + "@" + a.GetString("updated") }

// Form has the fields as they would have been posted.
func (a *Autosave) Form() (url.Values, error) {
	form := url.Values{}
	return form, a.UnmarshalJSONField("form", &form)
}

// Typing says whose window typed what where. From is the mark of the autosave that the window took up, if any: that one
// ends with the first that the window keeps itself, unless its own window has gone on typing.
type Typing struct {
	Person, Address, Window, From string
	Form                          url.Values
}

var (
	autosaveAddress = regexp.MustCompile(`^(/[a-z0-9-]+)+$`)
	autosaveWindow  = regexp.MustCompile(`^[a-z0-9]{8,40}$`)
)

// KeepAutosave keeps what a window typed in place of what it typed before.
func KeepAutosave(app core.App, t Typing) (a *Autosave, err error) {
	if !autosaveAddress.MatchString(t.Address) || !autosaveWindow.MatchString(t.Window) {
		return nil, ErrAutosave
	}
	err = app.RunInTransaction(func(tx core.App) error {
		if a, err = autosaveOf(tx, t); err != nil {
			return err
		}
		if !a.GetDateTime("ended").IsZero() {
			return ErrAutosaveEnded
		}
		base, _ := strconv.Atoi(t.Form.Get("revision"))
		a.Set("base", base)
		a.Set("form", t.Form)
		if err := tx.Save(a); err != nil {
			return err
		}
		return endTaken(tx, t.Person, t.From)
	})
	return a, err
}

// autosaveOf finds the window's row or begins a new one, for which another may have to go.
func autosaveOf(tx core.App, t Typing) (*Autosave, error) {
	a := &Autosave{}
	err := tx.RecordQuery("autosaves").AndWhere(dbx.HashExp{"person": t.Person, "window": t.Window, "address": t.Address}).One(a)
	if !errors.Is(err, sql.ErrNoRows) {
		return a, err
	}
	_, err = tx.DB().NewQuery(`DELETE FROM {{autosaves}} WHERE [[id]] IN
		(SELECT [[id]] FROM {{autosaves}} WHERE [[person]] = {:person} ORDER BY [[ended]] = '' DESC, [[updated]] DESC LIMIT -1 OFFSET {:most})`).
		Bind(dbx.Params{"person": t.Person, "most": mostAutosaves - 1}).Execute()
	if err != nil {
		return nil, err
	}
	c, err := tx.FindCachedCollectionByNameOrId("autosaves")
	if err != nil {
		return nil, err
	}
	a.SetProxyRecord(core.NewRecord(c))
	a.Set("person", t.Person)
	a.Set("address", t.Address)
	a.Set("window", t.Window)
	return a, nil
}

// EndAutosave ends what a window kept on a page, and what it had taken up, because it is saved now. A window that kept
// nothing yet is told the same when it sends something after all.
func EndAutosave(app core.App, t Typing) error {
	return app.RunInTransaction(func(tx core.App) error {
		if autosaveAddress.MatchString(t.Address) && autosaveWindow.MatchString(t.Window) {
			a, err := autosaveOf(tx, t)
			if err == nil && a.IsNew() {
				err = tx.Save(a)
			}
			if err != nil {
				return err
			}
		}
		return errors.Join(endAutosaves(tx, dbx.HashExp{"person": t.Person, "window": t.Window}), endTaken(tx, t.Person, t.From))
	})
}

func endTaken(app core.App, person, mark string) error {
	id, updated, _ := strings.Cut(mark, "@")
	return endAutosaves(app, dbx.HashExp{"person": person, "id": id, "updated": updated})
}

// endAutosaves leaves no words of those that it ends.
func endAutosaves(app core.App, which ...dbx.Expression) error {
	now := types.NowDateTime().String()
	_, err := app.DB().Update("autosaves", dbx.Params{"ended": now, "updated": now, "form": "null"}, dbx.And(append(which, dbx.HashExp{"ended": ""})...)).Execute()
	return err
}

// ThrowAutosave ends one that its writer does not want, and says which page it was for; one that is not theirs is
// sql.ErrNoRows.
func ThrowAutosave(app core.App, person, id string) (address string, err error) {
	a, err := AutosaveByID(app, person, id)
	if err != nil {
		return "", err
	}
	return a.Address(), endAutosaves(app, dbx.HashExp{"id": id, "person": person})
}

// AutosaveByID is one of a person's; the error is sql.ErrNoRows when it has ended, or is not theirs.
func AutosaveByID(app core.App, person, id string) (*Autosave, error) {
	a := &Autosave{}
	return a, app.RecordQuery("autosaves").AndWhere(dbx.HashExp{"id": id, "person": person, "ended": ""}).One(a)
}

// Autosaves are what a person has typed and not saved, the newest first: on one page, or on all of them.
func Autosaves(app core.App, person, address string) ([]*Autosave, error) {
	mine := dbx.HashExp{"person": person, "ended": ""}
	if address != "" {
		mine["address"] = address
	}
	var all []*Autosave
	err := app.RecordQuery("autosaves").AndWhere(mine).OrderBy("updated DESC", "id").All(&all)
	return all, err
}

// DropOldAutosaves drops those that nobody touched for as long as they are kept, at most limit, and says how many.
func DropOldAutosaves(app core.App, limit int) (int, error) {
	before, err := types.ParseDateTime(time.Now().Add(-AutosaveLife))
	if err != nil {
		return 0, err
	}
	done, err := app.DB().NewQuery("DELETE FROM {{autosaves}} WHERE [[id]] IN (SELECT [[id]] FROM {{autosaves}} WHERE [[updated]] < {:before} LIMIT {:limit})").
		Bind(dbx.Params{"before": before.String(), "limit": limit}).Execute()
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	return int(n), err
}
