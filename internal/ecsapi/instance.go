package ecsapi

import (
	"context"
	"encoding/json"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

// Instance is what DescribeInstances says of an instance, as far as a release
// depends on it.
type Instance struct {
	ID     string
	Status string // for example Running or Stopped
	VPC    bool   // false: the classic network
	// Created is zero if ECS gave no time that can be read. It is exact to the
	// minute, or to the second.
	Created time.Time
	// PublicIPAddresses are the classic or static public addresses. An EIP is
	// not among them.
	PublicIPAddresses []string
	EIP               EIP
	// LockReasons are such as security or financial; empty if not locked.
	LockReasons []string
}

// EIP is the elastic IP address of an instance; empty if it has none.
type EIP struct {
	AllocationID string
	Address      string
}

// DescribeInput selects instances of a region. Conditions that are empty are
// left out, and an instance must meet the others all.
type DescribeInput struct {
	RegionID        string
	InstanceID      string
	PublicIPAddress string
	EIPAddress      string
}

// DescribeInstances returns the first few instances that meet the input. It is
// one request, and is abandoned when the context ends. The error is an *Error. A
// caller without permission may get an empty list instead of an error.
func (c *Client) DescribeInstances(ctx context.Context, in DescribeInput) ([]Instance, error) {
	params := map[string]string{"RegionId": in.RegionID, "MaxResults": "10"}
	for name, value := range map[string]string{
		"InstanceIds":       in.InstanceID,
		"PublicIpAddresses": in.PublicIPAddress,
		"EipAddresses":      in.EIPAddress,
	} {
		if value != "" {
			list, _ := json.Marshal([]string{value}) // a string always marshals
			params[name] = string(list)
		}
	}
	// The names of fields are matched in any case.
	var answer struct {
		Instances struct {
			Instance []struct {
				InstanceID, Status, InstanceNetworkType, CreationTime string

				PublicIPAddress struct{ IPAddress []string }
				EIPAddress      struct{ AllocationID, IPAddress string }
				OperationLocks  struct{ LockReason []struct{ LockReason string } }
			}
		}
	}
	if _, err := c.do(ctx, in.RegionID, rpc.Call{Action: "DescribeInstances", Query: params}, &answer); err != nil {
		return nil, err
	}
	var instances []Instance
	for _, i := range answer.Instances.Instance {
		created, err := time.Parse("2006-01-02T15:04Z", i.CreationTime)
		if err != nil {
			created, _ = time.Parse(time.RFC3339, i.CreationTime)
		}
		instance := Instance{
			ID:      rpc.Clean(i.InstanceID),
			Status:  rpc.Clean(i.Status),
			VPC:     i.InstanceNetworkType == "vpc",
			Created: created,
			EIP:     EIP{AllocationID: rpc.Clean(i.EIPAddress.AllocationID), Address: rpc.Clean(i.EIPAddress.IPAddress)},
		}
		for _, address := range i.PublicIPAddress.IPAddress {
			instance.PublicIPAddresses = append(instance.PublicIPAddresses, rpc.Clean(address))
		}
		for _, lock := range i.OperationLocks.LockReason {
			instance.LockReasons = append(instance.LockReasons, rpc.Clean(lock.LockReason))
		}
		instances = append(instances, instance)
	}
	return instances, nil
}
