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
		"young-vpc-instance":       {nil, nil, 200, ""},
		"any-region":               {nil, params{"RegionId": "-"}, 200, ""},
		"old-classic-instance":     {nil, params{"PublicIpAddress": classicIP}, 200, ""},
		"stopped":                  {status(ecsmock.Stopped), nil, 200, ""},
		"financial-lock":           {edit(func(i *ecsmock.Instance) { i.Locks = []string{"financial"} }), nil, 200, ""},
		"for-ram-conditions":       {nil, params{"SourceIp": "192.0.2.1", "SecureTransport": "true"}, 200, ""},
		"dry-run-false":            {nil, params{"DryRun": "false"}, 200, ""},
		"dry-run-ignored":          {func(s *ecsmock.Seed) { s.IgnoreDryRun = true }, params{"DryRun": "true"}, 200, ""},
		"address-missing":          {nil, params{"PublicIpAddress": "-"}, 400, "MissingParameter"},
		"address-of-another":       {nil, params{"PublicIpAddress": classicIP, "InstanceId": vpcID}, 400, "InvalidIpAddress.NotFound"},
		"address-in-other-region":  {nil, params{"RegionId": "cn-beijing"}, 400, "InvalidIpAddress.NotFound"},
		"instance-in-other-region": {nil, params{"InstanceId": vpcID, "RegionId": "cn-beijing"}, 404, "InvalidInstanceId.NotFound"},
		"twin-not-named":           {twin, nil, 403, "InvalidIpAddress.NeedInstanceId"},
		"eip":                      {nil, params{"PublicIpAddress": eipIP}, 400, "OperationDenied"},
		"security-lock":            {edit(func(i *ecsmock.Instance) { i.Locks = []string{"financial", "security"} }), nil, 403, "InstanceLockedForSecurity"},
		"pending":                  {status(ecsmock.Pending), nil, 403, "IncorrectInstanceStatus"},
		"starting":                 {status(ecsmock.Starting), nil, 403, "IncorrectInstanceStatus"},
		"stopping":                 {status(ecsmock.Stopping), nil, 403, "IncorrectInstanceStatus"},
		"old-vpc-instance":         {edit(func(i *ecsmock.Instance) { i.CreatedHoursAgo = 6.01 }), nil, 403, "Forbidden.ExceedDuration"},
		"no-releases-left":         {edit(func(i *ecsmock.Instance) { i.ReleasesLeft = new(0) }), nil, 403, "OperationTimesOverLimit"},
		"dry-run":                  {nil, params{"DryRun": "true"}, 400, "DryRunOperation"},
		"dry-run-of-nothing":       {nil, params{"PublicIpAddress": "121.40.99.99", "DryRun": "true"}, 400, "InvalidIpAddress.NotFound"},
		"unsupported-parameter":    {nil, params{"OwnerAccount": "someone"}, 400, "NotSupportedByMock"},
		"dry-run-not-a-boolean":    {nil, params{"DryRun": "maybe"}, 400, "InvalidParameter"},
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
				if i, _ := server.Instance(id); len(i.PublicIPs) != 1 || i.PublicIPs[0] != address {
					t.Errorf("%s lost its address: %+v", id, i)
				}
			}
		})
	}
}

func TestRelease_takes_one_address_of_one_instance(t *testing.T) {
	s := seed()
	s.Instances[0].PublicIPs = []string{vpcIP, "121.40.10.20"}
	s.Instances[1].PublicIPs = []string{classicIP, vpcIP}
	server := start(t, s)
	wantCode(t, server, release(params{"InstanceId": vpcID}), 200, "")
	for id, want := range map[string]string{vpcID: "[121.40.10.20]", classicID: fmt.Sprintf("[%s %s]", classicIP, vpcIP)} {
		if i, _ := server.Instance(id); fmt.Sprint(i.PublicIPs) != want {
			t.Errorf("%s has %v, want %s", id, i.PublicIPs, want)
		}
	}
}

func TestRemainTimes(t *testing.T) {
	for value, want := range map[ecsmock.RemainTimes]string{
		"": "hide", ecsmock.RemainTimesHide: "hide", ecsmock.RemainTimesCount: "2", ecsmock.RemainTimesAbsent: "",
	} {
		t.Run("remain-times-"+string(value), func(t *testing.T) {
			s := seed()
			s.RemainTimes = value
			server := start(t, s)
			if answer := wantCode(t, server, release(nil), 200, ""); answer.RemainTimes != want {
				t.Errorf("got %q, want %q", answer.RemainTimes, want)
			}
		})
	}
}
