package search

import (
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"
)

// Suggestion is a title that somebody who is still typing may mean.
type Suggestion struct{ Title, URL, Kind string }

// Suggest returns up to n titles that have the words typed so far, the last of them perhaps unfinished.
func (x *Index) Suggest(typed string, keys []string, n int) ([]Suggestion, error) {
	words := split(cut(typed, maxText))
	if len(words) == 0 || len(keys) == 0 {
		return nil, nil
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	var all []query.Query
	for i, w := range words {
		if i < len(words)-1 && !x.says(w.text) {
			continue // "a" and "the": what follows them is meant
		}
		whole := bleve.NewDisjunctionQuery(matches(w.text, fieldTitle, 2), matches(w.text, fieldAlso, 1))
		if i < len(words)-1 {
			all = append(all, whole)
			continue
		}
		begins := bleve.NewPrefixQuery(strings.ToLower(w.text))
		begins.SetField(fieldTitleWords)
		all = append(all, bleve.NewDisjunctionQuery(whole, begins))
	}
	all = append(all, anyOf(fieldAccess, keys), notPosts())
	req := bleve.NewSearchRequestOptions(bleve.NewConjunctionQuery(all...), n, 0, false)
	req.Fields = []string{fieldTitle, "url", "kind"}
	found, err := x.now.Search(req)
	if err != nil {
		return nil, err
	}
	suggestions := make([]Suggestion, 0, len(found.Hits))
	for _, h := range found.Hits {
		hit := hitOf(h)
		suggestions = append(suggestions, Suggestion{Title: hit.Title, URL: hit.URL, Kind: hit.Kind})
	}
	return suggestions, nil
}

// notPosts leaves out posts: their title is their thread's, which is offered itself.
func notPosts() query.Query {
	post := bleve.NewTermQuery("post")
	post.SetField("kind")
	b := bleve.NewBooleanQuery()
	b.AddMust(bleve.NewMatchAllQuery())
	b.AddMustNot(post)
	b.SetBoost(0)
	return b
}
