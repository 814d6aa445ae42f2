package site

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"commonplace/internal/journal"

	"github.com/pocketbase/pocketbase/core"
)

// memory keeps the pages that guests read: rendered, compressed, with their headers. The follower of the journal drops
// what a change made stale; nothing lives longer than a few minutes, because some pages say how late things are.
type memory struct {
	mu    sync.RWMutex
	gen   uint64 // counts the changes, so that a page built from older data is not kept
	lists uint64 // counts those of them that may change names and lists
	told  int64  // the journal's number of the last change of what pages name
	pages map[string]*stored
	byTag map[string]map[string]bool
	hosts bool // the site takes its address from each request, and pages say it: each host has its own
}

const (
	lifetime = 5 * time.Minute
	maxPages = 4000
)

func newMemory(hosts bool) *memory {
	return &memory{pages: map[string]*stored{}, byTag: map[string]map[string]bool{}, hosts: hosts}
}

func (m *memory) key(r *http.Request) string {
	key := r.URL.Path
	if m.hosts {
		key = r.Host + key
	}
	if sparing(r) {
		key += " sparing"
	}
	return key
}

// stored is one page as it goes out.
type stored struct {
	body   []byte
	etag   string
	header http.Header
	until  time.Time

	once sync.Once
	gz   []byte
	gzip http.Header
}

// newStored makes a body ready to be sent. What only one person may see is not kept by anybody else.
func newStored(body []byte, contentType string, public bool) *stored {
	sum := sha256.Sum256(body)
	s := &stored{body: body, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, header: http.Header{}}
	s.header.Set("Content-Type", contentType)
	s.header.Set("Etag", s.etag)
	s.header.Set("Vary", "Accept-Encoding, Cookie, Save-Data")
	s.header.Set("Cache-Control", "private, no-cache")
	if public {
		s.header.Set("Cache-Control", "no-cache")
	}
	s.header.Set("Content-Length", strconv.Itoa(len(body)))
	for k, v := range securityHeaders {
		s.header[k] = v
	}
	return s
}

// compressed makes the compressed form when it is first asked for.
func (s *stored) compressed() ([]byte, http.Header) {
	s.once.Do(func() {
		var b bytes.Buffer
		w, _ := gzip.NewWriterLevel(&b, gzip.DefaultCompression)
		w.Write(s.body)
		w.Close()
		s.gz, s.gzip = b.Bytes(), s.header.Clone()
		s.gzip.Set("Content-Encoding", "gzip")
		s.gzip.Set("Content-Length", strconv.Itoa(b.Len()))
		s.gzip.Set("Etag", strings.TrimSuffix(s.etag, `"`)+`-gz"`)
	})
	return s.gz, s.gzip
}

// serve sends the page, or 304 to somebody who has it.
func (s *stored) serve(w http.ResponseWriter, r *http.Request, status int) {
	body, header := s.body, s.header
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body, header = s.compressed()
	}
	h := w.Header()
	for k, v := range header {
		h[k] = v
	}
	if seen := r.Header.Get("If-None-Match"); seen != "" && status == http.StatusOK && sameTag(seen, s.etag) {
		delete(h, "Content-Length")
		delete(h, "Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if status != http.StatusOK {
		w.WriteHeader(status)
	}
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

// sameTag compares tags weakly: the compressed form says the same.
func sameTag(seen, etag string) bool {
	plain := strings.Trim(etag, `"`)
	for t := range strings.SplitSeq(seen, ",") {
		t = strings.Trim(strings.TrimPrefix(strings.TrimSpace(t), "W/"), `"`)
		if t == "*" || strings.TrimSuffix(t, "-gz") == plain {
			return true
		}
	}
	return false
}

func (m *memory) generation() uint64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.gen
}

// toldOf is the journal's number of the last change of what pages name. As long as the search has not read it, what it finds
// to be like a page is not kept.
func (m *memory) toldOf() int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.told
}

func (m *memory) tell(seq int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told = max(m.told, seq)
}

// listsAt is the number of the last change of names and lists.
func (m *memory) listsAt() uint64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.lists
}

func (m *memory) put(r *http.Request, s *stored, gen uint64, tags []string) {
	key := m.key(r)
	s.until = time.Now().Add(lifetime)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gen != gen {
		return
	}
	if len(m.pages) >= maxPages {
		clear(m.pages)
		clear(m.byTag)
	}
	m.pages[key] = s
	for _, t := range tags {
		if m.byTag[t] == nil {
			m.byTag[t] = map[string]bool{}
		}
		m.byTag[t][key] = true
	}
}

func (m *memory) get(r *http.Request) *stored {
	key := m.key(r)
	m.mu.RLock()
	defer m.mu.RUnlock()
	s := m.pages[key]
	if s == nil || r.URL.RawQuery != "" || time.Now().After(s.until) {
		return nil
	}
	return s
}

// drop forgets the pages with one of the tags; no tag at all forgets every page.
func (m *memory) drop(tags ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gen++
	if len(tags) == 0 {
		m.lists++
		clear(m.pages)
		clear(m.byTag)
		return
	}
	for _, t := range tags {
		for key := range m.byTag[t] {
			delete(m.pages, key)
		}
		delete(m.byTag, t)
	}
}

// Tags of pages, besides "document:ID" and "thread:ID".
const (
	tagLibrary  = "library"  // shows documents, figures, places or lists: any change of those
	tagTalk     = "talk"     // lists threads
	tagSpread   = "spread"   // counts adoptions, or the numbers of a partner
	tagTold     = "told"     // lists what readers said and what was answered
	tagEvents   = "events"   // shows events
	tagRegister = "register" // shows champions
	tagChecks   = "checks"   // shows self-checks
)

// Forget drops the pages that a row of the journal made stale.
func (s *Site) Forget(r journal.Row) {
	switch r.Subject {
	case "posts", "reactions":
		s.memory.drop("thread:"+r.Parent, tagTalk)
	case "threads":
		s.memory.tell(r.Seq)
		s.memory.drop("thread:"+r.Record, "document:"+r.Parent, tagTalk)
	case "comments": // one that waits changes nothing yet
		if r.Verb != "create" {
			s.memory.drop("document:"+r.Parent, tagTold)
		}
	case "answers":
		s.memory.drop("document:"+r.Parent, tagTold)
	case "events":
		s.memory.drop(tagEvents)
	case "assessments":
		s.memory.drop(tagChecks)
	case "champions":
		s.memory.drop(tagRegister)
	case "champion_messages":
	case "adoptions":
		s.memory.drop("document:"+r.Parent, tagSpread)
	case "passport_counts":
		s.memory.drop(tagSpread)
	case "suggestions", "review_comments", "sessions", "memberships", "passages", "index", "flags", "moderations", journal.Access, journal.Retention, journal.Command:
	default:
		s.memory.tell(r.Seq)
		s.memory.drop()
	}
}

// bindMemory drops pages before the answer to who closed a space, moved something or took it back: after it no guest is
// given what they may not see any more. All else, and what other processes change, comes through the journal, see Forget.
func (s *Site) bindMemory() {
	for collection, decides := range map[string][]string{"spaces": {"level"}, "documents": {"space", "state"}, "threads": {"space", "state"}, "events": {"space", "state"}, "champions": {"out", "show_name"}, "assessments": {"state", "hidden"}} {
		s.app.OnRecordAfterUpdateSuccess(collection).BindFunc(func(e *core.RecordEvent) error {
			for _, field := range decides {
				if e.Record.GetString(field) != e.Record.Original().GetString(field) {
					s.memory.drop()
				}
			}
			return e.Next()
		})
	}
}

// Memory answers guests from memory, before PocketBase's router is reached, and lets everything else through.
func (s *Site) Memory(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			if kept := s.memory.get(r); kept != nil && !hasSession(r) {
				kept.serve(w, r, http.StatusOK)
				return
			}
		}
		inner.ServeHTTP(w, r)
	})
}

// hasSession says whether the request may come from somebody who is signed in.
func hasSession(r *http.Request) bool {
	for _, c := range r.Header["Cookie"] {
		if strings.Contains(c, cookieName+"=") {
			return true
		}
	}
	return false
}
