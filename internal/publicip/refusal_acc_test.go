package publicip_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// says matches words in any order of lines: Terraform wraps them.
func says(words string) *regexp.Regexp {
	return regexp.MustCompile(strings.Join(strings.Fields(regexp.QuoteMeta(words)), `\s+`))
}

// TestAcc_refused reaches every code of the API's page. A refusal is asked
// once, and leaves nothing in state.
func TestAcc_refused(t *testing.T) {
	t.Parallel()
	const address = `public_ip_address = "121.40.10.11"`
	for code, tc := range map[string]struct {
		seed  func(*ecsmock.Seed)
		lines string
		on    string // the line that the error points at
		says  string
	}{
		"OperationDenied": {
			seed: func(s *ecsmock.Seed) {
				s.Instances[0].EIP = &ecsmock.EIP{AllocationID: "eip-1", Address: "121.40.10.50"}
			},
			lines: `public_ip_address = "121.40.10.50"`, on: "public_ip_address", says: "internet_max_bandwidth_out = 0",
		},
		"InvalidIpAddress.NotFound": {
			lines: `public_ip_address = "121.40.10.99"`, on: "public_ip_address", says: "ignore_not_found = true",
		},
		"InstanceLockedForSecurity": {
			seed:  func(s *ecsmock.Seed) { s.Instances[0].Locks = []string{"security"} },
			lines: address, on: "public_ip_address", says: "have the lock lifted",
		},
		"InvalidIpAddress.NeedInstanceId": {
			seed: func(s *ecsmock.Seed) {
				other := s.Instances[0]
				other.ID = "i-bp2other"
				s.Instances = append(s.Instances, other)
			},
			lines: address, says: "Set instance_id",
		},
		"OperationTimesOverLimit": {
			seed:  func(s *ecsmock.Seed) { s.Instances[0].ReleasesLeft = new(int) },
			lines: address + "\ninstance_id = \"i-bp1mockvpc\"", on: "instance_id", says: "as often as ECS allows",
		},
		"Forbidden.ExceedDuration": {
			seed:  func(s *ecsmock.Seed) { s.Instances[0].CreatedHoursAgo = 7 },
			lines: address, on: "public_ip_address", says: "first 6 hours",
		},
		"InvalidInstanceId.NotFound": {
			lines: address + "\ninstance_id = \"i-gone\"", on: "instance_id", says: "no such instance in this region",
		},
		"IncorrectInstanceStatus": {
			seed:  func(s *ecsmock.Seed) { s.Instances[0].Status = ecsmock.Stopping },
			lines: address + "\ntimeouts {\n create = \"1s\"\n}", on: "public_ip_address", says: "Running or Stopped",
		},
		"DryRunOperation": {
			seed: func(s *ecsmock.Seed) {
				s.Faults = []ecsmock.Fault{{Kind: ecsmock.Respond, Status: 400, Body: `{"RequestId":"R-1","Code":"DryRunOperation","Message":"This is a dryrun request with successful result."}`}}
			},
			lines: address, says: "Nothing was released",
		},
		"Forbidden.RAM": {
			seed:  func(s *ecsmock.Seed) { s.Keys[0].DeniedActions = []string{"ecs:ReleasePublicIpAddress"} },
			lines: address, says: `"Action": "ecs:ReleasePublicIpAddress"`,
		},
		"Something.New": {
			seed: func(s *ecsmock.Seed) {
				s.Faults = []ecsmock.Fault{{Kind: ecsmock.Respond, Status: 403, Body: `{"RequestId":"R-1","Code":"Something.New","Message":"News."}`}}
			},
			lines: address, on: "public_ip_address", says: "naming the request ID",
		},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			seed := acctest.Seed()
			if tc.seed != nil {
				tc.seed(&seed)
			}
			server := acctest.StartECS(t, seed)
			config := release(server, tc.lines)
			step := func(want *regexp.Regexp) resource.TestStep {
				return resource.TestStep{Config: config, ExpectError: want}
			}
			pattern := `Public IP Address Not Released[\s\S]*`
			if tc.on != "" {
				pattern += `\d+:\s+` + tc.on + `[\s\S]*`
			}
			pattern += `Code:\s+` + regexp.QuoteMeta(code) + `[\s\S]*Request ID: \S+[\s\S]*` + says(tc.says).String()
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps:                    []resource.TestStep{step(regexp.MustCompile(pattern))},
			})
			if code != "IncorrectInstanceStatus" {
				wantCalls(t, server, 1, 0)()
			}
			if got := server.Releases(); got != 0 {
				t.Errorf("%d effective releases, want none", got)
			}
		})
	}
}

func TestAcc_status_is_waited_for(t *testing.T) {
	t.Parallel()
	seed := acctest.Seed()
	seed.Instances[0].Status, seed.Instances[0].RunningAfter = ecsmock.Starting, 1
	server := acctest.StartECS(t, seed)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps:                    []resource.TestStep{{Config: release(server, `public_ip_address = "121.40.10.11"`)}},
	})
	wantCalls(t, server, 2, 1)()
}

// TestAcc_access reaches what the gateway says of keys, clock and token, in one
// apply.
func TestAcc_access(t *testing.T) {
	t.Parallel()
	codes := []struct {
		code   string
		status int
		says   string
	}{
		{"SignatureDoesNotMatch", 400, "secret does not belong to the access key"},
		{"IncompleteSignature", 400, "access_key, secret_key and security_token"},
		{"InvalidAccessKeyId.NotFound", 404, "does not exist, or is disabled"},
		{"InvalidTimeStamp.Expired", 400, "off by more than 15 minutes"},
		{"IllegalTimestamp", 400, "does not accept the time of this request"},
		{"InvalidSecurityToken.Expired", 400, "Get new temporary keys"},
		{"MissingParameter", 400, "defect of the provider"},
		{"NoPermission", 403, "Add this statement to a RAM policy"},
		{"NotAuthorized", 403, "Add this statement to a RAM policy"},
	}
	server, config := manyAddresses(t, len(codes))
	for n, c := range codes {
		server.Inject(ecsmock.Fault{
			Kind: ecsmock.Respond, PublicIP: manyAddress(n), Status: c.status,
			Body: `{"RequestId":"R-1","Code":"` + c.code + `","Message":"No. server string to sign is:POST&TOPSECRET"}`,
		})
	}
	result := acctest.NewCLI(t, config).Run(t, "apply", "-auto-approve")
	for _, c := range codes {
		wantText(t, result, "Code: "+c.code, c.says)
	}
	wantText(t, result, "string to sign is: (hidden)")
	wantNoText(t, result, "TOPSECRET")
	wantCalls(t, server, len(codes), 0)()
}
