package member

import (
	"errors"
	"strings"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// Level is who sees a space.
type Level string

// The four levels, in the words that partners know from their sharing platforms.
const (
	Open         Level = "open"         // anyone reads, members of the hub post
	Restricted   Level = "restricted"   // members of the hub read, its own members post
	Private      Level = "private"      // listed; content for its members
	Confidential Level = "confidential" // not even listed
)

// Levels lists the levels, the widest first, with who sees what is in a space of that level.
var Levels = []struct {
	Level       Level
	Word, Means string
}{
	{Open, "Open", "Everyone can read it, without signing in. Every member of the hub can post."},
	{Restricted, "Restricted", "Every member of the hub can read it. Only its own members can post."},
	{Private, "Private", "Members of the hub can see that it is there. Only its own members and administrators can read it."},
	{Confidential, "Confidential", "Nobody else can see that it is there. Only its own members and administrators can read it."},
}

// Word is the level as a page says it.
func (l Level) Word() string {
	for _, k := range Levels {
		if k.Level == l {
			return k.Word
		}
	}
	return string(l)
}

// Means says who sees what is in a space of the level.
func (l Level) Means() string {
	for _, k := range Levels {
		if k.Level == l {
			return k.Means
		}
	}
	return ""
}

// width says how many may see: the more, the wider.
func (l Level) width() int {
	for i, k := range Levels {
		if k.Level == l {
			return len(Levels) - i
		}
	}
	return 0
}

// WiderThan says whether more people may see what is in a space of this level.
func (l Level) WiderThan(other Level) bool { return l.width() > other.width() }

// LibrarySlug is the open space that documents live in unless they say otherwise.
const LibrarySlug = "library"

// Space is a working group's room, or the library.
type Space struct{ core.BaseRecordProxy }

func (s *Space) Slug() string    { return s.GetString("slug") }
func (s *Space) Title() string   { return s.GetString("title") }
func (s *Space) Summary() string { return s.GetString("summary") }
func (s *Space) Level() Level    { return Level(s.GetString("level")) }

// ContactRole is whom outsiders ask, a role and never a name.
func (s *Space) ContactRole() string { return s.GetString("contact_role") }

// HoldsNew says whether posts of new members wait for somebody to look at them.
func (s *Space) HoldsNew() bool { return s.GetBool("hold_new") }

// IsLibrary says whether this is the hub's own open library.
func (s *Space) IsLibrary() bool { return s.Slug() == LibrarySlug }

// SpaceByID finds a space; the error is sql.ErrNoRows when there is none.
func SpaceByID(app core.App, id string) (*Space, error) {
	r, err := app.FindRecordById("spaces", id)
	return asSpace(r), err
}

// SpaceBySlug finds a space; the error is sql.ErrNoRows when there is none.
func SpaceBySlug(app core.App, slug string) (*Space, error) {
	r, err := app.FindFirstRecordByData("spaces", "slug", slug)
	return asSpace(r), err
}

// Library is the open library.
func Library(app core.App) (*Space, error) { return SpaceBySlug(app, LibrarySlug) }

func asSpace(r *core.Record) *Space {
	if r == nil {
		return nil
	}
	s := &Space{}
	s.SetProxyRecord(r)
	return s
}

// AllSpaces returns every space, the library first: for those who may know all.
func AllSpaces(app core.App) ([]*Space, error) {
	var spaces []*Space
	return spaces, app.RecordQuery("spaces").OrderBy("([[slug]] = 'library') DESC", "[[title]] COLLATE NOCASE").All(&spaces)
}

// NewSpace makes a space on behalf of somebody who becomes its owner.
func NewSpace(app core.App, v *Viewer, values map[string]any) (*Space, error) {
	if !v.MayOpenSpaces() {
		return nil, errors.New("not allowed")
	}
	c, err := app.FindCachedCollectionByNameOrId("spaces")
	if err != nil {
		return nil, err
	}
	s := asSpace(core.NewRecord(c))
	s.Load(values)
	return s, app.RunInTransaction(func(tx core.App) error {
		if err := saveBy(tx, s.Record, v.ID()); err != nil {
			return err
		}
		return Admit(tx, s.Id, v.ID(), "owner", v.ID())
	})
}

// bindSpaces keeps the promises of spaces, whoever saves. That only an empty space goes is for the rooms whose things
// are in it to say.
func bindSpaces(app core.App) {
	app.OnRecordValidate("spaces").BindFunc(func(e *core.RecordEvent) error {
		r := e.Record
		for _, f := range []string{"title", "summary", "contact_role"} {
			r.Set(f, strings.Join(strings.Fields(r.GetString(f)), " "))
		}
		if !r.IsNew() && r.Original().GetString("slug") == LibrarySlug && (r.GetString("slug") != LibrarySlug || r.GetString("level") != string(Open)) {
			return validation.Errors{"level": validation.NewError("library_stays", "The library is open to everyone and keeps its address.")}
		}
		return e.Next()
	})
	app.OnRecordDelete("spaces").BindFunc(func(e *core.RecordEvent) error {
		if e.Record.GetString("slug") == LibrarySlug {
			return errors.New("the library is the hub's own space and cannot be deleted")
		}
		return e.Next()
	})
	bindMemberships(app)
}

// BySpace reads a query for numbers n by space.
func BySpace(q *dbx.SelectQuery) (map[string]int, error) {
	var rows []struct {
		Space string `db:"space"`
		N     int    `db:"n"`
	}
	err := q.All(&rows)
	counts := make(map[string]int, len(rows))
	for _, r := range rows {
		counts[r.Space] = r.N
	}
	return counts, err
}

// ListedSpaces returns the spaces whose existence the viewer may know, the library first.
func ListedSpaces(app core.App, v *Viewer) ([]*Space, error) {
	var records []*core.Record
	err := app.RecordQuery("spaces").OrderBy("([[slug]] = 'library') DESC", "title").All(&records)
	if err != nil {
		return nil, err
	}
	var listed []*Space
	for _, r := range records {
		if s := asSpace(r); v.Lists(s) {
			listed = append(listed, s)
		}
	}
	return listed, nil
}

// Access is the one key that rows and index entries carry for who may see them: their space and their state.
func Access(space, state string) string { return space + ":" + state }
