package publicip

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
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

// TestAccount_looks_in_time checks that a preflight which gets no answer ends with
// the release's own time, and after 30 seconds at the latest.
func TestAccount_looks_in_time(t *testing.T) {
	for name, tc := range map[string]struct{ maxRetry, timeout, want time.Duration }{
		"long-timeout":      {0, 5 * time.Minute, 30 * time.Second},
		"short-timeout":     {0, 3 * time.Second, 3 * time.Second},
		"max-retry-timeout": {2 * time.Second, 3 * time.Second, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := ecsapi.New(rpc.New(rpc.Config{}), ecsapi.Config{Keys: func(ctx context.Context) (rpc.Keys, error) {
					<-ctx.Done()
					return rpc.Keys{}, ctx.Err()
				}})
				a := NewAccount(client, types.StringNull(), tc.maxRetry, nil)
				begun := time.Now()
				var diags diag.Diagnostics
				a.look(t.Context(), inputs{PublicIPAddress: types.StringValue("121.40.10.20"), Preflight: types.BoolValue(true)}, tc.timeout, &diags)
				if took := time.Since(begun); took != tc.want || diags.HasError() || diags.WarningsCount() != 1 {
					t.Errorf("it ended after %s with %v, want %s and a warning", took, diags, tc.want)
				}
			})
		})
	}
}
