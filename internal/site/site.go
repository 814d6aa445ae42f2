// Package site is every page and form that people see: routes, sessions, view structs, the error page, the public
// reading path from memory, the page scripts' small calls under /-/, the hub's JSON, and the live endpoint.
//
// It asks Viewer before it shows or changes anything, renders on the server, and holds no rule of the rooms it shows.
package site

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"

	"commonplace/internal/library"
	"commonplace/internal/live"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/search"
	"commonplace/web"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
)

// Options are what the site is lent by the hub.
type Options struct {
	Search     *search.Index
	Live       *live.Server
	Mail       *notify.Outbox
	Entries    func(ids []string) (map[string]search.Entry, error) // what can be found, as it is now
	Rebuilding func() bool                                         // says whether the index is being built
	Health     func() []Checkup
	NoRoom     func(error) bool                       // says whether a save failed because the disk is full
	Kept       func() ([]KeptThing, error)            // how long everything is kept
	OwnData    func(w io.Writer, person string) error // writes the ZIP of a person's own data
	Word       func(d *library.Document, base string, w io.Writer) error
	Paper      func(title, body, base, address string, w io.Writer) error // a page of ours as a Word file
	PressPack  func(d *library.Document, base, citation string, w io.Writer) error
	TakeOut    func(v *member.Viewer, space string, w io.Writer) error // all that the viewer may see, of one space or the hub
	Source     func(d *library.Document) (string, error)               // a document as the Markdown file that it can come in from again
	Erase      func(person, by string) error
	// Clipboard makes Markdown of HTML that was copied, with headings from a level on or as points, and names what is left out.
	Clipboard func(html string, heading int, points bool) (text string, left []string, err error)
	URL       string                                                 // the canonical address; "" takes it from each request
	Demo      bool                                                   // say on every page that this is a demonstration
	Limits    bool                                                   // limit how often somebody may call
	Import    func(context.Context, ImportJob) (ImportReport, error) // makes drafts of files for a person
}

// Site serves the pages of one hub.
type Site struct {
	app     core.App
	o       Options
	pages   pages
	assets  map[string]web.Asset
	tongues *tongues
	memory  *memory
	limits  *limits
	origin  *http.CrossOriginProtection
	copies  copies
	desk    *desk // uploads that wait to become drafts
	likes   *likes
	facets  atomic.Pointer[facetNames]
}

// New reads templates and assets.
func New(app core.App, o Options) (*Site, error) {
	p, err := printed()
	if err != nil {
		return nil, err
	}
	s := &Site{app: app, o: o, assets: p.assets, pages: p.pages, memory: newMemory(o.URL == ""), likes: newLikes(), limits: newLimits(o.Limits), origin: http.NewCrossOriginProtection()}
	if o.URL != "" {
		if err := s.origin.AddTrustedOrigin(o.URL); err != nil {
			return nil, err
		}
	}
	s.copies.made = map[string]*copied{}
	s.bindAccounts()
	s.bindMemory()
	s.bindDesk()
	s.bindLimits()
	s.limits.say = s.say
	s.tongues, err = newTongues()
	return s, err
}

// Routes lists every address of the site, by who may call it. Reading ones answer guests; each handler asks Viewer
// about the very thing it shows.
func (s *Site) Routes(r *router.Router[*core.RequestEvent]) {
	// Everybody: reading.
	read := s.group(r, "")
	read.GET("/{$}", s.home)
	read.GET("/handbook", s.handbook)
	read.GET("/handbook/booklet", s.booklet)
	read.GET("/handbook/booklet.css", s.bookletSheets)
	read.GET("/handbook/handbook.html", s.handbookFile)
	read.GET("/handbook/{chapter}", s.handbookChapter)
	read.GET("/handbook/{chapter}/booklet", s.booklet)
	read.GET("/handbook/{chapter}/{page}", s.handbookPage)
	read.GET("/in/{place}/handbook", s.handbook)
	read.GET("/in/{place}/handbook/booklet", s.booklet)
	read.GET("/in/{place}/handbook/handbook.html", s.handbookFile)
	read.GET("/in/{place}/handbook/{chapter}", s.handbookChapter)
	read.GET("/in/{place}/handbook/{chapter}/booklet", s.booklet)
	read.GET("/in/{place}/handbook/{chapter}/{page}", s.handbookPage)
	read.GET("/h/{code}", s.shortAddress)
	read.GET("/h/{code}/{place}", s.shortAddress)
	read.GET("/qr/{path...}", s.codeOf)
	read.GET("/refer/{organisation}", s.refer)
	read.POST("/refer/{organisation}", s.referred)
	read.GET("/refer/{organisation}/{carer}/{place}", s.referTo)
	read.GET("/refer/{organisation}/poster", s.referPaper(0))
	read.GET("/refer/{organisation}/card", s.referPaper(cardsOnSheet))
	read.GET("/refer/{organisation}/refer-a-carer.url", s.referShortcut)
	read.GET("/refer/{organisation}/counts", s.referCounts)
	read.GET("/events", s.events)
	read.GET("/events.ics", s.eventsCalendar)
	read.GET("/events.atom", s.eventsAtom)
	read.GET("/events/{slug}", s.event)
	read.GET("/in/{place}/events", s.events)
	read.GET("/in/{place}/search", s.searchIn)
	read.GET("/self-checks", s.selfChecks)
	read.GET("/self-checks/{id}", s.selfCheck)
	read.GET("/champions", s.champions)
	read.GET("/champions.csv", s.championsCSV)
	read.GET("/champions/{id}/contact", s.championContactForm)
	read.POST("/champions/{id}/contact", s.championContact)
	read.GET("/partners", s.partners)
	read.GET("/partners/{slug}", s.partner)
	read.GET("/places", s.places)
	read.GET("/coverage", s.coverage)
	read.GET("/coverage.csv", s.coverageCSV)
	read.GET("/places/{slug}", s.placePage)
	read.GET("/programmes", s.programmes)
	read.GET("/programmes/{slug}", s.programme)
	read.GET("/groups", s.groups)
	read.GET("/groups/{slug}", s.groupPage)
	read.GET("/case-studies", s.caseStudies)
	read.GET("/case-studies/{slug}", s.caseStudy)
	read.GET("/guidance/{slug}", s.plainPage(library.Guidance))
	read.GET("/templates/{slug}", s.template)
	read.GET("/templates/{slug}/form.html", s.templateFile)
	read.GET("/plans", s.plans)
	read.GET("/plans/{slug}", s.planPage)
	read.GET("/in/{place}/plans", s.plans)
	read.GET("/in/{place}/plans/{slug}", s.planPage)
	read.GET("/plans/{slug}/board", s.board)
	read.GET("/plans/{slug}/board/{name}", s.board)
	read.GET("/plans/{slug}/dates.ics", s.planDates)
	read.GET("/programmes/{slug}/board", s.board)
	read.GET("/programmes/{slug}/board/{name}", s.board)
	read.GET("/programmes/{slug}/dates.ics", s.planDates)
	read.GET("/glossary", s.glossary)
	read.GET("/glossary/{slug}", s.glossaryTerm)
	read.GET("/handbook/{chapter}/{page}/changes", s.changes(library.Handbook))
	read.GET("/handbook/{chapter}/{page}/changes/{n}", s.change(library.Handbook))
	read.GET("/handbook/{chapter}/{page}/at/{day}", s.frozen(library.Handbook))
	read.GET("/case-studies/{slug}/changes", s.changes(library.CaseStudy))
	read.GET("/case-studies/{slug}/changes/{n}", s.change(library.CaseStudy))
	read.GET("/case-studies/{slug}/at/{day}", s.frozen(library.CaseStudy))
	read.GET("/guidance/{slug}/changes", s.changes(library.Guidance))
	read.GET("/guidance/{slug}/changes/{n}", s.change(library.Guidance))
	read.GET("/guidance/{slug}/at/{day}", s.frozen(library.Guidance))
	read.GET("/templates/{slug}/changes", s.changes(library.Template))
	read.GET("/templates/{slug}/changes/{n}", s.change(library.Template))
	read.GET("/templates/{slug}/at/{day}", s.frozen(library.Template))
	read.GET("/plans/{slug}/readings.csv", s.planTable("readings"))
	read.GET("/plans/{slug}/actions.csv", s.planTable("actions"))
	read.GET("/plans/{slug}/changes", s.changes(library.ActionPlan))
	read.GET("/plans/{slug}/changes/{n}", s.change(library.ActionPlan))
	read.GET("/plans/{slug}/at/{day}", s.frozen(library.ActionPlan))
	read.GET("/glossary/{slug}/changes", s.changes(library.Glossary))
	read.GET("/glossary/{slug}/changes/{n}", s.change(library.Glossary))
	read.GET("/glossary/{slug}/at/{day}", s.frozen(library.Glossary))
	read.GET("/figures", s.figures)
	read.GET("/figures.csv", s.figuresCSV)
	read.GET("/figures.json", s.figuresJSON)
	read.GET("/figures/{key}", s.figure)
	read.GET("/search", s.search)
	read.GET("/search.json", s.searchJSON)
	read.GET("/search.csv", s.searchCSV)
	read.GET("/search.atom", s.searchAtom)
	read.GET("/discussions", s.discussions)
	read.GET("/discussions/{id}", s.discussion)
	read.GET("/discussions/{id}/posts/{post}", s.post)
	read.GET("/discussions/{id}/posts/{post}/history", s.postHistory)
	read.GET("/discussions/{id}/feed.atom", s.discussionAtom)
	read.GET("/discussions/{id}/discussion.json", s.discussionJSON)
	read.GET("/spaces/{slug}/feed.atom", s.spaceAtom)
	read.GET("/people/{id}/feed.atom", s.personAtom)
	read.GET("/feeds/{token}", s.feedByToken)
	read.GET("/spaces", s.spaces)
	read.GET("/spaces/{slug}", s.space)
	read.GET("/offline", s.offline)
	read.GET("/offline/list.json", s.offlineList)
	read.GET("/offline/{name}", s.offlinePart)
	read.GET("/in/{place}/offline", s.offline)
	read.GET("/in/{place}/offline/list.json", s.offlineList)
	read.GET("/in/{place}/offline/{name}", s.offlinePart)
	read.GET("/sw.js", s.worker)
	read.GET("/manifest.webmanifest", s.manifest)
	read.GET("/use/{path...}", s.use)
	read.GET("/embed/{path...}", s.embed)
	read.GET("/report", s.reportForm)
	read.GET("/tell-us", s.tellUsForm)
	read.POST("/tell-us", s.tellUs)
	read.GET("/changed-because-you-said", s.changedBecause)
	read.GET("/changed-because-you-said.atom", s.changedAtom)
	read.GET("/people/{id}", s.person)
	read.GET("/sign-in", s.signInForm)
	read.GET("/retention", s.retention)
	read.GET("/files/{id}/{name}", s.file)
	read.GET("/robots.txt", s.robots)
	read.GET("/sitemap.xml", s.siteMap)
	read.GET("/opensearch.xml", s.openSearch)
	read.GET("/feed.atom", s.outAtom)
	read.GET("/feed.json", s.outJSON)
	read.GET("/static/{name}", s.static)
	read.GET("/{slug}", s.plainPage(library.SitePage))
	read.Any("/", s.elsewhere)
	read.POST("/report", s.report)
	read.GET("/sign-in/code", s.codeForm)
	read.GET("/sign-in/with/{provider}", s.signInWith)
	read.GET("/sign-in/back", s.signInBack)
	read.GET("/reset", s.resetForm)
	read.GET("/reset/{token}", s.newPasswordForm)
	read.POST("/sign-in", s.signIn)
	read.POST("/sign-in/code", s.code)
	read.POST("/reset", s.resetAsked)
	read.POST("/reset/{token}", s.newPassword)
	read.POST("/sign-out", s.signOut)
	read.GET("/tap", s.tapDone)
	read.GET("/tap/{token}", s.tapForm)
	read.POST("/tap/{token}", s.tap)
	read.GET("/checked", s.checkedDone)
	read.GET("/checked/{token}", s.checkedForm)
	read.POST("/checked/{token}", s.checkedByLink)
	read.GET("/join", s.joinForm)
	read.POST("/join", s.joinAsk)
	read.GET("/approve/done", s.approvalDone)
	read.GET("/approve/{token}", s.approval)
	read.POST("/approve/{token}", s.approvalAnswer)
	read.GET("/join/{token}", s.invitation)
	read.POST("/join/{token}", s.invitationAccept)

	// Members: their own account, also before they have been welcomed.
	own := s.group(r, "").BindFunc(s.signedIn)
	own.GET("/me", s.me)
	own.GET("/me/welcome", s.welcomeForm)
	own.POST("/me/welcome", s.welcome)
	own.POST("/me", s.meSave)
	own.GET("/me/password", s.mePasswordForm)
	own.POST("/me/password", s.mePassword)
	own.GET("/me/second-factor", s.meFactorForm)
	own.POST("/me/second-factor", s.meFactor)
	own.GET("/me/email", s.meEmailForm)
	own.POST("/me/email", s.meEmail)
	own.GET("/me/email/{token}", s.newEmailForm)
	own.POST("/me/email/{token}", s.newEmail)
	own.GET("/me/sessions", s.meSessions)
	own.POST("/me/sessions", s.meSignOut)
	own.GET("/me/feeds", s.meFeeds)
	own.POST("/me/feeds", s.meFeedsSave)
	own.GET("/me/follows", s.meFollows)
	own.POST("/me/follows", s.meFollowsSave)
	own.GET("/since", s.since)
	own.POST("/since", s.sinceRead)
	own.GET("/notifications", s.notifications)
	own.POST("/notifications", s.notificationsRead)
	own.GET("/me/pages", s.mePages)
	own.POST("/me/pages", s.mePagesHand)
	own.GET("/me/leave", s.meLeaveForm)
	own.POST("/me/leave", s.meLeave)
	own.GET("/me/export", s.ownData)
	own.POST("/me/export", s.ownDataZIP)

	// Members: writing. Each handler asks what this member may do.
	write := s.group(r, "").BindFunc(s.signedIn, s.welcomed)
	write.POST("/search/follow", s.follow)
	write.POST("/discussions/{id}/follow", s.discussionFollow)
	write.POST("/spaces/{slug}/follow", s.spaceFollow)
	write.POST("/handbook/{chapter}/{page}/follow", s.pageFollow(library.Handbook))
	write.POST("/case-studies/{slug}/follow", s.pageFollow(library.CaseStudy))
	write.POST("/guidance/{slug}/follow", s.pageFollow(library.Guidance))
	write.POST("/templates/{slug}/follow", s.pageFollow(library.Template))
	write.POST("/plans/{slug}/board", s.freezeBoard)
	write.POST("/programmes/{slug}/board", s.freezeBoard)
	write.POST("/plans/{slug}/follow", s.pageFollow(library.ActionPlan))
	write.POST("/glossary/{slug}/follow", s.pageFollow(library.Glossary))
	write.GET("/gaps", s.gaps)
	write.POST("/gaps/{id}", s.gapAnswer)
	write.GET("/write", s.writing)
	write.GET("/write/import", s.importForm)
	write.POST("/write/import", s.importTake).Bind(apis.BodyLimit(mostUpload + 1<<20))
	write.GET("/write/import/{token}", s.importPage)
	write.POST("/write/import/{token}", s.importDo)
	write.GET("/write/bin", s.binPage)
	write.POST("/write/bin/{id}", s.outOfBin)
	write.GET("/write/event", s.writeEventForm)
	write.POST("/write/event", s.writeEvent)
	write.GET("/write/event/{id}", s.writeEventForm)
	write.POST("/write/event/{id}", s.writeEvent)
	write.GET("/events/{slug}/outcome", s.eventOutcomeForm)
	write.POST("/events/{slug}/outcome", s.eventOutcome)
	write.GET("/write/{kind}", s.writeForm)
	write.POST("/write/{kind}", s.writeSave)
	write.GET("/write/{kind}/{id}", s.writeForm)
	write.POST("/write/{kind}/{id}", s.writeSave)
	write.GET("/write/{kind}/{id}/preview", s.writePreview)
	write.POST("/write/{kind}/{id}/checked", s.stillCorrect)
	write.GET("/write/{kind}/{id}/keeper", s.keeperForm)
	write.POST("/write/{kind}/{id}/keeper", s.keeperSave)
	write.GET("/write/{kind}/{id}/consent", s.consentForm)
	write.POST("/write/{kind}/{id}/consent", s.consentSave)
	write.GET("/write/{kind}/{id}/relations", s.relationsForm)
	write.POST("/write/{kind}/{id}/relations", s.relationsSave)
	write.POST("/write/autosave/{id}", s.autosaveThrow)
	write.GET("/write/{kind}/{id}/history", s.history)
	write.POST("/write/{kind}/{id}/history", s.historySave)
	write.GET("/write/{kind}/{id}/comments", s.comments)
	write.POST("/write/{kind}/{id}/comments", s.commentSave)
	write.GET("/suggestions", s.suggestionsPage)
	write.GET("/suggestions/new", s.suggestForm)
	write.POST("/suggestions/new", s.suggestSend)
	write.GET("/suggestions/{id}", s.suggestion)
	write.POST("/suggestions/{id}", s.suggestionAnswer)
	write.GET("/write/{kind}/{id}/files", s.files)
	write.POST("/write/{kind}/{id}/files/videos", s.videosSave)
	write.POST("/write/{kind}/{id}/files/{file}", s.fileSave)
	write.GET("/write/{kind}/{id}/publish", s.publishForm)
	write.POST("/write/{kind}/{id}/publish", s.publishSave)
	write.GET("/partners/{slug}/passports", s.passportsForm)
	write.POST("/partners/{slug}/passports", s.passports)
	write.GET("/case-studies/{slug}/adopt", s.adoptForm)
	write.POST("/case-studies/{slug}/adopt", s.adopt)
	write.GET("/self-checks/new", s.selfCheckForm)
	write.POST("/self-checks/new", s.selfCheckSave)
	write.GET("/self-checks/{id}/edit", s.selfCheckForm)
	write.POST("/self-checks/{id}/edit", s.selfCheckSave)
	write.GET("/champions/join", s.championJoinForm)
	write.POST("/champions/join", s.championJoin)
	write.GET("/champions/{id}/messages/{message}", s.championMessage)
	write.POST("/champions/{id}/messages/{message}", s.championAnswer)
	write.GET("/plans/{slug}/keep", s.planKeep)
	write.GET("/plans/{slug}/sign", s.planSign)
	write.POST("/plans/{slug}/sign", s.planSignSave)
	write.GET("/plans/{slug}/csv", s.planCSV)
	write.POST("/plans/{slug}/csv", s.planCSVSave).Bind(apis.BodyLimit(2 * mostTable))
	write.GET("/plans/{slug}/roles", s.planRoles)
	write.POST("/plans/{slug}/roles", s.planRolesSave)
	write.GET("/plans/{slug}/keep/{act}", s.planKeepForm)
	write.POST("/plans/{slug}/keep/{act}", s.planKeepSave)
	write.GET("/plans/{slug}/keep/{act}/{id}", s.planKeepForm)
	write.POST("/plans/{slug}/keep/{act}/{id}", s.planKeepSave)
	write.GET("/case-studies/{slug}/adoptions/{id}", s.adoption)
	write.POST("/case-studies/{slug}/adoptions/{id}", s.adoptionAnswer)
	write.GET("/told", s.told)
	write.POST("/told", s.toldAnswer)
	write.GET("/discussions/paragraph", s.paragraphs)
	write.GET("/discussions/new", s.discussionForm)
	write.GET("/discussions/{id}/posts/{post}/edit", s.postEditForm)
	write.POST("/discussions/{id}/posts/{post}/delete", s.postDelete)
	write.POST("/discussions/{id}/posts/{post}/react", s.postReact)
	write.POST("/discussions/{id}/moderate", s.discussionModerate)
	write.GET("/discussions/{id}/edit", s.discussionEdit)
	write.POST("/discussions/{id}/edit", s.discussionSave)
	write.GET("/discussions/{id}/become", s.becomeForm)
	write.POST("/discussions/{id}/become", s.become)
	write.GET("/discussions/{id}/decide", s.decideOutcomeForm)
	write.POST("/discussions/{id}/decide", s.decideOutcome)

	// Members: sending a file. The handler measures it as it comes, instead of PocketBase beforehand.
	sending := s.group(r, "").Unbind(apis.DefaultBodyLimitMiddlewareId).BindFunc(s.signedIn, s.welcomed)
	sending.POST("/write/{kind}/{id}/files", s.fileAdd)
	sending.POST("/discussions/new", s.discussionStart)
	sending.POST("/discussions/{id}", s.discussionPost)
	sending.POST("/discussions/{id}/posts/{post}/edit", s.postEdit)
	sending.POST("/case-studies/{slug}/discuss", s.discuss)

	// Those who approve what others wrote. For everybody else these addresses are not there.
	review := s.group(r, "").BindFunc(s.signedIn, reviewers, s.welcomed)
	review.GET("/review", s.queue)
	review.GET("/review/{id}", s.judgeForm)
	review.POST("/review/{id}", s.judge)
	review.GET("/manage/freshness", s.freshness)
	review.GET("/manage/freshness.csv", s.freshnessCSV)
	review.POST("/manage/freshness", s.freshnessHand)

	// Those who moderate, in the hub or in a space of their own. For everybody else these addresses are not there.
	moderate := s.group(r, "").BindFunc(s.signedIn, moderators, s.welcomed)
	moderate.GET("/moderate", s.moderate)
	moderate.GET("/moderate/acts", s.moderationActs)
	moderate.GET("/moderate/things/{what}", s.decideForm)
	moderate.POST("/moderate/things/{what}", s.decide)
	moderate.GET("/moderate/people/{id}", s.decideForm)
	moderate.POST("/moderate/people/{id}", s.decide)
	write.GET("/who", s.who)
	write.GET("/move", s.moveForm)
	write.POST("/move", s.move)
	write.GET("/spaces/new", s.spaceNewForm)
	write.POST("/spaces/new", s.spaceNew)
	write.POST("/spaces/{slug}/ask", s.spaceAsk)
	write.POST("/spaces/{slug}/leave", s.spaceLeave)
	write.GET("/spaces/{slug}/manage", s.spaceManage)
	write.GET("/spaces/{slug}/take-out", s.takeOutForm)
	write.POST("/spaces/{slug}/take-out", s.takeOut)
	write.POST("/spaces/{slug}/manage", s.spaceSave)
	write.POST("/spaces/{slug}/manage/members", s.spaceMembers)
	write.POST("/spaces/{slug}/manage/requests", s.spaceAnswer)
	write.POST("/spaces/{slug}/manage/delete", s.spaceDelete)

	write.GET("/manage", s.manage)
	write.GET("/manage/overview", s.overview)

	// Leads and owners of spaces, who may invite people, and moderators, who decide about those who ask. For everybody else
	// these addresses are not there.
	inviting := s.group(r, "").BindFunc(s.signedIn, s.inviters, s.welcomed)
	inviting.GET("/manage/invitations", s.invitations)
	inviting.GET("/manage/invitations/new", s.inviteForm)
	inviting.POST("/manage/invitations/new", s.invite)
	inviting.POST("/manage/invitations/{id}/resend", s.invitationResend)
	inviting.POST("/manage/invitations/{id}/revoke", s.invitationRevoke)
	admitting := s.group(r, "").BindFunc(s.signedIn, admitters, s.welcomed)
	admitting.GET("/manage/requests", s.requests)
	admitting.POST("/manage/requests/{id}", s.requestDecide)

	// Administrators. For everybody else these addresses are not there.
	manage := s.group(r, "").BindFunc(s.signedIn, administrators, s.welcomed)
	manage.GET("/manage/people", s.managePeople)
	manage.GET("/manage/people/{id}", s.managePerson)
	manage.POST("/manage/people/{id}", s.personSave)
	manage.POST("/manage/people/{id}/sign-out", s.personClose)
	manage.GET("/manage/domains", s.domains)
	manage.POST("/manage/domains", s.domainAdd)
	manage.POST("/manage/domains/{id}/remove", s.domainRemove)
	manage.GET("/manage/settings", s.settingsForm)
	manage.POST("/manage/settings", s.settingsSave)
	manage.GET("/manage/mail", s.mailPage)
	manage.POST("/manage/mail/test", s.mailTest)
	manage.POST("/manage/mail/{id}/again", s.mailAgain)
	manage.GET("/manage/health", s.health)
	manage.GET("/manage/take-out", s.takeOutForm)
	manage.POST("/manage/take-out", s.takeOut)
	manage.GET("/manage/people/{id}/erase", s.eraseForm)
	manage.POST("/manage/people/{id}/erase", s.erase)
	manage.GET("/manage/spaces", s.manageSpaces)
	manage.GET("/manage/review", s.manageReview)
	manage.GET("/manage/review.csv", s.reviewCSV)
	manage.GET("/manage/audit", s.audit)
	manage.GET("/manage/audit.csv", s.auditCSV)
	manage.GET("/manage/partners", s.managedList(managedPartners))
	manage.GET("/manage/partners/new", s.managedForm(managedPartners))
	manage.POST("/manage/partners/new", s.managedSave(managedPartners))
	manage.GET("/manage/partners/{id}", s.managedForm(managedPartners))
	manage.POST("/manage/partners/{id}", s.managedSave(managedPartners))
	manage.POST("/manage/partners/{id}/delete", s.managedDelete(managedPartners))
	manage.GET("/manage/partners/{id}/merge", s.mergeForm)
	manage.POST("/manage/partners/{id}/merge", s.merge)
	manage.GET("/manage/places", s.managedList(managedPlaces))
	manage.GET("/manage/places/new", s.managedForm(managedPlaces))
	manage.POST("/manage/places/new", s.managedSave(managedPlaces))
	manage.GET("/manage/places/{id}", s.managedForm(managedPlaces))
	manage.POST("/manage/places/{id}", s.managedSave(managedPlaces))
	manage.POST("/manage/places/{id}/delete", s.managedDelete(managedPlaces))
	manage.GET("/manage/topics", s.topics)
	manage.POST("/manage/topics", s.topicAdd)
	manage.GET("/manage/topics/{id}", s.topicForm)
	manage.POST("/manage/topics/{id}", s.topicSave)
	manage.POST("/manage/topics/{id}/move", s.topicMove)
	manage.POST("/manage/topics/{id}/delete", s.topicDelete)

	// Administrators and programme leads. For everybody else these addresses are not there.
	lead := s.group(r, "").BindFunc(s.signedIn, leads)
	lead.GET("/manage/alike", s.alike)
	lead.GET("/manage/alike/{one}/{other}", s.alikeBeside)
	lead.POST("/manage/alike/{one}/{other}", s.alikeDecide)
	lead.GET("/manage/programmes", s.managedList(managedProgrammes))
	lead.GET("/manage/programmes/new", s.managedForm(managedProgrammes))
	lead.POST("/manage/programmes/new", s.managedSave(managedProgrammes))
	lead.GET("/manage/programmes/{id}", s.managedForm(managedProgrammes))
	lead.POST("/manage/programmes/{id}", s.managedSave(managedProgrammes))
	lead.POST("/manage/programmes/{id}/delete", s.managedDelete(managedProgrammes))
	lead.GET("/manage/words", s.manageWords)
	lead.POST("/manage/words", s.wordsAdd)
	lead.GET("/manage/words/{id}", s.wordsForm)
	lead.POST("/manage/words/{id}", s.wordsSave)
	lead.POST("/manage/words/{id}/delete", s.wordsDelete)
	lead.GET("/manage/figures", s.manageFigures)
	lead.GET("/manage/figures/new", s.manageFigureForm)
	lead.POST("/manage/figures/new", s.manageFigureSave)
	lead.GET("/manage/figures/{id}", s.manageFigureForm)
	lead.POST("/manage/figures/{id}", s.manageFigureSave)
	lead.POST("/manage/figures/{id}/release", s.manageFigureAnswer)
	lead.POST("/manage/figures/{id}/delete", s.manageFigureDelete)
	lead.GET("/manage/groups", s.managedList(managedGroups))
	lead.GET("/manage/groups/new", s.managedForm(managedGroups))
	lead.POST("/manage/groups/new", s.managedSave(managedGroups))
	lead.GET("/manage/groups/{id}", s.managedForm(managedGroups))
	lead.POST("/manage/groups/{id}", s.managedSave(managedGroups))
	lead.POST("/manage/groups/{id}/delete", s.managedDelete(managedGroups))
	lead.GET("/manage/groups/{id}/decisions/new", s.decisionForm)
	lead.POST("/manage/groups/{id}/decisions/new", s.decisionSave)
	lead.GET("/manage/groups/{id}/decisions/{decision}", s.decisionForm)
	lead.POST("/manage/groups/{id}/decisions/{decision}", s.decisionSave)
	lead.POST("/manage/groups/{id}/decisions/{decision}/delete", s.decisionDelete)

	// Page scripts: session cookie, same origin.
	scripts := s.group(r, "/-")
	scripts.GET("/suggest", s.suggest)
	scripts.GET("/mention", s.mention)
	scripts.GET("/live", s.liveSince)
	scripts.GET("/seen", s.postsSeen) // an image of pages without scripts
	scripts.POST("/seen", s.postsSeen)
	scripts.POST("/preview", s.preview)
	scripts.POST("/autosave", s.autosaveKeep)
	scripts.POST("/similar", s.similar)
	scripts.POST("/plain", s.wordsPart)
	scripts.POST("/paste", s.paste)

	// Programs: tokens only, never the cookie.
	api := r.Group("/api/hub")
	api.GET("/search", s.apiSearch)
	api.GET("/suggest", s.apiSuggest)
	api.POST("/preview", s.apiPreview)
	api.POST("/similar", s.apiSimilar)

	r.GET("/live", s.live).Unbind(apis.DefaultActivityLoggerMiddlewareId)
}

// group is a group of pages: they know the session, turn errors into the error page, and take forms only from
// themselves. PocketBase's own log of requests is left out, because it keeps query strings.
func (s *Site) group(r *router.Router[*core.RequestEvent], prefix string) *router.RouterGroup[*core.RequestEvent] {
	g := r.Group(prefix)
	g.Unbind(apis.DefaultActivityLoggerMiddlewareId, apis.DefaultRateLimitMiddlewareId, apis.DefaultLoadAuthTokenMiddlewareId, apis.DefaultCorsMiddlewareId)
	g.Bind(s.page())
	return g
}

// viewer is on whose behalf the request is answered.
func viewer(e *core.RequestEvent) *member.Viewer {
	v, _ := e.Get(viewerKey).(*member.Viewer)
	return v
}

const viewerKey = "viewer"
