package ecsmock

import (
	"encoding/json"
	"slices"
	"time"
)

const (
	maxFilter       = 100
	defaultPageSize = 10
	maxPageSize     = 100
	creationLayout  = "2006-01-02T15:04Z"
)

type describeBody struct {
	RequestID  string `json:"RequestId"`
	TotalCount int
	PageNumber int
	PageSize   int
	Instances  instanceList
}

type instanceList struct {
	Instance []instanceBody
}

type instanceBody struct {
	InstanceID              string `json:"InstanceId"`
	RegionID                string `json:"RegionId"`
	Status                  string
	InstanceNetworkType     string
	CreationTime            string
	InternetMaxBandwidthOut int
	PublicIPAddress         addressList `json:"PublicIpAddress"`
	EIPAddress              eipBody     `json:"EipAddress"`
	OperationLocks          lockList
	VPCAttributes           vpcBody `json:"VpcAttributes"`
}

type addressList struct {
	IPAddress []string `json:"IpAddress"`
}

type eipBody struct {
	AllocationID         string `json:"AllocationId"`
	IPAddress            string `json:"IpAddress"`
	Bandwidth            int    `json:",omitempty"`
	InternetChargeType   string
	IsSupportUnassociate bool
}

type lockList struct {
	LockReason []lockBody
}

type lockBody struct {
	LockReason string
}

type vpcBody struct {
	VPCID        string `json:"VpcId"`
	VSwitchID    string `json:"VSwitchId"`
	NatIPAddress string `json:"NatIpAddress"`
}

// filter selects instances; a nil list selects all, an empty one none.
type filter struct {
	region               string
	ids, publicIPs, eips []string
}

func (g *Gateway) describeInstances(req request, key Key, id string) answer {
	body := describeBody{RequestID: id, PageNumber: 1, PageSize: defaultPageSize, Instances: instanceList{[]instanceBody{}}}
	if key.denied(RAMDescribe) {
		if key.EmptyListWhenDenied {
			return success(id, body)
		}
		return forbidden(RAMDescribe, key).answer(req, id)
	}
	wanted, refusal := parseFilter(req)
	if refusal != nil {
		return refusal.answer(req, id)
	}
	if body.PageNumber, refusal = req.number("PageNumber", 1, 1<<30); refusal != nil {
		return refusal.answer(req, id)
	}
	if body.PageSize, refusal = req.number("PageSize", defaultPageSize, maxPageSize); refusal != nil {
		return refusal.answer(req, id)
	}

	found := g.records.list(wanted)
	body.TotalCount = len(found)
	first := min((body.PageNumber-1)*body.PageSize, len(found))
	body.Instances.Instance = found[first:min(first+body.PageSize, len(found))]
	return success(id, body)
}

func parseFilter(req request) (filter, *apiError) {
	wanted := filter{region: req.get("RegionId")}
	if wanted.region == "" {
		return filter{}, missing("RegionId")
	}
	for _, list := range []struct {
		name      string
		into      *[]string
		malformed *apiError
	}{
		{"InstanceIds", &wanted.ids, errInstanceIDs},
		{"PublicIpAddresses", &wanted.publicIPs, notValid("PublicIpAddresses")},
		{"EipAddresses", &wanted.eips, notValid("EipAddresses")},
	} {
		if req.get(list.name) == "" {
			continue
		}
		if err := json.Unmarshal([]byte(req.get(list.name)), list.into); err != nil || *list.into == nil {
			return filter{}, list.malformed
		}
		if len(*list.into) > maxFilter {
			return filter{}, errInvalidParameter.with("The specified parameter %q has more than %d entries.", list.name, maxFilter)
		}
	}
	return wanted, nil
}

// list returns the selected instances in the order in which they came on record.
func (s *records) list(wanted filter) []instanceBody {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []instanceBody{}
	for _, r := range s.instances {
		if wanted.selects(r) {
			found = append(found, r.describe())
		}
	}
	return found
}

func (f filter) selects(r *record) bool {
	return r.Region == f.region &&
		(f.ids == nil || slices.Contains(f.ids, r.ID)) &&
		(f.publicIPs == nil || slices.ContainsFunc(r.PublicIPs, func(a string) bool { return slices.Contains(f.publicIPs, a) })) &&
		(f.eips == nil || r.EIP != nil && slices.Contains(f.eips, r.EIP.Address))
}

func (r *record) describe() instanceBody {
	body := instanceBody{
		InstanceID: r.ID, RegionID: r.Region, Status: r.Status, InstanceNetworkType: r.Network,
		CreationTime:    r.created.UTC().Truncate(time.Minute).Format(creationLayout),
		PublicIPAddress: addressList{append([]string{}, r.PublicIPs...)},
		OperationLocks:  lockList{[]lockBody{}},
	}
	for _, reason := range r.Locks {
		body.OperationLocks.LockReason = append(body.OperationLocks.LockReason, lockBody{reason})
	}
	if len(r.PublicIPs) > 0 {
		body.InternetMaxBandwidthOut = 5
	}
	if r.EIP != nil {
		body.EIPAddress = eipBody{r.EIP.AllocationID, r.EIP.Address, 5, "PayByTraffic", true}
	}
	if r.Network == VPC {
		body.VPCAttributes = vpcBody{VPCID: "vpc-bp1mock", VSwitchID: "vsw-bp1mock"}
	}
	return body
}
