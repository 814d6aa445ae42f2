package hub

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"commonplace/internal/export"
	"commonplace/internal/journal"

	"github.com/spf13/cobra"
)

func (c *commands) exportCommand() *cobra.Command {
	var format string
	var o export.Options
	cmd := &cobra.Command{
		Use: "export DEST", Short: "Take everything out as Markdown, lists, discussions and files", Args: cobra.ExactArgs(1),
		Long: "Take everything out: as a folder or an archive that can be imported into an empty hub, or as web pages that open\nwithout a server. It may run while the server does.",
		RunE: func(_ *cobra.Command, args []string) error { return c.runExport(args[0], format, o) },
	}
	cmd.Flags().StringVar(&format, "format", "folder", "what to write: folder, zip or html")
	cmd.Flags().StringVar(&o.Space, "space", "", "the slug of the one space to take out (default: all)")
	return cmd
}

func (c *commands) runExport(dest, format string, o export.Options) (err error) {
	app, err := c.open()
	if err != nil {
		return err
	}
	files := 0
	count := func(put export.Put) export.Put {
		return func(name string, content io.Reader) error {
			files++
			return put(name, content)
		}
	}
	switch format {
	case "folder", "html":
		put, err := export.Folder(dest)
		if err != nil {
			return err
		}
		write := export.Hub
		if format == "html" {
			write = export.Pages
		}
		err = write(app, o, count(put))
	case "zip":
		err = whole(dest, func(f *os.File) error {
			z := zip.NewWriter(f)
			return errors.Join(export.Hub(app, o, count(export.ZIP(z))), z.Close())
		})
	default:
		return fmt.Errorf("there is no format %q; the formats are folder, zip and html", format)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%d files are in %s.\n", files, dest)
	return journal.Ran(app, "export", map[string]any{"files": files, "format": format})
}

// whole writes a file that is there only when all of it is.
func whole(path string, write func(*os.File) error) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%s exists already; name a new file", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
