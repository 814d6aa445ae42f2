//go:build measure

package measure

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestMeasureRoundTrip takes all files out of a hub, puts them into an empty one, and takes them out again: the same
// files, to the byte.
func TestMeasureRoundTrip(t *testing.T) {
	dir, _ := hubWithInput(t)
	tmp := t.TempDir()
	first, second, other := filepath.Join(tmp, "first"), filepath.Join(tmp, "second"), filepath.Join(tmp, "pb_data")
	_, took, peak := program(t, dir, "export", first)
	bar(t, "export of all files", took, 30*time.Second)
	bar(t, "memory of the export, MB", peak, 300)
	_, took, _ = program(t, other, "import", first)
	bar(t, "import of the export", took, 90*time.Second)
	program(t, other, "export", second)
	files, differ := 0, 0
	err := filepath.WalkDir(first, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(first, path)
		if err != nil {
			return err
		}
		files++
		a, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if b, err := os.ReadFile(filepath.Join(second, name)); err != nil || string(a) != string(b) {
			differ++
			t.Errorf("%s is not the same (%v)", name, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files were compared", files)
	if files < 2261 {
		t.Errorf("%d files are too few", files)
	}
	bar(t, "files that differ after a round trip", differ, 0)
	if extra := count(t, second) - files; extra != 0 {
		t.Errorf("%d files more than before", extra)
	}
}

func count(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
