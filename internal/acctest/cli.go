package acctest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// CLI runs Terraform or OpenTofu as a user does: a process of its own, which
// starts the provider as another. Its folder holds main.tf and the state.
type CLI struct {
	Dir       string
	engine    string
	env       []string
	providers map[string]string // source address: folder
}

// Result is what a finished command left.
type Result struct {
	Output   string // stdout and stderr, log included
	ExitCode int    // -1 if it was killed
}

// Words returns the output as one line, with a space between words and without the
// frames of diagnostics.
func (r Result) Words() string {
	return strings.Join(strings.Fields(strings.ReplaceAll(r.Output, "│", " ")), " ")
}

// OutOfTime reports whether a release ran out of time before it tried to reach
// the endpoint.
func (r Result) OutOfTime() bool { return strings.Contains(r.Words(), "It ended while it waited for") }

// Process is a command that is under way.
type Process struct {
	cmd    *exec.Cmd
	output *output
}

// output collects what a process writes, and tells who waits for a text.
type output struct {
	mu      sync.Mutex
	text    bytes.Buffer
	written chan struct{} // closed and made anew by each write
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.written)
	o.written = make(chan struct{})
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// WaitFor waits until the command has written what matches a pattern.
func (p *Process) WaitFor(t *testing.T, pattern string) {
	t.Helper()
	wanted := regexp.MustCompile(pattern)
	late := time.After(Patience)
	for {
		p.output.mu.Lock()
		found, written := wanted.Match(p.output.text.Bytes()), p.output.written
		p.output.mu.Unlock()
		if found {
			return
		}
		select {
		case <-written:
		case <-late:
			t.Fatalf("%q was not written within %s:\n%s", pattern, Patience, p.output)
		}
	}
}

// NewCLI makes a folder with a configuration in it, which ends with the test.
// Variables of the form NAME=value are added to an otherwise bare environment.
func NewCLI(t *testing.T, config string, env ...string) *CLI {
	t.Helper()
	engine := Engine(t)
	binary, err := providerBinary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cli := &CLI{Dir: dir, engine: engine, providers: map[string]string{}, env: append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + os.TempDir(),
		"TF_CLI_CONFIG_FILE=" + filepath.Join(dir, cliConfig), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "NO_COLOR=1",
	}, env...)}
	cli.UseProvider(t, "alicloud-extras/alicloud", filepath.Dir(binary))
	cli.Write(t, config)
	return cli
}

const cliConfig = "cli.tfrc"

// UseProvider makes later commands take a provider from a folder.
func (c *CLI) UseProvider(t *testing.T, source, dir string) {
	t.Helper()
	c.providers[source] = dir
	overrides := ""
	for source, dir := range c.providers {
		overrides = fmt.Sprintf("%s    %q = %q\n", overrides, source, dir)
	}
	config := "provider_installation {\n  dev_overrides {\n" + overrides + "  }\n  direct {}\n}\n"
	if err := os.WriteFile(filepath.Join(c.Dir, cliConfig), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TapProvider makes the provider write what it tells Terraform on stderr to a
// file, whose path it returns.
func (c *CLI) TapProvider(t *testing.T) string {
	t.Helper()
	binary, err := providerBinary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	tap := filepath.Join(dir, "stderr")
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' \"$@\" 2>>'%s'\n", binary, tap)
	if err := os.WriteFile(filepath.Join(dir, providerName), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	c.UseProvider(t, "alicloud-extras/alicloud", dir)
	return tap
}

// Write replaces the configuration. If it has no required_providers, it gets a
// block that requires this provider as alicloud.
func (c *CLI) Write(t *testing.T, config string) {
	t.Helper()
	if !strings.Contains(config, "required_providers") {
		config = "terraform {\n  required_providers {\n    alicloud = {\n      source = \"alicloud-extras/alicloud\"\n    }\n  }\n}\n" + config
	}
	if err := os.WriteFile(filepath.Join(c.Dir, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Run runs a command to its end.
func (c *CLI) Run(t *testing.T, args ...string) Result {
	t.Helper()
	return c.Start(t, args...).Wait(t)
}

// Start starts a command.
func (c *CLI) Start(t *testing.T, args ...string) *Process {
	t.Helper()
	cmd := exec.Command(c.engine, append(args, "-no-color")...)
	p := &Process{cmd: cmd, output: &output{written: make(chan struct{})}}
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.Dir, c.env, p.output, p.output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// Wait waits for the end.
func (p *Process) Wait(t *testing.T) Result {
	t.Helper()
	err := p.cmd.Wait()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return Result{Output: p.output.String(), ExitCode: p.cmd.ProcessState.ExitCode()}
}

// Signal sends a signal to the command's own process.
func (p *Process) Signal(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// KillProvider kills the provider that the command has started. It works where
// /proc lists the processes.
func (p *Process) KillProvider(t *testing.T) {
	t.Helper()
	var children []byte
	// A child is listed with the thread that started it.
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.cmd.Process.Pid))
	for _, thread := range threads {
		more, _ := os.ReadFile(thread)
		children = append(append(children, ' '), more...)
	}
	killed := false
	for child := range strings.FieldsSeq(string(children)) {
		pid, _ := strconv.Atoi(child)
		if exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); filepath.Base(exe) != providerName {
			continue
		}
		if process, err := os.FindProcess(pid); err == nil && process.Kill() == nil {
			killed = true
		}
	}
	if !killed {
		t.Fatal("Terraform has no provider under way")
	}
}

// NeedTerraform skips the test on OpenTofu, and on a Terraform before a version.
func (c *CLI) NeedTerraform(t *testing.T, major, minor int) {
	t.Helper()
	if engine, gotMajor, gotMinor := c.version(t); engine != "Terraform" || gotMajor < major || gotMajor == major && gotMinor < minor {
		t.Skipf("this needs Terraform %d.%d, and this is %s %d.%d", major, minor, engine, gotMajor, gotMinor)
	}
}

// NeedTests skips the test on a Terraform before 1.7, whose `test` mocks no
// provider.
func (c *CLI) NeedTests(t *testing.T) {
	t.Helper()
	if engine, major, minor := c.version(t); engine == "Terraform" && major == 1 && minor < 7 {
		t.Skipf("this needs Terraform 1.7, and this is %d.%d", major, minor)
	}
}

func (c *CLI) version(t *testing.T) (engine string, major, minor int) {
	t.Helper()
	line, _, _ := strings.Cut(c.Run(t, "version").Output, "\n")
	if _, err := fmt.Sscanf(line, "%s v%d.%d", &engine, &major, &minor); err != nil {
		t.Fatalf("%q is no version: %v", line, err)
	}
	return engine, major, minor
}

// State returns the attributes of a resource in state; nil if it is not there.
func (c *CLI) State(t *testing.T, address string) map[string]any {
	t.Helper()
	var state struct {
		Values struct {
			RootModule struct {
				Resources []struct {
					Address string
					Values  map[string]any
				}
			} `json:"root_module"`
		}
	}
	c.show(t, &state)
	for _, resource := range state.Values.RootModule.Resources {
		if resource.Address == address {
			return resource.Values
		}
	}
	return nil
}

// Actions of a Change.
const (
	NoOp   = "no-op"
	Update = "update"
)

// Change is what a plan file says of a resource.
type Change struct {
	Actions      []string
	AfterUnknown map[string]any `json:"after_unknown"`
}

// Action returns NoOp, Update, or Terraform's words for another planned action.
func (c Change) Action() string { return strings.Join(c.Actions, ", ") }

// Change reads a plan file.
func (c *CLI) Change(t *testing.T, plan, address string) Change {
	t.Helper()
	var show struct {
		ResourceChanges []struct {
			Address string
			Change  Change
		} `json:"resource_changes"`
	}
	c.show(t, &show, plan)
	for _, resource := range show.ResourceChanges {
		if resource.Address == address {
			return resource.Change
		}
	}
	t.Fatalf("the plan does not speak of %s", address)
	return Change{}
}

func (c *CLI) show(t *testing.T, into any, args ...string) {
	t.Helper()
	result := c.Run(t, append([]string{"show", "-json"}, args...)...)
	// Warnings of the command come before or after the one line of JSON.
	for line := range strings.SplitSeq(result.Output, "\n") {
		if strings.HasPrefix(line, "{") {
			if err := json.Unmarshal([]byte(line), into); err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			return
		}
	}
	t.Fatalf("no JSON is shown:\n%s", result.Output)
}

// Engine returns the path of the Terraform or OpenTofu of the tests:
// TF_ACC_TERRAFORM_PATH, else terraform, else tofu on the PATH. It skips the test
// unless TF_ACC is set.
func Engine(t *testing.T) string {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("this test runs Terraform: set TF_ACC=1, or run `make test`")
	}
	for _, name := range []string{os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform", "tofu"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Fatal("neither terraform nor tofu is on the PATH; run `make test`, which builds one, or set TF_ACC_TERRAFORM_PATH")
	return ""
}

const providerName = "terraform-provider-alicloud"

// providerBinary builds the provider once for a test process. Main removes it.
var providerBinary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "acctest")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, providerName)
	out, err := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "github.com/alicloud-extras/terraform-provider-alicloud").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the provider: %w\n%s", err, out)
	}
	built = dir
	return binary, nil
})

var built string // the folder of the provider's binary

// Main runs a package's tests and then removes what they built. It is for the
// TestMain of a package that uses CLI.
func Main(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}
