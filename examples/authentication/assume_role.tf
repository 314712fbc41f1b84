provider "alicloud-extras" {
  region = "cn-hangzhou"

  assume_role {
    role_arn           = "acs:ram::1234567890123456:role/release-addresses"
    session_name       = "release-addresses"
    session_expiration = 3600
    external_id        = "7c9a1f"
    policy = jsonencode({
      Version = "1"
      Statement = [{
        Effect   = "Allow"
        Action   = "ecs:ReleasePublicIpAddress"
        Resource = "*"
      }]
    })
  }
}
