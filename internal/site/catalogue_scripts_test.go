package site

import (
	"go/ast"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"commonplace/web"
)

const scriptFolder = "../../web/script/"

// notForCarers are scripts that the code of public pages names and whose words are English, each with its reason.
var notForCarers = map[string]string{
	"bell.js":     "the layout gives it to people who are signed in",
	"write.js":    "comes where somebody may post",
	"autosave.js": "comes where somebody may post",
}

// outright is what stands in scripts, reads like words, and is none for readers of another language.
var outright = map[string]string{
	"<!doctype html><html lang=en-GB>": "the page when even the copy is gone: nothing is left to take words from",
	"a an and are as at be by can ":    "words that a search leaves out",
	"commonplace-form ":                "a name in the browser's storage",
}

// saidBy are the sets of words, by the file that asks for them.
var saidBy = map[string]string{
	"exit.js": "exit", "explain.js": "explain", "suggest.js": "suggest", "quote.js": "quote", "copy.js": "copy", "templates.js": "fill",
	"find.js": "find", "offline.js": "offline", "live.js": "live", "offline/kept.js": "age", "sw.js": "saved",
}

// scripts are those that the code of public pages names, and those of the layout.
func (s *ownCode) scripts(t *testing.T) map[string]bool {
	t.Helper()
	named := map[string]bool{}
	note := func(n ast.Node) {
		if l, is := n.(*ast.BasicLit); is && strings.HasSuffix(l.Value, `.js"`) {
			named[strings.Trim(l.Value, `"`)] = true
		}
	}
	for _, f := range s.public() {
		ast.Inspect(f, func(n ast.Node) bool {
			if id, is := n.(*ast.Ident); is {
				note(s.vars[id.Name])
			}
			note(n)
			return true
		})
	}
	layout, err := fs.ReadFile(web.Templates, "part/layout.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`asset "([^"]+\.js)"`).FindAllSubmatch(layout, -1) {
		named[string(m[1])] = true
	}
	return named
}

// scriptsForCarers are the sources of those whose words come from the catalogue, with all that they import.
func scriptsForCarers(t *testing.T) map[string]string {
	t.Helper()
	todo := readRoom(t).scripts(t)
	for name := range notForCarers {
		if !todo[name] {
			t.Errorf("no public page has %s: nothing has to be said of it", name)
		}
		delete(todo, name)
	}
	sources := map[string]string{}
	imports := regexp.MustCompile(`from "(\.[^"]+)"`)
	var read func(file string)
	read = func(file string) {
		if _, has := sources[file]; has {
			return
		}
		raw, err := os.ReadFile(scriptFolder + file)
		if err != nil {
			t.Fatal(err)
		}
		sources[file] = string(raw)
		for _, m := range imports.FindAllStringSubmatch(sources[file], -1) {
			read(path.Join(path.Dir(file), m[1]))
		}
	}
	for name := range todo {
		read(name)
	}
	if len(todo) < 12 || len(sources) < 14 {
		t.Fatalf("only %d scripts of %d files: %v", len(todo), len(sources), todo)
	}
	return sources
}

var (
	jsTokens   = regexp.MustCompile("(?s)//[^\n]*|/\\*.*?\\*/|" + `"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|` + "`(?:[^`\\\\]|\\\\.)*`" + `|[(,=:!&|?{;\[>]\s*/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/`)
	jsFilled   = regexp.MustCompile(`\$\{((?:[^{}]|\{[^{}]*\})*)\}`)
	jsMark     = regexp.MustCompile(`<[^>]*>`)
	notSpoken  = regexp.MustCompile(`(?:querySelector|querySelectorAll|closest|matches|matchMedia|headers\.get|[!=]==?) *\(?$`)
	jsSentence = regexp.MustCompile(`\p{L}{2,}[,.:]? +[\p{L}\d“(]|[\p{L}\d”)][,.:]? +\p{L}{2,}|^ \p{L}{2,}|\p{L}{2,} $`)
	jsWord     = regexp.MustCompile(`^\p{Lu}\p{Ll}+[.…!?]?$`)
)

// jsSaid are the strings of a script that read like words for people: several with a blank between, or one with a capital.
// What is filled into a template counts as one of them.
func jsSaid(source string) (said []string) {
	for _, at := range jsTokens.FindAllStringIndex(source, -1) {
		token := source[at[0]:at[1]]
		if !strings.ContainsAny(token[:1], "\"'`") || notSpoken.MatchString(source[:at[0]]) {
			continue
		}
		text := token[1 : len(token)-1]
		if token[0] == '`' {
			for _, code := range jsFilled.FindAllStringSubmatch(text, -1) {
				said = append(said, jsSaid(code[1])...)
			}
			text = jsFilled.ReplaceAllString(text, "1")
		}
		if words := jsMark.ReplaceAllString(text, ""); jsSentence.MatchString(words) || jsWord.MatchString(words) {
			said = append(said, text)
		}
	}
	return said
}

// TestWhatAScriptSays is found in whatever way it is written down.
func TestWhatAScriptSays(t *testing.T) {
	for source, want := range map[string]int{
		`said.textContent = "There is no copy.";`:                             1,
		`close.textContent = 'Close';`:                                        1,
		`f("aria-label", "Saving…")`:                                          1,
		"x = `${n} pages`":                                                    1,
		"x = `(read ${day})`":                                                 1,
		"x = `<p>${n > 1 ? \"many of them\" : ''}</p>`":                       1,
		`x = n + " pages"`:                                                    1,
		`x = "Page " + n`:                                                     1,
		`bar.innerHTML = '<button class="a b">Copy it all</button>'`:          1,
		"// it's said\nf(\"one two\") /* it's */; f(\"three four\")":          2,
		`f(/["'] a word/, "two words")`:                                       1,
		`// "said nowhere at all"`:                                            0,
		`el.closest("main a"); if (e.key === "Enter") go("/a-b", "POST")`:     0,
		"x = `<p class=\"a b\">${n}</p>`; y = `${a} ${b}`; z = `#${id}-${n}`": 0,
		`r.headers.get("Date"); f("text/html; charset=utf-8")`:                0,
		`tell(said, words("nothing-saved"))`:                                  0,
	} {
		if got := jsSaid(source); len(got) != want {
			t.Errorf("%s: found %q", source, got)
		}
	}
}

// TestScriptsForCarersSayNothingOutright: what they say comes from the catalogue, in the page's language.
func TestScriptsForCarersSayNothingOutright(t *testing.T) {
	seen := map[string]bool{}
	for file, source := range scriptsForCarers(t) {
		for _, said := range jsSaid(source) {
			known := false
			for begins := range outright {
				if strings.HasPrefix(said, begins) {
					known, seen[begins] = true, true
				}
			}
			if !known {
				t.Errorf("%s says %q outright; put it into web/words/en.yaml and give it to the script's element with says", file, said)
			}
		}
	}
	for begins := range outright {
		if !seen[begins] {
			t.Errorf("no script has %q any more", begins)
		}
	}
}

// TestWordsOfScripts: each word that a script asks for is in its set, each of the set is asked for, and a page gives it.
func TestWordsOfScripts(t *testing.T) {
	all, err := newTongues()
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]bool{"saved": true, "age": true} // see copyFrame
	calls, names := regexp.MustCompile(`\{\{says ([^}]+)\}\}`), regexp.MustCompile(`"(\w+)"`)
	err = fs.WalkDir(web.Templates, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(web.Templates, file)
		for _, call := range calls.FindAllStringSubmatch(string(raw), -1) {
			for _, set := range names.FindAllStringSubmatch(call[1], -1) {
				given[set[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	asks := regexp.MustCompile(`\bwords\((?:"([a-z-]+)")?`)
	for file, source := range scriptsForCarers(t) {
		set := saidBy[file]
		for _, call := range asks.FindAllStringSubmatch(source, -1) {
			key := "script-" + set + "-" + call[1]
			asked[key] = true
			if all.english.english[key] == "" && all.english.english[key+".other"] == "" {
				t.Errorf("%s asks for %q, and there is no %s in the catalogue", file, call[1], key)
			}
		}
		if strings.Contains(source, "speakerOf(") && set == "" && file != "words/speaker.js" {
			t.Errorf("say in saidBy which words %s asks for", file)
		}
	}
	for key := range all.english.english {
		if whole, _, _ := strings.Cut(key, "."); strings.HasPrefix(key, "script-") && !asked[whole] {
			t.Errorf("no script says %q", key)
		}
	}
	if sets := slices.Collect(maps.Values(saidBy)); len(sets) != len(given) || slices.ContainsFunc(sets, func(set string) bool { return !given[set] }) {
		t.Errorf("scripts ask for %q, and pages give %v", sets, given)
	}
}

// TestAScriptSpeaksOneLanguage: its page's with all of its words, in the forms of that language; else English.
func TestAScriptSpeaksOneLanguage(t *testing.T) {
	english := map[string]string{"script-a-one": "It’s <1> & “2”", "script-a-days.one": "day", "script-a-days.other": "days", "script-b-two": "two"}
	polish := map[string]string{"script-a-one": "jeden", "script-a-days.few": "dni", "script-a-days.other": "dnia"}
	const inEnglish = ` data-says='{"days.one":"day","days.other":"days","lang":"en-GB","one":"It’s &lt;1> &amp; “2”"}'`
	for _, c := range []struct {
		catalogue
		set, want string
	}{
		{catalogue{"", nil, english}, "a", inEnglish},
		{catalogue{"und", nil, english}, "a", inEnglish},
		{catalogue{"pl", polish, english}, "a", ` data-says='{"days.few":"dni","days.other":"dnia","lang":"pl","one":"jeden"}'`},
		{catalogue{"pl", polish, english}, "b", ` data-says='{"lang":"en-GB","two":"two"}'`},
		{catalogue{"ur", map[string]string{"script-a-one": "ایک"}, english}, "a", inEnglish},
	} {
		if got, err := c.saysHTML(c.set); string(got) != c.want || err != nil {
			t.Errorf("%s %s: %s, %v", c.lang, c.set, got, err)
		}
	}
	if _, err := (catalogue{english: english}).saysHTML("nothing"); err == nil {
		t.Error("words that are not there are given to a script")
	}
}
