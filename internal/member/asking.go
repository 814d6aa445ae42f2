package member

import (
	"database/sql"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// HubRequest is somebody without an account who asks to join the hub. Who asks to join a space has an account.
type HubRequest struct{ core.BaseRecordProxy }

func (r *HubRequest) Email() string        { return r.GetString("email") }
func (r *HubRequest) Name() string         { return r.GetString("name") }
func (r *HubRequest) RoleTitle() string    { return r.GetString("role_title") }
func (r *HubRequest) Organisation() string { return r.GetString("organisation") }
func (r *HubRequest) Why() string          { return r.GetString("why") }
func (r *HubRequest) State() string        { return r.GetString("state") }
func (r *HubRequest) Reason() string       { return r.GetString("reason") }

// Asking is what somebody says who asks to join.
type Asking struct{ Email, Name, RoleTitle, Organisation, Why string }

// Check says what is missing: validation.Errors by field.
func (a Asking) Check() error {
	faults := validation.Errors{}
	for _, f := range []struct {
		name, value, missing string
		most                 int
	}{
		{"name", a.Name, "Give your name.", 120}, {"role_title", a.RoleTitle, "Say what your job or your role is.", 120},
		{"organisation", a.Organisation, "Say which organisation or group you belong to.", 200}, {"why", a.Why, "Say in a sentence or two what you would like to do here.", 1000},
	} {
		if strings.TrimSpace(f.value) == "" {
			faults[f.name] = validation.NewError("missing", f.missing)
		} else if utf8.RuneCountInString(f.value) > f.most {
			faults[f.name] = validation.NewError("too_long", "This is too long.")
		}
	}
	if _, err := Address(a.Email); err != nil {
		faults["email"] = validation.NewError("bad_address", "Give your e-mail address, such as name@example.org.")
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// Ask keeps a request to join the hub. A second one from the same address, while the first waits, changes nothing.
func (a Asking) Ask(app core.App) error {
	if err := a.Check(); err != nil {
		return err
	}
	address, err := Address(a.Email)
	if err != nil {
		return err
	}
	waiting, err := app.CountRecords("join_requests", dbx.HashExp{"email": address, "person": "", "state": "pending"})
	if err != nil || waiting > 0 {
		return err
	}
	c, err := app.FindCachedCollectionByNameOrId("join_requests")
	if err != nil {
		return err
	}
	r := core.NewRecord(c)
	r.Load(map[string]any{
		"email": address, "name": strings.TrimSpace(a.Name), "role_title": strings.TrimSpace(a.RoleTitle),
		"organisation": strings.TrimSpace(a.Organisation), "why": strings.TrimSpace(a.Why), "state": "pending",
	})
	return app.Save(r)
}

// HubRequests lists requests to join the hub: those that wait, the oldest first, then those that were decided, the newest
// first.
func HubRequests(app core.App, limit int) (waiting, decided []*HubRequest, err error) {
	ofHub := dbx.HashExp{"space": "", "person": ""}
	err = app.RecordQuery("join_requests").AndWhere(ofHub).AndWhere(dbx.HashExp{"state": "pending"}).OrderBy("created", "id").Limit(int64(limit)).All(&waiting)
	if err != nil {
		return nil, nil, err
	}
	err = app.RecordQuery("join_requests").AndWhere(ofHub).AndWhere(dbx.Not(dbx.HashExp{"state": "pending"})).OrderBy("decided DESC", "id").Limit(int64(limit)).All(&decided)
	return waiting, decided, err
}

// HubRequestByID finds a request to join the hub; the error is sql.ErrNoRows when there is none.
func HubRequestByID(app core.App, id string) (*HubRequest, error) {
	r, err := app.FindRecordById("join_requests", id)
	if err != nil {
		return nil, err
	}
	if r.GetString("space") != "" || r.GetString("person") != "" {
		return nil, sql.ErrNoRows
	}
	q := &HubRequest{}
	q.SetProxyRecord(r)
	return q, nil
}

// ErrDecided says that somebody else has decided meanwhile.
var ErrDecided = errors.New("the request was decided already")

// Decide closes a request, with the reason that the person is told.
func (r *HubRequest) Decide(app core.App, by string, accepted bool, reason string) error {
	if r.State() != "pending" {
		return ErrDecided
	}
	r.Set("state", map[bool]string{true: "accepted", false: "declined"}[accepted])
	r.Set("decided_by", by)
	r.Set("decided", types.NowDateTime())
	r.Set("reason", strings.TrimSpace(reason))
	return saveBy(app, r.Record, by)
}
