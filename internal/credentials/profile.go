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
	maxFileSize   = 1 << 20 // bytes
	supportedMode = "AK, StsToken, RamRoleArn, EcsRamRole, RamRoleArnWithRoleName, ChainableRamRoleArn, OIDC, CredentialsURI, " +
		"CloudSSO, External or OAuth"
)

var errNotSmall = errors.New("not a regular file, or too large")

// configFile is the aliyun CLI's configuration. The fields of its profiles are
// decoded when they are used, so that a fault in another profile does no harm.
type configFile struct {
	path     string
	names    []string
	Profiles []map[string]json.RawMessage `json:"profiles"`
}

// profile is one profile of the file. Its mistakes are refused by the resolver.
type profile struct {
	resolver *resolver
	file     *configFile
	name     string
	origin   string
	raw      map[string]json.RawMessage
}

// loadProfile reads the profile of a name, if there is one. Without a path it is
// in the CLI's own file. The error is that file or profile does not exist, which
// may not matter.
func (r *resolver) loadProfile(path, name value) (*profile, error) {
	if name.text == "" {
		return nil, nil
	}
	if path.text == "" {
		path.text, path.origin = "~/.aliyun/config.json", name.origin
	}
	content, err := readSmallFile(path.text)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, mistake("shared_credentials_file", value{origin: path.text},
			fmt.Sprintf("the file does not exist (needed for profile %q, by %s)", name.text, path.origin),
			`Check shared_credentials_file, or write the file with "aliyun configure".`)
	case err != nil:
		r.refuse(fileError(path.text, path.origin, "", "the file "+fileFailure(err)))
		return nil, nil
	}
	file, err := parseFile(path.text, path.origin, content)
	if err != nil {
		r.refuse(err)
		return nil, nil
	}
	return r.profile(file, name.text, value{origin: name.origin})
}

// fileError is a fault of a file that something led to.
func fileError(path, origin, field, reason string) error {
	remedy := "Fix the file, or move it away and write it again with \"aliyun configure\"."
	if origin != inBlock {
		remedy += " If another tool needs it as it is, set shared_credentials_file to the aliyun CLI's own, ~/.aliyun/config.json."
	}
	return mistake("shared_credentials_file", value{origin: path, field: field}, reason+" (it is read because of "+origin+")", remedy)
}

// parseFile takes content apart as far as the fields of the profiles.
func parseFile(path, origin string, content []byte) (*configFile, error) {
	file := &configFile{path: path}
	err := json.Unmarshal(content, file)
	syntax, malformed := errors.AsType[*json.SyntaxError](err)
	mistyped, _ := errors.AsType[*json.UnmarshalTypeError](err)
	field, reason := "", ""
	switch {
	case bytes.HasPrefix(content, []byte("\xef\xbb\xbf")), bytes.HasPrefix(content, []byte("\xff\xfe")),
		bytes.HasPrefix(content, []byte("\xfe\xff")):
		reason = "the file begins with a byte order mark; it must be UTF-8 without one"
	case malformed && regexp.MustCompile(`(?m)^\s*\[[^\[\]{}",]+\]\s*$`).Match(content): // the head of a section
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

// profile returns the profile of a name, or the error that it does not exist.
// Two of one name are refused.
func (r *resolver) profile(file *configFile, name string, at value) (*profile, error) {
	i := slices.Index(file.names, name)
	if i < 0 {
		names := strings.ReplaceAll(strings.Trim(fmt.Sprintf("%q", file.names), "[]"), `" "`, `", "`)
		return nil, mistake("profile", at, fmt.Sprintf("there is no profile %q in %s", name, file.path), "The file has: "+names+".")
	}
	if slices.Contains(file.names[i+1:], name) {
		r.refuse(mistake("profile", at, fmt.Sprintf("there are two profiles %q in %s, and the aliyun CLI takes the first, "+
			"the official provider the last", name, file.path), "Remove or rename one of them."))
	}
	return &profile{resolver: r, file: file, name: name, origin: fmt.Sprintf("profile %q of %s", name, file.path), raw: file.Profiles[i]}, nil
}

// has reports whether there is a profile, of one of the modes: in any case where
// they are in lower case, and otherwise spelled as they are.
func (p *profile) has(modes ...string) bool {
	return p != nil && (slices.Contains(modes, strings.ToLower(p.text("mode"))) || slices.Contains(modes, p.text("mode")))
}

// pair returns the profile's key pair.
func (p *profile) pair(token string) fetch {
	return static(p.required("access_key_id"), p.required("access_key_secret"), token, p.origin)
}

// method returns the profile's own way to get keys, and its role if it has one.
// Above are the profiles that it is a source of, to find a cycle.
func (r *resolver) method(p *profile, above []string) (fetch, *role) {
	switch strings.ToLower(p.text("mode")) { // the CLI accepts any case
	case "", "ak":
		return p.pair(""), nil
	case "ststoken":
		return p.pair(p.required("sts_token")), nil
	case "ramrolearn":
		token := p.text("sts_token")
		if !strings.HasPrefix(p.text("access_key_id"), "STS.") {
			token = "" // left behind by a temporary key
		}
		return p.pair(token), p.role()
	case "ecsramrole":
		return r.ecsRole("profile", p.value("ram_role_name")), nil
	case "ramrolearnwithrolename", "ramrolearnwithecs":
		return r.ecsRole("profile", p.value("ram_role_name")), p.role()
	case "chainableramrolearn":
		return r.chained(p, append(above, p.name)), nil
	case "oidc":
		token, file := p.text("oidc_token"), p.text("oidc_token_file")
		if token == "" {
			file = p.required("oidc_token_file")
		}
		return r.assumeRoleWithOIDC(p.role(), p.required("oidc_provider_arn"), token, file), nil
	case "credentialsuri":
		p.required("credentials_uri")
		return r.credentialsURI("profile", p.value("credentials_uri")), nil
	case "cloudsso":
		return r.cloudSSO(p), nil
	case "external":
		return external(p), nil
	case "oauth":
		return r.oauth(p), nil
	}
	p.refuse("mode", "it is not supported", "Use "+supportedMode+".")
	return nil, nil
}

// chained returns the role of the profile on top of what its source profile is.
func (r *resolver) chained(p *profile, above []string) fetch {
	top, source := p.role(), p.required("source_profile")
	if slices.Contains(above, source) {
		p.refuse("source_profile", fmt.Sprintf("the source profiles lead in a circle: %q", append(above, source)),
			"Let the chain end in a profile with keys of its own.")
		return nil
	}
	below, err := r.profile(p.file, source, value{origin: p.origin, field: "source_profile"})
	if err != nil {
		r.refuse(err)
		return nil
	}
	return r.assumeRole(r.assumeRole(r.method(below, above)), top)
}

// role returns the role that the profile says to assume.
func (p *profile) role() *role {
	if mode := p.text("mode"); p.has("ramrolearn") && mode != "RamRoleArn" {
		p.refuse("mode", fmt.Sprintf("%q means this role to the aliyun CLI, and the bare key pair to the official provider", mode),
			"Write it RamRoleArn.")
	}
	return &role{
		arn:         p.required("ram_role_arn"),
		sessionName: p.text("ram_session_name"),
		policy:      p.text("policy"),
		externalID:  p.text("external_id"),
		expiration:  p.resolver.expiration("profile", value{origin: p.origin, field: "expired_seconds"}, p.number("expired_seconds")),
		origin:      p.origin,
		stsRegion:   p.region("sts_region"),
		vpc:         read[bool](p, "enable_vpc", "true or false"),
	}
}

// regionID is as in ecsapi: this package knows nothing of ECS.
var regionID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// region reads a field that becomes part of a host name.
func (p *profile) region(field string) string {
	region := p.text(field)
	if region != "" && (len(region) > 63 || !regionID.MatchString(region)) { // a label's length
		p.refuse(field, "a region has only lower-case letters, digits and hyphens", `Write it like "cn-hangzhou".`)
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

func (p *profile) value(field string) value { return value{p.text(field), p.origin, field} }

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

func (p *profile) refuse(field, reason, remedy string) {
	p.resolver.refuse(mistake("profile", value{origin: p.origin, field: field}, reason, remedy))
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

// readSmallFile reads a regular file of at most 1 MiB; a pipe or a device could
// block for ever. A leading ~ is the home directory.
func readSmallFile(path string) ([]byte, error) {
	if strings.HasPrefix(path, "~/") || strings.HasPrefix(path, `~\`) {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, err
		}
		path = filepath.Join(home, path[1:])
	}
	switch info, err := os.Stat(path); {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > maxFileSize:
		return nil, errNotSmall
	}
	return os.ReadFile(path) //nolint:gosec // the user names it
}

// fileFailure says why a file could not be read, without its content.
func fileFailure(err error) string {
	switch path, isPath := errors.AsType[*fs.PathError](err); {
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "may not be read"
	case errors.Is(err, errNotSmall):
		return "is not a regular file of at most 1 MiB"
	case isPath:
		err = path.Err
	}
	return "cannot be read: " + err.Error()
}
