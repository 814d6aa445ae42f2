package site

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/pocketbase/core"
)

// mostNotices is how many are shown; mostRung is up to how many the bell counts.
const (
	mostNotices = 200
	mostRung    = 20
)

type noticesView struct {
	Notices []noticeLine
	Unread  int
	Until   string // what was shown, so that "all read" means no more
	Marked  bool
}

type noticeLine struct {
	Title, URL, Kind, Why, Search string
	At                            time.Time
	New                           bool
}

// notifications lists what the viewer was told of, as far as they may see it now.
func (s *Site) notifications(e *core.RequestEvent) error {
	list, err := notify.Notices(s.app, viewer(e).ID(), mostNotices)
	if err != nil {
		return err
	}
	follows, err := notify.Follows(s.app, viewer(e).ID())
	if err != nil {
		return err
	}
	lines, err := s.noticeLines(viewer(e), list, follows)
	if err != nil {
		return err
	}
	v := noticesView{Notices: lines, Until: strconv.FormatInt(time.Now().UnixMilli(), 10), Marked: e.Request.URL.Query().Has("read")}
	for _, l := range lines {
		if l.New {
			v.Unread++
		}
	}
	return render(s, e, http.StatusOK, "notifications", Page{Title: "Notifications", NoIndex: true}, v)
}

// noticeLines describes notices as their things are now. What is gone, or not theirs to see, is left out.
func (s *Site) noticeLines(v *member.Viewer, list []*notify.Notice, follows []*notify.Follow) ([]noticeLine, error) {
	ids := make([]string, len(list))
	for i, n := range list {
		ids[i] = n.Entry()
	}
	found, err := s.o.Entries(ids)
	if err != nil {
		return nil, err
	}
	queries := map[string]string{}
	for _, f := range follows {
		queries[f.Id] = f.Query()
	}
	var lines []noticeLine
	keys := v.Keys()
	for _, n := range list {
		e, there := found[n.Entry()]
		if !there || !slices.Contains(keys, e.Access) {
			continue
		}
		l := noticeLine{Title: e.Title, URL: e.URL, Kind: kindWord(e.Kind), At: n.At(), New: !n.Read()}
		if q := queries[n.Follow()]; q != "" {
			l.Why, l.Search = SearchWords(q), "/search?"+q
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// notificationsRead marks all as read that was on the page.
func (s *Site) notificationsRead(e *core.RequestEvent) error {
	until := time.Now()
	if ms, err := strconv.ParseInt(e.Request.FormValue("until"), 10, 64); err == nil && time.UnixMilli(ms).Before(until) {
		until = time.UnixMilli(ms)
	}
	if err := notify.AllRead(s.app, viewer(e).ID(), until); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/notifications?read")
}

// rings is what the bell shows: how many there are that the viewer may see and has not. Mostly there are none, and that is
// all that is asked.
func (s *Site) rings(v *member.Viewer) (int, error) {
	list, err := notify.Unread(s.app, v.ID(), mostRung)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	lines, err := s.noticeLines(v, list, nil)
	return len(lines), err
}
