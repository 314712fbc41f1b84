package publicip

import (
	"testing"
	"time"
)

// TestAccount_bound checks that max_retry_timeout counts only where it is shorter.
func TestAccount_bound(t *testing.T) {
	for name, tc := range map[string]struct{ maxRetry, timeout, want time.Duration }{
		"none":    {0, 5 * time.Minute, 5 * time.Minute},
		"shorter": {time.Second, 5 * time.Minute, time.Second},
		"longer":  {time.Hour, 5 * time.Minute, 5 * time.Minute},
	} {
		if got := (&Account{maxRetry: tc.maxRetry}).bound(tc.timeout); got != tc.want {
			t.Errorf("%s: got %s, want %s", name, got, tc.want)
		}
	}
}
