package hub

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/plan"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// erasedList is the file that names whoever has left or was erased: an id and a day, one a line. It lies in the data
// folder and beside every backup, because an old backup still knows them and restoring it must not bring them back.
const erasedList = "erased.list"

// Erase takes a person out of the hub for good: they leave, and what they said of others in confidence is not theirs any
// more. Their words stay, under the role and organisation that they wrote them for; what they attached to posts goes.
func (h *Hub) Erase(person, by string) error {
	user, err := h.app.FindRecordById("users", person)
	if err != nil {
		return err
	}
	return h.app.RunInTransaction(func(tx core.App) error {
		if !member.HasLeft(user) {
			if err := member.Leave(tx, user, by); err != nil {
				return err
			}
		}
		return forget(tx, person, by)
	})
}

// forget is what erasing does beyond leaving.
func forget(tx core.App, person, by string) error {
	if err := thread.ForgetReporter(tx, person); err != nil {
		return err
	}
	if err := thread.DropFilesOf(tx, person, by); err != nil {
		return err
	}
	return journal.Note(tx, journal.Row{Actor: by, Subject: "users", Verb: "erase", Record: person})
}

// bindErasure lets whoever leaves be gone from the outbox too, in the same transaction, and writes the list.
func bindErasure(app core.App) {
	leaves := func(r *core.Record) bool { return member.HasLeft(r) && !member.HasLeft(r.Original()) }
	app.OnRecordUpdate("users").BindFunc(func(e *core.RecordEvent) error {
		gone, was := leaves(e.Record), e.Record.Original()
		if err := e.Next(); err != nil || !gone {
			return err
		}
		if err := plan.Forget(e.App, e.Record.Id, journal.Actor(e.Record)); err != nil {
			return err
		}
		return notify.Forget(e.App, e.Record.Id, was.Email(), was.GetString("name"))
	})
	app.OnRecordAfterUpdateSuccess("users").BindFunc(func(e *core.RecordEvent) error {
		if leaves(e.Record) {
			if err := keepErased(e.App.DataDir(), map[string]string{e.Record.Id: today()}); err != nil {
				e.App.Logger().Error("erased.list", "error", err)
			}
		}
		return e.Next()
	})
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

// readErased reads a list; there need not be one.
func readErased(folder string) (map[string]string, error) {
	raw, err := os.ReadFile(filepath.Join(folder, erasedList))
	if errors.Is(err, os.ErrNotExist) {
		return map[string]string{}, nil
	}
	list := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		if id, day, _ := strings.Cut(strings.TrimSpace(line), " "); id != "" {
			list[id] = day
		}
	}
	return list, err
}

// keepErased adds to the list of a folder. It never takes anything out, and an empty list makes no file.
func keepErased(folder string, more map[string]string) error {
	list, err := readErased(folder)
	if err != nil {
		return err
	}
	before := len(list)
	for id, day := range more {
		if _, known := list[id]; !known {
			list[id] = day
		}
	}
	if len(list) == before {
		return nil
	}
	ids := sortedKeys(list)
	slices.SortStableFunc(ids, func(a, b string) int { return strings.Compare(list[a], list[b]) })
	var b strings.Builder
	for _, id := range ids {
		fmt.Fprintf(&b, "%s %s\n", id, list[id])
	}
	return replaceFile(filepath.Join(folder, erasedList), b.String())
}

// replaceFile writes a file whole or not at all.
func replaceFile(name, text string) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".erased-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// erasedOf is everybody whom a hub has let go, by its database and its list: either may be behind the other after a
// crash.
func erasedOf(app core.App) (map[string]string, error) {
	list, err := readErased(app.DataDir())
	if err != nil {
		return nil, err
	}
	var rows []struct {
		ID   string `db:"id"`
		Left string `db:"left"`
	}
	err = app.DB().Select("id", "left").From("users").Where(dbx.Not(dbx.HashExp{"left": ""})).All(&rows)
	for _, r := range rows {
		if _, known := list[r.ID]; !known {
			list[r.ID], _, _ = strings.Cut(r.Left, " ")
		}
	}
	return list, err
}

// mendErased brings the list in the data folder up to date.
func (h *Hub) mendErased() error {
	list, err := erasedOf(h.app)
	if err != nil {
		return err
	}
	return keepErased(h.app.DataDir(), list)
}

// eraseAgain takes out of a restored folder whoever was erased since its backup was written.
func eraseAgain(app core.App, list map[string]string) (int, error) {
	again := 0
	for _, id := range sortedKeys(list) {
		user, err := app.FindRecordById("users", id)
		if err != nil {
			continue // the backup is older than the person, or another hub's
		}
		if member.HasLeft(user) {
			continue
		}
		err = app.RunInTransaction(func(tx core.App) error {
			if err := member.Blank(tx, id, "command restore"); err != nil {
				return err
			}
			return forget(tx, id, "command restore")
		})
		if err != nil {
			return again, fmt.Errorf("cannot erase %s again: %w", id, err)
		}
		again++
	}
	return again, keepErased(app.DataDir(), list)
}

// settleDatabase brings what is deleted out of the files of the database: SQLite overwrites it in its pages
// (secure_delete, see Connect), and its log of changes is emptied here.
func settleDatabase(app core.App) error {
	if _, err := app.DB().NewQuery("PRAGMA wal_checkpoint(TRUNCATE)").Execute(); err != nil {
		return err
	}
	_, err := app.DB().NewQuery("PRAGMA optimize").Execute()
	return err
}
