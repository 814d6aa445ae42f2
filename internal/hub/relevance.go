package hub

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"commonplace/internal/search"

	"github.com/spf13/cobra"
)

// relevance runs a collection with known answers through the search that the site uses, so that its order can be judged
// by programs such as trec_eval.
func (c *commands) relevance() *cobra.Command {
	return &cobra.Command{
		Use:   "relevance DOCS.jsonl QUERIES.tsv OUT.run",
		Short: "Run a collection's queries through the search, and write what it finds as a TREC run",
		Long: `Run a collection's queries through the search, and write what it finds as a TREC run.

DOCS.jsonl has one document a line: {"id", "title", "body"}. QUERIES.tsv has a query a line: its id, a tab, its words.
OUT.run gets up to 1,000 lines for each query: query, Q0, document, rank, score, "commonplace".
The hub's own data is not touched: the documents go into an index of their own, which is thrown away.`,
		Args: cobra.ExactArgs(3), Annotations: map[string]string{needsNothing: "yes"},
		RunE: func(_ *cobra.Command, args []string) error { return relevance(args[0], args[1], args[2]) },
	}
}

// relevance reads documents and queries and writes a run.
func relevance(documents, queries, run string) error {
	dir, err := os.MkdirTemp("", "commonplace-relevance-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	texts := map[string]search.Text{}
	x, err := search.Open(dir, "relevance", func(ids []string) (map[string]search.Text, error) {
		lent := make(map[string]search.Text, len(ids))
		for _, id := range ids {
			lent[id] = texts[id]
		}
		return lent, nil
	})
	if err != nil {
		return err
	}
	defer x.Close()
	const key = "everybody"
	err = x.Rebuild(1, func(yield func(search.Entry) error) error {
		return eachLine(documents, func(line string) error {
			var d struct{ ID, Title, Body string }
			if err := json.Unmarshal([]byte(line), &d); err != nil {
				return err
			}
			texts[d.ID] = search.Text{Body: d.Body, Access: key}
			return yield(search.Entry{ID: d.ID, Kind: "page", Title: d.Title, Body: d.Body, Access: key})
		})
	})
	if err != nil {
		return err
	}
	out, err := os.Create(run)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	err = eachLine(queries, func(line string) error {
		id, text, found := strings.Cut(line, "\t")
		if !found {
			return fmt.Errorf("no tab in %q", line)
		}
		return answerQuery(w, x, id, search.Query{Text: text, Keys: []string{key}, PerPage: 100})
	})
	return errors.Join(err, w.Flush(), out.Close())
}

func answerQuery(w io.Writer, x *search.Index, id string, q search.Query) error {
	rank := 0
	for q.Page = 1; q.Page <= 10; q.Page++ {
		r, err := x.Search(q)
		if err != nil {
			return err
		}
		for _, h := range r.Hits {
			rank++
			fmt.Fprintf(w, "%s Q0 %s %d %.4f commonplace\n", id, h.ID, rank, 1000-float64(rank)*.1)
		}
		if uint64(rank) >= r.Total {
			break
		}
	}
	return nil
}

func eachLine(file string, do func(string) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		if lines.Text() == "" {
			continue
		}
		if err := do(lines.Text()); err != nil {
			return fmt.Errorf("%s, line %d: %w", file, n, err)
		}
	}
	return lines.Err()
}
