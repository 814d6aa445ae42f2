// Package notify owns who is told of what and when: the outbox of mail, and its way out.
//
// A mail is a row, written in the transaction of what it tells about, so that neither exists without the other. It is
// made from one template (web/mail/KIND.md) into plain text and HTML, sent once, tried again when the server is away,
// and dropped when by then its reader may no longer see what it is about. This room does not know what the mails say,
// nor who may see what: hub lends it that question.
package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	page "html/template"
	"maps"
	"net/url"
	"strings"
	"text/template"
	"time"
	"unicode"

	"commonplace/internal/markdown"
	"commonplace/internal/member"
	"commonplace/web"

	"github.com/pocketbase/pocketbase/core"
)

// Mail is one message to one person.
type Mail struct {
	Key     string            // makes one mail of several tries to write it, such as "invitation:ID:1"
	To      string            // one address
	Person  string            // the user's id, "" for somebody who has no account yet
	Kind    string            // the template's name
	About   string            // the collection of what it tells about, and
	Record  string            // its id: it is dropped when the person may not see that any more at the time of sending
	Expires time.Time         // after this it is not sent any more; zero for never
	Headers map[string]string // such as List-Unsubscribe
	Data    map[string]any    // for the template, besides Hub and Base
	Parts   any               // instead of Data, for what is put into words when it leaves, see Late
}

// Outbox writes mails and sends them.
type Outbox struct {
	app  core.App
	base func() string // the site's address, without a slash at its end; never taken from a request
	may  func(person, about, record string) (bool, error)
	late func(r *core.Record) (*Late, error)

	patience time.Duration // with a mail server
}

// Late is what a mail says that is put into words when it leaves, so that it says what is true by then and its reader may
// see by then.
type Late struct {
	Data    map[string]any
	Headers map[string]string
}

// New returns the outbox of a hub. Links in mails begin with what base says; may says whether a person may see a record.
func New(app core.App, base func() string, may func(person, about, record string) (bool, error)) *Outbox {
	o := &Outbox{app: app, base: base, may: may, patience: patient}
	o.bind()
	return o
}

// Later says who puts the mails into words that were put here with parts only; nil is that nothing is left to say.
func (o *Outbox) Later(say func(r *core.Record) (*Late, error)) { o.late = say }

// Base is the site's address in mails.
func (o *Outbox) Base() string { return o.base() }

// ErrAddress says that something is not one e-mail address.
var ErrAddress = errors.New("that is not one e-mail address")

// Put writes a mail into the outbox, within the transaction that app may be. A second mail of the same key is none.
func (o *Outbox) Put(app core.App, m Mail) error {
	if !oneAddress(m.To) {
		return ErrAddress
	}
	var subject, text, html string
	parts, err := json.Marshal(m.Parts)
	if err == nil && m.Parts == nil {
		subject, text, html, err = o.words(app, m.Kind, m.Data)
	}
	if err != nil {
		return err
	}
	if _, err := app.FindFirstRecordByData("outbox", "key", m.Key); err == nil {
		return nil
	}
	c, err := app.FindCachedCollectionByNameOrId("outbox")
	if err != nil {
		return err
	}
	headers, err := json.Marshal(m.Headers)
	if err != nil {
		return err
	}
	r := core.NewRecord(c)
	for k, v := range map[string]any{
		"key": m.Key, "state": "waiting", "due": time.Now().UTC(), "to": m.To, "person": m.Person, "kind": m.Kind, "subject": subject,
		"about": m.About, "record": m.Record, "headers": string(headers), "text": text, "html": html, "parts": string(parts),
	} {
		r.Set(k, v)
	}
	if !m.Expires.IsZero() {
		r.Set("expires", m.Expires.UTC())
	}
	return app.Save(r)
}

// words puts a mail into words.
func (o *Outbox) words(app core.App, kind string, values map[string]any) (subject, text, html string, err error) {
	settings, err := member.SettingsOf(app)
	if err != nil {
		return "", "", "", err
	}
	data := map[string]any{"Hub": settings[member.HubName], "Base": o.base()}
	maps.Copy(data, values)
	if subject, text, html, err = write(kind, data); err != nil {
		err = fmt.Errorf("mail %s: %w", kind, err)
	}
	return subject, text, html, err
}

// oneAddress takes an address as a server would, and nothing that could make two of it or begin another header.
func oneAddress(s string) bool {
	return strings.Count(s, "@") == 1 && strings.IndexFunc(s, unicode.IsControl) < 0 && !strings.ContainsAny(s, "\r\n\t ,;<>\"()[]\\") && !strings.HasPrefix(s, "@") && !strings.HasSuffix(s, "@")
}

// write makes a mail from its template: once with words and links as plain text, once as Markdown for HTML.
func write(kind string, data map[string]any) (subject, text, html string, err error) {
	plain, err := fill(kind, data, plainly)
	if err != nil {
		return "", "", "", err
	}
	source, err := fill(kind, data, asMarkdown)
	if err != nil {
		return "", "", "", err
	}
	head, text, ok := strings.Cut(plain, "\n\n")
	subject, named := strings.CutPrefix(head, "Subject: ")
	if !ok || !named || strings.ContainsAny(subject, "\r\n") {
		return "", "", "", errors.New("does not begin with one line of subject")
	}
	_, body, _ := strings.Cut(source, "\n\n")
	rendered, err := markdown.Render(body, markdown.Options{})
	if err != nil {
		return "", "", "", err
	}
	html, err = framed(subject, rendered.HTML)
	return subject, text, html, err
}

// framed puts a mail's HTML into the page that mail programs show.
func framed(subject, body string) (string, error) {
	t, err := page.ParseFS(web.Templates, "mail/frame.html")
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		Subject string
		Body    page.HTML
	}{subject, page.HTML(body)}) // our own renderer made it
	return b.String(), err
}

// Words of people are shown as they are, and cannot become markup or another line of the head.
var plainly = template.FuncMap{
	"say":  plainWords,
	"link": func(words, to string) (string, error) { return words + ":\n" + to, checkLink(to) },
	"day":  func(t time.Time) string { return t.Format("2 January 2006") },
}

var asMarkdown = template.FuncMap{
	"say":  func(v any) string { return escape(plainWords(v)) },
	"link": func(words, to string) (string, error) { return "[" + escape(words) + "](<" + to + ">)", checkLink(to) },
	"day":  plainly["day"],
}

// plainWords makes one line of what somebody wrote, and nothing of what is missing.
func plainWords(v any) string {
	if v == nil {
		return ""
	}
	return strings.Join(strings.Fields(fmt.Sprint(v)), " ")
}

func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_{}[]()<>#+-.!|~&:\"'", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func checkLink(to string) error {
	u, err := url.Parse(to)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || strings.ContainsAny(to, "<> \r\n") {
		return fmt.Errorf("%q is no link for a mail", to)
	}
	return nil
}

func fill(kind string, data map[string]any, words template.FuncMap) (string, error) {
	t, err := template.New(kind+".md").Option("missingkey=zero").Funcs(words).ParseFS(web.Templates, "mail/"+kind+".md")
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = t.Execute(&b, data)
	return b.String(), err
}
