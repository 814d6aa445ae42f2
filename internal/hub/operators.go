package hub

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// publicOnly answers 404 to everything that is the operators': the dashboard, and of PocketBase's API all but the health
// check, files, realtime, and the records and sign-in of ordinary collections.
func publicOnly(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/_") || (strings.HasPrefix(r.URL.Path, "/api") && !publicAPI(r.URL.Path)) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"data":{},"message":"The requested resource wasn't found.","status":404}`)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// publicAPI says whether a path of the API belongs to everybody. Links for a new password or address are asked for, and
// followed, on our pages.
func publicAPI(path string) bool {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 2 {
		return false
	}
	switch parts[1] {
	case "health", "hub", "realtime", "files":
		return true
	case "collections":
		if len(parts) < 4 || strings.HasPrefix(parts[2], "_") || strings.HasPrefix(parts[2], "pbc_") {
			return false
		}
		return parts[3] == "records" || parts[3] == "request-otp" || strings.HasPrefix(parts[3], "auth-")
	}
	return false
}

// serveOperators opens the operators' side on its own listener. A taken address is said and no reason to stop: the
// public side does not need it.
func (h *Hub) serveOperators(inner http.Handler) {
	if h.cfg.Operator == "" || h.cfg.Operator == "off" {
		return
	}
	l, err := net.Listen("tcp", h.cfg.Operator)
	if err != nil {
		fmt.Fprintf(os.Stderr, "The operators' side is not served: cannot listen on %s (%v). Set COMMONPLACE_OPERATOR_LISTEN to another address or to off.\n", h.cfg.Operator, err)
		return
	}
	h.operators = &http.Server{Handler: inner, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := h.operators.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			h.app.Logger().Error("operators' side", "error", err)
		}
	}()
}

// sayHowToMakeOperators takes the place of PocketBase's installer page.
func sayHowToMakeOperators(core.App, *core.Record, string) error {
	fmt.Fprintln(os.Stderr, "There is no operator yet. Make one with: commonplace superuser create EMAIL PASSWORD")
	return nil
}
