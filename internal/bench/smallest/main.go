// Smallest is the least provider that terraform-plugin-framework can make, with
// a twin of this project's resource that does nothing. The benchmark measures the
// provider beside it: what both take is Terraform's and the framework's.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type smallest struct{}

func (smallest) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "smallest"
}

func (smallest) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (smallest) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (smallest) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return twin{} }}
}

func (smallest) DataSources(context.Context) []func() datasource.DataSource { return nil }

// twin is a resource with the attributes of alicloud_ecs_public_ip_release. It
// calls nothing, checks nothing, and keeps what it is told.
type twin struct{}

func (twin) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_twin"
}

func (twin) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"public_ip_address": schema.StringAttribute{Required: true},
		"triggers":          schema.MapAttribute{Optional: true, ElementType: types.StringType},
		"instance_id":       schema.StringAttribute{Optional: true},
		"region_id":         schema.StringAttribute{Optional: true, Computed: true},
		"timeouts":          schema.StringAttribute{Optional: true},
	}
	for _, name := range []string{"dry_run", "ignore_not_found", "preflight"} {
		attributes[name] = schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(false)}
	}
	for _, name := range answers {
		attributes[name] = schema.StringAttribute{Computed: true}
	}
	resp.Schema = schema.Schema{Attributes: attributes}
}

// answers are the attributes that are known after the apply.
var answers = []string{"id", "request_id", "remain_times", "outcome", "released_at"}

func (twin) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	for _, name := range append(answers, "region_id") {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), "as long as most answers are")...)
	}
}

func (twin) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (twin) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}

func (twin) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

func main() {
	err := providerserver.Serve(context.Background(), func() provider.Provider { return smallest{} },
		providerserver.ServeOpts{Address: "registry.terraform.io/alicloud-extras/smallest"})
	if err != nil {
		log.Fatal(err)
	}
}
