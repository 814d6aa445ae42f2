package library

import (
	"cmp"
	"database/sql"
	"errors"
	"slices"
	"time"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// A page may stand in several editions: in other languages, and in easy read. The edition names its original, by key, and
// nobody else says so: edition_of is that name once more, as a column to be found by. The list of translations that an
// original's file may have is read when both come in together; it goes out again as it came.

// Edition is one of the forms in which a page stands.
type Edition struct {
	Card
	Easy bool
}

// English is the language of what names none.
const English = "en"

// original is the key of the page that the front matter names as the original; "" for none.
func (m Meta) original() string { return cmp.Or(m.TranslationOf, m.EasyReadOf) }

// EditionOf is the key of the page that the document is an edition of, "" when it is an original itself.
func (d *Document) EditionOf() string { return d.GetString("edition_of") }

// Easy says whether the document is an easy-read edition.
func (d *Document) Easy() bool { return d.EditionOf() != "" && d.Meta().EasyReadOf != "" }

// ofOriginals restricts a list to what is no edition, or whose original is nowhere to be read.
func ofOriginals() dbx.Expression {
	return dbx.NewExp(`([[edition_of]] = '' OR NOT EXISTS (SELECT 1 FROM {{documents}} o WHERE {{o}}.[[key]] = {{documents}}.[[edition_of]] AND {{o}}.[[space]] = {{documents}}.[[space]] AND {{o}}.[[state]] IN ('published', 'withdrawn')))`)
}

// Originals restricts a list of documents that are out to those that readers choose from: an edition stands behind its
// original, which leads to it.
func Originals(where dbx.Expression) dbx.Expression { return dbx.And(where, ofOriginals()) }

// isEdition keeps the name of the original as a column. An edition of an edition is one of the original.
func (d *Document) isEdition(app core.App) error {
	key := d.Meta().original()
	if key == d.Key() {
		key = ""
	}
	if key != "" {
		var further string
		err := app.DB().Select("edition_of").From("documents").Where(dbx.HashExp{"key": key}).Row(&further)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if further != d.Key() {
			key = cmp.Or(further, key)
		}
	}
	d.Set("edition_of", key)
	return nil
}

// editionFault refuses a second edition of a page in one language and form, for a reader could not choose.
func (d *Document) editionFault(app core.App) error {
	if d.EditionOf() == "" || d.State() != Published {
		return nil
	}
	other, err := editions(app, dbx.Or(dbx.HashExp{"edition_of": d.EditionOf()}, dbx.HashExp{"key": d.EditionOf()}), nil)
	if err != nil {
		return err
	}
	for _, v := range other {
		if v.ID != d.Id && v.Space == d.Space() && v.Language == d.Language() && v.Easy == d.Easy() {
			return validation.Errors{"language": validation.NewError("validation_edition", "There is such a page already: “"+v.Title+"”. Choose another language, or change that one.")}
		}
	}
	return nil
}

// Editions are the other forms of a document that the viewer may read: the original first, then by language.
func Editions(app core.App, v *member.Viewer, d *Document) ([]Edition, error) {
	key := cmp.Or(d.EditionOf(), d.Key())
	list, err := editions(app, dbx.And(dbx.Or(dbx.HashExp{"edition_of": key}, dbx.HashExp{"key": key}), dbx.NewExp("[[id]] != {:self}", dbx.Params{"self": d.Id})), v)
	slices.SortStableFunc(list, func(a, b Edition) int {
		return cmp.Or(order(b.Of == "")-order(a.Of == ""), order(a.Easy)-order(b.Easy), cmp.Compare(a.Language, b.Language))
	})
	return list, err
}

// EditionCards lists the published editions of a kind whose originals are there to be read.
func EditionCards(app core.App, v *member.Viewer, kind Kind) ([]Card, error) {
	return Cards(app, v, dbx.And(dbx.HashExp{"kind": string(kind), "state": Published}, dbx.Not(ofOriginals())))
}

func order(is bool) int {
	if is {
		return 1
	}
	return 0
}

// editions lists published documents as editions; a nil viewer is the hub itself.
func editions(app core.App, where dbx.Expression, v *member.Viewer) ([]Edition, error) {
	where = dbx.And(where, dbx.HashExp{"state": Published})
	if v != nil {
		where = dbx.And(where, v.Where(""))
	}
	var docs []*Document
	if err := app.RecordQuery("documents").AndWhere(where).AndWhere(notBinned).All(&docs); err != nil {
		return nil, err
	}
	list := make([]Edition, len(docs))
	for i, d := range docs {
		list[i] = Edition{Card{ID: d.Id, Kind: d.DocKind(), Title: d.Title(), Chapter: d.Chapter(), Slug: d.Slug(), Space: d.Space(), State: d.State(), Language: d.Language(), Of: d.EditionOf()}, d.Easy()}
	}
	return list, nil
}

// ByKey finds a document by its key.
func ByKey(app core.App, key string) (*Document, error) {
	r, err := app.FindFirstRecordByData("documents", "key", key)
	if err != nil {
		return nil, err
	}
	return Wrap(r), nil
}

// Begin makes an unsaved draft of an edition: what holds for the original holds for it, and nothing of its words is taken.
func (d *Document) Begin(app core.App, easy bool) (*Document, error) {
	v, err := New(app, d.DocKind(), d.Space())
	if err != nil {
		return nil, err
	}
	for _, field := range []string{"chapter", "position", "audience", "topics", "places", "programmes", "country", "urgent", "evidence", "owner_role"} {
		v.Set(field, d.Get(field))
	}
	m, of := Meta{Sources: d.Meta().Sources}, cmp.Or(d.EditionOf(), d.Key())
	if easy {
		m.EasyReadOf = of
		v.Set("language", d.GetString("language"))
	} else {
		m.TranslationOf = of
	}
	v.Set("edition_of", of)
	return v, v.SetMeta(m)
}

// behindSince is, in a query of documents d, when the words of an edition's original changed after the edition came out;
// NULL where they did not, or where somebody has looked at the edition since. What came in at one go came together.
const behindSince = `(CASE WHEN {{d}}.[[edition_of]] != '' THEN (SELECT {{r}}.[[out]] FROM {{documents}} o JOIN {{revisions}} r ON {{r}}.[[id]] = {{o}}.[[published_revision]] JOIN {{revisions}} mine ON {{mine}}.[[id]] = {{d}}.[[published_revision]]
	WHERE {{o}}.[[key]] = {{d}}.[[edition_of]] AND {{o}}.[[state]] = 'published' AND {{r}}.[[number]] > 1 AND {{mine}}.[[out]] != ''
	AND {{r}}.[[out]] > strftime('%Y-%m-%d %H:%M:%fZ', {{mine}}.[[out]], '+10 minutes') AND {{d}}.[[last_reviewed]] <= {{r}}.[[out]]
	AND NOT EXISTS (SELECT 1 FROM {{journal}} j WHERE {{j}}.[[record]] = {{d}}.[[id]] AND {{j}}.[[verb]] = 'check' AND replace({{j}}.[[at]], 'T', ' ') > {{r}}.[[out]])) END)`

// BehindSince is the day on which the original of an edition changed, when nobody has looked at the edition since; zero
// when all is well.
func (d *Document) BehindSince(app core.App) (time.Time, error) {
	if d.EditionOf() == "" || d.State() != Published {
		return time.Time{}, nil
	}
	var since sql.NullString
	err := app.DB().Select(behindSince).From("documents d").Where(dbx.HashExp{"d.id": d.Id}).Row(&since)
	if err != nil || !since.Valid {
		return time.Time{}, err
	}
	at, err := types.ParseDateTime(since.String)
	return at.Time(), err
}

// LanguageName is what a language is called in English.
func LanguageName(tag string) string { return languageNamed(display.English.Languages(), tag) }

// OwnName is what a language is called by those who speak it.
func OwnName(tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	return cmp.Or(display.Self.Name(t), tag)
}

func languageNamed(names display.Namer, tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	return cmp.Or(names.Name(t), tag)
}
