package site_test

import (
	"net/http"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
)

// Other sites may show what is made for it in a frame, and nothing else: both headers say so, for old browsers and new ones.
func TestOnlyWhatIsMadeForItMayBeFramed(t *testing.T) {
	h := hubtest.New(t)
	for address, may := range map[string]bool{"/embed" + passport: true, "/embed/case-studies": true, passport: false, "/use" + passport: false} {
		a := want(t, h.Guest().Get(address), http.StatusOK)
		if old := a.Header.Get("X-Frame-Options") == ""; old != may {
			t.Errorf("%s: X-Frame-Options is %q", address, a.Header.Get("X-Frame-Options"))
		}
		if policy := strings.Contains(a.Header.Get("Content-Security-Policy"), "frame-ancestors *"); policy != may {
			t.Errorf("%s: %s", address, a.Header.Get("Content-Security-Policy"))
		}
	}
}

// A citation names the partner, the page, when it came out and where it stands.
func TestACitationNamesThePartner(t *testing.T) {
	h := hubtest.New(t)
	has(t, want(t, h.Guest().Get("/use"+passport), http.StatusOK), "West Yorkshire Health and Care Partnership. “A passport that moves with you”. Published ", passport+" (read ")
}
