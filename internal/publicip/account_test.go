package publicip

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// TestAccount_ends_in_time checks that a release ends when its time is up, on a
// clock of its own, and that max_retry_timeout counts only where it is shorter.
func TestAccount_ends_in_time(t *testing.T) {
	for name, tc := range map[string]struct{ maxRetry, timeout, want time.Duration }{
		"none":    {0, 5 * time.Minute, 5 * time.Minute},
		"shorter": {time.Second, 5 * time.Minute, time.Second},
		"longer":  {time.Hour, 5 * time.Minute, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := &scriptedAPI{script: []error{starting}}
				a := &Account{client: &ecsapi.Client{}, releaser: newReleaser(api), maxRetry: tc.maxRetry}
				begun := time.Now()
				var diags diag.Diagnostics
				_, ok := a.release(t.Context(), testRequest, tc.timeout, createTimeout, func(string) {}, &diags)
				if took := time.Since(begun); took != tc.want || ok || !diags.HasError() || len(api.inputs) == 0 {
					t.Errorf("it ended after %s and %d calls, want %s and an error", took, len(api.inputs), tc.want)
				}
			})
		})
	}
}
