package publicip_test

import (
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
)

// TestAcc_provider_block_unknown_while_planning configures the provider by a
// value that is known after the apply of another resource.
func TestAcc_provider_block_unknown_while_planning(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	config := release(server, "public_ip_address = \"121.40.10.11\"\npreflight = true") + `
resource "terraform_data" "keys" {
  input = "` + acctest.SecretKey + `"
}`
	config = strings.Replace(config, `secret_key = "`+acctest.SecretKey+`"`, "secret_key = terraform_data.keys.output", 1)
	cli := acctest.NewCLI(t, config)

	plan := cli.Run(t, "plan")
	wantText(t, plan, "Plan: 2 to add", "Preflight Check Skipped", "values that are known after the apply")
	wantCalls(t, server, 0, 0)()
	if result := cli.Run(t, "apply", "-auto-approve"); result.ExitCode != 0 {
		t.Errorf("the apply failed:\n%s", result.Output)
	}
	if got := server.Releases(); got != 1 {
		t.Errorf("%d effective releases, want 1", got)
	}
}

// TestAcc_user_agent checks what requests say of who sends them.
func TestAcc_user_agent(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	config := strings.Replace(release(server, `public_ip_address = "121.40.10.11"`),
		"client_connect_timeout", "configuration_source = \"modules/web\"\n  client_connect_timeout", 1)
	cli := acctest.NewCLI(t, config, "TF_APPEND_USER_AGENT=team/7")
	cli.Run(t, "apply", "-auto-approve")
	wantCalls(t, server, 1, 1)()
	agent := server.Calls()[0].UserAgent
	for _, part := range []string{"Terraform/", "terraform-provider-alicloud-extras/dev", "modules/web", "team/7"} {
		if !strings.Contains(agent, part) {
			t.Errorf("the user agent lacks %s: %s", part, agent)
		}
	}
}
