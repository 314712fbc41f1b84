package ecsapi_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

func TestDescribeInstances_answer(t *testing.T) {
	const id = `{"RequestId":"473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E",`
	list := func(instances string) string { return id + `"Instances":{"Instance":[` + instances + `]}}` }
	bare := []ecsapi.Instance{{ID: "i-1"}}
	for name, tc := range map[string]struct {
		answer string
		want   []ecsapi.Instance
		kind   rpc.Kind // 0: success
	}{
		"everything": {
			answer: id + `"TotalCount":1,"Instances":{"Instance":[{"InstanceId":"i-1","Status":"Stopped","InstanceNetworkType":"vpc","CreationTime":"2017-12-10T04:04Z",
				"PublicIpAddress":{"IpAddress":["121.40.10.11","121.40.10.12"]},"EipAddress":{"AllocationId":"eip-1","IpAddress":"121.40.10.13","Bandwidth":5},
				"OperationLocks":{"LockReason":[{"LockReason":"security"},{"LockReason":"financial"}]}}]}}`,
			want: []ecsapi.Instance{{
				ID: "i-1", Status: "Stopped", VPC: true, Created: time.Date(2017, 12, 10, 4, 4, 0, 0, time.UTC),
				PublicIPAddresses: []string{"121.40.10.11", "121.40.10.12"}, EIP: ecsapi.EIP{AllocationID: "eip-1", Address: "121.40.10.13"},
				LockReasons: []string{"security", "financial"},
			}},
		},
		"classic-and-bare": {answer: list(`{"InstanceId":"i-1","InstanceNetworkType":"classic"}`), want: bare},
		"nulls":            {answer: list(`{"InstanceId":"i-1","PublicIpAddress":null,"EipAddress":null,"OperationLocks":{"LockReason":null}}`), want: bare},
		"creation-with-seconds": {
			answer: list(`{"InstanceId":"i-1","CreationTime":"2017-12-10T04:04:05Z"}`),
			want:   []ecsapi.Instance{{ID: "i-1", Created: time.Date(2017, 12, 10, 4, 4, 5, 0, time.UTC)}},
		},
		"creation-unreadable": {answer: list(`{"InstanceId":"i-1","CreationTime":"yesterday"}`), want: bare},
		"several":             {answer: list(`{"InstanceId":"i-1"},{"InstanceId":"i-2"}`), want: []ecsapi.Instance{{ID: "i-1"}, {ID: "i-2"}}},
		"control-characters": {answer: list(`{"InstanceId":"i-1\u001b[31m","Status":"Run\nning","PublicIpAddress":{"IpAddress":["1\u0000"]}}`),
			want: []ecsapi.Instance{{ID: "i-1 [31m", Status: "Run ning", PublicIPAddresses: []string{"1"}}}},
		"none":              {answer: list("")},
		"no-list":           {answer: id + `"TotalCount":0}`},
		"list-of-another":   {answer: id + `"Instances":[]}`, kind: ecsapi.NotAPI},
		"name-not-a-string": {answer: list(`{"InstanceId":1}`), kind: ecsapi.NotAPI},
		"error":             {answer: id + `"Code":"Forbidden.RAM","Message":"No."}`, kind: ecsapi.Answered},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, tc.answer) })
			got, err := client.DescribeInstances(t.Context(), ecsapi.DescribeInput{RegionID: "cn-hangzhou"})
			switch {
			case tc.kind != 0 && failure(t, err).Kind != tc.kind:
				t.Errorf("got %v, want kind %d", err, tc.kind)
			case tc.kind == 0 && (err != nil || !reflect.DeepEqual(got, tc.want)):
				t.Errorf("got %+v and %v, want %+v", got, err, tc.want)
			}
		})
	}
}

// TestDescribeInstances_abandoned checks that a question which was sent ends with
// its context.
func TestDescribeInstances_abandoned(t *testing.T) {
	arrived, held := make(chan struct{}), make(chan struct{})
	client, _ := serve(t, func(http.ResponseWriter, *http.Request) { close(arrived); <-held })
	t.Cleanup(func() { close(held) })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if _, err := client.DescribeInstances(ctx, ecsapi.DescribeInput{RegionID: "cn-hangzhou"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestDescribeInstances_mock has the mock, which knows the API's page and not
// this client, read the conditions and write the answer.
func TestDescribeInstances_mock(t *testing.T) {
	instance := func(id, address, elastic string) ecsmock.Instance {
		return ecsmock.Instance{
			ID: id, Region: "cn-hangzhou", Network: ecsmock.VPC, CreatedHoursAgo: 2, PublicIPs: []string{address},
			EIP: &ecsmock.EIP{AllocationID: "eip-" + id, Address: elastic}, Locks: []string{"security"},
		}
	}
	server, err := ecsmock.New(ecsmock.Seed{
		Keys:      []ecsmock.Key{{ID: "mock-id", Secret: "mock-secret"}},
		Instances: []ecsmock.Instance{instance("i-1", "121.40.10.11", "121.40.20.11"), instance("i-2", "121.40.10.12", "121.40.20.12")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	client := newClient(server.Addr(), rpc.Keys{AccessKeyID: "mock-id", AccessKeySecret: "mock-secret"})
	for name, tc := range map[string]struct {
		in    ecsapi.DescribeInput
		found bool
	}{
		"by-id":         {ecsapi.DescribeInput{InstanceID: "i-2"}, true},
		"by-address":    {ecsapi.DescribeInput{PublicIPAddress: "121.40.10.12"}, true},
		"by-eip":        {ecsapi.DescribeInput{EIPAddress: "121.40.20.12"}, true},
		"by-all":        {ecsapi.DescribeInput{InstanceID: "i-2", PublicIPAddress: "121.40.10.12", EIPAddress: "121.40.20.12"}, true},
		"unlike-pair":   {ecsapi.DescribeInput{InstanceID: "i-1", PublicIPAddress: "121.40.10.12"}, false},
		"not-an-eip":    {ecsapi.DescribeInput{EIPAddress: "121.40.10.12"}, false},
		"other-region":  {ecsapi.DescribeInput{RegionID: "cn-beijing", InstanceID: "i-1"}, false},
		"no-such-thing": {ecsapi.DescribeInput{InstanceID: "i-3"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			tc.in.RegionID = cmp.Or(tc.in.RegionID, "cn-hangzhou")
			got, err := client.DescribeInstances(t.Context(), tc.in)
			if err != nil || len(got) > 1 || (len(got) == 1) != tc.found {
				t.Fatalf("got %+v and %v, want one instance: %v", got, err, tc.found)
			}
			calls := server.Calls()
			if most := calls[len(calls)-1].Params.Get("MaxResults"); most != "10" {
				t.Errorf("at most %q were asked for, want 10", most)
			}
			if !tc.found {
				return
			}
			if age := time.Since(got[0].Created); age < 2*time.Hour-time.Minute || age > 2*time.Hour+2*time.Minute {
				t.Errorf("it is %s old, want 2h", age)
			}
			got[0].Created = time.Time{}
			want := ecsapi.Instance{
				ID: "i-2", Status: "Running", VPC: true, PublicIPAddresses: []string{"121.40.10.12"},
				EIP: ecsapi.EIP{AllocationID: "eip-i-2", Address: "121.40.20.12"}, LockReasons: []string{"security"},
			}
			if !reflect.DeepEqual(got[0], want) {
				t.Errorf("got %+v, want %+v", got[0], want)
			}
		})
	}
}
