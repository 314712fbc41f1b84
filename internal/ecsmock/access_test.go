package ecsmock_test

import (
	"maps"
	"testing"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// clock is a time that a test sets.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

// stamp dates a request that has no other date.
func (c *clock) stamp(over params) params {
	all := params{"Timestamp": timestamp(c.now)}
	maps.Copy(all, over)
	return all
}

func newClock() *clock { return &clock{time.Date(2026, 4, 16, 12, 0, 0, 0, time.UTC)} }

func TestAccess_refuses(t *testing.T) {
	for name, test := range map[string]struct {
		over   params
		status int
		code   string
	}{
		"no-key":               {params{"AccessKeyId": "-"}, 400, "MissingParameter"},
		"malformed-timestamp":  {params{"Timestamp": "2026-04-16 12:00:00"}, 400, "IllegalTimestamp"},
		"timestamp-with-zone":  {params{"Timestamp": "2026-04-16T12:00:00+08:00"}, 400, "IllegalTimestamp"},
		"fifteen-minutes-late": {params{"Timestamp": "2026-04-16T11:44:59Z"}, 400, "InvalidTimeStamp.Expired"},
		"fifteen-minutes-fast": {params{"Timestamp": "2026-04-16T12:15:01Z"}, 400, "InvalidTimeStamp.Expired"},
		"token-for-plain-key":  {params{"SecurityToken": "anything"}, 400, "InvalidSecurityToken.MismatchWithAccessKey"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			server := start(t, seed(), ecsmock.Clock(c.read))
			server.Inject(ecsmock.Fault{Kind: ecsmock.CloseConnection})
			over := c.stamp(release(nil))
			maps.Copy(over, test.over)
			wantCode(t, server, over, test.status, test.code)
			wantReleases(t, server, 0)
			if fault := server.Calls()[0].Fault; fault != "" {
				t.Errorf("a request that was not let in used up the fault %s", fault)
			}
		})
	}
}

func TestAccess_timestamp_within_tolerance(t *testing.T) {
	c := newClock()
	server := start(t, seed(), ecsmock.Clock(c.read))
	for _, stamp := range []string{"2026-04-16T11:45:00Z", "2026-04-16T12:15:00Z"} {
		wantCode(t, server, describe(params{"Timestamp": stamp}), 200, "")
	}
}

func TestAccess_nonce_is_good_once(t *testing.T) {
	c := newClock()
	server := start(t, seed(), ecsmock.Clock(c.read))
	ask := func(code string, over params) {
		t.Helper()
		status := 400
		if code == "" {
			status = 200
		}
		wantCode(t, server, c.stamp(describe(over)), status, code)
	}
	ask("", params{"SignatureNonce": "one"})
	ask("SignatureNonceUsed", params{"SignatureNonce": "one"})
	ask("", params{"SignatureNonce": "two"})

	// A refused signature does not use the nonce up.
	ask("SignatureDoesNotMatch", params{"SignatureNonce": "three", "Signature": "forged"})
	ask("", params{"SignatureNonce": "three"})

	// The first request could come again until its timestamp expires.
	c.now = c.now.Add(31 * time.Minute)
	ask("", nil)
	ask("SignatureNonceUsed", params{"SignatureNonce": "one"})
	c.now = c.now.Add(31 * time.Minute)
	ask("", nil)
	ask("", params{"SignatureNonce": "one"})
}

func TestAccess_security_token(t *testing.T) {
	s := seed()
	s.Keys[0].SecurityToken = "mock-token"
	server := start(t, s)
	ask := func(token string, status int, code string) {
		t.Helper()
		wantCode(t, server, describe(params{"SecurityToken": token}), status, code)
	}
	ask("mock-token", 200, "")
	ask("-", 400, "MissingSecurityToken")
	ask("other-token", 400, "InvalidSecurityToken.MismatchWithAccessKey")
	server.SetKey(ecsmock.Key{ID: keyID, Secret: keySecret, SecurityToken: "renewed-token"})
	ask("renewed-token", 200, "")
	ask("mock-token", 400, "InvalidSecurityToken.MismatchWithAccessKey")
	server.RemoveKey(keyID)
	ask("renewed-token", 404, "InvalidAccessKeyId.NotFound")
}

func TestAccess_denied(t *testing.T) {
	for name, test := range map[string]struct {
		key       ecsmock.Key
		over      params
		status    int
		principal string // empty for an answer that is not a denial
	}{
		"release":              {ecsmock.Key{DeniedActions: []string{ecsmock.RAMRelease}}, release(nil), 403, "SubUser"},
		"not-the-other-action": {ecsmock.Key{DeniedActions: []string{ecsmock.RAMRelease}}, describe(nil), 200, ""},
		"describe":             {ecsmock.Key{DeniedActions: []string{ecsmock.RAMDescribe}}, describe(nil), 403, "SubUser"},
		"describe-as-it-was":   {ecsmock.Key{DeniedActions: []string{ecsmock.RAMDescribe}, EmptyListWhenDenied: true}, describe(nil), 200, ""},
		"describe-assumed-role": {ecsmock.Key{DeniedActions: []string{ecsmock.RAMDescribe}, SecurityToken: "t"}, describe(params{"SecurityToken": "t"}), 403,
			"AssumedRoleUser"},
	} {
		t.Run(name, func(t *testing.T) {
			s := seed()
			test.key.ID, test.key.Secret = keyID, keySecret
			s.Keys[0] = test.key
			server := start(t, s)
			code := ""
			if test.principal != "" {
				code = "Forbidden.RAM"
			}
			answer := wantCode(t, server, test.over, test.status, code)
			if got := answer.AccessDeniedDetail["AuthPrincipalType"]; got != test.principal {
				t.Errorf("AuthPrincipalType is %q", got)
			}
			if name == "describe-as-it-was" && len(answer.Instances.Instance) != 0 {
				t.Errorf("a denied list holds %v", answer.Instances.Instance)
			}
			if got := answer.AccessDeniedDetail["AuthAction"]; test.principal != "" && got != test.key.DeniedActions[0] {
				t.Errorf("AuthAction is %q", got)
			}
			wantReleases(t, server, 0)
		})
	}
}
