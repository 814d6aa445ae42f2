package site_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// hands is how somebody works a page: with keys only, or by touch.
type hands struct {
	*window
	touch bool
}

// to goes to something and chooses it.
func (h hands) choose(css string) {
	h.t.Helper()
	if h.touch {
		h.tap(css)
		return
	}
	h.tabTo(css)
	if h.window.focused("input[type=radio], input[type=checkbox]") {
		h.press(" ")
		return
	}
	h.press(kb.Enter)
}

// follow chooses what leads to another page, which must fit the window.
func (h hands) follow(what, css string) {
	h.t.Helper()
	h.leads(what, func() { h.choose(css) })
	h.mustNotScrollSideways()
}

// type writes into a field that is empty.
func (h hands) fill(css, text string) {
	h.t.Helper()
	if h.touch {
		h.tap(css)
	} else {
		h.tabTo(css)
	}
	h.await(css+" has the focus", `document.activeElement === $(`+quote(css)+`)`)
	h.write(text)
}

// upload takes a file in a field, which can be reached; the window in which it is chosen is the system's own.
func (h hands) upload(css, file string) {
	h.t.Helper()
	if h.touch {
		h.reach(css)
	} else {
		h.tabTo(css)
	}
	h.do("choose a file", chromedp.SetUploadFiles(css, []string{file}))
}

// lookAgain loads a page that waits, instead of waiting for it to do so by itself.
func (h hands) lookAgain() {
	h.t.Helper()
	for end := time.Now().Add(patience); eval[bool](h.window, `says("Look again")`); h.do("look again", reload) {
		if time.Now().After(end) {
			h.t.Fatal("the upload is still under way")
		}
	}
}

// wordStudy is a case study as a partner has it, with most of its headings.
func wordStudy(t *testing.T, dir, title string) string {
	t.Helper()
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
	var body strings.Builder
	p := func(style, text string) {
		body.WriteString(`<w:p><w:pPr><w:pStyle w:val="` + style + `"/></w:pPr><w:r><w:t>` + text + `</w:t></w:r></w:p>`)
	}
	p("Title", title)
	p("Normal", "One ward asked every family who looks after whom.")
	for _, part := range [][2]string{
		{"Challenge", "Nobody on the ward asked who looks after whom."}, {"Action", "We put one question on the form for admission."},
		{"Result", "More carers are known when somebody goes home."}, {"What they did", "We wrote the question with three carers."}, {"What changed", "Nurses ring the carer first."},
	} {
		p("Heading1", part[0])
		p("Normal", part[1])
	}
	raw := zipped(t, map[string]string{
		"[Content_Types].xml":          head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
		"_rels/.rels":                  head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/styles.xml":              head + `<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style></w:styles>`,
		"word/_rels/document.xml.rels": head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="s1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`,
		"word/document.xml":            head + `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>` + body.String() + `</w:body></w:document>`,
	})
	return written(t, dir, title+".docx", []byte(raw))
}

func written(t *testing.T, dir, name string, raw []byte) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// fromWordToEverybody is what this is for: a Word file and a photo from a phone become a page that a colleague has
// approved and everybody reads. Once with keys only, once on a phone.
func fromWordToEverybody(t *testing.T, b *browser) {
	h := hubtest.New(t)
	dir := t.TempDir()
	picture := written(t, dir, "ward.jpg", photo(t, 1200, 900))
	for _, way := range []struct {
		name, title, address string
		look                 look
		touch                bool
	}{
		{"by keyboard", "Who looks after whom", "/case-studies/who-looks-after-whom", desktop, false},
		{"on a phone", "One question at the door", "/case-studies/one-question-at-the-door", phone, true},
	} {
		t.Run(way.name, func(t *testing.T) {
			w := hands{b.as(t, h.URL, "partner", way.look), way.touch}
			w.follow("Write", `a[href="/write"]`)
			w.follow("Bring in a Word file", `main a[href="/write/import"]`)
			w.upload("#files", wordStudy(t, dir, way.title))
			w.do("as a case study", chromedp.SetValue("#as", "case-study"))
			w.follow("See what would come in", "main form button[type=submit]")
			w.lookAgain()
			w.must("it was read", `text("[name=do][value=bring]") === "Make 1 draft"`)
			w.wholePicture("read")
			w.follow("Make 1 draft", "[name=do][value=bring]")
			w.lookAgain()
			w.must("it came in", `says("Your drafts") && !!$('main a[href^="/write/case-study/"]')`)
			w.mustNotScrollSideways()
			w.wholePicture("in")
			w.follow("the draft", `main a[href^="/write/case-study/"]`)
			w.must("its sections are filled", `$("#title").value === `+quote(way.title)+` && $("#challenge").value.startsWith("Nobody on the ward") && $("#action").value.startsWith("We put one") &&
				$("#result").value.includes("More carers are known") && $("#section-what-they-did").value.startsWith("We wrote the question") && $("#section-what-changed").value.startsWith("Nurses ring")`)
			w.must("each button of the form is inside the window", `$$("main button:not(.cp-enter), main .nhsuk-button").filter((el) => el.checkVisibility()).every((el) => { const b = el.getBoundingClientRect(); return b.left >= 0 && b.right <= innerWidth; })`)
			w.wholePicture("draft")

			w.follow("Pictures", `.cp-besides a[href$="/files"]`)
			w.upload("#file", picture)
			w.choose("form[data-files] summary")
			w.fill("#alt", "A nurse and a carer talk at the door of a ward.")
			w.follow("Add it", "form[data-files] button[type=submit]")
			w.must("the picture is there, with its words", `$("main .cp-picture img").alt.startsWith("A nurse and a carer")`)
			w.wholePicture("picture")
			w.follow("Back to writing", `main .cp-facts a[href^="/write/case-study/"]`)

			if !eval[bool](w.window, `$("#summary").value !== ""`) {
				w.fill("#summary", "One ward asked every family who looks after whom.")
			}
			w.choose("[name=places][type=checkbox]")
			w.fill("#contact_role", "Ward manager")
			w.follow("Ask for approval", "[name=do][value=ask]")
			w.must("it says who reads it", `says("It was sent for approval.") && says("reads it and decides. You get a mail.")`)
			w.wholePicture("asked")

			guest := hands{b.guest(t, h.URL, way.look), way.touch}
			guest.may(404)
			guest.visit(way.address)
			guest.must("nobody else reads it yet", `says("We cannot find that page")`)

			r := hands{b.as(t, h.URL, "lead", way.look), way.touch}
			r.visit("/review")
			r.mustNotScrollSideways()
			r.follow("the one that waits", `.cp-cards h2 a`)
			r.must("it is all there to be read", `says(`+quote(way.title)+`) && says("Nurses ring the carer first.") && says("Before you decide")`)
			r.wholePicture("to decide")
			r.follow("Approve", "[name=do][value=approve]")
			r.must("it is done", `says("It is approved.")`)

			guest.visit(way.address)
			guest.mustNotScrollSideways()
			guest.must("everybody reads it", `text("h1") === `+quote(way.title)+` && says("Nurses ring the carer first.")`)
			guest.do("to the picture", chromedp.ScrollIntoView("main .cp-picture img"))
			guest.await("with its picture", `(i => i.complete && i.naturalWidth > 0 && i.alt.startsWith("A nurse and a carer"))($("main .cp-picture img"))`)
			guest.wholePicture("out")
		})
	}
}

// filesAndRows drops and pastes pictures, and adds and removes rows.
func filesAndRows(t *testing.T, b *browser) {
	h := hubtest.New(t)
	d := draftOf(t, h, "partner", "With a picture")
	write := "/write/case-study/" + d.Id
	w := b.as(t, h.URL, "partner")

	// dropping hands a picture over as the browser does, and says whether the page took it.
	const dropping = `(css, kind) => { const d = new DataTransfer();
		const png = Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"), (c) => c.charCodeAt(0));
		d.items.add(new File([png], "dot.png", { type: "image/png" }));
		const how = { bubbles: true, cancelable: true };
		return !$(css).dispatchEvent(kind === "paste" ? new ClipboardEvent("paste", { ...how, clipboardData: d }) : new DragEvent("drop", { ...how, dataTransfer: d })); }`
	hand := func(css, kind string) {
		t.Helper()
		w.must("the page takes it: "+kind, `(`+dropping+`)(`+quote(css)+`, `+quote(kind)+`)`)
	}
	w.visit(write + "/files")
	hand("form[data-files]", "drop")
	w.must("it is chosen", `$("#file").files[0].name === "dot.png" && says("dot.png is chosen. Press “Add it”.")`)
	w.leads("Add it", func() { w.click("form[data-files] button[type=submit]") })
	w.must("it is there", `$$(".cp-file--own").length === 1`)

	w.visit(write)
	eval[bool](w, `($$("details").forEach((d) => d.open = true), true)`)
	w.click("#others")
	for n, kind := range []string{"paste", "drop"} {
		hand("#others", kind)
		w.await("the picture is in the text", `$("#others").value.split("![](/files/").length === `+string(rune('2'+n)))
	}
	w.write("A dot")
	w.must("its words go between the brackets", `/!\[A dot\]\(\/files\/\w+/.test($("#others").value)`)
	w.wholePicture("pasted")

	rows := func(n string) string { return `$$("[data-rows=sources] [data-row]").length === ` + n }
	w.must("there is an empty row", rows("1"))
	w.click(`#sources-0-title`)
	w.write("First")
	w.click(`[data-rows=sources] [data-add]`)
	w.must("a second one is empty and has the focus", rows("2")+` && document.activeElement.id === "sources-1-title" && $("#sources-1-title").value === "" && text("[data-row=sources-1] legend") === "A new source"`)
	w.write("Second")
	w.must("no two things have one id", `(ids => new Set(ids).size === ids.length)($$("main [id]").map((el) => el.id))`)
	w.click(`[data-row=sources-0] [data-remove]`)
	w.must("the first goes, and the button has the focus", rows("1")+` && $("[data-rows=sources] input:not([type=hidden])").value === "Second" && document.activeElement.matches("[data-rows=sources] [data-add]")`)
	w.must("it is said", `text("[data-rows=sources] [role=status]") === "Removed"`)

	w.click(`[data-rows=results] [data-add]`)
	w.await("the row of a result comes from the server", `location.search === "?add=results" && document.readyState === "complete" && $$("[data-rows=results] [data-row]").length === 2`)
	w.must("what was typed is saved", `$("[data-rows=sources] input:not([type=hidden])").value === "Second" && $("#others").value.includes("A dot")`)
	w.click("#results-1-text")
	w.write("Fewer calls")
	w.leads("Save draft", func() { w.click(`.cp-bar [value=save]`) })
	w.must("the line is there", `$("#result").value.includes("Fewer calls")`)
	eval[bool](w, `($$("details").forEach((d) => d.open = true), true)`)
	w.leads("Remove", func() { w.click(`[data-row=results-1] [data-remove]`) })
	w.must("the line goes with its row", `!$("#result").value.includes("Fewer calls") && $("#result").value !== ""`)
}
