provider "alicloud" {
  shared_credentials_file = "~/.aliyun/config.json"
  profile                 = "release-addresses"
}
