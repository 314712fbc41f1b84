package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

const asProgram = "ECSMOCK_TEST_AS_PROGRAM"

// TestMain lets the test binary be the program, so that a test can run it as a
// process of its own and send it signals.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// program is a running ecsmock.
type program struct {
	*exec.Cmd
	url    string
	before string // what it printed before the first call
	stdout *bufio.Reader
	stderr *bytes.Buffer
}

func startProgram(t *testing.T, args ...string) *program {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent an interrupt on Windows")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{Cmd: exec.CommandContext(t.Context(), self, args...), stderr: &bytes.Buffer{}}
	p.Env = append(os.Environ(), asProgram+"=1", "GORACE=atexit_sleep_ms=0")
	p.Stderr = p.stderr
	pipe, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(pipe)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(p.before, "TIME ") {
		line, err := p.stdout.ReadString('\n')
		if err != nil {
			t.Fatalf("it ended early, having said %q and %q", p.before, p.stderr)
		}
		p.before += line
		if found := regexp.MustCompile(`^ecsmock listens on (http://127\.0\.0\.1:[1-9]\d*)\n`).FindStringSubmatch(line); found != nil {
			p.url = found[1]
		}
	}
	if p.url == "" {
		t.Fatalf("no URL in %q", p.before)
	}
	return p
}

// finish signals the program and returns the rest of its output.
func (p *program) finish(t *testing.T, signal os.Signal) string {
	t.Helper()
	if err := p.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(p.stdout)
	if err != nil {
		t.Error(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("it ended with %v, having said %s", err, p.stderr)
	}
	return string(rest)
}

// post sends a request signed with the secret, and returns its status; 0 if
// there was no answer.
func (p *program) post(key, secret string, params url.Values) int {
	params = maps.Clone(params)
	maps.Copy(params, url.Values{
		"Format": {"JSON"}, "Version": {"2014-05-26"}, "AccessKeyId": {key}, "SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"},
		"SignatureNonce": {fmt.Sprint(time.Now().UnixNano())}, "Timestamp": {time.Now().UTC().Format("2006-01-02T15:04:05Z")},
	})
	params.Set("Signature", ecsmock.Sign(http.MethodPost, params, secret))
	response, err := http.PostForm(p.url, params)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

func wantText(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
}

func TestProgram(t *testing.T) {
	p := startProgram(t)
	wantText(t, p.before,
		"121.40.10.11     public IP of i-bp1mockvpc, vpc, cn-hangzhou\n",
		"121.40.10.12     public IP of i-bp1mockclassic, classic, cn-hangzhou\n",
		"121.40.10.13     EIP eip-bp1mock of i-bp1mockeip, vpc, cn-hangzhou\n",
	)
	release := url.Values{"Action": {"ReleasePublicIpAddress"}, "RegionId": {"cn-hangzhou"}, "InstanceId": {"i-bp1mockvpc"}, "PublicIpAddress": {"121.40.10.11"}}
	describe := url.Values{"Action": {"DescribeInstances"}, "RegionId": {"cn-hangzhou"}, "InstanceIds": {`["i-bp1mockvpc","i-bp1mockeip"]`}}
	for i, call := range []url.Values{release, release, describe} {
		if status, want := p.post("mock-access-key-id", "mock-access-key-secret", call), []int{200, 400, 200}[i]; status != want {
			t.Errorf("call %d: got %d, want %d", i+1, status, want)
		}
	}

	rest := p.finish(t, syscall.SIGTERM)
	line := `(?m)^\d\d:\d\d:\d\d\.\d{3}  %-22s  cn-hangzhou     %-22s  %-15s  -       [0-9A-F-]{36}  %s$`
	for _, want := range []string{
		fmt.Sprintf(line, "ReleasePublicIpAddress", "i-bp1mockvpc", `121\.40\.10\.11   `, "200 released"),
		fmt.Sprintf(line, "ReleasePublicIpAddress", "i-bp1mockvpc", `121\.40\.10\.11   `, `400 InvalidIpAddress\.NotFound`),
		fmt.Sprintf(line, "DescribeInstances", "i-bp1mockvpc,i-bp1mockeip", `-`, "200"),
		`\n\nStopped\. Calls: 3, addresses released: 1, faults met: 0, connections: \d+\.\n$`,
	} {
		if !regexp.MustCompile(want).MatchString(rest) {
			t.Errorf("%s is not in\n%s", want, rest)
		}
	}
}

func TestProgram_with_a_seed_file(t *testing.T) {
	file := filepath.Join(t.TempDir(), "seed.json")
	seed := `{
		"keys": [{"access_key_id": "it's a key", "access_key_secret": "not-to-be-shown", "security_token": "nor-is-this"}],
		"instances": [{"id": "i-1", "region": "cn-beijing", "network": "vpc", "public_ips": ["39.96.1.1"]}],
		"faults": [{"kind": "close", "after": true}, {"kind": "no-answer"}]
	}`
	if err := os.WriteFile(file, []byte(seed), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startProgram(t, "--listen", "127.0.0.1:0", "--seed", file)
	wantText(t, p.before,
		`export ALICLOUD_ACCESS_KEY='it'\''s a key'`+"\n",
		"export ALICLOUD_SECRET_KEY=   # its access_key_secret in "+file+"\n",
		"export ALICLOUD_SECURITY_TOKEN=   # its security_token in "+file+"\n",
		"export ECS_ENDPOINT="+p.url+"\n",
	)

	ask := func() int {
		return p.post("it's a key", "not-to-be-shown", url.Values{
			"Action": {"ReleasePublicIpAddress"}, "PublicIpAddress": {"39.96.1.1"}, "RegionId": {"cn-beijing\n"}, "DryRun": {"false"}, "SecurityToken": {"nor-is-this"},
		})
	}
	if status := ask(); status != 0 {
		t.Errorf("the first call was answered %d", status)
	}
	held := make(chan int)
	go func() { held <- ask() }()
	printed := ""
	for range 2 { // the held call is printed before its silence begins
		line, err := p.stdout.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		printed += line
	}
	printed += p.finish(t, os.Interrupt)
	if status := <-held; status != 0 {
		t.Errorf("the second call was answered %d", status)
	}
	wantText(t, printed,
		`"cn-beijing\n"  -                       39.96.1.1        false   -                                     no answer (fault: close)`,
		"no answer (fault: no-answer)",
		"faults met: 2",
	)
	for _, secret := range []string{"not-to-be-shown", "nor-is-this"} {
		if strings.Contains(p.before+printed+p.stderr.String(), secret) {
			t.Errorf("%q was printed", secret)
		}
	}
}

func TestRun(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for name, test := range map[string]struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		"help":              {[]string{"--help"}, 0, "Usage:\n  ecsmock [--listen HOST:PORT] [--seed FILE]", ""},
		"unknown-option":    {[]string{"--port", "1"}, 2, "", "ecsmock: flag provided but not defined: -port; ecsmock --help shows the options\n"},
		"extra-argument":    {[]string{"seed.json"}, 2, "", `unexpected argument "seed.json"`},
		"no-such-seed":      {[]string{"--seed", filepath.Join(folder, "none.json")}, 1, "", "none.json"},
		"bad-seed":          {[]string{"--seed", write("bad.json", `{"kees": []}`)}, 1, "", `ecsmock: seed: the JSON: unknown field "kees" (in ` + folder},
		"bad-address":       {[]string{"--listen", "127.0.0.1:http:80"}, 1, "", "ecsmock: listen on 127.0.0.1:http:80"},
		"seed-without-keys": {[]string{"--seed", write("empty.json", `{}`)}, 0, "no access key, so every call will be refused", ""},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			stop()
			var stdout, stderr bytes.Buffer
			if code := run(ctx, test.args, &stdout, &stderr); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if !strings.Contains(stdout.String(), test.stdout) || test.stdout == "" && stdout.Len() > 0 {
				t.Errorf("stdout %q", &stdout)
			}
			if !strings.Contains(stderr.String(), test.stderr) || test.stderr == "" && stderr.Len() > 0 {
				t.Errorf("stderr %q", &stderr)
			}
		})
	}
}

// TestProgram_banner_and_guide_agree compares the export lines that the program prints with
// those that the guide has its reader enter.
func TestProgram_banner_and_guide_agree(t *testing.T) {
	guide, err := os.ReadFile("../../../../templates/guides/try-it-offline.md")
	if err != nil {
		t.Fatal(err)
	}
	seed, err := readSeed("")
	if err != nil {
		t.Fatal(err)
	}
	exports := regexp.MustCompile(`(?m)^export .*$`)
	want := exports.FindAllString(string(guide), -1)
	if got := exports.FindAllString(introduction("http://127.0.0.1:8080", "", seed), -1); len(got) != 3 || !slices.Equal(got, want) {
		t.Errorf("the banner has %q, the guide %q", got, want)
	}
}

func TestProgram_help_names_every_fault(t *testing.T) {
	for _, kind := range append(ecsmock.Kinds(), ecsmock.Pass, ecsmock.Redirect, ecsmock.Respond) {
		if !regexp.MustCompile(`[ \n]` + regexp.QuoteMeta(string(kind)) + `[,.]`).MatchString(help()) {
			t.Errorf("%s is not in the help", kind)
		}
	}
	for line := range strings.SplitSeq(help(), "\n") {
		if len(line) > 100 {
			t.Errorf("too long: %s", line)
		}
	}
}

func TestShow(t *testing.T) {
	for name, test := range map[string]struct{ value, want string }{
		"quote": {`a"b`, `"a\"b"`},
		"long":  {strings.Repeat("a", 61), strings.Repeat("a", 59) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := show(test.value); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
