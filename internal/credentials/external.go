package credentials

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"runtime"
	"strings"
	"time"
	"unicode"

	"github.com/aliyun/credentials-go/credentials/providers"
)

const (
	commandTimeout = 60 * time.Second
	commandOutput  = 64 << 10
	// commandKept is how long a token of unknown age is kept, so that many calls do not mean many commands.
	commandKept = time.Minute
)

// external runs the command of a profile. credentials-go does it too, but prints command and output
// to stdout when it cannot read them, from where they reach Terraform's log.
func external(p *profile) *link {
	l := &link{
		source: "the external command",
		origin: p.origin(),
		remedy: `Run the process_command of the profile by hand: it must print a JSON object with mode "AK" or "StsToken", access_key_id, access_key_secret and, for a token, sts_token.`,
	}
	args, err := splitCommand(p.required("process_command"), runtime.GOOS == "windows")
	if err != nil {
		p.refuse("process_command", err.Error(), "Write it as in a shell, without pipes and variables.")
	}
	l.open = func() (providers.CredentialsProvider, error) {
		return &command{args: args, timeout: commandTimeout, fail: l.fail}, nil
	}
	return l
}

// command is the provider that external opens.
type command struct {
	args    []string
	timeout time.Duration
	fail    func(reason string, temporary bool) *SourceError

	keys  *providers.Credentials
	until time.Time // keys are kept until then; the zero time means for good
}

func (c *command) GetProviderName() string {
	return "external"
}

func (c *command) GetCredentials() (*providers.Credentials, error) {
	if c.keys != nil && (c.until.IsZero() || time.Now().Round(0).Before(c.until)) {
		return c.keys, nil
	}
	output, err := c.run()
	if err != nil {
		return nil, err
	}
	var answer struct {
		Mode            string `json:"mode"`
		AccessKeyID     string `json:"access_key_id"`
		AccessKeySecret string `json:"access_key_secret"`
		SecurityToken   string `json:"sts_token"`
		Expiration      string `json:"expiration"`
	}
	if json.Unmarshal(output, &answer) != nil {
		return nil, c.fail("its output is no JSON object of strings", false)
	}
	switch strings.ToLower(answer.Mode) {
	case "", "ak":
	case "ststoken":
		if answer.SecurityToken == "" {
			return nil, c.fail("its output has mode StsToken but no sts_token", false)
		}
	default:
		return nil, c.fail("its output has a mode other than AK and StsToken", false)
	}
	c.until = time.Time{}
	if answer.SecurityToken != "" {
		c.until = time.Now().Round(0).Add(commandKept)
	}
	if answer.Expiration != "" {
		ends, err := time.Parse(time.RFC3339, answer.Expiration)
		if err != nil {
			return nil, c.fail("the expiration in its output is no RFC 3339 time", false)
		}
		// One that ends soon is kept for the calls of this moment all the same.
		left := time.Until(ends)
		c.until = time.Now().Round(0).Add(max(left-renewalLead, min(left, commandKept)))
	}
	c.keys = &providers.Credentials{
		AccessKeyId:     answer.AccessKeyID,
		AccessKeySecret: answer.AccessKeySecret,
		SecurityToken:   answer.SecurityToken,
		ProviderName:    c.GetProviderName(),
	}
	return c.keys, nil
}

// run returns what the command prints. What it writes to stderr goes nowhere.
func (c *command) run() ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	output := &limitedOutput{left: commandOutput}
	run := exec.CommandContext(ctx, c.args[0], c.args[1:]...) //nolint:gosec // what the profile is for
	run.Stdout = output
	// A child that outlives the command must not hold up the pipe.
	run.WaitDelay = time.Second
	err := run.Run()

	var exit *exec.ExitError
	switch {
	case output.left < 0:
		return nil, c.fail("it printed more than 64 KiB", false)
	case ctx.Err() != nil:
		return nil, c.fail(fmt.Sprintf("it did not end within %s", c.timeout), true)
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		return output.content, nil
	case errors.As(err, &exit):
		return nil, c.fail(fmt.Sprintf("it ended with exit status %d", exit.ExitCode()), false)
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		return nil, c.fail("the program does not exist", false)
	}
	return nil, c.fail("it could not be started", false)
}

// limitedOutput keeps what is written, and stops the writer when it is too much.
type limitedOutput struct {
	content []byte
	left    int
}

func (o *limitedOutput) Write(p []byte) (int, error) {
	if o.left -= len(p); o.left < 0 {
		return 0, io.ErrShortWrite
	}
	o.content = append(o.content, p...)
	return len(p), nil
}

// splitCommand splits at white space outside quotes. A backslash takes the next character as it is,
// but not in single quotes, and on Windows, where it separates folders, only before a double quote in double quotes.
func splitCommand(line string, windows bool) ([]string, error) {
	var (
		args    []string
		word    strings.Builder
		quote   rune
		started bool
		escaped bool
	)
	runes := []rune(line)
	for i, r := range runes {
		next := rune(0)
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch {
		case escaped:
			escaped = false
			word.WriteRune(r)
		case r == '\\' && escapes(next, quote, windows):
			escaped, started = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, started = r, true
		case quote == 0 && unicode.IsSpace(r):
			if started {
				args = append(args, word.String())
			}
			word.Reset()
			started = false
		default:
			word.WriteRune(r)
			started = true
		}
	}
	if quote != 0 || escaped {
		return nil, errors.New("a quote is not closed, or it ends in a backslash")
	}
	if started {
		args = append(args, word.String())
	}
	if len(args) == 0 || args[0] == "" {
		return nil, errors.New("it names no program")
	}
	return args, nil
}

// escapes reports whether a backslash before next, inside quote if that is not 0, escapes it.
func escapes(next, quote rune, windows bool) bool {
	switch {
	case quote == '\'':
		return false
	case windows:
		return quote == '"' && next == '"'
	case quote == '"':
		return strings.ContainsRune("\"\\$`", next)
	}
	return true
}
