package library

import (
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// Figure is a dated number that pages quote by key.
type Figure struct{ core.BaseRecordProxy }

func (f *Figure) Key() string      { return f.GetString("key") }
func (f *Figure) Label() string    { return f.GetString("label") }
func (f *Figure) Text() string     { return f.GetString("text") }
func (f *Figure) Note() string     { return f.GetString("note") }
func (f *Figure) Until() time.Time { return f.GetDateTime("until").Time() }

// Expired says whether the last day on which the figure holds is over.
func (f *Figure) Expired(now time.Time) bool {
	return !f.Until().IsZero() && now.After(f.Until().AddDate(0, 0, 1))
}

// Figures returns the whole ledger by key.
func Figures(app core.App) (map[string]*Figure, error) {
	var all []*Figure
	if err := app.RecordQuery("figures").All(&all); err != nil {
		return nil, err
	}
	byKey := make(map[string]*Figure, len(all))
	for _, f := range all {
		byKey[f.Key()] = f
	}
	return byKey, nil
}
