package library

import (
	"strings"
	"time"

	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// ReviewComment is what one of those who write or review a document says about a passage of it, to the others. It never
// shows to anybody else.
type ReviewComment struct{ core.BaseRecordProxy }

func (c *ReviewComment) Document() string    { return c.GetString("document") }
func (c *ReviewComment) Author() string      { return c.GetString("author") }
func (c *ReviewComment) Field() string       { return c.GetString("field") }
func (c *ReviewComment) Quote() string       { return c.GetString("quote") }
func (c *ReviewComment) Text() string        { return c.GetString("text") }
func (c *ReviewComment) At() time.Time       { return c.GetDateTime("created").Time() }
func (c *ReviewComment) Resolved() time.Time { return c.GetDateTime("resolved").Time() }

// passages are the fields that have passages to speak about, with what people call them.
var passages = compared[:7]

// Passages are the fields of a document that comments are about, in their order: what people call each, and its text as it
// stands.
func (d *Document) Passages() []struct{ Field, Title, Text string } {
	var list []struct{ Field, Title, Text string }
	for _, p := range passages {
		text := d.GetString(p.field)
		if p.field == "result" {
			text = d.ResultLines()
		} else if p.field == "challenge" || p.field == "action" {
			text = Lines(text)
		}
		if strings.TrimSpace(text) != "" {
			list = append(list, struct{ Field, Title, Text string }{p.field, p.title, text})
		}
	}
	return list
}

// ReviewComments lists the comments on a document, the oldest first.
func ReviewComments(app core.App, document string) ([]*ReviewComment, error) {
	var list []*ReviewComment
	err := app.RecordQuery("review_comments").AndWhere(dbx.HashExp{"document": document}).OrderBy("created", "id").All(&list)
	return list, err
}

// Comment keeps a comment on a passage of a document as it is being written. The passage must stand in the field, to the
// letter; without one the comment is about the field as a whole.
func Comment(app core.App, d *Document, author, field, quote, text string) error {
	quote, text = tidyText(quote), tidyText(text)
	faults := validation.Errors{}
	say := func(field, sentence string) { faults[field] = validation.NewError("validation_comment", sentence) }
	there := false
	for _, p := range d.Passages() {
		if p.Field == field {
			there = true
			if !strings.Contains(evened(p.Text), evened(quote)) {
				say("quote", "These words do not stand in “"+p.Title+"”. Copy them as they are, or leave this empty.")
			}
		}
	}
	if !there {
		say("field", "Choose the part that you comment on.")
	}
	if text == "" {
		say("text", "Write your comment.")
	}
	if len([]rune(text)) > 4000 {
		say("text", "The comment is longer than 4,000 characters.")
	}
	if len([]rune(quote)) > 1000 {
		say("quote", "The passage is longer than 1,000 characters. A few words are enough.")
	}
	if len(faults) > 0 {
		return faults
	}
	c, err := app.FindCachedCollectionByNameOrId("review_comments")
	if err != nil {
		return err
	}
	r := core.NewRecord(c)
	r.Load(map[string]any{"document": d.Id, "author": author, "field": field, "quote": quote, "text": text})
	journal.By(r, author)
	return app.Save(r)
}

// evened is a text with its white space evened out: what is copied from a page breaks its lines elsewhere.
func evened(s string) string { return strings.Join(strings.Fields(s), " ") }

// Resolve settles a comment on a document, or opens it again.
func Resolve(app core.App, document, id, by string, settled bool) error {
	c := &ReviewComment{}
	if err := app.RecordQuery("review_comments").AndWhere(dbx.HashExp{"id": id, "document": document}).Limit(1).One(c); err != nil {
		return err
	}
	c.Load(map[string]any{"resolved": nil, "resolved_by": ""})
	if settled {
		c.Load(map[string]any{"resolved": time.Now().UTC(), "resolved_by": by})
	}
	journal.By(c.Record, by)
	return app.Save(c.Record)
}
