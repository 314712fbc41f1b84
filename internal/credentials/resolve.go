package credentials

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

const (
	inBlock       = "the provider block"
	inEnvironment = "the environment"

	defaultSessionName = "terraform"
	defaultExpiration  = 3600  // seconds
	minExpiration      = 900   // seconds
	maxExpiration      = 43200 // seconds
)

// Variables of the environment, the earlier ones first. Those of a key pair come
// in families: a key and a secret of different families belong to different keys.
var (
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
	metadataOffVariable   = "ALIBABA_CLOUD_ECS_METADATA_DISABLED"
	metadataV1OffVariable = "ALIBABA_CLOUD_IMDSV1_DISABLED"
)

// value is a configured value and where it was found.
type value struct{ text, origin string }

// method is a way to get keys, with its parts checked. Without fetch there is
// none.
type method struct {
	fetch fetch
	role  *role // of a profile, to assume with the keys
}

// resolver finds out who signs.
type resolver struct{ Config }

func (r *resolver) resolve() (*Source, error) {
	p, absent, err := loadProfile(r.pick(r.SharedCredentialsFile, fileVariables...), r.pick(r.Profile, profileVariables...))
	if err != nil {
		return nil, err
	}
	if r.Region = strings.TrimSpace(r.Region); r.Region == "" && p != nil {
		r.Region = p.region("region_id")
	}
	base, err := r.base(p)
	if err != nil {
		return nil, err
	}
	if p.has("ramrolearn") { // whoever assumes it
		base.role = p.role()
	}
	if p != nil && p.err != nil {
		return nil, p.err
	}
	top, err := r.role(base.role)
	if err != nil {
		return nil, err
	}
	source := &Source{region: r.Region, fetch: base.fetch}
	switch {
	case base.fetch == nil && absent != nil:
		return nil, absent
	case base.fetch == nil:
		source.problem = r.nobody(top)
	case top != nil:
		source.fetch = r.assumeRole(base.fetch, top)
	}
	return source, nil
}

// base returns who signs, or assumes the role: the first kind of source that is
// configured anywhere, in the order of the official provider.
func (r *resolver) base(p *profile) (method, error) {
	for _, place := range []func() (fetch, error){r.blockKey, r.environmentKey} {
		if key, err := place(); key != nil || err != nil {
			return method{fetch: key}, err
		}
	}
	uri, name := r.pick(r.CredentialsURI, uriVariables...), r.pick(r.ECSRoleName, ecsRoleVariables...)
	// The official provider takes the pair of each mode that it does not know, and
	// nothing of a profile without a mode.
	paired := p != nil && p.raw["mode"] != nil && p.text("access_key_id") != "" && p.text("access_key_secret") != ""
	switch {
	case p.has("ak", "ststoken", "ramrolearn"), paired && p.has(""):
		return r.method(p, nil)
	case paired && p.has("ramrolearnwithrolename", "ramrolearnwithecs", "oidc", "credentialsuri"): // left behind there
		return method{fetch: p.pair("")}, nil
	case paired && !p.has("EcsRamRole", "ChainableRamRoleArn", "CloudSSO", "External", "OAuth"):
		p.refuse("mode", "the official provider takes the key pair, since it does not know the mode in this spelling", "Use "+supportedMode+".")
		return method{}, p.err
	case p.has("ChainableRamRoleArn", "CloudSSO", "External", "OAuth"):
		return r.method(p, nil)
	case uri.text != "":
		return r.credentialsURI(uri)
	case name.text != "":
		return r.ecsRole(name)
	case p.has("EcsRamRole") && p.text("ram_role_name") != "":
		return r.method(p, nil)
	case r.AssumeRoleWithOIDC != nil:
		return r.oidc(*r.AssumeRoleWithOIDC, inBlock)
	// From here on the official provider finds no one.
	case p != nil:
		return r.method(p, nil)
	case r.env(oidcProviderVariable) != "":
		return r.oidc(OIDC{}, inEnvironment)
	}
	return method{}, nil
}

// nobody says that nothing is configured that signs, or assumes the role.
func (r *resolver) nobody(top *role) error {
	switch {
	case top != nil:
		return mistake("assume_role", top.origin,
			"a role is to be assumed, but nothing says with which keys",
			"Configure a key pair, ecs_role_name, assume_role_with_oidc, credentials_uri or profile as well.")
	case r.env(cliProfileVariable) != "":
		return fmt.Errorf("%w. %s is set, but only the aliyun CLI reads it: set %s", ErrNone, cliProfileVariable, strings.Join(profileVariables, " or "))
	}
	return ErrNone
}

// static returns keys that are configured.
func static(id, secret, token, from string) fetch {
	keys := rpc.Keys{AccessKeyID: id, AccessKeySecret: secret, SecurityToken: token, From: from}
	return func(context.Context) (lease, error) { return lease{Keys: keys}, nil }
}

func (r *resolver) blockKey() (fetch, error) {
	names := [...]string{"access_key", "secret_key", "security_token"}
	id, secret, token := strings.TrimSpace(r.AccessKey), strings.TrimSpace(r.SecretKey), strings.TrimSpace(r.SecurityToken)
	return pairOf(inBlock, names, value{id, names[0]}, value{secret, names[1]}, value{token, names[2]})
}

// environmentKey takes the first family that has an access key. A part that the
// family lacks is taken from a family without a key of its own, whose part
// cannot belong to another key.
func (r *resolver) environmentKey() (fetch, error) {
	chosen := slices.IndexFunc(keyVariables, func(family [3]string) bool { return r.env(family[0]) != "" })
	family := keyVariables[max(chosen, 0)]
	var parts [3]value
	for i := range parts {
		names := []string{family[i]}
		for _, other := range keyVariables {
			if r.env(other[0]) == "" {
				names = append(names, other[i])
			}
		}
		parts[i] = r.pick("", names...)
	}
	return pairOf(inEnvironment, family, parts[0], parts[1], parts[2])
}

// pairOf returns the keys of one place, nil if it has none. Names are what the
// place calls them.
func pairOf(origin string, names [3]string, id, secret, token value) (fetch, error) {
	refuse := func(argument, present, missing string) (fetch, error) {
		return nil, mistake(argument, origin, present+" is set without "+missing,
			"Set both or neither; the other half is never taken from another place or another access key.")
	}
	switch {
	case id.text == "" && secret.text == "" && token.text == "":
		return nil, nil
	case id.text == "" && secret.text == "":
		return refuse("access_key", token.origin, names[0])
	case id.text == "":
		return refuse("access_key", secret.origin, names[0])
	case secret.text == "":
		return refuse("secret_key", id.origin, names[1])
	case token.text == "" && isTemporary(id.text):
		return refuse("security_token", id.origin+", which is a temporary key,", names[2])
	}
	from := id.origin
	if origin == inBlock {
		from += " of " + inBlock
	}
	return static(id.text, secret.text, token.text, from), nil
}

// isTemporary reports whether an access key is good only with a security token.
func isTemporary(accessKey string) bool { return strings.HasPrefix(accessKey, "STS.") }

// ecsRole checks the name of the role of this instance; it may be empty.
func (r *resolver) ecsRole(name value) (method, error) {
	refuse := func(reason, remedy string) (method, error) {
		return method{}, mistake("ecs_role_name", name.origin, reason, remedy)
	}
	switch {
	case name.text != "" && !isWord(name.text):
		return refuse("the name of a RAM role has only letters, digits, dots, hyphens and underscores", "Give the role's name, not its ARN.")
	case strings.EqualFold(r.env(metadataOffVariable), "true"):
		return refuse("the keys are those of an ECS role, and "+metadataOffVariable+" forbids calling the metadata service", "Unset it, or sign in another way.")
	}
	return method{fetch: r.metadata(name.text, name.origin, metadataURL)}, nil
}

// oidc completes the block by the environment, argument by argument.
func (r *resolver) oidc(block OIDC, origin string) (method, error) {
	refuse := func(argument, reason, remedy string) (method, error) {
		return method{}, mistake("assume_role_with_oidc."+argument, origin, reason, remedy)
	}
	provider := r.pick(block.ProviderARN, oidcProviderVariable).text
	token := r.pick(block.Token, oidcTokenVariable).text
	file := r.pick(block.TokenFile, oidcTokenFileVariable).text
	if token == "" && file == "" {
		token = r.env(hcpTokenVariable)
	}
	var arn string
	if block.ARN != nil {
		arn = *block.ARN
	}
	role := &role{Role: block.Role, arn: r.pick(arn, oidcRoleVariable).text, origin: origin}
	role.SessionName = r.pick(block.SessionName, oidcSessionVariable).text
	var ok bool
	role.SessionExpiration, ok = expiration(block.SessionExpiration)
	switch {
	case provider == "":
		return refuse("oidc_provider_arn", "the ARN of the OIDC provider is missing", "Set it, or "+oidcProviderVariable+".")
	case role.arn == "":
		return refuse("role_arn", "the ARN of the role is missing", "Set it, or "+oidcRoleVariable+".")
	case token == "" && file == "":
		return refuse("oidc_token", "neither a token nor a token file is given",
			"Set oidc_token or oidc_token_file, or "+oidcTokenVariable+" or "+oidcTokenFileVariable+"; in HCP Terraform set TFC_WORKLOAD_IDENTITY_AUDIENCE for the workspace.")
	case !ok:
		return refuse("session_expiration", badExpiration, expirationRemedy)
	}
	return method{fetch: r.assumeRoleWithOIDC(role, provider, token, file)}, nil
}

// role returns the role of the block, completed by the environment and the role
// of the profile; without the block, that of the profile.
func (r *resolver) role(profiled *role) (*role, error) {
	block := r.AssumeRole
	if block == nil {
		return profiled, nil
	}
	arn := r.pick("", roleVariables...)
	if block.ARN != nil {
		arn = value{strings.TrimSpace(*block.ARN), inBlock}
	}
	switch {
	case arn.text == "" && profiled != nil:
		arn = value{profiled.arn, profiled.origin}
	case arn.text == "" && block.ARN != nil:
		return nil, nil
	case arn.text == "":
		return nil, mistake("assume_role.role_arn", inBlock,
			"the ARN of the role is missing",
			"Set it, or "+roleVariables[0]+`. To assume no role, leave the block out or set role_arn = "".`)
	}
	below := role{}
	if profiled != nil {
		below = *profiled
	}
	top := &role{Role: *block, arn: arn.text, origin: arn.origin, stsRegion: below.stsRegion, vpc: below.vpc}
	top.SessionName = cmp.Or(r.pick(block.SessionName, sessionVariables...).text, below.SessionName)
	if top.arn == below.arn { // made for that role, and for no other
		top.Policy, top.ExternalID = cmp.Or(top.Policy, below.Policy), cmp.Or(top.ExternalID, below.ExternalID)
	}
	seconds, origin := block.SessionExpiration, inBlock
	if seconds <= 0 { // a variable that is not a number does not count
		seconds, _ = strconv.ParseInt(r.env(expirationVariable), 10, 64)
		origin = expirationVariable
	}
	if seconds <= 0 {
		seconds = below.SessionExpiration
	}
	var ok bool
	if top.SessionExpiration, ok = expiration(seconds); !ok {
		return nil, mistake("assume_role.session_expiration", origin, badExpiration, expirationRemedy)
	}
	return top, nil
}

// pick returns the block's value, or the first of the variables that is set.
func (r *resolver) pick(block string, variables ...string) value {
	if text := strings.TrimSpace(block); text != "" {
		return value{text, inBlock}
	}
	for _, name := range variables {
		if text := r.env(name); text != "" {
			return value{text, name}
		}
	}
	return value{}
}

func (r *resolver) env(name string) string { return strings.TrimSpace(r.Getenv(name)) }

const (
	badExpiration    = "the session expiration is not between 900 and 43200 seconds"
	expirationRemedy = "Give a whole number of seconds in that range."
)

// expiration returns a session's length in seconds, the default for 0 and less,
// and whether it is in range.
func expiration(seconds int64) (int64, bool) {
	if seconds <= 0 {
		return defaultExpiration, true
	}
	return seconds, minExpiration <= seconds && seconds <= maxExpiration
}

// isWord reports whether s looks like an identifier: at most 80 letters, digits,
// dots, hyphens and underscores.
func isWord(s string) bool {
	return s != "" && len(s) <= 80 && strings.IndexFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '.' || r == '-' || r == '_')
	}) < 0
}
