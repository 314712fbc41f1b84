//go:build unix

package credentials

import (
	"os"
	"syscall"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/credentials/stsmock"
)

// Under sudo the file stays its user's.
func TestOAuthKeepsTheOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("root alone can give a file to another user")
	}
	s := newScene(t)
	stsmock.Intercept(t, s.server, stsmock.OAuthHost)
	ways()["profile-oauth-renewed"].configure(s)
	path := s.cfg.SharedCredentialsFile
	if err := os.Chown(path, 1234, 1235); err != nil {
		t.Fatal(err)
	}
	s.snapshot(t)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || stat.Uid != 1234 || stat.Gid != 1235 {
		t.Errorf("the owner is %+v", info.Sys())
	}
}
