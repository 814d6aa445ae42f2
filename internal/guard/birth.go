package guard

import (
	"regexp"
	"slices"
	"strings"
)

// births finds the date that stands near a word of birth, or in a table's column under one. A plain date is a day on
// which something happened, and none.
func births(f *folded) []hit {
	s := f.quiet
	words := birthWordsOf(s)
	if len(words) == 0 {
		return nil
	}
	dates := datesNear(s, words)
	var all []hit
	for _, w := range words {
		next, _ := slices.BinarySearchFunc(dates, w.to, func(d group, at int) int { return d.from - at })
		switch {
		case next < len(dates) && dates[next].from-w.to <= behind && !apart(s[w.to:dates[next].from]):
			all = append(all, f.hit(BirthDate, dates[next].from, dates[next].to))
		case next > 0 && w.from-dates[next-1].to <= ahead && !apart(s[dates[next-1].to:w.to]):
			all = append(all, f.hit(BirthDate, dates[next-1].from, dates[next-1].to))
		}
		if header(s, w.from) {
			for _, d := range datesOfTable(s, w.from) {
				all = append(all, f.hit(BirthDate, d.from, d.to))
			}
		}
	}
	return all
}

// A date counts if it begins so many bytes behind the word, or ends so many ahead of it.
const behind, ahead = 60, 32

var birthWords = []string{"born", "dob", "d.o.b", "d o b", "date of birth", "dates of birth", "birth date", "birthdate", "birthday", "date-of-birth", "date_of_birth"}

func birthWordsOf(s string) []group {
	var all []group
	for i := 0; i < len(s); i++ {
		if n := birthWord(s, i); n > 0 {
			all = append(all, group{i, i + n})
			i += n - 1
		}
	}
	return all
}

// birthWord is the length of the word of birth at i, or 0.
func birthWord(s string, i int) int {
	if s[i] != 'b' && s[i] != 'd' || i > 0 && alnum(s[i-1]) {
		return 0
	}
	for _, w := range birthWords {
		if strings.HasPrefix(s[i:], w) && (i+len(w) == len(s) || !alnum(s[i+len(w)])) {
			return len(w)
		}
	}
	return 0
}

var date = func() *regexp.Regexp {
	const day, of, year = `(?:0?[1-9]|[12]\d|3[01])`, `(?:0?[1-9]|1[0-2])`, `(?:(?:18|19|20)\d\d|\d\d)`
	const month = `(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)`
	ways := []string{
		of + `/` + day + `/(?:19|20)\d\d`,            // 12/31/1960
		`(?:18|19|20)\d\d[/.-]` + of + `[/.-]` + day, // 1960-12-31
		day + `(?:st|nd|rd|th)?[\s-]?(?:of\s)?` + month + `[.,]?[\s-]?'?` + year,
		month + `\.?\s` + day + `(?:st|nd|rd|th)?,?\s(?:18|19|20)\d\d`,
		`(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d`, // 31121960
	}
	for _, between := range []string{`\s?/\s?`, `\s?\.\s?`, `\s?-\s?`, `\s`} {
		ways = append(ways, day+between+of+between+year)
	}
	return regexp.MustCompile(`\b(?:` + strings.Join(ways, "|") + `)\b`)
}()

// datesNear gives the dates about some words. Each byte is looked at once, however close the words stand.
func datesNear(s string, words []group) []group {
	var all []group
	done := 0
	for i := 0; i < len(words); i++ {
		from := max(done, words[i].from-ahead-24)
		for from > done && from < len(s) && alnum(s[from-1]) {
			from++
		}
		for i+1 < len(words) && words[i+1].from-words[i].to < behind+ahead+48 {
			i++
		}
		done = min(len(s), words[i].to+behind+24)
		for _, d := range date.FindAllStringIndex(s[min(from, done):done], -1) {
			all = append(all, group{from + d[0], from + d[1]})
		}
	}
	return all
}

// apart says whether the words between a word of birth and a date part them: a new sentence, paragraph or field begins,
// or they tell who is meant ("born on or after"). "d.o.b. 3/12/1960" is no end of a sentence.
func apart(s string) bool {
	for i := range len(s) - 2 {
		stop := strings.IndexByte(".!?", s[i]) >= 0 && (s[i+1] == ' ' || s[i+1] == '\n') && alnum(s[i+2]) && !digit(s[i+2])
		if stop && !(i > 1 && s[i-2] == '.') {
			return true
		}
	}
	_, line, _ := strings.Cut(s, "\n")
	return strings.Contains(line, ":") || has(s, "\n\n", " before", " after", " between", " since")
}

// header says whether i stands in the first line of a table.
func header(s string, i int) bool {
	line := strings.LastIndexByte(s[max(0, i-500):i], '\n') + 1 + max(0, i-500)
	_, rest, _ := strings.Cut(s[i:min(len(s), i+1000)], "\n")
	rule, _, _ := strings.Cut(rest, "\n")
	return line < len(s) && s[line] == '|' && strings.Contains(rule, "---") && strings.Trim(rule, "|-: ") == ""
}

// datesOfTable are the dates in the column whose head stands at i.
func datesOfTable(s string, i int) []group {
	start := strings.LastIndexByte(s[:i], '\n') + 1
	column := strings.Count(s[start:i], "|")
	var all []group
	for line := start; line < len(s) && s[line] == '|'; {
		end := len(s)
		if n := strings.IndexByte(s[line:], '\n'); n >= 0 {
			end = line + n
		}
		cell := line
		for n := 0; n < column && cell < end; n++ {
			cell += strings.IndexByte(s[cell:end]+"|", '|') + 1
		}
		if cell < end {
			width := strings.IndexByte(s[cell:end]+"|", '|')
			if at := date.FindStringIndex(s[cell : cell+width]); at != nil {
				all = append(all, group{cell + at[0], cell + at[1]})
			}
		}
		line = end + 1
	}
	return all
}
