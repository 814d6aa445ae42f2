package export

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Folder puts files into a new or empty folder.
func Folder(dir string) (Put, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	held, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	if len(held) > 0 {
		return nil, fmt.Errorf("%s is not empty; name a new folder", dir)
	}
	return func(name string, content io.Reader) error {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		if _, err := io.Copy(f, content); err != nil {
			f.Close()
			return err
		}
		return f.Close()
	}, nil
}

// ZIP puts files into an archive; the entries carry no day, so that equal hubs make equal archives. The caller closes it.
func ZIP(z *zip.Writer) Put {
	return func(name string, content io.Reader) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err != nil {
			return err
		}
		_, err = io.Copy(w, content)
		return err
	}
}
