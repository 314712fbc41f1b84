package main

import (
	"fmt"
	"net/http"
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

// applies measures one apply of 1, 100 and 1000 releases, and plans with
// nothing to do over the last.
func (b *bench) applies(r *report) error {
	peer, err := b.findPeer()
	if err != nil {
		return err
	}
	for _, count := range []int{1, 100, 1000} {
		var server *ecsmock.Server
		var here, twin, data, cli applies
		runs := b.runs
		if count == 1 {
			runs *= 5 // they are short
		}
		for range runs {
			if server, err = endpoint(count); err != nil {
				return err
			}
			defer server.Close()
			if err := b.apply(&here, releases(count), server); err != nil {
				return err
			}
			if server.Releases() != count {
				return fmt.Errorf("%d of %d addresses were released", server.Releases(), count)
			}
			if err := b.apply(&twin, twins(count), nil); err != nil {
				return err
			}
			if err := b.apply(&data, floor(count), nil); err != nil {
				return err
			}
			if peer == nil {
				continue
			}
			other, err := endpoint(count)
			if err != nil {
				return err
			}
			defer other.Close()
			if err := b.apply(&cli, peer.config(other, count), nil); err != nil {
				return err
			}
			if other.Releases() != count {
				return fmt.Errorf("%s released %d of %d addresses", peer.name, other.Releases(), count)
			}
		}
		besideCLI := "neither the aliyun CLI nor curl is installed"
		if peer != nil {
			besideCLI = beside(here.took, cli.took, peer.name)
		}
		goal := "ahead of the CLI"
		if count == 1000 {
			goal = "ratio 1.10 to terraform_data, ahead of the CLI"
		}
		r.add(fmt.Sprintf("apply of %d", count), here.took.String(),
			beside(here.took, data.took, terraformData)+"; "+beside(here.took, twin.took, idleTwin)+"; "+besideCLI, goal)
		if count == 1000 {
			traffic := server.Traffic()
			r.add("requests a release, of 1000", fmt.Sprintf("%.3f", float64(len(server.Calls()))/float64(count)), "", "1")
			r.add("TCP connections, of 1000", fmt.Sprint(traffic.Opened), "10, the parallelism", "the parallelism")
			r.add("bytes sent and received a release", fmt.Sprintf("%d and %d", traffic.BytesRead/int64(count), traffic.BytesWritten/int64(count)), "", "")
			r.add("resident memory at the peak of 1000", megabytes(here.memory), megabytes(twin.memory)+" with "+idleTwin, "20 MB more at most")
			if err := b.idlePlans(r, server, here.dir, data.dir, twin.dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// applies are measured applies of one configuration.
type applies struct {
	took   times
	memory int    // the most resident memory that a provider had, in bytes
	dir    string // of the last
}

// apply measures one apply of a configuration in a new folder.
func (b *bench) apply(a *applies, config string, server *ecsmock.Server) error {
	dir, err := b.workspace(config)
	if err != nil {
		return err
	}
	memory := watchMemory(b.provider, b.smallest)
	took, err := b.run(dir, server, "apply", "-auto-approve")
	a.took, a.memory, a.dir = append(a.took, took), max(a.memory, memory()), dir
	return err
}

// idlePlans measures plans with nothing to do in folders where all is applied.
func (b *bench) idlePlans(r *report, server *ecsmock.Server, here, data, twin string) error {
	calls := len(server.Calls())
	took := map[string]times{}
	for range 2*b.runs - 1 {
		for _, dir := range []string{here, data, twin} {
			t, err := b.run(dir, server, "plan", "-detailed-exitcode")
			if err != nil {
				return err
			}
			took[dir] = append(took[dir], t)
		}
	}
	if asked := len(server.Calls()) - calls; asked != 0 {
		return fmt.Errorf("%d requests by plans with nothing to do", asked)
	}
	r.add("plan with nothing to do over 1000", took[here].String(),
		beside(took[here], took[data], terraformData)+"; "+beside(took[here], took[twin], idleTwin), "ratio 1.05 to terraform_data")
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
