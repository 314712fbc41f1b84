package credentials

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	defaultFile   = "~/.aliyun/config.json"
	maxFileSize   = 1 << 20 // bytes
	supportedMode = "AK, StsToken, RamRoleArn, EcsRamRole, RamRoleArnWithRoleName, ChainableRamRoleArn, OIDC, CredentialsURI, CloudSSO, External or OAuth"
)

var errNotSmall = errors.New("not a regular file, or too large")

// configFile is the aliyun CLI's configuration. Its profiles stay raw until one
// is used, so that a fault in another profile does no harm.
type configFile struct {
	path     string
	names    []string
	profiles []map[string]json.RawMessage
}

// profile is one profile of the file. Fields are decoded when they are used; err
// is the first fault found.
type profile struct {
	file *configFile
	name string
	raw  map[string]json.RawMessage
	err  error
}

// loadProfile reads the profile of a name, if there is one. Without a path it is
// in the CLI's own file. That file or profile does not exist is the first error,
// which may not matter; the second is a file that is not what it should be.
func loadProfile(path, name value) (p *profile, absent, err error) {
	if name.text == "" {
		return nil, nil, nil
	}
	origin := path.origin
	if path.text == "" {
		path.text, origin = defaultFile, name.origin
	}
	content, failure := readSmallFile(path.text)
	switch {
	case errors.Is(failure, fs.ErrNotExist):
		return nil, mistake("shared_credentials_file", path.text, fmt.Sprintf("the file does not exist (needed for profile %q, by %s)", name.text, origin),
			`Check shared_credentials_file, or write the file with "aliyun configure".`), nil
	case failure != nil:
		return nil, nil, fileError(path.text, origin, "", "the file "+fileFailure(failure))
	}
	file, err := parseFile(path.text, origin, content)
	if err != nil {
		return nil, nil, err
	}
	p, absent = file.profile(name.text, ConfigError{Argument: "profile", Origin: name.origin})
	return p, absent, nil
}

// fileError is a fault of a file that something led to.
func fileError(path, origin, field, reason string) error {
	remedy := "Fix the file, or move it away and write it again with \"aliyun configure\"."
	if origin != inBlock {
		remedy += " If another tool needs it as it is, set shared_credentials_file to the aliyun CLI's own, ~/.aliyun/config.json."
	}
	return &ConfigError{
		Argument: "shared_credentials_file",
		Origin:   path,
		Field:    field,
		Reason:   reason + " (it is read because of " + origin + ")",
		Remedy:   remedy,
	}
}

// parseFile takes content apart as far as the names of the profiles.
func parseFile(path, origin string, content []byte) (*configFile, error) {
	refuse := func(field, reason string) (*configFile, error) { return nil, fileError(path, origin, field, reason) }
	if bytes.HasPrefix(content, []byte("\xef\xbb\xbf")) || bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")) {
		return refuse("", "the file begins with a byte order mark; it must be UTF-8 without one")
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(content, &top); err != nil {
		syntax, ok := errors.AsType[*json.SyntaxError](err)
		switch {
		case regexp.MustCompile(`(?m)^\s*\[[^\[\]{}",]+\]\s*$`).Match(content):
			return refuse("", "the file is in the INI form of Alibaba Cloud's SDKs, not in the JSON form of the aliyun CLI")
		case ok:
			line := 1 + bytes.Count(content[:min(int(syntax.Offset), len(content))], []byte("\n"))
			return refuse("", fmt.Sprintf("the file is not valid JSON, line %d", line))
		}
		return refuse("", "the file does not hold a JSON object")
	}
	var entries []json.RawMessage
	if err := json.Unmarshal(top["profiles"], &entries); err != nil || len(entries) == 0 {
		return refuse("profiles", "it is not a list with a profile in it")
	}
	file := &configFile{path: path}
	for i, entry := range entries {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(entry, &fields); err != nil || fields == nil {
			return refuse(fmt.Sprintf("profiles[%d]", i), "it is not an object")
		}
		name, ok := text(fields["name"])
		if !ok {
			return refuse(fmt.Sprintf("profiles[%d].name", i), "it is not a string")
		}
		file.names = append(file.names, name)
		file.profiles = append(file.profiles, fields)
	}
	return file, nil
}

// profile returns the profile of a name, or the fault that there is none, or
// more than one: the CLI takes the first, the official provider the last.
func (f *configFile) profile(name string, fault ConfigError) (*profile, error) {
	i := slices.Index(f.names, name)
	switch {
	case i < 0:
		fault.Reason = fmt.Sprintf("there is no profile %q in %s", name, f.path)
		fault.Remedy = "The file has: " + f.list() + "."
		return nil, &fault
	case slices.Contains(f.names[i+1:], name):
		fault.Reason = fmt.Sprintf("there are two profiles %q in %s, and the aliyun CLI takes the first, the official provider the last", name, f.path)
		fault.Remedy = "Remove or rename one of them."
		return &profile{file: f, name: name, err: &fault}, nil
	}
	return &profile{file: f, name: name, raw: f.profiles[i]}, nil
}

func (f *configFile) list() string {
	quoted := make([]string, len(f.names))
	for i, name := range f.names {
		quoted[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(quoted, ", ")
}

// mode returns the profile's mode in lower case: the CLI accepts any.
func (p *profile) mode() string { return strings.ToLower(p.text("mode")) }

// has reports whether there is a profile, of one of the modes.
func (p *profile) has(modes ...string) bool { return p != nil && slices.Contains(modes, p.mode()) }

// pair returns the profile's key pair.
func (p *profile) pair(token string) fetch {
	return static(p.required("access_key_id"), p.required("access_key_secret"), token, p.origin())
}

// method returns the profile's own way to get keys, with its role if it has one.
// Above are the profiles that it is a source of, to find a cycle.
func (r *resolver) method(p *profile, above []string) (m method, err error) {
	switch p.mode() {
	case "", "ak":
		m.fetch = p.pair("")
	case "ststoken":
		m.fetch = p.pair(p.required("sts_token"))
	case "ramrolearn":
		m.fetch, m.role = p.pair(p.text("sts_token")), p.role()
	case "ecsramrole":
		m, err = r.ecsRole(p.roleName())
	case "ramrolearnwithrolename", "ramrolearnwithecs":
		m, err = r.ecsRole(p.roleName())
		m.role = p.role()
	case "chainableramrolearn":
		m.fetch, err = r.chained(p, above)
	case "oidc":
		token := p.text("oidc_token")
		if token == "" {
			p.required("oidc_token_file")
		}
		m.fetch = r.assumeRoleWithOIDC(p.role(), p.required("oidc_provider_arn"), token, p.text("oidc_token_file"))
	case "credentialsuri":
		if uri := p.required("credentials_uri"); httpURL(uri) == nil {
			p.refuse("credentials_uri", "it is not an http or https URL", `Write it like "http://localhost:8080/credentials".`)
		} else {
			m, err = r.credentialsURI(value{uri, p.origin()})
		}
	case "cloudsso":
		m.fetch = r.cloudSSO(p)
	case "external":
		m.fetch = external(p)
	case "oauth":
		m.fetch = r.oauth(p)
	default:
		p.refuse("mode", "it is not supported", "Use "+supportedMode+".")
	}
	if p.err != nil { // the fault of a field says more
		return method{}, p.err
	}
	return m, err
}

// chained returns the role of the profile on top of what its source profile is.
func (r *resolver) chained(p *profile, above []string) (fetch, error) {
	above = append(above, p.name)
	role, source := p.role(), p.required("source_profile")
	if p.err == nil && slices.Contains(above, source) {
		p.refuse("source_profile", fmt.Sprintf("the source profiles lead in a circle: %q", append(above, source)), "Let the chain end in a profile with keys of its own.")
	}
	if p.err != nil {
		return nil, p.err
	}
	below, err := p.file.profile(source, ConfigError{Argument: "profile", Origin: p.origin(), Field: "source_profile"})
	if err != nil {
		return nil, err
	}
	base, err := r.method(below, above)
	if err != nil {
		return nil, err
	}
	if base.role != nil {
		base.fetch = r.assumeRole(base.fetch, base.role)
	}
	return r.assumeRole(base.fetch, role), nil
}

// role returns the role that the profile says to assume.
func (p *profile) role() *role {
	if mode := p.text("mode"); p.has("ramrolearn") && mode != "RamRoleArn" {
		p.refuse("mode", fmt.Sprintf("%q means this role to the aliyun CLI, and the bare key pair to the official provider", mode), "Write it RamRoleArn.")
	}
	expires, ok := expiration(p.number("expired_seconds"))
	if !ok {
		p.refuse("expired_seconds", badExpiration, expirationRemedy)
	}
	return &role{
		Role: Role{SessionName: p.text("ram_session_name"), Policy: p.text("policy"), ExternalID: p.text("external_id"), SessionExpiration: expires},
		arn:  p.required("ram_role_arn"), origin: p.origin(), stsRegion: p.region("sts_region"), vpc: p.flag("enable_vpc"),
	}
}

func (p *profile) roleName() value {
	name := p.text("ram_role_name")
	if name != "" && !isWord(name) {
		p.refuse("ram_role_name", "the name of a RAM role has only letters, digits, dots, hyphens and underscores", "Give the role's name, not its ARN.")
	}
	return value{name, p.origin()}
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
		p.refuse(field, "a region has only lower-case letters, digits and hyphens", `Write it like "cn-hangzhou".`)
		return ""
	}
	return region
}

func (p *profile) required(field string) string {
	s := p.text(field)
	if s == "" {
		p.refuse(field, "it is missing or empty", `Add it, or configure the profile again with "aliyun configure --profile `+p.name+`".`)
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
		p.refuse(field, "it is not a string", "Write it in quotes, or leave it out.")
	}
	return strings.TrimSpace(s)
}

func (p *profile) number(field string) int64 {
	var n *int64
	if raw, found := p.raw[field]; found && (json.Unmarshal(raw, &n) != nil || n == nil) {
		p.refuse(field, "it is not a whole number", "Write it without quotes, or leave it out.")
	}
	if n == nil {
		return 0
	}
	return *n
}

func (p *profile) flag(field string) bool {
	var b *bool
	if raw, found := p.raw[field]; found && (json.Unmarshal(raw, &b) != nil || b == nil) {
		p.refuse(field, "it is neither true nor false", "Write it without quotes, or leave it out.")
	}
	return b != nil && *b
}

// refuse keeps the first fault, which is the one that the user is told.
func (p *profile) refuse(field, reason, remedy string) {
	if p.err == nil {
		p.err = &ConfigError{Argument: "profile", Origin: p.origin(), Field: field, Reason: reason, Remedy: remedy}
	}
}

// text decodes a JSON string; null, which encoding/json would take for an empty
// one, is not one.
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

// readSmallFile reads a regular file of at most 1 MiB; a pipe or a device could
// block for ever.
func readSmallFile(path string) ([]byte, error) {
	path, err := expandHome(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxFileSize) {
		err = errNotSmall
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path) //nolint:gosec // the user names it
}

// fileFailure says why a file could not be read, without its content.
func fileFailure(err error) string {
	path, isPath := errors.AsType[*fs.PathError](err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "may not be read"
	case errors.Is(err, errNotSmall):
		return "is not a regular file of at most 1 MiB"
	case isPath:
		return "cannot be read: " + path.Err.Error()
	}
	return "cannot be read"
}
