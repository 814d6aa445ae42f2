// Package extract reads the words out of files, for search: Word, OpenDocument, Excel and PowerPoint files, PDF and plain
// text. Pages are told apart by a form feed. It knows nothing of documents, and shows nobody anything.
//
// What it reads was made by strangers. It goes through archives and XML as a stream, with limits, and has no DTD, no
// external reference and no program to run; but a PDF can still keep a reader busy for ever (one whose pages lead round in a
// circle does), so nothing here is read but in a child process that has little memory and little time. PDFs are read by ledongthuc/pdf (BSD): small, kept, without cgo.
// Spreadsheets are a few elements of XML; excelize would be 4 MB of program for them.
package extract

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"commonplace/internal/child"

	"github.com/ledongthuc/pdf"
)

// Limits of one file.
const (
	MaxText    = 500_000 // bytes of words that are kept
	maxPages   = 1_000
	maxEntries = 2_000
	maxEntry   = 64 << 20 // of an archive, unpacked
	maxDepth   = 200      // of XML
)

// PageBreak stands between pages.
const PageBreak = "\f"

// Kinds are the files that words are read out of, by the end of their name.
var Kinds = []string{"docx", "odt", "ods", "odp", "xlsx", "pptx", "pdf", "txt", "md", "csv"}

// Work reads the words of one file in a child process.
var Work = child.Work{
	Name: "extract-text", Memory: 600 << 20, CPU: 20, Within: 30 * time.Second, Bytes: 64 << 20, Answer: 2 * MaxText,
	Do: func(raw []byte, args []string, out io.Writer) error {
		text, err := read(raw, strings.Join(args, " "))
		if err == nil {
			_, err = io.WriteString(out, text)
		}
		return err
	},
}

// Words reads the words of a file of a kind, size bytes long.
func Words(ctx context.Context, file io.Reader, size int64, kind string) (string, error) {
	out, err := Work.Start(ctx, file, size, kind)
	return string(out), err
}

func read(raw []byte, kind string) (text string, err error) {
	defer func() { // readers of what strangers made may panic
		if p := recover(); p != nil {
			err = fmt.Errorf("the file is damaged: %v", p)
		}
	}()
	f := bytes.NewReader(raw)
	var w words
	switch kind {
	case "pdf":
		err = w.pdf(f)
	case "txt", "md", "csv":
		w.b.Write(raw[:min(len(raw), MaxText)])
	default:
		err = w.archive(f, kind)
	}
	if errors.Is(err, errFull) {
		err = nil // what fits is enough to be found by
	}
	return w.text(), err
}

// words are those read so far.
type words struct{ b strings.Builder }

var errFull = errors.New("there are more words than are kept")

// add writes a piece, until there is enough.
func (w *words) add(s string) error {
	if w.b.Len()+len(s) > MaxText {
		return errFull
	}
	w.b.WriteString(s)
	return nil
}

func (w *words) text() string {
	s := strings.ToValidUTF8(w.b.String(), "")
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' && r != '\f' || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	return strings.TrimRight(s, " \n\t\f")
}

// pdf reads page by page. One that cannot be read is left out.
func (w *words) pdf(f *bytes.Reader) error {
	r, err := pdf.NewReader(f, f.Size())
	if err != nil {
		return fmt.Errorf("the PDF cannot be read: %w", err)
	}
	for n := 1; n <= min(r.NumPage(), maxPages); n++ {
		if n > 1 {
			if err := w.add(PageBreak); err != nil {
				return err
			}
		}
		if err := w.add(pageOf(r, n)); err != nil {
			return err
		}
	}
	return nil
}

func pageOf(r *pdf.Reader, n int) (text string) {
	defer func() { _ = recover() }()
	page := r.Page(n)
	if page.V.IsNull() {
		return ""
	}
	text, err := page.GetPlainText(nil)
	if err != nil {
		return ""
	}
	return text
}

// archive reads one of the formats that are XML in a ZIP.
func (w *words) archive(f *bytes.Reader, kind string) error {
	z, err := zip.NewReader(f, f.Size())
	if err != nil {
		return fmt.Errorf("the file cannot be unpacked: %w", err)
	}
	if len(z.File) > maxEntries {
		return fmt.Errorf("the file has %d parts, and %d is the most", len(z.File), maxEntries)
	}
	switch kind {
	case "docx":
		for _, part := range []string{"word/document.xml", "word/footnotes.xml", "word/endnotes.xml"} {
			if err := w.part(z, part, word); err != nil {
				return err
			}
		}
	case "odt", "ods", "odp":
		return w.part(z, "content.xml", openDocument)
	case "pptx":
		return w.numbered(z, "ppt/slides/slide", word)
	case "xlsx":
		var shared table
		if err := shared.read(z); err != nil {
			return err
		}
		return w.numbered(z, "xl/worksheets/sheet", shared.sheet)
	default:
		return fmt.Errorf("no words are read out of a file of kind %q", kind)
	}
	return nil
}

// numbered reads parts such as slide1.xml, slide2.xml, each as a page.
func (w *words) numbered(z *zip.Reader, prefix string, read reader) error {
	var numbers []int
	for _, f := range z.File {
		name, ok := strings.CutPrefix(f.Name, prefix)
		if n, err := strconv.Atoi(strings.TrimSuffix(name, ".xml")); ok && err == nil {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	for i, n := range numbers[:min(len(numbers), maxPages)] {
		if i > 0 {
			if err := w.add(PageBreak); err != nil {
				return err
			}
		}
		if err := w.part(z, prefix+strconv.Itoa(n)+".xml", read); err != nil {
			return err
		}
	}
	return nil
}

// reader takes the next piece of XML. skip leaves out an element with all that is in it.
type reader func(w *words, t xml.Token, in string) (skip bool, err error)

// part reads an entry; one that is not there has no words.
func (w *words) part(z *zip.Reader, name string, read reader) error {
	at := slices.IndexFunc(z.File, func(f *zip.File) bool { return f.Name == name })
	if at < 0 {
		return nil
	}
	entry, err := z.File[at].Open()
	if err != nil {
		return err
	}
	defer entry.Close()
	return walk(io.LimitReader(entry, maxEntry), func(t xml.Token, in string) (bool, error) { return read(w, t, in) })
}

// walk goes through XML as a stream.
func walk(r io.Reader, take func(t xml.Token, in string) (bool, error)) error {
	d := xml.NewDecoder(r)
	var open []string
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the file is damaged: %w", err)
		}
		in := ""
		switch t := t.(type) {
		case xml.Directive:
			return errors.New("the file declares entities, which no such file needs")
		case xml.StartElement:
			if open = append(open, t.Name.Local); len(open) > maxDepth {
				return errors.New("the file is nested too deep")
			}
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != t.Name.Local {
				return errors.New("the file is damaged")
			}
			open = open[:len(open)-1]
		}
		if len(open) > 0 {
			in = open[len(open)-1]
		}
		skip, err := take(t, in)
		if err != nil {
			return err
		}
		if start, is := t.(xml.StartElement); is && skip {
			if err := leaveOut(d, start.Name.Local); err != nil {
				return err
			}
			open = open[:len(open)-1]
		}
	}
}

// leaveOut passes over an element that has just begun.
func leaveOut(d *xml.Decoder, name string) error {
	for depth := 1; depth > 0; {
		t, err := d.RawToken()
		if err != nil {
			return fmt.Errorf("the file is damaged in %s: %w", name, err)
		}
		switch t.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	return nil
}
