package export

import (
	"archive/zip"
	"io"
	"time"

	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
)

// files adds the pictures and files that the person added, as they are kept.
func (p *person) files() error {
	var own []*library.Attachment
	if err := p.app.RecordQuery("attachments").AndWhere(dbx.HashExp{"author": p.user.Id}).OrderBy("created", "id").All(&own); err != nil || len(own) == 0 {
		return err
	}
	store, err := p.app.NewFilesystem()
	if err != nil {
		return err
	}
	defer store.Close()
	for _, a := range own {
		from, err := store.GetReader(a.Key(a.File()))
		if err != nil {
			continue // its row says that there was one
		}
		w, err := p.zip.CreateHeader(&zip.FileHeader{Name: fileName(a), Method: zip.Store, Modified: time.Now().UTC()})
		if err == nil {
			_, err = io.Copy(w, from)
		}
		from.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// fileName is where a file lies in the ZIP.
func fileName(a *library.Attachment) string { return "files/" + a.Id + "-" + a.File() }
