package site

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// inviteView is the form for inviting one person, and the one for many.
type inviteView struct {
	Errors             fieldErrors
	Email, Name, Words string
	To                 invitedTo // of the one person
	List, ListWords    string
	Standard           invitedTo // for those whose line does not say
	MustHaveSpace      bool
	Most               int
}

// invitedTo is what one may invite people to.
type invitedTo struct{ Roles, Organisations, Spaces []Choice }

// invitedTo offers what the viewer may give, with what was chosen.
func (s *Site) invitedTo(e *core.RequestEvent, role, organisation string, spaces []string) (to invitedTo, err error) {
	for _, r := range member.Roles {
		if r == member.RoleMember || viewer(e).Is(member.RoleAdministrator) {
			to.Roles = append(to.Roles, Choice{Value: r, Title: roleWords[r], Chosen: r == role})
		}
	}
	if to.Organisations, err = s.organisationChoices(organisation); err != nil {
		return to, err
	}
	own, err := member.InvitingSpaces(s.app, viewer(e))
	for _, sp := range own {
		if sp.Slug() != member.LibrarySlug { // everybody reads there
			to.Spaces = append(to.Spaces, Choice{Value: sp.Id, Title: sp.Title(), Chosen: slices.Contains(spaces, sp.Id)})
		}
	}
	return to, err
}

// organisationChoices lists the organisations by name.
func (s *Site) organisationChoices(chosen string) ([]Choice, error) {
	var list []Choice
	err := s.app.DB().Select("id AS value", "name AS title").From("organisations").OrderBy("[[name]] COLLATE NOCASE").All(&list)
	for i := range list {
		list[i].Chosen = list[i].Value == chosen
	}
	return list, err
}

func (s *Site) inviteForm(e *core.RequestEvent) error {
	q := e.Request.URL.Query()
	spaces := q["space"]
	if sp, err := member.SpaceBySlug(s.app, q.Get("space")); err == nil { // the link on a space's page
		spaces = []string{sp.Id}
	}
	return s.showInvite(e, http.StatusOK, inviteView{}, member.Invite{Role: member.RoleMember, Spaces: spaces}, member.Invite{Role: member.RoleMember})
}

func (s *Site) showInvite(e *core.RequestEvent, status int, v inviteView, one, standard member.Invite) (err error) {
	v.Most = member.MostInvited
	v.MustHaveSpace = !viewer(e).Is(member.RoleAdministrator, member.RoleLead)
	v.Email, v.Name, v.Words = one.Email, one.Name, one.Words
	if v.To, err = s.invitedTo(e, one.Role, one.Organisation, one.Spaces); err != nil {
		return err
	}
	if v.Standard, err = s.invitedTo(e, standard.Role, standard.Organisation, standard.Spaces); err != nil {
		return err
	}
	return render(s, e, status, "invite", managing(e, "Invite people", Link{"Invitations", "/manage/invitations"}), v)
}

// biggestList is how many bytes a list may have.
const biggestList = 1 << 20

// invite takes both forms: one person, or a list in two steps: it is shown as it was understood, and then sent.
func (s *Site) invite(e *core.RequestEvent) error {
	if err := e.Request.ParseMultipartForm(biggestList); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return e.BadRequestError("The form could not be read.", err)
	}
	switch e.Request.PostFormValue("do") {
	case "check":
		return s.checkList(e)
	case "send":
		return s.sendList(e)
	}
	return s.inviteOne(e)
}

func (s *Site) inviteOne(e *core.RequestEvent) error {
	form := e.Request.PostForm
	one := member.Invite{
		Email: strings.TrimSpace(form.Get("email")), Name: strings.TrimSpace(form.Get("name")), Role: form.Get("role"),
		Organisation: form.Get("organisation"), Spaces: form["spaces"], Words: strings.TrimSpace(form.Get("words")),
	}
	inviting, err := member.NewInviting(s.app, viewer(e), one.Email)
	if err != nil {
		return err
	}
	if faults := faultsOf(inviting.Check(one)); faults != nil {
		return s.showInvite(e, http.StatusUnprocessableEntity, inviteView{Errors: faults}, one, member.Invite{Role: member.RoleMember})
	}
	if err := s.sendInvitations(e, one); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/manage/invitations?sent=1")
}

// sendInvitations writes invitations and their mails, all or none.
func (s *Site) sendInvitations(e *core.RequestEvent, invites ...member.Invite) error {
	return s.app.RunInTransaction(func(tx core.App) error {
		for _, n := range invites {
			sent, err := n.JustSent(tx, viewer(e).ID())
			if err != nil {
				return err
			}
			if sent { // the form was sent twice
				continue
			}
			i, token, err := n.Write(tx, viewer(e).ID())
			if err != nil {
				return err
			}
			if err := s.mailInvitation(tx, i, viewer(e).Name(), token); err != nil {
				return err
			}
		}
		return nil
	})
}

// listView is a list as it was understood.
type listView struct {
	Rows        []listRow
	Good, Bad   int
	Ready, Rest string // the good rows and the others, as lists
	Words       string
	Unknown     []string
	Sent        string
}

type listRow struct {
	member.Line
	RoleWord string
	Fine     bool
}

// checkList shows what a list means, and what is wrong with it beside each row.
func (s *Site) checkList(e *core.RequestEvent) error {
	lines, unknown, err := s.readLists(e, "ready", "list")
	if err == nil && len(lines) == 0 {
		err = member.ErrListEmpty
	}
	if err != nil {
		return s.listAgain(e, err)
	}
	standard, err := s.standardOf(e)
	if err != nil {
		return err
	}
	if err := s.checkLines(e, lines, standard); err != nil {
		return err
	}
	return s.showList(e, lines, unknown, "")
}

// sendList invites the people of the good rows; what is left comes back.
func (s *Site) sendList(e *core.RequestEvent) error {
	ready, _, err := s.readLists(e, "ready")
	if err != nil {
		return s.listAgain(e, err)
	}
	rest, unknown, err := s.readLists(e, "list")
	if err != nil {
		return s.listAgain(e, err)
	}
	if err := s.checkLines(e, ready, member.Line{}); err != nil {
		return err
	}
	var sent []member.Line
	var invites []member.Invite
	for _, l := range ready {
		if len(l.Faults) > 0 { // somebody else was quicker
			rest = append(rest, l)
			continue
		}
		l.Invite.Words = strings.TrimSpace(e.Request.PostForm.Get("list-words"))
		sent, invites = append(sent, l), append(invites, l.Invite)
	}
	if err := s.sendInvitations(e, invites...); err != nil {
		return err
	}
	if len(rest) == 0 {
		return e.Redirect(http.StatusSeeOther, fmt.Sprint("/manage/invitations?sent=", len(invites)))
	}
	both := append(sent, rest...) // a row that doubles one of those sent is still wrong
	if err := s.checkLines(e, both, member.Line{}); err != nil {
		return err
	}
	return s.showList(e, both[len(sent):], unknown, counted(len(invites), "invitation is", "invitations are")+" on the way.")
}

// readLists reads the lists of some fields of the form, and the file with the last.
func (s *Site) readLists(e *core.RequestEvent, fields ...string) (lines []member.Line, unknown []string, err error) {
	texts := [][]byte{}
	for _, name := range fields {
		texts = append(texts, []byte(e.Request.PostForm.Get(name)))
	}
	if e.Request.MultipartForm != nil && len(e.Request.MultipartForm.File["file"]) > 0 {
		f, err := e.Request.MultipartForm.File["file"][0].Open()
		if err != nil {
			return nil, nil, err
		}
		defer f.Close()
		raw, err := io.ReadAll(io.LimitReader(f, biggestList))
		if err != nil {
			return nil, nil, err
		}
		texts = append(texts, raw)
	}
	for _, text := range texts {
		list, err := member.ReadList(text)
		if errors.Is(err, member.ErrListEmpty) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		lines, unknown = append(lines, list.Lines...), append(unknown, list.Unknown...)
	}
	if len(lines) > member.MostInvited {
		return nil, nil, member.ErrListLong
	}
	return lines, unknown, nil
}

// listAgain shows the form with what was pasted.
func (s *Site) listAgain(e *core.RequestEvent, fault error) error {
	words := map[error]string{
		member.ErrListEmpty: "Paste a list, or choose a file with at least one person in it.",
		member.ErrListLong:  fmt.Sprintf("The list is too long. Invite at most %d people at once.", member.MostInvited),
		member.ErrListWords: "This is not a list in text form. In your spreadsheet, choose Save as, then CSV.",
	}[fault]
	if words == "" {
		return fault
	}
	form := e.Request.PostForm
	v := inviteView{Errors: fieldErrors{{"list", words}}, List: form.Get("list"), ListWords: form.Get("list-words")}
	standard := member.Invite{Role: form.Get("list-role"), Organisation: form.Get("list-organisation"), Spaces: form["list-spaces"]}
	return s.showInvite(e, http.StatusUnprocessableEntity, v, member.Invite{Role: member.RoleMember}, standard)
}

// standardOf is what the form says for everybody whose line does not.
func (s *Site) standardOf(e *core.RequestEvent) (member.Line, error) {
	form := e.Request.PostForm
	names, err := s.namesFor("organisations name", "spaces slug")
	if err != nil {
		return member.Line{}, err
	}
	l := member.Line{Role: form.Get("list-role"), Organisation: names["organisations"][form.Get("list-organisation")]}
	var slugs []string
	for _, id := range form["list-spaces"] {
		if slug := names["spaces"][id]; slug != "" && viewer(e).MayInviteInto(id) {
			slugs = append(slugs, slug)
		}
	}
	l.Spaces = strings.Join(slugs, "; ")
	return l, nil
}

func (s *Site) checkLines(e *core.RequestEvent, lines []member.Line, standard member.Line) error {
	var addresses []string
	for _, l := range lines {
		addresses = append(addresses, l.Email)
	}
	inviting, err := member.NewInviting(s.app, viewer(e), addresses...)
	if err != nil {
		return err
	}
	inviting.CheckLines(lines, standard)
	return nil
}

func (s *Site) showList(e *core.RequestEvent, lines []member.Line, unknown []string, sent string) error {
	v := listView{Unknown: unknown, Sent: sent, Words: e.Request.PostForm.Get("list-words")}
	var good, bad []member.Line
	for _, l := range lines {
		row := listRow{Line: l, RoleWord: roleWords[l.Invite.Role], Fine: len(l.Faults) == 0}
		if row.RoleWord == "" {
			row.RoleWord = l.Role
		}
		if row.Fine {
			good = append(good, l)
		} else {
			bad = append(bad, l)
		}
		v.Rows = append(v.Rows, row)
	}
	v.Good, v.Bad, v.Ready, v.Rest = len(good), len(bad), member.WriteList(good), member.WriteList(bad)
	status := http.StatusOK
	if v.Bad > 0 || sent != "" {
		status = http.StatusUnprocessableEntity
	}
	crumbs := []Link{{"Invitations", "/manage/invitations"}, {"Invite people", "/manage/invitations/new"}}
	return render(s, e, status, "invite-list", managing(e, "Check the list", crumbs...), v)
}
