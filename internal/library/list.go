package library

import (
	"encoding/json"
	"time"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Card is what lists show of a document: its small columns only.
type Card struct {
	ID, Title, Summary, Chapter, Slug, Space, State, Evidence, Involvement, Organisation, Language, TriedStopped string

	Of                                   string // the key of the page that it is an edition of, "" for an original
	Kind                                 Kind
	Places, Programmes, Topics, Audience []string // ids for places and programmes, slugs for the others
	Published, Reviewed, CheckBy         time.Time
	Updated                              time.Time
	Urgent                               bool
	NeverOut                             bool // only writers and reviewers have ever seen it
}

// Address is where the document stands.
func (c Card) Address() string { return c.Kind.Address(c.Chapter, c.Slug) }

// Cards returns the documents that match and that the viewer may see, in reading order.
func Cards(app core.App, v *member.Viewer, where dbx.Expression) ([]Card, error) {
	return cards(app, v, where, "chapter", "position", "[[title]] COLLATE NOCASE")
}

// Latest returns the newest of the published documents that match, at most n.
func Latest(app core.App, v *member.Viewer, n int64, where dbx.Expression) ([]Card, error) {
	return cardsLimit(app, v, dbx.And(dbx.HashExp{"state": Published}, where), n, "published DESC", "updated DESC")
}

// LatestOfOurs returns the newest of what comes from the hub's places, and the newest from elsewhere where those are fewer than
// n: a list of news is our partners' first.
func LatestOfOurs(app core.App, v *member.Viewer, n int64, where dbx.Expression) ([]Card, error) {
	ours := dbx.NewExp("[[places]] NOT IN ('', '[]', 'null') OR NOT json_valid([[meta]]) OR COALESCE(json_extract([[meta]], '$.elsewhere'), '') = ''")
	list, err := Latest(app, v, n, dbx.And(where, ours))
	if missing := n - int64(len(list)); err == nil && missing > 0 {
		var others []Card
		others, err = Latest(app, v, missing, dbx.And(where, dbx.Not(ours)))
		list = append(list, others...)
	}
	return list, err
}

// WorkBy returns the documents that are out and beside which the viewer has kept changes that are not.
func WorkBy(app core.App, v *member.Viewer) ([]Card, error) {
	var ids []string
	err := app.DB().Select("document").From("revisions").Where(dbx.HashExp{"open": true, "author": v.ID()}).Column(&ids)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return Cards(app, v, dbx.In("id", anys(ids)...))
}

func cards(app core.App, v *member.Viewer, where dbx.Expression, order ...string) ([]Card, error) {
	return cardsLimit(app, v, where, -1, order...)
}

func cardsLimit(app core.App, v *member.Viewer, where dbx.Expression, limit int64, order ...string) ([]Card, error) {
	var rows []struct {
		ID           string         `db:"id"`
		Kind         string         `db:"kind"`
		Title        string         `db:"title"`
		Summary      string         `db:"summary"`
		Chapter      string         `db:"chapter"`
		Slug         string         `db:"slug"`
		Space        string         `db:"space"`
		Of           string         `db:"edition_of"`
		State        string         `db:"state"`
		Evidence     string         `db:"evidence"`
		Involvement  string         `db:"involvement_grade"`
		TriedStopped string         `db:"tried_stopped"`
		Organisation string         `db:"organisation"`
		Language     string         `db:"language"`
		Places       string         `db:"places"`
		Programmes   string         `db:"programmes"`
		Topics       string         `db:"topics"`
		Audience     string         `db:"audience"`
		Urgent       bool           `db:"urgent"`
		PublishedAs  string         `db:"published_revision"`
		Published    types.DateTime `db:"published"`
		Reviewed     types.DateTime `db:"last_reviewed"`
		CheckBy      types.DateTime `db:"check_by"`
		Updated      types.DateTime `db:"updated"`
	}
	err := app.DB().Select("id", "kind", "title", "summary", "chapter", "slug", "space", "edition_of", "state", "evidence", "involvement_grade",
		"tried_stopped", "organisation", "language", "places", "programmes", "COALESCE(topics, '') AS topics",
		"COALESCE(audience, '') AS audience", "urgent", "published", "last_reviewed", "check_by", "updated", "published_revision").
		From("documents").Where(where).AndWhere(v.Where("")).AndWhere(notBinned).OrderBy(order...).Limit(limit).All(&rows)
	if err != nil {
		return nil, err
	}
	cards := make([]Card, len(rows))
	for i, r := range rows {
		cards[i] = Card{
			ID: r.ID, Kind: Kind(r.Kind), Title: r.Title, Summary: r.Summary, Chapter: r.Chapter, Slug: r.Slug, Space: r.Space, Of: r.Of, State: r.State,
			Evidence: r.Evidence, Involvement: r.Involvement, TriedStopped: r.TriedStopped, Organisation: r.Organisation,
			Language: r.Language, Places: listOf(r.Places), Programmes: listOf(r.Programmes), Topics: listOf(r.Topics),
			Audience: listOf(r.Audience), Urgent: r.Urgent, Published: r.Published.Time(), Reviewed: r.Reviewed.Time(),
			CheckBy: r.CheckBy.Time(), Updated: r.Updated.Time(),
			NeverOut: r.PublishedAs == "" && r.State != Published && r.State != Withdrawn,
		}
	}
	return cards, nil
}

func listOf(raw string) []string {
	var list []string
	if json.Unmarshal([]byte(raw), &list) != nil {
		return nil
	}
	return list
}
