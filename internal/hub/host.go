package hub

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// known answers requests for another host than the hub's own with 421, once it has been told its address: who follows a
// name of somebody else's must not think that they are here. Health checks ask by number.
func (h *Hub) known(inner http.Handler) http.Handler {
	if h.cfg.URL == "" {
		return inner
	}
	own, err := url.Parse(h.cfg.URL)
	if err != nil {
		return inner
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sameHost(r.Host, own) || isHealthCheck(r) {
			inner.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusMisdirectedRequest)
		fmt.Fprintln(w, "There is no site of this name here.")
	})
}

// sameHost says whether a request's Host is the one of an address; the standard port may be left out or written.
func sameHost(host string, own *url.URL) bool {
	asked := &url.URL{Host: host}
	standard := map[string]string{"http": "80", "https": "443"}[own.Scheme]
	port := func(u *url.URL) string {
		if p := u.Port(); p != "" {
			return p
		}
		return standard
	}
	plain := asked.Host == asked.Hostname() || asked.Host == net.JoinHostPort(asked.Hostname(), asked.Port())
	return plain && strings.EqualFold(asked.Hostname(), own.Hostname()) && port(asked) == port(own)
}

func isHealthCheck(r *http.Request) bool {
	if r.URL.Path != "/readyz" && r.URL.Path != "/api/health" {
		return false
	}
	name := (&url.URL{Host: r.Host}).Hostname()
	return name == "localhost" || net.ParseIP(name) != nil
}
