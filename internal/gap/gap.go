// Package gap owns what people looked for and nobody has written: "asked for, not written yet".
//
// A search tells much about whoever asks, and a rare one can name them. So nothing of it is kept until five different
// people have asked the same: until then there is a sum of its words under a key, and beside it a number of twelve bits for
// each who asked, which tells five of them apart and names nobody. The key goes every four weeks, and all sums with it.
// What has a personal detail, a name, a number, or more words than a subject needs is not even counted.
//
// This room does not know what is written, or who may see what: whether a page answers by now is asked by the one who shows
// the list.
package gap

import (
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"commonplace/internal/guard"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/pocketbase/pocketbase/tools/types"
)

// How many ask before a search is a gap, and how long they have.
const (
	Askers = 5
	Window = 28 * 24 * time.Hour
)

// Limits of what is counted at all.
const (
	leastLetters = 3
	mostLetters  = 60
	mostWords    = 6
	mostMarks    = 50_000 // rows that somebody who plays with the search can make
)

//go:embed names.txt
var names string

// titles stand before a name.
var titles = strings.Fields("mr mrs ms miss mx dr doctor prof professor sir lady nurse sister councillor cllr rev reverend")

// Clean is a search as everybody types it who asks for the same, or "" for one that must not be counted: a personal detail
// stands in it, or what may be a name, or a number, or it is too long to be a subject.
func Clean(asked string) string {
	if len(asked) > 4*mostLetters || !utf8.ValidString(asked) || len(guard.Find(asked)) > 0 || strings.ContainsAny(asked, "@:/\\<>=_#\"“”") {
		return ""
	}
	words := strings.FieldsFunc(strings.ToLower(asked), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '’' && r != '-'
	})
	clean := strings.Join(words, " ")
	switch n := utf8.RuneCountInString(clean); {
	case n < leastLetters, n > mostLetters, len(words) > mostWords, strings.IndexFunc(clean, unicode.IsDigit) >= 0, namesSomebody(words), capitalised(asked):
		return ""
	}
	return clean
}

// namesSomebody says whether a word is a given name, or a title that stands before a name.
func namesSomebody(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool {
		w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")
		return slices.Contains(titles, w) || isName(w)
	})
}

func isName(w string) bool {
	return slices.ContainsFunc(strings.Split(w, "-"), func(part string) bool {
		return part != "" && strings.Contains(" "+strings.ReplaceAll(names, "\n", " "), " "+part+" ")
	})
}

// capitalised says whether two words in a row begin with a capital letter and go on in small ones, as names do.
func capitalised(asked string) bool {
	before := false
	for _, w := range strings.Fields(asked) {
		r := []rune(w)
		is := unicode.IsUpper(r[0]) && len(r) > 1 && unicode.IsLower(r[1])
		if is && before {
			return true
		}
		before = is
	}
	return false
}

// Asker is who asks, as far as it takes to tell people apart: an account, or else the network that an address is in.
func Asker(account, address string) string {
	if account != "" {
		return "account " + account
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "address " + address
	}
	if ip = ip.Unmap(); ip.Is6() { // a household has them by the million
		p, _ := ip.Prefix(64)
		return "address " + p.String()
	}
	return "address " + ip.String()
}

// Heard counts that somebody searched for something and found nothing. Nothing of who asked is kept, and nothing of what
// was asked before enough have.
func Heard(app core.App, asked, asker string) error {
	words := Clean(asked)
	if words == "" {
		return nil
	}
	return app.RunInTransaction(func(tx core.App) error {
		key, err := keyOf(tx)
		if err != nil {
			return err
		}
		query := hex.EncodeToString(sumOf(key, "query", words))
		n, err := mark(tx, query, int(binary.BigEndian.Uint16(sumOf(key, "asker", words, asker))&0xfff))
		if err != nil || n < Askers {
			return err
		}
		return list(tx, words, n)
	})
}

func sumOf(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum(nil)
}

// mark counts one who asks, and says how many there are.
func mark(tx core.App, query string, asker int) (int, error) {
	var all, own int
	err := tx.DB().NewQuery("SELECT (SELECT COUNT(*) FROM {{gap_marks}}), (SELECT COUNT(*) FROM {{gap_marks}} WHERE [[query]] = {:query})").
		Bind(dbx.Params{"query": query}).Row(&all, &own)
	if err != nil || all >= mostMarks {
		return own, err
	}
	has, err := tx.CountRecords("gap_marks", dbx.HashExp{"query": query, "mark": asker})
	if err != nil || has > 0 {
		return own, err
	}
	c, err := tx.FindCachedCollectionByNameOrId("gap_marks")
	if err != nil {
		return own, err
	}
	r := core.NewRecord(c)
	r.Load(map[string]any{"query": query, "mark": asker})
	return own + 1, tx.Save(r)
}

// list puts a search on the list, or counts those who ask for what is there.
func list(tx core.App, words string, askers int) error {
	r, err := tx.FindFirstRecordByData("gaps", "words", words)
	if errors.Is(err, sql.ErrNoRows) {
		c, err := tx.FindCachedCollectionByNameOrId("gaps")
		if err != nil {
			return err
		}
		r = core.NewRecord(c)
		r.Set("words", words)
	} else if err != nil {
		return err
	}
	if askers <= r.GetInt("askers") {
		return nil
	}
	r.Set("askers", askers)
	return tx.Save(r)
}

// keyName is where PocketBase's own table of values keeps the key.
const keyName = "commonplace_gaps"

// keyOf is the key of these weeks; the first one who is counted makes it.
func keyOf(tx core.App) ([]byte, error) {
	var value string
	err := tx.DB().NewQuery("SELECT [[value]] FROM {{_params}} WHERE [[id]] = {:id}").Bind(dbx.Params{"id": keyName}).Row(&value)
	if err == nil {
		return base64.StdEncoding.DecodeString(strings.Trim(value, `"`))
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	key, now := []byte(security.RandomString(32)), types.NowDateTime().String()
	_, err = tx.DB().Insert("_params", dbx.Params{"id": keyName, "value": `"` + base64.StdEncoding.EncodeToString(key) + `"`, "created": now, "updated": now}).Execute()
	return key, err
}

// Forget throws the key away when its time is over, and all that was counted with it; it says how much. What is on the list
// stays there.
func Forget(app core.App, now time.Time) (int, error) {
	before, err := types.ParseDateTime(now.Add(-Window).UTC())
	if err != nil {
		return 0, err
	}
	n := 0
	err = app.RunInTransaction(func(tx core.App) error {
		done, err := tx.DB().Delete("_params", dbx.And(dbx.HashExp{"id": keyName}, dbx.NewExp("[[created]] < {:before}", dbx.Params{"before": before.String()}))).Execute()
		if err != nil {
			return err
		}
		if gone, err := done.RowsAffected(); err != nil || gone == 0 {
			return err
		}
		if done, err = tx.DB().Delete("gap_marks", nil).Execute(); err != nil {
			return err
		}
		gone, err := done.RowsAffected()
		n = int(gone)
		return err
	})
	return n, err
}
