package member

import (
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

// LibrarySlug is the open space that documents live in unless they say otherwise.
const LibrarySlug = "library"

// Space is a working group's room, or the library.
type Space struct{ core.BaseRecordProxy }

func (s *Space) Slug() string    { return s.GetString("slug") }
func (s *Space) Title() string   { return s.GetString("title") }
func (s *Space) Summary() string { return s.GetString("summary") }
func (s *Space) Level() Level    { return Level(s.GetString("level")) }

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

// membership is one row of who belongs to a space.
type membership struct{ Space, Role string }
