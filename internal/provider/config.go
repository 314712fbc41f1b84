package provider

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/credentials"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
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

const defaultClientTimeout = 60_000 // milliseconds

// printable is one line of ASCII without control characters.
var printable = regexp.MustCompile(`^[ -~]*$`)

// config is what block, environment and profile come to. It holds no unknown
// values but the region: what is unknown stands empty, and nothing is called
// before all is known.
type config struct {
	region                                types.String
	credentials                           *credentials.Source // nil while not all is known
	endpoint, protocol                    string
	connectTimeout, readTimeout, maxRetry time.Duration
	userAgent, sourceIP, secureTransport  string
	proxy                                 func(*http.Request) (*url.URL, error)
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

// resolve merges a provider block with the environment and a profile: what the
// block says wins, then what the environment says. Who calls is found out only
// if all of the block is known.
func resolve(ctx context.Context, block providerModel, known bool, env getenv, diags *diag.Diagnostics) config {
	refuseDebug(env, diags)

	cfg := config{
		region:         resolveRegion(block.Region, env, diags),
		connectTimeout: time.Duration(resolveNumber(block.ClientConnectTimeout, connectTimeoutVariables, defaultClientTimeout, 1, env, diags)) * time.Millisecond,
		readTimeout:    time.Duration(resolveNumber(block.ClientReadTimeout, readTimeoutVariables, defaultClientTimeout, 1, env, diags)) * time.Millisecond,
		maxRetry:       time.Duration(resolveNumber(block.MaxRetryTimeout, retryTimeoutVariables, 0, 0, env, diags)) * time.Second,
		userAgent:      strings.TrimSpace(block.ConfigurationSource.ValueString() + " " + env("TF_APPEND_USER_AGENT")),
		sourceIP:       resolveString(block.SourceIP, sourceIPVariables, env),
		secureTransport: cmp.Or(resolveString(block.SecureTransport, secureTransportVariables, env),
			resolveString(block.SecurityTransport, securityTransportVariables, env)),
	}
	cfg.endpoint, cfg.protocol = resolveEndpoint(endpoint(block.Endpoints, "ecs"), block.Protocol, env, diags)

	proxy, err := proxyFromEnvironment(env)
	if err != nil {
		diags.AddError("Invalid Proxy", err.Error())
	}
	cfg.proxy = proxy

	switch {
	case diags.HasError():
	case !known:
		// A profile may have a region.
		if cfg.region.IsNull() {
			cfg.region = types.StringUnknown()
		}
	default:
		cfg.credentials = resolveCredentials(ctx, block.credentialsModel, endpoint(block.Endpoints, "sts"), cfg.region, env, diags)
		if cfg.credentials != nil && cfg.region.IsNull() && cfg.credentials.Region() != "" {
			cfg.region = types.StringValue(cfg.credentials.Region())
		}
	}
	return cfg
}

// refuseDebug adds an error under a DEBUG that makes the SDK print signed URLs
// and tokens, which Terraform would log.
func refuseDebug(env getenv, diags *diag.Diagnostics) {
	for word := range strings.SplitSeq(env("DEBUG"), ",") {
		switch strings.ToLower(strings.TrimSpace(word)) {
		case "tea", "credential":
			diags.AddError("Environment Variable DEBUG Would Leak Credentials",
				fmt.Sprintf("DEBUG contains %q, under which Alibaba Cloud's SDK prints signed requests and tokens, and Terraform "+
					"logs what is printed. Unset DEBUG, or take the word out of it. Terraform's own log is set by TF_LOG.", strings.TrimSpace(word)))
			return
		}
	}
}

func resolveRegion(region types.String, env getenv, diags *diag.Diagnostics) types.String {
	if !region.IsNull() {
		return region
	}
	value, name := env.first(regionVariables)
	if value == "" {
		return types.StringNull()
	}
	if !ecsapi.ValidRegionID(value) {
		diags.AddError("Invalid Region", fmt.Sprintf("The environment variable %s is %q. "+
			"It must be a region ID of lower-case letters, digits and hyphens, for example cn-hangzhou.", name, value))
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

func resolveNumber(block types.Int64, variables []string, otherwise, least int64, env getenv, diags *diag.Diagnostics) int64 {
	value, name := env.first(variables)
	switch {
	case !block.IsNull():
		return block.ValueInt64()
	case value == "":
		return otherwise
	}
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || n < least {
		diags.AddError("Invalid Timeout", fmt.Sprintf("The environment variable %s is %q. It must be a whole number of at least %d.", name, value, least))
	}
	return n
}
