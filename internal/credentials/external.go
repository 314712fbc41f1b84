package credentials

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

const commandOutput = 64 << 10 // bytes

// external runs the command of a profile, which prints keys.
func external(p *profile) fetch {
	who := service{
		Source: "the external command",
		Origin: p.origin,
		Remedy: `Run the process_command of the profile by hand: it must print a JSON object with mode "AK" or "StsToken", ` +
			"access_key_id, access_key_secret and, for a token, sts_token.",
	}
	args, err := splitCommand(p.required("process_command"), runtime.GOOS == "windows")
	if err != nil {
		p.refuse("process_command", err.Error(), "Write it as in a shell, without pipes and variables.")
	}
	return func(ctx context.Context) (lease, error) {
		output, err := who.run(ctx, args, time.Minute)
		if err != nil {
			return lease{}, err
		}
		return who.printed(output, p.origin)
	}
}

// printed reads what a command has printed.
func (s service) printed(output []byte, from string) (lease, error) {
	var answer struct { // the fields of issued, by the command's names
		Code            string `json:"mode"`
		AccessKeyID     string `json:"access_key_id"`
		AccessKeySecret string `json:"access_key_secret"`
		SecurityToken   string `json:"sts_token"`
		Expiration      string `json:"expiration"`
	}
	if json.Unmarshal(output, &answer) != nil {
		return lease{}, s.fail("its output is not a JSON object of strings")
	}
	switch mode := strings.ToLower(answer.Code); {
	case mode != "" && mode != "ak" && mode != "ststoken":
		return lease{}, s.fail("its output has a mode other than AK and StsToken")
	case mode == "ststoken" && answer.SecurityToken == "":
		return lease{}, s.fail("its output has mode StsToken but no sts_token")
	}
	answer.Code = ""
	return issued(answer).lease(s, from, false)
}

// run returns what a command prints. What it writes to stderr goes nowhere. When
// the context ends or the time is up, the command is killed with its children,
// as far as the platform allows.
func (s service) run(ctx context.Context, args []string, timeout time.Duration) ([]byte, error) {
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var output limitedOutput
	command := exec.CommandContext(bounded, args[0], args[1:]...) //nolint:gosec // what the profile is for
	command.Stdout = &output
	// A child that outlives the command must not hold up the pipe.
	command.WaitDelay = time.Second
	// Where the command dies with the thread that started it, the thread must live.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	killWithChildren(command)
	err := command.Run()

	switch exit, exited := errors.AsType[*exec.ExitError](err); {
	case len(output) > commandOutput:
		return nil, s.fail("it printed more than 64 KiB")
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case bounded.Err() != nil:
		failure := s.fail(fmt.Sprintf("it did not end within %s", timeout))
		failure.temporary = true
		return nil, failure
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		return output, nil
	case exited:
		return nil, s.fail(fmt.Sprintf("it ended with exit status %d", exit.ExitCode()))
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		return nil, s.fail("the program does not exist")
	}
	return nil, s.fail("it could not be started")
}

// limitedOutput keeps what is written, and stops the writer when it is too much.
type limitedOutput []byte

func (o *limitedOutput) Write(p []byte) (int, error) {
	if *o = append(*o, p...); len(*o) > commandOutput {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

// Words of a command line, and their parts, as a shell has them, and on Windows,
// where a backslash separates folders and escapes only a double quote.
const (
	shellPart   = `"(?:\\[\s\S]|[^"\\])*"|'[^']*'|\\[\s\S]|[^\s"'\\]+`
	windowsPart = `"(?:\\"|[^"])*"|'[^']*'|[^\s"']+`
)

// splitCommand splits a command line at the white space outside quotes.
func splitCommand(line string, windows bool) (args []string, err error) {
	pattern, escape := shellPart, regexp.MustCompile("\\\\([\"\\\\$`])")
	if windows {
		pattern, escape = windowsPart, regexp.MustCompile(`\\(")`)
	}
	words, parts := regexp.MustCompile(`(?:`+pattern+`)+`), regexp.MustCompile(pattern)
	if strings.TrimSpace(words.ReplaceAllString(line, "")) != "" {
		return nil, errors.New("a quote is not closed, or it ends in a backslash")
	}
	for _, word := range words.FindAllString(line, -1) {
		args = append(args, parts.ReplaceAllStringFunc(word, func(part string) string {
			switch {
			case part[0] == '\'':
				return part[1 : len(part)-1]
			case part[0] == '"':
				return escape.ReplaceAllString(part[1:len(part)-1], "$1")
			case part[0] == '\\' && !windows:
				return part[1:]
			}
			return part
		}))
	}
	if len(args) == 0 || args[0] == "" {
		return nil, errors.New("it names no program")
	}
	return args, nil
}
