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

// TestEndingOf checks the endings that depend on more than a code, or on a status
// that differs from the code's. TestDiagnose has those of the codes.
func TestEndingOf(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want ending
	}{
		"success":       {nil, done},
		"throttled-503": {answered(503, "Throttling.Api"), busy},
		"rejected":      {answered(503, "Rejected.Throttling"), busy},
		"unavailable":   {answered(503, "ServiceUnavailable"), busy},
		"system-busy":   {answered(500, "SystemBusy"), busy},
		"never-left":    {&ecsapi.Error{Kind: ecsapi.NotSent, Err: errors.New("refused")}, busy},
		"keys-for-now":  {&ecsapi.Error{Kind: ecsapi.Unsigned, Err: temporary{errors.New("sts is away")}}, busy},

		"no-answer":   {&ecsapi.Error{Kind: ecsapi.NoAnswer, Err: errors.New("EOF")}, unknown},
		"not-the-api": {&ecsapi.Error{Kind: ecsapi.NotAPI, HTTPStatus: 502, Err: errors.New("html")}, unknown},
		"unknown-5xx": {answered(500, "Something.New"), unknown},
		"untyped":     {errors.New("what?"), unknown},

		"untrusted":     {obstructed(ecsapi.Untrusted), refused},
		"unknown-host":  {obstructed(ecsapi.UnknownHost), refused},
		"proxy-refused": {obstructed(ecsapi.ProxyRefused), refused},
		"bad-address":   {obstructed(ecsapi.BadAddress), refused},
		"not-found-503": {answered(503, "InvalidIpAddress.NotFound"), refused},
		"denied-500":    {answered(500, "Forbidden.RAM"), refused},
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
