package library

import (
	"fmt"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// BinDays is how long the bin keeps what was put into it.
const BinDays = 30

// binned stands in the access key of what lies in the bin: nobody holds that key.
const binned = "binned"

// notBinned restricts a query to what does not lie in the bin.
var notBinned = dbx.NewExp("[[access]] NOT LIKE '%:" + binned + "'")

// Binned is when the document was put into the bin, zero when it does not lie there.
func (d *Document) Binned() time.Time { return d.GetDateTime("binned").Time() }

// InBin says whether the document lies in the bin, where no page, list or search comes across it.
func (d *Document) InBin() bool { return !d.Binned().IsZero() }

// Goes is when the bin lets go of the document.
func (d *Document) Goes() time.Time { return d.Binned().AddDate(0, 0, BinDays) }

// NeverOut says whether nobody but writers and reviewers has ever seen the document.
func (d *Document) NeverOut() bool { return !d.Out() && d.GetString("published_revision") == "" }

// Recoverable says whether the viewer may take the document out of the bin: whoever could write it before.
func (d *Document) Recoverable(v *member.Viewer) bool {
	return d.InBin() && v.Sees(d.Space(), d.State(), d.Author()) && v.MayEdit(d.Space(), d.Author(), d.OrganisationID())
}

// Bin puts a document that was never out into the bin.
func Bin(app core.App, d *Document, actor string) error {
	d.Set("binned", types.NowDateTime())
	if d.State() == InReview {
		d.Set("state", Draft)
	}
	journal.By(d.Record, actor)
	return app.Save(d.Record)
}

// TakeOut brings a document back from the bin.
func TakeOut(app core.App, d *Document, actor string) error {
	d.Set("binned", "")
	journal.By(d.Record, actor)
	return app.Save(d.Record)
}

// InBin lists what lies in the bin and the viewer may take out, the latest first.
func InBin(app core.App, v *member.Viewer) ([]*Document, error) {
	var all, own []*Document
	err := app.RecordQuery("documents").AndWhere(dbx.NewExp("[[binned]] != ''")).OrderBy("binned DESC", "id").All(&all)
	for _, d := range all {
		if d.Recoverable(v) {
			own = append(own, d)
		}
	}
	return own, err
}

// EmptyBin deletes what has lain in the bin for its time, at most limit, and says how many.
func EmptyBin(app core.App, limit int) (int, error) {
	before, err := types.ParseDateTime(time.Now().AddDate(0, 0, -BinDays))
	if err != nil {
		return 0, err
	}
	var over []*Document
	err = app.RecordQuery("documents").AndWhere(dbx.NewExp("[[binned]] != '' AND [[binned]] < {:before}", dbx.Params{"before": before.String()})).
		OrderBy("binned").Limit(int64(limit)).All(&over)
	if err != nil {
		return 0, err
	}
	for i, d := range over {
		journal.By(d.Record, journal.Retention)
		if err := app.Delete(d); err != nil {
			return i, fmt.Errorf("empty the bin of %s: %w", d.Id, err)
		}
	}
	return len(over), nil
}
