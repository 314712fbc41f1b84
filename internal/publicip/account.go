package publicip

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// Account is what a provider block gives to its resources and actions: how to
// call the API, and what their releases know together. Terraform configures
// the provider anew for each plan and each apply, so an Account lives for one
// of them.
type Account struct {
	releaser *releaser
	region   types.String
	problem  diag.Diagnostic

	// refreshed holds the IDs of the releases that Terraform has refreshed,
	// which it does before it plans and never while it applies.
	refreshed sync.Map
	announced sync.Once
}

// NewAccount returns an Account. The region is the default for releases, and
// null or unknown where there is none (yet). The problem is why no call can be
// made, for example missing credentials, and is reported by the plan of a
// release alone; nil if there is none.
func NewAccount(client *ecsapi.Client, region types.String, problem diag.Diagnostic) *Account {
	return &Account{releaser: newReleaser(client), region: region, problem: problem}
}

// announce says once what the plan of every release has to say, and why none
// can be made, if so.
func (a *Account) announce(diags *diag.Diagnostics) {
	a.announced.Do(func() {
		diags.AddWarning(summaryDeprecated,
			"This plan releases public IP addresses by the ECS API ReleasePublicIpAddress, which Alibaba Cloud has deprecated "+
				"with no replacement. It still answers, is not maintained, and may be withdrawn.")
		if a.problem != nil {
			diags.Append(a.problem)
		}
	})
}

// release makes one release within a timeout, and turns what came of it into
// diagnostics. It reports whether the address is released, or as good as.
func (a *Account) release(ctx context.Context, req Request, timeout time.Duration, timeoutPath path.Path, progress func(string), diags *diag.Diagnostics) (Result, bool) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	result, failure := a.releaser.release(ctx, req, progress)
	if failure != nil {
		diags.Append(diagnose(failure, timeoutPath))
		return Result{}, false
	}
	diags.Append(remarks(req, result)...)
	return result, true
}
