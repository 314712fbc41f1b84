package provider

import (
	"os"
	"strings"
)

// QuietLog turns the SDK's log off unless the environment asks for a log. The
// SDK otherwise writes several lines for each call, which Terraform reads and
// drops; with many resources that takes a good part of the time. It must be
// called before the provider is served.
func QuietLog() error {
	if logWanted(os.Environ()) {
		return nil
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER"} {
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
		switch {
		case name == "TF_LOG_CORE", name == "TF_LOG_PATH", value == "":
		case strings.HasPrefix(name, "TF_LOG"):
			return true
		}
	}
	return false
}
