package ecsmock

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Network types of an instance.
const (
	Classic = "classic"
	VPC     = "vpc"
)

// Statuses of an instance. A release is possible in Running and Stopped.
const (
	Pending  = "Pending"
	Starting = "Starting"
	Running  = "Running"
	Stopping = "Stopping"
	Stopped  = "Stopped"
)

var statuses = []string{Pending, Starting, Running, Stopping, Stopped}

const defaultReleases = 3

// Instance is the record of an ECS instance.
type Instance struct {
	ID      string `json:"id"`
	Region  string `json:"region"`
	Network string `json:"network"` // Classic or VPC
	// Status is Running if empty.
	Status string `json:"status,omitempty"`
	// RunningAfter makes the instance Running after its status refused that
	// many releases; 0 leaves it as it is.
	RunningAfter int `json:"running_after,omitempty"`
	// Locks are lock reasons, such as "security" and "financial".
	Locks []string `json:"locks,omitempty"`
	// CreatedHoursAgo is the age of the instance when it is put on record.
	CreatedHoursAgo float64 `json:"created_hours_ago"`
	// PublicIPs are classic public addresses, or a VPC instance's static ones.
	PublicIPs []string `json:"public_ips,omitempty"`
	// EIP is the elastic IP of a VPC instance, if it has one.
	EIP *EIP `json:"eip,omitempty"`
	// ReleasesLeft is how many addresses may still be released; nil is 3.
	ReleasesLeft *int `json:"releases_left,omitempty"`
}

// EIP is an elastic IP, which ReleasePublicIpAddress never releases.
type EIP struct {
	AllocationID string `json:"allocation_id"`
	Address      string `json:"address"`
}

// Instance returns a copy of the record of an instance, with the releases left
// as they are now.
func (g *Gateway) Instance(id string) (Instance, bool) {
	g.records.mu.Lock()
	defer g.records.mu.Unlock()
	r := g.records.find(id)
	if r == nil {
		return Instance{}, false
	}
	return r.snapshot(), true
}

// AddInstance puts an instance on record. It panics on one that no seed may
// hold, and on an ID that is on record.
func (g *Gateway) AddInstance(instance Instance) {
	if err := instance.validate("instance"); err != nil {
		panic(err)
	}
	g.records.mu.Lock()
	defer g.records.mu.Unlock()
	if g.records.find(instance.ID) != nil {
		panic(fmt.Sprintf("ecsmock: AddInstance: %s is on record already", instance.ID))
	}
	g.records.instances = append(g.records.instances, newRecord(instance, g.now()))
}

// RemoveInstance takes an instance and its addresses off the records.
func (g *Gateway) RemoveInstance(id string) {
	g.records.mu.Lock()
	defer g.records.mu.Unlock()
	g.records.instances = slices.DeleteFunc(g.records.instances, func(r *record) bool { return r.ID == id })
}

// records holds the instances in the order in which they came.
type records struct {
	mu        sync.Mutex
	instances []*record
}

type record struct {
	Instance
	created time.Time
	left    int
}

func newRecord(instance Instance, now time.Time) *record {
	r := &record{Instance: instance, left: defaultReleases}
	r.created = now.Add(-time.Duration(instance.CreatedHoursAgo * float64(time.Hour)))
	r.Locks, r.PublicIPs = slices.Clone(instance.Locks), slices.Clone(instance.PublicIPs)
	if instance.EIP != nil {
		r.EIP = new(*instance.EIP)
	}
	if instance.ReleasesLeft != nil {
		r.left = *instance.ReleasesLeft
	}
	if r.Status == "" {
		r.Status = Running
	}
	return r
}

func (r *record) snapshot() Instance {
	copied := newRecord(r.Instance, r.created).Instance
	copied.ReleasesLeft = new(r.left)
	return copied
}

// give adds an address to an instance.
func (s *records) give(address, instanceID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.find(instanceID); r != nil { // it may have been removed since
		r.PublicIPs = append(r.PublicIPs, address)
	}
}

func (s *records) find(id string) *record {
	for _, r := range s.instances {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// holds reports whether the instance has the address, static or elastic.
func (r *record) holds(address string) bool {
	return slices.Contains(r.PublicIPs, address) || r.elastic(address)
}

func (r *record) elastic(address string) bool { return r.EIP != nil && r.EIP.Address == address }
