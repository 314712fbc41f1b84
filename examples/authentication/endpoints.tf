provider "alicloud-extras" {
  region           = "cn-hangzhou"
  source_ip        = "203.0.113.9"
  secure_transport = "true"

  assume_role {
    role_arn = "acs:ram::1234567890123456:role/release-addresses"
  }

  endpoints {
    sts = "sts-vpc.cn-hangzhou.aliyuncs.com"
  }
}
