package intake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"commonplace/internal/library"
	"commonplace/internal/markdown"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// maxFile is the largest file that is read: a body and its front matter.
const maxFile = 1 << 20

// Import brings in the Markdown file or folder at source, on the file system.
func Import(ctx context.Context, app core.App, source string, o Options) (Report, error) {
	r := Report{Source: source, DryRun: o.DryRun, At: time.Now().UTC(), Counts: map[string]int{}}
	abs, err := filepath.Abs(source)
	if err != nil {
		return r, err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return r, fmt.Errorf("%s cannot be opened: there is no such file or folder, or it may not be read", source)
	}
	root, only := abs, ""
	if !info.IsDir() {
		root, only = filepath.Dir(abs), filepath.Base(abs)
	}
	dir, err := os.OpenRoot(root) // links that lead out of the folder are not followed
	if err != nil {
		return r, err
	}
	defer dir.Close()
	if only == "" && isHub(dir.FS()) {
		r.Counts, r.Files, err = importHub(ctx, app, dir.FS(), o)
		return r, err
	}
	pieces, err := read(dir.FS(), filepath.Base(root), only, o)
	if err != nil {
		return r, err
	}
	if err := place(app, pieces); err != nil {
		return r, err
	}
	r.Counts, err = run(ctx, app, o, "import", pieces)
	for _, p := range pieces {
		r.Files = append(r.Files, p.File)
	}
	return r, err
}

// read turns every file below the root into a piece; those that are no Markdown are skipped with the reason.
func read(fsys fs.FS, root, only string, o Options) ([]*piece, error) {
	var pieces []*piece
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			pieces = append(pieces, &piece{File: File{Path: name, Outcome: Refused, Problems: []string{"cannot be read: " + err.Error()}}})
			return nil
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case d.IsDir(), only != "" && name != only:
			return nil
		}
		pieces = append(pieces, readFile(fsys, root, name, d, o))
		return nil
	})
	if err == nil && len(pieces) == 0 {
		err = errors.New("there is no file in it")
	}
	return pieces, err
}

func readFile(fsys fs.FS, root, name string, d fs.DirEntry, o Options) *piece {
	p := &piece{File: File{Path: name}, source: root + "/" + name, kind: o.As}
	info, err := d.Info()
	switch {
	case err != nil:
		return p.out(Refused, "cannot be read: "+err.Error())
	case !info.Mode().IsRegular():
		return p.out(Skipped, "is not an ordinary file")
	case !isMarkdown(name):
		return p.out(Skipped, "is not Markdown (.md or .markdown)")
	case info.Size() > maxFile:
		return p.out(Refused, fmt.Sprintf("is %d KiB long; a text may have %d KiB", info.Size()>>10, markdown.MaxBytes>>10))
	}
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return p.out(Refused, "cannot be read: "+err.Error())
	}
	p.sum = hash(append([]byte(reading+"\n"), raw...))
	if !utf8.Valid(raw) {
		p.Problems = append(p.Problems, "Bytes that are not UTF-8 became "+string(utf8.RuneError)+". Save the file as UTF-8 and import it again.")
	}
	front, body := markdown.Split(raw)
	if strings.TrimSpace(front+body) == "" {
		return p.out(Skipped, "is empty")
	}
	fields, problems := markdown.Front(front)
	for _, problem := range problems {
		p.Problems = append(p.Problems, problem.String())
		if problem.Raw != "" {
			body = "```yaml\n" + strings.ReplaceAll(problem.Raw, "```", "'''") + "\n```\n\n" + body
		}
	}
	p.front, p.body = fields, body
	if p.own = fields["schema"] != nil && fields["type"] != nil; p.own {
		p.takeOwn()
		return p
	}
	p.convert()
	return p
}

func (p *piece) out(outcome, why string) *piece {
	p.Outcome = outcome
	p.Problems = append(p.Problems, why)
	return p
}

func isMarkdown(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown":
		return true
	}
	return false
}

// takeOwn reads a file that the hub itself could have written: nothing is converted.
func (p *piece) takeOwn() {
	p.kind = library.Kind(fmt.Sprint(p.front["type"]))
	if !p.kind.Known() {
		p.out(Refused, fmt.Sprintf("type: there is no kind of document %q", p.kind))
		return
	}
	p.Title, _ = p.front["title"].(string)
	p.slug = strings.TrimSuffix(path.Base(p.Path), path.Ext(p.Path))
	if s := markdown.Slug(p.slug); s != p.slug {
		p.slug = s
	}
	if p.kind == library.Handbook {
		p.chapter, _ = p.front["chapter"].(string)
		if s := markdown.Slug(p.chapter); s != p.chapter {
			p.Problems = append(p.Problems, fmt.Sprintf("chapter: %q cannot stand in an address; it became %q", p.chapter, s))
			p.chapter = s
		}
		p.body = strings.TrimLeft(p.body, "\n")
	}
	p.Language, _ = p.front["lang"].(string)
}

// place finds the documents that the pieces have become before and gives addresses to the new ones, so that links among
// them can be turned.
func place(app core.App, pieces []*piece) error {
	taken := map[string]bool{}
	titles := map[string]string{}
	for _, p := range pieces {
		if p.Outcome != "" {
			continue
		}
		if err := p.find(app); err != nil {
			return err
		}
		if p.before != nil {
			p.slug, p.chapter = p.before.Slug, p.before.Chapter
			taken[string(p.kind)+"/"+p.chapter+"/"+p.slug] = true
		}
	}
	for _, p := range pieces {
		if p.Outcome != "" {
			continue
		}
		title := string(p.kind) + " " + p.Title
		if other, ok := titles[title]; ok && p.Title != "" {
			p.Problems = append(p.Problems, fmt.Sprintf("The title stands on another page too, %s. The addresses differ.", other))
		} else {
			titles[title] = p.Path
		}
		if p.before == nil {
			if err := p.choose(app, taken); err != nil {
				return err
			}
		}
		p.Address = p.kind.Address(p.chapter, p.slug)
	}
	link(pieces)
	return nil
}

// find looks up the document that the file has become before.
func (p *piece) find(app core.App) error {
	// The index over source leaves empty ones out and is used only by a question that does so too.
	where := dbx.Expression(dbx.NewExp("[[source]] = {:source} AND [[source]] != ''", dbx.Params{"source": p.source}))
	if key, ok := p.front["id"].(string); p.own && ok {
		where = dbx.HashExp{"key": key}
	}
	var b before
	err := app.DB().Select("id", "kind", "slug", "chapter", "state", "source_sum").From("documents").Where(where).One(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		p.before, p.kind = &b, library.Kind(b.Kind)
	}
	return err
}

// choose takes the first address that is free here and in the hub: the title's, then with the folders' names before it.
func (p *piece) choose(app core.App, taken map[string]bool) error {
	for _, slug := range p.slugs() {
		free, err := library.FreeSlug(app, p.kind, p.chapter, slug, "")
		if err != nil {
			return err
		}
		key := string(p.kind) + "/" + p.chapter + "/" + slug
		if free == slug && !taken[key] {
			p.slug, taken[key] = slug, true
			return nil
		}
	}
	base := p.slugs()[0]
	for n := 2; ; n++ {
		slug := fmt.Sprintf("%s-%d", base, n)
		free, err := library.FreeSlug(app, p.kind, p.chapter, slug, "")
		if err != nil {
			return err
		}
		key := string(p.kind) + "/" + p.chapter + "/" + slug
		if free == slug && !taken[key] {
			p.slug, taken[key] = slug, true
			return nil
		}
	}
}

// slugs lists what the page could be called in its address, the best first.
func (p *piece) slugs() []string {
	if p.slug != "" {
		return []string{p.slug}
	}
	parts := strings.Split(strings.TrimSuffix(p.Path, path.Ext(p.Path)), "/")
	if last := strings.ToLower(parts[len(parts)-1]); len(parts) > 1 && slices.Contains([]string{"index", "_index", "readme"}, last) {
		parts = parts[:len(parts)-1]
	}
	candidates := []string{markdown.Slug(p.Title)}
	for i := len(parts) - 1; i >= 0; i-- {
		candidates = append(candidates, markdown.Slug(strings.Join(parts[i:], " ")))
	}
	candidates = slices.DeleteFunc(candidates, func(s string) bool { return s == "" })
	if len(candidates) == 0 {
		candidates = []string{"page-" + hash([]byte(p.source))[:8]}
	}
	return candidates
}
