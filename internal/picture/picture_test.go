package picture

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"
)

// corners draws a picture whose four corners can be told apart: red, green, blue, white, from top left to bottom right.
func corners(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, quarter[y*2/h][x*2/w])
		}
	}
	return img
}

var quarter = [2][2]color.NRGBA{{{220, 20, 20, 255}, {20, 180, 20, 255}}, {{20, 20, 220, 255}, {240, 240, 240, 255}}}

// laid is how a picture that is upright lies in the file of a camera that says the orientation.
func laid(img *image.NRGBA, orientation int) *image.NRGBA {
	back := map[int]int{6: 8, 8: 6}
	h := &header{orientation: orientation}
	if o := back[orientation]; o != 0 {
		h.orientation = o
	}
	return h.upright(img)
}

// exif is a block of EXIF data with an orientation, a place, and a thumbnail.
func exif(orientation int, order binary.ByteOrder) []byte {
	var b bytes.Buffer
	b.WriteString(map[binary.ByteOrder]string{binary.BigEndian: "MM\x00*", binary.LittleEndian: "II*\x00"}[order])
	w := func(v any) { binary.Write(&b, order, v) }
	w(uint32(8))
	w(uint16(2))
	w([]uint16{0x0112, 3})
	w(uint32(1))
	w([]uint16{uint16(orientation), 0})
	w([]uint16{0x8825, 4})
	w(uint32(1))
	w(uint32(38))
	w(uint32(0))
	b.WriteString("GPSLatitude 51.5 secret-place JFIF-thumbnail")
	return b.Bytes()
}

// taken is a JPEG as a phone writes it, with everything in it that nobody should learn.
func taken(t *testing.T, img image.Image, orientation int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	out.WriteString("\xff\xd8")
	app := func(mark byte, body []byte) {
		out.Write([]byte{0xff, mark})
		binary.Write(&out, binary.BigEndian, uint16(len(body)+2))
		out.Write(body)
	}
	app(0xE1, append([]byte("Exif\x00\x00"), exif(orientation, binary.BigEndian)...))
	app(0xE1, []byte("http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>secret-author</x:xmpmeta>"))
	app(0xED, []byte("Photoshop 3.0\x00secret-iptc"))
	app(0xFE, []byte("secret-comment"))
	out.Write(b.Bytes()[2:])
	return out.Bytes()
}

func asPNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func chunk(name string, body []byte) []byte {
	var b bytes.Buffer
	binary.Write(&b, binary.BigEndian, uint32(len(body)))
	b.WriteString(name)
	b.Write(body)
	binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(b.Bytes()[4:]))
	return b.Bytes()
}

// withChunk puts a chunk behind the head of a PNG.
func withChunk(raw []byte, name string, body []byte) []byte {
	const head = 8 + 25
	return append(append(append([]byte{}, raw[:head]...), chunk(name, body)...), raw[head:]...)
}

func deflated(raw []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(raw)
	z.Close()
	return b.Bytes()
}

// headOnly is a PNG that says how large it is and holds nothing.
func headOnly(w, h uint32, bits, kind byte) []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	b.Write(chunk("IHDR", append(head, bits, kind, 0, 0, 0)))
	b.Write(chunk("IDAT", deflated(make([]byte, 100))))
	b.Write(chunk("IEND", nil))
	return b.Bytes()
}

// plain fails where a picture of ours holds anything but the picture.
func plain(t *testing.T, p *Picture, raw []byte) {
	t.Helper()
	for _, word := range []string{"Exif", "secret", "xmp", "ICC", "GPS", "tEXt", "zTXt", "iTXt", "eXIf", "iCCP", "JFIF-thumbnail", "Photoshop"} {
		if bytes.Contains(raw, []byte(word)) {
			t.Errorf("a picture of ours holds %q", word)
		}
	}
	if p.Type != "image/jpeg" {
		return
	}
	for at := 0; ; {
		mark, body, next := segment(raw, at)
		if next == 0 {
			return
		}
		if mark >= 0xE0 && mark <= 0xEF || mark == 0xFE {
			t.Errorf("a picture of ours has a segment %#x of %d bytes", mark, len(body))
		}
		at = next
	}
}

func decoded(t *testing.T, raw []byte) image.Image {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// isUpright fails unless the corners are where they belong.
func isUpright(t *testing.T, img image.Image) {
	t.Helper()
	b := img.Bounds()
	for row := range 2 {
		for column := range 2 {
			r, g, bl, _ := img.At(b.Dx()/4+column*b.Dx()/2, b.Dy()/4+row*b.Dy()/2).RGBA()
			want := quarter[row][column]
			for i, pair := range [][2]int{{int(r >> 8), int(want.R)}, {int(g >> 8), int(want.G)}, {int(bl >> 8), int(want.B)}} {
				if d := pair[0] - pair[1]; d > 12 || d < -12 {
					t.Errorf("corner %d %d, colour %d: %d, want about %d", row, column, i, pair[0], pair[1])
				}
			}
		}
	}
}

func TestUprightInThreeWidths(t *testing.T) {
	m := NewMaker()
	for o := 1; o <= 8; o++ {
		p, err := m.Make(context.Background(), taken(t, laid(corners(1600, 1200), o), o))
		if err != nil {
			t.Fatalf("orientation %d: %v", o, err)
		}
		if len(p.Sizes) != 3 || p.Type != "image/jpeg" {
			t.Fatalf("orientation %d: %d sizes of %s", o, len(p.Sizes), p.Type)
		}
		for i, s := range p.Sizes {
			img := decoded(t, s.Data)
			if s.Width != Widths[i] || img.Bounds().Dx() != s.Width || img.Bounds().Dy() != s.Height || s.Height != s.Width*3/4 {
				t.Errorf("orientation %d: %d by %d is %v", o, s.Width, s.Height, img.Bounds())
			}
			isUpright(t, img)
			plain(t, p, s.Data)
		}
	}
}

func TestU09NothingIsLeftOfMetadata(t *testing.T) {
	secret := deflated([]byte("secret-author"))
	raw := asPNG(t, corners(600, 400))
	raw = withChunk(raw, "tEXt", []byte("Author\x00secret"))
	raw = withChunk(raw, "zTXt", append([]byte("Author\x00\x00"), secret...))
	raw = withChunk(raw, "iTXt", []byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00<x:xmpmeta>secret"))
	raw = withChunk(raw, "eXIf", exif(3, binary.LittleEndian))
	for name, raw := range map[string][]byte{"JPEG": taken(t, corners(1000, 800), 1), "PNG": raw} {
		p, err := NewMaker().Make(context.Background(), raw)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, s := range p.Sizes {
			plain(t, p, s.Data)
		}
		if name == "PNG" {
			img, ok := decoded(t, p.Sizes[0].Data), p.Sizes[0].Width == 480
			if r, _, _, _ := img.At(10, 10).RGBA(); r>>8 < 200 || !ok {
				t.Error("the PNG was not turned as its eXIf chunk says")
			}
		}
	}
}

func TestSmallAndSeeThroughPictures(t *testing.T) {
	through := corners(500, 300)
	through.SetNRGBA(3, 3, color.NRGBA{})
	paletted := image.NewPaletted(image.Rect(0, 0, 300, 100), color.Palette{color.White, color.Black})
	var moving bytes.Buffer
	second := image.NewPaletted(paletted.Rect, color.Palette{color.Black})
	if err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{paletted, second}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		raw    []byte
		kind   string
		widths []int
	}{
		{"a tiny photo", taken(t, corners(40, 30), 1), "image/jpeg", []int{40}},
		{"one just as wide", taken(t, corners(960, 30), 1), "image/jpeg", []int{480, 960}},
		{"one that can be seen through", asPNG(t, through), "image/png", []int{480, 500}},
		{"the first frame of a moving one", moving.Bytes(), "image/png", []int{300}},
	} {
		p, err := NewMaker().Make(context.Background(), c.raw)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var widths []int
		for _, s := range p.Sizes {
			widths = append(widths, s.Width)
			plain(t, p, s.Data)
		}
		if p.Type != c.kind || fmt.Sprint(widths) != fmt.Sprint(c.widths) {
			t.Errorf("%s: %s in %v, want %s in %v", c.name, p.Type, widths, c.kind, c.widths)
		}
	}
}

// progressive is the head of a JPEG that is decoded in many walks.
func manyScans(n int) []byte {
	b := []byte("\xff\xd8\xff\xc2\x00\x0b\x08\x10\x00\x10\x00\x01\x01\x11\x00")
	for range n {
		b = append(b, "\xff\xda\x00\x08\x01\x01\x00\x01\x05\x01\x00"...)
	}
	return b
}

// hostile lists pictures that nobody means well with, by the row of the catalogue of attacks, and what is said of them.
func hostile(t *testing.T) []attempt {
	flat := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 16), 16), 8, 3, 0, 0, 0))...)
	flat = append(flat, chunk("PLTE", []byte{0, 0, 0})...)
	flat = append(flat, chunk("IDAT", deflated(bytes.Repeat(append([]byte{0}, bytes.Repeat([]byte{255}, 16)...), 16)))...)
	flat = append(flat, chunk("IEND", nil)...)
	hidden := withChunk(asPNG(t, corners(8, 8)), "zTXt", append([]byte("k\x00\x00"), deflated(make([]byte, 20_000_000))...))
	narrow := []byte("\xff\xd8\xff\xc0\x00\x0b\x08\xff\xff\x00\x01\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00")
	whole := taken(t, corners(300, 300), 1)
	return []attempt{
		{"U01 a head of 60,000 by 60,000", "3600 megapixels", headOnly(60000, 60000, 8, 6)},
		{"U02 one bit a pixel, 900 megapixels", "900 megapixels", headOnly(30000, 30000, 1, 0)},
		{"U01 the largest numbers there are", "megapixels", headOnly(1<<32-1, 1<<32-1, 8, 6)},
		{"U01 40 megapixels of 16 bits", "too much memory", headOnly(6000, 6000, 16, 6)},
		{"U03 a very long hidden text", "very long text", hidden},
		{"U03 65,535 by 1", "no side may have more", narrow},
		{"U03 thousands of scans", "very long to open", manyScans(5000)},
		{"U03 a moving WebP", "moving WebP", []byte("RIFF\x20\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x10\x00\x00\x10\x00\x00ANIM\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00")},
		{"U04 a colour outside the palette", "damaged", flat},
		{"U04 BMP", "BMP", append([]byte("BM\x3a\x01\x00\x00\x00\x00\x00\x00"), make([]byte, 60)...)},
		{"U04 TIFF", "TIFF", append([]byte("II*\x00\x08\x00\x00\x00"), make([]byte, 300)...)},
		{"U05 SVG", "SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)},
		{"U05 SVG with entities", "SVG", []byte(`<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol">]><svg>&a;</svg>`)},
		{"U06 HTML", "not a picture", []byte("<html><script>alert(1)</script></html>")},
		{"U06 GIF and HTML in one", "damaged", []byte("GIF89a/*\x00\x00\x00\x00*/=1;alert(1)//<script>alert(1)</script>")},
		{"HEIC", "HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")},
		{"AVIF", "AVIF", []byte("\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf")},
		{"half a photo", "damaged", whole[:len(whole)/2]},
		{"nothing", "not a picture", nil},
		{"a head alone", "damaged", []byte("\xff\xd8\xff\xe0")},
	}
}

// attempt is one of them.
type attempt struct {
	name, says string
	raw        []byte
}

func TestU01HeadsOfBillionsOfPixels(t *testing.T) { refuses(t, "U01") }
func TestU02OneBitAPixel(t *testing.T)            { refuses(t, "U02") }
func TestU03TextsFramesScansAndSlivers(t *testing.T) {
	refuses(t, "U03")
	frames := &gif.GIF{}
	one := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.White, color.Black})
	for range 50_000 {
		frames.Image, frames.Delay = append(frames.Image, one), append(frames.Delay, 1)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, frames); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	p, err := NewMaker().Make(context.Background(), b.Bytes())
	if err != nil || len(p.Sizes) != 1 || p.Sizes[0].Width != 1 || time.Since(began) > 10*time.Second {
		t.Errorf("50,000 frames: %v in %v", err, time.Since(began))
	}
}
func TestU04PalettesAndTIFF(t *testing.T)        { refuses(t, "U04") }
func TestU05Drawings(t *testing.T)               { refuses(t, "U05") }
func TestU06FilesThatAreTwoThings(t *testing.T)  { refuses(t, "U06") }
func TestHostilePicturesAreRefused(t *testing.T) { refuses(t, "") }

// refuses tries those of a row, or of none.
func refuses(t *testing.T, row string) {
	t.Helper()
	for _, c := range hostile(t) {
		if !strings.HasPrefix(c.name, row) {
			continue
		}
		began := time.Now()
		_, err := NewMaker().Make(context.Background(), c.raw)
		sentence, refused := IsRefused(err)
		if !refused || !strings.Contains(sentence, c.says) || !strings.HasSuffix(sentence, ".") {
			t.Errorf("%s: %v, want a refusal with %q", c.name, err, c.says)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s took %v", c.name, took)
		}
	}
}

func TestWhatWasMadeHereStaysAsItIs(t *testing.T) {
	through := corners(500, 300)
	through.SetNRGBA(3, 3, color.NRGBA{})
	for _, raw := range [][]byte{taken(t, corners(1600, 1200), 6), asPNG(t, through)} {
		first, err := NewMaker().Make(context.Background(), raw)
		if err != nil {
			t.Fatal(err)
		}
		largest := first.Sizes[len(first.Sizes)-1].Data
		again, err := NewMaker().Make(context.Background(), largest)
		if err != nil || !bytes.Equal(again.Sizes[len(again.Sizes)-1].Data, largest) {
			t.Errorf("%s became another one (%v)", first.Type, err)
		}
		longer, err := NewMaker().Make(context.Background(), append(bytes.Clone(largest), "<script>"...))
		if err != nil || bytes.Contains(longer.Sizes[len(longer.Sizes)-1].Data, []byte("script")) {
			t.Errorf("what stood behind a %s was kept (%v)", first.Type, err)
		}
	}
}

func TestOneAtATime(t *testing.T) {
	m := NewMaker()
	m.turn <- struct{}{}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.Make(ctx, taken(t, corners(20, 20), 1)); err != context.Canceled {
		t.Errorf("a second one was decoded beside the first: %v", err)
	}
}

// displayP3 is the profile that phones write, with its three primaries and a curve of one exponent.
func displayP3() []byte {
	b := make([]byte, 128)
	copy(b[16:], "RGB XYZ ")
	tags := []struct {
		name string
		xyz  [3]float64
	}{{"rXYZ", [3]float64{0.51512, 0.2412, -0.00105}}, {"gXYZ", [3]float64{0.29198, 0.69225, 0.04189}}, {"bXYZ", [3]float64{0.1571, 0.06657, 0.78407}}}
	b = binary.BigEndian.AppendUint32(b, 4)
	at := 132 + 4*12
	for _, tag := range tags {
		b = append(b, tag.name...)
		b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, uint32(at)), 20)
		at += 20
	}
	b = append(b, "rTRC"...)
	b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, uint32(at)), 16)
	for _, tag := range tags {
		b = append(b, "XYZ \x00\x00\x00\x00"...)
		for _, v := range tag.xyz {
			b = binary.BigEndian.AppendUint32(b, uint32(int32(v*65536)))
		}
	}
	return append(b, "para\x00\x00\x00\x00\x00\x03\x00\x00\x00\x02\x66\x66"...)
}

func TestColoursOfAPhoneStayTheirs(t *testing.T) {
	c := fromProfile(displayP3())
	if c == nil {
		t.Fatal("the profile was not read")
	}
	img := image.NewNRGBA(image.Rect(0, 0, 3, 1))
	img.Pix = []byte{200, 60, 60, 255, 255, 255, 255, 255, 128, 128, 128, 255}
	c.apply(img)
	for i, want := range []uint8{215, 45, 53, 255, 255, 255, 255, 255, 128, 128, 128, 255} {
		if d := int(img.Pix[i]) - int(want); d > 4 || d < -4 {
			t.Errorf("byte %d is %d, want about %d", i, img.Pix[i], want)
		}
	}
	if fromProfile([]byte("no profile")) != nil {
		t.Error("nonsense was read as a profile")
	}
}

func FuzzMake(f *testing.F) {
	f.Add(headOnly(3, 3, 8, 6))
	f.Add(manyScans(2))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"))
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if h, err := inspect(raw); err != nil || h.width*h.height > 1_000_000 {
			return
		}
		if _, err := NewMaker().Make(context.Background(), raw); err != nil {
			if _, refused := IsRefused(err); !refused {
				t.Fatal(err)
			}
		}
	})
}
