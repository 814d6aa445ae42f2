// Package picture turns what somebody uploads into pictures that are safe and quick to show: read by their bytes and not
// by their name, refused before decoding when they are too large or not what they seem, upright, without a word of
// metadata, in three widths. It owns imaging and knows nothing of documents.
//
// Imaging (disintegration/imaging) resizes and turns; the decoders are the standard library's and golang.org/x/image's
// for WebP, called by name, so that no file reaches the TIFF and BMP decoders that imaging registers. x/image is 0.47 or
// newer: before it a crafted TIFF ended the process.
package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"time"

	"github.com/disintegration/imaging"
	"golang.org/x/image/webp"
)

// Limits of one picture.
const (
	MaxPixels = 40_000_000
	MaxSide   = 12_000
	MaxBytes  = 25 << 20
	maxMemory = 200 << 20 // of the decoded picture
	maxScans  = 64        // of a progressive JPEG, each of which is a walk over the whole picture
	maxText   = 1 << 20   // of text hidden in a PNG, unpacked
	within    = 20 * time.Second
)

// Widths are those that a picture is kept in, smallest first. One that is narrower is kept in its own width.
var Widths = []int{480, 960, 1440}

const quality = 82

// Refused is why a picture is not taken, a sentence for the one who sent it.
type Refused string

func (r Refused) Error() string { return string(r) }

// Size is a picture in one width.
type Size struct {
	Width, Height int
	Data          []byte
}

// Picture is an upload made ready: the same picture in each width, smallest first.
type Picture struct {
	Type  string // image/jpeg, or image/png where it has few colours or can be seen through
	Sizes []Size
}

// Extension is what the name of a file of this picture ends in.
func (p *Picture) Extension() string {
	if p.Type == "image/png" {
		return ".png"
	}
	return ".jpg"
}

// Maker makes pictures, one at a time: two large ones at once are more memory than a small machine has.
type Maker struct{ turn chan struct{} }

// NewMaker returns a maker.
func NewMaker() *Maker { return &Maker{turn: make(chan struct{}, 1)} }

// Make reads an uploaded picture. Its error is a Refused where the picture is at fault.
func (m *Maker) Make(ctx context.Context, data []byte) (*Picture, error) {
	h, err := inspect(data)
	if err != nil {
		return nil, err
	}
	select {
	case m.turn <- struct{}{}:
		defer func() { <-m.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	img, err := decode(ctx, data, h)
	if err != nil {
		return nil, err
	}
	p, err := sizes(img, h)
	if err == nil && h.bare && h.width <= Widths[len(Widths)-1] && p.Type == map[string]string{JPEG: "image/jpeg", PNG: "image/png"}[h.kind] {
		p.Sizes[len(p.Sizes)-1].Data = data // made here before: what was taken out comes in again as the same bytes
	}
	return p, err
}

// decode decodes what inspect has let through.
func decode(ctx context.Context, data []byte, h *header) (img image.Image, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	defer func() { // a decoder that panics refuses, too
		if p := recover(); p != nil {
			img, err = nil, fmt.Errorf("%w (%v)", damaged, p)
		}
	}()
	r := &patient{ctx: ctx, r: bytes.NewReader(data)}
	switch h.kind {
	case JPEG:
		img, err = jpeg.Decode(r)
	case PNG:
		img, err = png.Decode(r)
	case GIF:
		img, err = gif.Decode(r) // the first frame alone
	case WebP:
		img, err = webp.Decode(r)
	}
	switch {
	case ctx.Err() != nil:
		return nil, Refused("This picture takes too long to open. Save it anew as a JPEG and try again.")
	case err != nil:
		return nil, fmt.Errorf("%w (%v)", damaged, err)
	}
	if p, ok := img.(*image.Paletted); ok && h.palette > 0 && highest(p) >= h.palette {
		return nil, damaged
	}
	if b := img.Bounds(); b.Dx() < 1 || b.Dy() < 1 {
		return nil, damaged
	}
	return img, nil
}

// damaged is what is said of a file whose bytes make no picture.
var damaged = Refused("This picture cannot be opened: the file is damaged or not complete. Save it anew as a JPEG and try again.")

// highest is the largest index of a colour that is used.
func highest(p *image.Paletted) int {
	most := uint8(0)
	for _, i := range p.Pix {
		most = max(most, i)
	}
	return int(most)
}

// patient reads until the time is up, in small pieces so that it is asked often.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b[:min(len(b), 1024)])
}

// sizes makes the widths, each from the one before, which is quicker than each from the whole.
func sizes(img image.Image, h *header) (*Picture, error) {
	width := img.Bounds().Dx()
	if h.turned() {
		width = img.Bounds().Dy()
	}
	widths := fitting(width)
	largest := widths[len(widths)-1]
	for ; width >= 2*largest; width /= 2 {
		half := halved(img)
		if half == nil {
			break
		}
		img = half
	}
	small := h.upright(narrow(img, largest, h.turned()))
	if h.toSRGB != nil {
		h.toSRGB.apply(small)
	}
	p := &Picture{Type: "image/jpeg", Sizes: make([]Size, len(widths))}
	if _, few := img.(*image.Paletted); few || !small.Opaque() {
		p.Type = "image/png"
	}
	for i := len(widths) - 1; i >= 0; i-- {
		small = narrow(small, widths[i], false)
		raw, err := p.encode(small)
		if err != nil {
			return nil, err
		}
		p.Sizes[i] = Size{Width: small.Bounds().Dx(), Height: small.Bounds().Dy(), Data: raw}
	}
	return p, nil
}

// fitting are the widths for a picture that is so wide: none is made wider than it is.
func fitting(width int) []int {
	var fit []int
	for _, w := range Widths {
		if w >= width {
			return append(fit, width)
		}
		fit = append(fit, w)
	}
	return fit
}

// narrow makes a picture so wide, or so high where it lies on its side.
func narrow(img image.Image, width int, onSide bool) *image.NRGBA {
	if n, ok := img.(*image.NRGBA); ok && !onSide && n.Rect.Dx() == width {
		return n
	}
	if onSide {
		return imaging.Resize(img, 0, width, imaging.CatmullRom)
	}
	return imaging.Resize(img, width, 0, imaging.CatmullRom)
}

func (p *Picture) encode(img *image.NRGBA) ([]byte, error) {
	var b bytes.Buffer
	if p.Type == "image/png" {
		err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img)
		return b.Bytes(), err
	}
	opaque := &image.RGBA{Pix: img.Pix, Stride: img.Stride, Rect: img.Rect} // the same, and the encoder knows it
	err := jpeg.Encode(&b, opaque, &jpeg.Options{Quality: quality})
	return b.Bytes(), err
}

// IsRefused says whether the picture is at fault, and gives the sentence.
func IsRefused(err error) (string, bool) {
	var r Refused
	if !errors.As(err, &r) {
		return "", false
	}
	return string(r), true
}
