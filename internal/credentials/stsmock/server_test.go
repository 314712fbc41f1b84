package stsmock

import (
	"net/url"
	"testing"
)

// The documentation of signature V1 publishes both values.
func TestSign(t *testing.T) {
	for name, test := range map[string]struct{ timestamp, want string }{
		"published-example":       {"Timestamp", "OLeaidS1JvxuMvnyHOwuJ+uX5qY="},
		"older-published-example": {"TimeStamp", "CT9X0VtwR86fNWSnsc6v8YGOjuE="},
	} {
		t.Run(name, func(t *testing.T) {
			params := url.Values{
				"AccessKeyId": {"testid"}, "Action": {"DescribeRegions"}, "Format": {"XML"},
				"SignatureMethod": {"HMAC-SHA1"}, "SignatureNonce": {"3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"},
				"SignatureVersion": {"1.0"}, test.timestamp: {"2016-02-23T12:46:24Z"}, "Version": {"2014-05-26"},
				"Signature": {"not part of what is signed"},
			}
			if got := sign("GET", params, "testsecret"); got != test.want {
				t.Errorf("sign = %s, want %s", got, test.want)
			}
		})
	}
}
