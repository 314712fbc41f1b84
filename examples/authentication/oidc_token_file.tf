variable "oidc_token_file" {
  type = string
}

provider "alicloud-extras" {
  region = "cn-hangzhou"

  assume_role_with_oidc {
    oidc_provider_arn  = "acs:ram::1234567890123456:oidc-provider/cluster"
    role_arn           = "acs:ram::1234567890123456:role/release-addresses"
    oidc_token_file    = var.oidc_token_file
    role_session_name  = "release-addresses"
    session_expiration = 900
  }
}
