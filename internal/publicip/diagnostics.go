package publicip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

const (
	summaryNotReleased = "Public IP Address Not Released"
	summaryMaybe       = "Public IP Address May Have Been Released"

	routeAdvice = "endpoints and protocol of the provider block, the variables ALIBABA_CLOUD_ENDPOINT_ECS and ECS_ENDPOINT, " +
		"the proxy variables (HTTPS_PROXY, HTTP_PROXY, NO_PROXY)"

	// invokeAdvice is how to invoke an action again.
	invokeAdvice = "An apply invokes the action only when its trigger occurs again. To try again yourself, run " +
		"`terraform apply -invoke='action.alicloud_ecs_public_ip_release.NAME'`. For an action with for_each or count, add the key of this " +
		"instance of it, as in `NAME[\"KEY\"]` or `NAME[0]`: the bare name invokes all of them."
)

// obstacles say what to do about what an attempt met before it was sent.
var obstacles = map[ecsapi.Obstacle]string{
	ecsapi.Passing: "The endpoint was not reached, and nothing was sent. Check region_id, " + routeAdvice + ", and the network.",
	ecsapi.Untrusted: "The certificate of the endpoint or proxy is not trusted here, or is for another host name. " +
		"If an authority of your own has signed it, trust that one: on Linux, set SSL_CERT_FILE to a file with its certificate; " +
		"on macOS and Windows, add it to the system's store. Otherwise check " + routeAdvice + ".",
	ecsapi.UnknownHost: "The host name does not exist. Check region_id (a region that does not exist has no endpoint), " + routeAdvice + ".",
	ecsapi.ProxyRefused: "The proxy refused the connection to the endpoint. Check the user and password of the proxy in HTTPS_PROXY, " +
		"have the proxy allow the endpoint, or name the endpoint in NO_PROXY to call it directly.",
	ecsapi.BadAddress: "There is no such address. Check the port in endpoints of the provider block, in the variables " +
		"ALIBABA_CLOUD_ENDPOINT_ECS and ECS_ENDPOINT, and in the proxy variables (HTTPS_PROXY, HTTP_PROXY).",
}

// diagnose turns a failed release into the diagnostic that says which address,
// what was said of it, why, and what to do now. The timeout is the attribute
// that bounds the release; empty for max_retry_timeout of the provider block.
func diagnose(failure *Failure, timeout path.Path) diag.Diagnostic {
	said, ok := errors.AsType[*ecsapi.Error](failure.Err)
	if !ok {
		said = &ecsapi.Error{Kind: ecsapi.NotSent, Err: failure.Err}
	}
	on, advice := adviceFor(said, failure.Request)
	if !ok && ended(failure.Err) {
		on, advice = onTimeout, "It ended while it waited for its turn, and nothing was sent. Releases of one account take turns while ECS "+
			"throttles them; with a lower -parallelism they wait for less long."
	}

	summary, maybe := summaryNotReleased, ""
	if failure.Lost != nil {
		summary, maybe = summaryMaybe, maybeText(failure)
	}
	if errors.Is(failure.Stopped, errUnnamed) {
		on = onInstanceID
	}
	failed := diag.NewErrorDiagnostic(summary, join(subject(failure), quote(failure.Err), advice, maybe, stoppedText(failure, timeout)))
	if at := locate(on, failure.Request, timeout); !at.Equal(path.Empty()) {
		return diag.WithPath(at, failed)
	}
	return failed
}

// ended reports whether an error is the end of a context.
func ended(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// adviceFor returns which argument can fix a failed call, and what to do.
func adviceFor(said *ecsapi.Error, req Request) (attribute, string) {
	switch said.Kind {
	case ecsapi.Unsigned:
		if ended(said.Err) {
			return onTimeout, "It ended while it waited for the keys to sign with, and nothing was sent. " +
				"Check that their source answers. " + keysText(said, req)
		}
		return onNothing, "Without keys no request is sent."
	case ecsapi.NotSent:
		if ended(said.Err) {
			return onTimeout, "It ended while it waited for a connection to the endpoint, and nothing was sent. " +
				"Check region_id, " + routeAdvice + ", and the network."
		}
		return onNothing, obstacles[said.Obstacle]
	case ecsapi.NoAnswer:
		return onTimeout, "The request was sent, and no whole answer came back. " +
			"Check the network, or allow more time with client_read_timeout of the provider block."
	case ecsapi.NotAPI:
		return onNothing, "Something other than the ECS API answered: a proxy, a gateway, or a wrong endpoint. " +
			"Check region_id, " + routeAdvice + "."
	}
	known, ok := meaning(said)
	switch {
	case ok && known.more != nil:
		return known.attribute, strings.TrimSpace(known.advice + " " + known.more(said, req))
	case ok:
		return known.attribute, known.advice
	case said.HTTPStatus >= http.StatusInternalServerError:
		return onTimeout, codes[ecsapi.CodeInternalError].advice
	}
	return onAddress, "This provider does not know the code. Look it up in Alibaba Cloud's documentation of ECS error codes. " + supportAdvice
}

// subject names the release that failed.
func subject(failure *Failure) string {
	if failure.Attempts < 2 {
		return fmt.Sprintf("Releasing %s failed.", describe(failure.Request))
	}
	return fmt.Sprintf("Releasing %s failed after %d attempts in %s.",
		describe(failure.Request), failure.Attempts, failure.Elapsed.Round(100*time.Millisecond))
}

func describe(req Request) string {
	of := ""
	if req.InstanceID != "" {
		of = " of instance " + req.InstanceID
	}
	return fmt.Sprintf("the public IP address %s%s in region %s", req.PublicIPAddress, of, req.RegionID)
}

// quote repeats what was said, by the API or on the way.
func quote(err error) string {
	said := typed(err)
	if said.Kind != ecsapi.Answered {
		return "  " + err.Error()
	}
	lines := []string{"  Code:       " + said.Code, "  Message:    " + said.Message}
	if said.RequestID != "" {
		lines = append(lines, "  Request ID: "+said.RequestID)
	}
	return strings.Join(append(lines, fmt.Sprintf("  HTTP:       %d from %s", said.HTTPStatus, said.Endpoint)), "\n")
}

// maybeText says how to go on after a release that may have happened.
func maybeText(failure *Failure) string {
	if failure.Request.DryRun {
		return fmt.Sprintf("The answer to an earlier request was lost (%v). It asked for a dry run, and ECS may have released the "+
			"address all the same. Look at the instance before you go on.", failure.Lost)
	}
	set := "set"
	if failure.Request.InstanceID == "" {
		set = "set instance_id to the instance that the address belonged to and"
	}
	return fmt.Sprintf("The address may have been released: a request was sent whose answer was lost (%v). "+
		"Look at the instance, or %s `ignore_not_found = true` and try again, with this address written in the configuration: "+
		"one that is gone then counts as released, and one that is still there is released.", failure.Lost, set)
}

// stoppedText says why no further attempt was made.
func stoppedText(failure *Failure, timeout path.Path) string {
	switch {
	case errors.Is(failure.Stopped, context.Canceled):
		return "The release was interrupted; no further attempt was made."
	case errors.Is(failure.Stopped, errUnnamed):
		return "Nothing was sent again: the release names no instance, and by now the address may belong to another one."
	case errors.Is(failure.Stopped, errUnreached):
		return "No further attempt was made: a connection is tried for one minute at most."
	case errors.Is(failure.Stopped, context.DeadlineExceeded):
		return fmt.Sprintf("No further attempt was made, since the time was up. To allow more, raise %s.",
			cmp.Or(timeout.String(), "max_retry_timeout of the provider block"))
	}
	return ""
}

func locate(on attribute, req Request, timeout path.Path) path.Path {
	switch {
	case on == onNothing, on == onPermission:
		return path.Empty()
	case on == onTimeout:
		return timeout
	case on == onInstance && req.InstanceID == "":
		on = onAddress
	case on == onInstance:
		on = onInstanceID
	}
	return path.Root(string(on))
}

// remarks are what a release that ended well still has to say.
func remarks(req Request, result Result) diag.Diagnostics {
	var diags diag.Diagnostics
	switch {
	case result.Outcome == PresumedReleased:
		diags.AddAttributeWarning(path.Root("public_ip_address"), req.PublicIPAddress+" Is Presumed Released", join(
			fmt.Sprintf("ECS no longer knows %s. A request of this apply was sent and its answer lost, "+
				"so it is presumed to have released the address.", describe(req)),
			fmt.Sprintf("  Lost answer: %v", result.Lost),
			"If the address may have been mistyped, check that the right one is gone."))
	case result.Lost != nil && result.Outcome == AlreadyReleased: // a dry run
		diags.AddAttributeWarning(path.Root("dry_run"), req.PublicIPAddress+" May Have Been Released", join(
			fmt.Sprintf("ECS does not know %s, which counts as released already. An earlier request of this dry run was sent "+
				"and its answer lost: if the address was on record before, ECS has ignored DryRun and released it.", describe(req)),
			fmt.Sprintf("  Lost answer: %v", result.Lost)))
	}
	if req.DryRun && result.Outcome == Released {
		diags.AddAttributeError(path.Root("dry_run"), "Public IP Address Released By A Dry Run", join(
			fmt.Sprintf("ECS ignored DryRun and released %s. The address is gone, and this cannot be undone.", describe(req)),
			fmt.Sprintf("  Request ID: %s", result.RequestID),
			"A resource records the release in state (outcome \"released\"). If this was its creation, Terraform marks it as tainted: "+
				"run `terraform untaint` on it to keep the record, or the next apply will try again. An action records nothing."))
	}
	return diags
}

// withAdvice adds a paragraph to each error, and the address to its summary: with
// on_failure = continue, Terraform folds the errors of actions like warnings.
func withAdvice(diags diag.Diagnostics, address, advice string) diag.Diagnostics {
	for i, d := range diags {
		if d.Severity() == diag.SeverityError {
			summary := d.Summary()
			if address != "" {
				summary += " (" + address + ")"
			}
			diags[i] = diag.NewErrorDiagnostic(summary, join(d.Detail(), advice))
			if located, ok := d.(diag.DiagnosticWithPath); ok {
				diags[i] = diag.WithPath(located.Path(), diags[i])
			}
		}
	}
	return diags
}

func nothingToReleaseDiagnostic(remedy string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("public_ip_address"), "No Public IP Address To Release", join(
		"public_ip_address is empty: the instance has no public IP address, or no longer has one.", remedy))
}

func noRegionDiagnostic() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("region_id"), "No Region",
		"Neither this block nor the provider names a region. Set region_id here, region in the provider block, "+
			"or the environment variable ALICLOUD_REGION.")
}

// join puts blank lines between the paragraphs that are not empty.
func join(paragraphs ...string) string {
	return strings.Join(slices.DeleteFunc(paragraphs, func(text string) bool { return text == "" }), "\n\n")
}
