provider "alicloud-extras" {}
