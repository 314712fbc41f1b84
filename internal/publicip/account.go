package publicip

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// Account is what a provider block gives to its resources and actions: how to
// call the API, and what their releases know together. It lives for one plan or
// one apply, but under `terraform test` for all those of a file.
type Account struct {
	client   *ecsapi.Client
	releaser *releaser
	region   types.String
	maxRetry time.Duration
	problem  diag.Diagnostic

	refreshed marks // tell a plan from an apply
	announced sync.Once
	// applied is set once a plan was carried out.
	applied atomic.Bool
	// preflights holds, by Request, those of replacements: Terraform plans these
	// twice, and shows the warnings of the first time alone.
	preflights sync.Map
}

// NewAccount returns an Account. The client is nil while the provider block has
// unknown values, which is as a rule while planning at most. The region is the default
// for releases, and null or unknown where there is none (yet). A release ends
// after maxRetry, if that is not 0, where its own timeout is longer. The problem
// is why no call can be made, for example missing credentials; nil if there is
// none. It is reported by the plan of a release alone.
func NewAccount(client *ecsapi.Client, region types.String, maxRetry time.Duration, problem diag.Diagnostic) *Account {
	return &Account{
		client:   client,
		releaser: newReleaser(client),
		region:   region,
		maxRetry: maxRetry,
		problem:  problem,
	}
}

// announce says what the plan of a release has to say: once what holds for
// every one, and what a preflight finds where one is wanted. Terraform plans
// again while it applies: the preflight then is a last look before the call.
func (a *Account) announce(ctx context.Context, in inputs, replaces bool, diags *diag.Diagnostics) {
	a.announced.Do(func() {
		diags.AddWarning(summaryDeprecated,
			"Public IP addresses are released by the ECS API ReleasePublicIpAddress, which Alibaba Cloud has deprecated "+
				"with no replacement. Access is kept for a time, without updates or fixes, and may end.")
		if a.problem != nil {
			diags.Append(a.problem)
		}
	})
	a.look(ctx, in, replaces, diags)
}

// look makes a preflight where one is wanted, and all that it needs is known.
func (a *Account) look(ctx context.Context, in inputs, replaces bool, diags *diag.Diagnostics) {
	switch {
	case !in.Preflight.ValueBool() || !in.known() || a.problem != nil || diags.HasError():
	case a.client == nil:
		diags.Append(skipped(in.request(), "The provider block holds values that are known after the apply.")...)
	default:
		diags.Append(a.preflight(ctx, in.request(), replaces)...)
	}
}

// preflight makes a preflight. The second plan of a replacement takes over what
// the first has found.
func (a *Account) preflight(ctx context.Context, req Request, replaces bool) diag.Diagnostics {
	first, _ := a.preflights.LoadAndDelete(req)
	if found, ok := first.(diag.Diagnostics); ok {
		return found
	}
	found := preflight(ctx, a.client, req, time.Now())
	if replaces && !found.HasError() { // after an error there is no second plan
		a.preflights.Store(req, found)
	}
	return found
}

// release makes one release within a timeout, and turns what came of it into
// diagnostics. It reports whether the address is released, or as good as.
func (a *Account) release(ctx context.Context, req Request, timeout time.Duration, face face, progress func(string), diags *diag.Diagnostics) (Result, bool) {
	if a.client == nil {
		diags.AddError(summaryNotReleased, join(
			fmt.Sprintf("%s was not released, and nothing was sent: the provider block holds values that are not known even now.",
				strings.ToUpper(describe(req)[:1])+describe(req)[1:]),
			"Use values that are known when Terraform applies, or environment variables. A provider block in a test file of "+
				"`terraform test` can use variables only if the test file or the module declares them."))
		return Result{}, false
	}
	if a.maxRetry > 0 && a.maxRetry < timeout {
		// It is an argument of the provider block: no path leads there.
		timeout, face.timeout = a.maxRetry, path.Empty()
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	result, failure := a.releaser.release(ctx, req, progress)
	if failure != nil {
		diags.Append(diagnose(failure, face))
		return Result{}, false
	}
	diags.Append(remarks(req, result)...)
	return result, true
}
