package intake_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/intake"
	"commonplace/internal/member"
)

const ownPage = `---
schema: 1
id: gu-parking-for-carers
type: guidance
title: Parking for carers
summary: Where carers park.
---
See [the map](files/map.pdf), [the rota](rota.md), [a page here](/guidance/rota) and [nothing](gone.md).

![The gate](files/gate.jpg)
`

// TestFilesBesideAPageOfTheHubsOwnFormat come in with it: links and pictures lead to them, and a second run changes nothing.
func TestFilesBesideAPageOfTheHubsOwnFormat(t *testing.T) {
	h := hubtest.New(t)
	file := filepath.Join(t.TempDir(), "pages.zip")
	raw := zipOf(t, map[string]string{"parking.md": ownPage, "rota.md": "# The rota\n\nWho is on when.\n", "files/map.pdf": "%PDF-1.4\n%%EOF\n", "files/gate.jpg": string(photo(t, 300, 200, 9))})
	if err := os.WriteFile(file, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	r := bring(t, h.App, file, intake.Options{})
	body := at(t, h.App, "/guidance/parking").Body()
	if !strings.Contains(body, "[the map](/files/") || !strings.Contains(body, "[the rota](/guidance/the-rota)") || !strings.Contains(body, "[a page here](/guidance/rota)") || !strings.Contains(body, "![The gate](/files/") {
		t.Errorf("%s\n%+v", body, r.Files)
	}
	if f := byPath(t, r, "parking.md"); !strings.Contains(strings.Join(f.Problems, " "), "gone.md") || strings.Contains(strings.Join(f.Problems, " "), "/guidance/rota") {
		t.Errorf("%q", f.Problems)
	}
	if f := byPath(t, r, "files/map.pdf"); f.Outcome != intake.Attached {
		t.Errorf("%+v", f)
	}
	if again := bring(t, h.App, file, intake.Options{}); again.Counts[intake.Imported]+again.Counts[intake.Updated] > 0 {
		t.Errorf("a second run: %v %+v", again.Counts, again.Files)
	}
}

// TestTwoDroppedFilesOfOneName are two pages, unless the second has the title that the first has, or had.
func TestTwoDroppedFilesOfOneName(t *testing.T) {
	h := hubtest.New(t)
	v, err := member.For(h.App, h.Record("users", "email", "partner@example.org"))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "drop")
	drop := func(text string) intake.File {
		t.Helper()
		write(t, dir, map[string]string{"report.txt": text})
		return bring(t, h.App, filepath.Join(dir, "report.txt"), intake.Options{Viewer: v, Root: "upload-x"}).Files[0]
	}
	for i, c := range []struct{ text, outcome, title string }{
		{"Parking\n\nWhere carers park.", intake.Imported, "Parking"},
		{"Parking\n\nWhere carers park.", intake.Unchanged, ""},
		{"Sitting service\n\nWho sits with whom.", intake.Imported, "Sitting service"},
		{"Sitting service\n\nWho sits with whom, and when.", intake.Updated, "Sitting service"},
		{"Parking\n\nWhere carers park free of charge.", intake.Updated, "Parking"},
		{"Sitting service\n\nWho sits with whom, and when.", intake.Unchanged, ""},
	} {
		f := drop(c.text)
		if f.Outcome != c.outcome || c.title != "" && f.Title != c.title {
			t.Errorf("%d: %+v", i, f)
		}
		if said := strings.Contains(strings.Join(f.Problems, " "), "it is a page of its own"); said != (i == 2 || i == 3 || i == 5) {
			t.Errorf("%d: %q", i, f.Problems)
		}
	}
	parking := at(t, h.App, "/guidance/parking")
	parking.Set("title", "Where to park")
	if err := h.App.Save(parking.Record); err != nil {
		t.Fatal(err)
	}
	if f := drop("Parking\n\nA third version."); f.Outcome == intake.Imported {
		t.Errorf("a page that was given another title here: %+v", f)
	}
}
