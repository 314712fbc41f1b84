package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// largeBlock is a ListNestedBlock of many arguments. To validate it, the
// framework walks to each argument several times, and a ListNestedBlock copies
// all of them, and puts their type together again, at each step.
type largeBlock struct{ schema.ListNestedBlock }

// newLargeBlock states the types of block and object. Without them, the framework
// copies all attributes to derive them, and searches them for dynamic types.
func newLargeBlock(description string, attributes map[string]schema.Attribute) largeBlock {
	object := types.ObjectType{AttrTypes: make(map[string]attr.Type, len(attributes))}
	for name, attribute := range attributes {
		object.AttrTypes[name] = attribute.GetType()
	}
	return largeBlock{schema.ListNestedBlock{
		MarkdownDescription: description,
		NestedObject:        schema.NestedBlockObject{Attributes: attributes, CustomType: object},
		CustomType:          types.ListType{ElemType: object},
	}}
}

// ApplyTerraform5AttributePathStep implements tftypes.AttributePathStepper.
func (b largeBlock) ApplyTerraform5AttributePathStep(step tftypes.AttributePathStep) (any, error) {
	if _, ok := step.(tftypes.ElementKeyInt); ok {
		return largeObject{b.NestedObject}, nil
	}
	return b.ListNestedBlock.ApplyTerraform5AttributePathStep(step)
}

type largeObject struct{ schema.NestedBlockObject }

// ApplyTerraform5AttributePathStep implements tftypes.AttributePathStepper.
func (o largeObject) ApplyTerraform5AttributePathStep(step tftypes.AttributePathStep) (any, error) {
	if name, ok := step.(tftypes.AttributeName); ok && o.Attributes[string(name)] != nil {
		return o.Attributes[string(name)], nil
	}
	return o.NestedBlockObject.ApplyTerraform5AttributePathStep(step)
}
