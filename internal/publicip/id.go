package publicip

import (
	"fmt"
	"strings"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// formatID returns region_id:instance_id:public_ip_address; the middle is empty
// if no instance is named.
func formatID(req Request) string {
	return strings.Join([]string{req.RegionID, req.InstanceID, req.PublicIPAddress}, ":")
}

// parseID reads what formatID wrote, or says what is wrong with it.
func parseID(id string) (req Request, problem string) {
	wrong := func(what string) string {
		return fmt.Sprintf("%q %s. The form is region_id:instance_id:public_ip_address, "+
			"for example cn-hangzhou:i-bp67acfmxazb4p0001:121.40.10.20, or cn-hangzhou::121.40.10.20 "+
			"where the configuration names no instance.", id, what)
	}
	parts := strings.Split(id, ":")
	if len(parts) != 3 {
		return Request{}, wrong(fmt.Sprintf("has %d parts, not 3", len(parts)))
	}
	req = Request{RegionID: parts[0], InstanceID: parts[1], PublicIPAddress: parts[2]}
	switch {
	case !ecsapi.ValidRegionID(req.RegionID):
		return Request{}, wrong("does not begin with a region ID")
	case req.InstanceID != "" && !validInstanceID(req.InstanceID):
		return Request{}, wrong("does not have an instance ID in the middle")
	}
	if problem := publicIPv4Problem(req.PublicIPAddress); problem != "" {
		return Request{}, wrong("does not end with a public IPv4 address") + "\n\n" + problem
	}
	return req, ""
}
