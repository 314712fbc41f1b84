package publicip

import (
	"errors"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

func answered(status int, code string) error {
	return &ecsapi.Error{Kind: ecsapi.Answered, HTTPStatus: status, Code: code, Message: "m", RequestID: "r", Endpoint: "ecs.test"}
}

func obstructed(obstacle ecsapi.Obstacle) error {
	return &ecsapi.Error{Kind: ecsapi.NotSent, Obstacle: obstacle, Endpoint: "ecs.test", Err: errors.New("what was in the way")}
}

type temporary struct{ error }

func (temporary) Temporary() bool { return true }

type lasting struct{ error }

func (lasting) Temporary() bool { return false }

func TestEndingOf(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want ending
	}{
		"success":        {nil, done},
		"throttled":      {answered(400, "Throttling"), busy},
		"throttled-user": {answered(429, "Throttling.User"), busy},
		"throttled-503":  {answered(503, "Throttling.Api"), busy},
		"rejected":       {answered(503, "Rejected.Throttling"), busy},
		"unavailable":    {answered(503, "ServiceUnavailable"), busy},
		"starting":       {answered(403, "IncorrectInstanceStatus"), busy},
		"starting-so":    {answered(403, "IncorrectInstanceStatus.Initializing"), busy},
		"conflict":       {answered(400, "OperationConflict"), busy},
		"task":           {answered(403, "TaskConflict"), busy},
		"last-token":     {answered(400, "LastTokenProcessing"), busy},
		"last-request":   {answered(403, "LastRequestProcessing"), busy},
		"last-order":     {answered(400, "LastOrderProcessing"), busy},
		"system-busy":    {answered(500, "SystemBusy"), busy},
		"never-left":     {&ecsapi.Error{Kind: ecsapi.NotSent, Err: errors.New("refused")}, busy},
		"keys-for-now":   {&ecsapi.Error{Kind: ecsapi.Unsigned, Err: temporary{errors.New("sts is away")}}, busy},

		"no-answer":      {&ecsapi.Error{Kind: ecsapi.NoAnswer, Err: errors.New("EOF")}, unknown},
		"not-the-api":    {&ecsapi.Error{Kind: ecsapi.NotAPI, HTTPStatus: 502, Err: errors.New("html")}, unknown},
		"internal-error": {answered(500, "InternalError"), unknown},
		// The status differs between pages: the code decides.
		"internal-error-400": {answered(400, "InternalError"), unknown},
		"unknown-5xx":        {answered(500, "Something.New"), unknown},
		// Each attempt has a nonce of its own: this one arrived twice.
		"nonce-used": {answered(400, "SignatureNonceUsed"), unknown},
		"untyped":    {errors.New("what?"), unknown},

		"untrusted":     {obstructed(ecsapi.Untrusted), refused},
		"unknown-host":  {obstructed(ecsapi.UnknownHost), refused},
		"proxy-refused": {obstructed(ecsapi.ProxyRefused), refused},
		"bad-address":   {obstructed(ecsapi.BadAddress), refused},
		"not-found":     {answered(400, "InvalidIpAddress.NotFound"), refused},
		"not-found-503": {answered(503, "InvalidIpAddress.NotFound"), refused},
		"denied-500":    {answered(500, "Forbidden.RAM"), refused},
		"no-instance":   {answered(404, "InvalidInstanceId.NotFound"), refused},
		"denied":        {answered(403, "OperationDenied"), refused},
		"locked":        {answered(403, "InstanceLockedForSecurity"), refused},
		"need-instance": {answered(403, "InvalidIpAddress.NeedInstanceId"), refused},
		"over-limit":    {answered(403, "OperationTimesOverLimit"), refused},
		"too-old":       {answered(403, "Forbidden.ExceedDuration"), refused},
		"dry-run":       {answered(400, "DryRunOperation"), refused},
		"no-permission": {answered(403, "Forbidden.RAM"), refused},
		"signature":     {answered(400, "SignatureDoesNotMatch"), refused},
		"clock":         {answered(400, "InvalidTimeStamp.Expired"), refused},
		"token":         {answered(400, "InvalidSecurityToken.Expired"), refused},
		"unknown-4xx":   {answered(403, "Something.New"), refused},
		// A status of success with a code: one that is known counts as what it says.
		"not-found-200": {answered(200, "InvalidIpAddress.NotFound"), refused},
		"denied-200":    {answered(200, "Forbidden.RAM"), refused},
		"throttled-200": {answered(200, "Throttling.User"), busy},
		"unknown-200":   {answered(200, "Something.New"), unknown},
		"called-a-code": {answered(200, "OK"), unknown},
		"keys-denied":   {&ecsapi.Error{Kind: ecsapi.Unsigned, Err: lasting{errors.New("sts says no")}}, refused},
		"no-keys":       {&ecsapi.Error{Kind: ecsapi.Unsigned, Err: errors.New("none")}, refused},
		// Words that look like a busy code and are none.
		"like-throttling":  {answered(400, "ThrottlingPolicy.NotFound"), refused},
		"like-unavailable": {answered(400, "ServiceUnavailableInRegion"), refused},
		"like-a-status":    {answered(403, "IncorrectInstanceStatusCode"), refused},
		"like-a-conflict":  {answered(403, "OperationConflictPolicy"), refused},
		"like-busy":        {answered(403, "SystemBusyHours"), refused},
	} {
		t.Run(name, func(t *testing.T) {
			if got := endingOf(tc.err); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
		})
	}
}
