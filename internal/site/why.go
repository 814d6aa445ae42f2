package site

import (
	"strings"

	"commonplace/internal/search"
)

// reasonSays are the reasons that are made of words, in a reader's.
var reasonSays = map[string]string{
	search.InTitle: "In the title", search.InNames: "In another name for it", search.InHeading: "In a heading", search.InSummary: "In the summary",
	search.InText: "In the text", search.Alike: "It says a word like it", search.Slip: "Taken for a slip of the pen, and found", search.Missing: "Not found in it",
}

// reasonIs are those that are not.
var reasonIs = map[string]string{
	search.SideBySide: "The words stand side by side, as you typed them", search.Company: "Other good answers speak of the same things",
	search.Measured: "Its results were measured", search.ForCarers: "It is in the handbook, and you came from there",
	search.Late:  "It moved down: it should have been checked by now",
	search.APost: "It moved down: it is one post of a discussion", search.AThread: "It moved down: it is a discussion",
	search.ATerm: "It moved down: it explains a word, and other pages may say more", search.APart: "It moved down: it is a part of a page",
}

// reasonsOf says why a hit is where it is.
func reasonsOf(h search.Hit, n *facetNames) []string {
	list := []string{}
	for _, r := range h.Why {
		switch {
		case reasonSays[r.What] != "":
			list = append(list, reasonSays[r.What]+": "+strings.Join(r.Words, ", "))
		case r.What == search.Adoptions:
			list = append(list, counted(r.Count, "place does it too", "places do it too"))
		case r.What == search.YourPlace:
			list = append(list, "It is about your place")
		case reasonIs[r.What] != "":
			list = append(list, reasonIs[r.What])
		}
	}
	if len(list) == 0 {
		list = append(list, "It is in what you asked to see")
	}
	return list
}
