package ecsapi_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

const released = `{"RequestId":"473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E"}`

// instant answers every request with a release, as fast as it can.
func instant(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, released) }

var benchInput = ecsapi.ReleaseInput{RegionID: "cn-hangzhou", PublicIPAddress: "121.40.10.11", InstanceID: "i-bp67acfmxazb4p0001"}

func BenchmarkRelease(b *testing.B) {
	client, _ := serve(b, instant)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.ReleasePublicIPAddress(b.Context(), benchInput); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReleaseByNetHTTP posts a request of the same size without the SDK.
func BenchmarkReleaseByNetHTTP(b *testing.B) {
	_, server := serve(b, instant)
	url := server.URL + "/?AccessKeyId=id&Action=ReleasePublicIpAddress&Format=json&InstanceId=i-bp67acfmxazb4p0001" +
		"&PublicIpAddress=121.40.10.11&RegionId=cn-hangzhou&Signature=IJNco%2BAwxza0Zln9N6icHh%2FcJZg%3D&SignatureMethod=HMAC-SHA1" +
		"&SignatureNonce=43c717d62be7225aa7978db0244fe384&SignatureVersion=1.0&Timestamp=2026-11-24T08%3A23%3A01Z&Version=2014-05-26"
	b.ReportAllocs()
	for b.Loop() {
		resp, err := http.Post(url, "", nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadAll(resp.Body); err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
	}
}

// maxAllocations is what a release may allocate, the endpoint of the test
// included. Raise it only for something that is worth it.
const maxAllocations = 250

func TestRelease_allocations(t *testing.T) {
	client, _ := serve(t, instant)
	allocations := testing.AllocsPerRun(200, func() {
		if _, err := client.ReleasePublicIPAddress(t.Context(), benchInput); err != nil {
			t.Error(err)
		}
	})
	t.Logf("%.0f allocations a release", allocations)
	if allocations > maxAllocations {
		t.Errorf("%.0f allocations a release, want at most %d", allocations, maxAllocations)
	}
}
