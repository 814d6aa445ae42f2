package hub

import (
	"fmt"
	"time"

	"commonplace/internal/champion"
	"commonplace/internal/gap"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/privacy"
	"commonplace/internal/site"
	"commonplace/internal/spread"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

const (
	perBatch = 500 // rows that one turn takes, so that writers never wait long
	turns    = 100 // of a night
)

// kept is one kind of data: how long it is kept and why, and how what is over goes. The page that says so and the job that
// does so both read it.
type kept struct {
	what, why string
	setting   string // the number of days that administrators chose
	words     string // how long, where no setting says so
	drop      func(h *Hub, days int) (int, error)
}

// keptThings lists every kind of data about people.
var keptThings = []kept{
	{what: "Your account: name, e-mail address, role, organisation, what you want mail about", words: "Until you leave or ask to be erased", why: "So that others know who speaks, and you can sign in"},
	{what: "Earlier versions of pages", words: "As long as the page is there. A personal detail that is taken out of the page is taken out of them too", why: "So that everybody can see what changed, and a quoted page can be found"},
	{what: "What you write: documents, posts, what your place does", words: "As long as the page or discussion is there; without your name once you have left", why: "So that what was learned stays"},
	{what: "Self-checks and impact checks that you filled in, with what they said before", words: "For good once they are shared, without your name once you have left. Drafts until you throw them away", why: "So that one can see what became better"},
	{what: "Events that you announced, and what you told of them afterwards", words: "For good, without your name once you have left. Drafts of them until you throw them away", why: "So that others can see what changed because of them"},
	{what: "Your entry in the register of carers champions", words: fmt.Sprintf("Until you leave the register or this hub. Who left the register can come back to it for %d days", champion.KeepEnded), why: "So that people who want to ask a champion find you",
		drop: func(h *Hub, _ int) (int, error) { return champion.DropOld(h.app, time.Now(), perBatch) }},
	{what: "What somebody wrote to a carers champion, and the answer", words: fmt.Sprintf("%d days, or until one of the two leaves", champion.KeepMessages), why: "So that both can look up what was said"},
	{what: "Where you are signed in", words: fmt.Sprintf("%d days after you signed in, or until you sign out", int(member.SessionLife.Hours()/24)), why: "So that you stay signed in, and can sign out everywhere",
		drop: func(h *Hub, _ int) (int, error) { return member.DropExpiredSessions(h.app) }},
	{what: "One-time codes", words: "Until they run out, within the hour", why: "So that you can sign in with a code",
		drop: func(h *Hub, _ int) (int, error) {
			if err := h.app.DeleteExpiredOTPs(); err != nil {
				return 0, err
			}
			return 0, h.app.DeleteExpiredMFAs()
		}},
	{what: "What you typed into a form and did not save", words: fmt.Sprintf("%d days after you typed it, or until you save or throw it away", int(member.AutosaveLife.Hours()/24)), why: "So that a crash loses nothing; only you can see it",
		drop: func(h *Hub, _ int) (int, error) { return member.DropOldAutosaves(h.app, perBatch) }},
	{what: "Which feeds your feed reader has an address for", words: "Until you revoke them, sign out everywhere or leave", why: "So that it is let in"},
	{what: "What you follow", words: "Until you stop, or leave", why: "So that you are told when there is something new"},
	{what: "What people searched for and did not find. Until 5 different people have asked the same, nothing that could be read: only sums under a key", words: fmt.Sprintf("%d days for the sums and their key", int(gap.Window.Hours()/24)), why: "So that we can see what is missing, and of nobody what they looked for",
		drop: func(h *Hub, _ int) (int, error) { return gap.Forget(h.app, time.Now()) }},
	{what: "What five people or more searched for and did not find, in words without any personal detail, and who said that they will write it", words: fmt.Sprintf("%s after somebody last asked", inDays(gap.Days)), why: "So that somebody writes it",
		drop: func(h *Hub, _ int) (int, error) { return gap.DropOld(h.app, perBatch) }},
	{what: "What you were told of: which page, when, and whether you have seen it", words: inDays(notify.NoticeDays), why: "So that nobody is told twice",
		drop: func(h *Hub, _ int) (int, error) { return notify.DropOldNotices(h.app, perBatch) }},
	{what: "How far you have read a discussion, how you reacted to a post, and who mentioned you", words: "As long as the discussion and your account are there", why: "So that you find what is new, and others see who agrees"},
	{what: "Drafts that were never published and that nobody touches", setting: member.KeepDrafts, why: "So that nothing half-written lies about; their writers are told 30 days before",
		drop: func(h *Hub, days int) (int, error) {
			return library.DropOldDrafts(h.app, days, perBatch, h.tellOfDraft)
		}},
	{what: "Files that were taken off a page", words: fmt.Sprintf("%d days", library.KeepRemoved), why: "So that one that was removed by mistake can be brought back",
		drop: func(h *Hub, _ int) (int, error) { return library.DropRemoved(h.app, library.KeepRemoved, perBatch) }},
	{what: "Suggested changes to a page, and comments on a draft", words: fmt.Sprintf("%s after the answer, or after they were settled. Open ones stay", inDays(library.KeepSuggestions)), why: "So that writers can look up what was asked and why",
		drop: func(h *Hub, _ int) (int, error) { return library.DropOldWords(h.app, perBatch) }},
	{what: "Which reminders to check a page went to whom", words: fmt.Sprintf("%d days, once the page has another day by which to check it", library.KeepReminders), why: "So that nobody is reminded twice"},
	{what: "Files that you send to make drafts of", words: fmt.Sprintf("%d hours, or until the drafts are made", int(site.UploadStays.Hours())), why: "So that you can look at the report first"},
	{what: "Why a personal detail was kept on a page, and who decided. Never the detail itself", words: "As long as the page or post is there. What was decided and never sent goes after a day", why: "So that reviewers can follow it",
		drop: func(h *Hub, _ int) (int, error) { return 0, privacy.Tidy(h.app) }},
	{what: "Drafts that their writers put into the bin", words: fmt.Sprintf("%d days after they were put there", library.BinDays), why: "So that a slip can be undone",
		drop: func(h *Hub, _ int) (int, error) { return library.EmptyBin(h.app, perBatch) }},
	{what: "How often staff of a partner led a carer to a service: a number of each day, by kind of carer and place. Nothing about anybody", words: inDays(spread.KeepReferrals), why: "So that partners see whether their referral card is used",
		drop: func(h *Hub, _ int) (int, error) { return spread.DropOldReferrals(h.app, perBatch) }},
	{what: "Requests to join and invitations, after they were decided or ran out", setting: member.KeepRequests, why: "So that the same question is not decided twice",
		drop: func(h *Hub, days int) (int, error) { return member.DropOldRequests(h.app, days, perBatch) }},
	{what: "Links by which somebody without an account approves a page, after they ran out", setting: member.KeepRequests, why: "So that we can say who was asked, by their role",
		drop: func(h *Hub, days int) (int, error) { return library.DropOldLinks(h.app, days, perBatch) }},
	{what: "Reports of something that should be looked at, after the outcome", setting: member.KeepFlags, why: "So that we can show what was done",
		drop: func(h *Hub, days int) (int, error) { return thread.DropOldReports(h.app, days, perBatch) }},
	{what: "What readers without an account told us about a page. Never who they are: an address is known for a day, as a sum in memory", words: fmt.Sprintf("As long as the page is there; what a moderator declined %d days", thread.KeepDeclined), why: "So that everybody can see what changed because of it",
		drop: func(h *Hub, _ int) (int, error) { return thread.DropDeclined(h.app, thread.KeepDeclined, perBatch) }},
	{what: "Mail that was sent: to whom, when and about what. The words go at once", setting: member.KeepOutbox, why: "So that we can find out why a mail did not arrive",
		drop: func(h *Hub, days int) (int, error) { return notify.DropOld(h.app, days, perBatch) }},
	{what: "The record of changes: who did what and when, sign-ins and downloads too. It holds numbers, not names", setting: member.KeepJournal, why: "So that mistakes and misuse can be traced; nobody can change it",
		drop: func(h *Hub, days int) (int, error) { return journal.Trim(h.app, days, perBatch) }},
	{what: "Faults of the program, without addresses and without what anybody typed", words: "3 days", why: "So that they can be mended"},
	{what: "The numbers of accounts that were erased", words: "For good", why: "So that an old backup cannot bring them back"},
	{what: "Backups", words: "As long as those who run this hub keep them. Whoever was erased is erased again when one is restored", why: "So that nothing is lost when a machine is"},
}

// retain lets everything go whose time is over, and notes how much of what.
func (h *Hub) retain() error {
	settings, err := member.SettingsOf(h.app)
	if err != nil {
		return err
	}
	for _, k := range keptThings {
		if k.drop == nil {
			continue
		}
		all := 0
		for range turns {
			n, err := k.drop(h, settings.Days(k.setting))
			if err != nil {
				return fmt.Errorf("%s: %w", k.what, err)
			}
			if all += n; n == 0 {
				break
			}
		}
		if k.setting == member.KeepJournal {
			continue // Trim has noted it, with what the chain needs
		}
		if err := journal.Dropped(h.app, k.what, all); err != nil {
			return err
		}
	}
	return nil
}

// Retention is what the page says: the same table that the job goes by.
func (h *Hub) retention() ([]site.KeptThing, error) {
	settings, err := member.SettingsOf(h.app)
	if err != nil {
		return nil, err
	}
	things := make([]site.KeptThing, len(keptThings))
	for i, k := range keptThings {
		things[i] = site.KeptThing{What: k.what, Long: k.words, Why: k.why}
		if k.setting != "" {
			things[i].Long = inDays(settings.Days(k.setting))
		}
	}
	return things, nil
}

func inDays(n int) string {
	if n >= 365 && n%365 == 0 {
		return map[bool]string{true: "1 year", false: fmt.Sprintf("%d years", n/365)}[n == 365]
	}
	return fmt.Sprintf("%d days", n)
}

// tellOfDraft writes to whoever wrote a draft that it will go.
func (h *Hub) tellOfDraft(tx core.App, d *library.Document, goes time.Time) error {
	writer, err := tx.FindRecordById("users", d.Author())
	if err != nil || member.Barred(writer) {
		return nil // there is nobody to tell
	}
	return h.Mail.Put(tx, notify.Mail{
		Key: fmt.Sprintf("draft-goes:%s:%s", d.Id, goes.Format(time.DateOnly)), To: writer.Email(), Person: writer.Id, Kind: "draft-goes",
		About: "documents", Record: d.Id, Expires: goes,
		Data: map[string]any{"Name": writer.GetString("name"), "Title": d.Title(), "Goes": goes, "URL": h.Mail.Base() + "/write"},
	})
}
