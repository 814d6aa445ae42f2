package hub

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"
)

// manifest says what a backup holds, so that it can be checked without trusting it.
type manifest struct {
	Format  int            `json:"format"`
	Version string         `json:"version"` // of the program that wrote it
	At      time.Time      `json:"at"`
	Epoch   string         `json:"epoch"`
	Journal int64          `json:"journal"` // the newest number in it
	Newest  string         `json:"newest_migration"`
	Counts  map[string]int `json:"counts"` // rows by collection
	Files   []backupFile   `json:"files"`
}

type backupFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

const (
	backupFormat = 1
	manifestName = "manifest.json"
	databaseName = "data.db"
	filesFolder  = "storage"
)

// backup writes a snapshot of the database and the files that people uploaded. It reads one moment of the database
// while writers go on. The search index stays out: it can always be built.
func (c *commands) backup(_ *cobra.Command, args []string) error {
	app, err := c.open()
	if err != nil {
		return err
	}
	m, err := Backup(app, args[0], c.hub.cfg.Version)
	if err != nil {
		return err
	}
	if err := journal.Ran(app, "backup", map[string]any{"journal": m.Journal}); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s holds %d documents, %d posts and %d files, up to journal %d.\n", args[0], m.Counts["documents"], m.Counts["posts"], len(m.Files)-1, m.Journal)
	return nil
}

// Backup writes a backup of the app's data to target, whole or not at all.
func Backup(app core.App, target, version string) (manifest, error) {
	m := manifest{Format: backupFormat, Version: version, At: time.Now().UTC().Truncate(time.Second), Counts: map[string]int{}}
	tmp, err := os.MkdirTemp(filepath.Dir(target), ".backup-*")
	if err != nil {
		return m, fmt.Errorf("cannot write beside %s: %w", target, err)
	}
	defer os.RemoveAll(tmp)
	snapshot := filepath.Join(tmp, databaseName)
	if _, err := app.DB().NewQuery("VACUUM INTO {:file}").Bind(dbx.Params{"file": snapshot}).Execute(); err != nil {
		return m, fmt.Errorf("cannot copy the database: %w", err)
	}
	if err := m.read(snapshot); err != nil {
		return m, err
	}
	part := filepath.Join(tmp, "backup.zip")
	if err := m.write(part, snapshot, filepath.Join(app.DataDir(), filesFolder)); err != nil {
		return m, err
	}
	if err := os.Rename(part, target); err != nil {
		return m, err
	}
	erased, err := erasedOf(app)
	if err != nil {
		return m, err
	}
	return m, keepErased(filepath.Dir(target), erased)
}

// read fills in what the snapshot says about itself.
func (m *manifest) read(snapshot string) error {
	db, err := Connect(snapshot)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.NewQuery("SELECT [[value]] FROM {{_params}} WHERE [[id]] = 'commonplace_epoch'").Row(&m.Epoch); err != nil {
		return err
	}
	m.Epoch = strings.Trim(m.Epoch, `"`)
	if err := db.NewQuery("SELECT COALESCE(MAX([[seq]]), 0) FROM {{journal}}").Row(&m.Journal); err != nil {
		return err
	}
	if err := db.NewQuery("SELECT MAX([[file]]) FROM {{_migrations}} WHERE [[file]] GLOB '17*'").Row(&m.Newest); err != nil {
		return err
	}
	m.Counts, err = countRows(db)
	return err
}

// countRows counts the rows of every collection.
func countRows(db dbx.Builder) (map[string]int, error) {
	var names []string
	if err := db.NewQuery("SELECT [[name]] FROM {{_collections}} WHERE [[type]] != 'view' ORDER BY [[name]]").Column(&names); err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, n := range names {
		var count int
		if err := db.NewQuery("SELECT COUNT(*) FROM {{" + n + "}}").Row(&count); err != nil {
			return nil, err
		}
		counts[n] = count
	}
	return counts, nil
}

func (m *manifest) write(target, snapshot, files string) error {
	out, err := os.Create(target)
	if err != nil {
		return err
	}
	defer out.Close()
	z := zip.NewWriter(out)
	if err := m.add(z, databaseName, snapshot); err != nil {
		return err
	}
	err = filepath.WalkDir(files, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(filepath.Dir(files), path)
		if err != nil {
			return err
		}
		return m.add(z, filepath.ToSlash(name), path)
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	w, err := z.Create(manifestName)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		return err
	}
	return errors.Join(z.Close(), out.Sync())
}

func (m *manifest) add(z *zip.Writer, name, path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	w, err := z.Create(name)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, sum), in)
	m.Files = append(m.Files, backupFile{Name: name, Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))})
	return err
}

func (c *commands) verify(_ *cobra.Command, args []string) error {
	tmp, err := os.MkdirTemp("", "commonplace-verify-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	m, err := Unpack(args[0], tmp)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s is whole: %d documents, %d posts, %d people, up to journal %d, written %s by version %s.\n", args[0],
		m.Counts["documents"], m.Counts["posts"], m.Counts["users"], m.Journal, m.At.Format(time.RFC3339), m.Version)
	return nil
}

// Unpack takes a backup apart into dir and checks everything it says about itself: sizes and sums of the files, the
// integrity of the database, and that this program knows its schema.
func Unpack(source, dir string) (manifest, error) {
	var m manifest
	z, err := zip.OpenReader(source)
	if err != nil {
		return m, fmt.Errorf("%s cannot be opened as a backup: %w", source, err)
	}
	defer z.Close()
	raw, err := fs.ReadFile(z, manifestName)
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	if err != nil || m.Format != backupFormat {
		return m, fmt.Errorf("%s is not a backup of Commonplace that this version can read", source)
	}
	if !slices.ContainsFunc(m.Files, func(f backupFile) bool { return f.Name == databaseName }) {
		return m, fmt.Errorf("%s: %s is missing", source, databaseName)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return m, err
	}
	defer root.Close()
	for _, f := range m.Files {
		if err := unpackFile(z, root, f); err != nil {
			return m, fmt.Errorf("%s: %w", source, err)
		}
	}
	return m, checkDatabase(filepath.Join(dir, databaseName), m)
}

func unpackFile(z *zip.ReadCloser, root *os.Root, f backupFile) error {
	in, err := z.Open(f.Name)
	if err != nil {
		return fmt.Errorf("%s is missing", f.Name)
	}
	defer in.Close()
	if err := root.MkdirAll(filepath.Dir(filepath.FromSlash(f.Name)), 0o755); err != nil {
		return err
	}
	out, err := root.Create(filepath.FromSlash(f.Name))
	if err != nil {
		return err
	}
	defer out.Close()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), io.LimitReader(in, f.Size+1))
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", f.Name, err)
	}
	if n != f.Size || hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		return fmt.Errorf("%s is not what was written: its size or checksum differs", f.Name)
	}
	return out.Sync()
}

func checkDatabase(path string, m manifest) error {
	db, err := Connect(path)
	if err != nil {
		return err
	}
	defer db.Close()
	var verdict string
	if err := db.NewQuery("PRAGMA integrity_check").Row(&verdict); err != nil || verdict != "ok" {
		return fmt.Errorf("the database in the backup is damaged: %s", verdict)
	}
	if newest := core.AppMigrations.Items(); len(newest) > 0 && m.Newest > newest[len(newest)-1].File {
		return fmt.Errorf("the backup was written by a newer version (%s); restore it with that one", m.Version)
	}
	counts, err := countRows(db)
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(m.Counts) {
		if counts[name] != m.Counts[name] {
			return fmt.Errorf("%s has %d rows and should have %d", name, counts[name], m.Counts[name])
		}
	}
	return nil
}

// restore puts a backup in place of the data folder.
func (c *commands) restore(_ *cobra.Command, args []string) error {
	dir := c.pb.DataDir()
	if c.serving() != nil {
		return fmt.Errorf("the server is running on %s; stop it first", dir)
	}
	r, err := Restore(args[0], dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "Restored %d documents and %d posts as of %s.\n", r.Counts["documents"], r.Counts["posts"], r.At.Format(time.RFC3339))
	if r.ErasedAgain > 0 {
		fmt.Fprintf(c.out, "Erased again: %d of those who were erased since.\n", r.ErasedAgain)
	}
	if r.Kept != "" {
		fmt.Fprintf(c.out, "What was there before is in %s.\n", r.Kept)
	}
	return nil
}

// Restored says what a restore did.
type Restored struct {
	Counts      map[string]int
	At          time.Time // when the backup was written
	ErasedAgain int       // people who were erased since
	Kept        string    // where the folder is now that was there before, "" when there was none
}

// Restore puts a backup in place of a data folder that nobody serves. What was there is kept beside it. The restored
// folder gets a new epoch, everybody signs in again, and whoever was erased since stays erased.
func Restore(backup, dir string) (Restored, error) {
	fresh := dir + ".restoring"
	if err := os.RemoveAll(fresh); err != nil {
		return Restored{}, err
	}
	if err := os.MkdirAll(fresh, 0o755); err != nil {
		return Restored{}, err
	}
	m, err := Unpack(backup, fresh)
	r := Restored{Counts: m.Counts, At: m.At}
	if err == nil {
		r.ErasedAgain, err = renew(fresh, filepath.Dir(backup), dir)
	}
	if err != nil {
		return r, errors.Join(err, os.RemoveAll(fresh))
	}
	if r.Kept, err = putAside(dir); err != nil {
		return r, err
	}
	return r, os.Rename(fresh, dir)
}

// renew makes a restored folder one of its own. Whoever is on a list of the erased in one of the folders is erased again
// before anybody can look.
func renew(dir string, lists ...string) (again int, err error) {
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir, DBConnect: Connect})
	if err := app.Bootstrap(); err != nil {
		return 0, err
	}
	defer app.ResetBootstrapState()
	Attach(app, Config{})
	if err := app.RunAllMigrations(); err != nil {
		return 0, err
	}
	if err := journal.Mint(app); err != nil {
		return 0, err
	}
	if _, err := app.DB().Delete("sessions", nil).Execute(); err != nil {
		return 0, err
	}
	erased := map[string]string{}
	for _, folder := range lists {
		list, err := readErased(folder)
		if err != nil {
			return 0, err
		}
		maps.Copy(erased, list)
	}
	if again, err = eraseAgain(app, erased); err != nil {
		return again, err
	}
	return again, journal.Ran(app, "restore", map[string]any{"erased_again": again})
}

// putAside renames a data folder that holds something and returns its new name, "" when there was nothing.
func putAside(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if len(entries) == 0 {
		return "", os.Remove(dir)
	}
	kept := fmt.Sprintf("%s.before-restore-%s", dir, time.Now().Format("20060102-150405"))
	return kept, os.Rename(dir, kept)
}
