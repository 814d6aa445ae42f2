package site

import (
	"net/http"
	"time"

	"commonplace/internal/champion"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// championJoinView is the form in which somebody puts themselves on the register, changes what it says, or leaves it.
type championJoinView struct {
	Role, Helps, Name                string
	Levels, Settings, Places, Showns []Choice
	ShowName                         []Choice
	Organisation                     string
	In, Saved                        bool // they stand in it; it was saved just now
	Hidden                           bool
	Messages                         []messageCard
	Errors                           fieldErrors
}

// messageCard is what somebody wrote, in the list of the one to whom they wrote.
type messageCard struct {
	From, URL string
	At        time.Time
	Answered  bool
}

func (s *Site) championJoinForm(e *core.RequestEvent) error {
	c, err := champion.Own(s.app, viewer(e))
	if err != nil {
		return err
	}
	if q := e.Request.URL.Query(); c.IsNew() { // a hole in the grid leads here
		c.Set("level", champion.WordOf(champion.Levels, q.Get("level")))
		if c.Level() != "" {
			c.Set("level", q.Get("level"))
		}
		c.Set("role", viewer(e).User().GetString("role_title"))
		c.Set("place", viewer(e).User().GetString("place"))
		if p, err := member.PlaceBySlug(s.app, q.Get("place")); err == nil {
			c.Set("place", p.Id)
		}
	}
	return s.showChampionJoin(e, http.StatusOK, c, nil)
}

func (s *Site) showChampionJoin(e *core.RequestEvent, status int, c *champion.Champion, faults fieldErrors) error {
	v := championJoinView{Role: c.GetString("role"), Helps: c.GetString("helps"), Name: viewer(e).Name(), Errors: faults, Saved: e.Request.URL.Query().Has("saved")}
	v.In = !c.IsNew() && !c.Ended()
	v.Hidden = v.In && !champion.Wrap(c.Original()).Out()
	v.Levels, v.Settings = championChoices(champion.Levels, c.Level()), championChoices(champion.Settings, c.Setting())
	v.Showns = []Choice{
		{Value: "yes", Title: "Yes", Hint: "Everybody can read it and write to you.", Chosen: c.Shown()},
		{Value: "no", Title: "Not now", Hint: "What you fill in is kept for you. Nobody else sees it.", Chosen: !c.Shown()},
	}
	v.ShowName = []Choice{{Value: "yes", Title: "Show my name, too", Chosen: c.ShowsName()}}
	places, err := member.Places(s.app)
	if err != nil {
		return err
	}
	for _, p := range places {
		v.Places = append(v.Places, Choice{Value: p.Slug(), Title: p.Title(), Chosen: p.Id == c.Place()})
	}
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return err
	}
	v.Organisation = organisations[viewer(e).Organisation()]
	if v.Messages, err = s.messagesTo(e); err != nil {
		return err
	}
	p := Page{Title: "Your entry in the register of champions", Section: "/case-studies", Crumbs: []Link{{"Carers champions", "/champions"}}, NoIndex: true}
	return render(s, e, status, "champion-join", p, v)
}

func championChoices(kinds []champion.Kind, chosen string) []Choice {
	list := make([]Choice, len(kinds))
	for i, k := range kinds {
		list[i] = Choice{Value: k.Value, Title: k.Word, Hint: k.Hint, Chosen: k.Value == chosen}
	}
	return list
}

// championJoin saves somebody's own entry, or takes them off the register.
func (s *Site) championJoin(e *core.RequestEvent) error {
	c, err := champion.Own(s.app, viewer(e))
	if err != nil {
		return err
	}
	form, now := e.Request.PostFormValue, time.Now().In(london)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	if form("do") == "leave" {
		if !c.IsNew() && !c.Ended() {
			err = champion.Leave(s.app, viewer(e), c, today)
		}
		if err != nil {
			return err
		}
		return e.Redirect(http.StatusSeeOther, "/champions/join?saved")
	}
	if c.IsNew() || c.Ended() {
		c.Set("since", today)
	}
	c.Load(map[string]any{
		"role": form("role"), "helps": form("helps"), "level": form("level"), "setting": form("setting"), "shown": form("shown") == "yes", "show_name": form("show_name") == "yes",
		"ended": "", "organisation": viewer(e).Organisation(), "example": false, "place": "",
	})
	if p, err := member.PlaceBySlug(s.app, form("place")); err == nil {
		c.Set("place", p.Id)
	}
	faults := missing(
		field{"level", c.LevelWord(), "Choose how you work as a champion."}, field{"setting", c.SettingWord(), "Choose where you work."},
		field{"place", c.Place(), "Choose your place."}, field{"role", form("role"), "Say what your role is, such as “Ward manager and carers champion”."},
		field{"shown", form("shown"), "Choose whether you are shown."},
	)
	if len(faults) == 0 {
		if err = saveAs(s.app, c.Record, viewer(e).ID()); err == nil {
			return e.Redirect(http.StatusSeeOther, "/champions/join?saved")
		}
		if faults = faultsOf(err); faults == nil {
			return err
		}
	}
	return s.showChampionJoin(e, http.StatusUnprocessableEntity, c, faults)
}

// messagesTo lists what was written to the viewer.
func (s *Site) messagesTo(e *core.RequestEvent) ([]messageCard, error) {
	list, err := champion.MessagesTo(s.app, viewer(e))
	cards := make([]messageCard, len(list))
	for i, m := range list {
		from := "Somebody without an account"
		if m.Author() != "" {
			from = s.nameOf(m.Author(), "Somebody who has left")
		}
		cards[i] = messageCard{From: from, URL: m.Address(), At: m.At(), Answered: m.Answer() != ""}
	}
	return cards, err
}
