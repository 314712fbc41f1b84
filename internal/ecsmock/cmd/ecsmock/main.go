// Command ecsmock is an ECS endpoint to try a module against, without an
// account: it answers ReleasePublicIpAddress and DescribeInstances from the
// records of a seed file and prints each call. See ecsmock --help.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

//go:embed demo.json
var demoSeed []byte

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run serves until the context ends, and returns the exit code: 0 when it was
// stopped, 1 when it could not start, 2 for a command line that it cannot read.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("ecsmock", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	listen := flags.String("listen", "127.0.0.1:0", "")
	seedFile := flags.String("seed", "", "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, help())
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "ecsmock: %v; ecsmock --help shows the options\n", err)
		return 2
	case flags.NArg() > 0:
		fmt.Fprintf(stderr, "ecsmock: unexpected argument %q; ecsmock --help shows the options\n", flags.Arg(0))
		return 2
	}

	seed, err := readSeed(*seedFile)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	log := &callLog{out: stdout}
	log.mu.Lock() // an early call is printed below the column heads
	server, err := ecsmock.New(seed, ecsmock.Address(*listen), ecsmock.Observe(log.call))
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	defer server.Close()
	log.start(introduction(server.URL(), *seedFile, seed))
	log.mu.Unlock()

	<-ctx.Done()
	server.Close()
	log.stop(server.Traffic())
	return 0
}

func readSeed(file string) (ecsmock.Seed, error) {
	if file == "" {
		return ecsmock.ParseSeed(demoSeed)
	}
	data, err := os.ReadFile(file) //nolint:gosec // the user names the file to read
	if err != nil {
		return ecsmock.Seed{}, fmt.Errorf("ecsmock: the seed file cannot be read: %w", err)
	}
	seed, err := ecsmock.ParseSeed(data)
	if err != nil {
		return ecsmock.Seed{}, fmt.Errorf("%w (in %s)", err, file)
	}
	return seed, nil
}

// introduction tells how to reach the endpoint. The secret of the built-in seed
// is public; one from a file stays there.
func introduction(url, file string, seed ecsmock.Seed) string {
	var b strings.Builder
	fmt.Fprintf(&b, "ecsmock listens on %s\n\n", url)
	if len(seed.Keys) > 0 {
		key := seed.Keys[0]
		fmt.Fprintf(&b, "export ALICLOUD_ACCESS_KEY=%s\n", quote(key.ID))
		if file == "" {
			fmt.Fprintf(&b, "export ALICLOUD_SECRET_KEY=%s\n", quote(key.Secret))
		} else {
			fmt.Fprintf(&b, "export ALICLOUD_SECRET_KEY=   # its access_key_secret in %s\n", file)
		}
		if key.SecurityToken != "" {
			fmt.Fprintf(&b, "export ALICLOUD_SECURITY_TOKEN=   # its security_token in %s\n", file)
		}
		fmt.Fprintf(&b, "export ECS_ENDPOINT=%s\n", url)
	} else {
		b.WriteString("The seed has no access key, so every call will be refused.\n")
	}
	b.WriteString("\nOn record:\n")
	for _, i := range seed.Instances {
		for _, address := range i.PublicIPs {
			fmt.Fprintf(&b, "  %-15s  public IP of %s, %s, %s\n", address, i.ID, i.Network, i.Region)
		}
		if i.EIP != nil {
			fmt.Fprintf(&b, "  %-15s  EIP %s of %s, %s, %s\n", i.EIP.Address, i.EIP.AllocationID, i.ID, i.Network, i.Region)
		}
	}
	b.WriteString("\nCtrl-C stops it. Calls:\n")
	return b.String()
}

// quote makes a value safe for a POSIX shell. It quotes only where it must.
func quote(value string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@", r)
	}
	if value != "" && strings.IndexFunc(value, func(r rune) bool { return !plain(r) }) < 0 {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
