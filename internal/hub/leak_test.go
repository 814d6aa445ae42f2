package hub_test

import (
	"archive/zip"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/gorilla/websocket"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// The leak test plants a word that stands nowhere else in every kind of thing, on every level and in every state, and
// looks for it as everybody who may not see the thing, through every exit there is. Who adds an exit (a page that lists,
// a feed, an export, a mail) adds a line to exits; who adds a kind of thing adds it to the matrix or to planted.

// plant is a thing with its word.
type plant struct {
	*thing
	collection string
}

// exit is a way by which words leave the hub. Ask returns all that a role gets through it that could hold the word of a
// plant, with what the role typed itself taken out.
type exit struct {
	name string
	ask  func(l *leaks, role string, p plant) string
}

// exits is the registry.
var exits = []exit{
	{"its page", func(l *leaks, role string, p plant) string { return l.get(role, l.pageOf(p, role)) }},
	{"its page as plain text", func(l *leaks, role string, p plant) string { return l.get(role, l.pageOf(p, role)+".md") }},
	{"its page as a Word file", func(l *leaks, role string, p plant) string { return l.unzipped(role, l.pageOf(p, role)+".docx") }},
	{"a plan on paper", planOnPaper},
	{"keeping and signing a plan, and its tables", func(l *leaks, role string, p plant) string {
		at := l.pageOf(p, role)
		if !strings.HasPrefix(at, "/plans/") {
			return ""
		}
		var all strings.Builder
		for _, below := range []string{"/keep", "/keep/goal", "/keep/goal-text/" + p.of(role).Id, "/keep/measure-text/" + p.of(role).Id, "/keep/action-text/" + p.of(role).Id, "/keep/correct/" + p.of(role).Id, "/keep/said/" + p.of(role).Id, "/roles", "/csv", "/sign", "/readings.csv", "/actions.csv"} {
			all.WriteString(l.get(role, at+below))
		}
		return all.String()
	}},
	{"what one may take out of it", func(l *leaks, role string, p plant) string {
		at := l.pageOf(p, role)
		return l.get(role, "/use"+at) + l.unzipped(role, "/use"+at+"/press-pack.zip") + l.get(role, "/embed"+at)
	}},
	{"the hub and spaces as archives", func(l *leaks, role string, _ plant) string {
		return l.once(role+" archives", func() string { return l.archives(role) })
	}},
	{"pages below its page", func(l *leaks, role string, p plant) string {
		var all strings.Builder
		for _, below := range []string{"/adopt", "/adoptions/" + p.of(role).Id, "?ledger=stopped", "/who", "/move", "/discuss", "/manage", "/ask", "/changes", "/changes/1", "/at/" + time.Now().Format(time.DateOnly), "?as=member", "?as=public"} {
			all.WriteString(l.get(role, l.pageOf(p, role)+below))
		}
		return all.String()
	}},
	{"reporting it and deciding about it", func(l *leaks, role string, p plant) string {
		what := p.collection[:len(p.collection)-1] + ":" + p.of(role).Id
		if p.collection == "flags" {
			what = strings.TrimSuffix(p.of(role).GetString("subject"), "s") + ":" + p.of(role).GetString("record")
		}
		return l.get(role, "/report?what="+what) + l.get(role, "/moderate/things/"+what)
	}},
	{"who can see it, and moving it", func(l *leaks, role string, p plant) string {
		what := strings.TrimSuffix(p.collection, "s") + "=" + p.of(role).Id
		return l.get(role, "/who?"+what) + l.get(role, "/move?"+what) + l.get(role, "/move?"+what+"&to=library")
	}},
	{"writing it", func(l *leaks, role string, p plant) string {
		id := p.of(role).Id
		return l.get(role, "/write/case-study/"+id) + l.get(role, "/write/case-study/"+id+"/preview") +
			l.get(role, "/write/case-study/"+id+"/history") + l.get(role, "/write/case-study/"+id+"/comments") + l.get(role, "/suggestions/new?document="+id) + l.get(role, "/write") + l.get(role, "/write/bin")
	}},
	{"its state and dates, and deciding about it", func(l *leaks, role string, p plant) string {
		return l.get(role, "/write/"+p.of(role).GetString("kind")+"/"+p.of(role).Id+"/publish") + l.get(role, "/review/"+p.of(role).Id)
	}},
	{"an approval link", func(l *leaks, role string, p plant) string {
		link := l.links[p.of(role).Id]
		switch {
		case link == nil:
			return ""
		case p.isFor(role):
			return l.get(role, "/approve/"+link.token)
		}
		return l.get(role, "/approve/"+link.GetString("hash")) + l.get(role, "/approve/"+link.Id) + l.get(role, "/approve/"+link.Revision())
	}},
	{"a post by itself", func(l *leaks, role string, p plant) string {
		if p.collection != "posts" {
			return ""
		}
		at := "/discussions/" + p.of(role).GetString("thread")
		post := at + "/posts/" + p.of(role).Id
		return l.get(role, post) + l.get(role, post+"/history") + l.get(role, post+"/edit") + l.get(role, at+"?around="+p.of(role).Id) + l.get(role, at+"?quote="+p.of(role).Id) + l.get(role, at+"?from=0")
	}},
	{"files and the page of files", func(l *leaks, role string, p plant) string {
		of := p.of(role).GetString("document")
		if p.collection != "attachments" {
			return ""
		}
		if post := p.of(role).GetString("post"); post != "" {
			at := "/discussions/" + l.h.Record("posts", "id", post).GetString("thread")
			return l.get(role, l.pageOf(p, role)+"?download=1") + l.get(role, at) + l.get(role, at+"/discussion.json") + l.get(role, at+"/posts/"+post)
		}
		return l.get(role, l.pageOf(p, role)+"?download=1") + l.get(role, "/write/case-study/"+of+"/files") + l.get(role, "/api"+l.pageOf(p, role)) +
			l.get(role, "/case-studies/"+l.h.Record("documents", "id", of).GetString("slug"))
	}},
	{"taking up what was typed", func(l *leaks, role string, p plant) string {
		if p.collection != "autosaves" {
			return ""
		}
		return l.get(role, p.of(role).GetString("address")+"?restore="+p.of(role).Id)
	}},
	{"lists of pages", func(l *leaks, role string, _ plant) string {
		return l.once(role+" lists", func() string {
			var all strings.Builder
			for _, address := range lists {
				all.WriteString(l.get(role, address))
			}
			return all.String()
		})
	}},
	{"the copy for phones", func(l *leaks, role string, p plant) string { return l.offline(role) }},
	{"search hits", func(l *leaks, role string, p plant) string {
		return l.asked(role, "/search?q=", p.word) + l.asked(role, "/search.json?q=", p.word) + l.asked(role, "/search.csv?q=", p.word) + l.asked(role, "/search.atom?q=", p.word) + l.api(role, "/api/hub/search?q=", p.word)
	}},
	{"search counts", func(l *leaks, role string, p plant) string {
		var r struct{ Total int }
		raw := l.get(role, "/search.json?q="+url.QueryEscape(p.word))
		if json.Unmarshal([]byte(raw), &r) == nil && r.Total > 0 {
			return "counted: " + p.word
		}
		return ""
	}},
	{"facets", func(l *leaks, role string, _ plant) string {
		return l.get(role, "/search.json?q=") + l.get(role, "/search?q=") + l.get(role, "/case-studies")
	}},
	{"suggestions", func(l *leaks, role string, p plant) string {
		start := p.word[:max(3, len(p.word)-3)]
		return l.get(role, "/-/suggest?q="+url.QueryEscape(start)) + l.api(role, "/api/hub/suggest?q=", start)
	}},
	{"similar work", func(l *leaks, role string, p plant) string {
		return l.alike(role, "Words about "+p.word+". "+p.word+" title. A summary. "+p.word+" We asked. They answered.")
	}},
	{"a typing mistake", func(l *leaks, role string, p plant) string { return l.mistyped(role, p.word) }},
	{"the REST list", func(l *leaks, role string, p plant) string {
		return l.rest(role, "/api/collections/"+p.collection+"/records?perPage=1000")
	}},
	{"the REST view", func(l *leaks, role string, p plant) string {
		return l.rest(role, "/api/collections/"+p.collection+"/records/"+p.of(role).Id)
	}},
	{"a REST sort", func(l *leaks, role string, p plant) string {
		return l.rest(role, "/api/collections/"+p.collection+"/records?perPage=1000&sort=-created")
	}},
	{"a REST filter on its id", func(l *leaks, role string, p plant) string {
		return l.rest(role, "/api/collections/"+p.collection+"/records?filter="+url.QueryEscape("id='"+p.of(role).Id+"'"))
	}},
	{"REST relations", func(l *leaks, role string, _ plant) string {
		return l.once(role+" relations", func() string {
			var all strings.Builder
			for _, address := range relations {
				all.WriteString(l.rest(role, address))
			}
			return all.String()
		})
	}},
	{"pages that quote a figure", func(l *leaks, role string, _ plant) string {
		return l.once(role+" figure", func() string {
			return l.get(role, "/figures/martha-calls") + l.get(role, "/figures.json") + l.get(role, "/figures.csv")
		})
	}},
	{"the board of freshness", func(l *leaks, role string, p plant) string {
		return l.get(role, "/manage/freshness?show=all&kind=case-study") + l.get(role, "/manage/freshness.csv?show=all") + l.get(role, "/me/pages")
	}},
	{"two pages on one subject", func(l *leaks, role string, p plant) string {
		if p.collection != "documents" {
			return ""
		}
		id := p.of(role).Id
		return l.once(role+" alike", func() string { return l.get(role, "/manage/alike") }) + l.get(role, "/manage/alike/"+id+"/"+l.beside) + l.get(role, "/manage/alike/"+l.beside+"/"+id) +
			l.get(role, "/write/case-study/"+id+"/relations")
	}},
	{"events: their pages, forms and calendars", func(l *leaks, role string, p plant) string {
		if p.collection != "events" {
			return ""
		}
		at := l.pageOf(p, role)
		return l.once(role+" events", func() string {
			return l.get(role, "/events") + l.get(role, "/in/leeds/events") + l.get(role, "/events.ics") + l.get(role, "/events.atom")
		}) + l.get(role, at+".ics") + l.get(role, at+"/outcome") + l.get(role, "/write/event/"+p.of(role).Id) + l.get(role, "/events/"+p.of(role).Id)
	}},
	{"self-checks: their pages, forms and tables", func(l *leaks, role string, p plant) string {
		if p.collection != "assessments" {
			return ""
		}
		at, what := l.pageOf(p, role), "check:"+p.of(role).Id
		slug := l.h.Record("documents", "id", p.of(role).GetString("document")).GetString("slug")
		return l.once(role+" checks", func() string { return l.get(role, "/self-checks") + l.get(role, "/self-checks?place=leeds") }) +
			l.get(role, at+".csv") + l.get(role, at+"/edit") + l.get(role, "/self-checks/new?template="+slug) + l.get(role, "/report?what="+what) + l.get(role, "/moderate/things/"+what)
	}},
	{"the register of champions, and what is written to them", func(l *leaks, role string, p plant) string {
		switch p.collection {
		case "champions":
			return l.get(role, "/champions") + l.get(role, "/champions?place=leeds&level=board") + l.get(role, "/champions.csv") + l.get(role, l.pageOf(p, role))
		case "champion_messages":
			what := "message:" + p.of(role).Id
			return l.get(role, l.pageOf(p, role)) + l.get(role, "/report?what="+what) + l.get(role, "/moderate/things/"+what) + l.get(role, "/champions/join")
		}
		return ""
	}},
	{"who keeps it", func(l *leaks, role string, p plant) string {
		d := p.of(role)
		return l.get(role, "/write/"+d.GetString("kind")+"/"+d.Id+"/keeper")
	}},
	{"the handbook on paper and as a file", func(l *leaks, role string, p plant) string {
		return l.once(role+" paper", func() string {
			return l.get(role, "/handbook/booklet") + l.get(role, "/handbook/booklet.css") + l.get(role, "/in/leeds/handbook/booklet?print=large") + l.get(role, "/handbook/adult-carers/booklet") + l.get(role, "/handbook/handbook.html")
		}) + l.get(role, library.ShortAddress(p.of(role).Id))
	}},
	{"decisions of groups", func(l *leaks, role string, _ plant) string { return l.get(role, "/groups/leak-board") }},
	{"old addresses", func(l *leaks, role string, p plant) string { return l.moved(role, p) }},
	{"live topics", func(l *leaks, role string, p plant) string { return l.listens(role, p) }},
	{"what happened on a page that asks", func(l *leaks, role string, p plant) string {
		topic := map[string]string{"threads": "thread:", "posts": "thread:", "documents": "document:"}[p.collection]
		if topic == "" {
			return ""
		}
		r := p.of(role)
		of := r.Id
		if p.collection == "posts" {
			of = r.GetString("thread")
		}
		me := l.idOf(role)
		if role == "guest" || role == "suspended" {
			me = "" // as their pages say
		}
		heard := l.clients[role].Get("/-/live?topic=" + topic + of + "&since=0&epoch=" + l.epoch + "&me=" + me)
		if p.collection != "posts" && heard.Status != http.StatusNotFound {
			return p.word
		}
		return heard.Body
	}},
	{"what is said about paragraphs", func(l *leaks, role string, p plant) string { return l.besideParagraphs(role, p) }},
	{"what readers say and are answered", func(l *leaks, role string, p plant) string { return l.voices(role, p) }},
	{"feeds, and a discussion as a file", func(l *leaks, role string, p plant) string { return l.feeds(role, p) }},
	{"mail", func(l *leaks, role string, p plant) string { return l.mailed(role, p) }},
	{"notices and digests", func(l *leaks, role string, p plant) string { return l.told(role, p) }},
	{"a copy of one's own data", func(l *leaks, role string, p plant) string {
		if p.of(role).GetString("author") == l.idOf(role) && !p.isFor(role) {
			return "" // one's own words are one's own, also where one may not look any more
		}
		return l.ownData(role)
	}},
}

// lists are the pages that list things.
var lists = []string{
	"/", "/case-studies", "/handbook", "/plans", "/glossary", "/discussions", "/discussions/new", "/spaces", "/spaces/library", "/spaces/passport-group", "/spaces/programme-board",
	"/spaces/quiet-room", "/places/leeds", "/places", "/partners", "/partners?place=leeds", "/partners/matrix-trust", "/refer/matrix-trust", "/refer/matrix-trust/adult/leeds", "/refer/matrix-trust/counts", "/programmes", "/programmes/matrix-programme", "/groups",
	"/write", "/review", "/review?page=2", "/review?page=3", "/me", "/me/export", "/in/leeds/handbook", "/retention", "/robots.txt", "/sitemap.xml", "/opensearch.xml", "/feed.atom", "/feed.json", "/no/such/page", "/moderate", "/moderate/acts", "/manage/audit", "/manage/audit.csv",
	"/manage/people/nothing/erase", "/champions", "/champions.csv", "/champions/join", "/coverage", "/coverage?of=passports", "/coverage?of=answers", "/coverage.csv", "/notifications", "/me/follows", "/since", "/tap", "/gaps",
	"/manage/review", "/manage/review?since=2020-01-01", "/manage/review.csv?table=things", "/manage/review.csv?table=changes&since=2020-01-01", "/manage/spaces",
}

// relations are public records from which relations lead to others.
var relations = []string{
	"/api/collections/organisations/records?perPage=1000&expand=documents_via_organisation,threads_via_organisation,posts_via_organisation,adoptions_via_organisation,passport_counts_via_organisation,users_via_organisation,users_via_organisation.flags_via_reporter,champions_via_organisation,assessments_via_organisation",
	"/api/collections/places/records?perPage=1000&expand=documents_via_places,adoptions_via_place,users_via_place,events_via_place,champions_via_place,assessments_via_place",
	"/api/collections/programmes/records?perPage=1000&expand=documents_via_programmes,goals_via_programmes,signoffs_via_programme",
	"/api/collections/spaces/records?perPage=1000&expand=documents_via_space,threads_via_space,memberships_via_space,events_via_space",
	"/api/collections/documents/records?perPage=1000&expand=author,revisions_via_document,threads_via_document,adoptions_via_document,goals_via_document,plan_updates_via_document,signoffs_via_document,assessments_via_document,assessments_via_about",
	"/api/collections/threads/records?perPage=1000&expand=author,document,posts_via_thread,adoptions_via_thread",
	"/api/collections/posts/records?perPage=1000&expand=author,thread,thread.document,reply_to",
}

// leaks asks on behalf of the roles of the matrix.
type leaks struct {
	*matrix
	out     *notify.Outbox
	mails   atomic.Int64
	showed  sync.Map                 // the exits that have shown something to somebody
	small   sync.Map                 // answers in small letters
	sockets sync.Map                 // by role; what is silent for long is closed, and opened again
	links   map[string]*approvalLink // by what they show
	epoch   string                   // of the journal, as pages know it
	beside  string                   // a page that everybody may read, beside which each stands
}

// approvalLink is a link with the token that only its reader has.
type approvalLink struct {
	*library.ApprovalLink
	token string
}

// askByLink makes a link to every document that has words which are not out.
func (l *leaks) askByLink(plants []plant) {
	l.links = map[string]*approvalLink{}
	for _, p := range plants {
		for _, r := range p.records {
			id := r.Id
			if p.collection == "revisions" {
				id = r.GetString("document")
			} else if p.collection != "documents" {
				continue
			}
			if link, token, err := library.AskByLink(l.h.App, l.viewers["admin"], id, "Director"); err == nil {
				l.links[r.Id] = &approvalLink{link, token}
			}
		}
	}
}

func TestLeaks(t *testing.T) {
	l := &leaks{matrix: newMatrix(t)}
	l.epoch, _ = journal.Epoch(l.h.App)
	l.out = l.h.Hub.Mail
	l.h.App.Settings().SMTP.Enabled, l.h.App.Settings().SMTP.Host, l.h.App.Settings().SMTP.Port = true, "127.0.0.1", 1
	plants := l.planted()
	l.decide(plants)
	l.askByLink(plants)
	l.quote(plants)
	l.liken(plants)
	l.freeze()
	l.h.Settle()
	var hidden atomic.Int64
	var all sync.WaitGroup
	asking := roles
	if os.Getenv(proving) != "" {
		asking = []string{"guest", "member"} // enough to find a check that is missing
	}
	for _, role := range asking {
		l.socket(role)
		all.Go(func() {
			for _, p := range plants {
				if r := p.of(role); r != nil {
					sees := p.isFor(role)
					if says := p.sees(l.viewers[role], r); says != sees {
						t.Errorf("%s, %s %s: the %s may see it: %v; the program says %v", p.collection, p.what, p.level, role, sees, says)
					}
					if !sees {
						hidden.Add(1)
					}
					l.look(p, role, sees)
				}
			}
		})
	}
	all.Wait()
	for _, x := range exits {
		if _, showed := l.showed.Load(x.name); !showed && os.Getenv(proving) == "" {
			t.Errorf("%s shows nothing to those who may see it, so this test does not look through it", x.name)
		}
	}
	t.Logf("%d things, %d pairs of a thing and somebody who may not see it, %d exits", len(plants), hidden.Load(), len(exits))
}

// Who reads and who reviews on each level, in this test's own words: what the program says is not asked.
var (
	readers = map[string]string{
		"open": "guest member partner lead moderator admin suspended", "restricted": "member partner lead moderator admin", "private": "lead admin", "confidential": "partner admin",
	}
	reviewers = map[string]string{"open": "lead admin", "restricted": "lead admin", "private": "lead admin", "confidential": "admin"}
)

// isFor says whether a role may see a thing.
func (p plant) isFor(role string) bool {
	among := func(people string) bool { return slices.Contains(strings.Fields(people), role) }
	signedIn := role != "guest" && role != "suspended"
	reads, reviews := among(readers[p.level]), among(reviewers[p.level])
	switch {
	case p.collection == "autosaves":
		return role == "lead"
	case p.collection == "assessments" && p.what == "draft of somebody else":
		return false // nobody else's, reviewers included
	case p.collection == "champions":
		return p.what == "shown"
	case p.collection == "champion_messages":
		return role == "lead" || role == "member"
	case p.what == "a stranger": // who shares no space with anybody
		return role == "admin"
	case p.level == "": // people
		return signedIn
	case strings.HasPrefix(p.what, "removed"):
		return false
	case strings.HasPrefix(p.what, "own draft"):
		return reads && signedIn
	case strings.HasPrefix(p.what, "work on"), strings.Contains(p.what, "draft"), strings.Contains(p.what, "in-review"):
		return reviews
	case strings.HasPrefix(p.what, "own hidden"), strings.HasPrefix(p.what, "own held"):
		return reads && signedIn
	case strings.Contains(p.what, "hidden"), strings.Contains(p.what, "held"), p.collection == "flags":
		return reviews || reads && role == "moderator"
	}
	return reads
}

// planted lists what the matrix has, and what has a word in another place than a title or a text.
func (l *leaks) planted() []plant {
	var all []plant
	for _, p := range l.parts() {
		for _, x := range p.things {
			inTheDocumentToo := p.collection == "revisions" && !strings.HasPrefix(x.what, "work on")
			if x.word != "id" && x.sees != nil && p.collection != "spaces" && !inTheDocumentToo {
				all = append(all, plant{x, p.collection})
			}
		}
	}
	for i, level := range levels {
		// Only words of letters are mended when they are mistyped.
		letters := []string{"wallabytree", "numbatstone", "potoroolamp", "bilbycandle"}[i]
		d := l.document("case-study", level.level, library.Published, "other", letters)
		all = append(all, plant{&thing{what: "a word of letters", level: level.level, records: map[string]*core.Record{"": d}, word: letters, sees: seenDocument}, "documents"})

		for _, f := range [][3]string{{library.Published, library.Published, "a file"}, {library.Draft, library.Draft, "a draft's file"}, {library.Published, library.Draft, "a draft of a file"}, {library.Withdrawn, library.Published, "a withdrawn page's file, a draft again"}} {
			word, of := l.word(), l.document("case-study", level.level, f[0], "other", "A study "+l.word())
			a := attach(l.t, l.h, of, []byte("It says "+word), "leak.txt", map[string]any{"state": f[1], "title": "File " + word, "summary": "About " + word})
			all = append(all, plant{&thing{what: f[2], level: level.level, records: map[string]*core.Record{"": a.Record}, word: word, page: func(*core.Record) string { return a.Address() },
				sees: func(v *member.Viewer, _ *core.Record) bool { return a.Viewable(v, library.Wrap(of)) }}, "attachments"})
		}

		onPaper := l.word()
		d = l.make("documents", map[string]any{"kind": "handbook", "chapter": "adult-carers", "space": l.spaces[level.level].Id, "state": library.Published, "title": onPaper + " title", "summary": "A summary.", "body": "Words about " + onPaper + "."})
		all = append(all, plant{&thing{what: "a page of the handbook", level: level.level, records: map[string]*core.Record{"": d}, word: onPaper, sees: seenDocument, page: pageOf}, "documents"})

		all = append(all, l.said(level.level)...)
		all = append(all, l.inHandbook(level.level)...)

		topic := l.word()
		d = l.document("case-study", level.level, library.Published, "other", "A study "+l.word())
		d.Set("topics", []string{topic})
		l.save(d)
		all = append(all, plant{&thing{what: "a topic", level: level.level, records: map[string]*core.Record{"": d}, word: topic, sees: seenDocument, page: pageOf}, "documents"})

		moved := l.document("case-study", level.level, library.Published, "other", "A study "+l.word())
		from, now := library.Wrap(moved).Address(), l.word()
		moved = l.h.Record("documents", "id", moved.Id)
		moved.Set("slug", now)
		l.save(moved)
		all = append(all, plant{&thing{what: "a new address", level: level.level, records: map[string]*core.Record{"": moved}, word: now, sees: seenDocument,
			change: map[string]any{"from": from}}, "documents"})
	}
	return append(all, l.typed(), l.written())
}

// TestFilesGoWithTheirPage: what is withdrawn, in the bin, or a story that was taken back, gives no file to those who read it
// before, by any of its addresses.
func TestFilesGoWithTheirPage(t *testing.T) {
	h := hubtest.New(t)
	state := map[string]string{"binned": library.Draft} // only what was never out lies there
	read := map[string][]string{"binned": {"partner"}}
	for name, takeBack := range map[string]func(*library.Document) error{
		"withdrawn": func(d *library.Document) error {
			d.Set("state", library.Withdrawn)
			return h.App.Save(d.Record)
		},
		"binned": func(d *library.Document) error { return library.Bin(h.App, d, "") },
		"taken back": func(d *library.Document) error {
			c, err := library.NewConsent(h.App, d.Id)
			if err != nil {
				return err
			}
			c.Load(map[string]any{"what": library.Story, "whose": "A carer", "how": "In writing", "given": "2026-01-01 00:00:00.000Z"})
			if err := h.App.Save(c.Record); err != nil {
				return err
			}
			return c.Withdraw(h.App, "")
		},
	} {
		space := h.Record("spaces", "slug", "library")
		d, err := library.New(h.App, library.Guidance, space.Id)
		if err != nil {
			t.Fatal(err)
		}
		d.Load(map[string]any{"title": "A page that is " + name, "summary": "It has a file.", "body": "Words.", "state": cmp.Or(state[name], library.Published), "author": h.Record("users", "email", "partner@example.org").Id, "slug": "page-" + strings.ReplaceAll(name, " ", "-")})
		if err := h.App.Save(d.Record); err != nil {
			t.Fatal(err)
		}
		a := attach(t, h, d.Record, []byte("words"), "words.txt", map[string]any{"state": d.State()})
		readers := read[name]
		if readers == nil {
			readers = []string{"guest", "member"}
		}
		addresses := []string{a.Address(), a.Address() + "?download=1", "/api/files/attachments/" + a.Id + "/" + a.File()}
		for _, role := range readers {
			if got := h.As(role).Get(a.Address()).Status; got != http.StatusOK {
				t.Errorf("%s: the %s does not read it while it is out: %d", name, role, got)
			}
		}
		if d, err = library.ByID(h.App, d.Id); err != nil {
			t.Fatal(err)
		}
		if err := takeBack(d); err != nil {
			t.Fatal(name, err)
		}
		for _, role := range append(readers, "guest", "member") {
			for _, address := range addresses {
				if got := h.As(role).Get(address).Status; got != http.StatusNotFound {
					t.Errorf("%s: the %s reads %s: %d", name, role, address, got)
				}
			}
		}
	}
}

// typed is what the lead typed into a form and did not save.
func (l *leaks) typed() plant {
	word := l.word()
	r := l.make("autosaves", map[string]any{"person": l.users["lead"].Id, "address": "/write/case-study", "window": "leaking1", "form": map[string]any{"title": []string{word}}})
	return plant{&thing{what: "typed and not saved", records: map[string]*core.Record{"": r}, word: word,
		sees: func(v *member.Viewer, r *core.Record) bool { return v.ID() == r.GetString("person") }}, "autosaves"}
}

// quote has every document quote a figure that changed since, and some be kept by people who may not see them any more.
func (l *leaks) quote(plants []plant) {
	for _, p := range plants {
		for _, r := range p.records {
			if p.collection != "documents" {
				continue
			}
			l.make("figure_uses", map[string]any{"document": r.Id, "figure": "martha-calls", "changed": "2026-11-01"})
			if r.GetString("owner") != "" {
				continue
			}
			if _, err := l.h.App.DB().Update("documents", dbx.Params{"owner": l.users["member"].Id}, dbx.HashExp{"id": r.Id}).Execute(); err != nil {
				l.t.Fatal(err)
			}
		}
	}
}

// liken has a lead say that every document looks like an open one.
func (l *leaks) liken(plants []plant) {
	l.beside = l.document("guidance", "open", library.Published, "other", l.word()).Id
	for _, p := range plants {
		for _, r := range p.records {
			if p.collection == "documents" {
				l.make("relations", map[string]any{"document": r.Id, "other": l.beside, "kind": library.KeepBoth, "because": "Said of " + p.word})
			}
		}
	}
}

// decide has a board decide something about every document and thread.
func (l *leaks) decide(plants []plant) {
	board := l.make("groups", map[string]any{"slug": "leak-board", "title": "Leak board", "kind": "board", "places": []string{l.place.Id}, "programmes": []string{l.programme.Id}})
	field := map[string]string{"documents": "document", "threads": "thread"}
	for i, p := range plants {
		for role, r := range p.records {
			if f := field[p.collection]; f != "" {
				l.make("decisions", map[string]any{"group": board.Id, "text": fmt.Sprint("Decision ", i, " ", role), f: r.Id})
			}
		}
	}
}

// look asks through every exit.
func (l *leaks) look(p plant, role string, sees bool) {
	for _, x := range exits {
		if only := os.Getenv(proving); only != "" && x.name != only {
			continue
		}
		if _, showed := l.showed.Load(x.name); sees && showed {
			continue // that it works has been seen
		}
		if !strings.Contains(l.lowered(x.ask(l, role, p)), p.word) {
			continue
		}
		l.showed.Store(x.name, true)
		if !sees {
			l.t.Errorf("LEAK through %s: %s, %s %s, is shown to the %s", x.name, p.collection, p.what, p.level, role)
		}
	}
}

// lowered is an answer in small letters, made once: the same answer is looked through for every word.
func (l *leaks) lowered(answer string) string {
	small, known := l.small.Load(answer)
	if !known {
		small, _ = l.small.LoadOrStore(answer, strings.ToLower(answer))
	}
	return small.(string)
}

func (l *leaks) once(key string, ask func() string) string { return l.keep("leak "+key, ask) }

// pageOf is the thing's page.
func (l *leaks) pageOf(p plant, role string) string {
	if p.page == nil {
		return "/no/such/page"
	}
	return p.page(p.of(role))
}

// get reads a page as a role, headers that lead on included, without the address that was asked for.
func (l *leaks) get(role, address string) string {
	return l.once(role+" "+address, func() string {
		a := l.clients[role].Get(address)
		return untyped(address, a.Header.Get("Location")+a.Header.Get("Link")+a.Body)
	})
}

// untyped takes the address that was asked for out of an answer.
func untyped(address, answer string) string {
	asked, _, _ := strings.Cut(address, "?")
	var typed []string
	for _, part := range strings.Split(asked, "/") {
		part = strings.TrimSuffix(strings.TrimSuffix(part, ".md"), ".docx")
		if part != "" {
			typed = append(typed, part, "")
		}
	}
	return strings.NewReplacer(typed...).Replace(answer)
}

// ownData is all that stands in the copy of a role's own data.
func (l *leaks) ownData(role string) string {
	return l.once(role+" own data", func() string { return opened(l.clients[role].Post("/me/export", url.Values{}).Body) })
}

// unzipped is all that stands in an archive at an address, or in the page that stands there instead.
func (l *leaks) unzipped(role, address string) string {
	return l.once(role+" "+address, func() string { return untyped(address, opened(l.clients[role].Get(address).Body)) })
}

// archives is all that a role may take out of the hub and of every space.
func (l *leaks) archives(role string) string {
	var all strings.Builder
	for _, address := range []string{"/manage/take-out", "/spaces/library/take-out", "/spaces/passport-group/take-out", "/spaces/programme-board/take-out", "/spaces/quiet-room/take-out"} {
		all.WriteString(opened(l.clients[role].Post(address, url.Values{}).Body))
	}
	return all.String()
}

// opened is what the files of an archive say; what is none is itself.
func opened(raw string) string {
	z, err := zip.NewReader(strings.NewReader(raw), int64(len(raw)))
	if err != nil {
		return raw // such as the page that leads a guest elsewhere
	}
	var all strings.Builder
	for _, f := range z.File {
		all.WriteString(f.Name)
		if in, err := f.Open(); err == nil {
			io.Copy(&all, in)
			in.Close()
		}
	}
	return all.String()
}

func (l *leaks) idOf(role string) string {
	if u := l.users[role]; u != nil {
		return u.Id
	}
	return "nobody"
}

// asked is the answer to a question without the question.
func (l *leaks) asked(role, address, word string) string {
	answer := l.get(role, address+url.QueryEscape(word))
	if !strings.Contains(answer, `"total":0`) && !strings.Contains(answer, "0 results") && strings.HasPrefix(address, "/search?") {
		answer = withoutQuestion.ReplaceAllString(answer, "")
	}
	if strings.Contains(answer, "<html") {
		return hitsOnly(answer)
	}
	if strings.Contains(answer, "<feed") { // its head repeats the question
		_, answer, _ = strings.Cut(answer, "<entry>")
	}
	return answer
}

var withoutQuestion = regexp.MustCompile(`<input[^>]*>`)

// again are the links that ask the same again, in other words or another order.
var again = regexp.MustCompile(`href="/search[^"]*"`)

// hitsOnly leaves the part of a page that holds hits. A page that has some, and shows them in a way that is not known here,
// is looked through as a whole.
func hitsOnly(page string) string {
	from, to := strings.Index(page, `class="cp-card cp-hit"`), strings.LastIndex(page, "</article>")
	switch {
	case from >= 0 && to > from:
		return again.ReplaceAllString(page[from:to], "")
	case strings.Contains(page, `class="cp-count"`):
		return page
	}
	return ""
}

// alike is the similar work that a role is offered, on the pages and through JSON. A reason says only words that stand in
// what is offered.
func (l *leaks) alike(role, text string) string {
	return l.once(role+" alike "+text, func() string {
		asked := map[string]any{"title": text, "text": text}
		raw, err := json.Marshal(asked)
		if err != nil {
			l.t.Error(err)
		}
		a := l.clients[role].Do("POST", "/-/similar", "application/json", strings.NewReader(string(raw)), http.Header{"Sec-Fetch-Site": {"same-origin"}})
		return a.Body + l.clients[role].REST("POST", "/api/hub/similar", asked).Body
	})
}

func (l *leaks) api(role, address, word string) string {
	return l.rest(role, address+url.QueryEscape(word))
}

func (l *leaks) rest(role, address string) string {
	return l.once("rest "+role+" "+address, func() string {
		a := l.matrix.rest(role, "GET", address, nil)
		if strings.Contains(address, "?q=") || a.Status == http.StatusOK {
			return a.Body
		}
		return ""
	})
}

// mistyped asks for the word with a wrong letter: what it is mended to was found somewhere.
func (l *leaks) mistyped(role, word string) string {
	if strings.HasPrefix(word, "wombat") {
		return ""
	}
	wrong := word[:4] + word[5:]
	return l.get(role, "/search.json?q="+wrong) + l.get(role, "/search?q="+wrong)
}

// moved is where the old address of a thing leads.
func (l *leaks) moved(role string, p plant) string {
	from, _ := p.change["from"].(string)
	if from == "" {
		return ""
	}
	return l.get(role, from)
}

// listens joins the topic of a thing and says so when that is allowed.
func (l *leaks) listens(role string, p plant) string {
	topic := map[string]string{"threads": "thread:", "documents": "document:"}[p.collection]
	if topic == "" {
		return ""
	}
	topic += p.of(role).Id
	hears, err := l.hears(role, topic)
	if err != nil { // it was silent for long
		l.sockets.Delete(role)
		hears, err = l.hears(role, topic)
	}
	if err != nil {
		l.t.Errorf("live as %s: %v", role, err)
	}
	if !hears {
		return ""
	}
	return p.word
}

// hears joins a topic and leaves it again.
func (l *leaks) hears(role, topic string) (bool, error) {
	c := l.socket(role)
	if err := c.WriteJSON(map[string]string{"op": "join", "topic": topic}); err != nil {
		return false, err
	}
	for {
		var m struct{ Op, Topic string }
		c.SetReadDeadline(time.Now().Add(time.Minute))
		if err := c.ReadJSON(&m); err != nil {
			return false, err
		}
		switch {
		case m.Op == "error":
			return false, nil
		case m.Op == "joined" && m.Topic == topic:
			return true, c.WriteJSON(map[string]string{"op": "leave", "topic": topic})
		}
	}
}

func (l *leaks) socket(role string) *websocket.Conn {
	if c, open := l.sockets.Load(role); open {
		return c.(*websocket.Conn)
	}
	header := http.Header{"Origin": {l.h.URL}}
	if role != "guest" {
		header.Set("Cookie", l.clients[role].Cookie())
	}
	c, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(l.h.URL, "http")+"/live", header)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { c.Close() })
	l.sockets.Store(role, c)
	return c
}

// mailed writes a mail about a thing to a person, and has the outbox try to send it: there is no mail server, so what
// may go out fails and what may not is dropped.
func (l *leaks) mailed(role string, p plant) string {
	u := l.users[role]
	if u == nil || !slices.Contains([]string{"threads", "posts", "documents"}, p.collection) {
		return ""
	}
	key := fmt.Sprintf("leak-%d", l.mails.Add(1))
	m := notify.Mail{Key: key, To: u.GetString("email"), Person: u.Id, Kind: "test", About: p.collection, Record: p.of(role).Id}
	if err := l.out.Put(l.h.App, m); err != nil {
		l.t.Fatal(err)
	}
	if err := l.out.SendDue(context.Background()); err != nil {
		l.t.Fatal(err)
	}
	var state string
	if err := l.h.App.DB().Select("state").From("outbox").Where(dbx.HashExp{"key": key}).Row(&state); err != nil {
		l.t.Fatal(err)
	}
	if state == notify.Dropped {
		return ""
	}
	return p.word
}

// TestA404TakesAsLong compares what may not be seen with what is not there, as a guest. The two are measured in turn.
func TestA404TakesAsLong(t *testing.T) {
	m := newMatrix(t)
	hidden := m.document("case-study", "confidential", library.Published, "other", "Hidden")
	there, nowhere := library.Wrap(hidden).Address(), "/case-studies/"+strings.Repeat("z", len(hidden.GetString("slug")))
	guest := m.clients["guest"]
	var apart time.Duration
	for range 3 { // a machine that does other things at the same time gets three tries
		if apart = asLong(t, guest, there, nowhere); apart <= 5*time.Millisecond {
			return
		}
	}
	t.Errorf("medians are %v apart", apart)
}

// asLong is how far apart the times of two addresses are that answer 404, in the middle of many.
func asLong(t *testing.T, guest *hubtest.Client, there, nowhere string) time.Duration {
	t.Helper()
	const samples = 300
	var a, b []time.Duration
	for range samples {
		for _, x := range []struct {
			address string
			took    *[]time.Duration
		}{{there, &a}, {nowhere, &b}} {
			began := time.Now()
			if got := guest.Get(x.address).Status; got != http.StatusNotFound {
				t.Fatalf("%s: %d", x.address, got)
			}
			*x.took = append(*x.took, time.Since(began))
		}
	}
	slices.Sort(a)
	slices.Sort(b)
	t.Logf("median %v and %v", a[samples/2], b[samples/2])
	return (a[samples/2] - b[samples/2]).Abs()
}

// proving names the one exit that is looked through, in the test that the proof runs.
const proving = "COMMONPLACE_PROVING"

// withouts take one check out of the program each, and name the exit through which words must then be found.
var withouts = []struct{ file, check, without, exit string }{
	{"internal/hub/hub.go", "return err == nil && d.Viewable(v)", "return err == nil && d != nil", "mail"}, // little is built anew for it
	{"internal/hub/pages.go", "return err == nil && t.Viewable(v)", "return err == nil && t != nil", "live topics"},
	{"internal/library/document.go", "v.Sees(d.Space(), d.State(), d.Author())", "v.Sees(d.Space(), d.State(), d.Author()) || v != nil", "its page"},
	{"internal/site/groups.go", "|| !d.Out() || !d.Viewable(viewer(e))", "", "decisions of groups"},
}

// TestTheLeakTestFindsLeaks proves it: with a check taken out, it names the exit. COMMONPLACE_PROVE=all takes out each in
// turn, otherwise one.
func TestTheLeakTestFindsLeaks(t *testing.T) {
	if testing.Short() || os.Getenv(proving) != "" {
		t.Skip("it builds the program anew")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range withouts {
		if i > 0 && os.Getenv("COMMONPLACE_PROVE") != "all" {
			break
		}
		t.Run(w.exit, func(t *testing.T) {
			file := filepath.Join(root, w.file)
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(source), w.check) != 1 {
				t.Fatalf("%s does not have the check %q once", w.file, w.check)
			}
			dir := t.TempDir()
			broken, overlay := filepath.Join(dir, "broken.go"), filepath.Join(dir, "overlay.json")
			replaced, err := json.Marshal(map[string]any{"Replace": map[string]string{file: broken}})
			if err != nil {
				t.Fatal(err)
			}
			for name, content := range map[string]string{broken: strings.Replace(string(source), w.check, w.without, 1), overlay: string(replaced)} {
				if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("go", "test", "-vet=off", "-overlay", overlay, "-count=1", "-run", "^TestLeaks$", "./internal/hub")
			cmd.Dir, cmd.Env = root, append(os.Environ(), proving+"="+w.exit)
			said, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("without the check %q no leak is found", w.check)
			}
			if !strings.Contains(string(said), "LEAK through "+w.exit+":") {
				t.Errorf("the exit %q is not named:\n%.2000s", w.exit, said)
			}
		})
	}
}
