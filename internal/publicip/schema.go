package publicip

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// typeName is the name of the resource and of the action, without the
// provider's.
const typeName = "_ecs_public_ip_release"

// defaultTimeout is how long a release may take if the configuration does not
// say.
const defaultTimeout = 5 * time.Minute

// inputs are what resource and action have in common.
type inputs struct {
	PublicIPAddress types.String `tfsdk:"public_ip_address"`
	InstanceID      types.String `tfsdk:"instance_id"`
	RegionID        types.String `tfsdk:"region_id"`
	DryRun          types.Bool   `tfsdk:"dry_run"`
	IgnoreNotFound  types.Bool   `tfsdk:"ignore_not_found"`
	Preflight       types.Bool   `tfsdk:"preflight"`
}

// known reports whether all values are known that a preflight depends on.
func (in inputs) known() bool {
	return !in.PublicIPAddress.IsUnknown() && !in.InstanceID.IsUnknown() && !in.RegionID.IsUnknown() && !in.IgnoreNotFound.IsUnknown()
}

// validate makes the schema's checks of the values that are known.
func (in inputs) validate(ctx context.Context) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, input := range []struct {
		name       string
		value      types.String
		validators []validator.String
	}{
		{"public_ip_address", in.PublicIPAddress, publicIPAddressValidators()},
		{"instance_id", in.InstanceID, instanceIDValidators()},
		{"region_id", in.RegionID, RegionValidators()},
	} {
		at := path.Root(input.name)
		for _, v := range input.validators {
			var resp validator.StringResponse
			v.ValidateString(ctx, validator.StringRequest{Path: at, PathExpression: at.Expression(), ConfigValue: input.value}, &resp)
			diags.Append(resp.Diagnostics...)
		}
	}
	return diags
}

func (in inputs) request() Request {
	return Request{
		PublicIPAddress: in.PublicIPAddress.ValueString(),
		InstanceID:      in.InstanceID.ValueString(),
		RegionID:        in.RegionID.ValueString(),
		DryRun:          in.DryRun.ValueBool(),
		IgnoreNotFound:  in.IgnoreNotFound.ValueBool(),
	}
}

const (
	describePublicIPAddress = "The public IPv4 address to release, for example `121.40.10.20`."
	describeInstanceID      = "The ID of the instance that the address must belong to. " +
		"Guards against releasing an address that has moved to another instance. " +
		"Needed where ECS answers `InvalidIpAddress.NeedInstanceId`. " +
		"Without it, a release whose answer is lost is not repeated."
	describeRegionID       = "The region of the instance. Defaults to the provider's region."
	describeDryRun         = "Sends the request with `DryRun`. Defaults to `false`."
	describeIgnoreNotFound = "Counts an address that is not on record in the region, or not for `instance_id`, as released already, instead of failing. " +
		"Defaults to `false`, so that a mistake in one of these is not taken for a release."
	describePreflight = "Asks `DescribeInstances` while planning, and again right before the release, whether it would be refused, and says why. " +
		"Defaults to `false`. Needs the permission `ecs:DescribeInstances`; without it the check is skipped with a warning."
	describeTimeout = "How long a release may take, retries included, for example `90s` or `10m`. Defaults to `5m`."
)

func publicIPAddressValidators() []validator.String {
	return []validator.String{publicIPv4Validator{}}
}

const maxInstanceID = 64 // characters

var instanceID = regexp.MustCompile(`^(i-[0-9a-z]+|AY[0-9A-Za-z]+)$`)

func validInstanceID(s string) bool {
	return len(s) <= maxInstanceID && instanceID.MatchString(s)
}

func instanceIDValidators() []validator.String {
	return []validator.String{
		stringvalidator.LengthAtMost(maxInstanceID),
		stringvalidator.RegexMatches(instanceID, "must be an instance ID: i- (or, on the oldest instances, AY) "+
			"followed by letters and digits, for example i-bp67acfmxazb4p0001; leave the argument out to name no instance"),
	}
}

// RegionValidators check a region ID.
func RegionValidators() []validator.String {
	return []validator.String{
		stringvalidator.LengthAtMost(ecsapi.MaxRegionID),
		stringvalidator.RegexMatches(ecsapi.RegionID, "must be a region ID of lower-case letters, digits and hyphens, "+
			"for example cn-hangzhou; leave the argument out to use the default"),
	}
}

// checkTimeout adds an error to the attribute at p unless d is above zero.
func checkTimeout(d time.Duration, p path.Path, diags *diag.Diagnostics) {
	if d <= 0 {
		diags.AddAttributeError(p, "Invalid Timeout",
			fmt.Sprintf("%s leaves no time for a release. Give a duration above zero, for example 90s or 10m.", d))
	}
}
