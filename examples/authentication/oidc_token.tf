variable "oidc_token" {
  type      = string
  sensitive = true
}

provider "alicloud-extras" {
  region = "cn-hangzhou"

  assume_role_with_oidc {
    oidc_provider_arn = "acs:ram::1234567890123456:oidc-provider/ci"
    role_arn          = "acs:ram::1234567890123456:role/release-addresses"
    oidc_token        = var.oidc_token
  }
}
