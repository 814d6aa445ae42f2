package site

import (
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// importView is where files are dropped that become drafts.
type importView struct {
	Errors  fieldErrors
	Kinds   []Choice
	Spaces  []Choice
	Waiting []*parcel
	Most    int // megabytes
}

// uploadView is the page of one upload: what would come in, or what has.
type uploadView struct {
	Errors  fieldErrors
	Upload  *parcel
	Under   bool // it is under way
	Stopped bool // it was, when the server stopped
	Done    int
	All     int
	In      []ImportFile // what comes in, or has come in
	Along   []ImportFile // pictures and files that belong to pages
	Out     []ImportFile // what does not
	Same    int          // files that say what they said before
}

// bringsIn lists the spaces in which somebody may bring pages in.
func (s *Site) bringsIn(v *member.Viewer) ([]Choice, error) {
	spaces, err := member.ListedSpaces(s.app, v)
	if err != nil {
		return nil, err
	}
	var list []Choice
	for _, sp := range spaces {
		if v.In(sp.Id) >= member.Editor {
			list = append(list, Choice{Value: sp.Slug(), Title: sp.Title(), Chosen: sp.Id == v.Library()})
		}
	}
	return list, nil
}

// mayImport turns away those who are editors nowhere.
func (s *Site) mayImport(e *core.RequestEvent) ([]Choice, error) {
	spaces, err := s.bringsIn(viewer(e))
	if err == nil && len(spaces) == 0 {
		err = e.ForbiddenError("Only editors bring pages in. Ask your programme lead to make you one.", nil)
	}
	return spaces, err
}

func (s *Site) importForm(e *core.RequestEvent) error {
	return s.showImport(e, http.StatusOK, nil)
}

func (s *Site) showImport(e *core.RequestEvent, status int, faults fieldErrors) error {
	spaces, err := s.mayImport(e)
	if err != nil {
		return err
	}
	s.desk.sweep(time.Now())
	v := importView{Errors: faults, Spaces: spaces, Waiting: s.desk.waiting(viewer(e).ID()), Most: mostUpload >> 20}
	v.Kinds = append(v.Kinds, Choice{Title: "What their headings say: a case study, or guidance", Chosen: true})
	for _, k := range importKinds {
		v.Kinds = append(v.Kinds, Choice{Value: string(k), Title: upperFirst(k.Word())})
	}
	return render(s, e, status, "write-import", Page{Title: "Bring in files", Crumbs: []Link{{"Write", "/write"}}, NoIndex: true}, v)
}

// importKinds are what a file of another program can become.
var importKinds = []library.Kind{library.CaseStudy, library.Guidance, library.ActionPlan, library.Template}

// importTake takes an upload and has it looked at. The files go to the disk as they come, so nothing may read the form
// before.
func (s *Site) importTake(e *core.RequestEvent) error {
	spaces, err := s.mayImport(e)
	if err != nil {
		return err
	}
	again := func(sentence string) error {
		return s.showImport(e, http.StatusUnprocessableEntity, fieldErrors{{"files", sentence}})
	}
	form, err := e.Request.MultipartReader()
	if err != nil {
		return again("Choose a file.")
	}
	u, err := s.desk.take(viewer(e).ID(), form)
	var why refusal
	if errors.As(err, &why) {
		return again(string(why))
	}
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(spaces, func(c Choice) bool { return c.Value == u.Space }) {
		u.Space = spaces[0].Value
	}
	if !slices.Contains(importKinds, library.Kind(u.As)) {
		u.As = ""
	}
	if err := s.desk.begin(u, looking); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/write/import/"+u.Token)
}

func (s *Site) findUpload(e *core.RequestEvent) (*parcel, error) {
	if _, err := s.mayImport(e); err != nil {
		return nil, err
	}
	u, err := s.desk.find(viewer(e).ID(), e.Request.PathValue("token"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound(e)
	}
	return u, err
}

func (s *Site) importPage(e *core.RequestEvent) error {
	u, err := s.findUpload(e)
	if err != nil {
		return err
	}
	return s.showUpload(e, http.StatusOK, u, nil)
}

func (s *Site) showUpload(e *core.RequestEvent, status int, u *parcel, faults fieldErrors) error {
	v := uploadView{Upload: u, Errors: faults}
	at, under := s.desk.progress(u.Token)
	v.Under, v.Done, v.All = under, at.done, at.all
	v.Stopped = !under && (u.State == looking || u.State == bringing)
	for _, f := range u.Report.Files {
		switch f.Outcome {
		case "imported", "updated", "suggested":
			f.Address = s.writtenAt(viewer(e), f.Address)
			v.In = append(v.In, f)
		case "unchanged":
			v.Same++
		case "attached":
			v.Along = append(v.Along, f)
		default:
			v.Out = append(v.Out, f)
		}
	}
	if under {
		e.Response.Header().Set("Refresh", "3") // a page that waits needs no script
	}
	return render(s, e, status, "write-import-upload", Page{Title: "Bring in files", Crumbs: []Link{{"Write", "/write"}, {"Bring in files", "/write/import"}}, NoIndex: true}, v)
}

// writtenAt is where the viewer goes on with a page of an address: at its form, where that is theirs.
func (s *Site) writtenAt(v *member.Viewer, address string) string {
	if d, err := library.At(s.app, address); err == nil && d.Viewable(v) && d.Editable(v) {
		return writeAddress(d)
	}
	return address
}

// importDo brings an upload in, looks at it again, or throws it away.
func (s *Site) importDo(e *core.RequestEvent) error {
	u, err := s.findUpload(e)
	if err != nil {
		return err
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("The form could not be read.", err)
	}
	form := e.Request.PostForm
	switch form.Get("do") {
	case "throw":
		err := s.desk.throw(u)
		var why refusal
		if errors.As(err, &why) {
			return s.showUpload(e, http.StatusUnprocessableEntity, u, fieldErrors{{"do", string(why)}})
		}
		if err != nil {
			return err
		}
		return e.Redirect(http.StatusSeeOther, "/write/import")
	case "look":
		err = s.desk.begin(u, looking)
	case "bring":
		if u.State == ready {
			u.Keep = nil
			for _, f := range u.Report.Files {
				if len(f.Chrome) > 0 && !slices.Contains(form["leave-out"], f.Path) {
					u.Keep = append(u.Keep, f.Path)
				}
			}
		}
		if u.State != ready && u.State != bringing {
			return s.showUpload(e, http.StatusUnprocessableEntity, u, fieldErrors{{"do", "Have it looked at first."}})
		}
		err = s.desk.begin(u, bringing)
	default:
		return s.showUpload(e, http.StatusUnprocessableEntity, u, fieldErrors{{"do", "Choose what to do with it."}})
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/write/import/"+u.Token)
}
