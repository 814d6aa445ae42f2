package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
)

// readPNG walks over the chunks of a PNG.
func (h *header) readPNG(data []byte) error {
	h.bare = true
	for at := 8; at+12 <= len(data); {
		n := int64(binary.BigEndian.Uint32(data[at:]))
		if n > int64(len(data)-at-12) {
			break // the decoder says that it is cut off
		}
		body := data[at+8 : at+8+int(n)]
		name := string(data[at+4 : at+8])
		h.bare = h.bare && (name == "IHDR" || name == "PLTE" || name == "tRNS" || name == "IDAT" || name == "IEND" && at+12 == len(data))
		switch name {
		case "IHDR":
			if h.width != 0 || len(body) != 13 {
				return damaged
			}
			h.readIHDR(body)
		case "PLTE":
			h.palette = len(body) / 3
		case "eXIf":
			h.orientation = orientation(body)
		case "iCCP":
			if profile, ok := packed(body, 1); ok {
				h.toSRGB = fromProfile(profile)
			}
		case "zTXt", "iTXt":
			if _, ok := packed(body, 1); !ok {
				return Refused("This picture hides a very long text. Save it anew as a JPEG and add that.")
			}
		}
		at += 12 + int(n)
	}
	if h.width == 0 {
		return damaged
	}
	return nil
}

func (h *header) readIHDR(b []byte) {
	w, ht := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	h.width, h.height = int(min(w, 1<<30)), int(min(ht, 1<<30))
	each := map[byte]int64{0: 1, 2: 4, 3: 1, 4: 4, 6: 4}[b[9]]
	if b[8] == 16 {
		each = map[byte]int64{0: 2, 2: 8, 4: 8, 6: 8}[b[9]]
	}
	h.memory = int64(h.width) * int64(h.height) * each
	if b[12] != 0 { // interlaced: a pass is decoded beside the whole
		h.memory += h.memory / 2
	}
}

// packed unpacks what stands behind a name and a flag or two, and says whether that is no longer than it may be. What
// does not unpack is not read by anybody, so it is short enough.
func packed(body []byte, flags int) ([]byte, bool) {
	_, rest, ok := bytes.Cut(body, []byte{0})
	if !ok || len(rest) <= flags {
		return nil, true
	}
	z, err := zlib.NewReader(bytes.NewReader(rest[flags:]))
	if err != nil {
		return nil, true
	}
	text, _ := io.ReadAll(io.LimitReader(z, maxText+1))
	return text, len(text) <= maxText
}
