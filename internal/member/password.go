package member

import (
	_ "embed"
	"fmt"
	"strings"
	"unicode/utf8"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// LeastPassword is how long a password is at least. There is no rule about what it is made of.
const LeastPassword = 10

// commonest are passwords that are tried first, one a line, in lower case.
//
//go:embed passwords.txt
var commonest string

// CheckPassword refuses what others would guess: a password that is short, among the commonest, or made of the address.
func CheckPassword(password, address string) error {
	low := strings.ToLower(password)
	name, _, _ := strings.Cut(strings.ToLower(address), "@")
	switch {
	case utf8.RuneCountInString(password) < LeastPassword:
		return fmt.Errorf("the password needs at least %d characters: three or four words are a good one", LeastPassword)
	case len(password) > 71:
		return fmt.Errorf("the password is too long: 71 characters are the most")
	case common(low) || common(strings.TrimRight(low, "0123456789!?.*#@$")):
		return fmt.Errorf("many people use that password, so it is tried first: choose another")
	case utf8.RuneCountInString(name) > 3 && strings.Contains(low, name):
		return fmt.Errorf("the password may not contain your e-mail address")
	}
	return nil
}

func common(password string) bool {
	return password != "" && !strings.Contains(password, "\n") && strings.Contains(commonest, "\n"+password+"\n")
}

// bindPasswords holds every new password to CheckPassword, wherever it is set.
func bindPasswords(app core.App) {
	app.OnRecordValidate("users").BindFunc(func(e *core.RecordEvent) error {
		if password := e.Record.GetString("password"); password != "" {
			if err := CheckPassword(password, e.Record.Email()); err != nil {
				return validation.Errors{"password": validation.NewError("weak_password", upper(err.Error())+".")}
			}
		}
		return e.Next()
	})
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
