package library

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Meta is what documents carry in their front matter besides their own columns. Extra keeps what this release does not
// know, so that it goes out again as it came in.
type Meta struct {
	Results       []Result        `json:"results,omitempty"`
	Cautions      []Caution       `json:"cautions,omitempty"`
	Sources       []Source        `json:"sources,omitempty"`
	Figures       []string        `json:"figures,omitempty"`
	Related       []string        `json:"related,omitempty"`
	NextStep      *NextStep       `json:"next_step,omitempty"`
	Partners      []string        `json:"partners,omitempty"`
	SystemType    string          `json:"system_type,omitempty"`
	Elsewhere     string          `json:"elsewhere,omitempty"` // where it was, when that is none of the hub's places
	Population    *float64        `json:"population,omitempty"`
	Period        *Period         `json:"period,omitempty"`
	Award         *Award          `json:"award,omitempty"`
	Also          []string        `json:"also,omitempty"`
	See           []string        `json:"see,omitempty"`
	EasyReadOf    string          `json:"easy_read_of,omitempty"`   // the key of the page that this one says in easier words
	TranslationOf string          `json:"translation_of,omitempty"` // of the one that this says in another language
	Fields        []TemplateField `json:"fields,omitempty"`
	TemplateKind  string          `json:"template_kind,omitempty"`
	OnePage       bool            `json:"prints_to_one_page,omitempty"`
	Note          string          `json:"illustrative_note,omitempty"`
	BoardSponsor  string          `json:"board_sponsor_role,omitempty"`
	CoproducedBy  string          `json:"coproduced_with,omitempty"`
	ReviewEvery   string          `json:"review_every,omitempty"`
	WithdrawnNote string          `json:"withdrawn_note,omitempty"`
	ReplacedBy    string          `json:"replaced_by,omitempty"` // the key of another document, or an address elsewhere
	Videos        []Video         `json:"videos,omitempty"`
	Extra         map[string]any  `json:"extra,omitempty"`
}

// Result says more about one bullet of a case study's result; Text is the bullet's own.
type Result struct {
	Text    string   `json:"text"`
	Kind    string   `json:"kind,omitempty"` // one of ResultKinds
	Value   *float64 `json:"value,omitempty"`
	Unit    string   `json:"unit,omitempty"`
	Base    Loose    `json:"base,omitempty"`
	Place   Loose    `json:"place,omitempty"`
	Period  Loose    `json:"period,omitempty"`
	Source  string   `json:"source,omitempty"`  // a Source's id
	Caution string   `json:"caution,omitempty"` // a Caution's id
}

// Caution is what a reader must know before quoting a result.
type Caution struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Source is where a law, number or quotation comes from.
type Source struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Publisher string `json:"publisher,omitempty"`
	URL       string `json:"url,omitempty"`
	Date      Loose  `json:"date,omitempty"`
	Accessed  Loose  `json:"accessed,omitempty"`
	Kind      string `json:"kind,omitempty"` // law, guidance, statistic, case-study, news, lived-experience
	Note      string `json:"note,omitempty"`
}

// Said is the day, month or year of the source in words, as far as it is known.
func (s Source) Said() string {
	for layout, words := range map[string]string{time.DateOnly: "2 January 2006", "2006-01": "January 2006"} {
		if t, err := time.Parse(layout, string(s.Date)); err == nil {
			return t.Format(words)
		}
	}
	return string(s.Date)
}

// KindWord is the kind of the source as one says it.
func (s Source) KindWord() string { return strings.ReplaceAll(s.Kind, "-", " ") }

// Video is one that stands elsewhere, with what is said in it: not everybody hears it, or may load it.
type Video struct {
	URL        string `json:"url"`
	Title      string `json:"title"`
	Transcript string `json:"transcript"`
}

// NextStep is the one thing to do after reading.
type NextStep struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

// Period is when something happened or holds.
type Period struct {
	From Loose  `json:"from,omitempty"`
	To   Loose  `json:"to,omitempty"`
	Note string `json:"note,omitempty"`
}

// Award is a prize that a case study won or was up for.
type Award struct {
	Name   string `json:"name,omitempty"`
	Year   Loose  `json:"year,omitempty"`
	Result string `json:"result,omitempty"`
}

// TemplateField is one question of a template. A private field is filled in the browser and never sent.
type TemplateField struct {
	Key      string   `json:"key"`
	Label    string   `json:"label"`
	Help     string   `json:"help,omitempty"`
	Kind     string   `json:"kind,omitempty"` // text, long, choice, date, scale
	Choices  []string `json:"choices,omitempty"`
	Topics   []string `json:"topics,omitempty"` // of a scale: what practice that meets it is about
	Required bool     `json:"required,omitempty"`
	Private  bool     `json:"private,omitempty"`
}

// Loose is a text that people also write as a number or leave empty, such as a year.
type Loose string

// UnmarshalJSON takes a text, a number, a truth value or null.
func (l *Loose) UnmarshalJSON(raw []byte) error {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		*l = ""
	case string:
		*l = Loose(v)
	case float64:
		*l = Loose(strconv.FormatFloat(v, 'f', -1, 64))
	case bool:
		*l = Loose(strconv.FormatBool(v))
	default:
		return fmt.Errorf("expected a text or a number")
	}
	return nil
}

// settle keeps a case study's result rows in step with its result bullets, which are the words that count: rows whose
// bullet is gone are dropped, and rows stand in the order of the bullets.
func (m *Meta) settle(bullets []string) {
	byText := make(map[string]Result, len(m.Results))
	for _, r := range m.Results {
		byText[strings.TrimSpace(r.Text)] = r
	}
	var kept []Result
	for _, b := range bullets {
		if r, ok := byText[b]; ok {
			r.Text = b
			kept = append(kept, r)
		}
	}
	m.Results = kept
}
