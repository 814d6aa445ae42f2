package hub

import (
	"errors"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// noRoom says whether something failed because the disk is full.
func noRoom(err error) bool {
	var database *sqlite.Error
	return errors.Is(err, syscall.ENOSPC) || errors.As(err, &database) && database.Code()&0xff == sqlite3.SQLITE_FULL
}
