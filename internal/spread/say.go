package spread

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// Words are what a place says of itself on a form.
type Words struct {
	Stage                                           Stage
	Since                                           string // a day, "" for today
	For                                             Why
	Kept, Changed, Dropped, Result, Reason, Contact string
	Results                                         []Result
}

// WordsOf are those of an adoption.
func WordsOf(r *core.Record) Words {
	w := Words{Stage: Stage(r.GetString("stage")), For: Why(r.GetString("stopped_for")), Results: resultsOf(r.GetString("results"))}
	if since := r.GetDateTime("since").Time(); !since.IsZero() {
		w.Since = since.Format(time.DateOnly)
	}
	for _, p := range w.parts() {
		if slices.Contains(texts, p.name) {
			p.set(r.GetString(p.name))
		}
	}
	return w
}

// part is one answer of a form, by the name of its field.
type part struct {
	name string
	text string
	set  func(string)
}

func (w *Words) parts() []part {
	of := func(name string, s *string) part { return part{name, *s, func(text string) { *s = text }} }
	return []part{
		{"stage", string(w.Stage), func(s string) { w.Stage = Stage(s) }}, of("since", &w.Since),
		{"stopped_for", string(w.For), func(s string) { w.For = Why(s) }},
		of("kept", &w.Kept), of("changed", &w.Changed), of("dropped", &w.Dropped), of("result", &w.Result), of("reason", &w.Reason), of("contact_role", &w.Contact),
	}
}

// Seen names words so that a form can say from which ones it began, and nothing of another's is lost when it comes back.
func (w Words) Seen(place string) string {
	seen := url.Values{"place": {place}}
	for _, p := range w.parts() {
		if p.text != "" {
			seen.Set(p.name, sum(p.text))
		}
	}
	for _, r := range w.Results {
		seen.Set("result."+r.ID, r.sum())
	}
	return seen.Encode()
}

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(s[:9])
}

func (r Result) sum() string {
	raw, err := json.Marshal(r)
	if err != nil {
		return ""
	}
	return sum(string(raw))
}

// Clash is what two people answered differently at the same time. Now is what stands there, with all of the writer's words
// that nobody else touched.
type Clash struct {
	Theirs map[string]string // by field, what somebody else wrote meanwhile
	Now    Words
	Seen   string // what the writer has seen once they were told
}

// Error says that somebody else was faster.
func (c *Clash) Error() string {
	return fmt.Sprintf("%d answers were changed by somebody else", len(c.Theirs))
}

// Say writes down what the viewer says for their organisation of a practice in a place. seen names the words from which
// they began: what they left alone stays as somebody else has changed it meanwhile, and where both wrote the error is a
// *Clash. Without seen all words are theirs. Saying the same again changes nothing.
func Say(app core.App, v *member.Viewer, document, place string, said Words, seen string) (r *core.Record, err error) {
	said.tidy()
	err = app.RunInTransaction(func(tx core.App) error {
		if r, err = Own(tx, v, document, place); err != nil {
			return err
		}
		if !r.IsNew() && seen != "" {
			var clash *Clash
			if said, clash = meet(WordsOf(r), said, place, seen); clash != nil && r.GetString("author") != v.ID() {
				return clash // who meets only themselves, in another window, means what they said last
			}
		}
		if was := WordsOf(r); !r.IsNew() {
			if said.Since == "" && said.Stage == was.Stage {
				said.Since = was.Since
			}
			if was.Seen("") == said.Seen("") {
				return nil
			}
		}
		if err := said.put(r); err != nil {
			return err
		}
		Sign(r, v)
		return tx.Save(r)
	})
	return r, err
}

// tidy makes words what they become when they are kept.
func (w *Words) tidy() {
	for _, p := range w.parts() {
		p.set(tidy(p.text))
	}
	switch {
	case w.Stage != Stopped:
		w.For = ""
	case w.For == "":
		w.For = OtherWhy
	}
	for i := range w.Results {
		w.Results[i].tidy()
		w.Results[i].hideFew()
	}
}

// tidy is a text without space around it, and with line ends as they are kept; forms send others.
func tidy(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) }

// put writes words into a record.
func (w Words) put(r *core.Record) error {
	if w.Results == nil {
		w.Results = []Result{}
	}
	rows, err := json.Marshal(w.Results)
	if err != nil {
		return err
	}
	for _, p := range w.parts() {
		r.Set(p.name, p.text)
	}
	r.Set("results", string(rows))
	return nil
}

// SayOnce says that the viewer's place does it, unless something was said already.
func SayOnce(app core.App, v *member.Viewer, document, place string) error {
	return app.RunInTransaction(func(tx core.App) error {
		r, err := Own(tx, v, document, place)
		if err != nil || !r.IsNew() {
			return err
		}
		r.Set("stage", string(Doing))
		Sign(r, v)
		return tx.Save(r)
	})
}

// meet joins what somebody typed, who began from seen, with what stands there by now.
func meet(now, mine Words, place, seen string) (Words, *Clash) {
	was, err := url.ParseQuery(seen)
	if err != nil || was.Get("place") != place { // they began from another place's words: of these they know nothing
		was = url.Values{}
	}
	clash := &Clash{Theirs: map[string]string{}}
	theirs := now.parts()
	for i, p := range mine.parts() {
		t := theirs[i]
		switch seenOf := was.Get(p.name); {
		case p.text == t.text:
		case named(p.text) == seenOf:
			p.set(t.text)
		case named(t.text) != seenOf:
			clash.Theirs[p.name] = t.text
		}
	}
	mine.Results = meetResults(now.Results, mine.Results, was, clash)
	if len(clash.Theirs) == 0 {
		return mine, nil
	}
	clash.Now, clash.Seen = mine, now.Seen(place)
	return mine, clash
}

func named(text string) string {
	if text == "" {
		return ""
	}
	return sum(text)
}

// meetResults joins numbers row by row: what others added stays, and what they changed where the writer left it alone.
func meetResults(now, mine []Result, was url.Values, clash *Clash) []Result {
	typed := map[string]Result{}
	for _, r := range mine {
		if r.ID != "" {
			typed[r.ID] = r
		}
	}
	var joined []Result
	known := map[string]bool{}
	for _, t := range now {
		known[t.ID] = true
		seenOf := was.Get("result." + t.ID)
		m, has := typed[t.ID]
		switch {
		case has && m.sum() == t.sum(), has && m.sum() == seenOf, !has && seenOf == "":
			joined = append(joined, t)
		case has && t.sum() == seenOf:
			joined = append(joined, m)
		case !has && t.sum() == seenOf: // taken out
		case has:
			clash.Theirs["results"] = t.Title() + ": " + t.Says()
			joined = append(joined, m)
		default: // taken out here, and changed by somebody else
			clash.Theirs["results"] = t.Title() + ": " + t.Says()
			joined = append(joined, t)
		}
	}
	for _, m := range mine {
		if m.ID == "" && sentTwice(m, now, was) {
			continue
		}
		if !known[m.ID] && (m.ID == "" || was.Get("result."+m.ID) == "" || was.Get("result."+m.ID) != m.sum()) {
			joined = append(joined, m)
		}
	}
	return joined
}

// sentTwice says whether a new number stands there already, though its writer has not seen it: the form was sent twice.
func sentTwice(m Result, now []Result, was url.Values) bool {
	return slices.ContainsFunc(now, func(t Result) bool {
		unseen := was.Get("result."+t.ID) == ""
		t.ID = ""
		return unseen && t == m
	})
}

// keepOthers takes over what somebody else has changed since a record was read: whoever saves says only what they changed
// themselves. stored is the row as it is.
func keepOthers(r, stored *core.Record) error {
	read := r.Original()
	if stored == nil || read.Id == "" { // it was made by this very process, and never read
		return nil
	}
	for _, f := range r.Collection().Fields {
		name := f.GetName()
		if f.Type() == core.FieldTypeAutodate || name == "id" || name == "results" {
			continue
		}
		if r.GetString(name) == read.GetString(name) && read.GetString(name) != stored.GetString(name) {
			r.Set(name, stored.Get(name))
		}
	}
	return keepOthersResults(r, read, stored)
}

func keepOthersResults(r, read, stored *core.Record) error {
	if read.GetString("results") == stored.GetString("results") {
		return nil
	}
	if r.GetString("results") == read.GetString("results") {
		r.Set("results", stored.Get("results"))
		return nil
	}
	was := url.Values{}
	for _, row := range resultsOf(read.GetString("results")) {
		was.Set("result."+row.ID, row.sum())
	}
	joined := meetResults(resultsOf(stored.GetString("results")), resultsOf(r.GetString("results")), was, &Clash{Theirs: map[string]string{}})
	raw, err := json.Marshal(joined)
	r.Set("results", string(raw))
	return err
}
