package credentials

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	defaultFile   = "~/.aliyun/config.json"
	maxFileSize   = 1 << 20
	supportedMode = "AK, StsToken, RamRoleArn, EcsRamRole, RamRoleArnWithRoleName, ChainableRamRoleArn, OIDC, CredentialsURI, CloudSSO, External or OAuth"
)

var errNotSmall = errors.New("no regular file, or too large")

// configFile is the aliyun CLI's configuration. Its profiles stay raw until one is used,
// so that a fault in another profile does no harm.
type configFile struct {
	path     string
	current  string
	names    []string
	profiles []map[string]json.RawMessage
}

// profile is one profile of the file. Fields are decoded as they are asked for; err is the first fault found.
type profile struct {
	file  *configFile
	name  string
	named bool // by block or environment, not the file's current one
	raw   map[string]json.RawMessage
	err   error
}

// loadProfile reads the profile, the file's current one if it has no name here. Without a path it is
// the CLI's own file, which may be missing if no name is given: then the profile is nil.
func loadProfile(path, name value) (*profile, error) {
	origin := path.origin
	if path.text == "" {
		path.text, origin = defaultFile, name.origin
	}
	absolute, err := expandHome(path.text)
	var content []byte
	if err == nil {
		content, err = readSmallFile(absolute)
	}
	if path.origin == "" && name.text == "" && (absolute == "" || errors.Is(err, fs.ErrNotExist)) {
		return nil, nil
	}
	if err != nil {
		reason := "the file " + fileFailure(err)
		if origin != "" {
			reason += " (it is asked for by " + origin + ")"
		}
		return nil, fileError(path.text, "", reason, `Check shared_credentials_file, or write the file by "aliyun configure".`)
	}
	file, err := parseFile(path.text, content)
	if err != nil {
		return nil, err
	}
	if name.text != "" {
		p := file.profile(name.text)
		if p == nil {
			return nil, &ConfigError{
				Argument: "profile",
				Origin:   name.origin,
				Reason:   fmt.Sprintf("there is no profile %q in %s", name.text, path.text),
				Remedy:   "The file has: " + file.list() + ".",
			}
		}
		p.named = true
		return p, nil
	}
	p := file.profile(file.current)
	if p == nil {
		return nil, fileError(path.text, "current", "it names no profile of the file", "Set profile to one of: "+file.list()+".")
	}
	return p, nil
}

// parseFile takes content apart as far as the names of the profiles.
func parseFile(path string, content []byte) (*configFile, error) {
	refuse := func(field, reason string) (*configFile, error) {
		return nil, fileError(path, field, reason, `Mend the file, or write it anew by "aliyun configure".`)
	}
	if bytes.HasPrefix(content, []byte("\xef\xbb\xbf")) || bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")) {
		return refuse("", "the file begins with a byte order mark; it must be UTF-8 without one")
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(content, &top); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			line := 1 + bytes.Count(content[:min(int(syntax.Offset), len(content))], []byte("\n"))
			return refuse("", fmt.Sprintf("the file is no valid JSON, line %d", line))
		}
		return refuse("", "the file holds no JSON object")
	}
	var entries []json.RawMessage
	if err := json.Unmarshal(top["profiles"], &entries); err != nil || len(entries) == 0 {
		return refuse("profiles", "it is no list with a profile in it")
	}
	file := &configFile{path: path}
	var ok bool
	if raw, found := top["current"]; found {
		if file.current, ok = text(raw); !ok {
			return refuse("current", "it is no string")
		}
	}
	for i, entry := range entries {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(entry, &fields); err != nil || fields == nil {
			return refuse(fmt.Sprintf("profiles[%d]", i), "it is no object")
		}
		name, ok := text(fields["name"])
		if !ok {
			return refuse(fmt.Sprintf("profiles[%d].name", i), "it is no string")
		}
		file.names = append(file.names, name)
		file.profiles = append(file.profiles, fields)
	}
	return file, nil
}

// profile is the first profile of that name, as it is for the CLI, or nil.
func (f *configFile) profile(name string) *profile {
	i := slices.Index(f.names, name)
	if i < 0 {
		return nil
	}
	return &profile{file: f, name: name, raw: f.profiles[i]}
}

func (f *configFile) list() string {
	quoted := make([]string, len(f.names))
	for i, name := range f.names {
		quoted[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(quoted, ", ")
}

// method is the profile's way to obtain keys. Above are the profiles that it is a source of, to find a cycle.
func (p *profile) method(above []string) (*method, error) {
	var m *method
	switch strings.ToLower(p.text("mode")) {
	case "", "ak":
		m = p.staticKey("")
	case "ststoken":
		m = p.staticKey(p.required("sts_token"))
	case "ramrolearn":
		m = p.staticKey(p.text("sts_token"))
		m.role = p.role()
	case "ecsramrole":
		m = p.ecsRole()
	case "ramrolearnwithrolename", "ramrolearnwithecs":
		m = p.ecsRole()
		m.role = p.role()
	case "chainableramrolearn":
		return p.chained(above)
	case "oidc":
		m = p.oidc()
	case "credentialsuri":
		m = p.uri()
	case "cloudsso":
		l := cloudSSO(p)
		m = &method{link: func(stsHost) *link { return l }}
	case "external":
		l := external(p)
		m = &method{link: func(stsHost) *link { return l }}
	case "oauth":
		l := oauth(p)
		m = &method{link: func(stsHost) *link { return l }}
	default:
		p.refuse("mode", "it is not supported", "Use "+supportedMode+".")
	}
	return m, p.err
}

// kind is that of the argument that the profile's mode is the like of, if any.
func (p *profile) kind() kind {
	switch strings.ToLower(p.text("mode")) {
	case "ecsramrole", "ramrolearnwithrolename", "ramrolearnwithecs":
		return kindECS
	case "credentialsuri":
		return kindURI
	}
	return ""
}

func (p *profile) staticKey(token string) *method {
	return staticKey(p.required("access_key_id"), p.required("access_key_secret"), token, p.origin())
}

func (p *profile) ecsRole() *method {
	name := p.text("ram_role_name")
	if name != "" && !isWord(name) {
		p.refuse("ram_role_name", "the name of a RAM role has letters, digits, dots, hyphens and underscores alone", "Give the role's name, not its ARN.")
	}
	return &method{kind: kindECS, link: func(stsHost) *link { return ecsRole(name, p.origin()) }}
}

func (p *profile) uri() *method {
	uri := p.required("credentials_uri")
	m, err := credentialsURI(value{uri, p.origin()})
	if err != nil {
		p.refuse("credentials_uri", "it is no http or https URL", `Write it like "http://localhost:8080/credentials".`)
	}
	return m
}

func (p *profile) oidc() *method {
	o := AssumeRoleWithOIDC{
		ProviderARN:       p.required("oidc_provider_arn"),
		Token:             p.text("oidc_token"),
		RoleARN:           p.required("ram_role_arn"),
		SessionName:       firstOf(p.text("ram_session_name"), defaultSessionName),
		Policy:            p.text("policy"),
		SessionExpiration: p.expiration(),
	}
	if o.Token == "" {
		o.TokenFile = p.required("oidc_token_file")
	}
	return oidcMethod(o, p.origin(), p.sts())
}

// chained is the role of the profile on top of whatever its source profile is.
func (p *profile) chained(above []string) (*method, error) {
	above = append(above, p.name)
	role, source := p.role(), p.required("source_profile")
	if p.err != nil {
		return nil, p.err
	}
	if slices.Contains(above, source) {
		p.refuse("source_profile", fmt.Sprintf("the source profiles lead in a circle: %q", append(above, source)), "Let the chain end in a profile with keys of its own.")
		return nil, p.err
	}
	below := p.file.profile(source)
	if below == nil {
		p.refuse("source_profile", fmt.Sprintf("there is no profile %q", source), "The file has: "+p.file.list()+".")
		return nil, p.err
	}
	base, err := below.method(above)
	if err != nil {
		return nil, err
	}
	return &method{
		lifetime: time.Duration(role.SessionExpiration) * time.Second,
		link: func(sts stsHost) *link {
			l := base.link(sts)
			if base.role != nil {
				l = assumeRole(l, base.role, base.role.sts.or(sts))
			}
			return assumeRole(l, role, role.sts.or(sts))
		},
	}, nil
}

func (p *profile) role() *role {
	return &role{
		AssumeRole: AssumeRole{
			RoleARN:           p.required("ram_role_arn"),
			SessionName:       firstOf(p.text("ram_session_name"), defaultSessionName),
			Policy:            p.text("policy"),
			ExternalID:        p.text("external_id"),
			SessionExpiration: p.expiration(),
		},
		origin: p.origin(),
		sts:    p.sts(),
	}
}

func (p *profile) sts() stsHost {
	return stsHost{region: p.region("sts_region"), vpc: p.flag("enable_vpc")}
}

func (p *profile) expiration() int64 {
	seconds, ok := expiration(p.number("expired_seconds"))
	if !ok {
		p.refuse("expired_seconds", badExpiration, expirationRemedy)
	}
	return seconds
}

func (p *profile) origin() string {
	return fmt.Sprintf("profile %q of %s", p.name, p.file.path)
}

// The form is that of ecsapi.RegionID: this package knows nothing of ECS.
const maxRegionID = 63 // characters, as in a label of a host name

var regionID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// region reads a field that becomes part of a host name.
func (p *profile) region(field string) string {
	region := p.text(field)
	if region != "" && (len(region) > maxRegionID || !regionID.MatchString(region)) {
		p.refuse(field, "a region has lower-case letters, digits and hyphens alone", `Write it like "cn-hangzhou".`)
		return ""
	}
	return region
}

// httpHost is the host of an http or https URL in a field.
func (p *profile) httpHost(field, text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		p.refuse(field, "it is no http or https URL", `Configure the profile anew by "aliyun configure".`)
		return ""
	}
	return u.Host
}

func (p *profile) required(field string) string {
	s := p.text(field)
	if s == "" {
		p.refuse(field, "it is missing or empty", `Add it, or configure the profile anew by "aliyun configure --profile `+p.name+`".`)
	}
	return s
}

func (p *profile) text(field string) string {
	raw, found := p.raw[field]
	if !found {
		return ""
	}
	s, ok := text(raw)
	if !ok {
		p.refuse(field, "it is no string", "Write it in quotes, or leave it out.")
	}
	return strings.TrimSpace(s)
}

func (p *profile) number(field string) int64 {
	raw, found := p.raw[field]
	if !found {
		return 0
	}
	var n *int64
	if json.Unmarshal(raw, &n) != nil || n == nil {
		p.refuse(field, "it is no whole number", "Write it without quotes, or leave it out.")
		return 0
	}
	return *n
}

func (p *profile) flag(field string) bool {
	raw, found := p.raw[field]
	if !found {
		return false
	}
	var b *bool
	if json.Unmarshal(raw, &b) != nil || b == nil {
		p.refuse(field, "it is neither true nor false", "Write it without quotes, or leave it out.")
		return false
	}
	return *b
}

// refuse keeps the first fault, which is the one that the user is told.
func (p *profile) refuse(field, reason, remedy string) {
	if p.err == nil {
		p.err = &ConfigError{Argument: "profile", Origin: p.origin(), Field: field, Reason: reason, Remedy: remedy}
	}
}

func fileError(path, field, reason, remedy string) error {
	return &ConfigError{Argument: "shared_credentials_file", Origin: path, Field: field, Reason: reason, Remedy: remedy}
}

// text decodes a JSON string; null, which encoding/json would take for an empty one, is none.
func text(raw json.RawMessage) (string, bool) {
	var s *string
	if json.Unmarshal(raw, &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}

// expandHome replaces a leading ~ by the home directory.
func expandHome(path string) (string, error) {
	if path != "~" && !strings.HasPrefix(path, "~/") && !strings.HasPrefix(path, `~\`) {
		return path, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, path[1:]), nil
}

// readSmallFile reads a regular file of at most 1 MiB; a pipe or a device could block for ever.
func readSmallFile(path string) ([]byte, error) {
	path, err := expandHome(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotSmall
	}
	file, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err == nil && len(content) > maxFileSize {
		err = errNotSmall
	}
	return content, err
}
