package site

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	"commonplace/internal/spread"
)

// numberRow is a number of the form "we do this too".
type numberRow struct {
	I                                       int
	ID, Words, N, Unit, Of, From, To, Means string
	Whats, Hows                             []Choice
	Blank                                   bool
	Error                                   string
}

// Legend names the row.
func (r numberRow) Legend() string {
	if r.Blank {
		if r.I > 0 {
			return "Add another number"
		}
		return "Add a number"
	}
	return fmt.Sprintf("Number %d", r.I+1)
}

// Field is the name of one of the row's answers.
func (r numberRow) Field(name string) string { return numberField(r.I, name) }

func numberField(i int, name string) string { return fmt.Sprintf("number%d_%s", i, name) }

// mostRows is how many numbers a form can send; the room refuses fewer.
const mostRows = 40

var hows = []Choice{{Value: spread.Counted, Title: "Counted"}, {Value: spread.Estimated, Title: "Estimated"}}

func choose(choices []Choice, value string) []Choice {
	list := make([]Choice, len(choices))
	for i, c := range choices {
		c.Chosen = c.Value == value
		list[i] = c
	}
	return list
}

func whatChoices(chosen spread.What) []Choice {
	var list []Choice
	for _, k := range spread.Whats {
		list = append(list, Choice{Value: string(k.What), Title: k.Word, Chosen: k.What == chosen})
	}
	return list
}

// numberRows are the numbers of an adoption as the form shows them.
func numberRows(results []spread.Result) []numberRow {
	rows := make([]numberRow, len(results))
	for i, r := range results {
		rows[i] = numberRow{I: i, ID: r.ID, Words: r.Words, N: spread.Number(r.N), Unit: r.Unit, From: r.From, To: r.To, Means: r.Source,
			Whats: whatChoices(r.What), Hows: choose(hows, r.How)}
		if r.Of > 0 {
			rows[i].Of = spread.Number(r.Of)
		}
		if r.Few {
			rows[i].N = fewerThanFive
		}
	}
	return rows
}

// fewerThanFive is what is written in place of a number that could give somebody away.
const fewerThanFive = "fewer than five"

// blankRows adds two rows to be filled in.
func blankRows(rows []numberRow) []numberRow {
	for range 2 {
		rows = append(rows, numberRow{I: len(rows), Blank: true, Whats: whatChoices(""), Hows: choose(hows, "")})
	}
	return rows
}

// numbersIn reads the numbers of a form, and what is wrong with them. A row that was emptied is none.
func numbersIn(form url.Values) (results []spread.Result, rows []numberRow, faults fieldErrors) {
	for i := range mostRows {
		get := func(name string) string { return strings.TrimSpace(form.Get(numberField(i, name))) }
		row := numberRow{I: len(rows), ID: get("id"), Words: get("words"), N: get("n"), Unit: get("unit"), Of: get("of"), From: get("from"), To: get("to"), Means: get("source")}
		if row.N+row.Words+row.Of+row.Means == "" {
			continue
		}
		r := spread.Result{ID: row.ID, What: spread.What(get("what")), Words: row.Words, Unit: row.Unit, From: row.From, To: row.To, How: get("how"), Source: row.Means}
		var bad, badOf bool
		r.Few = strings.EqualFold(row.N, fewerThanFive)
		if !r.Few {
			r.N, bad = figure(row.N)
		}
		if row.Of != "" {
			r.Of, badOf = figure(row.Of)
		}
		row.Whats, row.Hows = whatChoices(r.What), choose(hows, r.How)
		if bad || badOf {
			row.Error = "Give the number in figures, such as 120."
			faults = append(faults, fieldError{row.Field("n"), row.Legend() + ": give it in figures, such as 120."})
		}
		rows, results = append(rows, row), append(results, r)
	}
	return results, rows, faults
}

// figure reads a number as people write it: 1,200 or £4300.
func figure(text string) (n float64, bad bool) {
	n, err := strconv.ParseFloat(strings.NewReplacer(",", "", "£", "", " ", "").Replace(text), 64)
	return n, err != nil || math.IsNaN(n) || math.IsInf(n, 0)
}
