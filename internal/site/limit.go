package site

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"golang.org/x/time/rate"
)

// limits keep one caller from taking the site from the others. They count by account for those who are signed in and by
// address for guests, who may share one with a whole hospital: so reading is limited generously.
type limits struct {
	on  bool
	say func(key string, parts ...string) string // of the catalogue

	mu      sync.Mutex
	callers map[string]*rate.Limiter
	emptied time.Time
	tried   map[string]*tries
	held    map[string]int // open sockets
	voices  voices
}

// How often: so many at once, and so many a second after that.
var (
	reading = allowance{200, 20}
	writing = allowance{40, 0.5}
	joining = allowance{10, 0.2}
	typing  = allowance{60, 1} // page scripts, while somebody writes

	mentioning = allowance{10, 20. / 60} // 30 in a minute: nobody reads a list of members off it
)

type allowance struct {
	burst     int
	perSecond rate.Limit
}

func newLimits(on bool) *limits {
	return &limits{on: on, callers: map[string]*rate.Limiter{}, emptied: time.Now(), tried: map[string]*tries{}, held: map[string]int{}}
}

func (l *limits) allow(e *core.RequestEvent, v *member.Viewer) bool {
	if !l.on {
		return true
	}
	who := "address " + e.RealIP()
	if v.SignedIn() {
		who = "account " + v.ID()
	}
	switch {
	case e.Request.URL.Path == "/-/mention":
		return l.take("mention "+who, mentioning)
	case strings.HasPrefix(e.Request.URL.Path, "/join") && e.Request.Method == http.MethodPost:
		return l.take("join "+who, joining)
	case e.Request.Method == http.MethodPost && strings.HasPrefix(e.Request.URL.Path, "/-/"):
		return l.take("typing "+who, typing)
	case e.Request.Method == http.MethodPost:
		return l.take("write "+who, writing)
	}
	return l.take("read "+who, reading)
}

// bindLimits lets REST react as often as the buttons do, by the same count.
func (s *Site) bindLimits() {
	often := func(e *core.RecordRequestEvent) error {
		if s.limits.on && e.Auth != nil && !e.HasSuperuserAuth() && !s.limits.take("write account "+e.Auth.Id, writing) {
			return e.TooManyRequestsError(s.say("very-often"), nil)
		}
		return e.Next()
	}
	before := &hook.Handler[*core.RecordRequestEvent]{Id: "site.limit.reactions", Func: often, Priority: -1} // doing it again counts, too
	s.app.OnRecordCreateRequest("reactions").Bind(before)
	s.app.OnRecordDeleteRequest("reactions").Bind(before)
}

// forgetAfter is how long callers are remembered; all limits have filled up again by then.
const forgetAfter = 10 * time.Minute

func (l *limits) take(key string, a allowance) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.emptied) > forgetAfter {
		clear(l.callers)
		l.emptied = time.Now()
	}
	c := l.callers[key]
	if c == nil {
		c = rate.NewLimiter(a.perSecond, a.burst)
		l.callers[key] = c
	}
	return c.Allow()
}

// Sockets: opening many at once is how a page full of readers comes back after a restart. Open ones count, too: a patient
// caller would gather any number.
var sockets = allowance{400, 20}

const (
	mostOfPerson  = 100
	mostOfAddress = 1000 // guests
)

// socket says whether one more may be opened, and is told when it has gone.
func (l *limits) socket(e *core.RequestEvent, person string) (gone func(), ok bool) {
	if !l.on {
		return func() {}, true
	}
	who, most := "address "+e.RealIP(), mostOfAddress
	if person != "" {
		who, most = "account "+person, mostOfPerson
	}
	if !l.take("socket "+who, sockets) {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[who] >= most {
		return nil, false
	}
	l.held[who]++
	return func() { l.letGo(who) }, true
}

func (l *limits) letGo(who string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[who]--; l.held[who] <= 0 {
		delete(l.held, who)
	}
}

// How often somebody may guess: at one account from anywhere, and from one address at any account.
const (
	mostTries = 10
	triesIn   = 15 * time.Minute
)

type tries struct {
	n    int
	over time.Time
}

// try counts a guess at what only the right person knows, before it is looked at, so that guesses at the same time count
// too. Who was right takes it back with again: a whole hospital may share an address. No account counts by address only.
func (l *limits) try(e *core.RequestEvent, what, account string) (again func(), err error) {
	keys := []string{what + " from " + e.RealIP()}
	if account != "" {
		keys = append(keys, what+" for "+strings.ToLower(account))
	}
	if !l.on {
		return func() {}, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keys {
		if t := l.triesOf(k); t.n >= mostTries {
			e.Response.Header().Set("Retry-After", strconv.Itoa(int(time.Until(t.over).Seconds())+1))
			return nil, e.TooManyRequestsError(l.say("tried-enough"), nil)
		}
	}
	for _, k := range keys {
		l.tried[k].n++
	}
	return func() { l.forgive(keys) }, nil
}

func (l *limits) forgive(keys []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keys {
		if t := l.tried[k]; t != nil && t.n > 0 {
			t.n--
		}
	}
}

// manyTries is when counts whose time is over are swept out.
const manyTries = 10_000

func (l *limits) triesOf(key string) *tries {
	now := time.Now()
	if len(l.tried) > manyTries {
		maps.DeleteFunc(l.tried, func(_ string, t *tries) bool { return now.After(t.over) })
	}
	t := l.tried[key]
	if t == nil || now.After(t.over) {
		t = &tries{over: now.Add(triesIn)}
		l.tried[key] = t
	}
	return t
}
