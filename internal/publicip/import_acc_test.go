package publicip_test

import (
	"bytes"
	"os"
	"path/filepath"
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
						Config:           imported,
						ConfigPlanChecks: emptyPlan, // nothing but the import
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

func TestAcc_import_malformed(t *testing.T) {
	t.Parallel()
	cli := acctest.NewCLI(t, keyless+"resource \"alicloud_ecs_public_ip_release\" \"test\" {\n public_ip_address = \"121.40.10.11\"\n}\n")
	wantText(t, cli.Run(t, "import", releaseName, "121.40.10.11"), "Invalid Import ID", "The form is region_id:instance_id:public_ip_address")
	if state := cli.Run(t, "state", "list"); strings.Contains(state.Output, "alicloud") {
		t.Errorf("a malformed import is in state:\n%s", state.Output)
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
