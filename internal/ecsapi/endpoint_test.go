package ecsapi

import (
	"strings"
	"testing"
)

func TestEndpoint(t *testing.T) {
	for region, want := range map[string]string{
		"cn-hangzhou":           "ecs-cn-hangzhou.aliyuncs.com",
		"cn-shanghai-finance-1": "ecs-cn-hangzhou.aliyuncs.com",
		"cn-shenzhen-finance-1": "ecs-cn-hangzhou.aliyuncs.com",
		"cn-north-2-gov-1":      "ecs.aliyuncs.com",
		"cn-hangzhou-finance":   "ecs.aliyuncs.com",
		"cn-beijing":            "ecs.cn-beijing.aliyuncs.com",
		"eu-central-1":          "ecs.eu-central-1.aliyuncs.com",
	} {
		if got := Endpoint(region); got != want {
			t.Errorf("%s: got %s, want %s", region, got, want)
		}
	}
}

func TestRegionID(t *testing.T) {
	for region, want := range map[string]bool{
		"cn-hangzhou": true, "us-east-1": true, "cn-north-2-gov-1": true, strings.Repeat("a", 63): true,
		"": false, "CN": false, "cn_hangzhou": false, "-cn": false, "cn-": false, "evil.example": false, "a/b": false, "a@b": false, "cn\n": false,
		"cn--a": false, strings.Repeat("a", 64): false,
	} {
		if got := ValidRegionID(region); got != want {
			t.Errorf("%q: got %v, want %v", region, got, want)
		}
	}
}
