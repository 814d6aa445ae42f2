package spread

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Why is the main reason for which a place stopped, in a word that can be counted.
type Why string

// OtherWhy is a reason that only words say.
const OtherWhy Why = "other"

// Whys lists the reasons, as a form offers them and as a story tells them.
var Whys = []struct {
	Why  Why
	Word string // on a form, and in a list
	Says string // after "because", "" where only the place's own words say it
}{
	{"money", "No money", "there was no money"}, {"time", "No time", "there was no time"}, {"people", "People left", "people left"},
	{"carers", "Carers did not want it", "carers did not want it"}, {"difference", "Made no difference", "it made no difference"},
	{"fit", "Did not fit here", "it did not fit there"}, {"better", "Replaced by something better", "something better took its place"},
	{OtherWhy, "Another reason", ""},
}

// Known says whether there is such a reason.
func (w Why) Known() bool { return w.Word() != "" }

// Word is the reason in a list.
func (w Why) Word() string {
	for _, k := range Whys {
		if k.Why == w {
			return k.Word
		}
	}
	return ""
}

func (w Why) says() string {
	for _, k := range Whys {
		if k.Why == w {
			return k.Says
		}
	}
	return ""
}

// Step is a stage that a place reached, and when. The last step of an adoption is where it stands now.
type Step struct {
	Stage Stage  `json:"stage"`
	On    string `json:"on"` // a day, such as 2026-03-10
	For   Why    `json:"for,omitempty"`
	Why   string `json:"why,omitempty"`
}

func stepsOf(raw string) []Step {
	var steps []Step
	if json.Unmarshal([]byte(raw), &steps) != nil {
		return nil
	}
	return steps
}

// keepHistory writes down each stage as it is reached, whoever saves; steps are never taken away. The last step says what
// the record says: since when, and why it stopped. stored is the row as it is, nil for a new one.
func keepHistory(r, stored *core.Record, today time.Time) error {
	stage, since := Stage(r.GetString("stage")), r.GetDateTime("since").Time()
	var steps []Step
	if stored != nil {
		steps = stepsOf(stored.GetString("history"))
	}
	joined, together := r.GetRaw(stepsKey).([]Step)
	switch brought := stepsOf(r.GetString("history")); {
	case together:
		steps = joined
	case len(brought) > len(steps) && slices.Equal(brought[:max(len(steps)-1, 0)], steps[:max(len(steps)-1, 0)]) && sound(brought, stage):
		steps = brought // it comes from another hub, with all that was before
		if since.IsZero() {
			since, _ = time.Parse(time.DateOnly, brought[len(brought)-1].On)
		}
	case len(steps) == 0 || steps[len(steps)-1].Stage != stage:
		if since.IsZero() || stored != nil && r.GetString("since") == stored.GetString("since") {
			since = today
		}
		steps = append(steps, Step{Stage: stage})
	}
	if since.IsZero() {
		since, _ = time.Parse(time.DateOnly, steps[len(steps)-1].On)
	}
	last := &steps[len(steps)-1]
	last.On, last.For, last.Why = since.Format(time.DateOnly), Why(r.GetString("stopped_for")), ""
	if stage == Stopped {
		last.Why = r.GetString("reason")
	}
	if says := wrongDay(steps, today); says != "" {
		return refused("since", says)
	}
	on, err := types.ParseDateTime(last.On)
	if err != nil {
		return err
	}
	kept, err := json.Marshal(steps)
	r.Set("since", on)
	r.Set("history", string(kept))
	return err
}

// sound says whether somebody else's steps can be these of a place that is at stage.
func sound(steps []Step, stage Stage) bool {
	for _, s := range steps {
		if _, bad := day(s.On); bad || s.On == "" || s.Stage.Said() == "" {
			return false
		}
	}
	return len(steps) <= mostSteps && steps[len(steps)-1].Stage == stage
}

// mostSteps is far more than a place takes in earnest.
const mostSteps = 200

func wrongDay(steps []Step, today time.Time) string {
	last := steps[len(steps)-1].On
	switch d, bad := day(last); {
	case bad:
		return "Give a day such as 2026-03-31."
	case d.After(today):
		return "That day is still to come."
	case len(steps) > mostSteps:
		return "It has changed too often to be told."
	case len(steps) > 1 && last < steps[len(steps)-2].On:
		return "It was at another stage after that day already."
	}
	return ""
}

// Moment is one line of a practice's story: "Leeds began to look at it".
type Moment struct {
	Step
	Place, Slug, Organisation string // Organisation only where several of one place speak
	Example                   bool
	At                        time.Time
}

// Says is what happened, after the name of the place.
func (m Moment) Says() string {
	switch m.Stage {
	case Looking:
		return "began to look at it"
	case Trying:
		return "began to try it"
	case Doing:
		return "took it up"
	}
	says := "stopped"
	if because := m.For.says(); because != "" {
		says += ", because " + because
	}
	return says
}

// Story tells in order of time what the places of a ledger did. Of the steps of one day the last is told.
func Story(adoptions []Adoption) []Moment {
	speak := map[string]int{}
	for _, a := range adoptions {
		if !a.Hidden {
			speak[a.Place]++
		}
	}
	var story []Moment
	for _, a := range adoptions {
		if a.Hidden {
			continue
		}
		for i, step := range a.History {
			if i+1 < len(a.History) && a.History[i+1].On == step.On {
				continue
			}
			m := Moment{Step: step, Place: a.PlaceTitle, Slug: a.PlaceSlug, Example: a.Example}
			if speak[a.Place] > 1 {
				m.Organisation = a.Organisation
			}
			m.At, _ = time.Parse(time.DateOnly, step.On)
			story = append(story, m)
		}
	}
	slices.SortStableFunc(story, func(x, y Moment) int { return strings.Compare(x.On, y.On) })
	return story
}
