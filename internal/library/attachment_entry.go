package library

import (
	"database/sql"
	"errors"
	"strings"

	"commonplace/internal/search"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// FileEntryPrefix starts the ids of the search entries of files.
const FileEntryPrefix = "attachments/"

// FileEntries hands the search entries of files to yield, as Entries does those of documents. A file of a document can be found
// while that can, once it has gone out with it; one of a post while ofPost finds an entry of the post.
func FileEntries(app core.App, ids []string, ofPost func(post string) (search.Entry, bool, error), yield func(search.Entry) error) error {
	n, err := newEntryNames(app)
	if err != nil {
		return err
	}
	return eachFile(app, ids, func(a *Attachment) error {
		if a.Post() != "" {
			e, found, err := ofPost(a.Post())
			if err != nil || !found {
				return err
			}
			return yield(a.tell(e))
		}
		d, err := ByID(app, a.Document())
		if err != nil || d.State() != Published {
			return nil
		}
		return yield(n.fileEntry(a, d))
	})
}

// eachFile goes through the files that are out, in pages.
func eachFile(app core.App, ids []string, each func(*Attachment) error) error {
	where := dbx.Expression(dbx.HashExp{"kind": "file", "state": Published, "removed": ""})
	if ids != nil {
		where = dbx.And(where, dbx.In("id", anys(ids)...))
	}
	const page = 50 // their texts are long
	for after := ""; ; {
		var files []*Attachment
		err := app.RecordQuery("attachments").AndWhere(where).AndWhere(dbx.NewExp("[[id]] > {:after}", dbx.Params{"after": after})).
			OrderBy("id").Limit(page).All(&files)
		if err != nil {
			return err
		}
		for _, a := range files {
			after = a.Id
			if err := each(a); err != nil {
				return err
			}
		}
		if len(files) < page {
			return nil
		}
	}
}

func (n *entryNames) fileEntry(a *Attachment, d *Document) search.Entry {
	e := a.tell(n.entry(d))
	e.URL, e.Access, e.Also = d.Address()+"#file-"+a.Id, a.accessIn(d), nil
	e.Sections = nil // those of the page
	return e
}

// tell lays what the file says over the entry of what it belongs to.
func (a *Attachment) tell(e search.Entry) search.Entry {
	e.ID, e.Kind, e.Title, e.Summary, e.Body = FileEntryPrefix+a.Id, "attachment", a.Title(), a.Summary(), a.Text()
	return e
}

// FileHits are the files of hits, by the id of their entries: their words are what says on which page something stands.
func FileHits(app core.App, ids []string) (map[string]*Attachment, error) {
	var own []string
	for _, id := range ids {
		if id, is := strings.CutPrefix(id, FileEntryPrefix); is {
			own = append(own, id)
		}
	}
	if len(own) == 0 {
		return nil, nil
	}
	return AttachmentsByID(app, own)
}

// PageOf is the number of the page on which most of the words of a query stand, 0 where the file is one page or has none
// of them.
func (a *Attachment) PageOf(query string) int {
	pages := strings.Split(strings.ToLower(a.Text()), "\f")
	words := strings.Fields(strings.ToLower(strings.Trim(query, `"`)))
	if len(pages) < 2 {
		return 0
	}
	best, most := 0, 0
	for i, page := range pages {
		n := 0
		for _, w := range words {
			if stem := w[:max(len(w)*3/4, min(len(w), 4))]; strings.Contains(page, stem) {
				n++
			}
			if strings.Contains(page, w) {
				n++
			}
		}
		if n > most {
			best, most = i+1, n
		}
	}
	return best
}

// NextWaiting is a file whose words have not been read yet, nil when there is none.
func NextWaiting(app core.App) (*Attachment, error) {
	var next []*Attachment
	err := app.RecordQuery("attachments").AndWhere(dbx.HashExp{"words": "waiting"}).OrderBy("created", "id").Limit(1).All(&next)
	if err != nil || len(next) == 0 {
		return nil, err
	}
	return next[0], nil
}

// Read keeps the words of a file; failed says that they could not be read. A file of a post goes out then.
func (a *Attachment) Read(app core.App, text string, failed bool) error {
	return a.read(app, text, map[bool]string{true: "failed", false: "done"}[failed], func(now *core.Record) {
		if a.Post() != "" {
			now.Set("state", Published)
		}
	})
}

// Hold keeps the words of a file that must not be out before somebody has decided about them: it waits beside the page or the
// post.
func (a *Attachment) Hold(app core.App, text string) error {
	return a.read(app, text, "done", func(now *core.Record) { now.Set("state", Draft) })
}

func (a *Attachment) read(app core.App, text, words string, more func(now *core.Record)) error {
	return app.RunInTransaction(func(tx core.App) error {
		now, err := tx.FindRecordById("attachments", a.Id) // somebody may have written about it meanwhile
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		now.Set("words", words)
		now.Set("text", clip(text, 600_000))
		more(now)
		return tx.Save(now)
	})
}

// Ends is what the stored file's name ends in.
func (a *Attachment) Ends() string { return endOf(a.File()) }
