// Package provider configures the provider alicloud.
package provider

import (
	"context"
	"maps"
	"math"
	"os"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/credentials"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/publicip"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

var _ provider.ProviderWithActions = (*alicloudProvider)(nil)

// New returns a function that makes the provider. The version is its own, and
// goes into the user agent.
func New(version string) func() provider.Provider {
	return func() provider.Provider {
		return &alicloudProvider{version: version}
	}
}

type alicloudProvider struct {
	version string
}

type providerModel struct {
	credentials.Block
	officialModel
	Region               types.String `tfsdk:"region"`
	Protocol             types.String `tfsdk:"protocol"`
	ClientReadTimeout    types.Number `tfsdk:"client_read_timeout"`
	ClientConnectTimeout types.Number `tfsdk:"client_connect_timeout"`
	MaxRetryTimeout      types.Number `tfsdk:"max_retry_timeout"`
	SourceIP             types.String `tfsdk:"source_ip"`
	SecureTransport      types.String `tfsdk:"secure_transport"`
	SecurityTransport    types.String `tfsdk:"security_transport"`
	ConfigurationSource  types.String `tfsdk:"configuration_source"`
	Endpoints            types.List   `tfsdk:"endpoints"`
}

// Metadata implements provider.Provider.
func (p *alicloudProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "alicloud"
	resp.Version = p.version
}

// Schema implements provider.Provider.
func (p *alicloudProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	endpoints := unusedStrings(otherEndpoints...)
	endpoints["ecs"] = schema.StringAttribute{
		Optional: true,
		MarkdownDescription: "A host, a host and port, or a URL, whose scheme then takes precedence over `protocol`. " +
			fromEnvironment(endpointVariables...),
	}
	endpoints["sts"] = schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: "A host, or a host and port. STS is called by HTTPS. Defaults to the region's.",
	}
	attributes := map[string]schema.Attribute{
		"region": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "The default region of releases, for example `cn-hangzhou`. Defaults to the region of the named profile. " +
				fromEnvironment(regionVariables...),
			Validators: []validator.String{stringvalidator.RegexMatches(regionID, "must be a region ID of lower-case letters, "+
				"digits and hyphens, for example cn-hangzhou; leave the argument out to use the default")},
		},
		"protocol": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "`HTTP` or `HTTPS`. Defaults to `HTTPS`.",
			Validators:          []validator.String{stringvalidator.OneOfCaseInsensitive("HTTP", "HTTPS")},
		},
		"client_read_timeout": schema.NumberAttribute{
			Optional: true,
			MarkdownDescription: "How long to wait for an answer to begin, in milliseconds. Defaults to `60000`. " +
				fromEnvironment(readTimeoutVariables...),
			Validators: []validator.Number{wholeNumber{1, math.MaxInt32}},
		},
		"client_connect_timeout": schema.NumberAttribute{
			Optional: true,
			MarkdownDescription: "How long to wait for a connection, in milliseconds. Defaults to `60000`. " +
				"A request ends at the latest when both timeouts are over. " + fromEnvironment(connectTimeoutVariables...),
			Validators: []validator.Number{wholeNumber{1, math.MaxInt32}},
		},
		"max_retry_timeout": schema.NumberAttribute{
			Optional: true,
			MarkdownDescription: "How long a release is tried again, in seconds, if that is shorter than its own timeout. " +
				"Defaults to `0`, which leaves it to that timeout. " + fromEnvironment(retryTimeoutVariables...),
			Validators: []validator.Number{wholeNumber{1, math.MaxInt32}},
		},
		"source_ip": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Sent to ECS and STS as the request parameter `SourceIp`, for RAM policies with that condition. " +
				fromEnvironment(sourceIPVariables...),
		},
		"secure_transport": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "`true` or `false`, sent to ECS and STS as the request parameter `SecureTransport`, for RAM policies with that condition. " +
				fromEnvironment(secureTransportVariables...),
		},
		"security_transport": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "An older name of `secure_transport`, which takes precedence. " + fromEnvironment(securityTransportVariables...),
		},
		"configuration_source": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Added to the user agent of requests, as is the environment variable `TF_APPEND_USER_AGENT`.",
		},
	}
	maps.Copy(attributes, credentialsAttributes())
	maps.Copy(attributes, officialAttributes())
	blocks := map[string]schema.Block{
		// The official provider's is a set, as is its assume_role. A list is written
		// the same, and errors find its arguments; for a set this large the framework
		// takes most of a second for each command.
		"endpoints": newLargeBlock(schema.ListNestedBlock{
			MarkdownDescription: "Other endpoints than the public ones. Several blocks must not give one service two values.",
			NestedObject:        schema.NestedBlockObject{Attributes: endpoints},
		}),
	}
	maps.Copy(blocks, credentialsBlocks())
	maps.Copy(blocks, officialBlocks())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Releases public IP addresses of Alibaba Cloud ECS instances.",
		Attributes:          attributes,
		Blocks:              blocks,
	}
}

// Configure implements provider.Provider. It makes no call.
func (p *alicloudProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	if !req.Config.Raw.IsFullyKnown() {
		// Nothing is called before an apply, when all is known. The profile, which is
		// not read yet, may have the region.
		var region types.String
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("region"), &region)...)
		if region = resolveRegion(region, os.Getenv, &resp.Diagnostics); region.IsNull() {
			region = types.StringUnknown()
		}
		account := publicip.NewAccount(nil, region, 0, nil)
		resp.ResourceData, resp.ActionData = account, account
		return
	}
	var block providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &block)...)
	if resp.Diagnostics.HasError() {
		return
	}
	cfg := resolve(block, os.Getenv, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	cfg.rpc.UserAgent = userAgent(p.version, req.TerraformVersion, cfg.userAgent)
	client := rpc.New(cfg.rpc)
	cfg.credentials.Client = client
	source, err := credentials.New(cfg.credentials)
	if err != nil {
		resp.Diagnostics.Append(credentialsDiagnostic(err))
		return
	}
	if cfg.region.IsNull() && source.Region() != "" {
		cfg.region = types.StringValue(source.Region())
	}
	ecs := ecsapi.New(client, ecsapi.Config{Endpoint: cfg.endpoint, Protocol: cfg.protocol, Keys: source.Keys})
	account := publicip.NewAccount(ecs, cfg.region, cfg.maxRetry, noCredentials(source))
	resp.ResourceData, resp.ActionData = account, account
}

// Resources implements provider.Provider.
func (p *alicloudProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{publicip.NewResource}
}

// Actions implements provider.ProviderWithActions.
func (p *alicloudProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{publicip.NewAction}
}

// DataSources implements provider.Provider. There are none.
func (p *alicloudProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }
