package gap

import (
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Gap is what five people or more looked for and nobody has written.
type Gap struct{ core.BaseRecordProxy }

// Words are what they looked for.
func (g *Gap) Words() string { return g.GetString("words") }

// Askers is how many, at least.
func (g *Gap) Askers() int { return g.GetInt("askers") }

// Since is when there were enough of them.
func (g *Gap) Since() time.Time { return g.GetDateTime("created").Time() }

// ClaimedBy is who said that they will write it, "" for nobody.
func (g *Gap) ClaimedBy() string { return g.GetString("claimed_by") }

// Claimed is when they said so.
func (g *Gap) Claimed() time.Time { return g.GetDateTime("claimed").Time() }

// Document is the draft that they began.
func (g *Gap) Document() string { return g.GetString("document") }

// Open says whether nobody writes it.
func (g *Gap) Open() bool { return g.ClaimedBy() == "" || g.Document() == "" }

// mostListed is how many gaps are looked at for a page.
const mostListed = 200

// All lists what was asked for, most askers first.
func All(app core.App) ([]*Gap, error) {
	var all []*Gap
	err := app.RecordQuery("gaps").OrderBy("askers DESC", "created", "id").Limit(mostListed).All(&all)
	return all, err
}

// ByID finds one.
func ByID(app core.App, id string) (*Gap, error) {
	g := &Gap{}
	return g, app.RecordQuery("gaps").AndWhere(dbx.HashExp{"id": id}).One(g)
}

// Of is the gap that a draft was begun for, nil when there is none.
func Of(app core.App, document string) (*Gap, error) {
	var all []*Gap
	err := app.RecordQuery("gaps").AndWhere(dbx.HashExp{"document": document}).Limit(1).All(&all)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

// Claim keeps that somebody writes it, in which draft.
func (g *Gap) Claim(app core.App, person, document string) error {
	g.Set("claimed_by", person)
	g.Set("claimed", types.NowDateTime())
	g.Set("document", document)
	return app.Save(g.Record)
}

// GiveUp lets somebody else write it.
func (g *Gap) GiveUp(app core.App) error {
	g.Set("claimed_by", "")
	g.Set("claimed", "")
	g.Set("document", "")
	return app.Save(g.Record)
}

// Days is how long a gap stays on the list when nobody asks for it any more.
const Days = 365

// DropOld drops those for which nobody has asked for so long, and that nobody writes, at most limit; it says how many.
func DropOld(app core.App, limit int) (int, error) {
	before, err := types.ParseDateTime(time.Now().AddDate(0, 0, -Days))
	if err != nil {
		return 0, err
	}
	done, err := app.DB().NewQuery("DELETE FROM {{gaps}} WHERE [[id]] IN (SELECT [[id]] FROM {{gaps}} WHERE [[updated]] < {:before} LIMIT {:limit})").
		Bind(dbx.Params{"before": before.String(), "limit": limit}).Execute()
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	return int(n), err
}
