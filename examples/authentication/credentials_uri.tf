provider "alicloud-extras" {
  region          = "cn-hangzhou"
  credentials_uri = "https://keys.example.com/release-addresses"
}
