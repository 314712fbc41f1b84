package publicip

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// typeName is the name of the resource and of the action, without the provider's.
const typeName = "_ecs_public_ip_release"

// defaultTimeout is how long a release may take if the configuration does not say.
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

// validate checks the values that are known, and a timeout that stands at a path.
func (in inputs) validate(ctx context.Context, timeout time.Duration, at path.Path) diag.Diagnostics {
	var resp validator.StringResponse
	// An empty address is valid here: that is how an instance's address reads after its release.
	if address := in.PublicIPAddress.ValueString(); address != "" {
		if problem := publicIPv4Problem(address); problem != "" {
			resp.Diagnostics.AddAttributeError(path.Root("public_ip_address"), "Invalid Public IP Address", problem)
		}
	}
	check := func(name string, value types.String, validators ...validator.String) {
		at := path.Root(name)
		for _, v := range validators {
			v.ValidateString(ctx, validator.StringRequest{Path: at, PathExpression: at.Expression(), ConfigValue: value}, &resp)
		}
	}
	check("instance_id", in.InstanceID, stringvalidator.LengthAtMost(maxInstanceID),
		stringvalidator.RegexMatches(instanceID, "must be an instance ID: i- (or, on the oldest instances, AY) "+
			"followed by letters and digits, for example i-bp67acfmxazb4p0001; leave the argument out to name no instance"))
	check("region_id", in.RegionID, stringvalidator.LengthAtMost(ecsapi.MaxRegionID),
		stringvalidator.RegexMatches(ecsapi.RegionID, "must be a region ID of lower-case letters, digits and hyphens, "+
			"for example cn-hangzhou; leave the argument out to use the default"))
	if timeout <= 0 {
		resp.Diagnostics.AddAttributeError(at, "Invalid Timeout",
			fmt.Sprintf("%s leaves no time for a release. Give a duration above zero, for example 90s or 10m.", timeout))
	}
	return resp.Diagnostics
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
		"Required if ECS answers `InvalidIpAddress.NeedInstanceId`. Without it, a release whose answer is lost is not repeated."
	describeRegionID = "The region of the instance. Defaults to the provider's region."
	describeTimeout  = "How long a release may take, retries included, for example `90s` or `10m`. Defaults to `5m`."
)

// switches are the arguments that default to false, and their descriptions.
var switches = map[string]string{
	"dry_run": "Sends the request with `DryRun`. Defaults to `false`.",
	"ignore_not_found": "Treats an address that is not on record in the region, or not for `instance_id`, as already released. " +
		"Defaults to `false`, so that a mistyped argument is an error.",
	"preflight": "Calls `DescribeInstances` while planning and again right before the release, and reports what would prevent the release. " +
		"Defaults to `false`. Needs the permission `ecs:DescribeInstances`; without it the check is skipped with a warning.",
}

const maxInstanceID = 64 // characters

var instanceID = regexp.MustCompile(`^(i-[0-9a-z]+|AY[0-9A-Za-z]+)$`)

func validInstanceID(s string) bool {
	return len(s) <= maxInstanceID && instanceID.MatchString(s)
}

// reserved are the IPv4 ranges that no instance has as its public address.
// Source: RFC 6890 and the IANA special-purpose address registry.
var reserved = []struct {
	prefix netip.Prefix
	is     string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "stands for this network"},
	{netip.MustParsePrefix("10.0.0.0/8"), "is private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "is shared address space, which carriers and cloud services use internally"},
	{netip.MustParsePrefix("127.0.0.0/8"), "is loopback"},
	{netip.MustParsePrefix("169.254.0.0/16"), "is link-local"},
	{netip.MustParsePrefix("172.16.0.0/12"), "is private"},
	{netip.MustParsePrefix("192.168.0.0/16"), "is private"},
	{netip.MustParsePrefix("224.0.0.0/4"), "is multicast"},
	{netip.MustParsePrefix("255.255.255.255/32"), "is broadcast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "is reserved"},
}

// publicIPv4Problem says what is wrong with s and what would be right, or
// returns "" if s is a public IPv4 address in dotted form.
func publicIPv4Problem(s string) string {
	address, err := netip.ParseAddr(s)
	if err != nil {
		return fmt.Sprintf("%q is not an IPv4 address. Give four numbers from 0 to 255 with dots between them, "+
			"without leading zeros, prefix length or white space, for example 121.40.10.20.", s)
	}
	if !address.Is4() {
		return fmt.Sprintf("%q is an IPv6 address. Only the public IPv4 address of an instance can be released, "+
			"for example 121.40.10.20.", s)
	}
	for _, r := range reserved {
		if r.prefix.Contains(address) {
			return fmt.Sprintf("%s %s (%s), so it is not the public address of an instance. "+
				"Give the instance's public IPv4 address, for example alicloud_instance.web.public_ip.", s, r.is, r.prefix)
		}
	}
	return ""
}
