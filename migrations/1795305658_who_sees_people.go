package migrations

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// There is no list of all people to sweep: a member sees those who share a space, and those who posted where every member
// reads, and of them nothing that is their own business. Nobody changes by REST what the pages ask a password for. Links in PocketBase's own mails, which only operators
// can have sent, lead to our pages.
func init() {
	const (
		seen = "id = @request.auth.id || (@request.auth.id != '' && (@request.auth.role = 'administrator' || memberships_via_user.space.memberships_via_space.user ?= @request.auth.id || " +
			"(posts_via_author.state ?= 'visible' && posts_via_author.thread.state ?!= 'hidden' && posts_via_author.thread.space.level ?= 'open') || " +
			"(posts_via_author.state ?= 'visible' && posts_via_author.thread.state ?!= 'hidden' && posts_via_author.thread.space.level ?= 'restricted')))"
		everybody = "@request.auth.id != ''"
		own       = "id = @request.auth.id"
	)
	forms := func(fields ...string) string {
		rule := own
		for _, f := range fields {
			rule += " && @request.body." + f + ":isset = false"
		}
		return rule
	}
	set := func(read, update string, private bool, links map[string]string) func(core.App) error {
		return func(app core.App) error {
			return alter(app, "users", func(c *core.Collection) {
				for _, name := range []string{"second_factor", "welcomed", "terms", "mail"} {
					c.Fields.GetByName(name).SetHidden(private)
				}
				c.ListRule, c.ViewRule, c.UpdateRule = rule(read), rule(read), rule(update)
				for _, t := range []*core.EmailTemplate{&c.ResetPasswordTemplate, &c.ConfirmEmailChangeTemplate, &c.VerificationTemplate} {
					for from, to := range links {
						t.Body = strings.ReplaceAll(t.Body, from, to)
					}
				}
			})
		}
	}
	m.Register(
		set(seen, forms("role", "suspended", "organisation", "place", "second_factor", "welcomed", "terms", "left"), true, map[string]string{
			"/_/#/auth/confirm-password-reset/{TOKEN}": "/reset/{TOKEN}",
			"/_/#/auth/confirm-email-change/{TOKEN}":   "/me/email/{TOKEN}",
			"/_/#/auth/confirm-verification/{TOKEN}":   "/sign-in",
		}),
		set(everybody, forms("role", "suspended", "organisation", "place"), false, map[string]string{
			"/reset/{TOKEN}":    "/_/#/auth/confirm-password-reset/{TOKEN}",
			"/me/email/{TOKEN}": "/_/#/auth/confirm-email-change/{TOKEN}",
			"/sign-in":          "/_/#/auth/confirm-verification/{TOKEN}",
		}))
}
