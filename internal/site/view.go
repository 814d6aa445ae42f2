package site

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"commonplace/internal/member"
	"commonplace/web"

	"github.com/pocketbase/pocketbase/core"
)

// Link is a word that leads somewhere.
type Link struct{ Text, URL string }

// Page is what every page has around its own part.
type Page struct {
	Title       string // "" on the front page
	Description string
	Lang, Dir   string // of the page's own part; "" is the site's English
	Section     string // the entry of the navigation that the page belongs to, by its address
	Within      []Link // the sections that the page is in, called by their keys in the catalogue: the way here after Home
	Crumbs      []Link // the rest of the way, by titles
	BigFind     bool   // the page has its own search box, so the header has none
	In          string // the place through which the page is read; a search from here knows it
	Scripts     []string
	NoIndex     bool
	Feed        string // the address of the page as a feed
	Copy        bool   // it goes into the copy for phones, where nothing has to be saved any more
	Manifest    bool   // the page is about putting the site on a phone
	Alternates  []alternate
	Canonical   string // the address of the page itself, where this is another form of it
	Sparing     bool   // the reader saves data
	Apart       bool   // nothing on the page may talk to anybody: it has no script but its own, and the browser holds it to that

	// Filled in by render.
	Demo bool
	As   *asView // as whom the page is shown, nil for the one who reads
	Me   *Me
	Here string
	Help []*member.Helpline
}

// Me is the person who is signed in.
type Me struct {
	Name     string
	Write    bool // may write documents somewhere
	Review   bool // approves what others wrote, somewhere
	Moderate bool // decides about what others wrote, somewhere
	Manage   bool // may open a page of the administration
	Rings    int  // what they were told of and have not seen
}

// document is a page with its own part V.
type document[V any] struct {
	Page
	V V
}

// pages are the parsed templates, by name.
type pages map[string]*template.Template

// views holds, for each page there is, a value of the type that its template is given. The program does not start with
// a template that is not here, and a test checks each template against its type.
var views = map[string]any{
	"home": document[homeView]{}, "error": document[errorView]{}, "sign-in": document[signInView]{}, "me": document[meView]{},
	"handbook": document[handbookView]{}, "handbook-chapter": document[chapterView]{}, "handbook-page": document[handbookPageView]{}, "booklet": document[bookletView]{},
	"refer": document[referView]{}, "refer-to": document[referToView]{}, "refer-paper": document[referPaperView]{}, "refer-counts": document[referCountsView]{},
	"place": document[placeView]{}, "case-studies": document[caseStudiesView]{}, "case-study": document[caseStudyView]{},
	"adopt": document[adoptView]{}, "plain": document[plainView]{}, "template": document[templateView]{}, "template-file": document[sheetView]{}, "plans": document[plansView]{}, "plan": document[planView]{}, "plan-board": document[boardView]{}, "overview": document[overviewView]{}, "plan-keep": document[planKeepView]{}, "plan-keep-form": document[planKeepFormView]{}, "plan-roles": document[planRolesView]{}, "adoption": document[adoptionPage]{}, "coverage": document[coverageView]{}, "plan-csv": document[planCSVView]{}, "plan-sign": document[planSignView]{},
	"glossary": document[glossaryView]{}, "glossary-term": document[termView]{}, "search": document[searchView]{},
	"discussions": document[discussionsView]{}, "discussion": document[discussionView]{}, "discussion-new": document[newDiscussionView]{},
	"discussion-become": document[becomeView]{}, "me-feeds": document[meFeedsView]{}, "tell-us": document[tellUsView]{}, "told": document[toldView]{}, "changed-because-you-said": document[changedView]{},
	"post-edit": document[postEditView]{}, "post-history": document[postHistoryView]{},
	"discussion-paragraph": document[paragraphsView]{}, "discussion-edit": document[discussionEditView]{}, "discussion-decide": document[outcomeView]{},
	"spaces": document[spacesView]{}, "space": document[spaceView]{}, "write": document[writingView]{}, "write-form": document[writeView]{},
	"write-conflict": document[conflictView]{}, "write-bin": document[binView]{}, "preview": document[previewView]{},

	"write-files": document[filesView]{},
	"manage":      document[manageView]{}, "settings": document[settingsView]{}, "mail": document[mailView]{}, "health": document[healthView]{},
	"write-import": document[importView]{}, "write-import-upload": document[uploadView]{},
	"audit": document[auditView]{}, "erase": document[eraseView]{}, "own-data": document[ownDataView]{}, "retention": document[retentionView]{},
	"partners": document[partnersView]{}, "passports": document[passportsView]{}, "partner": document[partnerView]{}, "places": document[placesView]{},
	"programmes": document[programmesView]{}, "programme": document[programmeView]{}, "groups": document[groupsView]{}, "group": document[groupView]{},
	"manage-list": document[managedListView]{}, "manage-form": document[managedView]{}, "manage-merge": document[mergeView]{},
	"manage-decision": document[decisionFormView]{}, "topics": document[topicsView]{}, "topic": document[topicView]{},
	"manage-words": document[manageWordsView]{}, "manage-words-form": document[wordsRow]{},
	"join": document[joinView]{}, "invitation": document[invitationView]{}, "welcome": document[welcomeView]{}, "invitations": document[invitationsView]{},
	"invite": document[inviteView]{}, "invite-list": document[listView]{}, "requests": document[requestsView]{}, "domains": document[domainsView]{},
	"manage-people": document[managePeopleView]{}, "manage-person": document[managePersonView]{},
	"report": document[reportView]{}, "moderate": document[queueView]{}, "moderate-thing": document[decideView]{},
	"moderate-acts": document[actsView]{},
	"sign-in-code":  document[codeView]{}, "reset": document[resetView]{}, "reset-password": document[newPasswordView]{}, "person": document[personView]{},
	"me-password": document[mePasswordView]{}, "me-second-factor": document[meFactorView]{}, "me-email": document[meEmailView]{},
	"me-email-new": document[newEmailView]{}, "me-sessions": document[meSessionsView]{}, "me-leave": document[meLeaveView]{},
	"space-new": document[spaceNewView]{}, "space-manage": document[spaceManageView]{}, "manage-spaces": document[manageSpacesView]{},
	"history": document[historyView]{}, "changes": document[changesView]{}, "frozen": document[frozenView]{},
	"offline": document[offlineView]{},
	"use":     document[useView]{}, "take-out": document[takeOutView]{},
	"suggestions": document[suggestionsView]{}, "suggest": document[suggestFormView]{}, "suggestion": document[suggestionView]{},
	"keeper": document[keeperView]{}, "checked": document[checkedView]{}, "me-pages": document[mePagesView]{}, "freshness": document[freshnessView]{},
	"figures": document[figuresView]{}, "figure": document[figureView]{}, "manage-figures": document[manageFiguresView]{}, "manage-figure": document[manageFigureView]{},
	"comments": document[commentsView]{}, "me-follows": document[followsView]{}, "notifications": document[noticesView]{}, "since": document[sinceView]{}, "tap": document[tapView]{}, "gaps": document[gapsView]{},
	"events": document[eventsView]{}, "event": document[eventView]{}, "event-outcome": document[eventOutcomeView]{}, "write-event": document[writeEventView]{},
	"self-checks": document[selfChecksView]{}, "self-check": document[selfCheckView]{}, "self-check-form": document[selfCheckFormView]{},
	"champions": document[championsView]{}, "champion-join": document[championJoinView]{}, "champion-contact": document[championContactView]{}, "champion-message": document[championMessageView]{},
	"who": document[whoView]{}, "move": document[moveView]{}, "manage-review": document[reviewView]{},
	"alike": document[alikeView]{}, "alike-beside": document[besideView]{},
	"private": document[privateView]{}, "relations": document[relationsView]{}, "consent": document[consentView]{},
	"publish": document[publishView]{}, "review": document[waitingView]{}, "review-page": document[judgeView]{}, "approve": document[approveView]{},
}

// print is what the program brings with it and never changes: files, and the pages in English.
type print struct {
	assets map[string]web.Asset
	pages  pages
}

// printed is read once in a process, though the tests start hundreds of sites: parsing the pages took half of the time in
// which a hub starts.
var printed = sync.OnceValues(func() (p print, err error) {
	if p.assets, err = web.Assets(); err != nil {
		return p, err
	}
	words, err := newTongues()
	if err != nil {
		return p, err
	}
	p.pages, err = readPages(p.assets, words.english)
	return p, err
})

// readPages parses every page together with the parts that it uses. Each has its own copy of them, for html/template
// writes into a part what the page around it escapes; with all parts in every page they took 20 MB.
func readPages(assets map[string]web.Asset, words catalogue) (pages, error) {
	parts, err := readParts(assets, words)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(web.Templates, "page/*.html")
	if err != nil {
		return nil, err
	}
	ps := pages{}
	for _, file := range names {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if views[name] == nil {
			return nil, fmt.Errorf("site: page/%s.html has no view", name)
		}
		if ps[name], err = readPage(name, assets, words, parts); err != nil {
			return nil, err
		}
	}
	for name := range views {
		if ps[name] == nil {
			return nil, fmt.Errorf("site: the view %q has no page/%s.html", name, name)
		}
	}
	ps[partPost] = parts
	return ps, nil
}

func readParts(assets map[string]web.Asset, words catalogue) (*template.Template, error) {
	return template.New("").Funcs(functions(assets, words)).ParseFS(web.Templates, "part/*.html")
}

func readPage(name string, assets map[string]web.Asset, words catalogue, parts *template.Template) (*template.Template, error) {
	t, err := template.New(name).Funcs(functions(assets, words)).ParseFS(web.Templates, "page/"+name+".html")
	if err != nil {
		return nil, err
	}
	return t, lend(t, parts, "layout", map[string]bool{})
}

var partNames = regexp.MustCompile(`{{template "([^"]+)"`)

// lend gives t a part, where the page does not define it itself, and all that it calls.
func lend(t, parts *template.Template, name string, lent map[string]bool) error {
	part := t.Lookup(name)
	if part == nil {
		part = parts.Lookup(name)
	}
	if part == nil || lent[name] {
		return nil
	}
	lent[name] = true
	if _, err := t.AddParseTree(name, part.Tree.Copy()); err != nil {
		return err
	}
	for _, m := range partNames.FindAllStringSubmatch(part.Tree.Root.String(), -1) {
		if err := lend(t, parts, m[1], lent); err != nil {
			return err
		}
	}
	return nil
}

// partPost is the name under which the parts alone are kept: open pages are sent posts by themselves.
const partPost = "-parts"

func functions(assets map[string]web.Asset, words catalogue) template.FuncMap {
	all := template.FuncMap{
		"asset": func(name string) (string, error) {
			a, ok := assets[name]
			if !ok {
				return "", fmt.Errorf("there is no asset %q", name)
			}
			return a.Path, nil
		},
		"html":   func(s string) template.HTML { return template.HTML(s) }, // only for what our own renderer made
		"linked": linked,
		"signed": signed,
		"dial":   dialled,
		"lower":  strings.ToLower,
		"title":  upperFirst,
		"count":  counted,
		"sum":    sumWords,
		"dict":   dict,
		"names":  reactedBy,
		"ids":    reactedIDs,
		"last":   func(i int, links []Link) bool { return i == len(links)-1 },
	}
	maps.Copy(all, words.functions())
	return all
}

// dict makes a map of names and values, for parts that need several.
func dict(pairs ...any) (map[string]any, error) {
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// render answers with a page. Tags say what the page shows: with at least one, and for a guest, it is kept in memory
// until something of that changes.
func render[V any](s *Site, e *core.RequestEvent, status int, name string, p Page, v V, tags ...string) error {
	if t := takingOf(e); t != nil {
		return s.takeIn(t, name, &document[V]{Page: p, V: v})
	}
	body, err := s.execute(e, name, &document[V]{Page: p, V: v})
	if err != nil {
		return err
	}
	kept := newStored(body, "text/html; charset=utf-8", viewer(e) == nil || !viewer(e).SignedIn())
	if p.Apart {
		kept.header.Set(policyHeader, strings.Replace(kept.header.Get(policyHeader), "connect-src 'self'", "connect-src 'none'", 1))
	}
	return s.sendStored(e, status, kept, tags)
}

// execute fills a page's template.
func (s *Site) execute(e *core.RequestEvent, name string, data interface{ base() *Page }) ([]byte, error) {
	if err := s.complete(e, data.base()); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	page, err := s.pageIn(data.base().Lang, name)
	if err != nil {
		return nil, err
	}
	if err := page.ExecuteTemplate(&b, "layout", data); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

func (d *document[V]) base() *Page { return &d.Page }

// complete fills in what every page shows of the hub and of the one who reads.
func (s *Site) complete(e *core.RequestEvent, p *Page) error {
	p.Demo = s.o.Demo
	p.Here = e.Request.URL.RequestURI()
	if place := e.Request.PathValue("place"); place != "" {
		p.In = place
	}
	if p.As = shownAs(e); p.As != nil {
		p.NoIndex, p.Scripts = true, nil // a live page would say more than they would see
	}
	if v := viewer(e); v != nil && v.SignedIn() {
		p.Me = &Me{Name: v.Name(), Write: v.Writes(), Review: len(v.Reviews()) > 0, Moderate: v.Moderates(), Manage: mayManage(v)}
	}
	if sparing(e.Request) {
		p.spare()
	}
	var err error
	if p.Me != nil {
		if p.Me.Rings, err = s.rings(viewer(e)); err != nil {
			return err
		}
	}
	p.Help, err = member.CrisisLines(s.app)
	return err
}

// sendStored writes a page or a file, from memory the next time where that is allowed.
func (s *Site) sendStored(e *core.RequestEvent, status int, kept *stored, tags []string) error {
	guest := viewer(e) == nil || !viewer(e).SignedIn()
	if status != http.StatusOK || shownAs(e) != nil || !guest && len(tags) == 0 { // the last is of one person only
		kept.header.Set("Cache-Control", "no-store")
	}
	reading := e.Request.Method == http.MethodGet || e.Request.Method == http.MethodHead
	reading = reading && e.Request.URL.RawQuery == "" // of addresses with a query there is no end
	reading = reading && shownAs(e) == nil
	if gen, ok := e.Get(generationKey).(uint64); ok && status == http.StatusOK && guest && reading && len(tags) > 0 {
		named, names := e.Get(moreTags).([]string)
		if !names || s.o.Search.Position() >= s.memory.toldOf() {
			s.memory.put(e.Request, kept, gen, append(slices.Clone(tags), named...))
		}
	}
	kept.serve(e.Response, e.Request, status)
	return nil
}

// london is where the hub's people read their clocks.
var london = member.London
