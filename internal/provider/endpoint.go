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

// endpoint returns one value of the endpoints blocks, "" if none has it. Two
// values are refused: the official provider takes one or the other.
func endpoint(blocks []types.Object, name string, diags *diag.Diagnostics) string {
	var found string
	for _, block := range blocks {
		attribute, _ := block.Attributes()[name].(types.String)
		value := strings.TrimSpace(attribute.ValueString())
		if found != "" && value != "" && value != found {
			diags.AddAttributeError(path.Root("endpoints"), "Contradicting Endpoints", fmt.Sprintf("Two endpoints blocks give %s the values "+
				"%q and %q. Keep one of them.", name, shown(found), shown(value)))
		}
		found = cmp.Or(value, found)
	}
	return found
}

// resolveEndpoint returns the host of a custom endpoint, or "" for the public
// ones, and the protocol of requests.
func resolveEndpoint(ecs string, protocol *string, env getenv, diags *diag.Diagnostics) (host, scheme string) {
	scheme = "https"
	if protocol != nil && strings.EqualFold(*protocol, "http") {
		scheme = "http"
	}
	source := "endpoints.ecs of the provider block"
	if ecs == "" {
		ecs, source = env.first(nil, endpointVariables)
	}
	if ecs == "" && env("TF_ENDPOINT_PATH") != "" {
		diags.AddAttributeError(path.Root("endpoints"), "Unsupported Endpoint File", "The environment variable TF_ENDPOINT_PATH names a file "+
			"of endpoints, which only the official provider reads. Set ECS_ENDPOINT, or endpoints.ecs of the provider block, to the endpoint of "+
			"ECS in it.")
	}
	host, own := checkEndpoint("ecs", ecs, source, diags)
	return host, cmp.Or(own, scheme)
}

// checkEndpoint returns the host of a custom endpoint of a service and its scheme,
// if it has one; nothing for no endpoint.
func checkEndpoint(service, value, source string, diags *diag.Diagnostics) (host, scheme string) {
	if value == "" {
		return "", ""
	}
	host, scheme, problem := parseEndpoint(value)
	if service == "sts" && scheme == "http" {
		problem = "is not HTTPS, by which STS is called"
	}
	if problem != "" {
		diags.AddAttributeError(path.Root("endpoints"), "Invalid Endpoint", fmt.Sprintf("%s is %q, which %s. "+
			"Give a host, a host and port, or a URL of those, for example %s.eu-central-1.aliyuncs.com.", source, shown(value), problem, service))
	}
	return host, scheme
}

// shown is an endpoint without what stands before an @, which may be a password.
func shown(endpoint string) string {
	if i := strings.LastIndex(endpoint, "@"); i >= 0 {
		return "…" + endpoint[i:]
	}
	return endpoint
}

// parseEndpoint splits an endpoint into host (with port, if any) and scheme
// ("" if it has none), or says what is wrong with it.
func parseEndpoint(value string) (host, scheme, problem string) {
	if !strings.Contains(value, "://") {
		value = "//" + value
	}
	u, err := url.Parse(value)
	if err != nil {
		return "", "", "is not a host"
	}
	hostName := regexp.MustCompile(`^[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?$`)
	address, _ := netip.ParseAddr(u.Hostname())
	ipv6 := address.Is6() && address.Zone() == "" && strings.HasPrefix(u.Host, "[")
	port, err := strconv.ParseUint(cmp.Or(u.Port(), "443"), 10, 16)
	switch {
	case u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https":
		return "", "", "has a scheme other than http and https"
	case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "", "", "has more than a host and a port"
	case !hostName.MatchString(u.Hostname()) && !ipv6:
		return "", "", "does not name a host"
	case err != nil || port == 0:
		return "", "", "has a port that is not between 1 and 65535"
	}
	return u.Host, u.Scheme, ""
}
