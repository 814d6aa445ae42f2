package site

import (
	"net/http"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// The cookies there are: the session, and for the minutes of signing in, what belongs to it.
const (
	cookieName   = "commonplace_session"
	codeCookie   = "commonplace_code"
	returnCookie = "commonplace_return"
)

// secure says whether the browser speaks to us over TLS, or to a proxy before us.
func (s *Site) secure(e *core.RequestEvent) bool {
	return e.IsTLS() || strings.HasPrefix(s.o.URL, "https://")
}

// cookieAs is a cookie's name. Over TLS the browser itself sees to it that no other host can set one of this name.
func (s *Site) cookieAs(e *core.RequestEvent, name string) string {
	if s.secure(e) {
		return "__Host-" + name
	}
	return name
}

// cookie is what the browser sent, "" for nothing.
func (s *Site) cookie(e *core.RequestEvent, name string) string {
	c, err := e.Request.Cookie(s.cookieAs(e, name))
	if err != nil {
		return ""
	}
	return c.Value
}

func (s *Site) setCookie(e *core.RequestEvent, name, value string, life time.Duration) {
	http.SetCookie(e.Response, &http.Cookie{
		Name: s.cookieAs(e, name), Value: value, Path: "/", MaxAge: int(life.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(e),
	})
}

func (s *Site) clearCookie(e *core.RequestEvent, name string) { s.setCookie(e, name, "", -time.Second) }

// browserOf names a browser in the few words by which its person knows it. Nothing else of what it says is kept.
func browserOf(agent string) string {
	named := func(fallback string, names ...[2]string) string {
		for _, n := range names {
			if strings.Contains(agent, n[0]) {
				return n[1]
			}
		}
		return fallback
	}
	browser := named("A browser", [2]string{"Edg", "Edge"}, [2]string{"SamsungBrowser", "Samsung Internet"}, [2]string{"OPR/", "Opera"},
		[2]string{"Firefox", "Firefox"}, [2]string{"FxiOS", "Firefox"}, [2]string{"Chrome", "Chrome"}, [2]string{"CriOS", "Chrome"}, [2]string{"Safari", "Safari"})
	system := named("", [2]string{"iPhone", "iPhone"}, [2]string{"iPad", "iPad"}, [2]string{"Android", "Android"}, [2]string{"CrOS", "a Chromebook"},
		[2]string{"Windows", "Windows"}, [2]string{"Macintosh", "a Mac"}, [2]string{"Linux", "Linux"})
	if system == "" {
		return browser
	}
	return browser + " on " + system
}
