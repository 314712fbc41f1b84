package credentials

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

// stsVersion is the version of the STS API.
const stsVersion = "2015-04-01"

// role is a role to assume, with all that a call for its keys needs.
type role struct {
	Role
	arn       string
	origin    string
	stsRegion string // empty: that of the provider
	vpc       bool   // call STS by its endpoint in a VPC
}

// form returns the parameters that both calls have.
func (r *role) form() map[string]string {
	form := map[string]string{"RoleArn": r.arn, "RoleSessionName": cmp.Or(r.SessionName, "terraform"), "DurationSeconds": strconv.FormatInt(r.SessionExpiration, 10)}
	if r.Policy != "" {
		form["Policy"] = r.Policy
	}
	if r.ExternalID != "" {
		form["ExternalId"] = r.ExternalID
	}
	return form
}

// assumeRole gets the keys of a role, which it assumes with those of base.
func (r *resolver) assumeRole(base fetch, role *role) fetch {
	who := service{
		Source: "STS AssumeRole for the role " + role.arn,
		Origin: role.origin,
		Remedy: "Check the role, the caller, and that STS can be reached from here.",
	}
	return func(ctx context.Context) (lease, error) {
		below, err := base(ctx)
		if err != nil {
			return lease{}, err
		}
		return r.callSTS(ctx, who, role, rpc.Call{
			Action: "AssumeRole",
			Form:   role.form(),
			Keys:   func(context.Context) (rpc.Keys, error) { return below.Keys, nil },
		})
	}
}

// assumeRoleWithOIDC gets the keys of a role, which it assumes with a token. A
// token file is read each time, since such files are rotated.
func (r *resolver) assumeRoleWithOIDC(role *role, providerARN, token, tokenFile string) fetch {
	who := service{
		Source: "STS AssumeRoleWithOIDC for the role " + role.arn,
		Origin: role.origin,
		Remedy: "Check the role, the OIDC provider, the token, and that STS can be reached from here.",
	}
	return func(ctx context.Context) (lease, error) {
		token := token
		if token == "" {
			content, err := readSmallFile(tokenFile)
			if err != nil {
				return lease{}, who.fail("the token file " + tokenFileName(tokenFile) + " " + fileFailure(err))
			}
			if token = strings.TrimSpace(string(content)); token == "" {
				return lease{}, who.fail("the token file " + tokenFile + " is empty")
			}
		}
		form := role.form()
		form["OIDCProviderArn"], form["OIDCToken"] = providerARN, token
		return r.callSTS(ctx, who, role, rpc.Call{Action: "AssumeRoleWithOIDC", Form: form, Secrets: []string{token}})
	}
}

// callSTS makes a call for the keys of a role.
func (r *resolver) callSTS(ctx context.Context, who service, role *role, call rpc.Call) (lease, error) {
	call.Version, call.Scheme = stsVersion, "https"
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

// tokenFileName is the name of a token's file, unless it is the token itself,
// put there by mistake.
func tokenFileName(name string) string {
	if strings.HasPrefix(name, "eyJ") { // a JSON object in base64, as each JWT begins
		return "(a token, not a file name)"
	}
	return name
}
