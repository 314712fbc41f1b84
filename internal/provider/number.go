package provider

import (
	"context"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ validator.Number = wholeNumber{}

// wholeNumber accepts whole numbers in a range, and those of 0 and less, which
// mean the default. An Int64Attribute would call a fraction a defect of the
// provider.
type wholeNumber struct{ least, most int64 }

func (v wholeNumber) Description(context.Context) string {
	return fmt.Sprintf("must be a whole number from %d to %d, or 0 for the default", v.least, v.most)
}

func (v wholeNumber) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v wholeNumber) ValidateNumber(ctx context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	n, accuracy := req.ConfigValue.ValueBigFloat().Int64()
	if accuracy != big.Exact || n > 0 && (n < v.least || n > v.most) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Number",
			fmt.Sprintf("%s %s. It is %s.", req.Path, v.Description(ctx), req.ConfigValue.ValueBigFloat().Text('f', -1)))
	}
}

// int64Of returns a whole number that was checked; 0 if it is null.
func int64Of(number types.Number) int64 {
	if number.IsNull() || number.IsUnknown() {
		return 0
	}
	n, _ := number.ValueBigFloat().Int64()
	return n
}
