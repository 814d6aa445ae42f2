//go:build !unix

package markdown

import "time"

func spent() time.Duration { return time.Duration(time.Now().UnixNano()) }
