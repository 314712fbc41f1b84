package credentials

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

const (
	inBlock       = "the provider block"
	inEnvironment = "the environment"

	badExpiration    = "the session expiration is not between 900 and 43200 seconds"
	expirationRemedy = "Give a whole number of seconds in that range."
)

// Variables of the environment, the earlier ones first. Those of a key pair come
// in families: a key and a secret of different families belong to different keys.
var (
	keyArguments = []string{"access_key", "secret_key", "security_token"}
	keyVariables = [][3]string{
		{"ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN"},
		{"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"},
		{"ALIBABACLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_SECURITY_TOKEN"},
	}
	ecsRoleVariables      = []string{"ALICLOUD_ECS_ROLE_NAME", "ALIBABA_CLOUD_ECS_METADATA"}
	uriVariables          = []string{"ALICLOUD_CREDENTIALS_URI", "ALIBABA_CLOUD_CREDENTIALS_URI"}
	profileVariables      = []string{"ALICLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE"}
	cliProfileVariable    = "ALIBABACLOUD_PROFILE" // of the CLI only
	fileVariables         = []string{"ALICLOUD_SHARED_CREDENTIALS_FILE", "ALIBABA_CLOUD_CREDENTIALS_FILE"}
	roleVariables         = []string{"ALICLOUD_ASSUME_ROLE_ARN", "ALIBABA_CLOUD_ROLE_ARN"}
	sessionVariables      = []string{"ALICLOUD_ASSUME_ROLE_SESSION_NAME", "ALIBABA_CLOUD_ROLE_SESSION_NAME"}
	expirationVariable    = "ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION"
	oidcProviderVariable  = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN"
	oidcRoleVariable      = "ALIBABA_CLOUD_ROLE_ARN"
	oidcTokenVariable     = "ALIBABA_CLOUD_OIDC_TOKEN"
	oidcTokenFileVariable = "ALIBABA_CLOUD_OIDC_TOKEN_FILE"
	oidcSessionVariable   = "ALIBABA_CLOUD_ROLE_SESSION_NAME"
	hcpTokenVariable      = "TFC_WORKLOAD_IDENTITY_TOKEN" //nolint:gosec // a name
	otherFileVariable     = "ALIBABA_CLOUD_CONFIG_FILE"   // of the official provider's SDK only
	metadataOffVariable   = "ALIBABA_CLOUD_ECS_METADATA_DISABLED"
	metadataV1OffVariable = "ALIBABA_CLOUD_IMDSV1_DISABLED"
)

// value is a configured value and where it was found; the field is of a profile.
type value struct{ text, origin, field string }

// resolver finds out who signs. What its methods return counts only without err.
type resolver struct {
	Config
	err error // the first mistake, which is the one that the user is told
}

func (r *resolver) refuse(err error) { r.err = cmp.Or(r.err, err) }

// base returns who signs or assumes a role, with the role if both are of the
// profile: the first kind of source in the order of the official provider.
func (r *resolver) base(p *profile) (fetch, *role) {
	var parts [3]value
	for i, text := range []*string{r.AccessKey, r.SecretKey, r.SecurityToken} {
		parts[i] = value{text: r.pick(text).text, origin: keyArguments[i]}
	}
	key := r.pairOf(inBlock, keyArguments, parts)
	if key == nil && r.AccessKey == nil && r.SecretKey == nil {
		key = r.environmentKey()
	}
	uri, name := r.pick(r.CredentialsURI, uriVariables...), r.pick(r.ECSRoleName, ecsRoleVariables...)
	// The official provider takes the pair of each mode that it does not know, and
	// nothing of a profile without a mode.
	paired := func() bool {
		return p != nil && p.raw["mode"] != nil && p.text("access_key_id") != "" && p.text("access_key_secret") != ""
	}
	switch {
	case key != nil:
		return key, nil
	case p.has("ak", "ststoken", "ramrolearn") && p.text("access_key_id")+p.text("access_key_secret") != "", p.has("") && paired():
		return r.method(p, nil)
	case p.has("ChainableRamRoleArn", "CloudSSO", "External", "OAuth"):
		if r.env(otherFileVariable) != "" && r.pick(r.SharedCredentialsFile, fileVariables...).text == "" {
			p.refuse("mode", "the official provider takes its keys from the file that "+otherFileVariable+" names",
				"Unset that variable, or name one file with shared_credentials_file.")
		}
		return r.method(p, nil)
	case p.has("ramrolearnwithrolename", "ramrolearnwithecs", "oidc", "credentialsuri") && paired(): // left behind there
		return p.pair(""), nil
	case !p.has("EcsRamRole") && paired():
		p.refuse("mode", "the official provider takes the key pair, since it does not know the mode in this spelling", "Use "+supportedMode+".")
	case uri.text != "":
		return r.credentialsURI("credentials_uri", uri), nil
	case name.text != "":
		return r.ecsRole("ecs_role_name", name), nil
	case p.has("EcsRamRole") && p.text("ram_role_name") != "":
		return r.method(p, nil)
	case len(r.AssumeRoleWithOIDC) > 0:
		return r.oidc(r.AssumeRoleWithOIDC[0], inBlock), nil
	// From here on the official provider finds no one.
	case p != nil:
		return r.method(p, nil)
	case r.env(oidcProviderVariable) != "":
		return r.oidc(OIDC{}, inEnvironment), nil
	}
	return nil, nil
}

// static returns keys that are configured.
func static(id, secret, token, from string) fetch {
	keys := rpc.Keys{AccessKeyID: id, AccessKeySecret: secret, SecurityToken: token, From: from}
	return func(context.Context) (lease, error) { return lease{Keys: keys}, nil }
}

// environmentKey takes the first family that has an access key. A part that the
// family lacks is taken from a family without a key of its own, whose part
// cannot belong to another key.
func (r *resolver) environmentKey() fetch {
	chosen := slices.IndexFunc(keyVariables, func(family [3]string) bool { return r.env(family[0]) != "" })
	if chosen < 0 { // half a key is refused by the names of its own family
		chosen = slices.IndexFunc(keyVariables, func(family [3]string) bool { return r.env(family[1])+r.env(family[2]) != "" })
	}
	family := keyVariables[max(chosen, 0)]
	var parts [3]value
	for i := range parts {
		parts[i] = r.pick(nil, family[i])
		for _, other := range keyVariables {
			if r.env(other[0]) == "" {
				parts[i] = cmp.Or(parts[i], r.pick(nil, other[i]))
			}
		}
	}
	if r.SecurityToken != nil {
		parts[2] = value{}
	}
	return r.pairOf(inEnvironment, family[:], parts)
}

// pairOf returns the keys of one place, nil if it has none. Names are what the
// place calls them.
func (r *resolver) pairOf(origin string, names []string, parts [3]value) fetch {
	set := slices.IndexFunc(parts[:], func(part value) bool { return part.text != "" })
	if set < 0 {
		return nil
	}
	present := parts[set].origin
	missing := slices.IndexFunc(parts[:], func(part value) bool { return part.text == "" })
	switch {
	case missing == 2 && strings.HasPrefix(parts[0].text, "STS."):
		present += ", which is a temporary key,"
	case missing == 2, missing < 0:
		if origin == inBlock {
			present += " of " + inBlock
		}
		return static(parts[0].text, parts[1].text, parts[2].text, present)
	}
	r.refuse(mistake(keyArguments[missing], value{origin: origin}, present+" is set without "+names[missing],
		"Set both or neither; the other half is never taken from another place or another access key."))
	return nil
}

// ecsRole gets the keys of the RAM role of this instance; the name may be empty.
func (r *resolver) ecsRole(argument string, name value) fetch {
	if name.text != "" && !rpc.IsWord(name.text) {
		r.refuse(mistake(argument, name, "the name of a RAM role has only letters, digits, dots, hyphens and underscores",
			"Give the role's name, not its ARN."))
	}
	if strings.EqualFold(r.env(metadataOffVariable), "true") {
		r.refuse(mistake("ecs_role_name", value{origin: name.origin},
			"the keys are those of an ECS role, and "+metadataOffVariable+" forbids calling the metadata service",
			"Unset it, or sign in another way."))
	}
	return r.metadata(name.text, name.origin, metadataURL)
}

// oidc completes the block by the environment, argument by argument.
func (r *resolver) oidc(block OIDC, origin string) fetch {
	token, file := r.pick(block.Token, oidcTokenVariable).text, r.pick(block.TokenFile, oidcTokenFileVariable).text
	if token == "" && file == "" {
		token = r.env(hcpTokenVariable)
	}
	provider := r.pick(block.ProviderARN, oidcProviderVariable).text
	const at = "assume_role_with_oidc."
	in := value{origin: origin}
	role := &role{
		arn:         r.pick(block.ARN, oidcRoleVariable).text,
		sessionName: r.pick(block.SessionName, oidcSessionVariable).text,
		policy:      r.pick(block.Policy).text,
		expiration:  r.expiration(at+"session_expiration", in, *cmp.Or(block.SessionExpiration, new(int64))),
		origin:      origin,
	}
	switch {
	case provider == "":
		r.refuse(mistake(at+"oidc_provider_arn", in, "the ARN of the OIDC provider is missing", "Set it, or "+oidcProviderVariable+"."))
	case role.arn == "":
		r.refuse(mistake(at+"role_arn", in, "the ARN of the role is missing", "Set it, or "+oidcRoleVariable+"."))
	case token == "" && file == "":
		r.refuse(mistake(at+"oidc_token", in, "neither a token nor a token file is given",
			"Set oidc_token or oidc_token_file, or "+oidcTokenVariable+" or "+oidcTokenFileVariable+
				"; in HCP Terraform set TFC_WORKLOAD_IDENTITY_AUDIENCE for the workspace."))
	}
	return r.assumeRoleWithOIDC(role, provider, token, file)
}

// role returns the role of the block, completed by the environment and the role
// of the profile; without the block, that of the profile.
func (r *resolver) role(profiled *role) *role {
	if len(r.AssumeRole) == 0 {
		if profiled != nil {
			profiled.sessionName = cmp.Or(profiled.sessionName, r.env(oidcSessionVariable))
		}
		return profiled
	}
	block := r.AssumeRole[0]
	arn := r.pick(block.ARN, roleVariables...)
	switch {
	case arn.text == "" && profiled != nil:
		arn = value{text: profiled.arn, origin: profiled.origin}
	case arn.text == "" && block.ARN != nil && *block.ARN == "":
		return nil
	case arn.text == "":
		r.refuse(mistake("assume_role.role_arn", value{origin: inBlock}, "the ARN of the role is missing",
			"Set it, or "+roleVariables[0]+`. To assume no role, leave the block out or set role_arn = "".`))
	}
	below := cmp.Or(profiled, &role{})
	top := &role{arn: arn.text, origin: arn.origin, stsRegion: below.stsRegion, vpc: below.vpc}
	top.sessionName = cmp.Or(r.pick(block.SessionName, sessionVariables...).text, below.sessionName)
	top.policy, top.externalID = r.pick(block.Policy).text, r.pick(block.ExternalID).text
	if top.arn == below.arn { // made for that role, and for no other
		top.policy, top.externalID = cmp.Or(top.policy, below.policy), cmp.Or(top.externalID, below.externalID)
	}
	seconds, at := *cmp.Or(block.SessionExpiration, new(int64)), value{origin: inBlock}
	if seconds <= 0 {
		variable, _ := strconv.ParseInt(r.env(expirationVariable), 10, 64) // one that is not a number does not count
		seconds, at.origin = cmp.Or(max(0, variable), below.expiration), expirationVariable
	}
	top.expiration = r.expiration("assume_role.session_expiration", at, seconds)
	return top
}

// pick returns the block's value, or else the first of the variables that is set.
func (r *resolver) pick(block *string, variables ...string) value {
	if block != nil {
		return value{text: strings.TrimSpace(*block), origin: inBlock}
	}
	for _, name := range variables {
		if text := r.env(name); text != "" {
			return value{text: text, origin: name}
		}
	}
	return value{}
}

func (r *resolver) env(name string) string { return strings.TrimSpace(r.Getenv(name)) }

// expiration returns a session's length in seconds, the default for 0 and less.
func (r *resolver) expiration(argument string, at value, seconds int64) int64 {
	if seconds <= 0 {
		return 3600
	}
	if seconds < 900 || seconds > 43200 {
		r.refuse(mistake(argument, at, badExpiration, expirationRemedy))
	}
	return seconds
}
