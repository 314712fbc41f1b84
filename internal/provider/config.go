package provider

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/credentials"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

// The environment variables of each argument; an earlier one wins. Source: the
// official provider's documentation.
var (
	regionVariables            = []string{"ALICLOUD_REGION", "ALIBABA_CLOUD_REGION"}
	endpointVariables          = []string{"ALIBABA_CLOUD_ENDPOINT_ECS", "ECS_ENDPOINT"}
	readTimeoutVariables       = []string{"CLIENT_READ_TIMEOUT"}
	connectTimeoutVariables    = []string{"CLIENT_CONNECT_TIMEOUT"}
	retryTimeoutVariables      = []string{"MAX_RETRY_TIMEOUT"}
	sourceIPVariables          = []string{"ALICLOUD_SOURCE_IP", "ALIBABA_CLOUD_SOURCE_IP"}
	secureTransportVariables   = []string{"ALICLOUD_SECURE_TRANSPORT", "ALIBABA_CLOUD_SECURE_TRANSPORT"}
	securityTransportVariables = []string{"ALICLOUD_SECURITY_TRANSPORT", "ALIBABA_CLOUD_SECURITY_TRANSPORT"}
)

// regionID is what a region may look like, before blanks are trimmed.
var regionID = regexp.MustCompile(`^\s*` + strings.Trim(ecsapi.RegionID.String(), "^$") + `\s*$`)

const defaultClientTimeout = 60_000 // milliseconds

// config is what the block and the environment come to.
type config struct {
	region      types.String
	maxRetry    time.Duration
	ecs         ecsapi.Config
	rpc         rpc.Config // its user agent is only what the user adds
	credentials credentials.Config
}

// resolve merges a provider block with the environment: the block takes
// precedence.
func resolve(block providerModel, env getenv, diags *diag.Diagnostics) config {
	milliseconds := func(block *int64, variables []string) time.Duration {
		return time.Duration(cmp.Or(resolveNumber(block, variables, env, diags), defaultClientTimeout)) * time.Millisecond
	}
	region := resolveRegion(block.Region, env, diags)
	sourceIP, _ := env.first(block.SourceIP, sourceIPVariables)
	secure, _ := env.first(block.SecureTransport, secureTransportVariables)
	security, _ := env.first(block.SecurityTransport, securityTransportVariables)
	host, scheme := resolveEndpoint(endpoint(block.Endpoints, "ecs", diags), block.Protocol, env, diags)
	sts, _ := checkEndpoint("sts", endpoint(block.Endpoints, "sts", diags), "endpoints.sts of the provider block", diags)
	proxy, err := proxyFromEnvironment(env)
	if err != nil {
		diags.AddError("Invalid Proxy", err.Error())
	}
	return config{
		region:   region,
		maxRetry: time.Duration(resolveNumber(block.MaxRetryTimeout, retryTimeoutVariables, env, diags)) * time.Second,
		ecs:      ecsapi.Config{Endpoint: host, Protocol: scheme},
		rpc: rpc.Config{
			ConnectTimeout:  milliseconds(block.ClientConnectTimeout, connectTimeoutVariables),
			ReadTimeout:     milliseconds(block.ClientReadTimeout, readTimeoutVariables),
			UserAgent:       strings.TrimSpace(*cmp.Or(block.ConfigurationSource, new(string)) + " " + env("TF_APPEND_USER_AGENT")),
			SourceIP:        sourceIP,
			SecureTransport: cmp.Or(secure, security),
			Proxy:           proxy,
		},
		credentials: credentials.Config{Block: block.Block, STSEndpoint: sts, Region: region.ValueString(), Getenv: env},
	}
}

type getenv func(string) string

// first returns the block's value, or else the value of the first of the
// variables that has one, and the name of that variable.
func (env getenv) first(block *string, variables []string) (value, name string) {
	if block != nil {
		return strings.TrimSpace(*block), ""
	}
	for _, name := range variables {
		if value := strings.TrimSpace(env(name)); value != "" {
			return value, name
		}
	}
	return "", ""
}

func resolveRegion(block types.String, env getenv, diags *diag.Diagnostics) types.String {
	if block.IsUnknown() {
		return block
	}
	value, name := env.first(block.ValueStringPointer(), regionVariables)
	switch {
	case block.IsNull() && value == "":
		return block
	case !ecsapi.ValidRegionID(value):
		diags.AddAttributeError(path.Root("region"), "Invalid Region", fmt.Sprintf("%s is %q. "+
			"It must be a region ID of lower-case letters, digits and hyphens, for example cn-hangzhou; leave it out to use the default.",
			cmp.Or(name, "region of the provider block"), value))
	}
	return types.StringValue(value)
}

// resolveNumber returns a whole number above 0, or else 0, which means the
// default.
func resolveNumber(block *int64, variables []string, env getenv, diags *diag.Diagnostics) int64 {
	if block != nil {
		return max(0, *block)
	}
	value, name := env.first(nil, variables)
	n, err := strconv.ParseInt(cmp.Or(value, "0"), 10, 32)
	if err != nil {
		diags.AddError("Invalid Timeout", fmt.Sprintf("The environment variable %s is %q. "+
			"It must be a whole number, or 0 for the default.", name, value))
	}
	return max(0, n)
}
