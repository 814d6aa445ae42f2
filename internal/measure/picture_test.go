//go:build measure

package measure

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"commonplace/internal/picture"
)

func picturesOf(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(data(t, "images"), pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no pictures %s (%v)", pattern, err)
	}
	return files
}

func decodedJPEG(t *testing.T, raw []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// differ is how far two pictures of one size are apart, on average over a grid of points, of 255.
func differ(a, b image.Image) float64 {
	if a.Bounds() != b.Bounds() {
		return 255
	}
	sum, n := 0.0, 0.0
	for y := 0; y < a.Bounds().Dy(); y += 3 {
		for x := 0; x < a.Bounds().Dx(); x += 3 {
			ar, ag, ab, _ := a.At(x, y).RGBA()
			br, bg, bb, _ := b.At(x, y).RGBA()
			for _, d := range []int{int(ar>>8) - int(br>>8), int(ag>>8) - int(bg>>8), int(ab>>8) - int(bb>>8)} {
				sum += float64(max(d, -d))
				n++
			}
		}
	}
	return sum / n
}

// Each photo was taken with the camera held another way, and all show the same.
func TestPicturesComeOutUpright(t *testing.T) {
	m := picture.NewMaker()
	var first image.Image
	for _, file := range picturesOf(t, "Landscape_*.jpg") {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := m.Make(context.Background(), raw)
		if err != nil {
			t.Fatalf("%s: %v", filepath.Base(file), err)
		}
		img := decodedJPEG(t, p.Sizes[0].Data)
		if first == nil {
			first = img
		}
		if d := differ(first, img); d > 12 {
			t.Errorf("%s differs from the first by %.1f of 255", filepath.Base(file), d)
		}
	}
}

// Whatever the pictures are, ours hold no metadata, and those we do not take are refused with a sentence.
func TestPicturesHoldNoMetadata(t *testing.T) {
	m := picture.NewMaker()
	for _, file := range picturesOf(t, "*") {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := m.Make(context.Background(), raw)
		if err != nil {
			why, refused := picture.IsRefused(err)
			t.Logf("%-32s %s", filepath.Base(file), why)
			if !refused {
				t.Errorf("%s: %v", filepath.Base(file), err)
			}
			continue
		}
		for _, s := range p.Sizes {
			for _, word := range []string{"Exif", "http:", "ICC_PROFILE", "Photoshop", "JFIF", "tEXt", "zTXt", "iTXt", "eXIf", "iCCP", "tIME", "XMP"} {
				if bytes.Contains(s.Data, []byte(word)) {
					t.Errorf("%s: a picture of %d pixels holds %q", filepath.Base(file), s.Width, word)
				}
			}
		}
	}
}

// What a hostile picture makes us allocate in all is an upper bound of what it takes.
func TestHostilePicturesAreRefusedQuickly(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("python3", data(t, "attacks/make_bombs.py"), dir).CombinedOutput(); err != nil {
		t.Skipf("the hostile pictures were not made, python3 is needed: %v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	m, tried := picture.NewMaker(), 0
	for _, file := range files {
		name := filepath.Base(file)
		if strings.HasPrefix(name, "zip_") || strings.HasPrefix(name, "csv_") {
			continue
		}
		tried++
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		_, err = m.Make(context.Background(), raw)
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		if why, refused := picture.IsRefused(err); !refused {
			t.Errorf("%s is not refused: %v", name, err)
		} else {
			t.Logf("%-36s %8v %6.1f MiB: %s", name, took.Round(time.Microsecond), mib(after.TotalAlloc-before.TotalAlloc), why)
		}
		if took > time.Second || mib(after.TotalAlloc-before.TotalAlloc) > 200 {
			t.Errorf("%s took %v and %.0f MiB", name, took, mib(after.TotalAlloc-before.TotalAlloc))
		}
	}
	if tried < 13 {
		t.Errorf("only %d hostile pictures were tried", tried)
	}
}

func mib(n uint64) float64 { return float64(n) / (1 << 20) }

// twelveMegapixels is a large photo, put together of a real one.
func twelveMegapixels(t *testing.T) []byte {
	t.Helper()
	raw, err := os.ReadFile(picturesOf(t, "jolla.jpg")[0])
	if err != nil {
		t.Fatal(err)
	}
	small := decodedJPEG(t, raw)
	large := image.NewRGBA(image.Rect(0, 0, 4000, 3000))
	b := small.Bounds()
	for y := range 3000 {
		for x := range 4000 {
			large.Set(x, y, small.At(b.Min.X+x%b.Dx(), b.Min.Y+y%b.Dy()))
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, large, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestThreeWidthsAgainstLibvips(t *testing.T) {
	raw := twelveMegapixels(t)
	vips, err := exec.LookPath("vipsthumbnail")
	if err != nil {
		t.Skip("vipsthumbnail is not here (Debian: libvips-tools), so there is nothing to measure against")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "large.jpg")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	const rounds = 5
	ours, theirs := time.Hour, time.Hour
	m := picture.NewMaker()
	for range rounds {
		began := time.Now()
		if _, err := m.Make(context.Background(), raw); err != nil {
			t.Fatal(err)
		}
		ours = min(ours, time.Since(began))
		began = time.Now()
		for _, width := range []string{"480x", "960x", "1440x"} {
			if out, err := exec.Command(vips, file, "--size", width, "-o", filepath.Join(dir, "out"+width+".jpg[Q=82,strip]")).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
		theirs = min(theirs, time.Since(began))
	}
	t.Logf("three widths of 12 megapixels: %v, libvips %v (%.2f)", ours.Round(time.Millisecond), theirs.Round(time.Millisecond), float64(ours)/float64(theirs))
	if ours > theirs*3/2 {
		t.Errorf("we take %v, and libvips %v", ours, theirs)
	}
}
