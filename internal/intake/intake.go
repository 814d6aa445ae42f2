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
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/plan"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// Options say how a source is brought in.
type Options struct {
	As      library.Kind // of files that do not say what they are
	Space   string       // a slug; "" is the library
	Publish bool         // else everything comes in as a draft
	DryRun  bool         // report only
	// Step is told how many of all files are done.
	Step func(done, all int)
}

// What became of a file.
const (
	Imported  = "imported"
	Updated   = "updated"
	Unchanged = "unchanged"
	Suggested = "suggested" // somebody edited the document since: the new text waits beside it
	Refused   = "refused"   // the file could not be made into a document
	Skipped   = "skipped"   // the file is none
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
	Problems []string `json:"problems,omitempty"` // what did not come in as it stood, or why nothing did
}

// piece is a file on its way to becoming a document.
type piece struct {
	File
	source  string // identifies the file over imports
	sum     string // of the file's bytes and of how it is read
	front   map[string]any
	body    string
	own     bool // the file has the hub's own front matter
	kind    library.Kind
	before  *before // nil for a file that is new here
	slug    string
	chapter string
}

// before is what a file became at an earlier import.
type before struct {
	ID      string `db:"id"`
	Kind    string `db:"kind"`
	Slug    string `db:"slug"`
	Chapter string `db:"chapter"`
	State   string `db:"state"`
	Sum     string `db:"source_sum"` // of the file, a colon, and of what the document said then
}

// unchanged says whether the file says what it said at the last import, and nothing else is asked for.
func (b *before) unchanged(sum string, o Options) bool {
	was, _, _ := strings.Cut(b.Sum, ":")
	return was == sum && (!o.Publish || b.State == library.Published)
}

// touched says whether somebody changed the document since it came in.
func (b *before) touched(doc *library.Document) bool {
	_, said, known := strings.Cut(b.Sum, ":")
	return known && said != fingerprint(doc)
}

// reading is the version of the conversion: another one reads every file anew.
const reading = "1"

// perTransaction is how many documents are written at once.
const perTransaction = 50

// run writes pieces and completes their report.
func run(ctx context.Context, app core.App, o Options, actor string, pieces []*piece) (map[string]int, error) {
	space, err := spaceFor(app, o.Space)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for start := 0; start < len(pieces); start += perTransaction {
		if ctx.Err() != nil {
			return counts, ctx.Err()
		}
		batch := pieces[start:min(start+perTransaction, len(pieces))]
		err := app.RunInTransaction(func(tx core.App) error {
			for _, p := range batch {
				if err := p.write(tx, o, actor, space); err != nil {
					return fmt.Errorf("%s: %w", p.Path, err)
				}
			}
			return nil
		})
		if err != nil {
			return counts, err
		}
		for _, p := range batch {
			counts[p.Outcome]++
		}
		if o.Step != nil {
			o.Step(start+len(batch), len(pieces))
		}
	}
	return counts, nil
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
	if p.Outcome == Refused || p.Outcome == Skipped {
		return nil
	}
	if p.before != nil && p.before.unchanged(p.sum, o) {
		p.Outcome = Unchanged
		return nil
	}
	doc, err := p.document(tx, space)
	if err != nil {
		return err
	}
	touched := p.before != nil && p.before.touched(doc)
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
	if o.Publish {
		doc.Set("state", library.Published)
	}
	p.Title, p.Address = doc.Title(), doc.Address()
	if o.DryRun {
		return p.rehearse(doc)
	}
	if touched {
		p.Outcome = Suggested
		p.Problems = append(p.Problems, "The document was edited here since the last import. The new text waits beside it as a suggested change.")
		if _, err := library.SaveWork(tx, doc, ""); err != nil {
			return err
		}
		return p.remember(tx, doc.Id, doc)
	}
	journal.By(doc.Record, actor)
	if err := tx.Save(doc.Record); err != nil {
		return p.refuse(err)
	}
	if goals, ok := p.front["goals"]; ok && doc.DocKind() == library.ActionPlan {
		read, problems := plan.Read(goals)
		p.Problems = append(p.Problems, problems...)
		if err := plan.Apply(tx, doc.Id, actor, read); err != nil {
			return err
		}
	}
	return p.remember(tx, doc.Id, doc)
}

// document is the one that the file becomes: the one it became before, or a new one.
func (p *piece) document(tx core.App, space *member.Space) (*library.Document, error) {
	if p.before != nil {
		p.Outcome = Updated
		return library.ByID(tx, p.before.ID)
	}
	p.Outcome = Imported
	return library.New(tx, p.kind, space.Id)
}

// rehearse says in a dry run whether the document could be saved.
func (p *piece) rehearse(doc *library.Document) error {
	if _, _, err := doc.Render(); err != nil {
		return p.refuse(err)
	}
	return nil
}

// refuse turns what a room says against a document into the reason why its file stays out.
func (p *piece) refuse(err error) error {
	var faults validation.Errors
	if !errors.As(err, &faults) {
		return err
	}
	p.Outcome, p.Address = Refused, ""
	for field, fault := range faults {
		p.Problems = append(p.Problems, field+": "+fault.Error())
	}
	return nil
}

// remember keeps which file the document came from, what the file said, and what the document said then.
func (p *piece) remember(tx core.App, id string, doc *library.Document) error {
	_, err := tx.DB().Update("documents", dbx.Params{"source": p.source, "source_sum": p.sum + ":" + fingerprint(doc)}, dbx.HashExp{"id": id}).Execute()
	return err
}

// fingerprint is of what a writer can change.
func fingerprint(doc *library.Document) string {
	content := doc.Content()
	delete(content, "position")
	raw, err := json.Marshal(content)
	if err != nil {
		return ""
	}
	return hash(raw)
}

func hash(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
