package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
)

// TestEraseAPerson goes the way of an administrator: what goes, sure?, gone.
func TestEraseAPerson(t *testing.T) {
	h := hubtest.New(t)
	u := h.Record("users", "email", "member@example.org")
	address := "/manage/people/" + u.Id + "/erase"
	for _, who := range []string{"member", "member2", "lead", "moderator", "partner"} {
		want(t, h.As(who).Get(address), http.StatusNotFound)
		want(t, h.As(who).Post(address, url.Values{"sure": {"yes"}}), http.StatusNotFound)
	}
	admin, member := h.As("admin"), h.As("member")
	page := want(t, admin.Get(address), http.StatusOK)
	has(t, page, "Mel Member", "What goes", "What stays", `action="`+address+`"`)
	want(t, admin.Get("/manage/people/nothing/erase"), http.StatusNotFound)
	want(t, admin.Post("/manage/people/nothing/erase", url.Values{"sure": {"yes"}}), http.StatusNotFound)
	unsure := want(t, admin.Post(address, url.Values{}), http.StatusUnprocessableEntity)
	if faultsOn(unsure)["sure"] == "" {
		t.Error("nothing is said of the box that was not ticked")
	}
	to := ledTo(t, admin.Post(address, url.Values{"sure": {"yes"}}))
	after := want(t, admin.Get(to), http.StatusOK)
	has(t, after, "erased somebody who left ("+u.Id+")")
	if strings.Contains(after.Body, "Mel Member") {
		t.Error("the name is still in the audit trail")
	}
	want(t, member.Get("/me"), http.StatusSeeOther)
	own := "/manage/people/" + h.Record("users", "email", "admin@example.org").Id + "/erase"
	has(t, want(t, admin.Post(own, url.Values{"sure": {"yes"}}), http.StatusUnprocessableEntity), "Nobody else could run the hub")
}
