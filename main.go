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
	provider.QuietLog()
	if err := provider.Serve("registry.terraform.io/alicloud-extras/alicloud", version, *debug); err != nil {
		fmt.Fprintln(os.Stderr, err) // Go's log is off
		os.Exit(1)
	}
}
