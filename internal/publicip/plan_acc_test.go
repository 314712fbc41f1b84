package publicip_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
)

// TestAcc_invalid checks that what is wrong is found while planning, on its
// attribute, before any call.
func TestAcc_invalid(t *testing.T) {
	t.Parallel()
	const good = `public_ip_address = "121.40.10.11"` + "\n"
	cases := map[string]struct{ lines, on, says string }{
		"private-10":       {`public_ip_address = "10.1.2.3"`, "public_ip_address", "is private (10.0.0.0/8)"},
		"host-name":        {`public_ip_address = "www.example.com"`, "public_ip_address", "is not an IPv4 address"},
		"instance-empty":   {good + `instance_id = ""`, "instance_id", "leave the argument out"},
		"instance-form":    {good + `instance_id = "I-bp1"`, "instance_id", "must be an instance ID"},
		"instance-long":    {good + `instance_id = "i-` + fmt.Sprintf("%063d", 1) + `"`, "instance_id", "at most 64"},
		"region-upper":     {good + `region_id = "CN-Hangzhou"`, "region_id", "must be a region ID"},
		"region-long":      {good + `region_id = "` + strings.Repeat("a", 64) + `"`, "region_id", "at most 63"},
		"timeout-negative": {good + "timeouts {\n create = \"-1m\"\n}", "create", "duration above zero"},
		"timeout-words":    {good + "timeouts {\n create = \"soon\"\n}", "create", "such as \"300ms\""},
	}
	server := acctest.StartECS(t, acctest.Seed())
	config := acctest.ProviderBlock(server, "")
	for name, tc := range cases {
		config += fmt.Sprintf("resource \"alicloud_ecs_public_ip_release\" %q {\n%s\n}\n", name, tc.lines)
	}
	result := acctest.NewCLI(t, config).Run(t, "plan")
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := errorOf(result, name)
			if !strings.Contains(got, ": "+tc.on+" = ") || !strings.Contains(got, tc.says) {
				t.Errorf("the error is %q, want %q on %s", got, tc.says, tc.on)
			}
		})
	}
	wantCalls(t, server, 0, 0)()
}

// errorOf returns the error about a release, white space folded; empty if there
// is none.
func errorOf(result acctest.Result, name string) string {
	for _, block := range strings.Split(result.Output, "\nError: ")[1:] {
		if strings.Contains(block, "with alicloud_ecs_public_ip_release."+name+",") {
			return strings.Join(strings.Fields(block), " ")
		}
	}
	return ""
}
