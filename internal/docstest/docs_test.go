// Package docstest runs the documentation: each Terraform block in it is
// formatted, validated, and applied against the mock endpoint.
package docstest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
)

const (
	root = "../.."
	// module is an example that another one calls, from a folder beside it.
	module = "release-public-ips"
	// story is the example that makes an instance, sets it up and releases its
	// address.
	story = "examples/modules/set-up-then-release"
)

// block is a configuration in the documentation.
type block struct {
	name string // path and line
	text string
}

func (b block) has(text string) bool { return strings.Contains(b.text, text) }
func (b block) count(pattern string) int {
	return len(regexp.MustCompile(pattern).FindAllString(b.text, -1))
}

// configuration is the block with what a page leaves out: which providers the
// local names stand for, and the story before its check.
func (b block) configuration(t *testing.T) string {
	t.Helper()
	switch {
	case b.has("required_providers"):
		return b.text
	case b.count(`(?m)^check `) > 0:
		return read(t, story+"/main.tf") + b.text
	}
	providers := "    alicloud = { source = \"alicloud-extras/alicloud\" }\n"
	if b.has("alicloud-extras") || b.has(`"alicloud_instance"`) {
		providers = "    alicloud = { source = \"aliyun/alicloud\" }\n    alicloud-extras = { source = \"alicloud-extras/alicloud\" }\n"
	}
	return b.text + "\nterraform {\n  required_providers {\n" + providers + "  }\n}\n"
}

// applicable reports whether the block can be applied here. The others need
// values, a cloud to log in to, or a program to run.
func (b block) applicable() bool {
	return b.count(`(?m)^(resource|action|module|check) `) > 0 && !b.has("assume_role") && !b.has("local-exec")
}

// TestAcc_examples runs each block of the documentation.
func TestAcc_examples(t *testing.T) {
	t.Parallel()
	for _, b := range blocks(t) {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			if b.applicable() {
				apply(t, b)
			} else {
				cli := newCLI(t, b.configuration(t))
				b.need(t, cli)
				run(t, cli, "validate")
			}
		})
	}
}

// need skips the test on an engine that cannot read the block.
func (b block) need(t *testing.T, cli *acctest.CLI) {
	t.Helper()
	if b.count(`(?m)^action |action_trigger`) > 0 {
		cli.NeedTerraform(t, 1, 14)
	}
	if b.count(`(?m)^removed `) > 0 || b.has(module) {
		cli.NeedTests(t) // 1.7 has both, and the module requires it
	}
}

// apply applies a block, and checks the calls that it makes and that the next
// plan has no changes.
func apply(t *testing.T, b block) {
	t.Helper()
	server := acctest.StartECS(t, acctest.Seed())
	fleet := startFleet(t, server)
	config := block{b.name, b.configuration(t)}
	if !config.has(`resource "alicloud_instance"`) {
		fleet.create()
	}
	cli := newCLI(t, config.text, append(fleet.env(), "TF_VAR_endpoint="+server.URL())...)
	b.need(t, cli)
	if config.has("remote-exec") {
		standInForSetUp(t, cli)
	}
	want := config.count(`(?m)^resource "alicloud_ecs_public_ip_release"`) - b.count(`(?m)^import `) + b.count(`(?m)^ +action_trigger `)

	if b.has(module) {
		if err := os.CopyFS(filepath.Join(filepath.Dir(cli.Dir), module), os.DirFS(filepath.Join(root, "examples/modules", module))); err != nil {
			t.Fatal(err)
		}
		run(t, cli, "get")
		want++ // of its one instance
	}
	run(t, cli, "apply", "-auto-approve")
	if action := regexp.MustCompile(`(?m)^action "(\w+)" "(\w+)"`).FindStringSubmatch(b.text); action != nil && !b.has("action_trigger") {
		run(t, cli, "apply", "-auto-approve", "-invoke=action."+action[1]+"."+action[2])
		want++
	}
	if calls, released := server.CallsOf("ReleasePublicIpAddress"), server.Releases(); len(calls) != want || released != want {
		t.Errorf("%d addresses were released, want %d, by the calls %+v", released, want, calls)
	}
	run(t, cli, "plan", "-detailed-exitcode")
}

// TestAcc_examples_formatted checks all blocks as the engine's fmt does.
func TestAcc_examples_formatted(t *testing.T) {
	t.Parallel()
	cli := newCLI(t, "")
	for i, b := range blocks(t) {
		name := fmt.Sprintf("%02d_%s.tf", i, regexp.MustCompile(`\W+`).ReplaceAllString(b.name, "_"))
		write(t, filepath.Join(cli.Dir, name), b.text)
	}
	run(t, cli, "fmt", "-check", "-diff")
}

var fence = regexp.MustCompile("(?ms)^```(?:terraform|hcl)\n(.*?)^```$")

// blocks returns each block once: the pages repeat the examples, and docs/ the
// templates. A module with tests of its own is left to them.
func blocks(t *testing.T) []block {
	t.Helper()
	var all []block
	seen := map[string]bool{}
	add := func(name, text string) {
		if !seen[text] {
			seen[text] = true
			all = append(all, block{name, text})
		}
	}
	for _, page := range pages(t) {
		text := read(t, page)
		for _, at := range fence.FindAllStringSubmatchIndex(text, -1) {
			line := 1 + strings.Count(text[:at[0]], "\n")
			add(fmt.Sprintf("%s:%d", page, line), text[at[2]:at[3]])
		}
	}
	for _, file := range files(t, "examples", ".tf") {
		tests, err := filepath.Glob(filepath.Join(root, filepath.Dir(file), "tests", "*.tftest.hcl"))
		if err != nil {
			t.Fatal(err)
		}
		if len(tests) == 0 {
			add(file, read(t, file))
		}
	}
	if len(all) == 0 {
		t.Fatal("the documentation has no block")
	}
	return all
}

// pages returns the Markdown files, the templates among them.
func pages(t *testing.T) []string {
	t.Helper()
	pages := []string{"README.md", "README-CN.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"}
	return slices.Concat(pages, files(t, "docs", ".md"), files(t, "templates", ".md", ".md.tmpl"))
}

// files returns the files below a folder that end in one of the suffixes.
func files(t *testing.T, folder string, suffixes ...string) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(os.DirFS(root), folder, func(path string, entry fs.DirEntry, err error) error {
		ends := func(suffix string) bool { return strings.HasSuffix(path, suffix) }
		if err == nil && !entry.IsDir() && slices.ContainsFunc(suffixes, ends) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
