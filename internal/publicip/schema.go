package publicip

import (
	"fmt"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// typeName is the name of the resource and of the action, without the
// provider's.
const typeName = "_ecs_public_ip_release"

// defaultTimeout is how long a release may take where the configuration does
// not say.
const defaultTimeout = 5 * time.Minute

const (
	describePublicIPAddress = "The public IPv4 address to release, for example `121.40.10.20`."
	describeInstanceID      = "The ID of the instance that the address must belong to. " +
		"Guards against releasing an address that has moved to another instance. " +
		"Needed where ECS answers `InvalidIpAddress.NeedInstanceId`."
	describeRegionID       = "The region of the instance. Defaults to the provider's region."
	describeDryRun         = "Sends the request with `DryRun`. Defaults to `false`."
	describeIgnoreNotFound = "Counts an address that is not on record as released already, instead of failing. " +
		"Defaults to `false`, so that a mistyped address is not taken for a released one."
	describeTimeout = "How long a release may take, retries included, for example `90s` or `10m`. Defaults to `5m`."
)

func publicIPAddressValidators() []validator.String {
	return []validator.String{publicIPv4Validator{}}
}

var instanceID = regexp.MustCompile(`^(i-[0-9a-z]+|AY[0-9A-Za-z]+)$`)

func instanceIDValidators() []validator.String {
	return []validator.String{
		stringvalidator.LengthAtMost(64),
		stringvalidator.RegexMatches(instanceID, "must be an instance ID: i- (or, on the oldest instances, AY) "+
			"followed by letters and digits, for example i-bp67acfmxazb4p0001; leave the argument out to name no instance"),
	}
}

// RegionValidators check a region ID.
func RegionValidators() []validator.String {
	return []validator.String{
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
