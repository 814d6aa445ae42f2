package plan

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Fault is what is wrong with something that somebody typed, in a sentence for them.
type Fault string

func (f Fault) Error() string { return string(f) }

var asNumber = regexp.MustCompile(`^-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$`)

// mostValue is the largest number that a measure can have: more is a mistake.
const mostValue = 1e12

// ReadValue reads a number as people write one, with the unit of its measure after it or without. What is wrong is said in a
// sentence.
func ReadValue(typed, unit string) (float64, error) {
	number := strings.TrimSpace(typed)
	if number == "" {
		return 0, Fault("Write the number.")
	}
	if unit != "" {
		for _, tail := range []string{unit, percent(unit)} {
			if cut := len(number) - len(tail); tail != "" && cut > 0 && strings.EqualFold(number[cut:], tail) {
				number = strings.TrimSpace(number[:cut])
				break
			}
		}
		if strings.HasPrefix(unit, "£") {
			number = strings.TrimPrefix(number, "£")
		}
	}
	if !asNumber.MatchString(number) {
		if end := strings.IndexFunc(number, func(r rune) bool { return !strings.ContainsRune("-0123456789.,", r) }); end > 0 && asNumber.MatchString(number[:end]) && !strings.ContainsAny(number[end:end+1], "eE") {
			return 0, Fault(fmt.Sprintf("%q is in another unit: this is counted in %s. Write the number alone.", shortened(typed), orNumbers(unit)))
		}
		return 0, Fault(fmt.Sprintf("%q is not a number such as 1,250 or 12.5.", shortened(typed)))
	}
	value, err := strconv.ParseFloat(strings.ReplaceAll(number, ",", ""), 64)
	if err != nil || value > mostValue || value < -mostValue {
		return 0, Fault(fmt.Sprintf("%q is too large.", shortened(typed)))
	}
	if percent(unit) != "" && strings.HasPrefix(strings.TrimSpace(unit[1:]), "of") && (value < 0 || value > 100) {
		return 0, Fault(fmt.Sprintf("%q is no share: it is counted in %s, from 0 to 100.", shortened(typed), unit))
	}
	return value, nil
}

// percent is the sign of a unit that is a share.
func percent(unit string) string {
	if strings.HasPrefix(unit, "%") {
		return "%"
	}
	return ""
}

func orNumbers(unit string) string {
	if unit == "" {
		return "plain numbers"
	}
	return unit
}

// shortened is what somebody typed, as far as it fits into a sentence.
func shortened(typed string) string {
	if r := []rune(strings.TrimSpace(typed)); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return strings.TrimSpace(typed)
}

// plainNumber is a number as somebody would type it.
func plainNumber(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
