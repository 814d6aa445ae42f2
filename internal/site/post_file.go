package site

import (
	"errors"
	"net/url"
	"os"
	"strings"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/thread"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// addedFile is the part of a form that adds a picture or a file to a post, as it comes back with what was wrong.
type addedFile struct {
	Alt                 string // what was said of a picture
	FileError, AltError string
}

// Takes says which files may be added to a post.
func (addedFile) Takes() string { return library.Takes }

// fileAgain is the part of a form that was refused.
func fileAgain(e *core.RequestEvent, faults fieldErrors) addedFile {
	return addedFile{Alt: e.Request.FormValue("alt"), FileError: faults.For("file"), AltError: faults.For("alt")}
}

// sentPost reads a form with a post, which may have a file. What it refuses is shown with the form again.
func (s *Site) sentPost(e *core.RequestEvent) (*upload, error) {
	up, err := s.sentWithFile(e)
	if tooLarge(err) {
		e.Response.Header().Set("Connection", "close")
		return up, library.FileFault(library.TooLarge)
	}
	return up, err
}

// posting does what posts, and adds the file that came along: both or neither. The picture is made before, because that takes
// longer than a transaction may hold others up. What was sent before is not posted again.
func (s *Site) posting(e *core.RequestEvent, up *upload, post func(tx core.App) (id string, err error)) (id string, err error) {
	ready, err := s.ready(e, up)
	if err != nil {
		return "", err
	}
	err = s.app.RunInTransaction(func(tx core.App) error {
		if p, err := sentBefore(e, tx); p != nil || err != nil {
			if p != nil {
				id = p.Id
			}
			return err
		}
		if id, err = post(tx); err != nil || ready == nil {
			return err
		}
		return attachToPost(e, tx, id, ready)
	})
	return id, err
}

// sentBefore is the post that this form has made already, nil when it made none: it was sent twice, or its answer was lost on
// the way. One that says something else by now, after a step back in the browser, is kept for its writer.
func sentBefore(e *core.RequestEvent, app core.App) (*core.Record, error) {
	p, err := thread.Again(app, viewer(e).ID(), e.Request.FormValue("client_key"))
	if p != nil && err == nil && !thread.Says(p, e.Request.FormValue("body")) {
		return nil, validation.Errors{"body": validation.NewError("validation_sent_before", otherWords)}
	}
	return p, err
}

const otherWords = "What you wrote in this form before has been posted. This is something else, and is still here: post it again to have it as another post."

// keyAgain is the key of a form that comes back: its own, unless that was used.
func keyAgain(e *core.RequestEvent, faults fieldErrors) string {
	if faults.first() == otherWords {
		return newKey()
	}
	return e.Request.FormValue("client_key")
}

// ready is the file that came along, looked at, nil without one.
func (s *Site) ready(e *core.RequestEvent, up *upload) (*library.Ready, error) {
	if up.path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(up.path)
	if err != nil {
		return nil, err
	}
	ready, err := library.Prepare(e.Request.Context(), s.app, data, up.name)
	if err != nil {
		return nil, err
	}
	if ready.IsPicture() && strings.TrimSpace(up.form.Get("alt")) == "" {
		return nil, validation.Errors{"alt": validation.NewError("validation_required", "Say what the picture shows, for people who cannot see it. Then choose it again.")}
	}
	return ready, nil
}

func attachToPost(e *core.RequestEvent, tx core.App, post string, ready *library.Ready) error {
	_, err := library.AttachToPost(tx, post, ready, func(a *library.Attachment) {
		a.Set("author", viewer(e).ID())
		a.Set("alt", e.Request.FormValue("alt"))
		journal.By(a.Record, viewer(e).ID())
	})
	return err
}

// fileToChange is a file of a post on the form that changes the post.
type fileToChange struct {
	fileView
	Drop, Show bool
	Error      string
}

// filesToChange are the files of a post as its writer changes them, those too that are not out; on a form that came back, as it
// was filled in.
func (s *Site) filesToChange(post string, form url.Values, faults fieldErrors) ([]fileToChange, error) {
	all, err := library.AttachmentsOfPosts(s.app, []string{post})
	if err != nil {
		return nil, err
	}
	var list []fileToChange
	for _, a := range all[post] {
		f := fileToChange{fileView: fileViewOf(a), Drop: form.Has("drop-" + a.Id), Show: form.Has("show-" + a.Id), Error: faults.For("alt-" + a.Id)}
		if form.Has("alt-" + a.Id) {
			f.Alt = form.Get("alt-" + a.Id)
		}
		list = append(list, f)
	}
	return list, nil
}

// changeFiles does with the files of a post what the form says: which go, which come out, and what is said of pictures. A file goes for good, as
// a post does that is taken back.
func changeFiles(e *core.RequestEvent, tx core.App, post string) error {
	files, err := library.AttachmentsOfPosts(tx, []string{post})
	if err != nil {
		return err
	}
	form := e.Request.PostForm
	for _, shown := range files[post] {
		a, _, err := library.AttachmentByID(tx, shown.Id)
		if err != nil {
			return err
		}
		journal.By(a.Record, viewer(e).ID())
		said := "alt-" + a.Id
		switch {
		case form.Has("drop-" + a.Id):
			err = tx.Delete(a)
		case form.Has("show-"+a.Id) && !a.Out():
			a.Set("state", library.Published)
			err = tx.Save(a)
		case a.IsPicture() && form.Has(said) && strings.TrimSpace(form.Get(said)) != a.Alt():
			a.Set("alt", form.Get(said))
			err = tx.Save(a)
		}
		if err != nil {
			return faultAt(err, "alt", said)
		}
	}
	return nil
}

// faultAt gives what is wrong with a field the name that it has on the form.
func faultAt(err error, field, onForm string) error {
	var faults validation.Errors
	if errors.As(err, &faults) && faults[field] != nil {
		faults[onForm] = faults[field]
		delete(faults, field)
	}
	return err
}
