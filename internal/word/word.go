// Package word reads documents of word processors: .docx and .odt become plain HTML, with their pictures beside it and
// notes on what has no counterpart. It decides nothing about pages; package intake makes them of what comes out.
//
// A .docx goes through mammoth, a well-kept converter in JavaScript that runs inside goja, which PocketBase's modules pin
// anyway: no converter in Go read as much. It runs in a child process (package child), with bounded memory and time.
// Go unzips the file and reads its XML in there, within limits, before any JavaScript runs. An .odt is read by a few
// lines of Go. mammoth.js is built from web/word by "make web"; see mammoth.licence.txt.
package word

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"strings"

	"commonplace/internal/child"
)

// Document is what a file holds.
type Document struct {
	HTML     string
	Title    string // of its properties
	Pictures []Picture
	Comments []string // what people wrote in the margin
	Notes    []string // what was left out, a sentence each
}

// Picture stands in the HTML under its address.
type Picture struct {
	Address string
	Type    string
	Bytes   []byte
}

// What a file may hold.
const (
	MaxFile     = 20 << 20
	maxEntries  = 2000
	maxXML      = 6 << 20 // of one part
	maxUnpacked = 120 << 20
	maxPictures = 500
	maxPixels   = 40 << 20 // bytes of all pictures together
	maxDepth    = 200
	maxNodes    = 120_000 // of one part
	maxAnswer   = 64 << 20
)

// Refusal is why a file cannot be read, in a sentence for the person who brought it.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Docx reads a Word file in a child process. The error is a Refusal when the file is to blame.
func Docx(ctx context.Context, raw []byte) (Document, error) {
	if err := plausible(raw); err != nil {
		return Document{}, err
	}
	out, err := Work.Start(ctx, bytes.NewReader(raw), int64(len(raw)))
	switch {
	case errors.Is(err, child.ErrTime):
		return Document{}, Refusal("It takes too long to read. Split it into parts and bring them in one by one.")
	case errors.Is(err, child.ErrMemory):
		return Document{}, Refusal("It is too large or too intricate to read. Split it into parts and bring them in one by one.")
	case err != nil:
		return Document{}, err
	}
	var a answer
	if err := gob.NewDecoder(bytes.NewReader(out)).Decode(&a); err != nil {
		return Document{}, fmt.Errorf("the converter's answer: %w", err)
	}
	if a.Refusal != "" {
		return Document{}, Refusal(a.Refusal)
	}
	return a.Document, nil
}

// plausible turns away what cannot be a Word file, before a process is started for it.
func plausible(raw []byte) error {
	switch {
	case len(raw) > MaxFile:
		return Refusal(fmt.Sprintf("It is %d MB large, and %d MB is the most. Pictures in it can be made smaller in Word: Compress Pictures.", len(raw)>>20, MaxFile>>20))
	case bytes.HasPrefix(raw, []byte("\xd0\xcf\x11\xe0")):
		return Refusal("It is locked with a password, or a Word file of before 2007. Open it in Word and save it as .docx without a password.")
	case !bytes.HasPrefix(raw, []byte("PK\x03\x04")):
		return Refusal("It is no Word file, whatever its name says.")
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
