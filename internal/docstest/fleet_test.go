package docstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// The instance and the address of the documentation's examples, which are the
// first that a fleet has.
const (
	instanceID = "i-bp67acfmxazb4p0001"
	publicIP   = "121.40.10.20"
)

// fleetVariable names the URL at which the official provider finds its fleet.
const fleetVariable = "FLEET"

// fleet lets the official provider create, read and delete the instances of a
// mock endpoint.
type fleet struct {
	ecs *ecsmock.Server
	url string
	// made counts the instances, and addresses those given to them.
	made, addresses atomic.Int64
}

func startFleet(t *testing.T, ecs *ecsmock.Server) *fleet {
	t.Helper()
	f := &fleet{ecs: ecs}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

// env is what a configuration needs to use the mock endpoint and the fleet.
func (f *fleet) env() []string {
	return []string{
		"ALICLOUD_ACCESS_KEY=" + acctest.AccessKey, "ALICLOUD_SECRET_KEY=" + acctest.SecretKey, "ALICLOUD_REGION=" + acctest.Region,
		"ECS_ENDPOINT=" + f.ecs.URL(), fleetVariable + "=" + f.url,
	}
}

// create puts an instance with a public address on record.
func (f *fleet) create() string {
	id := fmt.Sprintf("%s%d", instanceID[:len(instanceID)-1], f.made.Add(1))
	f.ecs.AddInstance(ecsmock.Instance{ID: id, Region: acctest.Region, Network: ecsmock.VPC})
	f.allocate(id)
	return id
}

// allocate gives an instance a public address.
func (f *fleet) allocate(id string) {
	address := fmt.Sprintf("%s%d", publicIP[:len(publicIP)-1], f.addresses.Add(1)-1)
	update(f.ecs, id, func(i *ecsmock.Instance) { i.PublicIPs = []string{address} })
}

// update changes the record of an instance.
func update(ecs *ecsmock.Server, id string, change func(*ecsmock.Instance)) {
	record, _ := ecs.Instance(id)
	change(&record)
	ecs.RemoveInstance(id)
	ecs.AddInstance(record)
}

// ServeHTTP creates, reads and deletes instances, and takes an address back.
func (f *fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, "/")
	switch r.Method {
	case http.MethodPost:
		id = f.create()
	case http.MethodPatch:
		update(f.ecs, id, func(i *ecsmock.Instance) { i.PublicIPs = nil })
	case http.MethodDelete:
		f.ecs.RemoveInstance(id)
		_, _ = w.Write([]byte("{}"))
		return
	}
	found, ok := f.ecs.Instance(id)
	if !ok {
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(found)
}
