package hub

import "syscall"

// limitMemory bounds what this process may have in memory, from here on.
func limitMemory(most uint64) error {
	return syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: most, Max: most})
}
