package hub_test

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"io"
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"commonplace/internal/export"
	"commonplace/internal/hubtest"
	"commonplace/internal/intake"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/plan"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// takenOut are the files of an export, and the folder in which they lie.
func takenOut(t *testing.T, app core.App) (string, map[string]string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "export")
	put, err := export.Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	err = export.Hub(app, export.Options{}, func(name string, content io.Reader) error {
		raw, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		files[name] = string(raw)
		return put(name, strings.NewReader(string(raw)))
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir, files
}

// TestAHubGoesOutAndComesInAgain takes the demonstration out, puts it into an empty hub, and takes it out again: the same
// files, to the byte. A second import changes nothing.
func TestAHubGoesOutAndComesInAgain(t *testing.T) {
	h := hubtest.New(t)
	saved(t, h, "passport_counts", map[string]any{"organisation": h.Record("organisations", "slug", "carers-in-hertfordshire").Id, "as_of": "2026-06-01", "n": 120, "by_role": "HR lead"})
	study, leeds := h.Record("documents", "slug", "a-carer-friendly-system").Id, h.Record("places", "slug", "leeds").Id
	for i := range 2 { // two who belong to no organisation, one of whom is asked
		r := saved(t, h, "adoptions", map[string]any{"document": study, "place": leeds, "stage": "looking", "since": "2024-02-29",
			"author": h.Record("users", "email", []string{"member", "member2"}[i]+"@example.org").Id, "confirmed_by_role": "Lead", "confirmed_on": "2026-03-29",
			"results": `[{"what":"staff-kept","n":12,"of":40,"how":"counted","from":"2026-01-01","source":"<HR> & co"},{"what":"people-reached","n":2,"how":"counted"}]`})
		r.Load(map[string]any{"stage": "stopped", "since": "2026-03-01", "stopped_for": "money", "reason": "The grant ended."})
		if i == 0 {
			r.Set("thread", threads(t, h)[0])
		}
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
	}
	key := keptAndShared(t, h)
	dir, first := takenOut(t, h.App)
	if rows := first["lists/plan_boards.json"]; !strings.Contains(rows, key) || !strings.Contains(rows, `"document": "ap-young-carers-2026-28"`) {
		t.Errorf("the boards' pages go out as %s", rows)
	}
	if rows := first["lists/signoffs.json"]; !strings.Contains(rows, `"goal": "ap-young-carers-2026-28#g1"`) || !strings.Contains(rows, `"words": `) {
		t.Errorf("the sign-offs go out as %s", rows)
	}
	if rows := first["lists/adoptions.json"]; strings.Count(rows, `"on": "2024-02-29"`) != 2 || !strings.Contains(rows, `"thread": `) {
		t.Errorf("the adoptions go out as %s", rows)
	}
	for _, want := range []string{"commonplace.json", "README.txt", "documents/library/handbook/", "documents/library/plans/", "lists/spaces.json", "lists/adoptions.json", "lists/passport_counts.json", "lists/champions.json", "threads/"} {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(first)), func(name string) bool { return strings.HasPrefix(name, want) }) {
			t.Errorf("there is no %s in it", want)
		}
	}
	for name, text := range first {
		if strings.Contains(text, "@example.org") || strings.Contains(text, "Demo Partner") {
			t.Errorf("%s names a person", name)
		}
	}
	other := hubtest.New(t, hubtest.Empty())
	r, err := intake.Import(context.Background(), other.App, dir, intake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Files {
		if f.Outcome == intake.Refused || len(f.Problems) > 0 {
			t.Errorf("%s: %s %v", f.Path, f.Outcome, f.Problems)
		}
	}
	_, second := takenOut(t, other.App)
	sameFiles(t, first, second)
	other.Settle()
	if a := other.Guest().Get("/plans/young-carers-2026-28/board/" + key); a.Status != http.StatusOK || !strings.Contains(a.Body, "Find young carers sooner") {
		t.Errorf("the board's page that was kept: %d", a.Status)
	}
	if a := other.Guest().Get("/plans/young-carers-2026-28"); !strings.Contains(a.Body, "Has not confirmed the new words yet.") {
		t.Errorf("nothing is said of the programme that shares a goal whose words changed: %s", a.Body)
	}
	r, err = intake.Import(context.Background(), other.App, dir, intake.Options{})
	if err != nil || r.Counts[intake.Imported]+r.Counts[intake.Updated] > 0 {
		t.Errorf("a second import: %v %v", r.Counts, err)
	}
	_, third := takenOut(t, other.App)
	sameFiles(t, first, third)
}

// keptAndShared keeps a board's page of a plan and then changes the words of a goal that a programme shares.
func keptAndShared(t *testing.T, h *hubtest.Hub) string {
	t.Helper()
	d := h.Record("documents", "slug", "young-carers-2026-28")
	goals, err := plan.Load(h.App, d.Id)
	if err != nil {
		t.Fatal(err)
	}
	sheet := plan.Sheet{Document: d.Id, Title: d.GetString("title"), Address: "/plans/young-carers-2026-28", Goals: goals}
	key, err := plan.Freeze(h.App, plan.Of{Document: d.Id}, "", "Director", plan.Board{AsOf: plan.Today(time.Now()), Sheets: []plan.Sheet{sheet}})
	if err != nil {
		t.Fatal(err)
	}
	for _, values := range []map[string]any{{"programmes": []string{h.Record("programmes", "slug", "primary-care").Id}}, {"title": "Find them sooner"}} {
		goal := h.Record("goals", "id", goals[0].ID)
		goal.Load(values)
		if err := h.App.Save(goal); err != nil {
			t.Fatal(err)
		}
	}
	return key
}

// threads are the ids of all discussions.
func threads(t *testing.T, h *hubtest.Hub) (ids []string) {
	t.Helper()
	if err := h.App.DB().Select("id").From("threads").OrderBy("id").Column(&ids); err != nil || len(ids) == 0 {
		t.Fatalf("discussions: %v, %v", ids, err)
	}
	return ids
}

func sameFiles(t *testing.T, want, got map[string]string) {
	t.Helper()
	for name, text := range want {
		if got[name] != text {
			line, is := firstDifference(text, got[name])
			t.Errorf("%s differs: %q became %q", name, line, is)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is new", name)
		}
	}
}

func firstDifference(a, b string) (string, string) {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range as {
		if i >= len(bs) || as[i] != bs[i] {
			return as[i], strings.Join(bs[min(i, len(bs)):min(i+1, len(bs))], "")
		}
	}
	return "", strings.Join(bs[len(as):], "\n")
}

// TestAnExportIntoAHubThatIsInUse leaves what is there as it is.
func TestAnExportIntoAHubThatIsInUse(t *testing.T) {
	h := hubtest.New(t)
	dir, _ := takenOut(t, h.App)
	place := h.Record("places", "slug", "leeds")
	place.Set("summary", "Ours.")
	if err := h.App.Save(place); err != nil {
		t.Fatal(err)
	}
	if _, err := intake.Import(context.Background(), h.App, dir, intake.Options{}); err != nil {
		t.Fatal(err)
	}
	if got := h.Record("places", "slug", "leeds").GetString("summary"); got != "Ours." {
		t.Errorf("the place says %q", got)
	}
}

// TestAnExportGoesIntoNoFolderThatHoldsSomething, so that no file of another export stays behind among its own.
func TestAnExportGoesIntoNoFolderThatHoldsSomething(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := export.Folder(dir); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("%v", err)
	}
}

// TestPagesOpenWithoutAServer follows every link of the web pages that are taken out.
func TestPagesOpenWithoutAServer(t *testing.T) {
	h := hubtest.New(t)
	pages := map[string]string{}
	err := export.Pages(h.App, export.Options{}, func(name string, content io.Reader) error {
		raw, err := io.ReadAll(content)
		pages[name] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 50 {
		t.Errorf("there are %d pages", len(pages))
	}
	links := 0
	for name, text := range pages {
		if strings.Contains(text, "<script") || strings.Contains(text, `src="http`) || strings.Contains(text, `href="/`) {
			t.Errorf("%s has a script, something from elsewhere, or a link that needs a server", name)
		}
		if strings.Contains(text, "cp-slot") {
			t.Errorf("%s has an empty slot", name)
		}
		for _, m := range regexp.MustCompile(`href="([^"#:]+\.html)[^"]*"`).FindAllStringSubmatch(text, -1) {
			links++
			if to := path.Join(path.Dir(name), m[1]); pages[to] == "" {
				t.Errorf("%s leads to %s, which is not there", name, to)
			}
		}
	}
	if links < 100 {
		t.Errorf("only %d links were followed", links)
	}
}

// aPicture is a JPEG as a camera makes one, with something in it that makes it large.
func aPicture(t *testing.T, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * i >> 7)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestAllThatADocumentHasGoesAlong: its files with their words, its videos, what it builds on, what people agreed to and until
// when, and when it comes out. Where the form of a consent lies stays where it is.
func TestAllThatADocumentHasGoesAlong(t *testing.T) {
	h := hubtest.New(t)
	save := func(r *core.Record) {
		t.Helper()
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
	}
	space := h.Record("spaces", "slug", "library")
	d, err := library.New(h.App, library.Guidance, space.Id)
	if err != nil {
		t.Fatal(err)
	}
	d.Load(map[string]any{"title": "A page with everything", "summary": "It has all there is.", "body": "Words. “I could rest at last,” she said.", "slug": "a-page-with-everything"})
	m := d.Meta()
	m.Videos = []library.Video{{URL: "https://video.example.org/1", Title: "How it went", Transcript: "Carer: It went well."}}
	if err := d.SetMeta(m); err != nil {
		t.Fatal(err)
	}
	save(d.Record)
	large := attach(t, h, d.Record, aPicture(t, 1900, 1100), "team.jpg", map[string]any{"alt": "The team at a table", "credit": "A photographer"})
	attach(t, h, d.Record, aPicture(t, 700, 300), "line.jpg", map[string]any{"decorative": true})
	attach(t, h, d.Record, []byte("Words of a file"), "Board paper.txt", map[string]any{"title": "The board's paper", "summary": "What the board said."})
	d.Set("body", d.Body()+"\n\n![The team at a table]("+large.Address()+")")
	d.Set("state", library.Published)
	save(d.Record)
	other := h.Record("documents", "kind", "case-study")
	if err := library.Relate(h.App, hubViewer(t, h, "admin"), d, other.Id, library.Differs, "Ours is for a town."); err != nil {
		t.Fatal(err)
	}
	c, err := library.NewConsent(h.App, d.Id)
	if err != nil {
		t.Fatal(err)
	}
	c.Load(map[string]any{"what": library.Quote, "whose": "A carer of her mother", "how": "The form lies with a named nurse", "passage": "“I could rest at last,” she said.", "given": "2026-01-01 00:00:00.000Z", "until": "2027-01-01 00:00:00.000Z"})
	save(c.Record)
	later, err := library.New(h.App, library.Guidance, space.Id)
	if err != nil {
		t.Fatal(err)
	}
	later.Load(map[string]any{"title": "A page that comes out later", "summary": "In the new year.", "body": "Words.", "slug": "a-page-that-comes-out-later", "state": library.Draft})
	save(later.Record)
	if err := library.KeepDates(h.App, later, map[string]any{"publish_at": "2027-01-04 08:00:00.000Z"}); err != nil {
		t.Fatal(err)
	}

	post := h.Record("posts", "state", thread.Visible)
	ready, err := library.Prepare(context.Background(), h.App, []byte("Words of a post's file"), "minutes.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := library.AttachToPost(h.App, post.Id, ready, func(a *library.Attachment) { a.Set("author", post.GetString("author")) }); err != nil {
		t.Fatal(err)
	}

	make := func(collection string, values map[string]any) *core.Record {
		t.Helper()
		c, err := h.App.FindCollectionByNameOrId(collection)
		if err != nil {
			t.Fatal(err)
		}
		r := core.NewRecord(c)
		r.Load(values)
		save(r)
		return r
	}
	answer := make("answers", map[string]any{"document": d.Id, "page": d.Address(), "words": "We say now who does.", "changed": true})
	make("comments", map[string]any{"document": d.Id, "page": d.Address(), "words": "Who does it?", "state": thread.Visible, "answer": answer.Id})
	make("comments", map[string]any{"page": "/about", "words": "Who are you?", "state": thread.Visible})
	for _, state := range []string{thread.Held, thread.Hidden} {
		make("comments", map[string]any{"document": d.Id, "page": d.Address(), "words": "Nobody read this yet.", "state": state})
	}

	talk := h.Record("threads", "kind", "idea")
	make("events", map[string]any{
		"title": "Breakfast", "state": "published", "space": h.Record("spaces", "slug", "library").Id, "author": h.Record("users", "email", "partner@example.org").Id, "by_role": "Workforce lead", "place": h.Record("places", "slug", "leeds").Id, "venue": "The hall",
		"starts": "2026-02-27 09:00:00.000Z", "ends": "2026-02-27 10:00:00.000Z", "needs": []string{"bsl", "step-free"}, "audience": []string{"young-carer"}, "documents": []string{d.Id}, "thread": talk.Id,
		"body": "Bring\n\na cup.", "outcome": "There is a card now.", "outcome_role": "Workforce lead", "sequence": 4,
	})
	made := h.Record("assessments", "example", "1")
	kept := make("assessments", map[string]any{
		"document": made.GetString("document"), "state": "draft", "place": made.GetString("place"), "organisation": made.GetString("organisation"), "by_role": "Nurse", "about": d.Id, "about_part": "g1",
		"answers": map[string]string{}, "author": h.Record("users", "email", "partner@example.org").Id,
	})
	make("events", map[string]any{"title": "Tea", "state": "cancelled", "reason": "Rain.", "starts": "2026-02-27 00:00:00.000Z", "ends": "2026-02-28 00:00:00.000Z", "all_day": true})
	make("events", map[string]any{"title": "Not announced", "starts": "2026-02-27 09:00:00.000Z", "ends": "2026-02-27 10:00:00.000Z"})

	soon(t, "the words of every file are read, and a post's file goes out then", func() bool {
		n, err := h.App.CountRecords("attachments", dbx.HashExp{"words": "waiting"})
		return err == nil && n == 0
	})
	dir, first := takenOut(t, h.App)
	if all := strings.Join(slices.Collect(maps.Values(first)), "\n"); strings.Contains(all, "named nurse") {
		t.Error("it says where the form of a consent lies")
	} else if strings.Contains(all, "Nobody read this yet.") {
		t.Error("it says what waits for a moderator")
	}
	for name, words := range map[string][]string{
		"documents/library/guidance/a-page-with-everything.md":      {"https://video.example.org/1", "Carer: It went well.", large.Address()},
		"documents/library/guidance/a-page-that-comes-out-later.md": {"publish_at: 2027-01-04 08:00:00.000Z"},
		"lists/consents.json":    {"A carer of her mother", "2027-01-01", "I could rest"},
		"lists/relations.json":   {"Ours is for a town.", "differs"},
		"lists/answers.json":     {"We say now who does.", `"changed": true`},
		"lists/events.json":      {"Breakfast", "bsl", `"leeds"`, "There is a card now.", `"sequence": 4`, d.Key(), talk.Id, "Rain.", "Not announced"},
		"lists/assessments.json": {kept.Id, "Hill Road Surgery", `"history"`, `"tp-quality-markers"`, `"about_part": "g1"`, "Nurse", `"version": 2`},
		"lists/comments.json":    {"Who does it?", answer.Id, "Who are you?", `"created"`},
		"lists/attachments.json": {"The team at a table", "A photographer", `"decorative": true`, "The board's paper", "What the board said.", "minutes.txt", post.Id},
	} {
		for _, w := range words {
			if !strings.Contains(strings.ReplaceAll(first[name], `"2027-01-04 08:00:00.000Z"`, "2027-01-04 08:00:00.000Z"), w) {
				t.Errorf("%s has no %q: %s", name, w, first[name])
			}
		}
	}
	empty := hubtest.New(t, hubtest.Empty())
	r, err := intake.Import(context.Background(), empty.App, dir, intake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Files {
		if f.Outcome == intake.Refused || len(f.Problems) > 0 {
			t.Errorf("%s: %s %v", f.Path, f.Outcome, f.Problems)
		}
	}
	_, second := takenOut(t, empty.App)
	sameFiles(t, first, second)
	got := library.WrapAttachment(empty.Record("attachments", "id", large.Id))
	if !slices.Equal(got.Sizes(), large.Sizes()) || len(got.Sizes()) != 3 || !got.Out() {
		t.Errorf("the picture came in as %v", got.Sizes())
	}
	empty.Settle()
	if a := empty.Guest().Get("/guidance/a-page-with-everything"); !strings.Contains(a.Body, "srcset=\"/files/"+large.Id+"/480.jpg") {
		t.Errorf("the page does not show it: %d", a.Status)
	}
	r, err = intake.Import(context.Background(), empty.App, dir, intake.Options{})
	if err != nil || r.Counts[intake.Imported]+r.Counts[intake.Updated] > 0 {
		t.Errorf("a second import: %v %v", r.Counts, err)
	}
}

func hubViewer(t *testing.T, h *hubtest.Hub, role string) *member.Viewer {
	t.Helper()
	v, err := member.For(h.App, h.Record("users", "email", role+"@example.org"))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestThePressPackHasThePicturesThatMayBePassedOn, with their credit, and names the others.
func TestThePressPackHasThePicturesThatMayBePassedOn(t *testing.T) {
	h := hubtest.New(t)
	d := h.Record("documents", "kind", "case-study")
	yes := attach(t, h, d, aPicture(t, 700, 300), "yes.jpg", map[string]any{"alt": "A room", "credit": "A photographer", "consent": true, "state": library.Published})
	no := attach(t, h, d, aPicture(t, 600, 300), "no.jpg", map[string]any{"alt": "A face", "state": library.Published})
	var b bytes.Buffer
	if err := export.PressPack(h.App, library.Wrap(d), "https://hub.example.org", "Cited.", &b); err != nil {
		t.Fatal(err)
	}
	said := opened(b.String())
	for _, words := range []string{"-" + yes.File(), "A room", "Credit: A photographer", "PICTURES THAT ARE NOT IN THIS PACK\nno.jpg: nobody has said"} {
		if !strings.Contains(said, words) {
			t.Errorf("it does not say %q", words)
		}
	}
	if strings.Contains(said, "A face") || strings.Count(said, "\xff\xd8\xff") != 1 || !no.Out() {
		t.Error("a picture is in it to which nobody agreed")
	}
}
