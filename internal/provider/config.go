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

// config is what the block and the environment come to. What is unknown stands
// empty, but for the region.
type config struct {
	region             types.String
	endpoint, protocol string
	maxRetry           time.Duration
	userAgent          string
	rpc                rpc.Config
	credentials        credentials.Config
}

type getenv func(string) string

// first returns the value of the first of the variables that has one, and its
// name.
func (env getenv) first(variables []string) (value, name string) {
	for _, name := range variables {
		if value := strings.TrimSpace(env(name)); value != "" {
			return value, name
		}
	}
	return "", ""
}

// fromEnvironment names the variables for the documentation.
func fromEnvironment(variables ...string) string {
	return "Environment: `" + strings.Join(variables, "`, `") + "`."
}

// resolve merges a provider block with the environment: the block takes
// precedence.
func resolve(block providerModel, env getenv, diags *diag.Diagnostics) config {
	milliseconds := func(block types.Number, variables []string) time.Duration {
		return time.Duration(cmp.Or(resolveNumber(block, variables, env, diags), defaultClientTimeout)) * time.Millisecond
	}
	cfg := config{
		region:    resolveRegion(block.Region, env, diags),
		maxRetry:  time.Duration(resolveNumber(block.MaxRetryTimeout, retryTimeoutVariables, env, diags)) * time.Second,
		userAgent: strings.TrimSpace(block.ConfigurationSource.ValueString() + " " + env("TF_APPEND_USER_AGENT")),
		rpc: rpc.Config{
			ConnectTimeout: milliseconds(block.ClientConnectTimeout, connectTimeoutVariables),
			ReadTimeout:    milliseconds(block.ClientReadTimeout, readTimeoutVariables),
			SourceIP:       resolveString(block.SourceIP, sourceIPVariables, env),
			SecureTransport: cmp.Or(resolveString(block.SecureTransport, secureTransportVariables, env),
				resolveString(block.SecurityTransport, securityTransportVariables, env)),
		},
	}
	cfg.endpoint, cfg.protocol = resolveEndpoint(endpoint(block.Endpoints, "ecs", diags), block.Protocol, env, diags)
	cfg.credentials = credentials.Config{
		Block:       block.Block,
		STSEndpoint: resolveSTSEndpoint(endpoint(block.Endpoints, "sts", diags), diags),
		Region:      cfg.region.ValueString(),
		Getenv:      env,
	}

	var err error
	if cfg.rpc.Proxy, err = proxyFromEnvironment(env); err != nil {
		diags.AddError("Invalid Proxy", err.Error())
	}
	return cfg
}

func resolveRegion(block types.String, env getenv, diags *diag.Diagnostics) types.String {
	if block.IsUnknown() {
		return block
	}
	value, name := strings.TrimSpace(block.ValueString()), "region of the provider block"
	if block.IsNull() {
		value, name = env.first(regionVariables)
	}
	switch {
	case block.IsNull() && value == "":
		return types.StringNull()
	case !ecsapi.ValidRegionID(value):
		diags.AddAttributeError(path.Root("region"), "Invalid Region", fmt.Sprintf("%s is %q. "+
			"It must be a region ID of lower-case letters, digits and hyphens, for example cn-hangzhou; leave it out to use the default.", name, value))
	}
	return types.StringValue(value)
}

func resolveString(block types.String, variables []string, env getenv) string {
	value := block.ValueString()
	if block.IsNull() {
		value, _ = env.first(variables)
	}
	return strings.TrimSpace(value)
}

// resolveNumber returns a whole number above 0, or else 0, which means the
// default.
func resolveNumber(block types.Number, variables []string, env getenv, diags *diag.Diagnostics) int64 {
	value, name := env.first(variables)
	if !block.IsNull() || value == "" {
		return max(0, int64Of(block))
	}
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil {
		diags.AddError("Invalid Timeout", fmt.Sprintf("The environment variable %s is %q. It must be a whole number, or 0 for the default.", name, value))
	}
	return max(0, n)
}
