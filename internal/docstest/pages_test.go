package docstest

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/publicip"
)

// TestErrorTable checks that the page of the resource has each error code that
// the provider gives a meaning to, and no other, and says of each whether it is
// tried again.
func TestErrorTable(t *testing.T) {
	page := read(t, "docs/resources/ecs_public_ip_release.md")
	_, page, _ = strings.Cut(page, "\n| Code |")
	page, _, _ = strings.Cut(page, "\n\n")
	documented := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]*) \|[^|]*\| ([^|]*) \|`).FindAllStringSubmatch(page, -1) {
		for _, code := range regexp.MustCompile("`([A-Z][A-Za-z.]+?)\\.?…?`").FindAllStringSubmatch(row[1], -1) {
			documented[code[1]] = row[2]
		}
	}

	known := map[string]string{}
	for _, code := range publicip.Codes() {
		again := "no"
		if publicip.TriedAgain(code) {
			again = "yes"
		}
		known[strings.TrimSuffix(code, ".*")] = again
	}
	for code, again := range known {
		if documented[code] != again {
			t.Errorf("%s: tried again is %q on the page, want %q", code, documented[code], again)
		}
	}
	for code := range documented {
		if known[code] == "" {
			t.Errorf("the provider does not know %s", code)
		}
	}
}

// TestLinks checks that each link between the pages leads to a heading or a
// file. Those of a template are checked where docs/ has them.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`(?:\]\(|src=")([^)" ]+)`)
	for _, page := range pages(t) {
		if strings.HasPrefix(page, "templates/") {
			continue
		}
		for _, found := range link.FindAllStringSubmatch(read(t, page), -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			file := page
			if target != "" {
				file = path.Join(path.Dir(page), target)
			}
			if _, err := os.Stat(filepath.Join(root, file)); err != nil {
				t.Errorf("%s links to %s: there is no such file", page, found[1])
			} else if anchor != "" && !anchors(read(t, file))[anchor] {
				t.Errorf("%s links to %s: there is no such heading", page, found[1])
			}
		}
	}
}

// TestReadmes checks that both READMEs have the same blocks, and begin with the
// story.
func TestReadmes(t *testing.T) {
	fences := regexp.MustCompile("(?ms)^```\\w+\n.*?^```$")
	english, chinese := fences.FindAllString(read(t, "README.md"), -1), fences.FindAllString(read(t, "README-CN.md"), -1)
	if !slices.Equal(english, chinese) {
		t.Errorf("the blocks differ:\n%s\n\n%s", strings.Join(english, "\n"), strings.Join(chinese, "\n"))
	}
	if want := "```terraform\n" + read(t, story+"/main.tf") + "```"; len(english) == 0 || english[0] != want {
		t.Errorf("README.md does not begin with %s/main.tf", story)
	}
}

// TestJSON checks the policies, and that the mock endpoint can read its seeds.
func TestJSON(t *testing.T) {
	for _, page := range pages(t) {
		for _, found := range regexp.MustCompile("(?ms)^```json\n(.*?)^```$").FindAllStringSubmatch(read(t, page), -1) {
			if !json.Valid([]byte(found[1])) {
				t.Errorf("%s has a block that is not JSON:\n%s", page, found[1])
			}
			if strings.Contains(found[1], `"instances"`) {
				if _, err := ecsmock.ParseSeed([]byte(found[1])); err != nil {
					t.Errorf("%s: %v", page, err)
				}
			}
		}
	}
}

// anchors returns what a page's headings are linked by.
func anchors(page string) map[string]bool {
	all := map[string]bool{}
	for _, id := range regexp.MustCompile(`<a id="(.+?)">`).FindAllStringSubmatch(page, -1) {
		all[id[1]] = true
	}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
		slug := regexp.MustCompile(`[^\w -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		all[strings.ReplaceAll(slug, " ", "-")] = true
	}
	return all
}
