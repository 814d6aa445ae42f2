package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"commonplace/internal/check"
	"commonplace/internal/event"
	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"
	"commonplace/internal/plan"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Options say what of a hub is taken out.
type Options struct {
	Viewer *member.Viewer // only what they may see; nil is the operator, who takes it all
	Space  string         // the slug of the one space that is wanted; "" for all
}

// Put takes a file of the export.
type Put func(name string, content io.Reader) error

// Manifest is the file that tells an importer that the rest is an export of a hub.
const Manifest = "commonplace.json"

// Hub hands over the files of a hub: every document as Markdown, the lists they name, discussions with their posts, and
// attachments. Put into an empty hub and taken out again, they are the same to the byte; so they name no day and no
// person. Accounts and the history of each page are in a backup.
func Hub(app core.App, o Options, put Put) error {
	h := &hub{app: app, o: o, put: put}
	for _, part := range []func() error{h.head, h.names, h.lists, h.documents, h.threads, h.attachments} {
		if err := part(); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	return nil
}

// hub is one export on its way.
type hub struct {
	app core.App
	o   Options
	put Put

	named map[string]map[string]string // by collection: the name that files use of a record, by its id
	taken map[string]bool              // ids of the documents that are in it
	edits map[string]bool              // and of those that whoever takes them out may also change
	posts map[string]bool              // and of the posts
}

func (h *hub) text(name, text string) error { return h.put(name, strings.NewReader(text)) }

func (h *hub) json(name string, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	return h.put(name, &b)
}

func (h *hub) head() error {
	if err := h.json(Manifest, fields{"format": 1}); err != nil {
		return err
	}
	return h.text("README.txt", hubReadme)
}

const hubReadme = `This is what a hub holds, in files that open without it.

documents/    every page, as Markdown with its facts on top; a folder for each space
threads/      discussions with their posts, a file each
lists/        places, partners, programmes, figures, helplines and other lists that pages name; what readers said
              about pages and what was answered; events; who signed plans, and pages that boards were given
attachments/  files and pictures that belong to pages and posts

To put it into another hub: commonplace import FOLDER
Accounts and earlier versions of pages are not here: they are in a backup.
`

// names learns what files call the records that others point to: their slug or key, which stay when ids do not.
func (h *hub) names() error {
	h.named, h.taken, h.edits, h.posts = map[string]map[string]string{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, c := range [][2]string{
		{"spaces", "slug"}, {"organisations", "slug"}, {"places", "slug"}, {"programmes", "slug"}, {"groups", "slug"}, {"documents", "key"},
	} {
		names, err := member.Names(h.app, c[0], c[1])
		if err != nil {
			return err
		}
		h.named[c[0]] = names
	}
	var err error
	h.named["goals"], err = plan.Names(h.app) // their own ids are others elsewhere
	return err
}

// List is a collection whose rows go out in one file, and come in again from it.
type List struct {
	Collection string
	Key        string // the field by which files name a row, "" where a row has its id
	Order      string
	Document   string // the field that names the document without which a row is not wanted
	After      bool   // it comes out when it is known which documents do
}

// Lists are in the order in which they come in: what is pointed to before what points to it. Rows that point to documents
// come after those.
var Lists = []List{
	{Collection: "spaces", Key: "slug", Order: "slug"},
	{Collection: "places", Key: "slug", Order: "position, slug"},
	{Collection: "organisations", Key: "slug", Order: "slug"},
	{Collection: "programmes", Key: "slug", Order: "slug"},
	{Collection: "vocabulary", Order: "list, position, slug"},
	{Collection: "words", Order: "words"},
	{Collection: "helplines", Key: "slug", Order: "position, slug"},
	{Collection: "figures", Key: "key", Order: "key"},
	{Collection: "local_answers", Order: "id"},
	{Collection: "groups", Key: "slug", Order: "slug"},
	{Collection: "passport_counts", Order: "id"},
	{Collection: "champions", Order: "id"},
	{Collection: "redirects", Order: "path", Document: "document", After: true},
	{Collection: "assessments", Order: "id", Document: "document", After: true},
	{Collection: "signoffs", Order: "id", Document: "document", After: true},
	{Collection: "plan_boards", Key: "key", Order: "key", Document: "document", After: true},
	{Collection: "relations", Order: "id", Document: "document", After: true},
	{Collection: "consents", Order: "id", Document: "document", After: true},
	{Collection: "answers", Order: "id", Document: "document", After: true},
	{Collection: "comments", Order: "id", Document: "document", After: true},
	{Collection: "adoptions", Order: "id", Document: "document", After: true}, // a discussion may belong to one
	{Collection: "decisions", Order: "id", After: true},
	{Collection: "events", Order: "id", After: true},
}

func (h *hub) lists() error {
	for _, l := range Lists {
		if l.After {
			continue
		}
		if err := h.list(l); err != nil {
			return err
		}
	}
	return nil
}

func (h *hub) list(l List) error {
	var records []*core.Record
	q := h.app.RecordQuery(l.Collection)
	for by := range strings.SplitSeq(l.Order, ", ") {
		q.AndOrderBy(by)
	}
	err := q.All(&records)
	if err != nil {
		return err
	}
	rows := []fields{}
	for _, r := range records {
		if !h.wants(l, r) {
			continue
		}
		row := h.row(r, l.Key == "")
		if l.Collection == "plan_boards" {
			if row["frozen"], err = plan.Renamed(row["frozen"], h.planNamed); err != nil {
				continue // a plan of it is not taken out
			}
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil
	}
	return h.json("lists/"+l.Collection+".json", rows)
}

// planNamed is what files call a plan, false when it is not taken out.
func (h *hub) planNamed(id string) (string, bool) { return h.named["documents"][id], h.taken[id] }

// wants says whether a row belongs to what is taken out.
func (h *hub) wants(l List, r *core.Record) bool {
	if l.Document != "" && r.GetString(l.Document) != "" && !h.taken[r.GetString(l.Document)] {
		return false
	}
	switch l.Collection {
	case "answers", "comments": // what waits or was declined is nobody's elsewhere; pages that are no documents are in no space
		shown := l.Collection == "answers" || r.GetString("state") == thread.Visible
		return shown && (h.o.Space == "" || r.GetString("document") != "")
	case "spaces":
		s := &member.Space{}
		s.SetProxyRecord(r)
		return (h.o.Space == "" || h.o.Space == r.GetString("slug")) && (h.o.Viewer == nil || h.o.Viewer.Lists(s))
	case "events":
		e := event.Wrap(r)
		return (h.o.Space == "" || h.named["spaces"][e.Space()] == h.o.Space) && (h.o.Viewer == nil || e.Viewable(h.o.Viewer))
	case "relations":
		return h.taken[r.GetString("other")] && (h.o.Viewer == nil || library.Told(r.GetString("kind")))
	case "signoffs":
		return r.GetString("plan") == "" || h.taken[r.GetString("plan")]
	case "consents":
		return h.edits[r.GetString("document")]
	case "champions": // who wishes to be found here and now; elsewhere it is a role, and nobody can be written to
		return h.o.Space == "" && r.GetBool("out")
	case "assessments":
		return h.o.Viewer == nil || !r.GetBool("hidden") && check.Wrap(r).Viewable(h.o.Viewer)
	case "adoptions":
		return h.o.Viewer == nil || !r.GetBool("hidden")
	case "redirects": // what points to other records tells their ids only, and follows from their former names
		return r.GetString("document") != ""
	}
	return true
}

// derived are fields that follow from others, or that tie a row to a person.
var derived = map[string]bool{"updated": true, "access": true, "html": true, "seq": true, "client_key": true, "post_count": true, "last_post_at": true}

// private are fields of a list that do not leave the hub: where the form of a consent lies is nobody's elsewhere.
var private = map[string]string{"consents": "how"}

// told are hidden fields that go out all the same: a fingerprint of what was signed, by which it shows that the words are others.
var told = map[string]string{"signoffs": "words"}

// row is a record as files hold it: no empty field, no person, and others by the name that files give them.
func (h *hub) row(r *core.Record, withID bool) fields {
	row := fields{}
	for _, f := range r.Collection().Fields {
		name := f.GetName()
		if derived[name] || private[r.Collection().Name] == name || f.GetHidden() && told[r.Collection().Name] != name || name == "id" && !withID || name == "created" && !withID {
			continue
		}
		switch f := f.(type) {
		case *core.RelationField:
			if value := h.relation(f, r); value != nil {
				row[name] = value
			}
		case *core.FileField:
			if file := r.GetString(name); file != "" {
				row[name] = file
			}
		default:
			if value := plainOf(r, f); value != nil {
				row[name] = value
			}
		}
	}
	return row
}

// plainOf is a field's value for a file, nil where it is empty.
func plainOf(r *core.Record, f core.Field) any {
	switch f.(type) {
	case *core.DateField, *core.AutodateField:
		if t := r.GetDateTime(f.GetName()); !t.IsZero() {
			return t.String()
		}
		return nil
	case *core.JSONField:
		var v any
		if r.UnmarshalJSONField(f.GetName(), &v) != nil {
			return nil
		}
		return v
	}
	switch v := r.Get(f.GetName()).(type) {
	case string, bool, int, float64:
		if v == "" || v == false || v == 0 || v == 0.0 {
			return nil
		}
		return v
	case []string:
		if len(v) == 0 {
			return nil
		}
		return v
	}
	return nil
}

func (h *hub) relation(f *core.RelationField, r *core.Record) any {
	c, err := h.app.FindCachedCollectionByNameOrId(f.CollectionId)
	if err != nil || c.Name == "users" {
		return nil
	}
	name := func(id string) string {
		if c.Name == "documents" && !h.taken[id] {
			return "" // not even its name
		}
		if c.Name == "threads" && !h.wantsThread(id) {
			return ""
		}
		if names, ok := h.named[c.Name]; ok {
			return names[id]
		}
		return id
	}
	if f.MaxSelect > 1 {
		var all []string
		for _, id := range r.GetStringSlice(f.Name) {
			all = append(all, name(id))
		}
		if len(all) == 0 {
			return nil
		}
		return all
	}
	if id := name(r.GetString(f.Name)); id != "" {
		return id
	}
	return nil
}

// wantsThread says whether a discussion is taken out too.
func (h *hub) wantsThread(id string) bool {
	t, err := thread.ByID(h.app, id)
	return err == nil && (h.o.Space == "" || h.named["spaces"][t.Space()] == h.o.Space) && (h.o.Viewer == nil || t.Viewable(h.o.Viewer))
}

// documents come in the order of their addresses, and after them the lists that need to know which they are.
func (h *hub) documents() error {
	where := dbx.HashExp{}
	if h.o.Space != "" {
		s, err := member.SpaceBySlug(h.app, h.o.Space)
		if err != nil {
			return fmt.Errorf("there is no space %q", h.o.Space)
		}
		where["space"] = s.Id
	}
	var ids []string
	if err := h.app.DB().Select("id").From("documents").Where(where).OrderBy("kind", "chapter", "slug").Column(&ids); err != nil {
		return err
	}
	for _, id := range ids {
		if err := h.document(id); err != nil {
			return err
		}
	}
	for _, l := range Lists {
		if !l.After {
			continue
		}
		if err := h.list(l); err != nil {
			return err
		}
	}
	return nil
}

func (h *hub) document(id string) error {
	d, err := library.ByID(h.app, id)
	if err != nil || d.InBin() || h.o.Viewer != nil && !d.Viewable(h.o.Viewer) {
		return err
	}
	h.edits[d.Id] = h.o.Viewer == nil || d.Editable(h.o.Viewer)
	more := []markdown.Pair{{Key: "record", Value: d.Id}}
	if h.edits[d.Id] {
		more = append(more, d.Dates()...)
	}
	text, err := Source(h.app, d, more...)
	if err != nil {
		return fmt.Errorf("%s: %w", d.Address(), err)
	}
	h.taken[d.Id] = true
	return h.text("documents/"+h.named["spaces"][d.Space()]+d.Address()+".md", text)
}

// Source is a document as the one Markdown file that it can come in from again: a plan with its goals.
func Source(app core.App, d *library.Document, more ...markdown.Pair) (string, error) {
	if d.DocKind() == library.ActionPlan {
		goals, err := plan.Load(app, d.Id)
		if err != nil {
			return "", err
		}
		updates, err := plan.Updates(app, d.Id)
		if err != nil {
			return "", err
		}
		raw, err := json.Marshal(struct { // a day knows how to write itself in JSON
			Goals   []plan.Goal   `json:"goals,omitempty"`
			Updates []plan.Update `json:"updates,omitempty"`
		}{goals, updates})
		if err != nil {
			return "", err
		}
		pairs, err := markdown.Ordered(raw)
		if err != nil {
			return "", err
		}
		more = append(more, pairs...)
	}
	return library.File(app, d, more...)
}

func (h *hub) threads() error {
	var threads []*thread.Thread
	if err := h.app.RecordQuery("threads").OrderBy("id").All(&threads); err != nil {
		return err
	}
	for _, t := range threads {
		if h.o.Space != "" && h.named["spaces"][t.Space()] != h.o.Space || h.o.Viewer != nil && !t.Viewable(h.o.Viewer) {
			continue
		}
		row := h.row(t.Record, true)
		posts, err := h.postsOf(t)
		if err != nil {
			return err
		}
		row["posts"] = posts
		if err := h.json("threads/"+t.Id+".json", row); err != nil {
			return err
		}
	}
	return nil
}

// posts are a discussion's in their order. Whoever is not the operator gets those that are out.
func (h *hub) postsOf(t *thread.Thread) ([]fields, error) {
	var records []*core.Record
	if err := h.app.RecordQuery("posts").AndWhere(dbx.HashExp{"thread": t.Id}).OrderBy("seq", "id").All(&records); err != nil {
		return nil, err
	}
	rows := []fields{}
	for _, r := range records {
		if h.o.Viewer != nil && r.GetString("state") != thread.Visible {
			continue
		}
		row := h.row(r, true)
		delete(row, "thread")
		h.posts[r.Id] = true
		rows = append(rows, row)
	}
	return rows, nil
}

// attachments are files of documents and posts that are in it, each beside what is known about it.
func (h *hub) attachments() error {
	c, err := h.app.FindCachedCollectionByNameOrId("attachments")
	if err != nil {
		return nil // a hub without any
	}
	var records []*core.Record
	if err := h.app.RecordQuery(c).OrderBy("id").All(&records); err != nil {
		return err
	}
	var rows []fields
	for _, r := range records {
		a := library.WrapAttachment(r)
		if !h.taken[a.Document()] && !h.posts[a.Post()] || !a.Removed().IsZero() || !h.shows(a) {
			continue
		}
		row := h.row(r, true)
		for _, field := range made {
			delete(row, field)
		}
		rows = append(rows, row)
		if err := h.file(a); err != nil {
			return err
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return h.json("lists/attachments.json", rows)
}

// shows says whether whoever takes it out may have a file.
func (h *hub) shows(a *library.Attachment) bool {
	if h.o.Viewer == nil {
		return true
	}
	if a.Post() != "" {
		shows, _ := thread.ShowsFile(h.app, h.o.Viewer, a.Record)
		return shows
	}
	d, err := library.ByID(h.app, a.Document())
	return err == nil && a.Viewable(h.o.Viewer, d)
}

// made are fields of an attachment that follow from its file. The smaller widths of a picture are made anew from the largest.
var made = []string{"space", "kind", "type", "size", "sizes", "smaller", "words"}

// file hands over the bytes of an attachment, of a picture the largest.
func (h *hub) file(a *library.Attachment) error {
	store, err := h.app.NewFilesystem()
	if err != nil {
		return err
	}
	defer store.Close()
	content, err := store.GetReader(a.Key(a.File()))
	if err == nil {
		err = errors.Join(h.put("attachments/"+a.Id+"/"+a.File(), content), content.Close())
	}
	if err != nil {
		return fmt.Errorf("attachment %s: %w", a.File(), err)
	}
	return nil
}
