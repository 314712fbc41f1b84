package credentials

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/credentials/stsmock"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

// way is one way to sign in, from a configuration to what is asked.
type way struct {
	configure func(s *scene)
	asks      []string          // actions or paths, in order
	params    map[string]string // of the last request
	static    rpc.Keys          // the keys, if they are those configured
}

// ways has every source, and every mode of a profile that the CLI writes.
func ways() map[string]way {
	profile := func(fields ...map[string]any) func(*scene) {
		return func(s *scene) {
			s.cfg.SharedCredentialsFile = new(filepath.Join(s.TempDir(), "config.json"))
			profiles := make([]map[string]any, len(fields))
			for i := range fields {
				profiles[i] = maps.Clone(fields[i])
				for field, v := range profiles[i] {
					if text, ok := v.(string); ok {
						profiles[i][field] = strings.ReplaceAll(text, "URL", s.server.URL())
					}
				}
			}
			writeProfiles(s.T, *s.cfg.SharedCredentialsFile, profiles...)
			s.cfg.Profile = new("p")
		}
	}
	const metadata = "/latest/meta-data/ram/security-credentials/"
	base, temporary := pair(baseKey.ID, baseKey.Secret, ""), pair("a", "s", "t")
	inAnHour := time.Now().Add(time.Hour).Unix()
	return map[string]way{
		"access-key": {configure: func(s *scene) { s.cfg.AccessKey, s.cfg.SecretKey = new(baseKey.ID), new(baseKey.Secret) }, static: base},
		"security-token": {configure: func(s *scene) {
			s.cfg.AccessKey, s.cfg.SecretKey, s.cfg.SecurityToken = new("a"), new("s"), new("t")
		}, static: temporary},
		"assume-role": {
			configure: func(s *scene) {
				s.cfg.AccessKey, s.cfg.SecretKey = new(baseKey.ID), new(baseKey.Secret)
				s.cfg.AssumeRole = []Role{{ARN: new("acs:ram::1:role/ops"), Policy: new(`{"Version": "1"}`), ExternalID: new("x")}}
			},
			asks: []string{"AssumeRole"},
			params: map[string]string{"RoleArn": "acs:ram::1:role/ops", "RoleSessionName": "terraform", "DurationSeconds": "3600",
				"Policy": `{"Version": "1"}`, "ExternalId": "x"},
		},
		"ecs-role": {
			configure: func(s *scene) { s.cfg.ECSRoleName = new("ops") },
			asks:      []string{"/latest/api/token", metadata + "ops"},
		},
		"assume-role-by-ecs-role": {
			configure: func(s *scene) { s.cfg.ECSRoleName, s.cfg.AssumeRole = new("ops"), []Role{{ARN: new("r")}} },
			asks:      []string{"/latest/api/token", metadata + "ops", "AssumeRole"},
		},
		"oidc-token": {
			configure: func(s *scene) {
				s.cfg.AssumeRoleWithOIDC = []OIDC{{ARN: new("r"), ProviderARN: new("idp"), Token: new("oidc.token.1")}}
			},
			asks: []string{"AssumeRoleWithOIDC"},
			params: map[string]string{"OIDCProviderArn": "idp", "RoleArn": "r", "OIDCToken": "oidc.token.1", "RoleSessionName": "terraform",
				"DurationSeconds": "3600"},
		},
		"oidc-token-file": {
			configure: func(s *scene) {
				path := filepath.Join(s.TempDir(), "token")
				writeFile(s.T, path, "oidc.token.1\n")
				s.cfg.AssumeRoleWithOIDC = []OIDC{{ARN: new("r"), ProviderARN: new("idp"), TokenFile: new(path)}}
			},
			asks: []string{"AssumeRoleWithOIDC"}, params: map[string]string{"OIDCToken": "oidc.token.1"},
		},
		"hcp-terraform-by-block": {
			configure: func(s *scene) {
				s.env["TFC_WORKLOAD_IDENTITY_TOKEN"] = "oidc.token.1"
				s.cfg.AssumeRoleWithOIDC = []OIDC{{ARN: new("r"), ProviderARN: new("idp")}}
			},
			asks: []string{"AssumeRoleWithOIDC"}, params: map[string]string{"OIDCToken": "oidc.token.1"},
		},
		"assume-role-by-oidc": {
			configure: func(s *scene) {
				s.cfg.AssumeRoleWithOIDC = []OIDC{{ARN: new("r1"), ProviderARN: new("idp"), Token: new("t")}}
				s.cfg.AssumeRole = []Role{{ARN: new("r2")}}
			},
			asks: []string{"AssumeRoleWithOIDC", "AssumeRole"}, params: map[string]string{"RoleArn": "r2"},
		},
		"credentials-uri": {configure: func(s *scene) { s.cfg.CredentialsURI = new(s.server.URL() + "/keys") }, asks: []string{"/keys"}},

		// A fault in another profile, and fields of later versions of the CLI, do no harm.
		"profile-ak": {
			configure: profile(map[string]any{"name": "p", "mode": "aK", "access_key_id": "a", "access_key_secret": "s", "output_format": "json", "mystery": nil},
				map[string]any{"name": "q", "mode": 7, "access_key_id": []any{}}), static: pair("a", "s", "")},
		"profile-ststoken": {
			configure: profile(map[string]any{"name": "p", "mode": "STSTOKEN", "access_key_id": "a", "access_key_secret": "s", "sts_token": "t"}), static: temporary},
		"profile-without-mode": {configure: profile(map[string]any{"name": "p", "access_key_id": "a", "access_key_secret": "s"}), static: pair("a", "s", "")},
		"profile-ramrolearn": {
			configure: profile(map[string]any{"name": "p", "mode": "RamRoleArn", "access_key_id": baseKey.ID, "access_key_secret": baseKey.Secret,
				"ram_role_arn": "r", "ram_session_name": "n", "expired_seconds": 900}),
			asks: []string{"AssumeRole"}, params: map[string]string{"RoleArn": "r", "RoleSessionName": "n", "DurationSeconds": "900"},
		},
		// The block's role takes the place of the profile's, as in the official provider, and takes nothing that was made for that.
		"profile-ramrolearn-and-role": {
			configure: func(s *scene) {
				profile(map[string]any{"name": "p", "mode": "RamRoleArn", "access_key_id": baseKey.ID, "access_key_secret": baseKey.Secret,
					"ram_role_arn": "r", "policy": "policy", "external_id": "external", "ram_session_name": "session"})(s)
				s.cfg.AssumeRole = []Role{{ARN: new("r2")}}
			},
			asks: []string{"AssumeRole"}, params: map[string]string{"RoleArn": "r2", "Policy": "", "ExternalId": "", "RoleSessionName": "session"},
		},
		"profile-ecsramrole": {
			configure: profile(map[string]any{"name": "p", "mode": "EcsRamRole", "ram_role_name": "ops"}),
			asks:      []string{"/latest/api/token", metadata + "ops"},
		},
		"profile-ecsramrole-without-name": {
			configure: profile(map[string]any{"name": "p", "mode": "EcsRamRole"}),
			asks:      []string{"/latest/api/token", metadata, metadata + "ops"},
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
				s.cfg.AssumeRole = []Role{{ARN: new("r2")}}
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
				"process_command": `sh -c 'echo "{\"mode\":\"AK\",\"access_key_id\":\"a\",\"access_key_secret\":\"s\"}"'`}), static: pair("a", "s", "")},
		"profile-external-ststoken": {
			configure: profile(map[string]any{"name": "p", "mode": "EXTERNAL",
				"process_command": `sh -c 'echo "{\"mode\":\"StsToken\",\"access_key_id\":\"a\",\"access_key_secret\":\"s\",\"sts_token\":\"t\"}"; echo noise >&2'`}),
			static: temporary},
		"profile-oauth": {
			configure: func(s *scene) {
				stsmock.Intercept(s.T, s.server, stsmock.OAuthHost)
				s.server.Token = "oauth-token"
				profile(map[string]any{"name": "p", "mode": "OAuth", "oauth_site_type": "cn", "oauth_access_token": "oauth-token",
					"oauth_refresh_token": "refresh", "oauth_access_token_expire": inAnHour})(s)
			},
			asks: []string{"/v1/exchange"},
		},
	}
}

func newScene(t *testing.T, keys ...stsmock.Key) *scene {
	t.Helper()
	s := &scene{T: t, server: stsmock.New(t, append(keys, baseKey)...), place: newPlace(t)}
	s.cfg.STSEndpoint = s.server.Endpoint()
	useMetadata(t, s.server)
	return s
}

// useMetadata lets a mock be the metadata service until the test ends.
func useMetadata(t *testing.T, server *stsmock.Server) {
	t.Helper()
	before := metadataURL
	metadataURL = server.URL()
	t.Cleanup(func() { metadataURL = before })
}

// Each way asks what it should and no more, not before the first call, and STS with the settings of the calls to ECS.
func TestWays(t *testing.T) {
	for name, w := range ways() {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			w.configure(s)
			source := s.source(t)
			if calls := s.server.Calls(); len(calls) != 0 {
				t.Fatalf("asked %d times before the first call", len(calls))
			}
			got, err := source.Keys(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got.From = ""

			var asked []string
			want := w.static
			calls := s.server.Calls()
			for _, call := range calls {
				asked = append(asked, cmp.Or(call.Action, call.Path))
				p := call.Params
				likeECS := p.Get("SourceIp") == "121.40.1.1" && p.Get("SecureTransport") == "true" && strings.HasSuffix(call.UserAgent, "test/1")
				if call.Action != "" && !likeECS {
					t.Errorf("STS was called with %v by %q", p, call.UserAgent)
				}
				if call.Action == "AssumeRoleWithOIDC" && p.Get("Signature")+p.Get("AccessKeyId") != "" {
					t.Error("the call was signed")
				}
			}
			if fmt.Sprint(asked) != fmt.Sprint(w.asks) {
				t.Fatalf("asked %q, want %q", asked, w.asks)
			}
			if len(calls) > 0 {
				last := calls[len(calls)-1]
				want = pair(last.Issued.ID, last.Issued.Secret, last.Issued.Token)
				for param, v := range w.params {
					if last.Params.Get(param) != v {
						t.Errorf("%s is %q, want %q", param, last.Params.Get(param), v)
					}
				}
			}
			if got != want {
				t.Error("these are other keys than those handed out")
			}
		})
	}
}

// No source prints anything, whatever DEBUG asks the SDK for. It is read when a process starts.
func TestNothing_is_printed(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, "-test.run=^(TestWays|TestCommand)$")
	command.Env = append(os.Environ(), "DEBUG=tea,credential,sdk,*")
	output, err := command.CombinedOutput()
	if err != nil || string(output) != "PASS\n" {
		t.Errorf("%v, and it printed:\n%s", err, output)
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
		"too-large":        stsmock.Answer(200, strings.Repeat(" ", 1<<20)+`{"AccessKeyId": "x"}`),
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
		"odd-expiration": stsmock.Answer(200, `{"AccessKeyId": "`+leak+`", "AccessKeySecret": "`+leak+`", "SecurityToken": "`+leak+`", "Expiration": "`+leak+`"}`),
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
				continue // the tunnel's answers are not made on a connection of their own
			}
			t.Run(name+"/"+fault, func(t *testing.T) {
				s := newScene(t)
				w.configure(s)
				s.server.Fail(answer)
				source := s.source(t)
				_, err := source.Keys(context.Background())
				if fault == "no-expiration" && strings.Contains(name, "uri") {
					if err != nil {
						t.Errorf("a URI need not say when its keys end: %v", err)
					}
					return
				}
				failure, ok := errors.AsType[*SourceError](err)
				if !ok {
					t.Fatalf("got %v, want a SourceError", err)
				}
				if failure.Source == "" || failure.Origin == "" || failure.Reason == "" || !strings.HasSuffix(failure.Remedy, ".") {
					t.Errorf("the error lacks a part: %#v", failure)
				}
				for _, secret := range []string{leak, baseKey.Secret, "oidc.token.1", "sso-token", "oauth-token", "Signature", "https://127"} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("the error shows %q: %v", secret, err)
					}
				}
				s.server.Fail(nil)
				if _, err := source.Keys(context.Background()); err != nil {
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
	seen := map[rpc.Keys]bool{}
	for range 3 {
		snapshot, err := source.Keys(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		seen[snapshot] = true
	}
	if calls := len(s.server.Calls()); len(seen) != 3 || calls != 9 {
		t.Errorf("3 calls got %d sets of keys by %d requests, want 3 by 9", len(seen), calls)
	}
}

// A token file is read for each session, since such files are rotated.
func TestTokenFile_is_rotated(t *testing.T) {
	s := newScene(t)
	s.server.Lifetime = renewalLead // each call buys a session
	path := filepath.Join(t.TempDir(), "token")
	s.cfg.AssumeRoleWithOIDC = []OIDC{{ARN: new("r"), ProviderARN: new("idp"), TokenFile: new(path)}}
	source := s.source(t)
	for _, content := range []string{"one", "two"} {
		writeFile(t, path, content)
		s.server.Token = content
		if _, err := source.Keys(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, path, " \n")
	missing := path + ".missing"
	for file, says := range map[string]string{
		path:                                    path + " is empty",
		missing:                                 missing + " does not exist",
		"eyJhbGciOiJSUzI1NiJ9.claims.signature": "(a token, not a file name) does not exist",
	} {
		s.cfg.AssumeRoleWithOIDC[0].TokenFile = &file
		_, err := s.source(t).Keys(t.Context())
		failure, ok := errors.AsType[*SourceError](err)
		if !ok || failure.Reason != "the token file "+says || strings.Contains(err.Error(), "eyJ") {
			t.Errorf("got %v, want an error that the file %s", err, says)
		}
	}
}

// A sign-in that has expired is not tried, and the error says how to renew it.
func TestSignIn_expired(t *testing.T) {
	for way, mode := range map[string]string{"profile-cloudsso": "CloudSSO", "profile-oauth": "OAuth"} {
		t.Run(mode, func(t *testing.T) {
			s := newScene(t)
			ways()[way].configure(s)
			content, err := os.ReadFile(*s.cfg.SharedCredentialsFile)
			if err != nil {
				t.Fatal(err)
			}
			writeFile(t, *s.cfg.SharedCredentialsFile, regexp.MustCompile(`(token_expire":)\d+`).ReplaceAllString(string(content), "${1}1"))
			_, err = s.source(t).Keys(t.Context())
			failure, ok := errors.AsType[*SourceError](err)
			if !ok || failure.Reason != "the sign-in has expired" || !strings.Contains(failure.Remedy, `"aliyun configure --mode `+mode+` --profile p"`) {
				t.Errorf("got %v, want an expired sign-in", err)
			}
			if len(s.server.Calls()) != 0 {
				t.Error("an expired token was sent")
			}
		})
	}
}

// What STS refuses has its code, whether it may pass, and what to do.
func TestSTS_codes(t *testing.T) {
	for code, tc := range map[string]struct {
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
			_, err := s.source(t).Keys(context.Background())
			failure, ok := errors.AsType[*SourceError](err)
			if !ok || failure.Reason != "it answered "+code+", request ID REQ-7" || failure.Temporary() != tc.temporary || !strings.Contains(failure.Remedy, tc.remedy) {
				t.Errorf("got %v", err)
			}
			if failed, ok := errors.AsType[*rpc.Error](err); !ok || failed.Code != code || failed.KeysFrom != "access_key of the provider block" {
				t.Errorf("got %+v", failed)
			}
		})
	}
}

// The link of the chain that failed is the one that is named.
func TestChain_names_the_link_that_failed(t *testing.T) {
	s := newScene(t)
	s.cfg.ECSRoleName, s.cfg.AssumeRole = new("another"), []Role{{ARN: new("r")}}
	_, err := s.source(t).Keys(context.Background())
	want := "the ECS metadata service (configured in the provider block) gave no keys: its answer, with HTTP status 404, holds no usable keys. " +
		"An ECS role works on an ECS instance that has this RAM role attached."
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// How a request that gets no answer is told.
func TestNoAnswer(t *testing.T) {
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer untrusted.Close()

	for name, tc := range map[string]struct {
		endpoint  string
		reason    string
		temporary bool
	}{
		"refused":       {"127.0.0.1:1", "no connection could be made", true},
		"untrusted":     {strings.TrimPrefix(untrusted.URL, "https://"), "its TLS certificate is not trusted", false},
		"proxy-says-no": {"sts.example.invalid", "no connection could be made", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			ways()["assume-role"].configure(s)
			s.cfg.STSEndpoint = tc.endpoint
			_, err := s.source(t).Keys(context.Background())
			failure, ok := errors.AsType[*SourceError](err)
			if !ok || failure.Reason != tc.reason || failure.Temporary() != tc.temporary {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Without an endpoint STS is asked in the region, the profile's own before the provider's.
func TestSTS_of_the_region(t *testing.T) {
	for name, tc := range map[string]struct {
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
			stsmock.Intercept(t, s.server, tc.host)
			profile := akProfile("p")
			profile["mode"], profile["ram_role_arn"] = "RamRoleArn", "r"
			maps.Copy(profile, tc.profile)
			s.cfg.SharedCredentialsFile, s.cfg.Profile = new(filepath.Join(t.TempDir(), "config.json")), new("p")
			s.cfg.STSEndpoint, s.cfg.Region = "", tc.region
			writeProfiles(t, *s.cfg.SharedCredentialsFile, profile)
			s.keys(t)
			if host := s.server.Calls()[0].Host; strings.TrimSuffix(host, ":443") != tc.host {
				t.Errorf("asked %s, want %s", host, tc.host)
			}
		})
	}
}

// Off an ECS instance the metadata service swallows what it is sent: then two requests are made, each of which ends by itself.
func TestMetadata_is_bounded(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		requests.Add(1)
		<-release
	}))
	defer server.Close()
	defer close(release)
	r := resolver{Config: Config{Getenv: func(string) string { return "" }}}
	_, err := r.metadata("ops", "the test", server.URL)(t.Context())
	if failure, ok := errors.AsType[*SourceError](err); !ok || failure.Temporary() {
		t.Errorf("got %v, want an error that stays", err)
	}
	if requests.Load() != 2 {
		t.Errorf("%d requests", requests.Load())
	}
}

// An instance that has no sessions is asked without one, unless that is forbidden.
func TestMetadata_without_session(t *testing.T) {
	for forbidden, want := range map[string]string{"": "id", "true": ""} {
		var paths []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			paths = append(paths, r.Method+" "+r.URL.Path)
			if r.Method == http.MethodPut || r.Header.Get("X-Aliyun-Ecs-Metadata-Token") != "" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			_, _ = io.WriteString(w, `{"Code": "Success", "AccessKeyId": "id", "AccessKeySecret": "s", "SecurityToken": "t", "Expiration": "2099-01-01T00:00:00Z"}`)
		}))
		r := resolver{Config: Config{Getenv: func(name string) string { return map[string]string{"ALIBABA_CLOUD_IMDSV1_DISABLED": forbidden}[name] }}}
		keys, err := r.metadata("ops", "the test", server.URL)(t.Context())
		server.Close()
		if keys.AccessKeyID != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q and %v after %q", forbidden, keys.AccessKeyID, err, paths)
		}
	}
}

// A name and a password in the credentials URI go where net/http sends them, and are in no error.
func TestURI_with_a_password(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, password, _ := r.BasicAuth(); name != "user" || password != "pass/word" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"Code": "Success", "AccessKeyId": "id", "AccessKeySecret": "s", "SecurityToken": "t"}`)
	}))
	defer server.Close()
	for password, want := range map[string]string{"pass%2Fword": "id", "pass": ""} {
		p := newPlace(t)
		p.cfg.CredentialsURI = new(strings.Replace(server.URL, "://", "://user:"+password+"@", 1))
		keys, err := p.source(t).Keys(t.Context())
		if keys.AccessKeyID != want || (err == nil) != (want != "") || strings.Contains(fmt.Sprint(err), "user") || strings.Contains(keys.From, "user") {
			t.Errorf("got %q from %s and %v", keys.AccessKeyID, keys.From, err)
		}
	}
}

// The metadata service is on the instance: no proxy can reach it, and none is to see its keys.
func TestMetadata_is_not_proxied(t *testing.T) {
	s := newScene(t)
	s.cfg.Client = rpc.New(rpc.Config{ConnectTimeout: time.Minute, ReadTimeout: time.Minute, Proxy: func(*http.Request) (*url.URL, error) {
		t.Error("a proxy was looked for")
		return nil, errors.New("no proxy")
	}})
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	ways()["ecs-role"].configure(s)
	s.keys(t)
}

// Whatever a source of keys waits for, it ends with the context of its caller.
func TestSources_end_with_their_context(t *testing.T) {
	for name, w := range ways() {
		if w.asks == nil || strings.Contains(name, "oauth") { // its tunnel does not notice
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			w.configure(s)
			ctx, cancel := context.WithCancel(t.Context())
			s.server.Fail(func(_ http.ResponseWriter, r *http.Request) {
				cancel()
				<-r.Context().Done()
			})
			if _, err := s.source(t).Keys(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
}
