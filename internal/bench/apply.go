package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// publicIP is the n-th address of the benchmark's instances.
func publicIP(n int) string { return fmt.Sprintf("121.40.%d.%d", n/250, n%250+1) }

// endpoint starts an endpoint with so many addresses to release.
func endpoint(addresses int) (*ecsmock.Server, error) {
	seed := ecsmock.Seed{Keys: []ecsmock.Key{{ID: accessKey, Secret: secretKey}}}
	for n := range addresses {
		seed.Instances = append(seed.Instances, ecsmock.Instance{
			ID: fmt.Sprintf("i-bench%d", n), Region: region, Network: ecsmock.VPC, CreatedHoursAgo: 1,
			PublicIPs: []string{publicIP(n)},
		})
	}
	return ecsmock.New(seed)
}

func releases(count int) string {
	return fmt.Sprintf(`
terraform {
  required_providers {
    alicloud = { source = "alicloud-extras/alicloud" }
  }
}
provider "alicloud" {
  region     = %q
  access_key = %q
  secret_key = %q
}
resource "alicloud_ecs_public_ip_release" "test" {
  count             = %d
  public_ip_address = "121.40.${floor(count.index / 250)}.${count.index %% 250 + 1}"
}
`, region, accessKey, secretKey, count)
}

// twins are what a resource of these attributes costs that does nothing.
func twins(count int) string {
	return fmt.Sprintf(`
terraform {
  required_providers {
    smallest = { source = "alicloud-extras/smallest" }
  }
}
resource "smallest_twin" "test" {
  count             = %d
  public_ip_address = "121.40.${floor(count.index / 250)}.${count.index %% 250 + 1}"
}
`, count)
}

// floor is what Terraform costs without a provider's process.
func floor(count int) string {
	return fmt.Sprintf(`
resource "terraform_data" "test" {
  count = %d
  input = "121.40.${floor(count.index / 250)}.${count.index %% 250 + 1}"
}
`, count)
}

// curls is what people did before: a local-exec for each address, here without
// the cost of signing, which is done beforehand.
func curls(server *ecsmock.Server, count int) string {
	var urls strings.Builder
	for n := range count {
		fmt.Fprintf(&urls, "    %q,\n", signedURL(server.URL(), n))
	}
	return fmt.Sprintf(`
locals {
  urls = [
%s  ]
}
resource "terraform_data" "test" {
  count = %d
  provisioner "local-exec" {
    command = "curl -sSf -X POST '${local.urls[count.index]}'"
  }
}
`, urls.String(), count)
}

func signedURL(endpoint string, n int) string {
	params := url.Values{
		"Action": {"ReleasePublicIpAddress"}, "Version": {"2014-05-26"}, "Format": {"JSON"},
		"AccessKeyId": {accessKey}, "SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"},
		"SignatureNonce": {fmt.Sprintf("bench-%d-%d", time.Now().UnixNano(), n)},
		"Timestamp":      {time.Now().UTC().Format("2006-01-02T15:04:05Z")},
		"RegionId":       {region}, "PublicIpAddress": {publicIP(n)},
	}
	params.Set("Signature", ecsmock.Sign(http.MethodPost, params, secretKey))
	return endpoint + "/?" + params.Encode()
}

// applies measures one apply of 1, 100 and 1000 releases.
func (b *bench) applies(r *report) error {
	_, err := exec.LookPath("curl")
	withCurl := err == nil
	for _, count := range []int{1, 100, 1000} {
		var here, least, data, exec times
		var traffic ecsmock.Traffic
		var requests, peak, leastPeak int
		for range b.runs {
			server, err := endpoint(count)
			if err != nil {
				return err
			}
			defer server.Close()
			took, memory, err := b.apply(releases(count), server)
			if err != nil {
				return err
			}
			here, peak = append(here, took), max(peak, memory)
			traffic, requests = server.Traffic(), len(server.Calls())
			if server.Releases() != count {
				return fmt.Errorf("%d of %d addresses were released", server.Releases(), count)
			}

			if took, memory, err = b.apply(twins(count), nil); err != nil {
				return err
			}
			least, leastPeak = append(least, took), max(leastPeak, memory)

			if took, _, err = b.apply(floor(count), nil); err != nil {
				return err
			}
			data = append(data, took)

			if !withCurl {
				continue
			}
			other, err := endpoint(count)
			if err != nil {
				return err
			}
			defer other.Close()
			if took, _, err = b.apply(curls(other, count), nil); err != nil {
				return err
			}
			if other.Releases() != count {
				return fmt.Errorf("curl released %d of %d addresses", other.Releases(), count)
			}
			exec = append(exec, took)
		}
		curl := "curl is not installed"
		if withCurl {
			curl = beside(here, exec, "curl")
		}
		goal := "ahead of curl"
		if count == 1000 {
			goal = "ratio 1.10 to terraform_data, ahead of curl"
		}
		r.add(fmt.Sprintf("apply of %d", count), here.String(),
			beside(here, data, "terraform_data")+"; "+beside(here, least, idleTwin)+"; "+curl, goal)
		if count == 1000 {
			r.add("requests a release, of 1000", fmt.Sprintf("%.3f", float64(requests)/float64(count)), "", "1")
			r.add("TCP connections, of 1000", fmt.Sprint(traffic.Opened), "10, the parallelism", "the parallelism")
			r.add("bytes sent and received a release", fmt.Sprintf("%d and %d", traffic.BytesRead/int64(count), traffic.BytesWritten/int64(count)), "", "")
			r.add("resident memory at the peak of 1000", megabytes(peak), megabytes(leastPeak)+" with "+idleTwin, "20 MB more at most")
		}
	}
	return nil
}

// apply measures one apply of a configuration: its time, and the most resident
// memory that a provider had.
func (b *bench) apply(config string, server *ecsmock.Server) (time.Duration, int, error) {
	dir, err := b.workspace(config)
	if err != nil {
		return 0, 0, err
	}
	memory := watchMemory(b.provider, b.smallest)
	took, err := b.run(dir, server, "apply", "-auto-approve")
	return took, memory(), err
}

// idlePlan measures a plan with nothing to do.
func (b *bench) idlePlan(r *report) error {
	const count = 1000
	server, err := endpoint(count)
	if err != nil {
		return err
	}
	defer server.Close()
	configs := [...]string{releases(count), floor(count), twins(count)}
	var dirs [len(configs)]string
	for i, config := range configs {
		if dirs[i], err = b.workspace(config); err != nil {
			return err
		}
		if _, err := b.run(dirs[i], server, "apply", "-auto-approve"); err != nil {
			return err
		}
	}
	var took [len(configs)]times
	for range 2*b.runs - 1 {
		for i, dir := range dirs {
			t, err := b.run(dir, server, "plan", "-detailed-exitcode")
			if err != nil {
				return err
			}
			took[i] = append(took[i], t)
		}
	}
	if calls := len(server.Calls()); calls != count {
		return fmt.Errorf("%d requests for %d releases and plans with nothing to do", calls, count)
	}
	r.add("plan with nothing to do over 1000", took[0].String(),
		beside(took[0], took[1], "terraform_data")+"; "+beside(took[0], took[2], idleTwin), "ratio 1.05 to terraform_data")
	return nil
}

// throttled measures releases at an endpoint that takes fewer.
func (b *bench) throttled(r *report) error {
	const count, limit, burst = 300, 40, 5
	var took times
	requests := 0
	for range b.runs {
		server, err := endpoint(count)
		if err != nil {
			return err
		}
		defer server.Close()
		server.SetRateLimit(limit, burst)
		dir, err := b.workspace(releases(count))
		if err != nil {
			return err
		}
		if _, err := b.run(dir, server, "apply", "-auto-approve", "-parallelism=50"); err != nil {
			return err
		}
		calls := server.Calls()
		took = append(took, calls[len(calls)-1].Time.Sub(calls[0].Time))
		requests += len(calls)
	}
	least := times{(count - burst) * time.Second / limit}
	r.add("300 at parallelism 50, endpoint takes 40 a second: requests a release",
		fmt.Sprintf("%.2f", float64(requests)/float64(count*b.runs)), "", "1.2")
	r.add("the same: first to last request", took.String(),
		fmt.Sprintf("%s is the limit's own time (ratio %s)", least.median(), ratio(took, least)), "ratio 1.2")
	return nil
}

// mockCapacity measures the endpoint by itself, so that it is seen not to be
// what the other rows measure.
func (b *bench) mockCapacity(r *report) error {
	const count, callers = 5000, 10
	server, err := endpoint(count)
	if err != nil {
		return err
	}
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}}
	urls := make(chan string, count)
	for n := range count {
		urls <- signedURL(server.URL(), n)
	}
	close(urls)
	begun := time.Now()
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for u := range urls {
				if resp, err := client.Post(u, "", nil); err == nil {
					resp.Body.Close()
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(begun)
	if server.Releases() != count {
		return fmt.Errorf("the endpoint released %d of %d addresses", server.Releases(), count)
	}
	r.add("the mock endpoint by itself", fmt.Sprintf("%.0f requests a second", count/took.Seconds()), "net/http, 10 callers", "not the bottleneck")
	return nil
}
