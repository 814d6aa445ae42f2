package library

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"commonplace/internal/markdown"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// Render makes HTML and plain text of the document's words as they stand, saved or not. An error is a
// validation.Errors that names the field.
func (d *Document) Render() (Rendered, string, error) {
	r := Rendered{Version: markdown.Version}
	body, err := markdown.Render(d.Body(), markdown.Options{Anchors: kinds[d.DocKind()].anchors})
	if err != nil {
		return r, "", fault("body", err)
	}
	r.Body, r.Outline, r.Words = body.HTML, body.Outline, body.Words
	var plain []string
	for _, part := range []struct {
		field string
		items *[]string
	}{{"challenge", &r.Challenge}, {"action", &r.Action}, {"result", &r.Result}} {
		bullets := Items(d.GetString(part.field))
		for _, b := range bullets {
			h, err := markdown.Inline(b)
			if err != nil {
				return r, "", fault(part.field, err)
			}
			*part.items = append(*part.items, h)
		}
		plain = append(plain, bullets...)
	}
	return r, strings.Join(append(append(plain, body.Plain), d.saidInVideos()...), "\n"), nil
}

// fault turns an error of the renderer into one that names the field, in a sentence for the writer.
func fault(field string, err error) error {
	sentence := err.Error()
	for _, known := range []error{markdown.ErrShape, markdown.ErrTooLong} {
		if errors.Is(err, known) {
			return validation.Errors{field: validation.NewError("validation_markdown", capital(sentence)+".")}
		}
	}
	return fmt.Errorf("render %s: %w", field, err)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// keepRendered stores what the public page needs, made once, at publishing.
func (d *Document) keepRendered(app core.App) error {
	r, plain, err := d.Render()
	if err != nil {
		return err
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if plain, err = fillPlain(app, plain); err != nil {
		return err
	}
	d.Set("rendered", string(raw))
	d.Set("plain", clip(plain, 500_000))
	return nil
}

// clip cuts a text to at most n characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	r := []rune(s)
	return string(r[:min(n, len(r))])
}
