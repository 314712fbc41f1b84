package credentials

import (
	"os/exec"
	"syscall"
)

// killWithChildren has a command run in a process group of its own, which is
// killed as a whole, and the command die with the provider.
func killWithChildren(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}
