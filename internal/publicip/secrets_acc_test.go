package publicip_test

import (
	"archive/zip"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

const token = "CAIS/mock+token=with&signs"

// TestAcc_secrets looks for keys, tokens and signatures in all that an apply
// leaves, at the most talkative log level, over every fault and some refusals.
func TestAcc_secrets(t *testing.T) {
	t.Parallel()
	faults := append(faults(),
		ecsmock.Fault{Kind: ecsmock.Respond, Status: 400, Body: `{"RequestId":"R","Code":"SignatureDoesNotMatch",` +
			`"Message":"server string to sign is:POST&%2F&SecurityToken%3DCAIS%2Fmock%2Btoken%3Dwith%26signs"}`},
		ecsmock.Fault{Kind: ecsmock.Respond, Status: 502, ContentType: "text/html", Body: "<html>" + token + "</html>"},
		ecsmock.Fault{Kind: ecsmock.Respond, Status: 403, Body: `{"RequestId":"CAIS/mock+token=with&signs","Code":"Odd",` +
			`"Message":"CAIS%2Fmock%2Btoken%3Dwith%26signs and CAIS/mock+token=with&signs"}`})
	server, config := manyAddresses(t, len(faults))
	server.SetKey(ecsmock.Key{ID: acctest.AccessKey, Secret: acctest.SecretKey, SecurityToken: token})
	for n := range faults {
		faults[n].PublicIP = manyAddress(n)
	}
	server.Inject(faults...)
	config = strings.ReplaceAll(config, "= 60000", "= 10000") // for the faults that are silent
	config = strings.Replace(config, "client_connect_timeout", "security_token = \""+token+"\"\n  client_connect_timeout", 1)
	// What the configuration says is there to be read; what it makes of it is not.
	cli := acctest.NewCLI(t, config, "TF_LOG=TRACE", "DEBUG=tea,credential,sdk,*")

	plan := cli.Run(t, "plan", "-out=tfplan")
	apply := cli.Run(t, "apply", "tfplan")
	if releases := server.Releases(); releases < len(faults)-3 {
		t.Errorf("%d effective releases of %d:\n%.4000s", releases, len(faults), apply.Output)
	}
	wantText(t, apply, "string to sign is: (hidden)", "(hidden) and (hidden)", "release not settled, trying again")

	secrets := map[string]string{"secret key": acctest.SecretKey, "token": token}
	for _, call := range server.Calls() {
		secrets["signature of "+call.Params.Get("PublicIpAddress")] = call.Params.Get("Signature")
	}
	places := map[string]string{
		"the plan's output": plan.Output, "the apply's output": apply.Output,
		"the state": readFile(t, filepath.Join(cli.Dir, "terraform.tfstate")),
	}
	for name, text := range readPlan(t, filepath.Join(cli.Dir, "tfplan")) {
		places["the plan file's "+name] = text
	}
	for place, text := range places {
		for secret, value := range secrets {
			for _, form := range []string{value, url.QueryEscape(value), url.PathEscape(value)} {
				if at := strings.Index(text, form); at >= 0 {
					t.Errorf("%s holds the %s: …%q", place, secret, text[max(0, at-120):min(len(text), at+len(form)+20)])
				}
			}
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// readPlan unpacks a plan file without the copy of the configuration in it.
func readPlan(t *testing.T, path string) map[string]string {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	files := map[string]string{}
	for _, file := range archive.File {
		if strings.HasPrefix(file.Name, "tfconfig/") {
			continue
		}
		reader, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		files[file.Name] = string(data)
	}
	return files
}

// TestAcc_secrets_on_the_way looks for the same where no endpoint is reached,
// and for the password of a proxy.
func TestAcc_secrets_on_the_way(t *testing.T) {
	t.Parallel()
	const password, encoded = "p/a+s s", "p%2Fa%2Bs%20s"
	away, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = away.Close()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
		_, _ = io.WriteString(w, r.URL.String()+r.Header.Get("Proxy-Authorization"))
	}))
	t.Cleanup(refusing.Close)
	for name, tc := range map[string]struct {
		endpoint, variable, proxy string // the proxy's host, or all of what is no URL
		says                      string
	}{
		"proxy-refuses-plain":   {"http://ecs.mock.invalid", "HTTP_PROXY", refusing.Listener.Addr().String(), "HTTP 407"},
		"proxy-refuses-connect": {"https://ecs.mock.invalid", "HTTPS_PROXY", refusing.Listener.Addr().String(), "Proxy Authentication Required"},
		"proxy-away-plain":      {"http://ecs.mock.invalid", "HTTP_PROXY", away.Addr().String(), "connection refused"},
		"proxy-away-connect":    {"https://ecs.mock.invalid", "HTTPS_PROXY", away.Addr().String(), "connection refused"},
		"proxy-unparsable":      {"https://ecs.mock.invalid", "HTTPS_PROXY", "proxy.invalid:port", "Invalid Proxy"},
		"endpoint-away":         {"http://" + away.Addr().String(), "HTTPS_PROXY", "proxy.invalid", "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := acctest.NewCLI(t, "", "TF_LOG=TRACE", tc.variable+"=http://user:"+encoded+"@"+tc.proxy)
			var result acctest.Result
			for limit := range acctest.Limits {
				cli.Write(t, at(tc.endpoint, within(limit)))
				if result = cli.Run(t, "apply", "-auto-approve"); !result.OutOfTime() {
					break
				}
			}
			wantText(t, result, tc.says)
			basic := base64.StdEncoding.EncodeToString([]byte("user:" + password))
			for _, secret := range []string{password, encoded, url.QueryEscape(password), basic, "Signature=", acctest.SecretKey, url.QueryEscape(acctest.SecretKey)} {
				if strings.Contains(result.Output, secret) {
					t.Errorf("the output holds %q", secret)
				}
			}
		})
	}
}
