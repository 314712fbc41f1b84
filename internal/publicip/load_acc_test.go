package publicip_test

import (
	"fmt"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// manyAddress is the n-th address of manyAddresses.
func manyAddress(n int) string { return fmt.Sprintf("121.41.%d.%d", n/250, n%250+1) }

// manyAddresses is a state and a configuration with so many addresses to
// release, one for each instance.
func manyAddresses(t *testing.T, count int) (*ecsmock.Server, string) {
	t.Helper()
	seed := acctest.Seed()
	for n := range count {
		instance := seed.Instances[0]
		instance.ID, instance.PublicIPs = fmt.Sprintf("i-bp1many%d", n), []string{manyAddress(n)}
		seed.Instances = append(seed.Instances, instance)
	}
	server := acctest.StartECS(t, seed)
	return server, acctest.ProviderBlock(server, "") + fmt.Sprintf(`
resource "alicloud_ecs_public_ip_release" "test" {
  count             = %d
  public_ip_address = "121.41.${floor(count.index / 250)}.${count.index %% 250 + 1}"
  instance_id       = "i-bp1many${count.index}"
}`, count)
}

func TestAcc_a_thousand(t *testing.T) {
	server, config := manyAddresses(t, 1000)
	cli := acctest.NewCLI(t, config)
	if result := cli.Run(t, "apply", "-auto-approve"); result.ExitCode != 0 {
		t.Fatalf("the apply failed:\n%.4000s", result.Output)
	}
	wantCalls(t, server, 1000, 1000)()
	if got := server.Traffic().Opened; got > 40 {
		t.Errorf("%d connections, want at most 40", got)
	}
	t.Logf("%d connections", server.Traffic().Opened)
}

// TestAcc_throttled makes releases at parallelism 50 over an endpoint that takes
// 40 requests a second. TestPacer holds how long that takes, on a clock of its own.
func TestAcc_throttled(t *testing.T) {
	const count, limit, burst = 300, 40, 5
	server, config := manyAddresses(t, count)
	server.SetRateLimit(limit, burst)
	if result := acctest.NewCLI(t, config).Run(t, "apply", "-auto-approve", "-parallelism=50"); result.ExitCode != 0 {
		t.Fatalf("the apply failed:\n%.4000s", result.Output)
	}
	if got := server.Releases(); got != count {
		t.Errorf("%d effective releases, want %d", got, count)
	}
	requests := float64(len(server.Calls())) / count
	t.Logf("%.2f requests a release", requests)
	if requests > 1.5 {
		t.Errorf("%.2f requests a release, want at most 1.5", requests)
	}
}
