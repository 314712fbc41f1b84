package credentials

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// secrets are in every broken file of these tests, and must be in no error.
const fileSecret = "file-secret-0123456789"

func TestBrokenFile(t *testing.T) {
	const start = `{"current": "p", "profiles": [{"name": "p", "access_key_id": "a", "access_key_secret": "` + fileSecret + `", `
	const bare = `{"current": "p", "profiles": [{"name": "p", `
	for name, tc := range map[string]struct {
		content string
		field   string
		says    string
	}{
		"empty":                   {"", "", "line 1"},
		"too-large":               {strings.Repeat(" ", maxFileSize) + "{}", "", "1 MiB"},
		"cut-off":                 {start, "", "line 1"},
		"comma-too-many":          {start + "\n\"mode\": \"AK\",\n}]}", "", "line 3"},
		"trailing-garbage":        {start + `"mode": "AK"}]} ` + fileSecret, "", "JSON"},
		"utf-8-mark":              {"\ufeff" + start + `"mode": "AK"}]}`, "", "byte order mark"},
		"utf-16":                  {"\xff\xfe{\x00", "", "byte order mark"},
		"ini-form-of-the-sdk":     {"[default]\ntype = access_key\naccess_key_secret = " + fileSecret + "\n", "", "INI form"},
		"null":                    {"null", "profiles", ""},
		"list":                    {`["` + fileSecret + `"]`, "", "JSON object"},
		"string":                  {`"` + fileSecret + `"`, "", "JSON object"},
		"no-profiles":             {`{"current": "p"}`, "profiles", ""},
		"profiles-null":           {`{"current": "p", "profiles": null}`, "profiles", ""},
		"profiles-empty":          {`{"current": "p", "profiles": []}`, "profiles", ""},
		"profiles-object":         {`{"current": "p", "profiles": {"p": "` + fileSecret + `"}}`, "profiles", ""},
		"profile-null":            {start + `"mode": "AK"}, null]}`, "profiles[1].name", ""},
		"profile-string":          {`{"current": "p", "profiles": ["` + fileSecret + `"]}`, "profiles", ""},
		"name-missing":            {`{"current": "p", "profiles": [{"access_key_secret": "` + fileSecret + `"}]}`, "profiles[0].name", ""},
		"name-number":             {`{"current": "p", "profiles": [{"name": 1}]}`, "profiles[0].name", ""},
		"mode-unknown":            {start + `"mode": "` + fileSecret + `"}]}`, "mode", "ChainableRamRoleArn"},
		"mode-number":             {start + `"mode": 1}]}`, "mode", ""},
		"mode-null":               {start + `"mode": null}]}`, "mode", ""},
		"secret-missing":          {bare + `"mode": "AK", "access_key_id": "a"}]}`, "access_key_secret", ""},
		"secret-null":             {bare + `"mode": "AK", "access_key_id": "a", "access_key_secret": null}]}`, "access_key_secret", ""},
		"secret-object":           {bare + `"mode": "AK", "access_key_id": "a", "access_key_secret": {"x": "` + fileSecret + `"}}]}`, "access_key_secret", ""},
		"token-missing":           {start + `"mode": "StsToken"}]}`, "sts_token", ""},
		"role-missing":            {start + `"mode": "RamRoleArn"}]}`, "ram_role_arn", ""},
		"expiration-string":       {start + `"mode": "RamRoleArn", "ram_role_arn": "r", "expired_seconds": "3600"}]}`, "expired_seconds", ""},
		"expiration-fraction":     {start + `"mode": "RamRoleArn", "ram_role_arn": "r", "expired_seconds": 1000.5}]}`, "expired_seconds", ""},
		"expiration-null":         {start + `"mode": "RamRoleArn", "ram_role_arn": "r", "expired_seconds": null}]}`, "expired_seconds", ""},
		"expiration-huge":         {start + `"mode": "RamRoleArn", "ram_role_arn": "r", "expired_seconds": 1e99}]}`, "expired_seconds", ""},
		"expiration-out-of-range": {start + `"mode": "RamRoleArn", "ram_role_arn": "r", "expired_seconds": 60}]}`, "expired_seconds", "900"},
		"vpc-string":              {start + `"mode": "RamRoleArn", "ram_role_arn": "r", "enable_vpc": "true"}]}`, "enable_vpc", ""},
		"sts-region-as-host":      {start + `"mode": "RamRoleArn", "ram_role_arn": "r", "sts_region": "evil.example/"}]}`, "sts_region", ""},
		"region-as-host":          {start + `"mode": "AK", "region_id": "evil.example/"}]}`, "region_id", ""},
		"region-cut-off":          {start + `"mode": "AK", "region_id": "cn-"}]}`, "region_id", ""},
		"region-number":           {start + `"mode": "AK", "region_id": 1}]}`, "region_id", ""},
		"role-name-as-path":       {start + `"mode": "EcsRamRole", "ram_role_name": "../x"}]}`, "ram_role_name", ""},
		"source-missing":          {start + `"mode": "ChainableRamRoleArn", "ram_role_arn": "r"}]}`, "source_profile", ""},
		"source-unknown":          {start + `"mode": "ChainableRamRoleArn", "ram_role_arn": "r", "source_profile": "x"}]}`, "source_profile", `"p"`},
		"source-itself":           {start + `"mode": "ChainableRamRoleArn", "ram_role_arn": "r", "source_profile": "p"}]}`, "source_profile", "circle"},
		"source-in-a-circle": {start + `"mode": "ChainableRamRoleArn", "ram_role_arn": "r", "source_profile": "q"},
			{"name": "q", "mode": "chainableramrolearn", "ram_role_arn": "r", "source_profile": "p"}]}`, "source_profile", "circle"},
		"source-broken": {start + `"mode": "ChainableRamRoleArn", "ram_role_arn": "r", "source_profile": "q"},
			{"name": "q", "mode": "AK", "access_key_id": "a"}]}`, "access_key_secret", `"q"`},
		"oidc-provider-missing": {bare + `"mode": "OIDC", "ram_role_arn": "r", "oidc_token_file": "t"}]}`, "oidc_provider_arn", ""},
		"oidc-file-missing":     {bare + `"mode": "OIDC", "ram_role_arn": "r", "oidc_provider_arn": "i"}]}`, "oidc_token_file", ""},
		"uri-missing":           {bare + `"mode": "CredentialsURI"}]}`, "credentials_uri", ""},
		"uri-without-host":      {bare + `"mode": "CredentialsURI", "credentials_uri": "` + fileSecret + `"}]}`, "credentials_uri", ""},
		"sso-token-missing": {start + `"mode": "CloudSSO", "cloud_sso_sign_in_url": "https://x/", "cloud_sso_account_id": "1",
			"cloud_sso_access_config": "ac"}]}`, "access_token", ""},
		"sso-url-without-host": {start + `"mode": "CloudSSO", "cloud_sso_sign_in_url": "` + fileSecret + `", "cloud_sso_account_id": "1",
			"cloud_sso_access_config": "ac", "access_token": "t"}]}`, "cloud_sso_sign_in_url", ""},
		"command-missing":      {start + `"mode": "External"}]}`, "process_command", ""},
		"command-open-quote":   {start + `"mode": "External", "process_command": "x '` + fileSecret + `"}]}`, "process_command", ""},
		"oauth-site-unknown":   {start + `"mode": "OAuth", "oauth_site_type": "` + fileSecret + `", "oauth_access_token": "t"}]}`, "oauth_site_type", "INTL"},
		"oauth-tokens-missing": {start + `"mode": "OAuth", "oauth_site_type": "CN"}]}`, "oauth_access_token", ""},
	} {
		t.Run(name, func(t *testing.T) {
			newPlace(t)
			path := filepath.Join(t.TempDir(), "config.json")
			writeFile(t, path, tc.content)
			_, err := New(Config{Block: Block{SharedCredentialsFile: new(path), Profile: new("p")}, Getenv: func(string) string { return "" }})
			mistake, ok := errors.AsType[*ConfigError](err)
			if !ok {
				t.Fatalf("got %v, want a ConfigError", err)
			}
			if mistake.Field != tc.field {
				t.Errorf("field is %q, want %q", mistake.Field, tc.field)
			}
			if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("the error does not say %q and the file: %v", tc.says, err)
			}
			if strings.Contains(err.Error(), fileSecret) {
				t.Errorf("the error shows what is in the file: %v", err)
			}
		})
	}
}

// Root may read everything, so a file without permissions would prove nothing.
func TestFileFailure(t *testing.T) {
	if got := fileFailure(&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}); got != "may not be read" {
		t.Errorf("a file without permission %s", got)
	}
}

// FuzzProfile expects a source or a ConfigError of whatever is in the file, and none of its secrets in the error.
func FuzzProfile(f *testing.F) {
	for _, seed := range []string{
		`{"current": "p", "profiles": [{"name": "p", "mode": "AK", "access_key_id": "a", "access_key_secret": "s"}]}`,
		`{"current": "p", "profiles": [{"name": "p", "mode": "ChainableRamRoleArn", "ram_role_arn": "r", "source_profile": "q"},
			{"name": "q", "mode": "ChainableRamRoleArn", "ram_role_arn": "r", "source_profile": "p"}]}`,
		`{"current": "p", "profiles": [{"name": "p", "mode": "External", "process_command": "a 'b"}]}`,
		`{"current": "p", "profiles": [{"name": "p", "mode": "CloudSSO", "cloud_sso_sign_in_url": "://", "access_token": "access-token-1"}]}`,
		`{"current": "p", "profiles": [{"name": "p", "mode": "OAuth", "oauth_site_type": "cn", "oauth_access_token_expire": -1}]}`,
		`{"current": "p", "profiles": [null]}`,
		"\ufeff{}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := parseFile("config.json", "the test", content)
		if err == nil {
			r := resolver{Config: Config{Getenv: func(string) string { return "" }}}
			p, _ := r.profile(file, file.names[0], value{origin: "the test"})
			r.method(p, nil)
			err = r.err
			for _, raw := range file.Profiles {
				for field, value := range raw {
					s, ok := decode[string](value)
					// Names are shown, and short texts are in any sentence.
					if ok && len(s) >= 12 && err != nil && strings.Contains(err.Error(), s) &&
						field != "name" && field != "source_profile" && !strings.Contains(fmt.Sprint(file.names), s) && !strings.Contains(fixedTexts, s) {
						t.Errorf("the error shows field %s: %v", field, err)
					}
				}
			}
		}
		if _, ok := errors.AsType[*ConfigError](err); err != nil && !ok {
			t.Errorf("%T is not a ConfigError", err)
		}
	})
}

// fixedTexts are what a field could hold and an error says anyway.
var fixedTexts = func() string {
	all, _ := json.Marshal([]string{supportedMode, badExpiration, expirationRemedy})
	return string(all)
}()
