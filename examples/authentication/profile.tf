provider "alicloud-extras" {
  shared_credentials_file = "~/.aliyun/config.json"
  profile                 = "release-addresses"
}
