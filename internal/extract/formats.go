package extract

import (
	"archive/zip"
	"encoding/xml"
	"strconv"
	"strings"
)

// word reads Word's and PowerPoint's XML. What was deleted or moved away, and the second telling of a drawing, are left out.
func word(w *words, t xml.Token, in string) (bool, error) {
	switch t := t.(type) {
	case xml.StartElement:
		switch t.Name.Local {
		case "del", "moveFrom", "Fallback", "instrText", "delText":
			return true, nil
		case "tab":
			return false, w.add("\t")
		case "lastRenderedPageBreak":
			return false, w.breakPage()
		case "br":
			if attribute(t, "type") == "page" {
				return false, w.breakPage()
			}
			return false, w.add("\n")
		}
	case xml.EndElement:
		if t.Name.Local == "p" {
			return false, w.add("\n")
		}
	case xml.CharData:
		if in == "t" {
			return false, w.add(string(t))
		}
	}
	return false, nil
}

// breakPage begins a page. Word says so twice where a writer asked for it, so a page without a word is none.
func (w *words) breakPage() error {
	so := strings.TrimRight(w.b.String()[max(0, w.b.Len()-40):], " \n\t")
	if so == "" || strings.HasSuffix(so, PageBreak) {
		return nil
	}
	return w.add(PageBreak)
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// openDocument reads the XML of OpenDocument files.
func openDocument(w *words, t xml.Token, in string) (bool, error) {
	switch t := t.(type) {
	case xml.StartElement:
		switch t.Name.Local {
		case "tracked-changes", "annotation", "automatic-styles", "font-face-decls", "scripts":
			return true, nil
		case "s":
			return false, w.add(" ")
		case "tab":
			return false, w.add("\t")
		case "line-break":
			return false, w.add("\n")
		case "soft-page-break":
			return false, w.breakPage()
		}
	case xml.EndElement:
		switch t.Name.Local {
		case "p", "h":
			return false, w.add("\n")
		}
	case xml.CharData:
		if in != "" {
			return false, w.add(string(t))
		}
	}
	return false, nil
}

// table is what the sheets of a spreadsheet share: its texts, by number.
type table struct {
	texts []string
	size  int
	typ   string
	value strings.Builder
}

func (s *table) read(z *zip.Reader) error {
	var w words
	var one strings.Builder
	return w.part(z, "xl/sharedStrings.xml", func(_ *words, t xml.Token, in string) (bool, error) {
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Local == "rPh" { // how a word is read aloud
				return true, nil
			}
			if t.Name.Local == "si" {
				one.Reset()
			}
		case xml.EndElement:
			if t.Name.Local == "si" {
				if s.size += one.Len(); s.size > 20*MaxText {
					return false, errFull
				}
				s.texts = append(s.texts, one.String())
			}
		case xml.CharData:
			if in == "t" {
				one.Write(t)
			}
		}
		return false, nil
	})
}

// sheet reads the cells of one sheet, a row a line.
func (s *table) sheet(w *words, t xml.Token, in string) (bool, error) {
	switch t := t.(type) {
	case xml.StartElement:
		switch t.Name.Local {
		case "c":
			s.typ = attribute(t, "t")
			s.value.Reset()
		case "f":
			return true, nil
		}
	case xml.EndElement:
		switch t.Name.Local {
		case "c":
			if cell := s.cell(); cell != "" {
				return false, w.add(cell + "\t")
			}
		case "row":
			return false, w.add("\n")
		}
	case xml.CharData:
		if in == "v" || in == "t" {
			s.value.Write(t)
		}
	}
	return false, nil
}

func (s *table) cell() string {
	if s.typ != "s" {
		return s.value.String()
	}
	n, err := strconv.Atoi(strings.TrimSpace(s.value.String()))
	if err != nil || n < 0 || n >= len(s.texts) {
		return ""
	}
	return s.texts[n]
}
