package credentials

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	inBlock       = "the provider block"
	inEnvironment = "the environment"

	defaultSessionName = "terraform"
	defaultExpiration  = 3600
	minExpiration      = 900
	maxExpiration      = 43200
)

// Variables of the environment, the earlier ones first. Those of a key pair come in families:
// a key and a secret of different families belong to different keys.
var (
	keyVariables = [...]struct{ id, secret, token string }{
		{"ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN"},
		{"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"},
		{"ALIBABACLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_SECURITY_TOKEN"},
	}
	ecsRoleVariables      = []string{"ALICLOUD_ECS_ROLE_NAME", "ALIBABA_CLOUD_ECS_METADATA"}
	uriVariables          = []string{"ALICLOUD_CREDENTIALS_URI", "ALIBABA_CLOUD_CREDENTIALS_URI"}
	profileVariables      = []string{"ALICLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE"}
	fileVariables         = []string{"ALICLOUD_SHARED_CREDENTIALS_FILE", "ALIBABA_CLOUD_CREDENTIALS_FILE"}
	roleVariable          = "ALICLOUD_ASSUME_ROLE_ARN"
	sharedRoleVariable    = "ALIBABA_CLOUD_ROLE_ARN" // of assume_role and of assume_role_with_oidc
	sessionVariables      = []string{"ALICLOUD_ASSUME_ROLE_SESSION_NAME", "ALIBABA_CLOUD_ROLE_SESSION_NAME"}
	expirationVariable    = "ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION"
	oidcProviderVariable  = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN"
	oidcTokenVariable     = "ALIBABA_CLOUD_OIDC_TOKEN"
	oidcTokenFileVariable = "ALIBABA_CLOUD_OIDC_TOKEN_FILE"
	oidcSessionVariable   = "ALIBABA_CLOUD_ROLE_SESSION_NAME"
	hcpTokenVariable      = "TFC_WORKLOAD_IDENTITY_TOKEN" //nolint:gosec // a name
	metadataOffVariable   = "ALIBABA_CLOUD_ECS_METADATA_DISABLED"
)

// kind tells sources apart that are configured by different arguments.
type kind string

const (
	kindKey  kind = "access_key"
	kindOIDC kind = "assume_role_with_oidc"
	kindECS  kind = "ecs_role_name"
	kindURI  kind = "credentials_uri"
)

// method is a way to obtain keys: its parts are checked, nothing is asked yet.
type method struct {
	kind     kind
	lifetime time.Duration // of its tokens, if known
	link     func(stsHost) *link
	role     *role // what a profile puts on top, unless a role is configured elsewhere
}

// role is a role to take on with the keys of another source.
type role struct {
	AssumeRole
	origin string
	sts    stsHost
}

// stsHost says which STS is asked: the endpoint if there is one, else that of the region.
type stsHost struct {
	endpoint string
	region   string
	vpc      bool
}

// value is a configured value and where it was found.
type value struct{ text, origin string }

type resolver struct{ Config }

func resolve(cfg Config) (*Source, error) {
	r := &resolver{cfg}
	if err := r.checkSTSEndpoint(); err != nil {
		return nil, err
	}
	base, err := r.block()
	if base == nil && err == nil {
		base, err = r.environment()
	}
	if err != nil {
		return nil, err
	}

	region := strings.TrimSpace(cfg.Region)
	p, err := r.profile(base == nil)
	if p != nil {
		if region == "" {
			region = p.region("region_id")
		}
		if err = p.err; err == nil {
			base, err = r.besideProfile(base, p)
		}
	}
	if err != nil {
		if r.namesProfile() {
			return nil, err
		}
		// No one asked for the CLI's own profile, so it is in no one's way until keys
		// are needed.
		return &Source{region: region, problem: err}, nil
	}

	if base != nil && base.kind == kindECS && strings.EqualFold(r.env(metadataOffVariable), "true") {
		err := &ConfigError{
			Argument: "ecs_role_name",
			Origin:   metadataOffVariable,
			Reason:   "it forbids asking the metadata service, and the keys are those of an ECS role",
			Remedy:   "Unset it or sign in another way.",
		}
		if p != nil && !r.namesProfile() {
			return &Source{region: region, problem: err}, nil
		}
		return nil, err
	}
	top, err := r.assumeRole(base)
	if err != nil {
		return nil, err
	}
	if base == nil {
		source := &Source{region: region}
		if top != nil {
			source.problem = &ConfigError{
				Argument: "assume_role",
				Origin:   top.origin,
				Reason:   "a role is to be assumed, but nothing says with which keys",
				Remedy:   "Configure a key pair, ecs_role_name, assume_role_with_oidc, credentials_uri or profile besides.",
			}
		}
		return source, nil
	}
	sts := stsHost{endpoint: r.STSEndpoint, region: region}
	source := &Source{head: base.link(sts), lifetime: base.lifetime, region: region}
	if top != nil {
		source.head = assumeRole(source.head, top, top.sts.or(sts))
		source.lifetime = time.Duration(top.SessionExpiration) * time.Second
	}
	return source, nil
}

// block is the source that the provider block names.
func (r *resolver) block() (*method, error) {
	var found []*method
	key, err := r.blockKey()
	if err != nil {
		return nil, err
	}
	if key != nil {
		found = append(found, key)
	}
	if r.AssumeRoleWithOIDC != nil {
		oidc, err := r.oidc(*r.AssumeRoleWithOIDC, inBlock)
		if err != nil {
			return nil, err
		}
		found = append(found, oidc)
	}
	if name := strings.TrimSpace(r.ECSRoleName); name != "" {
		ecs, err := ecsRoleMethod(value{name, inBlock})
		if err != nil {
			return nil, err
		}
		found = append(found, ecs)
	}
	if uri := strings.TrimSpace(r.CredentialsURI); uri != "" {
		uri, err := credentialsURI(value{uri, inBlock})
		if err != nil {
			return nil, err
		}
		found = append(found, uri)
	}
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	return nil, &ConfigError{
		Argument: string(found[1].kind),
		Origin:   inBlock,
		Reason:   fmt.Sprintf("%s and %s contradict each other, each says who calls", found[0].kind, found[1].kind),
		Remedy:   "Keep one of them.",
	}
}

// environment is the source that the environment names: a key pair, OIDC, an ECS role, a URI, in this order.
func (r *resolver) environment() (*method, error) {
	if key, err := r.environmentKey(); key != nil || err != nil {
		return key, err
	}
	if r.env(oidcProviderVariable) != "" {
		return r.oidc(AssumeRoleWithOIDC{}, inEnvironment)
	}
	if role := r.pick("", ecsRoleVariables...); role.text != "" {
		return ecsRoleMethod(role)
	}
	if uri := r.pick("", uriVariables...); uri.text != "" {
		return credentialsURI(uri)
	}
	return nil, nil
}

// profile reads the profile if it is named, or if nothing else says who calls.
// Without a name and a file, there need not be one.
func (r *resolver) profile(needed bool) (*profile, error) {
	name := r.pick(r.Profile, profileVariables...)
	if name.text == "" && !needed {
		return nil, nil
	}
	return loadProfile(r.pick(r.SharedCredentialsFile, fileVariables...), name)
}

// namesProfile reports whether a profile or its file is named anywhere.
func (r *resolver) namesProfile() bool {
	return r.pick(r.Profile, profileVariables...).text != "" || r.pick(r.SharedCredentialsFile, fileVariables...).text != ""
}

// besideProfile lets base, which comes from block or environment, beat the profile, or takes the profile's source.
// An ECS role or a URI beside a named profile of another kind is refused: which of the two is meant cannot be told.
func (r *resolver) besideProfile(base *method, p *profile) (*method, error) {
	if base == nil {
		return p.method(nil)
	}
	if (base.kind == kindECS || base.kind == kindURI) && p.named && p.kind() != base.kind {
		return nil, &ConfigError{
			Argument: "profile",
			Origin:   p.origin(),
			Reason:   fmt.Sprintf("it and %s, which is configured too, contradict each other, each says who calls", base.kind),
			Remedy:   "Keep one of them.",
		}
	}
	return base, nil
}

func (r *resolver) blockKey() (*method, error) {
	id, secret, token := strings.TrimSpace(r.AccessKey), strings.TrimSpace(r.SecretKey), strings.TrimSpace(r.SecurityToken)
	refuse := func(missing, present string) error {
		return &ConfigError{
			Argument: missing,
			Origin:   inBlock,
			Reason:   present + " is set without " + missing,
			Remedy:   "Set both or neither; the other half is never taken from the environment or a profile.",
		}
	}
	switch {
	case id != "" && secret != "" && token == "" && isTemporary(id):
		return nil, refuse("security_token", "a temporary access_key")
	case id != "" && secret != "":
		return staticKey(id, secret, token, inBlock), nil
	case id != "":
		return nil, refuse("secret_key", "access_key")
	case secret != "":
		return nil, refuse("access_key", "secret_key")
	case token != "":
		return nil, refuse("access_key", "security_token")
	}
	return nil, nil
}

// environmentKey takes the first family that has an access key. A part that the family lacks
// is taken from a family without a key of its own, whose part cannot belong to another key.
func (r *resolver) environmentKey() (*method, error) {
	chosen := -1
	for i, family := range keyVariables {
		if r.env(family.id) != "" {
			chosen = i
			break
		}
	}
	part := func(variable func(int) string) value {
		if chosen >= 0 && r.env(variable(chosen)) != "" {
			return value{r.env(variable(chosen)), variable(chosen)}
		}
		for i, family := range keyVariables {
			if r.env(family.id) == "" && r.env(variable(i)) != "" {
				return value{r.env(variable(i)), variable(i)}
			}
		}
		return value{}
	}
	secret := part(func(i int) string { return keyVariables[i].secret })
	token := part(func(i int) string { return keyVariables[i].token })
	refuse := func(argument, present, missing string) error {
		return &ConfigError{
			Argument: argument,
			Origin:   inEnvironment,
			Reason:   present + " is set without " + missing,
			Remedy:   "Set both or neither; the other half is never taken from another access key or a profile.",
		}
	}
	switch {
	case chosen < 0 && secret.text != "":
		return nil, refuse("access_key", secret.origin, "an access key such as ALICLOUD_ACCESS_KEY")
	case chosen < 0 && token.text != "":
		return nil, refuse("access_key", token.origin, "an access key such as ALICLOUD_ACCESS_KEY")
	case chosen < 0:
		return nil, nil
	case secret.text == "":
		return nil, refuse("secret_key", keyVariables[chosen].id, keyVariables[chosen].secret)
	case token.text == "" && isTemporary(r.env(keyVariables[chosen].id)):
		return nil, refuse("security_token", keyVariables[chosen].id+", which is a temporary key,", keyVariables[chosen].token)
	}
	return staticKey(r.env(keyVariables[chosen].id), secret.text, token.text, inEnvironment), nil
}

// isTemporary reports whether an access key is good with a security token alone.
func isTemporary(accessKey string) bool {
	return strings.HasPrefix(accessKey, "STS.")
}

func ecsRoleMethod(name value) (*method, error) {
	if !isWord(name.text) {
		return nil, &ConfigError{
			Argument: "ecs_role_name",
			Origin:   name.origin,
			Reason:   "the name of a RAM role has letters, digits, dots, hyphens and underscores alone",
			Remedy:   "Give the role's name, not its ARN.",
		}
	}
	return &method{kind: kindECS, link: func(stsHost) *link { return ecsRole(name.text, name.origin) }}, nil
}

// oidc completes the block by the environment, argument by argument; the token comes from one place alone.
func (r *resolver) oidc(block AssumeRoleWithOIDC, origin string) (*method, error) {
	refuse := func(argument, reason, remedy string) error {
		return &ConfigError{Argument: "assume_role_with_oidc." + argument, Origin: origin, Reason: reason, Remedy: remedy}
	}
	o := AssumeRoleWithOIDC{
		ProviderARN: r.pick(block.ProviderARN, oidcProviderVariable).text,
		RoleARN:     r.pick(block.RoleARN, sharedRoleVariable).text,
		SessionName: r.pick(block.SessionName, oidcSessionVariable).text,
		Policy:      block.Policy,
		Token:       strings.TrimSpace(block.Token),
		TokenFile:   strings.TrimSpace(block.TokenFile),
	}
	if o.SessionName == "" {
		o.SessionName = defaultSessionName
	}
	if o.Token == "" && o.TokenFile == "" {
		o.Token, o.TokenFile = r.env(oidcTokenVariable), r.env(oidcTokenFileVariable)
	}
	if o.Token == "" && o.TokenFile == "" {
		o.Token = r.env(hcpTokenVariable)
	}
	switch {
	case o.ProviderARN == "":
		return nil, refuse("oidc_provider_arn", "the ARN of the OIDC provider is missing", "Set it, or "+oidcProviderVariable+".")
	case o.RoleARN == "":
		return nil, refuse("role_arn", "the ARN of the role is missing", "Set it, or "+sharedRoleVariable+".")
	case o.Token == "" && o.TokenFile == "":
		return nil, refuse("oidc_token", "neither a token nor a token file is given",
			"Set oidc_token or oidc_token_file, or "+oidcTokenVariable+" or "+oidcTokenFileVariable+"; in HCP Terraform set TFC_WORKLOAD_IDENTITY_AUDIENCE for the workspace.")
	}
	var ok bool
	if o.SessionExpiration, ok = expiration(block.SessionExpiration); !ok {
		return nil, refuse("session_expiration", badExpiration, expirationRemedy)
	}
	return oidcMethod(o, origin, stsHost{}), nil
}

// assumeRole is the role to take on with base: that of block or environment, completed by the one of the profile.
func (r *resolver) assumeRole(base *method) (*role, error) {
	role := &role{}
	var profiled AssumeRole
	if base != nil && base.role != nil {
		profiled = base.role.AssumeRole
		role.sts = base.role.sts
	}
	block := r.AssumeRole
	variables := []string{roleVariable, sharedRoleVariable}
	if block == nil {
		block = &AssumeRole{}
		if r.AssumeRoleWithOIDC != nil || r.env(oidcProviderVariable) != "" {
			// There the shared variable speaks of the role that the OIDC token is for.
			variables = variables[:1]
		}
	}
	arn := r.pick(block.RoleARN, variables...)
	if arn.text == "" && profiled.RoleARN != "" {
		arn = value{profiled.RoleARN, base.role.origin}
	}
	if arn.text == "" {
		if r.AssumeRole == nil {
			return nil, nil
		}
		return nil, &ConfigError{
			Argument: "assume_role.role_arn",
			Origin:   inBlock,
			Reason:   "the ARN of the role is missing",
			Remedy:   "Set it, or " + roleVariable + ".",
		}
	}
	role.origin = arn.origin
	role.RoleARN = arn.text
	role.SessionName = firstOf(r.pick(block.SessionName, sessionVariables...).text, profiled.SessionName, defaultSessionName)
	role.Policy, role.ExternalID = block.Policy, block.ExternalID
	if role.RoleARN == profiled.RoleARN { // made for that role, and for no other
		role.Policy = firstOf(role.Policy, profiled.Policy)
		role.ExternalID = firstOf(role.ExternalID, profiled.ExternalID)
	}
	return role, r.roleExpiration(role, block.SessionExpiration, profiled.SessionExpiration)
}

func (r *resolver) roleExpiration(role *role, block, profiled int64) error {
	seconds, origin := block, inBlock
	if text := r.env(expirationVariable); seconds == 0 && text != "" {
		origin = expirationVariable
		// What is no number is out of range too.
		seconds = -1
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			seconds = n
		}
	}
	if seconds == 0 {
		seconds = profiled
	}
	var ok bool
	if role.SessionExpiration, ok = expiration(seconds); !ok {
		return &ConfigError{Argument: "assume_role.session_expiration", Origin: origin, Reason: badExpiration, Remedy: expirationRemedy}
	}
	return nil
}

// checkSTSEndpoint accepts host, host:port and an https URL of either, and keeps host or host:port.
func (r *resolver) checkSTSEndpoint() error {
	text := strings.TrimSpace(r.STSEndpoint)
	r.STSEndpoint = strings.TrimSuffix(strings.TrimPrefix(text, "https://"), "/")
	if text == "" {
		return nil
	}
	if u, err := url.Parse("https://" + r.STSEndpoint); err == nil && u.Host == r.STSEndpoint && u.Hostname() != "" {
		return nil
	}
	return &ConfigError{
		Argument: "endpoints.sts",
		Origin:   inBlock,
		Reason:   "it is neither host nor host:port; STS is called by HTTPS",
		Remedy:   `Write it like "sts.cn-hangzhou.aliyuncs.com".`,
	}
}

// pick is the block's value, or the first of the variables that is set.
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

func (r *resolver) env(name string) string {
	return strings.TrimSpace(r.Getenv(name))
}

// host is the STS that is asked. It is never left to credentials-go, which would
// look into the environment.
func (s stsHost) host() string {
	switch {
	case s.endpoint != "":
		return s.endpoint
	case s.region == "":
		return "sts.aliyuncs.com"
	case s.vpc:
		return "sts-vpc." + s.region + ".aliyuncs.com"
	}
	return "sts." + s.region + ".aliyuncs.com"
}

// or completes s by what holds for the provider; its endpoint beats both regions.
func (s stsHost) or(other stsHost) stsHost {
	return stsHost{endpoint: other.endpoint, region: firstOf(s.region, other.region), vpc: s.vpc}
}

const (
	badExpiration    = "the session expiration is not between 900 and 43200 seconds"
	expirationRemedy = "Give a whole number of seconds in that range."
)

// expiration is the session's length in seconds, the default for 0, and whether it is in range.
func expiration(seconds int64) (int64, bool) {
	if seconds == 0 {
		return defaultExpiration, true
	}
	return seconds, minExpiration <= seconds && seconds <= maxExpiration
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
