package member

import (
	"fmt"
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
)

// Setting is one thing that administrators decide in the pages. What the environment decides stands in hub.Config.
type Setting struct {
	Key, Label, Means string
	Kind              string // switch, words, mailbox or days
	Standard          string
	Least, Most       int // for days
}

// Keys of settings.
const (
	ReadOnly       = "read_only"
	ReadOnlyReason = "read_only_reason"
	JoinByAsking   = "join_by_asking"
	JoinByDomain   = "join_by_domain"
	DutyMailbox    = "duty_mailbox"
	HubName        = "hub_name"
	OfflineCopies  = "offline_copies"
	Terms          = "terms_version"
	KeepJournal    = "keep_journal_days"
	KeepOutbox     = "keep_outbox_days"
	KeepRequests   = "keep_requests_days"
	KeepFlags      = "keep_flags_days"
	KeepDrafts     = "keep_drafts_days"
)

// AllSettings lists every setting in the order of its page.
var AllSettings = []Setting{
	{Key: ReadOnly, Label: "Read-only", Kind: "switch", Standard: "no", Means: "Everybody can read as before. Nobody can write, join or change anything but this page, for a move or an incident."},
	{Key: ReadOnlyReason, Label: "Why, and until when", Kind: "words", Means: "Shown to people who try to write while the hub is read-only."},
	{Key: HubName, Label: "Name of the hub", Kind: "words", Standard: "Commonplace", Means: "Stands in mails, as in “An invitation to Commonplace”."},
	{Key: OfflineCopies, Label: "The handbook can be saved to phones", Kind: "switch", Standard: "yes", Means: "Off, nobody can save it, and phones that have saved it forget it when they next have signal."},
	{Key: JoinByAsking, Label: "People may ask to join", Kind: "switch", Standard: "yes", Means: "A moderator decides. Off, the page says how to be invited."},
	{Key: JoinByDomain, Label: "Approved domains may join at once", Kind: "switch", Standard: "yes", Means: "Whoever shows that they read mail at an approved domain becomes a member of its organisation."},
	{Key: Terms, Label: "Version of the terms", Kind: "words", Standard: "2026-11", Means: "Change it when the terms change: everybody sees them again at the next sign-in."},
	{Key: DutyMailbox, Label: "Mailbox for reports of harm", Kind: "mailbox", Means: "Reports of harm go here at once. Without it they go to every administrator."},
	{Key: KeepJournal, Label: "Audit trail", Kind: "days", Standard: "1095", Least: 365, Most: 3650, Means: "Who did what. The database itself refuses to drop rows younger than a year."},
	{Key: KeepOutbox, Label: "Mail that was sent", Kind: "days", Standard: "30", Least: 1, Most: 365, Means: "To whom, when and about what. The words of a mail go as soon as it has been sent."},
	{Key: KeepRequests, Label: "Requests to join and old invitations", Kind: "days", Standard: "180", Least: 28, Most: 1095, Means: "Counted from the decision, or from the day on which the invitation ran out."},
	{Key: KeepFlags, Label: "Reports that were dealt with", Kind: "days", Standard: "730", Least: 90, Most: 3650, Means: "Counted from the day of the outcome."},
	{Key: KeepDrafts, Label: "Drafts that nobody touches", Kind: "days", Standard: "730", Least: 90, Most: 3650, Means: "Drafts that were never published; their writers are told 30 days before."},
}

func settingNamed(key string) (Setting, bool) {
	i := slices.IndexFunc(AllSettings, func(s Setting) bool { return s.Key == key })
	if i < 0 {
		return Setting{}, false
	}
	return AllSettings[i], true
}

// check refuses a value that the setting cannot have.
func (s Setting) check(value string) error {
	switch s.Kind {
	case "switch":
		if value != "yes" && value != "no" {
			return fmt.Errorf("%s is yes or no", s.Label)
		}
	case "mailbox":
		if a, err := mail.ParseAddress(value); value != "" && (err != nil || a.Address != value) {
			return fmt.Errorf("%s must be one e-mail address", s.Label)
		}
	case "days":
		if n, err := strconv.Atoi(value); err != nil || n < s.Least || n > s.Most {
			return fmt.Errorf("%s must be a number of days from %d to %d", s.Label, s.Least, s.Most)
		}
	default:
		if strings.ContainsAny(value, "\r\n") {
			return fmt.Errorf("%s must be one line", s.Label)
		}
	}
	return nil
}

// Settings holds the value of each setting by its key.
type Settings map[string]string

// SettingsOf returns every setting's value, its default where nobody decided.
func SettingsOf(app core.App) (Settings, error) {
	var rows []struct {
		Key   string `db:"key"`
		Value string `db:"value"`
	}
	err := app.DB().Select("key", "value").From("hub_settings").All(&rows)
	values := Settings{}
	for _, s := range AllSettings {
		values[s.Key] = s.Standard
	}
	for _, r := range rows {
		values[r.Key] = r.Value
	}
	return values, err
}

// On says whether a switch is on.
func (s Settings) On(key string) bool { return s[key] == "yes" }

// Days is a setting that counts days.
func (s Settings) Days(key string) int {
	n, err := strconv.Atoi(s[key])
	if set, ok := settingNamed(key); err != nil && ok {
		n, _ = strconv.Atoi(set.Standard)
	}
	return n
}

// Set decides a setting; by is the person who does. What it cannot be is refused with validation.Errors under its key.
func Set(app core.App, by, key, value string) error {
	r, err := app.FindFirstRecordByFilter("hub_settings", "key = {:key}", dbx.Params{"key": key})
	if err != nil {
		c, err := app.FindCachedCollectionByNameOrId("hub_settings")
		if err != nil {
			return err
		}
		r = core.NewRecord(c)
		r.Set("key", key)
	}
	if !r.IsNew() && r.GetString("value") == value {
		return nil
	}
	r.Set("value", value)
	return saveBy(app, r, by)
}

// bindSettings refuses values that no setting can have, whoever writes them.
func bindSettings(app core.App) {
	app.OnRecordValidate("hub_settings").BindFunc(func(e *core.RecordEvent) error {
		key := e.Record.GetString("key")
		s, ok := settingNamed(key)
		if !ok {
			return validation.Errors{"key": validation.NewError("unknown_setting", "There is no such setting.")}
		}
		if err := s.check(e.Record.GetString("value")); err != nil {
			return validation.Errors{key: validation.NewError("bad_setting", err.Error()+".")}
		}
		return e.Next()
	})
}

// Writable is nil unless the hub is read-only; then it is the answer to who tries to write.
func Writable(app core.App) error {
	settings, err := SettingsOf(app)
	if err != nil || !settings.On(ReadOnly) {
		return err
	}
	words := "The hub is read-only at the moment."
	if why := settings[ReadOnlyReason]; why != "" {
		words += " " + why
	}
	return router.NewApiError(http.StatusServiceUnavailable, words, nil)
}

// bindReadOnly refuses what REST would write while the hub is read-only. Operators may go on.
func bindReadOnly(app core.App) {
	refuse := func(e *core.RecordRequestEvent) error {
		if e.HasSuperuserAuth() {
			return e.Next()
		}
		if err := Writable(e.App); err != nil {
			return err
		}
		return e.Next()
	}
	app.OnRecordCreateRequest().BindFunc(refuse)
	app.OnRecordUpdateRequest().BindFunc(refuse)
	app.OnRecordDeleteRequest().BindFunc(refuse)
}
