package ecsapi

import (
	"cmp"
	"regexp"
)

// MaxRegionID is the length of the longest region ID that is accepted, in
// characters. The limit is that of a label of a host name.
const MaxRegionID = 63

// RegionID is what a region ID looks like, for example cn-hangzhou. Here as in
// other patterns the length is compared apart: each start of the provider would
// pay for the compilation of a counted repetition.
var RegionID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// ValidRegionID reports whether s is a region ID. It becomes part of a host
// name, so nothing else is accepted.
func ValidRegionID(s string) bool {
	return len(s) <= MaxRegionID && RegionID.MatchString(s)
}

// regional are the regions that do not answer at ecs.<region>.aliyuncs.com.
// Source: the endpoint table of Alibaba Cloud's ECS SDK.
var regional = map[string]string{
	"cn-hangzhou":           "ecs-cn-hangzhou.aliyuncs.com",
	"cn-shanghai-finance-1": "ecs-cn-hangzhou.aliyuncs.com",
	"cn-shenzhen-finance-1": "ecs-cn-hangzhou.aliyuncs.com",
	"cn-hangzhou-finance":   "ecs.aliyuncs.com",
	"cn-north-2-gov-1":      "ecs.aliyuncs.com",
}

// Endpoint returns the public host of the ECS API in a region, for example
// ecs.eu-central-1.aliyuncs.com. It asks nothing over the network.
func Endpoint(region string) string {
	return cmp.Or(regional[region], "ecs."+region+".aliyuncs.com")
}
