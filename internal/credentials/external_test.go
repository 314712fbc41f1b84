package credentials

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSplitCommand(t *testing.T) {
	for name, test := range map[string]struct {
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
			got, err := splitCommand(test.line, test.windows)
			if !slices.Equal(got, test.want) || (err == nil) != (test.want != nil) {
				t.Errorf("got %q and %v, want %q", got, err, test.want)
			}
		})
	}
}

// The race detector lets a program linger for a second at its end.
func init() { os.Setenv("GORACE", "atexit_sleep_ms=0") }

func newCommand(args ...string) *command {
	return &command{args: args, timeout: time.Minute, fail: (&link{source: "the external command", origin: "a profile", remedy: "Do."}).fail}
}

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
	for name, test := range map[string]struct {
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
			if test.command == "" {
				self = "no-such-program-" + secret
			}
			t.Setenv(commandVariable, test.command)
			command := newCommand(self)
			if test.command == "hang" {
				command.timeout = 100 * time.Millisecond
			}
			printed := captureStdout(t, func() {
				_, err = command.GetCredentials()
			})
			if printed != "" {
				t.Errorf("it printed %q", printed)
			}
			if test.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("got %v, want an error that says %q", err, test.says)
			}
			if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "stderr-secret") {
				t.Errorf("the error shows what was run or printed: %v", err)
			}
		})
	}
}

// captureStdout returns what f makes the process print.
func captureStdout(t *testing.T, f func()) string {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "stdout")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	stdout := os.Stdout
	os.Stdout = file
	f()
	os.Stdout = stdout
	content, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// How long the output is kept before the command runs again.
func TestCommandIsKept(t *testing.T) {
	for name, test := range map[string]struct {
		mode, token string
		lasts       time.Duration // 0: it does not say
		kept        time.Duration
	}{
		"key-for-good":             {"AK", "", 0, 1000 * time.Hour},
		"token-of-unknown-age":     {"StsToken", "t", 0, commandKept - time.Second},
		"token-until-near-its-end": {"StsToken", "t", time.Hour, time.Hour - renewalLead - time.Second},
		"token-that-ends-soon":     {"StsToken", "t", 2 * time.Minute, commandKept - time.Second},
		"token-that-ends-at-once":  {"StsToken", "t", 30 * time.Second, 29 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			expires := ""
			if test.lasts != 0 {
				expires = time.Now().Add(test.lasts).Format(time.RFC3339)
			}
			t.Setenv(commandVariable, fmt.Sprintf(`print:{"mode": %q, "access_key_id": "a", "access_key_secret": "s", "sts_token": %q, "expiration": %q}`,
				test.mode, test.token, expires))
			c := newCommand(self)
			if _, err := c.GetCredentials(); err != nil {
				t.Fatal(err)
			}
			until := time.Until(c.until)
			if c.until.IsZero() {
				until = 2000 * time.Hour
			}
			if until < test.kept-5*time.Second {
				t.Errorf("kept for %s, want at least %s", until, test.kept)
			}
			if test.token != "" && until > test.kept+time.Second {
				t.Errorf("kept for %s, want at most %s", until, test.kept)
			}
			t.Setenv(commandVariable, "fail")
			if _, err := c.GetCredentials(); err != nil {
				t.Errorf("it was run again at once: %v", err)
			}
			c.until = time.Unix(1, 0)
			if _, err := c.GetCredentials(); err == nil {
				t.Error("it was not run again when the time was over")
			}
		})
	}
}
