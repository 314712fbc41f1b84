// Terraform-provider-alicloud serves the provider alicloud-extras/alicloud to
// Terraform.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/provider"
)

// version is set by the linker for a release.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "wait for a debugger, and print how Terraform can reach this process")
	flag.Parse()
	if err := provider.QuietLog(); err != nil {
		fail(err)
	}

	if err := provider.Serve("registry.terraform.io/alicloud-extras/alicloud", version, *debug); err != nil {
		fail(err)
	}
}

// fail does what log.Fatal would: Go's log is off.
func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
