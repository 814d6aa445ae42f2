package library

import (
	"strings"

	"commonplace/internal/member"
	"commonplace/internal/search"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// FigureEntryPrefix starts the ids of the search entries of figures.
const FigureEntryPrefix = "figures/"

// FigureEntries hands the search entries of figures to yield, as Entries does those of documents. Everybody may find them,
// as everybody may read the ledger.
func FigureEntries(app core.App, ids []string, yield func(search.Entry) error) error {
	space, err := member.Library(app)
	if err != nil {
		return err
	}
	var figures []*Figure
	q := app.RecordQuery("figures").OrderBy("id")
	if ids != nil {
		q.AndWhere(dbx.In("id", anys(ids)...))
	}
	if err := q.All(&figures); err != nil {
		return err
	}
	for _, f := range figures {
		if err := yield(f.entry(member.Access(space.Id, Published))); err != nil {
			return err
		}
	}
	return nil
}

func (f *Figure) entry(access string) search.Entry {
	var says []string
	for _, s := range []string{f.Text(), f.Area(), f.Note(), f.Source().Title} {
		if s = strings.TrimSpace(s); s != "" {
			says = append(says, s)
		}
	}
	return search.Entry{
		ID: FigureEntryPrefix + f.Id, Kind: "figure", Title: f.Label(), Summary: f.Text(), Body: strings.Join(says, "\n"),
		URL: f.Address(), Access: access, Also: []string{strings.ReplaceAll(f.Key(), "-", " ")}, Published: f.From(), Reviewed: f.Changed(), CheckBy: f.Until(),
	}
}
