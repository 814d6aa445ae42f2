package site

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// auditNames are the names of the things that rows are about, by collection and id.
type auditNames map[string]map[string]string

// nameColumns say by what a thing is called, and nouns what it is.
var nameColumns = map[string]string{
	"users": "name", "organisations": "name", "places": "title", "programmes": "title", "groups": "title", "spaces": "title",
	"documents": "title", "threads": "title", "invitations": "email", "join_requests": "name", "approved_domains": "domain", "hub_settings": "key",
	"goals": "title", "events": "title", "measures": "title", "actions": "title", "figures": "key",
}

var nouns = map[string]string{
	"users": "the account of", "organisations": "the partner", "places": "the place", "programmes": "the programme", "groups": "the group",
	"decisions": "a decision", "spaces": "the space", "documents": "the document", "threads": "the discussion", "posts": "a post",
	"adoptions": "what a place says", "assessments": "a self-check", "champions": "an entry of a champion", "champion_messages": "a message to a champion", "passport_counts": "the count of passports", "invitations": "the invitation of", "join_requests": "the request to join of", "approved_domains": "the approved domain",
	"suggestions": "a suggested change", "comments": "what a reader told us", "answers": "an answer to readers", "review_comments": "a comment on a draft",
	"hub_settings": "the setting", "flags": "a report", "consents": "a consent", "relations": "what a page has to do with another", "passages": "a decision about a personal detail", "moderations": "an act of moderation", "figures": "the figure",
	"goals": "the goal", "measures": "the measure", "readings": "a reading", "actions": "the action", "plan_updates": "an update of a plan", "plan_boards": "a page for a board", "signoffs": "a sign-off", "outbox": "a mail", "events": "the event",
}

var verbWords = map[string]string{
	"create": "made", "update": "changed", "delete": "deleted", "publish": "published", "withdraw": "withdrew", "submit": "asked for approval of", "take-back": "went on writing",
	"changes": "asked for changes to", "approve": "approved", "overtaken": "changed what was approved in", "schedule": "set a time for", "unschedule": "took back the time of",
	"failed": "could not publish", "check": "checked", "remove": "removed", "erase": "erased",
	"decide": "said what was decided in", "undecide": "took back what was decided in", "answer": "answered", "release": "let be seen", "decline": "declined", "hide": "hid", "restore": "showed again",
	"cancel": "cancelled", "outcome": "told what changed because of", "ask": "asked what changed because of",
	"bin": "put into the bin", "take-out": "took out of the bin",
}

// want remembers whose names will be needed.
func (n auditNames) want(r journal.Row) {
	add := func(collection, id string) {
		if id == "" || nameColumns[collection] == "" {
			return
		}
		if n[collection] == nil {
			n[collection] = map[string]string{}
		}
		n[collection][id] = ""
	}
	add("users", r.Actor)
	add("spaces", r.Space)
	add(r.Subject, r.Record)
	switch r.Subject {
	case "memberships", "sessions":
		add("users", r.Parent)
	case journal.Access:
		add("users", r.Record)
	case "posts":
		add("threads", r.Parent)
	case "adoptions", "reviews", "approval_links":
		add("documents", r.Parent)
	}
}

func (n auditNames) read(app core.App) error {
	for collection, byID := range n {
		ids := make([]any, 0, len(byID))
		for id := range byID {
			ids = append(ids, id)
		}
		for part := range slices.Chunk(ids, 500) {
			var rows []struct {
				ID   string `db:"id"`
				Name string `db:"name"`
			}
			err := app.DB().Select("id", nameColumns[collection]+" AS name").From(collection).Where(dbx.In("id", part...)).All(&rows)
			if err != nil {
				return err
			}
			for _, r := range rows {
				byID[r.ID] = tidy(r.Name)
			}
		}
	}
	return nil
}

// person is what somebody is called, also when no name is left of them.
func (n auditNames) person(id string) string {
	switch name := n["users"][id]; {
	case id == "":
		return "somebody"
	case name == "":
		return "somebody who left (" + tidy(id) + ")"
	default:
		return name
	}
}

// who did it.
func (n auditNames) who(r journal.Row) string {
	command, isCommand := strings.CutPrefix(r.Actor, "command ")
	switch {
	case r.Verb == journal.SignInFailed:
		return "Somebody"
	case r.Actor == "" || r.Actor == journal.Retention:
		return "The hub itself"
	case strings.HasPrefix(r.Actor, "operator:"):
		return "An operator"
	case isCommand:
		return "The command " + tidy(command)
	case n["users"][r.Actor] == "" && !looksLikeID(r.Actor):
		return "The command " + tidy(r.Actor)
	}
	return n.person(r.Actor)
}

func looksLikeID(s string) bool { return len(s) == core.DefaultIdLength }

// says what was done, behind who did it.
func (n auditNames) says(r journal.Row) string {
	switch r.Subject {
	case "memberships":
		return n.membership(r)
	case "users":
		return n.account(r)
	case "sessions":
		return map[string]string{"create": "signed in"}[r.Verb] + map[string]string{"delete": "was signed out", "update": "stayed signed in"}[r.Verb]
	case journal.Access:
		return n.access(r)
	case journal.Command:
		return "was run"
	case journal.Retention:
		return retained(r)
	case "index":
		return map[string]string{"compare": "compared the search index with the database", "repair": "asked for entries of the search index to be repaired"}[r.Verb] +
			map[string]string{"rebuild": "asked for the search index to be built anew"}[r.Verb]
	case "posts":
		return map[string]string{"create": "posted in ", "update": "edited a post in ", "remove": "removed a post from ", "delete": "deleted a post from "}[r.Verb] + n.quoted("threads", r.Parent)
	case "reviews":
		return verbWords[r.Verb] + " " + n.quoted("documents", r.Parent)
	case "approval_links":
		return map[string]string{"create": "made a link to approve ", "update": "closed a link to approve "}[r.Verb] + n.quoted("documents", r.Parent)
	case "adoptions":
		return "said how far a place is with " + n.quoted("documents", r.Parent) + details(r)
	}
	return n.plainly(r)
}

// plainly is a sentence for whatever has no better one.
func (n auditNames) plainly(r journal.Row) string {
	verb, noun := verbWords[r.Verb], nouns[r.Subject]
	if verb == "" {
		verb = strings.ReplaceAll(r.Verb, "-", " ") + ":"
	}
	if noun == "" {
		noun = strings.ReplaceAll(r.Subject, "_", " ")
	}
	if nameColumns[r.Subject] != "" {
		noun += " " + n.quoted(r.Subject, r.Record)
	}
	if where := n["spaces"][r.Space]; where != "" && r.Subject != "spaces" {
		noun += " in " + where
	}
	return verb + " " + noun + details(r)
}

func (n auditNames) quoted(collection, id string) string {
	if name := n[collection][id]; name != "" {
		return "“" + name + "”"
	}
	return "something that is gone (" + tidy(id) + ")"
}

func (n auditNames) themselves(r journal.Row, person string) string {
	if person == r.Actor {
		return "themselves"
	}
	return n.person(person)
}

// membership is who came into a space, went from it, or may do more or less in it.
func (n auditNames) membership(r journal.Row) string {
	who, where := n.themselves(r, r.Parent), n["spaces"][r.Space]
	if where == "" {
		where = "a space that is gone"
	}
	_, was, now := r.Change()
	switch r.Verb {
	case "create":
		return "added " + who + " to " + where + as(now["role"])
	case "delete":
		return "removed " + who + " from " + where + as(was["role"])
	}
	return "changed what " + who + " may do in " + where + details(r)
}

func as(role any) string {
	if s, ok := role.(string); ok && s != "" {
		return " (" + s + ")"
	}
	return ""
}

// account is what was done to somebody's account.
func (n auditNames) account(r journal.Row) string {
	_, was, now := r.Change()
	who := n.themselves(r, r.Record)
	switch {
	case r.Verb == "create":
		return "made an account for " + n.person(r.Record) + as(now["role"])
	case r.Verb == "erase":
		return "erased " + n.person(r.Record)
	case was["suspended"] == false && now["suspended"] == true:
		return "suspended " + who
	case was["suspended"] == true && now["suspended"] == false:
		return "let " + who + " in again"
	}
	return verbWords[r.Verb] + " the account of " + who + details(r)
}

// whats are the things that can be taken or looked at.
var whats = map[string]string{"search": "search results as a table", "audit": "the audit trail", "freshness": "the list of pages to check", "own": "a copy of their own data"}

func (n auditNames) access(r journal.Row) string {
	var said struct {
		What string
		Rows int
	}
	json.Unmarshal(r.Data, &said)
	what := whats[said.What]
	if what == "" {
		what = tidy(said.What)
	}
	switch r.Verb {
	case journal.SignIn:
		return "signed in through a program"
	case journal.SignInFailed:
		if r.Record == "" {
			return "tried to sign in with an address that has no account"
		}
		return "tried to sign in as " + n.person(r.Record) + " and could not"
	case journal.Download:
		if said.Rows > 0 {
			return fmt.Sprintf("downloaded %s (%s)", what, counted(said.Rows, "row", "rows"))
		}
		return "downloaded " + what
	}
	if r.Record != "" {
		return "looked at " + what + ", at what " + n.person(r.Record) + " did"
	}
	return "looked at " + what
}

func retained(r journal.Row) string {
	var said struct {
		What string
		Rows int
	}
	json.Unmarshal(r.Data, &said)
	return fmt.Sprintf("dropped %s whose time was over: %s", counted(said.Rows, "row", "rows"), tidy(said.What))
}

// details are what changed: what it was and is for rights, the names of the fields for all else.
func details(r journal.Row) string {
	fields, was, now := r.Change()
	var parts []string
	for _, f := range fields {
		name := strings.ReplaceAll(tidy(f), "_", " ")
		if before, ok := was[f]; ok {
			name += fmt.Sprintf(" from %s to %s", inAWord(before), inAWord(now[f]))
		}
		parts = append(parts, name)
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func inAWord(v any) string {
	switch v {
	case true:
		return "yes"
	case false:
		return "no"
	case "", nil:
		return "nothing"
	}
	return tidy(fmt.Sprint(v))
}
