package ecsmock_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

func TestDescribe_selects(t *testing.T) {
	s := seed()
	s.Instances[0].Status = ecsmock.Stopped
	s.Instances[1].Locks = []string{"financial", "security"}
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
		"by-status":            {params{"Status": "Stopped"}, []string{vpcID}},
		"by-network":           {params{"InstanceNetworkType": "classic"}, []string{classicID}},
		"by-vpc":               {params{"VpcId": "vpc-bp1mock"}, []string{vpcID, eipID}},
		"by-vpc-of-nothing":    {params{"VpcId": "vpc-bp1other"}, nil},
		"by-lock":              {params{"LockReason": "security"}, []string{classicID}},
		"by-lock-of-nothing":   {params{"LockReason": "recycling"}, nil},
		"empty-is-no-filter":   {params{"Status": "", "InstanceName": ""}, []string{vpcID, classicID, eipID}},
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

func TestDescribe_refuses(t *testing.T) {
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
		"max-results-101":   {params{"MaxResults": "101"}, "InvalidParameter"},
		"token-of-another":  {params{"NextToken": "AAAAAV3MpHK1AP0pfERHZN5pu6l5V9uO"}, "InvalidParameter"},
		"token-below-zero":  {params{"NextToken": "mock-page-after--1"}, "InvalidParameter"},
		"unknown-status":    {params{"Status": "running"}, "InvalidParameter"},
		"unknown-network":   {params{"InstanceNetworkType": "VPC"}, "InvalidParameter"},
		"two-ways-to-page":  {params{"MaxResults": "10", "PageSize": "10"}, "NotSupportedByMock"},
		"token-and-page":    {params{"NextToken": "mock-page-after-10", "PageNumber": "2"}, "NotSupportedByMock"},
		"instance-name":     {params{"InstanceName": "web*"}, "NotSupportedByMock"},
		"tag":               {params{"Tag.1.Key": "role"}, "NotSupportedByMock"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := wantCode(t, server, describe(test.over), 400, test.code)
			if parameter := slices.Sorted(maps.Keys(test.over))[0]; parameter != "InstanceIds" || test.code == "InvalidParameter" {
				contains(t, answer.Message, parameter)
			}
		})
	}
}

// manyInstances is a seed of 25 instances, i-00 to i-24.
func manyInstances() ecsmock.Seed {
	s := seed()
	s.Instances = nil
	for i := range 25 {
		s.Instances = append(s.Instances, ecsmock.Instance{ID: fmt.Sprintf("i-%02d", i), Region: region, Network: ecsmock.VPC})
	}
	return s
}

func TestDescribe_pages_by_token(t *testing.T) {
	server := start(t, manyInstances())
	for name, test := range map[string]struct {
		over  params
		pages []int
	}{
		"default":       {params{"MaxResults": "10"}, []int{10, 10, 5}},
		"token-only":    {params{"NextToken": "mock-page-after-5"}, []int{10, 10}},
		"exactly-all":   {params{"MaxResults": "25"}, []int{25}},
		"more-than-all": {params{"MaxResults": "100"}, []int{25}},
		"past-the-end":  {params{"NextToken": "mock-page-after-99"}, []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			var pages []int
			var ids []string
			for over := describe(test.over); len(pages) <= len(test.pages); {
				answer := wantCode(t, server, over, 200, "")
				pages = append(pages, len(answer.Instances.Instance))
				for _, i := range answer.Instances.Instance {
					ids = append(ids, i.InstanceID)
				}
				if answer.TotalCount != 0 || answer.PageNumber != 0 || answer.PageSize != 0 {
					t.Errorf("numbers that do not hold by token: %+v", answer)
				}
				if over["NextToken"] = answer.NextToken; answer.NextToken == "" {
					break
				}
			}
			if !slices.Equal(pages, test.pages) {
				t.Errorf("pages of %v, want %v", pages, test.pages)
			}
			for n, id := range ids {
				if id != fmt.Sprintf("i-%02d", 25-len(ids)+n) {
					t.Fatalf("got %v", ids)
				}
			}
		})
	}
}

func TestDescribe_pages(t *testing.T) {
	server := start(t, manyInstances())
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
			if len(got) != test.n || answer.TotalCount != 25 || answer.NextToken != "" || test.n > 0 && got[0].InstanceID != test.first {
				t.Errorf("got %d of %d from %v", len(got), answer.TotalCount, got)
			}
		})
	}
}

func TestDescribe_shows_the_record(t *testing.T) {
	c := newClock()
	s := seed()
	s.Instances[0].Locks = []string{"security", "financial"}
	s.Instances[0].Status = ecsmock.Stopped
	s.Instances[0].CreatedHoursAgo = 1.5
	server := start(t, s, ecsmock.Clock(c.read))
	addresses := func(public, allocation, eip string) string {
		return fmt.Sprintf("PublicIPAddress:{IPAddress:[%s]} EIPAddress:{AllocationID:%s IPAddress:%s}", public, allocation, eip)
	}
	want := []string{
		"{InstanceID:i-bp1mockvpc RegionID:cn-hangzhou Status:Stopped InstanceNetworkType:vpc CreationTime:2026-04-16T10:30Z " +
			addresses(vpcIP, "", "") + " OperationLocks:{LockReason:[{LockReason:security} {LockReason:financial}]}}",
		"{InstanceID:i-bp1mockclassic RegionID:cn-hangzhou Status:Running InstanceNetworkType:classic CreationTime:2026-03-05T20:00Z " +
			addresses(classicIP, "", "") + " OperationLocks:{LockReason:[]}}",
		"{InstanceID:i-bp1mockeip RegionID:cn-hangzhou Status:Running InstanceNetworkType:vpc CreationTime:2026-04-16T11:00Z " +
			addresses("", "eip-bp1mock", eipIP) + " OperationLocks:{LockReason:[]}}",
	}
	for range 2 {
		answer := wantCode(t, server, c.stamp(describe(nil)), 200, "")
		if got := fmt.Sprintf("%+v", answer.Instances.Instance); got != fmt.Sprint(want) {
			t.Errorf("got %s, want %s", got, want)
		}
		c.now = c.now.Add(time.Hour) // while the creation times stay
	}
}
