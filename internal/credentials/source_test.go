package credentials

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/credentials/stsmock"
)

// way is one way to sign in, from a configuration to what is asked.
type way struct {
	configure func(s *scene)
	asks      []string          // actions or paths, in order
	params    map[string]string // of the last request
	static    Snapshot          // the keys, if they are those configured
}

// ways has every source, and every mode of a profile that the CLI writes.
func ways() map[string]way {
	profile := func(fields ...map[string]any) func(*scene) {
		return func(s *scene) {
			s.cfg.SharedCredentialsFile = filepath.Join(s.TempDir(), "config.json")
			profiles := make([]map[string]any, len(fields))
			for i := range fields {
				profiles[i] = maps.Clone(fields[i])
				for field, v := range profiles[i] {
					if text, ok := v.(string); ok {
						profiles[i][field] = strings.ReplaceAll(text, "URL", s.server.URL())
					}
				}
			}
			writeProfiles(s.T, s.cfg.SharedCredentialsFile, profiles...)
		}
	}
	const metadata = "/latest/meta-data/ram/security-credentials/"
	base := Snapshot{AccessKeyID: baseKey.ID, AccessKeySecret: baseKey.Secret}
	inAnHour := time.Now().Add(time.Hour).Unix()
	return map[string]way{
		"access-key":     {configure: func(s *scene) { s.cfg.AccessKey, s.cfg.SecretKey = baseKey.ID, baseKey.Secret }, static: base},
		"security-token": {configure: func(s *scene) { s.cfg.AccessKey, s.cfg.SecretKey, s.cfg.SecurityToken = "a", "s", "t" }, static: Snapshot{"a", "s", "t"}},
		"assume-role": {
			configure: func(s *scene) {
				s.cfg.AccessKey, s.cfg.SecretKey = baseKey.ID, baseKey.Secret
				s.cfg.AssumeRole = &AssumeRole{RoleARN: "acs:ram::1:role/ops", Policy: `{"Version": "1"}`, ExternalID: "x"}
			},
			asks: []string{"AssumeRole"},
			params: map[string]string{"RoleArn": "acs:ram::1:role/ops", "RoleSessionName": "terraform", "DurationSeconds": "3600",
				"Policy": `{"Version": "1"}`, "ExternalId": "x"},
		},
		"ecs-role": {
			configure: func(s *scene) { s.cfg.ECSRoleName = "ops" },
			asks:      []string{"/latest/api/token", metadata + "ops"},
		},
		"assume-role-by-ecs-role": {
			configure: func(s *scene) { s.cfg.ECSRoleName, s.cfg.AssumeRole = "ops", &AssumeRole{RoleARN: "r"} },
			asks:      []string{"/latest/api/token", metadata + "ops", "AssumeRole"},
		},
		"oidc-token": {
			configure: func(s *scene) {
				s.cfg.AssumeRoleWithOIDC = &AssumeRoleWithOIDC{ProviderARN: "idp", RoleARN: "r", Token: "oidc.token.1"}
			},
			asks: []string{"AssumeRoleWithOIDC"},
			params: map[string]string{"OIDCProviderArn": "idp", "RoleArn": "r", "OIDCToken": "oidc.token.1", "RoleSessionName": "terraform",
				"DurationSeconds": "3600"},
		},
		"oidc-token-file": {
			configure: func(s *scene) {
				path := filepath.Join(s.TempDir(), "token")
				writeFile(s.T, path, "oidc.token.1\n")
				s.cfg.AssumeRoleWithOIDC = &AssumeRoleWithOIDC{ProviderARN: "idp", RoleARN: "r", TokenFile: path}
			},
			asks: []string{"AssumeRoleWithOIDC"}, params: map[string]string{"OIDCToken": "oidc.token.1"},
		},
		"hcp-terraform-by-block": {
			configure: func(s *scene) {
				s.env["TFC_WORKLOAD_IDENTITY_TOKEN"] = "oidc.token.1"
				s.cfg.AssumeRoleWithOIDC = &AssumeRoleWithOIDC{ProviderARN: "idp", RoleARN: "r"}
			},
			asks: []string{"AssumeRoleWithOIDC"}, params: map[string]string{"OIDCToken": "oidc.token.1"},
		},
		"hcp-terraform-by-environment": {
			configure: func(s *scene) {
				s.env["TFC_WORKLOAD_IDENTITY_TOKEN"] = "oidc.token.1"
				s.env["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"], s.env["ALIBABA_CLOUD_ROLE_ARN"] = "idp", "r"
			},
			asks: []string{"AssumeRoleWithOIDC"}, params: map[string]string{"OIDCToken": "oidc.token.1", "RoleArn": "r"},
		},
		"assume-role-by-oidc": {
			configure: func(s *scene) {
				s.cfg.AssumeRoleWithOIDC = &AssumeRoleWithOIDC{ProviderARN: "idp", RoleARN: "r1", Token: "t"}
				s.cfg.AssumeRole = &AssumeRole{RoleARN: "r2"}
			},
			asks: []string{"AssumeRoleWithOIDC", "AssumeRole"}, params: map[string]string{"RoleArn": "r2"},
		},
		"credentials-uri": {configure: func(s *scene) { s.cfg.CredentialsURI = s.server.URL() + "/keys" }, asks: []string{"/keys"}},

		"profile-ak": {configure: profile(akProfile("p")), static: base},
		"profile-ststoken": {
			configure: profile(map[string]any{"name": "p", "mode": "STSTOKEN", "access_key_id": "a", "access_key_secret": "s", "sts_token": "t"}), static: Snapshot{"a", "s", "t"}},
		"profile-without-mode": {configure: profile(map[string]any{"name": "p", "access_key_id": "a", "access_key_secret": "s"}), static: Snapshot{"a", "s", ""}},
		"profile-ramrolearn": {
			configure: profile(map[string]any{"name": "p", "mode": "ramRoleArn", "access_key_id": baseKey.ID, "access_key_secret": baseKey.Secret,
				"ram_role_arn": "r", "ram_session_name": "n", "expired_seconds": 900}),
			asks: []string{"AssumeRole"}, params: map[string]string{"RoleArn": "r", "RoleSessionName": "n", "DurationSeconds": "900"},
		},
		// The block's role takes the place of the profile's, as in the official provider.
		"profile-ramrolearn-and-role": {
			configure: func(s *scene) {
				profile(map[string]any{"name": "p", "mode": "RamRoleArn", "access_key_id": baseKey.ID, "access_key_secret": baseKey.Secret, "ram_role_arn": "r"})(s)
				s.cfg.AssumeRole = &AssumeRole{RoleARN: "r2"}
			},
			asks: []string{"AssumeRole"}, params: map[string]string{"RoleArn": "r2"},
		},
		"profile-ecsramrole": {
			configure: profile(map[string]any{"name": "p", "mode": "EcsRamRole", "ram_role_name": "ops"}),
			asks:      []string{"/latest/api/token", metadata + "ops"},
		},
		"profile-ecsramrole-without-name": {
			configure: profile(map[string]any{"name": "p", "mode": "EcsRamRole"}),
			asks:      []string{"/latest/api/token", metadata, "/latest/api/token", metadata + "ops"},
		},
		"profile-ramrolearnwithrolename": {
			configure: profile(map[string]any{"name": "p", "mode": "RamRoleArnWithRoleName", "ram_role_name": "ops", "ram_role_arn": "r"}),
			asks:      []string{"/latest/api/token", metadata + "ops", "AssumeRole"}, params: map[string]string{"RoleArn": "r"},
		},
		"profile-ramrolearnwithecs": {
			configure: profile(map[string]any{"name": "p", "mode": "RamRoleArnWithEcs", "ram_role_name": "ops", "ram_role_arn": "r"}),
			asks:      []string{"/latest/api/token", metadata + "ops", "AssumeRole"}, params: map[string]string{"RoleArn": "r"},
		},
		"profile-chainableramrolearn": {
			configure: profile(
				map[string]any{"name": "p", "mode": "ChainableRamRoleArn", "source_profile": "q", "ram_role_arn": "r3", "external_id": "x"},
				map[string]any{"name": "q", "mode": "chainableramrolearn", "source_profile": "s", "ram_role_arn": "r2"},
				map[string]any{"name": "s", "mode": "RamRoleArn", "access_key_id": baseKey.ID, "access_key_secret": baseKey.Secret, "ram_role_arn": "r1"}),
			asks: []string{"AssumeRole", "AssumeRole", "AssumeRole"}, params: map[string]string{"RoleArn": "r3", "ExternalId": "x"},
		},
		"profile-chainableramrolearn-and-role": {
			configure: func(s *scene) {
				profile(map[string]any{"name": "p", "mode": "ChainableRamRoleArn", "source_profile": "q", "ram_role_arn": "r1"}, akProfile("q"))(s)
				s.cfg.AssumeRole = &AssumeRole{RoleARN: "r2"}
			},
			asks: []string{"AssumeRole", "AssumeRole"}, params: map[string]string{"RoleArn": "r2"},
		},
		"profile-oidc": {
			configure: func(s *scene) {
				path := filepath.Join(s.TempDir(), "token")
				writeFile(s.T, path, "oidc.token.1")
				profile(map[string]any{"name": "p", "mode": "Oidc", "oidc_provider_arn": "idp", "ram_role_arn": "r", "oidc_token_file": path})(s)
			},
			asks: []string{"AssumeRoleWithOIDC"}, params: map[string]string{"OIDCToken": "oidc.token.1"},
		},
		"profile-credentialsuri": {
			configure: profile(map[string]any{"name": "p", "mode": "credentialsURI", "credentials_uri": "URL/keys"}), asks: []string{"/keys"}},
		"profile-cloudsso": {
			configure: func(s *scene) {
				s.server.Token = "sso-token"
				profile(map[string]any{"name": "p", "mode": "CloudSSO", "cloud_sso_sign_in_url": "URL/start/login", "cloud_sso_account_id": "1",
					"cloud_sso_access_config": "ac-1", "access_token": "sso-token", "cloud_sso_access_token_expire": inAnHour})(s)
			},
			asks: []string{"/cloud-credentials"},
		},
		"profile-external-ak": {
			configure: profile(map[string]any{"name": "p", "mode": "External",
				"process_command": `sh -c 'echo "{\"mode\":\"AK\",\"access_key_id\":\"a\",\"access_key_secret\":\"s\"}"'`}), static: Snapshot{"a", "s", ""}},
		"profile-external-ststoken": {
			configure: profile(map[string]any{"name": "p", "mode": "EXTERNAL",
				"process_command": `sh -c 'echo "{\"mode\":\"StsToken\",\"access_key_id\":\"a\",\"access_key_secret\":\"s\",\"sts_token\":\"t\"}"; echo noise >&2'`}), static: Snapshot{"a", "s", "t"}},
		"profile-oauth": {
			configure: func(s *scene) {
				stsmock.Intercept(s.T, s.server, stsmock.OAuthHost)
				s.server.Token = "oauth-token"
				profile(map[string]any{"name": "p", "mode": "OAuth", "oauth_site_type": "cn", "oauth_access_token": "oauth-token",
					"oauth_refresh_token": "refresh", "oauth_access_token_expire": inAnHour})(s)
			},
			asks: []string{"/v1/exchange"},
		},
		"profile-oauth-renewed": {
			configure: func(s *scene) {
				stsmock.Intercept(s.T, s.server, stsmock.OAuthHost)
				profile(map[string]any{"name": "p", "mode": "OAuth", "oauth_site_type": "CN", "oauth_access_token": "old",
					"oauth_refresh_token": "refresh", "oauth_access_token_expire": 1})(s)
			},
			asks: []string{"/v1/token", "/v1/exchange"},
		},
	}
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{T: t, server: stsmock.New(t, baseKey), place: newPlace(t)}
	s.cfg.STSEndpoint = s.server.Endpoint()
	stsmock.Intercept(t, s.server, stsmock.MetadataHost)
	return s
}

// Each way asks what it should and no more, once for any number of callers, and not before the first call.
func TestWays(t *testing.T) {
	for name, w := range ways() {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			w.configure(s)
			source := s.source(t)
			if calls := s.server.Calls(); len(calls) != 0 {
				t.Fatalf("asked %d times before the first call", len(calls))
			}

			const callers = 100
			got := make([]Snapshot, callers)
			var group sync.WaitGroup
			for i := range callers {
				group.Go(func() {
					var err error
					if got[i], err = source.Snapshot(context.Background()); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()

			var asked []string
			want := w.static
			calls := s.server.Calls()
			for _, call := range calls {
				asked = append(asked, firstOf(call.Action, call.Path))
			}
			if fmt.Sprint(asked) != fmt.Sprint(w.asks) {
				t.Fatalf("asked %q, want %q", asked, w.asks)
			}
			if len(calls) > 0 {
				last := calls[len(calls)-1]
				want = Snapshot{last.Issued.ID, last.Issued.Secret, last.Issued.Token}
				for param, v := range w.params {
					if last.Params.Get(param) != v {
						t.Errorf("%s is %q, want %q", param, last.Params.Get(param), v)
					}
				}
			}
			for i := range got {
				if got[i] != want {
					t.Fatalf("caller %d has other keys than those handed out", i)
				}
			}
		})
	}
}

// Whatever a service answers, the error is in the project's words: who was asked, where that was configured,
// what to do, and nothing of the answer, the keys or the URL.
func TestFailures(t *testing.T) {
	const leak = "answer-secret-0123456789"
	var strayed atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		strayed.Add(1)
		_, _ = io.WriteString(w, `{"Code": "Success", "AccessKeyId": "x", "AccessKeySecret": "x", "SecurityToken": "x", "Expiration": "2099-01-01T00:00:00Z"}`)
	}))
	defer elsewhere.Close()
	defer func() {
		if n := strayed.Load(); n != 0 {
			t.Errorf("%d requests followed a redirect", n)
		}
	}()
	faults := map[string]http.HandlerFunc{
		"redirect":         http.RedirectHandler(elsewhere.URL, http.StatusFound).ServeHTTP,
		"redirect-of-post": http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect).ServeHTTP,
		"too-large":        stsmock.Answer(200, strings.Repeat(" ", maxAnswerSize)+`{"AccessKeyId": "x"}`),
		"refused":          stsmock.Answer(403, `{"Code": "NoPermission", "RequestId": "REQ-1", "Message": "`+leak+`", "AccessKeySecret": "`+leak+`"}`),
		"html":             stsmock.Answer(502, "<html>"+leak+"</html>"),
		"html-with-200":    stsmock.Answer(200, "<html>"+leak+"</html>"),
		"empty":            stsmock.Answer(200, ""),
		"null":             stsmock.Answer(200, "null"),
		"list":             stsmock.Answer(200, `["`+leak+`"]`),
		"nothing-in-it":    stsmock.Answer(200, `{"RequestId": "`+leak+`"}`),
		"code-as-secret":   stsmock.Answer(400, `{"Code": "`+leak+` and more", "RequestId": "<`+leak+`>"}`),
		"no-expiration": stsmock.Answer(200, `{"Code": "Success", "AccessKeyId": "`+leak+`", "AccessKeySecret": "`+leak+`", "SecurityToken": "`+leak+`",
			"accessKeyId": "`+leak+`", "accessKeySecret": "`+leak+`", "securityToken": "`+leak+`", "access_token": "`+leak+`", "refresh_token": "`+leak+`",
			"Credentials": {"AccessKeyId": "`+leak+`", "AccessKeySecret": "`+leak+`", "SecurityToken": "`+leak+`"},
			"CloudCredential": {"AccessKeyId": "`+leak+`", "AccessKeySecret": "`+leak+`", "SecurityToken": "`+leak+`"}}`),
		"request-id-as-secret": stsmock.Answer(400, `{"Code": "NoPermission", "RequestId": "<`+leak+`>"}`),
		"empty-keys": stsmock.Answer(200, `{"Code": "Success", "AccessKeyId": "", "AccessKeySecret": "", "SecurityToken": "", "Expiration": "2099-01-01T00:00:00Z",
			"Credentials": {"AccessKeyId": "", "AccessKeySecret": "", "SecurityToken": "", "Expiration": "2099-01-01T00:00:00Z"}}`),
		"odd-expiration": stsmock.Answer(200, `{"Code": "Success", "AccessKeyId": "`+leak+`", "AccessKeySecret": "`+leak+`", "SecurityToken": "`+leak+`", "Expiration": "`+leak+`"}`),
		"broken-off": func(w http.ResponseWriter, _ *http.Request) {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				conn.Close()
			}
		},
	}
	for name, w := range ways() {
		if w.asks == nil {
			continue
		}
		for fault, answer := range faults {
			if fault == "broken-off" && strings.Contains(name, "oauth") {
				continue // The tunnel's answers are not made on a connection of their own.
			}
			t.Run(name+"/"+fault, func(t *testing.T) {
				s := newScene(t)
				w.configure(s)
				s.server.Fail(answer)
				source := s.source(t)
				_, err := source.Snapshot(context.Background())
				var failure *SourceError
				if !errors.As(err, &failure) {
					t.Fatalf("got %v, want a SourceError", err)
				}
				if failure.Source == "" || failure.Origin == "" || failure.Reason == "" || !strings.HasSuffix(failure.Remedy, ".") {
					t.Errorf("the error lacks a part: %#v", failure)
				}
				for _, secret := range []string{leak, baseKey.Secret, "oidc.token.1", "sso-token", "oauth-token", "Signature", "https://127"} {
					if strings.Contains(err.Error(), secret) || strings.Contains(fmt.Sprintf("%#v", failure), secret) {
						t.Errorf("the error shows %q: %v", secret, err)
					}
				}
				if sts := strings.HasPrefix(failure.Source, "STS"); sts && fault == "refused" && (failure.Code != "NoPermission" || failure.RequestID != "REQ-1") {
					t.Errorf("code and request id of STS are lost: %#v", failure)
				}
				s.server.Fail(nil)
				if _, err := source.Snapshot(context.Background()); err != nil {
					t.Errorf("the service is well again, the source is not: %v", err)
				}
			})
		}
	}
}

// Tokens that are about to end are renewed on every call, all links of the chain together.
func TestShortTokens(t *testing.T) {
	s := newScene(t)
	s.server.Lifetime = renewalLead
	ways()["profile-chainableramrolearn"].configure(s)
	source := s.source(t)
	seen := map[Snapshot]bool{}
	for range 3 {
		snapshot, err := source.Snapshot(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		seen[snapshot] = true
	}
	if calls := len(s.server.Calls()); len(seen) != 3 || calls != 9 {
		t.Errorf("3 calls got %d sets of keys by %d requests, want 3 by 9", len(seen), calls)
	}
	// The renewal fails, the token is still good.
	s.server.Fail(stsmock.Answer(503, `{"Code": "ServiceUnavailable"}`))
	if snapshot, err := source.Snapshot(context.Background()); err != nil || !seen[snapshot] {
		t.Errorf("a failed renewal stopped the work: %v", err)
	}
}

// A token file is read anew, since it is rotated, and a session is bought for the new token.
func TestTokenInPlaceOfItsFile(t *testing.T) {
	s := newScene(t)
	s.cfg.AssumeRoleWithOIDC = &AssumeRoleWithOIDC{ProviderARN: "idp", RoleARN: "r", TokenFile: "eyJhbGciOiJSUzI1NiJ9.claims.signature"}
	_, err := s.source(t).Snapshot(t.Context())
	if err == nil || strings.Contains(err.Error(), "eyJ") || !strings.Contains(err.Error(), "a token, not a file name") {
		t.Errorf("got %v", err)
	}
}

func TestTokenFileIsRotated(t *testing.T) {
	s := newScene(t)
	path := filepath.Join(t.TempDir(), "token")
	s.cfg.AssumeRoleWithOIDC = &AssumeRoleWithOIDC{ProviderARN: "idp", RoleARN: "r", TokenFile: path}
	source := s.source(t)
	for _, content := range []string{"one", "one", "two"} {
		writeFile(t, path, content)
		s.server.Token = content
		if _, err := source.Snapshot(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if calls := len(s.server.Calls()); calls != 2 {
		t.Errorf("STS was asked %d times, want 2", calls)
	}
	for _, test := range []struct {
		change func() error
		says   string
	}{
		{func() error { return os.WriteFile(path, []byte(" \n"), 0o600) }, "is empty"},
		{func() error { return os.Remove(path) }, "does not exist"},
	} {
		if err := test.change(); err != nil {
			t.Fatal(err)
		}
		_, err := s.source(t).Snapshot(context.Background())
		var failure *SourceError
		if !errors.As(err, &failure) || !strings.Contains(failure.Reason, test.says) || !strings.Contains(failure.Reason, path) {
			t.Errorf("got %v, want an error that the file %s", err, test.says)
		}
	}
}

func TestCloudSSOExpired(t *testing.T) {
	s := newScene(t)
	s.cfg.SharedCredentialsFile = filepath.Join(t.TempDir(), "config.json")
	writeProfiles(t, s.cfg.SharedCredentialsFile, map[string]any{"name": "p", "mode": "CloudSSO", "cloud_sso_sign_in_url": s.server.URL(),
		"cloud_sso_account_id": "1", "cloud_sso_access_config": "ac-1", "access_token": "sso-token", "cloud_sso_access_token_expire": time.Now().Unix()})
	_, err := s.source(t).Snapshot(context.Background())
	var failure *SourceError
	if !errors.As(err, &failure) || failure.Reason != "the sign-in has expired" || !strings.Contains(failure.Remedy, "aliyun configure") {
		t.Errorf("got %v, want an expired sign-in", err)
	}
	if len(s.server.Calls()) != 0 {
		t.Error("CloudSSO was asked with an expired token")
	}
}

// What STS refuses has its code, whether it may pass, and what to do.
func TestCodesOfSTS(t *testing.T) {
	for code, test := range map[string]struct {
		temporary bool
		remedy    string
	}{
		"NoPermission":            {false, "trust policy"},
		"EntityNotExist.Role":     {false, "ARN"},
		"SignatureDoesNotMatch":   {false, "secret"},
		"Throttling.User":         {true, "STS"},
		"ServiceUnavailable":      {true, "STS"},
		"InternalError":           {true, "STS"},
		"SomethingNeverSeenSoFar": {false, "STS"},
	} {
		t.Run(code, func(t *testing.T) {
			s := newScene(t)
			ways()["assume-role"].configure(s)
			s.server.Fail(stsmock.Answer(400, `{"RequestId": "REQ-7", "Code": "`+code+`", "Message": "m"}`))
			_, err := s.source(t).Snapshot(context.Background())
			var failure *SourceError
			if !errors.As(err, &failure) {
				t.Fatalf("got %v, want a SourceError", err)
			}
			if failure.Code != code || failure.RequestID != "REQ-7" || failure.Temporary() != test.temporary || !strings.Contains(failure.Remedy, test.remedy) {
				t.Errorf("got %#v", failure)
			}
		})
	}
}

// The link of the chain that failed is the one that is named.
func TestFailedLinkIsNamed(t *testing.T) {
	s := newScene(t)
	s.cfg.ECSRoleName, s.cfg.AssumeRole = "another", &AssumeRole{RoleARN: "r"}
	_, err := s.source(t).Snapshot(context.Background())
	want := "the ECS metadata service (configured in the provider block) gave no keys: it cannot be reached or its answer holds no usable keys. " +
		"An ECS role works on an ECS instance that has this RAM role attached, and without a proxy before 100.100.100.200 (NO_PROXY)."
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// How a request that gets no answer is told.
func TestNoAnswer(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer untrusted.Close()

	for name, test := range map[string]struct {
		endpoint  string
		reason    string
		temporary bool
	}{
		"refused":       {closed.Addr().String(), "no connection could be made", true},
		"untrusted":     {strings.TrimPrefix(untrusted.URL, "https://"), "its TLS certificate is not trusted", false},
		"proxy-says-no": {"sts.example.invalid", "the connection broke before an answer came", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			ways()["assume-role"].configure(s)
			s.cfg.STSEndpoint = test.endpoint
			_, err := s.source(t).Snapshot(context.Background())
			var failure *SourceError
			if !errors.As(err, &failure) || failure.Reason != test.reason || failure.Temporary() != test.temporary {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTransportFailure(t *testing.T) {
	for name, test := range map[string]struct {
		err       error
		reason    string
		temporary bool
	}{
		"timeout":    {os.ErrDeadlineExceeded, "it did not answer in time", true},
		"name":       {&net.DNSError{Err: "no such host", Name: "sts.example.invalid"}, "its host name could not be resolved", true},
		"connection": {&net.OpError{Op: "dial", Err: io.EOF}, "no connection could be made", true},
		"cut-off":    {io.ErrUnexpectedEOF, "the connection broke before an answer came", true},
	} {
		t.Run(name, func(t *testing.T) {
			wrapped := fmt.Errorf("in a wrapping: %w", &url.Error{Op: "Post", URL: "https://x/?Signature=s", Err: test.err})
			if reason, temporary, ok := transportFailure(wrapped); reason != test.reason || temporary != test.temporary || !ok {
				t.Errorf("got %q, %t, %t", reason, temporary, ok)
			}
			if _, _, ok := transportFailure(test.err); ok {
				t.Error("an error that is not of a request was taken for one")
			}
		})
	}
}

// Without an endpoint STS is asked in the region, the profile's own before the provider's.
func TestSTSOfTheRegion(t *testing.T) {
	for name, test := range map[string]struct {
		region  string
		profile map[string]any
		host    string
	}{
		"no-region":           {"", nil, "sts.aliyuncs.com"},
		"region":              {"cn-beijing", nil, "sts.cn-beijing.aliyuncs.com"},
		"region-of-profile":   {"", map[string]any{"region_id": "cn-wuhan"}, "sts.cn-wuhan.aliyuncs.com"},
		"sts-region":          {"cn-beijing", map[string]any{"sts_region": "eu-central-1"}, "sts.eu-central-1.aliyuncs.com"},
		"sts-region-in-a-vpc": {"", map[string]any{"sts_region": "eu-central-1", "enable_vpc": true}, "sts-vpc.eu-central-1.aliyuncs.com"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			stsmock.Intercept(t, s.server, test.host)
			profile := akProfile("p")
			profile["mode"], profile["ram_role_arn"] = "RamRoleArn", "r"
			maps.Copy(profile, test.profile)
			s.cfg = Config{SharedCredentialsFile: filepath.Join(t.TempDir(), "config.json"), Region: test.region, Getenv: s.cfg.Getenv}
			writeProfiles(t, s.cfg.SharedCredentialsFile, profile)
			s.snapshot(t)
			if host := s.server.Calls()[0].Host; strings.TrimSuffix(host, ":443") != test.host {
				t.Errorf("asked %s, want %s", host, test.host)
			}
		})
	}
}

// Off an ECS instance the metadata service swallows what it is sent: that is over in two seconds.
func TestMetadataIsBounded(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	for name, w := range map[string]string{"with-a-name": "ecs-role", "without-a-name": "profile-ecsramrole-without-name"} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			ways()[w].configure(s)
			s.server.Fail(func(http.ResponseWriter, *http.Request) { <-release })
			begin := time.Now()
			if _, err := s.source(t).Snapshot(context.Background()); err == nil {
				t.Fatal("got keys")
			}
			if took := time.Since(begin); took > 2500*time.Millisecond {
				t.Errorf("took %s", took)
			}
		})
	}
}

// A renewed sign-in replaces the old one in the file, and nothing else changes there.
func TestOAuthIsWrittenBack(t *testing.T) {
	s := newScene(t)
	stsmock.Intercept(t, s.server, stsmock.OAuthHost)
	dir := t.TempDir()
	target, linked := filepath.Join(dir, "real.json"), filepath.Join(dir, "config.json")
	content := `{"current": "p", "mystery": {"big": 12345678901234567890, "html": "<&>"}, "profiles": [
		{"name": "q", "mode": "AK", "access_key_secret": "q-secret", "mystery": [1.50]},
		{"name": "p", "mode": "OAuth", "oauth_site_type": "CN", "oauth_access_token": "old", "oauth_refresh_token": "old-refresh",
		 "oauth_access_token_expire": 1, "mystery": "kept"}]}`
	writeFile(t, target, content)
	if err := os.Chmod(target, 0o400); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, linked); err != nil {
		t.Fatal(err)
	}
	s.cfg.SharedCredentialsFile = linked
	s.snapshot(t)

	renewed, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Profiles []struct {
			Access  string `json:"oauth_access_token"`
			Refresh string `json:"oauth_refresh_token"`
			Expires int64  `json:"oauth_access_token_expire"`
			Mystery any    `json:"mystery"`
		} `json:"profiles"`
	}
	if err := json.Unmarshal(renewed, &got); err != nil {
		t.Fatal(err)
	}
	if p := got.Profiles[1]; p.Access != s.server.Token || p.Refresh != "refresh-0" || p.Expires <= time.Now().Unix() || p.Mystery != "kept" {
		t.Errorf("the profile is %+v", p)
	}
	for _, part := range []string{"12345678901234567890", `"<&>"`, "1.50", "q-secret"} {
		if !strings.Contains(string(renewed), part) {
			t.Errorf("%s is lost", part)
		}
	}
	if info, err := os.Lstat(linked); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v", err)
	}
	if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o400 {
		t.Errorf("the permissions are %v, %v", info.Mode(), err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("something was left in the folder: %v", left)
	}
	if len(s.server.Calls()) != 2 {
		t.Errorf("asked %d times", len(s.server.Calls()))
	}
}

// A sign-in that was renewed is not given up when its exchange fails: only this process knows it.
func TestOAuthIsExchangedAgain(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"down":           stsmock.Answer(http.StatusServiceUnavailable, "down"),
		"nothing-in-it":  stsmock.Answer(http.StatusOK, "{}"),
		"odd-expiration": stsmock.Answer(http.StatusOK, `{"accessKeyId": "i", "accessKeySecret": "s", "securityToken": "t", "expiration": "2099-01-01T00:00:00+08:00"}`),
	} {
		t.Run(name, func(t *testing.T) { exchangedAgain(t, answer) })
	}
}

func exchangedAgain(t *testing.T, answer http.HandlerFunc) {
	t.Helper()
	s := newScene(t)
	stsmock.Intercept(t, s.server, stsmock.OAuthHost)
	ways()["profile-oauth-renewed"].configure(s)
	s.server.Fail(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/token" {
			stsmock.Answer(http.StatusOK, `{"access_token": "new", "refresh_token": "new-refresh", "expires_in": 3600}`)(w, r)
			return
		}
		answer(w, r)
	})
	source := s.source(t)
	_, err := source.Snapshot(t.Context())
	var failure *SourceError
	if !errors.As(err, &failure) || !failure.Temporary() {
		t.Fatalf("got %v, want an error that passes", err)
	}
	s.server.Fail(nil)
	s.server.Token = "new"
	if _, err := source.Snapshot(t.Context()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(s.cfg.SharedCredentialsFile)
	if err != nil || !strings.Contains(string(content), "new-refresh") {
		t.Errorf("the renewed sign-in was not kept: %v, %s", err, content)
	}
}

// The refresh token is not spent if the new one cannot be kept.
func TestOAuthCannotBeWrittenBack(t *testing.T) {
	s := newScene(t)
	stsmock.Intercept(t, s.server, stsmock.OAuthHost)
	ways()["profile-oauth-renewed"].configure(s)
	source := s.source(t)
	if err := os.RemoveAll(filepath.Dir(s.cfg.SharedCredentialsFile)); err != nil {
		t.Fatal(err)
	}
	_, err := source.Snapshot(context.Background())
	var failure *SourceError
	if !errors.As(err, &failure) || !strings.Contains(failure.Reason, "could not be kept") {
		t.Errorf("got %v", err)
	}
	if len(s.server.Calls()) != 0 {
		t.Error("the refresh token was spent")
	}
}

// Provider blocks are processes of their own, and each refresh token is taken once.
func TestOAuthIsRenewedByAnother(t *testing.T) {
	for name, test := range map[string]struct {
		keep func(func())
		asks int
	}{
		"before-the-refusal": {func(kept func()) { kept() }, 2},
		"after-the-refusal":  {func(kept func()) { time.AfterFunc(300*time.Millisecond, kept) }, 2},
		"before-asking":      {nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			stsmock.Intercept(t, s.server, stsmock.OAuthHost)
			ways()["profile-oauth-renewed"].configure(s)
			source := s.source(t)
			kept := func() {
				writeFile(t, s.cfg.SharedCredentialsFile, fmt.Sprintf(`{"current": "p", "profiles": [{"name": "p", "mode": "OAuth",
					"oauth_site_type": "CN", "oauth_access_token": "another", "oauth_refresh_token": "another-refresh",
					"oauth_access_token_expire": %d}]}`, time.Now().Add(time.Hour).Unix()))
			}
			s.server.Token = "another"
			if test.keep == nil {
				kept()
			} else {
				s.server.Fail(func(w http.ResponseWriter, r *http.Request) {
					s.server.Fail(nil)
					test.keep(kept)
					stsmock.Answer(http.StatusBadRequest, `{"error": "invalid_grant"}`)(w, r)
				})
			}
			if _, err := source.Snapshot(t.Context()); err != nil {
				t.Error(err)
			}
			if asks := len(s.server.Calls()); asks != test.asks {
				t.Errorf("asked %d times, want %d", asks, test.asks)
			}
		})
	}
}

// A sign-in that no one else renewed is at its end.
func TestOAuthIsRefused(t *testing.T) {
	s := newScene(t)
	stsmock.Intercept(t, s.server, stsmock.OAuthHost)
	ways()["profile-oauth-renewed"].configure(s)
	s.server.Fail(stsmock.Answer(http.StatusBadRequest, `{"error": "invalid_grant"}`))
	_, err := s.source(t).Snapshot(t.Context())
	var failure *SourceError
	if !errors.As(err, &failure) || failure.Temporary() || !strings.Contains(failure.Reason, "renewed") || !strings.Contains(failure.Remedy, "Sign in again") {
		t.Errorf("got %v, want an error that says how to sign in again", err)
	}
}
