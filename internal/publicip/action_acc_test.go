package publicip_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
)

// triggered is an action that the creation of terraform_data.web invokes.
func triggered(config string) string {
	return `
resource "terraform_data" "web" {
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
	wantText(t, result, "Public IP Address Not Released", "InvalidIpAddress.NotFound", "ignore_not_found = true",
		"An apply invokes the action only when its trigger occurs again", `NAME["KEY"]`, "the bare name invokes all of them")
	wantNoText(t, result, "apply again")
	wantCalls(t, server, 2, 1)()
}
