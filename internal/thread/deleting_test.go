package thread_test

import (
	"testing"

	"commonplace/internal/hubtest"
)

// TestAThreadGoesWithItsReplies deletes a thread whose posts answer each other, as an operator may.
func TestAThreadGoesWithItsReplies(t *testing.T) {
	h := hubtest.New(t)
	talk := h.Record("threads", "title", "How did you get the HR directors to agree?")
	if err := h.App.Delete(talk); err != nil {
		t.Fatal(err)
	}
	if n, err := h.App.CountRecords("posts"); err != nil || n == 0 {
		t.Errorf("%d posts are left, %v", n, err)
	}
	left, err := h.App.FindRecordsByFilter("posts", "thread = {:t}", "", 0, 0, map[string]any{"t": talk.Id})
	if err != nil || len(left) != 0 {
		t.Errorf("%d of its posts are left, %v", len(left), err)
	}
}
