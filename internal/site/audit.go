package site

import (
	"database/sql"
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// auditAddress is where administrators read what happened.
const auditAddress = "/manage/audit"

const (
	auditPerPage = 50
	auditInCSV   = 100_000
)

type auditView struct {
	Errors          fieldErrors
	By, About       string
	What, Kind      []Choice
	Spaces          []Choice
	From, To        string
	Rows            []auditRow
	Narrowed        bool
	Newer, Older    *Link
	CSV             string
	Seen, Rights, R string // ready-made questions: who saw what, who may do what, what went in its time
}

// auditRow is one thing that happened, in words.
type auditRow struct {
	Seq           int64
	At            time.Time
	Who, Says     string
	WhoURL, About string
}

// auditVerbs are what one can ask for, in the order of the form.
var auditVerbs = []struct {
	value, title string
	verbs        []string
}{
	{"create", "Made or started", []string{"create"}}, {"update", "Changed", []string{"update"}}, {"delete", "Deleted or removed", []string{"delete", "remove"}},
	{"publish", "Published", []string{"publish"}}, {"withdraw", "Withdrawn", []string{"withdraw"}},
	{"sign-in", "Signed in", []string{journal.SignIn, "create"}}, {"sign-in-failed", "Sign-in that failed", []string{journal.SignInFailed}},
	{"download", "Downloaded", []string{journal.Download}}, {"view", "Looked at the audit trail", []string{journal.View}},
	{"erase", "Erased", []string{"erase"}}, {"drop", "Went because its time was over", []string{"drop"}},
}

// auditKinds are the kinds of things, in the order of the form.
var auditKinds = []struct {
	value, title string
	subjects     []string
}{
	{"access", "Sign-ins, downloads and looks", []string{journal.Access, "sessions"}},
	{"memberships", "Who belongs to a space", []string{"memberships"}}, {"users", "People", []string{"users"}},
	{"spaces", "Spaces", []string{"spaces"}}, {"documents", "Documents", []string{"documents"}}, {"threads", "Discussions", []string{"threads"}},
	{"posts", "Posts", []string{"posts"}}, {"adoptions", "Adoptions", []string{"adoptions"}}, {"events", "Events", []string{"events"}},
	{"flags", "Reports and moderation", []string{"flags", "moderations"}},
	{"invitations", "Invitations and requests to join", []string{"invitations", "join_requests", "approved_domains"}},
	{"organisations", "Partners, places, programmes, groups", []string{"organisations", "places", "programmes", "groups", "decisions"}},
	{"hub_settings", "Settings", []string{"hub_settings"}},
	{"command", "Commands and retention", []string{journal.Command, journal.Retention, "index"}},
}

// audit shows administrators what happened, and notes that they looked.
func (s *Site) audit(e *core.RequestEvent) error {
	v, f, err := s.auditAsked(e)
	if err != nil {
		return err
	}
	p := Page{Title: "Audit trail", NoIndex: true, Crumbs: manageCrumbs}
	if v.Errors != nil {
		return render(s, e, http.StatusUnprocessableEntity, "audit", p, v)
	}
	rows, err := journal.Find(s.app, f, auditPerPage+1)
	if err != nil {
		return err
	}
	q := e.Request.URL.Query()
	if len(rows) > auditPerPage {
		rows = rows[:auditPerPage]
		v.Older = &Link{"Older", auditAddress + with(q, "before", strconv.FormatInt(rows[auditPerPage-1].Seq, 10))}
	}
	if f.Before > 0 {
		v.Newer = &Link{"The newest", auditAddress + with(q, "before", "")}
	}
	if v.Rows, err = s.inWords(rows); err != nil {
		return err
	}
	looked := journal.Row{Actor: viewer(e).ID(), Subject: journal.Access, Verb: journal.View, Record: f.Actor, Data: journal.Said(map[string]any{"what": "audit"})}
	if err := journal.Note(s.app, looked); err != nil {
		return err
	}
	return render(s, e, http.StatusOK, "audit", p, v)
}

// auditCSV is the same as a table to keep.
func (s *Site) auditCSV(e *core.RequestEvent) error {
	v, f, err := s.auditAsked(e)
	if err != nil {
		return err
	}
	if v.Errors != nil {
		return e.BadRequestError(v.Errors.first(), nil)
	}
	h := e.Response.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="audit.csv"`)
	h.Set("Cache-Control", "no-store")
	w := csv.NewWriter(e.Response)
	w.Write([]string{"number", "when", "who", "who_id", "what", "kind", "verb", "record", "belongs_to", "space", "data", "sum"})
	written := 0
	for written < auditInCSV {
		rows, err := journal.Find(s.app, f, 1000)
		if err != nil {
			return err
		}
		words, err := s.inWords(rows)
		if err != nil {
			return err
		}
		for i, r := range rows {
			cells := []string{strconv.FormatInt(r.Seq, 10), r.At, words[i].Who, r.Actor, words[i].Says, r.Subject, r.Verb, r.Record, r.Parent, r.Space, string(r.Data), r.Sum}
			for c := range cells {
				cells[c] = notFormula(tidy(cells[c]))
			}
			w.Write(cells)
		}
		written += len(rows)
		if len(rows) < 1000 {
			break
		}
		f.Before = rows[len(rows)-1].Seq
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return member.Took(s.app, viewer(e), "audit", written)
}

// auditAsked reads what an administrator asks for.
func (s *Site) auditAsked(e *core.RequestEvent) (auditView, journal.Filter, error) {
	q := e.Request.URL.Query()
	v := auditView{By: strings.TrimSpace(q.Get("by")), About: strings.TrimSpace(q.Get("about")), From: q.Get("from"), To: q.Get("to"),
		CSV: auditAddress + ".csv" + with(q, "before", ""), Seen: auditAddress + "?kind=access", Rights: auditAddress + "?kind=memberships", R: auditAddress + "?kind=command"}
	f := journal.Filter{Space: q.Get("space")}
	f.Before, _ = strconv.ParseInt(q.Get("before"), 10, 64)
	for _, c := range auditVerbs {
		v.What = append(v.What, Choice{Value: c.value, Title: c.title, Chosen: c.value == q.Get("what")})
		if c.value == q.Get("what") {
			f.Verbs = c.verbs
		}
	}
	for _, c := range auditKinds {
		v.Kind = append(v.Kind, Choice{Value: c.value, Title: c.title, Chosen: c.value == q.Get("kind")})
		if c.value == q.Get("kind") {
			f.Subjects = c.subjects
		}
	}
	if q.Get("what") == "sign-in" {
		f.Subjects = []string{journal.Access, "sessions"}
	}
	var err error
	if f.Actor, err = s.whoIsMeant(v.By, &v.Errors, "by"); err != nil {
		return v, f, err
	}
	if f.About, err = s.whatIsMeant(v.About); err != nil {
		return v, f, err
	}
	f.From = auditDay(v.From, 0, &v.Errors, "from")
	f.To = auditDay(v.To, 1, &v.Errors, "to")
	spaces, err := member.ListedSpaces(s.app, viewer(e))
	for _, sp := range spaces {
		v.Spaces = append(v.Spaces, Choice{Value: sp.Id, Title: sp.Title(), Chosen: sp.Id == f.Space})
	}
	v.Narrowed = f.Actor+f.About+f.Space+v.From+v.To != "" || len(f.Verbs)+len(f.Subjects) > 0
	return v, f, err
}

// auditDay reads a day as the people of the hub count it.
func auditDay(text string, add int, faults *fieldErrors, field string) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation(time.DateOnly, text, london)
	if err != nil {
		*faults = append(*faults, fieldError{field, "Write the day as a date, such as 2026-11-22"})
		return time.Time{}
	}
	return t.AddDate(0, 0, add)
}

// whoIsMeant finds the person of an id, an e-mail address or a name. Operators and commands are named as they stand in
// the journal.
func (s *Site) whoIsMeant(text string, faults *fieldErrors, field string) (string, error) {
	if text == "" || strings.HasPrefix(text, "operator:") || strings.HasPrefix(text, "command ") || text == journal.Retention {
		return text, nil
	}
	ids, err := s.peopleCalled(text)
	switch {
	case err != nil:
		return "", err
	case len(ids) == 0:
		*faults = append(*faults, fieldError{field, "Nobody here has this name, e-mail address or number"})
		return "", nil
	case len(ids) > 1:
		*faults = append(*faults, fieldError{field, "More than one person has this name. Use the e-mail address"})
		return "", nil
	}
	return ids[0], nil
}

// whatIsMeant is a person, or else the id of anything.
func (s *Site) whatIsMeant(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	ids, err := s.peopleCalled(text)
	if err == nil && len(ids) == 1 {
		return ids[0], nil
	}
	return text, err
}

func (s *Site) peopleCalled(text string) ([]string, error) {
	var ids []string
	err := s.app.DB().Select("id").From("users").
		Where(dbx.Or(dbx.HashExp{"id": text}, dbx.NewExp("[[email]] = {:text} COLLATE NOCASE OR [[name]] = {:text} COLLATE NOCASE", dbx.Params{"text": text}))).
		Limit(2).Column(&ids)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return ids, err
}

// inWords says what rows mean, with the names that things have now.
func (s *Site) inWords(rows []journal.Row) ([]auditRow, error) {
	n := auditNames{"users": {}, "spaces": {}, "documents": {}, "threads": {}}
	for _, r := range rows {
		n.want(r)
	}
	if err := n.read(s.app); err != nil {
		return nil, err
	}
	words := make([]auditRow, len(rows))
	for i, r := range rows {
		at, _ := time.Parse(time.RFC3339Nano, r.At)
		words[i] = auditRow{Seq: r.Seq, At: at, Who: n.who(r), Says: n.says(r)}
		if r.Actor != "" {
			words[i].WhoURL = auditAddress + "?by=" + url.QueryEscape(r.Actor)
		}
		if r.Record != "" {
			words[i].About = auditAddress + "?about=" + url.QueryEscape(r.Record)
		}
	}
	return words, nil
}

// tidy makes one line of what people typed, without anything that a terminal, or the eye, takes for something else.
func tidy(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 || slices.Contains(turning, r)
	}), " ")
}

// turning are characters that change the direction of what stands behind them, or hide it.
var turning = []rune{0x061c, 0x200b, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0xfeff}
