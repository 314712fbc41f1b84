package publicip

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

const (
	preflightLimit = 30 * time.Second
	// releaseWindow is how long after its creation a VPC instance's address can
	// be released. Source: the description of Forbidden.ExceedDuration.
	releaseWindow = 6 * time.Hour
	// clockSlack is by how much a clock may be off before ECS refuses a request.
	clockSlack = 15 * time.Minute

	summaryPreflight = "Release Would Be Refused"
)

// describer is what a preflight needs of the ECS API.
type describer interface {
	DescribeInstances(context.Context, ecsapi.DescribeInput) ([]ecsapi.Instance, error)
}

// patient repeats a question until ECS answers or refuses it, or the context
// ends. It keeps to the pace of the releases.
type patient struct {
	describer
	releaser *releaser
}

// DescribeInstances implements describer. Its error is the last one before the
// context ended, if there was one.
func (p patient) DescribeInstances(ctx context.Context, in ecsapi.DescribeInput) (found []ecsapi.Instance, last error) {
	wait := p.releaser.newBackOff()
	for {
		err := p.releaser.pace.wait(ctx)
		if err == nil {
			found, err = p.describer.DescribeInstances(ctx, in)
			p.releaser.pace.learn(err)
		}
		if ended(err) {
			return nil, cmp.Or(last, err)
		}
		if end := endingOf(err); end == done || end == refused {
			return found, err
		}
		if last = err; typed(err).Throttled() {
			wait.Reset()
		}
		sleep(ctx, wait.NextBackOff()) // the next turn does not come after the end
	}
}

// preflight says what a release would meet now. What is certain to be refused
// is an error; what may change before the release is a warning. A question that
// brings no answer is one warning, and does not hold the release up.
func preflight(ctx context.Context, ecs describer, req Request, now time.Time) diag.Diagnostics {
	found, blind, err := find(ctx, ecs, req)
	if err != nil {
		why, said := fmt.Sprintf("ECS was asked about the instance and gave no answer that helps:\n\n  %v", err), typed(err)
		if said.Kind == ecsapi.Unsigned {
			why = fmt.Sprintf("ECS was not asked about the instance, since there are no keys to sign with:\n\n  %v", said.Err)
		}
		if known, _ := meaning(said); known.attribute == onPermission {
			why = join(why, permissionText(said, "ecs:DescribeInstances", "*"))
		}
		return diag.Diagnostics{skipped(req, why)}
	}
	var diags diag.Diagnostics
	switch {
	case blind:
		diags.Append(skipped(req, "ECS showed no instance at all in the region. There may be none there: check region_id. "+
			"Or the caller lacks the permission ecs:DescribeInstances."))
	case len(found) == 0 && req.InstanceID != "":
		diags.AddAttributeError(path.Root("instance_id"), summaryPreflight, fmt.Sprintf(
			"There is no instance %s in region %s that this account can see. Check instance_id and region_id.", req.InstanceID, req.RegionID))
	case len(found) == 0:
		notOnRecord(&diags, req, fmt.Sprintf("No instance in region %s has the public IP address %s. Check the address and region_id.",
			req.RegionID, req.PublicIPAddress))
	case len(found) > 1:
		diags.AddAttributeError(path.Root("instance_id"), summaryPreflight, fmt.Sprintf(
			"More than one instance has the public IP address %s on record. Set instance_id.", req.PublicIPAddress))
	default:
		judge(&diags, req, found[0], now)
	}
	return diags
}

// find looks for the instance of a release by its ID, or else for those with the
// address. It reports as blind that the caller sees no instance at all, which may
// be for lack of permission.
func find(ctx context.Context, ecs describer, req Request) (found []ecsapi.Instance, blind bool, err error) {
	selections := []ecsapi.DescribeInput{{RegionID: req.RegionID, InstanceID: req.InstanceID}}
	if req.InstanceID == "" {
		selections = []ecsapi.DescribeInput{
			{RegionID: req.RegionID, PublicIPAddress: req.PublicIPAddress},
			{RegionID: req.RegionID, EIPAddress: req.PublicIPAddress},
		}
	}
	for _, selection := range selections {
		if found, err = ecs.DescribeInstances(ctx, selection); err != nil || len(found) > 0 {
			return found, false, err
		}
	}
	visible, err := ecs.DescribeInstances(ctx, ecsapi.DescribeInput{RegionID: req.RegionID})
	return nil, len(visible) == 0, err
}

// judge says what a release would meet at an instance.
func judge(diags *diag.Diagnostics, req Request, instance ecsapi.Instance, now time.Time) {
	address, named := path.Root("public_ip_address"), locate(onInstance, req, path.Empty())
	if instance.EIP.Address == req.PublicIPAddress {
		diags.AddAttributeError(address, summaryPreflight, fmt.Sprintf(
			"%s is an elastic IP address (%s) of instance %s, which this call does not release. "+
				"Take this release out of the configuration and remove the EIP's alicloud_eip_association, then its alicloud_eip_address; "+
				"or call UnassociateEipAddress and ReleaseEipAddress of the VPC API.",
			req.PublicIPAddress, instance.EIP.AllocationID, instance.ID))
		return
	}
	if !slices.Contains(instance.PublicIPAddresses, req.PublicIPAddress) {
		notOnRecord(diags, req, fmt.Sprintf("Instance %s does not have the public IP address %s. It has %s. "+
			"Another instance may have the address: check instance_id.", instance.ID, req.PublicIPAddress, addresses(instance)))
		return
	}
	// Two warnings on one address differ in their summaries: Terraform shows only
	// one of those that are equal.
	maybe := func(at path.Path, cause, text string) {
		diags.AddAttributeWarning(at, fmt.Sprintf("Release Of %s May Be Refused (%s)", req.PublicIPAddress, cause), text)
	}
	if slices.Contains(instance.LockReasons, "security") {
		diags.AddAttributeError(named, summaryPreflight, fmt.Sprintf("Instance %s is locked, with the reason \"security\". %s",
			instance.ID, lockAdvice))
	} else if len(instance.LockReasons) > 0 {
		maybe(named, "Instance Locked", fmt.Sprintf("Instance %s is locked, with the reason %q.",
			instance.ID, strings.Join(instance.LockReasons, ", ")))
	}
	if instance.Status != "Running" && instance.Status != "Stopped" {
		maybe(named, "Instance Not Ready", fmt.Sprintf("Instance %s is in status %q. "+
			"The release waits until it is Running or Stopped, as long as its timeout allows.", instance.ID, instance.Status))
	}
	if !instance.VPC {
		return
	}
	age := now.Sub(instance.Created)
	window := fmt.Sprintf("Instance %s is in a VPC and was created at %s. ", instance.ID, instance.Created.Format(time.RFC3339))
	switch {
	case instance.Created.IsZero():
		maybe(address, "Creation Time Unknown", fmt.Sprintf("Instance %s is in a VPC, where ECS releases an address only in the first "+
			"6 hours after the instance was created. ECS gave no creation time that this provider can read.", instance.ID))
	case age > releaseWindow+clockSlack:
		diags.AddAttributeError(address, summaryPreflight, window+codes[ecsapi.CodeExceedDuration].advice)
	case age > releaseWindow-2*clockSlack:
		until := instance.Created.Add(releaseWindow).Format(time.RFC3339)
		maybe(address, "Instance Too Old Soon", window+"Its address can be released until "+until+
			". That may be past before the apply, or by ECS's clock already.")
	}
}

// notOnRecord says that the call would not find the address, which is what a
// configuration may expect.
func notOnRecord(diags *diag.Diagnostics, req Request, text string) {
	if req.IgnoreNotFound {
		diags.AddAttributeWarning(path.Root("public_ip_address"), "Nothing Will Be Released For "+req.PublicIPAddress,
			text+" With ignore_not_found it counts as released already.")
		return
	}
	diags.AddAttributeError(path.Root("public_ip_address"), summaryPreflight, text+" "+ignoreAdvice)
}

// addresses lists the addresses of an instance, the first ten if there are more.
func addresses(instance ecsapi.Instance) string {
	const maxListed = 10
	all := slices.Clone(instance.PublicIPAddresses)
	if more := len(all) - maxListed; more > 0 {
		all = append(all[:maxListed], fmt.Sprintf("%d more", more))
	}
	if instance.EIP.Address != "" {
		all = append(all, fmt.Sprintf("%s (EIP %s)", instance.EIP.Address, instance.EIP.AllocationID))
	}
	return cmp.Or(strings.Join(all, ", "), "none")
}

func skipped(req Request, why string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("preflight"), "Preflight Check Of "+req.PublicIPAddress+" Skipped", join(
		fmt.Sprintf("Whether %s can be released is not known before the apply.", describe(req)), why))
}
