package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/plan"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// hubFile is the file that says that the rest is what `commonplace export` took out of a hub.
const hubFile = "commonplace.json"

// The lists of an export, in the order in which they come in: what is pointed to before what points to it.
var (
	listsFirst = strings.Fields("spaces places organisations programmes vocabulary words helplines figures local_answers groups passport_counts champions")
	listsLast  = strings.Fields("redirects signoffs plan_boards assessments relations consents answers comments")
)

// importHub brings in an export of a hub. Its pages keep their space, state and ids. In an empty hub the lists become what
// the files say; in another one rows that are there already stay as they are.
func importHub(ctx context.Context, app core.App, fsys fs.FS, o Options) (counts map[string]int, files []File, err error) {
	if err := knownFormat(fsys); err != nil {
		return nil, nil, err
	}
	if o.DryRun {
		err := app.RunInTransaction(func(tx core.App) error {
			o.DryRun = false
			if counts, files, err = importHub(ctx, tx, fsys, o); err != nil {
				return err
			}
			return errRehearsed
		})
		if errors.Is(err, errRehearsed) {
			err = nil
		}
		return counts, files, err
	}
	var documents int
	if err := app.DB().Select("COUNT(*)").From("documents").Row(&documents); err != nil {
		return nil, nil, err
	}
	b := &bringing{fs: fsys, fresh: documents == 0}
	if err := b.within(app, func() error { return b.lists(listsFirst) }); err != nil {
		return nil, nil, err
	}
	pieces, err := b.documents()
	if err == nil && len(pieces) > 0 {
		if err = place(app, pieces, o); err == nil {
			_, err = run(ctx, app, o, "import", pieces)
		}
	}
	for _, p := range pieces {
		b.files = append(b.files, p.File)
	}
	if err == nil {
		err = b.within(app, func() error {
			return errors.Join(b.lists(listsLast), b.threads(), b.lists([]string{"adoptions", "decisions", "events"}))
		})
	}
	if err == nil {
		b.app = app
		err = b.attachments(ctx)
	}
	counts = map[string]int{}
	for _, f := range b.files {
		counts[f.Outcome]++
	}
	return counts, b.files, err
}

func isHub(fsys fs.FS) bool {
	_, err := fs.Stat(fsys, hubFile)
	return err == nil
}

func knownFormat(fsys fs.FS) error {
	raw, err := fs.ReadFile(fsys, hubFile)
	if err != nil {
		return err
	}
	var head struct{ Format int }
	if json.Unmarshal(raw, &head) != nil || head.Format != 1 {
		return fmt.Errorf("%s is not of a format that this release knows", hubFile)
	}
	return nil
}

// bringing is one export on its way in.
type bringing struct {
	app   core.App
	fs    fs.FS
	fresh bool // there was no page before
	files []File
}

func (b *bringing) within(app core.App, f func() error) error {
	return app.RunInTransaction(func(tx core.App) error {
		b.app = tx
		return f()
	})
}

// documents reads the pages of the export, each with its own space and state.
func (b *bringing) documents() ([]*piece, error) {
	sub, err := fs.Sub(b.fs, "documents")
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(sub, "."); err != nil {
		return nil, nil // a hub without pages
	}
	entries, err := entriesOf(sub, "")
	if err != nil {
		return nil, err
	}
	pieces, err := (&source{root: "documents", entries: entries, media: newMedia()}).pieces(context.Background(), Options{As: library.Guidance})
	for _, p := range pieces {
		p.whole = p.own
	}
	return pieces, err
}

// lists brings in lists that the export has.
func (b *bringing) lists(names []string) error {
	for _, name := range names {
		rows, err := b.rows("lists/" + name + ".json")
		if err != nil {
			return err
		}
		f := File{Path: "lists/" + name + ".json", Outcome: Unchanged}
		for _, row := range rows {
			if err := b.row(name, row, &f); err != nil {
				return fmt.Errorf("%s: %w", f.Path, err)
			}
		}
		if len(rows) > 0 {
			b.files = append(b.files, f)
		}
	}
	return nil
}

func (b *bringing) rows(name string) (rows []map[string]any, err error) {
	raw, err := fs.ReadFile(b.fs, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &rows)
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	return rows, nil
}

// row makes a record of a row, or leaves the one that is there. What is wrong with it is a problem of the list.
func (b *bringing) row(collection string, row map[string]any, f *File) error {
	r, err := b.find(collection, row)
	if err != nil {
		return err
	}
	if r != nil && !b.fresh {
		return nil
	}
	if r == nil {
		if r, err = b.fresher(collection, row); err != nil {
			return err
		}
	}
	if collection == "plan_boards" {
		row["frozen"], err = plan.Renamed(row["frozen"], func(key string) (string, bool) { return b.idOf("documents", key) })
		if err != nil {
			f.Problems = append(f.Problems, fmt.Sprintf("%v was left out: %v", row["key"], err))
			return nil
		}
	}
	before := r.IsNew()
	f.Problems = append(f.Problems, b.fill(r, row)...)
	if collection == "consents" && r.GetString("how") == "" {
		r.Set("how", "As the hub that it came from knows.") // where a form lies does not leave its hub
	}
	if !before && !differs(r) {
		return nil
	}
	return b.save(r, f)
}

// save keeps a record; what a room says against it is told in the report.
func (b *bringing) save(r *core.Record, f *File) error {
	journal.By(r, "import")
	err := b.app.Save(r)
	var faults validation.Errors
	if errors.As(err, &faults) {
		f.Problems = append(f.Problems, fmt.Sprintf("%s was left out: %v", nameOf(r), faults))
		return nil
	}
	if err == nil {
		f.Outcome = Imported
	}
	return err
}

func nameOf(r *core.Record) string {
	for _, field := range []string{"slug", "key", "title", "path"} {
		if name := r.GetString(field); name != "" {
			return name
		}
	}
	return r.Id
}

func differs(r *core.Record) bool {
	for _, f := range r.Collection().Fields {
		is, was := fmt.Sprint(r.Get(f.GetName())), fmt.Sprint(r.Original().Get(f.GetName()))
		if f.Type() != core.FieldTypeAutodate && is != was {
			return true
		}
	}
	return false
}

// natural are the fields by which a row is known where its id is not, or another.
var natural = map[string][]string{"vocabulary": {"list", "slug"}, "words": {"words"}, "redirects": {"path"}, "adoptions": {"document", "place", "organisation"}, "relations": {"document", "other", "kind"}, "passport_counts": {"organisation", "as_of"}}

// find looks for the record that a row is about.
func (b *bringing) find(collection string, row map[string]any) (*core.Record, error) {
	where := dbx.HashExp{}
	switch id, _ := row["id"].(string); {
	case id != "":
		if r, err := b.app.FindRecordById(collection, id); err == nil {
			return r, nil
		}
		if collection == "adoptions" && row["organisation"] == nil {
			return nil, nil // people who speak for no organisation are not one
		}
		for _, field := range natural[collection] {
			value, _ := b.value(collection, field, row[field])
			where[field] = value
		}
	case row["key"] != nil:
		where["key"] = row["key"]
	default:
		where["slug"] = row["slug"]
	}
	if len(where) == 0 {
		return nil, nil
	}
	var found []*core.Record
	err := b.app.RecordQuery(collection).AndWhere(where).Limit(1).All(&found)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

func (b *bringing) fresher(collection string, row map[string]any) (*core.Record, error) {
	c, err := b.app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return nil, err
	}
	r := core.NewRecord(c)
	if id, _ := row["id"].(string); isID(id) {
		r.Id = id
	}
	return r, nil
}

// isID says whether a text is a record's id.
func isID(s string) bool {
	return len(s) == 15 && strings.Trim(s, core.DefaultIdAlphabet) == ""
}

// fill puts a row's values on a record, in the order of the collection's fields.
func (b *bringing) fill(r *core.Record, row map[string]any) (problems []string) {
	for _, f := range r.Collection().Fields {
		name := f.GetName()
		raw, ok := row[name]
		if !ok || name == "id" {
			continue
		}
		value, missing := b.value(r.Collection().Name, name, raw)
		if missing != "" {
			problems = append(problems, fmt.Sprintf("%s: %s names %s, which is not here", nameOf(r), name, missing))
		}
		if f.Type() == core.FieldTypeAutodate {
			if t, err := types.ParseDateTime(raw); err == nil && r.IsNew() {
				r.SetRaw(name, t) // when it was said stays
			}
			continue
		}
		r.Set(name, value)
	}
	return problems
}

// pointers are the fields by which files call the records of a collection; others are called by their ids.
var pointers = map[string]string{"spaces": "slug", "organisations": "slug", "places": "slug", "programmes": "slug", "groups": "slug", "documents": "key"}

// value is a field's value as rows hold it: names of other records become their ids.
func (b *bringing) value(collection, field string, v any) (value any, missing string) {
	c, err := b.app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return v, ""
	}
	relation, ok := c.Fields.GetByName(field).(*core.RelationField)
	if !ok {
		return v, ""
	}
	of, err := b.app.FindCachedCollectionByNameOrId(relation.CollectionId)
	if err != nil {
		return nil, field
	}
	names, many := v.([]any)
	if !many {
		names = []any{v}
	}
	ids := []string{}
	for _, name := range names {
		id, found := b.idOf(of.Name, fmt.Sprint(name))
		if !found && v != nil && name != "" {
			missing = fmt.Sprint(name)
			continue
		}
		ids = append(ids, id)
	}
	switch {
	case many:
		return ids, missing
	case len(ids) == 0:
		return "", missing
	}
	return ids[0], missing
}

func (b *bringing) idOf(collection, name string) (string, bool) {
	if collection == "goals" {
		id, err := plan.Named(b.app, name)
		return id, err == nil
	}
	column := pointers[collection]
	if column == "" {
		column = "id"
	}
	var id string
	err := b.app.DB().Select("id").From(collection).Where(dbx.HashExp{column: name}).Row(&id)
	return id, err == nil
}

// threads brings in discussions that are not here yet, each whole.
func (b *bringing) threads() error {
	names, err := fs.Glob(b.fs, "threads/*.json")
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		if err := b.thread(name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (b *bringing) thread(name string) error {
	f := File{Path: name, Outcome: Unchanged}
	defer func() { b.files = append(b.files, f) }()
	raw, err := fs.ReadFile(b.fs, name)
	if err != nil {
		return err
	}
	var row map[string]any
	if err := json.Unmarshal(raw, &row); err != nil {
		f.Outcome, f.Problems = Refused, []string{"cannot be read: " + err.Error()}
		return nil
	}
	f.Title, _ = row["title"].(string)
	if there, err := b.find("threads", map[string]any{"id": row["id"]}); there != nil || err != nil {
		return err
	}
	t, err := b.fresher("threads", row)
	if err != nil {
		return err
	}
	posts, _ := row["posts"].([]any)
	state, outcome := row["state"], row["outcome"]
	row["state"] = "open" // posts go into an open one
	delete(row, "outcome")
	f.Problems = b.fill(t, row)
	if err := b.save(t, &f); err != nil || t.IsNew() {
		return err
	}
	for _, e := range posts {
		if err := b.post(t, e, &f); err != nil {
			return err
		}
	}
	if (state == "open" || state == nil) && outcome == nil {
		return nil
	}
	t, err = b.app.FindRecordById("threads", t.Id)
	if err != nil {
		return err
	}
	if state != nil {
		t.Set("state", state)
	}
	if outcome != nil {
		t.Set("outcome", outcome)
		t.Set("decided", row["decided"])
	}
	return b.save(t, &f)
}

func (b *bringing) post(t *core.Record, e any, f *File) error {
	row, ok := e.(map[string]any)
	if !ok {
		f.Problems = append(f.Problems, "one post is not in the shape of a post")
		return nil
	}
	p, err := b.fresher("posts", row)
	if err != nil {
		return err
	}
	f.Problems = append(f.Problems, b.fill(p, row)...)
	p.Set("thread", t.Id)
	return b.save(p, f)
}

// attachments brings in files that belong to pages, with what is known about each. Pictures are made anew from the largest
// of them, outside of any transaction.
func (b *bringing) attachments(ctx context.Context) error {
	rows, err := b.rows("lists/attachments.json")
	if err != nil || len(rows) == 0 {
		return err
	}
	f := File{Path: "lists/attachments.json", Outcome: Unchanged}
	for _, row := range rows {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := b.attachment(ctx, row, &f); err != nil {
			return err
		}
	}
	b.files = append(b.files, f)
	return nil
}

func (b *bringing) attachment(ctx context.Context, row map[string]any, f *File) error {
	if there, err := b.find("attachments", row); there != nil || err != nil {
		return err
	}
	name, _ := row["name"].(string)
	lost := func(why string) { f.Problems = append(f.Problems, fmt.Sprintf("%s was left out: %s", name, why)) }
	attach, err := b.holderOf(row)
	if err != nil || attach == nil {
		lost("its page or post is not here")
		return err
	}
	raw, err := fs.ReadFile(b.fs, path.Join("attachments", fmt.Sprint(row["id"]), path.Base(fmt.Sprint(row["file"]))))
	if err != nil {
		lost("its file is not in the export")
		return nil
	}
	ready, err := library.Prepare(ctx, b.app, raw, name)
	if err == nil {
		if id, _ := row["id"].(string); isID(id) {
			ready.ID = id // so that links hold
		}
		delete(row, "file")
		_, err = attach(ready, func(a *library.Attachment) {
			f.Problems = append(f.Problems, b.fill(a.Record, row)...)
			journal.By(a.Record, "import")
		})
	}
	var faults validation.Errors
	if errors.As(err, &faults) {
		lost(sentenceOf(faults))
		return nil
	}
	if err == nil {
		f.Outcome = Imported
	}
	return err
}

// holderOf attaches to the page or the post that a row names, nil when that is not here.
func (b *bringing) holderOf(row map[string]any) (func(*library.Ready, func(*library.Attachment)) (*library.Attachment, error), error) {
	if post, is := row["post"].(string); is {
		p, err := b.find("posts", map[string]any{"id": post})
		if p == nil || err != nil {
			return nil, err
		}
		return func(r *library.Ready, fill func(*library.Attachment)) (*library.Attachment, error) {
			return library.AttachToPost(b.app, p.Id, r, fill)
		}, nil
	}
	id, found := b.idOf("documents", fmt.Sprint(row["document"]))
	if !found {
		return nil, nil
	}
	doc, err := library.ByID(b.app, id)
	if err != nil {
		return nil, err
	}
	return func(r *library.Ready, fill func(*library.Attachment)) (*library.Attachment, error) {
		return library.AttachReady(b.app, doc, r, fill)
	}, nil
}
