package library

import (
	"strings"

	"commonplace/internal/difference"
	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// FieldDifference is a field of a document that two versions of it say differently.
type FieldDifference struct {
	Field, Title string
	Lines        []difference.Line
}

// compared are the fields in the order of the page, with what people call them. The space is none of them: where a
// document stands is no word of it, and one that it left may be nobody's business. What the front matter has besides
// follows as it would stand in the file.
var compared = []struct{ field, title string }{
	{"title", "Title"}, {"summary", "Summary"}, {"challenge", "Challenge"}, {"action", "Action"}, {"result", "Result"}, {"body", "Text"},
	{"tried_stopped", "Tried, and stopped"}, {"places", "Places"}, {"programmes", "Programmes"}, {"topics", "Topics"}, {"audience", "For whom"},
	{"evidence", "Evidence"}, {"involvement_grade", "How carers took part"}, {"organisation", "Organisation"},
	{"contact_role", "Contact"}, {"owner_role", "Kept by"}, {"last_reviewed", "Last reviewed"}, {"check_by", "Next review"},
	{"chapter", "Chapter"}, {"slug", "Last part of the address"}, {"language", "Language"}, {"country", "True for"}, {"urgent", "Urgent help shown"},
}

// Compare says what two versions of a document say differently, field by field; see Document.Content.
func Compare(app core.App, before, after map[string]any) ([]FieldDifference, error) {
	was, err := inWords(app, before)
	if err != nil {
		return nil, err
	}
	is, err := inWords(app, after)
	if err != nil {
		return nil, err
	}
	var all []FieldDifference
	for _, c := range append(compared[:len(compared):len(compared)], struct{ field, title string }{"meta", "Details"}) {
		if lines := difference.Lines(was[c.field], is[c.field]); len(lines) > 0 {
			all = append(all, FieldDifference{c.field, c.title, lines})
		}
	}
	return all, nil
}

// inWords writes each field of a version as people would read it: names for ids, a line for each entry of a list.
func inWords(app core.App, content map[string]any) (map[string]string, error) {
	c, err := app.FindCachedCollectionByNameOrId("documents")
	if err != nil {
		return nil, err
	}
	d := Wrap(core.NewRecord(c))
	for f, v := range content {
		d.Set(f, v)
	}
	words := map[string]string{}
	for _, c := range compared {
		words[c.field] = d.GetString(c.field)
	}
	for field, list := range map[string][]string{
		"challenge": Items(d.GetString("challenge")), "action": Items(d.GetString("action")), "result": strings.Split(d.ResultLines(), "\n"),
		"topics": d.Topics(), "audience": d.Audience(),
	} {
		words[field] = strings.Join(list, "\n")
	}
	for _, named := range []struct {
		field, collection, column string
		ids                       []string
	}{
		{"organisation", "organisations", "name", []string{d.OrganisationID()}},
		{"places", "places", "title", d.Places()}, {"programmes", "programmes", "title", d.Programmes()},
	} {
		names, err := member.Names(app, named.collection, named.column)
		if err != nil {
			return nil, err
		}
		words[named.field] = strings.Join(namesOf(names, named.ids), "\n")
	}
	for _, field := range []string{"last_reviewed", "check_by"} {
		words[field] = ""
		if t := d.GetDateTime(field).Time(); !t.IsZero() {
			words[field] = t.Format("2 January 2006")
		}
	}
	words["urgent"] = ""
	if d.GetBool("urgent") {
		words["urgent"] = "yes"
	}
	words["meta"], err = d.Meta().inWords()
	return words, err
}

// inWords writes what the front matter has besides the columns, as it would stand in the file.
func (m Meta) inWords() (string, error) {
	pairs, err := m.pairs()
	if err != nil {
		return "", err
	}
	var results []Result // the others stand in the result, kind and all
	for _, r := range m.Results {
		if (r != Result{Text: r.Text, Kind: r.Kind}) {
			results = append(results, r)
		}
	}
	if len(results) > 0 {
		pairs = append([]markdown.Pair{{Key: "results", Value: results}}, pairs...)
	}
	if len(pairs) == 0 {
		return "", nil
	}
	return markdown.WriteFront(pairs)
}
