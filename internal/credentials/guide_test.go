package credentials_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	examples = "../../examples/authentication"
	guide    = "../../templates/guides/authentication.md.tmpl"
)

// Each block of the guide is an example, and each example is run.
func TestGuide_shows_what_is_tested(t *testing.T) {
	content, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(examples + "/*.tf")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	run := map[string]bool{}
	for _, in := range signIns() {
		run[in.example] = true
	}
	for _, file := range files {
		name := filepath.Base(file)
		if !strings.Contains(string(content), `{{ tffile "examples/authentication/`+name+`" }}`) {
			t.Errorf("the guide does not show %s", name)
		}
		if !run[strings.TrimSuffix(name, ".tf")] {
			t.Errorf("no test runs %s", name)
		}
	}
	if strings.Contains(string(content), "```terraform") || strings.Contains(string(content), "```hcl") {
		t.Error("the guide has a block that is no example")
	}
}
