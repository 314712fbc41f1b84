package docstest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// official stands in for the official provider, of which it has what the
// examples use. Its instances are those of a fleet.
type official struct{}

func (official) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "alicloud"
}

func (official) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = providerschema.Schema{Attributes: map[string]providerschema.Attribute{
		"region": providerschema.StringAttribute{Optional: true},
	}}
}

func (official) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (official) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return instance{} }}
}

func (official) DataSources(context.Context) []func() datasource.DataSource { return nil }

// instance is the resource alicloud_instance.
type instance struct{}

func (instance) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "alicloud_instance"
}

func (instance) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	kept := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id":                         schema.StringAttribute{Computed: true, PlanModifiers: kept},
		"public_ip":                  schema.StringAttribute{Computed: true, PlanModifiers: kept},
		"instance_type":              schema.StringAttribute{Optional: true},
		"image_id":                   schema.StringAttribute{Optional: true},
		"vswitch_id":                 schema.StringAttribute{Optional: true},
		"security_groups":            schema.SetAttribute{Optional: true, ElementType: types.StringType},
		"key_name":                   schema.StringAttribute{Optional: true},
		"system_disk_category":       schema.StringAttribute{Optional: true},
		"internet_max_bandwidth_out": schema.Int64Attribute{Optional: true},
	}}
}

func (instance) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	id, publicIP, err := askFleet(ctx, http.MethodPost, "")
	if err != nil {
		resp.Diagnostics.AddError("Fleet", err.Error())
		return
	}
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("public_ip"), publicIP)...)
}

func (instance) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var id string
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
	_, publicIP, err := askFleet(ctx, http.MethodGet, id)
	if err != nil {
		resp.Diagnostics.AddError("Fleet", err.Error())
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("public_ip"), publicIP)...)
}

// Update gives the address back when the bandwidth becomes 0.
func (instance) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var id string
	var bandwidth types.Int64
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("id"), &id)...)
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("internet_max_bandwidth_out"), &bandwidth)...)
	if bandwidth.ValueInt64() == 0 {
		if _, _, err := askFleet(ctx, http.MethodPatch, id); err != nil {
			resp.Diagnostics.AddError("Fleet", err.Error())
		}
	}
	resp.State.Raw = req.Plan.Raw
}

func (instance) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var id string
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
	if _, _, err := askFleet(ctx, http.MethodDelete, id); err != nil {
		resp.Diagnostics.AddError("Fleet", err.Error())
	}
}

// askFleet sends a request to the fleet of the test. It returns the ID of the
// instance that the answer has, and its public address.
func askFleet(ctx context.Context, method, id string) (string, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, os.Getenv(fleetVariable)+"/"+id, nil)
	if err != nil {
		return "", "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", "", err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return "", "", fmt.Errorf("%s %q: %s", method, id, resp.Status)
	}
	var found ecsmock.Instance
	err = json.NewDecoder(resp.Body).Decode(&found)
	return found.ID, strings.Join(found.PublicIPs, ", "), err
}
