package credentials

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/credentials/stsmock"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

// What tables are made of.
type (
	env      = map[string]string
	profiles = []map[string]any
)

// argument is one argument of the provider block and every place that can set it.
type argument struct {
	block   func(c *Config, v string)    // sets it and what it cannot do without
	env     []string                     // variables, the stronger ones first
	needs   map[string]string            // variables that a variable cannot do without
	family  bool                         // a variable cannot do without the others of its key
	field   string                       // of the profile
	profile map[string]any               // fields that the field cannot do without
	based   bool                         // a profile has the keys where it does not set the argument
	written func(*Config)                // writes the block without which the variables do not count
	weak    bool                         // the variables come after the profile
	value   func(s *scene, n int) string // the n-th valid value; nil means any text
	seen    func(s *scene) string        // the value that took effect
}

// scene is a test with one mock.
type scene struct {
	*testing.T
	*place
	server *stsmock.Server
}

func (s *scene) param(name string) string {
	s.keys(s.T)
	calls := s.server.Calls()
	return calls[len(calls)-1].Params.Get(name)
}

func param(name string) func(*scene) string {
	return func(s *scene) string { return s.param(name) }
}

func seconds(_ *scene, n int) string { return strconv.Itoa(1000 + n) }

func number(v string) int64 {
	n, _ := strconv.ParseInt(v, 10, 64)
	return n
}

func tokenFile(s *scene, n int) string {
	path := filepath.Join(s.TempDir(), "token")
	writeFile(s.T, path, fmt.Sprintf("token-%d\n", n))
	return path
}

func roleArgument(env []string, field, seen string, value func(*scene, int) string, set func(*Role, string)) argument {
	return argument{
		block: func(c *Config, v string) {
			c.AssumeRole = []Role{{ARN: new("role")}}
			set(&c.AssumeRole[0], v)
		},
		env: env, needs: map[string]string{roleVariables[0]: "role"},
		written: func(c *Config) {
			if c.AssumeRole == nil {
				c.AssumeRole = []Role{{}}
			}
		},
		field: field, profile: map[string]any{"mode": "RamRoleArn", "access_key_id": baseKey.ID, "access_key_secret": baseKey.Secret, "ram_role_arn": "role"},
		based: true, value: value, seen: param(seen),
	}
}

func oidcArgument(env []string, field, seen string, value func(*scene, int) string, set func(*OIDC, string)) argument {
	return argument{
		block: func(c *Config, v string) {
			c.AssumeRoleWithOIDC = []OIDC{{ARN: new("role"), ProviderARN: new("idp"), Token: new("token")}}
			set(&c.AssumeRoleWithOIDC[0], v)
		},
		env: env, needs: map[string]string{oidcProviderVariable: "idp", oidcRoleVariable: "role", oidcTokenVariable: "token"},
		field: field, profile: map[string]any{"mode": "OIDC", "oidc_provider_arn": "idp", "ram_role_arn": "role", "oidc_token": "token"},
		value: value, seen: param(seen), weak: true,
	}
}

// arguments are those of the official provider, with their variables and fields in order of strength.
func arguments() map[string]argument {
	of := map[string]argument{
		"access_key": {
			block: func(c *Config, v string) { c.AccessKey, c.SecretKey = new(v), new("secret") },
			env:   []string{"ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID"}, family: true,
			field: "access_key_id", profile: map[string]any{"mode": "AK", "access_key_secret": "secret"},
			seen: func(s *scene) string { return s.keys(s.T).AccessKeyID },
		},
		"secret_key": {
			block: func(c *Config, v string) { c.AccessKey, c.SecretKey = new("id"), new(v) },
			env:   []string{"ALICLOUD_SECRET_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_ACCESS_KEY_SECRET"}, family: true,
			field: "access_key_secret", profile: map[string]any{"mode": "AK", "access_key_id": "id"},
			seen: func(s *scene) string { return s.keys(s.T).AccessKeySecret },
		},
		"security_token": {
			block: func(c *Config, v string) {
				c.AccessKey, c.SecretKey, c.SecurityToken = new("id"), new("secret"), new(v)
			},
			env: []string{"ALICLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN", "ALIBABACLOUD_SECURITY_TOKEN"}, family: true,
			field: "sts_token", profile: map[string]any{"mode": "StsToken", "access_key_id": "id", "access_key_secret": "secret"},
			seen: func(s *scene) string { return s.keys(s.T).SecurityToken },
		},
		// Its variables are for the provider to read.
		"region": {
			block: func(c *Config, v string) { c.Region = v },
			field: "region_id", profile: map[string]any{"mode": "AK", "access_key_id": "id", "access_key_secret": "secret"},
			seen: func(s *scene) string { return s.source(s.T).Region() },
		},
		"profile": {
			block: func(c *Config, v string) { c.Profile = new(v) },
			env:   []string{"ALICLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE"},
			value: func(_ *scene, n int) string { return strconv.Itoa(n) },
			seen: func(s *scene) string {
				profiles := []map[string]any{{"name": "current", "mode": "AK", "access_key_id": "current", "access_key_secret": "secret"}}
				for n := range 3 {
					name := strconv.Itoa(n)
					profiles = append(profiles, map[string]any{"name": name, "mode": "AK", "access_key_id": name, "access_key_secret": "secret"})
				}
				s.cfg.SharedCredentialsFile = new(filepath.Join(s.TempDir(), "config.json"))
				writeProfiles(s.T, *s.cfg.SharedCredentialsFile, profiles...)
				return s.keys(s.T).AccessKeyID
			},
		},
		"shared_credentials_file": {
			block: func(c *Config, v string) { c.SharedCredentialsFile = new(v) },
			env:   []string{"ALICLOUD_SHARED_CREDENTIALS_FILE", "ALIBABA_CLOUD_CREDENTIALS_FILE"},
			value: func(s *scene, n int) string {
				path := filepath.Join(s.TempDir(), "config.json")
				writeProfiles(s.T, path, map[string]any{"name": "x", "mode": "AK", "access_key_id": path, "access_key_secret": "secret"})
				return path
			},
			seen: func(s *scene) string {
				s.cfg.Profile = new("x")
				return s.keys(s.T).AccessKeyID
			},
		},
		"ecs_role_name": {
			block: func(c *Config, v string) { c.ECSRoleName = new(v) },
			env:   []string{"ALICLOUD_ECS_ROLE_NAME", "ALIBABA_CLOUD_ECS_METADATA"},
			field: "ram_role_name", profile: map[string]any{"mode": "EcsRamRole"},
			seen: func(s *scene) string {
				useMetadata(s.T, s.server)
				// The instance has another role: what is asked for is what matters.
				_, _ = s.source(s.T).Keys(s.Context())
				return filepath.Base(s.server.Calls()[1].Path)
			},
		},
		"credentials_uri": {
			block: func(c *Config, v string) { c.CredentialsURI = new(v) },
			env:   []string{"ALICLOUD_CREDENTIALS_URI", "ALIBABA_CLOUD_CREDENTIALS_URI"},
			field: "credentials_uri", profile: map[string]any{"mode": "CredentialsURI"},
			value: func(s *scene, n int) string { return s.server.URL() + "/" + strconv.Itoa(n) },
			seen: func(s *scene) string {
				s.keys(s.T)
				return s.server.URL() + s.server.Calls()[0].Path
			},
		},

		"assume_role.role_arn": roleArgument([]string{"ALICLOUD_ASSUME_ROLE_ARN", "ALIBABA_CLOUD_ROLE_ARN"}, "ram_role_arn", "RoleArn", nil,
			func(r *Role, v string) { r.ARN = &v }),
		"assume_role.session_name": roleArgument([]string{"ALICLOUD_ASSUME_ROLE_SESSION_NAME", "ALIBABA_CLOUD_ROLE_SESSION_NAME"},
			"ram_session_name", "RoleSessionName", nil, func(r *Role, v string) { r.SessionName = new(v) }),
		"assume_role.session_expiration": roleArgument([]string{"ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION"}, "expired_seconds", "DurationSeconds", seconds,
			func(r *Role, v string) { r.SessionExpiration = new(number(v)) }),
		"assume_role.policy": roleArgument(nil, "policy", "Policy", nil,
			func(r *Role, v string) { r.Policy = &v }),
		"assume_role.external_id": roleArgument(nil, "external_id", "ExternalId", nil,
			func(r *Role, v string) { r.ExternalID = &v }),

		"assume_role_with_oidc.oidc_provider_arn": oidcArgument([]string{"ALIBABA_CLOUD_OIDC_PROVIDER_ARN"}, "oidc_provider_arn", "OIDCProviderArn", nil,
			func(o *OIDC, v string) { o.ProviderARN = new(v) }),
		"assume_role_with_oidc.role_arn": oidcArgument([]string{"ALIBABA_CLOUD_ROLE_ARN"}, "ram_role_arn", "RoleArn", nil,
			func(o *OIDC, v string) { o.ARN = &v }),
		"assume_role_with_oidc.oidc_token": oidcArgument([]string{"ALIBABA_CLOUD_OIDC_TOKEN", "TFC_WORKLOAD_IDENTITY_TOKEN"}, "oidc_token", "OIDCToken", nil,
			func(o *OIDC, v string) { o.Token = new(v) }),
		"assume_role_with_oidc.oidc_token_file": oidcArgument([]string{"ALIBABA_CLOUD_OIDC_TOKEN_FILE"}, "oidc_token_file", "OIDCToken", tokenFile,
			func(o *OIDC, v string) { o.Token, o.TokenFile = new(""), new(v) }),
		"assume_role_with_oidc.role_session_name": oidcArgument([]string{"ALIBABA_CLOUD_ROLE_SESSION_NAME"}, "ram_session_name", "RoleSessionName", nil,
			func(o *OIDC, v string) { o.SessionName = new(v) }),
		"assume_role_with_oidc.policy": oidcArgument(nil, "policy", "Policy", nil,
			func(o *OIDC, v string) { o.Policy = &v }),
		"assume_role_with_oidc.session_expiration": oidcArgument(nil, "expired_seconds", "DurationSeconds", seconds,
			func(o *OIDC, v string) { o.SessionExpiration = new(number(v)) }),
	}
	// No role and no token may stand beside those that a test looks for.
	for _, name := range []string{"assume_role_with_oidc.oidc_token", "assume_role_with_oidc.oidc_token_file"} {
		a := of[name]
		a.needs = map[string]string{oidcProviderVariable: "idp", oidcRoleVariable: "role"}
		a.profile = map[string]any{"mode": "OIDC", "oidc_provider_arn": "idp", "ram_role_arn": "role"}
		of[name] = a
	}
	a := of["assume_role.role_arn"]
	a.needs = nil
	of["assume_role.role_arn"] = a
	return of
}

// Each argument from each place, and from each pair of places, where the stronger one is to win.
func TestPrecedence(t *testing.T) {
	for name, a := range arguments() {
		places := []string{"block"}
		places = append(places, a.env...)
		switch {
		case a.weak:
			places = append([]string{"block", "profile"}, a.env...)
		case a.field != "":
			places = append(places, "profile")
		}
		for i := range places {
			for j := i; j < len(places); j++ {
				test := name + "/" + places[i]
				if i != j {
					test += "-over-" + places[j]
				}
				t.Run(test, func(t *testing.T) {
					s := &scene{T: t, server: stsmock.New(t, baseKey)}
					values := map[string]string{}
					for n, place := range places {
						if n != i && n != j {
							continue
						}
						values[place] = "of-" + strings.ToLower(strings.ReplaceAll(place, "_", "-"))
						if a.value != nil {
							values[place] = a.value(s, n)
						}
					}
					s.place = newPlace(t)
					set(s, &a, values)
					want := values[places[i]]
					if strings.HasSuffix(name, "_token_file") {
						want = fmt.Sprintf("token-%d", i)
					}
					if got := a.seen(s); got != want {
						t.Errorf("got %q, want %q", got, want)
					}
				})
			}
		}
	}
}

// The guide has a row for each argument, with the same variables and the same field.
func TestGuide_table(t *testing.T) {
	content, err := os.ReadFile("../../templates/guides/authentication.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	quoted := func(names ...string) string {
		if len(names) == 0 || names[0] == "" {
			return " "
		}
		return " `" + strings.Join(names, "`, `") + "` "
	}
	for name, a := range arguments() {
		row := "|" + quoted(name) + "|" + quoted(a.env...) + "|" + quoted(a.field) + "|\n"
		row = strings.ReplaceAll(row, ".", "` `")
		switch name {
		case "region":
			row = "| `region` | `ALICLOUD_REGION`, `ALIBABA_CLOUD_REGION` | `region_id` |\n"
		case "profile":
			row = "| `profile` | `ALICLOUD_PROFILE`, `ALIBABA_CLOUD_PROFILE` | |\n"
		}
		if !strings.Contains(string(content), row) {
			t.Errorf("the guide has no row %s", row)
		}
	}
}

// set configures an argument in each place that has a value.
func set(s *scene, a *argument, values map[string]string) {
	profile := map[string]any{"name": "default"}
	if a.based {
		profile = akProfile("default")
	}
	for place, v := range values {
		switch place {
		case "block":
			a.block(&s.cfg, v)
		case "profile":
			maps.Copy(profile, a.profile)
			profile[a.field] = v
			if n, err := strconv.Atoi(v); err == nil {
				profile[a.field] = n
			}
		default:
			if a.written != nil {
				defer a.written(&s.cfg)
			}
			for variable, v := range a.needs {
				if s.env[variable] == "" {
					s.env[variable] = v
				}
			}
			if a.family {
				for _, family := range keyVariables {
					if slices.Contains(family[:], place) {
						s.env[family[0]], s.env[family[1]] = "id", "secret"
					}
				}
			}
		}
	}
	for place, v := range values {
		if place != "block" && place != "profile" {
			s.env[place] = v
		}
	}
	if len(profile) > 1 {
		s.env["ALICLOUD_SHARED_CREDENTIALS_FILE"] = filepath.Join(s.TempDir(), "config.json")
		writeProfiles(s.T, s.env["ALICLOUD_SHARED_CREDENTIALS_FILE"], profile)
		s.env["ALICLOUD_PROFILE"] = "default"
	}
	s.cfg.STSEndpoint = s.server.Endpoint()
}

// An access key, a secret and a token belong together; a part is never taken from another key's place.
func TestKeyParts(t *testing.T) {
	for name, tc := range map[string]struct {
		block Block
		env   env
		want  rpc.Keys
	}{
		"block-key-takes-no-token": {block: Block{AccessKey: new("a"), SecretKey: new("s")}, env: env{"ALICLOUD_SECURITY_TOKEN": "t"}, want: pair("a", "s", "")},
		"stray-secret-beside-whole-family": {
			env:  env{"ALICLOUD_SECRET_KEY": "x", "ALIBABA_CLOUD_ACCESS_KEY_ID": "b", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"},
			want: pair("b", "s", ""),
		},
		"token-of-another-key": {
			env: env{"ALICLOUD_ACCESS_KEY": "a", "ALICLOUD_SECRET_KEY": "s", "ALIBABA_CLOUD_ACCESS_KEY_ID": "b",
				"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "x", "ALIBABA_CLOUD_SECURITY_TOKEN": "t"},
			want: pair("a", "s", ""),
		},
		"one-key-in-variables-of-two-names": {
			env:  env{"ALICLOUD_ACCESS_KEY": "a", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s", "ALIBABACLOUD_SECURITY_TOKEN": "t"},
			want: pair("a", "s", "t"),
		},
		"temporary-key": {block: Block{AccessKey: new("STS.a"), SecretKey: new("s"), SecurityToken: new("t")}, want: pair("STS.a", "s", "t")},
		"spaces-around": {block: Block{AccessKey: new(" a\n"), SecretKey: new("\ts ")}, want: pair("a", "s", "")},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			p.cfg.Block, p.env = tc.block, tc.env
			if got := p.keys(t); got != tc.want {
				t.Errorf("got %q %q %q, want %q %q %q", got.AccessKeyID, got.AccessKeySecret, got.SecurityToken,
					tc.want.AccessKeyID, tc.want.AccessKeySecret, tc.want.SecurityToken)
			}
		})
	}
}

// Mistakes that are found without a request.
func TestRefused(t *testing.T) {
	role, oidc := []Role{{ARN: new("role")}}, OIDC{ARN: new("role"), ProviderARN: new("idp"), Token: new("token")}
	key, whole := Block{AccessKey: new("a"), SecretKey: new("s")}, env{"ALICLOUD_ACCESS_KEY": "x", "ALICLOUD_SECRET_KEY": "y"}
	with := func(block Block, change func(*Block)) Block {
		change(&block)
		return block
	}
	lasting := func(seconds int64) Block {
		return with(key, func(b *Block) { b.AssumeRole = []Role{{ARN: new("r"), SessionExpiration: &seconds}} })
	}
	without := func(change func(*OIDC)) Block {
		o := oidc
		change(&o)
		return Block{AssumeRoleWithOIDC: []OIDC{o}}
	}
	for name, tc := range map[string]struct {
		block    Block
		env      env
		profiles profiles
		argument string
		says     string
	}{
		"secret-missing":                {block: Block{AccessKey: new("a")}, argument: "secret_key", says: "access_key is set without secret_key"},
		"key-missing":                   {block: Block{SecretKey: new("s")}, argument: "access_key"},
		"token-alone":                   {block: Block{SecurityToken: new("t")}, argument: "access_key", says: "security_token is set without access_key"},
		"half-beside-whole-environment": {block: Block{AccessKey: new("a")}, env: whole, argument: "secret_key"},
		"half-beside-profile":           {block: Block{AccessKey: new("a"), Profile: new("p")}, profiles: profiles{akProfile("p")}, argument: "secret_key"},
		"secret-of-environment-missing": {env: env{"ALICLOUD_ACCESS_KEY": "a"}, argument: "secret_key"},
		"key-of-environment-missing":    {env: env{"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"}, argument: "access_key"},
		"token-of-environment-alone": {env: env{"ALIBABA_CLOUD_SECURITY_TOKEN": "t"},
			argument: "access_key", says: "ALIBABA_CLOUD_SECURITY_TOKEN is set without ALIBABA_CLOUD_ACCESS_KEY_ID"},
		"half-of-environment-beside-profile": {block: Block{Profile: new("p")}, env: env{"ALICLOUD_ACCESS_KEY": "a"},
			profiles: profiles{akProfile("p")}, argument: "secret_key"},
		"half-family-beside-whole-family": {env: env{"ALICLOUD_ACCESS_KEY": "a", "ALIBABA_CLOUD_ACCESS_KEY_ID": "b", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"},
			argument: "secret_key"},
		"half-a-key-by-the-names-of-its-family": {env: env{"ALIBABACLOUD_ACCESS_KEY_SECRET": "s"},
			argument: "access_key", says: "ALIBABACLOUD_ACCESS_KEY_SECRET is set without ALIBABACLOUD_ACCESS_KEY_ID"},
		"temporary-key-without-token": {block: Block{AccessKey: new("STS.a"), SecretKey: new("s")}, env: env{"ALICLOUD_SECURITY_TOKEN": "t"},
			argument: "security_token"},
		"temporary-key-of-environment-without-token": {env: env{"ALICLOUD_ACCESS_KEY": "STS.a", "ALICLOUD_SECRET_KEY": "s"}, argument: "security_token"},

		"role-without-arn":     {block: with(key, func(b *Block) { b.AssumeRole = []Role{{}} }), argument: "assume_role.role_arn", says: "ALICLOUD_ASSUME_ROLE_ARN"},
		"expiration-too-short": {block: lasting(899), argument: "assume_role.session_expiration"},
		"expiration-too-long":  {block: lasting(43201), argument: "assume_role.session_expiration"},
		"expiration-of-environment": {block: with(key, func(b *Block) { b.AssumeRole = role }),
			env: env{"ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION": "60"}, argument: "assume_role.session_expiration"},
		"oidc-expiration":       {block: without(func(o *OIDC) { o.SessionExpiration = new(int64(60)) }), argument: "assume_role_with_oidc.session_expiration"},
		"oidc-without-provider": {block: without(func(o *OIDC) { o.ProviderARN = new("") }), argument: "assume_role_with_oidc.oidc_provider_arn"},
		"oidc-without-role":     {block: without(func(o *OIDC) { o.ARN = nil }), argument: "assume_role_with_oidc.role_arn"},
		"oidc-without-token":    {block: without(func(o *OIDC) { o.Token = new("") }), argument: "assume_role_with_oidc.oidc_token"},
		"oidc-of-environment-without-role": {
			env: env{"ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "idp", "ALIBABA_CLOUD_OIDC_TOKEN": "t"}, argument: "assume_role_with_oidc.role_arn"},

		"ecs-role-by-arn":   {block: Block{ECSRoleName: new("acs:ram::1:role/ops")}, argument: "ecs_role_name"},
		"ecs-role-as-path":  {block: Block{ECSRoleName: new("../user-data")}, argument: "ecs_role_name"},
		"metadata-disabled": {block: Block{ECSRoleName: new("ops")}, env: env{"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "TRUE"}, argument: "ecs_role_name"},
		"metadata-disabled-for-a-profile": {env: env{"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"},
			block: Block{Profile: new("p")}, profiles: profiles{{"name": "p", "mode": "EcsRamRole"}}, argument: "ecs_role_name"},
		"uri-without-host": {block: Block{CredentialsURI: new("localhost:8080")}, argument: "credentials_uri"},
		"uri-of-a-file":    {block: Block{CredentialsURI: new("file:///etc/passwd")}, argument: "credentials_uri"},

		"profile-without-file": {block: Block{Profile: new("p")}, argument: "shared_credentials_file", says: `profile "p"`},
		"missing-file": {block: Block{Profile: new("p"), SharedCredentialsFile: new("missing.json")}, argument: "shared_credentials_file",
			says: `missing.json: the file does not exist (needed for profile "p", by the provider block).`},
		"file-that-is-a-folder": {block: Block{Profile: new("p"), SharedCredentialsFile: new(".")}, argument: "shared_credentials_file",
			says: "not a regular file of at most 1 MiB (it is read because of the provider block)"},
		"file-that-is-a-device": {block: Block{Profile: new("p"), SharedCredentialsFile: new(os.DevNull)}, argument: "shared_credentials_file",
			says: "not a regular file"},
		"file-with-a-nul": {block: Block{Profile: new("p"), SharedCredentialsFile: new("a\x00b")}, argument: "shared_credentials_file",
			says: "cannot be read"},
		"missing-profile": {block: Block{Profile: new("pord")}, profiles: profiles{akProfile("dev"), akProfile("prod")},
			argument: "profile", says: `there is no profile "pord" in ~/.aliyun/config.json. The file has: "dev", "prod".`},
		"broken-file-of-environment": {block: Block{Profile: new("p")}, env: env{"ALIBABA_CLOUD_CREDENTIALS_FILE": "main_test.go"},
			argument: "shared_credentials_file", says: "(it is read because of ALIBABA_CLOUD_CREDENTIALS_FILE). " +
				`Fix the file, or move it away and write it again with "aliyun configure". If another tool needs it as it is, set shared_credentials_file to`},
		"missing-profile-of-environment": {env: env{"ALIBABA_CLOUD_PROFILE": "q"},
			profiles: profiles{akProfile("p")}, argument: "profile", says: "ALIBABA_CLOUD_PROFILE"},
		"role-of-blanks": {block: with(key, func(b *Block) { b.AssumeRole = []Role{{ARN: new(" ")}} }), argument: "assume_role.role_arn"},
		"advanced-profile-beside-another-file": {block: Block{Profile: new("p")}, env: env{"ALIBABA_CLOUD_CONFIG_FILE": "/other.json"},
			profiles: profiles{{"name": "p", "mode": "External", "process_command": "keys"}}, argument: "profile", says: "Unset that variable"},
		"two-profiles-of-one-name": {block: Block{Profile: new("p")}, profiles: profiles{akProfile("p"), akProfile("p")}, argument: "profile", says: "two profiles"},
		"two-profiles-of-one-name-beside-a-key": {block: with(key, func(b *Block) { b.Profile = new("p") }),
			profiles: profiles{akProfile("p"), akProfile("p")}, argument: "profile", says: "two profiles"},
		"role-of-a-mode-in-odd-case": {block: Block{Profile: new("p")}, profiles: profiles{
			{"name": "p", "mode": "ramRoleArn", "access_key_id": "a", "access_key_secret": "s", "ram_role_arn": "r"}}, argument: "profile", says: "Write it RamRoleArn"},
		"role-of-a-mode-in-odd-case-beside-a-key": {block: with(key, func(b *Block) { b.Profile = new("p") }), profiles: profiles{
			{"name": "p", "mode": "RAMROLEARN", "ram_role_arn": "r"}}, argument: "profile", says: "Write it RamRoleArn"},
		"pair-of-a-mode-in-odd-case-beside-an-ecs-role": {block: Block{Profile: new("p"), ECSRoleName: new("ops")}, profiles: profiles{
			{"name": "p", "mode": "ecsRamRole", "access_key_id": "a", "access_key_secret": "s"}}, argument: "profile", says: "the official provider takes the key pair"},
		"pair-of-an-unknown-mode-beside-a-uri": {block: Block{Profile: new("p"), CredentialsURI: new("http://localhost")}, profiles: profiles{
			{"name": "p", "mode": "Foo", "access_key_id": "a", "access_key_secret": "s"}}, argument: "profile", says: "the official provider takes the key pair"},
	} {
		t.Run(name, func(t *testing.T) {
			newPlace(t, tc.profiles...)
			cfg := Config{Block: tc.block, Getenv: func(name string) string { return tc.env[name] }}
			if mistake := refused(t, cfg, tc.argument); !strings.Contains(mistake.Error(), tc.says) {
				t.Errorf("the error does not say %q: %v", tc.says, mistake)
			}
		})
	}
}

// What is missing keeps no one from what needs no keys: it is an error of the first call.
func TestMissing(t *testing.T) {
	for name, tc := range map[string]struct {
		block    Block
		env      env
		profiles profiles // of the CLI's own file, the first one current
		argument string   // empty: ErrNone
		says     string
	}{
		"nothing":                   {says: "ALICLOUD_ACCESS_KEY"},
		"role-without-keys":         {block: Block{AssumeRole: []Role{{ARN: new("role")}}}, argument: "assume_role", says: "with which keys"},
		"role-without-arn-and-keys": {block: Block{AssumeRole: []Role{{ARN: new("")}}}},
		"role-of-environment":       {env: env{"ALIBABA_CLOUD_ROLE_ARN": "role", "ALICLOUD_ASSUME_ROLE_ARN": "role"}},
		"empty-key-beside-a-pair": {block: Block{AccessKey: new(""), SecretKey: new("")}, env: env{"ALICLOUD_ACCESS_KEY": "a", "ALICLOUD_SECRET_KEY": "s"},
			says: "it is not used while access_key or secret_key in the provider block is empty"},
		"current-profile":        {profiles: profiles{akProfile("default")}, says: "current profile is not used"},
		"file-without-a-profile": {block: Block{SharedCredentialsFile: new("~/.aliyun/config.json")}, profiles: profiles{akProfile("default")}},
		"profile-variable-of-the-cli": {env: env{"ALIBABACLOUD_PROFILE": "default"}, profiles: profiles{akProfile("default")},
			says: "ALIBABACLOUD_PROFILE is set, but only the aliyun CLI reads it: set ALICLOUD_PROFILE or ALIBABA_CLOUD_PROFILE"},
	} {
		t.Run(name, func(t *testing.T) {
			newPlace(t, tc.profiles...)
			cfg := Config{Block: tc.block, Getenv: func(name string) string { return tc.env[name] }}
			source, err := New(cfg)
			if err != nil {
				t.Fatalf("got %v already while configuring", err)
			}
			_, err = source.Keys(t.Context())
			mistake, ok := errors.AsType[*ConfigError](err)
			if ok != (tc.argument != "") || ok && mistake.Argument != tc.argument || !ok && !errors.Is(err, ErrNone) {
				t.Errorf("got %v, want an error about %q", err, tc.argument)
			}
			if !strings.Contains(fmt.Sprint(err), tc.says) {
				t.Errorf("the error does not say %q: %v", tc.says, err)
			}
		})
	}
}

// refused expects a *ConfigError that hangs on the argument and says all that it should.
func refused(t *testing.T, cfg Config, argument string) *ConfigError {
	t.Helper()
	_, err := New(cfg)
	mistake, ok := errors.AsType[*ConfigError](err)
	if !ok {
		t.Fatalf("got %v, want a ConfigError", err)
	}
	if mistake.Argument != argument {
		t.Errorf("argument is %q, want %q (%v)", mistake.Argument, argument, err)
	}
	if mistake.Origin == "" || mistake.Reason == "" || !strings.HasSuffix(mistake.Remedy, ".") {
		t.Errorf("the error lacks a part: %#v", mistake)
	}
	return mistake
}

// TestWhoSigns has every kind of source beside each other, from each place. Who
// signs is the one that signs in the official provider.
func TestWhoSigns(t *testing.T) {
	type fields = map[string]any
	type args = []func(*Config)
	type envs = []env
	const (
		uri     = "the credentials URI at "
		onECS   = "the ECS role ops"
		envKey  = "ALICLOUD_ACCESS_KEY"
		block   = "access_key of the provider block"
		profile = `profile "p" of ~/.aliyun/config.json`
	)
	envPair := env{"ALICLOUD_ACCESS_KEY": "env-id", "ALICLOUD_SECRET_KEY": "s"}
	envOIDC := env{"ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "idp", "ALIBABA_CLOUD_ROLE_ARN": "pod", "ALIBABA_CLOUD_OIDC_TOKEN": "token"}
	envECS, envURI := env{"ALICLOUD_ECS_ROLE_NAME": "ops"}, env{"ALICLOUD_CREDENTIALS_URI": "URL/env"}
	named := env{"ALICLOUD_PROFILE": "p"}
	of := func(mode string, more fields) fields {
		all := fields{"name": "p", "mode": mode}
		maps.Copy(all, more)
		return all
	}
	keyed := func(mode string, more fields) fields {
		all := of(mode, more)
		all["access_key_id"], all["access_key_secret"] = "profile-id", "s"
		return all
	}
	ramRole, ecsRole := fields{"ram_role_arn": "r"}, fields{"ram_role_name": "ops"}
	prints := fields{"process_command": `sh -c 'echo "{\"access_key_id\":\"a\",\"access_key_secret\":\"s\"}"'`}
	oidcBlock := func(c *Config) {
		c.AssumeRoleWithOIDC = []OIDC{{ARN: new("oidc"), ProviderARN: new("idp"), Token: new("token")}}
	}
	ecsBlock := func(c *Config) { c.ECSRoleName = new("ops") }
	uriBlock := func(c *Config) { c.CredentialsURI = new("URL/block") }
	pairBlock := func(c *Config) { c.AccessKey, c.SecretKey = new("block-id"), new("s") }
	roleBlock := func(arn *string) func(*Config) { return func(c *Config) { c.AssumeRole = []Role{{ARN: arn}} } }

	for name, tc := range map[string]struct {
		block   args
		env     envs
		profile fields // named only where ALICLOUD_PROFILE is set
		from    string // of the keys
		role    string // assumed on top
	}{
		"pair-of-environment-beside-oidc-of-block":     {block: args{oidcBlock}, env: envs{envPair}, from: envKey},
		"pair-of-environment-beside-ecs-role-of-block": {block: args{ecsBlock}, env: envs{envPair}, from: envKey},
		"pair-of-environment-beside-uri-of-block":      {block: args{uriBlock}, env: envs{envPair}, from: envKey},
		"pair-beside-every-other-kind-in-the-block":    {block: args{pairBlock, uriBlock, ecsBlock, oidcBlock}, from: block},
		"pair-of-profile-beside-every-other-kind": {block: args{uriBlock, ecsBlock, oidcBlock}, env: envs{named, envOIDC},
			profile: keyed("AK", nil), from: profile},
		"pair-left-in-a-profile-of-another-mode": {env: envs{named}, profile: keyed("OIDC", nil), from: profile},

		"uri-beside-ecs-role-in-the-block":          {block: args{uriBlock, ecsBlock}, from: uri},
		"uri-of-environment-beside-ecs-of-block":    {block: args{ecsBlock}, env: envs{envURI}, from: uri},
		"ecs-role-beside-oidc-in-the-block":         {block: args{ecsBlock, oidcBlock}, from: onECS},
		"oidc-of-block-beside-uri-of-environment":   {block: args{oidcBlock}, env: envs{envURI}, from: uri},
		"oidc-of-block-beside-ecs-of-environment":   {block: args{oidcBlock}, env: envs{envECS}, from: onECS},
		"oidc-of-block-beside-named-ecs-profile":    {block: args{oidcBlock}, env: envs{named}, profile: of("EcsRamRole", ecsRole), from: onECS},
		"oidc-of-block-beside-a-pair-of-a-profile":  {block: args{oidcBlock}, env: envs{named}, profile: keyed("AK", nil), from: profile},
		"oidc-variables-beside-a-pair-of-a-profile": {env: envs{envOIDC, named}, profile: keyed("AK", nil), from: profile},
		"oidc-variables-beside-ecs-role":            {env: envs{envOIDC, envECS}, from: onECS},
		"oidc-variables-beside-uri":                 {env: envs{envOIDC, envURI}, from: uri},
		"oidc-variables-beside-an-external-profile": {env: envs{envOIDC, named}, profile: of("External", prints), from: profile},
		"oidc-variables-beside-the-current-profile": {env: envs{envOIDC}, profile: keyed("AK", nil), from: "the role pod"},
		"ecs-role-beside-a-uri-profile": {block: args{ecsBlock}, env: envs{named},
			profile: of("CredentialsURI", fields{"credentials_uri": "URL/profile"}), from: onECS},
		"ecs-role-beside-an-advanced-profile": {block: args{ecsBlock}, env: envs{named}, profile: of("External", prints), from: profile},

		"uri-beside-an-external-profile-in-odd-case":      {block: args{uriBlock}, env: envs{named}, profile: of("external", prints), from: uri},
		"oidc-of-block-beside-an-ecs-profile-in-odd-case": {block: args{oidcBlock}, env: envs{named}, profile: of("ecsramrole", ecsRole), from: "the role oidc"},
		"pair-of-an-empty-mode-beside-uri":                {block: args{uriBlock}, env: envs{named}, profile: keyed("", nil), from: profile},
		"pair-without-a-mode-beside-uri": {block: args{uriBlock}, env: envs{named},
			profile: fields{"name": "p", "access_key_id": "profile-id", "access_key_secret": "s"}, from: uri},
		"pair-of-an-advanced-mode": {block: args{uriBlock}, env: envs{named}, profile: keyed("External", prints), from: profile},

		"role-of-a-profile-with-keys-of-environment": {env: envs{envPair, named}, profile: keyed("RamRoleArn", ramRole), from: envKey, role: "r"},
		"role-of-a-profile-with-keys-of-block":       {block: args{pairBlock}, env: envs{named}, profile: of("RamRoleArn", ramRole), from: block, role: "r"},
		"role-left-in-a-profile-of-another-mode":     {env: envs{named}, profile: keyed("AK", fields{"ram_role_arn": "r"}), from: profile},
		"role-of-a-chained-profile-beside-a-pair": {env: envs{envPair, named},
			profile: of("ChainableRamRoleArn", fields{"ram_role_arn": "r", "source_profile": "q"}), from: envKey},
		"role-of-block-empty": {block: args{roleBlock(new(""))}, env: envs{envPair, {"ALICLOUD_ASSUME_ROLE_ARN": "v"}}, from: envKey},
		"role-of-block-empty-beside-that-of-a-profile": {block: args{roleBlock(new(""))}, env: envs{named, {"ALICLOUD_ASSUME_ROLE_ARN": "v"}},
			profile: keyed("RamRoleArn", ramRole), from: profile, role: "r"},
		"role-variables-without-the-block": {env: envs{envPair, {"ALICLOUD_ASSUME_ROLE_ARN": "v", "ALIBABA_CLOUD_ROLE_ARN": "v"}}, from: envKey},
		"expiration-that-is-not-a-number": {block: args{roleBlock(new("b"))},
			env: envs{envPair, {"ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION": "1h"}}, from: envKey, role: "b"},
		"expiration-below-0": {block: args{roleBlock(new("b")), func(c *Config) { c.AssumeRole[0].SessionExpiration = new(int64(-1)) }},
			env: envs{envPair, {"ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION": "-5"}}, from: envKey, role: "b"},

		// An argument that is empty turns its variables off, and nothing else.
		"empty-key-beside-a-pair-of-environment":    {block: args{ecsBlock, func(c *Config) { c.AccessKey = new("") }}, env: envs{envPair}, from: onECS},
		"empty-secret-beside-a-pair-of-environment": {block: args{uriBlock, func(c *Config) { c.SecretKey = new("") }}, env: envs{envPair}, from: uri},
		"empty-pair-beside-a-pair-of-a-profile": {block: args{func(c *Config) { c.AccessKey, c.SecretKey = new(""), new("") }}, env: envs{envPair, named},
			profile: keyed("AK", nil), from: profile},
		"empty-token-beside-a-token-of-environment": {block: args{func(c *Config) { c.SecurityToken = new("") }},
			env: envs{envPair, {"ALICLOUD_SECURITY_TOKEN": "t"}}, from: envKey},
		"empty-profile-beside-one-of-environment": {block: args{pairBlock, func(c *Config) { c.Profile = new("") }}, env: envs{named},
			profile: keyed("RamRoleArn", ramRole), from: block},
		"empty-uri-beside-one-of-environment":      {block: args{ecsBlock, func(c *Config) { c.CredentialsURI = new("") }}, env: envs{envURI}, from: onECS},
		"empty-ecs-role-beside-one-of-environment": {block: args{oidcBlock, func(c *Config) { c.ECSRoleName = new("") }}, env: envs{envECS}, from: "the role oidc"},
		"empty-file-beside-one-of-environment": {block: args{func(c *Config) { c.SharedCredentialsFile = new("") }},
			env: envs{named, {"ALIBABA_CLOUD_CREDENTIALS_FILE": "/missing"}}, profile: keyed("AK", nil), from: profile},

		"profile-without-keys-beside-an-ecs-role": {block: args{ecsBlock}, env: envs{named},
			profile: of("AK", fields{"access_key_id": "", "access_key_secret": ""}), from: onECS},
		"role-profile-without-keys-beside-oidc": {block: args{oidcBlock}, env: envs{named}, profile: of("RamRoleArn", ramRole), from: "the role oidc", role: "r"},
		"token-left-in-a-role-profile-of-a-lasting-key": {env: envs{named},
			profile: keyed("RamRoleArn", fields{"ram_role_arn": "r", "sts_token": "old"}), from: profile, role: "r"},

		"missing-profile-beside-a-pair": {env: envs{envPair, {"ALICLOUD_PROFILE": "q"}}, profile: keyed("AK", nil), from: envKey},
		"missing-file-beside-a-pair": {block: args{pairBlock},
			env: envs{{"ALICLOUD_PROFILE": "q", "ALICLOUD_SHARED_CREDENTIALS_FILE": "/missing/config.json"}}, from: block},
		"broken-field-beside-a-pair":        {block: args{pairBlock}, env: envs{named}, profile: of("CloudSSO", fields{"access_key_id": nil}), from: block},
		"broken-file-beside-a-pair":         {block: args{pairBlock}, env: envs{{"ALIBABA_CLOUD_CREDENTIALS_FILE": "main_test.go"}}, from: block},
		"region-of-a-profile-beside-a-pair": {block: args{pairBlock}, env: envs{named}, profile: keyed("AK", fields{"region_id": "cn-beijing"}), from: block},
		"token-beside-token-file": {block: args{func(c *Config) {
			c.AssumeRoleWithOIDC = []OIDC{{ARN: new("oidc"), ProviderARN: new("idp"), TokenFile: new("/missing")}}
		}}, env: envs{{"ALIBABA_CLOUD_OIDC_TOKEN": "token"}}, from: "the role oidc"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, stsmock.Key{ID: "block-id", Secret: "s"}, stsmock.Key{ID: "env-id", Secret: "s"}, stsmock.Key{ID: "profile-id", Secret: "s"})
			if tc.profile != nil {
				if uri, ok := tc.profile["credentials_uri"].(string); ok {
					tc.profile["credentials_uri"] = strings.ReplaceAll(uri, "URL", s.server.URL())
				}
				writeProfiles(t, filepath.Join(os.Getenv("HOME"), ".aliyun", "config.json"), tc.profile)
			}
			for _, change := range tc.block {
				change(&s.cfg)
			}
			if uri := s.cfg.CredentialsURI; uri != nil {
				*uri = strings.ReplaceAll(*uri, "URL", s.server.URL())
			}
			for _, variables := range tc.env {
				for name, value := range variables {
					s.env[name] = strings.ReplaceAll(value, "URL", s.server.URL())
				}
			}
			source := s.source(t)
			if region, _ := tc.profile["region_id"].(string); source.Region() != region {
				t.Errorf("region is %q, want %q", source.Region(), region)
			}
			keys, err := source.Keys(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if tc.role != "" {
				if keys.From != "the role "+tc.role {
					t.Fatalf("the keys come from %s, want the role %s", keys.From, tc.role)
				}
				calls := s.server.Calls()
				if last := calls[len(calls)-1]; last.Params.Get("RoleArn") != tc.role || last.Params.Get("DurationSeconds") != "3600" {
					t.Errorf("STS was called with %v", last.Params)
				}
				base := map[string]string{block: "block-id", envKey: "env-id", profile: "profile-id", "the role oidc": "STS.key-0"}[tc.from]
				if got := calls[len(calls)-1].Params.Get("AccessKeyId"); got != base {
					t.Errorf("the role is assumed with the key %s, want %s", got, base)
				}
				return
			}
			if !strings.HasPrefix(keys.From, tc.from) {
				t.Errorf("the keys come from %s, want %s", keys.From, tc.from)
			}
		})
	}
}
