package member

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"commonplace/internal/journal"
	"commonplace/internal/markdown"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// Named is what partners, places, programmes and groups have in common: a name, a page, and a role that keeps it.
type Named struct{ core.BaseRecordProxy }

// Title is what people call it.
func (n *Named) Title() string { return nameOf(n.Record) }

// Address is where its page stands.
func (n *Named) Address() string { return addressOf(n.Record, n.Slug()) }

func (n *Named) Slug() string        { return n.GetString("slug") }
func (n *Named) Summary() string     { return n.GetString("summary") }
func (n *Named) ContactRole() string { return n.GetString("contact_role") }
func (n *Named) Mailbox() string     { return n.GetString("mailbox") }
func (n *Named) Source() string      { return n.GetString("source_page") }
func (n *Named) Example() bool       { return n.GetBool("example") }

// Formerly lists the names it had before, the newest first.
func (n *Named) Formerly() []string { return formerly(n.Record) }

func formerly(r *core.Record) []string {
	var names []string
	if r.UnmarshalJSONField("formerly", &names) != nil {
		return nil
	}
	return names
}

// kept says where the records of a collection stand, and which field holds their name.
type kept struct {
	collection, base, name string
	lines                  []string // fields of one line
}

// pageKept are the collections whose records have pages of their own and lead on from their old addresses.
var pageKept = []kept{
	{"organisations", "/partners/", "name", []string{"name", "contact_role", "contact_note"}},
	{"places", "/places/", "title", []string{"title", "partnership", "nhs_area", "contact_role"}},
	{"programmes", "/programmes/", "title", []string{"title", "contact_role"}},
	{"groups", "/groups/", "title", []string{"title", "contact_role"}},
	{"spaces", "/spaces/", "title", nil},
}

func keptIn(collection string) kept {
	i := slices.IndexFunc(pageKept, func(k kept) bool { return k.collection == collection })
	if i < 0 {
		return kept{}
	}
	return pageKept[i]
}

func nameOf(r *core.Record) string { return r.GetString(keptIn(r.Collection().Name).name) }

func addressOf(r *core.Record, slug string) string { return keptIn(r.Collection().Name).base + slug }

// MayManage says whether the viewer may make and change the records of a collection: administrators all, programme leads
// groups with their decisions, programmes and figures.
func MayManage(v *Viewer, collection string) bool {
	if v.Is(RoleLead) {
		return slices.Contains([]string{"groups", "decisions", "programmes", "figures"}, collection)
	}
	return v.Is(RoleAdministrator)
}

// before runs before the journal looks at what a save changes.
const before = -200

// bindNamed keeps the promises of everything that has a page, whoever saves.
func bindNamed(app core.App) {
	for _, k := range pageKept {
		if k.collection != "spaces" {
			bindLines(app, k)
			app.OnRecordDelete(k.collection).BindFunc(refuseWhileUsed)
		}
		app.OnRecordValidate(k.collection).BindFunc(nameFaults)
		app.OnRecordUpdate(k.collection).BindFunc(keepOldAddress)
		app.OnRecordDelete(k.collection).BindFunc(dropOldAddresses)
	}
	for _, h := range []*hook.TaggedHook[*core.RecordEvent]{app.OnRecordCreate("decisions"), app.OnRecordUpdate("decisions")} {
		h.Bind(&hook.Handler[*core.RecordEvent]{Id: "member.prepare.decisions", Priority: before, Func: func(e *core.RecordEvent) error {
			e.Record.Set("text", strings.TrimSpace(clean(e.Record.GetString("text"))))
			return e.Next()
		}})
	}
	app.OnRecordValidate("decisions").BindFunc(nameFaults)
}

// nameFaults names everything that is wrong with a record at once: what the store refuses, and what we do.
func nameFaults(e *core.RecordEvent) error {
	faults := webFaults(e.Record)
	for _, find := range []func(core.App, *core.Record) (validation.Errors, error){addressFaults, nameTaken} {
		more, err := find(e.App, e.Record)
		if err != nil {
			return err
		}
		maps.Copy(faults, more)
	}
	err := e.Next()
	theirs, ok := err.(validation.Errors)
	if err != nil && !ok {
		return err
	}
	maps.Copy(faults, theirs)
	return faults.Filter()
}

func bindLines(app core.App, k kept) {
	for _, h := range []*hook.TaggedHook[*core.RecordEvent]{app.OnRecordCreate(k.collection), app.OnRecordUpdate(k.collection)} {
		h.Bind(&hook.Handler[*core.RecordEvent]{Id: "member.prepare." + k.collection, Priority: before, Func: func(e *core.RecordEvent) error {
			if err := prepareNamed(e.App, e.Record, k); err != nil {
				return err
			}
			return e.Next()
		}})
	}
}

// prepareNamed brings a record into the form in which it is stored: one-line fields on one line, a slug, and the name it
// had before.
func prepareNamed(app core.App, r *core.Record, k kept) error {
	for _, f := range k.lines {
		r.Set(f, oneLine(r.GetString(f)))
	}
	r.Set("summary", strings.TrimSpace(clean(r.GetString("summary"))))
	r.Set("mailbox", strings.TrimSpace(r.GetString("mailbox")))
	if r.GetString("slug") == "" {
		slug, err := freeSlug(app, r)
		if err != nil {
			return err
		}
		r.Set("slug", slug)
	}
	return rememberName(app, r, k.name)
}

// invisible are characters that change how a line reads without being seen: bidi overrides and zero widths.
var invisible = regexp.MustCompile("[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]")

func clean(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(invisible.ReplaceAllString(s, ""), "\r\n", "\n"), "\r", "\n")
}

func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, invisible.ReplaceAllString(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// freeSlug names a record after its title, with a number when that address is taken or was somebody else's.
func freeSlug(app core.App, r *core.Record) (string, error) {
	base := markdown.Slug(nameOf(r))
	if base == "" {
		base = strings.TrimSuffix(r.Collection().Name, "s") + "-" + strings.ToLower(core.GenerateDefaultRandomId()[:6])
	}
	base = strings.Trim(base[:min(len(base), 100)], "-")
	for n, slug := 2, base; ; n++ {
		var taken int
		err := app.DB().Select("COUNT(*)").From(r.Collection().Name).Where(dbx.HashExp{"slug": slug}).Row(&taken)
		if err != nil {
			return "", err
		}
		to, err := oldAddressOf(app, addressOf(r, slug))
		if err != nil {
			return "", err
		}
		if taken == 0 && (to.Record == "" || to.Record == r.Id) {
			return slug, nil
		}
		slug = fmt.Sprintf("%s-%d", base, n)
	}
}

// maxFormerly is how many earlier names are remembered.
const maxFormerly = 20

// rememberName keeps the name that a save takes away; a name that comes back is no former one.
func rememberName(app core.App, r *core.Record, field string) error {
	names, now := formerly(r), r.GetString(field)
	was, err := stored(app, r, field)
	if err != nil {
		return err
	}
	if was != "" && !strings.EqualFold(was, now) {
		names = append([]string{was}, names...)
	}
	return setFormerly(r, names, now)
}

// setFormerly keeps each former name once.
func setFormerly(r *core.Record, names []string, now string) error {
	list := []string{}
	for _, n := range names {
		n = oneLine(n)
		same := func(other string) bool { return strings.EqualFold(n, other) }
		if n != "" && !same(now) && !slices.ContainsFunc(list, same) && len(list) < maxFormerly {
			list = append(list, n)
		}
	}
	raw, err := json.Marshal(list)
	if err == nil && string(raw) != strings.TrimSpace(r.GetString("formerly")) && !(len(list) == 0 && len(formerly(r)) == 0) {
		r.Set("formerly", string(raw))
	}
	return err
}

// nameTaken refuses a second partner of the same name: importers and sign-up find partners by it.
func nameTaken(app core.App, r *core.Record) (validation.Errors, error) {
	if r.Collection().Name != "organisations" {
		return nil, nil
	}
	var n int
	err := app.DB().Select("COUNT(*)").From("organisations").
		Where(dbx.NewExp("LOWER([[name]]) = LOWER({:name}) AND [[id]] != {:id}", dbx.Params{"name": r.GetString("name"), "id": r.Id})).Row(&n)
	if err != nil || n == 0 {
		return nil, err
	}
	return validation.Errors{"name": validation.NewError("validation_not_unique", "There is a partner of that name already. Merge the two if they are one.")}, nil
}

// webFaults refuses links that lead anywhere but to a web page.
func webFaults(r *core.Record) validation.Errors {
	faults := validation.Errors{}
	for _, f := range []string{"website", "source_page", "source", "council_page"} {
		s := r.GetString(f)
		if u, err := url.Parse(s); s != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
			faults[f] = validation.NewError("validation_is_url", "Give the whole address of a web page, beginning with https://.")
		}
	}
	return faults
}

// Use is how many things of a collection point to a record.
type Use struct {
	Collection string
	Count      int
}

// useWords say what points to a record.
var useWords = map[string][2]string{
	"users": {"person", "people"}, "documents": {"document", "documents"}, "threads": {"discussion", "discussions"}, "posts": {"post", "posts"},
	"adoptions": {"“we do this too”", "“we do this too”"}, "organisations": {"partner", "partners"}, "programmes": {"programme", "programmes"},
	"groups": {"group", "groups"}, "decisions": {"decision", "decisions"}, "invitations": {"invitation", "invitations"},
	"approved_domains": {"approved domain", "approved domains"}, "goals": {"goal", "goals"}, "places": {"place", "places"}, "events": {"event", "events"},
	"champions": {"champion", "champions"}, "assessments": {"self-check", "self-checks"},
}

// Words says it in words: "3 people".
func (u Use) Words() string {
	w, ok := useWords[u.Collection]
	if !ok {
		w = [2]string{"entry of " + u.Collection, "entries of " + u.Collection}
	}
	if u.Count == 1 {
		return "1 " + w[0]
	}
	return fmt.Sprintf("%d %s", u.Count, w[1])
}

// SayUses joins uses into the middle of a sentence.
func SayUses(uses []Use) string {
	var words []string
	for _, u := range uses {
		words = append(words, u.Words())
	}
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

// pointer is a field through which records point to another one.
type pointer struct {
	collection string
	field      *core.RelationField
}

// pointersTo lists every field of every collection that points to a collection, so that no new one is forgotten.
func pointersTo(app core.App, c *core.Collection) ([]pointer, error) {
	found, err := app.FindCachedCollectionReferences(c)
	var list []pointer
	for from, fields := range found {
		for _, f := range fields {
			if rel, ok := f.(*core.RelationField); ok {
				list = append(list, pointer{from.Name, rel})
			}
		}
	}
	slices.SortFunc(list, func(a, b pointer) int { return strings.Compare(a.collection+a.field.Name, b.collection+b.field.Name) })
	return list, err
}

// at restricts a query to the rows that point to a record.
func (p pointer) at(id string) dbx.Expression {
	column := "[[" + p.field.Name + "]]"
	if !p.field.IsMultiple() {
		return dbx.HashExp{p.field.Name: id}
	}
	return dbx.NewExp("EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid("+column+") THEN "+column+" ELSE '[]' END) WHERE [[json_each.value]] = {:id})", dbx.Params{"id": id})
}

// Uses counts what points to a record. Answers of a place, how often staff of a partner referred somebody, and how many
// passports it counts, are part of it and go with it.
func Uses(app core.App, r *core.Record) ([]Use, error) {
	pointers, err := pointersTo(app, r.Collection())
	if err != nil {
		return nil, err
	}
	var uses []Use
	for _, p := range pointers {
		if p.collection == "local_answers" || p.collection == "referrals" || p.collection == "passport_counts" {
			continue
		}
		var n int
		if err := app.DB().Select("COUNT(*)").From(p.collection).Where(p.at(r.Id)).Row(&n); err != nil {
			return nil, err
		}
		if n > 0 {
			uses = append(uses, Use{p.collection, n})
		}
	}
	return uses, nil
}

// InUse is the error of deleting what is still used.
type InUse struct {
	Name string
	Uses []Use
}

func (e *InUse) Error() string {
	return fmt.Sprintf("%s cannot be deleted, because it is still used: by %s.", e.Name, SayUses(e.Uses))
}

func refuseWhileUsed(e *core.RecordEvent) error {
	uses, err := Uses(e.App, e.Record)
	if err != nil {
		return err
	}
	if len(uses) > 0 {
		return &InUse{nameOf(e.Record), uses}
	}
	return e.Next()
}

// keepNamed writes the changes of these records into the journal.
func keepNamed(j *journal.Journal) {
	for _, name := range []string{"places", "programmes", "groups"} {
		j.Keep(journal.Kept{Collection: name})
	}
	j.Keep(journal.Kept{Collection: "organisations", Row: func(_ core.App, r *core.Record, row *journal.Row) {
		if into := MergedInto(r); into != "" && row.Verb == "delete" {
			row.Verb, row.Parent = "merge", into
		}
	}})
	j.Keep(journal.Kept{Collection: "decisions", Row: func(_ core.App, r *core.Record, row *journal.Row) { row.Parent = r.GetString("group") }})
}
