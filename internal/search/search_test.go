package search

import (
	"testing"
)

func open(t *testing.T, entries ...Entry) *Index {
	t.Helper()
	texts := map[string]Text{}
	x, err := Open(t.TempDir(), "e1", func(ids []string) (map[string]Text, error) { return texts, nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	for i, e := range entries {
		if e.Access == "" {
			entries[i].Access = "lib:published"
		}
		texts[e.ID] = Text{Body: e.Body, Access: entries[i].Access}
	}
	if err := x.Apply(7, entries, nil); err != nil {
		t.Fatal(err)
	}
	return x
}

func TestFirst(t *testing.T) {
	x := open(t,
		Entry{ID: "1", Kind: "case-study", Title: "A passport that moves with you", Body: "A working carers passport records what a carer needs."},
		Entry{ID: "2", Kind: "handbook", Title: "Taking a break", Body: "Short breaks for carers. 価値観とミッションへようこそ。"},
		Entry{ID: "3", Kind: "handbook", Title: "Secret passprot", Body: "zebracrossing", Access: "priv:published"},
	)
	for _, q := range []string{"passprot", "carers passprot", "breaks", "ミッション", "carer's", "zebracrossing", "zebracrosing", "</mark><img src=x>", "\"working carers passport\"", ""} {
		r, err := x.Search(Query{Text: q, Keys: []string{"lib:published"}, PerPage: 10, Facets: true})
		t.Log(q, r.Total, r.Instead, r.Facets, err)
		for _, h := range r.Hits {
			t.Log("   ", h.ID, h.TitleHTML, "|", h.SnippetHTML, h.Score)
		}
	}
	s, err := x.Suggest("passp", []string{"lib:published"}, 8)
	t.Log(s, err)
}
