// Command commonplace is the hub: one program, one data folder. Run "commonplace serve", or "commonplace --help".
package main

import (
	"fmt"
	"os"
	_ "time/tzdata" // times of day are London's, also on a machine without zone files

	"commonplace/content"
	"commonplace/internal/hub"
	_ "commonplace/migrations"

	"github.com/pocketbase/pocketbase"
)

// version is set by the build: -ldflags "-X main.version=1.2.3".
var version = "dev"

func main() {
	cfg, err := hub.FromEnvironment(os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cfg.Content, cfg.Version = content.FS, version
	app := pocketbase.NewWithConfig(pocketbase.Config{
		HideStartBanner: true, DBConnect: hub.Connect,
		DataMaxOpenConns: 12, DataMaxIdleConns: 4, AuxMaxOpenConns: 4, AuxMaxIdleConns: 1,
	})
	os.Exit(hub.Run(app, cfg))
}
