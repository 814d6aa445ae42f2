package plan

import (
	"fmt"
	"time"

	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
)

// Board is the page that a board is given: plans as they stood on a day. One that is frozen says for ever what it said then,
// whatever happens to the plans.
type Board struct {
	AsOf   Day     `json:"as_of"`
	Sheets []Sheet `json:"sheets"`
}

// Sheet is one plan on a board's page, with no more words than a page has room for.
type Sheet struct {
	Document string   `json:"document"` // by whose rights it is shown, also when it is frozen
	Title    string   `json:"title"`
	Address  string   `json:"address"`
	Period   string   `json:"period,omitempty"`
	Owner    string   `json:"owner_role,omitempty"`
	Sponsor  string   `json:"board_sponsor_role,omitempty"`
	Note     string   `json:"note,omitempty"` // such as that it is an example
	Goals    []Goal   `json:"goals"`
	Updates  []Update `json:"updates,omitempty"`
}

// Of is whose page it is: a plan's or a programme's, by its id.
type Of struct{ Document, Programme string }

func (o Of) rows() dbx.HashExp {
	return dbx.HashExp{"document": o.Document, "programme": o.Programme}
}

// Frozen is a page that was kept.
type Frozen struct {
	Key    string // the end of its address
	AsOf   Day
	ByRole string
}

// Freeze keeps a board's page as it is, on behalf of somebody, and returns the end of its address.
func Freeze(app core.App, of Of, actor, byRole string, b Board) (key string, err error) {
	c, err := app.FindCachedCollectionByNameOrId("plan_boards")
	if err != nil {
		return "", err
	}
	key = b.AsOf.Format(time.DateOnly) + "-" + security.RandomStringWithAlphabet(5, "abcdefghijkmnpqrstuvwxyz23456789")
	r := core.NewRecord(c)
	r.Load(map[string]any{"document": of.Document, "programme": of.Programme, "key": key, "as_of": b.AsOf.Stored(), "by_role": byRole, "frozen": b})
	journal.By(r, actor)
	return key, app.Save(r)
}

// Boards lists the pages that were kept, the newest first.
func Boards(app core.App, of Of) ([]Frozen, error) {
	rows, err := app.FindAllRecords("plan_boards", of.rows())
	all := make([]Frozen, len(rows))
	for i, r := range rows {
		all[len(rows)-1-i] = Frozen{Key: r.GetString("key"), AsOf: dayOf(r.GetDateTime("as_of")), ByRole: r.GetString("by_role")}
	}
	return all, err
}

// BoardByKey returns a page that was kept; sql.ErrNoRows when it has no such page. Whether the viewer may see its plans is
// for the caller to ask.
func BoardByKey(app core.App, of Of, key string) (Board, error) {
	var b Board
	r := &core.Record{}
	where := of.rows()
	where["key"] = key
	if err := app.RecordQuery("plan_boards").AndWhere(where).One(r); err != nil {
		return b, err
	}
	return b, r.UnmarshalJSONField("frozen", &b)
}

// FrozenSince says whether a page was kept on a day or after it.
func FrozenSince(app core.App, of Of, since Day) (bool, error) {
	all, err := Boards(app, of)
	return len(all) > 0 && !all[0].AsOf.Before(since.Time), err
}

// Renamed is a page that was kept, as it lies in files, with its plans called by other names. An error names the plan that
// has none.
func Renamed(frozen any, name func(document string) (string, bool)) (any, error) {
	page, _ := frozen.(map[string]any)
	sheets, _ := page["sheets"].([]any)
	for _, e := range sheets {
		sheet, _ := e.(map[string]any)
		document, _ := sheet["document"].(string)
		to, ok := name(document)
		if !ok {
			return nil, fmt.Errorf("there is no plan %q", document)
		}
		sheet["document"] = to
	}
	return frozen, nil
}
