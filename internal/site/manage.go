package site

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// Checkup is what one check of the hub's health says.
type Checkup struct{ Name, State, Says string } // State is ok, warn or fail

// administrators lets nobody else in; for others these pages are not there.
func administrators(e *core.RequestEvent) error {
	if !viewer(e).Is(member.RoleAdministrator) {
		return notFound(e)
	}
	return e.Next()
}

// manageCrumbs lead back from a page of the administration.
var manageCrumbs = []Link{{"Manage", "/manage"}}

// manageEntry is one thing to look after, and how many of it wait.
type manageEntry struct {
	Link
	Means string
	Waits int
	What  string // waits for what, in words after the number
}

type manageView struct {
	Groups   []manageGroup
	ReadOnly bool
}

type manageGroup struct {
	Title   string
	Entries []manageEntry
}

// allowed says which pages of the administration others than administrators may open.
func allowed(v *member.Viewer) map[string]bool {
	return map[string]bool{
		"/manage/overview": seesOverview(v), "/manage/invitations": v.Is(member.RoleLead), "/manage/requests": v.MayAdmit(), "/moderate": v.Moderates(),
		"/manage/programmes": member.MayManage(v, "programmes"), "/manage/groups": member.MayManage(v, "groups"),
		"/manage/figures": member.MayManage(v, "figures"), "/manage/freshness": v.Is(member.RoleLead), "/manage/alike": v.Is(member.RoleLead), "/manage/words": v.Is(member.RoleLead),
	}
}

// mayManage says whether the viewer may open any page of the administration.
func mayManage(v *member.Viewer) bool {
	if v.Is(member.RoleAdministrator) {
		return true
	}
	for page, may := range allowed(v) {
		if may && page != "/moderate" { // which has its own place in the header
			return true
		}
	}
	return false
}

// narrow leaves what the viewer may open.
func (v *manageView) narrow(who *member.Viewer) {
	if who.Is(member.RoleAdministrator) {
		return
	}
	may := allowed(who)
	for i := range v.Groups {
		v.Groups[i].Entries = slices.DeleteFunc(v.Groups[i].Entries, func(e manageEntry) bool { return !may[e.URL] })
	}
	v.Groups = slices.DeleteFunc(v.Groups, func(g manageGroup) bool { return len(g.Entries) == 0 })
}

// manage is the door to everything that administrators look after, and to the part of it that leads and moderators do.
func (s *Site) manage(e *core.RequestEvent) error {
	if !mayManage(viewer(e)) {
		return notFound(e)
	}
	settings, err := member.SettingsOf(s.app)
	if err != nil {
		return err
	}
	waits, err := s.waiting()
	if err != nil {
		return err
	}
	v := manageView{ReadOnly: settings.On(member.ReadOnly), Groups: []manageGroup{
		{"The work", []manageEntry{
			{Link: Link{"Where things stand", "/manage/overview"}, Means: "What is late, has no data, has spread, is overdue and is asked for."},
		}},
		{"People", []manageEntry{
			{Link: Link{"People", "/manage/people"}, Means: "Who has an account, with which role, in which spaces."},
			{Link: Link{"Invitations", "/manage/invitations"}, Means: "Invite one person or a whole list; what became of it.", Waits: waits["invitations"], What: "open"},
			{Link: Link{"Requests to join", "/manage/requests"}, Means: "Who asked to be let in.", Waits: waits["requests"], What: "waiting"},
			{Link: Link{"Approved domains", "/manage/domains"}, Means: "Whose mailboxes may join at once."},
		}},
		{"Partners and places", []manageEntry{
			{Link: Link{"Partners", "/manage/partners"}, Means: "Organisations: what they are, who to ask. Merge two that are one."},
			{Link: Link{"Places", "/manage/places"}, Means: "Where people live, with partnership, councils and NHS area."},
			{Link: Link{"Programmes", "/manage/programmes"}, Means: "The work that partners do together."},
			{Link: Link{"Boards and forums", "/manage/groups"}, Means: "Who decides, and what they decided."},
			{Link: Link{"What has to be checked", "/manage/freshness"}, Means: "Pages that are overdue, due soon, or need an owner."},
			{Link: Link{"Two pages on one subject", "/manage/alike"}, Means: "Pages of two partners that look alike, side by side: keep both, or ask for one."},
			{Link: Link{"Figures", "/manage/figures"}, Means: "Every number that pages quote: change one, and its pages ask to be checked."},
			{Link: Link{"Words for sorting", "/manage/topics"}, Means: "Audiences, topics and chapters: rename, add, put in order."},
			{Link: Link{"Words that mean the same", "/manage/words"}, Means: "What the search takes for one: respite and short breaks."},
		}},
		{"Who can see what", []manageEntry{
			{Link: Link{"Moderation", "/moderate"}, Means: "What readers reported.", Waits: waits["flags"], What: "to look at"},
			{Link: Link{"Spaces", "/manage/spaces"}, Means: "Every working group with its level, its owners and what is in it."},
			{Link: Link{"Who can see what", "/manage/review"}, Means: "The review of the whole hub: by space, by person, and what has changed since a day."},
			{Link: Link{"Audit trail", "/manage/audit"}, Means: "Who did what and when: rights, sign-ins and downloads too."},
		}},
		{"The hub", []manageEntry{
			{Link: Link{"Settings", "/manage/settings"}, Means: "What this hub does, each with what it means. Read-only, too."},
			{Link: Link{"Mail", "/manage/mail"}, Means: "What went out, what waits, and a test.", Waits: waits["mail"], What: "failed"},
			{Link: Link{"Take everything out", "/manage/take-out"}, Means: "An archive of pages, discussions, lists and files that opens without this hub."},
			{Link: Link{"Health", "/manage/health"}, Means: "Whether disk, clock, mail, search and backups are well."},
		}},
	}}
	v.narrow(viewer(e))
	return render(s, e, http.StatusOK, "manage", Page{Title: "Manage", NoIndex: true}, v)
}

// waiting counts what an administrator is waited for.
func (s *Site) waiting() (map[string]int, error) {
	now := time.Now().UTC().Format("2006-01-02 15:04:05.000Z")
	waits := map[string]int{}
	for name, q := range map[string]*dbx.SelectQuery{
		"invitations": s.app.DB().Select("COUNT(*)").From("invitations").Where(dbx.NewExp("[[accepted]] = '' AND [[revoked]] = '' AND [[expires]] > {:now}", dbx.Params{"now": now})),
		"requests":    s.app.DB().Select("COUNT(*)").From("join_requests").Where(dbx.HashExp{"state": "pending", "space": ""}),
		"flags":       s.app.DB().Select("COUNT(*)").From("flags").Where(dbx.HashExp{"state": "open"}),
		"mail":        s.app.DB().Select("COUNT(*)").From("outbox").Where(dbx.HashExp{"state": notify.Failed}),
	} {
		var n int
		if err := q.Row(&n); err != nil {
			return nil, err
		}
		waits[name] = n
	}
	return waits, nil
}

// settingView is one setting on its form.
type settingView struct {
	member.Setting
	Value   string
	Choices []Choice // for a switch
	Error   string
}

type settingsView struct {
	Hub, Joining, Keeping []settingView
	Errors                fieldErrors
	Saved                 bool
}

func (s *Site) settingsForm(e *core.RequestEvent) error {
	values, err := member.SettingsOf(s.app)
	if err != nil {
		return err
	}
	return s.showSettings(e, http.StatusOK, values, nil)
}

func (s *Site) showSettings(e *core.RequestEvent, status int, values member.Settings, faults fieldErrors) error {
	v := settingsView{Errors: faults, Saved: e.Request.URL.Query().Has("saved")}
	for _, set := range member.AllSettings {
		view := settingView{Setting: set, Value: values[set.Key], Error: faults.For(set.Key)}
		if set.Kind == "switch" {
			view.Choices = []Choice{{Value: "yes", Title: "Yes", Chosen: view.Value == "yes"}, {Value: "no", Title: "No", Chosen: view.Value != "yes"}}
		}
		switch {
		case set.Kind == "days":
			v.Keeping = append(v.Keeping, view)
		case strings.HasPrefix(set.Key, "join_") || set.Key == member.Terms:
			v.Joining = append(v.Joining, view)
		default:
			v.Hub = append(v.Hub, view)
		}
	}
	return render(s, e, status, "settings", Page{Title: "Settings", Crumbs: manageCrumbs, NoIndex: true}, v)
}

// settingsSave takes all settings or none.
func (s *Site) settingsSave(e *core.RequestEvent) error {
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("", err)
	}
	values, faults := member.Settings{}, validation.Errors{}
	err := s.app.RunInTransaction(func(tx core.App) error {
		for _, set := range member.AllSettings {
			if !e.Request.PostForm.Has(set.Key) {
				continue
			}
			values[set.Key] = strings.TrimSpace(e.Request.PostForm.Get(set.Key))
			if err := member.Set(tx, viewer(e).ID(), set.Key, values[set.Key]); err != nil {
				named, is := err.(validation.Errors)
				if !is {
					return err
				}
				for field, fault := range named {
					faults[field] = fault
				}
			}
		}
		return faults.Filter()
	})
	if len(faults) > 0 {
		return s.showSettings(e, http.StatusUnprocessableEntity, values, faultsOf(faults))
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/manage/settings?saved")
}

// readOnly refuses to write while the hub is read-only. Signing in and out goes on, and so do the settings.
func (s *Site) readOnly(e *core.RequestEvent) error {
	path := e.Request.URL.Path
	if e.Request.Method == http.MethodGet || e.Request.Method == http.MethodHead || path == "/sign-in" || strings.HasPrefix(path, "/sign-in/") ||
		path == "/sign-out" || path == "/manage/settings" || path == "/-/preview" || path == "/-/plain" || path == "/-/paste" {
		return nil
	}
	return member.Writable(s.app)
}

// mailRow is a mail in the list.
type mailRow struct {
	ID      string `db:"id"`
	State   string `db:"state"`
	To      string `db:"to"`
	Kind    string `db:"kind"`
	Subject string `db:"subject"`
	Error   string `db:"error"`
	Created string `db:"created"`
	Tries   int    `db:"tries"`
	Text    string `db:"text"`
}

// At is when the mail was written.
func (m mailRow) At() time.Time {
	t, _ := time.Parse("2006-01-02 15:04:05.000Z", m.Created)
	return t
}

// Failed says whether an administrator may send it again.
func (m mailRow) Failed() bool { return m.State == notify.Failed }

type mailView struct {
	Server string // "" when none is set
	From   string
	Counts []manageEntry
	Rows   []mailRow
	Tested bool
	Words  bool // the demonstration shows what nobody is sent
}

// shownMails is how many of the newest mails are listed.
const shownMails = 50

func (s *Site) mailPage(e *core.RequestEvent) error {
	set := s.app.Settings()
	v := mailView{From: set.Meta.SenderAddress, Tested: e.Request.URL.Query().Has("tested"), Words: s.o.Demo}
	if set.SMTP.Enabled {
		v.Server = fmt.Sprintf("%s, port %d", set.SMTP.Host, set.SMTP.Port)
	}
	counts, err := s.o.Mail.Count()
	if err != nil {
		return err
	}
	for _, state := range []struct{ name, means string }{
		{notify.Waiting, "waiting"}, {notify.Sent, "sent"}, {notify.Failed, "failed"}, {notify.Dropped, "not sent any more"},
	} {
		v.Counts = append(v.Counts, manageEntry{Waits: counts[state.name], What: state.means})
	}
	columns := []string{"id", "state", "to", "kind", "subject", "error", "created", "tries"}
	if v.Words {
		columns = append(columns, "text")
	}
	err = s.app.DB().Select(columns...).From("outbox").OrderBy("created DESC", "rowid DESC").Limit(shownMails).All(&v.Rows)
	if err != nil {
		return err
	}
	return render(s, e, http.StatusOK, "mail", Page{Title: "Mail", Crumbs: manageCrumbs, NoIndex: true}, v)
}

// mailTest writes a mail to the administrator who asks.
func (s *Site) mailTest(e *core.RequestEvent) error {
	v := viewer(e)
	err := s.o.Mail.Put(s.app, notify.Mail{
		Key: "test:" + v.ID() + ":" + time.Now().UTC().Format(time.RFC3339), To: v.User().GetString("email"), Person: v.ID(), Kind: "test",
		Expires: time.Now().Add(time.Hour),
	})
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/manage/mail?tested")
}

// mailAgain puts a failed mail back.
func (s *Site) mailAgain(e *core.RequestEvent) error {
	if err := s.o.Mail.Again(e.Request.PathValue("id")); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/manage/mail")
}

type healthView struct {
	Checks []Checkup
	Worst  string
}

func (s *Site) health(e *core.RequestEvent) error {
	v := healthView{Checks: s.o.Health(), Worst: "ok"}
	for _, c := range v.Checks {
		if c.State == "fail" || c.State == "warn" && v.Worst == "ok" {
			v.Worst = c.State
		}
	}
	return render(s, e, http.StatusOK, "health", Page{Title: "Health", Crumbs: manageCrumbs, NoIndex: true}, v)
}
