package spread

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
)

// What is the kind of thing that a number counts. Kinds are few, so that the numbers of several places add up.
type What string

// The kinds of numbers, in the order in which a form offers them.
const (
	StaffKept What = "staff-kept"
	Reached   What = "people-reached"
	Days      What = "days"
	Pounds    What = "pounds"
	OtherWhat What = "other"
)

// Kind is a kind of number with its words.
type Kind struct {
	What What
	Word string // on a form, and before a number
	Unit string // after a number, where the place gives none
}

// Whats lists the kinds with their words.
var Whats = []Kind{
	{StaffKept, "Staff kept", "staff"}, {Reached, "People reached", "people"}, {Days, "Days", "days"}, {Pounds, "Money", "pounds"}, {OtherWhat, "Something else", ""},
}

// How a number is known. Only what was counted is added up.
const (
	Counted   = "counted"
	Estimated = "estimated"
)

// Result is a number that a place gives of what came of a practice.
type Result struct {
	ID     string  `json:"id"`
	What   What    `json:"what"`
	Words  string  `json:"words,omitempty"` // what was counted, where no kind says it
	N      float64 `json:"n,omitempty"`
	Few    bool    `json:"few,omitempty"` // fewer than five people: the number itself is kept nowhere
	Unit   string  `json:"unit,omitempty"`
	Of     float64 `json:"of,omitempty"`
	From   string  `json:"from,omitempty"` // days, such as 2026-03-01
	To     string  `json:"to,omitempty"`
	How    string  `json:"how"`
	Source string  `json:"source,omitempty"`
}

// mostResults is how many numbers one place gives of one practice.
const mostResults = 20

// Title is what was counted: "Staff kept", or the place's own words.
func (r Result) Title() string {
	for _, k := range Whats {
		if k.What == r.What && (r.Words == "" || r.What != OtherWhat) {
			return k.Word
		}
	}
	return r.Words
}

// unit is what is counted, as it stands after the number.
func (r Result) unit() string {
	for _, k := range Whats {
		if k.What == r.What && (r.What != Days || r.Unit == "") && k.Unit != "" {
			return k.Unit
		}
	}
	return r.Unit
}

// Says is the number in words: "214 of 300 staff", "£4,300", "fewer than five people".
func (r Result) Says() string {
	if r.Few {
		return strings.TrimSpace("fewer than five " + r.unit())
	}
	return r.amount(r.N, r.Of)
}

func (r Result) amount(n, of float64) string {
	number := Number
	if r.What == Pounds {
		number = func(n float64) string { return "£" + Number(n) }
	}
	says := number(n)
	if of > 0 {
		says += " of " + number(of)
	}
	if u := r.unit(); u != "" && r.What != Pounds {
		says += " " + u
	}
	return says
}

// Number writes a number as people read it: 4,300 or 2.5.
func Number(n float64) string {
	whole, part, _ := strings.Cut(strconv.FormatFloat(n, 'f', -1, 64), ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if part != "" {
		whole += "." + part
	}
	return whole
}

// Period is when it was counted, "" when nobody says.
func (r Result) Period() string {
	from, _ := time.Parse(time.DateOnly, r.From)
	to, _ := time.Parse(time.DateOnly, r.To)
	const day = "2 January 2006"
	switch {
	case r.From == "" && r.To == "":
		return ""
	case r.To == "":
		return "since " + from.Format(day)
	case r.From == "":
		return "up to " + to.Format(day)
	}
	return from.Format(day) + " to " + to.Format(day)
}

// ofPeople says whether it counts people, of whom a small number could be guessed.
func (r Result) ofPeople() bool {
	if r.What == StaffKept || r.What == Reached {
		return true
	}
	for _, w := range strings.FieldsFunc(strings.ToLower(r.Unit+" "+r.Words), func(c rune) bool { return c < 'a' || c > 'z' }) {
		if r.What == OtherWhat && slices.Contains(peopleWords, w) {
			return true
		}
	}
	return false
}

var peopleWords = strings.Fields("people person persons carer carers staff member members patient patients child children boys girls men women family families parent parents " +
	"employee employees worker workers colleague colleagues manager managers nurse nurses champion champions volunteer volunteers pupil pupils student students")

// resultsOf reads the numbers of an adoption as they are kept.
func resultsOf(raw string) []Result {
	var rows []Result
	if json.Unmarshal([]byte(raw), &rows) != nil {
		return nil
	}
	return rows
}

// prepareResults keeps the numbers in order, whoever saves: each has an id, and one that could give somebody away is not
// kept. today is a day.
func prepareResults(r *core.Record, today time.Time) error {
	raw := cmp.Or(strings.TrimSpace(r.GetString("results")), "[]")
	var rows []Result
	if err := json.Unmarshal([]byte(raw), &rows); err != nil {
		return refusedResults(0, "The numbers cannot be read.")
	}
	if len(rows) > mostResults {
		return refusedResults(0, fmt.Sprintf("Give at most %d numbers.", mostResults))
	}
	known := map[string]bool{}
	for i := range rows {
		if says := rows[i].prepare(today); says != "" {
			return refusedResults(i+1, says)
		}
		if known[rows[i].ID] || !isRowID(rows[i].ID) {
			rows[i].ID = security.PseudorandomStringWithAlphabet(8, core.DefaultIdAlphabet)
		}
		known[rows[i].ID] = true
	}
	if rows == nil {
		rows = []Result{}
	}
	kept, err := json.Marshal(rows)
	r.Set("results", string(kept))
	return err
}

func isRowID(id string) bool {
	return id != "" && len(id) <= 15 && strings.Trim(id, core.DefaultIdAlphabet) == ""
}

func refusedResults(row int, says string) error {
	if row > 0 {
		says = fmt.Sprintf("Number %d: %s", row, says)
	}
	return validation.Errors{"results": validation.NewError("validation_invalid_results", says)}
}

// prepare tidies one number and says what is wrong with it, "" for nothing.
func (r *Result) prepare(today time.Time) string {
	r.tidy()
	if says := r.fault(today); says != "" {
		return says
	}
	r.hideFew()
	return ""
}

func (r *Result) tidy() {
	for _, s := range []*string{&r.Words, &r.Unit, &r.Source, &r.From, &r.To, &r.How} {
		*s = strings.TrimSpace(*s)
	}
	if r.What != OtherWhat {
		r.Words = ""
	}
	if r.What != OtherWhat && r.What != Days {
		r.Unit = ""
	}
	r.How = cmp.Or(r.How, Estimated)
}

func (r *Result) fault(today time.Time) string {
	from, badFrom := day(r.From)
	to, badTo := day(r.To)
	switch {
	case !slices.ContainsFunc(Whats, func(k Kind) bool { return k.What == r.What }):
		return "say what was counted."
	case r.What == OtherWhat && r.Words == "":
		return "say in your words what was counted."
	case len([]rune(r.Words)) > 120 || len([]rune(r.Unit)) > 40 || len([]rune(r.Source)) > 300:
		return "that is too long."
	case math.IsNaN(r.N) || math.IsInf(r.N, 0) || r.N < 0 || r.N > 1e12 || math.IsNaN(r.Of) || r.Of < 0 || r.Of > 1e12:
		return "give a number between 0 and 1,000,000,000,000."
	case r.ofPeople() && (r.N != math.Trunc(r.N) || r.Of != math.Trunc(r.Of)):
		return "people are counted in whole numbers."
	case r.Of > 0 && r.N > r.Of:
		return "there cannot be more than the whole."
	case badFrom || badTo:
		return "give days such as 2026-03-31."
	case r.From != "" && r.To != "" && to.Before(from):
		return "the last day comes before the first."
	case from.After(today) || to.After(today):
		return "that day is still to come."
	case r.How != Counted && r.How != Estimated:
		return "say whether it was counted or estimated."
	}
	return ""
}

// day reads one that may be left out.
func day(text string) (d time.Time, bad bool) {
	if text == "" {
		return d, false
	}
	d, err := time.Parse(time.DateOnly, text)
	return d, err != nil || d.Year() < 1900
}

// hideFew lets go of a number that could give somebody away, of the words that might tell it, and of a whole from which it
// could be reckoned.
func (r *Result) hideFew() {
	if !r.ofPeople() {
		r.Few = false
		return
	}
	if r.Few || r.N < Fewest {
		r.Few, r.N, r.Of, r.Source = true, 0, 0, ""
	}
	if left := r.Of - r.N; left > 0 && left < Fewest {
		r.Of = 0
	}
}

// Sum is what several places counted of the same thing.
type Sum struct {
	Of      Result // its kind, words and unit
	N       float64
	Places  int // that counted it
	Few     int // and of which it says fewer than five, left out of the sum
	Silent  int // that do it, tried it or stopped, and have not counted
	Example bool
}

// Says is the sum in words: "214 staff kept".
func (s Sum) Says() string {
	says := s.Of.amount(s.N, 0)
	switch s.Of.What {
	case StaffKept:
		says += " kept"
	case Reached:
		says += " reached"
	case OtherWhat:
		says += " (" + s.Of.Words + ")"
	}
	return says
}

// Sums adds up what places counted, each kind by itself. What was estimated, shares of a hundred and numbers that are kept
// nowhere stay out, and of numbers of one place whose days meet the latest stands for all. Examples are added up only where
// there is nothing else.
func Sums(adoptions []Adoption) []Sum {
	real := slices.DeleteFunc(slices.Clone(adoptions), func(a Adoption) bool { return a.Hidden || a.Example })
	if sums := sumsOf(real); len(sums) > 0 {
		return sums
	}
	examples := slices.DeleteFunc(slices.Clone(adoptions), func(a Adoption) bool { return a.Hidden || !a.Example })
	sums := sumsOf(examples)
	for i := range sums {
		sums[i].Example = true
	}
	return sums
}

func sumsOf(adoptions []Adoption) []Sum {
	type total struct {
		Sum
		counted, few map[string]bool
	}
	totals, tried := map[string]*total{}, map[string]bool{}
	var order []string
	for _, a := range adoptions {
		if a.Stage != Looking {
			tried[a.Place] = true
		}
		for _, r := range a.apart() {
			key := r.key()
			if totals[key] == nil {
				totals[key] = &total{Sum: Sum{Of: r}, counted: map[string]bool{}, few: map[string]bool{}}
				order = append(order, key)
			}
			t := totals[key]
			if r.Few {
				t.few[a.Place] = true
				continue
			}
			t.N += r.N
			t.counted[a.Place] = true
		}
	}
	var sums []Sum
	for _, key := range order {
		t := totals[key]
		if len(t.counted) == 0 {
			continue
		}
		t.Places = len(t.counted)
		for p := range tried {
			switch {
			case t.counted[p]:
			case t.few[p]:
				t.Few++
			default:
				t.Silent++
			}
		}
		sums = append(sums, t.Sum)
	}
	slices.SortStableFunc(sums, func(a, b Sum) int { return rank(a.Of.What) - rank(b.Of.What) })
	return sums
}

func rank(w What) int {
	for i, k := range Whats {
		if k.What == w {
			return i
		}
	}
	return len(Whats)
}

// key is the same for numbers that add up.
func (r Result) key() string {
	return strings.ToLower(string(r.What) + "|" + r.Words + "|" + r.unit())
}

// apart are the numbers of an adoption that can be added up: none counts what another of them counts too.
func (a Adoption) apart() []Result {
	rows := slices.DeleteFunc(slices.Clone(a.Results), func(r Result) bool {
		return r.How != Counted || strings.ContainsAny(r.Unit, "%‰") || strings.Contains(strings.ToLower(r.Unit), "per ")
	})
	slices.SortStableFunc(rows, func(x, y Result) int { return -strings.Compare(cmp.Or(x.To, "9999"), cmp.Or(y.To, "9999")) })
	var kept []Result
	for _, r := range rows {
		if !slices.ContainsFunc(kept, func(k Result) bool { return k.key() == r.key() && k.meets(r) }) {
			kept = append(kept, r)
		}
	}
	return kept
}

// meets says whether two numbers may count the same days; one without days may.
func (r Result) meets(other Result) bool {
	return r.From <= cmp.Or(other.To, "9999") && other.From <= cmp.Or(r.To, "9999")
}
