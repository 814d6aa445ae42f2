package site

import (
	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
)

// bindAccounts keeps for programs what the pages promise about accounts: as few guesses, the same mails.
func (s *Site) bindAccounts() {
	s.app.OnRecordAuthWithPasswordRequest("users").BindFunc(func(e *core.RecordAuthWithPasswordRequestEvent) error {
		again, err := s.limits.try(e.RequestEvent, "password", e.Identity)
		if err != nil {
			return err
		}
		if err := e.Next(); err != nil {
			return err
		}
		again()
		return nil
	})
	s.app.OnRecordRequestOTPRequest("users").BindFunc(func(e *core.RecordCreateOTPRequestEvent) error {
		if e.Record != nil && member.Barred(e.Record) {
			e.Record = nil // answered as for nobody
		}
		return e.Next()
	})
	s.app.OnRecordAuthWithOTPRequest("users").BindFunc(func(e *core.RecordAuthWithOTPRequestEvent) error {
		if err := member.ShowMailbox(e.App, e.Record); err != nil {
			return err
		}
		return e.Next()
	})
	s.app.OnMailerRecordOTPSend("users").BindFunc(func(e *core.MailerRecordEvent) error {
		code, _ := e.Meta["password"].(string)
		return s.o.Mail.Put(e.App, codeMail(e.Record, code))
	})
	s.app.OnRecordUpdate("users").BindFunc(s.tellOfPassword)
}

// tellOfPassword writes to a person whose password was changed, whoever did it. One that was dropped because nobody knew
// whose it was is no news.
func (s *Site) tellOfPassword(e *core.RecordEvent) error {
	before := e.Record.Original()
	was, verified := before.GetString("password:hash"), before.Verified()
	if err := e.Next(); err != nil {
		return err
	}
	if e.Record.GetString("password:hash") == was || !verified || member.Barred(e.Record) {
		return nil
	}
	return s.o.Mail.Put(e.App, notify.Mail{
		Key: "password-changed:" + security.RandomString(20), To: e.Record.Email(), Person: e.Record.Id, Kind: "password-changed",
		Data: map[string]any{"Name": e.Record.GetString("name"), "URL": s.o.Mail.Base() + "/reset"},
	})
}
