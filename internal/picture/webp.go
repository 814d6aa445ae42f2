package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"golang.org/x/image/webp"
)

// readWebP walks over the chunks of a WebP.
func (h *header) readWebP(data []byte) error {
	for at := 12; at+8 <= len(data); {
		n := int64(binary.LittleEndian.Uint32(data[at+4:]))
		if n > int64(len(data)-at-8) {
			break
		}
		body := data[at+8 : at+8+int(n)]
		switch string(data[at : at+4]) {
		case "VP8X":
			const moving = 1 << 1
			if len(body) > 0 && body[0]&moving != 0 {
				return movingWebP
			}
		case "ANIM", "ANMF":
			return movingWebP
		case "EXIF":
			h.orientation = orientation(bytes.TrimPrefix(body, []byte("Exif\x00\x00")))
		case "ICCP":
			h.toSRGB = fromProfile(body)
		}
		at += 8 + int(n) + int(n&1)
	}
	c, err := webp.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("%w (%v)", damaged, err)
	}
	h.width, h.height = c.Width, c.Height
	h.memory = int64(c.Width) * int64(c.Height) * 5
	return nil
}

var movingWebP = Refused("This is a moving WebP picture, which cannot be taken. Save one frame of it as a JPEG, or link to a video with its transcript.")
