package member

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// SessionLife is how long a browser stays signed in.
const SessionLife = 30 * 24 * time.Hour

// OpenSession signs a browser in and returns the token for its cookie. Only the token's hash is kept.
func OpenSession(app core.App, user *core.Record) (token string, err error) {
	raw := make([]byte, 32)
	rand.Read(raw)
	token = base64.RawURLEncoding.EncodeToString(raw)
	c, err := app.FindCachedCollectionByNameOrId("sessions")
	if err != nil {
		return "", err
	}
	r := core.NewRecord(c)
	r.Set("hash", hashOf(token))
	r.Set("user", user.Id)
	r.Set("expires", time.Now().Add(SessionLife))
	return token, app.Save(r)
}

// SessionUser returns the id of the session and whose it is; the error is sql.ErrNoRows when it is unknown, has ended
// or belongs to a suspended person.
func SessionUser(app core.App, token string) (session string, user *core.Record, err error) {
	err = app.DB().Select("id").From("sessions").
		Where(dbx.HashExp{"hash": hashOf(token)}).
		AndWhere(dbx.NewExp("[[expires]] > {:now}", dbx.Params{"now": time.Now().UTC().Format("2006-01-02 15:04:05.000Z")})).
		Row(&session)
	if err != nil {
		return "", nil, err
	}
	user = &core.Record{}
	err = app.RecordQuery("users").
		InnerJoin("sessions", dbx.NewExp("{{sessions}}.[[user]] = {{users}}.[[id]]")).
		AndWhere(dbx.HashExp{"sessions.id": session, "users.suspended": false}).
		One(user)
	return session, user, err
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
	if err := app.Save(user); err != nil {
		return err
	}
	return closeAll(app, user.Id)
}

func closeAll(app core.App, user string) error {
	sessions, err := app.FindAllRecords("sessions", dbx.HashExp{"user": user})
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if err := app.Delete(s); err != nil {
			return err
		}
	}
	return nil
}

// DropExpiredSessions forgets sessions whose time is over.
func DropExpiredSessions(app core.App) error {
	_, err := app.DB().Delete("sessions", dbx.NewExp("[[expires]] <= {:now}",
		dbx.Params{"now": time.Now().UTC().Format("2006-01-02 15:04:05.000Z")})).Execute()
	return err
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
