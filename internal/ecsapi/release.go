package ecsapi

import (
	"context"
	"encoding/json"
	"regexp"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

// ReleaseInput are the parameters of ReleasePublicIpAddress.
type ReleaseInput struct {
	RegionID        string
	PublicIPAddress string
	InstanceID      string // optional
	DryRun          bool
}

// ReleaseOutput is the answer of ReleasePublicIpAddress.
type ReleaseOutput struct {
	RequestID   string
	RemainTimes string // empty where the API gave none
}

// ReleasePublicIPAddress takes a public IP address away from its instance. It
// is one request. The error is an *Error; a dry run that went well is one with
// the code DryRunOperation.
func (c *Client) ReleasePublicIPAddress(ctx context.Context, in ReleaseInput) (ReleaseOutput, error) {
	params := map[string]string{"RegionId": in.RegionID, "PublicIpAddress": in.PublicIPAddress}
	if in.InstanceID != "" {
		params["InstanceId"] = in.InstanceID
	}
	if in.DryRun {
		params["DryRun"] = "true"
	}
	var answer struct{ RemainTimes json.RawMessage }
	id, err := c.do(ctx, in.RegionID, rpc.Call{Action: "ReleasePublicIpAddress", Query: params, Awaited: true}, &answer)
	if err != nil {
		return ReleaseOutput{}, err
	}
	return ReleaseOutput{RequestID: id, RemainTimes: remainTimes(answer.RemainTimes)}, nil
}

const maxRemainTimes = 32 // characters

var plainWord = regexp.MustCompile(`^[0-9A-Za-z]+$`)

// remainTimes reads a field that the API's page calls not yet available: it
// may be missing, a placeholder, or of any type, and none of that undoes a
// release.
func remainTimes(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		var number json.Number
		if json.Unmarshal(raw, &number) != nil {
			return ""
		}
		text = number.String()
	}
	if text == "hide" || len(text) > maxRemainTimes || !plainWord.MatchString(text) {
		return ""
	}
	return text
}
