// Package provider configures the provider alicloud.
package provider

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/credentials"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/publicip"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

var _ provider.ProviderWithActions = (*alicloudProvider)(nil)

// New returns the provider. The version is its own, and goes into the user agent.
func New(version string) provider.Provider { return &alicloudProvider{version} }

type alicloudProvider struct{ version string }

// Metadata implements provider.Provider.
func (p *alicloudProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "alicloud", p.version
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
	cfg.rpc.UserAgent = userAgent(p.version, req.TerraformVersion, cfg.rpc.UserAgent)
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
	var problem diag.Diagnostic
	if err := source.Missing(); err != nil {
		problem = diag.NewErrorDiagnostic("No Credentials", "A release has to be signed: "+strings.TrimSuffix(err.Error(), ".")+".")
	}
	cfg.ecs.Keys = source.Keys
	account := publicip.NewAccount(ecsapi.New(client, cfg.ecs), cfg.region, cfg.maxRetry, problem)
	resp.ResourceData, resp.ActionData = account, account
}

// userAgent names Terraform, this provider and whatever the user adds. A
// character that has no place in a header is left out.
func userAgent(version, terraformVersion, added string) string {
	agent := "Terraform/" + terraformVersion + " terraform-provider-alicloud-extras/" + version + " " + added
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, strings.TrimSpace(agent))
}

// credentialsDiagnostic hangs a *credentials.ConfigError on the argument that can
// fix it.
func credentialsDiagnostic(err error) diag.Diagnostic {
	at := path.Empty()
	if mistake, ok := errors.AsType[*credentials.ConfigError](err); ok {
		argument, inner, nested := strings.Cut(mistake.Argument, ".")
		if at = path.Root(argument); nested {
			at = at.AtListIndex(0).AtName(inner)
		}
	}
	return diag.NewAttributeErrorDiagnostic(at, "Invalid Credentials Configuration", err.Error())
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
