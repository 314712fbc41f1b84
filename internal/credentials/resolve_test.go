package credentials

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/credentials/stsmock"
)

// argument is one argument of the provider block and every place that can set it.
type argument struct {
	block   func(c *Config, v string)    // sets it and what it cannot do without
	env     []string                     // variables, the stronger ones first
	besides map[string]string            // variables that a variable cannot do without
	family  bool                         // a variable cannot do without the others of its key
	field   string                       // of the profile
	profile map[string]any               // fields that the field cannot do without
	based   bool                         // a profile has the keys where it does not set the argument
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
	s.snapshot(s.T)
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

func roleArgument(env []string, field, seen string, value func(*scene, int) string, set func(*AssumeRole, string)) argument {
	return argument{
		block: func(c *Config, v string) {
			c.AssumeRole = &AssumeRole{RoleARN: "role"}
			set(c.AssumeRole, v)
		},
		env: env, besides: map[string]string{roleVariable: "role"},
		field: field, profile: map[string]any{"mode": "RamRoleArn", "access_key_id": baseKey.ID, "access_key_secret": baseKey.Secret, "ram_role_arn": "role"},
		based: true, value: value, seen: param(seen),
	}
}

func oidcArgument(env []string, field, seen string, value func(*scene, int) string, set func(*AssumeRoleWithOIDC, string)) argument {
	return argument{
		block: func(c *Config, v string) {
			c.AssumeRoleWithOIDC = &AssumeRoleWithOIDC{ProviderARN: "idp", RoleARN: "role", Token: "token"}
			set(c.AssumeRoleWithOIDC, v)
		},
		env: env, besides: map[string]string{oidcProviderVariable: "idp", sharedRoleVariable: "role", oidcTokenVariable: "token"},
		field: field, profile: map[string]any{"mode": "OIDC", "oidc_provider_arn": "idp", "ram_role_arn": "role", "oidc_token": "token"},
		value: value, seen: param(seen),
	}
}

// arguments are those of the official provider, with their variables and fields in order of strength.
func arguments() map[string]argument {
	of := map[string]argument{
		"access_key": {
			block: func(c *Config, v string) { c.AccessKey, c.SecretKey = v, "secret" },
			env:   []string{"ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID"}, family: true,
			field: "access_key_id", profile: map[string]any{"mode": "AK", "access_key_secret": "secret"},
			seen: func(s *scene) string { return s.snapshot(s.T).AccessKeyID },
		},
		"secret_key": {
			block: func(c *Config, v string) { c.AccessKey, c.SecretKey = "id", v },
			env:   []string{"ALICLOUD_SECRET_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_ACCESS_KEY_SECRET"}, family: true,
			field: "access_key_secret", profile: map[string]any{"mode": "AK", "access_key_id": "id"},
			seen: func(s *scene) string { return s.snapshot(s.T).AccessKeySecret },
		},
		"security_token": {
			block: func(c *Config, v string) { c.AccessKey, c.SecretKey, c.SecurityToken = "id", "secret", v },
			env:   []string{"ALICLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN", "ALIBABACLOUD_SECURITY_TOKEN"}, family: true,
			field: "sts_token", profile: map[string]any{"mode": "StsToken", "access_key_id": "id", "access_key_secret": "secret"},
			seen: func(s *scene) string { return s.snapshot(s.T).SecurityToken },
		},
		// Its variables are for the provider to read.
		"region": {
			block: func(c *Config, v string) { c.Region = v },
			field: "region_id", profile: map[string]any{"mode": "AK", "access_key_id": "id", "access_key_secret": "secret"},
			seen: func(s *scene) string { return s.source(s.T).Region() },
		},
		"profile": {
			block: func(c *Config, v string) { c.Profile = v },
			env:   []string{"ALICLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE"},
			value: func(_ *scene, n int) string { return strconv.Itoa(n) },
			seen: func(s *scene) string {
				profiles := []map[string]any{{"name": "current", "mode": "AK", "access_key_id": "current", "access_key_secret": "secret"}}
				for n := range 3 {
					name := strconv.Itoa(n)
					profiles = append(profiles, map[string]any{"name": name, "mode": "AK", "access_key_id": name, "access_key_secret": "secret"})
				}
				s.cfg.SharedCredentialsFile = filepath.Join(s.TempDir(), "config.json")
				writeProfiles(s.T, s.cfg.SharedCredentialsFile, profiles...)
				return s.snapshot(s.T).AccessKeyID
			},
		},
		"shared_credentials_file": {
			block: func(c *Config, v string) { c.SharedCredentialsFile = v },
			env:   []string{"ALICLOUD_SHARED_CREDENTIALS_FILE", "ALIBABA_CLOUD_CREDENTIALS_FILE"},
			value: func(s *scene, n int) string {
				path := filepath.Join(s.TempDir(), "config.json")
				writeProfiles(s.T, path, map[string]any{"name": "x", "mode": "AK", "access_key_id": path, "access_key_secret": "secret"})
				return path
			},
			seen: func(s *scene) string { return s.snapshot(s.T).AccessKeyID },
		},
		"ecs_role_name": {
			block: func(c *Config, v string) { c.ECSRoleName = v },
			env:   []string{"ALICLOUD_ECS_ROLE_NAME", "ALIBABA_CLOUD_ECS_METADATA"},
			field: "ram_role_name", profile: map[string]any{"mode": "EcsRamRole"},
			seen: func(s *scene) string {
				stsmock.Intercept(s.T, s.server, stsmock.MetadataHost)
				// The instance has another role: it is the question that matters.
				_, _ = s.source(s.T).Snapshot(context.Background())
				return filepath.Base(s.server.Calls()[1].Path)
			},
		},
		"credentials_uri": {
			block: func(c *Config, v string) { c.CredentialsURI = v },
			env:   []string{"ALICLOUD_CREDENTIALS_URI", "ALIBABA_CLOUD_CREDENTIALS_URI"},
			field: "credentials_uri", profile: map[string]any{"mode": "CredentialsURI"},
			value: func(s *scene, n int) string { return s.server.URL() + "/" + strconv.Itoa(n) },
			seen: func(s *scene) string {
				s.snapshot(s.T)
				return s.server.URL() + s.server.Calls()[0].Path
			},
		},

		"assume_role.role_arn": roleArgument([]string{"ALICLOUD_ASSUME_ROLE_ARN", "ALIBABA_CLOUD_ROLE_ARN"}, "ram_role_arn", "RoleArn", nil,
			func(r *AssumeRole, v string) { r.RoleARN = v }),
		"assume_role.session_name": roleArgument([]string{"ALICLOUD_ASSUME_ROLE_SESSION_NAME", "ALIBABA_CLOUD_ROLE_SESSION_NAME"}, "ram_session_name", "RoleSessionName", nil,
			func(r *AssumeRole, v string) { r.SessionName = v }),
		"assume_role.session_expiration": roleArgument([]string{"ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION"}, "expired_seconds", "DurationSeconds", seconds,
			func(r *AssumeRole, v string) { r.SessionExpiration = number(v) }),
		"assume_role.policy": roleArgument(nil, "policy", "Policy", nil,
			func(r *AssumeRole, v string) { r.Policy = v }),
		"assume_role.external_id": roleArgument(nil, "external_id", "ExternalId", nil,
			func(r *AssumeRole, v string) { r.ExternalID = v }),

		"assume_role_with_oidc.oidc_provider_arn": oidcArgument([]string{"ALIBABA_CLOUD_OIDC_PROVIDER_ARN"}, "oidc_provider_arn", "OIDCProviderArn", nil,
			func(o *AssumeRoleWithOIDC, v string) { o.ProviderARN = v }),
		"assume_role_with_oidc.role_arn": oidcArgument([]string{"ALIBABA_CLOUD_ROLE_ARN"}, "ram_role_arn", "RoleArn", nil,
			func(o *AssumeRoleWithOIDC, v string) { o.RoleARN = v }),
		"assume_role_with_oidc.oidc_token": oidcArgument([]string{"ALIBABA_CLOUD_OIDC_TOKEN", "TFC_WORKLOAD_IDENTITY_TOKEN"}, "oidc_token", "OIDCToken", nil,
			func(o *AssumeRoleWithOIDC, v string) { o.Token = v }),
		"assume_role_with_oidc.oidc_token_file": oidcArgument([]string{"ALIBABA_CLOUD_OIDC_TOKEN_FILE"}, "oidc_token_file", "OIDCToken", tokenFile,
			func(o *AssumeRoleWithOIDC, v string) { o.Token, o.TokenFile = "", v }),
		"assume_role_with_oidc.role_session_name": oidcArgument([]string{"ALIBABA_CLOUD_ROLE_SESSION_NAME"}, "ram_session_name", "RoleSessionName", nil,
			func(o *AssumeRoleWithOIDC, v string) { o.SessionName = v }),
		"assume_role_with_oidc.policy": oidcArgument(nil, "policy", "Policy", nil,
			func(o *AssumeRoleWithOIDC, v string) { o.Policy = v }),
		"assume_role_with_oidc.session_expiration": oidcArgument(nil, "expired_seconds", "DurationSeconds", seconds,
			func(o *AssumeRoleWithOIDC, v string) { o.SessionExpiration = number(v) }),
	}
	// No role and no token may stand beside those that a test looks for.
	for _, name := range []string{"assume_role_with_oidc.oidc_token", "assume_role_with_oidc.oidc_token_file"} {
		a := of[name]
		a.besides = map[string]string{oidcProviderVariable: "idp", sharedRoleVariable: "role"}
		a.profile = map[string]any{"mode": "OIDC", "oidc_provider_arn": "idp", "ram_role_arn": "role"}
		of[name] = a
	}
	a := of["assume_role.role_arn"]
	a.besides = nil
	of["assume_role.role_arn"] = a
	return of
}

// Each argument from each place, and from each pair of places, where the stronger one is to win.
func TestPrecedence(t *testing.T) {
	for name, a := range arguments() {
		places := []string{"block"}
		places = append(places, a.env...)
		if a.field != "" {
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
func TestGuideTable(t *testing.T) {
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
			row = "| `profile` | `ALICLOUD_PROFILE`, `ALIBABA_CLOUD_PROFILE` | `current` of the file |\n"
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
			for variable, v := range a.besides {
				if s.env[variable] == "" {
					s.env[variable] = v
				}
			}
			if a.family {
				for _, family := range keyVariables {
					if place == family.id || place == family.secret || place == family.token {
						s.env[family.id], s.env[family.secret] = "id", "secret"
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
	}
	s.cfg.STSEndpoint = s.server.Endpoint()
}

// An access key, a secret and a token belong together; a part is never taken from another key's place.
func TestKeyParts(t *testing.T) {
	type env map[string]string
	for name, test := range map[string]struct {
		block   Config
		env     env
		profile map[string]any
		want    Snapshot
		refused string // argument of the error
	}{
		"block-without-secret":                {block: Config{AccessKey: "a"}, refused: "secret_key"},
		"block-without-access-key":            {block: Config{SecretKey: "s"}, refused: "access_key"},
		"block-token-alone":                   {block: Config{SecurityToken: "t"}, refused: "access_key"},
		"block-half-beside-whole-environment": {block: Config{AccessKey: "a"}, env: env{"ALICLOUD_ACCESS_KEY": "x", "ALICLOUD_SECRET_KEY": "y"}, refused: "secret_key"},
		"block-half-beside-profile":           {block: Config{AccessKey: "a"}, profile: akProfile("p"), refused: "secret_key"},
		"block-key-takes-no-token":            {block: Config{AccessKey: "a", SecretKey: "s"}, env: env{"ALICLOUD_SECURITY_TOKEN": "t"}, want: Snapshot{"a", "s", ""}},
		"environment-without-secret":          {env: env{"ALICLOUD_ACCESS_KEY": "a"}, refused: "secret_key"},
		"environment-without-access-key":      {env: env{"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"}, refused: "access_key"},
		"environment-token-alone":             {env: env{"ALIBABA_CLOUD_SECURITY_TOKEN": "t"}, profile: akProfile("p"), refused: "access_key"},
		"environment-half-beside-profile":     {env: env{"ALICLOUD_ACCESS_KEY": "a"}, profile: akProfile("p"), refused: "secret_key"},
		"half-family-beside-whole-family": {
			env:     env{"ALICLOUD_ACCESS_KEY": "a", "ALIBABA_CLOUD_ACCESS_KEY_ID": "b", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"},
			refused: "secret_key",
		},
		"stray-secret-beside-whole-family": {
			env:  env{"ALICLOUD_SECRET_KEY": "x", "ALIBABA_CLOUD_ACCESS_KEY_ID": "b", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"},
			want: Snapshot{"b", "s", ""},
		},
		"token-of-another-key": {
			env: env{"ALICLOUD_ACCESS_KEY": "a", "ALICLOUD_SECRET_KEY": "s", "ALIBABA_CLOUD_ACCESS_KEY_ID": "b",
				"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "x", "ALIBABA_CLOUD_SECURITY_TOKEN": "t"},
			want: Snapshot{"a", "s", ""},
		},
		"one-key-in-variables-of-two-names": {
			env:  env{"ALICLOUD_ACCESS_KEY": "a", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s", "ALIBABACLOUD_SECURITY_TOKEN": "t"},
			want: Snapshot{"a", "s", "t"},
		},
		"temporary-key-without-token": {
			block: Config{AccessKey: "STS.a", SecretKey: "s"}, env: env{"ALICLOUD_SECURITY_TOKEN": "t"}, refused: "security_token",
		},
		"temporary-key-of-environment-without-token": {env: env{"ALICLOUD_ACCESS_KEY": "STS.a", "ALICLOUD_SECRET_KEY": "s"}, refused: "security_token"},
		"temporary-key": {block: Config{AccessKey: "STS.a", SecretKey: "s", SecurityToken: "t"}, want: Snapshot{"STS.a", "s", "t"}},
		"spaces-around": {block: Config{AccessKey: " a\n", SecretKey: "\ts "}, want: Snapshot{"a", "s", ""}},
		"profile-secret-not-from-environment": {
			block:   Config{Profile: "p"},
			env:     env{"ALIBABA_CLOUD_ACCESS_KEY_SECRET": ""},
			profile: map[string]any{"name": "p", "mode": "AK", "access_key_id": "a"}, refused: "profile",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var profiles []map[string]any
			if test.profile != nil {
				profiles = append(profiles, test.profile)
			}
			p := newPlace(t, profiles...)
			getenv := p.cfg.Getenv
			p.cfg, p.env = test.block, test.env
			p.cfg.Getenv = getenv
			if test.refused == "" {
				if got := p.snapshot(t); got != test.want {
					t.Errorf("got %q %q %q, want %q %q %q", got.AccessKeyID, got.AccessKeySecret, got.SecurityToken,
						test.want.AccessKeyID, test.want.AccessKeySecret, test.want.SecurityToken)
				}
				return
			}
			_ = refused(t, p.cfg, test.refused)
		})
	}
}

// The environment of the process is no second source for credentials-go.
func TestProcessEnvironmentIsNotAsked(t *testing.T) {
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret-of-process")
	t.Setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "token-of-process")
	t.Setenv("ALIBABA_CLOUD_OIDC_TOKEN", "token-of-process")
	t.Setenv("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true")
	t.Setenv("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "true")
	t.Setenv("ALIBABA_CLOUD_STS_REGION", "cn-of-process")
	t.Run("sts", func(t *testing.T) {
		for want, sts := range map[string]stsHost{
			"sts.aliyuncs.com":                {},
			"sts.cn-beijing.aliyuncs.com":     {region: "cn-beijing"},
			"sts-vpc.cn-beijing.aliyuncs.com": {region: "cn-beijing", vpc: true},
			"sts.example.com":                 {endpoint: "sts.example.com", region: "cn-beijing", vpc: true},
		} {
			if got := sts.host(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	})
	t.Run("key", func(t *testing.T) {
		p := newPlace(t, akProfile("default"))
		if got, want := p.snapshot(t), (Snapshot{baseKey.ID, baseKey.Secret, ""}); got != want {
			t.Error("the keys are not those of the profile")
		}
	})
	t.Run("oidc-token-file", func(t *testing.T) {
		server := stsmock.New(t)
		server.Token = "token-of-file"
		p := newPlace(t)
		path := filepath.Join(t.TempDir(), "token")
		writeFile(t, path, "token-of-file")
		p.cfg.STSEndpoint = server.Endpoint()
		p.cfg.AssumeRoleWithOIDC = &AssumeRoleWithOIDC{ProviderARN: "idp", RoleARN: "role", TokenFile: path}
		p.snapshot(t)
	})
}

// Mistakes that are found without asking anyone.
func TestRefused(t *testing.T) {
	role, oidc := &AssumeRole{RoleARN: "role"}, &AssumeRoleWithOIDC{ProviderARN: "idp", RoleARN: "role", Token: "token"}
	key := Config{AccessKey: "a", SecretKey: "s"}
	with := func(cfg Config, change func(*Config)) Config {
		change(&cfg)
		return cfg
	}
	for name, test := range map[string]struct {
		cfg      Config
		env      map[string]string
		profiles []map[string]any
		argument string
	}{
		"key-and-ecs-role":  {cfg: with(key, func(c *Config) { c.ECSRoleName = "ops" }), argument: "ecs_role_name"},
		"key-and-oidc":      {cfg: with(key, func(c *Config) { c.AssumeRoleWithOIDC = oidc }), argument: "assume_role_with_oidc"},
		"key-and-uri":       {cfg: with(key, func(c *Config) { c.CredentialsURI = "http://localhost/" }), argument: "credentials_uri"},
		"ecs-role-and-uri":  {cfg: Config{ECSRoleName: "ops", CredentialsURI: "http://localhost/"}, argument: "credentials_uri"},
		"oidc-and-ecs-role": {cfg: Config{ECSRoleName: "ops", AssumeRoleWithOIDC: oidc}, argument: "ecs_role_name"},
		"ecs-role-beside-named-profile-of-a-key": {
			cfg: Config{ECSRoleName: "ops", Profile: "p"}, profiles: []map[string]any{akProfile("p")}, argument: "profile"},
		"uri-of-environment-beside-named-profile-of-a-key": {
			cfg: Config{Profile: "p"}, env: map[string]string{"ALICLOUD_CREDENTIALS_URI": "http://localhost/"},
			profiles: []map[string]any{akProfile("p")}, argument: "profile"},

		"role-without-arn":     {cfg: with(key, func(c *Config) { c.AssumeRole = &AssumeRole{} }), argument: "assume_role.role_arn"},
		"expiration-too-short": {cfg: with(key, func(c *Config) { c.AssumeRole = &AssumeRole{RoleARN: "r", SessionExpiration: 899} }), argument: "assume_role.session_expiration"},
		"expiration-too-long":  {cfg: with(key, func(c *Config) { c.AssumeRole = &AssumeRole{RoleARN: "r", SessionExpiration: 43201} }), argument: "assume_role.session_expiration"},
		"expiration-negative":  {cfg: with(key, func(c *Config) { c.AssumeRole = &AssumeRole{RoleARN: "r", SessionExpiration: -1} }), argument: "assume_role.session_expiration"},
		"expiration-of-environment-no-number": {
			cfg: with(key, func(c *Config) { c.AssumeRole = role }),
			env: map[string]string{"ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION": "1h"}, argument: "assume_role.session_expiration"},
		"oidc-expiration": {
			cfg:      Config{AssumeRoleWithOIDC: &AssumeRoleWithOIDC{ProviderARN: "idp", RoleARN: "role", Token: "t", SessionExpiration: 60}},
			argument: "assume_role_with_oidc.session_expiration"},
		"oidc-without-provider": {cfg: Config{AssumeRoleWithOIDC: &AssumeRoleWithOIDC{RoleARN: "role", Token: "t"}}, argument: "assume_role_with_oidc.oidc_provider_arn"},
		"oidc-without-role":     {cfg: Config{AssumeRoleWithOIDC: &AssumeRoleWithOIDC{ProviderARN: "idp", Token: "t"}}, argument: "assume_role_with_oidc.role_arn"},
		"oidc-without-token":    {cfg: Config{AssumeRoleWithOIDC: &AssumeRoleWithOIDC{ProviderARN: "idp", RoleARN: "role"}}, argument: "assume_role_with_oidc.oidc_token"},
		"oidc-of-environment-without-role": {
			env: map[string]string{"ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "idp", "ALIBABA_CLOUD_OIDC_TOKEN": "t"}, argument: "assume_role_with_oidc.role_arn"},

		"ecs-role-by-arn":   {cfg: Config{ECSRoleName: "acs:ram::1:role/ops"}, argument: "ecs_role_name"},
		"ecs-role-as-path":  {cfg: Config{ECSRoleName: "../user-data"}, argument: "ecs_role_name"},
		"metadata-disabled": {cfg: Config{ECSRoleName: "ops"}, env: map[string]string{"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "TRUE"}, argument: "ecs_role_name"},
		"metadata-disabled-for-a-profile": {env: map[string]string{"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"},
			cfg: Config{Profile: "p"}, profiles: []map[string]any{{"name": "p", "mode": "EcsRamRole"}}, argument: "ecs_role_name"},
		"uri-without-host": {cfg: Config{CredentialsURI: "localhost:8080"}, argument: "credentials_uri"},
		"uri-of-a-file":    {cfg: Config{CredentialsURI: "file:///etc/passwd"}, argument: "credentials_uri"},

		"sts-by-http":      {cfg: with(key, func(c *Config) { c.STSEndpoint = "http://sts.aliyuncs.com" }), argument: "endpoints.sts"},
		"sts-with-path":    {cfg: with(key, func(c *Config) { c.STSEndpoint = "sts.aliyuncs.com/x" }), argument: "endpoints.sts"},
		"sts-with-account": {cfg: with(key, func(c *Config) { c.STSEndpoint = "user@sts.aliyuncs.com" }), argument: "endpoints.sts"},

		"profile-without-file": {cfg: Config{Profile: "p"}, argument: "shared_credentials_file"},
		"missing-named-file":   {cfg: Config{SharedCredentialsFile: "~/elsewhere.json"}, argument: "shared_credentials_file"},
		"missing-profile":      {cfg: Config{Profile: "q"}, profiles: []map[string]any{akProfile("p")}, argument: "profile"},
		"missing-profile-of-environment": {env: map[string]string{"ALIBABA_CLOUD_PROFILE": "q"},
			profiles: []map[string]any{akProfile("p")}, argument: "profile"},
		"missing-profile-beside-a-key": {cfg: with(key, func(c *Config) { c.Profile = "q" }), profiles: []map[string]any{akProfile("p")}, argument: "profile"},
	} {
		t.Run(name, func(t *testing.T) {
			newPlace(t, test.profiles...)
			test.cfg.Getenv = func(name string) string { return test.env[name] }
			_ = refused(t, test.cfg, test.argument)
		})
	}
}

// What is missing keeps no one from what needs no keys: it is an error of the first call.
func TestMissing(t *testing.T) {
	for name, test := range map[string]struct {
		cfg      Config
		env      map[string]string
		file     string // content of the CLI's own file
		argument string
	}{
		"role-without-base":                {cfg: Config{AssumeRole: &AssumeRole{RoleARN: "role"}}, argument: "assume_role"},
		"role-of-environment-without-base": {env: map[string]string{"ALICLOUD_ASSUME_ROLE_ARN": "role"}, argument: "assume_role"},
		"empty-file":                       {file: "{", argument: "shared_credentials_file"},
		"metadata-disabled": {
			env:      map[string]string{"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"},
			file:     `{"current": "default", "profiles": [{"name": "default", "mode": "EcsRamRole"}]}`,
			argument: "ecs_role_name",
		},
		"unfilled-profile": {
			file:     `{"current": "default", "profiles": [{"name": "default", "mode": "AK", "access_key_id": "", "access_key_secret": ""}]}`,
			argument: "profile",
		},
	} {
		t.Run(name, func(t *testing.T) {
			newPlace(t)
			if test.file != "" {
				home := t.TempDir()
				t.Setenv("HOME", home)
				writeFile(t, filepath.Join(home, ".aliyun", "config.json"), test.file)
			}
			test.cfg.Getenv = func(name string) string { return test.env[name] }
			source, err := New(test.cfg)
			if err != nil {
				t.Fatalf("got %v already while configuring", err)
			}
			var mistake *ConfigError
			if _, err := source.Snapshot(t.Context()); !errors.As(err, &mistake) || mistake.Argument != test.argument {
				t.Errorf("got %v, want an error about %s", err, test.argument)
			}
		})
	}
}

// refused expects a *ConfigError that hangs on the argument and says all that it should.
func refused(t *testing.T, cfg Config, argument string) *ConfigError {
	t.Helper()
	_, err := New(cfg)
	var mistake *ConfigError
	if !errors.As(err, &mistake) {
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

// What is configured side by side without contradiction.
func TestSideBySide(t *testing.T) {
	t.Run("the-profile-lends-a-key-its-region", func(t *testing.T) {
		profile := akProfile("p")
		profile["region_id"] = "cn-beijing"
		p := newPlace(t, akProfile("other"), profile)
		p.cfg.AccessKey, p.cfg.SecretKey, p.cfg.Profile = "a", "s", "p"
		if got := p.source(t).Region(); got != "cn-beijing" {
			t.Errorf("region is %q", got)
		}
		if got := p.snapshot(t).AccessKeyID; got != "a" {
			t.Errorf("access key is %q", got)
		}
	})
	t.Run("a-broken-file-that-nothing-asks-for", func(t *testing.T) {
		p := newPlace(t)
		home := t.TempDir()
		t.Setenv("HOME", home)
		writeFile(t, filepath.Join(home, ".aliyun", "config.json"), "{")
		p.cfg.AccessKey, p.cfg.SecretKey = "a", "s"
		p.source(t)
	})
	t.Run("a-file-of-another-kind-without-a-profile", func(t *testing.T) {
		p := newPlace(t)
		path := filepath.Join(t.TempDir(), "credentials")
		writeFile(t, path, "[default]\ntype = access_key\n")
		p.env["ALIBABA_CLOUD_CREDENTIALS_FILE"] = path
		p.cfg.AccessKey, p.cfg.SecretKey = "a", "s"
		p.source(t)
	})
	t.Run("another-role-than-the-profile's-takes-nothing-that-was-made-for-it", func(t *testing.T) {
		server := stsmock.New(t, baseKey)
		p := newPlace(t, map[string]any{
			"name": "p", "mode": "RamRoleArn", "access_key_id": baseKey.ID, "access_key_secret": baseKey.Secret,
			"ram_role_arn": "role", "policy": "policy", "external_id": "external", "ram_session_name": "session",
		})
		p.cfg.STSEndpoint, p.cfg.Profile = server.Endpoint(), "p"
		p.cfg.AssumeRole = &AssumeRole{RoleARN: "other"}
		p.snapshot(t)
		params := server.Calls()[0].Params
		if params.Get("RoleArn") != "other" || params.Get("Policy") != "" || params.Get("ExternalId") != "" || params.Get("RoleSessionName") != "session" {
			t.Errorf("STS was asked with %v", params)
		}
	})
	t.Run("a-role-of-oidc-in-the-environment-is-not-assumed-by-a-key", func(t *testing.T) {
		p := newPlace(t)
		p.env["ALIBABA_CLOUD_ROLE_ARN"], p.env["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"] = "role", "idp"
		p.cfg.AccessKey, p.cfg.SecretKey = "a", "s"
		if got := p.snapshot(t).AccessKeyID; got != "a" {
			t.Errorf("access key is %q", got)
		}
	})
	t.Run("an-ecs-role-beside-a-named-profile-of-another", func(t *testing.T) {
		p := newPlace(t, map[string]any{"name": "p", "mode": "EcsRamRole", "ram_role_name": "other"})
		p.cfg.ECSRoleName, p.cfg.Profile = "ops", "p"
		p.source(t)
	})
	t.Run("nothing-at-all", func(t *testing.T) {
		p := newPlace(t)
		_, err := p.source(t).Snapshot(context.Background())
		if !errors.Is(err, ErrNone) {
			t.Fatalf("got %v, want ErrNone", err)
		}
		for _, name := range []string{"access_key", "ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "profile"} {
			if !strings.Contains(err.Error(), name) {
				t.Errorf("the error does not name %s", name)
			}
		}
	})
}
