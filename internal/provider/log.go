package provider

import (
	"io"
	"log"
	"os"
	"strings"
)

// QuietLog turns the log of the provider and of the SDK off unless the
// environment asks for one. Otherwise both write several lines for each call,
// which Terraform reads and drops; with many resources that takes a good part
// of the time. Go's own log is off in any case: net/http writes answers to it,
// keys and signed URLs among them. It must be called before the provider is
// served.
func QuietLog() error {
	log.SetOutput(io.Discard)
	if logWanted(os.Environ()) {
		return nil
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_ALICLOUD"} {
		if err := os.Setenv(name, "OFF"); err != nil {
			return err
		}
	}
	return nil
}

// logWanted reports whether the environment asks for a provider's log.
func logWanted(environ []string) bool {
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		name = strings.ToUpper(name) // Windows does not tell the cases apart
		switch {
		case name == "TF_LOG_CORE", name == "TF_LOG_PATH", value == "":
		case strings.HasPrefix(name, "TF_LOG"):
			return true
		}
	}
	return false
}
