//go:build unix

package guard

import (
	"syscall"
	"time"
)

// spent is the time that this process had a processor: what a limit is measured with on a machine that others use too.
func spent() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return time.Duration(time.Now().UnixNano())
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
