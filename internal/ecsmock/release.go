package ecsmock

import (
	"slices"
	"strconv"
	"time"
)

const releaseWindow = 6 * time.Hour

type releaseBody struct {
	RequestID   string `json:"RequestId"`
	RemainTimes string `json:"RemainTimes,omitempty"`
}

func (g *Gateway) releasePublicIP(req request, key Key, id string, call *Call) answer {
	if key.denied(RAMRelease) {
		return forbidden(RAMRelease, key).answer(req, id)
	}
	if refusal := req.only("RegionId", "InstanceId", "PublicIpAddress", "DryRun"); refusal != nil {
		return refusal.answer(req, id)
	}
	if req.get("PublicIpAddress") == "" {
		return missing("PublicIpAddress").answer(req, id)
	}
	dryRun, refusal := req.boolean("DryRun")
	if refusal != nil {
		return refusal.answer(req, id)
	}

	left, refusal := g.records.release(req.get("RegionId"), req.get("InstanceId"), req.get("PublicIpAddress"),
		dryRun && !g.ignoreDryRun, g.now())
	if refusal != nil {
		return refusal.answer(req, id)
	}
	g.journal.update(call, func(c *Call) { c.Released = true })

	body := releaseBody{RequestID: id}
	switch g.remainTimes {
	case RemainTimesCount:
		body.RemainTimes = strconv.Itoa(left)
	case RemainTimesHide, "":
		body.RemainTimes = string(RemainTimesHide)
	}
	return success(id, body)
}

// release takes an address off the records and returns how many releases the
// instance has left. With dryRun it only says whether it would.
func (s *records) release(region, instanceID, address string, dryRun bool, now time.Time) (int, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, refusal := s.holder(region, instanceID, address)
	if refusal != nil {
		return 0, refusal
	}
	if refusal := r.refuses(address, now); refusal != nil {
		return 0, refusal
	}
	if dryRun {
		return 0, errDryRun
	}
	r.PublicIPs = slices.DeleteFunc(r.PublicIPs, func(a string) bool { return a == address })
	r.left--
	return r.left, nil
}

// holder finds the one instance that has the address.
func (s *records) holder(region, instanceID, address string) (*record, *apiError) {
	inRegion := func(r *record) bool { return region == "" || r.Region == region }
	if instanceID != "" {
		r := s.find(instanceID)
		switch {
		case r == nil || !inRegion(r):
			return nil, errInstanceNotFound
		case !r.holds(address):
			return nil, errAddressNotFound
		}
		return r, nil
	}
	var holder *record
	for _, r := range s.instances {
		if !inRegion(r) || !r.holds(address) {
			continue
		}
		if holder != nil {
			return nil, errNeedInstance
		}
		holder = r
	}
	if holder == nil {
		return nil, errAddressNotFound
	}
	return holder, nil
}

func (r *record) refuses(address string, now time.Time) *apiError {
	switch {
	case r.elastic(address):
		return errDenied
	case slices.Contains(r.Locks, "security"):
		return errLocked
	case r.Status != Running && r.Status != Stopped:
		if r.RunningAfter > 0 {
			if r.RunningAfter--; r.RunningAfter == 0 {
				r.Status = Running
			}
		}
		return errStatus
	case r.Network == VPC && now.Sub(r.created) > releaseWindow:
		return errTooOld
	case r.left <= 0:
		return errOverLimit
	}
	return nil
}
