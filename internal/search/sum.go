package search

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"strings"
)

// Sum is a number over all that an entry says. It is stored with the entry, so that index and database can be compared.
func (e Entry) Sum() uint64 {
	raw, err := json.Marshal(e)
	if err != nil {
		return 0 // a date that JSON cannot say; both sides say 0
	}
	sum := sha256.Sum256(raw)
	return binary.BigEndian.Uint64(sum[:])
}

// Sums calls f with every entry of the index and the sum that was stored with it.
func (x *Index) Sums(f func(id string, sum uint64)) error {
	return x.look(func(r *reading) error {
		for _, p := range r.parts {
			for e := range p.size {
				if p.gone != nil && p.gone.Contains(e) {
					continue
				}
				id, err := p.segment.DocID(uint64(e))
				if err != nil {
					return err
				}
				sum := uint64(0)
				err = p.segment.VisitStoredFields(uint64(e), func(field string, _ byte, value []byte, _ []uint64) bool {
					if field == fieldSum && len(value) == 8 {
						sum = binary.BigEndian.Uint64(value)
					}
					return field != fieldSum
				})
				if err != nil {
					return err
				}
				if !strings.HasPrefix(string(id), ofWords) {
					f(string(id), sum)
				}
			}
		}
		return nil
	})
}
