package publicip

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

func TestDiagnose(t *testing.T) {
	address, instance, dryRun, nowhere := path.Root("public_ip_address"), path.Root("instance_id"), path.Root("dry_run"), path.Empty()
	for code, tc := range map[string]struct {
		at   path.Path
		says string
		want ending
	}{
		"OperationDenied":                 {address, "internet_max_bandwidth_out = 0", refused},
		"InvalidAccessKeyId.Inactive":     {nowhere, "or is disabled", refused},
		"MissingSecurityToken":            {nowhere, "The keys came from ALICLOUD_ACCESS_KEY.", refused},
		"InvalidAction.NotFound":          {nowhere, "no longer offers it", refused},
		"InvalidIpAddress.NotFound":       {address, "ignore_not_found = true", refused},
		"IncorrectInstanceStatus":         {instance, "when it is Running or Stopped", busy},
		"InstanceLockedForSecurity":       {instance, "have the lock lifted", refused},
		"InvalidIpAddress.NeedInstanceId": {instance, "Set instance_id", refused},
		"OperationTimesOverLimit":         {instance, "take this release out of the configuration", refused},
		"Forbidden.ExceedDuration":        {address, "first 6 hours", refused},
		"InvalidInstanceId.NotFound":      {instance, "Check instance_id and region_id", refused},
		"DryRunOperation":                 {dryRun, "released nothing", refused},
		"SignatureDoesNotMatch":           {nowhere, "The secret does not belong to the access key. The keys came from ALICLOUD_ACCESS_KEY.", refused},
		"IncompleteSignature": {
			nowhere,
			"ECS cannot read the signature. A key may hold a character that does not belong there, or the request was changed on the way. " +
				"The keys came from ALICLOUD_ACCESS_KEY.",
			refused,
		},
		"InvalidAccessKeyId.NotFound":          {nowhere, "The access key does not exist, or is disabled. The keys came from ALICLOUD_ACCESS_KEY.", refused},
		"InvalidTimeStamp.Expired":             {nowhere, "off by more than 15 minutes", refused},
		"IllegalTimestamp":                     {nowhere, "ECS does not accept the time of this request. Set the clock of this machine", refused},
		"InvalidSecurityToken.Expired":         {nowhere, "Get new temporary keys", refused},
		"InvalidSecurityToken.Malformed":       {nowhere, "Get new temporary keys", refused},
		"Throttling":                           {createTimeout, "lower -parallelism", busy},
		"Throttling.User":                      {createTimeout, "lower -parallelism", busy},
		"Rejected.Throttling":                  {createTimeout, "lower -parallelism", busy},
		"ServiceUnavailable":                   {createTimeout, "Try again later", busy},
		"InternalError":                        {createTimeout, "Try again later", unknown},
		"SignatureNonceUsed":                   {nowhere, "sent a request twice", unknown},
		"Throttling.Api":                       {createTimeout, "lower -parallelism", busy},
		"IncorrectInstanceStatus.Initializing": {instance, "when it is Running or Stopped", busy},
		"OperationConflict":                    {createTimeout, "still in progress", busy},
		"TaskConflict":                         {createTimeout, "still in progress", busy},
		"LastTokenProcessing":                  {createTimeout, "still in progress", busy},
		"LastRequestProcessing":                {createTimeout, "still in progress", busy},
		"LastOrderProcessing":                  {createTimeout, "still in progress", busy},
		"SystemBusy":                           {createTimeout, "Try again later", busy},
		"MissingParameter":                     {nowhere, "defect of the provider", refused},
		"MissingParameter.RegionId":            {nowhere, "defect of the provider", refused},
		"Forbidden.RAM":                        {nowhere, `"Action": "ecs:ReleasePublicIpAddress"`, refused},
		"NoPermission":                         {nowhere, `"Resource": "acs:ecs:cn-hangzhou:*:instance/i-bp67acfmxazb4p0001"`, refused},
		"NotAuthorized": {
			nowhere, "Add this statement to a RAM policy of the caller, and try again:\n\n  {\n    \"Effect\": \"Allow\"", refused,
		},
		"Never.Seen": {address, "naming the request ID", refused},
	} {
		t.Run(code, func(t *testing.T) {
			said := &ecsapi.Error{
				Kind: ecsapi.Answered, HTTPStatus: 400, Code: code, Message: "The API's words.", RequestID: "R-1", Endpoint: "ecs.test",
				KeysFrom: "ALICLOUD_ACCESS_KEY",
			}
			got := diagnose(&Failure{Request: testRequest, Err: said, Attempts: 1}, createTimeout)

			if got := endingOf(said); got != tc.want {
				t.Errorf("the attempt ends as %d, want %d", got, tc.want)
			}
			if at := pathOf(got); !at.Equal(tc.at) {
				t.Errorf("it hangs on %s, want %s", at, tc.at)
			}
			if got.Summary() != "Public IP Address Not Released" || got.Severity() != diag.SeverityError {
				t.Errorf("got %s %q", got.Severity(), got.Summary())
			}
			for _, part := range []string{testRequest.PublicIPAddress, testRequest.InstanceID, testRequest.RegionID,
				code, "The API's words.", "R-1", "HTTP:       400 from ecs.test", tc.says} {
				if !strings.Contains(got.Detail(), part) {
					t.Errorf("the detail lacks %q:\n%s", part, got.Detail())
				}
			}
		})
	}
}

func pathOf(d diag.Diagnostic) path.Path {
	if with, ok := d.(diag.DiagnosticWithPath); ok {
		return with.Path()
	}
	return path.Empty()
}

// TestDiagnose_whole compares whole diagnostics, as they are read.
func TestDiagnose_whole(t *testing.T) {
	unnamed := testRequest
	unnamed.InstanceID = ""
	for name, tc := range map[string]struct {
		failure *Failure
		want    diag.Diagnostic
	}{
		"refused": {
			&Failure{Request: unnamed, Attempts: 1, Err: &ecsapi.Error{Kind: ecsapi.Answered, HTTPStatus: 403, Code: "InvalidIpAddress.NeedInstanceId",
				Message: "The specified IpAddress need to release with InstanceId.", RequestID: "R-1", Endpoint: "ecs.test"}},
			diag.NewAttributeErrorDiagnostic(path.Root("instance_id"), "Public IP Address Not Released",
				`Releasing the public IP address 121.40.10.20 in region cn-hangzhou failed.

  Code:       InvalidIpAddress.NeedInstanceId
  Message:    The specified IpAddress need to release with InstanceId.
  Request ID: R-1
  HTTP:       403 from ecs.test

ECS releases this address only if its instance is named. Set instance_id.`),
		},
		"time-up-after-a-lost-answer": {
			&Failure{Request: unnamed, Attempts: 3, Elapsed: 300 * time.Second, Stopped: context.DeadlineExceeded,
				Err:  &ecsapi.Error{Action: "ReleasePublicIpAddress", Kind: ecsapi.NotSent, Endpoint: "ecs.test", Err: errors.New("connection refused")},
				Lost: &ecsapi.Error{Action: "ReleasePublicIpAddress", Kind: ecsapi.NoAnswer, Endpoint: "ecs.test", Err: errors.New("EOF")}},
			diag.NewErrorDiagnostic("Public IP Address May Have Been Released",
				`Releasing the public IP address 121.40.10.20 in region cn-hangzhou failed after 3 attempts in 5m0s.

  ReleasePublicIpAddress at ecs.test: connection refused

The endpoint was not reached, and nothing was sent. Check region_id, endpoints and protocol of the provider block, the variables ALIBABA_CLOUD_ENDPOINT_ECS and ECS_ENDPOINT, the proxy variables (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), and the network.

The address may have been released: a request was sent whose answer was lost (ReleasePublicIpAddress at ecs.test: EOF). `+
					`Look at the instance, or set instance_id to the instance that the address belonged to and `+"`ignore_not_found = true`"+` and try again, with this address written in the configuration: one that is gone then counts as released, and one that is still there is released.

No further attempt was made, since the time was up. To allow more, raise timeouts.create.`),
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := diagnose(tc.failure, createTimeout); !got.Equal(tc.want) {
				t.Errorf("got on %s: %s\n%s\n\nwant on %s: %s\n%s", pathOf(got), got.Summary(), got.Detail(), pathOf(tc.want), tc.want.Summary(), tc.want.Detail())
			}
		})
	}
}

// TestDiagnose_parts checks what is said of a call that the API did not answer,
// and of a release that was lost, stopped, or asked for in another way.
func TestDiagnose_parts(t *testing.T) {
	cause := errors.New("the cause")
	unnamed, rehearsal := testRequest, testRequest
	unnamed.InstanceID, rehearsal.DryRun = "", true
	kind := func(kind rpc.Kind, err error) *ecsapi.Error {
		return &ecsapi.Error{Action: "ReleasePublicIpAddress", Endpoint: "ecs.test", Kind: kind, HTTPStatus: 502, Err: err}
	}
	deniedBy := func(denied rpc.AccessDenied) *Failure {
		return &Failure{Request: testRequest, Err: &ecsapi.Error{Kind: ecsapi.Answered, Code: "Forbidden.RAM", Endpoint: "ecs.test", Denied: &denied}}
	}
	nowhere := path.Empty()
	for name, tc := range map[string]struct {
		failure *Failure
		at      path.Path
		says    []string
		not     []string
	}{
		"no-answer": {
			&Failure{Request: testRequest, Err: kind(ecsapi.NoAnswer, cause), Lost: kind(ecsapi.NoAnswer, cause), Attempts: 1},
			createTimeout, []string{"the cause", "client_read_timeout", "The address may have been released"}, nil,
		},
		"not-the-api": {
			&Failure{Request: testRequest, Err: kind(ecsapi.NotAPI, cause), Lost: kind(ecsapi.NotAPI, cause), Attempts: 1},
			nowhere, []string{"HTTP 502: the cause", "Something other than the ECS API answered", "The address may have been released"}, nil,
		},
		"time-up-before-the-first-attempt": {
			&Failure{Request: testRequest, Err: context.DeadlineExceeded, Stopped: context.DeadlineExceeded},
			createTimeout,
			[]string{
				"  context deadline exceeded\n", "It ended while it waited for its turn, and nothing was sent",
				"lower -parallelism", "To allow more, raise timeouts.create.",
			},
			[]string{"endpoint was not reached", "May Have"},
		},
		"interrupted": {
			&Failure{Request: testRequest, Err: kind(ecsapi.NotSent, cause), Stopped: context.Canceled, Attempts: 2, Elapsed: 1500 * time.Millisecond},
			nowhere, []string{"failed after 2 attempts in 1.5s.", "The release was interrupted; no further attempt was made."}, []string{"To allow more"},
		},
		"interrupted-after-a-lost-answer": {
			&Failure{Request: testRequest, Err: starting, Lost: kind(ecsapi.NoAnswer, cause), Stopped: context.Canceled, Attempts: 2},
			path.Root("instance_id"),
			[]string{"IncorrectInstanceStatus", "answer was lost (ReleasePublicIpAddress at ecs.test: the cause)", "ignore_not_found = true", "interrupted"}, nil,
		},
		"dry-run-after-a-lost-answer": {
			&Failure{Request: rehearsal, Err: errNotFound, Lost: kind(ecsapi.NoAnswer, cause), Attempts: 2},
			path.Root("public_ip_address"), []string{"It asked for a dry run, and ECS may have released the address all the same."},
			[]string{"and try again: an address"},
		},
		"starting-and-no-instance-named": {
			&Failure{Request: unnamed, Err: starting, Stopped: context.DeadlineExceeded, Attempts: 9},
			path.Root("public_ip_address"), []string{"when it is Running or Stopped", "raise timeouts.create"}, []string{"of instance"},
		},
		"no-keys": {
			&Failure{Request: testRequest, Err: kind(ecsapi.Unsigned, cause), Attempts: 1},
			nowhere, []string{"Without keys no request is sent."}, nil,
		},
		"not-reached": {
			&Failure{Request: testRequest, Err: kind(ecsapi.NotSent, cause), Attempts: 1},
			nowhere, []string{"HTTPS_PROXY"}, nil,
		},
		"unreached-for-a-minute": { // a longer timeout changes nothing
			&Failure{Request: testRequest, Err: unreachable, Stopped: errUnreached, Attempts: 9},
			nowhere, []string{"a connection is tried for one minute at most"}, []string{"raise"},
		},
		"time-up-before-a-connection": {
			&Failure{Request: testRequest, Err: kind(ecsapi.NotSent, context.DeadlineExceeded), Attempts: 1},
			createTimeout, []string{"waited for a connection to the endpoint"}, nil,
		},
		"stopped-before-a-connection": {
			&Failure{Request: testRequest, Err: kind(ecsapi.NotSent, context.Canceled), Attempts: 1},
			createTimeout, []string{"waited for a connection to the endpoint"}, nil,
		},
		"time-up-before-the-keys": {
			&Failure{Request: testRequest, Err: kind(ecsapi.Unsigned, context.DeadlineExceeded), Attempts: 1},
			createTimeout, []string{"waited for the keys"}, nil,
		},
		"untrusted": {
			&Failure{Request: testRequest, Err: obstructed(ecsapi.Untrusted), Attempts: 1}, nowhere,
			[]string{"on Linux, set SSL_CERT_FILE to a file with its certificate; on macOS and Windows, add it to the system's store"}, nil,
		},
		"unknown-host": {
			&Failure{Request: testRequest, Err: obstructed(ecsapi.UnknownHost), Attempts: 1},
			nowhere, []string{"The host name does not exist. Check region_id"}, nil,
		},
		"proxy-refused": {
			&Failure{Request: testRequest, Err: obstructed(ecsapi.ProxyRefused), Attempts: 1},
			nowhere, []string{"The proxy refused the connection", "user and password of the proxy"}, nil,
		},
		"bad-address": {
			&Failure{Request: testRequest, Err: obstructed(ecsapi.BadAddress), Attempts: 1},
			nowhere, []string{"There is no such address", "Check the port in endpoints"}, nil,
		},
		"untyped": {&Failure{Request: testRequest, Err: cause, Attempts: 1}, nowhere, []string{"the cause"}, nil},
		"lost-and-no-instance-named": {
			&Failure{Request: unnamed, Err: lost, Lost: lost, Stopped: errUnnamed, Attempts: 1}, path.Root("instance_id"),
			[]string{
				"set instance_id to the instance that the address belonged to and `ignore_not_found = true`",
				"Nothing was sent again: the release names no instance, and by now the address may belong to another one.",
			}, nil,
		},
		"not-found-on-an-instance": {
			&Failure{Request: testRequest, Err: errNotFound}, path.Root("public_ip_address"), []string{"or not on instance i-bp67acfmxazb4p0001"}, nil,
		},
		"not-found-and-no-instance-named": {&Failure{Request: unnamed, Err: errNotFound}, path.Root("public_ip_address"), nil, []string{"or not on instance"}},
		"keys-of-unknown-source": {
			&Failure{Request: testRequest, Err: answered(400, "SignatureDoesNotMatch")}, nowhere,
			[]string{"Check the keys in the provider block"}, []string{"came from"},
		},
		"unknown-5xx": {
			&Failure{Request: testRequest, Err: answered(502, "Never.Seen"), Attempts: 1}, createTimeout, []string{"ECS had an internal error"}, nil,
		},
		"denied-by-name": { // no other policy helps
			deniedBy(rpc.AccessDenied{NoPermissionType: "ExplicitDeny"}), nowhere, []string{"A RAM policy denies it by name"}, []string{"Add this statement"},
		},
		"denied-another-action": {
			deniedBy(rpc.AccessDenied{Action: "ecs:DescribeInstances", Principal: "alice"}), nowhere,
			[]string{`"Action": "ecs:DescribeInstances"`, `"alice" may not do this`}, nil,
		},
		// What the network says goes into a policy to paste only if it looks like an action.
		"denied-no-action": {
			deniedBy(rpc.AccessDenied{Action: `*", "Resource": "*`, Principal: "alice"}), nowhere,
			[]string{`"Action": "ecs:ReleasePublicIpAddress"`, `"alice" may not do this`}, nil,
		},
		"denied-and-no-instance-named": {
			&Failure{Request: unnamed, Err: forbidden, Attempts: 1},
			nowhere, []string{`"Resource": "acs:ecs:cn-hangzhou:*:instance/*"`, "The caller may not do this"}, nil,
		},
		"denied-in-other-words": {
			&Failure{Request: testRequest, Err: &ecsapi.Error{Kind: ecsapi.Answered, HTTPStatus: 403, Code: "Forbidden.New", Denied: &rpc.AccessDenied{}}, Attempts: 1},
			nowhere, []string{`"Action": "ecs:ReleasePublicIpAddress"`, "The caller may not do this"}, []string{"Request ID"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := diagnose(tc.failure, createTimeout)
			if at := pathOf(got); !at.Equal(tc.at) {
				t.Errorf("it hangs on %s, want %s", at, tc.at)
			}
			summary := "Public IP Address Not Released"
			if tc.failure.Lost != nil {
				summary = "Public IP Address May Have Been Released"
			}
			if got.Summary() != summary {
				t.Errorf("got %q, want %q", got.Summary(), summary)
			}
			for _, part := range append(tc.says, describe(tc.failure.Request)) {
				if !strings.Contains(got.Detail(), part) {
					t.Errorf("the detail lacks %q:\n%s", part, got.Detail())
				}
			}
			for _, part := range tc.not {
				if strings.Contains(got.Detail(), part) {
					t.Errorf("the detail says %q:\n%s", part, got.Detail())
				}
			}
		})
	}
}

// TestDiagnose_max_retry names the provider's bound where it is the shorter.
func TestDiagnose_max_retry(t *testing.T) {
	got := diagnose(&Failure{Request: testRequest, Err: throttling, Stopped: context.DeadlineExceeded, Attempts: 3}, path.Empty())
	if at := pathOf(got); !at.Equal(path.Empty()) || !strings.Contains(got.Detail(), "raise max_retry_timeout of the provider block") {
		t.Errorf("it hangs on %s and says\n%s", at, got.Detail())
	}
}

// TestAdvice_action checks that no text of the action tells to apply again: its
// hint says that an apply need not invoke it.
func TestAdvice_action(t *testing.T) {
	texts := []string{invokeAdvice}
	for _, of := range Codes() {
		said := &ecsapi.Error{Kind: ecsapi.Answered, HTTPStatus: 400, Code: strings.TrimSuffix(of, ".*"), Endpoint: "ecs.test"}
		texts = append(texts, diagnose(&Failure{Request: testRequest, Err: said, Lost: lost, Attempts: 1}, invokeTimeout).Detail())
	}
	for _, err := range []error{
		obstructed(ecsapi.Untrusted), obstructed(ecsapi.UnknownHost), obstructed(ecsapi.ProxyRefused), obstructed(ecsapi.BadAddress), unreachable,
		lost, context.DeadlineExceeded, answered(400, "Never.Seen"),
		&ecsapi.Error{Kind: ecsapi.NotAPI, Err: errors.New("html")}, &ecsapi.Error{Kind: ecsapi.Unsigned, Err: errors.New("none")},
	} {
		texts = append(texts, diagnose(&Failure{Request: testRequest, Err: err, Attempts: 1}, invokeTimeout).Detail())
	}
	for _, text := range texts {
		for _, not := range []string{"apply again", "Apply again", "1.14"} {
			if strings.Contains(text, not) {
				t.Errorf("%q is in\n%s", not, text)
			}
		}
	}
}

func TestWithAdvice(t *testing.T) {
	at := path.Root("instance_id")
	got := withAdvice(diag.Diagnostics{
		diag.NewErrorDiagnostic("A", "a"), diag.NewAttributeErrorDiagnostic(at, "B", "b"), diag.NewWarningDiagnostic("C", "c"),
	}, "121.40.10.11", "what to do")
	want := diag.Diagnostics{
		diag.NewErrorDiagnostic("A (121.40.10.11)", "a\n\nwhat to do"), diag.NewAttributeErrorDiagnostic(at, "B (121.40.10.11)", "b\n\nwhat to do"),
		diag.NewWarningDiagnostic("C", "c"),
	}
	for n := range want {
		if !pathOf(got[n]).Equal(pathOf(want[n])) || got[n].Summary() != want[n].Summary() ||
			got[n].Detail() != want[n].Detail() || got[n].Severity() != want[n].Severity() {
			t.Errorf("got %v, want %v", got[n], want[n])
		}
	}
}

func TestRemarks(t *testing.T) {
	rehearsal := testRequest
	rehearsal.DryRun = true
	for name, tc := range map[string]struct {
		req    Request
		result Result
		want   []string // severity and summary
	}{
		"released":        {testRequest, Result{Outcome: Released}, nil},
		"presumed":        {testRequest, Result{Outcome: PresumedReleased, Lost: lost}, []string{"Warning: 121.40.10.20 Is Presumed Released"}},
		"dry-run":         {rehearsal, Result{Outcome: DryRun}, nil},
		"dry-run-lost":    {rehearsal, Result{Outcome: AlreadyReleased, Lost: lost}, []string{"Warning: 121.40.10.20 May Have Been Released"}},
		"already":         {testRequest, Result{Outcome: AlreadyReleased}, nil},
		"dry-run-ignored": {rehearsal, Result{Outcome: Released}, []string{"Error: Public IP Address Released By A Dry Run"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, d := range remarks(tc.req, tc.result) {
				got = append(got, d.Severity().String()+": "+d.Summary())
			}
			if strings.Join(got, "; ") != strings.Join(tc.want, "; ") {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
