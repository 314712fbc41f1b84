package publicip_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
)

// TestAcc_invalid checks that what is wrong is found while planning, on its
// attribute, before any call.
func TestAcc_invalid(t *testing.T) {
	t.Parallel()
	const good = `public_ip_address = "121.40.10.11"` + "\n"
	cases := map[string]struct{ lines, on, says string }{
		"private-10":       {`public_ip_address = "10.1.2.3"`, "public_ip_address", "is private (10.0.0.0/8)"},
		"private-172":      {`public_ip_address = "172.31.255.1"`, "public_ip_address", "is private (172.16.0.0/12)"},
		"private-192":      {`public_ip_address = "192.168.0.1"`, "public_ip_address", "is private (192.168.0.0/16)"},
		"shared":           {`public_ip_address = "100.64.0.1"`, "public_ip_address", "is shared address space"},
		"loopback":         {`public_ip_address = "127.0.0.1"`, "public_ip_address", "is loopback"},
		"link-local":       {`public_ip_address = "169.254.1.1"`, "public_ip_address", "is link-local"},
		"multicast":        {`public_ip_address = "224.0.0.1"`, "public_ip_address", "is multicast"},
		"this-network":     {`public_ip_address = "0.1.2.3"`, "public_ip_address", "stands for this network"},
		"reserved":         {`public_ip_address = "240.0.0.1"`, "public_ip_address", "is reserved"},
		"broadcast":        {`public_ip_address = "255.255.255.255"`, "public_ip_address", "is broadcast"},
		"ipv6":             {`public_ip_address = "2001:db8::1"`, "public_ip_address", "is an IPv6 address"},
		"ipv6-mapped":      {`public_ip_address = "::ffff:121.40.10.11"`, "public_ip_address", "is an IPv6 address"},
		"leading-zero":     {`public_ip_address = "121.040.10.11"`, "public_ip_address", "is not an IPv4 address"},
		"prefix-length":    {`public_ip_address = "121.40.10.11/32"`, "public_ip_address", "is not an IPv4 address"},
		"white-space":      {`public_ip_address = " 121.40.10.11"`, "public_ip_address", "is not an IPv4 address"},
		"host-name":        {`public_ip_address = "www.example.com"`, "public_ip_address", "is not an IPv4 address"},
		"instance-empty":   {good + `instance_id = ""`, "instance_id", "leave the argument out"},
		"instance-form":    {good + `instance_id = "I-bp1"`, "instance_id", "must be an instance ID"},
		"instance-query":   {good + `instance_id = "i-1&Action=x"`, "instance_id", "must be an instance ID"},
		"instance-long":    {good + `instance_id = "i-` + fmt.Sprintf("%063d", 1) + `"`, "instance_id", "at most 64"},
		"region-upper":     {good + `region_id = "CN-Hangzhou"`, "region_id", "must be a region ID"},
		"region-host":      {good + `region_id = "evil.example"`, "region_id", "must be a region ID"},
		"region-long":      {good + `region_id = "` + strings.Repeat("a", 64) + `"`, "region_id", "at most 63"},
		"region-empty":     {good + `region_id = ""`, "region_id", "must be a region ID"},
		"timeout-negative": {good + "timeouts {\n create = \"-1m\"\n}", "create", "duration above zero"},
		"timeout-zero":     {good + "timeouts {\n create = \"0s\"\n}", "create", "duration above zero"},
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

// TestAcc_invalid_once_known checks values that are unknown while planning.
func TestAcc_invalid_once_known(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	for _, address := range []string{"10.0.0.1", ""} {
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories,
			Steps: []resource.TestStep{{
				Config:      throughData(server, address, "1"),
				ExpectError: regexp.MustCompile(`is private|No Public IP Address To Release`),
			}},
		})
	}
	wantCalls(t, server, 0, 0)()
}

func TestAcc_instance_unknown_while_planning(t *testing.T) {
	t.Parallel()
	config := func(url, address, instance, revision string) string {
		return url + fmt.Sprintf(`
resource "terraform_data" "web" {
  input            = { ip = %q, id = %q }
  triggers_replace = %q
}
resource "alicloud_ecs_public_ip_release" "test" {
  public_ip_address = terraform_data.web.output.ip
  instance_id       = terraform_data.web.output.id
  triggers          = { revision = terraform_data.web.id == "" ? "" : %q }
}`, address, instance, revision, revision)
	}
	for name, tc := range map[string]struct {
		address, instance string
		revision          string
		requests          int
		id                string
	}{
		"same-instance":            {acctest.Address, acctest.InstanceID, "1", 1, "cn-hangzhou:i-bp1mockvpc:121.40.10.11"},
		"new-instance-and-address": {"121.40.10.21", "i-bp2other", "2", 2, "cn-hangzhou:i-bp2other:121.40.10.21"},
		"new-instance-without-one": {"", "i-bp2other", "2", 1, "cn-hangzhou:i-bp1mockvpc:121.40.10.11"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := acctest.Seed()
			other := seed.Instances[0]
			other.ID, other.PublicIPs = "i-bp2other", []string{"121.40.10.21"}
			seed.Instances = append(seed.Instances, other)
			server := acctest.StartECS(t, seed)
			block := acctest.ProviderBlock(server, "")
			second := config(block, tc.address, tc.instance, tc.revision)
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps: []resource.TestStep{
					{Config: config(block, acctest.Address, acctest.InstanceID, "1")},
					{Config: second, ConfigStateChecks: []statecheck.StateCheck{stateHas("id", knownvalue.StringExact(tc.id))}},
					{Config: second, ConfigPlanChecks: emptyPlan},
				},
			})
			wantCalls(t, server, tc.requests, tc.requests)()
		})
	}
}

func TestAcc_tainted(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	config := release(server, "public_ip_address = \"121.40.10.11\"\nignore_not_found = true")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config},
			{
				Taint:             []string{releaseName},
				Config:            config,
				ConfigPlanChecks:  action(plancheck.ResourceActionReplace),
				ConfigStateChecks: []statecheck.StateCheck{stateHas("outcome", knownvalue.StringExact("already_released"))},
			},
		},
	})
	wantCalls(t, server, 2, 1)()
}

func TestAcc_moved(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	config := release(server, `public_ip_address = "121.40.10.11"`)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config},
			{
				Config: regexp.MustCompile(`"test" \{`).ReplaceAllString(config, `"renamed" {`) + `
moved {
  from = alicloud_ecs_public_ip_release.test
  to   = alicloud_ecs_public_ip_release.renamed
}`,
				ConfigPlanChecks: emptyPlan,
			},
		},
	})
	wantCalls(t, server, 1, 1)()
}

// TestAcc_ignored_dry_run checks an endpoint that releases in spite of DryRun.
func TestAcc_ignored_dry_run(t *testing.T) {
	t.Parallel()
	seed := acctest.Seed()
	seed.IgnoreDryRun = true
	server := acctest.StartECS(t, seed)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{{
			Config:      release(server, "public_ip_address = \"121.40.10.11\"\ndry_run = true"),
			ExpectError: says("ECS ignored DryRun and released the public IP address 121.40.10.11"),
		}},
	})
	wantCalls(t, server, 1, 1)()
}
