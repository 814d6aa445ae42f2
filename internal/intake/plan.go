package intake

import (
	"encoding/json"
	"errors"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/plan"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// planFaults are why nothing of a plan's file comes in, a sentence each.
type planFaults []string

func (f planFaults) Error() string { return strings.Join(f, "; ") }

// doing brings in what a plan's file says of its doing, the goals and what happened since: all of it or nothing. Of a file
// that is new here, what cannot be read is named and stays out; of a plan that is here it would look as if it was given up.
func (p *piece) doing(tx core.App, doc *library.Document, actor string) error {
	if front, ok := p.front["goals"]; ok {
		goals, lost := plan.Read(front)
		if p.before != nil && len(lost) > 0 {
			return planFaults(lost)
		}
		p.Problems = append(append(p.Problems, lost...), plan.Unsaid(goals)...)
		if err := unfit("goals", plan.Apply(tx, doc.Id, actor, goals)); err != nil {
			return err
		}
	}
	front, ok := p.front["updates"]
	if !ok {
		return nil
	}
	updates, lost := plan.ReadUpdates(front)
	if p.before != nil && len(lost) > 0 {
		return planFaults(lost)
	}
	p.Problems = append(p.Problems, lost...)
	return unfit("updates", plan.ApplyUpdates(tx, doc.Id, actor, updates))
}

// unfit makes what the room says against a plan's rows the reason why its file stays out.
func unfit(what string, err error) error {
	var faults validation.Errors
	if errors.As(err, &faults) {
		return planFaults{what + ": " + err.Error()}
	}
	return err
}

// earlierFingerprint is the one that a document has which came in before a plan's updates were rows: they stood among what
// its front matter says more. Where there are none it is "".
func earlierFingerprint(app core.App, doc *library.Document) (string, error) {
	content, updates, err := contentOf(app, doc)
	if err != nil || len(updates) == 0 {
		return "", err
	}
	m := doc.Meta()
	behind := library.Meta{WithdrawnNote: m.WithdrawnNote, ReplacedBy: m.ReplacedBy, Videos: m.Videos, Extra: m.Extra}
	m.WithdrawnNote, m.ReplacedBy, m.Videos, m.Extra = "", "", nil, nil
	var parts []string
	for _, part := range []any{m, map[string]any{"updates": updates}, behind} {
		raw, err := json.Marshal(part)
		if err != nil {
			return "", err
		}
		if inner := strings.TrimSuffix(strings.TrimPrefix(string(raw), "{"), "}"); inner != "" {
			parts = append(parts, inner)
		}
	}
	content["meta"] = json.RawMessage("{" + strings.Join(parts, ",") + "}")
	raw, err := json.Marshal(content)
	return hash(raw), err
}
