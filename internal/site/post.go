package site

import (
	"bytes"
	"slices"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/thread"
)

// postView is a post as a page and a socket show it.
type postView struct {
	thread.Post
	Members bool      // names are shown
	Me      string    // who reads, "" for guests and where one part is made for all members
	Change  bool      // the reader may change it
	Here    bool      // it stands on the page that links to it
	Fresh   bool      // the first that the reader has not seen
	Decides bool      // the reader may say that this is what was decided
	Answers *postView // the post it replies to
	Own     bool      // the reader wrote it, and it is not out
	Why     string    // what was wrong with it, when a moderator hid it
	Files   []fileView
	Waiting []fileView // files that only its writer knows of
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

// Address leads to the post wherever it stands in its thread.
func (p postView) Address() string { return thread.PostAddress(p.Thread, p.ID) }

// Anyone says that the part is made for all members at once: what is one's own is shown by the page that gets it.
func (p postView) Anyone() bool { return p.Members && p.Me == "" }

// Reacted says whether anybody did.
func (p postView) Reacted() bool {
	return slices.ContainsFunc(p.Reactions, func(r thread.Reacted) bool { return len(r.By) > 0 })
}

// mostNamed is how many of those who reacted are named.
const mostNamed = 30

// reactedBy names those who reacted in one way, for members.
func reactedBy(r thread.Reacted) string {
	var names []string
	for _, by := range r.By[:min(len(r.By), mostNamed)] {
		names = append(names, by.Name)
	}
	list := strings.Join(names, ", ")
	if more := len(r.By) - len(names); more > 0 {
		list += " and " + counted(more, "other", "others")
	}
	return list
}

// reactedIDs are the ids of those who reacted, so that an open page knows whether its reader is among them.
func reactedIDs(r thread.Reacted) string {
	var ids []string
	for _, by := range r.By {
		ids = append(ids, by.ID)
	}
	return strings.Join(ids, " ")
}

// PostPart renders one post for those who have the page open: with names for members, without for guests.
func (s *Site) PostPart(p thread.Post, members bool) (string, error) {
	v := postView{Post: p, Members: members}
	if p.ReplyTo != "" {
		to, found, err := thread.PostByID(s.app, p.ReplyTo)
		if err != nil {
			return "", err
		}
		if found && to.Traced() {
			v.Answers = &postView{Post: to, Members: members, Here: true}
		}
	}
	files, err := s.filesOfPosts(p.ID)
	if err != nil {
		return "", err
	}
	v.sort(files[p.ID])
	var b bytes.Buffer
	err = s.pages[partPost].ExecuteTemplate(&b, "post", v)
	return strings.TrimSpace(b.String()), err
}

// postViews shows posts to a viewer; what they answer is looked up where it does not stand among them.
func (s *Site) postViews(v *member.Viewer, posts []thread.Post) ([]postView, error) {
	views := make([]postView, len(posts))
	byID := map[string]*postView{}
	for i, p := range posts {
		views[i] = postView{Post: p, Members: v.SignedIn(), Me: v.ID(), Here: true}
		byID[p.ID] = &views[i]
	}
	var missing []string
	for _, p := range posts {
		if p.ReplyTo != "" && byID[p.ReplyTo] == nil {
			missing = append(missing, p.ReplyTo)
		}
	}
	elsewhere, err := thread.PostsByID(s.app, missing)
	for _, p := range elsewhere {
		byID[p.ID] = &postView{Post: p, Members: v.SignedIn()}
	}
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(posts))
	for i, p := range posts {
		ids[i] = p.ID
	}
	files, err := s.filesOfPosts(ids...)
	for i := range views {
		views[i].Answers = byID[views[i].ReplyTo]
		views[i].sort(files[views[i].ID])
	}
	return views, err
}

// sort puts the files of the post where its reader sees them: what is not out is for the one who put it there.
func (p *postView) sort(files []fileView) {
	for _, f := range files {
		if f.Out {
			p.Files = append(p.Files, f)
		} else if p.Me != "" && p.Me == p.Author {
			p.Waiting = append(p.Waiting, f)
		}
	}
}

// filesOfPosts are the files and pictures of posts.
func (s *Site) filesOfPosts(posts ...string) (map[string][]fileView, error) {
	all, err := library.AttachmentsOfPosts(s.app, posts)
	views := map[string][]fileView{}
	for post, files := range all {
		for _, a := range files {
			views[post] = append(views[post], fileViewOf(a))
		}
	}
	return views, err
}

// Link leads to the post from the page that shows it, or from another.
func (p postView) Link() string {
	if p.Here {
		return "#post-" + p.ID
	}
	return p.Address()
}
