package hubtest

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// FreeAddress is an address on which a program that a test starts may listen. It lies below the ports that the system itself
// gives away: one of those may be another server's, or a connection's, before the program takes it.
func FreeAddress() string {
	for {
		address := fmt.Sprintf("127.0.0.1:%d", 10000+rand.IntN(20000))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
}
