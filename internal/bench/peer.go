package main

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// peer is what people released addresses with before: a program that a script
// or a local-exec calls for each.
type peer struct {
	name string
	// command returns the shell command that releases the n-th address.
	command func(server *ecsmock.Server, n int) string
}

// findPeer returns the aliyun CLI, else curl, or nil where neither is installed.
func (b *bench) findPeer() (*peer, error) {
	if _, err := exec.LookPath("aliyun"); err == nil {
		cmd := exec.CommandContext(b.ctx, "aliyun", "version")
		cmd.Env = b.env
		version, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("aliyun version: %w", err)
		}
		return &peer{name: "aliyun CLI " + strings.TrimSpace(string(version)), command: aliyunCommand}, nil
	}
	if _, err := exec.LookPath("curl"); err == nil {
		return &peer{name: "curl, signed beforehand", command: curlCommand}, nil
	}
	return nil, nil
}

func aliyunCommand(server *ecsmock.Server, n int) string {
	host := strings.TrimPrefix(server.URL(), "http://")
	return fmt.Sprintf("aliyun ecs ReleasePublicIpAddress --RegionId %s --PublicIpAddress %s --endpoint %s --insecure "+
		"--mode AK --access-key-id %s --access-key-secret %s --region %[1]s", region, publicIP(n), host, accessKey, secretKey)
}

func curlCommand(server *ecsmock.Server, n int) string {
	return fmt.Sprintf("curl -sSf -X POST '%s'", signedURL(server.URL(), n))
}

// roundTrips measures from how many releases on the provider is ahead of the
// peer when an answer takes 50 ms, as over a network.
func (b *bench) roundTrips(r *report) error {
	peer, err := b.findPeer()
	if err != nil || peer == nil {
		return err
	}
	slow := ecsmock.Fault{Kind: ecsmock.Pass, Always: true, DelayMS: 50}
	sizes := []int{1, 2, 3, 4, 5, 7, 10, 20, 50}
	here, script, each := make([]applies, len(sizes)), make([]applies, len(sizes)), make([]applies, len(sizes))
	for range b.runs {
		for i, count := range sizes {
			server, err := b.release(&here[i], count, false, slow)
			if err != nil {
				return err
			}
			server.Close()
			err = peer.release(count, slow, func(server *ecsmock.Server) error {
				return b.apply(&each[i], peer.config(server, count), nil)
			})
			if err != nil {
				return err
			}
			err = peer.release(count, slow, func(server *ecsmock.Server) error {
				took, err := b.script(strings.Join(peer.commands(server, count), "\n"))
				script[i].took = append(script[i].took, took)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	row := func(how string, theirs []applies) {
		from, text, ratios := math.Inf(1), "none of these", make([]string, len(sizes))
		for i, count := range slices.Backward(sizes) {
			of := ratio(here[i].took, theirs[i].took)
			if of < 1 && (i == len(sizes)-1 || from == float64(sizes[i+1])) {
				from, text = float64(count), fmt.Sprint(count)
			}
			ratios[i] = fmt.Sprintf("%.2f of %d", of, count)
		}
		r.add("50 ms to the endpoint: ahead of "+how+" from so many releases on", text,
			fmt.Sprintf("%s (ratios %s)", peer.name, strings.Join(ratios, ", ")), atMost(5, from, ""))
	}
	row("a script", script)
	row("a local-exec for each", each)
	return nil
}

// release has the peer release so many addresses of an endpoint of its own.
func (p *peer) release(count int, fault ecsmock.Fault, run func(*ecsmock.Server) error) error {
	server, err := endpoint(count, fault)
	if err != nil {
		return err
	}
	defer server.Close()
	if err := run(server); err != nil {
		return err
	}
	return released(server, count, p.name)
}

// commands returns the shell commands that release so many addresses.
func (p *peer) commands(server *ecsmock.Server, count int) []string {
	commands := make([]string, count)
	for n := range commands {
		commands[n] = p.command(server, n)
	}
	return commands
}

// config calls the peer for each of so many addresses.
func (p *peer) config(server *ecsmock.Server, count int) string {
	var commands strings.Builder
	for _, command := range p.commands(server, count) {
		fmt.Fprintf(&commands, "    %q,\n", command)
	}
	return fmt.Sprintf(`
locals {
  commands = [
%s  ]
}
resource "terraform_data" "test" {
  count = %d
  provisioner "local-exec" {
    command = local.commands[count.index]
  }
}
`, commands.String(), count)
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
