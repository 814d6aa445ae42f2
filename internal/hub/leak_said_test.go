package hub_test

import (
	"context"
	"path"
	"slices"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// said plants what is said about a paragraph of a page on a level: discussions, what readers said, and answers to them.
func (l *leaks) said(level string) []plant {
	d := l.document("guidance", level, library.Published, "other", l.word())
	page, err := markdown.Render(d.GetString("body"), markdown.Options{})
	if err != nil {
		l.t.Fatal(err)
	}
	key, at := markdown.Paragraphs(page.HTML)[0].Key, func(*core.Record) string { return pageOf(d) }
	var all []plant
	add := func(collection, what string, r *core.Record, word string, sees func(v *member.Viewer, r *core.Record) bool) {
		all = append(all, plant{&thing{what: what, level: level, records: map[string]*core.Record{"": r}, word: word, page: at, sees: sees}, collection})
	}
	for _, state := range []string{thread.Open, thread.Hidden} {
		word := l.word()
		t := l.make("threads", map[string]any{"title": word, "document": d.Id, "quote": key, "kind": "decision", "author": l.users["other"].Id})
		post := l.make("posts", map[string]any{"thread": t.Id, "body": "It says " + word, "author": l.users["other"].Id})
		t = l.h.Record("threads", "id", t.Id)
		t.Set("outcome", post.Id)
		l.save(t)
		what := "on a paragraph"
		if state == thread.Hidden {
			what = "hidden on a paragraph"
			t.Set("state", state)
			l.save(t)
		}
		for _, post := range []string{thread.Visible, thread.Hidden} {
			all = append(all, l.fileOfPost(level, t, what, post))
		}
		add("threads", what, t, word, func(v *member.Viewer, r *core.Record) bool { return thread.Wrap(r).Viewable(v) })
	}
	for _, c := range []struct{ state, what string }{{thread.Visible, "shown"}, {thread.Held, "held"}, {thread.Hidden, "hidden"}} {
		word := l.word()
		r := l.make("comments", map[string]any{"document": d.Id, "page": pageOf(d), "quote": key, "words": "It says " + word, "state": c.state})
		add("comments", c.what, r, word, func(v *member.Viewer, r *core.Record) bool {
			about, err := thread.ThingNamed(l.h.App, "comment:"+r.Id)
			return err == nil && (about.Moderable(v) || about.Reportable(v))
		})
	}
	word := l.word()
	answer := l.make("answers", map[string]any{"document": d.Id, "page": pageOf(d), "quote": key, "words": "It says " + word, "changed": true})
	add("answers", "an answer", answer, word, func(v *member.Viewer, _ *core.Record) bool { return library.Wrap(d).Viewable(v) })
	return all
}

// fileOfPost plants a file of a post of a discussion.
func (l *leaks) fileOfPost(level string, t *core.Record, what, state string) plant {
	word := l.word()
	p := l.make("posts", map[string]any{"thread": t.Id, "body": "It has a file", "author": l.users["other"].Id})
	ready, err := library.Prepare(context.Background(), l.h.App, []byte("It says "+word), "leak.txt")
	if err != nil {
		l.t.Fatal(err)
	}
	a, err := library.AttachToPost(l.h.App, p.Id, ready, func(a *library.Attachment) {
		a.Load(map[string]any{"title": "File " + word, "alt": word, "author": l.users["other"].Id, "state": library.Published}) // its words were looked through
	})
	if err != nil {
		l.t.Fatal(err)
	}
	p.Set("state", state)
	l.save(p)
	return plant{&thing{what: "a file of a post that is " + state + ", " + what, level: level, records: map[string]*core.Record{"": a.Record}, word: word,
		page: func(*core.Record) string { return a.Address() },
		sees: func(v *member.Viewer, r *core.Record) bool { shows, _ := thread.ShowsFile(l.h.App, v, r); return shows }}, "attachments"}
}

// besideParagraphs is what stands on and below a page about its paragraphs.
func (l *leaks) besideParagraphs(role string, p plant) string {
	r := p.of(role)
	of := r.GetString("document")
	switch p.collection {
	case "threads":
		at := "/discussions/" + r.Id
		return l.get(role, l.pageOf(p, role)) + l.get(role, at+"/edit") + l.get(role, at+"/decide?post="+r.GetString("outcome")) + l.get(role, at+"/become")
	case "documents":
		of = r.Id
	case "comments", "answers":
	default:
		return ""
	}
	return l.get(role, l.pageOf(p, role)) + l.get(role, "/discussions/paragraph?document="+of) + l.get(role, "/discussions/new?document="+of+"&paragraph="+r.GetString("quote"))
}

// voices is where readers say something, and are answered.
func (l *leaks) voices(role string, p plant) string {
	all := l.once(role+" voices", func() string {
		return l.get(role, "/changed-because-you-said") + l.get(role, "/changed-because-you-said.atom") + l.get(role, "/told")
	})
	if !slices.Contains([]string{"comments", "answers", "documents", "events"}, p.collection) {
		return all
	}
	at := l.pageOf(p, role)
	below := l.get(role, "/tell-us?page="+at) + l.get(role, "/told?page="+at) + l.get(role, "/changed-because-you-said?page="+at)
	return all + strings.ReplaceAll(below, path.Base(at), "") // what was asked for leads on to signing in
}

// feeds is what a role reads through feeds: with the cookie, and as a feed reader that has nothing but the address.
func (l *leaks) feeds(role string, p plant) string {
	var all strings.Builder
	all.WriteString(l.once(role+" feeds", func() string {
		var feeds strings.Builder
		for _, level := range levels {
			feeds.WriteString(l.get(role, "/spaces/"+level.space+"/feed.atom") + l.byToken(role, member.SpaceFeed, l.spaces[level.level].Id))
		}
		for _, name := range []string{"other", "lead"} {
			u := l.users[name]
			feeds.WriteString(l.get(role, "/people/"+u.Id+"/feed.atom") + l.byToken(role, member.PersonFeed, u.Id))
		}
		return feeds.String()
	}))
	id := p.of(role).Id
	if p.collection == "posts" {
		id = p.of(role).GetString("thread")
	} else if p.collection != "threads" {
		return all.String()
	}
	all.WriteString(l.get(role, "/discussions/"+id+"/feed.atom") + l.get(role, "/discussions/"+id+"/discussion.json") + l.byToken(role, member.ThreadFeed, id))
	return all.String()
}

// byToken reads a feed as the feed reader of a role does that once could read it.
func (l *leaks) byToken(role, kind, record string) string {
	u := l.users[role]
	if u == nil {
		return ""
	}
	token, err := member.OpenFeed(l.h.App, u.Id, kind, record)
	if err != nil {
		l.t.Error(err)
	}
	return l.clients["guest"].Get("/feeds/" + token + ".atom").Body
}
