// Package guard finds what tells one private person from another in a text that is about to be public: NHS numbers,
// phone numbers, postcodes, dates of birth, e-mail addresses, National Insurance numbers and bank details. It is an
// instrument: text in, places in it out. Whether the writer redacts, mends or keeps with a reason is for others.
//
// Everything here is a fixed rule that one can explain to a writer. Names of people are not looked for: no rule finds
// them reliably, and one that pretended to would be trusted.
package guard

import (
	"slices"
	"strings"
)

// A Kind is a sort of personal detail.
type Kind string

// The kinds.
const (
	NHSNumber         Kind = "nhs-number"
	Phone             Kind = "phone"
	Postcode          Kind = "postcode"
	BirthDate         Kind = "birth-date"
	Email             Kind = "email"
	NationalInsurance Kind = "national-insurance"
	Bank              Kind = "bank"
)

// Words names a kind as a writer would: it fits behind "this looks like" with its article left to the caller.
func (k Kind) Words() string { return words[k] }

var words = map[Kind]string{
	NHSNumber: "NHS number", Phone: "phone number", Postcode: "postcode", BirthDate: "date of birth",
	Email: "email address", NationalInsurance: "National Insurance number", Bank: "bank details",
}

var says = map[Kind]string{
	NHSNumber:         "This looks like an NHS number.",
	Phone:             "This looks like a phone number.",
	Postcode:          "This looks like a full postcode.",
	BirthDate:         "This looks like a date of birth.",
	Email:             "This looks like an email address.",
	NationalInsurance: "This looks like a National Insurance number.",
	Bank:              "This looks like a bank sort code and account number.",
}

// A Finding is one personal detail: text[Start:End], and a sentence for the writer.
type Finding struct {
	Kind       Kind
	Start, End int // bytes
	Says       string
}

// hit is a finding in the folded text. Two hits with one key mean the same number or address, however each is written.
type hit struct {
	kind     Kind
	from, to int
	key      string
	says     string
}

// Find gives the personal details of a text in their order; none overlaps another. What stands in one of the allowed
// texts (a service's own phone number, postcode or shared mailbox, in any spelling) is not found. It takes plain text
// and Markdown, and time in proportion to the text's length.
func Find(text string, allow ...string) []Finding {
	f := fold(text)
	hits := f.hits()
	if len(hits) == 0 {
		return nil
	}
	allowed := map[string]bool{}
	for _, a := range allow {
		for _, h := range fold(a).hits() {
			allowed[h.key] = true
		}
	}
	var all []Finding
	for _, h := range hits {
		if !allowed[h.key] {
			all = append(all, Finding{h.kind, int(f.from[h.from]), int(f.to[h.to-1]), h.says})
		}
	}
	return all
}

// hits asks each finder. Where two claim the same words the earlier finder in this list has them.
func (f *folded) hits() []hit {
	var claims []hit
	for _, find := range []func(*folded) []hit{banks, phones, nhsNumbers, insuranceNumbers, births, emails, postcodes} {
		claims = append(claims, find(f)...)
	}
	taken := make([]bool, len(f.s))
	claims = slices.DeleteFunc(claims, func(h hit) bool {
		if slices.Contains(taken[h.from:h.to], true) {
			return true
		}
		for i := h.from; i < h.to; i++ {
			taken[i] = true
		}
		return false
	})
	slices.SortFunc(claims, func(a, b hit) int { return a.from - b.from })
	return claims
}

func (f *folded) hit(kind Kind, from, to int) hit {
	return hit{kind, from, to, string(kind) + " " + only(f.low[from:to]), says[kind]}
}

// only keeps the letters and digits of s.
func only(s string) string {
	kept := make([]byte, 0, len(s))
	for _, c := range []byte(s) {
		if alnum(c) {
			kept = append(kept, c)
		}
	}
	return string(kept)
}

// Redact puts words such as "[phone number]" in the place of each finding.
func Redact(text string, findings []Finding) string {
	inOrder := slices.SortedFunc(slices.Values(findings), func(a, b Finding) int { return a.Start - b.Start })
	var out strings.Builder
	done := 0
	for _, f := range inOrder {
		if f.Start < done || f.End < f.Start || f.End > len(text) {
			continue
		}
		out.WriteString(text[done:f.Start])
		out.WriteString("[" + f.Kind.Words() + "]")
		done = f.End
	}
	return out.String() + text[done:]
}
