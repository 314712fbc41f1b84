package provider

import (
	"io"
	"log"
	"os"
	"slices"
	"strings"
)

// QuietLog turns the log of the provider and of the SDK off unless the
// environment asks for one: Terraform would read and drop several lines for each
// call. Go's own log is off in any case, since net/http writes answers to it, keys
// and signed URLs among them. It must be called before the provider is served.
func QuietLog() {
	log.SetOutput(io.Discard)
	if !logWanted(os.Environ()) {
		_ = os.Setenv("TF_LOG_SDK", "OFF") // fails only for an invalid name
		_ = os.Setenv("TF_LOG_PROVIDER_ALICLOUD", "OFF")
	}
}

// logWanted reports whether the environment asks for a provider's log.
func logWanted(environ []string) bool {
	return slices.ContainsFunc(environ, func(variable string) bool {
		name, value, _ := strings.Cut(strings.ToUpper(variable), "=") // Windows does not tell the cases apart
		return value != "" && strings.HasPrefix(name, "TF_LOG") && name != "TF_LOG_CORE" && name != "TF_LOG_PATH"
	})
}
