package intake

import (
	"database/sql"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"commonplace/internal/library"
	"commonplace/internal/markdown"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// maxFile is the largest file that is read: a body and its front matter.
const maxFile = 1 << 20

// takeMarkdown reads a file of Markdown, the hub's own or another program's.
func (p *piece) takeMarkdown(raw []byte) {
	p.sum = hash(append([]byte(reading+"\n"), raw...))
	if !utf8.Valid(raw) {
		p.Problems = append(p.Problems, "Bytes that are not UTF-8 became "+string(utf8.RuneError)+". Save the file as UTF-8 and import it again.")
	}
	front, body := markdown.Split(raw)
	if strings.TrimSpace(front+body) == "" {
		p.out(Skipped, "is empty")
		return
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
		return
	}
	p.convert()
}

func (p *piece) tooLong(size int64) *piece {
	return p.out(Refused, fmt.Sprintf("is %d KiB long; a text may have %d KiB", size>>10, markdown.MaxBytes>>10))
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
func place(app core.App, pieces []*piece, o Options) error {
	nameOriginals(pieces)
	taken := map[string]bool{}
	titles := map[string]string{}
	for _, p := range pieces {
		if p.Outcome != "" {
			continue
		}
		if err := p.find(app, o); err != nil {
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

// nameOriginals tells the pages that an original lists as its translations whose they are. In the hub only the translation
// says so; one that names another page in its own file keeps to that.
func nameOriginals(pieces []*piece) {
	byKey := map[any]*piece{}
	for _, p := range pieces {
		if id, ok := p.front["id"].(string); ok && p.own {
			byKey[id] = p
		}
	}
	for id, p := range byKey {
		list, _ := p.front["translations"].(map[string]any)
		for _, key := range list {
			if other := byKey[key]; other != nil && other != p && other.front["translation_of"] == nil && other.front["easy_read_of"] == nil {
				other.front["translation_of"] = id
			}
		}
	}
}

// find looks up the document that the file has become before.
func (p *piece) find(app core.App, o Options) error {
	// The index over source leaves empty ones out and is used only by a question that does so too.
	where := dbx.Expression(dbx.NewExp("[[source]] = {:source} AND [[source]] != ''", dbx.Params{"source": p.source}))
	if key, ok := p.front["id"].(string); p.own && ok {
		where = dbx.HashExp{"key": key}
	}
	var b before
	err := app.DB().Select("id", "kind", "slug", "chapter", "state", "source_sum", "title").From("documents").Where(where).One(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if o.Viewer != nil {
		doc, err := library.ByID(app, b.ID)
		if err != nil {
			return err
		}
		if !doc.Editable(o.Viewer) {
			return p.anew()
		}
		chance, err := p.byChance(app, &b)
		if err != nil {
			return err
		}
		if chance {
			p.Problems = append(p.Problems, fmt.Sprintf("A file of this name became the page “%s” before. This one has another title, so it is a page of its own. To bring in a new version of that page, give the file its title.", b.Title))
			p.source += "#" + hash([]byte(p.Title))[:8]
			return p.find(app, o)
		}
	}
	p.before, p.kind = &b, library.Kind(b.Kind)
	return nil
}

// byChance says whether a dropped file has nothing but its name in common with one that was dropped before: people call many
// things “report.docx”. What lies in a folder of an archive has its place there, and is the next version of what lay in it; so is
// what has a title that the page has, or had.
func (p *piece) byChance(app core.App, b *before) (bool, error) {
	if was, _, _ := strings.Cut(b.Sum, ":"); was == p.sum || p.own || strings.Contains(p.Path, "/") || strings.Contains(p.source, "#") {
		return false, nil
	}
	var titles []string
	err := app.DB().NewQuery("SELECT DISTINCT COALESCE(json_extract([[content]], '$.title'), '') FROM {{revisions}} WHERE [[document]] = {:id}").Bind(dbx.Params{"id": b.ID}).Column(&titles)
	same := func(title string) bool { return strings.EqualFold(oneLine(p.Title), oneLine(title)) }
	return !slices.ContainsFunc(append(titles, b.Title), same), err
}

// anew makes a new document of a file whose document is another's, without saying more about that one.
func (p *piece) anew() error {
	delete(p.front, "id")
	p.source += "#2"
	if p.own {
		p.Problems = append(p.Problems, "The id in the file is taken. The page gets one of its own.")
	}
	return nil
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
