package publicip_test

import (
	"fmt"
	"os"
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
	wantText(t, plan, "Plan: 2 to add", "Preflight Check Of 121.40.10.11 Skipped", "values that are known after the apply")
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

// TestAcc_log checks that the provider writes a log if one is wanted, and no
// line of it otherwise: Terraform would read each line, and drop it.
func TestAcc_log(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env  []string
		want bool
	}{
		"none":      {nil, false},
		"core":      {[]string{"TF_LOG_CORE=TRACE"}, false},
		"all":       {[]string{"TF_LOG=INFO"}, true},
		"providers": {[]string{"TF_LOG_PROVIDER=INFO"}, true},
		"this one":  {[]string{"TF_LOG_PROVIDER_ALICLOUD=INFO"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := acctest.StartECS(t, acctest.Seed())
			cli := acctest.NewCLI(t, release(server, `public_ip_address = "121.40.10.11"`), tc.env...)
			tap := cli.TapProvider(t)
			if result := cli.Run(t, "apply", "-auto-approve"); result.ExitCode != 0 {
				t.Fatalf("the apply failed:\n%s", result.Output)
			}
			log, err := os.ReadFile(tap)
			if err != nil {
				t.Fatal(err)
			}
			// go-plugin's own lines, a few for each process, name no RPC.
			if got := strings.Contains(string(log), `"tf_rpc"`); got != tc.want {
				t.Errorf("lines of a log: %v, want %v:\n%s", got, tc.want, log)
			}
		})
	}
}

// TestAcc_invalid_provider_block checks that what is wrong in a provider block
// is an error of the plan, on its argument.
func TestAcc_invalid_provider_block(t *testing.T) {
	t.Parallel()
	config := ""
	cases := map[string]struct{ line, on, says string }{
		"region-upper":       {`region = "CN-Hangzhou"`, "region", "must be a region ID"},
		"region-host":        {`region = "evil.example/"`, "region", "for example cn-hangzhou"},
		"protocol":           {`protocol = "ftp"`, "protocol", `["HTTP" "HTTPS"]`},
		"read-timeout-half":  {`client_read_timeout = 1.5`, "client_read_timeout", "client_read_timeout must be a whole number"},
		"read-timeout-huge":  {`client_read_timeout = 9223372036854775807`, "client_read_timeout", "from 1 to 2147483647"},
		"retry-timeout-huge": {`max_retry_timeout = 9223372037`, "max_retry_timeout", "from 1 to 2147483647"},
		"role-session": {
			"assume_role {\n    session_expiration = 60\n  }", "session_expiration",
			"assume_role[0].session_expiration must be a whole number from 900 to 43200",
		},
	}
	for name, tc := range cases {
		config += fmt.Sprintf("provider \"alicloud\" {\n  alias = %[1]q\n  %[2]s\n}\n"+
			"resource \"alicloud_ecs_public_ip_release\" %[1]q {\n  provider = alicloud.%[1]s\n  public_ip_address = \"121.40.10.11\"\n}\n", name, tc.line)
	}
	result := acctest.NewCLI(t, config).Run(t, "validate")
	for name, tc := range cases {
		found := false
		for _, text := range strings.Split(result.Output, "\nError: ")[1:] {
			text = strings.Join(strings.Fields(text), " ")
			found = found || strings.Contains(text, "with provider[\"registry.") && strings.Contains(text, "."+name+",") &&
				strings.Contains(text, ": "+tc.on+" = ") && strings.Contains(text, tc.says)
		}
		if !found {
			t.Errorf("%s: no error about %s says %q:\n%s", name, tc.on, tc.says, result.Output)
		}
	}
}

func TestAcc_invalid_endpoint(t *testing.T) {
	t.Parallel()
	cli := acctest.NewCLI(t, `
provider "alicloud" {
  region     = "cn-hangzhou"
  access_key = "mock-access-key"
  secret_key = "mock-secret-key"
  endpoints {
    ecs = "https://ecs.example.com/path"
  }
}
resource "alicloud_ecs_public_ip_release" "test" {
  public_ip_address = "121.40.10.11"
}`)
	result := cli.Run(t, "plan")
	wantText(t, result, "Invalid Endpoint", `endpoints.ecs of the provider block is "https://ecs.example.com/path"`, "Give a host, a host and port, or a URL")
	if result.ExitCode != 1 {
		t.Errorf("the plan ended with %d", result.ExitCode)
	}
}
