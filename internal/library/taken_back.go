package library

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/markdown"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// takenBack stands in the place of what was taken out.
const (
	takenBackTitle   = "A page that was taken back"
	takenBackSummary = "What stood here is not told any more."
	takenBack        = "[taken back]"
)

// takeOut removes what the consent stood for, unless another one holds for it.
func (c *Consent) takeOut(tx core.App, by string) error {
	list, err := Consents(tx, c.Document())
	if err != nil {
		return err
	}
	now := time.Now()
	for _, other := range list {
		if other.Id != c.Id && other.What() == c.What() && other.Passage() == c.Passage() && !other.Over(now) {
			return c.done(tx)
		}
	}
	d, err := ByID(tx, c.Document())
	if err != nil {
		return err
	}
	tied, err := c.pictures(tx)
	if err != nil {
		return err
	}
	words, mend := d.Content(), c.mend(tied)
	if c.What() == Story {
		err = d.takeOutStory()
	} else {
		err = d.takeOutPassages(mend)
	}
	if err != nil {
		return err
	}
	journal.By(d.Record, "consents") // whoever may take a consent back may do this, whatever else they may
	if err := tx.Save(d.Record); err != nil {
		return err
	}
	if err := errors.Join(cleanRevisions(tx, d, c, mend), cleanWordings(tx, d, c, mend), cleanAnswers(tx, d, c, mend, by), dropFiles(tx, d, c, tied, by)); err != nil {
		return err
	}
	if c.Withdrawn().IsZero() && c.What() == Story {
		if err := d.keepWaiting(tx, words); err != nil {
			return err
		}
	} else if err := dropTyped(tx, d); err != nil {
		return err
	}
	return c.done(tx)
}

// keepWaiting leaves words as work beside the document, for a new consent.
func (d *Document) keepWaiting(tx core.App, words map[string]any) error {
	r, err := d.newRevision(tx, "")
	if err != nil {
		return err
	}
	r.Load(map[string]any{"content": words, "open": true, "state": Draft})
	return tx.Save(r)
}

// done writes down when it was, past the hooks: nothing else of the consent changes.
func (c *Consent) done(tx core.App) error {
	at := types.NowDateTime()
	c.SetRaw("taken_out", at)
	_, err := tx.DB().Update("consents", dbx.Params{"taken_out": at.String()}, dbx.HashExp{"id": c.Id}).Execute()
	return err
}

// takeOutStory leaves a neutral note at the document's address. What was never out is a draft still.
func (d *Document) takeOutStory() error {
	for _, f := range storied {
		d.Set(f, "")
	}
	d.Set("title", takenBackTitle)
	d.Set("summary", takenBackSummary)
	if d.State() == Published {
		d.Set("state", Withdrawn)
	}
	return d.SetMeta(Meta{WithdrawnNote: takenBackSummary})
}

// takeOutPassages takes out of each field what the consent stood for.
func (d *Document) takeOutPassages(mend func(string) string) error {
	for _, f := range storied {
		if f == "meta" {
			d.Set(f, types.JSONRaw(mendJSON(d.GetString(f), mend)))
			continue
		}
		d.Set(f, mend(d.GetString(f)))
	}
	return nil
}

// pictures are those that rest on the consent: that were tied to it, or that its passage shows.
func (c *Consent) pictures(app core.App) (tied []*Attachment, err error) {
	all, err := Attachments(app, c.Document())
	for _, a := range all {
		if a.Agreed() == c.Id || c.What() == Picture && a.quotedIn(c.Passage()) {
			tied = append(tied, a)
		}
	}
	return tied, err
}

// mend takes out of a text the consent's passage, and the pictures that rest on it in whichever way they are shown.
func (c *Consent) mend(tied []*Attachment) func(string) string {
	var shown []*regexp.Regexp
	for _, a := range tied {
		shown = append(shown, a.shown())
	}
	return func(text string) string {
		if strings.TrimSpace(c.Passage()) != "" {
			text = strings.ReplaceAll(text, c.Passage(), takenBack)
		}
		for i, a := range tied {
			text = shown[i].ReplaceAllString(text, takenBack)
			if a.quotedIn(text) {
				text = a.withoutLines(text)
			}
		}
		return text
	}
}

// named is a line that gives an address a name, by which pictures further up and down are shown.
var named = regexp.MustCompile(`^ {0,3}\[([^\]\n]+)\]:`)

// withoutLines takes out every line that has the file's address, and all that is shown by a name of it.
func (a *Attachment) withoutLines(text string) string {
	var names []string
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if !a.quotedIn(line) {
			continue
		}
		if m := named.FindStringSubmatch(line); m != nil {
			names = append(names, m[1])
		}
		lines[i] = takenBack
	}
	text = strings.Join(lines, "\n")
	for _, name := range names {
		name = regexp.QuoteMeta(name)
		text = regexp.MustCompile(`(?i)!?\[[^\]\n]*\]\[`+name+`\]|!\[`+name+`\](?:\[\])?`).ReplaceAllString(text, takenBack)
	}
	return text
}

// mendJSON mends every text in a JSON value. What has nothing to mend keeps its very bytes.
func mendJSON(raw string, mend func(string) string) string {
	from := json.NewDecoder(strings.NewReader(raw))
	from.UseNumber()
	var value any
	if !json.Valid([]byte(raw)) || from.Decode(&value) != nil {
		return mend(raw)
	}
	changed := false
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case string:
			mended := mend(v)
			changed = changed || mended != v
			return mended
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		case map[string]any:
			for k := range v {
				v[k] = walk(v[k])
			}
		}
		return v
	}
	value = walk(value)
	var to bytes.Buffer
	encoder := json.NewEncoder(&to)
	encoder.SetEscapeHTML(false)
	if !changed || encoder.Encode(value) != nil {
		return raw
	}
	return strings.TrimSpace(to.String())
}

// cleanRevisions takes out of everything that was kept what the document does not say any more.
func cleanRevisions(tx core.App, d *Document, c *Consent, mend func(string) string) error {
	neutral, err := json.Marshal(d.Content())
	if err != nil {
		return err
	}
	revisions, err := tx.FindAllRecords("revisions", dbx.HashExp{"document": d.Id})
	if err != nil {
		return err
	}
	for _, r := range revisions {
		content, note := string(neutral), mend(r.GetString("note"))
		if c.What() != Story {
			content = mendJSON(r.GetString("content"), mend)
		}
		_, err := tx.DB().Update("revisions", dbx.Params{"content": content, "note": note, "open": false}, dbx.HashExp{"id": r.Id}).Execute()
		if err != nil {
			return err
		}
	}
	return nil
}

// cleanWordings takes it out of what discussions, readers and answers keep of the document's paragraphs: their words without
// markup. Of a story nothing is kept.
func cleanWordings(tx core.App, d *Document, c *Consent, mend func(string) string) error {
	if c.What() != Story {
		mend = c.mendWording(mend)
	} else {
		mend = func(string) string { return takenBack }
	}
	for _, table := range []string{"threads", "comments", "answers"} {
		var rows []struct {
			ID      string `db:"id"`
			Wording string `db:"wording"`
		}
		about := dbx.And(dbx.HashExp{"document": d.Id}, dbx.NewExp("[[wording]] != ''"))
		if err := tx.DB().Select("id", "wording").From(table).Where(about).All(&rows); err != nil {
			return err
		}
		for _, row := range rows {
			if _, err := tx.DB().Update(table, dbx.Params{"wording": mend(row.Wording)}, dbx.HashExp{"id": row.ID}).Execute(); err != nil {
				return err
			}
		}
	}
	return nil
}

// mendWording mends the plain words of a paragraph too: the passage is kept as it stands in Markdown.
func (c *Consent) mendWording(mend func(string) string) func(string) string {
	page, err := markdown.Render(c.Passage(), markdown.Options{})
	return func(wording string) string {
		wording = mend(wording)
		if err != nil {
			return wording
		}
		for _, p := range markdown.Paragraphs(page.HTML) {
			if strings.TrimSpace(p.Text) != "" {
				wording = strings.ReplaceAll(wording, p.Text, takenBack)
			}
		}
		return wording
	}
}

// cleanAnswers takes it out of what others made of the document's words: changes that they suggested and passages on which
// they commented. Those of a story go.
func cleanAnswers(tx core.App, d *Document, c *Consent, mend func(string) string, by string) error {
	for table, fields := range map[string][]string{"suggestions": {"content", "note", "answer"}, "review_comments": {"quote", "text"}} {
		rows, err := tx.FindAllRecords(table, dbx.HashExp{"document": d.Id})
		if err != nil {
			return err
		}
		for _, r := range rows {
			if c.What() == Story {
				journal.By(r, by)
				err = tx.Delete(r)
			} else {
				mended := dbx.Params{}
				for _, f := range fields {
					mended[f] = mend(r.GetString(f))
					if f == "content" {
						mended[f] = mendJSON(r.GetString(f), mend)
					}
				}
				_, err = tx.DB().Update(table, mended, dbx.HashExp{"id": r.Id}).Execute()
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// dropFiles deletes what is attached: of a story everything, of a picture those that rest on the consent.
func dropFiles(tx core.App, d *Document, c *Consent, tied []*Attachment, by string) error {
	if c.What() == Quote {
		return nil
	}
	if c.What() == Story {
		var err error
		if tied, err = Attachments(tx, d.Id); err != nil {
			return err
		}
	}
	for _, a := range tied {
		journal.By(a.Record, by)
		if err := tx.Delete(a); err != nil {
			return err
		}
	}
	return nil
}

// dropTyped drops what was typed into the document's forms and never saved: it may say what was taken back.
func dropTyped(tx core.App, d *Document) error {
	forms := dbx.Params{"form": "/write/" + string(d.DocKind()) + "/" + d.Id + "%"}
	_, err := tx.DB().Delete("autosaves", dbx.NewExp("[[address]] LIKE {:form}", forms)).Execute()
	return err
}
