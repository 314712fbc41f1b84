//go:build unix && !linux

package credentials

import (
	"os/exec"
	"syscall"
)

// killWithChildren has a command run in a process group of its own, which is
// killed as a whole.
func killWithChildren(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}
