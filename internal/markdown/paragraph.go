package markdown

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// Paragraph is a piece of text that a discussion can be anchored to. Its key comes from its words alone, so it stays
// the same when the paragraph moves and changes when it is rewritten.
type Paragraph struct {
	Key  string `json:"key"`
	Text string `json:"text"`
}

// keyring gives keys to paragraphs; the second of two equal paragraphs gets a number.
type keyring map[string]int

func (k keyring) key(words string) string {
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(strings.ToLower(words)), " ")))
	key := hex.EncodeToString(sum[:4])
	k[key]++
	if n := k[key]; n > 1 {
		return key + "-" + strconv.Itoa(n)
	}
	return key
}
