package site

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/member"
	"commonplace/internal/spread"

	"github.com/pocketbase/pocketbase/core"
)

// passportsView is the form in which an organisation says how many working carers passports it has agreed.
type passportsView struct {
	Partner                             Link
	Number, Day, Month, Year, Role, How string
	Errors                              fieldErrors
}

// passportsOf finds the partner of the address, for those who may say its number.
func (s *Site) passportsOf(e *core.RequestEvent) (*member.Partner, error) {
	p, err := member.PartnerBySlug(s.app, e.Request.PathValue("slug"))
	if err != nil {
		return nil, found(e, err)
	}
	if !spread.MaySayPassports(viewer(e), p.Id) {
		return nil, notFound(e)
	}
	return p, nil
}

func (s *Site) passportsForm(e *core.RequestEvent) error {
	p, err := s.passportsOf(e)
	if err != nil {
		return err
	}
	today := time.Now().In(london)
	v := passportsView{Day: strconv.Itoa(today.Day()), Month: strconv.Itoa(int(today.Month())), Year: strconv.Itoa(today.Year())}
	if viewer(e).Organisation() == p.Id {
		v.Role = viewer(e).User().GetString("role_title")
	}
	return s.showPassports(e, http.StatusOK, p, v)
}

func (s *Site) showPassports(e *core.RequestEvent, status int, p *member.Partner, v passportsView) error {
	v.Partner = Link{p.Title(), p.Address()}
	page := Page{Title: "Working carers passports: " + p.Title(), Section: "/case-studies", Crumbs: []Link{{"Partners", "/partners"}, v.Partner}, NoIndex: true}
	return render(s, e, status, "passports", page, v)
}

func (s *Site) passports(e *core.RequestEvent) error {
	p, err := s.passportsOf(e)
	if err != nil {
		return err
	}
	form := func(name string) string { return strings.TrimSpace(e.Request.FormValue(name)) }
	v := passportsView{Number: form("n"), Day: form("as_of"), Month: form("month"), Year: form("year"), Role: form("by_role"), How: form("working")}
	v.Errors = missing(field{"n", v.Number, "Say how many there are."}, field{"by_role", v.Role, "Say which role answers for the number."})
	n, notNumber := strconv.Atoi(strings.ReplaceAll(v.Number, ",", ""))
	if notNumber != nil && v.Number != "" {
		v.Errors = append(v.Errors, fieldError{"n", "Give the number in figures, such as 120."})
	}
	day, noDay := time.Parse("2 1 2006", v.Day+" "+v.Month+" "+v.Year)
	if noDay != nil {
		v.Errors = append(v.Errors, fieldError{"as_of", "Give a day that has been, such as 1 6 2026."})
	}
	if len(v.Errors) > 0 {
		return s.showPassports(e, http.StatusUnprocessableEntity, p, v)
	}
	err = spread.SayPassports(s.app, viewer(e), p.Id, spread.Passports{AsOf: day, N: n, ByRole: v.Role, Working: v.How})
	if err != nil {
		if v.Errors = faultsOf(err); v.Errors == nil {
			return err
		}
		return s.showPassports(e, http.StatusUnprocessableEntity, p, v)
	}
	return e.Redirect(http.StatusSeeOther, p.Address()+"#passports")
}
