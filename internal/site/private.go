package site

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"commonplace/internal/privacy"

	"github.com/pocketbase/pocketbase/core"
)

// privateView is the page on which somebody decides about personal details before what they sent is made public. It
// stands at the address of the form that was sent, and carries what was sent.
type privateView struct {
	Action   string
	Passages []passageView
	Sent     []sentField
	Errors   fieldErrors
	Files    bool // a file was sent along, which a page cannot carry
	Opens    bool // more is opened than what was sent
}

type passageView struct {
	privacy.Passage
	Where                     string
	Also                      []string // other places in which the same stands
	Decision, Reason, Instead string
	InFile                    bool // the file stays as it is or comes off the page
	Error                     string
}

// sentField is an answer that travels along unseen.
type sentField struct{ Name, Value string }

// fieldWords are what a writer calls the fields that are looked through.
var fieldWords = map[string]string{
	"title": "Title", "summary": "Summary", "challenge": "Challenge", "action": "Action", "result": "Result", "body": "Text",
	"tried_stopped": "Why it was stopped", "meta": "Sources and details", "kept": "What you kept", "changed": "What you changed",
	"dropped": "What you left out", "reason": "Reason", "note": "What changed", "words": "Reason", "answer": "Answer", "alt": "What a picture shows", "text": "The words in it", "credit": "Credit",
	"needs_words": "More about access", "how_to_join": "How to join", "outcome": "What changed because of it",
	"answers": "Your answers", "history": "What you said before",
	"role": "Role", "helps": "What you can help with",
}

// private begins the names of this page's own controls.
const private = "private-"

// refusePrivate shows the passages and what can be done about each.
func (s *Site) refusePrivate(e *core.RequestEvent, r *privacy.Refusal) error {
	v := privateView{Action: e.Request.URL.RequestURI(), Opens: r.Opens()}
	v.Sent, v.Files = sentAgain(e.Request)
	seen := map[string]int{}
	for _, p := range r.Passages() {
		if at, again := seen[p.Sum]; again { // decided once for all its places
			if also := whereOf(p); also != v.Passages[at].Where && !slices.Contains(v.Passages[at].Also, also) {
				v.Passages[at].Also = append(v.Passages[at].Also, also)
			}
			continue
		}
		seen[p.Sum] = len(v.Passages)
		view := passageView{Passage: p, Where: whereOf(p), InFile: p.Collection == "attachments" && p.Field == "text", Decision: e.Request.PostForm.Get(private + p.Sum)}
		view.Reason, view.Instead = e.Request.PostForm.Get(private+p.Sum+"-reason"), e.Request.PostForm.Get(private+p.Sum+"-instead")
		if view.Decision == privacy.Keep && strings.TrimSpace(view.Reason) == "" {
			view.Error = "Say why it has to stay."
			v.Errors = append(v.Errors, fieldError{private + p.Sum + "-reason", view.Error})
		}
		if view.Decision == "" {
			view.Decision = privacy.Change
		}
		v.Passages = append(v.Passages, view)
	}
	p := Page{Title: s.say("title-private"), NoIndex: true}
	return render(s, e, http.StatusUnprocessableEntity, "private", p, v)
}

// whereOf names the place of a passage, with the thing that it stands in where that is another one than what was sent.
func whereOf(p privacy.Passage) string {
	where := fieldWords[p.Field]
	if p.Collection == "posts" {
		where = "A post"
	}
	if p.Title == "" {
		return where
	}
	return "“" + p.Title + "”: " + where
}

// sentAgain is what the form sent, without what this page added.
func sentAgain(r *http.Request) (fields []sentField, files bool) {
	if r.MultipartForm != nil {
		for _, list := range r.MultipartForm.File {
			for _, f := range list {
				files = files || f.Size > 0
			}
		}
	}
	for name, values := range r.PostForm {
		if strings.HasPrefix(name, private) {
			continue
		}
		for _, value := range values {
			fields = append(fields, sentField{name, value})
		}
	}
	return fields, files
}

// decidePrivate keeps what somebody decided on that page, before the form is handled as if it had been sent again.
func (s *Site) decidePrivate(e *core.RequestEvent) error {
	kind, _, err := mime.ParseMediaType(e.Request.Header.Get("Content-Type"))
	if e.Request.Method != http.MethodPost || err != nil || kind != "application/x-www-form-urlencoded" || !viewer(e).SignedIn() {
		return nil
	}
	if err := e.Request.ParseForm(); err != nil || !e.Request.PostForm.Has(private+"decided") {
		return nil //nolint:nilerr // the handler says what is wrong with the form
	}
	err = privacy.Decide(s.app, viewer(e).ID(), decisionsOf(e.Request.PostForm))
	if errors.Is(err, privacy.ErrNoReason) {
		return nil // it is refused again, and asked for
	}
	return err
}

func decisionsOf(form url.Values) []privacy.Decision {
	var all []privacy.Decision
	for _, named := range form[private+"decided"] {
		sum, kind, _ := strings.Cut(named, " ")
		d := privacy.Decision{Sum: sum, Kind: kind, Decision: form.Get(private + sum), Reason: form.Get(private + sum + "-reason")}
		if d.Decision == privacy.Change {
			d.Instead = strings.TrimSpace(form.Get(private + sum + "-instead"))
		}
		all = append(all, d)
	}
	return all
}
