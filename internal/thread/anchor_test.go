package thread_test

import (
	"strings"
	"testing"

	"commonplace/internal/markdown"
	"commonplace/internal/thread"
)

// TestAnchors: a thread stays with its paragraph as long as that is sure, and says so when it is not.
func TestAnchors(t *testing.T) {
	const about = "Ask your council for a carer's assessment. It is free, and you can ask for it at any time."
	for _, c := range []struct {
		name, quote string
		now         []string
		at          int
		how         thread.Found
	}{
		{"as it was", about, []string{"First.", about}, 1, thread.Exactly},
		{"moved", about, []string{about, "First."}, 0, thread.Exactly},
		{"other marks and capitals", about, []string{"Ask your Council for a carer's assessment – it is free, and you can ask for it at any time!"}, 0, thread.Exactly},
		{"more beside it", about, []string{"First.", about + " Somebody will come to your home."}, 1, thread.Exactly},
		{"rewritten in part", about, []string{"First.", "Ask your council for an assessment as a carer. It is free, and you can ask for it whenever you like."}, 1, thread.Near},
		{"the nearer of two", about, []string{"Ask your council for a carer's assessment. It is free.", "Ask your council for a carer's assessment. It is free, and you can ask again at any time."}, 1, thread.Near},
		{"rewritten", about, []string{"Everybody who looks after somebody has a right to have their needs looked at by the council."}, -1, thread.Lost},
		{"gone", about, nil, -1, thread.Lost},
		{"two that are as near", about, []string{"Now ask your council for a carer's assessment. It is free, and you can.", "Then ask your council for a carer's assessment. It is free, and you can."}, -1, thread.Lost},
		{"few words, elsewhere among others", "Call us.", []string{"Call us. We answer."}, -1, thread.Lost},
		{"few words, as they were", "Call us.", []string{"First.", "Call us."}, 1, thread.Exactly},
		{"in two paragraphs among others", "You can ask for help here.", []string{"You can ask for help here. A.", "B. You can ask for help here."}, -1, thread.Lost},
		{"nothing", " – ", []string{about}, -1, thread.Lost},
	} {
		var now []markdown.Paragraph
		for _, p := range c.now {
			now = append(now, markdown.Paragraph{Text: p})
		}
		if at, how := thread.Locate(now, "", c.quote); at != c.at || how != c.how {
			t.Errorf("%s: found at %d (%d), want %d (%d)", c.name, at, how, c.at, c.how)
		}
	}
}

// TestAnchorsOfEqualParagraphs: the key tells which of two paragraphs of the same words it is.
func TestAnchorsOfEqualParagraphs(t *testing.T) {
	page, err := markdown.Render("Say who you are.\n\nThen.\n\nSay who you are.\n", markdown.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ps := markdown.Paragraphs(page.HTML)
	if len(ps) != 3 || !strings.HasSuffix(ps[2].Key, "-2") {
		t.Fatalf("%+v", ps)
	}
	if at, how := thread.Locate(ps, ps[2].Key, ps[2].Text); at != 2 || how != thread.Exactly {
		t.Errorf("found at %d (%d)", at, how)
	}
}
