package ecsmock

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxFilter       = 100
	defaultPageSize = 10
	maxPageSize     = 100
	tokenPrefix     = "mock-page-after-"
	creationLayout  = "2006-01-02T15:04Z"
)

type describeBody struct {
	RequestID  string `json:"RequestId"`
	TotalCount int
	PageNumber int
	PageSize   int
	NextToken  string
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

// filter selects instances. An empty string and a nil list select all, an empty
// list none.
type filter struct {
	region, status, network, vpc, lock string
	ids, publicIPs, eips               []string
}

func (g *Gateway) describeInstances(req request, key Key, id string) answer {
	body := describeBody{RequestID: id, Instances: instanceList{[]instanceBody{}}}
	if key.denied(RAMDescribe) {
		if key.EmptyListWhenDenied {
			body.PageNumber, body.PageSize = 1, defaultPageSize
			return success(id, body)
		}
		return forbidden(RAMDescribe, key).answer(req, id)
	}
	wanted, refusal := parseFilter(req)
	if refusal != nil {
		return refusal.answer(req, id)
	}
	if refusal := body.page(req, g.records.list(wanted)); refusal != nil {
		return refusal.answer(req, id)
	}
	return success(id, body)
}

// page puts the page that the request asks for into the answer. With MaxResults
// or NextToken the real service calls TotalCount invalid, so that here the three
// numbers stay 0.
func (b *describeBody) page(req request, found []instanceBody) *apiError {
	number, refusal := req.number("PageNumber", 1, 1<<30)
	if refusal != nil {
		return refusal
	}
	size, refusal := req.number("PageSize", defaultPageSize, maxPageSize)
	if refusal != nil {
		return refusal
	}
	first := (number - 1) * size
	if req.get("MaxResults")+req.get("NextToken") == "" {
		b.TotalCount, b.PageNumber, b.PageSize = len(found), number, size
	} else {
		if req.get("PageNumber")+req.get("PageSize") != "" {
			return unsupported("PageNumber or PageSize with MaxResults or NextToken: the real service ignores the former")
		}
		if size, refusal = req.number("MaxResults", defaultPageSize, maxPageSize); refusal != nil {
			return refusal
		}
		if first, refusal = req.token(); refusal != nil {
			return refusal
		}
		if first+size < len(found) {
			b.NextToken = tokenPrefix + strconv.Itoa(first+size)
		}
	}
	first = min(first, len(found))
	b.Instances.Instance = found[first:min(first+size, len(found))]
	return nil
}

// token reads NextToken: how many instances the pages before it held.
func (r request) token() (int, *apiError) {
	if r.get("NextToken") == "" {
		return 0, nil
	}
	offset, found := strings.CutPrefix(r.get("NextToken"), tokenPrefix)
	n, err := strconv.Atoi(offset)
	if !found || err != nil || n < 1 {
		return 0, notValid("NextToken")
	}
	return n, nil
}

func parseFilter(req request) (filter, *apiError) {
	refusal := req.only("RegionId", "InstanceIds", "PublicIpAddresses", "EipAddresses", "Status", "InstanceNetworkType",
		"VpcId", "LockReason", "MaxResults", "NextToken", "PageNumber", "PageSize")
	wanted := filter{
		region: req.get("RegionId"), status: req.get("Status"), network: req.get("InstanceNetworkType"),
		vpc: req.get("VpcId"), lock: req.get("LockReason"),
	}
	switch {
	case refusal != nil:
		return filter{}, refusal
	case wanted.region == "":
		return filter{}, missing("RegionId")
	case wanted.status != "" && !slices.Contains(statuses, wanted.status):
		return filter{}, notValid("Status")
	case wanted.network != "" && wanted.network != Classic && wanted.network != VPC:
		return filter{}, notValid("InstanceNetworkType")
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
	is := func(wanted, value string) bool { return wanted == "" || wanted == value }
	return r.Region == f.region && is(f.status, r.Status) && is(f.network, r.Network) && is(f.vpc, r.vpc()) &&
		(f.lock == "" || slices.Contains(r.Locks, f.lock)) &&
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
		body.VPCAttributes = vpcBody{VPCID: r.vpc(), VSwitchID: "vsw-bp1mock"}
	}
	return body
}

// vpc is the one VPC of the records.
func (r *record) vpc() string {
	if r.Network == VPC {
		return "vpc-bp1mock"
	}
	return ""
}
