//go:build unix

package credentials

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file the owner of the one that it is to replace. They differ under sudo.
func keepOwner(file *os.File, replaced fs.FileInfo) error {
	if stat, ok := replaced.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return file.Chown(int(stat.Uid), int(stat.Gid))
	}
	return nil
}
