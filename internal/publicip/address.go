package publicip

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

var _ validator.String = publicIPv4Validator{}

// publicIPv4Validator accepts public IPv4 addresses in dotted form, and the empty
// string: an instance's address reads empty after its release, and only the plan
// knows whether there was a release.
type publicIPv4Validator struct{}

func (publicIPv4Validator) Description(context.Context) string {
	return "must be a public IPv4 address in dotted form"
}

func (v publicIPv4Validator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (publicIPv4Validator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || req.ConfigValue.ValueString() == "" {
		return
	}
	if problem := publicIPv4Problem(req.ConfigValue.ValueString()); problem != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Public IP Address", problem)
	}
}

// reserved are the IPv4 ranges that no instance has as its public address.
// Source: RFC 6890 and the IANA special-purpose address registry.
var reserved = []struct {
	prefix netip.Prefix
	is     string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "stands for this network"},
	{netip.MustParsePrefix("10.0.0.0/8"), "is private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "is shared address space, which carriers and cloud services use internally"},
	{netip.MustParsePrefix("127.0.0.0/8"), "is loopback"},
	{netip.MustParsePrefix("169.254.0.0/16"), "is link-local"},
	{netip.MustParsePrefix("172.16.0.0/12"), "is private"},
	{netip.MustParsePrefix("192.168.0.0/16"), "is private"},
	{netip.MustParsePrefix("224.0.0.0/4"), "is multicast"},
	{netip.MustParsePrefix("255.255.255.255/32"), "is broadcast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "is reserved"},
}

// publicIPv4Problem says what is wrong with s and what would be right, or
// returns "" if s is a public IPv4 address in dotted form.
func publicIPv4Problem(s string) string {
	address, err := netip.ParseAddr(s)
	if err != nil {
		return fmt.Sprintf("%q is not an IPv4 address. Give four numbers from 0 to 255 with dots between them, "+
			"without leading zeros, prefix length or white space, for example 121.40.10.20.", s)
	}
	if !address.Is4() {
		return fmt.Sprintf("%q is an IPv6 address. Only the public IPv4 address of an instance can be released, "+
			"for example 121.40.10.20.", s)
	}
	for _, r := range reserved {
		if r.prefix.Contains(address) {
			return fmt.Sprintf("%s %s (%s), so it is not the public address of an instance. "+
				"Give the instance's public IPv4 address, for example alicloud_instance.web.public_ip.", s, r.is, r.prefix)
		}
	}
	return ""
}
