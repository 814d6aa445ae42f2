package site

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
	"golang.org/x/time/rate"
)

// limits keep one caller from taking the site from the others. They count by account for those who are signed in and by
// address for guests, who may share one with a whole hospital: so reading is limited generously.
type limits struct {
	on bool

	mu      sync.Mutex
	callers map[string]*rate.Limiter
	emptied time.Time
}

// How often: so many at once, and so many a second after that.
var (
	reading = allowance{200, 20}
	writing = allowance{40, 0.5}
	signing = allowance{10, 0.2}
)

type allowance struct {
	burst     int
	perSecond rate.Limit
}

func newLimits(on bool) *limits {
	return &limits{on: on, callers: map[string]*rate.Limiter{}, emptied: time.Now()}
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
	case e.Request.URL.Path == "/sign-in" && e.Request.Method == http.MethodPost:
		return l.take("sign-in "+who, signing)
	case strings.HasPrefix(e.Request.URL.Path, "/join") && e.Request.Method == http.MethodPost:
		return l.take("join "+who, signing)
	case e.Request.Method == http.MethodPost:
		return l.take("write "+who, writing)
	}
	return l.take("read "+who, reading)
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

// Sockets: opening many at once is how a page full of readers comes back after a restart.
var sockets = allowance{400, 20}

func (l *limits) socket(e *core.RequestEvent, person string) bool {
	if !l.on {
		return true
	}
	who := "address " + e.RealIP()
	if person != "" {
		who = "account " + person
	}
	return l.take("socket "+who, sockets)
}
