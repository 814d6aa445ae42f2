package search

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const passport = `Carers told the ward the same things at every visit. The passport says once who they are, what they do and when
they can be on the ward. Nurses sign it at admission and read it again before discharge. Parking is half price for whoever
holds one. After a year two hundred and twelve carers had a passport, and the discharge team rang them first.`

// shelfOfWork is a small library: one passport, some other subjects, and a board that writes about its own passport.
func shelfOfWork() (open, closed []Entry) {
	open = []Entry{
		{ID: "passport", Kind: "case-study", Title: "A carers passport on the ward", Summary: "Carers say things once.", Body: passport},
		{ID: "handbook", Title: "Taking a break", Body: "Respite care gives you a break. Ask your council for a carers assessment, and say what you need a break for."},
		{ID: "page", Kind: "page", Title: "About the passport", Body: passport},
		{ID: "glossary", Kind: "glossary", Title: "Passport", Body: passport},
		{ID: "talk", Kind: "thread", Title: "Who pays for parking permits at hospital?", URL: "/discussions/talk"},
		{ID: "post1", Kind: "post", Title: "Who pays for parking permits at hospital?", URL: "/discussions/talk#post-1", Body: "Our trust pays for hospital parking permits out of charitable funds, and the permits last for six months."},
		{ID: "post2", Kind: "post", Title: "Who pays for parking permits at hospital?", URL: "/discussions/talk#post-2", Body: "Permits are paid by the hospital, and charitable funds pay for parking machines."},
	}
	for i, subject := range []string{"benefits money allowance pension", "young school pupils teachers", "work employer flexible hours", "grief loss funeral", "equipment stairlift bathroom", "dementia memory clinic"} {
		open = append(open, Entry{ID: fmt.Sprint("other", i), Kind: "guidance", Title: "About " + subject, Body: "What carers ask about " + subject + " and who answers."})
	}
	for i := range 30 {
		open = append(open, Entry{ID: fmt.Sprint("filler", i), Title: fmt.Sprintf("Carers’ page w%dx", i), Body: fmt.Sprintf("Carers read q%dz here, and j%dk.", i, i)})
	}
	for i := range 6 {
		closed = append(closed, Entry{ID: fmt.Sprint("board", i), Kind: "action-plan", Access: board, Title: "The passport is dropped", Body: passport + " Zebro quokka discharge ward nurses parking."})
	}
	return open, closed
}

func alike(t *testing.T, x *Index, title, text string, keys ...string) []Likeness {
	t.Helper()
	if len(keys) == 0 {
		keys = []string{everybody}
	}
	found, err := x.Similar(title, text, keys, 5)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func alikeIDs(found []Likeness) string {
	var ids []string
	for _, l := range found {
		ids = append(ids, l.ID)
	}
	return strings.Join(ids, " ")
}

func TestSimilar(t *testing.T) {
	visible, _ := shelfOfWork()
	x := open(t, visible...)
	for _, c := range []struct{ title, text, first, reason string }{
		{"Passport for carers", "Carers had to tell the ward everything again. Now they hold a passport that nurses read at discharge.", "passport", "Both speak of: passport"},
		{"", passport[:len(passport)/2] + " And some other words follow that stand nowhere at all in it.", "passport", "Nearly the same text"},
		{"Parking permits", "Does your hospital pay for parking permits, or do charitable funds?", "post", "permits"},
		{"A choir for beekeepers", "We sing on Tuesdays by the river and keep bees in boxes painted blue.", "", ""},
		{"What carers ask", "Carers and who answers them.", "", ""},
		{"", "", "", ""}, {"!?", "... 12 34", "", ""},
	} {
		found := alike(t, x, c.title, c.text)
		if c.first == "" {
			if len(found) != 0 {
				t.Errorf("%s: %s is offered: %s", c.title, alikeIDs(found), found[0].Reason())
			}
			continue
		}
		if len(found) == 0 || !strings.HasPrefix(found[0].ID, c.first) {
			t.Errorf("%s: %q comes first, not %s", c.title, alikeIDs(found), c.first)
			continue
		}
		if f := found[0]; !strings.Contains(f.Reason(), c.reason) || f.Score < floor || f.Score > 1 {
			t.Errorf("%s: %q, %v", c.title, f.Reason(), f.Score)
		}
	}
}

// A thread is offered once, whichever of its posts is alike, and at its own address.
func TestAThreadIsOfferedOnce(t *testing.T) {
	visible, _ := shelfOfWork()
	x := open(t, visible...)
	found := alike(t, x, "Hospital parking permits", "Charitable funds pay for permits at our hospital.")
	if len(found) != 1 || found[0].URL != "/discussions/talk" || found[0].Kind != "thread" {
		t.Errorf("%+v", found)
	}
}

// TestWhatOneMayNotSeeChangesNoLikeness: with and without a board's six pages on the same subject, a guest is offered the
// very same, with the same scores and reasons; those of the board are offered their own.
func TestWhatOneMayNotSeeChangesNoLikeness(t *testing.T) {
	visible, closed := shelfOfWork()
	without, with := open(t, visible...), open(t, append(slices.Clone(visible), closed...)...)
	for _, text := range []string{passport, "zebro quokka ward discharge nurses", "Nurses read a passport on the ward before discharge.", "Hospital parking permits cost money"} {
		a, b := alike(t, without, "Passport", text), alike(t, with, "Passport", text)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%.20s: without them %+v, with them %+v", text, a, b)
		}
	}
	if found := alike(t, with, "Passport", passport, everybody, board); !strings.Contains(alikeIDs(found), "board") {
		t.Errorf("those of the board are offered %s", alikeIDs(found))
	}
	for name, keys := range map[string][]string{"none": {}, "an empty one": {""}, "another's": {"lib:draft"}} {
		if found, err := with.Similar("Passport", passport, keys, 5); len(found) != 0 || err != nil {
			t.Errorf("%s: %v %v", name, found, err)
		}
	}
}

// An index can be a moment behind: what was withdrawn since is not offered.
func TestWhatWasClosedAMomentAgoIsNotAlike(t *testing.T) {
	visible, _ := shelfOfWork()
	s := &shelf{}
	x := openIn(t, t.TempDir(), "e1", s)
	apply(t, x, 1, s.put(visible...), nil)
	s.texts["passport"] = Text{Body: passport, Access: board}
	if found := alike(t, x, "Passport", passport); len(found) != 0 {
		t.Errorf("%s is offered", alikeIDs(found))
	}
}
