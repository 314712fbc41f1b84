package publicip_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

const releaseName = "alicloud_ecs_public_ip_release.test"

// wantCalls checks the endpoint's record: how many requests, and how many of
// them released an address.
func wantCalls(t *testing.T, server *ecsmock.Server, requests, releases int) func() {
	return func() {
		t.Helper()
		if got := len(server.Calls()); got != requests {
			t.Errorf("%d requests, want %d", got, requests)
		}
		if got := server.Releases(); got != releases {
			t.Errorf("%d effective releases, want %d", got, releases)
		}
	}
}

func action(a plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(releaseName, a)}}
}

func stateHas(attribute string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(releaseName, tfjsonpath.New(attribute), value)
}

func TestAcc_released_once(t *testing.T) {
	server := acctest.StartECS(t, acctest.Seed())
	config := acctest.ProviderBlock(server, "") + fmt.Sprintf(`
resource "alicloud_ecs_public_ip_release" "test" {
  public_ip_address = %q
  instance_id       = %q
}`, acctest.Address, acctest.InstanceID)

	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					stateHas("id", knownvalue.StringExact("cn-hangzhou:i-bp1mockvpc:121.40.10.11")),
					stateHas("region_id", knownvalue.StringExact("cn-hangzhou")),
					stateHas("outcome", knownvalue.StringExact("released")),
					stateHas("request_id", knownvalue.NotNull()),
					stateHas("remain_times", knownvalue.Null()),
					stateHas("released_at", knownvalue.StringRegexp(regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`))),
				},
			},
			{
				PreConfig:        wantCalls(t, server, 1, 1),
				Config:           config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			},
		},
	})
	wantCalls(t, server, 1, 1)()
}

// throughData makes the address unknown while planning, whenever revision
// changes: terraform_data's output is known after the apply only.
func throughData(server *ecsmock.Server, address, revision string) string {
	return acctest.ProviderBlock(server, "") + fmt.Sprintf(`
resource "terraform_data" "web" {
  input            = %q
  triggers_replace = %q
}

resource "alicloud_ecs_public_ip_release" "test" {
  public_ip_address = terraform_data.web.output
}`, address, revision)
}

func TestAcc_address_unknown_while_planning(t *testing.T) {
	for name, tc := range map[string]struct {
		address  string
		requests int
		state    string // address
	}{
		"unchanged": {acctest.Address, 1, acctest.Address},
		"empty":     {"", 1, acctest.Address},
		"different": {acctest.OtherAddress, 2, acctest.OtherAddress},
	} {
		t.Run(name, func(t *testing.T) {
			server := acctest.StartECS(t, acctest.Seed())
			config := throughData(server, tc.address, "2")
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps: []resource.TestStep{
					{Config: throughData(server, acctest.Address, "1")},
					{
						Config:            config,
						ConfigPlanChecks:  action(plancheck.ResourceActionUpdate),
						ConfigStateChecks: []statecheck.StateCheck{stateHas("public_ip_address", knownvalue.StringExact(tc.state))},
					},
					{
						Config:           config,
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
					},
				},
			})
			wantCalls(t, server, tc.requests, tc.requests)()
		})
	}
}
