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
func endpoint(addresses int, faults ...ecsmock.Fault) (*ecsmock.Server, error) {
	seed := ecsmock.Seed{Keys: []ecsmock.Key{{ID: accessKey, Secret: secretKey}}, Faults: faults}
	for n := range addresses {
		seed.Instances = append(seed.Instances, ecsmock.Instance{
			ID: fmt.Sprintf("i-bench%d", n), Region: region, Network: ecsmock.VPC, CreatedHoursAgo: 1,
			PublicIPs: []string{publicIP(n)},
		})
	}
	return ecsmock.New(seed)
}

// releases calls the endpoint that the environment names, or an endpoints block.
func releases(count int, endpoints string) string {
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
  %s
}
resource "alicloud_ecs_public_ip_release" "test" {
  count             = %d
  public_ip_address = "121.40.${floor(count.index / 250)}.${count.index %% 250 + 1}"
}
`, region, accessKey, secretKey, endpoints, count)
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
	for _, count := range []int{1, 100, 1000} {
		var server *ecsmock.Server
		var here, twin, data, block applies
		runs, limit := b.runs, 1.05
		if count == 1 {
			runs, limit = 5*b.runs, 1.10 // they are short
		}
		for range runs {
			var err error
			if server, err = b.release(&here, count, false); err != nil {
				return err
			}
			defer server.Close()
			if err := b.apply(&twin, twins(count), nil); err != nil {
				return err
			}
			if err := b.apply(&data, floor(count), nil); err != nil {
				return err
			}
			if count == 1 {
				other, err := b.release(&block, count, true)
				if err != nil {
					return err
				}
				other.Close()
			}
		}
		r.add(fmt.Sprintf("apply of %d", count), here.took.String(),
			beside(here.took, twin.took, idleTwin)+"; "+beside(here.took, data.took, terraformData),
			atMost(limit, ratio(here.took, twin.took), timesTheTwin))
		if count == 1 {
			r.add("the same with an `endpoints` block", block.took.String(), beside(block.took, here.took, "the endpoint in the environment"), "")
		}
		if count == 1000 {
			traffic, perRelease := server.Traffic(), float64(len(server.Calls()))/float64(count)
			r.add("requests a release, of 1000", fmt.Sprintf("%.3f", perRelease), "", atMost(1, perRelease, ""))
			r.add("TCP connections, of 1000", fmt.Sprint(traffic.Opened), "10, the parallelism", atMost(10, float64(traffic.Opened), ""))
			r.add("bytes sent and received a release", fmt.Sprintf("%d and %d", traffic.BytesRead/int64(count), traffic.BytesWritten/int64(count)), "", "")
			r.addMemory("resident memory at the peak of 1000", here.memory, twin.memory, idleTwin)
			if err := b.idlePlans(r, server, here.dir, data.dir, twin.dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// release measures one apply of so many releases at an endpoint of its own,
// which it returns.
func (b *bench) release(a *applies, count int, block bool, faults ...ecsmock.Fault) (*ecsmock.Server, error) {
	server, err := endpoint(count, faults...)
	if err != nil {
		return nil, err
	}
	config, environment := releases(count, ""), server
	if block {
		config, environment = releases(count, fmt.Sprintf("endpoints {\n    ecs = %q\n  }", server.URL())), nil
	}
	if err := b.apply(a, config, environment); err != nil {
		server.Close()
		return nil, err
	}
	return server, released(server, count, "the provider")
}

// released returns an error unless all addresses of the endpoint were released.
func released(server *ecsmock.Server, count int, by string) error {
	if got := server.Releases(); got != count {
		return fmt.Errorf("%s released %d of %d addresses", by, got, count)
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
		beside(took[here], took[twin], idleTwin)+"; "+beside(took[here], took[data], terraformData),
		atMost(1.05, ratio(took[here], took[twin]), timesTheTwin))
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
		dir, err := b.workspace(releases(count, ""))
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
	perRelease := float64(requests) / float64(count*b.runs)
	r.add("300 at parallelism 50, endpoint takes 40 a second: requests a release",
		fmt.Sprintf("%.2f", perRelease), "", atMost(1.2, perRelease, ""))
	r.add("the same: first to last request", took.String(),
		fmt.Sprintf("%s is the limit's own time (ratio %.2f)", least.median(), ratio(took, least)),
		atMost(1.2, ratio(took, least), "times the limit's"))
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
	if err := released(server, count, "net/http"); err != nil {
		return err
	}
	r.add("the mock endpoint by itself", fmt.Sprintf("%.0f requests a second", count/took.Seconds()), "net/http, 10 callers", "")
	return nil
}
