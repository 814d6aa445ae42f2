// Package site is every page and form that people see: routes, sessions, view structs, the error page, the public
// reading path from memory, the page scripts' small calls under /-/, the hub's JSON, and the live endpoint.
//
// It asks Viewer before it shows or changes anything, renders on the server, and holds no rule of the rooms it shows.
package site

import (
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
	Rebuilding func() bool // says whether the index is being built
	Health     func() []Checkup
	URL        string // the canonical address; "" takes it from each request
	Demo       bool   // say on every page that this is a demonstration
	Limits     bool   // limit how often somebody may call
}

// Site serves the pages of one hub.
type Site struct {
	app    core.App
	o      Options
	pages  pages
	assets map[string]web.Asset
	memory *memory
	limits *limits
	origin *http.CrossOriginProtection
	facets atomic.Pointer[facetNames]
}

// New reads templates and assets.
func New(app core.App, o Options) (*Site, error) {
	assets, err := web.Assets()
	if err != nil {
		return nil, err
	}
	s := &Site{app: app, o: o, assets: assets, memory: newMemory(), limits: newLimits(o.Limits), origin: http.NewCrossOriginProtection()}
	if o.URL != "" {
		if err := s.origin.AddTrustedOrigin(o.URL); err != nil {
			return nil, err
		}
	}
	s.bindAccounts()
	s.pages, err = readPages(assets)
	return s, err
}

// Routes lists every address of the site, by who may call it. Reading ones answer guests; each handler asks Viewer
// about the very thing it shows.
func (s *Site) Routes(r *router.Router[*core.RequestEvent]) {
	// Everybody: reading.
	read := s.group(r, "")
	read.GET("/{$}", s.home)
	read.GET("/handbook", s.handbook)
	read.GET("/handbook/{chapter}", s.handbookChapter)
	read.GET("/handbook/{chapter}/{page}", s.handbookPage)
	read.GET("/in/{place}/handbook", s.handbook)
	read.GET("/in/{place}/handbook/{chapter}", s.handbookChapter)
	read.GET("/in/{place}/handbook/{chapter}/{page}", s.handbookPage)
	read.GET("/partners", s.partners)
	read.GET("/partners/{slug}", s.partner)
	read.GET("/places", s.places)
	read.GET("/places/{slug}", s.placePage)
	read.GET("/programmes", s.programmes)
	read.GET("/programmes/{slug}", s.programme)
	read.GET("/groups", s.groups)
	read.GET("/groups/{slug}", s.groupPage)
	read.GET("/case-studies", s.caseStudies)
	read.GET("/case-studies/{slug}", s.caseStudy)
	read.GET("/guidance/{slug}", s.plainPage(library.Guidance))
	read.GET("/templates/{slug}", s.plainPage(library.Template))
	read.GET("/plans", s.plans)
	read.GET("/plans/{slug}", s.planPage)
	read.GET("/glossary", s.glossary)
	read.GET("/glossary/{slug}", s.glossaryTerm)
	read.GET("/search", s.search)
	read.GET("/search.json", s.searchJSON)
	read.GET("/search.csv", s.searchCSV)
	read.GET("/discussions", s.discussions)
	read.GET("/discussions/{id}", s.discussion)
	read.GET("/spaces", s.spaces)
	read.GET("/spaces/{slug}", s.space)
	read.GET("/people/{id}", s.person)
	read.GET("/sign-in", s.signInForm)
	read.GET("/robots.txt", s.robots)
	read.GET("/static/{name}", s.static)
	read.GET("/{slug}", s.plainPage(library.SitePage))
	read.Any("/", s.elsewhere)
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

	// Members: writing. Each handler asks what this member may do.
	write := s.group(r, "").BindFunc(s.signedIn)
	write.GET("/me", s.me)
	write.POST("/me", s.meSave)
	write.GET("/me/password", s.mePasswordForm)
	write.POST("/me/password", s.mePassword)
	write.GET("/me/second-factor", s.meFactorForm)
	write.POST("/me/second-factor", s.meFactor)
	write.GET("/me/email", s.meEmailForm)
	write.POST("/me/email", s.meEmail)
	write.GET("/me/email/{token}", s.newEmailForm)
	write.POST("/me/email/{token}", s.newEmail)
	write.GET("/me/sessions", s.meSessions)
	write.POST("/me/sessions", s.meSignOut)
	write.GET("/me/leave", s.meLeaveForm)
	write.POST("/me/leave", s.meLeave)
	write.GET("/write", s.writing)
	write.GET("/write/case-study", s.writeForm)
	write.POST("/write/case-study", s.writeSave)
	write.GET("/write/case-study/{id}", s.writeForm)
	write.POST("/write/case-study/{id}", s.writeSave)
	write.GET("/write/case-study/{id}/preview", s.writePreview)
	write.GET("/case-studies/{slug}/adopt", s.adoptForm)
	write.POST("/case-studies/{slug}/adopt", s.adopt)
	write.POST("/case-studies/{slug}/discuss", s.discuss)
	write.GET("/discussions/new", s.discussionForm)
	write.POST("/discussions/new", s.discussionStart)
	write.POST("/discussions/{id}", s.discussionPost)

	// Administrators. For everybody else these addresses are not there.
	manage := s.group(r, "").BindFunc(s.signedIn, administrators)
	manage.GET("/manage", s.manage)
	manage.GET("/manage/settings", s.settingsForm)
	manage.POST("/manage/settings", s.settingsSave)
	manage.GET("/manage/mail", s.mailPage)
	manage.POST("/manage/mail/test", s.mailTest)
	manage.POST("/manage/mail/{id}/again", s.mailAgain)
	manage.GET("/manage/health", s.health)
	manage.GET("/manage/audit", s.audit)
	manage.GET("/manage/audit.csv", s.auditCSV)

	// Page scripts: session cookie, same origin.
	scripts := s.group(r, "/-")
	scripts.GET("/suggest", s.suggest)
	scripts.POST("/preview", s.preview)

	// Programs: tokens only, never the cookie.
	api := r.Group("/api/hub")
	api.GET("/search", s.apiSearch)
	api.GET("/suggest", s.apiSuggest)
	api.POST("/preview", s.apiPreview)

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
