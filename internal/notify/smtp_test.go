package notify_test

import (
	"bufio"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
)

// server is a mail server that takes mail, or does to it what a test says.
type server struct {
	t    *testing.T
	port int

	mu     sync.Mutex
	taken  []letter
	answer func(to string) string // after the words of a mail; "" ends the connection without an answer
}

// letter is a mail as it arrived.
type letter struct {
	from   string
	to     []string
	header mail.Header
	text   string
	html   string
}

func newServer(t *testing.T) *server {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, port: l.Addr().(*net.TCPAddr).Port, answer: func(string) string { return "250 taken" }}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	return s
}

func (s *server) answers(f func(to string) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

func (s *server) letters() []letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

// talk speaks as much of RFC 5321 as a client needs.
func (s *server) talk(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(line string) { fmt.Fprintf(c, "%s\r\n", line) }
	say("220 here")
	var now letter
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToUpper(verb) {
		case "EHLO", "HELO", "RSET", "NOOP":
			say("250 here")
		case "MAIL":
			now = letter{from: rest}
			say("250 well")
		case "RCPT":
			now.to = append(now.to, strings.Trim(strings.TrimPrefix(rest, "TO:"), "<>"))
			say("250 well")
		case "DATA":
			say("354 go on")
			if !s.take(in, &now, say) {
				return
			}
		case "QUIT":
			say("221 bye")
			return
		default:
			say("502 what")
		}
	}
}

func (s *server) take(in *bufio.Reader, now *letter, say func(string)) bool {
	var raw strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		raw.WriteString(strings.TrimPrefix(line, "."))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := s.answer(now.to[0])
	if strings.HasPrefix(answer, "250") {
		s.parse(raw.String(), now)
		s.taken = append(s.taken, *now)
	}
	if answer == "" {
		return false
	}
	say(answer)
	return true
}

func (s *server) parse(raw string, l *letter) {
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		s.t.Errorf("not a mail: %v\n%s", err, raw)
		return
	}
	l.header = m.Header
	s.part(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, l)
}

func (s *server) part(kind, encoding string, body io.Reader, l *letter) {
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		s.t.Errorf("content type %q: %v", kind, err)
		return
	}
	if strings.HasPrefix(media, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextPart()
			if err != nil {
				return
			}
			s.part(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, l)
		}
	}
	if encoding == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	words, err := io.ReadAll(body)
	if err != nil {
		s.t.Error(err)
	}
	if media == "text/html" {
		l.html = string(words)
	} else {
		l.text = strings.ReplaceAll(string(words), "\r\n", "\n")
	}
}
