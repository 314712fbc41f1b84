package publicip

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

const (
	summaryNotReleased  = "Public IP Address Not Released"
	summaryMaybe        = "Public IP Address May Have Been Released"
	summaryNothing      = "No Public IP Address To Release"
	summaryDryRunFailed = "Public IP Address Released By A Dry Run"
	summaryConfirmed    = "Release Known From A Later Answer"
	summaryForgotten    = "Release Is Forgotten, Not Undone"
	summaryDeprecated   = "Deprecated Alibaba Cloud API"
	summaryNoRegion     = "No Region"
)

// advice is what an error code means to the user of this provider: the
// attribute that can mend it, and what to do now.
type advice struct {
	attribute attribute
	text      string
}

type attribute int

const (
	onNothing attribute = iota
	onAddress
	onInstance // on the address, where no instance is named
	onInstanceID
	onDryRun
	onTimeout
)

const (
	vpcAdvice = "To give up the static public IP address of an instance in a VPC, set `internet_max_bandwidth_out = 0` on its alicloud_instance " +
		"resource, or convert it to an EIP (ConvertNatPublicIpToEip), then unassociate and release the EIP."

	ignoreAdvice = "If it has been released already, set `ignore_not_found = true`, and it counts as released."

	routeAdvice = "endpoints and protocol of the provider block, the variables ALIBABA_CLOUD_ENDPOINT_ECS and ECS_ENDPOINT, " +
		"the proxy variables (HTTPS_PROXY, HTTP_PROXY, NO_PROXY)"

	eipAdvice = "If it is an EIP, remove its alicloud_eip_association, then its alicloud_eip_address, or release it by the VPC API."

	keysAdvice = "Check where the keys come from: access_key, secret_key and security_token of the provider block; their environment " +
		"variables (ALICLOUD_ACCESS_KEY, ALICLOUD_SECRET_KEY and ALICLOUD_SECURITY_TOKEN, and those that begin with ALIBABA_CLOUD_ " +
		"or ALIBABACLOUD_); or the profile, role, token or URI that is configured in their place."

	// invokeAdvice is for the action, which not every apply repeats.
	invokeAdvice = "An apply does not repeat what an after_ event has triggered: to try again, run " +
		"`terraform apply -invoke=action.alicloud_ecs_public_ip_release.NAME`. A before_ event comes again with the next apply."
)

// advices are the codes that a release can end with.
var advices = map[string]advice{
	ecsapi.CodeOperationDenied: {onAddress, "This call does not release the address while its instance is in a VPC. " + eipAdvice + " " + vpcAdvice},
	ecsapi.CodeInvalidIPNotFound: {onAddress, "The address is not on record in this region for this account. " +
		"Check the address, region_id and instance_id. " + eipAdvice + " " + ignoreAdvice},
	ecsapi.CodeIncorrectInstanceStatus: {onInstance, "The instance stayed in a status that does not allow the release. " +
		"Wait until it is Running or Stopped, and apply again."},
	ecsapi.CodeInstanceLockedForSecurity: {onInstance, "Alibaba Cloud has locked the instance for security reasons. " +
		"Find the cause in the ECS console or ask Alibaba Cloud's support, have the lock lifted, and apply again."},
	ecsapi.CodeInvalidIPNeedInstance:   {onInstanceID, "ECS releases this address only if its instance is named. Set instance_id."},
	ecsapi.CodeOperationTimesOverLimit: {onInstance, "The addresses of this instance have been released as often as ECS allows. " + vpcAdvice},
	ecsapi.CodeExceedDuration:          {onAddress, "In a VPC, this call releases an address only in the first 6 hours after the instance was created. " + vpcAdvice},
	ecsapi.CodeInvalidInstanceNotFound: {onInstanceID, "There is no such instance in this region for this account. " +
		"Check instance_id and region_id; a deleted instance has given its address back already."},
	ecsapi.CodeDryRunOperation: {onDryRun, "ECS took the request for a dry run, which it was not, and released nothing by it; " +
		"ask Alibaba Cloud's support, naming the request ID."},
	ecsapi.CodeSignatureDoesNotMatch: {onNothing, "The secret does not belong to the access key. " + keysAdvice},
	ecsapi.CodeSignatureNonceUsed:    {onNothing, "Something on the way sent a request twice. Look for a proxy that repeats requests."},
	ecsapi.CodeIncompleteSignature: {onNothing, "The request was not signed as ECS wants it, perhaps by an odd character in a key, " +
		"or it was changed on the way. " + keysAdvice},
	ecsapi.CodeTimestampExpired:   {onNothing, "The clock of this machine is off by more than 15 minutes. Set it, and apply again."},
	ecsapi.CodeIllegalTimestamp:   {onNothing, "ECS does not accept the time of this request. Check the clock of this machine, and apply again."},
	ecsapi.CodeServiceUnavailable: {onTimeout, "ECS was unavailable all the while. Apply again later, or allow more time."},
	ecsapi.CodeInternalError:      {onTimeout, "ECS had an internal error each time. Apply again later, or allow more time."},
}

// families are the codes that come with many endings.
var families = map[string]advice{
	ecsapi.FamilyAccessKey: {onNothing, "The access key does not exist, or is disabled. " + keysAdvice},
	ecsapi.FamilyAction: {onNothing, "ECS does not offer this API here, or not any more: Alibaba Cloud has deprecated it. " +
		"Check endpoints of the provider block. " + vpcAdvice},
	ecsapi.FamilyMissingToken: {onNothing, "The access key is a temporary one, and came without its security token. " + keysAdvice},
	ecsapi.FamilyThrottling: {onTimeout, "ECS limits how often the account may call. " +
		"Allow more time, apply with a lower -parallelism, or try when the account is less busy."},
	ecsapi.FamilySecurityToken: {onNothing, "The security token is wrong or has expired. Get new temporary keys, and apply again. " + keysAdvice},
	"MissingParameter":         {onNothing, "The provider left something out that ECS needs. Please report this as a defect of the provider."},
}

// face is what the diagnostics of the resource and of the action differ in.
type face struct {
	timeout path.Path // the attribute that bounds a release
	retry   string    // how to try again, where it is not by an apply
}

var (
	resourceFace = face{timeout: createTimeout}
	actionFace   = face{timeout: invokeTimeout, retry: invokeAdvice}
)

// diagnose turns a failed release into the diagnostic that says which address,
// what was said of it, why, and what to do now.
func diagnose(failure *Error, face face) diag.Diagnostic {
	var said *ecsapi.Error
	if !errors.As(failure.Err, &said) {
		said = &ecsapi.Error{Kind: ecsapi.NotSent, Err: failure.Err}
	}
	found := adviceFor(said, failure.Request)

	paragraphs := []string{subject(failure), quote(said), found.text}
	summary := summaryNotReleased
	if failure.Lost != nil {
		summary = summaryMaybe
		paragraphs = append(paragraphs, maybeText(failure))
	}
	if why := stoppedText(failure, face.timeout); why != "" {
		paragraphs = append(paragraphs, why)
	}
	if face.retry != "" {
		paragraphs = append(paragraphs, face.retry)
	}
	detail := join(paragraphs...)

	at := locate(found.attribute, failure.Request, face.timeout)
	if at.Equal(path.Empty()) {
		return diag.NewErrorDiagnostic(summary, detail)
	}
	return diag.NewAttributeErrorDiagnostic(at, summary, detail)
}

func adviceFor(said *ecsapi.Error, req Request) advice {
	switch said.Kind {
	case ecsapi.Unsigned:
		return advice{onNothing, "Without keys no request is sent."}
	case ecsapi.NotSent:
		if errors.Is(said.Err, context.DeadlineExceeded) || errors.Is(said.Err, context.Canceled) {
			return advice{onTimeout, "It ended before a request was sent, while it waited for its turn or for a connection. Releases of one " +
				"account wait for each other while ECS limits how often it may call; a lower -parallelism keeps that short."}
		}
		return advice{onNothing, "The endpoint was not reached. Check region_id, " + routeAdvice + ", and the network."}
	case ecsapi.NoAnswer:
		return advice{onTimeout, "The request was sent, and no whole answer came back. Check the network, or allow more time with " +
			"client_read_timeout of the provider block."}
	case ecsapi.NotAPI:
		return advice{onNothing, "Something other than the ECS API answered: a proxy, a gateway, or a wrong endpoint. " +
			"Check region_id, " + routeAdvice + "."}
	}
	if a, ok := adviceForCode(said, req); ok {
		return a
	}
	if said.HTTPStatus >= http.StatusInternalServerError {
		return advices[ecsapi.CodeInternalError]
	}
	return advice{onAddress, "This provider does not know the code. Look it up in Alibaba Cloud's documentation of ECS error codes, " +
		"or ask its support, naming the request ID."}
}

// adviceForCode returns the advice for the code of an answer, if it is known.
func adviceForCode(said *ecsapi.Error, req Request) (advice, bool) {
	if a, ok := advices[said.Code]; ok {
		return a, true
	}
	if a, ok := families[said.Family()]; ok {
		return a, true
	}
	switch {
	case said.Throttled():
		return families[ecsapi.FamilyThrottling], true
	case unpermitted(said):
		instance := req.InstanceID
		if instance == "" {
			instance = "*"
		}
		return advice{onNothing, permissionText(said, "ecs:ReleasePublicIpAddress",
			fmt.Sprintf("acs:ecs:%s:*:instance/%s", req.RegionID, instance))}, true
	}
	return advice{}, false
}

// ramAction keeps what the network says of an action out of a policy, unless
// it looks like one.
var ramAction = regexp.MustCompile(`^[a-z]+:[A-Za-z]+$`)

// unpermitted reports whether a permission is missing.
func unpermitted(said *ecsapi.Error) bool {
	return said.Denied != nil || said.Code == ecsapi.CodeForbiddenRAM ||
		said.Code == ecsapi.CodeNoPermission || said.Code == ecsapi.CodeNotAuthorized
}

// permissionText says how to get a permission: the action that was denied, or
// else the one given.
func permissionText(said *ecsapi.Error, action, resource string) string {
	who, how := "The caller", "Add this statement to a RAM policy of the caller"
	if d := said.Denied; d != nil {
		if ramAction.MatchString(d.Action) {
			action = d.Action
		}
		if d.Principal != "" {
			who = fmt.Sprintf("%q", d.Principal)
		}
		if d.NoPermissionType == "ExplicitDeny" {
			how = "A RAM policy denies it by name, which no other can allow. Take that statement out, and if none is left that allows it, add this one"
		}
	}
	return fmt.Sprintf("%s may not do this. %s, and apply again:\n\n"+
		"  {\n    \"Effect\": \"Allow\",\n    \"Action\": \"%s\",\n    \"Resource\": \"%s\"\n  }",
		who, how, action, resource)
}

// subject names the release that failed.
func subject(failure *Error) string {
	return fmt.Sprintf("Releasing %s failed%s.", describe(failure.Request), tries(failure))
}

func describe(req Request) string {
	of := ""
	if req.InstanceID != "" {
		of = " of instance " + req.InstanceID
	}
	return fmt.Sprintf("the public IP address %s%s in region %s", req.PublicIPAddress, of, req.RegionID)
}

func tries(failure *Error) string {
	if failure.Attempts < 2 {
		return ""
	}
	return fmt.Sprintf(" after %d attempts in %s", failure.Attempts, failure.Elapsed.Round(100*time.Millisecond))
}

// quote repeats what was said, by the API or on the way.
func quote(said *ecsapi.Error) string {
	switch {
	case said.Kind == ecsapi.Answered:
	case said.Endpoint == "": // there was no call
		return "  " + said.Err.Error()
	default:
		return "  " + said.Error()
	}
	lines := []string{"  Code:       " + said.Code, "  Message:    " + said.Message}
	if said.RequestID != "" {
		lines = append(lines, "  Request ID: "+said.RequestID)
	}
	return strings.Join(append(lines, fmt.Sprintf("  HTTP:       %d from %s", said.HTTPStatus, said.Endpoint)), "\n")
}

func maybeText(failure *Error) string {
	if failure.Request.DryRun {
		return fmt.Sprintf("The answer to an earlier request was lost (%v). It asked for a dry run, and ECS may have released the "+
			"address all the same. Look at the instance before you go on.", failure.Lost)
	}
	return fmt.Sprintf("The address may have been released: a request was sent whose answer was lost (%v). "+
		"Look at the instance, or set `ignore_not_found = true` and apply again, with this address written in the configuration: "+
		"one that is gone then counts as released, and one that is still there is released.", failure.Lost)
}

func stoppedText(failure *Error, timeout path.Path) string {
	switch {
	case errors.Is(failure.Stopped, context.Canceled):
		return "The release was interrupted; no further attempt was made."
	case errors.Is(failure.Stopped, context.DeadlineExceeded):
		bound := timeout.String()
		if timeout.Equal(path.Empty()) {
			bound = "max_retry_timeout of the provider block"
		}
		return fmt.Sprintf("No further attempt was made, since the time was up. To allow more, raise %s.", bound)
	}
	return ""
}

func locate(a attribute, req Request, timeout path.Path) path.Path {
	switch a {
	case onAddress:
		return path.Root("public_ip_address")
	case onInstance:
		if req.InstanceID == "" {
			return path.Root("public_ip_address")
		}
		return path.Root("instance_id")
	case onInstanceID:
		return path.Root("instance_id")
	case onDryRun:
		return path.Root("dry_run")
	case onTimeout:
		return timeout
	}
	return path.Empty()
}

// remarks are what a release that ended well has to say all the same.
func remarks(req Request, result Result) diag.Diagnostics {
	var diags diag.Diagnostics
	switch {
	case result.Lost == nil:
	case result.Outcome == AlreadyReleased: // of a dry run
		diags.AddAttributeWarning(path.Root("dry_run"), summaryMaybe, join(
			fmt.Sprintf("ECS does not know %s, which counts as released already. An earlier request of this dry run was sent "+
				"and its answer lost: if the address was on record before, ECS has ignored DryRun and released it.", describe(req)),
			fmt.Sprintf("  Lost answer: %v", result.Lost)))
	default:
		diags.AddAttributeWarning(path.Root("public_ip_address"), summaryConfirmed, join(
			fmt.Sprintf("ECS no longer knows %s. An earlier request of this apply was sent and its answer lost, "+
				"so the address is taken to have been released by it.", describe(req)),
			fmt.Sprintf("  Lost answer: %v", result.Lost),
			"If the address may have been mistyped, check that the right one is gone."))
	}
	if req.DryRun && result.Outcome == Released {
		diags.AddAttributeError(path.Root("dry_run"), summaryDryRunFailed, join(
			fmt.Sprintf("ECS ignored DryRun and released %s. The address is gone, and this cannot be undone.", describe(req)),
			fmt.Sprintf("  Request ID: %s", result.RequestID),
			"A resource records the release in state (outcome \"released\"). If this was its creation, Terraform marks it as tainted: "+
				"run `terraform untaint` on it to keep the record, or the next apply will try again. An action records nothing."))
	}
	return diags
}

func nothingToReleaseDiagnostic(remedy string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("public_ip_address"), summaryNothing, join(
		"public_ip_address is empty: the instance has no public IP address, or not any more.", remedy))
}

func join(paragraphs ...string) string { return strings.Join(paragraphs, "\n\n") }
