package member

import (
	"database/sql"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// MayAsk says whether the viewer may ask to join a space: they know of it, and cannot post there.
func (v *Viewer) MayAsk(s *Space) bool {
	return v.SignedIn() && v.Lists(s) && v.In(s.Id) < Reader && s.Level() != Confidential
}

// SpaceRequest is somebody who asks to join a space.
type SpaceRequest struct {
	ID, Space string
	Person    Belonging
	Why       string
	Asked     time.Time
}

// longestWhy is how much one may say when asking, and how much may be answered, in characters.
const longestWhy = 1000

// Asked is the pending request of a person to join a space, nil when there is none.
func Asked(app core.App, space, person string) (*core.Record, error) {
	r := &core.Record{}
	err := app.RecordQuery("join_requests").AndWhere(dbx.HashExp{"space": space, "person": person, "state": "pending"}).Limit(1).One(r)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return r, err
}

// AskToJoin leaves a request with those who manage a space; asking twice leaves one.
func AskToJoin(app core.App, v *Viewer, s *Space, why string) (*core.Record, error) {
	if !v.MayAsk(s) {
		return nil, errors.New("not allowed")
	}
	if r, err := Asked(app, s.Id, v.ID()); r != nil || err != nil {
		return r, err
	}
	why = strings.TrimSpace(why)
	if utf8.RuneCountInString(why) > longestWhy {
		return nil, validation.Errors{"why": validation.NewError("too_long", "Use at most 1,000 characters.")}
	}
	c, err := app.FindCachedCollectionByNameOrId("join_requests")
	if err != nil {
		return nil, err
	}
	r := core.NewRecord(c)
	r.Load(map[string]any{"space": s.Id, "person": v.ID(), "why": why, "state": "pending"})
	return r, saveBy(app, r, v.ID())
}

// SpaceRequests lists who asks to join a space, the first first.
func SpaceRequests(app core.App, space string) ([]SpaceRequest, error) {
	var rows []struct {
		ID     string         `db:"id"`
		Person string         `db:"person"`
		Why    string         `db:"why"`
		At     types.DateTime `db:"created"`
	}
	err := app.DB().Select("id", "person", "why", "created").From("join_requests").
		Where(dbx.HashExp{"space": space, "state": "pending"}).OrderBy("created", "id").All(&rows)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]any, len(rows))
	for i, r := range rows {
		ids[i] = r.Person
	}
	people, err := belongings(app, space, dbx.In("users.id", ids...))
	if err != nil {
		return nil, err
	}
	byID := map[string]Belonging{}
	for _, p := range people {
		byID[p.User] = p
	}
	var list []SpaceRequest
	for _, r := range rows {
		if p, there := byID[r.Person]; there { // others have left
			list = append(list, SpaceRequest{ID: r.ID, Space: space, Person: p, Why: r.Why, Asked: r.At.Time()})
		}
	}
	return list, nil
}

// Answer is what somebody who manages a space says to a request: a role, or "" and a reason.
type Answer struct{ Role, Reason string }

// AnswerRequest decides a pending request for a space on behalf of the viewer; the error is sql.ErrNoRows when the space
// has no such request. Call it in a transaction.
func AnswerRequest(tx core.App, v *Viewer, s *Space, id string, a Answer) (SpaceRequest, error) {
	none := SpaceRequest{}
	if !v.MayManage(s.Id) {
		return none, errors.New("not allowed")
	}
	all, err := SpaceRequests(tx, s.Id)
	if err != nil {
		return none, err
	}
	for _, request := range all {
		if request.ID == id {
			return request, decide(tx, v, request, a)
		}
	}
	return none, sql.ErrNoRows
}

func decide(tx core.App, v *Viewer, request SpaceRequest, a Answer) error {
	a.Reason = strings.TrimSpace(a.Reason)
	switch {
	case a.Role == "" && a.Reason == "":
		return validation.Errors{"reason": validation.NewError("required", "Say why. The person who asked is told.")}
	case utf8.RuneCountInString(a.Reason) > longestWhy:
		return validation.Errors{"reason": validation.NewError("too_long", "Use at most 1,000 characters.")}
	case a.Role != "" && byRole(a.Role) == None:
		return validation.Errors{"role": validation.NewError("unknown_role", "Choose a role.")}
	}
	r, err := tx.FindRecordById("join_requests", request.ID)
	if err != nil {
		return err
	}
	state := "declined"
	if a.Role != "" {
		state = "accepted"
		if err := Admit(tx, request.Space, request.Person.User, a.Role, v.ID()); err != nil {
			return err
		}
	}
	r.Load(map[string]any{"state": state, "reason": a.Reason, "decided_by": v.ID(), "decided": types.NowDateTime()})
	return saveBy(tx, r, v.ID())
}
