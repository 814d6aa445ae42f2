package hub

import (
	"context"

	"commonplace/internal/extract"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/privacy"
)

// followFiles reads the words of new files, one at a time, until ctx ends. What was not read when the program ended is
// read when it begins.
func (h *Hub) followFiles(ctx context.Context) {
	_, last, err := journal.Range(h.app)
	if err == nil {
		err = h.readFiles(ctx)
	}
	if err != nil {
		h.app.Logger().Error("the words of files", "error", err)
	}
	h.Journal.FollowBehind(ctx, "files", last, h.behind, func(rows []journal.Row) error {
		for _, r := range rows {
			if r.Subject == "attachments" && r.Verb == "create" {
				return h.readFiles(ctx)
			}
		}
		return nil
	})
}

// readFiles reads what waits.
func (h *Hub) readFiles(ctx context.Context) error {
	for ctx.Err() == nil {
		a, err := library.NextWaiting(h.app)
		if err != nil || a == nil {
			return err
		}
		text, err := h.wordsOf(ctx, a)
		if ctx.Err() != nil {
			return nil // it waits for the next start
		}
		if err != nil {
			h.app.Logger().Warn("the words of a file could not be read", "attachment", a.Id, "error", err)
		}
		err = a.Read(h.app, text, err != nil)
		if _, refused := privacy.As(err); refused { // it went out before its words were read, and they hold personal details
			err = a.Hold(h.app, text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// wordsOf are the words of a file, read by a child process.
func (h *Hub) wordsOf(ctx context.Context, a *library.Attachment) (string, error) {
	store, err := h.app.NewFilesystem()
	if err != nil {
		return "", err
	}
	defer store.Close()
	file, err := store.GetReader(a.Key(a.File()))
	if err != nil {
		return "", err
	}
	defer file.Close()
	return extract.Words(ctx, file, file.Size(), a.Ends())
}
