package migrations

import (
	"regexp"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Which document quotes which figure, and since when it has to be looked at because the figure changed.
func init() {
	m.Register(func(app core.App) error {
		err := create(app, "figure_uses", []core.Field{
			part(app, "document", "documents"), required("figure", 120), date("changed"),
		}, unique("idx_figure_uses_once", "document, figure"), index("idx_figure_uses_figure", "figure"))
		if err != nil {
			return err
		}
		return findFigureUses(app)
	}, remove("figure_uses"))
}

// findFigureUses reads what is out: in rendered text a quoted figure is a mark between two private characters.
func findFigureUses(app core.App) error {
	mark := regexp.MustCompile("\uE000figure ([a-z0-9_-]+)\uE001")
	var rows []struct {
		ID       string `db:"id"`
		Rendered string `db:"rendered"`
	}
	err := app.DB().NewQuery("SELECT [[id]], [[rendered]] FROM {{documents}} WHERE INSTR([[rendered]], {:mark}) > 0").
		Bind(dbx.Params{"mark": "\uE000figure "}).All(&rows)
	if err != nil {
		return err
	}
	for _, r := range rows {
		for _, found := range mark.FindAllStringSubmatch(r.Rendered, -1) {
			_, err := app.DB().NewQuery(`INSERT OR IGNORE INTO {{figure_uses}} ([[id]], [[document]], [[figure]], [[created]], [[updated]])
				VALUES ({:id}, {:document}, {:figure}, strftime('%Y-%m-%d %H:%M:%fZ'), strftime('%Y-%m-%d %H:%M:%fZ'))`).
				Bind(dbx.Params{"id": core.GenerateDefaultRandomId(), "document": r.ID, "figure": found[1]}).Execute()
			if err != nil {
				return err
			}
		}
	}
	return nil
}
