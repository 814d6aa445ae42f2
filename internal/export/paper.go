package export

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"strings"
	"time"

	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
)

// Paper writes a document as a Word file, for a board. Base is what stands before addresses of the site.
func Paper(app core.App, d *library.Document, base string, w io.Writer) error {
	figures, err := library.Figures(app)
	if err != nil {
		return err
	}
	p, err := pageOf(d, figures, nil)
	if err != nil {
		return err
	}
	word := Word{Title: d.Title(), Summary: d.Summary(), Language: d.Language(), Base: base, From: base + d.Address(), Body: p.words() + sources(d)}
	switch {
	case d.Illustrative():
		word.Note = strings.TrimSpace("Example. This page is made up to show how something could work. " + d.Meta().Note)
	case d.State() == library.Withdrawn:
		word.Note = strings.TrimSpace("This page was withdrawn. " + d.Meta().WithdrawnNote)
	case !d.Out():
		word.Note = "A draft, which nobody has published."
	}
	return word.Write(w)
}

// words is the text of a page, with links as they are on the site.
func (p page) words() string {
	var b strings.Builder
	for _, l := range p.Lists {
		fmt.Fprintf(&b, "<h2>%s</h2><ul>", html.EscapeString(l.Title))
		for _, item := range l.Items {
			fmt.Fprintf(&b, "<li>%s</li>", item)
		}
		b.WriteString("</ul>")
	}
	return strings.ReplaceAll(b.String()+string(p.Body), `data-hub="`, `href="`)
}

func sources(d *library.Document) string {
	list := d.Meta().Sources
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("<h2>Where this comes from</h2><ul>")
	for _, s := range list {
		title := html.EscapeString(s.Title)
		if s.URL != "" {
			title = fmt.Sprintf(`<a href="%s">%s</a>`, html.EscapeString(s.URL), title)
		}
		fmt.Fprintf(&b, "<li>%s</li>", strings.TrimRight(title+", "+html.EscapeString(strings.Trim(s.Publisher+", "+s.Said(), ", ")), ", "))
	}
	return b.String() + "</ul>"
}

// PressPack writes a ZIP for those who report about a document: its words, a Word file, and the pictures on which everybody who
// can be recognised agreed to be shown. It says which were left out.
func PressPack(app core.App, d *library.Document, base, citation string, w io.Writer) error {
	var paper bytes.Buffer
	if err := Paper(app, d, base, &paper); err != nil {
		return err
	}
	z := zip.NewWriter(w)
	put := ZIP(z)
	said, err := pressPictures(app, d, put)
	err = errors.Join(err,
		put(d.Slug()+".docx", &paper),
		put(d.Slug()+".txt", strings.NewReader(pressText(d, citation)+said)),
	)
	return errors.Join(err, z.Close())
}

// pressPictures adds the pictures that may be passed on, and says what each shows and whose it is.
func pressPictures(app core.App, d *library.Document, put Put) (said string, err error) {
	all, err := library.Attachments(app, d.Id)
	if err != nil {
		return "", err
	}
	store, err := app.NewFilesystem()
	if err != nil {
		return "", err
	}
	defer store.Close()
	var in, out strings.Builder
	for n, a := range all {
		if !a.IsPicture() || !a.Out() || a.Decorative() {
			continue
		}
		if may, why := a.MayBePassedOn(app, time.Now()); !may {
			fmt.Fprintf(&out, "%s: %s\n", a.Title(), why)
			continue
		}
		content, err := store.GetReader(a.Key(a.File()))
		if errors.Is(err, filesystem.ErrNotFound) {
			fmt.Fprintf(&out, "%s: the file is not there any more\n", a.Title())
			continue
		}
		if err != nil {
			return "", err
		}
		name := fmt.Sprintf("pictures/%d-%s", n+1, a.File())
		if err := errors.Join(put(name, content), content.Close()); err != nil {
			return "", err
		}
		credit := "Nobody is named as its maker: ask before you print it."
		if a.Credit() != "" {
			credit = "Credit: " + a.Credit()
		}
		fmt.Fprintf(&in, "%s\n%s\n%s\n", name, a.Alt(), credit)
	}
	if in.Len() > 0 {
		said += "\nPICTURES\n" + in.String()
	}
	if out.Len() > 0 {
		said += "\nPICTURES THAT ARE NOT IN THIS PACK\n" + out.String()
	}
	return said, nil
}

func pressText(d *library.Document, citation string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n", d.Title(), d.Summary())
	if d.Illustrative() {
		b.WriteString("\nEXAMPLE: this is made up to show how something could work. Do not report it as something that happened.\n")
	}
	for _, part := range []string{"challenge", "action", "result"} {
		if lines := library.Lines(d.GetString(part)); lines != "" {
			fmt.Fprintf(&b, "\n%s\n%s\n", strings.ToUpper(part), lines)
		}
	}
	if cautions := d.Meta().Cautions; len(cautions) > 0 {
		b.WriteString("\nBEFORE YOU QUOTE A NUMBER\n")
		for _, c := range cautions {
			b.WriteString(c.Text + "\n")
		}
	}
	if d.ContactRole() != "" {
		fmt.Fprintf(&b, "\nASK\n%s\n", d.ContactRole())
	}
	fmt.Fprintf(&b, "\nSOURCE\n%s\n", citation)
	return b.String()
}
