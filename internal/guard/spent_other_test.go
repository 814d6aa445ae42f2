//go:build !unix

package guard

import "time"

func spent() time.Duration { return time.Duration(time.Now().UnixNano()) }
