package site

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/spread"

	"github.com/pocketbase/pocketbase/core"
)

// Staff of a partner lead a carer to the right service from one address, without saying who it is. They choose who the carer
// is and where; the answer has an address of its own, so that going back and printing are safe, and only the choosing counts.

// elsewhere is chosen for a place that the hub does not know.
const elsewhere = "elsewhere"

type referView struct {
	Partner                              string
	Action                               string
	Carers, Places                       []Choice
	Errors                               fieldErrors
	Poster, Card, Shortcut, Code, Counts string
}

// referring finds the partner of the address. An old address, which may stand on a wall for years, leads to the new one.
func (s *Site) referring(e *core.RequestEvent) (*member.Partner, error) {
	slug := e.Request.PathValue("organisation")
	p, err := member.PartnerBySlug(s.app, slug)
	if err == nil || found(e, err) == err {
		return p, err
	}
	r, old := member.BySlug(s.app, "organisations", slug)
	if old != nil || e.Request.Method != http.MethodGet && e.Request.Method != http.MethodHead {
		return nil, notFound(e)
	}
	rest := e.Request.URL.Path[len("/refer/"+slug):]
	if err := e.Redirect(http.StatusMovedPermanently, "/refer/"+r.GetString("slug")+rest); err != nil {
		return nil, err
	}
	return nil, errAnswered
}

func (s *Site) refer(e *core.RequestEvent) error {
	p, err := s.referring(e)
	if err != nil {
		return answered(err)
	}
	return s.showRefer(e, http.StatusOK, p, referView{}, "", "")
}

func (s *Site) showRefer(e *core.RequestEvent, status int, p *member.Partner, v referView, carer, place string) error {
	v.Partner, v.Action = p.Title(), referAddress(p)
	for _, c := range spread.Carers {
		v.Carers = append(v.Carers, Choice{Value: string(c.Carer), Title: c.Word, Hint: c.Hint, Chosen: string(c.Carer) == carer})
	}
	places, err := member.Places(s.app)
	if err != nil {
		return err
	}
	own := func(place *member.Place) bool { return slices.Contains(p.Places(), place.Id) }
	slices.SortStableFunc(places, func(a, b *member.Place) int { // the partner's own come first
		switch {
		case own(a) == own(b):
			return 0
		case own(a):
			return -1
		}
		return 1
	})
	for _, pl := range places {
		v.Places = append(v.Places, Choice{Value: pl.Slug(), Title: pl.Title(), Chosen: pl.Slug() == place})
	}
	v.Places = append(v.Places, Choice{Value: elsewhere, Title: s.say("refer-elsewhere"), Chosen: place == elsewhere})
	v.Poster, v.Card, v.Shortcut, v.Code = v.Action+"/poster", v.Action+"/card", v.Action+"/refer-a-carer.url", "/qr"+v.Action
	if spread.MaySeeReferrals(viewer(e), p.Id) {
		v.Counts = v.Action + "/counts"
	}
	page := Page{Title: s.say("title-refer", p.Title()), Description: s.say("about-refer"), Section: "/handbook", NoIndex: true}
	return render(s, e, status, "refer", page, v, tagLibrary)
}

func referAddress(p *member.Partner) string { return "/refer/" + p.Slug() }

// referred counts, and leads to the answer.
func (s *Site) referred(e *core.RequestEvent) error {
	p, err := s.referring(e)
	if err != nil {
		return answered(err)
	}
	carer, place := spread.Carer(e.Request.PostFormValue("carer")), e.Request.PostFormValue("place")
	if place != elsewhere {
		if _, err := member.PlaceBySlug(s.app, place); err != nil {
			place = ""
		}
	}
	faults := missing(field{"carer", carer.Word(), "Choose who the carer is."}, field{"place", place, "Choose where they live."})
	if len(faults) > 0 {
		return s.showRefer(e, http.StatusUnprocessableEntity, p, referView{Errors: faults}, string(carer), place)
	}
	if err := spread.Referred(s.app, p.Id, carer, place, time.Now().In(london)); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, referAddress(p)+"/"+string(carer)+"/"+place)
}

type referToView struct {
	Partner, Again string
	Carer          string // in lower case
	Asks           string // who has to live in the place
	Place          *member.Place
	Say            string
	Answers        []localView
	Councils       []member.Council
	Number         string // of the council, for adults, where somebody checked it
	Handbook       Link
	Short, QR      string
}

// referKeys are the local answers that help each kind of carer. Children's law has other teams: a young or parent carer is
// never given the council's number for adults.
var referKeys = map[spread.Carer][]string{
	spread.Adult:   {"carers_org", "staff_referral"},
	spread.Working: {"carers_org", "staff_referral"},
	spread.Young:   {"young_carers"},
	spread.Parent:  {"parent_forum"},
}

// referWords are what one can say to the carer.
var referWords = map[spread.Carer]string{
	spread.Adult:   "You look after somebody. There are people whose job it is to help carers, and it costs nothing to ask. Shall we call them together, or would you like to take this with you?",
	spread.Working: "You look after somebody and you work. There are people whose job it is to help carers, and it costs nothing to ask. You have rights at work too. Would you like to take this with you?",
	spread.Young:   "You do a lot at home. There are people who help young carers, and it is all right to ask. Shall we ask them together?",
	spread.Parent:  "You do a lot for your child. There are other parents who know what it is like, and the council can look at what you need too. Would you like to take this with you?",
}

func (s *Site) referTo(e *core.RequestEvent) error {
	p, err := s.referring(e)
	if err != nil {
		return answered(err)
	}
	carer := spread.Carer(e.Request.PathValue("carer"))
	if !carer.Known() {
		return notFound(e)
	}
	v := referToView{Partner: p.Title(), Again: referAddress(p), Carer: carer.Word(), Asks: carer.Asks(), Say: referWords[carer]}
	title := s.say("title-helps")
	if slug := e.Request.PathValue("place"); slug != elsewhere {
		r, err := member.BySlug(s.app, "places", slug)
		if err != nil {
			return found(e, err)
		}
		if now := r.GetString("slug"); now != slug {
			return e.Redirect(http.StatusMovedPermanently, v.Again+"/"+string(carer)+"/"+now)
		}
		if v.Place, err = member.PlaceBySlug(s.app, slug); err != nil {
			return err
		}
		title = s.say("title-helps-in", v.Place.Title())
		v.Councils = v.Place.Councils()
	}
	if err := s.referAnswers(&v, carer); err != nil {
		return err
	}
	if err := s.referHandbook(e, &v, carer); err != nil {
		return err
	}
	page := Page{Title: s.say("of", title, strings.ToLower(v.Carer)), Description: s.say("about-refer-to"), Section: "/handbook", NoIndex: true, Within: []Link{{"refer", v.Again}}, Scripts: []string{"booklet.js"}}
	return render(s, e, http.StatusOK, "refer-to", page, v, tagLibrary)
}

func (s *Site) referAnswers(v *referToView, carer spread.Carer) error {
	if v.Place == nil {
		return nil
	}
	answers, err := member.LocalAnswers(s.app, v.Place.Id)
	now := time.Now()
	for _, key := range referKeys[carer] {
		if a := answers[key]; a != nil {
			answer := s.localOf(key, v.Place, a, nil, now)
			answer.Another = v.Again
			v.Answers = append(v.Answers, answer)
		}
	}
	if a := answers["council_phone"]; a != nil && (carer == spread.Adult || carer == spread.Working) {
		v.Number = a.Number(now)
	}
	return err
}

// referHandbook names what the carer can read at home: the chapter for them, where there is one.
func (s *Site) referHandbook(e *core.RequestEvent, v *referToView, carer spread.Carer) error {
	base := library.Handbook.Base()
	if v.Place != nil {
		base = "/in/" + v.Place.Slug() + base
	}
	v.Handbook = Link{s.say("handbook-title"), base}
	v.Short, v.QR = typed(s.base(e))+base, "/qr"+base+".svg"
	guest, err := member.Guest(s.app)
	if err != nil {
		return err
	}
	chapters, err := library.Chapters(s.app, guest)
	for _, c := range chapters {
		if c.Slug == string(carer)+"-carers" {
			v.Handbook = Link{s.say("handbook-chapter", c.Title), base + "/" + c.Slug}
		}
	}
	return err
}

type referPaperView struct {
	Partner, Back string
	Typed         template.HTML // the address, as it is typed
	QR            template.HTML
	Cards         []int // one for each card of the sheet; none for a poster
}

// breakable is an address that a narrow card breaks between its parts, not inside a word.
func breakable(address string) template.HTML {
	return template.HTML(strings.ReplaceAll(template.HTMLEscapeString(address), "/", "/<wbr>"))
}

// cardsOnSheet is how many cards of the size of a bank card a sheet of A4 holds.
const cardsOnSheet = 10

// referPaper is the address on a wall, or on cards to carry.
func (s *Site) referPaper(cards int) func(*core.RequestEvent) error {
	return func(e *core.RequestEvent) error {
		p, err := s.referring(e)
		if err != nil {
			return answered(err)
		}
		to := s.base(e) + referAddress(p)
		v := referPaperView{Partner: p.Title(), Typed: breakable(typed(to)), Back: referAddress(p), Cards: make([]int, cards)}
		if v.QR, err = drawn(to); err != nil {
			return err
		}
		title := "title-poster"
		if cards > 0 {
			title = "title-cards"
		}
		return render(s, e, http.StatusOK, "refer-paper", Page{Title: s.say(title, p.Title()), NoIndex: true, Scripts: []string{"booklet.js"}}, v, tagLibrary)
	}
}

// referShortcut is a file that opens the address from a desktop.
func (s *Site) referShortcut(e *core.RequestEvent) error {
	p, err := s.referring(e)
	if err != nil {
		return answered(err)
	}
	kept := newStored([]byte("[InternetShortcut]\r\nURL="+s.base(e)+referAddress(p)+"\r\n"), "application/internet-shortcut", true)
	kept.header.Set("Content-Disposition", `attachment; filename="Refer a carer.url"`)
	kept.serve(e.Response, e.Request, http.StatusOK)
	return nil
}

type referCountsView struct {
	Partner string
	Tables  []referTable
	Days    int // that are kept
}

type referTable struct {
	Title, Of string
	Counts    []spread.Count
}

// referCounts says how often the card was used, to those who lead and to the partner's own members.
func (s *Site) referCounts(e *core.RequestEvent) error {
	p, err := s.referring(e)
	if err != nil {
		return answered(err)
	}
	if !spread.MaySeeReferrals(viewer(e), p.Id) {
		return notFound(e)
	}
	v := referCountsView{Partner: p.Title(), Days: spread.KeepReferrals}
	now := time.Now().In(london)
	places, err := member.Places(s.app)
	if err != nil {
		return err
	}
	names := map[string]string{elsewhere: "Somewhere else"}
	for _, pl := range places {
		names[pl.Slug()] = pl.Title()
	}
	for _, t := range []struct {
		title, of, by string
		since         time.Time
		word          func(string) string
	}{
		{"The last 30 days", "Day", "day", now.AddDate(0, 0, -29), dayWord},
		{"By kind of carer, in a year", "Carer", "carer", now.AddDate(-1, 0, 0), func(c string) string { return spread.Carer(c).Word() }},
		{"By place, in a year", "Place", "place", now.AddDate(-1, 0, 0), func(slug string) string {
			if names[slug] != "" {
				return names[slug]
			}
			return slug
		}},
	} {
		counts, err := spread.Referrals(s.app, p.Id, t.by, t.since)
		if err != nil {
			return fmt.Errorf("refer: %w", err)
		}
		for i := range counts {
			counts[i].Of = t.word(counts[i].Of)
		}
		v.Tables = append(v.Tables, referTable{t.title, t.of, counts})
	}
	page := Page{Title: s.say("title-refer-counts", p.Title()), NoIndex: true, Within: []Link{{"refer", referAddress(p)}}}
	return render(s, e, http.StatusOK, "refer-counts", page, v)
}

func dayWord(text string) string {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return day(t)
}
