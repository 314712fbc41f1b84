//go:build unix && !linux

package credentials

import (
	"os/exec"
	"syscall"
)

// killWithChildren is as on Linux, but a command outlives a provider that is killed.
func killWithChildren(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}
