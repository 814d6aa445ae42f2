package library

import (
	"fmt"
	"slices"
	"strings"

	"commonplace/internal/search"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// Words is a row of words that mean the same when somebody searches: "respite, short breaks".
type Words struct{ core.BaseRecordProxy }

// Line is the row as it is written, its words separated by commas.
func (w *Words) Line() string { return w.GetString("words") }

// WordRows returns all rows in the order of the alphabet.
func WordRows(app core.App) ([]*Words, error) {
	var rows []*Words
	err := app.RecordQuery("words").All(&rows)
	slices.SortFunc(rows, func(a, b *Words) int { return strings.Compare(strings.ToLower(a.Line()), strings.ToLower(b.Line())) })
	return rows, err
}

// WordsByID returns a row; the error is sql.ErrNoRows when there is none.
func WordsByID(app core.App, id string) (*Words, error) {
	w := &Words{}
	return w, app.RecordQuery("words").AndWhere(dbx.HashExp{"id": id}).Limit(1).One(w)
}

// NewWords returns a row that is not saved yet.
func NewWords(app core.App) (*Words, error) {
	c, err := app.FindCachedCollectionByNameOrId("words")
	if err != nil {
		return nil, err
	}
	w := &Words{}
	w.SetProxyRecord(core.NewRecord(c))
	return w, nil
}

// SplitWords takes a row apart, each word once.
func SplitWords(line string) []string {
	var words []string
	for w := range strings.SplitSeq(invisible.ReplaceAllString(line, ""), ",") {
		w = strings.Join(strings.Fields(w), " ")
		if w != "" && !slices.ContainsFunc(words, func(o string) bool { return strings.EqualFold(o, w) }) {
			words = append(words, w)
		}
	}
	return words
}

// The limits of a row.
const (
	mostWords   = 20
	longestWord = 60
)

// bindWords keeps rows in shape, whoever saves: at least two words, none of them a sentence.
func bindWords(app core.App) {
	for _, h := range []*hook.TaggedHook[*core.RecordEvent]{app.OnRecordCreate("words"), app.OnRecordUpdate("words")} {
		h.Bind(&hook.Handler[*core.RecordEvent]{Id: "library.prepare.words", Priority: first, Func: func(e *core.RecordEvent) error {
			words := SplitWords(e.Record.GetString("words"))
			e.Record.Set("words", strings.Join(words, ", "))
			if err := fitWords(words); err != nil {
				return validation.Errors{"words": err}
			}
			return e.Next()
		}})
	}
}

func fitWords(words []string) error {
	switch long := slices.IndexFunc(words, func(w string) bool { return len([]rune(w)) > longestWord }); {
	case len(words) < 2:
		return validation.NewError("validation_two_words", "Write at least two words that mean the same, with a comma between them.")
	case len(words) > mostWords:
		return validation.NewError("validation_many_words", fmt.Sprintf("Write at most %d words in one row.", mostWords))
	case long >= 0:
		return validation.NewError("validation_long_word", fmt.Sprintf("“%s…” is too long for a word.", string([]rune(words[long])[:longestWord])))
	}
	return nil
}

// Meanings are the words that mean the same: the rows that editors keep, which everybody may know, and what glossary terms
// are also called, which those may know who may read the term. A term means the same as each of its other names; those
// need not mean the same as each other.
func Meanings(app core.App) ([]search.Meaning, error) {
	rows, err := WordRows(app)
	if err != nil {
		return nil, err
	}
	var list []search.Meaning
	for _, r := range rows {
		list = append(list, search.Meaning{Words: SplitWords(r.Line())})
	}
	var terms []*Document
	err = app.RecordQuery("documents").AndWhere(dbx.HashExp{"kind": string(Glossary), "state": Published}).OrderBy("id").All(&terms)
	for _, d := range terms {
		names := termNames(d)
		for _, other := range names[1:] {
			list = append(list, search.Meaning{Words: []string{names[0], other}, Access: d.GetString("access")})
		}
	}
	return list, err
}

// termNames are what a glossary term is called: first its title, without what stands in brackets, which is a name too.
func termNames(d *Document) []string {
	title, rest, bracketed := strings.Cut(d.Title(), " (")
	names := []string{title}
	if bracketed {
		names = append(names, strings.TrimSuffix(rest, ")"))
	}
	return append(names, d.Meta().Also...)
}
