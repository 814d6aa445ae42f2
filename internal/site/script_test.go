package site_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
)

// TestScripts reads the pages as people with different roles and says what must, and must not, stand on them. Each kind
// of page has its own file in testdata:
//
//	# a comment
//	as partner                            who asks from here on, as in hubtest; guest at first
//	with Accept-Encoding gzip             a header of the next request
//	GET /handbook                         also HEAD, and POST with the fields of its form: POST /sign-in email=a "to=/a b"
//	API POST /api/hub/preview {...}       JSON with the person's token and no cookie
//	SCRIPT /-/plain {...}                  JSON with the session's cookie, as a page's script sends it
//	RAW /_/                               a GET that is answered before the site is reached
//	status 200
//	redirect /handbook                    where the answer leads
//	header Cache-Control contains no-cache
//	body !contains <script>
//	body matches <h1>[^<]+</h1>
//	json hits.0.kind is handbook          also: keys, length, contains
//	keep etag header Etag                 from here on $etag is that header
//	keep id body /discussions/([a-z0-9]+) from here on $id is what stood in the brackets
//
// Each comparison may have a "!" before it. A file that posts has a hub to itself.
func TestScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	shared := hubtest.New(t)
	shared.Settle()
	people := map[string]*hubtest.Client{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			s := &script{t: t, hub: shared, people: people, kept: map[string]string{}, who: "guest"}
			if strings.Contains("\n"+string(raw), "\nPOST ") {
				s.hub, s.people = hubtest.New(t), map[string]*hubtest.Client{}
				s.hub.Settle()
			}
			for i, line := range strings.Split(string(raw), "\n") {
				s.at = fmt.Sprintf("%s:%d", file, i+1)
				s.line(strings.TrimSpace(line))
			}
		})
	}
}

// TestEveryAddressHasAScript reads the one list of addresses: what a page answers to is asked in some script.
func TestEveryAddressHasAScript(t *testing.T) {
	list, err := os.ReadFile("site.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	asked := ""
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		asked += strings.NewReplacer("API ", "", "RAW ", "GET ", "$", "").Replace(string(raw))
	}
	groups := map[string]string{"scripts": "/-", "api": "/api/hub"}
	routes := regexp.MustCompile(`(\w+)\.(GET|POST)\("([^"]+)"`).FindAllStringSubmatch(string(list), -1)
	if len(routes) < 40 {
		t.Fatalf("%d addresses in site.go", len(routes))
	}
	for _, r := range routes {
		pattern := regexp.QuoteMeta(strings.TrimSuffix(groups[r[1]]+r[3], "{$}"))
		pattern = regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(pattern, `[^/?\s]+`)
		pattern = strings.ReplaceAll(pattern, `\{path\.\.\.\}`, `\S+`)
		if !regexp.MustCompile(`(?m)^` + r[2] + ` ` + pattern + `([?\s]|$)`).MatchString(asked) {
			t.Errorf("no script asks for %s %s%s", r[2], groups[r[1]], r[3])
		}
	}
}

// script is one file as it is played.
type script struct {
	t      *testing.T
	hub    *hubtest.Hub
	people map[string]*hubtest.Client
	kept   map[string]string

	at     string
	who    string
	with   http.Header
	asked  string
	answer hubtest.Answer
}

func (s *script) fail(format string, args ...any) {
	s.t.Helper()
	s.t.Errorf("%s: as %s, %s: %s", s.at, s.who, s.asked, fmt.Sprintf(format, args...))
}

var keptName = regexp.MustCompile(`\$[a-z]+`)

func (s *script) line(line string) {
	if line == "" || strings.HasPrefix(line, "#") {
		return
	}
	line = keptName.ReplaceAllStringFunc(line, func(name string) string {
		if value, ok := s.kept[name[1:]]; ok {
			return value
		}
		return name
	})
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "as":
		s.who = rest
	case "with":
		name, value, _ := strings.Cut(rest, " ")
		if s.with == nil {
			s.with = http.Header{}
		}
		s.with.Set(name, value)
	case "GET", "HEAD", "POST", "API", "SCRIPT", "RAW":
		s.ask(line, word, rest)
	case "settle":
		s.hub.Settle()
	case "status":
		if strconv.Itoa(s.answer.Status) != rest {
			s.fail("status %d, not %s; body %.300s", s.answer.Status, rest, s.answer.Body)
		}
	case "redirect":
		if to := s.answer.Header.Get("Location"); to != rest || s.answer.Status/100 != 3 {
			s.fail("leads to %q with status %d, not to %q; body %.300s", to, s.answer.Status, rest, s.answer.Body)
		}
	case "body":
		s.compare(s.answer.Body, rest)
	case "header":
		name, test, _ := strings.Cut(rest, " ")
		s.compare(strings.Join(s.answer.Header.Values(name), ", "), test)
	case "json":
		s.json(rest)
	case "keep":
		s.keep(rest)
	default:
		s.t.Fatalf("%s: cannot read %q", s.at, line)
	}
}

func (s *script) client() *hubtest.Client {
	if s.people[s.who] == nil {
		s.people[s.who] = s.hub.As(s.who)
	}
	return s.people[s.who]
}

// ask sends a request, and looks at what every answer must have.
func (s *script) ask(line, word, rest string) {
	s.asked = line
	defer func() { s.with = nil }()
	s.hub.Followed()
	c := s.client()
	if word == "RAW" {
		s.answer = c.Do("GET", rest, "", nil, s.with)
		return
	}
	if word == "API" {
		method, more, _ := strings.Cut(rest, " ")
		address, body, _ := strings.Cut(more, " ")
		s.answer = c.REST(method, address, json.RawMessage(orNull(body)))
		return
	}
	address, fields, _ := strings.Cut(rest, " ")
	if word == "SCRIPT" {
		s.answer = c.Do("POST", address, "application/json", strings.NewReader(fields), http.Header{"Sec-Fetch-Site": {"same-origin"}})
		return
	}
	if word == "POST" {
		form := url.Values{}
		for _, f := range fieldsOf(fields) {
			name, value, _ := strings.Cut(f, "=")
			form.Add(name, value)
		}
		if s.with == nil {
			s.with = http.Header{"Sec-Fetch-Site": {"same-origin"}}
		}
		s.answer = c.Do(word, address, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()), s.with)
	} else {
		s.answer = c.Do(word, address, "", nil, s.with)
	}
	for _, fault := range faultsOfAnswer(s.who, word, address, s.answer) {
		s.fail("%s", fault)
	}
}

func orNull(s string) string {
	if s == "" {
		return "null"
	}
	return s
}

var oneField = regexp.MustCompile(`"[^"]*"|\S+`)

func fieldsOf(line string) []string {
	fields := oneField.FindAllString(line, -1)
	for i := range fields {
		fields[i] = strings.Trim(fields[i], `"`)
	}
	return fields
}

// mustHave are the headers of every answer of the site, errors and redirects included.
var mustHave = map[string]string{
	"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'",
	"X-Content-Type-Options":  "nosniff",
	"X-Frame-Options":         "DENY",
	"Referrer-Policy":         "same-origin",
	"Permissions-Policy":      "camera=()",
}

// loads finds what a page makes a browser fetch.
var loads = regexp.MustCompile(`(?is)<(?:link|script|img|source|iframe|video|audio|object|embed)\b[^>]*?\b(?:src|href|srcset|data)\s*=\s*["']?([^"'\s>]+)`)

// faultsOfAnswer says what is wrong with an answer whatever was asked: headers, cookies, and addresses of third parties.
func faultsOfAnswer(who, method, address string, a hubtest.Answer) (faults []string) {
	for name, begins := range mustHave {
		if strings.HasPrefix(address, "/embed/") && name == "X-Frame-Options" && a.Status == http.StatusOK {
			continue // other sites may show these
		}
		if !strings.HasPrefix(a.Header.Get(name), begins) {
			faults = append(faults, fmt.Sprintf("the header %s is %q", name, a.Header.Get(name)))
		}
	}
	if strings.Contains(a.Header.Get("Content-Security-Policy"), "unsafe") {
		faults = append(faults, "the content security policy says unsafe")
	}
	if reading := method != "POST"; reading && who == "guest" && a.Header.Get("Set-Cookie") != "" {
		faults = append(faults, "a guest is given a cookie for reading "+address)
	}
	page := strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") // links of feeds are read elsewhere
	for _, m := range loads.FindAllStringSubmatch(a.Body, -1) {
		if page && (!strings.HasPrefix(m[1], "/") || strings.HasPrefix(m[1], "//")) {
			faults = append(faults, "the page fetches "+m[1])
		}
	}
	return faults
}

// compare reads a test such as "contains words" and puts a text to it.
func (s *script) compare(text, test string) {
	how, want, _ := strings.Cut(test, " ")
	not := strings.HasPrefix(how, "!")
	var is bool
	switch strings.TrimPrefix(how, "!") {
	case "is":
		is = text == want
	case "contains":
		is = strings.Contains(text, want)
	case "begins":
		is = strings.HasPrefix(text, want)
	case "matches":
		re, err := regexp.Compile("(?s)" + want)
		if err != nil {
			s.t.Fatalf("%s: %v", s.at, err)
		}
		is = re.MatchString(text)
	default:
		s.t.Fatalf("%s: cannot read %q", s.at, test)
	}
	if is == not {
		s.fail("should be: %s\n%s", test, short(text, want))
	}
}

// short is a text without what stands around the page's own part, and not too much of it.
func short(text, want string) string {
	if i := strings.Index(text, want); i >= 0 && want != "" {
		return "… " + text[max(0, i-200):min(len(text), i+200)] + " …"
	}
	if _, main, ok := strings.Cut(text, "<main"); ok {
		text, _, _ = strings.Cut(main, "</main>")
	}
	return text[:min(len(text), 1500)]
}

// json follows a path into a JSON answer and puts what is there to a test.
func (s *script) json(rest string) {
	path, test, _ := strings.Cut(rest, " ")
	var v any
	if err := json.Unmarshal([]byte(s.answer.Body), &v); err != nil {
		s.fail("no JSON: %v: %.300s", err, s.answer.Body)
		return
	}
	for step := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' }) {
		switch at := v.(type) {
		case map[string]any:
			v = at[step]
		case []any:
			if i, err := strconv.Atoi(step); err == nil && i < len(at) {
				v = at[i]
			} else {
				v = nil
			}
		default:
			v = nil
		}
	}
	how, want, _ := strings.Cut(test, " ")
	switch how {
	case "keys":
		object, _ := v.(map[string]any)
		var names []string
		for name := range object {
			names = append(names, name)
		}
		slices.Sort(names)
		wanted := strings.Fields(want)
		slices.Sort(wanted)
		if !slices.Equal(names, wanted) {
			s.fail("%s has the keys %v, not %v", path, names, wanted)
		}
	case "length":
		list, ok := v.([]any)
		if !ok || strconv.Itoa(len(list)) != want {
			s.fail("%s has %d entries (a list: %v), not %s: %.500s", path, len(list), ok, want, s.answer.Body)
		}
	default:
		text, ok := v.(string)
		if !ok {
			raw, _ := json.Marshal(v)
			text = string(raw)
		}
		s.compare(text, test)
	}
}

func (s *script) keep(rest string) {
	name, from, _ := strings.Cut(rest, " ")
	where, what, _ := strings.Cut(from, " ")
	if where == "header" {
		s.kept[name] = s.answer.Header.Get(what)
		return
	}
	m := regexp.MustCompile(what).FindStringSubmatch(s.answer.Body)
	if len(m) < 2 {
		s.t.Fatalf("%s: as %s, %s: nothing matches %s", s.at, s.who, s.asked, what)
	}
	s.kept[name] = m[1]
}
