package word

import (
	"encoding/xml"
	"fmt"
	"path"
	"slices"
	"strings"
)

// convert reads a Word file that has been unpacked.
func (p parts) convert() (Document, error) {
	switch {
	case p["[Content_Types].xml"] == nil:
		return Document{}, Refusal("It is no Word file, whatever its name says.")
	case strings.Contains(string(p["[Content_Types].xml"]), "spreadsheetml"), strings.Contains(string(p["[Content_Types].xml"]), "presentationml"):
		return Document{}, Refusal("It is a sheet or a set of slides. Only Word files become pages.")
	}
	said, err := p.aside()
	if err != nil {
		return Document{}, err
	}
	script, html, err := p.mammoth()
	if err != nil {
		return Document{}, err
	}
	d := Document{HTML: html, Title: said.title, Pictures: script.pictures, Comments: said.comments, Notes: said.notes()}
	d.Notes = append(d.Notes, script.notes()...)
	return d, nil
}

// aside is what a file says that does not come out of the converter.
type aside struct {
	title             string
	comments          []string
	margins           []string // page headers and footers
	deleted, inserted int      // tracked
	formulas, objects int
	boxes             int
	macros            bool
}

func (p parts) aside() (*aside, error) {
	a := &aside{}
	for _, name := range p.names() {
		base := path.Base(name)
		var err error
		switch {
		case base == "vbaProject.bin":
			a.macros = true
		case !isXML(name):
		case base == "comments.xml":
			a.comments, err = words(p[name], "comment")
		case name == "docProps/core.xml":
			var titles []string
			if titles, err = words(p[name], "title"); len(titles) > 0 {
				a.title = titles[0]
			}
		case strings.HasPrefix(base, "header") || strings.HasPrefix(base, "footer"):
			var said []string
			said, err = words(p[name], "p")
			a.margins = append(a.margins, said...)
		case base == "document.xml" || base == "document2.xml":
			err = a.count(p[name])
		default:
			err = walk(p[name], func(xml.Token) error { return nil })
		}
		if err != nil {
			return nil, err
		}
	}
	return a, nil
}

// count counts what has no counterpart on a page, or is not meant to be read.
func (a *aside) count(document []byte) error {
	return walk(document, func(t xml.Token) error {
		e, ok := t.(xml.StartElement)
		if !ok {
			return nil
		}
		switch e.Name.Local {
		case "del", "moveFrom":
			a.deleted++
		case "ins", "moveTo":
			a.inserted++
		case "oMath":
			a.formulas++
		case "OLEObject", "chart", "relIds":
			a.objects++
		case "txbxContent":
			a.boxes++
		}
		return nil
	})
}

// words lists the text of each element of a name, without what is a number, empty or said twice.
func words(part []byte, element string) ([]string, error) {
	var list []string
	var text strings.Builder
	inside, hidden := 0, 0
	err := walk(part, func(t xml.Token) error {
		switch t := t.(type) {
		case xml.StartElement:
			switch {
			case t.Name.Local == "instrText" || t.Name.Local == "delText":
				hidden++
			case t.Name.Local == element:
				inside++
			case t.Name.Local == "p" || t.Name.Local == "tab" || t.Name.Local == "br":
				text.WriteByte(' ')
			}
		case xml.EndElement:
			if t.Name.Local == "instrText" || t.Name.Local == "delText" {
				hidden--
			}
			if t.Name.Local != element {
				return nil
			}
			if inside--; inside == 0 {
				if s := strings.Join(strings.Fields(text.String()), " "); strings.Trim(s, "0123456789ivx ") != "" && !slices.Contains(list, s) {
					list = append(list, s)
				}
				text.Reset()
			}
		case xml.CharData:
			if inside > 0 && hidden == 0 {
				text.Write(t)
			}
		}
		return nil
	})
	return list, err
}

// notes says what of it did not come along.
func (a *aside) notes() []string {
	var notes []string
	note := func(n int, one, many string) {
		switch {
		case n == 1:
			notes = append(notes, one)
		case n > 1:
			notes = append(notes, fmt.Sprintf(many, n))
		}
	}
	note(a.deleted, "One tracked deletion was left out.", "%d tracked deletions were left out.")
	note(a.inserted, "One tracked insertion came in as if it had been accepted.", "%d tracked insertions came in as if they had been accepted.")
	note(a.formulas, "One formula has no counterpart. Look for its place and write it out.", "%d formulas have no counterpart. Look for their places and write them out.")
	note(a.objects, "One chart or embedded object was left out. Save it as a picture and add it.", "%d charts or embedded objects were left out. Save them as pictures and add them.")
	note(a.boxes, "There is a text box in it. Check where its words stand now.", "There are %d text boxes in it. Check where their words stand now.")
	if a.macros {
		notes = append(notes, "The macros in it were left out.")
	}
	if len(a.margins) > 0 {
		notes = append(notes, "Page headers and footers do not come in: "+strings.Join(a.margins, "; "))
	}
	return notes
}

// notes says what mammoth had to leave out. Styles that it does not know come in as plain text, which is how they are meant
// here.
func (s *script) notes() []string {
	var notes, styles []string
	for _, m := range s.messages {
		kind, name, found := strings.Cut(m, " style: ")
		switch {
		case found && strings.HasPrefix(kind, "Unrecognised"):
			name, _, _ = strings.Cut(name, " (Style ID")
			if name = strings.Trim(name, "'"); !slices.Contains(styles, name) {
				styles = append(styles, name)
			}
		case strings.HasPrefix(m, "could not open external image"), strings.HasPrefix(m, "Could not find image file"):
			notes = append(notes, "A picture is only linked to and did not come along. It is not fetched.")
		case strings.HasPrefix(m, "An unrecognised element was ignored"), strings.HasPrefix(m, "Image of type"), strings.Contains(m, "was referenced but not defined"):
		default:
			notes = append(notes, "The converter says: "+reason(m))
		}
	}
	if len(styles) > 0 {
		notes = append(notes, fmt.Sprintf("Styles that look like ordinary text here (%d): %s", len(styles), strings.Join(styles, "; ")))
	}
	if s.left > 0 {
		notes = append(notes, fmt.Sprintf("%d pictures were too many or too large and were left out.", s.left))
	}
	return slices.Compact(notes)
}
