package privacy

import (
	"encoding/json"
	"slices"

	"commonplace/internal/guard"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// forget takes a passage out of all versions of a document, of the changes that were suggested to it, and of the wordings
// that were kept of its paragraphs; or out of all versions of a post.
func forget(app core.App, r *core.Record, named, instead string) error {
	mend := func(text string) string {
		return without(text, func(f guard.Finding, found string) (string, bool) {
			return insteadOf(f.Kind, instead), sum(f.Kind, found) == named
		})
	}
	switch r.Collection().Name {
	case "documents":
		return forgetInDocument(app, r, mend)
	case "posts":
		return forgetInPost(app, r, mend)
	}
	return nil
}

// forgetInPost mends what a post said before.
func forgetInPost(app core.App, r *core.Record, mend func(string) string) error {
	var rows []struct {
		ID   string `db:"id"`
		Body string `db:"body"`
	}
	if err := app.DB().Select("id", "body").From("post_versions").Where(dbx.HashExp{"post": r.Id}).All(&rows); err != nil {
		return err
	}
	for _, row := range rows {
		if _, err := app.DB().Update("post_versions", dbx.Params{"body": mend(row.Body)}, dbx.HashExp{"id": row.ID}).Execute(); err != nil {
			return err
		}
	}
	return nil
}

func forgetInDocument(app core.App, r *core.Record, mend func(string) string) error {
	if err := mendWordings(app, r.Id, mend); err != nil {
		return err
	}
	for _, table := range []string{"revisions", "suggestions"} {
		var rows []struct {
			ID      string `db:"id"`
			Content string `db:"content"`
			Note    string `db:"note"`
		}
		if err := app.DB().Select("id", "content", "note").From(table).Where(dbx.HashExp{"document": r.Id}).All(&rows); err != nil {
			return err
		}
		for _, row := range rows {
			content, note := mendTexts(row.Content, mend), mend(row.Note)
			if content == row.Content && note == row.Note {
				continue
			}
			if _, err := app.DB().Update(table, dbx.Params{"content": content, "note": note}, dbx.HashExp{"id": row.ID}).Execute(); err != nil {
				return err
			}
		}
	}
	return nil
}

// mendWordings changes what discussions, readers and answers keep of the words of a document's paragraphs.
func mendWordings(app core.App, document string, mend func(string) string) error {
	for _, table := range []string{"threads", "comments", "answers"} {
		var rows []struct {
			ID      string `db:"id"`
			Wording string `db:"wording"`
		}
		about := dbx.And(dbx.HashExp{"document": document}, dbx.NewExp("[[wording]] != ''"))
		if err := app.DB().Select("id", "wording").From(table).Where(about).All(&rows); err != nil {
			return err
		}
		for _, row := range rows {
			mended := mend(row.Wording)
			if mended == row.Wording {
				continue
			}
			if _, err := app.DB().Update(table, dbx.Params{"wording": mended}, dbx.HashExp{"id": row.ID}).Execute(); err != nil {
				return err
			}
		}
	}
	return nil
}

// without puts other words in the place of those findings of a text that take says.
func without(text string, take func(f guard.Finding, found string) (instead string, yes bool)) string {
	for _, f := range slices.Backward(guard.Find(text)) {
		if instead, yes := take(f, text[f.Start:f.End]); yes {
			text = text[:f.Start] + instead + text[f.End:]
		}
	}
	return text
}

// mendTexts changes the texts of a JSON value, and leaves every other byte of it.
func mendTexts(raw string, mend func(string) string) string {
	for n, text := range slices.Backward(textsIn(raw)) {
		if mended := mend(text); mended != text {
			raw = withText(raw, n, mended)
		}
	}
	return raw
}

// Past is what a version of a document said, by field, as everybody may read it: without the personal details that nobody
// decided to keep, and that do not stand on the page now. Fields that are meant for them are left as they are.
func Past(app core.App, d *core.Record, content map[string]any) (map[string]any, error) {
	raw, err := json.Marshal(content)
	if err != nil || len(textsWithDetails(string(raw))) == 0 {
		return content, err
	}
	mend, err := mender(app, d, d.GetString("state") == "published")
	if err != nil {
		return nil, err
	}
	clean := make(map[string]any, len(content))
	for field, value := range content {
		clean[field] = value
		if !slices.Contains(looked["documents"], field) {
			continue
		}
		if text, ok := value.(string); ok {
			clean[field] = mend(text)
			continue
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		if mended := mendTexts(string(raw), mend); mended != string(raw) {
			clean[field] = types.JSONRaw(mended)
		}
	}
	return clean, nil
}

// PastTexts are versions of what a post says, as everybody who reads it now may read them: like Past.
func PastTexts(app core.App, post *core.Record, texts []string) ([]string, error) {
	mend, err := mender(app, post, post.GetString("state") == "visible")
	if err != nil {
		return nil, err
	}
	clean := make([]string, len(texts))
	for i, text := range texts {
		clean[i] = mend(text)
	}
	return clean, nil
}

// mender takes out of a text the personal details that nobody decided to keep and that what is out now does not have.
func mender(app core.App, d *core.Record, out bool) (func(text string) string, error) {
	allowed, err := contacts(app)
	if err != nil {
		return nil, err
	}
	known, err := decisionsFor(app, d)
	if err != nil {
		return nil, err
	}
	for named, decided := range known {
		if decided.Decision != Keep {
			delete(known, named)
		}
	}
	now, err := Look(app, d)
	if err != nil {
		return nil, err
	}
	if out {
		for _, p := range now {
			known[p.Sum] = decision{}
		}
	}
	meant := map[string]bool{}
	for _, text := range allowed {
		for _, f := range guard.Find(text) {
			meant[sum(f.Kind, text[f.Start:f.End])] = true
		}
	}
	return func(text string) string {
		return without(text, func(f guard.Finding, found string) (string, bool) {
			named := sum(f.Kind, found)
			_, stays := known[named]
			return insteadOf(f.Kind, ""), !stays && !meant[named]
		})
	}, nil
}

func textsWithDetails(raw string) []string {
	return slices.DeleteFunc(textsIn(raw), func(text string) bool { return len(guard.Find(text)) == 0 })
}
