package hub

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/site"
	"commonplace/internal/spread"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// digestHour is from which hour of the day on digests go out.
const digestHour = 7

// peopleAtOnce is how many people a digest looks up at a time. Each is written to in a transaction of their own.
const peopleAtOnce = 200

// Digest writes to everybody whose time has come one mail about what is news to them. What is in a mail and that it is goes
// together, for each person by themselves: whenever it is killed, nobody is left out and nobody told twice.
func (h *Hub) Digest(now time.Time) error {
	times := []any{"at once"}
	if now.UTC().Hour() >= digestHour {
		times = append(times, "", "daily", "weekly")
	}
	return h.digest(now, times...)
}

func (h *Hub) digest(now time.Time, times ...any) error {
	for after := ""; ; {
		people, err := notify.ToWrite(h.app, now, after, peopleAtOnce, times...)
		if err != nil || len(people) == 0 {
			return err
		}
		for _, person := range people {
			if err := h.digestOne(person, now); err != nil {
				h.app.Logger().Error("digest: to one person", "person", person, "error", err)
			}
			h.cfg.fault("digest.one")
		}
		after = people[len(people)-1]
	}
}

// followAtOnce writes to those who want to be told at once, until ctx ends: when somebody was told, and every minute in case
// it was killed before.
func (h *Hub) followAtOnce(ctx context.Context) {
	for ctx.Err() == nil {
		if err := h.digest(time.Now(), "at once"); err != nil {
			h.app.Logger().Error("mail at once", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-h.news:
		case <-time.After(time.Minute):
		}
	}
}

func (h *Hub) wakeDigest() {
	select {
	case h.news <- struct{}{}:
	default:
	}
}

// digestKey names the mail of a day, of a week, or of one last piece of news, so that there is one.
func digestKey(u *core.Record, last *notify.Notice, now time.Time) string {
	switch u.GetString("mail") {
	case "at once":
		return fmt.Sprintf("digest:%s:%d-%s", u.Id, last.Seq(), last.Id) // one row of the journal can be two pieces of news
	case "weekly":
		year, week := now.UTC().ISOWeek()
		return fmt.Sprintf("digest:%s:%d-W%02d", u.Id, year, week)
	}
	return fmt.Sprintf("digest:%s:%s", u.Id, now.UTC().Format(time.DateOnly))
}

// mailPart is a notice in a mail: what it is about, and from which number on it is news.
type mailPart struct {
	Kind   string `json:"kind"`
	About  string `json:"about"`
	Record string `json:"record"`
	Follow string `json:"follow,omitempty"`
	From   int64  `json:"from"`
	To     int64  `json:"to"`
}

// mostParts is how much one mail tells of; for the rest it points to the hub.
const mostParts = 60

// digestOne puts one person's mail into the outbox, without words: it gets them when it leaves, see sayDigest.
func (h *Hub) digestOne(person string, now time.Time) error {
	return h.app.RunInTransaction(func(tx core.App) error {
		u, err := tx.FindRecordById("users", person)
		if err != nil || member.Barred(u) || u.GetString("mail") == "never" || !notify.Paused(u, now).IsZero() {
			return err
		}
		list, err := notify.NotMailed(tx, person)
		if err != nil || len(list) == 0 {
			return err
		}
		key := digestKey(u, list[0], now)
		if sent, err := tx.CountRecords("outbox", dbx.HashExp{"key": key}); err != nil || sent > 0 && u.GetString("mail") != "at once" {
			return err // what came after it waits for the next
		}
		var parts []mailPart
		for _, n := range list[:min(len(list), mostParts)] {
			parts = append(parts, mailPart{n.NoticeKind(), n.About(), n.Of(), n.Follow(), max(n.First(), n.Told()+1), n.Seq()})
		}
		if err := notify.Mailed(tx, person); err != nil {
			return err
		}
		return h.Mail.Put(tx, notify.Mail{Key: key, To: u.Email(), Person: u.Id, Kind: "digest", Expires: now.AddDate(0, 0, 7), Parts: parts})
	})
}

// Of each thread and of all there is a mail says so much; the hub says the rest.
const (
	postsInMail   = 3
	threadsInMail = 8
	pagesInMail   = 20
	longestInMail = 600
)

// digestPost is a post in a mail.
type digestPost struct{ By, Words, URL string }

// digestThread are the new posts of a thread.
type digestThread struct {
	Title, URL, Stop string
	Posts            []digestPost
	More             int
}

// digestPage is a document, or something else that can be found.
type digestPage struct {
	Title, What, Why, Summary, Note, URL string
	Adopt, Check, Stop                   string
}

// digestSaid is what a mail says.
type digestSaid struct {
	h       *Hub
	v       *member.Viewer
	parts   []mailPart
	speaks  []digestPost
	decided []digestPost
	threads []digestThread
	pages   []digestPage
	more    int
}

// sayDigest puts a mail into words at the moment it leaves: the posts and pages as they are by then, and nothing that its
// reader may not see any more.
func (h *Hub) sayDigest(r *core.Record) (*notify.Late, error) {
	u, err := h.app.FindRecordById("users", r.GetString("person"))
	if err != nil || u.GetString("mail") == "never" { // they said so while it waited
		return nil, err
	}
	v, err := member.For(h.app, u)
	if err != nil || !v.SignedIn() { // suspended, or gone
		return nil, err
	}
	d := &digestSaid{h: h, v: v}
	if err := json.Unmarshal([]byte(r.GetString("parts")), &d.parts); err != nil {
		return nil, err
	}
	for _, part := range d.parts {
		if err := d.say(part); err != nil {
			return nil, err
		}
	}
	if len(d.speaks)+len(d.decided)+len(d.threads)+len(d.pages) == 0 {
		return nil, nil
	}
	return d.mail(u)
}

func (d *digestSaid) mail(u *core.Record) (*notify.Late, error) {
	never, err := d.tap(notify.TapNever, "")
	if err != nil {
		return nil, err
	}
	base := d.h.Mail.Base()
	return &notify.Late{
		Data: map[string]any{
			"Name": u.GetString("name"), "Subject": d.subject(), "Speaks": d.speaks, "Decided": d.decided, "Threads": d.threads, "Pages": d.pages, "More": d.more,
			"Since": base + "/since", "Follows": base + "/me/follows", "Never": never,
		},
		Headers: map[string]string{"List-Unsubscribe": "<" + never + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
	}, nil
}

// subject says the most particular of it. Words of confidential spaces stay out of it, for it is seen on locked telephones.
func (d *digestSaid) subject() string {
	switch {
	case len(d.speaks) == 1 && len(d.threads)+len(d.pages)+len(d.decided) == 0:
		return d.speaks[0].By + " wrote to you"
	case len(d.pages) == 1 && len(d.speaks)+len(d.threads)+len(d.decided) == 0 && d.pages[0].Title != "":
		return "New for you: " + d.pages[0].Title
	case len(d.threads) == 1 && len(d.speaks)+len(d.pages)+len(d.decided) == 0:
		return "New posts in: " + d.threads[0].Title
	}
	return "What is new for you"
}

func (d *digestSaid) tap(act, record string) (string, error) {
	token, err := notify.TapLink(d.v.User(), act, record)
	return d.h.Mail.Base() + "/tap/" + token, err
}

// say adds one part of the mail, if its reader may see it now.
func (d *digestSaid) say(p mailPart) error {
	switch p.Kind {
	case notify.NewPosts:
		return d.sayThread(p)
	case notify.Mentioned, notify.Answered, notify.Decided:
		return d.sayPost(p)
	}
	return d.sayPage(p)
}

// stop is the link that ends the follow for which this was told, "" when there is none any more.
func (d *digestSaid) stop(p mailPart) (string, error) {
	if p.Follow == "" {
		return "", nil
	}
	switch _, err := notify.OwnFollow(d.h.app, d.v.ID(), p.Follow); {
	case errors.Is(err, sql.ErrNoRows): // it was stopped
		return "", nil
	case err != nil:
		return "", err
	}
	return d.tap(notify.TapStop, p.Follow)
}

func (d *digestSaid) post(p thread.Post) (digestPost, error) {
	body, err := thread.WordsOf(d.h.app, p.ID)
	return digestPost{By: cmp.Or(p.Name, p.By()), Words: d.h.plainly(body), URL: d.h.Mail.Base() + thread.PostAddress(p.Thread, p.ID)}, err
}

// plainly is the beginning of a post, without markup. Digests tell many people of the same posts, so that each is read once.
func (h *Hub) plainly(body string) string {
	key := sha256.Sum256([]byte(body))
	if known, ok := h.plain.Load(key); ok {
		return known.(string)
	}
	if h.plained.Add(1)%5000 == 0 {
		h.plain.Clear()
	}
	words := clipped(thread.Plain(body), longestInMail)
	h.plain.Store(key, words)
	return words
}

// clipped is a text's beginning, cut between words.
func clipped(text string, most int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= most {
		return string(runes)
	}
	cut := string(runes[:most])
	if at := strings.LastIndexByte(cut, ' '); at > most/2 {
		cut = cut[:at]
	}
	return cut + " …"
}

func (d *digestSaid) sayPost(p mailPart) error {
	post, found, err := thread.PostByID(d.h.app, p.Record)
	if err != nil || !found || !post.Out() {
		return err
	}
	if may, err := d.h.maySee(d.v.ID(), "posts", p.Record); !may || err != nil {
		return err
	}
	said, err := d.post(post)
	if err != nil {
		return err
	}
	if p.Kind == notify.Decided {
		d.decided = append(d.decided, said)
	} else {
		d.speaks = append(d.speaks, said)
	}
	return nil
}

func (d *digestSaid) sayThread(p mailPart) error {
	if len(d.threads) == threadsInMail {
		d.more++
		return nil
	}
	t, err := thread.ByID(d.h.app, p.Record)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !t.Viewable(d.v) {
		return nil
	}
	if err != nil {
		return err
	}
	posts, count, err := thread.NewPosts(d.h.app, d.v, t.Id, p.From, p.To, postsInMail)
	if err != nil || count == 0 {
		return err
	}
	one := digestThread{Title: t.Title(), URL: d.h.Mail.Base() + thread.PostAddress(t.Id, posts[0].ID), More: count - len(posts)}
	for _, p := range posts {
		said, err := d.post(p)
		if err != nil {
			return err
		}
		one.Posts = append(one.Posts, said)
	}
	one.Stop, err = d.stop(p)
	d.threads = append(d.threads, one)
	return err
}

// whatHappened is how a mail speaks of a page.
var whatHappened = map[string]string{
	notify.Found: "New", notify.Published: "New", notify.Changed: "Changed", notify.Access: "Who may see this has changed", notify.Waits: "Waits for a moderator",
	notify.Asked: "What changed because of it?", notify.Contact: "For you", notify.Adopted: "They do this too", notify.Confirmed: "About what your place does",
}

func (d *digestSaid) sayPage(p mailPart) error {
	if len(d.pages) == pagesInMail {
		d.more++
		return nil
	}
	if may, err := d.h.maySee(d.v.ID(), p.About, p.Record); !may || err != nil {
		return err
	}
	one := digestPage{What: whatHappened[p.Kind]}
	var err error
	switch p.About {
	case "documents":
		err = d.sayDocument(p, &one)
	case "threads":
		var t *thread.Thread
		if t, err = thread.ByID(d.h.app, p.Record); err == nil {
			one.Title, one.URL = t.Title(), d.h.Mail.Base()+"/discussions/"+t.Id
		}
	case "spaces":
		if p.Kind == notify.Waits {
			one.Title, err = d.h.Site.WaitingWords(d.v, p.Record)
			one.URL = d.h.Mail.Base() + "/moderate"
			break
		}
		var s *member.Space
		if s, err = member.SpaceByID(d.h.app, p.Record); err == nil {
			one.Title, one.Summary, one.URL = s.Title(), "It is "+s.Level().Word()+" now: "+s.Level().Means(), d.h.Mail.Base()+"/spaces/"+s.Slug()
		}
	case "champion_messages":
		one.Title, one.URL, err = d.h.Site.MessageWords(d.v, p.Record)
		one.URL = d.h.Mail.Base() + one.URL
	default:
		err = d.sayEntry(p, &one)
	}
	if err != nil || one.Title == "" {
		return err
	}
	if f, err := notify.OwnFollow(d.h.app, d.v.ID(), p.Follow); err == nil && f.FollowKind() == notify.Search {
		one.Why = site.SearchWords(f.Query())
	}
	one.Stop, err = d.stop(p)
	d.pages = append(d.pages, one)
	return err
}

// sayEntry says of something else that can be found what the search says of it.
func (d *digestSaid) sayEntry(p mailPart, one *digestPage) error {
	found, err := d.h.entriesByID([]string{p.About + "/" + p.Record})
	if e, there := found[p.About+"/"+p.Record]; there {
		one.Title, one.Summary, one.URL = e.Title, clipped(cmp.Or(e.Summary, e.Body), longestInMail), d.h.Mail.Base()+e.URL
		if p.Kind == notify.Asked {
			one.Summary, one.URL = "Tell those who came, in a sentence or two, and those who wonder whether to come next time.", one.URL+"/outcome"
		}
		if p.Kind == notify.Adopted {
			one.Summary, one.URL = one.Summary+". You can confirm it, or ask them.", d.h.Mail.Base()+site.AnswerAddress(e.URL, p.Record)
		}
	}
	return err
}

// sayDocument says what a page is about and what changed, and offers what can be done about it at once.
func (d *digestSaid) sayDocument(p mailPart, one *digestPage) error {
	doc, err := library.ByID(d.h.app, p.Record)
	if err != nil {
		return err
	}
	one.Title, one.Summary, one.URL = doc.Title(), doc.Summary(), d.h.Mail.Base()+doc.Address()
	if p.Kind == notify.Changed {
		public, err := library.Public(d.h.app, d.v, doc)
		if err != nil {
			return err
		}
		if len(public) > 0 {
			one.Note = clipped(public[0].Note, longestInMail)
		}
	}
	if doc.DocKind() == library.CaseStudy && spread.May(d.h.app, d.v, doc.Id) == nil {
		if one.Adopt, err = d.tap(notify.TapAdopt, doc.Id); err != nil {
			return err
		}
	}
	if doc.Owner() == d.v.ID() && doc.Checkable(d.v) {
		token, err := library.CheckLink(d.v.User(), doc)
		one.Check = d.h.Mail.Base() + "/checked/" + token
		return err
	}
	return nil
}
