package credentials

import (
	"cmp"
	"context"
	"maps"
	"strconv"
	"strings"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

// role is a role to assume, with all that a call for its keys needs.
type role struct {
	arn, sessionName, policy, externalID string
	expiration                           int64 // seconds
	origin                               string
	stsRegion                            string // empty: that of the provider
	vpc                                  bool   // call STS by its endpoint in a VPC
}

// service is STS as its errors describe it, with what there is to check.
func (r *role) service(action, check string) service {
	return service{
		Source: "STS " + action + " for the role " + r.arn,
		Origin: r.origin,
		Remedy: "Check the role, " + check + ", and that STS can be reached from here.",
	}
}

// assumeRole gets the keys of a role by those of base; without a role, the latter.
func (r *resolver) assumeRole(base fetch, role *role) fetch {
	if role == nil {
		return base
	}
	who := role.service("AssumeRole", "the caller")
	return func(ctx context.Context) (lease, error) {
		below, err := base(ctx)
		if err != nil {
			return lease{}, err
		}
		keys := func(context.Context) (rpc.Keys, error) { return below.Keys, nil }
		return r.callSTS(ctx, who, role, rpc.Call{Action: "AssumeRole", Keys: keys})
	}
}

// assumeRoleWithOIDC gets the keys of a role, which it assumes with a token. A
// token file is read each time, since such files are rotated.
func (r *resolver) assumeRoleWithOIDC(role *role, providerARN, token, tokenFile string) fetch {
	who := role.service("AssumeRoleWithOIDC", "the OIDC provider, the token")
	return func(ctx context.Context) (lease, error) {
		token := token
		if token == "" {
			content, err := readSmallFile(tokenFile)
			if err != nil {
				name := tokenFile
				if strings.HasPrefix(name, "eyJ") { // a JSON object in base64, as each JWT begins
					name = "(a token, not a file name)"
				}
				return lease{}, who.fail("the token file " + name + " " + fileFailure(err))
			}
			if token = strings.TrimSpace(string(content)); token == "" {
				return lease{}, who.fail("the token file " + tokenFile + " is empty")
			}
		}
		form := map[string]string{"OIDCProviderArn": providerARN, "OIDCToken": token}
		return r.callSTS(ctx, who, role, rpc.Call{Action: "AssumeRoleWithOIDC", Form: form, Secrets: []string{token}})
	}
}

// callSTS makes a call for the keys of a role.
func (r *resolver) callSTS(ctx context.Context, who service, role *role, call rpc.Call) (lease, error) {
	form := map[string]string{
		"RoleArn":         role.arn,
		"RoleSessionName": cmp.Or(role.sessionName, "terraform"),
		"DurationSeconds": strconv.FormatInt(role.expiration, 10),
		"Policy":          role.policy,
		"ExternalId":      role.externalID,
	}
	maps.DeleteFunc(form, func(_, value string) bool { return value == "" })
	maps.Copy(form, call.Form)
	call.Version, call.Scheme, call.Form = "2015-04-01", "https", form
	call.Endpoint = cmp.Or(r.STSEndpoint, stsEndpoint(cmp.Or(role.stsRegion, r.Region), role.vpc))
	var answer struct{ Credentials issued }
	if _, err := r.Client.Do(ctx, call, &answer); err != nil {
		return lease{}, who.explain(ctx, err)
	}
	return answer.Credentials.lease(who, "the role "+role.arn, true)
}

// stsEndpoint returns the public host of STS in a region, if that is known.
func stsEndpoint(region string, vpc bool) string {
	switch {
	case region == "":
		return "sts.aliyuncs.com"
	case vpc:
		return "sts-vpc." + region + ".aliyuncs.com"
	}
	return "sts." + region + ".aliyuncs.com"
}
