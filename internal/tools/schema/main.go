// Command schema prints the provider's schema in the format of `terraform
// providers schema -json`. Unlike that command it needs no Terraform, and shows
// the actions, which only Terraform 1.14 and newer do.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/provider"
)

type document struct {
	FormatVersion string                    `json:"format_version"`
	Schemas       map[string]providerSchema `json:"provider_schemas"`
}

type providerSchema struct {
	Provider  schema            `json:"provider"`
	Resources map[string]schema `json:"resource_schemas,omitempty"`
	Actions   map[string]schema `json:"action_schemas,omitempty"`
}

type schema struct {
	Version int64 `json:"version"`
	Block   block `json:"block"`
}

type block struct {
	Attributes      map[string]attribute   `json:"attributes,omitempty"`
	Blocks          map[string]nestedBlock `json:"block_types,omitempty"`
	Description     string                 `json:"description,omitempty"`
	DescriptionKind string                 `json:"description_kind"`
	Deprecated      bool                   `json:"deprecated,omitempty"`
}

type nestedBlock struct {
	NestingMode string `json:"nesting_mode"`
	Block       block  `json:"block"`
	MinItems    int64  `json:"min_items,omitempty"`
	MaxItems    int64  `json:"max_items,omitempty"`
}

type attribute struct {
	Type            any         `json:"type,omitempty"`
	NestedType      *nestedType `json:"nested_type,omitempty"`
	Description     string      `json:"description,omitempty"`
	DescriptionKind string      `json:"description_kind"`
	Deprecated      bool        `json:"deprecated,omitempty"`
	Required        bool        `json:"required,omitempty"`
	Optional        bool        `json:"optional,omitempty"`
	Computed        bool        `json:"computed,omitempty"`
	Sensitive       bool        `json:"sensitive,omitempty"`
	WriteOnly       bool        `json:"write_only,omitempty"`
}

type nestedType struct {
	Attributes  map[string]attribute `json:"attributes"`
	NestingMode string               `json:"nesting_mode"`
}

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "schema:", err)
		os.Exit(1)
	}
}

func run(w io.Writer) error {
	server := providerserver.NewProtocol6(provider.New("dev"))()
	response, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return err
	}
	for _, diagnostic := range response.Diagnostics {
		return fmt.Errorf("%s: %s", diagnostic.Summary, diagnostic.Detail)
	}

	result := providerSchema{
		Provider:  convert(response.Provider),
		Resources: map[string]schema{},
		Actions:   map[string]schema{},
	}
	for name, resource := range response.ResourceSchemas {
		result.Resources[name] = convert(resource)
	}
	for name, action := range response.ActionSchemas {
		result.Actions[name] = convert(action.Schema)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document{FormatVersion: "1.0", Schemas: map[string]providerSchema{"alicloud": result}})
}

func convert(s *tfprotov6.Schema) schema {
	return schema{Version: s.Version, Block: convertBlock(s.Block)}
}

func convertBlock(b *tfprotov6.SchemaBlock) block {
	blocks := map[string]nestedBlock{}
	for _, nested := range b.BlockTypes {
		blocks[nested.TypeName] = nestedBlock{
			NestingMode: strings.ToLower(nested.Nesting.String()),
			Block:       convertBlock(nested.Block),
			MinItems:    nested.MinItems,
			MaxItems:    nested.MaxItems,
		}
	}
	return block{
		Attributes:      convertAttributes(b.Attributes),
		Blocks:          blocks,
		Description:     b.Description,
		DescriptionKind: strings.ToLower(b.DescriptionKind.String()),
		Deprecated:      b.Deprecated,
	}
}

func convertAttributes(list []*tfprotov6.SchemaAttribute) map[string]attribute {
	attributes := map[string]attribute{}
	for _, a := range list {
		converted := attribute{
			Description:     a.Description,
			DescriptionKind: strings.ToLower(a.DescriptionKind.String()),
			Deprecated:      a.Deprecated,
			Required:        a.Required,
			Optional:        a.Optional,
			Computed:        a.Computed,
			Sensitive:       a.Sensitive,
			WriteOnly:       a.WriteOnly,
		}
		if a.NestedType != nil {
			converted.NestedType = &nestedType{
				Attributes:  convertAttributes(a.NestedType.Attributes),
				NestingMode: strings.ToLower(a.NestedType.Nesting.String()),
			}
		} else {
			converted.Type = a.Type
		}
		attributes[a.Name] = converted
	}
	return attributes
}
