// Package acctest holds what acceptance tests share. Tests alone import it.
package acctest

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/provider"
)

// What the endpoint of StartECS knows.
const (
	Region    = "cn-hangzhou"
	AccessKey = "mock-access-key"
	SecretKey = "mock/secret+key="

	InstanceID = "i-bp1mockvpc" // has Address and OtherAddress
	Address    = "121.40.10.11"
	// OtherAddress is a second address of the instance.
	OtherAddress = "121.40.10.12"
)

// Factories serve the provider in the test's own process.
var Factories = map[string]func() (tfprotov6.ProviderServer, error){
	"alicloud": func() (tfprotov6.ProviderServer, error) { return provider.NewServer("test")(), nil },
}

// Seed is a small state: one key, and one instance with two addresses.
func Seed() ecsmock.Seed {
	return ecsmock.Seed{
		Keys: []ecsmock.Key{{ID: AccessKey, Secret: SecretKey}},
		Instances: []ecsmock.Instance{{
			ID:              InstanceID,
			Region:          Region,
			Network:         ecsmock.VPC,
			CreatedHoursAgo: 1,
			PublicIPs:       []string{Address, OtherAddress},
		}},
	}
}

// StartECS starts an endpoint that ends with the test.
func StartECS(t *testing.T, seed ecsmock.Seed) *ecsmock.Server {
	t.Helper()
	server, err := ecsmock.New(seed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// Patience is how long a test waits for something that comes at once unless the
// machine is busy. Only a defect makes it wait that long.
const Patience = 10 * time.Minute

// Limits yields time limits that double, from a second to about a minute. A test
// whose release is to run out of time, but not before it has called the endpoint,
// takes the first limit in which this machine gets that far.
func Limits(yield func(time.Duration) bool) {
	for limit := time.Second; limit <= 64*time.Second && yield(limit); limit *= 2 {
	}
}

// ProviderBlock configures the provider for an endpoint, with timeouts that only
// a hung test reaches. The lines given are added to it.
func ProviderBlock(server *ecsmock.Server, lines string) string {
	return fmt.Sprintf(`
provider "alicloud" {
  region     = %q
  access_key = %q
  secret_key = %q
  endpoints {
    ecs = %q
  }
  client_connect_timeout = 60000
  client_read_timeout    = 60000
  %s
}
`, Region, AccessKey, SecretKey, server.URL(), lines)
}
