package word

import (
	"encoding/json"
	"encoding/xml"
	"strings"
)

// node is an element or a text, in the few fields of the browsers' tree that mammoth reads.
type node struct {
	Type       int     `json:"nodeType"`
	Value      string  `json:"nodeValue,omitempty"`
	Space      string  `json:"namespaceURI,omitempty"`
	Name       string  `json:"localName,omitempty"`
	Attributes []field `json:"attributes,omitempty"`
	Children   []*node `json:"childNodes,omitempty"`
}

type field struct {
	Space string `json:"namespaceURI,omitempty"`
	Name  string `json:"localName"`
	Value string `json:"value"`
}

const (
	elementNode = 1
	textNode    = 3
)

// tree reads XML as JSON.
func tree(raw []byte) (string, error) {
	root := &node{}
	open := []*node{root}
	err := walk(raw, func(t xml.Token) error {
		above := open[len(open)-1]
		switch t := t.(type) {
		case xml.StartElement:
			n := &node{Type: elementNode, Space: t.Name.Space, Name: t.Name.Local}
			for _, a := range t.Attr {
				if strings.HasPrefix(a.Name.Local, "rsid") || a.Name.Local == "paraId" || a.Name.Local == "textId" {
					continue
				}
				n.Attributes = append(n.Attributes, field{a.Name.Space, a.Name.Local, a.Value})
			}
			if !noise[t.Name.Local] && !switchedOff(t) {
				above.Children = append(above.Children, n)
			}
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 1 {
				above.Children = append(above.Children, &node{Type: textNode, Value: string(t)})
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if len(root.Children) == 0 {
		return "", Refusal("It is damaged: one of its parts is empty.")
	}
	var out strings.Builder
	err = json.NewEncoder(&out).Encode(root.Children[0])
	return out.String(), err
}

// noise are elements that mammoth has no use for, about half of what Word writes.
var noise = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Fields(`proofErr lang noProof spacing kern szCs bCs iCs color shd tcBorders tblBorders tblCellMar tcMar tcW
		tblW tblLook tblGrid trHeight vAlign cnfStyle widowControl autoSpaceDE autoSpaceDN adjustRightInd contextualSpacing
		lastRenderedPageBreak snapToGrid sectPr latentStyles keepNext keepLines pBdr`) {
		m[name] = true
	}
	return m
}()

// switchedOff says whether an element says only that something is not so: mammoth takes a row that is marked as no header
// for a header.
func switchedOff(e xml.StartElement) bool {
	if e.Name.Local != "tblHeader" {
		return false
	}
	switch attribute(e, "val") {
	case "0", "false", "off":
		return true
	}
	return false
}
