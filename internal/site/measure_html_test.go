//go:build measure

package site_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"commonplace/internal/hubtest"
)

// TestMeasureValidHTML has the Nu Html Checker, which the W3C runs too, read every public page. It needs Node and Java:
// "cd web/valid && npm ci --ignore-scripts" brings the checker.
func TestMeasureValidHTML(t *testing.T) {
	const checker = "../../web/valid/node_modules/vnu-jar/build/dist/vnu.jar"
	if _, err := os.Stat(checker); err != nil {
		t.Fatal("the checker is not there: cd web/valid && npm ci --ignore-scripts")
	}
	h := hubtest.New(t)
	h.Settle()
	dir, args := t.TempDir(), []string{"-jar", checker, "--format", "json", "--exit-zero-always", "--stdout"}
	addresses := publicPages(t, h)
	named := map[string]string{}
	read := func(address, page string) {
		file := filepath.Join(dir, fmt.Sprintf("%03d.html", len(named)))
		named["file:"+file] = address
		if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	for _, address := range addresses {
		read(address, h.Guest().Get(address).Body)
	}
	const wrong = "a page with a fault, which must be found"
	read(wrong, `<!doctype html><html lang="en"><title>x</title><p id="a">x<p id="a">y`)
	out, err := exec.Command("java", args...).Output()
	var said struct {
		Messages []struct {
			Type, URL, Message, Extract string
			SubType                     string
		}
	}
	if err == nil {
		err = json.Unmarshal(out, &said)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	faults, found := 0, false
	for _, m := range said.Messages {
		if named[m.URL] == wrong {
			found = true
			continue
		}
		if m.Type == "error" || m.SubType == "warning" {
			faults++
			t.Errorf("%s: %s: %s: %s", named[m.URL], m.Type, m.Message, m.Extract)
		}
	}
	if !found {
		t.Errorf("the checker finds nothing in %s", wrong)
	}
	t.Logf("%d pages, %d faults", len(addresses), faults)
}
