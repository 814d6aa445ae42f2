// Package champion owns the register of carers champions, and what people write to them. Whoever is one puts themselves on
// it and leaves it when they like; nobody is put there. It shows a role, where it is and what it can help with. A name is
// shown where its owner wants that, an address never: what is written to a champion reaches them as a notice, and they
// answer in the same way.
//
// How many champions there are somewhere is no small number to be kept back: each of them stands in the register because
// they wished to be found.
//
// Search does not find champions: they wished to stand in the register, where one writes to them, and left alone they are
// out of it at once. Who searches for the word comes to the role and its page, and from there to the register.
package champion

import (
	"database/sql"
	"errors"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// Kind is a value of a field with its words.
type Kind struct{ Value, Word, Hint string }

// Levels are how champions work, in the order of the form and of the grid.
var Levels = []Kind{
	{"board", "Board", "On a board or in a leadership team. You put carers on the agenda."},
	{"grass-roots", "Grass roots", "In a team, a branch or a community. You notice carers and show them the way."},
	{"clinical", "Clinical", "With patients. You ask who looks after them, and involve that person."},
}

// Settings are where they work.
var Settings = []Kind{
	{Value: "nhs", Word: "NHS"}, {Value: "surgery", Word: "GP surgery"}, {Value: "pharmacy", Word: "Pharmacy"}, {Value: "library", Word: "Library"}, {Value: "fire-service", Word: "Fire service"},
	{Value: "school", Word: "School or college"}, {Value: "employer", Word: "Employer"}, {Value: "independent-sector", Word: "Independent sector"},
}

// WordOf is what people read for a value, "" for one that is not there.
func WordOf(kinds []Kind, value string) string {
	for _, k := range kinds {
		if k.Value == value {
			return k.Word
		}
	}
	return ""
}

// Champion is an entry of the register.
type Champion struct{ core.BaseRecordProxy }

// Wrap is a record as a champion.
func Wrap(r *core.Record) *Champion {
	c := &Champion{}
	c.SetProxyRecord(r)
	return c
}

func (c *Champion) Role() string         { return c.GetString("role") }
func (c *Champion) Helps() string        { return c.GetString("helps") }
func (c *Champion) Level() string        { return c.GetString("level") }
func (c *Champion) Setting() string      { return c.GetString("setting") }
func (c *Champion) Place() string        { return c.GetString("place") }
func (c *Champion) Organisation() string { return c.GetString("organisation") }
func (c *Champion) Since() time.Time     { return c.GetDateTime("since").Time() }
func (c *Champion) Example() bool        { return c.GetBool("example") }

// Person is whose entry it is, "" for one that came from another hub. It is nobody else's business.
func (c *Champion) Person() string { return c.GetString("person") }

// Out says whether everybody may read it.
func (c *Champion) Out() bool { return c.GetBool("out") }

// Shown says whether its owner wants it to be read, and ShowsName whether with their name.
func (c *Champion) Shown() bool     { return c.GetBool("shown") }
func (c *Champion) ShowsName() bool { return c.GetBool("show_name") }

// Ended says whether its owner has left the register.
func (c *Champion) Ended() bool { return !c.GetDateTime("ended").IsZero() }

// LevelWord and SettingWord are what people read.
func (c *Champion) LevelWord() string   { return WordOf(Levels, c.Level()) }
func (c *Champion) SettingWord() string { return WordOf(Settings, c.Setting()) }

// Address is where one writes to a champion.
func (c *Champion) Address() string { return "/champions/" + c.Id + "/contact" }

// Bind keeps champions and messages in the journal and their promises on every save, whoever saves.
func Bind(app core.App, j *journal.Journal) {
	for _, h := range []*hook.TaggedHook[*core.RecordEvent]{app.OnRecordCreate("champions"), app.OnRecordUpdate("champions")} {
		h.Bind(&hook.Handler[*core.RecordEvent]{Id: "champion.prepare", Priority: -310, Func: func(e *core.RecordEvent) error { // privacy asks what is out
			prepare(e.App, Wrap(e.Record))
			return e.Next()
		}})
	}
	app.OnRecordUpdate("users").BindFunc(func(e *core.RecordEvent) error {
		turned := member.Barred(e.Record) != member.Barred(e.Record.Original())
		if err := e.Next(); err != nil || !turned {
			return err
		}
		return eachOf(e.App, e.Record, e.App.Save)
	})
	app.OnRecordDelete("users").BindFunc(func(e *core.RecordEvent) error {
		if err := eachOf(e.App, e.Record, e.App.Delete); err != nil {
			return err
		}
		return e.Next()
	})
	j.Keep(journal.Kept{Collection: "champions"})
	bindMessages(app, j)
}

func prepare(app core.App, c *Champion) {
	for _, f := range []string{"role", "helps"} {
		c.Set(f, strings.TrimSpace(c.GetString(f)))
	}
	c.Set("out", c.Shown() && !c.Ended() && (c.Person() == "" || !member.Gone(app, c.Person())))
}

// eachOf saves or deletes the entry of a person in the name of whoever changes their account.
func eachOf(app core.App, user *core.Record, do func(core.Model) error) error {
	own, err := app.FindAllRecords("champions", dbx.HashExp{"person": user.Id})
	for _, r := range own {
		journal.By(r, journal.Actor(user))
		if err == nil {
			err = do(r)
		}
	}
	return err
}

// Register are the champions whom everybody may read of, by place, level and role.
func Register(app core.App) ([]*Champion, error) {
	var list []*Champion
	err := app.RecordQuery("champions").InnerJoin("places", dbx.NewExp("{{places}}.[[id]] = {{champions}}.[[place]]")).AndWhere(dbx.HashExp{"champions.out": true}).
		OrderBy("places.position", "champions.level", "champions.role", "champions.id").All(&list)
	return list, err
}

// ByID finds a champion whom everybody may read of; the error is sql.ErrNoRows when there is none.
func ByID(app core.App, id string) (*Champion, error) {
	return one(app, dbx.HashExp{"id": id, "out": true})
}

// Own is a person's entry, or a new one that is not saved.
func Own(app core.App, v *member.Viewer) (*Champion, error) {
	c, err := one(app, dbx.HashExp{"person": v.ID()})
	if !errors.Is(err, sql.ErrNoRows) {
		return c, err
	}
	collection, err := app.FindCachedCollectionByNameOrId("champions")
	if err != nil {
		return nil, err
	}
	c = Wrap(core.NewRecord(collection))
	c.Load(map[string]any{"person": v.ID(), "organisation": v.Organisation(), "shown": true})
	return c, nil
}

func one(app core.App, where dbx.Expression) (*Champion, error) {
	c := &Champion{}
	err := app.RecordQuery("champions").AndWhere(where).Limit(1).One(c)
	return c, err
}

// Leave takes somebody off the register, on a day. The entry stays with its owner for a while, to come back to.
func Leave(app core.App, v *member.Viewer, c *Champion, day time.Time) error {
	c.Set("ended", day)
	journal.By(c.Record, v.ID())
	return app.Save(c.Record)
}

// KeepEnded is for how many days an entry is kept whose owner has left the register.
const KeepEnded = 90

// DropOld lets go entries that ended and messages whose time is over, at most limit of each, and says how many.
func DropOld(app core.App, now time.Time, limit int) (int, error) {
	all := 0
	for _, old := range []struct {
		collection, column string
		days               int
		keep               dbx.Expression
	}{
		{"champions", "ended", KeepEnded, dbx.Not(dbx.HashExp{"ended": ""})},
		{"champion_messages", "created", KeepMessages, nil},
	} {
		var records []*core.Record
		before := dbx.NewExp("[["+old.column+"]] < {:before}", dbx.Params{"before": now.AddDate(0, 0, -old.days).UTC().Format("2006-01-02 15:04:05.000Z")})
		if err := app.RecordQuery(old.collection).AndWhere(dbx.And(before, old.keep)).Limit(int64(limit)).All(&records); err != nil {
			return all, err
		}
		for _, r := range records {
			journal.By(r, journal.Retention)
			if err := app.Delete(r); err != nil {
				return all, err
			}
			all++
		}
	}
	return all, nil
}
