provider "alicloud-extras" {
  region = "cn-hangzhou"

  assume_role_with_oidc {
    oidc_provider_arn = "acs:ram::1234567890123456:oidc-provider/hcp-terraform"
    role_arn          = "acs:ram::1234567890123456:role/release-addresses"
  }
}
