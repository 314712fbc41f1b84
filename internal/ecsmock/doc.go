// Package ecsmock is a stateful stand-in for the ECS gateway: it answers
// ReleasePublicIpAddress and DescribeInstances (API version 2014-05-26, RPC
// style) from records, not from a script. It needs only the standard library
// and shares no code with any client, so that a mistake in a client shows.
//
// # Start
//
// New starts a Server on 127.0.0.1 from a Seed; Close ends it and every answer
// that is still held back. NewGateway makes the same without a listener, as an
// http.Handler for a server of one's own (httptest.NewTLSServer, for example).
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
// In this order, and the first refusal is the answer: a Format that is not JSON,
// which is answered in words; method, path and parameters that cannot be read;
// Action and Version; access key and security token; signature V1 or V3;
// timestamp (15 minutes either way); nonce; the rate limit; a fault; the key's
// RAM denials; the action's parameters; the records. A request that is refused
// before the faults uses up none of them.
//
// A parameter of the real service that the mock does not support is refused by
// name, with the code NotSupportedByMock.
//
// # What a release meets
//
// A refusal follows from the records, in this order:
//
//   - InvalidInstanceId.NotFound: no such instance, or it is in another region
//     than RegionId. Without RegionId every region is searched.
//   - InvalidIpAddress.NotFound: no instance, or not the one named, has the
//     address on record.
//   - InvalidIpAddress.NeedInstanceId: more than one instance has it on record
//     and the request names none.
//   - OperationDenied: the address is the EIP of a VPC instance.
//   - InstanceLockedForSecurity: the instance has the lock "security". Other
//     locks are shown by DescribeInstances and refuse nothing.
//   - IncorrectInstanceStatus: the instance is neither Running nor Stopped.
//   - Forbidden.ExceedDuration: a VPC instance created over 6 hours ago.
//   - OperationTimesOverLimit: the instance has no releases left.
//   - DryRunOperation: DryRun is true and the endpoint heeds it.
//
// Otherwise the address leaves the records, once.
//
// # Steering a test
//
// AddInstance, RemoveInstance, SetKey, RemoveKey and SetRateLimit change the
// state while requests come in. Inject orders faults: an answer that is lost or
// late, an address that another instance has once it is released. A Gate holds
// a request until the test lets it go. Calls is the record of every request; it
// is complete for a request before its answer is sent. All methods may be called
// from any goroutine.
package ecsmock
