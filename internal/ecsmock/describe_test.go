package ecsmock_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

func TestDescribeSelects(t *testing.T) {
	s := seed()
	s.Instances = append(s.Instances, ecsmock.Instance{ID: "i-2zemockbeijing", Region: "cn-beijing", Network: ecsmock.VPC, PublicIPs: []string{"39.96.1.1"}})
	server := start(t, s)
	for name, test := range map[string]struct {
		over params
		want []string
	}{
		"all-of-region":        {nil, []string{vpcID, classicID, eipID}},
		"other-region":         {params{"RegionId": "cn-beijing"}, []string{"i-2zemockbeijing"}},
		"by-id":                {params{"InstanceIds": `["` + classicID + `","` + eipID + `"]`}, []string{classicID, eipID}},
		"by-id-of-nothing":     {params{"InstanceIds": `[]`}, nil},
		"by-id-elsewhere":      {params{"InstanceIds": `["i-2zemockbeijing"]`}, nil},
		"by-public-ip":         {params{"PublicIpAddresses": `["` + vpcIP + `"]`}, []string{vpcID}},
		"by-public-ip-not-eip": {params{"PublicIpAddresses": `["` + eipIP + `"]`}, nil},
		"by-eip":               {params{"EipAddresses": `["` + eipIP + `"]`}, []string{eipID}},
		"by-eip-not-public-ip": {params{"EipAddresses": `["` + vpcIP + `"]`}, nil},
		"all-filters-must-fit": {params{"InstanceIds": `["` + classicID + `"]`, "PublicIpAddresses": `["` + vpcIP + `"]`}, nil},
		"id-and-ip-that-fit":   {params{"InstanceIds": `["` + vpcID + `"]`, "PublicIpAddresses": `["` + vpcIP + `"]`}, []string{vpcID}},
	} {
		t.Run(name, func(t *testing.T) {
			answer := wantCode(t, server, describe(test.over), 200, "")
			var got []string
			for _, i := range answer.Instances.Instance {
				got = append(got, i.InstanceID)
			}
			if !slices.Equal(got, test.want) || answer.TotalCount != len(test.want) {
				t.Errorf("got %v of %d, want %v", got, answer.TotalCount, test.want)
			}
		})
	}
}

func TestDescribeRefuses(t *testing.T) {
	server := start(t, seed())
	tooMany := `["i-1"` + strings.Repeat(`,"i-1"`, 100) + `]`
	for name, test := range map[string]struct {
		over params
		code string
	}{
		"no-region":         {params{"RegionId": "-"}, "MissingParameter"},
		"ids-not-json":      {params{"InstanceIds": vpcID}, "InvalidInstanceIds.Malformed"},
		"ids-null":          {params{"InstanceIds": "null"}, "InvalidInstanceIds.Malformed"},
		"ids-of-numbers":    {params{"InstanceIds": "[1]"}, "InvalidInstanceIds.Malformed"},
		"ips-not-json":      {params{"PublicIpAddresses": vpcIP}, "InvalidParameter"},
		"eips-not-json":     {params{"EipAddresses": "{}"}, "InvalidParameter"},
		"over-hundred":      {params{"InstanceIds": tooMany}, "InvalidParameter"},
		"page-zero":         {params{"PageNumber": "0"}, "InvalidParameter"},
		"page-not-a-number": {params{"PageNumber": "one"}, "InvalidParameter"},
		"page-size-101":     {params{"PageSize": "101"}, "InvalidParameter"},
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, server, describe(test.over), 400, test.code) })
	}
}

func TestDescribePages(t *testing.T) {
	s := seed()
	s.Instances = nil
	for i := range 25 {
		s.Instances = append(s.Instances, ecsmock.Instance{ID: fmt.Sprintf("i-%02d", i), Region: region, Network: ecsmock.VPC})
	}
	server := start(t, s)
	for name, test := range map[string]struct {
		over  params
		first string
		n     int
	}{
		"default":      {nil, "i-00", 10},
		"second":       {params{"PageNumber": "2"}, "i-10", 10},
		"last":         {params{"PageNumber": "3"}, "i-20", 5},
		"past-the-end": {params{"PageNumber": "4"}, "", 0},
		"larger":       {params{"PageSize": "100"}, "i-00", 25},
		"smaller":      {params{"PageNumber": "2", "PageSize": "3"}, "i-03", 3},
	} {
		t.Run(name, func(t *testing.T) {
			answer := wantCode(t, server, describe(test.over), 200, "")
			got := answer.Instances.Instance
			if len(got) != test.n || answer.TotalCount != 25 || test.n > 0 && got[0].InstanceID != test.first {
				t.Errorf("got %d of %d from %v", len(got), answer.TotalCount, got)
			}
		})
	}
}

func TestDescribeShowsTheRecord(t *testing.T) {
	c := newClock()
	s := seed()
	s.Instances[0].Locks = []string{"security", "financial"}
	s.Instances[0].Status = ecsmock.Stopped
	s.Instances[0].CreatedHoursAgo = 1.5
	server := start(t, s, ecsmock.Clock(c.read))
	ask := func() []instance {
		response, err := send(server, signed(http.MethodPost, c.now, describe(nil)))
		if err != nil {
			t.Fatal(err)
		}
		_, answer := decode(t, response)
		if len(answer.Instances.Instance) != 3 {
			t.Fatalf("got %+v", answer)
		}
		return answer.Instances.Instance
	}
	list := ask()
	vpc, classic, eip := list[0], list[1], list[2]
	if vpc.RegionID != region || vpc.Status != "Stopped" || vpc.InstanceNetworkType != "vpc" || vpc.CreationTime != "2026-04-16T10:30Z" {
		t.Errorf("got %+v", vpc)
	}
	if locks := vpc.OperationLocks.LockReason; len(locks) != 2 || locks[0].LockReason != "security" || locks[1].LockReason != "financial" {
		t.Errorf("locks %+v", locks)
	}
	if !slices.Equal(vpc.PublicIPAddress.IPAddress, []string{vpcIP}) || vpc.EIPAddress.AllocationID != "" {
		t.Errorf("addresses %+v", vpc)
	}
	if classic.InstanceNetworkType != "classic" || len(classic.OperationLocks.LockReason) != 0 {
		t.Errorf("got %+v", classic)
	}
	if eip.EIPAddress.AllocationID != "eip-bp1mock" || eip.EIPAddress.IPAddress != eipIP || len(eip.PublicIPAddress.IPAddress) != 0 {
		t.Errorf("got %+v", eip)
	}

	// The creation time stays while the clock and the rest of the record move.
	c.now = c.now.Add(time.Hour)
	server.SetStatus(vpcID, ecsmock.Starting)
	if vpc := ask()[0]; vpc.CreationTime != "2026-04-16T10:30Z" || vpc.Status != "Starting" {
		t.Errorf("got %+v", vpc)
	}
	server.UpdateInstance(vpcID, func(i *ecsmock.Instance) { i.CreatedHoursAgo = 7 })
	if vpc := ask()[0]; vpc.CreationTime != "2026-04-16T06:00Z" {
		t.Errorf("got %+v", vpc)
	}
}

func TestDeniedDescribe(t *testing.T) {
	s := seed()
	s.Keys[0].DeniedActions = []string{ecsmock.RAMDescribe}
	t.Run("forbidden", func(t *testing.T) {
		answer := wantCode(t, start(t, s), describe(nil), 403, "Forbidden.RAM")
		if got := answer.AccessDeniedDetail["AuthAction"]; got != ecsmock.RAMDescribe {
			t.Errorf("AuthAction is %q", got)
		}
	})
	t.Run("empty-list", func(t *testing.T) {
		s.Keys[0].EmptyListWhenDenied = true
		answer := wantCode(t, start(t, s), describe(nil), 200, "")
		if answer.TotalCount != 0 || len(answer.Instances.Instance) != 0 {
			t.Errorf("got %+v", answer)
		}
	})
}
