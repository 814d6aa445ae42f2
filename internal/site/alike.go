package site

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// alikeView lists pages of two partners on one subject, for leads, and what they decided about such pairs.
type alikeView struct {
	Pairs        []alikePair
	From, To, Of int // the pages that were looked at, the newest first
	Next         *Link
	Decided      []decidedPair
	JustDecided  bool
}

// alikePair is two pages that look alike.
type alikePair struct {
	URL, Reason string
	Page, Other alikePage
}

type alikePage struct {
	Title, URL, Kind, Organisation string
	Summary, KeptBy                string
	Reviewed                       time.Time
}

// decidedPair is a pair about which a lead has decided.
type decidedPair struct {
	Says, Because, By, URL string
	At                     time.Time
	Page, Other            alikePage
}

const (
	alikePairs = 20                     // that one page shows
	alikeTime  = 150 * time.Millisecond // after which it shows what it has
	alikeNear  = 12                     // likenesses of a page that are looked through
)

// alikeKinds are the kinds of which two partners may have one each, though one would do.
var alikeKinds = []any{string(library.Guidance), string(library.Handbook)}

// alike looks through what is out and what the lead may see, the newest first, until it has enough to show or its time is
// over; a link goes on from there.
func (s *Site) alike(e *core.RequestEvent) error {
	until := time.Now().Add(alikeTime)
	cards, err := library.Latest(s.app, viewer(e), -1, library.Originals(dbx.In("kind", alikeKinds...)))
	if err != nil {
		return err
	}
	decided, err := library.Decided(s.app, viewer(e))
	if err != nil {
		return err
	}
	names, err := s.namesFor("organisations name", "users name")
	if err != nil {
		return err
	}
	from, _ := strconv.Atoi(e.Request.URL.Query().Get("from"))
	from = min(max(from, 0), len(cards))
	v := alikeView{From: from + 1, To: from, Of: len(cards), JustDecided: e.Request.URL.Query().Get("decided") != ""}
	guest, err := member.Guest(s.app)
	if err != nil {
		return err
	}
	look := alikeLook{s: s, v: viewer(e), guest: guest, cards: cardsByID(cards), known: map[string]bool{}, organisations: names["organisations"]}
	for _, d := range decided {
		look.known[pairKey(d.Page.ID, d.Other.ID)] = true
		v.Decided = append(v.Decided, decidedPair{decisionWords[d.Kind], d.Because, orElse(names["users"][d.By], "somebody who has left"), pairAddress(d.Page.ID, d.Other.ID), d.At,
			look.page(d.Page), look.page(d.Other)})
	}
	for v.To < len(cards) && len(v.Pairs) < alikePairs && (v.To == from || time.Now().Before(until)) {
		found, err := look.at(cards[v.To])
		if err != nil {
			return err
		}
		v.Pairs = append(v.Pairs, found...)
		v.To++
	}
	if v.To < len(cards) {
		v.Next = &Link{"Look at older pages", "/manage/alike?from=" + strconv.Itoa(v.To)}
	}
	return render(s, e, http.StatusOK, "alike", leading("Two pages on one subject"), v)
}

// leading is a page of administration that is there for leads too.
func leading(title string, crumbs ...Link) Page {
	return Page{Title: title, Crumbs: append(slices.Clone(manageCrumbs), crumbs...), NoIndex: true}
}

// decisionWords say what leads decided, before the two pages.
var decisionWords = map[string]string{library.KeepBoth: "Both stay", library.MergeInto: "The first is to become part of the second", library.Unlike: "Not the same subject"}

// pairKey names two documents in any order; pairAddress is where they stand side by side.
func pairKey(a, b string) string { return min(a, b) + " " + max(a, b) }

func pairAddress(a, b string) string { return "/manage/alike/" + a + "/" + b }

func cardsByID(cards []library.Card) map[string]library.Card {
	byID := make(map[string]library.Card, len(cards))
	for _, c := range cards {
		byID[c.ID] = c
	}
	return byID
}

// alikeLook goes from page to page and keeps which pairs are known.
type alikeLook struct {
	s             *Site
	v, guest      *member.Viewer
	cards         map[string]library.Card
	known         map[string]bool
	organisations map[string]string
}

// at lists the pages of other partners that are like one.
func (l *alikeLook) at(c library.Card) ([]alikePair, error) {
	found, err := l.s.likeliest(c, l.v, l.guest)
	if err != nil {
		return nil, err
	}
	var pairs []alikePair
	for _, x := range found {
		other, listed := l.cards[strings.TrimPrefix(x.ID, library.EntryPrefix)]
		if !listed || other.Organisation == c.Organisation || l.known[pairKey(c.ID, other.ID)] {
			continue
		}
		l.known[pairKey(c.ID, other.ID)] = true
		pairs = append(pairs, alikePair{pairAddress(c.ID, other.ID), x.Reason(), l.page(c), l.page(other)})
	}
	return pairs, nil
}

func (l *alikeLook) page(c library.Card) alikePage {
	return alikePage{Title: c.Title, URL: c.Address(), Kind: l.s.kindWord(string(c.Kind)), Organisation: orElse(l.organisations[c.Organisation], "The hub itself"), Summary: c.Summary, Reviewed: c.Reviewed}
}

// besideView shows two pages side by side, and asks what is to become of them.
type besideView struct {
	Action      string
	Page, Other alikePage
	Parts       []library.Beside
	Choices     []Choice
	Because     string
	Decided     *decidedPair
	Errors      fieldErrors
}

// What is sent about a pair: which of the two becomes part of the other.
const (
	firstInto  = "first-into-second"
	secondInto = "second-into-first"
)

// openPair finds the two pages of an address, which are out and which the lead may see.
func (s *Site) openPair(e *core.RequestEvent) (a, b *library.Document, err error) {
	var pair [2]*library.Document
	for i, name := range []string{"one", "other"} {
		d, err := library.ByID(s.app, e.Request.PathValue(name))
		if err != nil || !d.Out() || !d.Viewable(viewer(e)) {
			return nil, nil, notFound(e)
		}
		pair[i] = d
	}
	if pair[0].Id == pair[1].Id {
		return nil, nil, notFound(e)
	}
	return pair[0], pair[1], nil
}

func (s *Site) alikeBeside(e *core.RequestEvent) error {
	a, b, err := s.openPair(e)
	if err != nil {
		return err
	}
	return s.showBeside(e, http.StatusOK, a, b, besideView{}, "")
}

func (s *Site) showBeside(e *core.RequestEvent, status int, a, b *library.Document, v besideView, chosen string) error {
	names, err := s.namesFor("organisations name", "users name")
	if err != nil {
		return err
	}
	page := func(d *library.Document) alikePage {
		return alikePage{d.Title(), d.Address(), s.kindWord(string(d.DocKind())), orElse(names["organisations"][d.OrganisationID()], "The hub itself"), d.Summary(), d.OwnerRole(), d.Reviewed()}
	}
	v.Action, v.Page, v.Other, v.Parts = pairAddress(a.Id, b.Id), page(a), page(b), library.SideBySide(a, b)
	decided, err := library.Decided(s.app, viewer(e))
	if err != nil {
		return err
	}
	for _, d := range decided {
		if pairKey(d.Page.ID, d.Other.ID) == pairKey(a.Id, b.Id) {
			v.Decided = &decidedPair{Says: decisionWords[d.Kind], Because: d.Because, By: orElse(names["users"][d.By], "somebody who has left"), At: d.At,
				Page: alikePage{Title: d.Page.Title}, Other: alikePage{Title: d.Other.Title}}
		}
	}
	v.Choices = []Choice{
		{Value: library.KeepBoth, Title: "Keep both", Hint: "Each has something that the other cannot say, such as who to ring in its own area."},
		{Value: secondInto, Title: "Merge the second into the first", Hint: "Whoever keeps “" + b.Title() + "” is asked by mail. Nothing is changed until they do it."},
		{Value: firstInto, Title: "Merge the first into the second", Hint: "Whoever keeps “" + a.Title() + "” is asked by mail. Nothing is changed until they do it."},
		{Value: library.Unlike, Title: "Not the same subject", Hint: "The two are not shown here again."},
	}
	for i := range v.Choices {
		v.Choices[i].Chosen = v.Choices[i].Value == chosen
	}
	return render(s, e, status, "alike-beside", leading("Side by side", Link{"Two pages on one subject", "/manage/alike"}), v)
}

// alikeDecide keeps what the lead decides. Neither page is changed by it: whoever keeps the one that is to go is asked.
func (s *Site) alikeDecide(e *core.RequestEvent) error {
	a, b, err := s.openPair(e)
	if err != nil {
		return err
	}
	do, because := e.Request.FormValue("do"), strings.TrimSpace(e.Request.FormValue("because"))
	goes, stays, kind := a, b, do
	switch do {
	case firstInto:
		kind = library.MergeInto
	case secondInto:
		goes, stays, kind = b, a, library.MergeInto
	case library.KeepBoth, library.Unlike:
	default:
		faults := fieldErrors{{"do", "Choose what is to become of the two pages."}}
		return s.showBeside(e, http.StatusUnprocessableEntity, a, b, besideView{Because: because, Errors: faults}, do)
	}
	err = s.app.RunInTransaction(func(tx core.App) error {
		if err := library.Decide(tx, viewer(e), goes, stays.Id, kind, because); err != nil || kind != library.MergeInto {
			return err
		}
		return s.askToMerge(tx, e, goes, stays, because)
	})
	if faults := faultsOf(err); faults != nil {
		return s.showBeside(e, http.StatusUnprocessableEntity, a, b, besideView{Because: because, Errors: faults}, do)
	}
	if err != nil {
		return found(e, err)
	}
	return e.Redirect(http.StatusSeeOther, "/manage/alike?decided=1")
}

// askToMerge writes to whoever keeps the page that is to become part of the other.
func (s *Site) askToMerge(tx core.App, e *core.RequestEvent, goes, stays *library.Document, because string) error {
	keeper, err := tx.FindRecordById("users", or(goes.Owner(), goes.Author()))
	if err != nil || member.Barred(keeper) {
		return refusedMerge("Nobody keeps “" + goes.Title() + "” who could be asked. Hand it over to somebody first.")
	}
	v, err := member.For(tx, keeper)
	if err != nil {
		return err
	}
	if !stays.Viewable(v) || !goes.Editable(v) {
		return refusedMerge("Whoever keeps “" + goes.Title() + "” may not read the other page, or not write this one. Hand it over to somebody who may.")
	}
	return s.o.Mail.Put(tx, notify.Mail{
		Key: "merge-asked:" + goes.Id + ":" + stays.Id + ":" + strconv.FormatInt(time.Now().Unix(), 36), To: keeper.Email(), Person: keeper.Id, Kind: "merge-asked", About: "documents", Record: goes.Id,
		Data: map[string]any{"Name": keeper.GetString("name"), "Title": goes.Title(), "Other": stays.Title(), "Who": viewer(e).Name(), "Because": because,
			"URL": s.o.Mail.Base() + writeAddress(goes) + "/relations", "OtherURL": s.o.Mail.Base() + stays.Address()},
	})
}

func refusedMerge(sentence string) error {
	return validation.Errors{"do": validation.NewError("validation_merge", sentence)}
}
