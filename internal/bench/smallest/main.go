// Smallest is the least provider that terraform-plugin-framework can make. The
// benchmark measures this project's provider beside it.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

type smallest struct{}

func (smallest) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "smallest"
}

func (smallest) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (smallest) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (smallest) Resources(context.Context) []func() resource.Resource { return nil }

func (smallest) DataSources(context.Context) []func() datasource.DataSource { return nil }

func main() {
	err := providerserver.Serve(context.Background(), func() provider.Provider { return smallest{} },
		providerserver.ServeOpts{Address: "registry.terraform.io/alicloud-extras/smallest"})
	if err != nil {
		log.Fatal(err)
	}
}
