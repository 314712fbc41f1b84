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
	// What ECS does, and what it has on record.
	key := func(token string, denied ...string) func(*patient) {
		return func(p *patient) {
			p.ecs.SetKey(ecsmock.Key{ID: acctest.AccessKey, Secret: acctest.SecretKey, SecurityToken: token, DeniedActions: denied})
		}
	}
	meets := func(faults ...ecsmock.Fault) func(*patient) { return func(p *patient) { p.ecs.Inject(faults...) } }
	record := func(change func(*ecsmock.Instance)) func(*patient) {
		return func(p *patient) { update(p.ecs, acctest.InstanceID, change) }
	}
	late := record(func(i *ecsmock.Instance) { i.CreatedHoursAgo = 7 })
	elastic := record(func(i *ecsmock.Instance) {
		i.PublicIPs, i.EIP = nil, &ecsmock.EIP{AllocationID: "eip-1", Address: acctest.Address}
	})
	lost := meets(ecsmock.Fault{Kind: ecsmock.CloseConnection, After: true}, ecsmock.Fault{Kind: ecsmock.ServiceUnavailable, Always: true})
	// The endpoint without its faults, and with the address that is left.
	healed := func(p *patient) {
		seed := acctest.Seed()
		seed.Instances[0], _ = p.ecs.Instance(acctest.InstanceID)
		p.ecs = acctest.StartECS(p.T, seed)
		p.configure()
	}

	// What the documentation says to do.
	change := func(texts ...string) func(*patient) { return func(p *patient) { p.change(texts...) } }
	add := func(line string) func(*patient) { return func(p *patient) { p.add(line) } }
	with := func(blocks string) func(*patient) {
		return func(p *patient) {
			p.extra = blocks
			p.configure()
		}
	}
	terraform := func(args ...string) func(*patient) { return func(p *patient) { run(p.T, p.cli, args...) } }
	withoutRelease := (*patient).withoutRelease
	inTurn := func(steps ...func(*patient)) func(*patient) {
		return func(p *patient) {
			for _, step := range steps {
				step(p)
			}
		}
	}

	other, withToken := strings.ReplaceAll(ofWeb, "10.11", "10.99"), signed+"\n  security_token = \"token-0123456789\""
	return map[string]trouble{
		"address-released-already": {release: other, says: "InvalidIpAddress.NotFound", remedy: add("ignore_not_found = true")},
		"address-mistyped":         {release: other, says: "InvalidIpAddress.NotFound", remedy: change("10.99", "10.11")},
		"instance-mistyped": {release: strings.ReplaceAll(ofWeb, "mockvpc", "mockvcp"), says: "InvalidInstanceId.NotFound",
			remedy: change("mockvcp", "mockvpc")},
		"region-mistyped": {release: ofWeb + "\nregion_id = \"cn-beijing\"", says: "InvalidInstanceId.NotFound",
			remedy: change("cn-beijing", "cn-hangzhou")},
		"instance-starting": {limited: true, before: record(func(i *ecsmock.Instance) { i.Status = ecsmock.Starting }),
			says: "IncorrectInstanceStatus", remedy: record(func(i *ecsmock.Instance) { i.Status = ecsmock.Running })},
		"instance-locked": {before: record(func(i *ecsmock.Instance) { i.Locks = []string{"security"} }),
			says: "InstanceLockedForSecurity", remedy: record(func(i *ecsmock.Instance) { i.Locks = nil })},
		"permission-missing": {before: key("", ecsmock.RAMRelease), says: "Forbidden.RAM", remedy: key("")},
		"access-key-wrong": {provider: strings.ReplaceAll(signed, "mock-access-key", "mock-excess-key"), says: "InvalidAccessKeyId",
			remedy: change("excess", "access")},
		"secret-wrong": {provider: strings.ReplaceAll(signed, "mock/secret", "mock/sacred"), says: "SignatureDoesNotMatch",
			remedy: change("sacred", "secret")},
		"token-missing": {before: key("token-0123456789"), says: "MissingSecurityToken", remedy: change(signed, withToken)},
		"token-replaced": {provider: withToken, before: key("token-9876543210"), says: "InvalidSecurityToken",
			remedy: change("token-0123456789", "token-9876543210")},
		"throttled": {limited: true, before: meets(ecsmock.Fault{Kind: ecsmock.ThrottlingUser, Always: true}), says: "Throttling.User", remedy: healed},
		"ecs-unavailable": {limited: true, before: meets(ecsmock.Fault{Kind: ecsmock.ServiceUnavailable, Always: true}), says: "ServiceUnavailable",
			remedy: healed},
		"endpoint-out-of-reach": {limited: true, before: func(p *patient) { p.ecs.Refuse() }, says: "refused",
			remedy: func(p *patient) {
				if err := p.ecs.Accept(); err != nil {
					p.Fatal(err)
				}
			}},
		"answer-lost": {limited: true, before: lost, says: "May Have Been Released", remedy: inTurn(healed, add("ignore_not_found = true"))},
		"answer-lost-then-imported": {limited: true, before: lost, says: "May Have Been Released",
			remedy: inTurn(healed, with("import {\n  to = "+releaseWeb+"\n  id = \"cn-hangzhou:i-bp1mockvpc:121.40.10.11\"\n}\n"))},
		"internal-error": {limited: true, before: meets(ecsmock.Fault{Kind: ecsmock.InternalError, Always: true}), says: "May Have Been Released",
			remedy: inTurn(healed, add("ignore_not_found = true"))},
		"nothing-to-release": {release: noAddress, says: "No Public IP Address To Release", remedy: change(`""`, `"121.40.10.11"`)},
		"nothing-to-release-then-imported": {release: noAddress, says: "No Public IP Address To Release",
			remedy: terraform("import", releaseWeb, "cn-hangzhou::121.40.10.11")},
		"nothing-to-destroy": {release: noAddress, command: "destroy", says: "No Public IP Address To Release",
			before: inTurn(with("resource \"terraform_data\" \"other\" {}\n"), terraform("apply", "-auto-approve", "-target=terraform_data.other")),
			remedy: inTurn(terraform("destroy", "-auto-approve", "-refresh=false"), change(`""`, `"121.40.10.11"`))},
		"tainted-without-an-address": {says: "No Public IP Address To Release", remedy: terraform("untaint", releaseWeb),
			before: inTurn(terraform("apply", "-auto-approve"), terraform("taint", releaseWeb), change(`"121.40.10.11"`, `""`))},
		"released-by-a-dry-run": {release: ofWeb + "\ndry_run = true", before: meets(ecsmock.Fault{Kind: ecsmock.Respond, Body: `{"RequestId": "R-1"}`}),
			says: "Public IP Address Released By A Dry Run", remedy: terraform("untaint", releaseWeb)},
		"no-region": {provider: strings.ReplaceAll(signed, `"cn-hangzhou"`, "null"), says: "No Region", remedy: add(`region_id = "cn-hangzhou"`)},
		"no-credentials": {provider: "  region = \"cn-hangzhou\"", says: "No Credentials",
			remedy: change("  region = \"cn-hangzhou\"", signed)},
		"instance-not-named": {release: "  public_ip_address = \"121.40.10.11\"", before: func(p *patient) {
			twin := acctest.Seed().Instances[0]
			twin.ID = "i-bp2twin"
			p.ecs.AddInstance(twin)
		}, says: "InvalidIpAddress.NeedInstanceId", remedy: add("instance_id = \"i-bp1mockvpc\"")},
		"clock-off": {before: meets(ecsmock.Fault{Kind: ecsmock.Respond, Status: 400,
			Body: `{"RequestId": "R-1", "Code": "InvalidTimeStamp.Expired", "Message": "Expired."}`}),
			says: "The clock of this machine is off", remedy: inTurn()},
		// What ECS does when a pay-as-you-go instance is stopped in economical mode, or the address is converted.
		"late-then-stopped-in-economical-mode": {before: late, says: "Forbidden.ExceedDuration",
			remedy: inTurn(record(func(i *ecsmock.Instance) { i.PublicIPs, i.Status = nil, ecsmock.Stopped }), withoutRelease)},
		"late-then-converted-to-an-eip": {before: late, says: "Forbidden.ExceedDuration", remedy: inTurn(elastic, withoutRelease)},
		"elastic":                       {before: elastic, says: "OperationDenied", remedy: withoutRelease},
		"preflight-address-of-another": {release: other + "\npreflight = true", says: "Release Would Be Refused",
			remedy: change("10.99", "10.11")},
		"preflight-released-already": {release: other + "\npreflight = true", says: "Release Would Be Refused",
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
