package picture

import (
	"encoding/binary"
	"image"
	"math"
)

// colours turns a picture from the colours of its camera into those that screens take when nothing is said (sRGB), so
// that it looks the same without its profile. Phones write Display P3, which without this would look pale.
type colours struct {
	curve  [256]float64  // of the camera, to linear light
	matrix [3][3]float64 // linear light of the camera to that of sRGB
}

// fromProfile reads an ICC profile of the simple sort, three primaries and a curve. nil: there is none, it is sRGB
// already, or it is of another sort, and the numbers stay as they are.
func fromProfile(profile []byte) *colours {
	if len(profile) < 132 || !has(profile, 16, "RGB ") || !has(profile, 20, "XYZ ") {
		return nil
	}
	tags := map[string][]byte{}
	for i := range min(int(binary.BigEndian.Uint32(profile[128:])), 64) {
		at := 132 + 12*i
		if at+12 > len(profile) {
			return nil
		}
		from, n := int64(binary.BigEndian.Uint32(profile[at+4:])), int64(binary.BigEndian.Uint32(profile[at+8:]))
		if from+n <= int64(len(profile)) {
			tags[string(profile[at:at+4])] = profile[from : from+n]
		}
	}
	var own [3][3]float64
	for column, name := range []string{"rXYZ", "gXYZ", "bXYZ"} {
		tag := tags[name]
		if len(tag) < 20 {
			return nil
		}
		for row := range 3 {
			own[row][column] = fixed(tag[8+4*row:])
		}
	}
	c := &colours{}
	for row := range 3 {
		for column := range 3 {
			for i := range 3 {
				c.matrix[row][column] += fromXYZ[row][i] * own[i][column]
			}
		}
	}
	if c.isPlain() || !c.readCurve(tags["rTRC"]) {
		return nil
	}
	return c
}

// fromXYZ is sRGB's own, seen under the light of profiles (D50).
var fromXYZ = [3][3]float64{
	{3.1338561, -1.6168667, -0.4906146}, {-0.9787684, 1.9161415, 0.0334540}, {0.0719453, -0.2289914, 1.4052427},
}

func fixed(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }

// isPlain says whether the colours are sRGB's.
func (c *colours) isPlain() bool {
	for row := range 3 {
		for column := range 3 {
			same := 0.0
			if row == column {
				same = 1
			}
			if math.Abs(c.matrix[row][column]-same) > 0.02 {
				return false
			}
		}
	}
	return true
}

// readCurve reads a curve that is one exponent; any other is near enough to sRGB's own.
func (c *colours) readCurve(tag []byte) bool {
	if len(tag) < 12 {
		return false
	}
	curve := linear
	switch {
	case has(tag, 0, "curv") && binary.BigEndian.Uint32(tag[8:]) == 1 && len(tag) >= 14:
		gamma := float64(binary.BigEndian.Uint16(tag[12:])) / 256
		curve = func(v float64) float64 { return math.Pow(v, gamma) }
	case has(tag, 0, "para") && binary.BigEndian.Uint16(tag[8:]) == 0 && len(tag) >= 16:
		gamma := fixed(tag[12:])
		curve = func(v float64) float64 { return math.Pow(v, gamma) }
	}
	for i := range c.curve {
		c.curve[i] = curve(float64(i) / 255)
	}
	return true
}

// linear is the light that a number of sRGB stands for.
func linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// number is the number of sRGB for a light.
func number(light float64) uint8 {
	light = min(max(light, 0), 1)
	v := 12.92 * light
	if light > 0.0031308 {
		v = 1.055*math.Pow(light, 1/2.4) - 0.055
	}
	return uint8(math.Round(255 * v))
}

// apply turns every pixel.
func (c *colours) apply(img *image.NRGBA) {
	const steps = 4096
	var numbers [steps + 1]uint8
	for i := range numbers {
		numbers[i] = number(float64(i) / steps)
	}
	for i := 0; i+3 < len(img.Pix); i += 4 {
		r, g, b := c.curve[img.Pix[i]], c.curve[img.Pix[i+1]], c.curve[img.Pix[i+2]]
		for k := range 3 {
			light := c.matrix[k][0]*r + c.matrix[k][1]*g + c.matrix[k][2]*b
			img.Pix[i+k] = numbers[int(min(max(light, 0), 1)*steps)]
		}
	}
}
