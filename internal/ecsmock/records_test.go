package ecsmock_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

func TestInstanceStartsAfterRefusals(t *testing.T) {
	s := seed()
	s.Instances[0].Status = ecsmock.Starting
	s.Instances[0].RunningAfter = 2
	server := start(t, s)
	over := release(params{"PublicIpAddress": vpcIP})
	wantCode(t, server, over, 403, "IncorrectInstanceStatus")
	wantCode(t, server, over, 403, "IncorrectInstanceStatus")
	if i, _ := server.Instance(vpcID); i.Status != ecsmock.Running {
		t.Errorf("status %s", i.Status)
	}
	wantCode(t, server, over, 200, "")
}

func TestChangeAfterCalls(t *testing.T) {
	s := seed()
	s.Instances[0].Status = ecsmock.Starting
	server := start(t, s)
	server.AfterCalls("ReleasePublicIpAddress", 2, func() { server.SetStatus(vpcID, ecsmock.Running) })
	anyCalls := 0
	server.AfterCalls("", 2, func() { anyCalls = len(server.Calls()) })

	over := release(params{"PublicIpAddress": vpcIP})
	wantCode(t, server, over, 403, "IncorrectInstanceStatus")
	wantCode(t, server, describe(nil), 200, "")
	if anyCalls != 2 {
		t.Errorf("the change for any action ran at call %d, want 2", anyCalls)
	}
	server.Inject(ecsmock.Fault{Kind: ecsmock.BadGateway}) // this call is not carried out
	if response, err := send(server, signedNow(over)); err != nil {
		t.Error(err)
	} else {
		response.Body.Close()
	}
	wantCode(t, server, over, 403, "IncorrectInstanceStatus")
	wantCode(t, server, over, 200, "")
}

func TestStateChanges(t *testing.T) {
	server := start(t, seed())
	server.AddInstance(ecsmock.Instance{ID: "i-bp1new", Region: region, Network: ecsmock.VPC})
	over := release(params{"PublicIpAddress": "121.40.10.30", "InstanceId": "i-bp1new"})
	wantCode(t, server, over, 400, "InvalidIpAddress.NotFound")
	server.UpdateInstance("i-bp1new", func(i *ecsmock.Instance) { i.PublicIPs = append(i.PublicIPs, "121.40.10.30") })
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

func TestInstanceIsACopy(t *testing.T) {
	server := start(t, seed())
	got, _ := server.Instance(vpcID)
	got.PublicIPs[0] = "121.40.99.99"
	wantCode(t, server, release(params{"PublicIpAddress": vpcIP}), 200, "")
}

func TestMistakesInATestPanic(t *testing.T) {
	server := start(t, seed())
	for name, test := range map[string]struct {
		do   func()
		seed bool // the panic is a SeedError
	}{
		"instance-twice":   {func() { server.AddInstance(ecsmock.Instance{ID: vpcID, Region: region, Network: ecsmock.VPC}) }, false},
		"instance-bad":     {func() { server.AddInstance(ecsmock.Instance{ID: "i-1", Region: region}) }, true},
		"instance-unknown": {func() { server.SetStatus("i-bp1nobody", ecsmock.Running) }, false},
		"status-bad":       {func() { server.SetStatus(vpcID, "running") }, true},
		"key-bad":          {func() { server.SetKey(ecsmock.Key{ID: "id"}) }, true},
		"fault-bad":        {func() { server.Inject(ecsmock.Fault{Kind: "explode"}) }, true},
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
