provider "alicloud" {
  region          = "cn-hangzhou"
  credentials_uri = "https://keys.example.com/release-addresses"
}
