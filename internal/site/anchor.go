package site

import (
	"bytes"
	"html/template"
	"iter"
	"net/http"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// paragraphView is what stands behind one paragraph of a page, for the one who reads.
type paragraphView struct {
	Threads []threadMark
	Answers []answerView
	Open    []commentView // what readers said and nobody has answered yet
	Discuss string        // where one begins to discuss it, "" for guests and where one may not
	Begins  string        // the paragraph's first words, for those who hear the links one after the other
}

// threadMark leads from a paragraph to a thread about it.
type threadMark struct {
	URL, Title string
	Posts      int
	Changed    bool // the paragraph said something else then
}

// earlierView is a thread about words that do not stand on the page any more.
type earlierView struct {
	threadMark
	Wording string
}

// saidView is what was said about a page and its paragraphs.
type saidView struct {
	Earlier []earlierView
	Answers []answerView  // on the page as a whole, or on words that do not stand there any more
	Open    []commentView // what readers said of the page, and nobody has answered yet
	Tell    string        // where anybody says that something is unclear, wrong or missing
	Answer  string        // where those who may answer do so, "" where nobody waits
	Choose  string        // where one chooses a paragraph to discuss, "" for those who may not

	beside map[string]string // by the key of the paragraph
	tags   []string
}

// commentView is what a reader said.
type commentView struct {
	Words   string
	Wording string // which words it was about, where they are not seen beside it
	At      time.Time
}

// put sets what was said behind the paragraphs of a page's text.
func (v saidView) put(body template.HTML) template.HTML {
	if len(v.beside) == 0 {
		return body
	}
	return template.HTML(markdown.Beside(string(body), func(key string) string { return v.beside[key] }))
}

// shownTags are what the page shows of threads, besides what its own tags say.
func (v saidView) shownTags(more ...string) []string { return append(more, v.tags...) }

// beginning is how much of a paragraph names it.
const beginning = 40

// saidOn gathers what the viewer may see of what was said about a document.
func (s *Site) saidOn(v *member.Viewer, d *library.Document) (saidView, error) {
	said := saidView{beside: map[string]string{}}
	if !d.Out() {
		return said, nil
	}
	paragraphs, err := s.paragraphsOf(d)
	if err != nil {
		return said, err
	}
	by := make([]paragraphView, len(paragraphs))
	threads, err := thread.Of(s.app, v, d.Id)
	if err != nil {
		return said, err
	}
	for _, t := range threads {
		if t.Paragraph() == "" {
			continue
		}
		said.tags = append(said.tags, "thread:"+t.Id)
		mark := threadMark{URL: "/discussions/" + t.Id, Title: t.Title(), Posts: t.Posts()}
		at, how := t.Place(paragraphs)
		if how == thread.Lost {
			wording, err := s.withFigures(t.Wording())
			if err != nil {
				return said, err
			}
			said.Earlier = append(said.Earlier, earlierView{mark, wording})
			continue
		}
		mark.Changed = how == thread.Near
		by[at].Threads = append(by[at].Threads, mark)
	}
	if d.State() == library.Published && v.MayPost(d.Space()) && len(paragraphs) > 0 {
		said.Choose = "/discussions/paragraph?document=" + d.Id
		for i, p := range paragraphs {
			by[i].Discuss, by[i].Begins = "/discussions/new?document="+d.Id+"&paragraph="+p.Key, thread.Shorten(p.Text, beginning)
		}
	}
	if d.State() == library.Published {
		if err := s.toldOn(v, d, paragraphs, by, &said); err != nil {
			return said, err
		}
	}
	return said, s.setBeside(said, paragraphs, by)
}

// toldOn adds what readers said, and what was answered.
func (s *Site) toldOn(v *member.Viewer, d *library.Document, paragraphs []markdown.Paragraph, by []paragraphView, said *saidView) error {
	guest, err := member.Guest(s.app)
	if err != nil {
		return err
	}
	if d.Viewable(guest) {
		said.Tell = tellUsAddress(d.Address())
	}
	answers, err := thread.Answers(s.app, d.Id, answersShown)
	if err != nil {
		return err
	}
	counts, err := thread.AnsweredBy(s.app, answers)
	if err != nil {
		return err
	}
	for _, a := range answers {
		shown := answerViewOf(a, counts[a.Id], Link{d.Title(), d.Address()})
		if at, how := a.Place(paragraphs); how != thread.Lost {
			by[at].Answers = append(by[at].Answers, shown)
			continue
		}
		if shown.Wording, err = s.withFigures(a.Wording()); err != nil {
			return err
		}
		said.Answers = append(said.Answers, shown)
	}
	open, err := thread.UnansweredOn(s.app, d.Id)
	if err != nil {
		return err
	}
	for _, c := range open {
		shown := commentView{Words: c.Words(), At: c.At()}
		if at, how := c.Place(paragraphs); how != thread.Lost {
			by[at].Open = append(by[at].Open, shown)
			continue
		}
		if shown.Wording, err = s.withFigures(c.Wording()); err != nil {
			return err
		}
		said.Open = append(said.Open, shown)
	}
	if len(open) > 0 && v.SignedIn() && s.mayAnswer(v, d) {
		said.Answer = toldAddress(d.Address())
	}
	return nil
}

func (s *Site) setBeside(said saidView, paragraphs []markdown.Paragraph, by []paragraphView) error {
	for i, v := range by {
		if len(v.Threads)+len(v.Answers)+len(v.Open) == 0 && v.Discuss == "" {
			continue
		}
		var b bytes.Buffer
		if err := s.pages[partPost].ExecuteTemplate(&b, "beside-paragraph", v); err != nil {
			return err
		}
		said.beside[paragraphs[i].Key] = b.String()
	}
	return nil
}

// paragraphsOf are the paragraphs of a document that can be discussed, as its readers see them but for figures.
func (s *Site) paragraphsOf(d *library.Document) ([]markdown.Paragraph, error) {
	r, err := d.Rendered()
	var list []markdown.Paragraph
	for field, points := range pointsOf(r) {
		list = append(list, markdown.Points(field, points)...)
	}
	return append(list, markdown.Paragraphs(r.Body)...), err
}

// pointsOf are the points of a case study, by field.
func pointsOf(r library.Rendered) iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		_ = yield("challenge", r.Challenge) && yield("action", r.Action) && yield("result", r.Result)
	}
}

// pointView is one point of a case study, with what was said about it.
type pointView struct {
	ID           string // "" where nothing stands beside it
	HTML, Beside template.HTML
}

// points are those of a field, with what was said about each.
func (v saidView) points(field string, rendered []string) []pointView {
	list := make([]pointView, len(rendered))
	for i, p := range markdown.Points(field, rendered) {
		list[i].HTML = template.HTML(rendered[i])
		if beside := v.beside[p.Key]; beside != "" {
			list[i].ID, list[i].Beside = markdown.ParagraphID(p.Key), template.HTML(beside)
		}
	}
	return list
}

// paragraphOf is what the paragraph with a key says, "" when the document has none.
func (s *Site) paragraphOf(d *library.Document, key string) (string, error) {
	paragraphs, err := s.paragraphsOf(d)
	if err != nil || key == "" {
		return "", err
	}
	for _, p := range paragraphs {
		if p.Key == key {
			return s.withFigures(p.Text)
		}
	}
	return "", nil
}

// withFigures fills the figures of plain words in.
func (s *Site) withFigures(words string) (string, error) {
	figures, err := library.Quoted(s.app, markdown.SlotsInWords(words))
	if err != nil {
		return "", err
	}
	return markdown.FillPlain(words, func(name, key string) string {
		if f := figures[key]; name == "figure" && f != nil {
			return f.Text()
		}
		return "…"
	}), nil
}

// quoteView is the paragraph that a thread is about, on the thread's page.
type quoteView struct {
	Wording string // what it said when the thread began
	Now     string // what it says now, where that is something else
	URL     string // leads to it, or to the page that had it
	Lost    bool   // it does not stand there any more
}

// quoteOf quotes the paragraph of a thread for those who may read its document.
func (s *Site) quoteOf(t *thread.Thread, d *library.Document) (*quoteView, error) {
	paragraphs, err := s.paragraphsOf(d)
	if err != nil {
		return nil, err
	}
	q := &quoteView{URL: d.Address()}
	if q.Wording, err = s.withFigures(t.Wording()); err != nil {
		return nil, err
	}
	at, how := t.Place(paragraphs)
	switch how {
	case thread.Lost:
		q.Lost = true
		return q, nil
	case thread.Near:
		if q.Now, err = s.withFigures(paragraphs[at].Text); err != nil {
			return nil, err
		}
	}
	q.URL += "#" + markdown.ParagraphID(paragraphs[at].Key)
	return q, nil
}

type paragraphsView struct {
	Document   Link
	ID         string
	Paragraphs []Choice
}

// paragraphs lets somebody choose the paragraph to discuss, where no pointer is over one.
func (s *Site) paragraphs(e *core.RequestEvent) error {
	d, err := library.ByID(s.app, e.Request.URL.Query().Get("document"))
	if err != nil || !d.Viewable(viewer(e)) || d.State() != library.Published || !viewer(e).MayPost(d.Space()) {
		return notFound(e)
	}
	v := paragraphsView{Document: Link{d.Title(), d.Address()}, ID: d.Id}
	if v.Paragraphs, err = s.paragraphChoices(d, ""); err != nil {
		return err
	}
	p := Page{Title: "Discuss a paragraph", Section: "/discussions", Crumbs: []Link{{d.Title(), d.Address()}}, NoIndex: true}
	return render(s, e, http.StatusOK, "discussion-paragraph", p, v)
}

// paragraphChoices offers the paragraphs of a document by their words.
func (s *Site) paragraphChoices(d *library.Document, chosen string) ([]Choice, error) {
	paragraphs, err := s.paragraphsOf(d)
	if err != nil {
		return nil, err
	}
	var list []Choice
	for _, p := range paragraphs {
		words, err := s.withFigures(p.Text)
		if err != nil {
			return nil, err
		}
		list = append(list, Choice{Value: p.Key, Title: thread.Shorten(words, 240), Chosen: p.Key == chosen})
	}
	return list, nil
}
