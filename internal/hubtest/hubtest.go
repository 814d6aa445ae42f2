// Package hubtest gives a test a whole hub on a throw-away folder: migrated, filled with the shipped content, with the
// demo's cast and groups, served on loopback. Nothing in it is a stand-in.
package hubtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"commonplace/internal/child"
	"commonplace/internal/hub"
	"commonplace/internal/journal"
	"commonplace/internal/member"
	_ "commonplace/migrations"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Hub is a running hub.
type Hub struct {
	App core.App
	Hub *hub.Hub
	URL string
	Dir string

	t      testing.TB
	config hub.Config
	server *httptest.Server
}

// Option changes what New starts.
type Option func(*options)

type options struct {
	cfg   hub.Config
	empty bool
	dir   string
}

// Empty starts without content and without the cast.
func Empty() Option { return func(o *options) { o.empty = true } }

// Limits turns rate limits on; tests run without them otherwise.
func Limits() Option { return func(o *options) { o.cfg.Limits = true } }

// URL sets the address under which the public knows the hub.
func URL(address string) Option { return func(o *options) { o.cfg.URL = address } }

// Behind names the header in which a proxy that is trusted names the client.
func Behind(header string) Option { return func(o *options) { o.cfg.ProxyHeader = header } }

// Mail sends what is in the outbox; tests keep it there otherwise.
func Mail() Option { return func(o *options) { o.cfg.HoldMail = false } }

// Fault has f called at the hub's fault points.
func Fault(f func(point string)) Option { return func(o *options) { o.cfg.Fault = f } }

// With changes the configuration.
func With(change func(*hub.Config)) Option { return func(o *options) { change(&o.cfg) } }

// In starts on a folder that is there already, such as a restored one, without copying anything into it.
func In(dir string) Option { return func(o *options) { o.dir = dir } }

// New starts a hub and ends it with the test.
func New(t testing.TB, opts ...Option) *Hub {
	t.Helper()
	if child.Is() {
		t.Fatal("hubtest: this test binary is started as a child of a hub, and its TestMain does not call hubtest.Main")
	}
	o := options{cfg: hub.Config{Operator: "off", Version: "test", Demo: true, HoldMail: true}}
	for _, opt := range opts {
		opt(&o)
	}
	if o.empty {
		o.cfg.Demo = false
	}
	dir := o.dir
	if dir == "" {
		from, err := template(!o.empty)
		if err != nil {
			t.Fatalf("hubtest: %v", err)
		}
		dir = filepath.Join(t.TempDir(), "pb_data")
		if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
			t.Fatalf("hubtest: %v", err)
		}
	}
	h := &Hub{t: t, Dir: dir, config: o.cfg}
	h.start()
	t.Cleanup(h.Stop)
	return h
}

// start opens the folder and serves it.
func (h *Hub) start() {
	h.t.Helper()
	handler, err := h.open()
	if err != nil {
		h.t.Fatalf("hubtest: %v", err)
	}
	h.server = httptest.NewServer(handler)
	h.URL = h.server.URL
}

// open starts the hub on its folder and returns what answers requests.
func (h *Hub) open() (http.Handler, error) {
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: h.Dir, DBConnect: hub.Connect, DataMaxOpenConns: 8, DataMaxIdleConns: 4})
	if err := app.Bootstrap(); err != nil {
		return nil, err
	}
	h.App, h.Hub = app, hub.Attach(app, h.config)
	if err := app.RunAllMigrations(); err != nil {
		return nil, err
	}
	router, err := apis.NewRouter(app)
	if err != nil {
		return nil, err
	}
	e := &core.ServeEvent{App: app, Router: router, Server: &http.Server{}}
	err = app.OnServe().Trigger(e, func(e *core.ServeEvent) error {
		mux, err := e.Router.BuildMux()
		e.Server.Handler = mux
		return err
	})
	return e.Server.Handler, err
}

// close ends what open began.
func (h *Hub) close() error {
	e := new(core.TerminateEvent)
	e.App = h.App
	return h.App.OnTerminate().Trigger(e, func(e *core.TerminateEvent) error { return h.App.ResetBootstrapState() })
}

// Stop ends the hub in peace. Start opens the same folder again.
func (h *Hub) Stop() {
	if h.server == nil {
		return
	}
	err := h.close()
	h.server.CloseClientConnections()
	h.server.Close()
	h.server = nil
	if err != nil {
		h.t.Errorf("hubtest: stop: %v", err)
	}
}

// Start opens the folder again after Stop.
func (h *Hub) Start() { h.start() }

// Main runs the tests of a package. A test binary that was started
// as the program's child process is that.
func Main(m *testing.M) {
	if code, child := hub.AsChild(os.Args); child {
		os.Exit(code)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // a fifth of the processor's time went into collecting what hubs of a second leave
	}
	os.Exit(m.Run())
}

// Settle waits until search, open pages and those who follow a search have followed everything that was written.
func (h *Hub) Settle() {
	h.t.Helper()
	if err := h.settled(); err != nil {
		h.t.Fatalf("hubtest: %v", err)
	}
}

// Followed waits until what guests read from memory follows all that was written: a matter of milliseconds.
func (h *Hub) Followed() {
	h.t.Helper()
	_, last, err := journal.Range(h.App)
	if err != nil {
		h.t.Fatalf("hubtest: %v", err)
	}
	for end := time.Now().Add(time.Minute); h.Hub.Live.UpTo() < last; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			h.t.Fatalf("hubtest: pages are followed until %d of %d", h.Hub.Live.UpTo(), last)
		}
	}
}

func (h *Hub) settled() error {
	_, last, err := journal.Range(h.App)
	if err != nil {
		return err
	}
	deadline := time.Now().Add(time.Minute)
	for h.Hub.Search.Position() < last || h.Hub.Told() < last {
		if time.Now().After(deadline) {
			return fmt.Errorf("the index stays at %d of %d, and those who follow are told until %d", h.Hub.Search.Position(), last, h.Hub.Told())
		}
		time.Sleep(2 * time.Millisecond)
	}
	return nil
}

// Client is somebody at a browser or a program, who never follows redirects.
type Client struct {
	hub   *Hub
	http  *http.Client
	Token string // for REST; pages take the cookie of SignIn
}

// Answer is what a client was answered.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// plainly asks for answers as they are: packing and unpacking each one took a twentieth of the tests' time. A test that is
// about that asks for it by header.
var plainly = &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 8}

// Guest is somebody who is not signed in.
func (h *Hub) Guest() *Client {
	jar, _ := cookiejar.New(nil)
	return &Client{hub: h, http: &http.Client{
		Jar: jar, Timeout: 30 * time.Second, Transport: plainly,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Viewer is one of the cast, or "guest", as rooms ask for them.
func (h *Hub) Viewer(name string) *member.Viewer {
	h.t.Helper()
	var u *core.Record
	if name != "guest" {
		u = h.Record("users", "email", name+"@example.org")
	}
	v, err := member.For(h.App, u)
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

// As is one of the cast, signed in on the pages and with a token for REST: partner, lead, member, member2, moderator or
// admin; "guest" is nobody.
func (h *Hub) As(name string) *Client {
	h.t.Helper()
	c := h.Guest()
	if name == "guest" {
		return c
	}
	email := name + "@example.org"
	a := c.Post("/sign-in", url.Values{"email": {email}, "password": {hub.DemoPassword}})
	if a.Status != http.StatusSeeOther {
		h.t.Fatalf("hubtest: %s cannot sign in: %d %s", name, a.Status, a.Body)
	}
	var auth struct{ Token string }
	c.REST("POST", "/api/collections/users/auth-with-password", map[string]any{"identity": email, "password": hub.DemoPassword}).Into(h.t, &auth)
	if auth.Token == "" {
		h.t.Fatalf("hubtest: %s gets no token", name)
	}
	c.Token = auth.Token
	return c
}

// Get fetches a page.
func (c *Client) Get(path string) Answer { return c.Do("GET", path, "", nil, nil) }

// Post sends a form the way a browser does from the site itself.
func (c *Client) Post(path string, form url.Values) Answer {
	return c.Do("POST", path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()), http.Header{"Sec-Fetch-Site": {"same-origin"}})
}

// REST sends JSON with the client's token, and no cookie.
func (c *Client) REST(method, path string, body any) Answer {
	c.hub.t.Helper()
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			c.hub.t.Fatalf("hubtest: %v", err)
		}
		in = strings.NewReader(string(raw))
	}
	bare := &Client{hub: c.hub, http: &http.Client{Timeout: 30 * time.Second, Transport: plainly}}
	header := http.Header{}
	if c.Token != "" {
		header.Set("Authorization", c.Token)
	}
	return bare.Do(method, path, "application/json", in, header)
}

// Do sends any request.
func (c *Client) Do(method, path, contentType string, body io.Reader, header http.Header) Answer {
	c.hub.t.Helper()
	r, err := http.NewRequest(method, c.hub.URL+path, body)
	if err != nil {
		c.hub.t.Fatalf("hubtest: %v", err)
	}
	for k, v := range header {
		r.Header[k] = v
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	res, err := c.http.Do(r)
	if err != nil {
		c.hub.t.Fatalf("hubtest: %s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		c.hub.t.Fatalf("hubtest: %s %s: %v", method, path, err)
	}
	return Answer{Status: res.StatusCode, Header: res.Header, Body: string(raw)}
}

// Cookie is the client's session cookie as a header value, "" when it is not signed in.
func (c *Client) Cookie() string {
	u, err := url.Parse(c.hub.URL)
	if err != nil {
		return ""
	}
	var parts []string
	for _, k := range c.http.Jar.Cookies(u) {
		parts = append(parts, k.Name+"="+k.Value)
	}
	return strings.Join(parts, "; ")
}

// Into reads a JSON answer.
func (a Answer) Into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.Body), v); err != nil {
		t.Fatalf("hubtest: status %d, %v in %s", a.Status, err, a.Body)
	}
}

// ID is the id in a JSON answer, which must be a success.
func (a Answer) ID(t testing.TB) string {
	t.Helper()
	if a.Status != http.StatusOK {
		t.Fatalf("hubtest: status %d: %s", a.Status, a.Body)
	}
	var r struct{ ID string }
	a.Into(t, &r)
	return r.ID
}

// Record finds the first record with a value, or ends the test.
func (h *Hub) Record(collection, field, value string) *core.Record {
	h.t.Helper()
	r, err := h.App.FindFirstRecordByData(collection, field, value)
	if err != nil {
		h.t.Fatalf("hubtest: no %s with %s = %q: %v", collection, field, value, err)
	}
	return r
}

// String says where the hub is.
func (h *Hub) String() string { return fmt.Sprintf("hub at %s in %s", h.URL, h.Dir) }

// Row writes a row past all hooks, as one that was kept before its thing went.
func (h *Hub) Row(collection string, values map[string]any) *core.Record {
	h.t.Helper()
	c, err := h.App.FindCollectionByNameOrId(collection)
	if err != nil {
		h.t.Fatal(err)
	}
	r := core.NewRecord(c)
	r.Load(values)
	r.Id = core.GenerateDefaultRandomId()
	row := dbx.Params{}
	for name, value := range r.FieldsData() {
		if day, is := value.(types.DateTime); is {
			value = day.String()
		}
		row[name] = value
	}
	if _, err := h.App.DB().Insert(collection, row).Execute(); err != nil {
		h.t.Fatalf("%s: %v", collection, err)
	}
	return r
}
