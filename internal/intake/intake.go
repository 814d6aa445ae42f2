// Package intake brings documents in: a folder or file of Markdown now, other sources later. Every source ends in the
// same place, library drafts, and every import in a report that says of each file what came in, under which title and
// address, and what did not and why. It also fills an empty hub from the shipped content.
//
// Running an import twice changes nothing: a document remembers the file it came from and what that file said. It does
// not render, search or publish by its own rules; the rooms it writes to keep theirs.
package intake

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/plan"
	"commonplace/internal/privacy"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// Options say how a source is brought in.
type Options struct {
	As      library.Kind // of files that do not say what they are; "" for guidance, or what their headings say
	Space   string       // a slug; "" is the library
	Publish bool         // else everything comes in as a draft
	DryRun  bool         // report only
	Limits  Limits       // of an archive; the standard ones when there are none
	Root    string       // what the names of sources begin with over imports, so that uploads of two people stay apart
	// Viewer is on whose behalf the import runs, nil for the operator. A person makes drafts, and changes what they may.
	Viewer *member.Viewer
	// Keep says of which files to leave what a web page put around the text; nil for none.
	Keep func(path string) bool
	// Read and Step are told how many of all files are read, and written.
	Read, Step func(done, all int)
}

func (o Options) keeps(path string) bool { return o.Keep != nil && o.Keep(path) }

// kind is what files become that do not say.
func (o Options) kind() library.Kind {
	if o.As == "" {
		return library.Guidance
	}
	return o.As
}

// actor is who stands in the journal.
func (o Options) actor() string {
	if o.Viewer == nil {
		return "import"
	}
	return o.Viewer.ID()
}

// What became of a file.
const (
	Imported  = "imported"
	Updated   = "updated"
	Unchanged = "unchanged"
	Suggested = "suggested" // somebody edited the document since: the new text waits beside it
	Refused   = "refused"   // the file could not be made into a document
	Skipped   = "skipped"   // the file is none
	Attached  = "attached"  // the file belongs to a page, and came in with it
)

// Report is what an import did.
type Report struct {
	Source string         `json:"source"`
	DryRun bool           `json:"dry_run"`
	At     time.Time      `json:"at"`
	Counts map[string]int `json:"counts"`
	Files  []File         `json:"files"`
}

// File is what became of one file.
type File struct {
	Path     string   `json:"path"`
	Outcome  string   `json:"outcome"`
	Title    string   `json:"title,omitempty"`
	Address  string   `json:"address,omitempty"`
	Language string   `json:"language,omitempty"`
	Chrome   []string `json:"chrome,omitempty"`   // lines that look like what a web page puts around its text
	Problems []string `json:"problems,omitempty"` // what did not come in as it stood, or why nothing did
}

// piece is a file on its way to becoming a document.
type piece struct {
	File
	source   string // identifies the file over imports
	sum      string // of the file's bytes and of how it is read
	front    map[string]any
	body     string
	own      bool // the file has the hub's own front matter
	whole    bool // it comes from an export of a hub: its space, state and record are its own
	foreign  bool // it was written by another program than a Markdown editor
	fault    error
	old      []string           // addresses at which it stood elsewhere
	shelf    *media             // the files of the source
	within   map[string]*medium // pictures that came in the file, by their address in its text
	pictures []string           // their names, in order
	media    []wanted           // files that come in with the page
	ready    []ready            // those that can
	kind     library.Kind
	before   *before // nil for a file that is new here
	slug     string
	chapter  string
}

// before is what a file became at an earlier import.
type before struct {
	ID      string `db:"id"`
	Kind    string `db:"kind"`
	Slug    string `db:"slug"`
	Chapter string `db:"chapter"`
	State   string `db:"state"`
	Title   string `db:"title"`
	Sum     string `db:"source_sum"` // of the file, a colon, and of what the document said then
}

// unchanged says whether the file says what it said at the last import, and nothing else is asked for.
func (b *before) unchanged(sum string, o Options) bool {
	was, _, _ := strings.Cut(b.Sum, ":")
	return was == sum && (!o.Publish || b.State == library.Published)
}

// touched says whether somebody changed the document, or the goals of the plan, since it came in.
func (b *before) touched(tx core.App, doc *library.Document) (bool, error) {
	_, said, known := strings.Cut(b.Sum, ":")
	if !known {
		return false, nil
	}
	for _, of := range []func(core.App, *library.Document) (string, error){fingerprint, earlierFingerprint} {
		now, err := of(tx, doc)
		if err != nil || now != "" && now == said {
			return false, err
		}
	}
	return true, nil
}

// reading is the version of the conversion: another one reads every file anew.
const reading = "1"

// perTransaction is how many documents are written at once.
const perTransaction = 50

// errRehearsed undoes what a dry run wrote: it does all that an import does, and then takes it back.
var errRehearsed = errors.New("only a rehearsal")

// run writes pieces and completes their report.
func run(ctx context.Context, app core.App, o Options, actor string, pieces []*piece) (map[string]int, error) {
	space, err := spaceFor(app, o.Space)
	if err != nil {
		return nil, err
	}
	if o.Viewer != nil && o.Viewer.In(space.Id) < member.Editor {
		return nil, fmt.Errorf("only editors of %s bring pages in there", space.GetString("title"))
	}
	for start := 0; start < len(pieces); {
		if ctx.Err() != nil {
			return countOf(pieces), ctx.Err()
		}
		batch := nextBatch(pieces[start:])
		start += len(batch)
		if err := batch[0].prepare(ctx, app, o); err != nil {
			return countOf(pieces), fmt.Errorf("%s: %w", batch[0].Path, err)
		}
		err := app.RunInTransaction(func(tx core.App) error {
			for _, p := range batch {
				if err := p.write(tx, o, actor, space); err != nil {
					return fmt.Errorf("%s: %w", p.Path, err)
				}
			}
			if o.DryRun {
				return errRehearsed
			}
			return nil
		})
		var unfit planFaults
		switch {
		case errors.As(err, &unfit):
			batch[0].Outcome, batch[0].Address, batch[0].Problems = Refused, "", append(unfit, "Nothing of this file came in.")
		case err != nil && !errors.Is(err, errRehearsed):
			return countOf(pieces), err
		}
		batch[0].ready = nil // its bytes are many
		if o.Step != nil {
			o.Step(start, len(pieces))
		}
	}
	settleMedia(pieces)
	return countOf(pieces), nil
}

// nextBatch are the pieces that are written at once. One with files comes by itself, for they are kept in the meantime; so
// does a plan, of which everything comes in or nothing.
func nextBatch(pieces []*piece) []*piece {
	n := 1
	for n < min(perTransaction, len(pieces)) && !pieces[0].alone() && !pieces[n].alone() {
		n++
	}
	return pieces[:n]
}

func (p *piece) alone() bool { return len(p.media) > 0 || p.kind == library.ActionPlan }

func countOf(pieces []*piece) map[string]int {
	counts := map[string]int{}
	for _, p := range pieces {
		if p.Outcome != "" {
			counts[p.Outcome]++
		}
	}
	return counts
}

func spaceFor(app core.App, slug string) (*member.Space, error) {
	if slug == "" {
		slug = member.LibrarySlug
	}
	s, err := member.SpaceBySlug(app, slug)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("there is no space %q", slug)
	}
	return s, err
}

// write makes the piece's document new, or equal to its file. What is wrong with the file is a problem of the piece; an
// error is the database's.
func (p *piece) write(tx core.App, o Options, actor string, space *member.Space) error {
	if p.Outcome != "" {
		return nil
	}
	if p.before != nil && p.before.unchanged(p.sum, o) {
		return p.addBeside(tx, o, actor)
	}
	doc, err := p.document(tx, space)
	if err != nil {
		return err
	}
	touched := false
	if p.before != nil {
		if touched, err = p.before.touched(tx, doc); err != nil {
			return err
		}
		touched = touched || o.Viewer != nil && doc.Out() // what the public reads is not changed by an upload
	}
	if o.Viewer != nil {
		p.behave(doc, o.Viewer)
	}
	if !doc.IsNew() {
		if err := p.attach(tx, doc, o, actor); err != nil {
			return err
		}
	}
	p.swap()
	problems, err := library.Fill(tx, doc, p.front, p.body)
	if err != nil {
		return err
	}
	p.Problems = append(p.Problems, problems...)
	doc.Set("slug", p.slug)
	if p.chapter != "" {
		doc.Set("chapter", p.chapter)
	}
	doc.Set("language", p.Language)
	if p.whole {
		doc.Set("state", p.front["state"])
	}
	publish := o.Publish && o.Viewer == nil
	if len(p.undescribed()) > 0 && (publish || doc.Out()) {
		publish, touched = false, touched || doc.Out()
		p.Problems = append(p.Problems, "The page was not published as it is now: a picture without a description does not go out.")
	}
	if publish && len(p.ready) == 0 {
		doc.Set("state", library.Published)
	}
	p.Title, p.Address = doc.Title(), doc.Address()
	if !doc.Out() { // what is out is rendered when it is saved
		if _, _, err := doc.Render(); err != nil {
			return p.refuse(err)
		}
	}
	p.askForWords()
	if touched {
		p.Outcome = Suggested
		return p.suggest(tx, doc, o)
	}
	journal.By(doc.Record, actor)
	if err := p.save(tx, doc, o, actor, publish); err != nil || p.Outcome == Refused {
		return err
	}
	if err := p.lookForDetails(tx, doc); err != nil {
		return err
	}
	p.Title, p.Address = doc.Title(), doc.Address() // as it was saved
	if p.whole {
		if err := library.KeepDates(tx, doc, p.front); err != nil {
			return err
		}
	}
	if doc.DocKind() == library.ActionPlan {
		if err := p.doing(tx, doc, actor); err != nil {
			return err
		}
	}
	if err := p.redirect(tx, doc); err != nil {
		return err
	}
	return p.remember(tx, doc)
}

// save keeps the document and what is attached to it. One that goes out does so when its files are there.
func (p *piece) save(tx core.App, doc *library.Document, o Options, actor string, publish bool) error {
	isNew := doc.IsNew()
	if err := tx.Save(doc.Record); err != nil {
		return p.refuse(err)
	}
	if len(p.ready) == 0 {
		return nil
	}
	body := doc.GetString("body")
	if isNew {
		if err := p.attach(tx, doc, o, actor); err != nil {
			return err
		}
	}
	if !publish && doc.GetString("body") == body {
		return nil
	}
	if publish {
		doc.Set("state", library.Published)
	}
	journal.By(doc.Record, actor)
	err := tx.Save(doc.Record)
	var faults validation.Errors
	if errors.As(err, &faults) && publish {
		p.Problems = append(p.Problems, "The page came in as a draft: "+sentenceOf(faults))
		doc.Set("state", library.Draft)
		return nil
	}
	return err
}

// behave keeps a person's upload to what they may say: they are its author, and it is their organisation's.
func (p *piece) behave(doc *library.Document, v *member.Viewer) {
	if name, ok := p.front["organisation"]; ok {
		delete(p.front, "organisation")
		p.Problems = append(p.Problems, fmt.Sprintf("organisation: %v was left out. The page is your organisation's.", name))
	}
	if doc.IsNew() {
		doc.Set("author", v.ID())
		doc.Set("organisation", v.Organisation())
	}
}

// lookForDetails reports what tells one private person from another: nobody has decided yet whether it may be public.
func (p *piece) lookForDetails(tx core.App, doc *library.Document) error {
	found, err := privacy.Look(tx, doc.Record)
	for _, f := range found {
		p.Problems = append(p.Problems, fmt.Sprintf("%s: %s It stands in line %d. It came in all the same; look whether it should be public.", f.Field, f.Says, f.Line))
	}
	return err
}

// suggest leaves the new text beside a document that was edited here. A plan's goals are rows and cannot wait like that.
func (p *piece) suggest(tx core.App, doc *library.Document, o Options) error {
	why, author := "The document was edited here since the last import. The new text waits beside it as a suggested change.", ""
	if o.Viewer != nil && doc.Out() {
		why, author = "The page is published. The new text waits beside it until somebody publishes it.", o.Viewer.ID()
	}
	p.Problems = append(p.Problems, why)
	if doc.DocKind() == library.ActionPlan {
		p.Problems = append(p.Problems, "The plan's goals stay as they are here.")
	}
	if author != "" { // their own work on their own page
		if _, err := library.SaveWork(tx, doc, author); err != nil {
			return err
		}
		return p.remember(tx, doc)
	}
	base, err := library.Imported(tx, doc.Id)
	if err != nil {
		return err
	}
	if _, err := library.Suggest(tx, doc, base, "", "The file that this came from has changed."); err != nil && !errors.Is(err, library.ErrSaysTheSame) {
		return err
	}
	return p.remember(tx, doc)
}

// document is the one that the file becomes: the one it became before, or a new one.
func (p *piece) document(tx core.App, space *member.Space) (*library.Document, error) {
	if p.before != nil {
		p.Outcome = Updated
		return library.ByID(tx, p.before.ID)
	}
	p.Outcome = Imported
	if !p.whole {
		return library.New(tx, p.kind, space.Id)
	}
	return p.asItWas(tx, space)
}

// asItWas is a new document in the space that the file names, with the id that it had.
func (p *piece) asItWas(tx core.App, space *member.Space) (*library.Document, error) {
	if slug, _ := p.front["space"].(string); slug != "" {
		named, err := member.SpaceBySlug(tx, slug)
		switch {
		case err == nil:
			space = named
		case errors.Is(err, sql.ErrNoRows):
			p.Problems = append(p.Problems, fmt.Sprintf("space: there is no %q here; it went into %s", slug, space.Title()))
		default:
			return nil, err
		}
	}
	doc, err := library.New(tx, p.kind, space.Id)
	if err != nil {
		return nil, err
	}
	if id, _ := p.front["record"].(string); isID(id) {
		if _, err := library.ByID(tx, id); errors.Is(err, sql.ErrNoRows) {
			doc.Id = id
		}
	}
	return doc, nil
}

// refuse turns what a room says against a document into the reason why its file stays out.
func (p *piece) refuse(err error) error {
	var faults validation.Errors
	if !errors.As(err, &faults) {
		return err
	}
	p.Outcome, p.Address = Refused, ""
	var why []string
	for _, field := range slices.Sorted(maps.Keys(faults)) {
		why = append(why, field+": "+faults[field].Error())
	}
	p.Problems = append(why, p.Problems...)
	return nil
}

// remember keeps which file the document came from, what the file said, and what the document said then.
func (p *piece) remember(tx core.App, doc *library.Document) error {
	said, err := fingerprint(tx, doc)
	if err != nil {
		return err
	}
	if p.Outcome == Suggested && doc.DocKind() == library.ActionPlan {
		said = "" // its goals are not the file's, so it counts as edited from now on
	}
	_, err = tx.DB().Update("documents", dbx.Params{"source": p.source, "source_sum": p.sum + ":" + said}, dbx.HashExp{"id": doc.Id}).Execute()
	return err
}

// fingerprint is of what people can change: what a writer wrote, and the rows of a plan.
func fingerprint(app core.App, doc *library.Document) (string, error) {
	content, updates, err := contentOf(app, doc)
	if err != nil {
		return "", err
	}
	if len(updates) > 0 {
		content["updates"] = updates
	}
	raw, err := json.Marshal(content)
	return hash(raw), err
}

// contentOf is what a writer wrote, with the goals of a plan, and its updates.
func contentOf(app core.App, doc *library.Document) (map[string]any, []plan.Update, error) {
	content := doc.Content()
	delete(content, "position")
	if doc.DocKind() != library.ActionPlan || doc.Id == "" {
		return content, nil, nil
	}
	goals, err := plan.Load(app, doc.Id)
	if err != nil {
		return nil, nil, err
	}
	content["goals"] = goals
	updates, err := plan.Updates(app, doc.Id)
	return content, updates, err
}

func hash(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
