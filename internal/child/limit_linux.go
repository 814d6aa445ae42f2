package child

import "syscall"

// limitSelf has the system refuse this process more than so many bytes, and end it after so many seconds of work. Seconds by
// the clock would turn files away on a busy machine.
func limitSelf(bytes, seconds uint64) error {
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: bytes, Max: bytes}); err != nil {
		return err
	}
	return syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: seconds, Max: seconds})
}
