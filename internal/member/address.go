package member

import (
	"errors"
	"regexp"
	"strings"

	"golang.org/x/net/idna"
)

// ErrAddress says that something is not an e-mail address that this hub writes to.
var ErrAddress = errors.New("that is not an e-mail address")

// local is what may stand before the @: words and dots. No quotes, which would let a second @ in, and none of the signs
// (% and !) by which old servers pass mail on to somebody else.
var local = regexp.MustCompile(`^[a-z0-9#$&'*+/=?^_{|}~-]+(\.[a-z0-9#$&'*+/=?^_{|}~-]+)*$`)

// Address reads one e-mail address and returns it the way it is kept and compared: in lower case, with the domain, which
// is what follows the last @, in the letters of the domain name system.
func Address(s string) (string, error) {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, '@')
	if at < 0 || len(s) > 254 {
		return "", ErrAddress
	}
	name, domain := strings.ToLower(s[:at]), s[at+1:]
	if len(name) > 64 || !local.MatchString(name) {
		return "", ErrAddress
	}
	domain, err := Domain(domain)
	if err != nil {
		return "", ErrAddress
	}
	return name + "@" + domain, nil
}

// ErrDomain says that something is not the name of a domain.
var ErrDomain = errors.New("that is not the name of a domain")

// Domain returns the name of a domain the way it is kept and compared, label by label.
func Domain(s string) (string, error) {
	s, err := idna.Lookup.ToASCII(strings.TrimSpace(s))
	if err != nil || !strings.Contains(s, ".") || len(s) > 253 {
		return "", ErrDomain
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return "", ErrDomain
		}
	}
	if last := s[strings.LastIndexByte(s, '.')+1:]; strings.Trim(last, "0123456789") == "" {
		return "", ErrDomain // a number is a machine
	}
	return strings.ToLower(s), nil
}

// DomainOf is the domain of an address that Address returned.
func DomainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
