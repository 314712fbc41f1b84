package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

const (
	region    = "cn-hangzhou"
	accessKey = "bench-access-key"
	secretKey = "bench-secret-key"
)

// bench is what the measurements share.
type bench struct {
	ctx      context.Context
	dir      string
	runs     int
	engine   string // path of Terraform or OpenTofu
	version  string
	provider string // path of the provider's binary
	smallest string
	env      []string
}

func newBench(ctx context.Context, dir string, runs int) (*bench, error) {
	b := &bench{ctx: ctx, dir: dir, runs: runs}
	for _, name := range []string{os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			b.engine = path
			break
		}
	}
	if b.engine == "" {
		return nil, fmt.Errorf("neither terraform nor tofu is on the PATH; set TF_ACC_TERRAFORM_PATH")
	}
	b.provider = filepath.Join(dir, "bin", "terraform-provider-alicloud")
	b.smallest = filepath.Join(dir, "bin", "terraform-provider-smallest")
	for path, source := range map[string]string{b.provider: ".", b.smallest: "./internal/bench/smallest"} {
		built := path + ".built"
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", built, source)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", source, err, out)
		}
		// As terraform init writes it. What the linker wrote is read more slowly
		// by the kernel, by as much as the two providers differ.
		binary, err := os.ReadFile(built)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, binary, 0o700); err != nil {
			return nil, err
		}
	}
	cli := filepath.Join(dir, "cli.tfrc")
	config := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"alicloud-extras/alicloud\" = %q\n    \"alicloud-extras/smallest\" = %[1]q\n  }\n  direct {}\n}\n",
		filepath.Join(dir, "bin"))
	if err := os.WriteFile(cli, []byte(config), 0o600); err != nil {
		return nil, err
	}
	// Only what Terraform needs: no cloud variables, proxies or log settings.
	b.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + os.TempDir(),
		"TF_CLI_CONFIG_FILE=" + cli, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1"}
	out, err := b.command(dir, "version").Output()
	if err != nil {
		return nil, fmt.Errorf("%s version: %w", b.engine, err)
	}
	b.version, _, _ = strings.Cut(string(out), "\n")
	return b, nil
}

func (b *bench) command(dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(b.ctx, b.engine, args...)
	cmd.Dir, cmd.Env = dir, b.env
	return cmd
}

// run runs the engine and returns how long it took. Releases go to the server,
// where there is one.
func (b *bench) run(dir string, server *ecsmock.Server, args ...string) (time.Duration, error) {
	cmd := b.command(dir, append(args, "-no-color")...)
	if server != nil {
		// Outside of the provider block, which names no endpoint in production.
		cmd.Env = append(cmd.Env, "ALIBABA_CLOUD_ENDPOINT_ECS="+server.URL())
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	begun := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%s %s: %w\n%.4000s", b.engine, strings.Join(args, " "), err, out.String())
	}
	return time.Since(begun), nil
}

// script runs shell commands and returns how long they took.
func (b *bench) script(commands string) (time.Duration, error) {
	cmd := exec.CommandContext(b.ctx, "sh", "-ec", commands)
	cmd.Env = b.env
	begun := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w\n%.4000s", err, out)
	}
	return time.Since(begun), nil
}

// workspace makes a folder that holds one configuration.
func (b *bench) workspace(config string) (string, error) {
	dir, err := os.MkdirTemp(b.dir, "workspace")
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600)
}

func (b *bench) machine() string {
	model := ""
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s/%s with %d cores (%s), %s, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(),
		cmp.Or(model, "model unknown"), runtime.Version(), b.version)
}
