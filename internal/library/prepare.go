package library

import (
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
)

// prepare brings a document into the form in which it is stored: every field that follows from others is set here.
func prepare(app core.App, d *Document) error {
	if err := d.defaults(app); err != nil {
		return err
	}
	d.tidy()
	if err := d.withoutChapter(); err != nil {
		return err
	}
	if len(d.Body()) > markdown.MaxBytes {
		return validation.Errors{"body": validation.NewError("validation_too_long",
			fmt.Sprintf("The text is %d KiB long, and %d KiB is the most.", (len(d.Body())+1023)>>10, markdown.MaxBytes>>10))}
	}
	if err := d.identify(app); err != nil {
		return err
	}
	if err := d.isEdition(app); err != nil {
		return err
	}
	d.Set("access", d.accessKey())
	if d.DocKind() == CaseStudy {
		m := d.Meta()
		m.settle(Items(d.GetString("result")))
		if err := d.SetMeta(m); err != nil {
			return err
		}
	}
	if err := d.owned(app); err != nil {
		return err
	}
	if d.changed() && d.GetString(keptKey) == "" {
		d.SetRaw(revisionKey, security.PseudorandomStringWithAlphabet(15, core.DefaultIdAlphabet))
	}
	if err := d.keepDates(); err != nil {
		return err
	}
	if err := errors.Join(d.describesPictures(app), d.describesVideos()); err != nil {
		return err
	}
	if !d.Out() {
		return nil
	}
	if d.GetDateTime("published").IsZero() {
		d.Set("published", today())
	}
	if id := d.GetString(revisionKey); id != "" {
		d.Set("published_revision", id)
		return d.keepRendered(app)
	}
	return nil
}

// accessKey says who may see the document, for queries and for the search index.
func (d *Document) accessKey() string {
	if d.InBin() {
		return member.Access(d.Space(), binned)
	}
	return member.Access(d.Space(), d.State())
}

func today() time.Time { return time.Now().UTC().Truncate(24 * time.Hour) }

func (d *Document) defaults(app core.App) error {
	if d.DocKind() == "" {
		d.Set("kind", string(Guidance))
	}
	if d.State() == "" {
		d.Set("state", Draft)
	}
	if d.Space() == "" {
		library, err := member.Library(app)
		if err != nil {
			return err
		}
		d.Set("space", library.Id)
	}
	return nil
}

// withoutChapter takes the chapter from a document that has no place for one: its address would lead nowhere. The word
// stays in the file.
func (d *Document) withoutChapter() error {
	if d.DocKind() == Handbook || d.Chapter() == "" {
		return nil
	}
	m := d.Meta()
	m.keepExtra("chapter", d.Chapter())
	d.Set("chapter", "")
	return d.SetMeta(m)
}

// invisible are characters that change how a line reads without being seen: bidi overrides and zero widths.
var invisible = regexp.MustCompile("[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]")

// tidy evens out what people paste into one-line fields, and line ends everywhere.
func (d *Document) tidy() {
	for _, f := range []string{"title", "summary", "contact_role", "owner_role", "tried_stopped"} {
		s := strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return ' '
			}
			return r
		}, invisible.ReplaceAllString(d.GetString(f), ""))
		d.Set(f, strings.Join(strings.Fields(s), " "))
	}
	for _, f := range []string{"challenge", "action", "result", "body"} {
		if s := d.GetString(f); strings.Contains(s, "\r") {
			d.Set(f, strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"))
		}
	}
}

// tidyText evens out a few sentences that somebody typed: line ends, and signs that nobody sees.
func tidyText(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(invisible.ReplaceAllString(s, ""))
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, s))
}

// identify gives the document its slug and key when nobody chose them. A title in another script has a slug of its kind's
// prefix and six signs.
func (d *Document) identify(app core.App) error {
	if was := Wrap(d.Original()); !d.IsNew() && d.GetDateTime("published").IsZero() && d.Title() != was.Title() && d.Slug() == was.Slug() && was.namedByTitle() {
		d.Set("slug", "") // never out, and named after a title that has changed
	}
	if d.Slug() == "" {
		base := markdown.Slug(d.Title())
		if base == "" {
			base = kinds[d.DocKind()].prefix + "-" + security.PseudorandomStringWithAlphabet(6, core.DefaultIdAlphabet)
		}
		slug, err := FreeSlug(app, d.DocKind(), d.Chapter(), base, d.Id)
		if err != nil {
			return err
		}
		d.Set("slug", slug)
	}
	if d.Key() == "" {
		key := kinds[d.DocKind()].prefix
		if d.Chapter() != "" {
			key += "-" + d.Chapter()
		}
		free, err := freeKey(app, key+"-"+d.Slug())
		if err != nil {
			return err
		}
		d.Set("key", free)
	}
	return nil
}

// namedByTitle says whether the slug is one that identify would give, and not one that somebody chose.
func (d *Document) namedByTitle() bool {
	base := markdown.Slug(d.Title())
	if base == "" {
		return strings.HasPrefix(d.Slug(), kinds[d.DocKind()].prefix+"-")
	}
	number, ok := strings.CutPrefix(d.Slug(), base)
	return ok && strings.Trim(number, "-0123456789") == ""
}

// FreeSlug returns base, or base with a number, so that no other document of the kind and chapter has the address, or had
// it. The site's own pages may not take an address that the site uses itself.
func FreeSlug(app core.App, kind Kind, chapter, base, id string) (string, error) {
	return firstFree(base, func(slug string) (bool, error) {
		if kind == SitePage && taken[slug] || kind == Handbook && slug == bookletSlug {
			return false, nil
		}
		if old, err := leadsElsewhere(app, kind.Address(chapter, slug), id); old || err != nil {
			return false, err
		}
		return isFree(app, dbx.HashExp{"kind": string(kind), "chapter": chapter, "slug": slug}, id)
	})
}

// bookletSlug is where the booklet of a chapter stands, beside its pages.
const bookletSlug = "booklet"

// taken are the first parts of addresses that belong to the site, so that no page can stand there.
var taken = func() map[string]bool {
	t := map[string]bool{}
	for _, word := range strings.Fields(`handbook case-studies guidance plans glossary templates in search discussions spaces partners
		places programmes groups champions coverage figures refer events gaps changed-because-you-said sign-in sign-out join me
		notifications since write review moderate manage live api files static offline who move use embed
		suggestions approve checked h qr`) {
		t[word] = true
	}
	return t
}()

func freeKey(app core.App, base string) (string, error) {
	return firstFree(base, func(key string) (bool, error) { return isFree(app, dbx.HashExp{"key": key}, "") })
}

func firstFree(base string, free func(string) (bool, error)) (string, error) {
	candidate := base
	for n := 2; ; n++ {
		ok, err := free(candidate)
		if ok || err != nil {
			return candidate, err
		}
		candidate = fmt.Sprintf("%s-%d", base, n)
	}
}

func isFree(app core.App, where dbx.HashExp, except string) (bool, error) {
	var id string
	err := app.DB().Select("id").From("documents").Where(where).Limit(1).Row(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	return err == nil && id == except, err
}

// longest says how long a field may be, and what a writer calls it.
var longest = []struct {
	field, word string
	most        int
}{
	{"title", "title", 300}, {"summary", "summary", 200}, {"challenge", "challenge", 20_000}, {"action", "action", 20_000},
	{"result", "result", 20_000}, {"contact_role", "contact", 200}, {"owner_role", "keeper", 200}, {"tried_stopped", "reason", 2000},
}

// faults says what keeps the document from being saved in its state, a sentence a field.
func (d *Document) faults() validation.Errors {
	faults := validation.Errors{}
	say := func(field, sentence string) { faults[field] = validation.NewError("validation_required", sentence) }
	if strings.TrimSpace(d.Title()) == "" {
		say("title", "Give it a title.")
	}
	for _, l := range longest {
		if n := utf8.RuneCountInString(d.GetString(l.field)); n > l.most {
			say(l.field, fmt.Sprintf("The %s is %d characters long, and %d is the most.", l.word, n, l.most))
		}
	}
	if d.InBin() && (!d.NeverOut() || d.State() != Draft) {
		say("binned", "Only a draft that was never published can lie in the bin. Withdraw the page instead.")
	}
	if d.State() != Published && d.State() != InReview {
		return faults
	}
	for _, n := range kinds[d.DocKind()].publish {
		if d.lacks(n.field) {
			say(n.field, n.sentence)
		}
	}
	return faults
}

func (d *Document) lacks(field string) bool {
	if field == "places" && strings.TrimSpace(d.Meta().Elsewhere) != "" {
		return false
	}
	return strings.TrimSpace(d.GetString(field)) == "" && len(d.GetStringSlice(field)) == 0
}

// Missing are the fields that it takes to publish the document and that say nothing yet.
func (d *Document) Missing() []string {
	var fields []string
	for _, n := range kinds[d.DocKind()].publish {
		if d.lacks(n.field) {
			fields = append(fields, n.field)
		}
	}
	return fields
}
