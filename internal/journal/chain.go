package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// sumOf binds a row to the one before it. Each field goes in with its length, so that nothing can move from one to the
// next.
func sumOf(r Row, before string) string {
	h := sha256.New()
	for _, field := range []string{
		strconv.FormatInt(r.Seq, 10), r.At, r.Actor, r.Verb, r.Subject, r.Record, r.Parent, r.Space, string(r.Data), before,
	} {
		io.WriteString(h, strconv.Itoa(len(field))+":"+field)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// newest returns the number and sum of the last row, zero when there is none.
func newest(app core.App) (Row, error) {
	var rows []Row
	err := app.DB().NewQuery("SELECT [[seq]], [[sum]] FROM {{journal}} ORDER BY [[seq]] DESC LIMIT 1").All(&rows)
	if err != nil || len(rows) == 0 {
		return Row{}, err
	}
	return rows[0], nil
}

// Broken is the first row that does not fit its chain.
type Broken struct {
	Seq int64
	Why string
}

func (b *Broken) Error() string { return fmt.Sprintf("journal row %d: %s", b.Seq, b.Why) }

// Verify walks the chain of sums and returns how many rows it holds; the error is *Broken for the first row that was
// changed, put in, or whose neighbour was taken out. Rows older than the chain have no sum. Where the oldest rows were
// dropped in their time, the note that was left of it says what the first one left must fit.
func Verify(app core.App) (rows int64, err error) {
	var last *Row
	for after := int64(0); ; {
		some, err := After(app, after, batch)
		if err != nil {
			return rows, err
		}
		for i := range some {
			r := &some[i]
			if last == nil {
				if last, err = anchor(app, *r); err != nil {
					return rows, err
				}
			}
			if err := r.fits(last); err != nil {
				return rows, err
			}
			if r.Sum != "" {
				rows++
			}
			last, after = r, r.Seq
		}
		if len(some) < batch {
			return rows, nil
		}
	}
}

// unknown is the sum of a row that is not there any more and of which nothing was noted.
const unknown = "?"

// anchor stands for the row before the first one left.
func anchor(app core.App, first Row) (*Row, error) {
	before := &Row{Seq: first.Seq - 1}
	if first.Seq == 1 || first.Sum == "" {
		return before, nil
	}
	var notes []Row
	err := app.DB().NewQuery("SELECT " + columns + " FROM {{journal}} WHERE [[subject]] = {:subject} AND [[verb]] = {:verb} ORDER BY [[seq]] DESC LIMIT 20").
		Bind(dbx.Params{"subject": Retention, "verb": "drop"}).All(&notes)
	before.Sum = unknown
	for _, n := range notes {
		var d dropped
		if json.Unmarshal(n.Data, &d) == nil && d.Through == before.Seq {
			before.Sum = d.Sum
			break
		}
	}
	return before, err
}

// fits says why a row cannot follow the one before, nil when it can.
func (r Row) fits(before *Row) error {
	switch {
	case r.Seq != before.Seq+1:
		return &Broken{before.Seq + 1, "it is missing"}
	case r.Sum == "" && before.Sum == "", before.Sum == unknown && r.Sum != "":
		return nil
	case r.Sum == "":
		return &Broken{r.Seq, "it has no sum"}
	case r.Sum != sumOf(r, before.Sum):
		return &Broken{r.Seq, "it is not what was written, or follows another row than it did"}
	}
	return nil
}
