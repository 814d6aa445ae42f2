package member

import (
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// ApprovedDomain is one whose mailboxes may join without being invited. Its own name counts, not those below it.
type ApprovedDomain struct{ core.BaseRecordProxy }

func (d *ApprovedDomain) Domain() string       { return d.GetString("domain") }
func (d *ApprovedDomain) Organisation() string { return d.GetString("organisation") }
func (d *ApprovedDomain) Note() string         { return d.GetString("note") }

// ApprovedDomains lists the approved domains by name.
func ApprovedDomains(app core.App) ([]*ApprovedDomain, error) {
	var ds []*ApprovedDomain
	err := app.RecordQuery("approved_domains").OrderBy("domain").All(&ds)
	return ds, err
}

// ApprovedDomainOf returns the approved domain that an address, as Address returned it, belongs to; nil when it belongs to
// none, or when nobody joins by domain at present.
func ApprovedDomainOf(app core.App, address string) (*ApprovedDomain, error) {
	settings, err := SettingsOf(app)
	if err != nil || !settings.On(JoinByDomain) {
		return nil, err
	}
	d := &ApprovedDomain{}
	err = app.RecordQuery("approved_domains").AndWhere(dbx.HashExp{"domain": DomainOf(address)}).Limit(1).One(d)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return d, err
}

// ApproveDomain lets the mailboxes of a domain join, as people of an organisation.
func ApproveDomain(app core.App, by, domain, organisation, note string) error {
	c, err := app.FindCachedCollectionByNameOrId("approved_domains")
	if err != nil {
		return err
	}
	r := core.NewRecord(c)
	r.Load(map[string]any{"domain": domain, "organisation": organisation, "note": note})
	return saveBy(app, r, by)
}

// anybodys are domains at which anybody can open a mailbox.
var anybodys = strings.Fields(`gmail.com googlemail.com outlook.com outlook.co.uk hotmail.com hotmail.co.uk live.com live.co.uk msn.com
	yahoo.com yahoo.co.uk ymail.com icloud.com me.com mac.com aol.com aol.co.uk btinternet.com sky.com virginmedia.com talktalk.net
	gmx.com gmx.net mail.com proton.me protonmail.com tutanota.com zoho.com yandex.com`)

// bindDomains keeps domains in one form and out of the hands of anybody.
func bindDomains(app core.App) {
	app.OnRecordValidate("approved_domains").BindFunc(func(e *core.RecordEvent) error {
		domain, err := Domain(strings.TrimPrefix(strings.TrimSpace(e.Record.GetString("domain")), "@"))
		if err != nil {
			return validation.Errors{"domain": validation.NewError("bad_domain", "Give a domain, such as trust.nhs.uk.")}
		}
		if slices.Contains(anybodys, domain) {
			return validation.Errors{"domain": validation.NewError("anybodys_domain", "Anybody can have an address at "+domain+", so it cannot be approved.")}
		}
		e.Record.Set("domain", domain)
		same, err := e.App.FindAllRecords("approved_domains", dbx.HashExp{"domain": domain}, dbx.Not(dbx.HashExp{"id": e.Record.Id}))
		if err != nil {
			return err
		}
		if len(same) > 0 {
			return validation.Errors{"domain": validation.NewError("known_domain", "The domain "+domain+" is approved already.")}
		}
		return e.Next()
	})
}
