package intake

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"

	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// addresses knows the pages of a source by where their files stand in it.
type addresses struct {
	exact map[string]string // by path, without the ending
	tails map[string]string // by the end of a path, for links from a site's root; "" where several pages end so
	old   map[string]string // by the whole address at which a page stood elsewhere
}

func addressesOf(pieces []*piece) addresses {
	a := addresses{map[string]string{}, map[string]string{}, map[string]string{}}
	for _, p := range pieces {
		if p.Outcome != "" {
			continue
		}
		name := withoutEnding(p.Path)
		a.add(name, p.Address)
		for _, old := range p.old {
			a.old[withoutEnding(old)] = p.Address
		}
		for _, index := range []string{"index", "_index", "README", "readme"} {
			if dir, ok := strings.CutSuffix(name, "/"+index); ok {
				a.add(dir, p.Address)
			} else if name == index {
				a.exact["."] = p.Address
			}
		}
	}
	return a
}

func (a addresses) add(name, address string) {
	a.exact[name] = address
	for tail := name; ; {
		_, rest, ok := strings.Cut(tail, "/")
		if !ok {
			return
		}
		tail = rest
		if other, taken := a.tails[tail]; taken && other != address {
			address = ""
		}
		a.tails[tail] = address
	}
}

func withoutEnding(name string) string {
	for _, ending := range []string{"/", ".md", ".markdown", ".html", ".htm", ".docx", ".odt", ".txt"} {
		name = strings.TrimSuffix(name, ending)
	}
	return name
}

// link turns links between the pieces into the addresses that the pages get here, and reports those that lead to files
// that did not come along.
func link(pieces []*piece) {
	known := addressesOf(pieces)
	for _, p := range pieces {
		if p.Outcome == "" && !p.whole {
			p.link(known)
		}
	}
}

// alternative is what a link to a picture says that it shows.
func alternative(opening string) string {
	return wordsOnly(strings.TrimSuffix(strings.TrimPrefix(opening, "!["), "]("))
}

var (
	inlineLink    = regexp.MustCompile(`(!?\[(?:[^\[\]]|\[[^\]]*\])*\]\()\s*(<[^<>\n]*>|[^()\s<>]+)([^()]*\))`)
	referenceLink = regexp.MustCompile(`(?m)^(\s{0,3}\[[^\]^][^\]]*\]:\s*)(<[^<>\n]*>|\S+)(\s.*|)$`)
)

func (p *piece) link(known addresses) {
	var lost []string
	turn := func(re *regexp.Regexp) func(string) string {
		return func(s string) string {
			return replace(re, s, func(m string) string {
				parts := re.FindStringSubmatch(m)
				written := strings.Trim(parts[2], "<>")
				if p.own && strings.HasPrefix(written, "/") {
					return m // a file of the hub's own format has the hub's own addresses
				}
				isPicture := strings.HasPrefix(parts[1], "!")
				if file := p.shelf.find(p, written); file != nil {
					alt := ""
					if isPicture {
						alt = alternative(parts[1])
					}
					p.want(file, written, alt)
					return m
				}
				if isPicture {
					return m
				}
				address, found := p.resolve(written, known)
				if !found {
					lost = append(lost, written)
				}
				if !found || address == written {
					return m
				}
				return parts[1] + address + parts[3]
			})
		}
	}
	p.eachText(func(s string) string { return outsideCode(outsideCode(s, turn(inlineLink)), turn(referenceLink)) })
	if !p.own {
		p.leftPictures()
	}
	if len(lost) > 0 {
		p.Problems = append(p.Problems, fmt.Sprintf("Links that lead to nothing that came along (%d): %s", len(lost), strings.Join(lost, "; ")))
	}
}

// resolve turns a link within the source into one within the hub. Links to elsewhere, and within the page, stay.
func (p *piece) resolve(address string, known addresses) (string, bool) {
	if to := known.old[withoutEnding(address)]; to != "" {
		return to, true
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" {
		return address, true
	}
	here := withoutEnding(path.Join(path.Dir(p.Path), u.Path))
	rooted := withoutEnding(strings.Trim(path.Clean(u.Path), "/"))
	if rooted == "" {
		rooted = "."
	}
	to := known.exact[here]
	for _, other := range []string{known.exact[rooted], known.tails[rooted]} {
		if to == "" {
			to = other
		}
	}
	if to == "" {
		return address, false
	}
	if u.Fragment != "" {
		to += "#" + u.Fragment
	}
	return to, true
}

// redirect makes the addresses at which the page stood before lead to it, where they are free.
func (p *piece) redirect(tx core.App, doc *library.Document) error {
	for _, old := range p.old {
		u, err := url.Parse(old)
		if err != nil || len(u.Path) < 2 || u.RawQuery != "" || !strings.HasPrefix(u.Path, "/") {
			continue // what stood behind a question mark has no address of its own
		}
		from := path.Clean(u.Path)
		free, err := free(tx, from)
		if err != nil {
			return err
		}
		if free && from != doc.Address() {
			if err := library.Redirect(tx, from, doc.Id); err != nil {
				return err
			}
		}
	}
	return nil
}

// free says whether no other page stood at an address.
func free(app core.App, address string) (bool, error) {
	var n int
	err := app.DB().Select("count(*)").From("redirects").Where(dbx.HashExp{"path": address}).Row(&n)
	return n == 0, err
}

// oldAddresses are those that other programs keep in the front matter.
func oldAddresses(front map[string]any) (old []string) {
	for _, k := range []string{"permalink", "redirect_from", "aliases"} {
		switch v := front[k].(type) {
		case string:
			old = append(old, v)
		case []any:
			for _, e := range v {
				old = append(old, fmt.Sprint(e))
			}
		}
	}
	return old
}
