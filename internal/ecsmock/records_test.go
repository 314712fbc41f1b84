package ecsmock_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

func TestRecords_start_after_refusals(t *testing.T) {
	s := seed()
	s.Instances[0].Status = ecsmock.Starting
	s.Instances[0].RunningAfter = 2
	server := start(t, s)
	over := release(nil)
	wantCode(t, server, over, 403, "IncorrectInstanceStatus")
	wantCode(t, server, over, 403, "IncorrectInstanceStatus")
	if i, _ := server.Instance(vpcID); i.Status != ecsmock.Running {
		t.Errorf("status %s", i.Status)
	}
	wantCode(t, server, over, 200, "")
}

func TestRecords_change(t *testing.T) {
	server := start(t, seed())
	const address = "121.40.10.30"
	over := release(params{"PublicIpAddress": address, "InstanceId": "i-bp1new"})
	wantCode(t, server, over, 404, "InvalidInstanceId.NotFound")
	server.AddInstance(ecsmock.Instance{ID: "i-bp1new", Region: region, Network: ecsmock.VPC, PublicIPs: []string{address}})
	copied, _ := server.Instance("i-bp1new")
	copied.PublicIPs[0] = vpcIP // changes nothing at the server
	wantCode(t, server, over, 200, "")

	got, found := server.Instance("i-bp1new")
	if !found || got.Status != ecsmock.Running || *got.ReleasesLeft != 2 || len(got.PublicIPs) != 0 {
		t.Errorf("got %+v", got)
	}
	server.RemoveInstance("i-bp1new")
	if _, found := server.Instance("i-bp1new"); found {
		t.Error("the instance is still on record")
	}
	wantCode(t, server, over, 404, "InvalidInstanceId.NotFound")
}

func TestServer_mistakes_in_a_test_panic(t *testing.T) {
	server := start(t, seed())
	for name, test := range map[string]struct {
		do   func()
		seed bool // the panic is a SeedError
	}{
		"instance-twice":   {func() { server.AddInstance(ecsmock.Instance{ID: vpcID, Region: region, Network: ecsmock.VPC}) }, false},
		"instance-bad":     {func() { server.AddInstance(ecsmock.Instance{ID: "i-1", Region: region}) }, true},
		"key-bad":          {func() { server.SetKey(ecsmock.Key{ID: "id"}) }, true},
		"fault-bad":        {func() { server.Inject(ecsmock.Fault{Kind: "explode"}) }, true},
		"given-to-unknown": {func() { server.Inject(ecsmock.Fault{Kind: ecsmock.Pass, GivenTo: "i-bp1nobody"}) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				thrown := recover()
				if thrown == nil {
					t.Fatal("no panic")
				}
				err, _ := thrown.(error)
				if seedError := (*ecsmock.SeedError)(nil); errors.As(err, &seedError) != test.seed {
					t.Errorf("panic with %s", fmt.Sprint(thrown))
				}
			}()
			test.do()
		})
	}
}
