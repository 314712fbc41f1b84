// Package ecsmock is a stateful stand-in for the ECS gateway: it answers
// ReleasePublicIpAddress and DescribeInstances (API version 2014-05-26, RPC
// style) from records, not from a script. It needs only the standard library
// and shares no code with any client, so that a mistake in a client shows.
//
// # Start
//
// New starts a Server on 127.0.0.1 from a Seed; Close ends it and every answer
// that is still held back. NewGateway returns the same endpoint as an
// http.Handler, for example for httptest.NewTLSServer.
//
//	server, err := ecsmock.New(ecsmock.Seed{
//		Keys: []ecsmock.Key{{ID: "mock-id", Secret: "mock-secret"}},
//		Instances: []ecsmock.Instance{{
//			ID: "i-bp1mockvpc", Region: "cn-hangzhou", Network: ecsmock.VPC,
//			PublicIPs: []string{"121.40.10.11"}, CreatedHoursAgo: 1,
//		}},
//	})
//
// # What a request meets
//
// The first check that fails decides the answer: Format (anything but JSON is
// answered in words); method, path and encoding; Action and Version; access key
// and security token; signature V1 or V3; timestamp (15 minutes either way);
// nonce; the rate limit; a fault; the key's RAM denials; the action's
// parameters; the records. A request that fails before the faults uses up none.
//
// A parameter of the real service that the mock does not support is refused by
// name, with the code NotSupportedByMock.
//
// # What a release meets
//
// A refusal follows from the records, in this order:
//
//   - InvalidInstanceId.NotFound: the instance does not exist, or it is not in
//     the region RegionId. Without RegionId every region is searched.
//   - InvalidIpAddress.NotFound: no instance, or not the one named, has the
//     address.
//   - InvalidIpAddress.NeedInstanceId: more than one instance has the address
//     and the request does not name one.
//   - OperationDenied: the address is the EIP of a VPC instance.
//   - InstanceLockedForSecurity: the instance has the lock "security". Other
//     locks are shown by DescribeInstances and refuse nothing.
//   - IncorrectInstanceStatus: the instance is neither Running nor Stopped.
//   - Forbidden.ExceedDuration: a VPC instance created over 6 hours ago.
//   - OperationTimesOverLimit: the instance has no releases left.
//   - DryRunOperation: DryRun is true, and the seed does not say to ignore it.
//
// Otherwise the address leaves the records.
//
// # Controlling a test
//
// AddInstance, RemoveInstance, SetKey, RemoveKey and SetRateLimit change the
// state while requests come in. Inject queues faults, such as an answer that is
// lost or late, or an address that goes to another instance once it is released.
// A Gate holds a request until the test opens it. Calls records every request
// before its answer is sent. All methods may be called from any goroutine.
package ecsmock
