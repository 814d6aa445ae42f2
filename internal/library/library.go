// Package library owns documents: case studies, handbook pages, guidance, the text of action plans, glossary terms,
// templates and the site's own pages; their states, revisions, addresses and figures.
//
// A document's row holds its identity and, once it is out, its published text; work in progress on it lives in
// revisions. What a document promises is kept here in record hooks, because forms, REST, the dashboard and importers all
// write. Plans' goals and measures belong to package plan, discussions to package thread.
//
// What comes out in a space that everybody reads has been read by two people. Editors may ask for approval first, or
// publish at once and have it checked within three days; a reviewer approves anybody's work but their own. Where nobody
// else reviews there is nobody to ask, so a hub of one person works; in closed spaces approval is the group's own choice.
// Approved are exact words: those that change are approved anew. What was published is withdrawn, never hidden again.
package library

import (
	"errors"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// first runs before the journal opens its transaction: rendering need not hold the database.
const first = -200

// Bind keeps documents, revisions and figures in the journal and the promises of documents on every save.
func Bind(app core.App, j *journal.Journal) {
	for _, h := range []*hook.TaggedHook[*core.RecordEvent]{app.OnRecordCreate("documents"), app.OnRecordUpdate("documents")} {
		h.Bind(&hook.Handler[*core.RecordEvent]{Id: "library.prepare", Priority: first, Func: func(e *core.RecordEvent) error {
			if err := prepare(e.App, Wrap(e.Record)); err != nil {
				return err
			}
			return e.Next()
		}})
	}
	app.OnRecordValidate("documents").BindFunc(func(e *core.RecordEvent) error {
		if faults := Wrap(e.Record).faults(); len(faults) > 0 {
			return faults
		}
		if err := Wrap(e.Record).ownerFault(e.App); err != nil {
			return err
		}
		if err := Wrap(e.Record).editionFault(e.App); err != nil {
			return err
		}
		return e.Next()
	})
	j.Keep(journal.Kept{
		Collection: "documents",
		Row: func(_ core.App, r *core.Record, row *journal.Row) {
			row.Space, row.Parent = r.GetString("space"), r.Id
			row.Verb = verb(r, row.Verb)
		},
		After: func(tx core.App, r *core.Record, row journal.Row) error {
			if row.Verb == "delete" {
				return nil
			}
			doc := Wrap(r)
			if doc.GetString(revisionKey) != "" {
				if err := doc.keepUses(tx); err != nil {
					return err
				}
			}
			if err := doc.settleUses(tx); err != nil {
				return err
			}
			if err := doc.keepRevision(tx, row.Actor); err != nil {
				return err
			}
			if err := doc.leaveTrace(tx, row.Actor); err != nil {
				return err
			}
			pending, err := doc.goingOut(tx)
			if err != nil {
				return err
			}
			return errors.Join(doc.keepOldAddress(tx), doc.releaseFiles(tx, pending, row.Actor))
		},
	})
	bindFigures(app, j)
	app.OnRecordCreate("documents").BindFunc(live)
	app.OnRecordUpdate("documents").BindFunc(live)
	bindReviews(app, j)
	bindAttachments(app, j)
	j.Keep(journal.Kept{Collection: "vocabulary"})
	bindVocabulary(app)
	j.Keep(journal.Kept{Collection: "words"})
	bindWords(app)
	app.OnRecordDelete("organisations").BindFunc(moveRevisions)
	bindSpaces(app)
	bindConsents(app, j)
	bindRelations(app, j)

	app.OnRecordCreateRequest("documents").BindFunc(func(e *core.RecordRequestEvent) error {
		return mayWrite(e, Wrap(e.Record), true)
	})
	app.OnRecordUpdateRequest("documents").BindFunc(func(e *core.RecordRequestEvent) error {
		return mayWrite(e, Wrap(e.Record), false)
	})
}

// ofDocument says of a row that it belongs to a document, and with it to a space.
func ofDocument(tx core.App, r *core.Record, row *journal.Row) {
	row.Parent = r.GetString("document")
	if d, err := ByID(tx, row.Parent); err == nil {
		row.Space = d.Space()
	}
}

// verb names what a save did in the words of the journal.
func verb(r *core.Record, verb string) string {
	was, is := r.Original().GetString("state"), r.GetString("state")
	switch {
	case verb == "delete":
	case r.GetString(keptKey) != "":
		return r.GetString(keptKey)
	case verb == "update" && r.GetString("binned") != r.Original().GetString("binned"):
		if r.GetString("binned") == "" {
			return "take-out"
		}
		return "bin"
	case is == Published && (verb == "create" || was != Published):
		return "publish"
	case verb == "update" && is == Withdrawn && was != Withdrawn:
		return "withdraw"
	case verb == "update" && r.GetString("space") != r.Original().GetString("space"):
		return "move"
	case verb == "update" && Wrap(r).deed().act != "":
		return Wrap(r).deed().act
	}
	return verb
}

// mayWrite asks Viewer on behalf of a REST request: where the document stands, and where it is meant to go.
func mayWrite(e *core.RecordRequestEvent, doc *Document, isNew bool) error {
	if e.HasSuperuserAuth() {
		return e.Next()
	}
	v, err := member.For(e.App, e.Auth)
	if err != nil {
		return err
	}
	if doc.GetString("space") == "" {
		doc.Set("space", v.Library())
	}
	old := Wrap(doc.Original())
	switch {
	case isNew:
		doc.Set("author", v.ID())
		doc.Set("second_check_by", "")
		doc.Set("withdrawn", "")
		if doc.State() == "" {
			doc.Set("state", Draft)
		}
		if doc.GetString("organisation") != "" && !v.MayReview(doc.Space()) || doc.GetString("organisation") == "" {
			doc.Set("organisation", v.Organisation())
		}
	default:
		if !old.Viewable(v) {
			return e.NotFoundError("", nil)
		}
		if !v.MayEdit(old.Space(), old.Author(), old.OrganisationID()) {
			return e.ForbiddenError("You may not change this document.", nil)
		}
		doc.Set("author", old.Author())
		for _, f := range []string{"second_check_by", "withdrawn"} { // which follow from what is done
			doc.Set(f, old.Get(f))
		}
		if !v.MayReview(old.Space()) {
			doc.Set("organisation", old.OrganisationID())
		}
	}
	if !v.MayWrite(doc.Space()) {
		return e.ForbiddenError("You may not write in this space.", nil)
	}
	return e.Next()
}
