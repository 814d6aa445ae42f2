package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"

	"github.com/disintegration/imaging"
)

// What a file is, by its first bytes. The first four are taken.
const (
	JPEG = "JPEG"
	PNG  = "PNG"
	GIF  = "GIF"
	WebP = "WebP"
	HEIC = "HEIC"
	AVIF = "AVIF"
	TIFF = "TIFF"
	BMP  = "BMP"
	SVG  = "SVG"
)

// Kind says what kind of picture the bytes are, "" when they are none. The name of the file does not matter.
func Kind(data []byte) string {
	switch {
	case has(data, 0, "\xff\xd8\xff"):
		return JPEG
	case has(data, 0, "\x89PNG\r\n\x1a\n"):
		return PNG
	case has(data, 0, "GIF87a"), has(data, 0, "GIF89a"):
		return GIF
	case has(data, 0, "RIFF") && has(data, 8, "WEBP"):
		return WebP
	case has(data, 4, "ftyp"):
		return brand(data)
	case has(data, 0, "II*\x00"), has(data, 0, "MM\x00*"), has(data, 0, "II+\x00"), has(data, 0, "MM\x00+"):
		return TIFF
	case has(data, 0, "BM") && len(data) >= 26 && data[6]|data[7]|data[8]|data[9] == 0:
		return BMP
	case isSVG(data):
		return SVG
	}
	return ""
}

func has(data []byte, at int, word string) bool {
	return len(data) >= at+len(word) && string(data[at:at+len(word)]) == word
}

// brand tells the pictures among the files made of boxes from films.
func brand(data []byte) string {
	brands := data[8:min(len(data), 64)]
	for _, b := range []struct{ brand, kind string }{
		{"avif", AVIF}, {"avis", AVIF}, {"heic", HEIC}, {"heix", HEIC}, {"hevc", HEIC}, {"heim", HEIC}, {"heis", HEIC}, {"mif1", HEIC}, {"msf1", HEIC},
	} {
		if bytes.Contains(brands, []byte(b.brand)) {
			return b.kind
		}
	}
	return ""
}

// isSVG looks for the root of a drawing near the beginning of a text, also behind a declaration and comments.
func isSVG(data []byte) bool {
	head := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), 4096)], []byte("\xef\xbb\xbf")), " \t\r\n"))
	head = bytes.ReplaceAll(head, []byte{0}, nil) // written in two bytes a letter
	return bytes.Contains(head, []byte("<")) && bytes.Contains(head, []byte("<svg"))
}

// advice says how to make a JPEG of what is not taken.
var advice = map[string]string{
	HEIC: "This is a HEIC picture, which many devices cannot show. On an iPhone, send it to yourself by e-mail, or choose Settings, Camera, Formats, Most Compatible; on a computer, open it and save it as JPEG. Then add the JPEG.",
	AVIF: "This is an AVIF picture, which many devices cannot show. Open it in a browser or a picture program, save it as JPEG, and add the JPEG.",
	TIFF: "This is a TIFF picture, which browsers cannot show. Open it in Preview, Paint or Photos, save it as JPEG, and add the JPEG.",
	BMP:  "This is a BMP picture, which is very large for what it shows. Open it in Paint or Photos, save it as JPEG, and add the JPEG.",
	SVG:  "This is an SVG drawing, which can hold a program. Open it in a browser or a drawing program, save or export it as PNG or JPEG, and add that.",
}

// Advice is the sentence for a kind of picture that is not taken, "" for those that are.
func Advice(kind string) string { return advice[kind] }

// header is what the first look at a file tells, without decoding it.
type header struct {
	kind          string
	width, height int
	memory        int64 // bytes that the decoded picture takes
	palette       int   // colours that the file names, 0 when it names none
	orientation   int   // as EXIF says: 1 is upright
	toSRGB        *colours
	bare          bool // holds the picture and nothing else, as those do that were made here
}

// inspect reads the header and refuses what should not be decoded.
func inspect(data []byte) (*header, error) {
	if len(data) > MaxBytes {
		return nil, Refused(fmt.Sprintf("This picture is larger than %d MB. Save it smaller, as a JPEG, and add that.", MaxBytes>>20))
	}
	h := &header{kind: Kind(data), orientation: 1}
	var err error
	switch h.kind {
	case JPEG:
		err = h.readJPEG(data)
	case PNG:
		err = h.readPNG(data)
	case WebP:
		err = h.readWebP(data)
	case GIF:
		err = h.readGIF(data)
	case "":
		return nil, Refused("This file is not a picture, whatever its name says. Pictures can be JPEG, PNG, GIF or WebP.")
	default:
		return nil, Refused(advice[h.kind])
	}
	if err != nil {
		return nil, err
	}
	return h, h.fits()
}

func (h *header) readGIF(data []byte) error {
	c, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("%w (%v)", damaged, err)
	}
	h.width, h.height = c.Width, c.Height
	h.memory = int64(c.Width) * int64(c.Height)
	return nil
}

// fits holds the picture against the limits.
func (h *header) fits() error {
	w, ht := int64(h.width), int64(h.height)
	switch {
	case w < 1 || ht < 1:
		return damaged
	case w*ht > MaxPixels:
		return Refused(fmt.Sprintf("This picture has %d megapixels (%d by %d), and %d is the most. Save it smaller, about 2,000 pixels wide, and add that.", (w*ht+999_999)/1_000_000, w, ht, MaxPixels/1_000_000))
	case w > MaxSide || ht > MaxSide:
		return Refused(fmt.Sprintf("This picture is %d by %d pixels, and no side may have more than 12,000. Cut it, or save it smaller, and add that.", w, ht))
	case h.memory > maxMemory:
		return Refused("This picture takes too much memory to open. Save it as an ordinary JPEG (not progressive, 8 bits a colour), about 2,000 pixels wide, and add that.")
	}
	return nil
}

// turned says whether the picture lies on its side.
func (h *header) turned() bool { return h.orientation >= 5 }

// upright turns the picture as its camera was held.
func (h *header) upright(img *image.NRGBA) *image.NRGBA {
	switch h.orientation {
	case 2:
		return imaging.FlipH(img)
	case 3:
		return imaging.Rotate180(img)
	case 4:
		return imaging.FlipV(img)
	case 5:
		return imaging.Transpose(img)
	case 6:
		return imaging.Rotate270(img)
	case 7:
		return imaging.Transverse(img)
	case 8:
		return imaging.Rotate90(img)
	}
	return img
}
