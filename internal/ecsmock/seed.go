package ecsmock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
)

// Seed is the state that an endpoint begins with, and the format of a seed
// file. Ages count from the start.
//
//	{
//	  "keys": [
//	    {"access_key_id": "mock-id", "access_key_secret": "mock-secret"}
//	  ],
//	  "instances": [
//	    {"id": "i-bp1mockvpc", "region": "cn-hangzhou", "network": "vpc",
//	     "created_hours_ago": 1, "public_ips": ["121.40.10.11"]}
//	  ]
//	}
type Seed struct {
	Keys      []Key      `json:"keys"`
	Instances []Instance `json:"instances"`
	// Faults are met in this order; see Gateway.Inject.
	Faults []Fault `json:"faults,omitempty"`
	// IgnoreDryRun makes a dry run release: the API's page calls the parameter
	// not yet available.
	IgnoreDryRun bool `json:"ignore_dry_run,omitempty"`
	// RemainTimes says what the answer of a release holds under that name.
	RemainTimes RemainTimes `json:"remain_times,omitempty"`
}

// RemainTimes is what an answer says about the releases left.
type RemainTimes string

// Values of Seed.RemainTimes; empty is RemainTimesHide.
const (
	RemainTimesHide   RemainTimes = "hide"   // the placeholder of the API's page
	RemainTimesCount  RemainTimes = "count"  // the number
	RemainTimesAbsent RemainTimes = "absent" // nothing
)

// ParseSeed reads a seed file. A name that the format does not have is an
// error, as is anything after the seed. It fails with a *SeedError.
func ParseSeed(data []byte) (Seed, error) {
	var seed Seed
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&seed); err != nil {
		return Seed{}, decodingError(data, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Seed{}, &SeedError{line(data, decoder.InputOffset()), "there is more after the seed; one JSON object is expected"}
	}
	return seed, seed.validate()
}

// SeedError says what is wrong with a seed, and where.
type SeedError struct {
	Field   string // such as instances[0].network, line 3, or the JSON as a whole
	Problem string
}

func (e *SeedError) Error() string { return "ecsmock: seed: " + e.Field + ": " + e.Problem }

// decodingError leaves values out, since the wrong one may be a secret.
func decodingError(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return &SeedError{line(data, syntax.Offset), "not JSON: " + syntax.Error()}
	case errors.As(err, &kind):
		field := kind.Field
		if field == "" {
			field = "the seed"
		}
		return &SeedError{line(data, kind.Offset), fmt.Sprintf("%s cannot be a JSON %s", field, kind.Value)}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &SeedError{line(data, int64(len(data))), "the JSON ends too early"}
	}
	// It is an unknown name, which the decoder reports without its place.
	return &SeedError{"the JSON", strings.TrimPrefix(err.Error(), "json: ")}
}

func line(data []byte, offset int64) string {
	return fmt.Sprintf("line %d", 1+bytes.Count(data[:min(int(offset), len(data))], []byte("\n")))
}

func (s Seed) validate() error {
	ids := map[string]bool{}
	for i, key := range s.Keys {
		field := fmt.Sprintf("keys[%d]", i)
		if err := key.validate(field); err != nil {
			return err
		}
		if ids[key.ID] {
			return &SeedError{field + ".access_key_id", fmt.Sprintf("%q is there twice", key.ID)}
		}
		ids[key.ID] = true
	}
	clear(ids)
	for i, instance := range s.Instances {
		field := fmt.Sprintf("instances[%d]", i)
		if err := instance.validate(field); err != nil {
			return err
		}
		if ids[instance.ID] {
			return &SeedError{field + ".id", fmt.Sprintf("%q is there twice", instance.ID)}
		}
		ids[instance.ID] = true
		if instance.RunningAfter > 0 && slices.Contains([]string{"", Running, Stopped}, instance.Status) {
			return &SeedError{field + ".running_after", "the status does not refuse a release"}
		}
	}
	for i, fault := range s.Faults {
		if err := fault.validate(fmt.Sprintf("faults[%d]", i), ids[fault.GivenTo]); err != nil {
			return err
		}
	}
	if !slices.Contains([]RemainTimes{"", RemainTimesHide, RemainTimesCount, RemainTimesAbsent}, s.RemainTimes) {
		return &SeedError{"remain_times", fmt.Sprintf("%q is not one of hide, count, absent", s.RemainTimes)}
	}
	return nil
}

func (k Key) validate(field string) error {
	switch {
	case k.ID == "":
		return &SeedError{field + ".access_key_id", "it is missing"}
	case k.Secret == "":
		return &SeedError{field + ".access_key_secret", "it is missing"}
	}
	for i, action := range k.DeniedActions {
		if action != RAMRelease && action != RAMDescribe {
			return &SeedError{fmt.Sprintf("%s.denied_actions[%d]", field, i), fmt.Sprintf("%q is neither %s nor %s", action, RAMRelease, RAMDescribe)}
		}
	}
	if k.EmptyListWhenDenied && !slices.Contains(k.DeniedActions, RAMDescribe) {
		return &SeedError{field + ".empty_list_when_denied", "denied_actions does not have " + RAMDescribe}
	}
	return nil
}

func (i Instance) validate(field string) error {
	switch {
	case i.ID == "":
		return &SeedError{field + ".id", "it is missing"}
	case i.Region == "":
		return &SeedError{field + ".region", "it is missing"}
	case i.Network != Classic && i.Network != VPC:
		return &SeedError{field + ".network", fmt.Sprintf("%q is neither %s nor %s", i.Network, Classic, VPC)}
	case i.Status != "" && !slices.Contains(statuses, i.Status):
		return &SeedError{field + ".status", fmt.Sprintf("%q is not one of %q", i.Status, statuses)}
	case i.CreatedHoursAgo < 0:
		return &SeedError{field + ".created_hours_ago", "it is negative"}
	case i.RunningAfter < 0:
		return &SeedError{field + ".running_after", "it is negative"}
	case i.ReleasesLeft != nil && *i.ReleasesLeft < 0:
		return &SeedError{field + ".releases_left", "it is negative"}
	case i.EIP != nil && i.Network != VPC:
		return &SeedError{field + ".eip", "only a VPC instance has one"}
	case i.EIP != nil && i.EIP.AllocationID == "":
		return &SeedError{field + ".eip.allocation_id", "it is missing"}
	case i.EIP != nil && !ipv4(i.EIP.Address):
		return &SeedError{field + ".eip.address", fmt.Sprintf("%q is not an IPv4 address", i.EIP.Address)}
	}
	for n, address := range i.PublicIPs {
		if !ipv4(address) {
			return &SeedError{fmt.Sprintf("%s.public_ips[%d]", field, n), fmt.Sprintf("%q is not an IPv4 address", address)}
		}
	}
	return nil
}

func ipv4(s string) bool {
	address, err := netip.ParseAddr(s)
	return err == nil && address.Is4()
}
