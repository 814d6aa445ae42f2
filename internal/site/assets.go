package site

import (
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

// static serves an asset by its checksummed name, compressed ahead of time, to be kept for a year.
func (s *Site) static(e *core.RequestEvent) error {
	for _, a := range s.assets {
		if a.Path != e.Request.URL.Path {
			continue
		}
		h := e.Response.Header()
		h.Set("Content-Type", a.Type)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		body := a.Body
		switch accepts := e.Request.Header.Get("Accept-Encoding"); {
		case a.BR != nil && strings.Contains(accepts, "br"):
			h.Set("Content-Encoding", "br")
			body = a.BR
		case a.GZ != nil && strings.Contains(accepts, "gzip"):
			h.Set("Content-Encoding", "gzip")
			body = a.GZ
		}
		return e.Blob(http.StatusOK, a.Type, body)
	}
	return notFound(e)
}

// robots keeps crawlers to what everybody may read and to what is worth it.
func (s *Site) robots(e *core.RequestEvent) error {
	return e.String(http.StatusOK, "User-agent: *\nDisallow: /api/\nDisallow: /search\nDisallow: /sign-in\nDisallow: /write\nDisallow: /in/\nSitemap: "+s.base(e)+"/sitemap.xml\n")
}
