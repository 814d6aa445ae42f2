package site

import (
	"errors"
	"net/http"
	"strconv"

	"commonplace/internal/library"
	"commonplace/internal/live"
	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// tokenViewer is on whose behalf a program asks: a token names a person, no token is the public.
func (s *Site) tokenViewer(e *core.RequestEvent) (*member.Viewer, error) {
	return member.For(s.app, e.Auth)
}

func (s *Site) apiSearch(e *core.RequestEvent) error {
	v, err := s.tokenViewer(e)
	if err != nil {
		return err
	}
	r, err := s.ask(v, e.Request.URL.Query(), hitsPerPage)
	if err != nil {
		return err
	}
	return e.JSON(http.StatusOK, asJSON(r))
}

func (s *Site) apiSuggest(e *core.RequestEvent) error {
	v, err := s.tokenViewer(e)
	if err != nil {
		return err
	}
	list, err := s.suggestions(v, e.Request.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	return e.JSON(http.StatusOK, list)
}

// apiPreview renders through the very pipeline of the pages.
func (s *Site) apiPreview(e *core.RequestEvent) error {
	var in struct {
		Markdown string `json:"markdown"`
	}
	if err := e.BindBody(&in); err != nil {
		return e.BadRequestError("Send a JSON object with markdown.", err)
	}
	page, err := markdown.Render(in.Markdown, markdown.Options{Anchors: library.Anchors(library.CaseStudy)})
	if errors.Is(err, markdown.ErrShape) || errors.Is(err, markdown.ErrTooLong) {
		return e.BadRequestError(upperFirst(err.Error())+".", nil)
	}
	if err != nil {
		return err
	}
	body, err := s.bodyFor(viewer(e), page.HTML, nil, "")
	if err != nil {
		return err
	}
	return e.JSON(http.StatusOK, map[string]string{"html": string(body)})
}

// preview is the same for the writing page.
func (s *Site) preview(e *core.RequestEvent) error {
	if !viewer(e).SignedIn() {
		return e.ForbiddenError("Sign in to preview.", nil)
	}
	return s.apiPreview(e)
}

// live hands a socket over to the live server. The cookie counts only when the page that opens the socket is ours.
func (s *Site) live(e *core.RequestEvent) error {
	var p live.Person
	if origin := e.Request.Header.Get("Origin"); origin != "" {
		if !s.ours(e, origin) {
			return e.ForbiddenError("This page is of another site.", nil)
		}
		v, session, err := s.whoAsks(e)
		if err != nil {
			return err
		}
		if v.SignedIn() {
			p = live.Person{ID: v.ID(), Name: v.Name(), Session: session}
		}
	}
	gone, ok := s.limits.socket(e, p.ID)
	if !ok {
		return e.TooManyRequestsError("Too many sockets from one place.", nil)
	}
	return s.o.Live.Serve(e.Response, e.Request, p, gone)
}

// liveSince is for pages whose sockets do not come through: what happened in a topic since, in the words of the socket.
func (s *Site) liveSince(e *core.RequestEvent) error {
	q, v := e.Request.URL.Query(), viewer(e)
	since, err := strconv.ParseInt(q.Get("since"), 10, 64)
	if err != nil {
		since = -1 // no number that there is
	}
	e.Response.Header().Set("Cache-Control", "no-store")
	heard, err := s.o.Live.Since(live.Person{ID: v.ID(), Name: v.Name()}, q.Get("topic"), since, q.Get("epoch"))
	switch {
	case errors.Is(err, live.ErrNoTopic):
		return notFound(e)
	case errors.Is(err, live.ErrReset), q.Get("me") != v.ID(): // or the page is of somebody who has signed out since
		return e.NoContent(http.StatusGone)
	case err != nil:
		return err
	case len(heard.Events) == 0:
		return e.NoContent(http.StatusNoContent)
	}
	return e.JSON(http.StatusOK, heard)
}

// ours says whether a page's origin is this site.
func (s *Site) ours(e *core.RequestEvent, origin string) bool {
	if s.o.URL != "" {
		return origin == s.o.URL
	}
	return origin == "http://"+e.Request.Host || origin == "https://"+e.Request.Host
}
