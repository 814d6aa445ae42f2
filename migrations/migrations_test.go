package migrations_test

import (
	"testing"

	_ "commonplace/migrations"

	"github.com/pocketbase/pocketbase/core"
)

func TestUp(t *testing.T) {
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: t.TempDir()})
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	defer app.ResetBootstrapState()
	if err := app.RunAllMigrations(); err != nil {
		t.Fatal(err)
	}
}
