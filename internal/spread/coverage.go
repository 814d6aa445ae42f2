package spread

import (
	"time"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Row is one line of the grid of what is done where, with a cell for each place that was asked about, in their order.
type Row struct {
	Title, URL string
	Document   string // the case study that it is about, if any
	Example    bool
	Cells      []Cell
}

// Cell says in a word how a place stands.
type Cell struct {
	Word  string
	URL   string // where more is said about it
	Stage string // the shape beside the word, "" for none
	Hole  bool   // somebody could fill it
}

// Doing counts the cells in which something is done.
func (r Row) Doing() (n int) {
	for _, c := range r.Cells {
		if Stage(c.Stage) == Doing {
			n++
		}
	}
	return n
}

// Study is a case study as the grid shows it.
type Study struct {
	ID, Title, URL string
	Home           []string // the places that it was described in
	Example        bool
}

// Practices are the case studies of which some place says that it does them too, and how each of the given places stands.
func Practices(app core.App, v *member.Viewer, studies []Study, places []*member.Place) ([]Row, error) {
	stages, err := stagesOf(app, v)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, s := range studies {
		if len(stages[s.ID]) == 0 {
			continue
		}
		row := Row{Title: s.Title, URL: s.URL, Document: s.ID, Example: s.Example, Cells: make([]Cell, len(places))}
		for i, p := range places {
			at := PlaceStage{Slug: p.Slug(), Stage: stages[s.ID][p.Id], Origin: len(s.Home) == 1 && s.Home[0] == p.Id}
			if at.Origin && at.Stage == "" {
				at.Stage = Doing
			}
			cell := Cell{Word: at.Word(), Stage: string(at.Stage), Hole: at.Stage == ""}
			if stages[s.ID][p.Id] != "" {
				cell.URL = s.URL + "#place-" + at.Slug
			}
			row.Cells[i] = cell
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// stagesOf are the furthest stages of places, by document and place, as far as the viewer may see them.
func stagesOf(app core.App, v *member.Viewer) (map[string]map[string]Stage, error) {
	var said []struct {
		Document string `db:"document"`
		Place    string `db:"place"`
		Stage    string `db:"stage"`
	}
	err := app.DB().Select("document", "place", "stage").From("adoptions").
		Where(dbx.And(v.Holds(""), dbx.HashExp{"hidden": false})).All(&said)
	stages := map[string]map[string]Stage{}
	for _, s := range said {
		if stages[s.Document] == nil {
			stages[s.Document] = map[string]Stage{}
		}
		if better(Stage(s.Stage), stages[s.Document][s.Place]) {
			stages[s.Document][s.Place] = Stage(s.Stage)
		}
	}
	return stages, err
}

// PassportRows are the partners of the given places, and how many working carers passports each says it has agreed.
func PassportRows(app core.App, partners []*member.Partner, places []*member.Place) ([]Row, error) {
	newest, err := newestPassports(app)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, p := range partners {
		in := map[string]bool{}
		for _, id := range p.Places() {
			in[id] = true
		}
		row := Row{Title: p.Title(), URL: p.Address(), Example: p.Example(), Cells: make([]Cell, len(places))}
		here := false
		for i, place := range places {
			row.Cells[i] = Cell{Word: "Not here"}
			if !in[place.Id] {
				continue
			}
			here = true
			row.Cells[i] = Cell{Word: "Not said", Hole: true}
			if said, ok := newest[p.Id]; ok {
				row.Cells[i] = Cell{Word: saidPassports(said, len(in)), URL: p.Address() + "#passports", Stage: string(Doing)}
			}
		}
		if here && p.Kind() != "partnership" {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func saidPassports(p Passports, places int) string {
	word := p.Says()
	if p.N >= Fewest {
		word = Number(float64(p.N))
	}
	if places > 1 {
		word += ", of all its places"
	}
	return word + ", " + p.AsOf.Format("January 2006")
}

func newestPassports(app core.App) (map[string]Passports, error) {
	var rows []struct {
		Organisation string `db:"organisation"`
		AsOf         string `db:"as_of"`
		N            int    `db:"n"`
	}
	err := app.DB().Select("organisation", "as_of", "n").From("passport_counts").OrderBy("as_of", "created").All(&rows)
	newest := map[string]Passports{}
	for _, r := range rows {
		p := Passports{N: r.N}
		p.AsOf, _ = time.Parse(time.DateOnly, r.AsOf)
		newest[r.Organisation] = p
	}
	return newest, err
}
