package publicip

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
)

var (
	_ action.ActionWithConfigure      = (*releaseAction)(nil)
	_ action.ActionWithValidateConfig = (*releaseAction)(nil)
	_ action.ActionWithModifyPlan     = (*releaseAction)(nil)
)

// NewAction returns the action alicloud_ecs_public_ip_release.
func NewAction() action.Action { return &releaseAction{} }

type releaseAction struct {
	account *Account
}

type actionModel struct {
	inputs
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

var invokeTimeout = path.Root("timeouts").AtName("invoke")

func (a *releaseAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + typeName
}

func (a *releaseAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"public_ip_address": schema.StringAttribute{Required: true, MarkdownDescription: describePublicIPAddress},
		"instance_id":       schema.StringAttribute{Optional: true, MarkdownDescription: describeInstanceID},
		"region_id":         schema.StringAttribute{Optional: true, MarkdownDescription: describeRegionID},
	}
	for name, description := range switches {
		attributes[name] = schema.BoolAttribute{Optional: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Releases the public IP address of an ECS instance each time it is invoked. " +
			"A released address does not come back, and nothing is kept in state. Needs Terraform 1.14 or newer.",
		Attributes: attributes,
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{InvokeDescription: describeTimeout}),
		},
	}
}

func (a *releaseAction) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	a.account, _ = req.ProviderData.(*Account)
}

func (a *releaseAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var config actionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	timeout, _ := config.Timeouts.Invoke(ctx, defaultTimeout) // its schema has errors of its own
	resp.Diagnostics.Append(config.validate(ctx, timeout, invokeTimeout)...)
}

func (a *releaseAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	config := a.read(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	timeout, _ := config.Timeouts.Invoke(ctx, defaultTimeout) // the default while it is unknown
	a.account.announce(ctx, config.inputs, timeout, &resp.Diagnostics)
}

// Invoke implements action.Action. Terraform neither validates nor plans an
// action again while it applies, so values that were unknown until now are
// checked here.
func (a *releaseAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	config := a.read(ctx, req.Config, &resp.Diagnostics)
	timeout, diags := config.Timeouts.Invoke(ctx, defaultTimeout)
	resp.Diagnostics.Append(append(config.validate(ctx, timeout, invokeTimeout), diags...)...)
	a.account.look(ctx, config.inputs, timeout, &resp.Diagnostics)

	request := config.request()
	progress := func(message string) { resp.SendProgress(action.InvokeProgressEvent{Message: message}) }
	result, released := a.account.release(ctx, request, timeout, invokeTimeout, progress, &resp.Diagnostics)
	switch {
	case !released:
		resp.Diagnostics = withAdvice(resp.Diagnostics, config.PublicIPAddress.ValueString(), invokeAdvice)
	case ctx.Err() != nil:
		resp.Diagnostics.Append(lateAnswerDiagnostic(request, result))
	}
}

// read returns the configuration, with the provider's region where it names
// none. It adds an error if there is nothing to release.
func (a *releaseAction) read(ctx context.Context, from tfsdk.Config, diags *diag.Diagnostics) actionModel {
	var config actionModel
	diags.Append(from.Get(ctx, &config)...)
	if config.RegionID.IsNull() {
		config.RegionID = a.account.region
	}
	switch {
	case diags.HasError():
	case !config.PublicIPAddress.IsUnknown() && config.PublicIPAddress.ValueString() == "":
		diags.Append(nothingToReleaseDiagnostic("Name the address, or do not invoke the action while there is none."))
	case config.RegionID.IsNull():
		diags.Append(noRegionDiagnostic())
	}
	return config
}

// lateAnswerDiagnostic tells how a release ended well after an interrupt, when
// Terraform takes no more progress. It is an error since Terraform 1.14 and 1.15
// give the warnings of all actions one summary, and show only the first.
func lateAnswerDiagnostic(req Request, result Result) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("public_ip_address"),
		"Answer For "+req.PublicIPAddress+" Came After The Interrupt",
		"Terraform was interrupted while a request was under way, and the provider waited for its answer. "+
			result.describe(req)+". The request did not fail: this is an error so that you see it, "+
			"since Terraform keeps no record of what an action did.")
}
