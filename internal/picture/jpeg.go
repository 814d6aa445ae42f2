package picture

import (
	"bytes"
	"encoding/binary"
)

// The markers of a JPEG that matter here.
const (
	markSOF0, markSOF1, markSOF2 = 0xC0, 0xC1, 0xC2
	markRST0, markRST7           = 0xD0, 0xD7
	markSOI, markEOI, markSOS    = 0xD8, 0xD9, 0xDA
	markAPP1, markAPP2           = 0xE1, 0xE2
)

// readJPEG walks over the segments of a JPEG, past the pixels, and counts its scans.
func (h *header) readJPEG(data []byte) error {
	scans, at := 0, 2
	h.bare = bytes.HasSuffix(data, []byte{0xFF, markEOI})
	var profile []byte
	for {
		mark, body, next := segment(data, at)
		if next == 0 || mark == markEOI {
			h.bare = h.bare && next == len(data)
			break
		}
		at = next
		if mark == markSOF2 || mark >= 0xE0 {
			h.bare = false
		}
		switch {
		case mark == markSOF0, mark == markSOF1, mark == markSOF2:
			if h.width != 0 || !h.readFrame(body, mark == markSOF2) {
				return damaged
			}
		case mark == markAPP1 && has(body, 0, "Exif\x00\x00"):
			h.orientation = orientation(body[6:])
		case mark == markAPP2 && has(body, 0, "ICC_PROFILE\x00") && len(body) > 14 && len(profile) < maxText:
			profile = append(profile, body[14:]...)
		case mark == markSOS:
			if scans++; scans > maxScans {
				return Refused("This picture is made in a way that takes very long to open. Save it anew as an ordinary JPEG and add that.")
			}
		}
	}
	if h.width == 0 || scans == 0 {
		return damaged
	}
	h.toSRGB = fromProfile(profile)
	return nil
}

// segment is the next one at or after a place: its mark, what it holds, and where it ends; 0 when there is none. The
// pixels behind a scan's head are passed over.
func segment(data []byte, at int) (mark byte, body []byte, next int) {
	for {
		i := bytes.IndexByte(data[min(at, len(data)):], 0xFF)
		if i < 0 || at+i+1 >= len(data) {
			return 0, nil, 0
		}
		at += i + 1
		switch mark = data[at]; {
		case mark == 0 || mark == 0xFF || mark >= markRST0 && mark <= markRST7 || mark == 0x01:
			continue
		case mark == markSOI || mark == markEOI:
			return mark, nil, at + 1
		}
		if at+3 > len(data) {
			return 0, nil, 0
		}
		n := int(binary.BigEndian.Uint16(data[at+1:]))
		if n < 2 || at+1+n > len(data) {
			return 0, nil, 0
		}
		return mark, data[at+3 : at+1+n], at + 1 + n
	}
}

// readFrame reads the size of the picture and what decoding it takes: a progressive one keeps four bytes of each
// coefficient until its end.
func (h *header) readFrame(body []byte, progressive bool) bool {
	if len(body) < 6 || len(body) < 6+3*int(body[5]) {
		return false
	}
	h.height, h.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	across, down, samples := 1, 1, 0
	for i := range int(body[5]) {
		c := body[6+3*i+1]
		a, d := int(c>>4), int(c&15)
		if a < 1 || a > 4 || d < 1 || d > 4 {
			return false
		}
		across, down, samples = max(across, a), max(down, d), samples+a*d
	}
	each := int64(1)
	if progressive {
		each = 5
	}
	h.memory = int64(h.width) * int64(h.height) * int64(samples) * each / int64(across*down)
	return true
}

// orientation reads the one field of EXIF data that is used, 1 where there is none.
func orientation(exif []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case has(exif, 0, "MM\x00*"):
		order = binary.BigEndian
	case !has(exif, 0, "II*\x00"):
		return 1
	}
	if len(exif) < 8 {
		return 1
	}
	at := int64(order.Uint32(exif[4:]))
	if at+2 > int64(len(exif)) {
		return 1
	}
	entries := exif[at+2:]
	for range order.Uint16(exif[at:]) {
		if len(entries) < 12 {
			return 1
		}
		const tag, short = 0x0112, 3
		if order.Uint16(entries) == tag && order.Uint16(entries[2:]) == short {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}
