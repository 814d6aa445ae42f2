package journal

import (
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Filter narrows the journal. What is empty does not narrow.
type Filter struct {
	Actor    string
	Verbs    []string
	Subjects []string
	About    string // the id of what a row is about, or of what that belongs to
	Space    string
	From, To time.Time // To is not in it
	Before   int64     // only rows with a smaller number: the next page
}

// Find returns the newest rows of a filter, at most limit. Each way to a row (each verb, each kind of thing, as record or
// as parent) is one walk along an index from its newest end, and the walks are merged: a journal of a million rows answers
// as fast as one of a thousand.
func Find(app core.App, f Filter, limit int) ([]Row, error) {
	common, values, none, err := f.common(app)
	if err != nil || none {
		return nil, err
	}
	values["limit"] = limit
	var walks []string
	for _, way := range f.ways(values) {
		walks = append(walks, "SELECT * FROM (SELECT "+columns+" FROM {{journal}} WHERE "+strings.Join(append(way, common...), " AND ")+" ORDER BY [[seq]] DESC LIMIT {:limit})")
	}
	var rows []Row
	err = app.DB().NewQuery(strings.Join(walks, " UNION ") + " ORDER BY [[seq]] DESC LIMIT {:limit}").Bind(values).All(&rows)
	return rows, err
}

// common are the conditions of every walk.
func (f Filter) common(app core.App) (conditions []string, values dbx.Params, none bool, err error) {
	conditions, values = []string{"[[seq]] < {:before}"}, dbx.Params{"before": int64(1) << 62}
	if f.Before > 0 {
		values["before"] = f.Before
	}
	for column, value := range map[string]string{"actor": f.Actor, "space": f.Space} {
		if value != "" {
			conditions = append(conditions, "[["+column+"]] = {:"+column+"}")
			values[column] = value
		}
	}
	// Days become numbers first: the journal is in the order of its numbers.
	for _, end := range []struct {
		at                      time.Time
		name, when, order, than string
	}{{f.From, "from", "[[at]] >= {:from}", "[[at]], [[seq]]", ">="}, {f.To, "to", "[[at]] < {:to}", "[[at]] DESC, [[seq]] DESC", "<="}} {
		if end.at.IsZero() {
			continue
		}
		var seqs []int64
		values[end.name] = end.at.UTC().Format("2006-01-02T15:04:05")
		err := app.DB().NewQuery("SELECT [[seq]] FROM {{journal}} WHERE " + end.when + " ORDER BY " + end.order + " LIMIT 1").
			Bind(dbx.Params{end.name: values[end.name]}).Column(&seqs)
		if err != nil || len(seqs) == 0 {
			return nil, nil, true, err
		}
		values[end.name] = seqs[0]
		conditions = append(conditions, "[[seq]] "+end.than+" {:"+end.name+"}")
	}
	return conditions, values, false, nil
}

// ways lists the walks: one for each verb, kind and way of being about something.
func (f Filter) ways(values dbx.Params) [][]string {
	ways := [][]string{nil}
	each := func(column string, wanted []string) {
		if len(wanted) == 0 {
			return
		}
		var next [][]string
		for i, value := range wanted {
			name := column + string(rune('a'+i))
			values[name] = value
			for _, way := range ways {
				next = append(next, append(append([]string{}, way...), "[["+column+"]] = {:"+name+"}"))
			}
		}
		ways = next
	}
	each("verb", f.Verbs)
	each("subject", f.Subjects)
	if f.About != "" {
		values["about"] = f.About
		var next [][]string
		for _, way := range ways {
			for _, column := range []string{"record", "parent"} {
				next = append(next, append(append([]string{}, way...), "[["+column+"]] = {:about}"))
			}
		}
		ways = next
	}
	return ways
}
