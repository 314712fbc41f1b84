package publicip

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// Account is what a provider block gives to its resources and actions: how to
// call the API, and what their calls know together. It lives for one plan or
// one apply, but under `terraform test` for all those of a file.
type Account struct {
	client   *ecsapi.Client
	releaser *releaser
	region   types.String
	maxRetry time.Duration
	problem  diag.Diagnostic
	reported sync.Once // the problem
}

// NewAccount returns an Account. The client is nil while the provider block has
// unknown values, which is usually only while planning. The region is the default
// for releases, and null or unknown where there is none (yet). A release ends
// after maxRetry, unless that is 0 or its own timeout is shorter. The problem
// is why no call can be made, for example missing credentials; nil if there is
// none. Only the plan of a release reports it.
func NewAccount(client *ecsapi.Client, region types.String, maxRetry time.Duration, problem diag.Diagnostic) *Account {
	return &Account{client: client, releaser: newReleaser(client), region: region, maxRetry: maxRetry, problem: problem}
}

// announce says what the plan of a release has to say. Terraform plans again
// while it applies: the preflight then is a last look before the call.
func (a *Account) announce(ctx context.Context, in inputs, timeout time.Duration, diags *diag.Diagnostics) {
	if a.problem != nil {
		a.reported.Do(func() { diags.Append(a.problem) })
		return
	}
	a.look(ctx, in, timeout, diags)
	// Terraform shows the diagnostics of an action in a trigger as one error, the
	// first of them first.
	if !diags.HasError() {
		diags.AddWarning("Deprecated Alibaba Cloud API",
			"Public IP addresses are released by the ECS API ReleasePublicIpAddress, which Alibaba Cloud has deprecated "+
				"with no replacement. Access is kept for a time, without updates or fixes, and may end.")
	}
}

// look makes a preflight where one is wanted, and all that it needs is known.
func (a *Account) look(ctx context.Context, in inputs, timeout time.Duration, diags *diag.Diagnostics) {
	switch {
	case !in.Preflight.ValueBool() || !in.known() || diags.HasError():
	case a.client == nil:
		diags.Append(skipped(in.request(), "The provider block holds values that are known after the apply."))
	default:
		bounded, cancel := context.WithTimeout(ctx, a.bound(min(timeout, preflightLimit)))
		defer cancel()
		found := preflight(bounded, patient{a.client, a.releaser}, in.request(), time.Now())
		if errors.Is(ctx.Err(), context.Canceled) {
			// Not a warning: a release that follows must not begin after an interrupt.
			found = diag.Diagnostics{diag.NewErrorDiagnostic("Preflight Check Interrupted",
				fmt.Sprintf("The check of %s was interrupted. Nothing was released.", describe(in.request())))}
		}
		diags.Append(found...)
	}
}

// bound returns the shorter of a timeout and max_retry_timeout.
func (a *Account) bound(timeout time.Duration) time.Duration {
	if a.maxRetry > 0 {
		return min(a.maxRetry, timeout)
	}
	return timeout
}

// release makes one release within a timeout, which stands at a path, and turns
// what came of it into diagnostics. It makes none if these have an error. It
// reports whether the release ended well.
func (a *Account) release(
	ctx context.Context, req Request, timeout time.Duration, at path.Path, progress func(string), diags *diag.Diagnostics,
) (Result, bool) {
	switch {
	case diags.HasError():
		return Result{}, false
	case a.client == nil:
		diags.AddError(summaryNotReleased, join(
			fmt.Sprintf("%s was not released, and nothing was sent: the provider block holds values that are not known even now.",
				strings.ToUpper(describe(req)[:1])+describe(req)[1:]),
			"Use values that are known when Terraform applies, or environment variables. A provider block in a test file of "+
				"`terraform test` can use variables only if the test file or the module declares them."))
		return Result{}, false
	}
	if a.bound(timeout) < timeout {
		timeout, at = a.maxRetry, path.Empty() // no path leads to the provider block
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	result, failure := a.releaser.release(ctx, req, progress)
	if failure != nil {
		diags.Append(diagnose(failure, at))
		return Result{}, false
	}
	diags.Append(remarks(req, result)...)
	return result, true
}
