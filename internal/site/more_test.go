package site

import (
	"slices"
	"testing"

	"commonplace/internal/search"
)

// TestMoreNamesADiscussionOnce: the impact check's page named one discussion three times, as itself and by two of its posts.
func TestMoreNamesADiscussionOnce(t *testing.T) {
	var found []search.Likeness
	for _, url := range []string{"/discussions/a/posts/1", "/guidance/b", "/discussions/a", "/discussions/c", "/discussions/a/posts/2"} {
		found = append(found, search.Likeness{URL: url})
	}
	var left []string
	for _, l := range eachDiscussionOnce(found) {
		left = append(left, l.URL)
	}
	if want := []string{"/discussions/a/posts/1", "/guidance/b", "/discussions/c"}; !slices.Equal(left, want) {
		t.Errorf("left are %v, not %v", left, want)
	}
}
