// Bench measures what the provider costs beside its peers and the limit, in
// one run on one machine, and prints a Markdown table.
//
//	go run ./internal/bench [-write FILE] [-runs N]
//
// It needs Go and Terraform or OpenTofu (TF_ACC_TERRAFORM_PATH, else terraform,
// else tofu on the PATH). Releases over a network are compared with the aliyun CLI
// if it is on the PATH, else with curl.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

func main() {
	write := flag.String("write", "", "also write the table to this `file`")
	runs := flag.Int("runs", 3, "how often each measurement is made")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	report, err := measure(ctx, *runs)
	stop()
	if err != nil {
		log.Fatal(err)
	}
	report.print(os.Stdout)
	if *write != "" {
		file, err := os.Create(*write)
		if err != nil {
			log.Fatal(err)
		}
		report.print(file)
		if err := file.Close(); err != nil {
			log.Fatal(err)
		}
	}
}

// measure takes all measurements.
func measure(ctx context.Context, runs int) (*report, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	b, err := newBench(ctx, dir, runs)
	if err != nil {
		return nil, err
	}
	r := &report{machine: b.machine(), begun: time.Now()}
	for _, rows := range []func(*report) error{
		b.mockCapacity, b.startUp, b.binarySize, b.applies, b.roundTrips, b.throttled, b.callPath,
	} {
		if err := rows(r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// report is a table in the making.
type report struct {
	machine string
	begun   time.Time
	rows    [][4]string
}

// add appends a row: what, this provider's figure, the peer's, and the goal.
func (r *report) add(what, here, beside, goal string) {
	fmt.Fprintf(os.Stderr, "%s: %s (%s)\n", what, here, beside)
	r.rows = append(r.rows, [4]string{what, here, beside, goal})
}

func (r *report) print(w io.Writer) {
	fmt.Fprintf(w, "# Benchmark\n\nMade by `make bench` on %s in %s, on %s.\n\n", r.begun.Format("2006-01-02"),
		time.Since(r.begun).Round(time.Second), r.machine)
	fmt.Fprint(w, "Times are medians, with the least and the most in brackets; ratios are of medians of runs made in turn. "+
		"The idle twin is a resource with the same attributes, of the smallest provider that the framework can make; it does nothing. "+
		"What it takes is Terraform's and the framework's own.\n\n")
	fmt.Fprint(w, "| what | this provider | beside | goal |\n|---|---|---|---|\n")
	for _, row := range r.rows {
		fmt.Fprintf(w, "| %s | %s | %s | %s |\n", row[0], row[1], row[2], row[3])
	}
}

// times are measurements of one thing.
type times []time.Duration

func (t times) median() time.Duration {
	sorted := slices.Sorted(slices.Values(t))
	return sorted[len(sorted)/2]
}

func (t times) String() string {
	unit := 10 * time.Millisecond
	if t.median() < time.Second {
		unit = 100 * time.Microsecond
	}
	return fmt.Sprintf("%s [%s–%s]", t.median().Round(unit), slices.Min(t).Round(unit), slices.Max(t).Round(unit))
}

const (
	terraformData    = "terraform_data"
	smallestProvider = "the smallest provider"
	idleTwin         = "the idle twin"
	timesTheTwin     = "times the idle twin"
)

// beside says what a peer took.
func beside(here, peer times, name string) string {
	return fmt.Sprintf("%s with %s (ratio %.2f)", peer, name, ratio(here, peer))
}

// ratio is rounded to the two digits that the table shows.
func ratio(a, b times) float64 {
	return math.Round(100*float64(a.median())/float64(b.median())) / 100
}

// atMost is a goal, and whether the figure meets it.
func atMost(limit, figure float64, unit string) string {
	verdict := "met"
	if figure > limit {
		verdict = "**missed**"
	}
	return strings.Join(strings.Fields(fmt.Sprintf("at most %g %s", limit, unit)), " ") + ": " + verdict
}
