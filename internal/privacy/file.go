package privacy

import (
	"fmt"
	"slices"
	"strings"

	"commonplace/internal/guard"

	"github.com/pocketbase/pocketbase/core"
)

// The words inside a file cannot be changed here, and there can be hundreds of details in them: of a file somebody decides
// once. It stays as it is, for a reason, or it comes off the page.

// inFile is the field that holds the words of a file.
const inFile = "text"

const (
	lookedAtOnce = 64 << 10 // bytes; after enough of them that have details nobody needs to know of more
	enoughInFile = 20
)

// ofFile is what is found in a file's words, nil when that is nothing. contacts are asked for when they matter.
func ofFile(r *core.Record, contacts func() ([]string, error)) (*Passage, error) {
	if r.Collection().Name != "attachments" {
		return nil, nil
	}
	text := r.GetString(inFile)
	var first *Passage
	var kinds []string
	n := 0
	for from := 0; from < len(text) && n < enoughInFile; {
		to := chunkEnd(text, from)
		chunk := text[from:to]
		if len(guard.Find(chunk)) > 0 {
			allowed, err := contacts()
			if err != nil {
				return nil, err
			}
			for _, f := range guard.Find(chunk, allowed...) {
				if n++; first == nil {
					p := passage(inFile, text, guard.Finding{Kind: f.Kind, Start: from + f.Start, End: from + f.End, Says: f.Says})
					first = &p
				}
				if word := f.Kind.Words(); !slices.Contains(kinds, word) {
					kinds = append(kinds, word)
				}
			}
		}
		from = to
	}
	if first == nil {
		return nil, nil
	}
	many := fmt.Sprint(n)
	if n >= enoughInFile {
		many = fmt.Sprintf("%d or more", enoughInFile)
	}
	first.Says = fmt.Sprintf("The words in this file hold personal details (%s): %s.", many, strings.Join(kinds, ", "))
	first.Sum, first.Title = sum(first.Kind, "file "+r.GetString("sum")), r.GetString("name")
	first.Collection, first.Record = r.Collection().Name, idOf(r)
	return first, nil
}

// chunkEnd is where a piece of a text ends: at the end of a line, so that no number is cut in two.
func chunkEnd(text string, from int) int {
	if len(text)-from <= lookedAtOnce {
		return len(text)
	}
	to := from + lookedAtOnce
	if at := strings.LastIndexAny(text[from:to], "\n\f"); at > 0 {
		return from + at + 1
	}
	if at := strings.LastIndexByte(text[from:to], ' '); at > 0 {
		return from + at + 1
	}
	return to
}
