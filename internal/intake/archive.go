package intake

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Limits of an archive; an operator may raise them on the command line.
type Limits struct {
	Entries  int   // files in it
	Unpacked int64 // bytes of all of them
	Entry    int64 // bytes of one
	Ratio    int64 // how many times larger than packed a file may be
}

// StandardLimits are those of everybody.
var StandardLimits = Limits{Entries: 2000, Unpacked: 200 << 20, Entry: 25 << 20, Ratio: 100}

// smallEnough is how large a file may be whatever its ratio: a short text of one letter packs into nothing.
const smallEnough = 1 << 20

// errTooMuch is why a whole archive stays out.
type errTooMuch string

func (e errTooMuch) Error() string { return string(e) }

// openArchive lists the files of a ZIP. Nothing of it is written to the disk, so no name can lead anywhere; every byte is
// counted once before anything is read, for what an archive says of itself may be a lie.
func openArchive(z *zip.Reader, l Limits) ([]entry, error) {
	if len(z.File) > l.Entries {
		return nil, errTooMuch(fmt.Sprintf("there are %d files in the archive, and %d is the most", len(z.File), l.Entries))
	}
	var entries []entry
	seen := map[string]bool{}
	left := l.Unpacked
	for _, f := range z.File {
		name, why := nameIn(f)
		if name == "" && why == "" {
			continue // a folder
		}
		e := entry{name: name, refused: why, open: func() (io.ReadCloser, error) { return f.Open() }}
		switch {
		case why != "":
		case seen[name]:
			e.refused = "is the second file of this name in the archive"
		case f.Flags&1 != 0:
			e.refused = "is locked with a password"
		case !f.Mode().IsRegular():
			e.refused = "is a link or a device, and no file"
		default:
			size, err := measured(f, l, left)
			if err != nil {
				var much errTooMuch
				if errors.As(err, &much) {
					return nil, much
				}
				e.refused = "is damaged: it cannot be unpacked"
			}
			e.size, left = size, left-size
			seen[name] = true
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// measured unpacks a file into nothing and counts.
func measured(f *zip.File, l Limits, left int64) (int64, error) {
	r, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	most := min(l.Entry, left, max(smallEnough, l.Ratio*int64(f.CompressedSize64)))
	size, err := io.Copy(io.Discard, io.LimitReader(r, most+1))
	if size <= most {
		return size, err
	}
	switch most {
	case left:
		return size, errTooMuch(fmt.Sprintf("the archive holds more than %d MB once unpacked", l.Unpacked>>20))
	case l.Entry:
		return size, errTooMuch(fmt.Sprintf("%s in the archive is larger than %d MB", shortened(f.Name), l.Entry>>20))
	}
	return size, errTooMuch(fmt.Sprintf("%s in the archive is packed more than %d times smaller than it is, which only attacks are", shortened(f.Name), l.Ratio))
}

const (
	longestName = 500
	deepestPath = 30
)

// nameIn is the path of a file in an archive, in the letters it was written in; why says what is wrong with it.
func nameIn(f *zip.File) (name, why string) {
	name = f.Name
	if f.NonUTF8 || !utf8.ValidString(name) {
		if s, err := charmap.CodePage437.NewDecoder().String(name); err == nil && !utf8.ValidString(name) {
			name = s
		}
	}
	name = strings.ReplaceAll(strings.ToValidUTF8(name, "_"), `\`, "/")
	if strings.HasSuffix(name, "/") {
		if strings.Contains("/"+name, "/../") {
			return shortened(name), "has a name that leads out of the archive"
		}
		return "", ""
	}
	switch {
	case name == "" || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Sprintf("%q", shortened(name)), "has a name that cannot be read"
	case strings.HasPrefix(name, "/"), len(name) > 1 && name[1] == ':', strings.Contains("/"+name+"/", "/../"):
		return shortened(name), "has a name that leads out of the archive"
	case len(name) > longestName, strings.Count(name, "/") > deepestPath:
		return shortened(name), "has a name that is too long"
	case !fs.ValidPath(path.Clean(name)):
		return shortened(name), "has a name that cannot be read"
	}
	return path.Clean(name), ""
}

// archiveRoot is what an archive is called over imports: its one folder, or else its own name without ending and number.
func archiveRoot(file string, entries []entry) string {
	top := ""
	for _, e := range entries {
		first, _, deeper := strings.Cut(e.name, "/")
		if e.refused != "" || isJunk(e.name) {
			continue
		}
		if !deeper || top != "" && first != top {
			return strings.TrimSpace(copyNumber.ReplaceAllString(strings.TrimSuffix(file, path.Ext(file)), ""))
		}
		top = first
	}
	return top
}

// isArchive says whether bytes begin like an archive that is none of the documents that are archives themselves.
func isArchive(name string, head []byte) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".docx", ".odt", ".xlsx", ".pptx", ".ods", ".odp", ".docm", ".dotx", ".epub":
		return false
	}
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("\x1f\x8b")) || bytes.HasPrefix(head, []byte("Rar!")) || bytes.HasPrefix(head, []byte("7z\xbc\xaf"))
}
