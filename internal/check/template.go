package check

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/pocketbase/pocketbase/core"
)

// Kinds are the kinds of templates that can be filled in and kept here.
var Kinds = []struct{ Kind, Word string }{{"self-assessment", "Self-check"}, {Impact, "Impact check"}}

// Impact is the kind of template that asks what a change means for carers.
const Impact = "impact-check"

// WordOf is what people call a kind, "" for one that is not kept here.
func WordOf(kind string) string {
	for _, k := range Kinds {
		if k.Kind == kind {
			return k.Word
		}
	}
	return ""
}

// Question is one of a template. A private one is answered on paper or in the browser and never sent, so it is none of ours.
type Question struct {
	Key      string   `json:"key"`
	Label    string   `json:"label"`
	Help     string   `json:"help"`
	Kind     string   `json:"kind"`
	Choices  []string `json:"choices"`
	Topics   []string `json:"topics"` // of a scale: what practice that meets it is about
	Required bool     `json:"required"`
	Private  bool     `json:"private"`
}

// Template is what a check goes by.
type Template struct {
	ID, Title, Slug, Kind string
	Questions             []Question
	Private               int // questions that are not among them
}

// templateOf reads the questions of a template's record.
func templateOf(d *core.Record) *Template {
	var meta struct {
		Kind   string     `json:"template_kind"`
		Fields []Question `json:"fields"`
	}
	if d.GetString("kind") != "template" || d.UnmarshalJSONField("meta", &meta) != nil || WordOf(meta.Kind) == "" {
		return nil
	}
	t := &Template{ID: d.Id, Title: d.GetString("title"), Slug: d.GetString("slug"), Kind: meta.Kind}
	for _, q := range meta.Fields {
		if q.Private {
			t.Private++
			continue
		}
		t.Questions = append(t.Questions, q)
	}
	return t
}

// TemplateOf finds a template that can be kept here by its document, nil when it is none.
func TemplateOf(app core.App, document string) (*Template, error) {
	d, err := app.FindRecordById("documents", document)
	if err != nil {
		return nil, err
	}
	return templateOf(d), nil
}

// Address is where the template stands.
func (t *Template) Address() string { return "/templates/" + t.Slug }

// Question finds one by its key.
func (t *Template) Question(key string) (Question, bool) {
	for _, q := range t.Questions {
		if q.Key == key {
			return q, true
		}
	}
	return Question{}, false
}

// Prefix is what the keys of a scale and of the questions that belong to it begin with: "find" of "find_score".
func (q Question) Prefix() string {
	if at := strings.LastIndex(q.Key, "_"); at > 0 {
		return q.Key[:at]
	}
	return q.Key
}

// Group is a scale with the questions that belong to it, or a question that stands by itself.
type Group struct {
	Question
	With []Question
}

// Marker says whether it is a scale, which can be met.
func (g Group) Marker() bool { return g.Kind == "scale" && len(g.Choices) > 1 }

// Name is what a marker is called: its label without what comes after the colon.
func (g Group) Name() string {
	name, _, _ := strings.Cut(g.Label, ": ")
	return name
}

// Rest is what the label of a marker says after its name, with the number it begins with: "1. Where we are".
func (g Group) Rest() string {
	name, rest, ok := strings.Cut(g.Label, ": ")
	if !ok || rest == "" {
		return g.Label
	}
	runes := []rune(rest)
	runes[0] = unicode.ToUpper(runes[0])
	if number, _, numbered := strings.Cut(name, ". "); numbered {
		return number + ". " + string(runes)
	}
	return string(runes)
}

// Groups are a template's questions: each scale takes along those of the same prefix.
func (t *Template) Groups() []Group {
	of := map[string]string{}
	for _, q := range t.Questions {
		if q.Kind == "scale" {
			of[q.Prefix()] = q.Key
		}
	}
	var groups []Group
	at := map[string]int{}
	for _, q := range t.Questions {
		scale, belongs := of[q.Prefix()]
		switch {
		case !belongs:
			groups = append(groups, Group{Question: q})
		case scale == q.Key:
			at[scale] = len(groups)
			groups = append(groups, Group{Question: q})
		}
	}
	for _, q := range t.Questions {
		if scale := of[q.Prefix()]; scale != "" && scale != q.Key {
			groups[at[scale]].With = append(groups[at[scale]].With, q)
		}
	}
	return groups
}

// Top is the highest step of a scale.
func (g Group) Top() int { return len(g.Choices) - 1 }

// Step is how far an answer to a scale is, false when there is none.
func (g Group) Step(answer string) (int, bool) {
	for i, c := range g.Choices {
		if c == answer {
			return i, true
		}
	}
	number, _, _ := strings.Cut(answer, ":") // the words of the step were changed since
	n, err := strconv.Atoi(strings.TrimSpace(number))
	return n, err == nil && n >= 0 && n <= g.Top()
}
