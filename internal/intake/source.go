package intake

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// entry is a file of a source, which may be a folder or an archive.
type entry struct {
	name    string // its path in the source
	size    int64
	refused string // why it cannot be taken
	skipped string // why it is none
	open    func() (io.ReadCloser, error)
}

// maxForeign is the largest file of another program that is read.
const maxForeign = 25 << 20

// Import brings in the file or folder at source, on the file system: Markdown, Word, OpenDocument, HTML, text, tables, or a
// ZIP of any of them.
func Import(ctx context.Context, app core.App, source string, o Options) (Report, error) {
	r := Report{Source: source, DryRun: o.DryRun, At: time.Now().UTC(), Counts: map[string]int{}}
	if o.Limits == (Limits{}) {
		o.Limits = StandardLimits
	}
	s, err := openSource(source, o)
	if err != nil {
		return r, err
	}
	defer s.Close()
	defer s.media.Close()
	if s.files != nil && isHub(s.files) {
		if o.Viewer != nil {
			return r, errors.New("it is the export of a whole hub, which only an operator brings in")
		}
		r.Counts, r.Files, err = importHub(ctx, app, s.files, o)
		return r, err
	}
	pieces, err := s.pieces(ctx, o)
	if err != nil {
		return r, err
	}
	if err := place(app, pieces, o); err != nil {
		return r, err
	}
	s.media.shelve(pieces)
	r.Counts, err = run(ctx, app, o, o.actor(), pieces)
	for _, p := range pieces {
		r.Files = append(r.Files, p.File)
	}
	return r, err
}

// source is what an import reads.
type source struct {
	io.Closer
	root    string // its name over imports
	files   fs.FS  // all of it, nil when only one file of a folder is asked for
	entries []entry
	media   *media
}

func openSource(name string, o Options) (*source, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be opened: there is no such file or folder, or it may not be read", name)
	}
	var s *source
	switch {
	case info.IsDir():
		s, err = folder(abs, "")
	case strings.EqualFold(filepath.Ext(abs), ".zip"):
		s, err = archive(abs, o.Limits)
	default:
		s, err = folder(filepath.Dir(abs), filepath.Base(abs))
	}
	if err != nil {
		return nil, err
	}
	s.media = newMedia()
	if o.Root != "" {
		s.root = o.Root + "/" + s.root
	}
	if len(s.entries) == 0 {
		s.Close()
		return nil, errors.New("there is no file in it")
	}
	return s, nil
}

// folder is a folder of the file system, or one file of it. Links that lead out of it are not followed.
func folder(dir, only string) (*source, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	s := &source{Closer: root, root: filepath.Base(dir)}
	if only == "" {
		s.files = root.FS()
	}
	if s.entries, err = entriesOf(root.FS(), only); err != nil {
		root.Close()
		return nil, err
	}
	return s, nil
}

// entriesOf lists the files of a file system.
func entriesOf(fsys fs.FS, only string) ([]entry, error) {
	var entries []entry
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			entries = append(entries, entry{name: name, refused: "cannot be read: " + err.Error()})
			return nil
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case d.IsDir(), only != "" && name != only:
			return nil
		}
		e := entry{name: name, open: func() (io.ReadCloser, error) { return fsys.Open(name) }}
		if info, err := d.Info(); err != nil {
			e.refused = "cannot be read: " + err.Error()
		} else if !info.Mode().IsRegular() {
			e.skipped = "is not an ordinary file"
		} else {
			e.size = info.Size()
		}
		entries = append(entries, e)
		return nil
	})
	return entries, err
}

var copyNumber = regexp.MustCompile(`[ _-]*(\(\d+\)|\d{4}-?\d{2}-?\d{2}([T_-]?\d{2}-?\d{2}(-?\d{2})?)?)$`)

func archive(name string, l Limits) (*source, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil, fmt.Errorf("%s is no archive that can be opened, or a damaged one", filepath.Base(name))
	}
	s := &source{Closer: z, files: z}
	if s.entries, err = openArchive(&z.Reader, l); err != nil {
		z.Close()
		return nil, err
	}
	s.root = archiveRoot(filepath.Base(name), s.entries)
	for i := range s.entries {
		if rest, ok := strings.CutPrefix(s.entries[i].name, s.root+"/"); ok && s.entries[i].refused == "" {
			s.entries[i].name = rest
		}
	}
	return s, nil
}

// pieces reads every file of the source; those that cannot become a document say why.
func (s *source) pieces(ctx context.Context, o Options) ([]*piece, error) {
	var pieces []*piece
	for i, e := range s.entries {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		for _, p := range s.read(ctx, e, o) {
			if p.fault != nil {
				return nil, fmt.Errorf("%s: %w", p.Path, p.fault)
			}
			pieces = append(pieces, p)
		}
		if o.Read != nil {
			o.Read(i+1, len(s.entries))
		}
	}
	return pieces, nil
}

// read makes pieces of one file: one, but for a table whose rows are entries of their own.
func (s *source) read(ctx context.Context, e entry, o Options) []*piece {
	p := &piece{File: File{Path: e.name}, source: s.root + "/" + e.name, kind: o.kind(), shelf: s.media}
	ending := strings.ToLower(path.Ext(e.name))
	foreign := isForeign(ending)
	switch {
	case e.refused != "":
		return []*piece{p.out(Refused, e.refused)}
	case e.skipped != "":
		return []*piece{p.out(Skipped, e.skipped)}
	case isJunk(e.name):
		return []*piece{p.out(Skipped, "belongs to the computer that it was made on")}
	case isMedium(ending):
		return []*piece{s.medium(p, e)}
	case advice[ending] != "":
		return []*piece{p.out(Skipped, advice[ending])}
	case !foreign && !isMarkdown(e.name):
		return []*piece{p.out(Skipped, "is not of a kind that becomes a page: .docx, .odt, .html, .md, .txt or .csv")}
	case !foreign && e.size > maxFile:
		return []*piece{p.tooLong(e.size)}
	case e.size > maxForeign:
		return []*piece{p.out(Refused, fmt.Sprintf("is %d MB large, and %d MB is the most", e.size>>20, maxForeign>>20))}
	}
	raw, err := e.bytes(maxForeign)
	switch {
	case err != nil:
		return []*piece{p.out(Refused, "cannot be read: "+err.Error())}
	case !foreign:
		p.takeMarkdown(raw)
		return []*piece{p}
	case isArchive(e.name, raw):
		return []*piece{p.out(Refused, "is an archive, whatever its name says")}
	case len(bytes.TrimSpace(raw)) == 0:
		return []*piece{p.out(Skipped, "is empty")}
	}
	p.foreign = true
	p.sum = hash(fmt.Appendf(nil, "%s %s %t %s\n%s", foreignReading, o.As, o.keeps(p.Path), ending, raw))
	return reader(ending)(p, ctx, raw, o)
}

// medium lays a file by that belongs to a page.
func (s *source) medium(p *piece, e entry) *piece {
	if e.size > library.MaxFile {
		return p.out(Refused, library.TooLarge)
	}
	raw, err := e.bytes(maxForeign)
	if err != nil {
		return p.out(Refused, "cannot be read: "+err.Error())
	}
	s.media.add(p, e, raw)
	return p
}

func (e entry) bytes(most int64) ([]byte, error) {
	r, err := e.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, most))
}

// isJunk says whether a file is one that systems and programs leave beside those of people.
func isJunk(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(base, "~$") || strings.HasPrefix(base, "._") || base == ".DS_Store" || strings.EqualFold(base, "thumbs.db") || strings.EqualFold(base, "desktop.ini")
}
