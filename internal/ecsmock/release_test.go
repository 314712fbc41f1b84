package ecsmock_test

import (
	"fmt"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

func TestRelease(t *testing.T) {
	edit := func(change func(*ecsmock.Instance)) func(*ecsmock.Seed) {
		return func(s *ecsmock.Seed) { change(&s.Instances[0]) }
	}
	status := func(status string) func(*ecsmock.Seed) {
		return edit(func(i *ecsmock.Instance) { i.Status = status })
	}
	twin := func(s *ecsmock.Seed) {
		s.Instances = append(s.Instances, ecsmock.Instance{ID: "i-bp1mocktwin", Region: region, Network: ecsmock.VPC, PublicIPs: []string{vpcIP}})
	}
	for name, test := range map[string]struct {
		prepare func(*ecsmock.Seed)
		over    params
		status  int
		code    string // empty for a release
	}{
		"young-vpc-instance":      {nil, params{"PublicIpAddress": vpcIP}, 200, ""},
		"named-instance":          {nil, params{"PublicIpAddress": vpcIP, "InstanceId": vpcID}, 200, ""},
		"any-region":              {nil, params{"PublicIpAddress": vpcIP, "RegionId": "-"}, 200, ""},
		"old-classic-instance":    {nil, params{"PublicIpAddress": classicIP}, 200, ""},
		"stopped":                 {status(ecsmock.Stopped), params{"PublicIpAddress": vpcIP}, 200, ""},
		"financial-lock":          {edit(func(i *ecsmock.Instance) { i.Locks = []string{"financial"} }), params{"PublicIpAddress": vpcIP}, 200, ""},
		"for-ram-conditions":      {nil, params{"PublicIpAddress": vpcIP, "SourceIp": "192.0.2.1", "SecureTransport": "true"}, 200, ""},
		"dry-run-false":           {nil, params{"PublicIpAddress": vpcIP, "DryRun": "false"}, 200, ""},
		"twin-named":              {twin, params{"PublicIpAddress": vpcIP, "InstanceId": vpcID}, 200, ""},
		"address-missing":         {nil, params{}, 400, "MissingParameter"},
		"address-not-on-record":   {nil, params{"PublicIpAddress": "121.40.99.99"}, 400, "InvalidIpAddress.NotFound"},
		"address-of-another":      {nil, params{"PublicIpAddress": classicIP, "InstanceId": vpcID}, 400, "InvalidIpAddress.NotFound"},
		"address-in-other-region": {nil, params{"PublicIpAddress": vpcIP, "RegionId": "cn-beijing"}, 400, "InvalidIpAddress.NotFound"},
		"instance-not-on-record":  {nil, params{"PublicIpAddress": vpcIP, "InstanceId": "i-bp1nobody"}, 404, "InvalidInstanceId.NotFound"},
		"instance-in-other-region": {nil, params{"PublicIpAddress": vpcIP, "InstanceId": vpcID, "RegionId": "cn-beijing"}, 404,
			"InvalidInstanceId.NotFound"},
		"instance-removed": {func(s *ecsmock.Seed) { s.Instances = s.Instances[1:] }, params{"PublicIpAddress": vpcIP}, 400, "InvalidIpAddress.NotFound"},
		"twin-not-named":   {twin, params{"PublicIpAddress": vpcIP}, 403, "InvalidIpAddress.NeedInstanceId"},
		"eip":              {nil, params{"PublicIpAddress": eipIP}, 400, "OperationDenied"},
		"security-lock": {edit(func(i *ecsmock.Instance) { i.Locks = []string{"financial", "security"} }), params{"PublicIpAddress": vpcIP}, 403,
			"InstanceLockedForSecurity"},
		"pending":  {status(ecsmock.Pending), params{"PublicIpAddress": vpcIP}, 403, "IncorrectInstanceStatus"},
		"starting": {status(ecsmock.Starting), params{"PublicIpAddress": vpcIP}, 403, "IncorrectInstanceStatus"},
		"stopping": {status(ecsmock.Stopping), params{"PublicIpAddress": vpcIP}, 403, "IncorrectInstanceStatus"},
		"old-vpc-instance": {edit(func(i *ecsmock.Instance) { i.CreatedHoursAgo = 6.01 }), params{"PublicIpAddress": vpcIP}, 403,
			"Forbidden.ExceedDuration"},
		"no-releases-left": {edit(func(i *ecsmock.Instance) { i.ReleasesLeft = new(0) }), params{"PublicIpAddress": vpcIP}, 403,
			"OperationTimesOverLimit"},
		"dry-run":               {nil, params{"PublicIpAddress": vpcIP, "DryRun": "true"}, 400, "DryRunOperation"},
		"dry-run-of-nothing":    {nil, params{"PublicIpAddress": "121.40.99.99", "DryRun": "true"}, 400, "InvalidIpAddress.NotFound"},
		"unsupported-parameter": {nil, params{"PublicIpAddress": vpcIP, "OwnerAccount": "someone"}, 400, "NotSupportedByMock"},
		"dry-run-not-a-boolean": {nil, params{"PublicIpAddress": vpcIP, "DryRun": "maybe"}, 400, "InvalidParameter"},
	} {
		t.Run(name, func(t *testing.T) {
			s := seed()
			if test.prepare != nil {
				test.prepare(&s)
			}
			server := start(t, s)
			answer := wantCode(t, server, release(test.over), test.status, test.code)
			if test.code == "" {
				wantReleases(t, server, 1)
				wantCode(t, server, release(test.over), 400, "InvalidIpAddress.NotFound")
				wantReleases(t, server, 1)
				return
			}
			if answer.Message == "" || answer.HostID != server.Addr() || answer.Recommend == "" {
				t.Errorf("incomplete envelope: %+v", answer)
			}
			wantReleases(t, server, 0)
			for id, address := range map[string]string{vpcID: vpcIP, classicID: classicIP} {
				if i, found := server.Instance(id); found && (len(i.PublicIPs) != 1 || i.PublicIPs[0] != address) {
					t.Errorf("%s lost its address: %+v", id, i)
				}
			}
		})
	}
}

func TestReleaseTakesOneAddressOfOneInstance(t *testing.T) {
	s := seed()
	s.Instances[0].PublicIPs = []string{vpcIP, "121.40.10.20"}
	s.Instances[1].PublicIPs = []string{classicIP, vpcIP}
	server := start(t, s)
	wantCode(t, server, release(params{"PublicIpAddress": vpcIP, "InstanceId": vpcID}), 200, "")
	for id, want := range map[string]string{vpcID: "[121.40.10.20]", classicID: fmt.Sprintf("[%s %s]", classicIP, vpcIP)} {
		if i, _ := server.Instance(id); fmt.Sprint(i.PublicIPs) != want {
			t.Errorf("%s has %v, want %s", id, i.PublicIPs, want)
		}
	}
}

func TestIgnoredDryRunReleases(t *testing.T) {
	s := seed()
	s.IgnoreDryRun = true
	server := start(t, s)
	wantCode(t, server, release(params{"PublicIpAddress": vpcIP, "DryRun": "true"}), 200, "")
	wantReleases(t, server, 1)
}

func TestRemainTimes(t *testing.T) {
	for value, want := range map[ecsmock.RemainTimes]string{
		"": "hide", ecsmock.RemainTimesHide: "hide", ecsmock.RemainTimesCount: "2", ecsmock.RemainTimesAbsent: "",
	} {
		t.Run("remain-times-"+string(value), func(t *testing.T) {
			s := seed()
			s.RemainTimes = value
			server := start(t, s)
			if answer := wantCode(t, server, release(params{"PublicIpAddress": vpcIP}), 200, ""); answer.RemainTimes != want {
				t.Errorf("got %q, want %q", answer.RemainTimes, want)
			}
		})
	}
}

func TestReleasesRunOut(t *testing.T) {
	s := seed()
	s.Instances[0].PublicIPs = []string{"121.41.1.0", "121.41.1.1", "121.41.1.2", "121.41.1.3"}
	server := start(t, s)
	for _, address := range s.Instances[0].PublicIPs[:3] {
		wantCode(t, server, release(params{"PublicIpAddress": address}), 200, "")
	}
	wantCode(t, server, release(params{"PublicIpAddress": "121.41.1.3"}), 403, "OperationTimesOverLimit")
}
