package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A document holds its identity and its published text; work in progress lives in revisions. access is its space and
// state in one key. rendered, quotes and plain are made from the text when it is published.
func init() {
	m.Register(func(app core.App) error {
		rendered := object("rendered", 6<<20)
		rendered.Hidden = true
		return create(app, "documents", []core.Field{
			required("key", 160),
			requiredChoice("kind", "case-study", "handbook", "guidance", "action-plan", "glossary", "template", "page"),
			one(app, "space", "spaces"), hidden("access", 60),
			requiredChoice("state", "draft", "in-review", "published", "withdrawn"),
			slug("slug"), text("chapter", 120), whole("position"),
			required("title", 300), text("summary", 200),
			text("language", 20), one(app, "organisation", "organisations"), one(app, "author", "users"),
			many(app, "places", "places"), many(app, "programmes", "programmes"),
			object("audience", 20_000), object("topics", 20_000),
			choice("evidence", "published", "reported-by-partner", "illustrative"),
			choice("involvement_grade", "told", "asked", "worked with", "led by carers"),
			text("tried_stopped", 2_000), text("contact_role", 200), text("owner_role", 200),
			text("country", 60), flag("urgent"),
			date("published"), date("last_reviewed"), date("check_by"),
			text("published_revision", 20), hidden("source", 400), hidden("source_sum", 140),
			text("challenge", 20_000), text("action", 20_000), text("result", 20_000), object("meta", 1<<20),
			text("body", 262_144), rendered, hidden("plain", 600_000),
		},
			unique("idx_documents_key", "key"),
			unique("idx_documents_address", "kind, chapter, slug"),
			uniqueWhere("idx_documents_source", "source", "source != ''"),
			index("idx_documents_kind_state", "kind, state, position, title"),
			index("idx_documents_space", "space"),
			index("idx_documents_author", "author"),
		)
	}, remove("documents"))
}
