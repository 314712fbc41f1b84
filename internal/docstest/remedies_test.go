package docstest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// trouble is a release that fails, and what the documentation says to do.
type trouble struct {
	provider string // lines of the provider block
	release  string // lines of the release
	limited  bool   // whether a time limit is to end it
	before   func(*patient)
	says     string
	// command is what fails, if not an apply.
	command string
	remedy  func(*patient)
}

// patient is a configuration in trouble.
type patient struct {
	*testing.T
	ecs               *ecsmock.Server
	cli               *acctest.CLI
	provider, release string
	limit             string // lines that limit the time of the release
	extra             string // further blocks
}

func (p *patient) configure() {
	p.Helper()
	p.cli.Write(p.T, block{"", fmt.Sprintf("provider \"alicloud\" {\n%s\n  endpoints {\n    ecs = %q\n  }\n}\n"+
		"resource \"alicloud_ecs_public_ip_release\" \"web\" {\n%s\n}\n%s", p.provider, p.ecs.URL(), p.release+p.limit, p.extra)}.configuration(p.T))
}

// withoutRelease takes the release out of the configuration.
func (p *patient) withoutRelease() {
	p.Helper()
	p.cli.Write(p.T, block{"", "provider \"alicloud\" {\n" + p.provider + "\n}\n"}.configuration(p.T))
}

// change replaces texts of the release and of the provider block.
func (p *patient) change(texts ...string) {
	p.Helper()
	p.release, p.provider = strings.NewReplacer(texts...).Replace(p.release), strings.NewReplacer(texts...).Replace(p.provider)
	p.configure()
}

func (p *patient) add(line string) {
	p.Helper()
	p.release += "\n" + line
	p.configure()
}

const (
	signed     = "  region     = \"cn-hangzhou\"\n  access_key = \"mock-access-key\"\n  secret_key = \"mock/secret+key=\""
	ofWeb      = "  public_ip_address = \"121.40.10.11\"\n  instance_id       = \"i-bp1mockvpc\""
	noAddress  = "  public_ip_address = \"\""
	releaseWeb = "alicloud_ecs_public_ip_release.web"
)

func troubles() map[string]trouble {
	denied := func(p *patient) {
		p.ecs.SetKey(ecsmock.Key{ID: acctest.AccessKey, Secret: acctest.SecretKey, DeniedActions: []string{ecsmock.RAMRelease}})
	}
	allowed := func(p *patient) { p.ecs.SetKey(ecsmock.Key{ID: acctest.AccessKey, Secret: acctest.SecretKey}) }
	fault := func(kind ecsmock.Kind) func(*patient) {
		return func(p *patient) { p.ecs.Inject(ecsmock.Fault{Kind: kind, Always: true}) }
	}
	// The endpoint without its faults, and with the address that is left.
	healed := func(p *patient) {
		seed := acctest.Seed()
		seed.Instances[0], _ = p.ecs.Instance(acctest.InstanceID)
		p.ecs = acctest.StartECS(p.T, seed)
		p.configure()
	}
	lost := func(p *patient) {
		p.ecs.Inject(ecsmock.Fault{Kind: ecsmock.CloseConnection, After: true}, ecsmock.Fault{Kind: ecsmock.ServiceUnavailable, Always: true})
	}
	temporary := func(token string) func(*patient) {
		return func(p *patient) {
			p.ecs.SetKey(ecsmock.Key{ID: acctest.AccessKey, Secret: acctest.SecretKey, SecurityToken: token})
		}
	}
	record := func(change func(*ecsmock.Instance)) func(*patient) {
		return func(p *patient) { update(p.ecs, acctest.InstanceID, change) }
	}
	late := record(func(i *ecsmock.Instance) { i.CreatedHoursAgo = 7 })
	elastic := record(func(i *ecsmock.Instance) {
		i.PublicIPs, i.EIP = nil, &ecsmock.EIP{AllocationID: "eip-1", Address: acctest.Address}
	})
	// What the documentation says to change in the configuration.
	change := func(texts ...string) func(*patient) { return func(p *patient) { p.change(texts...) } }
	add := func(line string) func(*patient) { return func(p *patient) { p.add(line) } }
	withToken := signed + "\n  security_token = \"token-0123456789\""
	return map[string]trouble{
		"address-released-already": {release: strings.ReplaceAll(ofWeb, "10.11", "10.99"), says: "InvalidIpAddress.NotFound",
			remedy: add("ignore_not_found = true")},
		"address-mistyped": {release: strings.ReplaceAll(ofWeb, "10.11", "10.99"), says: "InvalidIpAddress.NotFound",
			remedy: change("10.99", "10.11")},
		"instance-mistyped": {release: strings.ReplaceAll(ofWeb, "mockvpc", "mockvcp"), says: "InvalidInstanceId.NotFound",
			remedy: change("mockvcp", "mockvpc")},
		"region-mistyped": {release: ofWeb + "\nregion_id = \"cn-beijing\"", says: "InvalidInstanceId.NotFound",
			remedy: change("cn-beijing", "cn-hangzhou")},
		"instance-starting": {limited: true, before: record(func(i *ecsmock.Instance) { i.Status = ecsmock.Starting }),
			says: "IncorrectInstanceStatus", remedy: record(func(i *ecsmock.Instance) { i.Status = ecsmock.Running })},
		"instance-locked": {before: record(func(i *ecsmock.Instance) { i.Locks = []string{"security"} }),
			says: "InstanceLockedForSecurity", remedy: record(func(i *ecsmock.Instance) { i.Locks = nil })},
		"permission-missing": {before: denied, says: "Forbidden.RAM", remedy: allowed},
		"access-key-wrong": {provider: strings.ReplaceAll(signed, "mock-access-key", "mock-excess-key"), says: "InvalidAccessKeyId",
			remedy: change("excess", "access")},
		"secret-wrong": {provider: strings.ReplaceAll(signed, "mock/secret", "mock/sacred"), says: "SignatureDoesNotMatch",
			remedy: change("sacred", "secret")},
		"token-missing": {before: temporary("token-0123456789"), says: "MissingSecurityToken", remedy: change(signed, withToken)},
		"token-replaced": {provider: withToken, before: temporary("token-9876543210"), says: "InvalidSecurityToken",
			remedy: change("token-0123456789", "token-9876543210")},
		"throttled":       {limited: true, before: fault(ecsmock.ThrottlingUser), says: "Throttling.User", remedy: healed},
		"ecs-unavailable": {limited: true, before: fault(ecsmock.ServiceUnavailable), says: "ServiceUnavailable", remedy: healed},
		"endpoint-out-of-reach": {limited: true, before: func(p *patient) { p.ecs.Refuse() }, says: "refused",
			remedy: func(p *patient) {
				if err := p.ecs.Accept(); err != nil {
					p.Fatal(err)
				}
			}},
		"answer-lost": {limited: true, before: lost, says: "May Have Been Released", remedy: func(p *patient) {
			healed(p)
			p.add("ignore_not_found = true")
		}},
		"answer-lost-then-imported": {limited: true, before: lost, says: "May Have Been Released", remedy: func(p *patient) {
			healed(p)
			p.extra = "import {\n  to = " + releaseWeb + "\n  id = \"cn-hangzhou:i-bp1mockvpc:121.40.10.11\"\n}\n"
			p.configure()
		}},
		"internal-error": {limited: true, before: fault(ecsmock.InternalError), says: "May Have Been Released", remedy: func(p *patient) {
			healed(p)
			p.add("ignore_not_found = true")
		}},
		"nothing-to-release": {release: noAddress, says: "No Public IP Address To Release",
			remedy: change(`""`, `"121.40.10.11"`)},
		"nothing-to-release-then-imported": {release: noAddress, says: "No Public IP Address To Release", remedy: func(p *patient) {
			run(p.T, p.cli, "import", releaseWeb, "cn-hangzhou::121.40.10.11")
		}},
		"nothing-to-destroy": {release: noAddress, command: "destroy", before: func(p *patient) {
			p.extra = "resource \"terraform_data\" \"other\" {}\n"
			p.configure()
			run(p.T, p.cli, "apply", "-auto-approve", "-target=terraform_data.other")
		}, says: "No Public IP Address To Release", remedy: func(p *patient) {
			run(p.T, p.cli, "destroy", "-auto-approve", "-refresh=false")
			p.change(`""`, `"121.40.10.11"`)
		}},
		"tainted-without-an-address": {before: func(p *patient) {
			run(p.T, p.cli, "apply", "-auto-approve")
			run(p.T, p.cli, "taint", releaseWeb)
			p.change(`"121.40.10.11"`, `""`)
		}, says: "No Public IP Address To Release", remedy: func(p *patient) { run(p.T, p.cli, "untaint", releaseWeb) }},
		"released-by-a-dry-run": {release: ofWeb + "\ndry_run = true",
			before: func(p *patient) { p.ecs.Inject(ecsmock.Fault{Kind: ecsmock.Respond, Body: `{"RequestId": "R-1"}`}) },
			says:   "Public IP Address Released By A Dry Run", remedy: func(p *patient) { run(p.T, p.cli, "untaint", releaseWeb) }},
		"no-region": {provider: strings.ReplaceAll(signed, `"cn-hangzhou"`, "null"), says: "No Region",
			remedy: add(`region_id = "cn-hangzhou"`)},
		"no-credentials": {provider: "  region = \"cn-hangzhou\"", says: "No Credentials", remedy: change("  region = \"cn-hangzhou\"", signed)},
		"instance-not-named": {release: "  public_ip_address = \"121.40.10.11\"", before: func(p *patient) {
			twin := acctest.Seed().Instances[0]
			twin.ID = "i-bp2twin"
			p.ecs.AddInstance(twin)
		}, says: "InvalidIpAddress.NeedInstanceId", remedy: add("instance_id = \"i-bp1mockvpc\"")},
		"clock-off": {before: func(p *patient) {
			p.ecs.Inject(ecsmock.Fault{Kind: ecsmock.Respond, Status: 400, Body: `{"RequestId": "R-1", "Code": "InvalidTimeStamp.Expired", "Message": "Expired."}`})
		}, says: "The clock of this machine is off", remedy: func(*patient) {}},
		// What ECS does when a pay-as-you-go instance is stopped in economical mode, or the address is converted.
		"late-then-stopped-in-economical-mode": {before: late, says: "Forbidden.ExceedDuration", remedy: func(p *patient) {
			update(p.ecs, acctest.InstanceID, func(i *ecsmock.Instance) { i.PublicIPs, i.Status = nil, ecsmock.Stopped })
			p.withoutRelease()
		}},
		"late-then-converted-to-an-eip": {before: late, says: "Forbidden.ExceedDuration", remedy: func(p *patient) {
			elastic(p)
			p.withoutRelease()
		}},
		"elastic": {before: elastic, says: "OperationDenied", remedy: (*patient).withoutRelease},
		"preflight-address-of-another": {release: strings.ReplaceAll(ofWeb, "10.11", "10.99") + "\npreflight = true", says: "Release Would Be Refused",
			remedy: change("10.99", "10.11")},
		"preflight-released-already": {release: strings.ReplaceAll(ofWeb, "10.11", "10.99") + "\npreflight = true", says: "Release Would Be Refused",
			remedy: add("ignore_not_found = true")},
	}
}

// TestAcc_remedies does what the documentation says to do, and wants an apply
// that ends well and then a plan without changes.
func TestAcc_remedies(t *testing.T) {
	t.Parallel()
	for name, trouble := range troubles() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &patient{T: t, ecs: acctest.StartECS(t, acctest.Seed()), cli: newCLI(t, ""), provider: trouble.provider, release: trouble.release}
			if p.provider == "" {
				p.provider = signed
			}
			if p.release == "" {
				p.release = ofWeb
			}
			p.configure()
			if trouble.before != nil {
				trouble.before(p)
			}
			command := trouble.command
			if command == "" {
				command = "apply"
			}
			var failed acctest.Result
			for limit := range acctest.Limits {
				if trouble.limited {
					p.limit = fmt.Sprintf("\n  timeouts {\n    create = %q\n  }", limit)
					p.configure()
				}
				if failed = p.cli.Run(t, command, "-auto-approve"); !failed.OutOfTime() {
					break
				}
			}
			if failed.ExitCode != 1 || !strings.Contains(failed.Output, trouble.says) {
				t.Fatalf("exit code %d, want 1 and %q:\n%s", failed.ExitCode, trouble.says, failed.Output)
			}
			p.limit = ""
			p.configure()
			trouble.remedy(p)
			run(t, p.cli, "apply", "-auto-approve")
			run(t, p.cli, "plan", "-detailed-exitcode")
		})
	}
}
