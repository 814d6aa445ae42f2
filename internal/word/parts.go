package word

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// parts are the files inside a document, unpacked within limits.
type parts map[string][]byte

// unpack opens a document's archive. Sizes are counted as the bytes come, for what the archive says of itself may be a lie.
func unpack(raw []byte) (parts, error) {
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, Refusal("It is damaged: its parts cannot be unpacked.")
	}
	if len(archive.File) > maxEntries {
		return nil, Refusal(fmt.Sprintf("It has %d parts, and %d is the most.", len(archive.File), maxEntries))
	}
	p := parts{}
	total := 0
	for _, f := range archive.File {
		name := strings.TrimPrefix(f.Name, "/")
		switch {
		case strings.HasSuffix(name, "/"):
			continue
		case f.Flags&1 != 0:
			return nil, Refusal("It is locked with a password. Save it without one.")
		case p[name] != nil:
			return nil, Refusal("It has two parts of one name, which no word processor writes.")
		}
		if p[name], err = inflate(f, min(maxUnpacked-total, most(name))); err != nil {
			return nil, err
		}
		total += len(p[name])
	}
	return p, nil
}

// most is how long a part may be: one of XML becomes a tree, which takes many times its size.
func most(name string) int {
	if isXML(name) {
		return maxXML
	}
	return maxUnpacked
}

func isXML(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".xml" || ext == ".rels"
}

func inflate(f *zip.File, most int) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, Refusal("It is damaged: one of its parts cannot be opened.")
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	switch {
	case len(raw) > most:
		return nil, Refusal(fmt.Sprintf("It is too large once unpacked: %s holds more than %d MB. Split it into parts and bring them in one by one.", path.Base(f.Name), most>>20))
	case err != nil:
		return nil, Refusal("It is damaged: one of its parts cannot be unpacked.")
	case raw == nil:
		raw = []byte{}
	}
	return raw, nil
}

// names lists the parts in order.
func (p parts) names() []string {
	names := make([]string, 0, len(p))
	for name := range p {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// walk goes through the XML of a part within limits. A document type is refused: it could call for other files, or for
// itself ten times over.
func walk(raw []byte, see func(xml.Token) error) error {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))))
	d.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		return nil, Refusal(fmt.Sprintf("Its letters are written as %q, which is not read here. Save it anew in Word.", charset))
	}
	depth, nodes := 0, 0
	for {
		t, err := d.Token()
		var why Refusal
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &why):
			return why
		case err != nil:
			return Refusal(fmt.Sprintf("It is damaged: a part of it cannot be read (%v).", err))
		}
		switch t.(type) {
		case xml.Directive:
			return Refusal("It carries a document type, which can call for other files. No word processor writes one.")
		case xml.StartElement:
			depth++
			nodes++
		case xml.EndElement:
			depth--
		}
		if depth > maxDepth || nodes > maxNodes {
			return Refusal("It is too intricate to read: too many parts within parts. Split it and bring the parts in one by one.")
		}
		if err := see(t); err != nil {
			return err
		}
	}
}

// attribute is the value of an attribute by its local name, "" when there is none.
func attribute(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}
