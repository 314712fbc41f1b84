// Package ecsapi makes the calls to the ECS API that this provider needs. It
// is the only package that imports Alibaba Cloud's RPC client (tea-rpc).
//
// tea-rpc builds and signs each request. The exchange itself, from the
// connection to the last byte of the answer, is made by this package, so that
// it is bounded in time and size, follows no redirect, and believes nothing
// that is not plainly the API's answer.
package ecsapi
