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
)

func TestDiagnose(t *testing.T) {
	address, instance, dryRun, nowhere := path.Root("public_ip_address"), path.Root("instance_id"), path.Root("dry_run"), path.Empty()
	for code, tc := range map[string]struct {
		at   path.Path
		says string
	}{
		"OperationDenied":                      {address, "internet_max_bandwidth_out = 0"},
		"InvalidAccessKeyId.Inactive":          {nowhere, "or is disabled"},
		"MissingSecurityToken":                 {nowhere, "The keys came from ALICLOUD_ACCESS_KEY."},
		"InvalidAction.NotFound":               {nowhere, "no longer offers it"},
		"InvalidIpAddress.NotFound":            {address, "ignore_not_found = true"},
		"IncorrectInstanceStatus":              {instance, "when it is Running or Stopped"},
		"InstanceLockedForSecurity":            {instance, "have the lock lifted"},
		"InvalidIpAddress.NeedInstanceId":      {instance, "Set instance_id"},
		"OperationTimesOverLimit":              {instance, "take this release out of the configuration"},
		"Forbidden.ExceedDuration":             {address, "first 6 hours"},
		"InvalidInstanceId.NotFound":           {instance, "Check instance_id and region_id"},
		"DryRunOperation":                      {dryRun, "released nothing"},
		"SignatureDoesNotMatch":                {nowhere, "The keys came from ALICLOUD_ACCESS_KEY."},
		"IncompleteSignature":                  {nowhere, "The keys came from ALICLOUD_ACCESS_KEY."},
		"InvalidAccessKeyId.NotFound":          {nowhere, "The keys came from ALICLOUD_ACCESS_KEY."},
		"InvalidTimeStamp.Expired":             {nowhere, "off by more than 15 minutes"},
		"IllegalTimestamp":                     {nowhere, "clock of this machine"},
		"InvalidSecurityToken.Expired":         {nowhere, "Get new temporary keys"},
		"InvalidSecurityToken.Malformed":       {nowhere, "Get new temporary keys"},
		"Throttling":                           {createTimeout, "lower -parallelism"},
		"Throttling.User":                      {createTimeout, "lower -parallelism"},
		"Rejected.Throttling":                  {createTimeout, "lower -parallelism"},
		"ServiceUnavailable":                   {createTimeout, "Try again later"},
		"InternalError":                        {createTimeout, "Try again later"},
		"SignatureNonceUsed":                   {nowhere, "sent a request twice"},
		"Throttling.Api":                       {createTimeout, "lower -parallelism"},
		"IncorrectInstanceStatus.Initializing": {instance, "when it is Running or Stopped"},
		"OperationConflict":                    {createTimeout, "still in progress"},
		"TaskConflict":                         {createTimeout, "still in progress"},
		"LastTokenProcessing":                  {createTimeout, "still in progress"},
		"LastRequestProcessing":                {createTimeout, "still in progress"},
		"LastOrderProcessing":                  {createTimeout, "still in progress"},
		"SystemBusy":                           {createTimeout, "Try again later"},
		"MissingParameter":                     {nowhere, "defect of the provider"},
		"MissingParameter.RegionId":            {nowhere, "defect of the provider"},
		"Forbidden.RAM":                        {nowhere, `"Action": "ecs:ReleasePublicIpAddress"`},
		"NoPermission":                         {nowhere, `"Resource": "acs:ecs:cn-hangzhou:*:instance/i-bp67acfmxazb4p0001"`},
		"NotAuthorized":                        {nowhere, `"Effect": "Allow"`},
		"Never.Seen":                           {address, "naming the request ID"},
	} {
		t.Run(code, func(t *testing.T) {
			said := &ecsapi.Error{Kind: ecsapi.Answered, HTTPStatus: 400, Code: code, Message: "The API's words.", RequestID: "R-1", Endpoint: "ecs.test", KeysFrom: "ALICLOUD_ACCESS_KEY"}
			got := diagnose(&Error{Request: testRequest, Err: said, Attempts: 1}, createTimeout)

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

// TestDiagnose_kind checks what is said of a call that the API did not answer.
func TestDiagnose_kind(t *testing.T) {
	nowhere := path.Empty()
	for name, tc := range map[string]struct {
		said error
		at   path.Path
		says string
	}{
		"no-keys":       {&ecsapi.Error{Kind: ecsapi.Unsigned, Endpoint: "ecs.test", Err: errors.New("what went wrong")}, nowhere, "Without keys no request is sent."},
		"not-reached":   {&ecsapi.Error{Kind: ecsapi.NotSent, Endpoint: "ecs.test", Err: errors.New("what went wrong")}, nowhere, "HTTPS_PROXY"},
		"time-up-first": {&ecsapi.Error{Kind: ecsapi.NotSent, Endpoint: "ecs.test", Err: context.DeadlineExceeded}, createTimeout, "waited for a connection to the endpoint"},
		"stopped-first": {&ecsapi.Error{Kind: ecsapi.NotSent, Endpoint: "ecs.test", Err: context.Canceled}, createTimeout, "waited for a connection to the endpoint"},
		"keys-first":    {&ecsapi.Error{Kind: ecsapi.Unsigned, Endpoint: "ecs.test", Err: context.DeadlineExceeded}, createTimeout, "waited for the keys"},
		"turn-first":    {context.DeadlineExceeded, createTimeout, "waited for its turn"},
		"untrusted":     {obstructed(ecsapi.Untrusted), nowhere, "on Linux, set SSL_CERT_FILE to a file with its certificate; on macOS and Windows, add it to the system's store"},
		"unknown-host":  {obstructed(ecsapi.UnknownHost), nowhere, "The host name does not exist. Check region_id"},
		"proxy-refused": {obstructed(ecsapi.ProxyRefused), nowhere, "The proxy refused the connection"},
		"bad-address":   {obstructed(ecsapi.BadAddress), nowhere, "Check the port in endpoints"},
		"no-answer":     {&ecsapi.Error{Kind: ecsapi.NoAnswer, Endpoint: "ecs.test", Err: errors.New("what went wrong")}, createTimeout, "client_read_timeout"},
		"not-the-api":   {&ecsapi.Error{Kind: ecsapi.NotAPI, HTTPStatus: 502, Endpoint: "ecs.test", Err: errors.New("what went wrong")}, nowhere, "HTTP 502: what went wrong"},
		"untyped":       {errors.New("what went wrong"), nowhere, "what went wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			got := diagnose(&Error{Request: testRequest, Err: tc.said, Attempts: 1}, createTimeout)
			if at := pathOf(got); !at.Equal(tc.at) {
				t.Errorf("it hangs on %s, want %s", at, tc.at)
			}
			for _, part := range []string{testRequest.PublicIPAddress, testRequest.InstanceID, testRequest.RegionID, tc.says} {
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
		failure *Error
		want    diag.Diagnostic
	}{
		"refused": {
			&Error{Request: unnamed, Attempts: 1, Err: &ecsapi.Error{Kind: ecsapi.Answered, HTTPStatus: 403, Code: "InvalidIpAddress.NeedInstanceId",
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
			&Error{Request: unnamed, Attempts: 3, Elapsed: 300 * time.Second, Stopped: context.DeadlineExceeded,
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

// TestDiagnose_stopped checks what is said of a release that was lost, stopped,
// or asked for in another way.
func TestDiagnose_stopped(t *testing.T) {
	cause := errors.New("the cause")
	unnamed, rehearsal := testRequest, testRequest
	unnamed.InstanceID, rehearsal.DryRun = "", true
	kind := func(kind ecsapi.Kind, err error) *ecsapi.Error {
		return &ecsapi.Error{Action: "ReleasePublicIpAddress", Endpoint: "ecs.test", Kind: kind, HTTPStatus: 502, Err: err}
	}
	nowhere := path.Empty()
	for name, tc := range map[string]struct {
		failure *Error
		at      path.Path
		says    []string
		not     []string
	}{
		"no-answer": {
			&Error{Request: testRequest, Err: kind(ecsapi.NoAnswer, cause), Lost: kind(ecsapi.NoAnswer, cause), Attempts: 1},
			createTimeout, []string{"the cause", "client_read_timeout", "The address may have been released"}, nil,
		},
		"not-the-api": {
			&Error{Request: testRequest, Err: kind(ecsapi.NotAPI, cause), Lost: kind(ecsapi.NotAPI, cause), Attempts: 1},
			nowhere, []string{"HTTP 502: the cause", "Something other than the ECS API answered", "The address may have been released"}, nil,
		},
		"time-up-before-the-first-attempt": {
			&Error{Request: testRequest, Err: context.DeadlineExceeded, Stopped: context.DeadlineExceeded},
			createTimeout, []string{"  context deadline exceeded\n", "It ended while it waited for its turn", "To allow more, raise timeouts.create."}, []string{"endpoint was not reached", "May Have"},
		},
		"interrupted": {
			&Error{Request: testRequest, Err: kind(ecsapi.NotSent, cause), Stopped: context.Canceled, Attempts: 2, Elapsed: 1500 * time.Millisecond},
			nowhere, []string{"failed after 2 attempts in 1.5s.", "The release was interrupted; no further attempt was made."}, []string{"To allow more"},
		},
		"interrupted-after-a-lost-answer": {
			&Error{Request: testRequest, Err: starting, Lost: kind(ecsapi.NoAnswer, cause), Stopped: context.Canceled, Attempts: 2},
			path.Root("instance_id"), []string{"IncorrectInstanceStatus", "answer was lost (ReleasePublicIpAddress at ecs.test: the cause)", "ignore_not_found = true", "interrupted"}, nil,
		},
		"dry-run-after-a-lost-answer": {
			&Error{Request: rehearsal, Err: errNotFound, Lost: kind(ecsapi.NoAnswer, cause), Attempts: 2},
			path.Root("public_ip_address"), []string{"It asked for a dry run, and ECS may have released the address all the same."}, []string{"and try again: an address"},
		},
		"starting-and-no-instance-named": {
			&Error{Request: unnamed, Err: starting, Stopped: context.DeadlineExceeded, Attempts: 9},
			path.Root("public_ip_address"), []string{"when it is Running or Stopped", "raise timeouts.create"}, []string{"of instance"},
		},
		"denied-and-no-instance-named": {
			&Error{Request: unnamed, Err: forbidden, Attempts: 1},
			nowhere, []string{`"Resource": "acs:ecs:cn-hangzhou:*:instance/*"`, "The caller may not do this"}, nil,
		},
		"denied-in-other-words": {
			&Error{Request: testRequest, Err: &ecsapi.Error{Kind: ecsapi.Answered, HTTPStatus: 403, Code: "Forbidden.New", Denied: &ecsapi.AccessDenied{}}, Attempts: 1},
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
			for _, part := range append(tc.says, testRequest.PublicIPAddress, testRequest.RegionID) {
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
	got := diagnose(&Error{Request: testRequest, Err: throttling, Stopped: context.DeadlineExceeded, Attempts: 3}, path.Empty())
	if at := pathOf(got); !at.Equal(path.Empty()) || !strings.Contains(got.Detail(), "raise max_retry_timeout of the provider block") {
		t.Errorf("it hangs on %s and says\n%s", at, got.Detail())
	}
}

// TestDiagnose_unnamed says why nothing was sent again, and what to do first.
func TestDiagnose_unnamed(t *testing.T) {
	req := testRequest
	req.InstanceID = ""
	got := diagnose(&Error{Request: req, Err: lost, Lost: lost, Stopped: errUnnamed, Attempts: 1}, createTimeout)
	if at := pathOf(got); !at.Equal(path.Root("instance_id")) || got.Summary() != summaryMaybe {
		t.Errorf("it hangs on %s and is called %q", at, got.Summary())
	}
	for _, part := range []string{"set instance_id to the instance that the address belonged to and `ignore_not_found = true`",
		"Nothing was sent again: the release names no instance, and by now the address may belong to another one."} {
		if !strings.Contains(got.Detail(), part) {
			t.Errorf("the detail lacks %q:\n%s", part, got.Detail())
		}
	}
}

// TestDiagnose_unreached does not advise a longer timeout, which changes nothing.
func TestDiagnose_unreached(t *testing.T) {
	got := diagnose(&Error{Request: testRequest, Err: unreachable, Stopped: errUnreached, Attempts: 9}, createTimeout).Detail()
	if !strings.Contains(got, "a connection is tried for one minute at most") || strings.Contains(got, "raise") {
		t.Errorf("got\n%s", got)
	}
}

// TestDiagnose_not_found names the instance that the address was looked for on.
func TestDiagnose_not_found(t *testing.T) {
	named, unnamedRequest := testRequest, testRequest
	unnamedRequest.InstanceID = ""
	const onInstance = "or not on instance i-bp67acfmxazb4p0001"
	if got := diagnose(&Error{Request: named, Err: errNotFound}, createTimeout).Detail(); !strings.Contains(got, onInstance) {
		t.Errorf("the detail lacks %q:\n%s", onInstance, got)
	}
	if got := diagnose(&Error{Request: unnamedRequest, Err: errNotFound}, createTimeout).Detail(); strings.Contains(got, "or not on instance") {
		t.Errorf("the detail speaks of an instance:\n%s", got)
	}
}

// TestDiagnose_keys says what can be said where no one knows where keys came from.
func TestDiagnose_keys(t *testing.T) {
	got := diagnose(&Error{Request: testRequest, Err: answered(400, "SignatureDoesNotMatch")}, createTimeout).Detail()
	if !strings.Contains(got, "Check the keys in the provider block") || strings.Contains(got, "came from") {
		t.Errorf("got\n%s", got)
	}
}

// TestAdvice_action checks that no text of the action tells to apply again: its
// hint says that an apply need not invoke it.
func TestAdvice_action(t *testing.T) {
	texts := []string{invokeAdvice}
	for _, of := range Codes() {
		said := &ecsapi.Error{Kind: ecsapi.Answered, HTTPStatus: 400, Code: strings.TrimSuffix(of, ".*"), Endpoint: "ecs.test"}
		texts = append(texts, diagnose(&Error{Request: testRequest, Err: said, Lost: lost, Attempts: 1}, invokeTimeout).Detail())
	}
	for _, err := range []error{
		obstructed(ecsapi.Untrusted), obstructed(ecsapi.UnknownHost), obstructed(ecsapi.ProxyRefused), obstructed(ecsapi.BadAddress), unreachable,
		lost, context.DeadlineExceeded, answered(400, "Never.Seen"), &ecsapi.Error{Kind: ecsapi.NotAPI, Err: errors.New("html")}, &ecsapi.Error{Kind: ecsapi.Unsigned, Err: errors.New("none")},
	} {
		texts = append(texts, diagnose(&Error{Request: testRequest, Err: err, Attempts: 1}, invokeTimeout).Detail())
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
		if !pathOf(got[n]).Equal(pathOf(want[n])) || got[n].Summary() != want[n].Summary() || got[n].Detail() != want[n].Detail() || got[n].Severity() != want[n].Severity() {
			t.Errorf("got %v, want %v", got[n], want[n])
		}
	}
}

// TestDiagnose_denied_explicitly does not advise what a denial overrules.
func TestDiagnose_denied_explicitly(t *testing.T) {
	said := &ecsapi.Error{Kind: ecsapi.Answered, Code: "Forbidden.RAM", Endpoint: "ecs.test", Denied: &ecsapi.AccessDenied{NoPermissionType: "ExplicitDeny"}}
	got := diagnose(&Error{Request: testRequest, Err: said}, createTimeout).Detail()
	if !strings.Contains(got, "A RAM policy denies it by name") || strings.Contains(got, "Add this statement") {
		t.Errorf("got\n%s", got)
	}
}

// TestDiagnose_unknown_5xx says of a code never seen what its status says.
func TestDiagnose_unknown_5xx(t *testing.T) {
	got := diagnose(&Error{Request: testRequest, Err: answered(502, "Never.Seen"), Attempts: 1}, createTimeout)
	if at := pathOf(got); !at.Equal(createTimeout) || !strings.Contains(got.Detail(), "ECS had an internal error") {
		t.Errorf("it hangs on %s and says\n%s", at, got.Detail())
	}
}

// TestDiagnose_denied keeps what the network says out of the policy to paste,
// unless it looks like an action.
func TestDiagnose_denied(t *testing.T) {
	for denied, want := range map[string]string{
		"ecs:DescribeInstances": `"Action": "ecs:DescribeInstances"`,
		`*", "Resource": "*`:    `"Action": "ecs:ReleasePublicIpAddress"`,
		"":                      `"Action": "ecs:ReleasePublicIpAddress"`,
	} {
		said := &ecsapi.Error{Kind: ecsapi.Answered, Code: "Forbidden.RAM", Denied: &ecsapi.AccessDenied{Action: denied, Principal: "alice"}}
		got := diagnose(&Error{Request: testRequest, Err: said}, createTimeout).Detail()
		if !strings.Contains(got, want) || !strings.Contains(got, `"alice" may not do this`) {
			t.Errorf("%q: the detail lacks %s:\n%s", denied, want, got)
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
