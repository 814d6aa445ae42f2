package hub

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	restEvery = 5 * time.Second
	busy      = 512 << 10 // bytes that are asked for in that time while somebody is served
	worked    = 16 << 20  // and after which it is worth tidying up
)

// rest gives memory back to the system when the program has worked and is quiet again. The collector would come minutes
// later, and on a small machine others could use it meanwhile.
func rest(ctx context.Context) {
	tick := time.NewTicker(restEvery)
	defer tick.Stop()
	asked := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	var before, tidied uint64
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		metrics.Read(asked)
		now := asked[0].Value.Uint64()
		if now-before < busy && now-tidied > worked {
			debug.FreeOSMemory()
			metrics.Read(asked)
			now = asked[0].Value.Uint64()
			tidied = now
		}
		before = now
	}
}
