// Package migrations is the history of the data: one file for each change, named <unix seconds>_<name>.go, frozen once
// it has landed. Importing it (blank) registers every change with PocketBase, which applies what is missing at start.
//
// Files import PocketBase only. The small constructors below are part of the frozen history too: add to them, never
// change what one of them makes.
package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// create saves a new collection with when it was created and updated, and the given fields. Long texts should come last:
// SQLite reads through a row from its start.
func create(app core.App, name string, fields []core.Field, indexes ...func(*core.Collection)) error {
	c := core.NewBaseCollection(name)
	c.Fields.Add(
		&core.AutodateField{Name: "created", OnCreate: true},
		&core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true},
	)
	c.Fields.Add(fields...)
	for _, add := range indexes {
		add(c)
	}
	return app.Save(c)
}

// remove is the way down from create.
func remove(name string) func(core.App) error {
	return func(app core.App) error {
		c, err := app.FindCollectionByNameOrId(name)
		if err != nil {
			return err
		}
		return app.Delete(c)
	}
}

func text(name string, max int) *core.TextField { return &core.TextField{Name: name, Max: max} }

func required(name string, max int) *core.TextField {
	return &core.TextField{Name: name, Max: max, Required: true}
}

func hidden(name string, max int) *core.TextField {
	return &core.TextField{Name: name, Max: max, Hidden: true}
}

// slug is a unique part of an address: lower case words joined by hyphens.
func slug(name string) *core.TextField {
	return &core.TextField{Name: name, Max: 120, Required: true, Pattern: `^[a-z0-9]+(-[a-z0-9]+)*$`}
}

func object(name string, maxBytes int64) *core.JSONField {
	return &core.JSONField{Name: name, MaxSize: maxBytes}
}

func choice(name string, values ...string) *core.SelectField {
	return &core.SelectField{Name: name, Values: values, MaxSelect: 1}
}

func requiredChoice(name string, values ...string) *core.SelectField {
	return &core.SelectField{Name: name, Values: values, MaxSelect: 1, Required: true}
}

func number(name string) *core.NumberField { return &core.NumberField{Name: name} }

func whole(name string) *core.NumberField { return &core.NumberField{Name: name, OnlyInt: true} }

func flag(name string) *core.BoolField { return &core.BoolField{Name: name} }

func date(name string) *core.DateField { return &core.DateField{Name: name} }

// one relates to at most one record, whose deletion blanks the field.
func one(app core.App, name, collection string) *core.RelationField {
	return &core.RelationField{Name: name, CollectionId: idOf(app, collection), MaxSelect: 1}
}

// part relates to the record this one belongs to and goes with.
func part(app core.App, name, collection string) *core.RelationField {
	return &core.RelationField{Name: name, CollectionId: idOf(app, collection), MaxSelect: 1, Required: true, CascadeDelete: true}
}

func many(app core.App, name, collection string) *core.RelationField {
	return &core.RelationField{Name: name, CollectionId: idOf(app, collection), MaxSelect: 200}
}

// idOf returns a collection's id; an unknown name gives "", which the relation's own validation refuses.
func idOf(app core.App, collection string) string {
	c, err := app.FindCollectionByNameOrId(collection)
	if err != nil {
		return ""
	}
	return c.Id
}

func unique(name, columns string) func(*core.Collection) {
	return func(c *core.Collection) { c.AddIndex(name, true, columns, "") }
}

func uniqueWhere(name, columns, where string) func(*core.Collection) {
	return func(c *core.Collection) { c.AddIndex(name, true, columns, where) }
}

func index(name, columns string) func(*core.Collection) {
	return func(c *core.Collection) { c.AddIndex(name, false, columns, "") }
}

// rule turns a rule into the pointer that PocketBase keeps; the empty rule lets everybody in.
func rule(s string) *string { return types.Pointer(s) }

// alter changes the fields of a collection that is there already.
func alter(app core.App, name string, change func(*core.Collection)) error {
	c, err := app.FindCollectionByNameOrId(name)
	if err != nil {
		return err
	}
	change(c)
	return app.Save(c)
}

// with adds fields to a collection, and the way down takes them away again.
func with(collection string, fields func(app core.App) []core.Field, indexes ...func(*core.Collection)) (up, down func(core.App) error) {
	up = func(app core.App) error {
		return alter(app, collection, func(c *core.Collection) {
			c.Fields.Add(fields(app)...)
			for _, add := range indexes {
				add(c)
			}
		})
	}
	down = func(app core.App) error {
		return alter(app, collection, func(c *core.Collection) {
			for _, f := range fields(app) {
				c.Fields.RemoveByName(f.GetName())
			}
		})
	}
	return up, down
}

func address(name string) *core.URLField { return &core.URLField{Name: name} }

func mailbox(name string) *core.EmailField { return &core.EmailField{Name: name} }
