package publicip_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
)

// again are parts of what the action says of how to invoke it again.
var again = []string{"An apply invokes the action only when its trigger occurs again", `NAME["KEY"]`, "the bare name invokes all of them"}

// triggered is an action that the creation of terraform_data.web invokes, whose
// output is an address that is on no record.
func triggered(config string) string {
	return `
resource "terraform_data" "web" {
  input = "121.40.10.99"
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.alicloud_ecs_public_ip_release.web]
    }
  }
}
action "alicloud_ecs_public_ip_release" "web" {
  config {` + config + `
  }
}`
}

// TestAcc_action_trigger invokes the action after a resource was created.
func TestAcc_action_trigger(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	resource.Test(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{{
			Config: acctest.ProviderBlock(server, "") + triggered(`
    public_ip_address = "121.40.10.11"
    timeouts {
      invoke = "1m"
    }`),
			PostApplyFunc: wantCalls(t, server, 1, 1),
		}},
	})
}

// TestAcc_action_invoke invokes one instance of an action with for_each by the
// command line, by the key that its error tells to add.
func TestAcc_action_invoke(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	cli := acctest.NewCLI(t, acctest.ProviderBlock(server, "")+`
action "alicloud_ecs_public_ip_release" "web" {
  for_each = toset(["121.40.10.11", "121.40.10.12"])
  config {
    public_ip_address = each.key
  }
}`)
	cli.NeedTerraform(t, 1, 14)
	const invoke = `-invoke=action.alicloud_ecs_public_ip_release.web["121.40.10.12"]`
	wantText(t, cli.Run(t, "apply", "-auto-approve", invoke),
		"Asking ECS in cn-hangzhou to release 121.40.10.12", "Released 121.40.10.12 (request ID", "Actions: 1 invoked")
	result := cli.Run(t, "apply", "-auto-approve", invoke)
	wantText(t, result, append([]string{"Public IP Address Not Released", "InvalidIpAddress.NotFound", "ignore_not_found = true"}, again...)...)
	wantNoText(t, result, "apply again")
	wantCalls(t, server, 2, 1)()
}

// TestAcc_action_preflight checks that an address which was unknown in the plan is
// looked at before its release.
func TestAcc_action_preflight(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	cli := acctest.NewCLI(t, acctest.ProviderBlock(server, "")+triggered(`
    public_ip_address = terraform_data.web.output
    preflight         = true`))
	cli.NeedTerraform(t, 1, 14)
	wantText(t, cli.Run(t, "apply", "-auto-approve"), "Release Would Be Refused",
		"No instance in region cn-hangzhou has the public IP address 121.40.10.99", again[0], again[1])
	wantCalls(t, server, 3, 0)()
}

// TestAcc_action_unknown_while_planning checks that what Terraform cannot validate
// is validated before the release.
func TestAcc_action_unknown_while_planning(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	cli := acctest.NewCLI(t, acctest.ProviderBlock(server, "")+triggered(`
    public_ip_address = "121.40.10.11"
    instance_id       = trimprefix(terraform_data.web.output, "121.40.10.99")`))
	cli.NeedTerraform(t, 1, 14)
	wantText(t, cli.Run(t, "apply", "-auto-approve"), "must be an instance ID", again[0], again[1])
	wantCalls(t, server, 0, 0)()
}

// TestAcc_action_plan_error checks that an error of a triggered action's plan is
// not preceded by the deprecation.
func TestAcc_action_plan_error(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	cli := acctest.NewCLI(t, acctest.ProviderBlock(server, "")+triggered(`
    public_ip_address = "121.40.10.99"
    preflight         = true`))
	cli.NeedTerraform(t, 1, 14)
	result := cli.Run(t, "plan")
	wantText(t, result, "Release Would Be Refused")
	wantNoText(t, result, "Deprecated Alibaba Cloud API", "Another apply", again[0])
	wantCalls(t, server, 3, 0)()
}
