package hub_test

import (
	"flag"
	"os"
	"testing"

	"commonplace/internal/hubtest"
)

// update writes the golden files anew: go test ./internal/hub -update, then read the difference before it is kept.
var update = flag.Bool("update", false, "write the golden files anew")

// TestMain runs the tests, or the program itself: the tests of what survives a kill start this binary again as a server
// or an importer that they can end without a warning.
func TestMain(m *testing.M) {
	if args := os.Getenv(childArgs); args != "" {
		os.Exit(child(args))
	}
	hubtest.Main(m)
}
