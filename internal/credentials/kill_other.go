//go:build !unix

package credentials

import "os/exec"

// killWithChildren leaves it at killing the command: there are no process groups
// to kill as a whole.
func killWithChildren(*exec.Cmd) {}
