package hubtest

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"commonplace/content"
	"commonplace/internal/hub"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"golang.org/x/crypto/bcrypt"
)

// temporary is where the system keeps what is thrown away. A test may have a folder of its own for that later, which goes
// with it.
var temporary = os.TempDir()

var (
	full  = sync.OnceValues(func() (string, error) { return shared(true) })
	plain = sync.OnceValues(func() (string, error) { return shared(false) })
)

// template is the data folder that each hub is copied from.
func template(filled bool) (string, error) {
	if filled {
		return full()
	}
	return plain()
}

// shared is a template that all test binaries of the same sources use for an hour: making one takes three seconds of the
// processor, and fifteen packages want one. The first to have made it leaves it to the others.
func shared(filled bool) (string, error) {
	sum, err := sources()
	if err != nil {
		return "", err
	}
	sweep()
	name := "empty"
	if filled {
		name = "full"
	}
	dir := filepath.Join(temporary, folders+sum+"-"+name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	fresh, err := build(filled)
	if err != nil {
		return "", err
	}
	if err := os.Rename(fresh, dir); err != nil { // somebody was quicker
		os.RemoveAll(fresh)
	}
	return dir, nil
}

// folders is how the names of templates begin.
const folders = "commonplace-hubtest-"

// sweep removes templates that nobody takes any more.
func sweep() {
	old, _ := filepath.Glob(filepath.Join(temporary, folders+"*"))
	for _, dir := range old {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > 3*time.Hour {
			os.RemoveAll(dir)
		}
	}
}

// sources is a sum of all that a template is made from, and of the hour: what the demonstration says was yesterday shall be.
func sources() (string, error) {
	h := sha256.New()
	io.WriteString(h, time.Now().UTC().Format("2006-01-02 15"))
	_, here, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(here), "..", "..")
	for _, folder := range []string{"content", "internal", "migrations", "web/mail", "web/words", "go.sum"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata") {
				return err
			}
			raw, err := os.ReadFile(path)
			io.WriteString(h, path)
			h.Write(raw)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

func build(filled bool) (string, error) {
	dir, err := os.MkdirTemp(temporary, folders+"*")
	if err != nil {
		return "", err
	}
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir, DBConnect: hub.Connect})
	if err := app.Bootstrap(); err != nil {
		return "", err
	}
	h := hub.Attach(app, hub.Config{Content: contentFor(filled)})
	if err := app.RunAllMigrations(); err != nil {
		return "", err
	}
	if filled {
		if err := h.Fill(); err != nil {
			return "", err
		}
		if err := hub.Demo(app); err != nil {
			return "", err
		}
		if err := hurryPasswords(app); err != nil {
			return "", err
		}
	}
	if err := app.ResetBootstrapState(); err != nil || !filled {
		return dir, err
	}
	return dir, index(dir)
}

// index builds the search index of a folder, which then comes with every copy: otherwise each hub builds its own as it
// starts, which took a tenth of the tests' time.
func index(dir string) error {
	h := &Hub{Dir: dir, config: hub.Config{Operator: "off", Version: "test", Demo: true, HoldMail: true}}
	if _, err := h.open(); err != nil {
		return err
	}
	if err := h.settled(); err != nil {
		return err
	}
	return h.close()
}

// hurryPasswords keeps the cast's password as a hash that is quick to compare: tests sign in thousands of times, and a good
// hash takes 50 ms of the processor each time. One that is set anew in a test is as slow as everybody's.
func hurryPasswords(app core.App) error {
	hash, err := bcrypt.GenerateFromPassword([]byte(hub.DemoPassword), bcrypt.MinCost)
	if err != nil {
		return err
	}
	_, err = app.DB().Update("users", dbx.Params{"password": string(hash)}, dbx.NewExp("email LIKE '%@example.org'")).Execute()
	return err
}

func contentFor(filled bool) fs.FS {
	if filled {
		return content.FS
	}
	return nil
}
