package site

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"commonplace/internal/privacy"

	validation "github.com/pocketbase/ozzo-validation/v4"
)

// fieldError is what is wrong with one field of a form, in a sentence. Field is the id of the control.
type fieldError struct{ Field, Sentence string }

// fieldErrors are all that is wrong with a form, in its order.
type fieldErrors []fieldError

// For is the sentence for one field, "" when it is right.
func (f fieldErrors) For(field string) string {
	for _, e := range f {
		if e.Field == field {
			return e.Sentence
		}
	}
	return ""
}

func (f fieldErrors) first() string {
	if len(f) == 0 {
		return ""
	}
	return f[0].Sentence
}

// at says that every fault is one of the same control.
func (f fieldErrors) at(id string) []fieldError {
	list := make([]fieldError, len(f))
	for i, e := range f {
		list[i] = fieldError{id, e.Sentence}
	}
	return list
}

// field is a control that must not be empty.
type field struct{ name, value, sentence string }

func missing(fields ...field) fieldErrors {
	var errs fieldErrors
	for _, f := range fields {
		if strings.TrimSpace(f.value) == "" {
			errs = append(errs, fieldError{f.name, f.sentence})
		}
	}
	return errs
}

// faultsOf reads what a room said against a save, nil when the error is of another kind.
func faultsOf(err error) fieldErrors {
	var faults validation.Errors
	if _, refused := privacy.As(err); refused || !errors.As(err, &faults) { // about personal details is decided on a page of its own
		return nil
	}
	var errs fieldErrors
	for _, name := range formOrder {
		if f, ok := faults[name]; ok {
			errs = append(errs, fieldError{name, sentence(f)})
			delete(faults, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		errs = append(errs, fieldError{name, sentence(faults[name])})
	}
	return errs
}

func sentence(fault error) string { return upperFirst(strings.TrimSuffix(fault.Error(), ".")) + "." }

// formOrder is the order of fields on forms.
var formOrder = strings.Fields("file act comments changed words kind title summary challenge action result places contact_role starts from to ends all_day body place venue address online audience needs needs_words how_to_join stage kept changed dropped reason outcome")
