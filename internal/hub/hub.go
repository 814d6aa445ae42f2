// Package hub puts the program together: the rooms and what they lend each other, the followers of the journal, the
// jobs, the commands. It is the only room that knows all others, and holds no rule of theirs.
package hub

import (
	"archive/zip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"

	"commonplace/internal/champion"
	"commonplace/internal/check"
	"commonplace/internal/event"
	"commonplace/internal/export"
	"commonplace/internal/intake"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/live"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/plan"
	"commonplace/internal/privacy"
	"commonplace/internal/search"
	"commonplace/internal/site"
	"commonplace/internal/spread"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// Hub is the whole program around one PocketBase app.
type Hub struct {
	app core.App
	cfg Config

	Journal *journal.Journal
	Mail    *notify.Outbox
	Search  *search.Index // open while serving
	Live    *live.Server  // likewise
	recent  recent
	Site    *site.Site // likewise

	rebuilding     atomic.Bool
	built, toBuild atomic.Int64  // entries of the index that is being built
	openedAt       int64         // the journal's number when the live server was opened
	told           atomic.Int64  // the journal's number up to which people were told of news
	news           chan struct{} // there is some for those who want mail at once
	plain          sync.Map      // posts without markup, for digests
	plained        atomic.Int64  // of which there are so many
	stop           context.CancelFunc
	followers      sync.WaitGroup
	drain          *drain
	operators      *http.Server
}

// Attach binds every room to the app. Nothing is opened before the app serves.
func Attach(app core.App, cfg Config) *Hub {
	h := &Hub{app: app, cfg: cfg, drain: newDrain(), stop: func() {}, news: make(chan struct{}, 1)}
	h.Journal = journal.New(app)
	member.Bind(app, h.Journal)
	library.Bind(app, h.Journal)
	thread.Bind(app, h.Journal)
	plan.Bind(app, h.Journal)
	spread.Bind(app, h.Journal)
	event.Bind(app, h.Journal)
	champion.Bind(app, h.Journal)
	check.Bind(app, h.Journal)
	privacy.Bind(app, h.Journal)
	bindErasure(app)
	h.bindReviews()

	h.Mail = notify.New(app, h.mailBase, h.maySee)
	h.Mail.Later(h.sayDigest)

	app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Id: "hub.serve", Func: h.serve})
	app.OnTerminate().Bind(&hook.Handler[*core.TerminateEvent]{
		Id:       "hub.drain",
		Priority: beforePocketBaseStops,
		Func:     h.terminate,
	})
	return h
}

// serve opens what only a serving process has. PocketBase has applied the migrations by now.
func (h *Hub) serve(e *core.ServeEvent) error {
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	if err := h.prepare(ctx); err != nil {
		return err
	}
	if err := h.mendErased(); err != nil {
		return err
	}
	h.overrideSettings()
	rebuild, err := h.openIndex()
	if err != nil {
		return err
	}
	if err := h.openLive(); err != nil {
		return err
	}
	h.Site, err = site.New(h.app, site.Options{
		Search: h.Search, Live: h.Live, Mail: h.Mail, URL: h.cfg.URL, Demo: h.cfg.Demo, Limits: h.cfg.Limits,
		Entries: h.entriesByID, Rebuilding: h.rebuilding.Load, Health: h.health, NoRoom: noRoom, Kept: h.retention, Erase: h.Erase,
		Source: func(d *library.Document) (string, error) { return export.Source(h.app, d) },
		Word:   func(d *library.Document, base string, w io.Writer) error { return export.Paper(h.app, d, base, w) },
		Paper: func(title, body, base, address string, w io.Writer) error {
			return export.Word{Title: title, Language: "en", Body: body, Base: base, From: base + address}.Write(w)
		},
		PressPack: func(d *library.Document, base, citation string, w io.Writer) error {
			return export.PressPack(h.app, d, base, citation, w)
		},
		TakeOut: func(v *member.Viewer, space string, w io.Writer) error {
			z := zip.NewWriter(w)
			return errors.Join(export.Hub(h.app, export.Options{Viewer: v, Space: space}, export.ZIP(z)), z.Close())
		},
		Clipboard: func(html string, heading int, points bool) (string, []string, error) {
			return intake.Clipboard(html, intake.Pasted{Heading: heading, Points: points})
		},
		Import:  h.bringIn,
		OwnData: func(w io.Writer, person string) error { return export.Person(h.app, person, w) },
	})
	if err != nil {
		return err
	}
	logFaults(e.Router)
	h.Site.Routes(e.Router)
	e.Router.GET("/readyz", h.ready)
	h.jobs()
	e.InstallerFunc = sayHowToMakeOperators
	if e.Listener, err = h.listen(e); err != nil {
		return err
	}
	if err := e.Next(); err != nil {
		return err
	}
	h.wrap(e)
	h.follow(ctx, rebuild)
	h.greet()
	return nil
}

// overrideSettings lays what the environment decides over the stored settings, in this process only, and again whenever
// they are read anew. Not before the migrations: those save what they find.
func (h *Hub) overrideSettings() {
	override := func() {
		s := h.app.Settings()
		s.Meta.AppURL = h.mailBase()
		if !h.cfg.Limits {
			s.RateLimits.Enabled = false
		}
		if h.cfg.ProxyHeader != "" {
			s.TrustedProxy.Headers, s.TrustedProxy.UseLeftmostIP = []string{h.cfg.ProxyHeader}, false
		}
	}
	override()
	h.app.OnSettingsReload().BindFunc(func(e *core.SettingsReloadEvent) error {
		err := e.Next()
		override()
		return err
	})
}

// greet says where the hub is.
func (h *Hub) greet() {
	if h.cfg.address == "" {
		return
	}
	if h.cfg.Demo {
		fmt.Fprintf(os.Stderr, "This is a demonstration: everybody knows its accounts. Sign in as partner@example.org, lead@example.org or member@example.org with the password %s.\n", DemoPassword)
	}
	fmt.Fprintf(os.Stderr, "Commonplace %s is at http://%s\n", h.cfg.Version, h.cfg.address)
	if h.operators != nil {
		fmt.Fprintf(os.Stderr, "Operators: http://%s/_/\n", h.cfg.Operator)
	}
}

// prepare fills an empty hub and, with --demo, brings the cast on. Then the database takes stock.
func (h *Hub) prepare(ctx context.Context) error {
	if err := h.fill(ctx); err != nil {
		return err
	}
	if err := h.demo(); err != nil {
		return err
	}
	return measureTables(h.app)
}

func (h *Hub) fill(ctx context.Context) error {
	if h.cfg.Content == nil {
		return nil
	}
	_, err := intake.Content(ctx, h.app, h.cfg.Content)
	return err
}

// Fill loads the shipped content without serving.
func (h *Hub) Fill() error { return h.fill(context.Background()) }

// follow starts the readers of the journal, and the outbox.
func (h *Hub) follow(ctx context.Context, rebuild bool) {
	h.followers.Go(func() { h.followPages(ctx) })
	h.followers.Go(func() { h.followIndex(ctx, rebuild) })
	h.followers.Go(func() { h.followFiles(ctx) })
	h.followers.Go(func() { h.followNews(ctx) })
	h.followers.Go(func() { h.followAtOnce(ctx) })
	h.followers.Go(func() { rest(ctx) })
	if !h.cfg.HoldMail {
		h.followers.Go(func() { h.Mail.Run(ctx) })
	}
}

// listen opens the public listener, whose doors close when the program drains.
func (h *Hub) listen(e *core.ServeEvent) (net.Listener, error) {
	if e.Listener != nil || e.Server.Addr == "" {
		return e.Listener, nil
	}
	l, err := net.Listen("tcp", e.Server.Addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", e.Server.Addr, err)
	}
	return h.drain.listener(l), nil
}

// wrap puts what must come before PocketBase's own router around it, once it exists.
func (h *Hub) wrap(e *core.ServeEvent) {
	inner := e.Server.Handler
	h.serveOperators(inner)
	e.Server.Handler = h.drain.count(h.known(publicOnly(h.Site.Memory(inner))))
}

// maySee says whether a person may see a record at this moment, and so be told about it by mail.
func (h *Hub) maySee(person, about, record string) (bool, error) {
	v, err := h.viewerOf(live.Person{ID: person})
	may := false
	if err == nil {
		may, err = h.sees(v, about, record)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return may && err == nil, err
}

func (h *Hub) sees(v *member.Viewer, about, record string) (bool, error) {
	switch about {
	case "":
		return true, nil
	case "threads":
		t, err := thread.ByID(h.app, record)
		return err == nil && t.Viewable(v), err
	case "posts":
		p, found, err := thread.PostByID(h.app, record)
		if err != nil || !found || !p.Out() {
			return false, err
		}
		return h.sees(v, "threads", p.Thread)
	case "documents":
		d, err := library.ByID(h.app, record)
		return err == nil && d.Viewable(v), err
	case "spaces":
		s, err := member.SpaceByID(h.app, record)
		return err == nil && v.Lists(s), err
	case "champion_messages":
		m, err := champion.MessageByID(h.app, record)
		return err == nil && m.Viewable(v), err
	case "topics":
		topics, err := library.Vocabulary(h.app, "topic")
		return err == nil && v.SignedIn() && topics[record] != "", err
	}
	return h.seesEntry(v, about, record)
}
