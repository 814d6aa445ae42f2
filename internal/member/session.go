package member

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// SessionLife is how long a browser stays signed in.
const SessionLife = 30 * 24 * time.Hour

// OpenSession signs a browser in, which its person knows by a few words, and returns the token for its cookie. Only the
// token's hash is kept.
func OpenSession(app core.App, user *core.Record, browser string) (token string, err error) {
	token = newToken()
	c, err := app.FindCachedCollectionByNameOrId("sessions")
	if err != nil {
		return "", err
	}
	r := core.NewRecord(c)
	r.Set("hash", hashOf(token))
	r.Set("user", user.Id)
	r.Set("browser", browser)
	r.Set("expires", time.Now().Add(SessionLife))
	return token, app.Save(r)
}

func newToken() string {
	raw := make([]byte, 32)
	rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// SessionUser returns the id of the session and whose it is; the error is sql.ErrNoRows when it is unknown, has ended
// or belongs to somebody who is suspended or has left.
func SessionUser(app core.App, token string) (session string, user *core.Record, err error) {
	err = app.DB().Select("id").From("sessions").
		Where(dbx.HashExp{"hash": hashOf(token)}).
		AndWhere(unexpired()).
		Row(&session)
	if err != nil {
		return "", nil, err
	}
	user = &core.Record{}
	err = app.RecordQuery("users").
		InnerJoin("sessions", dbx.NewExp("{{sessions}}.[[user]] = {{users}}.[[id]]")).
		AndWhere(dbx.HashExp{"sessions.id": session, "users.suspended": false, "users.left": ""}).
		One(user)
	return session, user, err
}

// unexpired is true of rows whose time is not over.
func unexpired() dbx.Expression {
	return dbx.NewExp("[[expires]] > {:now}", dbx.Params{"now": time.Now().UTC().Format(types.DefaultDateLayout)})
}

// Sessions lists where a person is signed in, the newest first.
func Sessions(app core.App, user string) ([]*core.Record, error) {
	var all []*core.Record
	err := app.RecordQuery("sessions").AndWhere(dbx.HashExp{"user": user}).AndWhere(unexpired()).OrderBy("created DESC", "id").All(&all)
	return all, err
}

// CloseOne signs a person out of one browser by the session's id; one that is not theirs is sql.ErrNoRows.
func CloseOne(app core.App, user, session string) error {
	r, err := app.FindFirstRecordByFilter("sessions", "id = {:id} && user = {:user}", dbx.Params{"id": session, "user": user})
	if err != nil {
		return err
	}
	return app.Delete(r)
}

// CloseSession signs one browser out; an unknown token is no error.
func CloseSession(app core.App, token string) error {
	r, err := app.FindFirstRecordByData("sessions", "hash", hashOf(token))
	if err != nil {
		return nil
	}
	return app.Delete(r)
}

// CloseEverywhere signs a person out of every browser and makes their REST tokens void.
func CloseEverywhere(app core.App, user *core.Record) error {
	user.RefreshTokenKey()
	return saveBy(app, user, user.Id)
}

// bindSessions ends every session and every feed's token together with the tokens of REST, whoever changes what they hang on: the password, the
// address, the right to be here.
func bindSessions(app core.App) {
	app.OnRecordUpdate("users").BindFunc(func(e *core.RecordEvent) error {
		before := e.Record.Original()
		if e.Record.GetBool("suspended") && !before.GetBool("suspended") || HasLeft(e.Record) && !HasLeft(before) {
			e.Record.RefreshTokenKey()
		}
		key := before.TokenKey()
		if err := e.Next(); err != nil || e.Record.TokenKey() == key {
			return err
		}
		return closeAll(e.App, e.Record.Id)
	})
}

func closeAll(app core.App, user string) error {
	for _, collection := range []string{"sessions", "feed_tokens"} {
		all, err := app.FindAllRecords(collection, dbx.HashExp{"user": user})
		if err != nil {
			return err
		}
		for _, r := range all {
			if err := app.Delete(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// DropExpiredSessions forgets sessions and codes whose time is over, and says how many.
func DropExpiredSessions(app core.App) (int, error) {
	all := 0
	for _, table := range []string{"sessions", "codes"} {
		done, err := app.DB().Delete(table, dbx.Not(unexpired())).Execute()
		if err != nil {
			return all, err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return all, err
		}
		all += int(n)
	}
	return all, nil
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
