package hub

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"
)

// logFaults takes the place of PocketBase's log of requests, which keeps whole addresses: what a carer searched for, the
// token of a link. Ours keeps faults of the program only, by the route that was asked for.
func logFaults(r *router.Router[*core.RequestEvent]) {
	r.Unbind(apis.DefaultActivityLoggerMiddlewareId)
	r.Bind(&hook.Handler[*core.RequestEvent]{Id: "hub.log", Priority: apis.DefaultActivityLoggerMiddlewarePriority, Func: func(e *core.RequestEvent) error {
		err := e.Next()
		if err == nil {
			return nil
		}
		status, cause := http.StatusInternalServerError, any(err)
		var api *router.ApiError
		if errors.As(err, &api) {
			status = api.Status
			if api.RawData() != nil {
				cause = api.RawData()
			}
		}
		if status >= http.StatusInternalServerError {
			e.App.Logger().Error("request failed", "route", e.Request.Pattern, "status", status, "error", fmt.Sprint(cause))
		}
		return err
	}})
}
