package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// peer is what people released addresses with before: a program that a
// local-exec calls for each.
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

// config calls the peer for each of so many addresses.
func (p *peer) config(server *ecsmock.Server, count int) string {
	var commands strings.Builder
	for n := range count {
		fmt.Fprintf(&commands, "    %q,\n", p.command(server, n))
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
