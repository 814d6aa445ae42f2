package site

import (
	"strconv"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/search"
)

// reasonsOf says why a hit is where it is, in words of the catalogue under the reasons of search.
func (s *Site) reasonsOf(h search.Hit) []string {
	var list []string
	for _, r := range h.Why {
		key, fills := "why-"+r.What, strings.Join(r.Words, ", ")
		if r.What == search.Adoptions {
			key, fills = key+"."+pluralForm(library.English, r.Count), strconv.Itoa(r.Count)
		}
		if words := s.say(key, fills); words != "" {
			list = append(list, words)
		}
	}
	if len(list) == 0 {
		list = append(list, s.say("why-nothing"))
	}
	return list
}
