package export

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// spoken are the fields of a revision that hold words, in the order of a page.
var spoken = []string{"title", "summary", "challenge", "action", "result", "body", "tried_stopped", "contact_role"}

// documents adds the documents that the person wrote or worked on. One that nobody else has worked on is whole; of any
// other there are the lines that the person added.
func (p *person) documents() error {
	var ids []string
	err := p.app.DB().NewQuery(`SELECT [[id]] FROM {{documents}} WHERE [[author]] = {:user}
		UNION SELECT [[document]] FROM {{revisions}} WHERE [[author]] = {:user} ORDER BY 1`).Bind(dbx.Params{"user": p.user.Id}).Column(&ids)
	if err != nil {
		return err
	}
	list := make([]fields, 0, len(ids))
	for _, id := range ids {
		d, err := library.ByID(p.app, id)
		if err != nil {
			continue
		}
		said, err := p.document(d)
		if err != nil {
			return err
		}
		list = append(list, said)
	}
	p.data["documents"] = list
	return nil
}

// version is a kept save of a document.
type version struct {
	author, at string
	number     int
	content    map[string]any
}

func (p *person) document(d *library.Document) (fields, error) {
	versions, err := p.versions(d)
	if err != nil {
		return nil, err
	}
	alone := d.Author() == p.user.Id && !slices.ContainsFunc(versions, func(v version) bool { return v.author != p.user.Id })
	said := fields{"id": d.Id, "title": p.titleOfDocument(d.Id), "kind": string(d.DocKind()), "started_by_you": d.Author() == p.user.Id}
	var kept []fields
	var words strings.Builder
	before := map[string]any{}
	for _, v := range versions {
		if v.author == p.user.Id {
			added := addedTo(before, v.content)
			kept = append(kept, fields{"number": v.number, "saved": v.at, "added": added})
			fmt.Fprintf(&words, "## Version %d, %s\n\n", v.number, v.at)
			for _, field := range spoken {
				if added[field] != "" {
					fmt.Fprintf(&words, "%s\n\n", added[field])
				}
			}
		}
		before = v.content
	}
	said["versions"] = kept
	text := words.String()
	if alone {
		said["title"] = d.Title()
		if text, err = library.File(p.app, d); err != nil {
			return nil, err
		}
	}
	if text == "" {
		return said, nil
	}
	name := "documents/" + d.Id + ".md"
	said["file"] = name
	return said, p.file(name, text)
}

// versions are the kept saves of a document, the oldest first.
func (p *person) versions(d *library.Document) ([]version, error) {
	var records []*core.Record
	if err := p.app.RecordQuery("revisions").AndWhere(dbx.HashExp{"document": d.Id}).OrderBy("number", "id").All(&records); err != nil {
		return nil, err
	}
	versions := make([]version, len(records))
	for i, r := range records {
		v := version{author: r.GetString("author"), at: fmt.Sprint(plain(r, "created")), number: r.GetInt("number"), content: map[string]any{}}
		if err := r.UnmarshalJSONField("content", &v.content); err != nil {
			return nil, err
		}
		versions[i] = v
	}
	return versions, nil
}

// addedTo are the lines of each field that were not there before. Of the rest of a revision, which holds choices and
// lists, there is what changed.
func addedTo(before, now map[string]any) map[string]string {
	added := map[string]string{}
	for _, field := range slices.Sorted(maps.Keys(now)) {
		is, was := asText(now[field]), asText(before[field])
		if is == was || is == "" {
			continue
		}
		known := map[string]bool{}
		for line := range strings.Lines(was) {
			known[strings.TrimSpace(line)] = true
		}
		var lines []string
		for line := range strings.Lines(is) {
			if line = strings.TrimRight(line, "\n"); !known[strings.TrimSpace(line)] {
				lines = append(lines, line)
			}
		}
		if field == "meta" && len(before) > 0 || field == "organisation" || field == "places" || field == "programmes" || field == "space" {
			continue // numbers of other things, or one text in which nobody's lines can be told apart
		}
		added[field] = strings.Join(lines, "\n")
	}
	return added
}

// typed is what the person typed into a form and did not save. The form of a document was filled with the words of all
// who wrote it: of those there are the lines that it does not have.
func (p *person) typed(autosave *core.Record) map[string]any {
	form := map[string][]string{}
	if err := autosave.UnmarshalJSONField("form", &form); err != nil {
		return nil
	}
	known, ok := p.wordsAt(autosave.GetString("address"))
	if !ok {
		return nil
	}
	said := map[string]any{}
	for name, values := range form {
		var lines []string
		for line := range strings.Lines(strings.Join(values, "\n")) {
			if line = strings.TrimSpace(line); line != "" && !stands(known, line) {
				lines = append(lines, line)
			}
		}
		if len(lines) > 0 {
			said[name] = strings.Join(lines, "\n")
		}
	}
	return said
}

// wordsAt are all the words that were kept of the document whose form stands at an address. Of one that is gone they
// cannot be told.
func (p *person) wordsAt(address string) (words string, ok bool) {
	parts := strings.Split(address, "/")
	if len(parts) != 4 || parts[1] != "write" {
		return "", true
	}
	d, err := library.ByID(p.app, parts[3])
	if err != nil {
		return "", false
	}
	versions, err := p.versions(d)
	if err != nil {
		return "", false
	}
	var all strings.Builder
	for _, v := range versions {
		gather(v.content, &all)
	}
	return all.String(), true
}

func gather(value any, all *strings.Builder) {
	switch v := value.(type) {
	case string:
		all.WriteString(v + "\n")
	case []any:
		for _, x := range v {
			gather(x, all)
		}
	case map[string]any:
		for _, x := range v {
			gather(x, all)
		}
	}
}

// stands says whether a line of a form is known. A form writes "Measured: this", and "a source | its address".
func stands(known, line string) bool {
	if _, after, cut := strings.Cut(line, ": "); cut && strings.Contains(known, strings.TrimSpace(after)) {
		return true
	}
	for part := range strings.FieldsFuncSeq(line, func(c rune) bool { return c == '|' || c == ',' }) {
		if !strings.Contains(known, strings.TrimSpace(part)) {
			return false
		}
	}
	return true
}

func asText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(raw)
}
