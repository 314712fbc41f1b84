package docstest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
)

// officialBinary is the name by which the test binary is the official provider.
const officialBinary = "terraform-provider-alicloud_official"

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == officialBinary {
		err := providerserver.Serve(context.Background(), func() provider.Provider { return official{} },
			providerserver.ServeOpts{Address: "registry.terraform.io/aliyun/alicloud"})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	acctest.Main(m)
}

// newCLI makes a folder with a configuration, which may use both providers.
func newCLI(t *testing.T, config string, env ...string) *acctest.CLI {
	t.Helper()
	// The race detector lets a program linger for a second at its end.
	cli := acctest.NewCLI(t, config, append(env, "GORACE=atexit_sleep_ms=0")...)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, officialBinary)); err != nil {
		t.Fatal(err)
	}
	cli.UseProvider(t, "aliyun/alicloud", dir)
	return cli
}

// run runs a command that is to succeed.
func run(t *testing.T, cli *acctest.CLI, args ...string) {
	t.Helper()
	runTo(t, cli, 0, args...)
}

// runTo runs a command that is to end with an exit code.
func runTo(t *testing.T, cli *acctest.CLI, exitCode int, args ...string) acctest.Result {
	t.Helper()
	result := cli.Run(t, args...)
	if result.ExitCode != exitCode {
		t.Fatalf("%s ended with exit code %d, want %d\n%s", strings.Join(args, " "), result.ExitCode, exitCode, result.Output)
	}
	return result
}
