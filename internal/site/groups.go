package site

import (
	"net/http"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

type groupsView struct {
	Groups []namedCard
	Manage bool
}

func (s *Site) groups(e *core.RequestEvent) error {
	groups, err := member.Groups(s.app, nil)
	if err != nil {
		return err
	}
	counts, err := member.DecisionCounts(s.app)
	if err != nil {
		return err
	}
	v := groupsView{Manage: member.MayManage(viewer(e), "groups")}
	for _, g := range groups {
		card := namedCard{Link: Link{g.Title(), g.Address()}, Summary: g.Summary(), Note: g.KindWord(), Example: g.Example()}
		if n := counts[g.Id]; n > 0 {
			card.Note += ", " + counted(n, "decision", "decisions")
		}
		v.Groups = append(v.Groups, card)
	}
	p := Page{Title: s.say("groups"), Description: s.say("about-groups"), Section: "/case-studies", Within: []Link{{"good-practice", "/case-studies"}}}
	return render(s, e, http.StatusOK, "groups", p, v, tagLibrary)
}

// groupLinks are the pages of the groups that match.
func (s *Site) groupLinks(where dbx.Expression) ([]Link, error) {
	groups, err := member.Groups(s.app, where)
	var links []Link
	for _, g := range groups {
		links = append(links, Link{g.Title(), g.Address()})
	}
	return links, err
}

type groupView struct {
	namedView
	Partner    Link // whose group it is
	Places     []Link
	Programmes []Link
	Decisions  []decisionView
}

// decisionView is a decision with what it led to, as far as the viewer may see that.
type decisionView struct {
	*member.Decision
	Where  Link // its source
	About  Link // the document
	Talk   Link // the thread
	Change string
}

func (s *Site) groupPage(e *core.RequestEvent) error {
	group, err := member.GroupBySlug(s.app, e.Request.PathValue("slug"))
	if err != nil {
		return answered(s.movedElse(e, err))
	}
	v := groupView{namedView: s.namedOf(e, &group.Named)}
	v.Kind = group.KindWord()
	if v.Partner, err = s.partnerLink(group.Organisation()); err != nil {
		return err
	}
	if v.Places, err = s.linksTo("places", group.Places()); err != nil {
		return err
	}
	if v.Programmes, err = s.linksTo("programmes", group.Programmes()); err != nil {
		return err
	}
	if v.Decisions, err = s.decisionsOf(e, group.Id); err != nil {
		return err
	}
	p := Page{Title: group.Title(), Description: group.Summary(), Section: "/case-studies", Within: []Link{{"groups", "/groups"}}}
	return render(s, e, http.StatusOK, "group", p, v, tagLibrary, tagTalk)
}

func (s *Site) decisionsOf(e *core.RequestEvent, group string) ([]decisionView, error) {
	decisions, err := member.Decisions(s.app, group)
	list := make([]decisionView, len(decisions))
	for i, d := range decisions {
		list[i] = decisionView{Decision: d, Where: Link{host(d.Source()), d.Source()}, About: s.seenDocument(e, d.Document()), Talk: s.seenThread(e, d.Thread())}
		if member.MayManage(viewer(e), "decisions") {
			list[i].Change = "/manage/groups/" + group + "/decisions/" + d.Id
		}
	}
	return list, err
}

// seenDocument links to a document if the viewer may see it.
func (s *Site) seenDocument(e *core.RequestEvent, id string) Link {
	if id == "" {
		return Link{}
	}
	d, err := library.ByID(s.app, id)
	if err != nil || !d.Out() || !d.Viewable(viewer(e)) {
		return Link{}
	}
	return Link{d.Title(), d.Address()}
}

// seenThread links to a thread if the viewer may see it.
func (s *Site) seenThread(e *core.RequestEvent, id string) Link {
	if id == "" {
		return Link{}
	}
	t, err := thread.ByID(s.app, id)
	if err != nil || !t.Viewable(viewer(e)) {
		return Link{}
	}
	return Link{t.Title(), "/discussions/" + t.Id}
}
