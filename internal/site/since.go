package site

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// sinceView is what happened since somebody was here: what waits for them, what speaks to them, what was decided, and the
// rest by what it is.
type sinceView struct {
	Name    string
	Last    time.Time // zero the first time
	Ago     string
	Waiting []Link
	Parts   []sincePart
	Until   string
	Unread  int
	Marked  bool
	Lately  []threadCard // where nothing is new: what others talk about
}

// sincePart is one kind of it. More is how many there are besides those shown.
type sincePart struct {
	ID, Title string
	Lines     []noticeLine
	More      int
}

// What the page shows at most: it is read in a minute.
const (
	mostSince    = 600 // notices looked at
	shownOfAPart = 12
)

// sinceParts are the parts of the page in their order, and the notices in each.
var sinceParts = []struct {
	id, title string
	kinds     []string
}{
	{"speaks", "To you", []string{notify.Mentioned, notify.Answered, notify.Contact}},
	{"asked", "You are asked", []string{notify.Asked}},
	{"spread", "Who does it too", []string{notify.Adopted, notify.Confirmed}},
	{"decided", "Decided", []string{notify.Decided}},
	{"posts", "Discussions", []string{notify.NewPosts}},
	{"pages", "New pages", []string{notify.Found, notify.Published}},
	{"changed", "Changed pages", []string{notify.Changed}},
	{"access", "Who may see what", []string{notify.Access}},
	{"waits", "For those who moderate", []string{notify.Waits}},
}

// since greets somebody who comes back.
func (s *Site) since(e *core.RequestEvent) error {
	viewer, now := viewer(e), time.Now()
	v := sinceView{Name: viewer.Name(), Last: viewer.User().GetDateTime("was_here").Time(), Until: untilNow(), Marked: e.Request.URL.Query().Has("read")}
	if !v.Last.IsZero() {
		v.Ago = agoWords(v.Last, now)
	}
	var err error
	if v.Waiting, err = s.waitingOn(viewer, now); err != nil {
		return err
	}
	list, err := notify.Unread(s.app, viewer.ID(), mostSince)
	if err != nil {
		return err
	}
	lines, err := s.noticeLines(viewer, list)
	if err != nil {
		return err
	}
	v.Unread, v.Parts = len(lines), partsOf(lines)
	if len(v.Parts) == 0 {
		threads, err := thread.Latest(s.app, viewer, latest)
		if err != nil {
			return err
		}
		if v.Lately, err = s.threadCards(e, threads); err != nil {
			return err
		}
	}
	return render(s, e, http.StatusOK, "since", Page{Title: "Since you were here", NoIndex: true}, v)
}

func partsOf(lines []noticeLine) []sincePart {
	var parts []sincePart
	for _, kind := range sinceParts {
		part := sincePart{ID: kind.id, Title: kind.title}
		for _, l := range lines {
			switch {
			case !slices.Contains(kind.kinds, l.kind):
			case len(part.Lines) == shownOfAPart:
				part.More++
			default:
				part.Lines = append(part.Lines, l)
			}
		}
		if len(part.Lines) > 0 {
			parts = append(parts, part)
		}
	}
	return parts
}

func (s *Site) sinceRead(e *core.RequestEvent) error {
	if err := s.allRead(e); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/since?read")
}

// agoWords is how long ago something was, as one says it.
func agoWords(then, now time.Time) string {
	days := int(midnight(now).Sub(midnight(then)).Hours()+12) / 24
	switch {
	case days <= 0:
		return "earlier today"
	case days == 1:
		return "yesterday"
	case days < 14:
		return fmt.Sprintf("%d days ago", days)
	case days < 60:
		return fmt.Sprintf("%d weeks ago", days/7)
	}
	return fmt.Sprintf("%d months ago", days/30)
}

func midnight(t time.Time) time.Time {
	y, m, d := t.In(london).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, london)
}

// waitingOn is what waits for somebody, each with where it is done.
func (s *Site) waitingOn(v *member.Viewer, now time.Time) ([]Link, error) {
	var all []Link
	for _, of := range []func(*member.Viewer, time.Time) ([]Link, error){s.sentBack, s.toReview, s.toAdmit, s.toCheck, s.toModerate} {
		some, err := of(v, now)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// sentBack are drafts to which a reviewer asked for changes.
func (s *Site) sentBack(v *member.Viewer, _ time.Time) ([]Link, error) {
	list, err := library.Underway(s.app, v, shownOfAPart)
	var links []Link
	for _, d := range list {
		if d.State() == library.Draft && d.Submitted().IsZero() && d.PublishAt().IsZero() {
			links = append(links, Link{"Your draft “" + d.Title() + "” came back: a reviewer asks for changes", writeAddress(d)})
		}
	}
	return links, err
}

func (s *Site) toReview(v *member.Viewer, _ time.Time) ([]Link, error) {
	_, total, err := library.Queue(s.app, v, 0, 1)
	if total == 0 || err != nil {
		return nil, err
	}
	return []Link{{counted(total, "page waits", "pages wait") + " for a reviewer", "/review"}}, nil
}

// toAdmit are requests to join the hub, and the spaces that the viewer manages.
func (s *Site) toAdmit(v *member.Viewer, _ time.Time) ([]Link, error) {
	var links []Link
	if v.MayAdmit() {
		waiting, _, err := member.HubRequests(s.app, shownRequests)
		if err != nil {
			return nil, err
		}
		if len(waiting) > 0 {
			links = append(links, Link{counted(len(waiting), "person asks", "people ask") + " to join this hub", "/manage/requests"})
		}
	}
	spaces, err := member.ListedSpaces(s.app, v)
	if err != nil {
		return nil, err
	}
	for _, sp := range spaces {
		if !v.MayManage(sp.Id) {
			continue
		}
		asked, err := member.SpaceRequests(s.app, sp.Id)
		if err != nil {
			return nil, err
		}
		if len(asked) > 0 {
			links = append(links, Link{counted(len(asked), "person asks", "people ask") + " to join “" + sp.Title() + "”", "/spaces/" + sp.Slug() + "/manage"})
		}
	}
	return links, nil
}

// toCheck are pages that one keeps and that are late.
func (s *Site) toCheck(v *member.Viewer, now time.Time) ([]Link, error) {
	counts, err := library.BoardCounts(s.app, library.KeptByViewer(v), library.BoardAsked{}, now)
	if n := counts[library.ShowOverdue]; n > 0 && err == nil {
		return []Link{{counted(n, "page that you keep is", "pages that you keep are") + " due to be checked", "/me/pages"}}, nil
	}
	return nil, err
}

func (s *Site) toModerate(v *member.Viewer, _ time.Time) ([]Link, error) {
	if !v.Moderates() {
		return nil, nil
	}
	cases, err := thread.Queue(s.app, v)
	if len(cases) == 0 || err != nil {
		return nil, err
	}
	return []Link{{counted(len(cases), "post or report waits", "posts and reports wait") + " for a moderator", "/moderate"}}, nil
}

const (
	visitEnds = 6 * time.Hour    // without a page: whoever comes later comes back
	noteVisit = 15 * time.Minute // how exactly it is kept
)

// visit notes that somebody is here, and when they begin anew, when they were here before. It is written past the hooks:
// it is no change that anybody follows.
func (s *Site) visit(v *member.Viewer, now time.Time) error {
	if !v.SignedIn() {
		return nil
	}
	last := v.User().GetDateTime("visited").Time()
	if now.Sub(last) < noteVisit {
		return nil
	}
	at, err := types.ParseDateTime(now.UTC())
	if err != nil {
		return err
	}
	values := dbx.Params{"visited": at.String()}
	if now.Sub(last) >= visitEnds && !last.IsZero() {
		was := v.User().GetDateTime("visited")
		values["was_here"] = was.String()
		v.User().Set("was_here", was)
	}
	_, err = s.app.DB().Update("users", values, dbx.HashExp{"id": v.ID()}).Execute()
	return err
}
