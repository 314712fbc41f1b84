// Smallest is the least provider that terraform-plugin-framework can make, with
// the least resource. The benchmark measures this project's provider beside it:
// what both take is Terraform's and the plugin protocol's.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

type smallest struct{}

func (smallest) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "smallest"
}

func (smallest) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (smallest) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (smallest) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return value{} }}
}

func (smallest) DataSources(context.Context) []func() datasource.DataSource { return nil }

// value is a resource that keeps a string.
type value struct{}

func (value) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_value"
}

func (value) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{"input": schema.StringAttribute{Required: true}}}
}

func (value) Create(_ context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
}

func (value) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (value) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

func (value) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

func main() {
	err := providerserver.Serve(context.Background(), func() provider.Provider { return smallest{} },
		providerserver.ServeOpts{Address: "registry.terraform.io/alicloud-extras/smallest"})
	if err != nil {
		log.Fatal(err)
	}
}
