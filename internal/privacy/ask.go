package privacy

import (
	"github.com/pocketbase/pocketbase/core"
)

// Ask looks a record through as it is going to be, before somebody else is asked to bring it out: whoever wrote it decides, and
// not the one who approves it. The record is not saved. What was decided to stay is remembered for it; what was decided to go
// is out of its words, and changed says that there was something.
func Ask(tx core.App, r *core.Record) (changed bool, err error) {
	if open, err := public(tx, r); !open || err != nil {
		return false, err
	}
	found, err := Look(tx, r)
	if err != nil || len(found) == 0 {
		return false, err
	}
	decided, err := decisionsFor(tx, r)
	if err != nil {
		return false, err
	}
	undecided, used := apply(r, found, decided)
	if len(undecided) > 0 {
		return false, &Refusal{collection: r.Collection().Name, record: idOf(r), passages: undecided}
	}
	for _, p := range found {
		changed = changed || decided[p.Sum].Decision == Change
	}
	r.SetRaw(usedKey, used)
	return changed, settle(tx, r)
}
