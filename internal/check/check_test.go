package check_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"commonplace/internal/check"
	"commonplace/internal/hubtest"
	"commonplace/internal/journal"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

func TestMain(m *testing.M) { hubtest.Main(m) }

const fields = `{"template_kind":"self-assessment","fields":[
	{"key":"who","label":"Who","kind":"text","required":true},
	{"key":"a_score","label":"1. First: where we are","kind":"scale","choices":["0: no","1: some","2: all"],"topics":["health"],"required":true},
	{"key":"a_next","label":"1. Next","kind":"text"},
	{"key":"b_score","label":"2. Second","kind":"scale","choices":["0: no","1: yes"]},
	{"key":"secret","label":"Secret","kind":"long","private":true},
	{"key":"on","label":"On","kind":"date"}]}`

// made is a template in a space.
func made(t *testing.T, h *hubtest.Hub, space string) *core.Record {
	t.Helper()
	c, err := h.App.FindCollectionByNameOrId("documents")
	if err != nil {
		t.Fatal(err)
	}
	d := core.NewRecord(c)
	d.Load(map[string]any{"kind": "template", "title": "Two markers", "summary": "Two markers.", "body": "Words.", "state": "published", "meta": types.JSONRaw(fields), "space": h.Record("spaces", "slug", space).Id})
	if err := h.App.Save(d); err != nil {
		t.Fatal(err)
	}
	return d
}

func wrote(t *testing.T, h *hubtest.Hub, who string, c *check.Check, base int, state string, answers check.Answers) []check.Conflict {
	t.Helper()
	conflicts, err := check.Writing{Base: base, Answers: answers, State: state, Place: h.Record("places", "slug", "leeds").Id}.Save(h.App, h.Viewer(who), c)
	if err != nil {
		t.Fatal(err)
	}
	return conflicts
}

// TestGroupsAndSteps reads a template: which questions belong together, and how far an answer is.
func TestGroupsAndSteps(t *testing.T) {
	h := hubtest.New(t)
	tpl, err := check.TemplateOf(h.App, made(t, h, "library").Id)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, g := range tpl.Groups() {
		one := g.Name()
		for _, q := range g.With {
			one += " + " + q.Key
		}
		said = append(said, one)
	}
	if got := strings.Join(said, "; "); got != "Who; 1. First + a_next; 2. Second; On" || tpl.Private != 1 {
		t.Errorf("the groups are %s; %d private", got, tpl.Private)
	}
	for answers, want := range map[string]string{
		"": "0 of 2 markers met", "a_score=2: all": "1 of 2 markers met", "a_score=1: some,b_score=1: yes": "1 of 2 markers met",
		"a_score=2: in other words,b_score=1: yes": "2 of 2 markers met", "a_score=9: beyond": "0 of 2 markers met",
	} {
		if got := tpl.Stands(read(answers)).Word(); got != want {
			t.Errorf("%q: %s, want %s", answers, got, want)
		}
	}
	for _, other := range []string{"emergency-plan", "carers-champion-role"} {
		if tpl, err := check.TemplateOf(h.App, h.Record("documents", "slug", other).Id); tpl != nil || err != nil {
			t.Errorf("%s can be kept: %v", other, err)
		}
	}
}

// read makes answers of "key=answer,key=answer".
func read(s string) check.Answers {
	answers := check.Answers{}
	for one := range strings.SplitSeq(s, ",") {
		if key, said, ok := strings.Cut(one, "="); ok {
			answers[key] = said
		}
	}
	return answers
}

// TestWhatIsKept: what is private or unknown is dropped, each save is a version, and what was a draft is nobody's history.
func TestWhatIsKept(t *testing.T) {
	h := hubtest.New(t)
	d := made(t, h, "library")
	c, err := check.New(h.App, d.Id)
	if err != nil {
		t.Fatal(err)
	}
	wrote(t, h, "partner", c, 0, check.Draft, check.Answers{"who": "A name that was a slip", "secret": "zzprivate", "nothing": "x", "b_score": "1: yes"})
	if c.Title() != "A name that was a slip" || c.Version() != 1 || len(c.Answers()) != 2 {
		t.Errorf("kept: %v", c.PublicExport())
	}
	var told int
	if err := h.App.DB().NewQuery("SELECT COUNT(*) FROM {{assessments}} WHERE [[answers]] LIKE '%zzprivate%'").Row(&told); err != nil || told > 0 {
		t.Errorf("what is private is kept: %v", err)
	}
	wrote(t, h, "partner", c, 1, check.Draft, check.Answers{"who": "Surgery", "b_score": "1: yes"})
	if len(c.History()) != 1 {
		t.Errorf("a draft has no history: %v", c.History())
	}
	_, err = check.Writing{Base: 2, Answers: check.Answers{"who": "Surgery"}, State: check.Shared}.Save(h.App, h.Viewer("partner"), c)
	if faults, ok := err.(validation.Errors); !ok || faults["a_score"] == nil {
		t.Errorf("shared with a hole: %v", err)
	}
	c, _ = check.ByID(h.App, c.Id)
	wrote(t, h, "partner", c, 2, check.Shared, check.Answers{"who": "Surgery", "a_score": "1: some", "b_score": "1: yes"})
	if len(c.History()) != 0 || c.Version() != 3 || c.SharedOn().IsZero() {
		t.Errorf("the history of what was shared: %v", c.PublicExport())
	}
	c, _ = check.ByID(h.App, c.Id)
	wrote(t, h, "partner", c, 3, check.Shared, check.Answers{"who": "Surgery", "a_score": "2: all", "b_score": ""})
	c, _ = check.ByID(h.App, c.Id)
	if was := c.AtVersion(3); was["a_score"] != "1: some" || was["b_score"] != "1: yes" || c.Answers()["b_score"] != "" || c.Version() != 4 {
		t.Errorf("version 3 was %v, it is %v", was, c.Answers())
	}
}

// TestTwoAtOnce: what two people answer at the same time, each to other questions, is all kept.
func TestTwoAtOnce(t *testing.T) {
	h := hubtest.New(t)
	c, err := check.New(h.App, made(t, h, "library").Id)
	if err != nil {
		t.Fatal(err)
	}
	wrote(t, h, "partner", c, 0, check.Draft, check.Answers{"who": "Surgery", "a_score": "0: no", "b_score": "0: no"})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			mine, err := check.ByID(h.App, c.Id)
			if err != nil {
				t.Error(err)
				return
			}
			answers := check.Answers{"who": "Surgery", "a_score": "0: no", "b_score": "0: no"}
			answers[[]string{"a_score", "b_score", "a_next", "on"}[i%4]] = []string{"2: all", "1: yes", "A step", "2028-02-29"}[i%4]
			if conflicts, err := (check.Writing{Base: 1, Answers: answers, State: check.Draft}).Save(h.App, h.Viewer("partner"), mine); err != nil || len(conflicts) > 0 {
				t.Errorf("%v %v", conflicts, err)
			}
		})
	}
	all.Wait()
	c, _ = check.ByID(h.App, c.Id)
	if got := fmt.Sprint(c.Answers()); got != "map[a_next:A step a_score:2: all b_score:1: yes on:2028-02-29 who:Surgery]" || c.Version() != 5 || len(c.History()) != 4 {
		t.Errorf("version %d: %s", c.Version(), got)
	}
	conflicts := wrote(t, h, "partner", c, 1, check.Draft, check.Answers{"who": "Surgery", "a_score": "1: some"})
	if len(conflicts) != 1 || conflicts[0].Theirs != "2: all" {
		t.Errorf("the conflicts are %v", conflicts)
	}
}

// TestSentTwice sends one form ten times at once: it is kept once. Another person's key is another one's, and what came out of
// it meanwhile stays out.
func TestSentTwice(t *testing.T) {
	h := hubtest.New(t)
	d := made(t, h, "library")
	send := func(person, key, who string) string {
		c, err := check.New(h.App, d.Id)
		if err != nil {
			t.Error(err)
			return ""
		}
		w := check.Writing{Answers: check.Answers{"who": who}, ClientKey: key}
		if conflicts, err := w.Save(h.App, h.Viewer(person), c); err != nil || len(conflicts) > 0 {
			t.Errorf("%v %v", conflicts, err)
		}
		return c.Id
	}
	var all sync.WaitGroup
	ids := make([]string, 10)
	for i := range ids {
		all.Go(func() { ids[i] = send("partner", "once", "Mill Lane") })
	}
	all.Wait()
	if slices.Sort(ids); ids[0] == "" || ids[0] != ids[9] {
		t.Errorf("it was kept as %v", slices.Compact(ids))
	}
	r := h.Record("assessments", "id", ids[0])
	r.Load(map[string]any{"state": check.Shared, "answers": map[string]string{"who": "Mill Lane", "a_score": "2: all", "b_score": "1: yes"}})
	if err := h.App.Save(r); err != nil {
		t.Fatal(err)
	}
	if id := send("partner", "once", "Mill Lane Surgery"); id != r.Id || h.Record("assessments", "id", id).GetString("state") != check.Shared || h.Record("assessments", "id", id).GetString("title") != "Mill Lane Surgery" {
		t.Errorf("sent again it is %s, %v", id, h.Record("assessments", "id", r.Id).PublicExport())
	}
	if id := send("lead", "once", "Elm Lane"); id == r.Id {
		t.Error("somebody else’s form went into it")
	}
}

// TestWhoSeesIt: a draft is its writers', what is shared is read as the template is; REST and search say the same.
func TestWhoSeesIt(t *testing.T) {
	h := hubtest.New(t)
	template := map[string]*core.Record{"library": made(t, h, "library"), "programme-board": made(t, h, "programme-board")}
	colleague := h.Record("users", "email", "member2@example.org")
	colleague.Set("organisation", h.Record("users", "email", "partner@example.org").GetString("organisation"))
	if err := h.App.Save(colleague); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ space, state, who, sees string }{
		{"library", check.Draft, "partner", "partner member2"}, {"library", check.Shared, "partner", "guest member member2 partner lead moderator admin"},
		{"programme-board", check.Draft, "lead", "lead"}, {"programme-board", check.Shared, "lead", "lead admin"},
	} {
		word := "zz" + strings.ReplaceAll(x.space, "-", "") + x.state
		c, err := check.New(h.App, template[x.space].Id)
		if err != nil {
			t.Fatal(err)
		}
		wrote(t, h, x.who, c, 0, x.state, check.Answers{"who": word, "a_score": "2: all"})
		h.Settle()
		for _, role := range strings.Fields("guest member member2 partner lead moderator admin") {
			sees := strings.Contains(" "+x.sees+" ", " "+role+" ")
			client := h.Guest()
			if role != "guest" {
				client = h.As(role)
			}
			for exit, says := range map[string]bool{
				"the viewer": c.Viewable(h.Viewer(role)), "its page": client.Get(c.Address()).Status == 200, "the table": client.Get(c.Address()+".csv").Status == 200,
				"the list": strings.Contains(client.Get("/self-checks").Body, word) || x.space != "library" && sees, // the template of a group is not listed
				"REST":     client.REST("GET", "/api/collections/assessments/records/"+c.Id, nil).Status == 200,
			} {
				if says != sees {
					t.Errorf("%s %s: the %s sees it: %v; %s says %v", x.space, x.state, role, sees, exit, says)
				}
			}
			if found := strings.Contains(client.Get("/search.json?q="+word).Body, c.Id); found != (sees && x.state == check.Shared) {
				t.Errorf("%s %s: search finds it for the %s: %v", x.space, x.state, role, found)
			}
		}
	}
	d := template["library"]
	d.Set("space", h.Record("spaces", "slug", "programme-board").Id)
	journal.By(d, "operator:x")
	if err := h.App.Save(d); err != nil {
		t.Fatal(err)
	}
	if list, err := check.List(h.App, h.Viewer("member"), nil); err != nil || len(list) != 3 {
		t.Errorf("after the template was moved the member sees %d: %v", len(list), err)
	}
}

// TestMarksOfAPlace are what the grid of places says.
func TestMarksOfAPlace(t *testing.T) {
	h := hubtest.New(t)
	words := func() string {
		marks, err := check.Marks(h.App, h.Viewer("guest"))
		if err != nil {
			t.Fatal(err)
		}
		return check.CellWord(marks[h.Record("places", "slug", "wakefield").Id]) + "; " + check.CellWord(marks[h.Record("places", "slug", "harrogate").Id])
	}
	if got := words(); got != "6 of 6 markers met; " {
		t.Errorf("it says %s", got)
	}
	c, err := check.New(h.App, made(t, h, "library").Id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (check.Writing{Answers: check.Answers{"who": "X", "a_score": "2: all"}, State: check.Shared, Place: h.Record("places", "slug", "wakefield").Id}).Save(h.App, h.Viewer("partner"), c); err != nil {
		t.Fatal(err)
	}
	if got := words(); got != "2 checks, from 1 of 2 to 6 of 6 markers met; " {
		t.Errorf("it says %s", got)
	}
}
