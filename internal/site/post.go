package site

import (
	"bytes"
	"strings"

	"commonplace/internal/thread"
)

// postView is a post as a page and a socket show it.
type postView struct {
	thread.Post
	Members bool      // names are shown
	Decides bool      // the reader may say that this is what was decided
	Answers *postView // the post it replies to
	Own     bool      // the reader wrote it, and it is not out
	Why     string    // what was wrong with it, when a moderator hid it
}

// Speaker is who speaks, for the one who reads: members see the name before role and organisation.
func (p postView) Speaker() string {
	switch {
	case p.Members && p.Left:
		return "Former member"
	case p.Members:
		return p.Name
	}
	return ""
}

// Profile is the address of who speaks, "" when nobody may go there.
func (p postView) Profile() string {
	if p.Speaker() == "" || p.Left {
		return ""
	}
	return "/people/" + p.Author
}

// PostPart renders one post for those who have the page open: with names for members, without for guests.
func (s *Site) PostPart(p thread.Post, members bool) (string, error) {
	v := postView{Post: p, Members: members}
	if p.ReplyTo != "" {
		if to, ok, err := thread.PostByID(s.app, p.ReplyTo); err == nil && ok && to.Traced() {
			v.Answers = &postView{Post: to, Members: members}
		}
	}
	var b bytes.Buffer
	err := s.pages[partPost].ExecuteTemplate(&b, "post", v)
	return strings.TrimSpace(b.String()), err
}

func postViews(posts []thread.Post, members bool) []postView {
	views := make([]postView, len(posts))
	byID := map[string]*postView{}
	for i, p := range posts {
		views[i] = postView{Post: p, Members: members}
		byID[p.ID] = &views[i]
	}
	for i := range views {
		views[i].Answers = byID[views[i].ReplyTo]
	}
	return views
}
