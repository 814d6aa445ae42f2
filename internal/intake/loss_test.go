package intake

import (
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
)

func TestLoss(t *testing.T) {
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip()
	}
	pieces, err := read(os.DirFS(data), filepath.Base(data), "", Options{As: library.Guidance})
	if err != nil {
		t.Fatal(err)
	}
	strip := regexp.MustCompile(`(?sm)^\s*\[[^\]]*\]:.*?$|\]\[[^\]]*\]|<!--.*?-->|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>|\]\([^)]*\)|https?://\S+|\{:[^}]*\}|&[a-z]+;`)
	word := regexp.MustCompile(`[\p{Han}\p{Hiragana}\p{Katakana}]|[\p{Latin}\p{Cyrillic}\p{N}]{2,}`)
	type row struct {
		path string
		lost []string
		n    int
	}
	var rows []row
	bad := 0
	for _, p := range pieces {
		raw, _ := os.ReadFile(filepath.Join(data, p.Path))
		_, body := markdown.Split(raw)
		body = regexp.MustCompile("(?is)<(script|style|svg|select|form)\\b.*?</(script|style|svg|select|form)>").ReplaceAllString(body, "")
		want := word.FindAllString(strip.ReplaceAllString(body, " "), -1)
		page, err := markdown.Render(p.body, markdown.Options{})
		if err != nil {
			t.Log(p.Path, err)
			bad++
		}
		summary, _ := p.front["summary"].(string)
		have := map[string]int{}
		for _, w := range word.FindAllString(page.Plain+" "+p.Title+" "+summary, -1) {
			have[w]++
		}
		var lost []string
		for _, w := range want {
			if have[w] == 0 {
				lost = append(lost, w)
			} else {
				have[w]--
			}
		}
		if len(lost) > 0 {
			rows = append(rows, row{p.Path, lost, len(want)})
		}
	}
	sort.Slice(rows, func(i, j int) bool {
		return len(rows[i].lost)*1000/(rows[i].n+20) > len(rows[j].lost)*1000/(rows[j].n+20)
	})
	t.Log(len(rows), "files with words lost;", bad, "do not render")
	for i, r := range rows {
		if i < 40 {
			t.Log(r.path, len(r.lost), "of", r.n, strings.Join(r.lost, " "))
		}
	}
}
