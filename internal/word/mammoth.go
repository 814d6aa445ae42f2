package word

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dop251/goja"
)

//go:embed mammoth.js
var bundle string

// maxCalls is how deep functions may call each other in the script.
const maxCalls = 4000

// script is one conversion.
type script struct {
	vm       *goja.Runtime
	parts    parts
	pictures []Picture
	bytes    int      // of the pictures
	left     int      // pictures that were too many
	fault    error    // what Go said while the script ran
	messages []string // what mammoth says
}

// mammoth turns the parts of a Word file into HTML.
func (p parts) mammoth() (s *script, html string, err error) {
	s = &script{vm: goja.New(), parts: p}
	s.vm.SetMaxCallStackSize(maxCalls)
	word := s.vm.NewObject()
	s.lend(word, map[string]any{"tree": s.tree, "text": s.text})
	if err := s.vm.Set("word", word); err != nil {
		return s, "", err
	}
	if _, err := s.vm.RunScript("mammoth.js", bundle); err != nil {
		return s, "", err
	}
	convert, ok := goja.AssertFunction(s.vm.Get("convert"))
	if !ok {
		return s, "", errors.New("mammoth.js has no convert")
	}
	archive := s.vm.NewObject()
	s.lend(archive, map[string]any{"has": s.has, "bytes": s.raw})
	v, err := convert(goja.Undefined(), archive, s.vm.ToValue(s.picture)) // promises are settled when it returns
	if s.fault != nil {
		return s, "", s.fault
	}
	if err != nil {
		return s, "", Refusal("It cannot be read: " + reason(err.Error()))
	}
	return s, s.html(v), s.fault
}

func (s *script) lend(to *goja.Object, functions map[string]any) {
	for name, f := range functions {
		if err := to.Set(name, f); err != nil {
			s.fault = err
		}
	}
}

// html takes the HTML and the messages out of the promise.
func (s *script) html(v goja.Value) string {
	promise, ok := v.Export().(*goja.Promise)
	if !ok || promise.State() == goja.PromiseStatePending {
		s.fault = errors.New("the converter gave no answer")
		return ""
	}
	if promise.State() == goja.PromiseStateRejected {
		if s.fault == nil {
			s.fault = Refusal("It cannot be read: " + reason(promise.Result().String()))
		}
		return ""
	}
	result := promise.Result().ToObject(s.vm)
	s.vm.ForOf(result.Get("messages"), func(m goja.Value) bool {
		s.messages = append(s.messages, m.ToObject(s.vm).Get("message").String())
		return true
	})
	return result.Get("value").String()
}

// reason shortens what the script says to a line.
func reason(said string) string {
	said = strings.TrimPrefix(firstLine(said), "Error: ")
	if r := []rune(said); len(r) > 160 {
		said = string(r[:160]) + " …"
	}
	return said
}

func (s *script) has(name string) bool { return s.parts[name] != nil }

func (s *script) raw(name string) goja.ArrayBuffer {
	return s.vm.NewArrayBuffer(slices.Clone(s.parts[name]))
}

// text decodes the bytes of a part.
func (s *script) text(v goja.Value) string {
	var raw []byte
	if err := s.vm.ExportTo(v, &raw); err != nil {
		s.fault = err
	}
	return strings.ToValidUTF8(string(raw), "\uFFFD")
}

// tree reads the XML of a part.
func (s *script) tree(text string) (string, error) {
	tree, err := tree([]byte(text))
	if err != nil && s.fault == nil {
		s.fault = err
	}
	return tree, err
}

// picture keeps a picture and returns the address under which it stands in the HTML, "" for one too many.
func (s *script) picture(contentType string, v goja.Value) string {
	var raw []byte
	if err := s.vm.ExportTo(v, &raw); err != nil {
		s.fault = err
		return ""
	}
	if len(s.pictures) >= maxPictures || s.bytes+len(raw) > maxPixels {
		s.left++
		return ""
	}
	for _, p := range s.pictures { // the same logo on every page is one picture
		if slices.Equal(p.Bytes, raw) {
			return p.Address
		}
	}
	s.bytes += len(raw)
	p := Picture{Address: fmt.Sprintf("picture-%d%s", len(s.pictures)+1, ending(contentType)), Type: contentType, Bytes: slices.Clone(raw)}
	s.pictures = append(s.pictures, p)
	return p.Address
}

// ending is the end of the file name of a picture.
func ending(contentType string) string {
	switch _, kind, _ := strings.Cut(strings.ToLower(contentType), "/"); kind {
	case "jpeg", "jpg", "pjpeg":
		return ".jpg"
	case "png", "gif", "webp", "bmp", "tiff":
		return "." + kind
	case "svg+xml":
		return ".svg"
	case "x-emf", "emf":
		return ".emf"
	case "x-wmf", "wmf":
		return ".wmf"
	}
	return ".bin"
}
