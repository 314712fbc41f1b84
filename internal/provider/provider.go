// Package provider configures the provider alicloud.
package provider

import (
	"context"
	"os"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/publicip"
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
	Region               types.String `tfsdk:"region"`
	AccessKey            types.String `tfsdk:"access_key"`
	SecretKey            types.String `tfsdk:"secret_key"`
	SecurityToken        types.String `tfsdk:"security_token"`
	Protocol             types.String `tfsdk:"protocol"`
	ClientReadTimeout    types.Int64  `tfsdk:"client_read_timeout"`
	ClientConnectTimeout types.Int64  `tfsdk:"client_connect_timeout"`
	ConfigurationSource  types.String `tfsdk:"configuration_source"`
	Endpoints            types.Set    `tfsdk:"endpoints"`
}

type endpointsModel struct {
	ECS types.String `tfsdk:"ecs"`
}

// Metadata implements provider.Provider.
func (p *alicloudProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "alicloud"
	resp.Version = p.version
}

// Schema implements provider.Provider.
func (p *alicloudProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Releases public IP addresses of Alibaba Cloud ECS instances.",
		Attributes: map[string]schema.Attribute{
			"region": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The default region of releases, for example `cn-hangzhou`. " + fromEnvironment(regionVariables),
				Validators:          publicip.RegionValidators(),
			},
			"access_key": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The access key ID. " + fromEnvironment(accessKeyVariables),
			},
			"secret_key": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "The access key secret. " + fromEnvironment(secretKeyVariables),
			},
			"security_token": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "The STS token of temporary keys. " + fromEnvironment(securityTokenVariables),
			},
			"protocol": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "`HTTP` or `HTTPS`. Defaults to `HTTPS`.",
				Validators:          []validator.String{stringvalidator.OneOfCaseInsensitive("HTTP", "HTTPS")},
			},
			"client_read_timeout": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "How long to wait for an answer to begin, in milliseconds. Defaults to `60000`. " +
					fromEnvironment(readTimeoutVariables),
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
			"client_connect_timeout": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "How long to wait for a connection, in milliseconds. Defaults to `60000`. " +
					"A request ends at the latest when both timeouts are over. " + fromEnvironment(connectTimeoutVariables),
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
			"configuration_source": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Added to the user agent of requests, as is the environment variable `TF_APPEND_USER_AGENT`.",
				Validators:          []validator.String{stringvalidator.RegexMatches(printable, "must be one line of printable ASCII")},
			},
		},
		Blocks: map[string]schema.Block{
			"endpoints": schema.SetNestedBlock{
				MarkdownDescription: "Other endpoints than the public ones.",
				Validators:          []validator.Set{setvalidator.SizeAtMost(1)},
				NestedObject: schema.NestedBlockObject{
					Attributes: map[string]schema.Attribute{
						"ecs": schema.StringAttribute{
							Optional: true,
							MarkdownDescription: "A host, a host and port, or a URL, whose scheme then wins over `protocol`. " +
								fromEnvironment(endpointVariables),
						},
					},
				},
			},
		},
	}
}

// Configure implements provider.Provider. It makes no call.
func (p *alicloudProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var block providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &block)...)
	if resp.Diagnostics.HasError() {
		return
	}
	cfg := resolve(ctx, block, os.Getenv, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if !req.Config.Raw.IsFullyKnown() {
		// Nothing is called before an apply, when all is known.
		account := publicip.NewAccount(nil, cfg.region, nil)
		resp.ResourceData, resp.ActionData = account, account
		return
	}
	client := ecsapi.New(ecsapi.Config{
		Endpoint:       cfg.endpoint,
		Protocol:       cfg.protocol,
		Credentials:    cfg.credentials,
		ConnectTimeout: cfg.connectTimeout,
		ReadTimeout:    cfg.readTimeout,
		UserAgent:      userAgent(p.version, req.TerraformVersion, cfg.userAgent),
		Proxy:          cfg.proxy,
	})
	account := publicip.NewAccount(client, cfg.region, cfg.problem)
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
