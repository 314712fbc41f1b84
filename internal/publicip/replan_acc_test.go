package publicip_test

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// step is one command of a user, and what it is to lead to.
type step struct {
	config   string // "" leaves it as it is
	region   string // of the provider; "" is cn-hangzhou, "none" is none
	args     []string
	fails    bool
	says     []string
	saysNot  []string
	requests int // of all steps so far
}

var apply, plan = []string{"apply", "-auto-approve"}, []string{"plan", "-out=tfplan"}

// TestAcc_steps walks the ways from a configuration to a release that Terraform
// knows. Each ends in a state over which the plan is empty.
func TestAcc_steps(t *testing.T) {
	t.Parallel()
	const (
		first   = `public_ip_address = "121.40.10.11"`
		other   = `public_ip_address = "121.40.10.12"`
		beijing = `public_ip_address = "121.40.10.21"`
		gone    = `public_ip_address = ""`

		ofFirst  = "\ninstance_id = \"i-bp1mockvpc\""
		ofOther  = "\ninstance_id = \"i-bp2other\""
		ignoring = "\nignore_not_found = true"
	)
	named := func(name, lines string) string {
		return "resource \"alicloud_ecs_public_ip_release\" \"" + name + "\" {\n" + lines + "\n}\n"
	}
	test := func(lines string) string { return named("test", lines) }
	// later gives values that are known after the apply only, whenever they change.
	later := func(lines string, values ...string) string {
		text := `["` + strings.Join(values, `", "`) + `"]`
		return "resource \"terraform_data\" \"later\" {\n  input = " + text + "\n  triggers_replace = " + text + "\n}\n" + test(lines)
	}
	const second = "terraform_data.later.output"
	removed := "removed {\n  from = alicloud_ecs_public_ip_release.test\n  lifecycle {\n    destroy = false\n  }\n}\n"
	moved := "moved {\n  from = alicloud_ecs_public_ip_release.test\n  to = alicloud_ecs_public_ip_release.renamed\n}\n"
	imported := "import {\n  to = alicloud_ecs_public_ip_release.test\n  id = \"cn-hangzhou::121.40.10.11\"\n}\n"

	for name, tc := range map[string]struct {
		steps    []step
		releases int
		needs17  bool
	}{
		"replace-option": {steps: []step{
			{config: test(first + ignoring), args: apply, requests: 1},
			{args: append(slices.Clone(apply), "-replace="+releaseName), says: []string{"will be replaced, as requested"}, requests: 2},
		}, releases: 1},
		"target": {steps: []step{
			{config: test(first) + named("second", "public_ip_address = \"121.40.10.13\""), args: apply, requests: 2},
			{config: test(other) + named("second", "public_ip_address = \"121.40.10.14\""), args: append(slices.Clone(apply), "-target="+releaseName),
				says: []string{"0 added, 1 changed, 0 destroyed"}, requests: 3},
			{args: apply, says: []string{"0 added, 1 changed, 0 destroyed"}, requests: 4},
		}, releases: 4},
		"two-of-one-id": {steps: []step{
			{config: test(first+ignoring) + named("second", first+ignoring), args: apply, requests: 2},
			{config: test(other+ignoring) + named("second", other+ignoring), args: apply, requests: 4},
		}, releases: 2},
		"replaced-before-it-is-destroyed": {steps: []step{
			{config: test(first + ignoring + "\nlifecycle {\n create_before_destroy = true\n}"), args: apply, requests: 1},
			{args: append(slices.Clone(apply), "-replace="+releaseName), says: []string{"+/- create replacement and then destroy"}, requests: 2},
		}, releases: 1},
		"create-before-destroy": {steps: []step{
			{config: test(first + "\nlifecycle {\n create_before_destroy = true\n}"), args: apply, requests: 1},
			{config: test(other + "\nlifecycle {\n create_before_destroy = true\n}"), args: apply, says: []string{"will be updated in-place"},
				saysNot: []string{"Release Is Forgotten"}, requests: 2},
		}, releases: 2},
		"prevent-destroy": {steps: []step{
			{config: test(first + "\nlifecycle {\n prevent_destroy = true\n}"), args: apply, requests: 1},
			{config: test(other + "\nlifecycle {\n prevent_destroy = true\n}"), args: apply,
				says: []string{"will be updated in-place", "prevent_destroy does not hold back"}, requests: 2},
		}, releases: 2},
		"fails-and-keeps-the-earlier-record": {steps: []step{
			{config: test(first), args: apply, requests: 1},
			{config: test("public_ip_address = \"121.40.10.99\""), args: apply, fails: true, says: []string{"InvalidIpAddress.NotFound"},
				saysNot: []string{"tainted"}, requests: 2},
			{config: test(first), args: plan, says: []string{"No changes"}, requests: 2},
			{config: test("public_ip_address = \"121.40.10.99\""), args: plan,
				says: []string{"This Change Releases 121.40.10.99", "the public IP address 121.40.10.11 in region"}, requests: 2},
			{config: test(other), args: apply, requests: 3},
		}, releases: 2},
		"triggered-while-empty-and-then-named": {steps: []step{
			{config: test(first + "\ntriggers = { a = 1 }" + ignoring), args: apply, requests: 1},
			{config: test(gone + "\ntriggers = { a = 2 }" + ignoring), args: apply, says: []string{"0 added, 1 changed"}, saysNot: []string{"Deprecated"}, requests: 1},
			{config: test(first + "\ntriggers = { a = 1 }" + ignoring), args: plan, saysNot: []string{"This Change", "outcome"}, requests: 1},
			{config: test(first + "\ntriggers = { a = 2 }" + ignoring), args: plan, says: []string{"This Change Releases 121.40.10.11", "known after apply"},
				requests: 1},
			{args: []string{"apply", "tfplan"}, requests: 2},
		}, releases: 1},
		"another-instance-while-empty-and-then-named": {steps: []step{
			{config: test(first + ofFirst), args: apply, requests: 1},
			{config: test(gone + ofOther), args: apply, saysNot: []string{"Deprecated"}, requests: 1},
			{config: test(first + ofFirst), args: plan, saysNot: []string{"This Change", "outcome"}, requests: 1},
			{config: test(first + ofOther), args: plan,
				says: []string{"This Change Releases 121.40.10.11", "instance_id changed since the release in state, " +
					"that of the public IP address 121.40.10.11 of instance i-bp1mockvpc"},
				requests: 1},
			{args: []string{"apply", "tfplan"}, fails: true, says: []string{"InvalidInstanceId.NotFound"}, requests: 2},
			{config: test(first + ofFirst), args: apply, saysNot: []string{"This Change"}, requests: 2},
		}, releases: 1},
		"another-region-while-empty-and-then-none": {steps: []step{
			{config: test(first + "\nregion_id = \"cn-hangzhou\""), args: apply, requests: 1},
			{config: test(gone + "\nregion_id = \"cn-beijing\""), args: apply, requests: 1},
			{config: test(first), args: plan, says: []string{"\"cn-beijing\" -> \"cn-hangzhou\""}, saysNot: []string{"This Change", "outcome"}, requests: 1},
			{args: []string{"apply", "tfplan"}, requests: 1},
			{config: test(first), args: plan, says: []string{"No changes"}, requests: 1},
		}, releases: 1},
		"imported-and-changed": {steps: []step{
			{config: imported + test(other), args: apply, says: []string{"1 to import, 0 to add, 1 to change"}, requests: 1},
		}, releases: 1},
		"imported-and-changed-without-a-refresh": {steps: []step{
			{config: imported + test(first), args: append(slices.Clone(apply), "-refresh=false"), says: []string{"1 imported"}},
			{config: test(other), args: append(slices.Clone(plan), "-refresh=false"), says: []string{"will be updated in-place"}},
			{args: []string{"apply", "tfplan"}, requests: 1},
		}, releases: 1},
		"moved-and-changed": {steps: []step{
			{config: test(first), args: apply, requests: 1},
			{config: moved + named("renamed", other), args: apply,
				says: []string{"will be updated in-place", "This Change Releases 121.40.10.12", "moved from"}, requests: 2},
		}, releases: 2},
		"removed": {steps: []step{
			{config: test(first), args: apply, requests: 1},
			{config: removed, args: apply, says: []string{"will not be destroyed"}, saysNot: []string{"Release Is Forgotten"}, requests: 1},
		}, releases: 1, needs17: true},
		"looked-at-and-taken-out": {steps: []step{
			{config: test(first + "\npreflight = true"), args: apply, requests: 3}, // Terraform plans again as it applies
			{config: "locals {}\n", args: apply, says: []string{"Release Is Forgotten, Not Undone"}, requests: 3},
		}, releases: 1},
		"rehearsed-released-rehearsed": {steps: []step{
			{config: test(first + "\ndry_run = true"), args: apply, requests: 1},
			{config: test(first), args: apply, says: []string{"0 added, 1 changed", "This Change Releases 121.40.10.11"}, requests: 2},
			{config: test(first + "\ndry_run = true"), args: apply, says: []string{"0 added, 1 changed"}, requests: 2},
			{config: test(first), args: apply, says: []string{"0 added, 1 changed"}, requests: 2},
		}, releases: 1},
		"rehearsed-and-then-unknown-whether": {steps: []step{
			{config: later(first+"\ndry_run = tobool("+second+"[0])", "true"), args: apply, requests: 1},
			{config: later(first+"\ndry_run = tobool("+second+"[0])", "false"), args: apply, says: []string{"will be updated in-place"}, requests: 2},
		}, releases: 1},
		"rehearsed-and-then-still-rehearsed": {steps: []step{
			{config: later(first+"\ndry_run = "+second+"[0] != \"\"", "1"), args: apply, requests: 1},
			{config: later(first+"\ndry_run = "+second+"[0] != \"\"", "2"), args: apply, says: []string{"will be updated in-place"}, requests: 1},
		}},
		"triggers-unknown-and-the-same": {steps: []step{
			{config: later(first+"\ntriggers = { a = "+second+"[0] }", "1", "x"), args: apply, requests: 1},
			{config: later(first+"\ntriggers = { a = "+second+"[0] }", "1", "y"), args: apply,
				says: []string{"will be updated in-place", "This Change May Release 121.40.10.11"}, requests: 1},
		}, releases: 1},
		"triggers-unknown-and-changed": {steps: []step{
			{config: later(first+ignoring+"\ntriggers = { a = "+second+"[0] }", "1"), args: apply, requests: 1},
			{config: later(first+ignoring+"\ntriggers = { a = "+second+"[0] }", "2"), args: plan, says: []string{"will be updated in-place"}, requests: 1},
			{args: []string{"apply", "tfplan"}, requests: 2},
		}, releases: 1},
		"triggers-unknown-and-null-in-the-end": {steps: []step{
			{config: later(first+"\ntriggers = "+second+"[0] == \"null\" ? null : { a = "+second+"[0] }"+ignoring, "1"), args: apply, requests: 1},
			{config: later(first+"\ntriggers = "+second+"[0] == \"null\" ? null : { a = "+second+"[0] }"+ignoring, "null"), args: apply, requests: 2},
		}, releases: 1},
		"region-unknown-and-the-same": {steps: []step{
			{config: later(first+"\nregion_id = "+second+"[0]", "cn-hangzhou", "x"), args: apply, requests: 1},
			{config: later(first+"\nregion_id = "+second+"[0]", "cn-hangzhou", "y"), args: apply, says: []string{"will be updated in-place"}, requests: 1},
		}, releases: 1},
		"region-unknown-and-null-in-the-end": {steps: []step{
			{config: later(first+"\nregion_id = "+second+"[0] == \"\" ? null : "+second+"[0]", ""), args: apply, requests: 1},
			{config: later(first+"\nregion_id = "+second+"[0] == \"\" ? null : "+second+"[0]", "", "y"), args: apply, requests: 1},
		}, releases: 1},
		"instance-unknown-and-null-in-the-end": {steps: []step{
			{config: later(first+"\ninstance_id = "+second+"[0] == \"\" ? null : "+second+"[0]", ""), args: apply, requests: 1},
			{config: later(first+"\ninstance_id = "+second+"[0] == \"\" ? null : "+second+"[0]", "", "y"), args: apply, requests: 1},
		}, releases: 1},
		"address-unknown-and-null-in-the-end": {steps: []step{
			{config: test(first), args: apply, requests: 1},
			{config: later("public_ip_address = "+second+"[0] == \"\" ? null : "+second+"[0]", ""), args: apply, fails: true,
				says: []string{"public_ip_address"}, requests: 1},
			{config: test(first), args: apply, requests: 1},
		}, releases: 1},
		"ignore-not-found-unknown": {steps: []step{
			{config: test(first), args: apply, requests: 1},
			{config: later(first+"\nignore_not_found = "+second+"[0] != \"\"", "1"), args: apply, says: []string{"will be updated in-place"}, requests: 1},
		}, releases: 1},
		"address-changes-instance-unknown": {steps: []step{
			{config: later(first+"\ninstance_id = "+second+"[0]", "i-bp1mockvpc", "x"), args: apply, requests: 1},
			{config: later(other+"\ninstance_id = "+second+"[0]", "i-bp1mockvpc", "y"), args: apply, says: []string{"will be updated in-place"}, requests: 2},
		}, releases: 2},
		"address-instance-and-region-unknown": {steps: []step{
			{config: later("public_ip_address = "+second+"[0]\ninstance_id = "+second+"[1]\nregion_id = "+second+"[2]", "121.40.10.11", "i-bp1mockvpc", "cn-hangzhou"),
				args: apply, requests: 1},
			{config: later("public_ip_address = "+second+"[0]\ninstance_id = "+second+"[1]\nregion_id = "+second+"[2]", "121.40.10.21", "i-bp2other", "cn-beijing"),
				args: apply, says: []string{"will be updated in-place"}, requests: 2},
		}, releases: 2},
		"address-and-instance-unknown-and-empty-in-the-end": {steps: []step{
			{config: later("public_ip_address = "+second+"[0]\ninstance_id = "+second+"[1]", "121.40.10.11", "i-bp1mockvpc"), args: apply, requests: 1},
			{config: later("public_ip_address = "+second+"[0]\ninstance_id = "+second+"[1]", "", "i-bp2other"), args: apply, requests: 1},
		}, releases: 1},
		"address-invalid-once-known": {steps: []step{
			{config: later("public_ip_address = "+second+"[0]", "10.0.0.1"), args: apply, fails: true, says: []string{"is private"}},
			{config: later("public_ip_address = "+second+"[0]", ""), args: apply, fails: true, says: []string{"No Public IP Address To Release"}},
			{config: test(first), args: apply, requests: 1},
		}, releases: 1},
		"address-unknown-and-empty-in-the-end-triggers-changed": {steps: []step{
			{config: later("public_ip_address = "+second+"[0]\ntriggers = { a = 1 }", "121.40.10.11"), args: apply, requests: 1},
			{config: later("public_ip_address = "+second+"[0]\ntriggers = { a = 2 }", ""), args: apply,
				says: []string{"will be updated in-place", "This Change May Release Another Address Than 121.40.10.11"}, requests: 1},
		}, releases: 1},
		"address-unknown-and-empty-in-the-end-all-changed": {steps: []step{
			{config: later("public_ip_address = "+second+"[0]"+ofFirst+"\ntriggers = { a = 1 }", "121.40.10.11"), args: apply, requests: 1},
			{config: later("public_ip_address = "+second+"[0]"+ofOther+"\nregion_id = \"cn-beijing\"", ""), args: apply, requests: 1},
			{config: test(first + ofFirst + "\nregion_id = \"cn-hangzhou\"\ntriggers = { a = 1 }"), args: plan, saysNot: []string{"outcome"}, requests: 1},
			{config: test(first + ofOther + "\nregion_id = \"cn-beijing\"" + ignoring), args: apply,
				says: []string{"instance_id, region_id, triggers changed"}, requests: 2},
			{config: test(first + ofFirst + "\nregion_id = \"cn-hangzhou\"" + ignoring), args: apply, says: []string{"This Change Releases 121.40.10.11"}, requests: 3},
		}, releases: 1},
		"imported-with-its-instance-while-empty-and-then-named": {steps: []step{
			{config: strings.Replace(imported, "::", ":i-bp1mockvpc:", 1) + test(gone+ofFirst), args: apply, says: []string{"1 imported"}},
			{config: test(first + ofFirst), args: apply, says: []string{"No changes"}},
			{config: test(first + ofFirst + ignoring), args: apply, says: []string{"will be updated in-place"}, saysNot: []string{"outcome"}},
		}},
		"imported-and-then-triggered": {steps: []step{
			{config: imported + test(first), args: apply, says: []string{"1 imported"}},
			{config: test(first + "\ntriggers = { a = 1 }"), args: apply, says: []string{"0 added, 1 changed, 0 destroyed"}},
			{args: plan, says: []string{"No changes"}},
			{config: test(first + "\ntriggers = { a = 2 }"), args: apply, says: []string{"This Change Releases 121.40.10.11"}, requests: 1},
		}, releases: 1},
		"imported-while-empty-and-then-named": {steps: []step{
			{config: imported + test(gone+ofFirst), args: apply, says: []string{"1 imported"}},
			{config: test(first + ofFirst), args: apply, says: []string{"This Change Releases 121.40.10.11"}, requests: 1},
		}, releases: 1},
		"address-empty-and-the-rest-unknown-and-null-in-the-end": {steps: []step{
			{config: test(first + ofFirst + "\ntriggers = { a = 1 }"), args: apply, requests: 1},
			{config: later(gone+"\ninstance_id = "+second+"[0] == \"\" ? null : \"i-bp1mockvpc\"\ntriggers = "+second+"[0] == \"\" ? null : { a = 1 }", ""),
				args: apply, requests: 1},
		}, releases: 1},
		"same-address-and-another-region-of-now": {steps: []step{
			{config: test(first), args: apply, requests: 1},
			{config: test(first), region: "cn-beijing", args: plan, says: []string{"No changes"}, requests: 1},
		}, releases: 1},
		"another-address-in-the-region-of-now": {steps: []step{
			{config: test(first), args: apply, requests: 1},
			{config: test(beijing), region: "cn-beijing", args: apply, says: []string{"will be updated in-place"}, requests: 2},
		}, releases: 2},
		"another-address-in-the-region-of-now-without-a-refresh": {steps: []step{
			{config: test(first), args: apply, requests: 1},
			{config: test(beijing), region: "cn-beijing", args: append(slices.Clone(apply), "-refresh=false"), says: []string{"will be updated in-place"}, requests: 2},
		}, releases: 2},
		"another-address-in-the-region-of-now-looked-at-before": {steps: []step{
			{config: test(first), args: apply, requests: 1},
			{config: test(beijing + "\npreflight = true"), region: "cn-beijing", args: plan, says: []string{"will be updated in-place"},
				saysNot: []string{"Would Be Refused"}, requests: 2},
			{args: []string{"apply", "tfplan"}, requests: 4},
		}, releases: 2},
		"another-address-and-no-region-any-more": {steps: []step{
			{config: test(first + "\nregion_id = \"cn-hangzhou\""), region: "none", args: apply, requests: 1},
			{config: test(other), region: "none", args: append(slices.Clone(plan), "-refresh=false"), fails: true,
				says: []string{"Neither this block nor the provider names a region"}, requests: 1},
			{config: test(first), region: "none", args: apply, requests: 1},
		}, releases: 1},
		"unknown-and-another-address-in-the-region-of-now": {steps: []step{
			{config: later("public_ip_address = "+second+"[0]"+ignoring, "121.40.10.11"), args: apply, requests: 1},
			{config: later("public_ip_address = "+second+"[0]"+ignoring, "121.40.10.21"), region: "cn-beijing", args: apply, requests: 2},
		}, releases: 2},
		"unknown-and-the-same-address-in-another-region-of-now": {steps: []step{
			{config: later("public_ip_address = "+second+"[0]", "121.40.10.11", "x"), args: apply, requests: 1},
			{config: later("public_ip_address = "+second+"[0]", "121.40.10.11", "y"), region: "cn-beijing", args: apply,
				says: []string{"will be updated in-place"}, requests: 1},
		}, releases: 1},
		"interrupted-plan-is-made-again": {steps: []step{
			{config: test(first), args: plan, requests: 0},
			{args: []string{"apply", "tfplan"}, requests: 1},
			{args: []string{"apply", "tfplan"}, fails: true, says: []string{"stale"}, requests: 1},
		}, releases: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startFive(t)
			cli := acctest.NewCLI(t, "")
			if tc.needs17 {
				cli.NeedTests(t)
			}
			for n, step := range tc.steps {
				if step.config != "" {
					region := cmp.Or(step.region, acctest.Region)
					block := strings.Replace(acctest.ProviderBlock(server, ""), acctest.Region, region, 1)
					if region == "none" {
						block = regexp.MustCompile(`(?m)^ +region .*$`).ReplaceAllString(block, "")
					}
					cli.Write(t, block+step.config)
				}
				result := cli.Run(t, step.args...)
				if (result.ExitCode != 0) != step.fails {
					t.Errorf("step %d ended with %d:\n%s", n+1, result.ExitCode, result.Output)
				}
				wantText(t, result, step.says...)
				wantNoText(t, result, append(step.saysNot, "This is a bug in the provider")...)
				if got := len(server.Calls()); got != step.requests {
					t.Errorf("step %d: %d requests so far, want %d", n+1, got, step.requests)
				}
			}
			requests := len(server.Calls())
			if result := cli.Run(t, "plan", "-detailed-exitcode"); result.ExitCode != 0 {
				t.Errorf("the plan after it is not empty:\n%s", result.Output)
			}
			if more := len(server.Calls()) - requests; more != 0 {
				t.Errorf("the plan after it made %d requests", more)
			}
			if got := server.Releases(); got != tc.releases {
				t.Errorf("%d effective releases, want %d", got, tc.releases)
			}
		})
	}
}

// startFive starts an endpoint with an instance of four addresses, 121.40.10.11
// to 121.40.10.14, and one in cn-beijing with 121.40.10.21.
func startFive(t *testing.T) *ecsmock.Server {
	t.Helper()
	seed := acctest.Seed()
	seed.Instances[0].PublicIPs = []string{"121.40.10.11", "121.40.10.12", "121.40.10.13", "121.40.10.14"}
	seed.Instances[0].ReleasesLeft = new(10)
	other := seed.Instances[0]
	other.ID, other.Region, other.PublicIPs = "i-bp2other", "cn-beijing", []string{"121.40.10.21"}
	seed.Instances = append(seed.Instances, other)
	return acctest.StartECS(t, seed)
}

// TestAcc_already_released_without_request_id checks that such a release is not
// taken for an import, whose triggers would be adopted.
func TestAcc_already_released_without_request_id(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	server.Inject(ecsmock.Fault{Kind: ecsmock.Respond, Status: 400, Body: `{"Code":"InvalidIpAddress.NotFound","Message":"No."}`})
	const lines = "public_ip_address = \"121.40.10.11\"\nignore_not_found = true\n"
	cli := acctest.NewCLI(t, release(server, lines))
	cli.Run(t, "apply", "-auto-approve")
	if state := cli.State(t, releaseName); state["outcome"] != "already_released" || state["request_id"] != nil {
		t.Errorf("the state is %v", state)
	}
	cli.Write(t, release(server, lines+"triggers = { a = 1 }"))
	wantText(t, cli.Run(t, "apply", "-auto-approve"), "This Change Releases 121.40.10.11")
	wantCalls(t, server, 2, 1)()
}
