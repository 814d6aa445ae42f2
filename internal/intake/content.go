package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// siteFile is site.yaml.
type siteFile struct {
	Name         string `yaml:"name"`
	Strapline    string `yaml:"strapline"`
	ContactRole  string `yaml:"contact_role"`
	Words        []string
	Partnerships []struct {
		Slug  string `yaml:"slug"`
		Title string `yaml:"title"`
		Note  string `yaml:"note"`
	} `yaml:"partnerships"`
	Places []struct {
		Slug        string   `yaml:"slug"`
		Title       string   `yaml:"title"`
		Partnership string   `yaml:"partnership"`
		NHSArea     string   `yaml:"nhs_area"`
		Councils    []string `yaml:"councils"`
		CouncilPage string   `yaml:"council_page"`
		Note        string   `yaml:"note"`
	} `yaml:"places"`
	NHSAreas []term `yaml:"nhs_areas"`
	Partners []struct {
		Slug        string   `yaml:"slug"`
		Name        string   `yaml:"name"`
		Kind        string   `yaml:"kind"`
		Summary     string   `yaml:"summary"`
		ContactRole string   `yaml:"contact_role"`
		Website     string   `yaml:"website"`
		Places      []string `yaml:"places"`
		Source      string   `yaml:"source"`
	} `yaml:"partners"`
	Groups []struct {
		Slug         string   `yaml:"slug"`
		Title        string   `yaml:"title"`
		Kind         string   `yaml:"kind"`
		Summary      string   `yaml:"summary"`
		Organisation string   `yaml:"organisation"`
		ContactRole  string   `yaml:"contact_role"`
		Places       []string `yaml:"places"`
		Programmes   []string `yaml:"programmes"`
		Source       string   `yaml:"source"`
		Example      bool     `yaml:"example"`
		Decisions    []struct {
			Text     string `yaml:"text"`
			Decided  string `yaml:"decided"`
			Source   string `yaml:"source"`
			Document string `yaml:"document"`
			Example  bool   `yaml:"example"`
		} `yaml:"decisions"`
	} `yaml:"groups"`
	Councils []struct {
		Slug  string `yaml:"slug" json:"slug"`
		Title string `yaml:"title" json:"title"`
		URL   string `yaml:"url" json:"url"`
	} `yaml:"councils"`
	Audiences  []term `yaml:"audiences"`
	Topics     []term `yaml:"topics"`
	Programmes []term `yaml:"programmes"`
	Chapters   []term `yaml:"chapters"`
	Helplines  []struct {
		Slug   string `yaml:"slug"`
		Name   string `yaml:"name"`
		Number string `yaml:"number"`
		Tel    string `yaml:"tel"`
		For    string `yaml:"for"`
		Hours  string `yaml:"hours"`
		Source string `yaml:"source"`
		Seen   string `yaml:"seen"`
		Note   string `yaml:"note"`
		Crisis bool   `yaml:"crisis"`
	} `yaml:"helplines"`
}

// term is an entry of a controlled list.
type term struct {
	Slug     string   `yaml:"slug"`
	Title    string   `yaml:"title"`
	Summary  string   `yaml:"summary"`
	Audience []string `yaml:"audience"`
}

// figureFile is an entry of figures.yaml.
type figureFile struct {
	Key     string         `yaml:"key"`
	Label   string         `yaml:"label"`
	Value   float64        `yaml:"value"`
	Unit    string         `yaml:"unit"`
	Text    string         `yaml:"text"`
	From    string         `yaml:"from"`
	Until   string         `yaml:"until"`
	Area    string         `yaml:"area"`
	Source  map[string]any `yaml:"source"`
	Note    string         `yaml:"note"`
	Working string         `yaml:"working"`
	Past    bool           `yaml:"of_its_time"`
}

// placeFile is places/<place>.yaml.
type placeFile struct {
	Place    string   `yaml:"place"`
	NHSArea  string   `yaml:"nhs_area"`
	Councils []string `yaml:"councils"`
	Facts    []struct {
		Key       string `yaml:"key"`
		Label     string `yaml:"label"`
		Value     string `yaml:"value"`
		Text      string `yaml:"text"`
		URL       string `yaml:"url"`
		Rule      string `yaml:"rule"`
		Acts      string `yaml:"acts_in_emergency"`
		Source    string `yaml:"source"`
		Seen      string `yaml:"seen"`
		PageDate  string `yaml:"page_date"`
		Status    string `yaml:"status"`
		ReviewDue string `yaml:"review_due"`
		Note      string `yaml:"note"`
		Hospital  string `yaml:"hospital"` // one hospital of several, and what it offers to carers
		Visiting  string `yaml:"visiting"`
		Passport  string `yaml:"passport"`
		Parking   string `yaml:"parking"`
	} `yaml:"facts"`
}

const contentMark = "commonplace_content"

// Content loads the shipped content into a hub that does not have it yet. When a release brings other files, documents
// that nobody touched are updated, edited ones get the new text as a suggested change, and list entries that are
// missing are added; nothing that somebody changed is written over. A hub that has it all is left alone.
func Content(ctx context.Context, app core.App, fsys fs.FS) (Report, error) {
	r := Report{Source: "content", Counts: map[string]int{}}
	sum, err := sumOf(fsys)
	if err != nil {
		return r, err
	}
	had := loadedBefore(app)
	if had.Sum == sum {
		return r, nil
	}
	l := &adding{had: had.Keys}
	if err := l.within(app, func() error { return l.lists(fsys) }); err != nil {
		return r, fmt.Errorf("content: %w", err)
	}
	o := Options{As: library.SitePage, Publish: true}
	entries, err := entriesOf(fsys, "")
	if err != nil {
		return r, err
	}
	pieces, err := (&source{root: "content", entries: entries}).pieces(ctx, o)
	if err != nil {
		return r, err
	}
	for _, p := range pieces {
		if !p.own && p.Outcome == "" {
			p.out(Skipped, "has no front matter of the hub's own")
		}
	}
	if err := place(app, pieces, o); err != nil {
		return r, err
	}
	now := loaded{Sum: sum}
	for _, p := range pieces {
		key, _ := p.front["id"].(string)
		if p.Outcome == "" && p.before == nil && slices.Contains(had.Keys, key) {
			p.out(Skipped, "was deleted here")
		}
		if key != "" {
			now.Keys = append(now.Keys, key)
		}
	}
	if r.Counts, err = run(ctx, app, o, "content", pieces); err != nil {
		return r, fmt.Errorf("content: %w", err)
	}
	if err := l.within(app, func() error { return l.decisions(fsys) }); err != nil {
		return r, fmt.Errorf("content: %w", err)
	}
	now.Keys = append(now.Keys, l.keys...)
	for _, p := range pieces {
		r.Files = append(r.Files, p.File)
	}
	return r, now.keep(app)
}

// loaded is what the last loading of the shipped content brought: its checksum, and the keys of its documents and rows, so
// that one which was deleted or renamed since is not brought back by the next release.
type loaded struct {
	Sum  string   `json:"sum"`
	Keys []string `json:"keys"`
}

func loadedBefore(app core.App) loaded {
	var raw string
	var l loaded
	if app.DB().Select("value").From("_params").Where(dbx.HashExp{"id": contentMark}).Row(&raw) != nil || json.Unmarshal([]byte(raw), &l) != nil {
		return loaded{}
	}
	return l
}

func (l loaded) keep(app core.App) error {
	raw, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = app.DB().NewQuery(`INSERT INTO {{_params}} ([[id]], [[value]], [[created]], [[updated]])
		VALUES ({:id}, {:value}, strftime('%Y-%m-%d %H:%M:%fZ'), strftime('%Y-%m-%d %H:%M:%fZ'))
		ON CONFLICT ([[id]]) DO UPDATE SET [[value]] = {:value}`).Bind(dbx.Params{"id": contentMark, "value": string(raw)}).Execute()
	return err
}

func sumOf(fsys fs.FS) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(fsys, name)
		fmt.Fprintf(h, "%s %d\n%s", name, len(raw), raw)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// lists loads what is no document.
func (l *adding) lists(fsys fs.FS) error {
	var site siteFile
	if err := readYAML(fsys, "site.yaml", &site); err != nil {
		return err
	}
	l.site(site)
	var figures []figureFile
	if err := readYAML(fsys, "figures.yaml", &figures); err != nil {
		return err
	}
	for _, f := range figures {
		l.figure(f)
	}
	files, err := fs.Glob(fsys, "places/*.yaml")
	if err != nil {
		return err
	}
	for _, name := range files {
		var p placeFile
		if err := readYAML(fsys, name, &p); err != nil {
			return err
		}
		l.answers(p)
	}
	return l.err
}

// figure adds a figure, or brings one that is there up to the release.
func (l *adding) figure(f figureFile) {
	values := map[string]any{
		"label": f.Label, "value": f.Value, "unit": f.Unit, "text": f.Text, "area": f.Area, "from": day(f.From), "until": day(f.Until),
		"source": f.Source, "working": f.Working, "note": f.Note, "of_its_time": f.Past,
	}
	l.add("figures", dbx.HashExp{"key": f.Key}, values)
	if l.err == nil {
		l.err = library.ShipFigure(l.app, f.Key, values, "content")
	}
}

func readYAML(fsys fs.FS, name string, v any) error {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if err := markdown.YAML(raw, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// adding adds rows that are missing and were never there, until the first error, which it keeps.
type adding struct {
	app  core.App
	had  []string // keys of the rows that an earlier loading brought
	keys []string // keys of the rows that this one asked for
	err  error
}

// within adds in one transaction.
func (l *adding) within(app core.App, f func() error) error {
	return app.RunInTransaction(func(tx core.App) error {
		l.app = tx
		return f()
	})
}

func (l *adding) site(s siteFile) {
	partnerships := map[string]string{}
	for _, p := range s.Partnerships {
		partnerships[p.Slug] = p.Title
	}
	areas := map[string]string{}
	for _, a := range s.NHSAreas {
		areas[a.Slug] = a.Title
	}
	councils := map[string]any{}
	for _, c := range s.Councils {
		councils[c.Slug] = c
	}
	for i, p := range s.Places {
		var own []any
		for _, c := range p.Councils {
			own = append(own, councils[c])
		}
		l.add("places", dbx.HashExp{"slug": p.Slug}, map[string]any{
			"title": p.Title, "partnership": partnerships[p.Partnership], "nhs_area": areas[p.NHSArea], "councils": own,
			"council_page": p.CouncilPage, "note": p.Note, "position": i + 1,
		})
	}
	for _, p := range s.Programmes {
		l.add("programmes", dbx.HashExp{"slug": p.Slug}, map[string]any{"title": p.Title, "summary": p.Summary})
	}
	l.partners(s)
	l.groups(s)
	for list, terms := range map[string][]term{"audience": s.Audiences, "topic": s.Topics, "chapter": s.Chapters} {
		for i, t := range terms {
			l.add("vocabulary", dbx.HashExp{"list": list, "slug": t.Slug}, map[string]any{"title": t.Title, "summary": t.Summary, "position": i + 1})
		}
	}
	for _, line := range s.Words {
		l.add("words", dbx.HashExp{"words": strings.Join(library.SplitWords(line), ", ")}, nil)
	}
	for i, h := range s.Helplines {
		l.add("helplines", dbx.HashExp{"slug": h.Slug}, map[string]any{
			"name": h.Name, "number": h.Number, "tel": h.Tel, "purpose": h.For, "hours": h.Hours, "crisis": h.Crisis,
			"position": i + 1, "source": h.Source, "seen": day(h.Seen), "note": h.Note,
		})
	}
}

// partners adds the organisations that the shipped pages speak of, unless there is one of that name.
func (l *adding) partners(s siteFile) {
	for _, p := range s.Partners {
		if l.err != nil {
			return
		}
		named, err := member.NamedPartner(l.app, p.Name)
		if l.err = err; named != nil || err != nil {
			continue
		}
		l.add("organisations", dbx.HashExp{"slug": p.Slug}, map[string]any{
			"name": p.Name, "kind": p.Kind, "summary": p.Summary, "contact_role": p.ContactRole, "website": p.Website,
			"places": l.ids("places", p.Places), "source_page": p.Source,
		})
	}
}

func (l *adding) groups(s siteFile) {
	for _, g := range s.Groups {
		l.add("groups", dbx.HashExp{"slug": g.Slug}, map[string]any{
			"title": g.Title, "kind": g.Kind, "summary": g.Summary, "contact_role": g.ContactRole, "source_page": g.Source, "example": g.Example,
			"organisation": l.id("organisations", g.Organisation), "places": l.ids("places", g.Places), "programmes": l.ids("programmes", g.Programmes),
		})
	}
}

// decisions adds what groups decided, once the documents that they led to are there.
func (l *adding) decisions(fsys fs.FS) error {
	var s siteFile
	if err := readYAML(fsys, "site.yaml", &s); err != nil {
		return err
	}
	for _, g := range s.Groups {
		group := l.id("groups", g.Slug)
		for _, d := range g.Decisions {
			if l.err != nil || group == "" {
				break
			}
			values := map[string]any{"decided": day(d.Decided), "source": d.Source, "example": d.Example}
			if doc, err := l.app.FindFirstRecordByData("documents", "key", d.Document); err == nil {
				values["document"] = doc.Id
			}
			l.add("decisions", dbx.HashExp{"group": group, "text": d.Text}, values)
		}
	}
	return l.err
}

// id finds the row that has a slug, or had it before somebody renamed it; "" when it is gone.
func (l *adding) id(collection, slug string) string {
	if slug == "" || l.err != nil {
		return ""
	}
	r, err := member.BySlug(l.app, collection, slug)
	if err != nil {
		// A partner may stand here under another address, found by its name.
		if collection != "organisations" && !slices.Contains(l.had, keyOf(collection, dbx.HashExp{"slug": slug})) {
			l.err = fmt.Errorf("site.yaml: there is no %q among %s", slug, collection)
		}
		return ""
	}
	return r.Id
}

func (l *adding) ids(collection string, slugs []string) []string {
	var ids []string
	for _, s := range slugs {
		if id := l.id(collection, s); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

func (l *adding) answers(p placeFile) {
	if l.err != nil {
		return
	}
	place := l.id("places", p.Place)
	if place == "" {
		return
	}
	for _, f := range p.Facts {
		identity := dbx.HashExp{"place": place, "key": f.Key}
		if f.Hospital != "" {
			identity["hospital"] = f.Hospital
		}
		l.add("local_answers", identity, map[string]any{
			"label": f.Label, "value": f.Value, "body": f.Text, "url": f.URL, "rule": f.Rule, "acts_in_emergency": f.Acts,
			"source": f.Source, "seen": day(f.Seen), "page_date": f.PageDate, "status": f.Status, "review_due": day(f.ReviewDue), "note": f.Note,
			"visiting": f.Visiting, "passport": f.Passport, "parking": f.Parking,
		})
	}
}

// keyOf names a row by what makes it that row.
func keyOf(collection string, identity dbx.HashExp) string {
	key := collection
	for _, field := range slices.Sorted(maps.Keys(identity)) {
		key += "/" + fmt.Sprint(identity[field])
	}
	if len(key) > 160 {
		sum := sha256.Sum256([]byte(key))
		key = collection + "/" + hex.EncodeToString(sum[:])
	}
	return key
}

// add makes a row when there is none with its identity, and never was.
func (l *adding) add(collection string, identity dbx.HashExp, values map[string]any) {
	if l.err != nil {
		return
	}
	key := keyOf(collection, identity)
	l.keys = append(l.keys, key)
	rows, err := l.app.FindAllRecords(collection, identity)
	if err != nil || len(rows) > 0 || slices.Contains(l.had, key) {
		l.err = err
		return
	}
	c, err := l.app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		l.err = err
		return
	}
	r := core.NewRecord(c)
	r.Load(identity)
	r.Load(values)
	journal.By(r, "content")
	if err := l.app.Save(r); err != nil {
		l.err = fmt.Errorf("%s %v: %w", collection, identity, err)
	}
}

// day makes a date that a row can keep of "2026-11-22"; anything else is none.
func day(s string) string {
	if len(s) != len("2006-01-02") {
		return ""
	}
	return s + " 00:00:00.000Z"
}
