package publicip_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
)

// TestAcc_unknown_provider_block applies under a provider block whose values
// stay unknown, as they do in a test file that uses an undeclared variable.
func TestAcc_unknown_provider_block(t *testing.T) {
	t.Parallel()
	cli := acctest.NewCLI(t, `
resource "alicloud_ecs_public_ip_release" "test" {
  public_ip_address = "121.40.10.11"
  region_id         = "cn-hangzhou"
}`)
	cli.NeedTests(t)
	const tests = `
provider "alicloud" {
  access_key = var.undeclared
}
run "releases" {}
`
	if err := os.WriteFile(filepath.Join(cli.Dir, "main.tftest.hcl"), []byte(tests), 0o600); err != nil {
		t.Fatal(err)
	}
	result := cli.Run(t, "test", "-var", "undeclared=x")
	wantNoText(t, result, "Plugin did not respond", "panic")
	if result.ExitCode == 0 {
		t.Errorf("the test passed:\n%s", result.Output)
	}
}

// TestAcc_one_provider_for_all_runs plans and applies by one provider, as
// Terraform's test command does since 1.12 where a test file configures it.
func TestAcc_one_provider_for_all_runs(t *testing.T) {
	t.Parallel()
	server := startFive(t)
	cli := acctest.NewCLI(t, `
variable "address" {
  type = string
}
variable "known" {
  type = string
}
resource "terraform_data" "web" {
  input            = var.address
  triggers_replace = var.address
}
resource "alicloud_ecs_public_ip_release" "test" {
  public_ip_address = terraform_data.web.output
}
resource "alicloud_ecs_public_ip_release" "known" {
  public_ip_address = var.known
}`)
	cli.NeedTests(t)
	tests := acctest.ProviderBlock(server, "") + `
run "first" {
  variables {
    address = "121.40.10.11"
    known   = "121.40.10.13"
  }
}
run "second" {
  variables {
    address = "121.40.10.12"
    known   = "121.40.10.14"
  }
}
`
	if err := os.WriteFile(filepath.Join(cli.Dir, "main.tftest.hcl"), []byte(tests), 0o600); err != nil {
		t.Fatal(err)
	}
	wantText(t, cli.Run(t, "test"), "2 passed, 0 failed")
	wantCalls(t, server, 4, 4)()
}

// TestAcc_module runs the example module's own tests, by a mocked provider and
// against the mock endpoint.
func TestAcc_module(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	cli := acctest.NewCLI(t, "", "ECS_ENDPOINT="+server.URL(), "ALICLOUD_REGION="+acctest.Region,
		"ALICLOUD_ACCESS_KEY="+acctest.AccessKey, "ALICLOUD_SECRET_KEY="+acctest.SecretKey)
	cli.NeedTests(t)
	if err := os.Remove(cli.Dir + "/main.tf"); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(cli.Dir, os.DirFS("../../examples/modules/release-public-ips")); err != nil {
		t.Fatal(err)
	}
	result := cli.Run(t, "test")
	if result.ExitCode != 0 {
		t.Errorf("terraform test failed:\n%s", result.Output)
	}
	wantText(t, result, "4 passed, 0 failed")
	wantCalls(t, server, 1, 1)()
}
