package credentials

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestSplitCommand(t *testing.T) {
	for name, tc := range map[string]struct {
		line    string
		windows bool
		want    []string // nil is an error
	}{
		"words":                    {"a  b\tc", false, []string{"a", "b", "c"}},
		"quotes":                   {`a "b c" 'd "e'`, false, []string{"a", "b c", `d "e`}},
		"quotes-inside-a-word":     {`a--x="b c"d`, false, []string{"a--x=b cd"}},
		"empty-argument":           {`a "" b`, false, []string{"a", "", "b"}},
		"escaped-space":            {`a b\ c`, false, []string{"a", "b c"}},
		"escapes-in-double-quotes": {`a "\"\$\n"`, false, []string{"a", `"$\n`}},
		"none-in-single-quotes":    {`a '\n'`, false, []string{"a", `\n`}},
		"windows-path":             {`C:\tools\x.exe "C:\Program Files\y"`, true, []string{`C:\tools\x.exe`, `C:\Program Files\y`}},
		"windows-escaped-quote":    {`x "a\"b"`, true, []string{"x", `a"b`}},
		"open-double-quote":        {`a "b`, false, nil},
		"open-single-quote":        {`a 'b`, false, nil},
		"backslash-at-the-end":     {`a \`, false, nil},
		"nothing":                  {"  ", false, nil},
		"empty-program":            {`"" a`, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := splitCommand(tc.line, tc.windows)
			if !slices.Equal(got, tc.want) || (err == nil) != (tc.want != nil) {
				t.Errorf("got %q and %v, want %q", got, err, tc.want)
			}
		})
	}
}

// The race detector lets a program linger for a second at its end.
func init() { os.Setenv("GORACE", "atexit_sleep_ms=0") }

// testService is the external command of the tests.
var testService = service{Source: "the external command", Origin: "a profile", Remedy: "Do."}

// The environment variable makes the test binary itself the external command.
const commandVariable = "CREDENTIALS_TEST_COMMAND"

func init() {
	switch mode, argument, _ := strings.Cut(os.Getenv(commandVariable), ":"); mode {
	case "print":
		fmt.Fprint(os.Stdout, argument)
		fmt.Fprint(os.Stderr, "stderr-secret")
	case "fail":
		fmt.Fprint(os.Stderr, "stderr-secret")
		os.Exit(3)
	case "hang":
		select {}
	case "flood":
		_, _ = io.Copy(os.Stdout, endless{})
	default:
		return
	}
	os.Exit(0)
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestCommand(t *testing.T) {
	const secret = "command-secret-0123456789"
	for name, tc := range map[string]struct {
		command string // empty runs a program that does not exist
		says    string // empty is success
	}{
		"key":                  {`print:{"mode": "AK", "access_key_id": "a", "access_key_secret": "` + secret + `"}`, ""},
		"token":                {`print:{"mode": "StsToken", "access_key_id": "a", "access_key_secret": "` + secret + `", "sts_token": "t"}`, ""},
		"no-json":              {"print:" + secret, "JSON"},
		"nothing":              {"print:", "JSON"},
		"two-objects":          {`print:{"access_key_id": "` + secret + `"}{}`, "JSON"},
		"number":               {`print:{"access_key_id": 1, "access_key_secret": "` + secret + `"}`, "JSON"},
		"token-missing":        {`print:{"mode": "StsToken", "access_key_id": "a", "access_key_secret": "` + secret + `"}`, "sts_token"},
		"other-mode":           {`print:{"mode": "` + secret + `"}`, "mode"},
		"odd-expiration":       {`print:{"mode": "AK", "expiration": "` + secret + `"}`, "RFC 3339"},
		"exit-status":          {"fail:" + secret, "exit status 3"},
		"too-long":             {"hang", "did not end"},
		"too-much":             {"flood", "64 KiB"},
		"program-not-existing": {"", "does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			if tc.command == "" {
				self = "no-such-program-" + secret
			}
			t.Setenv(commandVariable, tc.command)
			timeout := time.Minute
			if tc.command == "hang" {
				timeout = 100 * time.Millisecond
			}
			output, err := testService.run(t.Context(), []string{self}, timeout)
			if err == nil {
				_, err = testService.printed(output, "a profile")
			}
			if tc.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("got %v, want an error that says %q", err, tc.says)
			}
			if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "stderr-secret") {
				t.Errorf("the error shows what was run or printed: %v", err)
			}
		})
	}
}

// The end of the keys is the one that the command prints.
func TestCommand_says_the_end(t *testing.T) {
	for name, tc := range map[string]struct{ printed, want string }{
		"none":     {"", "0001-01-01T00:00:00Z"},
		"utc":      {"2026-11-26T12:00:00Z", "2026-11-26T12:00:00Z"},
		"fraction": {"2026-11-26T12:00:00.5Z", "2026-11-26T12:00:00Z"},
		"offset":   {"2026-11-26T12:00:00+08:00", "2026-11-26T04:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := testService.printed([]byte(`{"access_key_id": "a", "access_key_secret": "s", "sts_token": "t", "expiration": "`+tc.printed+`"}`), "p")
			if err != nil || l.end.UTC().Format(time.RFC3339) != tc.want {
				t.Errorf("got %s and %v, want %s", l.end, err, tc.want)
			}
		})
	}
}

// A command is killed with its children when its caller leaves.
func TestCommand_is_killed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no process groups on Windows")
	}
	for name, script := range map[string]string{
		"itself":   `echo $$ >"$0"; exec sleep 301`,
		"children": `sleep 301 & echo $! >"$0"; wait`,
	} {
		t.Run(name, func(t *testing.T) {
			fifo := filepath.Join(t.TempDir(), "pid")
			if err := exec.Command("mkfifo", fifo).Run(); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			source := &Source{fetch: func(ctx context.Context) (lease, error) {
				_, err := testService.run(ctx, []string{"sh", "-c", script, fifo}, time.Minute)
				return lease{}, err
			}}
			ended := make(chan error, 1)
			go func() { _, err := source.Keys(ctx); ended <- err }()
			content, err := os.ReadFile(fifo) // waits for the script
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			// A child of the command's is collected by whoever adopts it, some time later.
			for begun := time.Now(); alive(pid); time.Sleep(time.Millisecond) {
				if time.Since(begun) > time.Minute {
					t.Fatal("the process lives")
				}
			}
		})
	}
}

// alive reports whether a process runs, that has not ended and waits to be collected.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, fs.ErrNotExist) && runtime.GOOS == "linux" {
		return false
	}
	if err == nil {
		_, state, _ := strings.Cut(string(stat), ") ")
		return !strings.HasPrefix(state, "Z")
	}
	process, err := os.FindProcess(pid)
	return err == nil && process.Signal(syscall.Signal(0)) == nil
}
