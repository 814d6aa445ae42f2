package hub

import (
	"errors"
	"fmt"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/pocketbase/core"
)

// consentNotice is how many days before a consent ends its document's writer is told.
const consentNotice = 30

// lapseConsents takes out what is not agreed to any more, and tells the writers of what soon will not be.
func (h *Hub) lapseConsents(now time.Time) error {
	_, err := library.Lapse(h.app, now)
	ending, e := library.Ending(h.app, now, consentNotice)
	err = errors.Join(err, e)
	for _, c := range ending {
		err = errors.Join(err, h.app.RunInTransaction(func(tx core.App) error { return h.tellOfConsent(tx, c) }))
	}
	return err
}

// tellOfConsent writes to whoever wrote the document, once for each day on which the consent ends.
func (h *Hub) tellOfConsent(tx core.App, c *library.Consent) error {
	d, err := library.ByID(tx, c.Document())
	if err != nil {
		return err
	}
	writer, err := tx.FindRecordById("users", d.Author())
	if err != nil || member.Barred(writer) {
		if writer, err = tx.FindRecordById("users", c.GetString("recorded_by")); err != nil || member.Barred(writer) {
			return nil // there is nobody to tell; the page is taken out on its day
		}
	}
	return h.Mail.Put(tx, notify.Mail{
		Key: fmt.Sprintf("consent-ends:%s:%s", c.Id, c.Until().Format(time.DateOnly)), To: writer.Email(), Person: writer.Id, Kind: "consent-ends",
		About: "documents", Record: d.Id, Expires: c.Until(),
		Data: map[string]any{"Name": writer.GetString("name"), "Title": d.Title(), "What": consentWords[c.What()], "Until": c.Until(),
			"URL": h.Mail.Base() + "/write/" + string(d.DocKind()) + "/" + d.Id + "/consent"},
	})
}

var consentWords = map[string]string{library.Story: "the story", library.Picture: "a picture", library.Quote: "a quotation"}
