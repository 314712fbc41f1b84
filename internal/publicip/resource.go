package publicip

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
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
func NewResource() resource.Resource { return &releaseResource{} }

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

var createTimeout = path.Root("timeouts").AtName("create")

func (r *releaseResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + typeName
}

func (r *releaseResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"public_ip_address": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: describePublicIPAddress + " A change releases again. Once released, an empty address calls nothing.",
		},
		"instance_id": schema.StringAttribute{Optional: true, MarkdownDescription: describeInstanceID + " A change releases again."},
		"region_id": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: describeRegionID + " A change releases again; a later change of the provider's region does not.",
		},
		"triggers": schema.MapAttribute{
			ElementType: types.StringType, Optional: true, MarkdownDescription: "Any values. A change releases again.",
		},
	}
	for name, description := range switches {
		if name == "dry_run" {
			description += " While `outcome` is `dry_run`, a change to `false` releases."
		}
		attributes[name] = schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false), MarkdownDescription: description,
		}
	}
	for name, description := range map[string]string{
		"id":           "`region_id:instance_id:public_ip_address`; the middle part is empty without `instance_id`.",
		"request_id":   "The ID that ECS gave to the request that settled the release.",
		"remain_times": "How many releases the instance has left, if ECS says so.",
		"outcome":      "`released`, `presumed_released`, `already_released` or `dry_run`.",
		"released_at":  "When ECS reported the release, in RFC 3339 and UTC. Null if the outcome is not `released`.",
	} {
		attributes[name] = schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Releases the public IP address of an ECS instance, once, when it is created. " +
			"Changed arguments release again, by an update in place. " +
			"A released address does not come back: destroying the resource only forgets the release.",
		Attributes: attributes,
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, CreateDescription: describeTimeout}),
		},
	}
}

func (r *releaseResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.account, _ = req.ProviderData.(*Account)
}

func (r *releaseResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config resourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	timeout, _ := config.Timeouts.Create(ctx, defaultTimeout) // its schema has errors of its own
	resp.Diagnostics.Append(config.validate(ctx, timeout, createTimeout)...)
}

// ModifyPlan implements resource.ResourceWithModifyPlan. It decides whether the
// apply calls ECS; Create and Update only carry the plan out.
func (r *releaseResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.AddWarning("Release Is Forgotten, Not Undone",
			"Destroying this resource calls nothing: a release that was made cannot be undone, and the address does not come back.")
		return
	}
	var plan resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	// All other arguments stand in the plan as configured, or with their defaults.
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
	private, diags := req.Private.GetKey(ctx, triggersKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	made := recall(state, private)
	what, because := compare(made, plan)
	if plan.RegionID.IsNull() {
		plan.RegionID = r.defaultRegion(what, state.RegionID, made, plan.PublicIPAddress)
	}
	switch what {
	case keep:
		// State takes over all arguments but the address: a plan made while the address
		// was unknown has promised them. The ID and private state keep what was released.
		address := state.PublicIPAddress
		state.inputs, state.Triggers, state.Timeouts = plan.inputs, plan.Triggers, plan.Timeouts
		state.PublicIPAddress = address
		resp.Diagnostics.Append(resp.Plan.Set(ctx, state)...)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, triggersKey, made.remember(plan.Triggers))...)
	case nothingToRelease:
		resp.Diagnostics.Append(nothingToReleaseDiagnostic("State holds only a dry run, which released nothing. " +
			"Name the address, or leave dry_run as it was."))
	case releaseAgain, releaseMaybe:
		r.planRelease(ctx, plan, resp)
		if !resp.Diagnostics.HasError() {
			resp.Diagnostics.Append(changeWarning(made, what, because, plan))
		}
	}
}

// defaultRegion is the region of a configuration that names none, over a
// release in state. Another release goes to the provider's region. State may
// have taken over another one while the address was empty.
func (r *releaseResource) defaultRegion(what change, recorded types.String, made record, address types.String) types.String {
	region := r.account.region
	switch {
	case what == keep && address.ValueString() != "":
		return types.StringValue(made.request.RegionID)
	case what == releaseAgain || region.Equal(recorded):
		return region
	case what == releaseMaybe && !region.IsNull():
		return types.StringUnknown()
	}
	return recorded
}

// planRelease plans a release: what its answer will say is unknown.
func (r *releaseResource) planRelease(ctx context.Context, plan resourceModel, resp *resource.ModifyPlanResponse) {
	switch {
	case plan.PublicIPAddress.Equal(types.StringValue("")):
		resp.Diagnostics.Append(nothingToReleaseDiagnostic("No release is in state, or the one that is there is tainted or to be replaced. " +
			"Name the address, leave the release out while there is none, or import a release that was made before; " +
			"keep one that is in state by `terraform untaint`, or without -replace. To destroy anyway, use `terraform destroy -refresh=false`."))
		return
	case plan.RegionID.IsNull():
		resp.Diagnostics.Append(noRegionDiagnostic())
		return
	}
	timeout, _ := plan.Timeouts.Create(ctx, defaultTimeout) // the default while it is unknown
	r.account.announce(ctx, plan.inputs, timeout, &resp.Diagnostics)
	later := types.StringUnknown()
	plan.ID, plan.RequestID, plan.RemainTimes, plan.Outcome, plan.ReleasedAt = later, later, later, later, later
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// Create implements resource.Resource. It does what the plan says, and records in
// state what came of it.
func (r *releaseResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var model resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !model.Outcome.IsUnknown() {
		resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
		return
	}
	timeout, _ := model.Timeouts.Create(ctx, defaultTimeout) // validated
	request, progress := model.request(), func(message string) { tflog.Info(ctx, message) }
	result, ok := r.account.release(ctx, request, timeout, createTimeout, progress, &resp.Diagnostics)
	if !ok {
		return
	}
	model.ID, model.Outcome = types.StringValue(formatID(request)), types.StringValue(string(result.Outcome))
	model.RequestID, model.RemainTimes = optionalString(result.RequestID), optionalString(result.RemainTimes)
	model.ReleasedAt = types.StringNull()
	if !result.ReleasedAt.IsZero() {
		model.ReleasedAt = types.StringValue(result.ReleasedAt.Format(time.RFC3339))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	made := record{triggers: fingerprint(model.Triggers)}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, triggersKey, made.remember(model.Triggers))...)
}

// Read implements resource.Resource. A release is in the past: there is nothing
// to ask.
func (r *releaseResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// Update implements resource.Resource. It releases only where the plan has left
// the outcome open. If the release fails, the earlier one stays in state.
func (r *releaseResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	r.Create(ctx, resource.CreateRequest{Plan: req.Plan}, (*resource.CreateResponse)(resp))
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
		"id": req.ID, "outcome": string(AlreadyReleased), "region_id": request.RegionID,
		"public_ip_address": request.PublicIPAddress, "instance_id": optionalString(request.InstanceID),
		"dry_run": false, "ignore_not_found": false, "preflight": false,
	} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
}

// optionalString is null for what the API did not say.
func optionalString(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}
