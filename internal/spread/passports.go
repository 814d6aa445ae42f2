package spread

import (
	"fmt"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// Passports is how many working carers passports an organisation says it has agreed, as of a day. The organisation counts
// them itself; what people write in their forms reaches nobody.
type Passports struct {
	AsOf    time.Time
	N       int // 0 when there are fewer than Fewest: the number itself is kept nowhere
	ByRole  string
	Working string // how they were counted
}

// Says is the number, unless it is small.
func (p Passports) Says() string {
	if p.N < Fewest {
		return "fewer than five"
	}
	return fmt.Sprint(p.N)
}

// MaySayPassports says whether the viewer may give an organisation's number: those of its members who write, and who leads.
func MaySayPassports(v *member.Viewer, organisation string) bool {
	return v.Is(member.RoleLead, member.RoleAdministrator) || v.Writes() && v.Organisation() == organisation
}

// SayPassports writes an organisation's number down; what it said of the same day before is corrected.
func SayPassports(app core.App, v *member.Viewer, organisation string, p Passports) error {
	day := p.AsOf.Format(time.DateOnly)
	said, err := app.FindAllRecords("passport_counts", dbx.HashExp{"organisation": organisation, "as_of": day})
	if err != nil {
		return err
	}
	if len(said) == 0 {
		c, err := app.FindCachedCollectionByNameOrId("passport_counts")
		if err != nil {
			return err
		}
		said = []*core.Record{core.NewRecord(c)}
	}
	r := said[0]
	r.Load(map[string]any{"organisation": organisation, "as_of": day, "n": p.N, "by_role": p.ByRole, "working": p.Working})
	journal.By(r, v.ID())
	return app.Save(r)
}

// PassportsOf lists what an organisation said, the newest first.
func PassportsOf(app core.App, organisation string) ([]Passports, error) {
	var rows []*core.Record
	if err := app.RecordQuery("passport_counts").AndWhere(dbx.HashExp{"organisation": organisation}).OrderBy("as_of DESC", "created DESC").All(&rows); err != nil {
		return nil, err
	}
	said := make([]Passports, len(rows))
	for i, r := range rows {
		said[i] = Passports{N: r.GetInt("n"), ByRole: r.GetString("by_role"), Working: r.GetString("working")}
		said[i].AsOf, _ = time.Parse(time.DateOnly, r.GetString("as_of"))
	}
	return said, nil
}

// preparePassports keeps small numbers out, whoever saves: neither the number nor the words that might tell it are written down.
func preparePassports(r *core.Record) error {
	r.Set("by_role", strings.TrimSpace(r.GetString("by_role")))
	r.Set("working", strings.TrimSpace(r.GetString("working")))
	day, err := time.Parse(time.DateOnly, r.GetString("as_of"))
	if err != nil || day.Year() < 2000 || day.After(time.Now()) {
		return validation.Errors{"as_of": validation.NewError("validation_invalid_date", "Give a day that has been, such as 1 6 2026.")}
	}
	switch n := r.GetInt("n"); {
	case n < 0 || n > 1_000_000:
		return validation.Errors{"n": validation.NewError("validation_invalid_number", "Give a number between 0 and 1,000,000.")}
	case n < Fewest:
		r.Set("n", 0)
		r.Set("working", "")
	}
	return nil
}
