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

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// The environment variables of each argument; an earlier one wins. Source: the
// official provider's documentation.
var (
	regionVariables         = []string{"ALICLOUD_REGION", "ALIBABA_CLOUD_REGION"}
	accessKeyVariables      = []string{"ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID"}
	secretKeyVariables      = []string{"ALICLOUD_SECRET_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_ACCESS_KEY_SECRET"}
	securityTokenVariables  = []string{"ALICLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN", "ALIBABACLOUD_SECURITY_TOKEN"}
	endpointVariables       = []string{"ALIBABA_CLOUD_ENDPOINT_ECS", "ECS_ENDPOINT"}
	readTimeoutVariables    = []string{"CLIENT_READ_TIMEOUT"}
	connectTimeoutVariables = []string{"CLIENT_CONNECT_TIMEOUT"}
)

const defaultClientTimeout = 60_000 // milliseconds

// printable is one line of ASCII without control characters.
var printable = regexp.MustCompile(`^[ -~]*$`)

// config is what block and environment come to. It holds no unknown values but
// the region: what is unknown stands empty, and nothing is called before all
// is known.
type config struct {
	region                      types.String
	credentials                 func(context.Context) (ecsapi.Credentials, error)
	endpoint, protocol          string
	connectTimeout, readTimeout time.Duration
	userAgent                   string
	proxy                       func(*http.Request) (*url.URL, error)
	problem                     diag.Diagnostic
}

type getenv func(string) string

// first returns the value of the first of the variables that has one, and its
// name.
func (env getenv) first(variables []string) (value, name string) {
	for _, name := range variables {
		if value := env(name); value != "" {
			return value, name
		}
	}
	return "", ""
}

// fromEnvironment names the variables for the documentation.
func fromEnvironment(variables []string) string {
	return "Environment: `" + strings.Join(variables, "`, `") + "`."
}

// resolve merges a provider block with the environment: what the block says
// wins.
func resolve(ctx context.Context, block providerModel, env getenv, diags *diag.Diagnostics) config {
	refuseDebug(env, diags)

	var endpoints []endpointsModel
	if !block.Endpoints.IsUnknown() {
		diags.Append(block.Endpoints.ElementsAs(ctx, &endpoints, false)...)
	}
	cfg := config{
		region:         resolveRegion(block.Region, env, diags),
		connectTimeout: resolveTimeout(block.ClientConnectTimeout, connectTimeoutVariables, env, diags),
		readTimeout:    resolveTimeout(block.ClientReadTimeout, readTimeoutVariables, env, diags),
		userAgent:      strings.TrimSpace(block.ConfigurationSource.ValueString() + " " + env("TF_APPEND_USER_AGENT")),
	}
	var ecs types.String
	if len(endpoints) > 0 {
		ecs = endpoints[0].ECS
	}
	cfg.endpoint, cfg.protocol = resolveEndpoint(ecs, block.Protocol, env, diags)
	cfg.credentials, cfg.problem = resolveCredentials(block, env, diags)

	proxy, err := proxyFromEnvironment(env)
	if err != nil {
		diags.AddError("Invalid Proxy", err.Error())
	}
	cfg.proxy = proxy
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
	if !ecsapi.RegionID.MatchString(value) {
		diags.AddError("Invalid Region", fmt.Sprintf("The environment variable %s is %q. "+
			"It must be a region ID of lower-case letters, digits and hyphens, for example cn-hangzhou.", name, value))
	}
	return types.StringValue(value)
}

func resolveTimeout(block types.Int64, variables []string, env getenv, diags *diag.Diagnostics) time.Duration {
	milliseconds := cmp.Or(block.ValueInt64(), defaultClientTimeout)
	if value, name := env.first(variables); block.IsNull() && value != "" {
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil || n < 1 {
			diags.AddError("Invalid Timeout", fmt.Sprintf("The environment variable %s is %q. "+
				"It must be a number of milliseconds above zero, for example 60000.", name, value))
		}
		milliseconds = n
	}
	return time.Duration(milliseconds) * time.Millisecond
}
