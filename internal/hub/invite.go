package hub

import (
	"fmt"
	"slices"
	"strings"

	"commonplace/internal/member"
	"commonplace/internal/site"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"
)

// invitee is whom the command line invites, in its words.
type invitee struct {
	email, name, role, organisation string
	spaces                          []string
}

func (c *commands) inviteCommand() *cobra.Command {
	var who invitee
	cmd := &cobra.Command{
		Use: "invite EMAIL", Short: "Invite a person, such as the first administrator, and print the link", Args: cobra.ExactArgs(1),
		Long: "Invite a person. The link is printed and goes out by mail too, where mail is set up.\nIt works once, for 28 days. It may run while the server does.",
		RunE: func(_ *cobra.Command, args []string) error {
			who.email = args[0]
			return c.invite(who)
		},
	}
	cmd.Flags().StringVar(&who.role, "role", member.RoleMember, "what they are in the hub: "+strings.Join(member.Roles, ", "))
	cmd.Flags().StringVar(&who.organisation, "organisation", "", "the name or the slug of their organisation")
	cmd.Flags().StringArrayVar(&who.spaces, "space", nil, "the slug of a space that they read in; may be given several times")
	cmd.Flags().StringVar(&who.name, "name", "", "their name")
	return cmd
}

func (c *commands) invite(who invitee) error {
	app, err := c.open()
	if err != nil {
		return err
	}
	n, err := who.meant(app)
	if err != nil {
		return err
	}
	settings, err := member.SettingsOf(app)
	if err != nil {
		return err
	}
	base := c.hub.Mail.Base()
	if s := c.serving(); s != nil && c.hub.cfg.URL == "" {
		base = "http://" + s.HTTP
	}
	return app.RunInTransaction(func(tx core.App) error {
		i, token, err := n.Write(tx, "invite")
		if err != nil {
			return err
		}
		link := site.InvitationLink(base, token)
		if err := c.hub.Mail.Put(tx, site.InvitationMail(i, settings[member.HubName], link)); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s is invited as %s, until %s:\n%s\n", i.Email(), i.Role(), i.Expires().Format("2 January 2006"), link)
		return nil
	})
}

// meant finds what the words of the command line mean, or says which of them means nothing.
func (w invitee) meant(app core.App) (n member.Invite, err error) {
	n = member.Invite{Name: w.name, Role: w.role}
	if n.Email, err = member.Address(w.email); err != nil {
		return n, fmt.Errorf("%q is not an e-mail address", w.email)
	}
	if !slices.Contains(member.Roles, w.role) {
		return n, fmt.Errorf("there is no role %q; the roles are %s", w.role, strings.Join(member.Roles, ", "))
	}
	if w.organisation != "" {
		o, err := member.FindOrganisation(app, w.organisation)
		if err != nil {
			return n, fmt.Errorf("there is no organisation %q here", w.organisation)
		}
		n.Organisation = o.Id
	}
	for _, slug := range w.spaces {
		s, err := member.SpaceBySlug(app, slug)
		if err != nil {
			return n, fmt.Errorf("there is no space %q", slug)
		}
		n.Spaces = append(n.Spaces, s.Id)
	}
	known, err := member.UserByAddress(app, n.Email)
	if err == nil && known != nil && (len(n.Spaces) == 0 || n.Role != member.RoleMember) {
		return n, fmt.Errorf("%s has an account already", n.Email)
	}
	return n, err
}
