package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// startUp measures from exec to the schema over the plugin protocol.
func (b *bench) startUp(r *report) error {
	const runs = 200 // some ms each
	var here, smallest times
	var hereMemory, smallestMemory int
	for range runs {
		took, memory, err := schema(b.ctx, b.provider)
		if err != nil {
			return err
		}
		here, hereMemory = append(here, took), max(hereMemory, memory)
		if took, memory, err = schema(b.ctx, b.smallest); err != nil {
			return err
		}
		smallest, smallestMemory = append(smallest, took), max(smallestMemory, memory)
	}
	r.add("start, from exec to the schema", here.String(),
		beside(here, smallest, smallestProvider), atMost(1.10, ratio(here, smallest), "times the smallest provider"))
	r.addMemory("resident memory then", hereMemory, smallestMemory, smallestProvider)
	return nil
}

// schema starts a provider, asks for its schema, and returns how long that
// took and the provider's resident memory in bytes.
func schema(ctx context.Context, path string) (time.Duration, int, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path)
	// The cookie that Terraform gives its plugins; not a secret.
	cmd.Env = []string{"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
		"PLUGIN_PROTOCOL_VERSIONS=6", "TMPDIR=" + os.TempDir()}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // killed
	}()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return 0, 0, fmt.Errorf("%s did not start: %w", path, err)
	}
	parts := strings.Split(strings.TrimSpace(line), "|") // core|protocol|network|address|...
	if len(parts) < 4 {
		return 0, 0, fmt.Errorf("%s greeted with %q", path, line)
	}
	target := parts[3]
	if parts[2] == "unix" {
		target = "unix:" + target
	}
	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close()
	// The request has no fields, and those of the answer are not looked at.
	if err := conn.Invoke(ctx, "/tfplugin6.Provider/GetProviderSchema", &emptypb.Empty{}, &emptypb.Empty{}); err != nil {
		return 0, 0, err
	}
	return time.Since(begun), memoryOf(cmd.Process.Pid, "VmRSS:"), nil
}

// memoryOf reads a size in bytes from Linux's account of a process; 0 if there
// is none.
func memoryOf(pid int, field string) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if words := strings.Fields(line); len(words) >= 2 && words[0] == field {
			kilobytes, _ := strconv.Atoi(words[1])
			return kilobytes << 10
		}
	}
	return 0
}

// watchMemory follows the processes of some programs until the function that it
// returns is called, which returns the most resident memory that one had.
func watchMemory(paths ...string) func() int {
	stop, peak := make(chan struct{}), make(chan int)
	go func() {
		most := 0
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				peak <- most
				return
			case <-tick.C:
				links, _ := filepath.Glob("/proc/[0-9]*/exe")
				for _, link := range links {
					if target, err := os.Readlink(link); err == nil && slices.Contains(paths, target) {
						pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
						most = max(most, memoryOf(pid, "VmHWM:"))
					}
				}
			}
		}
	}()
	return func() int {
		close(stop)
		return <-peak
	}
}

// addMemory adds a row, except where memoryOf knows no sizes.
func (r *report) addMemory(what string, here, peer int, name string) {
	if here > 0 {
		r.add(what, megabytes(here), megabytes(peer)+" with "+name, atMost(20, float64(here-peer)/1e6, "MB more"))
	}
}

func megabytes(bytes int) string {
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}

// binarySize measures the stripped binary.
func (b *bench) binarySize(r *report) error {
	here, err := os.Stat(b.provider)
	if err != nil {
		return err
	}
	smallest, err := os.Stat(b.smallest)
	if err != nil {
		return err
	}
	r.add("stripped binary", megabytes(int(here.Size())), megabytes(int(smallest.Size()))+" with "+smallestProvider,
		atMost(22, float64(here.Size())/1e6, "MB"))
	return nil
}

// callPath runs the Go benchmarks of one release.
func (b *bench) callPath(r *report) error {
	out, err := exec.CommandContext(b.ctx, "go", "test", "-run=^$", "-bench=^BenchmarkRelease", "-benchmem", "-count=3", "./internal/ecsapi").CombinedOutput()
	if err != nil {
		return fmt.Errorf("go test -bench: %w\n%s", err, out)
	}
	figures, allocations := map[string]string{}, map[string]float64{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if len(words) < 8 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		name, _, _ := strings.Cut(words[0], "-")
		figures[name] = fmt.Sprintf("%s ns, %s bytes and %s allocations", words[2], words[4], words[6])
		if allocations[name], err = strconv.ParseFloat(words[6], 64); err != nil {
			return err
		}
	}
	r.add("one release in Go, over loopback", figures["BenchmarkRelease"], figures["BenchmarkReleaseByNetHTTP"]+" for a plain net/http POST",
		atMost(250, allocations["BenchmarkRelease"], "allocations"))
	return nil
}
