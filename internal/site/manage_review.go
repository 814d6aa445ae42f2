package site

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// reviewTable is one table of the review, on the page and as a file.
type reviewTable struct {
	Name, Title, Lead string
	Columns           []string
	Rows              []reviewRow
	More              bool // there are more than the page shows
	CSV               string
}

// reviewRow is a row whose first cell leads to the thing.
type reviewRow struct {
	URL   string
	Cells []string
}

type reviewView struct {
	Spaces, Levels []Choice
	Since          string
	Person         *Link
	PersonID       string
	PersonSays     string
	Tables         []reviewTable
	Errors         fieldErrors
}

// shownInReview is how many rows of a table a page shows; the file has all.
const shownInReview = 200

// review is what a review of who sees what is narrowed to, and the names it needs.
type review struct {
	spaces  []managedSpaceRow
	byID    map[string]managedSpaceRow
	library string
	hub     int // members of the hub

	space  string // id, "" for all
	level  string
	person *core.Record
	viewer *member.Viewer // the person's
	since  time.Time
	limit  int // rows of a table, -1 for all
	faults fieldErrors
}

// startReview reads the filters of an address.
func (s *Site) startReview(e *core.RequestEvent, limit int) (*review, error) {
	rows, err := s.everySpace()
	if err != nil {
		return nil, err
	}
	q := e.Request.URL.Query()
	r := &review{spaces: rows, byID: map[string]managedSpaceRow{}, library: viewer(e).Library(), level: q.Get("level"), limit: limit}
	for _, row := range rows {
		r.byID[row.ID] = row
		if row.Slug == q.Get("space") {
			r.space = row.ID
		}
	}
	if id := q.Get("person"); id != "" {
		if r.person, err = s.app.FindRecordById("users", id); err != nil {
			return nil, found(e, err)
		}
		if r.viewer, err = member.For(s.app, r.person); err != nil {
			return nil, err
		}
	}
	if day := q.Get("since"); day != "" {
		if r.since, err = time.ParseInLocation(time.DateOnly, day, london); err != nil {
			r.faults = fieldErrors{{"since", "Write the day as in 2026-10-01."}}
		}
	}
	r.hub, err = member.CountPeople(s.app)
	return r, err
}

// wants says whether a space is among those looked at.
func (r *review) wants(space string) bool {
	row, there := r.byID[space]
	return there && (r.space == "" || r.space == space) && (r.level == "" || row.Level == r.level)
}

// wanted are the ids of the spaces that are looked at.
func (r *review) wanted() []any {
	var ids []any
	for _, row := range r.spaces {
		if r.wants(row.ID) {
			ids = append(ids, row.ID)
		}
	}
	return ids
}

// where restricts a query for documents or threads to what is looked at.
func (r *review) where() dbx.Expression {
	in := dbx.In("space", r.wanted()...)
	if r.viewer == nil {
		return in
	}
	return dbx.And(in, r.viewer.Where(""))
}

// seenBy says in a few words who sees a thing of a state in a space.
func (r *review) seenBy(space, state string) string {
	row := r.byID[space]
	own := counted(row.Members, "person of it", "people of it")
	switch {
	case state == library.Draft || state == library.InReview:
		return "Its writer and those who review in the space"
	case state == thread.Hidden, state == thread.Held:
		return "Those who moderate the space"
	case row.Level == string(member.Open):
		return "Everyone, without signing in"
	case row.Level == string(member.Restricted):
		return "All " + counted(r.hub, "member of the hub", "members of the hub")
	case row.Members == 0:
		return "Administrators only"
	}
	return "The " + own + ", and administrators"
}

func (r *review) spaceTable() reviewTable {
	t := reviewTable{Name: "spaces", Title: "Spaces", Columns: []string{"Space", "Level", "Who can see what is in it", "Owners", "Members", "Documents", "Discussions"}}
	if r.viewer != nil {
		t.Columns = append(t.Columns, "This person")
	}
	for _, row := range r.spaces {
		if !r.wants(row.ID) {
			continue
		}
		owners := make([]string, len(row.Owners))
		for i, o := range row.Owners {
			owners[i] = o.Name
		}
		cells := []string{row.Title, row.LevelWord, r.seenBy(row.ID, library.Published), strings.Join(owners, ", "),
			strconv.Itoa(row.Members), strconv.Itoa(row.Documents), strconv.Itoa(row.Threads)}
		if r.viewer != nil {
			cells = append(cells, rightWords(r.viewer, row))
		}
		t.Rows = append(t.Rows, reviewRow{row.Address(), cells})
	}
	return t
}

// rightWords say what somebody may do in a space.
func rightWords(v *member.Viewer, row managedSpaceRow) string {
	switch right := v.In(row.ID); {
	case right >= member.Owner:
		return "Sees everything, approves and manages"
	case right == member.Editor:
		return "Reads, posts, writes and publishes"
	case right == member.Reader:
		return "Reads and posts"
	case right == member.Look:
		return "Reads"
	case row.Level == string(member.Private) && v.SignedIn():
		return "Knows that it is there"
	}
	return "Nothing"
}

// thingTable lists documents and threads that are not simply out in the library, with who sees each.
func (s *Site) thingTable(r *review) (reviewTable, error) {
	t := reviewTable{Name: "things", Title: "Documents and discussions", Lead: "All that are not in the library, and those in it that are not out.",
		Columns: []string{"Title", "What", "Space", "Level", "State", "Who can see it"}}
	if r.viewer != nil {
		t.Lead += " Only what this person can see."
	}
	limit := int64(r.limit)
	if limit > 0 {
		limit++
	}
	documents, err := library.Apart(s.app, r.library, r.where(), limit)
	if err != nil {
		return t, err
	}
	add := func(address, title, what, space, state string) {
		row := r.byID[space]
		t.Rows = append(t.Rows, reviewRow{address, []string{title, what, row.Title, row.LevelWord, upperFirst(strings.ReplaceAll(state, "-", " ")), r.seenBy(space, state)}})
	}
	for _, d := range documents {
		add(d.Address(), d.Title, upperFirst(d.Kind.Word()), d.Space, d.State)
	}
	threads, err := thread.Apart(s.app, r.library, r.threadsWhere(), limit)
	for _, th := range threads {
		add(th.Address(), th.Title, "Discussion", th.Space, th.State)
	}
	return t, err
}

// threadsWhere is where for threads, whose authors see no more than others.
func (r *review) threadsWhere() dbx.Expression {
	all := *r
	all.viewer = nil
	if r.viewer == nil {
		return all.where()
	}
	return dbx.And(all.where(), r.viewer.Holds(""))
}

// changeTable lists what has changed about who sees and does what.
func (s *Site) changeTable(r *review) (reviewTable, error) {
	t := reviewTable{Name: "changes", Title: "Changes since " + day(r.since), Columns: []string{"What", "When", "By"}}
	limit := int64(r.limit)
	if limit > 0 {
		limit++
	}
	rows, err := journal.Rights(s.app, r.since, limit, r.changesWhere()...)
	if err != nil {
		return t, err
	}
	n, err := s.changeNames(rows)
	if err != nil {
		return t, err
	}
	for _, row := range rows {
		at, _ := time.Parse(time.RFC3339Nano, row.At)
		t.Rows = append(t.Rows, reviewRow{n.address(row), []string{n.says(r, row), at.In(london).Format("2 January 2006, 15:04"), n.by(row.Actor)}})
	}
	return t, nil
}

// changesWhere restricts changes to what is looked at.
func (r *review) changesWhere() []dbx.Expression {
	var where []dbx.Expression
	if r.person != nil {
		where = append(where, journal.OfPerson(r.person.Id))
	}
	if r.space != "" || r.level != "" {
		where = append(where, journal.OfSpaces(r.wanted()))
	}
	return where
}

// changeNames are the names that changes say instead of ids.
type changeNames struct{ people, documents, threads map[string]string }

func (s *Site) changeNames(rows []journal.Row) (*changeNames, error) {
	ids := map[string]map[string]bool{"users": {}, "documents": {}, "threads": {}}
	for _, row := range rows {
		ids["users"][row.Actor] = true
		switch row.Subject {
		case "memberships":
			ids["users"][row.Parent] = true
		case "users", "documents", "threads":
			ids[row.Subject][row.Record] = true
		}
	}
	n := &changeNames{}
	for _, want := range []struct {
		into               *map[string]string
		collection, column string
	}{{&n.people, "users", "name"}, {&n.documents, "documents", "title"}, {&n.threads, "threads", "title"}} {
		names, err := member.NamesOf(s.app, want.collection, want.column, ids[want.collection])
		if err != nil {
			return nil, err
		}
		*want.into = names
	}
	return n, nil
}

func orUnknown(name string) string {
	if name == "" {
		return "Somebody who is gone"
	}
	return name
}

// by is who made a change.
func (n *changeNames) by(actor string) string {
	switch {
	case actor == "":
		return "The hub"
	case strings.HasPrefix(actor, "operator:"):
		return "An operator"
	case n.people[actor] != "":
		return n.people[actor]
	case strings.Contains(actor, " "), len(actor) != 15:
		return upperFirst(actor)
	}
	return orUnknown("")
}

func (n *changeNames) address(row journal.Row) string {
	switch {
	case row.Subject == "threads" && n.threads[row.Record] != "":
		return "/who?thread=" + row.Record
	case row.Subject == "documents" && n.documents[row.Record] != "":
		return "/who?document=" + row.Record
	}
	return ""
}

// says puts a change into words.
func (n *changeNames) says(r *review, row journal.Row) string {
	_, was, now := row.Change()
	space := func(id any) string {
		if sp, there := r.byID[fmt.Sprint(id)]; there {
			return "“" + sp.Title + "”"
		}
		return "a space that is gone"
	}
	level := func(l any) string { return strings.ToLower(member.Level(fmt.Sprint(l)).Word()) }
	switch row.Subject {
	case "memberships":
		return n.membership(row, space(row.Space), was["role"], now["role"])
	case "users":
		return n.account(row, was, now)
	case "documents":
		return fmt.Sprintf("“%s” moved from %s to %s", n.documents[row.Record], space(was["space"]), space(now["space"]))
	case "threads":
		return fmt.Sprintf("The discussion “%s” moved from %s to %s", n.threads[row.Record], space(was["space"]), space(now["space"]))
	}
	switch row.Verb {
	case "create":
		return fmt.Sprintf("The space %s was made: %s", space(row.Record), level(now["level"]))
	case "delete":
		return "A space was deleted: it was " + level(was["level"])
	}
	return fmt.Sprintf("The space %s: from %s to %s", space(row.Record), level(was["level"]), level(now["level"]))
}

func (n *changeNames) membership(row journal.Row, space string, was, now any) string {
	person := orUnknown(n.people[row.Parent])
	switch {
	case row.Verb == "create":
		return fmt.Sprintf("%s came into %s as %v", person, space, now)
	case row.Verb == "update":
		return fmt.Sprintf("%s in %s: from %v to %v", person, space, was, now)
	case row.Actor == row.Parent:
		return fmt.Sprintf("%s left %s, and was %v", person, space, was)
	}
	return fmt.Sprintf("%s was taken out of %s, and was %v", person, space, was)
}

func (n *changeNames) account(row journal.Row, was, now map[string]any) string {
	person := orUnknown(n.people[row.Record])
	var parts []string
	if now["role"] != nil {
		parts = append(parts, fmt.Sprintf("from %v to %v", was["role"], now["role"]))
	}
	switch now["suspended"] {
	case true:
		parts = append(parts, "suspended")
	case false:
		parts = append(parts, "no longer suspended")
	}
	return person + ": " + strings.Join(parts, ", ")
}

// tables makes the tables that the filters ask for.
func (s *Site) tables(r *review, q url.Values) ([]reviewTable, error) {
	things, err := s.thingTable(r)
	if err != nil {
		return nil, err
	}
	list := []reviewTable{r.spaceTable(), things}
	if !r.since.IsZero() {
		changes, err := s.changeTable(r)
		if err != nil {
			return nil, err
		}
		list = append([]reviewTable{changes}, list...)
	}
	for i := range list {
		list[i].CSV = "/manage/review.csv" + with(q, "table", list[i].Name)
		if r.limit > 0 && len(list[i].Rows) > r.limit {
			list[i].Rows, list[i].More = list[i].Rows[:r.limit], true
		}
	}
	return list, nil
}

// manageReview shows who sees what in the whole hub.
func (s *Site) manageReview(e *core.RequestEvent) error {
	r, err := s.startReview(e, shownInReview)
	if err != nil {
		return err
	}
	q := e.Request.URL.Query()
	v := reviewView{Since: q.Get("since"), Errors: r.faults, Levels: []Choice{{Value: "", Title: "All levels"}}, Spaces: []Choice{{Value: "", Title: "All spaces"}}}
	for _, l := range member.Levels {
		v.Levels = append(v.Levels, Choice{Value: string(l.Level), Title: l.Word, Chosen: string(l.Level) == r.level})
	}
	for _, row := range r.spaces {
		v.Spaces = append(v.Spaces, Choice{Value: row.Slug, Title: row.Title, Chosen: row.ID == r.space})
	}
	if r.person != nil {
		v.Person = &Link{r.person.GetString("name"), "/manage/review" + with(q, "person", "")}
		v.PersonID, v.PersonSays = r.person.Id, personSays(r.person)
	}
	if v.Tables, err = s.tables(r, q); err != nil {
		return err
	}
	status := http.StatusOK
	if len(v.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return render(s, e, status, "manage-review", Page{Title: "Who can see what", Crumbs: manageCrumbs, NoIndex: true}, v)
}

// personSays is what somebody is in the hub.
func personSays(u *core.Record) string {
	switch {
	case member.HasLeft(u):
		return "Has left the hub, and sees no more than the public."
	case u.GetBool("suspended"):
		return "Is suspended, and sees no more than the public."
	}
	return roleWords[u.GetString("role")] + " of the hub."
}

// reviewCSV is one table of the review as a file.
func (s *Site) reviewCSV(e *core.RequestEvent) error {
	r, err := s.startReview(e, -1)
	if err != nil {
		return err
	}
	tables, err := s.tables(r, e.Request.URL.Query())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(tables, func(t reviewTable) bool { return t.Name == e.Request.URL.Query().Get("table") })
	if i < 0 {
		return notFound(e)
	}
	if err := journal.Note(s.app, journal.Row{Actor: viewer(e).ID(), Subject: journal.Access, Verb: journal.Download, Record: viewer(e).ID(), Data: journal.Said(map[string]any{"what": "review of " + tables[i].Name, "rows": len(tables[i].Rows)})}); err != nil {
		return err
	}
	h := e.Response.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="review-`+tables[i].Name+`.csv"`)
	h.Set("Cache-Control", "no-store")
	w := csv.NewWriter(e.Response)
	w.Write(tables[i].Columns)
	for _, row := range tables[i].Rows {
		cells := make([]string, len(row.Cells))
		for k, c := range row.Cells {
			cells[k] = notFormula(c)
		}
		w.Write(cells)
	}
	w.Flush()
	return w.Error()
}
