package site

import (
	"net/http"
	"strings"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

type domainRow struct{ ID, Domain, Organisation, Note string }

type domainsView struct {
	Rows          []domainRow
	Off           bool // nobody joins by domain at present
	Domain, Note  string
	Organisations []Choice
	Errors        fieldErrors
}

func (s *Site) domains(e *core.RequestEvent) error {
	return s.showDomains(e, http.StatusOK, domainsView{}, "")
}

func (s *Site) showDomains(e *core.RequestEvent, status int, v domainsView, organisation string) error {
	settings, err := member.SettingsOf(s.app)
	if err != nil {
		return err
	}
	v.Off = !settings.On(member.JoinByDomain)
	all, err := member.ApprovedDomains(s.app)
	if err != nil {
		return err
	}
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return err
	}
	for _, d := range all {
		v.Rows = append(v.Rows, domainRow{d.Id, d.Domain(), organisations[d.Organisation()], d.Note()})
	}
	if v.Organisations, err = s.organisationChoices(organisation); err != nil {
		return err
	}
	return render(s, e, status, "domains", managing(e, "Approved domains"), v)
}

func (s *Site) domainAdd(e *core.RequestEvent) error {
	form := e.Request.FormValue
	v := domainsView{Domain: strings.TrimSpace(form("domain")), Note: strings.TrimSpace(form("note"))}
	v.Errors = missing(field{"domain", v.Domain, "Give a domain, such as trust.nhs.uk."}, field{"organisation", form("organisation"), "Choose whose people they are."})
	if len(v.Errors) == 0 {
		err := member.ApproveDomain(s.app, viewer(e).ID(), v.Domain, form("organisation"), v.Note)
		if err == nil {
			return e.Redirect(http.StatusSeeOther, "/manage/domains")
		}
		if v.Errors = faultsOf(err); v.Errors == nil {
			return err
		}
	}
	return s.showDomains(e, http.StatusUnprocessableEntity, v, form("organisation"))
}

func (s *Site) domainRemove(e *core.RequestEvent) error {
	r, err := s.app.FindRecordById("approved_domains", e.Request.PathValue("id"))
	if err != nil {
		return notFound(e)
	}
	journal.By(r, viewer(e).ID())
	if err := s.app.Delete(r); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/manage/domains")
}
