//go:build measure

package site_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/intake"
)

// TestMeasureSamplePlans brings in every plan that lies in DATA or beside it, changes each by its forms, and takes it out:
// only the change differs. In an empty hub they are the same rows.
func TestMeasureSamplePlans(t *testing.T) {
	data := os.Getenv("DATA")
	if data == "" {
		t.Fatal("DATA names no folder: make measure DATA=FOLDER")
	}
	h, dir, id := hubtest.New(t), t.TempDir(), regexp.MustCompile(`(?m)^id: .*$`)
	var slugs []string
	err := filepath.WalkDir(filepath.Dir(filepath.Clean(data)), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" || filepath.Base(filepath.Dir(path)) != "action-plans" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(raw), "\ntype: action-plan") {
			return err
		}
		slug := fmt.Sprintf("sample-%d", len(slugs)) // the shipped plans may have grown from it
		slugs = append(slugs, slug)
		return os.WriteFile(filepath.Join(dir, slug+".md"), []byte(id.ReplaceAllString(string(raw), "id: ap-"+slug)), 0o600)
	})
	if err != nil || len(slugs) == 0 {
		t.Fatal("no plan lies beside DATA", err)
	}
	r, err := intake.Import(context.Background(), h.App, dir, intake.Options{Publish: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Files {
		if f.Outcome != intake.Imported || len(f.Problems) > 0 {
			t.Errorf("%+v", f)
		}
	}
	for _, slug := range slugs {
		changeByForms(t, h, slug)
	}
	comesBackTheSame(t, h, slugs)
	t.Logf("%d plans, each changed in 12 ways", len(slugs))
}

// TestMeasureReview: of 10,000 people in 200 spaces, each page of who may see what is there within 100 ms.
func TestMeasureReview(t *testing.T) { reviewWithin(t, 100*time.Millisecond) }
