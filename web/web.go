// Package web holds what pages are made of: templates (page/, part/), and the built styles, scripts and pictures that
// browsers fetch. The sources of the built files stand beside them (style/, script/) and are built with Node at
// development time only; see package.json.
//
// It owns the files and their names; package site fills the templates and serves the assets.
package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Templates holds page/*.html, part/*.html and mail/*: one Markdown template a mail, and the frame of their HTML.
//
//go:embed page part mail
var Templates embed.FS

// Words holds words/LANGUAGE.yaml: what pages say around their own text.
//
//go:embed words
var Words embed.FS

//go:embed built image
var files embed.FS

// Asset is a file that browsers may keep for ever, because its name changes with its bytes.
type Asset struct {
	Path         string // on the site, such as /static/site.1a2b3c4d.css
	Type         string // its content type
	Body, GZ, BR []byte // GZ and BR are nil where there is no compressed form
}

// types are the content types of the assets there are.
var types = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png",
}

// Assets returns every asset by its plain name, such as "site.css".
func Assets() (map[string]Asset, error) {
	assets := map[string]Asset{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, ".gz") || strings.HasSuffix(name, ".br") {
			return err
		}
		a, err := asset(name)
		assets[path.Base(name)] = a
		return err
	})
	return assets, err
}

func asset(name string) (Asset, error) {
	body, err := files.ReadFile(name)
	if err != nil {
		return Asset{}, err
	}
	ext := path.Ext(name)
	if types[ext] == "" {
		return Asset{}, fmt.Errorf("web: no content type for %s", name)
	}
	sum := sha256.Sum256(body)
	base := strings.TrimSuffix(path.Base(name), ext)
	a := Asset{Path: "/static/" + base + "." + hex.EncodeToString(sum[:4]) + ext, Type: types[ext], Body: body}
	a.GZ, _ = files.ReadFile(name + ".gz")
	a.BR, _ = files.ReadFile(name + ".br")
	return a, nil
}
