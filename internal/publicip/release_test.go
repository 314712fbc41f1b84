package publicip

var testRequest = Request{PublicIPAddress: "121.40.10.20", InstanceID: "i-bp67acfmxazb4p0001", RegionID: "cn-hangzhou"}
