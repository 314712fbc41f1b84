package publicip

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"
)

var (
	_ resource.ResourceWithConfigure      = (*releaseResource)(nil)
	_ resource.ResourceWithValidateConfig = (*releaseResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*releaseResource)(nil)
	_ resource.ResourceWithImportState    = (*releaseResource)(nil)
)

// NewResource returns the resource alicloud_ecs_public_ip_release.
func NewResource() resource.Resource {
	return &releaseResource{}
}

type releaseResource struct {
	account *Account
}

type resourceModel struct {
	inputs
	ID          types.String   `tfsdk:"id"`
	Triggers    types.Map      `tfsdk:"triggers"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
	RequestID   types.String   `tfsdk:"request_id"`
	RemainTimes types.String   `tfsdk:"remain_times"`
	Outcome     types.String   `tfsdk:"outcome"`
	ReleasedAt  types.String   `tfsdk:"released_at"`
}

// released is what the release in state was asked for.
func (m resourceModel) released() Request {
	if request, problem := parseID(m.ID.ValueString()); problem == "" {
		return request
	}
	return m.request()
}

var createTimeout = path.Root("timeouts").AtName("create")

// Metadata implements resource.Resource.
func (r *releaseResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + typeName
}

// Schema implements resource.Resource.
func (r *releaseResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Releases the public IP address of an ECS instance, once, when it is created. " +
			"A released address does not come back: destroying the resource only forgets the release.",
		Attributes: map[string]schema.Attribute{
			"public_ip_address": schema.StringAttribute{
				Required: true,
				MarkdownDescription: describePublicIPAddress + " A change releases again. " +
					"Once released, an empty address calls nothing.",
				Validators: publicIPAddressValidators(),
			},
			"instance_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: describeInstanceID + " A change releases again.",
				Validators:          instanceIDValidators(),
			},
			"region_id": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: describeRegionID + " A change releases again; " +
					"a later change of the provider's region does not.",
				Validators: RegionValidators(),
			},
			"dry_run": schema.BoolAttribute{
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
				MarkdownDescription: describeDryRun + " While `outcome` is `dry_run`, a change to `false` releases.",
			},
			"ignore_not_found": schema.BoolAttribute{
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
				MarkdownDescription: describeIgnoreNotFound,
			},
			"preflight": schema.BoolAttribute{
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
				MarkdownDescription: describePreflight,
			},
			"triggers": schema.MapAttribute{
				ElementType:         types.StringType,
				Optional:            true,
				MarkdownDescription: "Any values. A change releases again.",
			},
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "`region_id:instance_id:public_ip_address`; the middle is empty if no instance was named.",
			},
			"request_id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The ID that ECS gave to the request that settled the release.",
			},
			"remain_times": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "How many releases the instance has left, where ECS says so.",
			},
			"outcome": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "`released`, `already_released` or `dry_run`.",
			},
			"released_at": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "When ECS reported or confirmed the release, in RFC 3339 and UTC. " +
					"Null if the outcome is not `released`, or if the release was imported.",
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, CreateDescription: describeTimeout}),
		},
	}
}

// Configure implements resource.ResourceWithConfigure.
func (r *releaseResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	if account, ok := req.ProviderData.(*Account); ok {
		r.account = account
	}
}

// ValidateConfig implements resource.ResourceWithValidateConfig.
func (r *releaseResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var configured timeouts.Value
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("timeouts"), &configured)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if timeout, diags := configured.Create(ctx, defaultTimeout); !diags.HasError() {
		checkTimeout(timeout, createTimeout, &resp.Diagnostics)
	}
}

// ModifyPlan implements resource.ResourceWithModifyPlan. It decides alone what
// will be called; the verbs follow the plan.
func (r *releaseResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var id types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
	planning := r.account.refreshed.take(id.ValueString())
	if req.Plan.Raw.IsNull() {
		// With create_before_destroy Terraform plans the destruction of what it
		// has replaced as it applies.
		if !r.account.applied.Load() {
			resp.Diagnostics.AddWarning(summaryForgotten,
				"Destroying this resource calls nothing: a release that was made cannot be undone, and the address does not come back.")
		}
		return
	}
	if req.Plan.Raw.Equal(req.State.Raw) {
		return // As most plans of most releases end, it ends before anything is decoded.
	}
	var plan resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	// The rest of what was configured stands in the plan with its defaults.
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("region_id"), &plan.RegionID)...)
	if resp.Diagnostics.HasError() {
		return
	}

	if req.State.Raw.IsNull() {
		if plan.RegionID.IsNull() {
			plan.RegionID = r.account.region
		}
		r.planRelease(ctx, plan, resp)
		return
	}

	var state resourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	change, changed := compare(state, plan)
	if plan.RegionID.IsNull() {
		plan.RegionID = r.defaultRegion(change, state.RegionID)
	}
	switch change {
	case keep:
		// All arguments but the address are taken over: a plan made while the address
		// was unknown has promised them. What was released stands in the ID.
		address := state.PublicIPAddress
		state.inputs, state.Triggers, state.Timeouts = plan.inputs, plan.Triggers, plan.Timeouts
		state.PublicIPAddress = address
		resp.Diagnostics.Append(resp.Plan.Set(ctx, state)...)
	case nothingToRelease:
		resp.Diagnostics.Append(nothingToReleaseDiagnostic("State holds a dry run alone, which released nothing. Name the address, or leave dry_run as it was."))
	case releaseMaybe:
		r.planRelease(ctx, plan, resp)
	case releaseAgain:
		// A value that was unknown in the plan must not turn an update into a
		// replacement during the apply, when nothing is refreshed.
		if planning {
			resp.RequiresReplace = changed
		}
		r.planRelease(ctx, plan, resp)
	}
}

// defaultRegion is the region of a configuration that names none, over a
// release in state. Another release goes to the provider's, whether Terraform
// shows it as an update or as a replacement.
func (r *releaseResource) defaultRegion(change change, recorded types.String) types.String {
	region := r.account.region
	switch {
	case change == releaseAgain || region.Equal(recorded):
		return region
	case change == releaseMaybe && !region.IsNull():
		return types.StringUnknown()
	}
	return recorded
}

// planRelease plans a release: what its answer will say is unknown.
func (r *releaseResource) planRelease(ctx context.Context, plan resourceModel, resp *resource.ModifyPlanResponse) {
	switch {
	case plan.PublicIPAddress.Equal(types.StringValue("")):
		resp.Diagnostics.Append(nothingToReleaseDiagnostic("No release is in state, or the one that is there is tainted or to be replaced. Name the address, leave the " +
			"release out while there is none, or import a release that was made before; keep one that is in state by `terraform untaint`, or " +
			"without -replace. To destroy all the same, use `terraform destroy -refresh=false`."))
		return
	case plan.RegionID.IsNull():
		resp.Diagnostics.Append(noRegionDiagnostic())
	}
	r.account.announce(ctx, plan.inputs, len(resp.RequiresReplace) > 0, &resp.Diagnostics)
	plan.ID = types.StringUnknown()
	plan.RequestID = types.StringUnknown()
	plan.RemainTimes = types.StringUnknown()
	plan.Outcome = types.StringUnknown()
	plan.ReleasedAt = types.StringUnknown()
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// Create implements resource.Resource.
func (r *releaseResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	r.apply(ctx, req.Plan, &resp.State, &resp.Diagnostics)
}

// Read implements resource.Resource. A release is a thing of the past: there is
// nothing to ask.
func (r *releaseResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var id types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
	if r.account != nil {
		r.account.refreshed.add(id.ValueString())
	}
}

// Update implements resource.Resource. It releases only where the plan has left
// the outcome open.
func (r *releaseResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	r.apply(ctx, req.Plan, &resp.State, &resp.Diagnostics)
}

// Delete implements resource.Resource. It forgets the release; there is nothing
// to call.
func (r *releaseResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// ImportState implements resource.ResourceWithImportState. It records a release
// that was made elsewhere, and calls nothing.
func (r *releaseResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	request, problem := parseID(req.ID)
	if problem != "" {
		resp.Diagnostics.AddError("Invalid Import ID", problem)
		return
	}
	for name, value := range map[string]any{
		"id":                req.ID,
		"public_ip_address": request.PublicIPAddress,
		"instance_id":       optionalString(request.InstanceID),
		"region_id":         request.RegionID,
		"dry_run":           false,
		"ignore_not_found":  false,
		"preflight":         false,
		"outcome":           string(AlreadyReleased),
	} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
}

// apply does what the plan says, and records in state what came of it.
func (r *releaseResource) apply(ctx context.Context, plan tfsdk.Plan, state *tfsdk.State, diags *diag.Diagnostics) {
	r.account.applied.Store(true)
	r.account.refreshed.clear()
	var model resourceModel
	diags.Append(plan.Get(ctx, &model)...)
	if diags.HasError() {
		return
	}
	if !model.Outcome.IsUnknown() {
		diags.Append(state.Set(ctx, model)...)
		return
	}
	timeout, more := model.Timeouts.Create(ctx, defaultTimeout)
	diags.Append(more...)
	if diags.HasError() {
		return
	}
	request := model.request()
	result, ok := r.account.release(ctx, request, timeout, resourceFace, func(message string) { tflog.Info(ctx, message) }, diags)
	if !ok {
		return
	}
	model.ID = types.StringValue(formatID(request))
	model.RequestID = optionalString(result.RequestID)
	model.RemainTimes = optionalString(result.RemainTimes)
	model.Outcome = types.StringValue(string(result.Outcome))
	model.ReleasedAt = types.StringNull()
	if !result.ReleasedAt.IsZero() {
		model.ReleasedAt = types.StringValue(result.ReleasedAt.Format(time.RFC3339))
	}
	diags.Append(state.Set(ctx, model)...)
}

// optionalString is null for what the API did not say.
func optionalString(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}
