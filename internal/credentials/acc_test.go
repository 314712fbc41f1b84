package credentials_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/credentials"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/credentials/stsmock"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/provider"
)

// longLived is the key of acctest's endpoint; it may assume roles.
var longLived = stsmock.Key{ID: acctest.AccessKey, Secret: acctest.SecretKey}

// signIn is one way to sign in, in a block as the official provider's documentation has it.
type signIn struct {
	example string // file of examples/authentication
	block   string // instead of an example
	env     map[string]string
	profile map[string]any // "release-addresses" of the CLI's file; its sources follow
	sources []map[string]any
	files   map[string]string // in the home directory
	token   string            // OIDC, CloudSSO or OAuth token that is accepted
	role    string            // of the instance
	key     stsmock.Key       // that signs, unless one is handed out
	asks    []string          // hosts and actions or paths
	params  map[string]string // of the request to ECS
}

const (
	oidcToken = "header.claims.signature-0123456789"
	signInKey = "sign-in-token-0123456789"
	roleARN   = "acs:ram::1234567890123456:role/release-addresses"
	metadata  = "/latest/meta-data/ram/security-credentials/"
	metaToken = "/latest/api/token"
	regionSTS = "sts.cn-hangzhou.aliyuncs.com "
)

// signIns has every example and every source, and the modes of a profile that have secrets or hosts of their own.
func signIns() map[string]signIn {
	pair := map[string]string{"ALICLOUD_ACCESS_KEY": longLived.ID, "ALICLOUD_SECRET_KEY": longLived.Secret}
	temporary := stsmock.Key{ID: "STS.configured", Secret: "configured-secret-0123456789", Token: "configured+token/0123456789="}
	ak := map[string]any{"mode": "AK", "access_key_id": longLived.ID, "access_key_secret": longLived.Secret}
	inAnHour := time.Now().Add(time.Hour).Unix()
	cases := map[string]signIn{
		"access-key": {example: "access_key", key: longLived, env: map[string]string{"TF_VAR_access_key": longLived.ID, "TF_VAR_secret_key": longLived.Secret}},
		"security-token": {example: "security_token", key: temporary, env: map[string]string{
			"TF_VAR_access_key": temporary.ID, "TF_VAR_secret_key": temporary.Secret, "TF_VAR_security_token": temporary.Token}},
		"environment": {example: "environment", key: longLived, env: with(pair, "ALICLOUD_REGION", "cn-hangzhou")},
		"ecs-role":    {example: "ecs_role", role: "terraform-ecs", asks: []string{metaToken, metadata + "terraform-ecs"}},
		"assume-role": {example: "assume_role", env: pair, asks: []string{regionSTS + "AssumeRole"}},
		"oidc-token-file": {example: "oidc_token_file", token: oidcToken, files: map[string]string{"token": oidcToken + "\n"},
			env: map[string]string{"TF_VAR_oidc_token_file": "~/token"}, asks: []string{regionSTS + "AssumeRoleWithOIDC"}},
		"oidc-token": {example: "oidc_token", token: oidcToken, env: map[string]string{"TF_VAR_oidc_token": oidcToken},
			asks: []string{regionSTS + "AssumeRoleWithOIDC"}},
		"hcp-terraform": {example: "hcp_terraform", token: oidcToken, env: map[string]string{"TFC_WORKLOAD_IDENTITY_TOKEN": oidcToken},
			asks: []string{regionSTS + "AssumeRoleWithOIDC"}},
		"credentials-uri": {example: "credentials_uri", asks: []string{"keys.example.com /release-addresses"}},
		"endpoints": {example: "endpoints", env: pair, asks: []string{"sts-vpc.cn-hangzhou.aliyuncs.com AssumeRole"},
			params: map[string]string{"SourceIp": "203.0.113.9", "SecureTransport": "true"}},
		"arguments-that-mean-nothing-here": {key: longLived, block: `provider "alicloud" {
  access_key             = "` + longLived.ID + `"
  secret_key             = "` + longLived.Secret + `"
  region                 = " cn-hangzhou "
  account_id             = "1234567890123456"
  account_type           = "International"
  skip_region_validation = true
  configuration_source   = "terraform-alicloud-modules/示例"
  protocol               = "HTTPS"
  client_read_timeout    = 0
  client_connect_timeout = -1
  max_retry_timeout      = 60

  sign_version {
    oss = "v4"
    sls = "v4"
  }

  endpoints {
    vpc = "vpc.cn-hangzhou.aliyuncs.com"
    ram = "ram.aliyuncs.com"
    sts = "sts.cn-hangzhou.aliyuncs.com"
  }

  endpoints {
    ecs = ""
    slb = "slb.cn-hangzhou.aliyuncs.com"
  }

  features {
    ecs_instance {
      replace_on_image_update = true
    }
  }
}`},
	}
	for mode, profile := range map[string]signIn{
		"ststoken": {key: temporary, profile: map[string]any{"mode": "StsToken",
			"access_key_id": temporary.ID, "access_key_secret": temporary.Secret, "sts_token": temporary.Token}},
		"ramrolearn": {profile: with(with(ak, "mode", any("RamRoleArn")), "ram_role_arn", any(roleARN)),
			asks: []string{regionSTS + "AssumeRole"}},
		"ecsramrole": {profile: map[string]any{"mode": "EcsRamRole", "ram_role_name": "ops"}, asks: []string{metaToken, metadata + "ops"}},
		"chainableramrolearn": {profile: map[string]any{"mode": "ChainableRamRoleArn", "source_profile": "source", "ram_role_arn": roleARN},
			sources: []map[string]any{with(with(with(ak, "name", any("source")), "mode", any("RamRoleArn")), "ram_role_arn", any(roleARN+"-1"))},
			asks:    []string{regionSTS + "AssumeRole", regionSTS + "AssumeRole"}},
		"credentialsuri": {profile: map[string]any{"mode": "CredentialsURI", "credentials_uri": "https://keys.example.com/"}, asks: []string{"keys.example.com /"}},
		"cloudsso": {profile: map[string]any{"mode": "CloudSSO", "cloud_sso_sign_in_url": "https://signin-cn-shanghai.alibabacloudsso.com/example/login",
			"cloud_sso_account_id": "1234567890123456", "cloud_sso_access_config": "ac-1", "access_token": signInKey, "cloud_sso_access_token_expire": inAnHour},
			token: signInKey, asks: []string{"signin-cn-shanghai.alibabacloudsso.com /cloud-credentials"}},
		"external": {profile: map[string]any{"mode": "External", "process_command": `sh -c 'cat "$HOME/keys.json"; cat "$HOME/keys.json" >&2'`}, key: temporary,
			files: map[string]string{"keys.json": fmt.Sprintf(`{"mode": "StsToken", "access_key_id": %q, "access_key_secret": %q, "sts_token": %q}`,
				temporary.ID, temporary.Secret, temporary.Token)}},
		"oauth": {profile: map[string]any{"mode": "OAuth", "oauth_site_type": "INTL", "oauth_access_token": signInKey, "oauth_access_token_expire": inAnHour},
			token: signInKey, asks: []string{"oauth.alibabacloud.com /v1/exchange"}},
	} {
		profile.example = "profile"
		if profile.role == "" {
			profile.role = "ops"
		}
		cases["profile-"+mode] = profile
	}
	return cases
}

// with is a map with one more entry.
func with[V any](some map[string]V, name string, value V) map[string]V {
	all := map[string]V{name: value}
	for name, value := range some {
		if _, ok := all[name]; !ok {
			all[name] = value
		}
	}
	return all
}

func TestAcc_sign_in(t *testing.T) {
	t.Parallel()
	for name, in := range signIns() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, in)
			output, err := w.terraform(t, "apply", "-auto-approve")
			if err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			if w.ecs.Releases() != 1 || len(w.ecs.Calls()) != 1 {
				t.Fatalf("%d requests, %d releases, want one of each", len(w.ecs.Calls()), w.ecs.Releases())
			}
			var asks []string
			want := in.key
			for _, call := range w.sts.Calls() {
				host := strings.TrimSuffix(call.Host, ":443")
				switch {
				case call.Action != "":
					asks = append(asks, host+" "+call.Action)
				case strings.HasPrefix(call.Path, "/latest/"): // of the metadata service
					asks = append(asks, call.Path)
				default:
					asks = append(asks, host+" "+call.Path)
				}
				if call.Issued.ID != "" {
					want = call.Issued
				}
			}
			if !slices.Equal(asks, in.asks) {
				t.Errorf("asked %q, want %q", asks, in.asks)
			}
			if got := w.ecs.Calls()[0].Params; got.Get("AccessKeyId") != want.ID || got.Get("SecurityToken") != want.Token {
				t.Errorf("signed by %q, want %q", got.Get("AccessKeyId"), want.ID)
			}
			for name, value := range in.params {
				if got := w.ecs.Calls()[0].Params.Get(name); got != value {
					t.Errorf("ECS got %s %q, want %q", name, got, value)
				}
			}
			w.refuseSecrets(t, output)

			// It refreshes and plans first, and asks for nothing in all that.
			if output, err := w.terraform(t, "destroy", "-auto-approve"); err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			if more := len(w.sts.Calls()) - len(in.asks); more != 0 || len(w.ecs.Calls()) != 1 {
				t.Errorf("refresh and destroy asked %d times for keys and called ECS %d times", more, len(w.ecs.Calls())-1)
			}
		})
	}
}

// What a source refuses is told once, in the project's words, and no secret with it.
func TestAcc_source_fails(t *testing.T) {
	t.Parallel()
	const leak = "answer-secret-0123456789"
	for name, tc := range map[string]struct {
		in    signIn
		fault http.HandlerFunc
		says  []string
	}{
		"assume-role": {signIns()["assume-role"], stsmock.Answer(403, `{"Code": "NoPermission", "RequestId": "REQ-1", "Message": "`+leak+`"}`),
			[]string{"STS AssumeRole for the role " + roleARN, "the provider block", "NoPermission", "REQ-1", "trust policy"}},
		"sts-down": {signIns()["oidc-token"], stsmock.Answer(503, leak),
			[]string{"AssumeRoleWithOIDC", "HTTP status 503", "max_retry_timeout of the provider block"}},
		"credentials-uri": {signIns()["credentials-uri"], stsmock.Answer(200, `{"AccessKeySecret": "`+leak+`"}`), []string{"keys.example.com", "AccessKeyId"}},
		"cloudsso":        {signIns()["profile-cloudsso"], stsmock.Answer(401, leak), []string{"CloudSSO", "aliyun configure"}},
		"oauth":           {signIns()["profile-oauth"], stsmock.Answer(200, `{"x": "`+leak+`"}`), []string{"OAuth", "aliyun configure"}},
		"external": {signIn{example: "profile", profile: map[string]any{"mode": "External", "process_command": "sh -c 'echo " + leak + "'"}}, nil,
			[]string{"external command", `profile "release-addresses"`, "JSON"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var (
				w      *workspace
				output string
				err    error
			)
			for limit := range acctest.Limits {
				// Some answers count as an outage, which is waited out.
				in := tc.in
				in.env = with(in.env, "MAX_RETRY_TIMEOUT", fmt.Sprint(limit.Seconds()))
				w = newWorkspace(t, in)
				w.sts.Fail(tc.fault)
				output, err = w.terraform(t, "apply", "-auto-approve")
				if !(acctest.Result{Output: output}).OutOfTime() {
					break
				}
			}
			if err == nil {
				t.Fatal("it went well")
			}
			plain := acctest.Result{Output: output}.Words()
			for _, part := range tc.says {
				if !strings.Contains(plain, part) {
					t.Errorf("the error does not say %q:\n%s", part, output)
				}
			}
			w.secrets = append(w.secrets, leak)
			w.refuseSecrets(t, output)
			if len(w.ecs.Calls()) != 0 {
				t.Error("ECS was called")
			}
		})
	}
}

// A command that does not end is killed when the time of the release is up, and does not outlive the provider.
func TestAcc_command_is_killed(t *testing.T) {
	t.Parallel()
	const command = `sh -c 'echo $$ >"$HOME/pid"; exec sleep 301'`
	w := newWorkspace(t, signIn{example: "profile", profile: map[string]any{"mode": "External", "process_command": command}})
	var content []byte // of the file that the command writes when it has begun
	for limit := range acctest.Limits {
		w.release(t, fmt.Sprintf("public_ip_address = %q\n  timeouts {\n    create = %q\n  }", acctest.Address, limit))
		output, err := w.terraform(t, "apply", "-auto-approve")
		if err == nil || len(w.ecs.Calls()) != 0 {
			t.Fatalf("%v, %d calls\n%s", err, len(w.ecs.Calls()), output)
		}
		if content, _ = os.ReadFile(filepath.Join(w.dir, "home", "pid")); len(content) > 0 {
			break
		}
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		t.Fatal(err)
	}
	if credentials.Alive(pid) {
		t.Errorf("process %d lives", pid)
	}
}

// TestAcc_sessions checks that thirty releases at once share one session, and that
// no call has a token, or a part of one, that a newer one has replaced.
func TestAcc_sessions(t *testing.T) {
	for name, tc := range map[string]struct {
		lifetime              time.Duration
		parallelism, sessions int
	}{
		"one-for-all":            {time.Hour, 30, 1},
		"renewed-while-applying": {time.Minute, 1, 30},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkspace(t, signIns()["assume-role"])
			instance := ecsmock.Instance{ID: "i-bp1many", Region: acctest.Region, Network: ecsmock.VPC, CreatedHoursAgo: 1, ReleasesLeft: new(30)}
			for i := range 30 {
				instance.PublicIPs = append(instance.PublicIPs, fmt.Sprintf("121.41.0.%d", i+1))
			}
			w.ecs.AddInstance(instance)
			w.sts.Lifetime = tc.lifetime
			var last string
			w.sts.OnIssue = func(key stsmock.Key) {
				w.ecs.SetKey(ecsmock.Key{ID: key.ID, Secret: key.Secret, SecurityToken: key.Token})
				if last != "" {
					w.ecs.RemoveKey(last)
				}
				last = key.ID
			}
			w.release(t, "count = 30\n  public_ip_address = \"121.41.0.${count.index + 1}\"\n  instance_id = \"i-bp1many\"")
			if output, err := w.terraform(t, "apply", "-auto-approve", fmt.Sprint("-parallelism=", tc.parallelism)); err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			if sessions := len(w.sts.Calls()); sessions != tc.sessions || w.ecs.Releases() != 30 {
				t.Errorf("%d sessions, %d releases, want %d and 30", sessions, w.ecs.Releases(), tc.sessions)
			}
		})
	}
}

// TestAcc_mistakes_while_planning checks that a static mistake is an error of the
// plan, on the argument that can fix it.
func TestAcc_mistakes_while_planning(t *testing.T) {
	t.Parallel()
	const bare = `provider "alicloud" { region = "cn-hangzhou" }`
	for name, tc := range map[string]struct {
		in   signIn
		says []string
	}{
		"key-without-secret": {signIn{block: `provider "alicloud" { access_key = "a" }`}, []string{"access_key is set without secret_key"}},
		"role-without-base":  {signIn{example: "assume_role"}, []string{"nothing says with which keys"}},
		"endpoint-file": {signIn{block: bare, env: map[string]string{"ALIBABA_CLOUD_ENDPOINT_ECS": "", "TF_ENDPOINT_PATH": "endpoints.xml"}},
			[]string{"Set ECS_ENDPOINT"}},
		"no-credentials": {signIn{block: bare}, []string{"No Credentials", "access_key", "ALICLOUD_ACCESS_KEY"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, tc.in)
			output, err := w.terraform(t, "plan")
			if err == nil {
				t.Fatal("it went well")
			}
			plain := acctest.Result{Output: output}.Words()
			for _, part := range tc.says {
				if !strings.Contains(plain, part) {
					t.Errorf("the error does not say %q:\n%s", part, output)
				}
			}
			if strings.Contains(plain, "provider developers") {
				t.Errorf("the mistake is called a defect of the provider:\n%s", output)
			}
		})
	}
}

// workspace is a folder with a configuration, a home directory, and the two mocks.
type workspace struct {
	dir, engine string
	env         []string
	ecs         *ecsmock.Server
	sts         *stsmock.Server
	secrets     []string
}

func newWorkspace(t *testing.T, in signIn) *workspace {
	t.Helper()
	w := &workspace{dir: t.TempDir(), engine: acctest.Engine(t), ecs: acctest.StartECS(t, acctest.Seed()), sts: stsmock.New(t, longLived)}
	w.sts.Token = in.token
	if in.role != "" {
		w.sts.RoleName = in.role
	}
	var mu sync.Mutex
	w.sts.OnIssue = func(key stsmock.Key) {
		mu.Lock()
		defer mu.Unlock()
		w.ecs.SetKey(ecsmock.Key{ID: key.ID, Secret: key.Secret, SecurityToken: key.Token})
		w.secrets = append(w.secrets, key.Secret, key.Token)
	}
	if in.key.Token != "" {
		w.ecs.SetKey(ecsmock.Key{ID: in.key.ID, Secret: in.key.Secret, SecurityToken: in.key.Token})
		w.secrets = append(w.secrets, in.key.Secret, in.key.Token)
	}
	w.secrets = append(w.secrets, longLived.Secret, oidcToken, signInKey)

	block := in.block
	if in.example != "" {
		content, err := os.ReadFile(filepath.Join("..", "..", "examples", "authentication", in.example+".tf"))
		if err != nil {
			t.Fatal(err)
		}
		// The examples stand beside the official provider; here nothing does.
		block = strings.ReplaceAll(string(content), `provider "alicloud-extras"`, `provider "alicloud"`)
	}
	w.write(t, "provider.tf", block)
	w.release(t, fmt.Sprintf("public_ip_address = %q", acctest.Address))
	for name, content := range in.files {
		w.write(t, filepath.Join("home", name), content)
	}
	if in.profile != nil {
		own := maps.Clone(in.profile)
		own["name"], own["region_id"] = "release-addresses", acctest.Region
		content, err := json.Marshal(map[string]any{"current": "release-addresses", "profiles": append([]map[string]any{own}, in.sources...)})
		if err != nil {
			t.Fatal(err)
		}
		w.write(t, "home/.aliyun/config.json", string(content))
	}

	const cli = "provider_installation {\n  dev_overrides {\n    \"alicloud-extras/alicloud\" = %q\n  }\n  direct {}\n}\n"
	w.write(t, "cli.tfrc", fmt.Sprintf(cli, filepath.Dir(servingName(t))))
	w.env = append(w.sts.Environ(),
		// The path of a plugin's socket must be short, which a test's own folder is not.
		"PATH="+os.Getenv("PATH"), "HOME="+filepath.Join(w.dir, "home"), "TMPDIR="+os.TempDir(),
		"TF_CLI_CONFIG_FILE="+filepath.Join(w.dir, "cli.tfrc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
		"GORACE=atexit_sleep_ms=0", metadataVariable+"="+w.sts.URL(), "DEBUG=tea,credential,sdk,*",
		"TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(w.dir, "log"), "ALIBABA_CLOUD_ENDPOINT_ECS="+w.ecs.URL())
	for name, value := range in.env {
		w.env = append(w.env, name+"="+value)
	}
	return w
}

// release writes a configuration with one resource.
func (w *workspace) release(t *testing.T, arguments string) {
	t.Helper()
	w.write(t, "release.tf", "terraform {\n  required_providers {\n    alicloud = {\n      source = \"alicloud-extras/alicloud\"\n    }\n  }\n}\n"+
		"resource \"alicloud_ecs_public_ip_release\" \"this\" {\n  "+arguments+"\n}\n")
}

func (w *workspace) write(t *testing.T, name, content string) {
	t.Helper()
	path := filepath.Join(w.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// terraform runs a command and returns what it printed.
func (w *workspace) terraform(t *testing.T, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), w.engine, append(args, "-no-color", "-input=false")...)
	command.Dir, command.Env = w.dir, w.env
	output, err := command.CombinedOutput()
	return string(output), err
}

// refuseSecrets looks for secrets, tokens and signatures, as they are and as they look in a URL,
// in what was printed, logged and kept.
func (w *workspace) refuseSecrets(t *testing.T, output string) {
	t.Helper()
	for _, call := range w.ecs.Calls() {
		w.secrets = append(w.secrets, call.Params.Get("Signature"))
	}
	texts := map[string]string{"output": output}
	for _, name := range []string{"log", "terraform.tfstate"} {
		content, err := os.ReadFile(filepath.Join(w.dir, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		texts[name] = string(content)
	}
	if !strings.Contains(texts["log"], "[TRACE]") {
		t.Error("there is no log to look into")
	}
	for where, content := range texts {
		for _, secret := range w.secrets {
			for _, form := range []string{secret, url.QueryEscape(secret), url.QueryEscape(url.QueryEscape(secret))} {
				if i := strings.Index(content, form); form != "" && i >= 0 {
					t.Errorf("%s shows %q: …%s…", where, form, content[max(0, i-200):min(len(content), i+100)])
				}
			}
		}
	}
}

// servingName is a name of this test binary by which it serves the provider.
func servingName(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), providerName)
	if err := os.Symlink(self, name); err != nil {
		t.Fatal(err)
	}
	return name
}

const (
	providerName     = "terraform-provider-alicloud"
	metadataVariable = "CREDENTIALS_TEST_METADATA" // where the metadata service is
)

func init() {
	if filepath.Base(os.Args[0]) != providerName {
		return
	}
	credentials.UseMetadata(os.Getenv(metadataVariable))
	if err := provider.Serve("registry.terraform.io/alicloud-extras/alicloud", "test", false); err != nil {
		log.Fatal(err)
	}
	os.Exit(0)
}
