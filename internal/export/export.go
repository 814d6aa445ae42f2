// Package export is the way out: what somebody may take with them. So far that is a person's own data.
//
// It shows nobody more than Viewer does, and a person no more than what is theirs.
package export

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Person writes everything that the hub keeps about a person as a ZIP: their own words and doings, and nobody else's.
func Person(app core.App, user string, w io.Writer) error {
	u, err := app.FindRecordById("users", user)
	if err != nil {
		return err
	}
	v, err := member.For(app, u)
	if err != nil {
		return err
	}
	p := &person{app: app, user: u, viewer: v, zip: zip.NewWriter(w), data: map[string]any{}}
	for _, part := range []func() error{p.account, p.records, p.documents, p.threads, p.posts, p.files, p.acts, p.finish} {
		if err := part(); err != nil {
			return fmt.Errorf("export of one's own data: %w", err)
		}
	}
	return p.zip.Close()
}

// person is one export on its way.
type person struct {
	app    core.App
	user   *core.Record
	viewer *member.Viewer
	zip    *zip.Writer
	data   map[string]any // what data.json holds
}

type fields = map[string]any

// file adds a text to the ZIP.
func (p *person) file(name, text string) error {
	w, err := p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Now().UTC()})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

// account is who the person says they are.
func (p *person) account() error {
	u := p.user
	data := fields{"id": u.Id, "email": u.Email()}
	for _, f := range []string{"name", "role_title", "role", "mail", "mail_pause", "visited", "was_here", "terms", "second_factor", "created", "welcomed", "verified", "suspended"} {
		data[f] = plain(u, f)
	}
	for field, collection := range map[string]string{"organisation": "organisations", "place": "places"} {
		if r, err := p.app.FindRecordById(collection, u.GetString(field)); err == nil {
			data[field] = r.GetString(map[string]string{"organisations": "name", "places": "title"}[collection])
		}
	}
	p.data["account"] = data
	return nil
}

// plain is a field's value as data.json shows it.
func plain(r *core.Record, field string) any {
	if t := r.GetDateTime(field); !t.IsZero() {
		return t.Time().UTC().Format(time.RFC3339)
	}
	return r.Get(field)
}

// Own is a collection whose rows are a person's own, and what of them is.
type Own struct {
	Collection string
	Person     string   // the field that names the person, or
	Address    string   // the one that holds their e-mail address
	Fields     []string // what is theirs to have; names, words and numbers of others are not among them
}

// Owned lists them. Documents, threads, posts and the journal have parts of their own.
var Owned = []Own{
	{"reminders", "person", "", []string{"document", "check_by", "days", "created"}},
	{"passages", "by", "", []string{"kind", "decision", "reason", "created"}},
	{"consents", "recorded_by", "", []string{"document", "what", "given", "until", "created"}},
	{"relations", "by", "", []string{"document", "other", "kind", "because", "created"}},
	{"memberships", "user", "", []string{"role", "created"}},
	{"sessions", "user", "", []string{"created", "expires", "browser"}},
	{"autosaves", "person", "", []string{"address", "created", "updated", "ended"}},
	{"adoptions", "author", "", []string{"document", "stage", "kept", "changed", "dropped", "result", "results", "reason", "stopped_for", "since", "history", "contact_role", "by_role", "created", "updated"}},
	{"events", "author", "", []string{"title", "summary", "body", "state", "starts", "ends", "all_day", "venue", "address", "online", "needs", "needs_words", "how_to_join", "reason", "outcome", "by_role", "created", "updated"}},
	{"assessments", "author", "", []string{"document", "title", "state", "answers", "by_role", "version", "on", "shared_on", "created", "updated"}},
	{"champions", "person", "", []string{"role", "level", "setting", "helps", "shown", "show_name", "since", "ended", "created", "updated"}},
	{"champion_messages", "author", "", []string{"words", "contact", "created"}},
	{"suggestions", "author", "", []string{"document", "note", "content", "state", "answer", "created", "answered"}},
	{"answers", "by", "", []string{"page", "changed", "words", "created"}},
	{"review_comments", "author", "", []string{"document", "field", "quote", "text", "created", "resolved"}},
	{"attachments", "author", "", []string{"name", "title", "alt", "credit", "summary", "type", "size", "state", "created", "removed"}},
	{"flags", "reporter", "", []string{"subject", "reason", "words", "state", "created", "handled"}},
	{"reviews", "by", "", []string{"act", "words", "created"}},
	{"approval_links", "made_by", "", []string{"role", "created", "expires", "used", "revoked"}},
	{"moderations", "concerns", "", []string{"subject", "act", "reason", "created", "seen"}},
	{"join_requests", "person", "email", []string{"email", "name", "role_title", "organisation", "why", "state", "created", "decided"}},
	{"invitations", "person", "email", []string{"email", "role", "created", "sent", "expires", "accepted", "revoked"}},
	{"outbox", "person", "to", []string{"kind", "subject", "state", "created", "sent"}},
	{"gaps", "claimed_by", "", []string{"words", "claimed", "document"}},
	{"reactions", "author", "", []string{"post", "kind", "created"}},
	{"mentions", "user", "", []string{"post", "created"}},
	{"seen", "user", "", []string{"thread", "seq", "updated"}},
	{"feed_tokens", "user", "", []string{"kind", "record", "created"}},
	{"follows", "user", "", []string{"kind", "record", "query", "level", "created"}},
	{"notifications", "user", "", []string{"kind", "about", "record", "at", "created", "read"}},
	{"role_holders", "user", "", []string{"document", "role", "created"}},
	{"signoffs", "author", "", []string{"document", "role", "signed_on", "confirmed_on", "ended_on", "reason"}},
	{"_externalAuths", "recordRef", "", []string{"provider", "created"}},
	{"_authOrigins", "recordRef", "", []string{"created", "updated"}},
}

// records adds what lies in rows of the person's own. A collection that this hub does not have is left out.
func (p *person) records() error {
	for _, own := range Owned {
		c, err := p.app.FindCollectionByNameOrId(own.Collection)
		if err != nil || c.Fields.GetByName(own.Person) == nil {
			continue
		}
		theirs := dbx.Expression(dbx.HashExp{own.Person: p.user.Id})
		if own.Address != "" { // written to the address, before there was an account
			theirs = dbx.Or(theirs, dbx.And(dbx.HashExp{own.Person: ""},
				dbx.NewExp("LOWER([["+own.Address+"]]) = {:address}", dbx.Params{"address": strings.ToLower(p.user.Email())})))
		}
		var rows []*core.Record
		if err := p.app.RecordQuery(c).AndWhere(theirs).OrderBy("created", "id").All(&rows); err != nil {
			return err
		}
		list := make([]fields, 0, len(rows))
		for _, r := range rows {
			f := fields{}
			for _, name := range own.Fields {
				if c.Fields.GetByName(name) != nil {
					f[name] = plain(r, name)
				}
			}
			p.name(own.Collection, r, f)
			list = append(list, f)
		}
		p.data[strings.Trim(own.Collection, "_")] = list
	}
	return nil
}

// name says what a row is about, by the name that the person may read.
func (p *person) name(collection string, r *core.Record, f fields) {
	switch collection {
	case "autosaves":
		f["typed"] = p.typed(r)
	case "memberships":
		if s, err := member.SpaceByID(p.app, r.GetString("space")); err == nil {
			f["space"] = s.Title()
		}
	case "attachments":
		f["file"] = fileName(library.WrapAttachment(r))
		if post, err := p.app.FindRecordById("posts", r.GetString("post")); err == nil {
			f["thread"] = p.titleOfThread(post.GetString("thread"))
		} else {
			f["document"] = p.titleOfDocument(r.GetString("document"))
		}
	case "events", "champions":
		if place, err := p.app.FindRecordById("places", r.GetString("place")); err == nil {
			f["place"] = place.GetString("title")
		}
	case "adoptions", "assessments", "suggestions", "review_comments", "role_holders", "signoffs":
		f["document"] = p.titleOfDocument(r.GetString("document"))
		if place, err := p.app.FindRecordById("places", r.GetString("place")); err == nil {
			f["place"] = place.GetString("title")
		}
	}
}

// unseen stands for the title of what the person may not see any more.
const unseen = "(something that you cannot see any more)"

func (p *person) titleOfDocument(id string) string {
	d, err := library.ByID(p.app, id)
	if err != nil || !d.Viewable(p.viewer) {
		return unseen
	}
	return d.Title()
}

// threads adds the discussions that the person started.
func (p *person) threads() error {
	var own []*thread.Thread
	if err := p.app.RecordQuery("threads").AndWhere(dbx.HashExp{"author": p.user.Id}).OrderBy("created", "id").All(&own); err != nil {
		return err
	}
	list := make([]fields, 0, len(own))
	for _, t := range own {
		list = append(list, fields{"id": t.Id, "title": t.Title(), "kind": t.ThreadKind(), "state": t.State(), "started": t.Started().UTC().Format(time.RFC3339)})
	}
	p.data["threads"] = list
	return nil
}

// posts adds what the person posted, as data and in one file to read.
func (p *person) posts() error {
	var own []*core.Record
	if err := p.app.RecordQuery("posts").AndWhere(dbx.HashExp{"author": p.user.Id}).OrderBy("seq", "id").All(&own); err != nil {
		return err
	}
	titles, list := map[string]string{}, make([]fields, 0, len(own))
	var text strings.Builder
	for _, r := range own {
		id := r.GetString("thread")
		if _, known := titles[id]; !known {
			titles[id] = p.titleOfThread(id)
		}
		before, err := p.before(r)
		if err != nil {
			return err
		}
		list = append(list, fields{
			"id": r.Id, "thread": titles[id], "body": r.GetString("body"), "state": r.GetString("state"), "by_role": r.GetString("by_role"),
			"created": plain(r, "created"), "edited": plain(r, "edited"), "before": before,
		})
		fmt.Fprintf(&text, "## %s\n\n%s\n\n%s\n\n", titles[id], r.GetDateTime("created").Time().UTC().Format(time.RFC3339), r.GetString("body"))
	}
	p.data["posts"] = list
	if len(list) == 0 {
		return nil
	}
	return p.file("posts.md", "# What you posted\n\n"+text.String())
}

// before is what a post said before it was changed.
func (p *person) before(post *core.Record) ([]string, error) {
	all, err := thread.Versions(p.app, post)
	if err != nil {
		return nil, err
	}
	words := []string{}
	for _, v := range all[1:] {
		words = append(words, v.Body)
	}
	return words, nil
}

func (p *person) titleOfThread(id string) string {
	t, err := thread.ByID(p.app, id)
	if err != nil || t.Author() != p.user.Id && !t.Viewable(p.viewer) {
		return unseen
	}
	return t.Title()
}

// acts adds what the person did here, from the journal. Whom a thing was done to is not theirs to have.
func (p *person) acts() error {
	list := []fields{}
	for before := int64(0); ; {
		rows, err := journal.Find(p.app, journal.Filter{Actor: p.user.Id, Before: before}, 1000)
		if err != nil {
			return err
		}
		for _, r := range rows {
			f := fields{"number": r.Seq, "at": r.At, "what": r.Kind()}
			if r.Record == p.user.Id || r.Subject != "users" && r.Subject != journal.Access {
				f["record"] = r.Record
			}
			list = append(list, f)
			before = r.Seq
		}
		if len(rows) < 1000 {
			p.data["acts"] = list
			return nil
		}
	}
}

// finish writes data.json and says what is where.
func (p *person) finish() error {
	raw, err := json.MarshalIndent(p.data, "", "  ")
	if err != nil {
		return err
	}
	if err := p.file("data.json", string(raw)+"\n"); err != nil {
		return err
	}
	return p.file("README.txt", fmt.Sprintf(readme, time.Now().UTC().Format("2 January 2006")))
}

const readme = `This is a copy of what the hub keeps about you, made on %s.

data.json       everything, for programs. Its parts:
                account        who you are here
                memberships    the groups you belong to
                sessions       where you are signed in
                autosaves      what you typed into forms and did not save, for a month
                documents      what you wrote, with every version that you saved
                threads        discussions that you started
                posts          what you posted
                attachments    pictures and files that you added
                adoptions      what you said about your place
                events         events that you announced
                assessments    self-checks and impact checks that you filled in
                champions      your entry in the register of carers champions
                champion_messages what you wrote to champions
                suggestions    the changes you suggested to pages
                feed_tokens    feeds that your reader has an address for
                role_holders   roles of plans that you were named for
                signoffs       plans that you signed for a place or a programme
                answers        what you answered to readers
                review_comments what you said about passages of drafts
                flags          reports that you made
                reviews        what you did about pages: asked for approval, approved, sent back,
                               and your words
                approval_links links that you made for somebody to approve a page
                moderations    what moderators did that concerned you, and why
                reminders      which pages you were reminded of
                passages       what you decided about personal details in a text
                consents       what people agreed to, as you wrote it down
                relations      which pages you said build on others
                reactions      where you said thanks, agreed, or found something insightful
                mentions       the posts that mention you
                seen           how far you have read each discussion
                follows        what you follow, and how much of it you want to be told
                notifications  what you were told about
                gaps           what you said you would write
                join_requests  when you asked to join
                invitations    when you were invited
                outbox         which mails were sent to you, and when
                acts           what you did, from the record of changes
posts.md        what you posted, to read
documents/      documents that you wrote, as Markdown
files/          pictures and files that you added

The words of other people are left out, and so are their names and addresses. Where somebody else had worked on a
document, you find the lines that you added to it. Passwords and the secrets of sessions are kept in a form that nobody
can read, and are not here.
`
