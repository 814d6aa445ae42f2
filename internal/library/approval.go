package library

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// ApprovalLife is how long an approval link works.
const ApprovalLife = 14 * 24 * time.Hour

// ErrNoLink says that a token opens nothing: unknown, too old, used or taken back. Which of them is told to nobody.
var ErrNoLink = errors.New("there is no such link, or no longer")

// ApprovalLink lets one person without an account decide about one revision of a document, once.
type ApprovalLink struct{ core.BaseRecordProxy }

func (l *ApprovalLink) Document() string   { return l.GetString("document") }
func (l *ApprovalLink) Revision() string   { return l.GetString("revision") }
func (l *ApprovalLink) Role() string       { return l.GetString("role") }
func (l *ApprovalLink) MadeBy() string     { return l.GetString("made_by") }
func (l *ApprovalLink) Expires() time.Time { return l.GetDateTime("expires").Time() }
func (l *ApprovalLink) Made() time.Time    { return l.GetDateTime("created").Time() }

// Open says whether the link still works.
func (l *ApprovalLink) Open() bool {
	return l.GetDateTime("used").IsZero() && l.GetDateTime("revoked").IsZero() && l.Expires().After(time.Now())
}

// AskByLink makes a link to the newest words of a document for somebody who holds a role outside the hub, and returns its
// token, which nobody can read afterwards.
func AskByLink(app core.App, v *member.Viewer, id, role string) (l *ApprovalLink, token string, err error) {
	role = strings.Join(strings.Fields(role), " ")
	if role == "" || utf8.RuneCountInString(role) > 120 {
		return nil, "", refused("role", "Say which role they hold, such as “Director of nursing”, in up to 120 characters.")
	}
	err = inLife(app, id, func(tx core.App, d *Document, r *Revision) error {
		if err := d.editableBy(v); err != nil {
			return err
		}
		if r == nil {
			return refused("state", nothingNew)
		}
		if err := d.ready(r); err != nil {
			return err
		}
		c, err := tx.FindCachedCollectionByNameOrId("approval_links")
		if err != nil {
			return err
		}
		l = &ApprovalLink{}
		l.SetProxyRecord(core.NewRecord(c))
		var hash string
		token, hash = member.NewToken()
		l.Load(map[string]any{"document": id, "revision": r.Id, "hash": hash, "role": role, "made_by": v.ID(), "expires": time.Now().Add(ApprovalLife)})
		journal.By(l.Record, v.ID())
		return tx.Save(l)
	})
	return l, token, err
}

// Asked is what an approval link opens: the document as the link's revision says it.
type Asked struct {
	Link     *ApprovalLink
	Document *Document // with the words of the revision, not saved
	Changed  bool      // it says something else by now
}

// OpenLink finds what a token opens; the error is ErrNoLink when that is nothing. A link is as good as its maker: who may
// not change the document any more has nothing to ask for.
func OpenLink(app core.App, token string) (*Asked, error) {
	r, err := app.FindFirstRecordByData("approval_links", "hash", member.TokenHash(token))
	if err != nil || token == "" {
		return nil, ErrNoLink
	}
	l := &ApprovalLink{}
	l.SetProxyRecord(r)
	if !l.Open() {
		return nil, ErrNoLink
	}
	d, err := ByID(app, l.Document())
	if err != nil {
		return nil, ErrNoLink
	}
	maker, _ := app.FindRecordById("users", l.MadeBy())
	v, err := member.For(app, maker)
	if err != nil {
		return nil, err
	}
	if !v.SignedIn() || !d.Editable(v) {
		return nil, ErrNoLink
	}
	next, err := Pending(app, d)
	if err != nil {
		return nil, err
	}
	shown := &Revision{}
	if shown.Record, err = app.FindRecordById("revisions", l.Revision()); err != nil {
		return nil, ErrNoLink
	}
	if err := d.Apply(shown); err != nil {
		return nil, err
	}
	return &Asked{Link: l, Document: d, Changed: next == nil || !sameWords(next, shown)}, nil
}

// sameWords says whether two revisions hold the same words: one that only moves the document on is none of its own.
func sameWords(a, b *Revision) bool {
	if a.Id == b.Id {
		return true
	}
	var content map[string]any
	return b.UnmarshalJSONField("content", &content) == nil && a.says(content)
}

// AnswerLink decides by a link, and the link is used. Approved words come out, now or at their time; when a reviewer who
// did not write them made the link that is the second pair of eyes, otherwise a reviewer still looks at them.
func AnswerLink(app core.App, token string, approve bool, words string) (*Document, error) {
	var d *Document
	err := app.RunInTransaction(func(tx core.App) error {
		asked, err := OpenLink(tx, token)
		if err != nil {
			return err
		}
		switch {
		case asked.Changed:
			return refused("state", "The text has changed since you were sent the link. Ask for a new one.")
		case !approve && strings.TrimSpace(words) == "":
			return refused("words", "Say what should be changed.")
		}
		if err := tooLong("words", words); err != nil {
			return err
		}
		asked.Link.Set("used", types.NowDateTime())
		if err := tx.Save(asked.Link); err != nil {
			return err
		}
		return inLife(tx, asked.Link.Document(), func(tx core.App, now *Document, r *Revision) error {
			d = now
			did := deed{act: ActApprove, words: words, revision: r.Id, role: asked.Link.Role()}
			if !approve {
				did.act = ActChanges
				d.unsubmit()
				return d.save(tx, "", did)
			}
			return d.approvedByLink(tx, asked.Link, r, did)
		})
	})
	return d, err
}

func (d *Document) approvedByLink(tx core.App, l *ApprovalLink, r *Revision, did deed) error {
	maker, _ := tx.FindRecordById("users", l.MadeBy())
	v, err := member.For(tx, maker)
	if err != nil {
		return err
	}
	did.seconded = v.MayReview(d.Space()) && !wroteIt(d, r, v.ID())
	others, err := reviewedByOthers(tx, d.Space(), v.ID())
	if err != nil {
		return err
	}
	if !did.seconded && v.IsPublic(d.Space()) && others && d.SecondCheckBy().IsZero() {
		d.Set("second_check_by", later(time.Now(), d.PublishAt()).Add(SecondCheck))
	}
	return d.approve(tx, "", r, did)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// OpenLinks lists the links to a document that work, the newest first.
func OpenLinks(app core.App, document string) ([]*ApprovalLink, error) {
	var all []*ApprovalLink
	err := app.RecordQuery("approval_links").AndWhere(dbx.HashExp{"document": document, "used": "", "revoked": ""}).
		AndWhere(dbx.NewExp("[[expires]] > {:now}", dbx.Params{"now": types.NowDateTime().String()})).OrderBy("created DESC", "id").All(&all)
	return all, err
}

// TakeBackLink ends a link to a document that nobody used yet.
func TakeBackLink(app core.App, v *member.Viewer, document, link string) error {
	return inLife(app, document, func(tx core.App, d *Document, _ *Revision) error {
		if err := d.editableBy(v); err != nil {
			return err
		}
		r, err := tx.FindRecordById("approval_links", link)
		if err != nil || r.GetString("document") != document || !r.GetDateTime("used").IsZero() {
			return refused("state", "That link does not work any more.")
		}
		r.Set("revoked", types.NowDateTime())
		journal.By(r, v.ID())
		return tx.Save(r)
	})
}

// DropOldLinks deletes approval links that ran out days ago, at most limit, and says how many.
func DropOldLinks(app core.App, days, limit int) (int, error) {
	before, err := types.ParseDateTime(time.Now().AddDate(0, 0, -days))
	if err != nil {
		return 0, err
	}
	res, err := app.DB().NewQuery("DELETE FROM {{approval_links}} WHERE [[id]] IN (SELECT [[id]] FROM {{approval_links}} WHERE [[expires]] < {:before} LIMIT {:limit})").
		Bind(dbx.Params{"before": before.String(), "limit": limit}).Execute()
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}
