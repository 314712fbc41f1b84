package publicip

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

const (
	// releaseWindow is how long after its creation a VPC instance's address can
	// be released. Source: the description of Forbidden.ExceedDuration.
	releaseWindow = 6 * time.Hour
	// clockSlack is by how much a clock may be off: ECS refuses requests from
	// further away.
	clockSlack = 15 * time.Minute

	summaryPreflight        = "Release Would Be Refused"
	summaryPreflightMaybe   = "Release May Be Refused"
	summaryPreflightSkipped = "Preflight Check Skipped"
)

// describer is what a preflight needs of the ECS API.
type describer interface {
	DescribeInstances(context.Context, ecsapi.DescribeInput) ([]ecsapi.Instance, error)
}

// preflight says what a release would meet now. What is certain to be refused
// is an error; what may change before the release is a warning; and not to
// know is one warning, never an obstacle.
func preflight(ctx context.Context, api describer, req Request, now time.Time) diag.Diagnostics {
	found, err := find(ctx, api, req)
	if err != nil {
		why := fmt.Sprintf("ECS was asked about the instance, and the answer is no help:\n\n  %v", err)
		var said *ecsapi.Error
		if errors.As(err, &said) && unpermitted(said) {
			why = join(why, permissionText(said, "ecs:DescribeInstances", "*"))
		}
		return skipped(req, why)
	}
	var diags diag.Diagnostics
	switch {
	case found.blind:
		return skipped(req, "ECS showed no instance at all in the region, as it does where the caller lacks the permission "+
			"ecs:DescribeInstances, or where there is none.")
	case found.instance == nil && req.InstanceID != "":
		diags.AddAttributeError(path.Root("instance_id"), summaryPreflight, fmt.Sprintf(
			"There is no instance %s in region %s that this account can see. Check instance_id and region_id.", req.InstanceID, req.RegionID))
	case found.instance == nil:
		notOnRecord(&diags, req, fmt.Sprintf("No instance in region %s has the public IP address %s. Check the address and region_id.",
			req.RegionID, req.PublicIPAddress))
	case found.others > 0:
		diags.AddAttributeError(path.Root("instance_id"), summaryPreflight, fmt.Sprintf(
			"More than one instance has the public IP address %s on record. Set instance_id.", req.PublicIPAddress))
	default:
		judge(&diags, req, *found.instance, now)
	}
	return diags
}

// finding is what ECS shows of the instance of a release.
type finding struct {
	instance *ecsapi.Instance // nil: there is none
	others   int              // further instances with the address
	blind    bool             // an empty list, which may be a missing permission
}

// find looks for the instance of a release by its ID, or else by the address.
func find(ctx context.Context, api describer, req Request) (finding, error) {
	selections := []ecsapi.DescribeInput{{RegionID: req.RegionID, InstanceID: req.InstanceID}}
	if req.InstanceID == "" {
		selections = []ecsapi.DescribeInput{
			{RegionID: req.RegionID, PublicIPAddress: req.PublicIPAddress},
			{RegionID: req.RegionID, EIPAddress: req.PublicIPAddress},
		}
	}
	for _, selection := range selections {
		instances, err := api.DescribeInstances(ctx, selection)
		if err != nil {
			return finding{}, err
		}
		if len(instances) > 0 {
			return finding{instance: &instances[0], others: len(instances) - 1}, nil
		}
	}
	// Who may not see any instance gets empty lists too.
	visible, err := api.DescribeInstances(ctx, ecsapi.DescribeInput{RegionID: req.RegionID})
	return finding{blind: len(visible) == 0}, err
}

// judge says what a release would meet at an instance.
func judge(diags *diag.Diagnostics, req Request, instance ecsapi.Instance, now time.Time) {
	address, named := path.Root("public_ip_address"), locate(onInstance, req, path.Empty())
	if instance.EIP.Address == req.PublicIPAddress {
		diags.AddAttributeError(address, summaryPreflight, fmt.Sprintf(
			"%s is an elastic IP address (%s) of instance %s, which this call does not release. "+
				"Remove its alicloud_eip_association, then its alicloud_eip_address; or call UnassociateEipAddress and ReleaseEipAddress of the VPC API.",
			req.PublicIPAddress, instance.EIP.AllocationID, instance.ID))
		return
	}
	if !slices.Contains(instance.PublicIPAddresses, req.PublicIPAddress) {
		notOnRecord(diags, req, fmt.Sprintf("Instance %s does not have the public IP address %s. It has %s. Another instance may have the address: check instance_id.",
			instance.ID, req.PublicIPAddress, addresses(instance)))
		return
	}
	if slices.Contains(instance.LockReasons, "security") {
		diags.AddAttributeError(named, summaryPreflight, fmt.Sprintf("Instance %s is locked, with the reason \"security\". %s",
			instance.ID, advices[ecsapi.CodeInstanceLockedForSecurity].text))
	} else if len(instance.LockReasons) > 0 {
		diags.AddAttributeWarning(named, summaryPreflightMaybe, fmt.Sprintf("Instance %s is locked, with the reason %q.",
			instance.ID, strings.Join(instance.LockReasons, ", ")))
	}
	if instance.VPC && !instance.Created.IsZero() {
		judgeAge(diags, address, instance, now)
	}
	if instance.Status != "Running" && instance.Status != "Stopped" {
		diags.AddAttributeWarning(named, summaryPreflightMaybe, fmt.Sprintf(
			"Instance %s is in status %q. The release waits until it is Running or Stopped, as long as its timeout allows.",
			instance.ID, instance.Status))
	}
}

func judgeAge(diags *diag.Diagnostics, address path.Path, instance ecsapi.Instance, now time.Time) {
	age := now.Sub(instance.Created)
	window := fmt.Sprintf("Instance %s is in a VPC and was created at %s. ", instance.ID, instance.Created.Format(time.RFC3339))
	switch {
	case age > releaseWindow+clockSlack:
		diags.AddAttributeError(address, summaryPreflight, window+advices[ecsapi.CodeExceedDuration].text)
	case age > releaseWindow-2*clockSlack:
		diags.AddAttributeWarning(address, summaryPreflightMaybe, window+
			"Its address can be released until "+instance.Created.Add(releaseWindow).Format(time.RFC3339)+". That may be past before the apply, or by ECS's clock already.")
	}
}

// notOnRecord says that the call would not find the address, which is what a
// configuration may expect.
func notOnRecord(diags *diag.Diagnostics, req Request, text string) {
	if req.IgnoreNotFound {
		diags.AddAttributeWarning(path.Root("public_ip_address"), "Nothing Will Be Released",
			text+" With ignore_not_found it counts as released already.")
		return
	}
	diags.AddAttributeError(path.Root("public_ip_address"), summaryPreflight, text+" "+ignoreAdvice)
}

func addresses(instance ecsapi.Instance) string {
	all := slices.Clone(instance.PublicIPAddresses)
	if instance.EIP.Address != "" {
		all = append(all, fmt.Sprintf("%s (EIP %s)", instance.EIP.Address, instance.EIP.AllocationID))
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

func skipped(req Request, why string) diag.Diagnostics {
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("preflight"), summaryPreflightSkipped, join(
		fmt.Sprintf("Whether %s can be released is not known before the apply.", describe(req)), why))}
}
