package member

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// How long a one-time code is good, and for how many tries.
const (
	CodeLife  = 10 * time.Minute
	CodeTries = 5
)

// ErrCode says that a code is wrong, too old, used, or was tried too often: which of them is told to nobody.
var ErrCode = errors.New("that code is not right, or no longer")

// NewCode makes a one-time code for a person. The token is for the browser that asked, the code for the person's mailbox;
// passwordGiven says that this browser has shown the password already.
func NewCode(app core.App, user *core.Record, passwordGiven bool) (token, code string, err error) {
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		return "", "", err
	}
	token, code = newToken(), fmt.Sprintf("%08d", n)
	c, err := app.FindCachedCollectionByNameOrId("codes")
	if err != nil {
		return "", "", err
	}
	r := core.NewRecord(c)
	r.Set("hash", hashOf(token))
	r.Set("code", hashOf(token+code))
	r.Set("user", user.Id)
	r.Set("password_given", passwordGiven)
	r.Set("expires", time.Now().Add(CodeLife))
	return token, code, app.Save(r)
}

// NoCode is the token for a browser that asked for a code for an address nobody has: it looks like any other.
func NoCode() string { return newToken() }

// UseCode takes a code that was typed, once, and returns whose it is and whether the password was given before it.
// Spaces between the digits are no fault. Otherwise the error is ErrCode.
func UseCode(app core.App, token, typed string) (user *core.Record, passwordGiven bool, err error) {
	wrong := false // kept apart from the error, so that a counted try is not undone
	err = app.RunInTransaction(func(tx core.App) error {
		r, err := tx.FindFirstRecordByFilter("codes", "hash = {:hash}", dbx.Params{"hash": hashOf(token)})
		if err != nil || r.GetDateTime("expires").Time().Before(time.Now()) || r.GetInt("tries") >= CodeTries {
			return ErrCode
		}
		typed = strings.Join(strings.Fields(typed), "")
		if subtle.ConstantTimeCompare([]byte(r.GetString("code")), []byte(hashOf(token+typed))) == 0 {
			wrong = true
			r.Set("tries", r.GetInt("tries")+1)
			return tx.Save(r)
		}
		if user, err = tx.FindRecordById("users", r.GetString("user")); err != nil || Barred(user) {
			return ErrCode
		}
		passwordGiven = r.GetBool("password_given")
		return tx.Delete(r)
	})
	if wrong && err == nil {
		err = ErrCode
	}
	if err != nil {
		return nil, false, err
	}
	return user, passwordGiven, nil
}

// ShowMailbox notes that a person has shown that the address is theirs. A password that was set before anybody had may be
// somebody else's, so it goes, and with it everything that was opened with it.
func ShowMailbox(app core.App, user *core.Record) error {
	if user.Verified() {
		return nil
	}
	user.SetVerified(true)
	user.SetRandomPassword()
	return saveBy(app, user, user.Id)
}
