package hub

import "time"

// behind has those who read the journal without anybody watching hold back while open pages are told: sockets and search
// on the same two processors would share them. The pause grows with the sockets, by what telling so many takes, and
// without any there is none.
func (h *Hub) behind() {
	time.Sleep(min(time.Duration(h.Live.Count())*perListener, mostBehind))
}

const (
	perListener = 25 * time.Microsecond // measured: the last of 1,000 sockets is told after 20 ms
	mostBehind  = 100 * time.Millisecond
)
