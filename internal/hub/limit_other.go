//go:build !linux

package hub

import "runtime/debug"

// limitMemory asks for what only Linux enforces.
func limitMemory(most uint64) error {
	debug.SetMemoryLimit(int64(most))
	return nil
}
