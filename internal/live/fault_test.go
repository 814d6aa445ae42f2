package live

import (
	"errors"
	"slices"
	"testing"

	"github.com/gorilla/websocket"
)

// Regression: a store that did not answer for a moment was taken for a missing right, or for the end of what it kept: the
// socket stayed open and silent, and its page lacked what was written meanwhile.
func TestAnErrorIsNoMissingRight(t *testing.T) {
	fault := errors.New("the store does not answer")
	for name, breakIt := range map[string]func(w *world, fault error){
		"who may": func(w *world, fault error) {
			w.ask(func(Person, string) (bool, error) { return fault == nil, fault })
		},
		"what was missed": func(w *world, fault error) {
			w.missed = func(topic string, since int64, limit int) ([]Event, bool, error) {
				if fault != nil {
					return nil, false, fault
				}
				return w.after(topic, since, limit)
			}
		},
		"where the end is": func(w *world, fault error) {
			w.server.asks.Last = func(string) (int64, error) { return w.last(), fault }
		},
	} {
		w := newWorld(t)
		first := w.commit("thread:a") // told to nobody yet: the store itself is asked how far it goes
		breakIt(w, fault)
		s := w.open("pat")
		s.join("thread:a", 1)
		var m said
		err := error(nil)
		for err == nil && m.Op != "error" && m.Op != "reset" {
			m, err = s.read()
		}
		if !websocket.IsCloseError(err, CloseLater) {
			t.Fatalf("%s: it is told %+v, %v", name, m, err)
		}
		breakIt(w, nil)
		second := w.commit("thread:a")
		s = w.open("pat")
		s.join("thread:a", first.Seq)
		s.want("joined")
		s.wantEvent("thread:a", second)
		if !slices.Equal(w.faults(), []error{fault}) {
			t.Errorf("%s: it is told of %v", name, w.faults())
		}
	}
}

// The same for who shows a token, for who is asked again whether they may stay, and for an event that cannot be made.
func TestAnErrorSendsBackWhoListens(t *testing.T) {
	w := newWorld(t)
	fault := errors.New("the store does not answer")
	enter := w.enter
	w.enter = func(string) (Person, bool, error) { return Person{}, false, fault }
	s := w.open("")
	s.send(`{"op":"auth","token":"token-pat"}`)
	s.wantClose(CloseLater)
	w.enter = enter

	pat, lee := w.open("pat"), w.open("lee")
	for _, s := range []*socket{pat, lee} {
		s.join("thread:a", 0)
		s.want("joined")
	}
	w.ask(func(p Person, topic string) (bool, error) {
		if p.ID == "pat" {
			return false, fault
		}
		return true, nil
	})
	w.server.Recheck(func(string) bool { return true })
	pat.wantClose(CloseLater)
	lee.wantEvent("thread:a", w.tell("thread:a"))
	lee.join("thread:b", 0)
	lee.want("joined")
	w.server.Interrupt("thread:other", fault)
	lee.wantEvent("thread:a", w.tell("thread:a"))
	w.server.Interrupt("thread:b", fault)
	lee.wantClose(CloseLater)
}
