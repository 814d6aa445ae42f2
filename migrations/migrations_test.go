package migrations_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	_ "commonplace/migrations"

	"github.com/pocketbase/pocketbase/core"
)

var update = flag.Bool("update", false, "write the golden file anew")

// empty is an app on a new folder with PocketBase's own tables and none of ours.
func empty(t *testing.T) core.App {
	t.Helper()
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: t.TempDir()})
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { app.ResetBootstrapState() })
	if err := app.RunSystemMigrations(); err != nil {
		t.Fatal(err)
	}
	return app
}

func TestSchemaIsTheGoldenOne(t *testing.T) {
	app := empty(t)
	if err := app.RunAllMigrations(); err != nil {
		t.Fatal(err)
	}
	got, golden := schema(t, app), filepath.Join("testdata", "schema.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the schema differs from %s. If it was meant to: go test ./migrations -update, and read the difference.\n%s", golden, difference(string(want), got))
	}
	if err := app.RunAllMigrations(); err != nil {
		t.Fatal(err)
	}
	if again := schema(t, app); again != got {
		t.Errorf("applying the migrations a second time changes the schema:\n%s", difference(got, again))
	}
}

// Every change can be taken back, from the newest to the oldest, and made again with the same outcome.
func TestEachFileDownThenUp(t *testing.T) {
	app := empty(t)
	bare := schema(t, app)
	if err := app.RunAllMigrations(); err != nil {
		t.Fatal(err)
	}
	ours := slices.DeleteFunc(slices.Clone(core.AppMigrations.Items()), func(m *core.Migration) bool { return !ownName.MatchString(m.File) })
	if len(ours) < 20 {
		t.Fatalf("only %d migrations", len(ours))
	}
	for _, m := range slices.Backward(ours) {
		before := schema(t, app)
		run(t, app, m.File+" down", m.Down)
		between := schema(t, app)
		if between == before {
			t.Errorf("%s: going down changes nothing", m.File)
		}
		run(t, app, m.File+" up", m.Up)
		if after := schema(t, app); after != before {
			t.Fatalf("%s: down and up again is not the same:\n%s", m.File, difference(before, after))
		}
		run(t, app, m.File+" down", m.Down)
	}
	if left := collections(schema(t, app)); !slices.Equal(left, collections(bare)) {
		t.Errorf("after all changes were taken back there are %v, and there were %v", left, collections(bare))
	}
	for _, m := range ours {
		run(t, app, m.File+" up", m.Up)
	}
}

func run(t *testing.T, app core.App, what string, f func(core.App) error) {
	t.Helper()
	if err := app.RunInTransaction(func(tx core.App) error { return f(tx) }); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

var ownName = regexp.MustCompile(`^\d{10}_[a-z_]+\.go$`)

// PocketBase applies files in the order of their names, so each begins with the second it was made in.
func TestFilesAreNamedBySecond(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	registered := map[string]bool{}
	for _, m := range core.AppMigrations.Items() {
		registered[m.File] = true
	}
	seconds := map[string]string{}
	for _, f := range files {
		if f == "migrations.go" || strings.HasSuffix(f, "_test.go") {
			continue
		}
		if !ownName.MatchString(f) {
			t.Errorf("%s is not named <unix seconds>_<name>.go", f)
			continue
		}
		if !registered[f] {
			t.Errorf("%s registers nothing", f)
		}
		if other := seconds[f[:10]]; other != "" {
			t.Errorf("%s and %s have the same second", other, f)
		}
		seconds[f[:10]] = f
	}
}

// What PocketBase leaves open is set.
func TestSettings(t *testing.T) {
	app := empty(t)
	if err := app.RunAllMigrations(); err != nil {
		t.Fatal(err)
	}
	s := app.Settings()
	if !s.RateLimits.Enabled || len(s.RateLimits.Rules) == 0 {
		t.Error("the rate limiter is off")
	}
	if s.Batch.Enabled {
		t.Error("batch requests are allowed")
	}
	if s.Logs.LogIP || s.Logs.LogAuthId {
		t.Error("the activity log keeps who asked")
	}
	if s.Logs.MaxDays == 0 || s.Logs.MaxDays > 5 {
		t.Errorf("the activity log is kept for %d days", s.Logs.MaxDays)
	}
	for _, c := range allCollections(t, app) {
		for _, f := range c.Fields {
			if text, ok := f.(*core.TextField); ok && text.Max == 0 && !text.System && text.Name != "id" && text.Name != "name" {
				t.Errorf("%s.%s has no limit of its own, so PocketBase's of 5,000 characters holds", c.Name, text.Name)
			}
		}
	}
}

func allCollections(t *testing.T, app core.App) []*core.Collection {
	t.Helper()
	all, err := app.FindAllCollections()
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(c *core.Collection) bool { return c.System })
	slices.SortFunc(all, func(a, b *core.Collection) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// schema writes the collections and settings down so that a person can read them and a change stands out.
func schema(t *testing.T, app core.App) string {
	t.Helper()
	names := map[string]string{}
	all := allCollections(t, app)
	for _, c := range all {
		names[c.Id] = c.Name
	}
	var b strings.Builder
	for _, c := range all {
		fmt.Fprintf(&b, "%s (%s)\n", c.Name, c.Type)
		for _, f := range c.Fields {
			fmt.Fprintf(&b, "  %-18s %s\n", f.GetName(), describe(t, f, names))
		}
		for _, index := range c.Indexes {
			fmt.Fprintf(&b, "  %s\n", strings.Join(strings.Fields(strings.NewReplacer("`", "", "CREATE ", "").Replace(index)), " "))
		}
		for _, r := range []struct {
			verb string
			rule *string
		}{{"list", c.ListRule}, {"view", c.ViewRule}, {"create", c.CreateRule}, {"update", c.UpdateRule}, {"delete", c.DeleteRule}} {
			fmt.Fprintf(&b, "  may %-6s %s\n", r.verb, ruleOf(r.rule))
		}
		if c.IsAuth() {
			fmt.Fprintf(&b, "  may %-6s %s\n  may %-6s %s\n", "sign in", ruleOf(c.AuthRule), "manage", ruleOf(c.ManageRule))
			fmt.Fprintf(&b, "  password %v by %s; one-time password %v; OAuth2 %v; second factor %v; alerts %v\n", c.PasswordAuth.Enabled,
				strings.Join(c.PasswordAuth.IdentityFields, ", "), c.OTP.Enabled, c.OAuth2.Enabled, c.MFA.Enabled, c.AuthAlert.Enabled)
		}
		b.WriteString("\n")
	}
	s := app.Settings()
	fmt.Fprintf(&b, "settings\n  name        %s\n  batch       %v\n  logs        %d days, level %d and up, addresses %v\n  rate limit  %v\n",
		s.Meta.AppName, s.Batch.Enabled, s.Logs.MaxDays, s.Logs.MinLevel, s.Logs.LogIP, s.RateLimits.Enabled)
	for _, r := range s.RateLimits.Rules {
		fmt.Fprintf(&b, "    %-12s %d in %d s %s\n", r.Label, r.MaxRequests, r.Duration, r.Audience)
	}
	return b.String()
}

func ruleOf(rule *string) string {
	switch {
	case rule == nil:
		return "nobody"
	case *rule == "":
		return "everybody"
	}
	return *rule
}

// describe says what a field takes: its type, then everything about it that is not the default.
func describe(t *testing.T, f core.Field, collections map[string]string) string {
	t.Helper()
	raw, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	words := []string{f.Type()}
	var keys []string
	for k, v := range all {
		boring := slices.Contains([]string{"id", "name", "type", "system", "presentable", "help"}, k)
		if !boring && v != nil && v != "" && v != false && v != 0.0 && fmt.Sprint(v) != "[]" {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		switch v := all[k].(type) {
		case bool:
			words = append(words, k)
		case float64:
			words = append(words, fmt.Sprintf("%s=%d", k, int64(v)))
		case string:
			if k == "collectionId" {
				k, v = "of", collections[v]
			}
			words = append(words, k+"="+v)
		default:
			words = append(words, fmt.Sprintf("%s=%v", k, v))
		}
	}
	return strings.Join(words, " ")
}

// collections lists what a schema begins its paragraphs with.
func collections(schema string) []string {
	var names []string
	for line := range strings.Lines(schema) {
		if line[0] != ' ' && line[0] != '\n' {
			names = append(names, strings.TrimSpace(line))
		}
	}
	return names
}

// difference shows the lines that stand in one text and not in the other.
func difference(want, got string) string {
	missing := func(from, in string) (lines []string) {
		has := map[string]int{}
		for line := range strings.Lines(in) {
			has[line]++
		}
		for line := range strings.Lines(from) {
			if has[line]--; has[line] < 0 {
				lines = append(lines, strings.TrimRight(line, "\n"))
			}
		}
		return lines
	}
	var b strings.Builder
	for _, l := range missing(want, got) {
		b.WriteString("- " + l + "\n")
	}
	for _, l := range missing(got, want) {
		b.WriteString("+ " + l + "\n")
	}
	return b.String()
}

// What plans said happened since moves from their front matter into rows and back; other pages keep it as front matter.
func TestUpdatesOfPlansMove(t *testing.T) {
	app := empty(t)
	if err := app.RunAllMigrations(); err != nil {
		t.Fatal(err)
	}
	move := core.AppMigrations.Items()[slices.IndexFunc(core.AppMigrations.Items(), func(m *core.Migration) bool { return m.File == "1795306701_plan_updates.go" })]
	run(t, app, "down", move.Down)
	for id, d := range map[string][2]string{
		"plan00000000000": {"action-plan", `{"review_every":"3 months","updates":[{"date":"2026-11-06","by_role":"Lead","text":"Second"},{"date":"2026-11-06","text":"First"},{"date":"2025","text":"Long ago"}]}`},
		"page00000000000": {"guidance", `{"updates":[{"date":"2026","text":"Words"}],"extra":{"mood":"good"}}`},
		"none00000000000": {"action-plan", `{}`},
	} {
		if _, err := app.DB().Insert("documents", map[string]any{"id": id, "kind": d[0], "key": id, "slug": id, "title": id, "meta": d[1]}).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	said := func() (rows string, metas string) {
		t.Helper()
		if err := app.DB().NewQuery(`SELECT COALESCE(group_concat([[meta]], char(10)), '') FROM (SELECT [[meta]] FROM {{documents}} ORDER BY [[id]])`).Row(&metas); err != nil {
			t.Fatal(err)
		}
		if app.HasTable("plan_updates") {
			if err := app.DB().NewQuery(`SELECT group_concat([[document]] || ' ' || [[on]] || ' ' || [[position]] || ' ' || [[by_role]] || ' ' || [[text]], ', ') FROM (SELECT * FROM {{plan_updates}} ORDER BY [[on]] DESC, [[position]])`).Row(&rows); err != nil {
				t.Fatal(err)
			}
		}
		return rows, metas
	}
	run(t, app, "up", move.Up)
	rows, metas := said()
	if rows != "plan00000000000 2026-11-06 1 Lead Second, plan00000000000 2026-11-06 2  First, plan00000000000 2025 1  Long ago" {
		t.Errorf("rows: %s", rows)
	}
	if want := "{}\n" + `{"extra":{"mood":"good","updates":[{"date":"2026","text":"Words"}]}}` + "\n" + `{"review_every":"3 months"}`; metas != want {
		t.Errorf("meta is\n%s\nnot\n%s", metas, want)
	}
	run(t, app, "down", move.Down)
	if _, metas := said(); !strings.Contains(metas, `{"review_every":"3 months","updates":[{"date":"2026-11-06","by_role":"Lead","text":"Second"},{"date":"2026-11-06","by_role":"","text":"First"},{"date":"2025"`) {
		t.Errorf("down again, meta is %s", metas)
	}
}
