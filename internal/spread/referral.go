package spread

import (
	"fmt"
	"time"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Carer is the kind of carer whom a referral is about: each is led elsewhere.
type Carer string

// The kinds of carers, in the order in which a form offers them.
const (
	Adult   Carer = "adult"
	Working Carer = "working"
	Young   Carer = "young"
	Parent  Carer = "parent"
)

// Carers lists the kinds with their words, and who has to live in a place for its council to be the one to ask. For adults it
// is the person looked after; children's law asks where the young carer, or the disabled child, lives.
var Carers = []struct {
	Carer      Carer
	Word, Hint string
	Asks       string
}{
	{Adult, "An adult who looks after an adult", "", "the person they look after"},
	{Working, "An adult who looks after an adult and has a job", "", "the person they look after"},
	{Young, "A young carer", "Under 18, looking after anybody.", "the young carer"},
	{Parent, "A parent of a disabled child", "The child is under 18.", "the child"},
}

// Known says whether there is such a kind of carer.
func (c Carer) Known() bool { return c.Word() != "" }

// Word says what kind of carer it is.
func (c Carer) Word() string {
	for _, k := range Carers {
		if k.Carer == c {
			return k.Word
		}
	}
	return ""
}

// Asks says who has to live in the place.
func (c Carer) Asks() string {
	for _, k := range Carers {
		if k.Carer == c {
			return k.Asks
		}
	}
	return ""
}

// Referred counts that somebody was led to a service: one more on that day. It writes no journal, for there is nothing to
// follow, and fires no hooks.
func Referred(app core.App, organisation string, carer Carer, place string, now time.Time) error {
	key := dbx.Params{"organisation": organisation, "day": now.Format(time.DateOnly), "carer": string(carer), "place": place}
	return app.RunInTransaction(func(tx core.App) error {
		done, err := tx.DB().NewQuery(`UPDATE {{referrals}} SET [[n]] = [[n]] + 1 WHERE [[id]] = (SELECT [[id]] FROM {{referrals}}
			WHERE [[organisation]] = {:organisation} AND [[day]] = {:day} AND [[carer]] = {:carer} AND [[place]] = {:place} LIMIT 1)`).Bind(key).Execute()
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); n > 0 || err != nil {
			return err
		}
		at := types.NowDateTime().String()
		row := dbx.Params{"id": core.GenerateDefaultRandomId(), "created": at, "updated": at, "n": 1}
		for k, v := range key {
			row[k] = v
		}
		_, err = tx.DB().Insert("referrals", row).Execute()
		return err
	})
}

// MaySeeReferrals says whether the viewer may see how often an organisation refers: its own members, and those who lead.
func MaySeeReferrals(v *member.Viewer, organisation string) bool {
	return v.Is(member.RoleLead, member.RoleAdministrator) || v.SignedIn() && v.Organisation() == organisation
}

// Fewest is the smallest number of referrals that is told; below it nobody is to be guessed from a count.
const Fewest = 5

// Count is a number with what it counts.
type Count struct {
	Of string
	N  int
}

// Says is the number, unless it is small.
func (c Count) Says() string {
	if c.N < Fewest {
		return fmt.Sprintf("Fewer than %d", Fewest)
	}
	return fmt.Sprint(c.N)
}

// Referrals counts those of an organisation since a day by one of "day", "carer" and "place", the newest day first.
func Referrals(app core.App, organisation, by string, since time.Time) ([]Count, error) {
	if by != "day" && by != "carer" && by != "place" {
		return nil, fmt.Errorf("spread: referrals are not counted by %q", by)
	}
	var rows []struct {
		Of string `db:"of"`
		N  int    `db:"n"`
	}
	err := app.DB().Select(by+" AS of", "SUM([[n]]) AS n").From("referrals").
		Where(dbx.HashExp{"organisation": organisation}).AndWhere(dbx.NewExp("[[day]] >= {:since}", dbx.Params{"since": since.Format(time.DateOnly)})).
		GroupBy(by).OrderBy(by + " DESC").All(&rows)
	counts := make([]Count, len(rows))
	for i, r := range rows {
		counts[i] = Count{r.Of, r.N}
	}
	return counts, err
}

// KeepReferrals is for how many days counts are kept.
const KeepReferrals = 730

// DropOldReferrals lets old counts go, at most limit, and says how many.
func DropOldReferrals(app core.App, limit int) (int, error) {
	before := time.Now().AddDate(0, 0, -KeepReferrals).Format(time.DateOnly)
	done, err := app.DB().NewQuery("DELETE FROM {{referrals}} WHERE [[id]] IN (SELECT [[id]] FROM {{referrals}} WHERE [[day]] < {:before} LIMIT {:limit})").
		Bind(dbx.Params{"before": before, "limit": limit}).Execute()
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	return int(n), err
}
