package docstest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// standInForSetUp keeps the story from connecting to its instance.
func standInForSetUp(t *testing.T, cli *acctest.CLI) {
	t.Helper()
	write(t, filepath.Join(cli.Dir, "set_up_override.tf"), read(t, story+"/tests/stand-in/set_up_override.tf"))
}

// telling is the story as it is told: one step after the other, on one state.
type telling struct {
	*testing.T
	ecs    *ecsmock.Server
	fleet  *fleet
	cli    *acctest.CLI
	config string
	// alarms counts the commands in which the check has warned.
	alarms int
}

func tell(t *testing.T, extra string) *telling {
	t.Helper()
	ecs := acctest.StartECS(t, acctest.Seed())
	s := &telling{T: t, ecs: ecs, fleet: startFleet(t, ecs)}
	s.config = read(t, story+"/main.tf") + read(t, story+"/check.tf") + extra
	s.cli = newCLI(t, s.config, s.fleet.env()...)
	standInForSetUp(t, s.cli)
	applied := s.run(0, "apply", "-auto-approve")
	_, after, _ := strings.Cut(applied.Output, "terraform_data.set_up: Creation complete")
	if !strings.Contains(after, "alicloud_ecs_public_ip_release.web: Creating") {
		t.Fatalf("the release did not wait for the set-up:\n%s", applied.Output)
	}
	return s
}

// run runs a command that is to end with an exit code.
func (s *telling) run(exitCode int, args ...string) acctest.Result {
	s.Helper()
	result := runTo(s.T, s.cli, exitCode, args...)
	if strings.Contains(result.Words(), alarm) {
		s.alarms++
	}
	return result
}

// change replaces texts of the configuration: old, new, old, new, ….
func (s *telling) change(texts ...string) {
	s.Helper()
	for i := 0; i < len(texts); i += 2 {
		if !strings.Contains(s.config, texts[i]) {
			s.Fatalf("the story does not have %q", texts[i])
		}
	}
	s.config = strings.NewReplacer(texts...).Replace(s.config)
	s.cli.Write(s.T, s.config)
}

// released checks how many addresses were released until now.
func (s *telling) released(want int) {
	s.Helper()
	if got := s.ecs.Releases(); got != want {
		s.Fatalf("%d addresses were released, want %d", got, want)
	}
}

// alarmed checks how often the check has warned until now.
func (s *telling) alarmed(want int) {
	s.Helper()
	if s.alarms != want {
		s.Fatalf("the check warned in %d commands, want %d", s.alarms, want)
	}
}

// has checks that a command said something.
func (s *telling) has(result acctest.Result, texts ...string) {
	s.Helper()
	for _, text := range texts {
		if !strings.Contains(result.Words(), text) {
			s.Errorf("%q was not said:\n%s", text, result.Output)
		}
	}
}

// instance returns the ID of the instance in state.
func (s *telling) instance() string {
	s.Helper()
	id, _ := s.cli.State(s.T, "alicloud_instance.web")["id"].(string)
	return id
}

const (
	alarm = "has a public IP address again"
	late  = "only in the first 6 hours"
)

// What the guide "In a VPC" says one sees.
func TestAcc_story(t *testing.T) {
	t.Parallel()
	s := tell(t, "\noutput \"address\" {\n  value = alicloud_instance.web.public_ip\n}\n")
	s.released(1)
	s.has(s.run(0, "output"), publicIP)

	// The address reads "" in the next plan, which changes only the output.
	plan := s.run(2, "plan", "-detailed-exitcode")
	s.has(plan, `address = "`+publicIP+`" -> ""`, "without changing any real infrastructure")
	s.run(0, "apply", "-auto-approve")
	s.run(0, "plan", "-detailed-exitcode")
	s.released(1)

	// A new instance loses its address in the apply that makes it.
	s.run(0, "apply", "-auto-approve", "-replace=alicloud_instance.web")
	s.released(2)
	s.run(0, "apply", "-auto-approve") // the output
	s.run(0, "plan", "-detailed-exitcode")

	// So does the instance that gets another address, of which the check warns.
	s.fleet.allocate(s.instance())
	s.has(s.run(2, "plan", "-detailed-exitcode"), "# alicloud_ecs_public_ip_release.web will be updated in-place", "1 to change", "121.40.10.22")
	s.alarmed(0)
	s.run(0, "plan", "-refresh-only")
	s.alarmed(1)
	s.run(0, "apply", "-auto-approve")
	s.released(3)
	s.run(0, "apply", "-auto-approve") // the output
	s.run(0, "plan", "-detailed-exitcode")
	s.alarmed(1)
}

// A story of more than 6 hours ago, whose instance got another address.
func tellLate(t *testing.T) *telling {
	t.Helper()
	s := tell(t, "")
	s.fleet.allocate(s.instance())
	update(s.ecs, s.instance(), func(i *ecsmock.Instance) { i.CreatedHoursAgo = 7 })
	return s
}

// After the 6 hours the release fails in each plan, or in each apply.
func TestAcc_story_after_the_6_hours(t *testing.T) {
	t.Parallel()
	s := tellLate(t)
	s.has(s.run(1, "plan"), late)
	s.has(s.run(1, "plan"), late)
	s.change("preflight         = true", "preflight         = false")
	s.run(0, "plan")
	for range 2 {
		s.has(s.run(1, "apply", "-auto-approve"), "Forbidden.ExceedDuration", late)
	}
	s.released(1)
}

// What stops it, and what gives the address back.
func TestAcc_story_remedies(t *testing.T) {
	t.Parallel()
	// The release is the end of the story, and the check goes with it.
	withoutRelease := func(s *telling) []string {
		_, end, _ := strings.Cut(s.config, "\n# Release the address, in the same apply.")
		return []string{"\n# Release the address, in the same apply." + end, ""}
	}
	for name, remedy := range map[string]func(*telling){
		"name-the-address-that-was-released": func(s *telling) {
			s.change("public_ip_address = alicloud_instance.web.public_ip", `public_ip_address = "`+publicIP+`"`)
		},
		"take-the-release-out": func(s *telling) { s.change(withoutRelease(s)...) },
		"give-the-address-back": func(s *telling) {
			s.change(append(withoutRelease(s),
				"internet_max_bandwidth_out = 10", "internet_max_bandwidth_out = 0",
				"    ignore_changes = [internet_max_bandwidth_out]\n", "")...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tellLate(t)
			remedy(s)
			s.run(0, "apply", "-auto-approve")
			s.run(0, "plan", "-detailed-exitcode")
			s.released(1)
			record, _ := s.ecs.Instance(s.instance())
			if gone := len(record.PublicIPs) == 0; gone != (name == "give-the-address-back") {
				t.Errorf("the instance has %v", record.PublicIPs)
			}
		})
	}
}

// TestAcc_story_module runs the module's own tests: its instance is mocked by
// Terraform, with the schema of the stand-in for the official provider.
func TestAcc_story_module(t *testing.T) {
	t.Parallel()
	ecs := acctest.StartECS(t, acctest.Seed())
	cli := newCLI(t, "", startFleet(t, ecs).env()...)
	cli.NeedTests(t)
	if err := os.Remove(filepath.Join(cli.Dir, "main.tf")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(cli.Dir, os.DirFS(filepath.Join(root, story))); err != nil {
		t.Fatal(err)
	}
	standInForSetUp(t, cli)
	run(t, cli, "test")
	if got := ecs.Releases(); got != 1 {
		t.Errorf("%d addresses were released, want 1", got)
	}
}
