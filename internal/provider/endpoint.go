package provider

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

const (
	schemeHTTP  = "http"
	schemeHTTPS = "https"
)

// endpoint returns one value of the endpoints blocks, null if none has it. Two
// values are refused: the official provider takes one or the other.
func endpoint(endpoints types.List, name string, diags *diag.Diagnostics) types.String {
	found := types.StringNull()
	for _, element := range endpoints.Elements() {
		if object, ok := element.(types.Object); ok {
			value, ok := object.Attributes()[name].(types.String)
			if !ok || !value.IsUnknown() && strings.TrimSpace(value.ValueString()) == "" {
				continue
			}
			if !found.IsNull() && !found.Equal(value) {
				diags.AddAttributeError(path.Root("endpoints"), "Contradicting Endpoints", fmt.Sprintf("Two endpoints blocks give %s the values %q and %q. "+
					"Keep one of them.", name, shown(found.ValueString()), shown(value.ValueString())))
			}
			found = value
		}
	}
	return found
}

// resolveEndpoint returns the host of a custom endpoint, or "" for the public
// ones, and the protocol of requests.
func resolveEndpoint(ecs, protocol types.String, env getenv, diags *diag.Diagnostics) (host, scheme string) {
	scheme = schemeHTTPS
	if strings.EqualFold(protocol.ValueString(), schemeHTTP) {
		scheme = schemeHTTP
	}
	value, source := strings.TrimSpace(ecs.ValueString()), "endpoints.ecs of the provider block"
	if ecs.IsNull() {
		value, source = env.first(endpointVariables)
	}
	switch {
	case ecs.IsUnknown():
		return "", scheme
	case value == "" && env("TF_ENDPOINT_PATH") != "":
		diags.AddAttributeError(path.Root("endpoints"), "Unsupported Endpoint File", "The environment variable TF_ENDPOINT_PATH names a file "+
			"of endpoints, which only the official provider reads. Set ECS_ENDPOINT, or endpoints.ecs of the provider block, to the endpoint of ECS in it.")
		return "", scheme
	case value == "":
		return "", scheme
	}
	host, own, problem := parseEndpoint(value)
	if problem != "" {
		refuseEndpoint(source, value, problem, "ecs.eu-central-1.aliyuncs.com", diags)
	}
	return host, cmp.Or(own, scheme)
}

// resolveSTSEndpoint returns the host of a custom endpoint of STS, or "" for the
// region's.
func resolveSTSEndpoint(sts types.String, diags *diag.Diagnostics) string {
	value := strings.TrimSpace(sts.ValueString())
	if value == "" {
		return ""
	}
	host, scheme, problem := parseEndpoint(value)
	if scheme == schemeHTTP {
		problem = "is not HTTPS, by which STS is called"
	}
	if problem != "" {
		refuseEndpoint("endpoints.sts of the provider block", value, problem, "sts.eu-central-1.aliyuncs.com", diags)
	}
	return host
}

func refuseEndpoint(source, value, problem, example string, diags *diag.Diagnostics) {
	diags.AddAttributeError(path.Root("endpoints"), "Invalid Endpoint", fmt.Sprintf("%s is %q, which %s. "+
		"Give a host, a host and port, or a URL of those, for example %s.", source, shown(value), problem, example))
}

// shown is an endpoint without what stands before an @, which may be a password.
func shown(endpoint string) string {
	if i := strings.LastIndex(endpoint, "@"); i >= 0 {
		return "…" + endpoint[i:]
	}
	return endpoint
}

var hostName = regexp.MustCompile(`^[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?$`)

// parseEndpoint splits an endpoint into host (with port, if any) and scheme
// ("" if it has none), or says what is wrong with it.
func parseEndpoint(value string) (host, scheme, problem string) {
	text := value
	if !strings.Contains(text, "://") {
		text = "//" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", "", "is not a host"
	}
	switch {
	case u.Scheme != "" && u.Scheme != schemeHTTP && u.Scheme != schemeHTTPS:
		return "", "", "has a scheme other than http and https"
	case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "", "", "has more than a host and a port"
	case !hostName.MatchString(u.Hostname()) && !isIPv6(u):
		return "", "", "does not name a host"
	case !validPort(u.Port()):
		return "", "", "has a port that is not between 1 and 65535"
	}
	return u.Host, u.Scheme, ""
}

// validPort reports whether the digits are the number of a port, or none.
func validPort(digits string) bool {
	port, err := strconv.ParseUint(digits, 10, 16)
	return digits == "" || err == nil && port > 0
}

// isIPv6 reports whether the host is an IPv6 address in brackets.
func isIPv6(u *url.URL) bool {
	address, err := netip.ParseAddr(u.Hostname())
	return err == nil && address.Is6() && address.Zone() == "" && strings.HasPrefix(u.Host, "[")
}
