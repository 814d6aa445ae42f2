package notify

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"commonplace/internal/member"

	"github.com/golang-jwt/jwt/v5"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
)

// Acts that a link in a mail offers. Each opens a page with a button, and does nothing by being opened.
const (
	TapAdopt  = "adopt"  // we do this too
	TapStop   = "stop"   // stop this follow
	TapNever  = "never"  // no more mail about what is new
	TapDone   = "done"   // an action of a plan is done
	TapLate   = "late"   // it needs more time, and why
	TapSigned = "signed" // a place or a programme is still signed up to a plan
)

// TapLife is how long a link in a mail can be used.
const TapLife = 60 * 24 * time.Hour

// Tap is what a link in a mail is for: one act of one person about one thing, without being signed in.
type Tap struct {
	Act, Record string
	Person      *core.Record
}

// TapLink is the end of the address of such a link. It is signed with what the person's tokens are signed with, so that it
// ends with a new password and with signing out everywhere.
func TapLink(person *core.Record, act, record string) (string, error) {
	return security.NewJWT(jwt.MapClaims{"id": person.Id, "act": act, "record": record}, tapKey(person), TapLife)
}

// tapKey is for these links alone: no other token of the hub opens one.
func tapKey(person *core.Record) string {
	return person.TokenKey() + person.Collection().AuthToken.Secret + ":tap"
}

// ErrTap says that a link is not, or no longer, one of a mail.
var ErrTap = errors.New("that is no link of a mail")

// OpenTap reads such a link.
func OpenTap(app core.App, token string) (Tap, error) {
	claims, err := security.ParseUnverifiedJWT(token)
	if err != nil {
		return Tap{}, ErrTap
	}
	person, err := app.FindRecordById("users", fmt.Sprint(claims["id"]))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Tap{}, err
	}
	if err != nil || member.Barred(person) {
		return Tap{}, ErrTap
	}
	if claims, err = security.ParseJWT(token, tapKey(person)); err != nil {
		return Tap{}, ErrTap
	}
	return Tap{Act: fmt.Sprint(claims["act"]), Record: fmt.Sprint(claims["record"]), Person: person}, nil
}
