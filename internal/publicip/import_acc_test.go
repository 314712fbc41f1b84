package publicip_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
)

// keyless is a provider block without credentials and with an endpoint that
// nobody listens at: what passes under it asks nothing.
const keyless = `
provider "alicloud" {
  region = "cn-hangzhou"
  endpoints {
    ecs = "http://127.0.0.1:1"
  }
}
`

func TestAcc_import(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ id, lines string }{
		"with-instance":    {"cn-hangzhou:i-bp1mockvpc:121.40.10.11", "public_ip_address = \"121.40.10.11\"\n instance_id = \"i-bp1mockvpc\""},
		"without-instance": {"cn-hangzhou::121.40.10.11", `public_ip_address = "121.40.10.11"`},
		"address-empty":    {"cn-hangzhou::121.40.10.11", `public_ip_address = ""`},
		"other-region":     {"eu-central-1::121.40.10.11", "public_ip_address = \"121.40.10.11\"\n region_id = \"eu-central-1\""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := keyless + "resource \"alicloud_ecs_public_ip_release\" \"test\" {\n" + tc.lines + "\n}\n"
			imported := config + "import {\n to = alicloud_ecs_public_ip_release.test\n id = \"" + tc.id + "\"\n}\n"
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps: []resource.TestStep{
					{
						Config: imported,
						ConfigStateChecks: []statecheck.StateCheck{
							stateHas("id", knownvalue.StringExact(tc.id)),
							stateHas("public_ip_address", knownvalue.StringExact(acctest.Address)),
							stateHas("outcome", knownvalue.StringExact("already_released")),
							stateHas("request_id", knownvalue.Null()),
							stateHas("remain_times", knownvalue.Null()),
							stateHas("released_at", knownvalue.Null()),
						},
					},
					{Config: config, ConfigPlanChecks: emptyPlan},
				},
			})
		})
	}
}

// TestAcc_import_with_triggers checks that triggers are adopted after an import,
// by an update that calls nothing, and count from then on.
func TestAcc_import_with_triggers(t *testing.T) {
	t.Parallel()
	config := func(revision string) string {
		return keyless + `
resource "alicloud_ecs_public_ip_release" "test" {
  public_ip_address = "121.40.10.11"
  triggers          = { revision = "` + revision + `" }
}`
	}
	cli := acctest.NewCLI(t, config("1"))
	cli.Run(t, "import", releaseName, "cn-hangzhou::121.40.10.11")
	wantText(t, cli.Run(t, "apply", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
	if plan := cli.Run(t, "plan", "-detailed-exitcode"); plan.ExitCode != 0 {
		t.Errorf("the plan after it is not empty:\n%s", plan.Output)
	}
	cli.Write(t, config("2"))
	wantText(t, cli.Run(t, "plan"), "No Credentials")
}

func TestAcc_import_command(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	config := release(server, "public_ip_address = \"121.40.10.11\"\ninstance_id = \"i-bp1mockvpc\"")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config},
			{
				ResourceName:            releaseName,
				ImportState:             true,
				ImportStateVerify:       true,
				ImportStateVerifyIgnore: []string{"outcome", "request_id", "released_at"},
			},
		},
	})
	wantCalls(t, server, 1, 1)()
}

func TestAcc_import_malformed(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{
		"address-alone":   "121.40.10.11",
		"two-parts":       "cn-hangzhou:121.40.10.11",
		"four-parts":      "cn-hangzhou:i-1:121.40.10.11:x",
		"bad-region":      "CN Hangzhou::121.40.10.11",
		"bad-instance":    "cn-hangzhou:vm1:121.40.10.11",
		"private-address": "cn-hangzhou::10.0.0.1",
		"no-address":      "cn-hangzhou:i-1:",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps: []resource.TestStep{{
					Config:        keyless + "resource \"alicloud_ecs_public_ip_release\" \"test\" {\n public_ip_address = \"121.40.10.11\"\n}\n",
					ResourceName:  releaseName,
					ImportState:   true,
					ImportStateId: id,
					ExpectError:   regexp.MustCompile(`Invalid Import ID[\s\S]*` + says("The form is region_id:instance_id:public_ip_address").String()),
				}},
			})
		})
	}
}

// TestAcc_recorded_state plans over states as earlier versions wrote them. A
// file here is never changed: what was written by a version stays written.
func TestAcc_recorded_state(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/state/*.tfstate")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded states: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".tfstate"), func(t *testing.T) {
			t.Parallel()
			state, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			config, err := os.ReadFile(strings.TrimSuffix(file, ".tfstate") + ".tf")
			if err != nil {
				t.Fatal(err)
			}
			// Each engine has a registry of its own, whose name is in its states.
			if host := os.Getenv("TF_ACC_PROVIDER_HOST"); host != "" {
				state = bytes.ReplaceAll(state, []byte("registry.terraform.io"), []byte(host))
			}
			cli := acctest.NewCLI(t, keyless+string(config))
			if err := os.WriteFile(filepath.Join(cli.Dir, "terraform.tfstate"), state, 0o600); err != nil {
				t.Fatal(err)
			}
			if result := cli.Run(t, "plan", "-detailed-exitcode"); result.ExitCode != 0 {
				t.Errorf("the plan is not empty:\n%s", result.Output)
			}
		})
	}
}
