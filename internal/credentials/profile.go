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

// configFile is the aliyun CLI's configuration. The fields of its profiles are
// decoded when they are used, so that a fault in another profile does no harm.
type configFile struct {
	path     string
	names    []string
	Profiles []map[string]json.RawMessage `json:"profiles"`
}

// profile is one profile of the file; err is the first fault found in it.
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

// iniSection is a line that begins a section of the SDKs' own file.
var iniSection = regexp.MustCompile(`(?m)^\s*\[[^\[\]{}",]+\]\s*$`)

// parseFile takes content apart as far as the fields of the profiles.
func parseFile(path, origin string, content []byte) (*configFile, error) {
	file := &configFile{path: path}
	err := json.Unmarshal(content, file)
	syntax, malformed := errors.AsType[*json.SyntaxError](err)
	mistyped, _ := errors.AsType[*json.UnmarshalTypeError](err)
	field, reason := "", ""
	switch {
	case bytes.HasPrefix(content, []byte("\xef\xbb\xbf")) || bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")):
		reason = "the file begins with a byte order mark; it must be UTF-8 without one"
	case malformed && iniSection.Match(content):
		reason = "the file is in the INI form of Alibaba Cloud's SDKs, not in the JSON form of the aliyun CLI"
	case malformed:
		reason = fmt.Sprintf("the file is not valid JSON, line %d", 1+bytes.Count(content[:min(int(syntax.Offset), len(content))], []byte("\n")))
	case mistyped != nil && mistyped.Field == "":
		reason = "the file does not hold a JSON object"
	case err != nil || len(file.Profiles) == 0:
		field, reason = "profiles", "it is not a list with a profile in it"
	}
	for i, entry := range file.Profiles {
		name, ok := decode[string](entry["name"])
		if !ok && reason == "" {
			field, reason = fmt.Sprintf("profiles[%d].name", i), "it is not a string"
		}
		file.names = append(file.names, name)
	}
	if reason != "" {
		return nil, fileError(path, origin, field, reason)
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
	return &profile{file: f, name: name, raw: f.Profiles[i]}, nil
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

// has reports whether there is a profile, of one of the modes: in any case where
// they are in lower case, and otherwise spelled as they are.
func (p *profile) has(modes ...string) bool {
	return p != nil && (slices.Contains(modes, p.mode()) || slices.Contains(modes, p.text("mode")))
}

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
		arn:  p.required("ram_role_arn"), origin: p.origin(), stsRegion: p.region("sts_region"), vpc: read[bool](p, "enable_vpc", "true or false"),
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
	return strings.TrimSpace(read[string](p, field, "a string"))
}

func (p *profile) number(field string) int64 { return read[int64](p, field, "a whole number") }

// read returns a field, if there is one of its kind.
func read[T any](p *profile, field, kind string) (v T) {
	raw, found := p.raw[field]
	v, ok := decode[T](raw)
	if found && !ok {
		p.refuse(field, "it is not "+kind, "Correct it, or leave it out.")
	}
	return v
}

// refuse keeps the first fault, which is the one that the user is told.
func (p *profile) refuse(field, reason, remedy string) {
	if p.err == nil {
		p.err = &ConfigError{Argument: "profile", Origin: p.origin(), Field: field, Reason: reason, Remedy: remedy}
	}
}

// decode reads a JSON value; null, which encoding/json would take for an empty
// one, is not one.
func decode[T any](raw json.RawMessage) (v T, ok bool) {
	var got *T
	if json.Unmarshal(raw, &got) != nil || got == nil {
		return v, false
	}
	return *got, true
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
