package credentials

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/credentials/stsmock"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

func TestMain(m *testing.M) {
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "ALI") || strings.HasPrefix(name, "TFC_") {
			os.Unsetenv(name)
		}
	}
	// What a test configures is all that counts: not the environment of the process.
	for _, name := range []string{"ACCESS_KEY_SECRET", "SECURITY_TOKEN", "OIDC_TOKEN", "CLI_PROFILE_DISABLED", "VPC_ENDPOINT_ENABLED", "STS_REGION"} {
		os.Setenv("ALIBABA_CLOUD_"+name, "true")
	}
	temporary, err := os.MkdirTemp("", "credentials-")
	if err == nil {
		// Whatever outlives its test is removed with it.
		err = os.Setenv("TMPDIR", temporary)
	}
	metadataURL = "http://127.0.0.1:1" // no test calls the real one
	stop, trustErr := stsmock.Trust()
	if err := errors.Join(err, trustErr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	stop()
	os.RemoveAll(temporary)
	os.Exit(code)
}

// baseKey may assume roles at the mock.
var baseKey = stsmock.Key{ID: "base-id", Secret: "base-secret"}

// place is where a test configures something: block, environment and the CLI's file in a home of its own.
type place struct {
	cfg Config
	env map[string]string
}

// client goes through the proxy of the mocks, but to loopback.
var client = rpc.New(rpc.Config{
	ConnectTimeout: time.Minute, ReadTimeout: time.Minute, Proxy: http.ProxyFromEnvironment,
	UserAgent: "test/1", SourceIP: "121.40.1.1", SecureTransport: "true",
})

// newPlace has the profiles in the CLI's own file.
func newPlace(t *testing.T, profiles ...map[string]any) *place {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	if len(profiles) > 0 {
		writeProfiles(t, filepath.Join(home, ".aliyun", "config.json"), profiles...)
	}
	p := &place{env: map[string]string{}}
	p.cfg.Client = client
	p.cfg.Getenv = func(name string) string { return p.env[name] }
	return p
}

func writeProfiles(t *testing.T, path string, profiles ...map[string]any) {
	t.Helper()
	content, err := json.Marshal(map[string]any{"current": profiles[0]["name"], "profiles": profiles, "meta_path": "", "mystery": nil})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, string(content))
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// akProfile is a profile with the base key.
func akProfile(name string) map[string]any {
	return map[string]any{"name": name, "mode": "AK", "access_key_id": baseKey.ID, "access_key_secret": baseKey.Secret}
}

func (p *place) source(t *testing.T) *Source {
	t.Helper()
	source, err := New(p.cfg)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// keys returns the keys without their origin.
func (p *place) keys(t *testing.T) rpc.Keys {
	t.Helper()
	keys, err := p.source(t).Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	keys.From = ""
	return keys
}

// pair are the keys of an access key.
func pair(id, secret, token string) rpc.Keys {
	return rpc.Keys{AccessKeyID: id, AccessKeySecret: secret, SecurityToken: token}
}
