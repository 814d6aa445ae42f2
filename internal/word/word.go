// Package word reads documents of word processors: .docx and .odt become plain HTML, with their pictures beside it and
// notes on what has no counterpart. It decides nothing about pages; package intake makes them of what comes out.
//
// A .docx goes through mammoth, a well-kept converter in JavaScript that runs inside goja, which PocketBase's modules pin
// anyway: no converter in Go read as much. It runs in a child process, the program starting itself, with bounded memory and
// time. Go unzips the file and reads its XML in there, within limits, before any JavaScript runs. An .odt is read by a few
// lines of Go. mammoth.js is built from web/word by "make web"; see mammoth.licence.txt.
package word

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
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

// limit is how long one conversion may take by the clock, on a machine that has other things to do too.
const limit = 90 * time.Second

// Refusal is why a file cannot be read, in a sentence for the person who brought it.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Command is the hidden sub-command that is the child process.
const Command = "convert-word"

// answer is what the child sends back.
type answer struct {
	Document Document
	Refusal  string
}

// Docx reads a Word file in a child process. The error is a Refusal when the file is to blame.
func Docx(ctx context.Context, raw []byte) (Document, error) {
	if err := plausible(raw); err != nil {
		return Document{}, err
	}
	program, err := os.Executable()
	if err != nil {
		return Document{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, Command)
	cmd.Env = []string{"GOTRACEBACK=none", "GOMAXPROCS=1"} // no secrets of the server, and one of its processors at most
	in, err := cmd.StdinPipe()
	if err != nil {
		return Document{}, err
	}
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &bounded{to: &out, left: maxAnswer}, &bounded{to: &said, left: 64 << 10}
	if err := cmd.Start(); err != nil {
		return Document{}, fmt.Errorf("the converter cannot be started: %w", err)
	}
	// The pipe stays open until the answer is there: when it closes before, the child knows that nobody waits for it.
	go io.Copy(in, io.MultiReader(bytes.NewReader(binary.BigEndian.AppendUint64(nil, uint64(len(raw)))), bytes.NewReader(raw)))
	err = cmd.Wait()
	in.Close()
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return Document{}, ctx.Err()
	case err != nil && killed(cmd.ProcessState):
		return Document{}, Refusal("It takes too long to read. Split it into parts and bring them in one by one.")
	case err != nil && ranOut(said.String()):
		return Document{}, Refusal("It is too large or too intricate to read. Split it into parts and bring them in one by one.")
	case err != nil:
		return Document{}, fmt.Errorf("the converter ended: %w: %s", err, firstLine(said.String()))
	}
	var a answer
	if err := gob.NewDecoder(&out).Decode(&a); err != nil {
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

// killed says whether a process was ended from outside: by the clock, or by the limit on its work.
func killed(p *os.ProcessState) bool { return p != nil && strings.Contains(p.String(), "killed") }

// ranOut says whether the child's last words are about memory.
func ranOut(said string) bool {
	return strings.Contains(said, "out of memory") || strings.Contains(said, "cannot allocate memory") || strings.Contains(said, "stack overflow")
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// bounded keeps what is written up to a number of bytes, and fails the writer after that.
type bounded struct {
	to   *bytes.Buffer
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errors.New("too much was said")
	}
	return b.to.Write(p)
}
