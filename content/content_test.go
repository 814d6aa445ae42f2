package content_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"commonplace/content"
	"commonplace/internal/hubtest"
	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/plain"
)

func TestMain(m *testing.M) { hubtest.Main(m) }

// file is one shipped Markdown file.
type file struct {
	path, raw, body string
	front           map[string]any
	kind            library.Kind
	page            markdown.Page
}

func (f *file) text(key string) string   { s, _ := f.front[key].(string); return s }
func (f *file) list(key string) []string { return list(f.front[key]) }

func list(v any) []string {
	var texts []string
	items, _ := v.([]any)
	for _, e := range items {
		texts = append(texts, fmt.Sprint(e))
	}
	return texts
}

func rows(v any) []map[string]any {
	var all []map[string]any
	items, _ := v.([]any)
	for _, e := range items {
		row, _ := e.(map[string]any)
		all = append(all, row)
	}
	return all
}

func (f *file) slug() string { return strings.TrimSuffix(path.Base(f.path), ".md") }

// address is where the file's document stands on the site.
func (f *file) address() string { return f.kind.Address(f.text("chapter"), f.slug()) }

// folders says which kind of document each folder holds.
var folders = map[string]library.Kind{
	"handbook": library.Handbook, "case-studies": library.CaseStudy, "guidance": library.Guidance, "action-plans": library.ActionPlan,
	"glossary": library.Glossary, "templates": library.Template, "pages": library.SitePage,
}

// files parses and renders every shipped file.
func files(t *testing.T) []*file {
	t.Helper()
	var all []*file
	err := fs.WalkDir(content.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".md" {
			return err
		}
		raw, err := fs.ReadFile(content.FS, name)
		if err != nil {
			return err
		}
		front, body := markdown.Split(raw)
		fields, problems := markdown.Front(front)
		for _, p := range problems {
			t.Errorf("%s: %s", name, p)
		}
		f := &file{path: name, raw: string(raw), body: body, front: fields}
		f.kind = library.Kind(f.text("type"))
		if f.page, err = markdown.Render(body, markdown.Options{Anchors: library.Anchors(f.kind)}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		all = append(all, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// named is an entry of a list in site.yaml.
type named struct {
	Slug, Title, Partnership, Number, Tel, Summary, URL string
	CouncilPage, NHSArea                                string
	Councils                                            []string
}

// site reads site.yaml by its lists.
func site(t *testing.T) map[string][]named {
	t.Helper()
	var raw map[string]any
	read(t, "site.yaml", &raw)
	lists := map[string][]named{}
	for key, v := range raw {
		if key == "words" {
			continue // rows of words, see TestWordsThatMeanTheSame
		}
		for _, row := range rows(v) {
			get := func(k string) string {
				if row[k] == nil {
					return ""
				}
				return fmt.Sprint(row[k])
			}
			lists[key] = append(lists[key], named{
				Slug: get("slug"), Title: get("title"), Partnership: get("partnership"), Number: get("number"), Tel: get("tel"),
				Summary: get("summary"), URL: get("url"), CouncilPage: get("council_page"), NHSArea: get("nhs_area"), Councils: list(row["councils"]),
			})
		}
	}
	return lists
}

func read(t *testing.T, name string, v any) {
	t.Helper()
	raw, err := fs.ReadFile(content.FS, name)
	if err == nil {
		err = markdown.YAML(raw, v)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func slugs(terms []named) []string {
	var s []string
	for _, n := range terms {
		s = append(s, n.Slug)
	}
	return s
}

func TestThereIsEnough(t *testing.T) {
	count := map[library.Kind]int{}
	for _, f := range files(t) {
		count[f.kind]++
	}
	for kind, least := range map[library.Kind]int{
		library.Handbook: 14, library.Glossary: 25, library.Template: 3, library.ActionPlan: 2, library.CaseStudy: 3, library.Guidance: 1, library.SitePage: 5,
	} {
		if count[kind] < least {
			t.Errorf("%d of kind %s, and there should be at least %d", count[kind], kind, least)
		}
	}
	for _, slug := range []string{"about", "privacy", "cookies", "accessibility", "how-we-moderate"} {
		if _, err := fs.Stat(content.FS, "pages/"+slug+".md"); err != nil {
			t.Error(err)
		}
	}
}

// everywhere are the front matter fields of every file; own are those of one kind.
var (
	everywhere = strings.Fields("schema id type title summary state space audience topics owner_role last_reviewed review_due sources")
	own        = map[library.Kind][]string{
		library.Handbook:   strings.Fields("chapter order country next_step figures related"),
		library.Guidance:   strings.Fields("country figures related"),
		library.CaseStudy:  strings.Fields("evidence organisation partners places programmes period challenge action result cautions contact_role involvement_grade"),
		library.ActionPlan: strings.Fields("evidence illustrative_note places period board_sponsor_role review_every goals"),
		library.Glossary:   strings.Fields("term short also see"),
		library.Template:   strings.Fields("template_kind fields prints_to_one_page"),
	}
)

func TestFrontMatter(t *testing.T) {
	lists := site(t)
	ids := map[string]string{}
	places := append(slugs(lists["places"]), "all")
	for _, f := range files(t) {
		say := func(format string, a ...any) { t.Errorf("%s: %s", f.path, fmt.Sprintf(format, a...)) }
		for _, key := range slices.Concat(everywhere, own[f.kind]) {
			if _, ok := f.front[key]; !ok {
				say("has no %s", key)
			}
		}
		folder, _, _ := strings.Cut(f.path, "/")
		if folders[folder] != f.kind {
			say("is of type %q and stands in %s", f.kind, folder)
		}
		if f.kind == library.Handbook && path.Base(path.Dir(f.path)) != f.text("chapter") {
			say("stands in %s and says that its chapter is %q", path.Dir(f.path), f.text("chapter"))
		}
		if markdown.Slug(f.slug()) != f.slug() {
			say("its name is no address")
		}
		if fmt.Sprint(f.front["schema"]) != "1" || f.text("state") != library.Published || f.text("space") != "library" {
			say("schema %v, state %v, space %v", f.front["schema"], f.front["state"], f.front["space"])
		}
		if other := ids[f.text("id")]; other != "" || !idShape.MatchString(f.text("id")) {
			say("id %q is not of the right shape, or stands in %s too", f.text("id"), other)
		}
		ids[f.text("id")] = f.path
		if n := len([]rune(f.text("title"))); n == 0 || n >= 65 {
			say("the title is %d characters long", n)
		}
		if n := len([]rune(f.text("summary"))); n == 0 || n >= 160 {
			say("the summary is %d characters long", n)
		}
		if f.kind == library.Glossary && len([]rune(f.text("short"))) > 200 {
			say("short is too long")
		}
		for key, known := range map[string][]string{
			"audience": slugs(lists["audiences"]), "topics": slugs(lists["topics"]), "places": places, "programmes": slugs(lists["programmes"]),
		} {
			for _, v := range f.list(key) {
				if !slices.Contains(known, v) {
					say("%s: there is no %q in site.yaml", key, v)
				}
			}
			if (key == "audience" || key == "topics") && len(f.list(key)) == 0 {
				say("%s is empty", key)
			}
		}
		if f.kind == library.Handbook && !slices.Contains(slugs(lists["chapters"]), f.text("chapter")) {
			say("there is no chapter %q in site.yaml", f.text("chapter"))
		}
		if e := f.text("evidence"); e != "" && !slices.Contains([]string{"published", "reported-by-partner", "illustrative"}, e) {
			say("there is no evidence %q", e)
		}
		if f.kind == library.ActionPlan && f.text("evidence") == "illustrative" && f.text("illustrative_note") == "" {
			say("is illustrative and does not say what is made up")
		}
	}
}

var idShape = regexp.MustCompile(`^(hb|cs|gu|ap|gl|tp|pg)-[a-z0-9]+(-[a-z0-9]+)*$`)

// A page is looked at again within a year, and within half a year when it states law or money.
func TestReviewDates(t *testing.T) {
	for _, f := range files(t) {
		reviewed, err1 := time.Parse(time.DateOnly, f.text("last_reviewed"))
		due, err2 := time.Parse(time.DateOnly, f.text("review_due"))
		if err1 != nil || err2 != nil {
			t.Errorf("%s: %v %v", f.path, err1, err2)
			continue
		}
		latest := reviewed.AddDate(1, 0, 0)
		if f.lawOrMoney() {
			latest = reviewed.AddDate(0, 6, 0)
		}
		if !due.After(reviewed) || due.After(latest) {
			t.Errorf("%s: reviewed on %s and due on %s; %s is the latest", f.path, f.text("last_reviewed"), f.text("review_due"), latest.Format(time.DateOnly))
		}
		if published, err := time.Parse(time.DateOnly, f.text("published")); err != nil || published.After(reviewed) {
			t.Errorf("%s: published %q", f.path, f.text("published"))
		}
	}
}

// lawOrMoney says whether carers act on what the page says about the law or about amounts of money.
func (f *file) lawOrMoney() bool {
	if f.kind != library.Handbook && f.kind != library.Guidance && f.kind != library.Glossary && f.kind != library.Template {
		return false
	}
	return slices.Contains(f.list("topics"), "money") || slices.Contains(f.list("topics"), "rights") || strings.Contains(f.body, "£") ||
		slices.ContainsFunc(rows(f.front["sources"]), func(s map[string]any) bool { return s["kind"] == "law" })
}

func TestSources(t *testing.T) {
	kinds := strings.Fields("law guidance statistic case-study news lived-experience")
	for _, f := range files(t) {
		say := func(format string, a ...any) { t.Errorf("%s: %s", f.path, fmt.Sprintf(format, a...)) }
		ids := map[string]bool{}
		sources := rows(f.front["sources"])
		for i, s := range sources {
			id, _ := s["id"].(string)
			if id == "" || ids[id] {
				say("the %d. source has no id of its own", i+1)
			}
			ids[id] = true
			if s["title"] == nil || s["publisher"] == nil {
				say("source %s has no title or no publisher", id)
			}
			if kind, _ := s["kind"].(string); !slices.Contains(kinds, kind) {
				say("source %s is of no known kind: %q", id, kind)
			}
			if !isHTTPS(s["url"]) {
				say("source %s has no https address: %v", id, s["url"])
			}
		}
		facts := f.kind == library.Handbook || f.kind == library.Guidance || f.kind == library.CaseStudy || f.kind == library.ActionPlan || strings.Contains(f.body, "{{figure")
		if len(sources) == 0 && (facts || claims.MatchString(f.page.Plain)) {
			say("states a law, a number or a quotation and names no source")
		}
		for _, r := range rows(f.front["result"]) {
			if s, _ := r["source"].(string); s != "" && !ids[s] {
				say("a result names the source %q, which is not there", s)
			}
		}
	}
}

func isHTTPS(v any) bool {
	s, _ := v.(string)
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && strings.Contains(u.Host, ".")
}

// claims are words that only a source can back.
var claims = regexp.MustCompile(`(?i)\bAct (19|20)\d\d\b|\bthe law\b|£\d|\b\d[\d.,]*%|\b\d{1,3},\d{3}\b`)

func TestResultsSayHowFarToTrustThem(t *testing.T) {
	for _, f := range files(t) {
		if f.kind != library.CaseStudy {
			continue
		}
		say := func(format string, a ...any) { t.Errorf("%s: %s", f.path, fmt.Sprintf(format, a...)) }
		cautions := map[string]bool{}
		for _, c := range rows(f.front["cautions"]) {
			id, _ := c["id"].(string)
			if id == "" || cautions[id] || c["text"] == nil {
				say("a caution without an id of its own, or without a text")
			}
			cautions[id] = true
		}
		results := rows(f.front["result"])
		if len(f.list("challenge")) == 0 || len(f.list("action")) == 0 || len(results) == 0 {
			say("has no challenge, action or result")
		}
		for _, r := range results {
			text, _ := r["text"].(string)
			kind, _ := r["kind"].(string)
			if text == "" || !slices.ContainsFunc(library.ResultKinds, func(k struct{ Kind, Means string }) bool { return k.Kind == kind }) {
				say("the result %q is of no known kind: %q", text, kind)
			}
			if c, _ := r["caution"].(string); c != "" && !cautions[c] {
				say("the result %q names the caution %q, which is not there", text, c)
			}
			if kind == "illustrative" && f.text("evidence") != "illustrative" {
				say("the result %q is made up, and the case study does not say so", text)
			}
			if kind != "illustrative" && r["source"] == nil {
				say("the result %q names no source", text)
			}
			for _, needed := range []string{"value", "unit", "base", "place", "period", "source"} {
				if kind == "measured" && r[needed] == nil {
					say("the result %q is measured and has no %s", text, needed)
				}
			}
		}
	}
}

func TestPlans(t *testing.T) {
	statuses := strings.Fields("not-started on-track at-risk done dropped")
	all, lines := files(t), map[string]bool{}
	for _, f := range all {
		for _, h := range f.page.Outline {
			if f.kind == library.Guidance {
				lines[f.text("id")+"#"+h.ID] = true
			}
		}
	}
	for _, f := range all {
		if f.kind != library.ActionPlan {
			continue
		}
		say := func(format string, a ...any) { t.Errorf("%s: %s", f.path, fmt.Sprintf(format, a...)) }
		ids := map[string]bool{}
		once := func(row map[string]any) {
			id, _ := row["id"].(string)
			if id == "" || ids[id] || row["title"] == nil {
				say("%v has no id of its own or no title", row)
			}
			ids[id] = true
		}
		for _, g := range rows(f.front["goals"]) {
			once(g)
			if g["owner_role"] == nil || !slices.Contains(statuses, fmt.Sprint(g["status"])) || len(rows(g["measures"])) == 0 {
				say("goal %v: owner %v, status %v, %d measures", g["id"], g["owner_role"], g["status"], len(rows(g["measures"])))
			}
			if line := fmt.Sprint(g["strategy"]); !lines[line] {
				say("goal %v comes from %q, and no page of guidance has that line", g["id"], line)
			}
			for _, m := range rows(g["measures"]) {
				once(m)
				if m["unit"] == nil || m["target"] == nil || (m["direction"] != "up" && m["direction"] != "down") {
					say("measure %v: unit %v, direction %v, target %v", m["id"], m["unit"], m["direction"], m["target"])
				}
			}
			for _, a := range rows(g["actions"]) {
				once(a)
				if a["due"] == nil || a["owner_role"] == nil || !slices.Contains(statuses, fmt.Sprint(a["status"])) || (a["status"] == "done") != (a["done_on"] != nil) {
					say("action %v: due %v, owner %v, status %v, done on %v", a["id"], a["due"], a["owner_role"], a["status"], a["done_on"])
				}
			}
		}
	}
}

// ownWords are the templates that people fill in about themselves and about those they look after.
var ownWords = strings.Fields("emergency-plan working-carers-passport assessment-notes hospital-carer-passport young-carers-card")

// What people fill in about themselves stays in their browser.
func TestTemplateFields(t *testing.T) {
	for _, f := range files(t) {
		if f.kind != library.Template {
			continue
		}
		keys := map[string]bool{}
		for _, field := range rows(f.front["fields"]) {
			key, _ := field["key"].(string)
			if key == "" || keys[key] || field["label"] == nil || !slices.Contains(strings.Fields("text long choice date scale"), fmt.Sprint(field["kind"])) {
				t.Errorf("%s: field %v", f.path, field)
			}
			keys[key] = true
			if field["kind"] == "choice" && len(list(field["choices"])) < 2 {
				t.Errorf("%s: the field %s has nothing to choose from", f.path, key)
			}
			if health := slices.Contains(ownWords, f.slug()); health && field["private"] != true {
				t.Errorf("%s: the field %s would be sent to the server", f.path, key)
			}
		}
		if len(keys) == 0 {
			t.Errorf("%s: no fields", f.path)
		}
	}
}

// TestMarkersLeadToPractice: each marker of a self-check names what practice that meets it is about, and there is some.
func TestMarkersLeadToPractice(t *testing.T) {
	var studies [][]string
	for _, f := range files(t) {
		if f.kind == library.CaseStudy {
			studies = append(studies, list(f.front["topics"]))
		}
	}
	markers := 0
	for _, f := range files(t) {
		if f.front["template_kind"] != "self-assessment" {
			continue
		}
		for _, field := range rows(f.front["fields"]) {
			if field["kind"] != "scale" {
				continue
			}
			markers++
			topics := list(field["topics"])
			meets := slices.ContainsFunc(studies, func(of []string) bool {
				return slices.ContainsFunc(topics, func(topic string) bool { return slices.Contains(of, topic) })
			})
			if !meets {
				t.Errorf("%s: no case study is about %v, so %v leads nowhere", f.path, topics, field["key"])
			}
		}
	}
	if markers < 6 {
		t.Errorf("%d markers", markers)
	}
}

// TestWorkingsComeToTheirFigures, or the note of the figure says what they come to instead.
func TestWorkingsComeToTheirFigures(t *testing.T) {
	var ledger []map[string]any
	read(t, "figures.yaml", &ledger)
	worth, sums := map[string]float64{}, 0
	for _, f := range ledger {
		key := fmt.Sprint(f["key"])
		value, err := strconv.ParseFloat(fmt.Sprint(f["value"]), 64)
		if err != nil {
			t.Errorf("figures.yaml: %s: %v", key, err)
		}
		if f["working"] != nil {
			sums++
			s, err := library.Reckon(fmt.Sprint(f["working"]), func(key string) (float64, bool) { v, before := worth[key]; return v, before })
			if err != nil {
				t.Errorf("figures.yaml: %s: %v (a working quotes figures that stand above it)", key, err)
			} else if instead := library.Amount(s.Value, fmt.Sprint(f["unit"])); !s.Agrees(value) && !strings.Contains(fmt.Sprint(f["note"]), instead) {
				t.Errorf("figures.yaml: %s is %v, its working comes to %s, and its note does not say so", key, value, instead)
			}
		}
		worth[key] = value
	}
	if sums < 3 {
		t.Errorf("only %d figures show their working", sums)
	}
}

func TestFigures(t *testing.T) {
	var ledger []map[string]any
	read(t, "figures.yaml", &ledger)
	known := map[string]map[string]any{}
	for _, f := range ledger {
		key := fmt.Sprint(f["key"])
		if known[key] != nil {
			t.Errorf("figures.yaml: %s stands there twice", key)
		}
		known[key] = f
		for _, needed := range []string{"label", "value", "unit", "text", "from", "area", "source"} {
			if f[needed] == nil || f[needed] == "" {
				t.Errorf("figures.yaml: %s has no %s", key, needed)
			}
		}
		if source, _ := f["source"].(map[string]any); source["title"] == nil || source["publisher"] == nil || !isHTTPS(source["url"]) {
			t.Errorf("figures.yaml: %s: source %v", key, source)
		}
		from, err := time.Parse(time.DateOnly, fmt.Sprint(f["from"]))
		if err != nil {
			t.Errorf("figures.yaml: %s: %v", key, err)
		}
		if f["until"] != nil {
			if until, err := time.Parse(time.DateOnly, fmt.Sprint(f["until"])); err != nil || !until.After(from) {
				t.Errorf("figures.yaml: %s holds from %v until %v", key, f["from"], f["until"])
			}
		}
		if f["of_its_time"] != nil && f["until"] == nil {
			t.Errorf("figures.yaml: %s is of its time and has no last day", key)
		}
		if rate := regexp.MustCompile(`^GBP a (week|month)$`).MatchString(fmt.Sprint(f["unit"])); rate && f["until"] == nil {
			t.Errorf("figures.yaml: %s is a rate and has no last day", key)
		}
	}
	for _, f := range files(t) {
		var quoted []string
		for _, m := range figureSlot.FindAllStringSubmatch(f.raw, -1) {
			quoted = append(quoted, m[1])
		}
		for _, key := range slices.Concat(quoted, f.list("figures")) {
			if known[key] == nil {
				t.Errorf("%s: there is no figure %q", f.path, key)
			}
		}
		for _, key := range quoted {
			if !slices.Contains(f.list("figures"), key) {
				t.Errorf("%s: quotes %s and does not list it under figures", f.path, key)
			}
			if f.forCarers() && known[key]["of_its_time"] == true {
				t.Errorf("%s: quotes %s to carers, and it is history", f.path, key)
			}
		}
		if (f.kind == library.Handbook || f.kind == library.Guidance) && money.MatchString(f.page.Plain) {
			t.Errorf("%s: an amount of money is typed instead of quoted: %q", f.path, money.FindString(f.page.Plain))
		}
	}
}

var (
	figureSlot = regexp.MustCompile(`\{\{figure ([a-z0-9_-]+)\}\}`)
	localSlot  = regexp.MustCompile(`\{\{local ([a-z0-9_-]+)\}\}`)
	money      = regexp.MustCompile(`£\s?\d[\d,.]*`)
)

func TestBodies(t *testing.T) {
	helplines := map[string]bool{}
	for _, h := range site(t)["helplines"] {
		helplines[strings.ReplaceAll(h.Number, " ", "")] = true
	}
	for _, f := range files(t) {
		say := func(format string, a ...any) { t.Errorf("%s: %s", f.path, fmt.Sprintf(format, a...)) }
		if strings.TrimSpace(f.page.Plain) == "" {
			say("says nothing")
		}
		if spans := markdown.RawHTML(f.body); len(spans) > 0 {
			say("raw HTML: %q", f.body[spans[0].Start:spans[0].Stop])
		}
		if m := topHeading.FindString(withoutCode(f.body)); m != "" {
			say("a first-level heading: %q", m)
		}
		for _, tag := range []string{"<em>", "<i>"} {
			if strings.Contains(f.page.HTML, tag) {
				say("italics")
			}
		}
		if i := strings.IndexAny(f.raw, "—"); i >= 0 {
			say("an em dash: %q", f.raw[max(0, i-30):min(len(f.raw), i+30)])
		}
		if f.kind == library.Handbook {
			for _, m := range phone.FindAllString(f.page.Plain, -1) {
				if number := strings.ReplaceAll(strings.TrimSpace(m), " ", ""); !helplines[number] {
					say("a phone number: %q", m)
				}
			}
		}
		for _, h := range f.page.Outline {
			if strings.HasSuffix(h.Text, ".") || h.Text != strings.TrimSpace(h.Text) {
				say("the heading %q", h.Text)
			}
		}
		if m := clickHere.FindString(f.page.Plain); m != "" {
			say("a link that says nothing: %q", m)
		}
	}
}

var (
	topHeading = regexp.MustCompile(`(?m)^#[ \t].*|^=+[ \t]*$`)
	phone      = regexp.MustCompile(`\+44[\d ]{8,}\d|\b0[\d ]{8,}\d\b|\b1\d\d \d{3}\b|\b(?:101|105|111|112|119|159|999)\b`)
	clickHere  = regexp.MustCompile(`(?i)\bclick here\b`)
	fenced     = regexp.MustCompile("(?ms)^```.*?^```")
)

func withoutCode(s string) string { return fenced.ReplaceAllString(s, "") }

// TestQuotesAreTypographic: what readers read has “ ” and ’. The straight ones belong to code, addresses and what people type
// into a search.
func TestQuotesAreTypographic(t *testing.T) {
	for _, f := range files(t) {
		texts := append(prose("", f.front), f.page.Plain)
		for _, h := range f.page.Outline {
			texts = append(texts, h.Text)
		}
		noStraightQuotes(t, f.path, texts)
	}
	lists, err := fs.Glob(content.FS, "places/*.yaml")
	if err != nil || len(lists) == 0 {
		t.Fatalf("%d places: %v", len(lists), err)
	}
	for _, name := range append(lists, "site.yaml", "figures.yaml") {
		var all any
		read(t, name, &all)
		noStraightQuotes(t, name, prose("", all))
	}
}

func noStraightQuotes(t *testing.T, name string, texts []string) {
	t.Helper()
	if len(texts) == 0 {
		t.Errorf("%s: no prose was found", name)
	}
	for _, text := range texts {
		if i := strings.IndexAny(text, `'"`); i >= 0 {
			t.Errorf("%s: a straight quote: %q", name, text[max(0, i-30):min(len(text), i+30)])
		}
	}
}

// prose lists the texts of a value of front matter that readers may see: not the addresses, and not the words that mean the
// same, which nobody but search reads.
func prose(key string, value any) []string {
	var texts []string
	switch v := value.(type) {
	case string:
		if key != "words" && !isHTTPS(v) {
			texts = append(texts, v)
		}
	case []any:
		for _, e := range v {
			texts = append(texts, prose(key, e)...)
		}
	case map[string]any:
		for k, e := range v {
			texts = append(texts, prose(k, e)...)
		}
	}
	return texts
}

func TestRelatedAndSeeLeadSomewhere(t *testing.T) {
	all := files(t)
	ids := map[string]library.Kind{}
	for _, f := range all {
		ids[f.text("id")] = f.kind
	}
	for _, f := range all {
		for _, id := range f.list("related") {
			if ids[id] == "" || id == f.text("id") {
				t.Errorf("%s: related to %q, which is not there", f.path, id)
			}
		}
		for _, id := range f.list("see") {
			if ids[id] != library.Glossary || id == f.text("id") {
				t.Errorf("%s: see %q, which is no other word of the glossary", f.path, id)
			}
		}
	}
}

// markdownLink finds the links of front matter texts, whose Markdown is shown too.
var markdownLink = regexp.MustCompile(`\]\((/[^)\s]*|#[^)\s]*)\)`)

// links lists the addresses on this site that a file leads to.
func (f *file) links() []string {
	var links []string
	for _, l := range f.page.Links {
		if strings.HasPrefix(l, "/") || strings.HasPrefix(l, "#") {
			links = append(links, l)
		}
	}
	front, _ := markdown.Split([]byte(f.raw))
	for _, m := range markdownLink.FindAllStringSubmatch(front, -1) {
		links = append(links, m[1])
	}
	if step, _ := f.front["next_step"].(map[string]any); step != nil {
		if u := fmt.Sprint(step["url"]); strings.HasPrefix(u, "/") {
			links = append(links, u)
		}
	}
	return links
}

// Every page is there, and every link within the site leads to a page, and to a place on it when it names one.
func TestPagesAndLinks(t *testing.T) {
	reader := hubtest.New(t).Guest()
	seen := map[string]hubtest.Answer{}
	get := func(address string) hubtest.Answer {
		a, ok := seen[address]
		if !ok {
			a = reader.Get(address)
			seen[address] = a
		}
		return a
	}
	for _, f := range files(t) {
		page := get(f.address())
		if page.Status != 200 {
			t.Errorf("%s: %s answers %d", f.path, f.address(), page.Status)
			continue
		}
		if strings.Contains(page.Body, "{{") {
			t.Errorf("%s: a slot stands on the page as it was typed", f.path)
		}
		for _, l := range f.links() {
			address, id, _ := strings.Cut(l, "#")
			if address == "" {
				address = f.address()
			}
			to := get(address)
			if to.Status != 200 {
				t.Errorf("%s: leads to %s, which answers %d", f.path, l, to.Status)
				continue
			}
			if id != "" && !strings.Contains(to.Body, ` id="`+id+`"`) {
				t.Errorf("%s: leads to %s, and there is no such place on the page", f.path, l)
			}
		}
		for _, l := range f.page.Links {
			if u, err := url.Parse(l); err != nil || u.Scheme != "" && u.Scheme != "https" && u.Scheme != "mailto" {
				t.Errorf("%s: leads to %q", f.path, l)
			}
		}
	}
}

// TestWordsThatMeanTheSame holds that each row says two things at least, and none twice.
func TestWordsThatMeanTheSame(t *testing.T) {
	var raw map[string]any
	read(t, "site.yaml", &raw)
	words := list(raw["words"])
	if len(words) < 20 {
		t.Errorf("%d rows", len(words))
	}
	for _, row := range words {
		seen := map[string]bool{}
		for w := range strings.SplitSeq(row, ",") {
			if w = strings.ToLower(strings.TrimSpace(w)); w == "" || seen[w] {
				t.Errorf("%q: %q is empty or stands there twice", row, w)
			}
			seen[w] = true
		}
		if len(seen) < 2 {
			t.Errorf("%q means the same as nothing", row)
		}
	}
}

func TestSiteLists(t *testing.T) {
	lists := site(t)
	for name, terms := range lists {
		seen := map[string]bool{}
		for _, n := range terms {
			if seen[n.Slug] || markdown.Slug(n.Slug) != n.Slug {
				t.Errorf("site.yaml: %s: %q stands there twice or is no address", name, n.Slug)
			}
			seen[n.Slug] = true
		}
	}
	councils := map[string]bool{}
	for _, c := range lists["councils"] {
		councils[c.Slug] = isHTTPS(c.URL)
	}
	partnerships := slugs(lists["partnerships"])
	perPartnership := map[string]int{}
	for _, p := range lists["places"] {
		perPartnership[p.Partnership]++
		if !slices.Contains(partnerships, p.Partnership) {
			t.Errorf("site.yaml: %s belongs to the partnership %q", p.Slug, p.Partnership)
		}
		if !isHTTPS(p.CouncilPage) {
			t.Errorf("site.yaml: %s has no https council page: %q", p.Slug, p.CouncilPage)
		}
		if len(p.Councils) == 0 {
			t.Errorf("site.yaml: no council serves %s", p.Slug)
		}
		for _, c := range p.Councils {
			if !councils[c] {
				t.Errorf("site.yaml: %s is served by %q, which is not listed or has no https page", p.Slug, c)
			}
		}
	}
	if perPartnership["west-yorkshire-and-harrogate"] != 6 {
		t.Errorf("site.yaml: %d places in West Yorkshire and Harrogate", perPartnership["west-yorkshire-and-harrogate"])
	}
	crisis := []string{}
	for _, h := range lists["helplines"] {
		crisis = append(crisis, h.Number)
	}
	for _, n := range []string{"999", "111", "116 123"} {
		if !slices.Contains(crisis, n) {
			t.Errorf("site.yaml: %s is not among the helplines", n)
		}
	}
}

// Local answers: a number is shown only when somebody checked it, so each says whether that was done, by whom it is said
// and when it was read.
func TestLocalAnswers(t *testing.T) {
	asked := map[string]bool{}
	for _, f := range files(t) {
		for _, m := range localSlot.FindAllStringSubmatch(f.body, -1) {
			asked[m[1]] = true
		}
	}
	keys := strings.Fields("council_page council_phone carers_org young_carers parent_forum emergency_card hospital staff_referral")
	for key := range asked {
		if !slices.Contains(keys, key) {
			t.Errorf("pages ask for the local answer %q, and places have none of that name", key)
		}
	}
	for _, place := range slugs(site(t)["places"]) {
		var file struct {
			Place    string           `yaml:"place"`
			NHSArea  string           `yaml:"nhs_area"`
			Councils []string         `yaml:"councils"`
			Facts    []map[string]any `yaml:"facts"`
		}
		name := "places/" + place + ".yaml"
		read(t, name, &file)
		has := map[string]bool{}
		for _, fact := range file.Facts {
			key := fmt.Sprint(fact["key"])
			if !slices.Contains(keys, key) {
				t.Errorf("%s: %q is not known", name, key)
			}
			offers := fact["visiting"] != nil && fact["passport"] != nil && fact["parking"] != nil
			if hospital := fact["hospital"]; hospital != nil {
				if key += " " + fmt.Sprint(hospital); fact["key"] != "hospital" || !offers {
					t.Errorf("%s: %s: visiting %v, passport %v, parking %v", name, key, fact["visiting"], fact["passport"], fact["parking"])
				}
			}
			for _, words := range []string{"label", "text", "visiting", "passport", "parking"} {
				if said, _ := fact[words].(string); phone.MatchString(said) {
					t.Errorf("%s: %s: a number that nobody checked would be shown: %q", name, key, said)
				}
			}
			// Hours of visiting change, and most pages that were read are old: the ward knows.
			if visiting := fmt.Sprint(fact["visiting"]); fact["visiting"] != nil && (!strings.Contains(visiting, "Ask the ward") || hours.MatchString(visiting)) {
				t.Errorf("%s: %s: visiting: %q", name, key, visiting)
			}
			if has[key] {
				t.Errorf("%s: %q stands there twice", name, key)
			}
			has[key] = true
			sourced := isHTTPS(fact["source"]) || fact["status"] == "missing"
			if fact["label"] == nil || fact["text"] == nil || !sourced || !isHTTPS(fact["url"]) {
				t.Errorf("%s: %s: label %v, text %v, source %v, url %v", name, key, fact["label"], fact["text"], fact["source"], fact["url"])
			}
			for _, day := range []string{"seen", "review_due"} {
				if _, err := time.Parse(time.DateOnly, fmt.Sprint(fact[day])); err != nil {
					t.Errorf("%s: %s: %s: %v", name, key, day, err)
				}
			}
			if !slices.Contains(strings.Fields("verified unverified stale missing"), fmt.Sprint(fact["status"])) {
				t.Errorf("%s: %s: status %v", name, key, fact["status"])
			}
		}
		for key := range asked {
			if !has[key] {
				t.Errorf("%s: pages ask for %s, and there is no answer", name, key)
			}
		}
	}
}

var hours = regexp.MustCompile(`(?i)\d\s?[ap]\.?m\b|\d[:.]\d\d|o['’]clock`)

// Carers' pages are read by tired people: their median grade is at most 5, and none is over 7.
func TestPlainEnglish(t *testing.T) {
	carers := map[string]float64{}
	for _, f := range files(t) {
		grade := plain.Read(f.page.Plain, "en").Grade
		if f.forCarers() {
			carers[f.path] = grade
			if grade > 7 {
				t.Errorf("%s: grade %.1f, and 7 is the most for carers' pages", f.path, grade)
			}
		} else if grade > 9 {
			t.Errorf("%s: grade %.1f, and 9 is the most", f.path, grade)
		}
	}
	grades := slices.Sorted(maps.Values(carers))
	if median := grades[len(grades)/2]; median > 5 {
		t.Errorf("the median grade of %d carers' pages is %.1f, and 5 is the most", len(grades), median)
	}
}

func (f *file) forCarers() bool {
	switch f.kind {
	case library.Handbook:
		return f.text("chapter") != "for-professionals"
	case library.Glossary, library.Template:
		return slices.ContainsFunc(f.list("audience"), func(a string) bool { return strings.HasSuffix(a, "-carer") })
	}
	return false
}

// What is said of partners and groups has a source, and what they refer to is there; what is made up says so.
func TestPartnersAndGroups(t *testing.T) {
	var s struct {
		Partners []struct {
			Slug, Name, Kind, Summary, Website, Source string
			Places                                     []string
		}
		Groups []struct {
			Slug, Title, Kind, Summary, Organisation, Source string
			Places, Programmes                               []string
			Example                                          bool
			Decisions                                        []struct {
				Text, Source, Document, Decided string
				Example                         bool
			}
		}
	}
	var raw map[string]any
	read(t, "site.yaml", &raw)
	text, err := json.Marshal(raw)
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	lists, ids := site(t), map[string]bool{}
	for _, f := range files(t) {
		ids[f.text("id")] = true
	}
	among := func(what, slug string, list []string) {
		if !slices.Contains(list, slug) {
			t.Errorf("site.yaml: %s: there is no %q", what, slug)
		}
	}
	partners := map[string]bool{}
	for _, p := range s.Partners {
		partners[p.Slug] = true
		if p.Slug != markdown.Slug(p.Name) { // documents name it, and find it by its name
			t.Errorf("site.yaml: %s stands at %s", p.Name, p.Slug)
		}
		if !isHTTPS(p.Source) || p.Website != "" && !isHTTPS(p.Website) || p.Kind == "" || p.Summary == "" || len(p.Summary) > 1000 {
			t.Errorf("site.yaml: %+v", p)
		}
		for _, slug := range p.Places {
			among(p.Slug, slug, slugs(lists["places"]))
		}
	}
	for _, f := range files(t) {
		name, madeUp := f.text("organisation"), f.text("evidence") == "illustrative" // and then nobody may be named for it
		if f.kind == library.CaseStudy && !partners[markdown.Slug(name)] && !(madeUp && name == "") {
			t.Errorf("%s: %q is not among the partners", f.path, name)
		}
	}
	for _, g := range s.Groups {
		if g.Example == isHTTPS(g.Source) || g.Kind == "" || g.Summary == "" {
			t.Errorf("site.yaml: %s has a source or is an example, one of the two: %+v", g.Slug, g)
		}
		if g.Organisation != "" && !partners[g.Organisation] {
			t.Errorf("site.yaml: %s: there is no partner %q", g.Slug, g.Organisation)
		}
		for _, slug := range g.Places {
			among(g.Slug, slug, slugs(lists["places"]))
		}
		for _, slug := range g.Programmes {
			among(g.Slug, slug, slugs(lists["programmes"]))
		}
		for _, d := range g.Decisions {
			if d.Example == isHTTPS(d.Source) || d.Document != "" && !ids[d.Document] || d.Example != g.Example {
				t.Errorf("site.yaml: %s decided %+v", g.Slug, d)
			}
		}
	}
	for _, p := range lists["places"] {
		if _, err := listed(lists["nhs_areas"], p.NHSArea); err != nil {
			t.Errorf("site.yaml: %s: %v", p.Slug, err)
		}
	}
}

// listed finds an entry of a list by its slug.
func listed(list []named, slug string) (named, error) {
	i := slices.IndexFunc(list, func(n named) bool { return n.Slug == slug })
	if i < 0 || list[i].Title == "" {
		return named{}, fmt.Errorf("there is no %q", slug)
	}
	return list[i], nil
}
